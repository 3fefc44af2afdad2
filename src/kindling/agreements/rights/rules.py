"""The permission clocks and what they bind, the term of a right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.agreements.contract.terms import Terms
from kindling.kit.money import Money
from kindling.kit.time import day_in, start_of_day


class ClockName(StrEnum):
    """The clocks of domain reference §4. They are never merged into one stored date."""

    USAGE_RIGHT = "usage_right"
    AUTHORIZATION = "authorization"
    HOLD = "hold_period"
    MUSIC = "music_licence"
    COLLABORATION = "collaboration"

    @property
    def label(self) -> str:
        """The clock as a page names it."""
        return CLOCK_LABELS[self]


CLOCK_LABELS = {
    ClockName.USAGE_RIGHT: "Usage rights",
    ClockName.AUTHORIZATION: "Ad authorization",
    ClockName.HOLD: "Hold period",
    ClockName.MUSIC: "Music license",
    ClockName.COLLABORATION: "Affiliate collaboration",
}


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
    """Why a usage right does not cover paid use; `agreements.rights.wording` has the sentences."""

    MISSING = "missing"
    NOT_PAID = "not_paid"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    NO_HOLD = "no_hold"
    HOLD_ENDED = "hold_ended"


@dataclass(frozen=True, slots=True)
class Right:
    """What the rules need to know of a usage right.

    media : the uses agreed; empty where they are not on record, then `paid_allowed` alone decides
    """

    paid_allowed: bool
    starts_at: datetime
    ends_at: datetime
    hold_until: datetime | None
    territory: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    final_approval: bool = False
    disclosure_words: str = ""
    music_warranty: bool = False


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


def rank(right: Right, now: datetime) -> tuple[int, bool, bool, datetime]:
    """How well a right serves, for choosing between several equally near ones: the larger the better."""
    troubles = len(problems_of_right(right, now=now))
    return -troubles, right.paid_allowed, right.hold_until is not None, right.ends_at


def uncovered_locations(territory: tuple[str, ...], locations: tuple[str, ...]) -> list[str]:
    """Targeted countries outside the territory; an empty territory means everywhere."""
    return [] if not territory else sorted(set(locations) - set(territory))


# --- The most that ads may spend ---------------------------------------------------------------------------------

NEAR_PERCENT = 80


@dataclass(frozen=True, slots=True)
class SpendCap:
    """The most that ads may spend on the posts of an agreement, and what they spent so far.

    cap_minor, spent_minor : minor units of `currency`; spent is None where it is not known
    known_minor : what was spent for certain where the whole is not known: at least that much
    why_unknown : the sentence that says why, "" where it is known
    as_of : when the oldest of the figures was synced; None while no ad has used the posts
    is_current : False where an ad runs and its figures were not synced for a day
    item_ids : the posts it covers
    """

    agreement: int
    title: str
    cap_minor: int
    currency: str
    spent_minor: int | None
    why_unknown: str = ""
    as_of: datetime | None = None
    is_current: bool = True
    item_ids: frozenset[str] = frozenset()
    known_minor: int = 0

    @property
    def cap(self) -> Money:
        return Money(self.cap_minor, self.currency)

    @property
    def spent(self) -> Money | None:
        return None if self.spent_minor is None else Money(self.spent_minor, self.currency)

    @property
    def known(self) -> Money:
        """What was spent for certain: all of it where it is known, else at least that much."""
        minor = self.known_minor if self.spent_minor is None else self.spent_minor
        return Money(minor, self.currency)

    @property
    def left(self) -> Money | None:
        """What ads may still spend, not below zero; None where spend is not known."""
        if self.spent_minor is None:
            return None
        return Money(max(0, self.cap_minor - self.spent_minor), self.currency)

    @property
    def percent(self) -> int | None:
        """The share that is spent, whole percent rounded down; None where spend is not known."""
        return None if self.spent_minor is None else self.known_percent

    @property
    def known_percent(self) -> int:
        """The share that is spent for certain, whole percent rounded down."""
        return 100 if self.cap_minor == 0 else 100 * self.known.minor // self.cap_minor

    @property
    def words(self) -> str:
        """What is spent, in words: only a lower bound where a part of it is unknown."""
        return f"at least {self.known}" if self.spent is None else str(self.spent)

    @property
    def is_reached(self) -> bool:
        """Whether what is known to be spent is the maximum or more; what is unknown could only add to it."""
        return self.known.minor >= self.cap_minor

    def is_passed_by(self, more_minor: int) -> bool:
        """Whether that much more passes what is left; nothing does while that is not known."""
        return self.left is not None and more_minor > self.left.minor

    @property
    def is_near(self) -> bool:
        """Whether it is time to say that it runs out, by what is known: what is unknown could only add to it."""
        return self.known_percent >= NEAR_PERCENT

    @property
    def doubt(self) -> str:
        """Why what is left cannot be relied on, as a sentence; "" where it can."""
        if self.why_unknown or self.is_current:
            return self.why_unknown
        return "The ad spend was last synced more than a day ago."

    def to_json(self) -> dict[str, Any]:
        return {
            "cap": self.cap.to_json(),
            "spent": self.spent.to_json() if self.spent else None,
            "known": self.known.to_json(),
            "left": self.left.to_json() if self.left else None,
            "percent": self.percent,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "why_unknown": self.doubt or None,
        }


@dataclass(frozen=True, slots=True)
class CandidateRight:
    """One of the rights that cover a post; a day of its ad spend counts under one of them.

    agreement : None for an imported right
    is_own : it names the post; else it is one of all the creator's posts
    superseded_at : since when a newer version's right stands in its place
    """

    agreement: int | None
    right: Right
    is_own: bool
    superseded_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        return self.superseded_at is None or at < self.superseded_at


def counts_under(candidates: Sequence[CandidateRight], day: date, zone_name: str) -> int | None:
    """The agreement that a day's spend on a post counts under; None where no right, or an imported one, covers it.

    Reports know whole days of the ad account's zone, and no day may count twice or be lost: it counts whole under
    the right that goes first at the day's first moment in which any is in force, chosen as for running ads.

    candidates : of the post, the oldest first
    """
    begin, end = start_of_day(day, zone_name), start_of_day(day + timedelta(days=1), zone_name)
    touching = [
        each
        for each in candidates
        if max(each.right.starts_at, begin) < min(each.right.ends_at, end)
    ]
    if not touching:
        return None
    moment = max(begin, min(each.right.starts_at for each in touching))
    in_force = [each for each in touching if each.right.starts_at <= moment < each.right.ends_at]
    first = max(
        reversed(in_force),
        key=lambda each: (each.stands(moment), each.is_own, rank(each.right, moment)),
    )
    return first.agreement


@dataclass(frozen=True, slots=True)
class AdRun:
    """When an ad can spend, as far as it is on record; None where it is not.

    ends_at : of its ad group's schedule
    is_on : neither it nor what it lies in was switched off or deleted when it was last seen
    """

    made_at: datetime | None = None
    ends_at: datetime | None = None
    is_on: bool = True

    def days_within(self, first: date, last: date, zone_name: str) -> tuple[date, date] | None:
        """Those of the days from first to last, of a zone, on which it can have spent; None for none."""
        if self.made_at is not None:
            first = max(first, day_in(self.made_at, zone_name))
        if self.ends_at is not None:
            last = min(last, day_in(self.ends_at - timedelta.resolution, zone_name))
        return (first, last) if first <= last else None

    def goes_on_after(self, moment: datetime) -> bool:
        return self.is_on and (self.ends_at is None or self.ends_at > moment)


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


def renewed_span(terms: Terms, old: Span, *, until: datetime) -> Span:
    """A span that was renewed until then; one that reaches further is not made shorter.

    The hold is what the creator agreed to for the post (domain reference §4): by these terms it stays as long as it
    was from its start, or, where they say that it renews, at least until the longer term ends. Days of a renewal are
    never added to it.
    """
    if until <= old.ends_at:
        return old
    hold = old.hold_until
    if hold is not None and terms.hold_renews:
        hold = max(hold, until)
    return Span(old.starts_at, until, hold)


def carried_span(terms: Terms, *, starts_at: datetime, renewed: timedelta) -> Span:
    """A span under the terms of a new version, for a post whose term began before: from the same start.

    The hold is that of the new terms alone, longer or shorter than it was; see `renewed_span`.

    renewed : the days by which the term was renewed before; they were bought, so they are kept
    """
    new = span(terms, starts_at=starts_at)
    return renewed_span(terms, new, until=new.ends_at + renewed)


def waiting_span(terms: Terms, *, agreed_at: datetime) -> Span:
    """A right that waits for its first spend: it may be used until the latest moment the first ad must spend."""
    latest = agreed_at + timedelta(days=terms.first_spend_within_days)
    hold = _hold(terms, agreed_at)
    # A hold counted in days starts with the first spend too; until then the post must be there to be used.
    if hold is not None and terms.hold_until is None:
        hold = max(hold, latest)
    ends_at = min(latest, _end_of(terms.end_on)) if terms.end_on else latest
    return Span(agreed_at, ends_at, hold)


def first_spend(
    days: Iterable[tuple[date, str]], *, agreed_at: datetime, latest: datetime
) -> datetime | None:
    """When a term starts that waits for its first spend, UTC; None while it still waits.

    Reports know whole days: it starts with the first instant of the first day with spend, but never before the
    consent to it (spend of days that were over by then is of no term), nor when its time to start had passed.

    days : the days with spend, each with the zone of its ad account; in any order
    """
    starts = [
        max(start_of_day(day, zone_name), agreed_at)
        for day, zone_name in days
        if start_of_day(day + timedelta(days=1), zone_name) > agreed_at
    ]
    start = min(starts, default=latest)
    return start if start < latest else None


def start_of(day: date) -> datetime:
    """The first instant of a day in UTC, in which agreements count."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _hold(terms: Terms, starts_at: datetime) -> datetime | None:
    if terms.hold_until is not None:
        return _end_of(terms.hold_until)
    return None if terms.hold_days is None else starts_at + timedelta(days=terms.hold_days)


def _end_of(day: date) -> datetime:
    return start_of(day) + timedelta(days=1)
