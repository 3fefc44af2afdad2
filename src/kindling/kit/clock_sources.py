"""Where `now` comes from: the system's clock, or a sandbox's."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from kindling.kit.time import parse_instant

if TYPE_CHECKING:
    import httpx


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def _client() -> httpx.Client:
    import httpx  # only a sandbox's time needs it, and it takes 0.2 s of CPU

    return httpx.Client(timeout=5, trust_env=False)


@dataclass
class SandboxClock:
    """The simulated time of a sandbox, so that Kindling and its simulated TikTok live in one time.

    url : the sandbox's address. Between two questions the answer is carried on by the sandbox's own speed;
    a manual clock is asked every time. An unreachable sandbox leaves the last known time running.
    """

    url: str
    fresh_seconds: float = 2.0
    _http: httpx.Client = field(default_factory=_client, repr=False)
    _anchor: tuple[float, datetime, float] | None = field(default=None, repr=False)
    _manual: bool = field(default=True, repr=False)

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
        import httpx

        try:
            answer = self._http.get(f"{self.url}/sandbox/v1/clock/").raise_for_status().json()
        except httpx.HTTPError:
            return
        self._manual = answer["mode"] == "manual"
        speed = 0.0 if self._manual else float(answer["speed"])
        self._anchor = (asked_at, parse_instant(answer["now"]), speed)


def clock_for(setting: str) -> Clock:
    """The clock a `KINDLING_CLOCK` value names: "system", or a sandbox's address."""
    return SystemClock() if setting == "system" else SandboxClock(setting.rstrip("/"))
