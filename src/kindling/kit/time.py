"""Time at the edge: where `now` comes from, and how days of a zone map to instants."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with zone, as UTC. Raises ValueError with what to write."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time; write it like 2026-03-02T14:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone; write it like 2026-03-02T14:30:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the calendar") from None


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a date; write it like 2026-03-02") from None


def zone(name: str) -> ZoneInfo:
    """The IANA zone. Raises ValueError when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name!r} is not a time zone; write it like Europe/Berlin") from None


def day_in(moment: datetime, zone_name: str) -> date:
    """The calendar day `moment` falls on in a zone: ad reports count by it."""
    return moment.astimezone(zone(zone_name)).date()


def start_of_day(day: date, zone_name: str) -> datetime:
    """The first instant of a zone's day, UTC."""
    return datetime.combine(day, wall_time.min, tzinfo=zone(zone_name)).astimezone(UTC)


def last_minute(day: date, zone_name: str) -> datetime:
    """The beginning of a zone's last minute of a day, UTC: what is due on a day is due by then."""
    return start_of_day(day + timedelta(days=1), zone_name) - timedelta(minutes=1)


@dataclass
class SandboxClock:
    """The simulated time of a sandbox, so that Kindling and its simulated TikTok live in one time.

    url : the sandbox's address. Between two questions the answer is carried on by the sandbox's own speed;
    a manual clock is asked every time. An unreachable sandbox leaves the last known time running.
    """

    url: str
    fresh_seconds: float = 2.0
    _http: httpx.Client = field(
        default_factory=lambda: httpx.Client(timeout=5, trust_env=False), repr=False
    )
    _anchor: tuple[float, datetime, float] | None = field(default=None, repr=False)
    _manual: bool = field(default=True, repr=False)

    def now(self) -> datetime:
        asked_at = time.monotonic()
        if self._anchor is None or self._manual or asked_at - self._anchor[0] > self.fresh_seconds:
            self._ask(asked_at)
        if self._anchor is None:
            raise ConnectionError("the sandbox that keeps the time does not answer; is it running?")
        then, moment, speed = self._anchor
        return moment + timedelta(seconds=(time.monotonic() - then) * speed)

    def _ask(self, asked_at: float) -> None:
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
