"""A report server that only copies bytes rendered beforehand, so that it is not what is measured.

`python -m bench.page_server ROWS DELAY_MS [CALLS_PER_SECOND]` prints its port and serves until
its input closes. Pages are answered after the delay, however many are asked for at once. With a
limit, any sliding second holds that many calls at most and further ones get code 40100; `/stats`
tells how many were served and refused.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field

from bench.metric_names import METRICS
from tiktok_business.resources.metrics import MetricKind, metric_kind

PAGE_SIZE = 1000
DISTINCT_PAGES = 18
_PAGE = re.compile(rb"[?&]page=(\d+)")


def _value(name: str, place: int, dice: random.Random) -> str:
    kind = metric_kind(name)
    if kind is MetricKind.TEXT:
        return "USD" if name == "currency" else f"sample {name} {place:05d}"
    if kind is MetricKind.MONEY:
        return f"{dice.random() * 500:.2f}"
    if name.endswith(("rate", "roas", "ctr", "frequency")) or name.startswith("average"):
        return f"{dice.random() * 10:.2f}"
    return str(dice.randrange(100_000))


def _rows(page: int, count: int) -> bytes:
    """Rows of one page as JSON text, without the brackets. The same for the same page."""
    dice = random.Random(page)  # noqa: S311 - sample numbers, the same in every run
    first = page * PAGE_SIZE
    rows = [
        {
            "dimensions": {
                "ad_id": str(1_800_000_000_000_000 + (first + place) // 30),
                "stat_time_day": f"2026-10-{(first + place) % 30 + 1:02d} 00:00:00",
            },
            "metrics": {name: _value(name, first + place, dice) for name in METRICS},
        }
        for place in range(count)
    ]
    return json.dumps(rows)[1:-1].encode()


@dataclass
class Pages:
    """Every answer, ready to send."""

    total: int
    delay_seconds: float
    rendered: list[bytes]
    limit: int | None = None
    served: int = 0
    refused: int = 0
    arrivals: deque[float] = field(default_factory=deque)

    @classmethod
    def of(cls, total: int, delay_seconds: float, limit: int | None) -> Pages:
        pages = min(DISTINCT_PAGES, -(-total // PAGE_SIZE))
        rendered = [_rows(page, PAGE_SIZE) for page in range(pages)]
        return cls(total, delay_seconds, rendered, limit)

    def admits(self, now: float) -> bool:
        """Whether one more call fits into the past second; counts it either way."""
        while self.arrivals and self.arrivals[0] <= now - 1:
            self.arrivals.popleft()
        if self.limit is not None and len(self.arrivals) >= self.limit:
            self.refused += 1
            return False
        self.arrivals.append(now)
        self.served += 1
        return True

    def parts(self, number: int) -> list[bytes]:
        """The whole HTTP response of a page, from 1."""
        count = -(-self.total // PAGE_SIZE)
        rows = self.rendered[(number - 1) % len(self.rendered)] if number <= count else b""
        info = (
            f'],"page_info":{{"page":{number},"page_size":{PAGE_SIZE},'
            f'"total_number":{self.total},"total_page":{count}}}}}}}'
        ).encode()
        head = b'{"code":0,"message":"OK","request_id":"r","data":{"list":['
        return [_http(len(head) + len(rows) + len(info)) + head, rows, info]


def _http(length: int) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def _json(answer: object) -> list[bytes]:
    body = json.dumps(answer).encode()
    return [_http(len(body)) + body]


class Connection(asyncio.Protocol):
    """One kept-alive connection; GETs only, no pipelining."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(high=2**24)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._buffer.endswith(b"\r\n\r\n"):
            return
        line = self._buffer.split(b"\r\n", 1)[0]
        self._buffer = b""
        pages = self._pages
        if line.startswith(b"GET /stats"):
            self._send(_json({"served": pages.served, "refused": pages.refused}))
            return
        if not pages.admits(time.monotonic()):
            message = f"App's QPS reaches QPS limit {pages.limit}"
            self._send(_json({"code": 40100, "message": message, "request_id": "r", "data": {}}))
            return
        found = _PAGE.search(line)
        parts = pages.parts(int(found[1]) if found else 1)
        asyncio.get_running_loop().call_later(pages.delay_seconds, self._send, parts)

    def _send(self, parts: list[bytes]) -> None:
        if not self._transport.is_closing():
            self._transport.writelines(parts)


async def serve(total: int, delay_seconds: float, limit: int | None) -> None:
    """Serve until standard input ends."""
    pages = Pages.of(total, delay_seconds, limit)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pages), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    calls_per_second = int(sys.argv[3]) if len(sys.argv) > 3 else None
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) / 1000, calls_per_second))
