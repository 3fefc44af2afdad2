"""The permission clocks and what they bind. Pure: values in, values out, `now` passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ClockName(StrEnum):
    """The clocks of domain reference §4. They are never merged into one stored date."""

    USAGE_RIGHT = "usage right"
    AUTHORIZATION = "authorization"
    HOLD = "hold period"
    MUSIC = "music licence"
    COLLABORATION = "collaboration"


@dataclass(frozen=True, slots=True)
class PermissionClocks:
    """When each permission ends, UTC; None where that clock does not apply to the post."""

    usage_right: datetime | None = None
    authorization: datetime | None = None
    hold: datetime | None = None
    music: datetime | None = None
    collaboration: datetime | None = None

    def running(self) -> list[tuple[datetime, ClockName]]:
        """The clocks that apply, earliest first."""
        named = [
            (self.usage_right, ClockName.USAGE_RIGHT),
            (self.authorization, ClockName.AUTHORIZATION),
            (self.hold, ClockName.HOLD),
            (self.music, ClockName.MUSIC),
            (self.collaboration, ClockName.COLLABORATION),
        ]
        return sorted((end, name) for end, name in named if end is not None)


@dataclass(frozen=True, slots=True)
class PaidWindow:
    """Until when money may be spent, and which clock says so."""

    ends_at: datetime
    bound_by: ClockName
    clock_ends_at: datetime

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at


def paid_window(clocks: PermissionClocks, *, margin: timedelta) -> PaidWindow | None:
    """The earliest clock that applies, less the safety margin; None when no clock applies at all.

    margin : kept free before the clock ends, so that the pause is through in time (default 24 h, §4)
    raises : ValueError for a negative margin, which would allow spend after a permission ended
    """
    if margin < timedelta(0):
        raise ValueError("the safety margin cannot be negative")
    running = clocks.running()
    if not running:
        return None
    end, name = running[0]
    return PaidWindow(ends_at=end - margin, bound_by=name, clock_ends_at=end)


class RightProblem(StrEnum):
    """Why a usage right does not cover paid use; each value is the sentence a person reads."""

    MISSING = "No usage right is on record for this post."
    NOT_PAID = "The usage right does not cover paid amplification."
    NOT_STARTED = "The usage right has not started yet."
    ENDED = "The usage right has ended."
    NO_HOLD = "No hold period is on record: the creator may delete the post at any time."
    HOLD_ENDED = "The hold period has ended."


@dataclass(frozen=True, slots=True)
class Right:
    """What the rules need to know of a usage right."""

    paid_allowed: bool
    starts_at: datetime
    ends_at: datetime
    hold_until: datetime | None
    territory: tuple[str, ...] = ()


def problems_of_right(right: Right | None, *, now: datetime) -> list[RightProblem]:
    """Everything that speaks against paid use now; empty when the right covers it."""
    if right is None:
        return [RightProblem.MISSING]
    found = []
    if not right.paid_allowed:
        found.append(RightProblem.NOT_PAID)
    if now < right.starts_at:
        found.append(RightProblem.NOT_STARTED)
    if now >= right.ends_at:
        found.append(RightProblem.ENDED)
    if right.hold_until is None:
        found.append(RightProblem.NO_HOLD)
    elif now >= right.hold_until:
        found.append(RightProblem.HOLD_ENDED)
    return found


def uncovered_locations(territory: tuple[str, ...], locations: tuple[str, ...]) -> list[str]:
    """Targeted countries outside the territory; an empty territory means everywhere."""
    return [] if not territory else sorted(set(locations) - set(territory))
