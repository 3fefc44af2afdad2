"""One POST over HTTP/1.1 on asyncio's own streams: all that sending a webhook needs."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

MOST_BYTES = 1_000_000


class NoAnswerError(Exception):
    """Nobody answered in HTTP; the message is the kind of failure in one word."""


async def post(url: str, body: bytes, headers: Mapping[str, str], *, within: float) -> int:
    """Send `body` to an http or https address and return the status; redirects are not followed.

    within : seconds for all of it. Raises NoAnswerError.
    """
    try:
        async with asyncio.timeout(within):
            return await _post(url, body, headers)
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise NoAnswerError(type(error).__name__) from error


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    if parts.scheme not in ("http", "https") or parts.hostname is None:
        raise ValueError(f"not an http or https address: {url}")
    reader, writer = await asyncio.open_connection(
        parts.hostname,
        parts.port or (443 if is_secure else 80),
        ssl=ssl.create_default_context() if is_secure else None,
    )
    try:
        writer.write(_request(parts.netloc.rpartition("@")[2], target(url), body, headers) + body)
        await writer.drain()
        status, length = await _head(reader)
        # Read to the end, or the other side finds its answer refused.
        await reader.read(MOST_BYTES) if length is None else await reader.readexactly(length)
        return status
    finally:
        # Nothing is left to be sent; a polite end of TLS would wait for the other side.
        writer.transport.abort()
        await asyncio.sleep(0)


def target(url: str) -> str:
    """Path and query of an address, as they stand in a request's first line."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _request(host: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    sent = {"Host": host, "Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    if any(character in line for line in lines for character in "\r\n"):
        raise ValueError("a header or an address holds a line break")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _head(reader: asyncio.StreamReader) -> tuple[int, int | None]:
    """Status and length of an answer; no length means that it ends with the connection."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, _, rest = head[0].partition(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError("the answer is not HTTP/1")
        status = int(rest[:3])
        if status >= 200:  # earlier ones only announce the answer
            break
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:])
    }
    if status in (204, 304):
        return status, 0
    length = fields.get("content-length", "")
    return status, min(int(length), MOST_BYTES) if length.isdecimal() else None
