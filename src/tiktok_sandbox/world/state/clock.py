"""The world's clock: it stands still, follows real time, or runs n times as fast."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tiktok_sandbox.world.state.entities import Record

TICK = timedelta(hours=1)
FASTEST = 1_000_000.0
# Ledgers hold seconds in 32 bits, which end in January 2038; orders and refunds reach weeks ahead.
END = datetime(2037, 10, 1, tzinfo=UTC)
LONGEST = 1e9


class ClockModeError(ValueError):
    """A clock mode nobody knows, a step back in time, or one beyond the end of the calendar."""


class Clock(Record, kw_only=True):
    """Simulated time as a straight line over real seconds.

    mode : "manual" (stands still), "real" (1 s per s) or "xN"; at_anchor is the simulated
    instant at real_anchor, in seconds of the real clock.
    """

    mode: str = "manual"
    speed: float = 0.0
    at_anchor: datetime
    real_anchor: float = 0.0

    def now(self, *, real: float) -> datetime:
        """The simulated instant at `real` seconds of the real clock."""
        if self.speed == 0.0:
            return self.at_anchor
        passed = max(0.0, real - self.real_anchor) * self.speed
        return self.at_anchor + min(timedelta(seconds=min(passed, LONGEST)), END - self.at_anchor)

    def set_mode(self, mode: str, *, real: float) -> None:
        """Change how fast time runs from here on. Raises ClockModeError."""
        speed = parse_mode(mode)
        self.at_anchor = self.now(real=real)
        self.real_anchor = real
        self.mode, self.speed = mode, speed

    def set_now(self, instant: datetime, *, real: float) -> None:
        """Move to a later instant. Raises ClockModeError when it lies in the past."""
        if instant < self.now(real=real):
            raise ClockModeError(
                f"the clock cannot go back to {instant.isoformat()}; reset the world instead"
            )
        if instant > END:
            raise ClockModeError(f"the world's calendar ends at {END.isoformat()}")
        self.at_anchor, self.real_anchor = instant, real


def parse_mode(mode: str) -> float:
    """Speed of "manual" (0), "real" (1) or "xN" (N > 0). Raises ClockModeError."""
    if mode == "manual":
        return 0.0
    if mode == "real":
        return 1.0
    match = re.fullmatch(r"x(\d+(?:\.\d+)?)", mode)
    if match and 0 < float(match.group(1)) <= FASTEST:
        return float(match.group(1))
    raise ClockModeError(
        f'unknown clock mode "{mode}"; use manual, real, or xN with N up to 1000000, like x3600'
    )


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970."""
    return int(instant.timestamp())


def whole_seconds(instant: datetime) -> datetime:
    """The instant without fractions: the wire knows no smaller unit."""
    return instant - timedelta(microseconds=instant.microsecond)
