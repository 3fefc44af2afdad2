"""Where `now` comes from: the system's clock, or a sandbox's."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlsplit

from kindling.kit.time import parse_instant

ANSWER_SECONDS = 5


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Line:
    """A connection to one address that is kept between questions, for all threads of a process."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._lock = threading.Lock()
        self._kept: tuple[int, HTTPConnection] | None = None  # and the process that opened it

    def ask(self, path: str) -> Any:
        """What it answers, read as JSON; None where it does not answer or refuses."""
        with self._lock:
            if self._kept is not None and self._kept[0] == os.getpid():
                try:
                    return self._ask(self._kept[1], path)
                except (OSError, HTTPException):
                    self._drop()  # the other end had enough of it
            self._kept = os.getpid(), self._opened()
            try:
                return self._ask(self._kept[1], path)
            except (OSError, HTTPException):
                self._drop()
                return None

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _opened(self) -> HTTPConnection:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        return kind(self._url.netloc, timeout=ANSWER_SECONDS)

    def _ask(self, connection: HTTPConnection, path: str) -> Any:
        connection.request("GET", self._url.path + path)
        answer = connection.getresponse()
        text = answer.read()
        return json.loads(text) if answer.status == 200 else None

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None


@dataclass
class SandboxClock:
    """The simulated time of a sandbox, so that Kindling and its simulated TikTok live in one time.

    url : the sandbox's address. Between two questions the answer is carried on by the sandbox's own speed;
    a manual clock is asked every time. An unreachable sandbox leaves the last known time running.
    """

    url: str
    fresh_seconds: float = 2.0
    _anchor: tuple[float, datetime, float] | None = field(default=None, repr=False)
    _manual: bool = field(default=True, repr=False)

    def __post_init__(self) -> None:
        self._line = Line(self.url)

    def close(self) -> None:
        self._line.close()

    def now(self) -> datetime:
        asked_at = time.monotonic()
        if self._anchor is None or self._manual or asked_at - self._anchor[0] > self.fresh_seconds:
            self._ask(asked_at)
        if self._anchor is None:
            raise ConnectionError(
                "the sandbox that provides the time does not answer; is it running?"
            )
        then, moment, speed = self._anchor
        return moment + timedelta(seconds=(time.monotonic() - then) * speed)

    def _ask(self, asked_at: float) -> None:
        answer = self._line.ask("/sandbox/v1/clock/")
        if answer is None:
            return
        self._manual = answer["mode"] == "manual"
        speed = 0.0 if self._manual else float(answer["speed"])
        self._anchor = (asked_at, parse_instant(answer["now"]), speed)


def clock_for(setting: str) -> Clock:
    """The clock a `KINDLING_CLOCK` value names: "system", or a sandbox's address."""
    return SystemClock() if setting == "system" else SandboxClock(setting.rstrip("/"))
