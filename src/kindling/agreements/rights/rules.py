"""The permission clocks and what they bind, the term of a right. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kindling.agreements.contract.terms import Terms


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


def last_safe_day(window: PaidWindow, zone_name: str) -> date:
    """The last calendar day of the zone on which money may be spent from its first to its last minute."""
    # The day the window ends on is cut short, also when it ends with that day's very first instant.
    return window.ends_at.astimezone(ZoneInfo(zone_name)).date() - timedelta(days=1)


# --- Rights and permission beside each other ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where agreement and TikTok's permission do not fit, and what to do. `blocks`: no launch until it is solved."""

    name: str
    sentence: str
    next_step: str
    blocks: bool


def rights_without_code(right: Right | None, *, has_code: bool, now: datetime) -> Mismatch | None:
    """The creator agreed to paid use, but TikTok has no permission yet (§4: ask for a code)."""
    if has_code or right is None or not right.paid_allowed or now >= right.ends_at:
        return None
    return Mismatch(
        "rights_without_code",
        "The right to advertise this post is agreed, but there is no permission at TikTok.",
        "Ask the creator for a code, or to connect the account.",
        blocks=True,
    )


def code_without_rights(right: Right | None, *, has_code: bool, now: datetime) -> Mismatch | None:
    """TikTok would allow it, the agreement does not (§4: do not launch)."""
    found = problems_of_right(right, now=now)
    if not has_code or not found:
        return None
    return Mismatch(
        "code_without_rights",
        f"TikTok would allow ads with this post, but the agreement does not: {found[0]}",
        "Do not launch. Record or renew the agreement first.",
        blocks=True,
    )


def rights_longer_than_code(
    right: Right | None, *, code_ends_at: datetime | None, now: datetime
) -> Mismatch | None:
    """Paid-for days that the permission does not reach (§4: renewal task now)."""
    if right is None or code_ends_at is None or not right.paid_allowed:
        return None
    usable_until = min(right.ends_at, right.hold_until or right.ends_at)
    days = (usable_until - code_ends_at) // timedelta(days=1)
    if days < 1 or now >= usable_until:
        return None
    return Mismatch(
        "rights_longer_than_code",
        f"The right runs {days} day{'s' if days > 1 else ''} longer than TikTok's permission.",
        "Ask the creator to extend the code now: the days are paid for.",
        blocks=False,
    )


def code_longer_than_rights(
    right: Right | None, *, code_ends_at: datetime | None, now: datetime
) -> Mismatch | None:
    """The permission outlives the right: ads stop with the right, whatever TikTok allows."""
    if right is None or code_ends_at is None or now >= right.ends_at:
        return None
    days = (code_ends_at - right.ends_at) // timedelta(days=1)
    if days < 1:
        return None
    return Mismatch(
        "code_longer_than_rights",
        f"TikTok's permission runs {days} day{'s' if days > 1 else ''} longer than the right.",
        "Ads stop when the right ends. Agree on a renewal if they should go on.",
        blocks=False,
    )


def mismatches(
    right: Right | None, *, has_code: bool, code_ends_at: datetime | None, now: datetime
) -> list[Mismatch]:
    """Everything that does not fit between the agreement and the permission, in both directions."""
    found = [
        rights_without_code(right, has_code=has_code, now=now),
        code_without_rights(right, has_code=has_code, now=now),
        rights_longer_than_code(right, code_ends_at=code_ends_at, now=now),
        code_longer_than_rights(right, code_ends_at=code_ends_at, now=now),
    ]
    return [each for each in found if each is not None]


# --- The term of a right --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """When a right runs, UTC, half open, and until when the post must stay up."""

    starts_at: datetime
    ends_at: datetime
    hold_until: datetime | None


def span(terms: Terms, *, starts_at: datetime) -> Span:
    """The right and the hold that start at `starts_at`. A last day is counted in UTC to its end."""
    days = timedelta(days=terms.term_days or 0)
    ends_at = starts_at + days if terms.end_on is None else _end_of(terms.end_on)
    return Span(starts_at, ends_at, _hold(terms, starts_at))


def waiting_span(terms: Terms, *, agreed_at: datetime) -> Span:
    """A right that waits for its first spend: it may be used until the latest moment the first ad must spend."""
    latest = agreed_at + timedelta(days=terms.first_spend_within_days)
    hold = _hold(terms, agreed_at)
    # A hold counted in days starts with the first spend too; until then the post must be there to be used.
    if hold is not None and terms.hold_until is None:
        hold = max(hold, latest)
    ends_at = min(latest, _end_of(terms.end_on)) if terms.end_on else latest
    return Span(agreed_at, ends_at, hold)


def start_of(day: date) -> datetime:
    """The first instant of a day in UTC, in which agreements count."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _hold(terms: Terms, starts_at: datetime) -> datetime | None:
    if terms.hold_until is not None:
        return _end_of(terms.hold_until)
    return None if terms.hold_days is None else starts_at + timedelta(days=terms.hold_days)


def _end_of(day: date) -> datetime:
    return start_of(day) + timedelta(days=1)
