"""What sends webhooks, against servers that answer well, badly, late and not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tiktok_sandbox.runtime.posting import NoAnswerError, post


@asynccontextmanager
async def answering(*pieces: bytes, hang: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The address of a server that says these pieces, and the requests it got."""
    got: list[bytes] = []
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        got.append(head + await reader.readexactly(length))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if hang:
            await reader.read()
        writer.close()
        ended.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", got
        if got:
            await ended.wait()
    finally:
        server.close()
        await asyncio.sleep(0)


async def test_sends_method_path_headers_and_body() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") as (url, got):
        assert await post(f"{url}/hook?a=1", b'{"b": 2}', {"X-Kind": "c"}, within=5) == 200
    assert got[0].startswith(b"POST /hook?a=1 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nX-Kind: c\r\n" in got[0]
    assert got[0].endswith(b'\r\n\r\n{"b": 2}')


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.0 500 Oops\r\n\r\nended by closing", 500),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 302),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200),
    ],
)
async def test_returns_the_status(answer: bytes, status: int) -> None:
    async with answering(answer) as (url, _):
        assert await post(url, b"{}", {}, within=5) == status


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_says_when_the_answer_is_no_http(answer: bytes) -> None:
    async with answering(answer) as (url, _):
        with pytest.raises(NoAnswerError):
            await post(url, b"{}", {}, within=5)


async def test_waits_no_longer_than_told() -> None:
    async with answering(hang=True) as (url, _):
        with pytest.raises(NoAnswerError, match="TimeoutError"):
            await post(url, b"{}", {}, within=0.05)


async def test_says_when_nobody_listens() -> None:
    async with answering() as (url, _):
        pass
    with pytest.raises(NoAnswerError, match="ConnectionRefusedError"):
        await post(url, b"{}", {}, within=5)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://127.0.0.1:99999/", "nowhere"])
async def test_refuses_what_is_no_web_address(url: str) -> None:
    with pytest.raises(NoAnswerError, match="ValueError"):
        await post(url, b"{}", {}, within=5)
