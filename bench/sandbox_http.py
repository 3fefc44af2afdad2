"""Requests per second of the sandbox's HTTP layer beside a bare echo on the same server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from bench.row import Case, Result

CONNECTIONS = 8
SECONDS = 3.0


class _Connection(asyncio.Protocol):
    """Asks the same question again as soon as the answer is whole; answers have one length."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answered = 0
        self._length = self._got = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._got += len(data)
        if not self._length:
            head, _, _ = data.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            (size,) = (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            self._length = len(head) + 4 + size
        if self._got >= self._length:
            self._got -= self._length
            self.answered += 1
            self._transport.write(self.request)


async def _load(port: int, request: bytes) -> float:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(request), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(SECONDS / 6)  # warm
    before, begun = sum(p.answered for _, p in made), time.perf_counter()
    await asyncio.sleep(SECONDS)
    rate = (sum(p.answered for _, p in made) - before) / (time.perf_counter() - begun)
    for transport, _ in made:
        transport.abort()
    return rate


@contextmanager
def _server(kind: str) -> Iterator[dict[str, Any]]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.http_server", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
        server.stdin.close()


def _rate(port: int, path: str, token: str) -> float:
    header = f"Access-Token: {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n".encode()
    return asyncio.run(_load(port, request))


def run(pairs: int) -> Result:
    """Echo and sandbox take turns, so that both meet the same machine."""
    cases = []
    with _server("echo") as bare, _server("sandbox") as sandbox:
        for label, path in sandbox["paths"].items():
            ours, echo = [], []
            for _ in range(pairs):
                echo.append(_rate(bare["port"], bare["paths"]["echo"], ""))
                ours.append(_rate(sandbox["port"], path, sandbox["token"]))
            cases.append(
                Case(
                    label=f"{label}, {CONNECTIONS} connections",
                    ours=f"{median(ours):,.0f} requests/s",
                    theirs=f"{median(echo):,.0f} requests/s",
                    ratio=median(ours) / median(echo),
                )
            )
    return Result(
        name="sandbox_http",
        against="a bare echo on the same server",
        cases=cases,
        notes=["Client and server share two cores; no rate limit, clock standing still."],
    )
