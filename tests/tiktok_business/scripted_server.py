"""A real HTTP server scripted per test, and a clock whose hands the test turns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

TOKEN = "token-that-nobody-may-see"
CODE = "#1Ea2bcde3fUM/x+y/L4m="


class FakeClock:
    """Sleeping moves the hands at once; `slept` tells for how long."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 20, 12, 0, tzinfo=UTC) + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds


@dataclass
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    raw_query: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Stub:
    """Answers from a script, one per request; the last one is repeated."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: list[Any] = field(default_factory=list)

    def answers(self, *replies: Any) -> None:
        """Replies in order: a dict is an envelope, bytes a body, an int an HTTP status,
        None cuts the connection, a function gets the Seen and returns one of these."""
        self.script = list(replies)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        seen = Seen(
            request.method,
            request.path,
            request.raw_path.partition("?")[2],
            dict(request.query),
            dict(request.headers),
            json.loads(text) if text else None,
        )
        self.seen.append(seen)
        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(reply):
            reply = reply(seen)
        if reply is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(reply, int):
            return web.Response(status=reply, text="upstream trouble")
        if isinstance(reply, bytes):
            return web.Response(body=reply)
        return web.json_response(reply)


def ok(data: Any = None) -> dict[str, Any]:
    return {"code": 0, "message": "OK", "request_id": "r-ok", "data": data or {}}


def no_rows() -> dict[str, Any]:
    """A list that is paged by number and has nothing in it."""
    return ok({"list": [], "page_info": {"total_number": 0}})


def refuse(code: int, message: str = "no", data: Any = None) -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": f"r-{code}", "data": data or {}}
