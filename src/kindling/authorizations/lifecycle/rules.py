"""The authorization life cycle as pure functions. Source: domain reference §3, rules R16-R40."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from kindling.errors import ConflictError
from kindling.kit.text import without_hidden
from kindling.posts import rules as post_rules


class State(StrEnum):
    """The states, by the names of the domain glossary.

    `not_requested` is a post that could be asked for, or whose asking was declined. `extended` is passed through:
    an end that moved is noted as its own step, then the permission is bound or in use again.
    """

    NOT_REQUESTED = "not_requested"
    REQUESTED = "requested"
    RECEIVED = "received"
    INVALID = "invalid"
    VERIFIED = "verified"
    BOUND = "bound"
    IN_USE = "in_use"
    EXPIRING = "expiring"
    RENEWAL_REQUESTED = "renewal_requested"
    EXTENDED = "extended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    POST_UNAVAILABLE = "post_unavailable"
    IDENTITY_BLOCKED = "identity_blocked"
    COLLAB_ENDED = "collab_ended"
    RELEASED = "released"


USABLE = frozenset(
    {State.BOUND, State.IN_USE, State.EXPIRING, State.RENEWAL_REQUESTED, State.EXTENDED}
)
LOST = frozenset(
    {
        State.EXPIRED,
        State.REVOKED,
        State.POST_UNAVAILABLE,
        State.IDENTITY_BLOCKED,
        State.COLLAB_ENDED,
    }
)
OPEN = frozenset({State.NOT_REQUESTED, State.REQUESTED})
# A new code is wanted, or on its way: what the one before it has come to changes nothing.
AWAITING_CODE = OPEN | {State.RECEIVED, State.INVALID, State.VERIFIED}
_PLATFORM_CAN_SAY = USABLE | LOST

_NEW_CODE = frozenset({State.RECEIVED, State.VERIFIED, State.RELEASED})

TRANSITIONS: dict[State, frozenset[State]] = {
    # Before the platform knows it; what the platform then says beats what was typed (invariant c).
    **dict.fromkeys(
        (State.NOT_REQUESTED, State.REQUESTED, State.RECEIVED, State.INVALID, State.VERIFIED),
        _PLATFORM_CAN_SAY | _NEW_CODE | OPEN | {State.INVALID},
    ),
    **dict.fromkeys(USABLE, _PLATFORM_CAN_SAY | {State.RELEASED}),
    # A lost permission comes back by an extension, a new code, or the post or account being restored.
    **dict.fromkeys(LOST, _PLATFORM_CAN_SAY | _NEW_CODE | {State.REQUESTED}),
    # One given back comes back only by a code, sent unasked or asked for anew.
    State.RELEASED: frozenset({State.RECEIVED, State.VERIFIED, State.BOUND, State.REQUESTED}),
}


def check_transition(current: State, wanted: State) -> None:
    """Raise ConflictError when the life cycle has no such step. Staying where one is is always fine."""
    if current is not wanted and wanted not in TRANSITIONS[current]:
        raise ConflictError(f"An authorization cannot change from {current} to {wanted}.")


# --- The code itself -----------------------------------------------------------------------------

CODE = re.compile(r"#?[A-Za-z0-9+/=_-]{16,}")
HINT_LENGTH = 4


def clean_code(pasted: str) -> str:
    """A code as TikTok wants it: no blanks around or inside, no quotes. Raises ValueError when it is none.

    The message never repeats what was pasted: a mistyped code is still a secret.
    """
    code = re.sub(r"\s+", "", without_hidden(pasted)).strip("\"'`“”‘’,;")
    if code.startswith("%23"):
        raise ValueError("This code is URL-encoded. Copy it from the TikTok app; it starts with #.")
    if not CODE.fullmatch(code):
        raise ValueError(
            "This is not a video code. Copy the whole code from the TikTok app; it starts with #."
        )
    return code


def mask(code: str) -> str:
    """What may be shown of a code: its last characters."""
    return "•••" + code.rstrip("=")[-HINT_LENGTH:]


# --- What the platform says, turned into a state ---------------------------------------------------

GONE, UNAVAILABLE = post_rules.GONE, post_rules.UNAVAILABLE
DEFAULT_LEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class PlatformReading:
    """What TikTok said of one binding at one time.

    listed : the row was in /tt_video/list/ (a deleted code disappears or is not AUTHORIZED)
    auth_status : AUTHORIZED, EXPIRED or another word (unverified beyond these)
    has_running_ads : one of our synced ads refers to the post and is not deleted
    """

    listed: bool
    auth_status: str
    item_status: str
    ends_at: datetime | None
    has_running_ads: bool


def state_from(
    reading: PlatformReading, *, current: State, now: datetime, lead: timedelta = DEFAULT_LEAD
) -> State:
    """The state that a reading of the platform puts a bound authorization in.

    Platform facts beat what anybody typed (invariant c). A wish already recorded
    (`renewal_requested`) stands until the end date moves past the lead time or the permission is lost.
    A post that is private, for friends only, or not listed by its own account is as unavailable as a deleted one,
    until it is public again; a code that has ended or was withdrawn meanwhile is that first of all.
    """
    if reading.item_status in GONE:
        return State.POST_UNAVAILABLE
    if reading.ends_at is not None and now >= reading.ends_at:
        return State.EXPIRED
    if not reading.listed:
        is_hidden = reading.item_status == post_rules.NOT_LISTED
        return State.POST_UNAVAILABLE if is_hidden else State.REVOKED
    if reading.auth_status != "AUTHORIZED":
        # "EXPIRED" before its end date has come means that the creator deleted the code (R27, R31).
        has_run_out = reading.auth_status == "EXPIRED" and reading.ends_at is None
        return State.EXPIRED if has_run_out else State.REVOKED
    if reading.item_status in UNAVAILABLE:
        return State.POST_UNAVAILABLE
    if reading.ends_at is not None and reading.ends_at - now <= lead:
        return State.RENEWAL_REQUESTED if current is State.RENEWAL_REQUESTED else State.EXPIRING
    return State.IN_USE if reading.has_running_ads else State.BOUND


def gives_permission(reading: PlatformReading, *, now: datetime) -> bool:
    """Whether TikTok shows a permission that stands, whatever state the post is in."""
    is_over = reading.ends_at is not None and now >= reading.ends_at
    return reading.listed and reading.auth_status == "AUTHORIZED" and not is_over


def state_of_consent(current: State, *, item_status: str, is_over: bool) -> State:
    """The state of an affiliate consent, usable or with its post unavailable. is_over : the collaboration has ended."""
    if item_status in UNAVAILABLE:
        return State.POST_UNAVAILABLE
    if is_over:
        return State.COLLAB_ENDED
    return State.BOUND if current is State.POST_UNAVAILABLE else current


def granted_days(starts_at: datetime, ends_at: datetime) -> int:
    """Whole days a creator granted, rounded up: TikTok's windows are a second short of the day."""
    return max(0, ceil((ends_at - starts_at) / timedelta(days=1)))


# --- How often to look (R27: re-check state, do not reason about it) --------------------------------

POLL_FAR, POLL_NEAR, POLL_LOST = timedelta(hours=24), timedelta(hours=6), timedelta(hours=24)
POLL_LAST_DAY = timedelta(hours=1)


def next_poll_at(
    *, state: State, ends_at: datetime | None, read_at: datetime, now: datetime
) -> datetime | None:
    """When a permission wants to be read again; None where there is nothing at TikTok to read yet."""
    if state in OPEN or state in {State.RECEIVED, State.INVALID, State.RELEASED}:
        return None
    return read_at + poll_every(state=state, ends_at=ends_at, now=now)


def poll_every(*, state: State, ends_at: datetime | None, now: datetime) -> timedelta:
    """The reading interval: a day, 6 hours within the lead time or while ads run, an hour on the last day."""
    if state in LOST:
        return POLL_LOST
    if ends_at is not None and ends_at - now <= timedelta(days=1):
        return POLL_LAST_DAY
    if state in {State.IN_USE, State.EXPIRING, State.RENEWAL_REQUESTED}:
        return POLL_NEAR
    return POLL_FAR


# --- What to do about a problem --------------------------------------------------------------------


class Owner(StrEnum):
    """Who must act on a problem (R40)."""

    CREATOR = "creator"
    TEAM = "team"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    message: str
    next_step: str
    actor: Owner


def mismatch(
    *, expected_handle: str, expected_item_id: str, handle: str, item_id: str
) -> Diagnosis | None:
    """Compare a verified code with what the row said it would be; None when it fits (R20)."""
    if expected_item_id and expected_item_id != item_id:
        return Diagnosis(
            f"This code belongs to post {item_id}, not to {expected_item_id}.",
            "Ask the creator for the code of the right post, or correct the row.",
            Owner.CREATOR,
        )
    if expected_handle and expected_handle != handle:
        return Diagnosis(
            f"This code belongs to @{handle}, not to @{expected_handle}.",
            "Ask the right creator for a code, or correct the row.",
            Owner.CREATOR,
        )
    return None


def diagnose_reading(state: State) -> Diagnosis | None:
    """What a person should do about a state that needs one; None when nothing is wrong."""
    table = {
        State.EXPIRED: Diagnosis(
            "The authorization has ended; TikTok no longer delivers the ads.",
            "Ask the creator to extend it, or ask for a new video code.",
            Owner.CREATOR,
        ),
        State.REVOKED: Diagnosis(
            "The creator withdrew the video code.",
            "Check the agreement, then ask for a new video code or replace the post.",
            Owner.TEAM,
        ),
        State.POST_UNAVAILABLE: Diagnosis(
            "The post is deleted, private, hidden or taken down.",
            "Ask the creator to make it public again or replace it; check the agreement for a replacement or refund.",
            Owner.TEAM,
        ),
        State.IDENTITY_BLOCKED: Diagnosis(
            "The account cannot be used for ads at the moment.",
            "Check the account with its owner; none of its ads can run.",
            Owner.TEAM,
        ),
        State.COLLAB_ENDED: Diagnosis(
            "The affiliate collaboration, or the post's product link, has ended.",
            "Ask for a video code: it does not need a collaboration.",
            Owner.TEAM,
        ),
        State.REQUESTED: Diagnosis(
            "The creator was asked and has not answered yet.",
            "Kindling sends reminders after 1, 3 and 7 days; then call them or choose another post.",
            Owner.CREATOR,
        ),
        State.INVALID: Diagnosis(
            "The video code does not work.",
            "Open the batch to see the reason, and ask for a new code.",
            Owner.CREATOR,
        ),
        State.EXPIRING: Diagnosis(
            "The authorization ends soon.",
            "Ask the creator to extend it before the stop-by date.",
            Owner.CREATOR,
        ),
        State.RENEWAL_REQUESTED: Diagnosis(
            "A renewal was requested; the end date has not changed yet.",
            "Remind the creator, or plan a replacement post.",
            Owner.CREATOR,
        ),
    }
    return table.get(state)


# --- Spend at risk ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpendAtRisk:
    """Money that stops when a permission does: `per_day_minor` is the mean of the last full days."""

    per_day_minor: int
    days_measured: int


def is_ending(state: State, paid_until: datetime | None, *, before: datetime) -> bool:
    """Whether a permission was lost, or must stop being paid for before that moment."""
    return state in LOST or (state in USABLE and paid_until is not None and paid_until < before)


def spend_at_risk(daily_spend_minor: list[int]) -> SpendAtRisk:
    """The mean daily spend, rounded half up, over the days given (the last full days in the account's zone)."""
    if not daily_spend_minor:
        return SpendAtRisk(0, 0)
    days = len(daily_spend_minor)
    return SpendAtRisk((2 * sum(daily_spend_minor) + days) // (2 * days), days)


# --- Asking -----------------------------------------------------------------------------------------

REMINDERS_AFTER = (timedelta(days=1), timedelta(days=3), timedelta(days=7))


def reminder_due(*, asked_at: datetime, reminders: int, now: datetime) -> bool:
    """Whether an unanswered request wants its next reminder: after 1, 3 and 7 days, then no more (§3)."""
    return reminders < len(REMINDERS_AFTER) and now - asked_at >= REMINDERS_AFTER[reminders]


# --- Renewing ---------------------------------------------------------------------------------------

LEAD_DAYS = (14, 7, 3, 1)
SLACK = timedelta(days=1)


def lead_due(*, ends_at: datetime, reminded: tuple[int, ...], now: datetime) -> int | None:
    """The lead time (days) whose reminder is due and was not sent; one at a time, the nearest to the end.

    A permission found late is reminded of once, not four times in a row.
    """
    left = (ends_at - now) / timedelta(days=1)
    if left <= 0:
        return None
    due = [days for days in LEAD_DAYS if left <= days]
    nearest = min(due, default=None)
    return None if nearest is None or any(sent <= nearest for sent in reminded) else nearest


def covers_renewal(*, before: datetime, after: datetime, days: int) -> bool:
    """Whether the end moved by the days asked for, give or take a day: windows are a second short of it."""
    return after - before >= timedelta(days=days) - SLACK


PATIENCE = timedelta(hours=24)


def is_stuck(*, accepted_at: datetime, now: datetime) -> bool:
    """Whether an accepted extension has shown no new end for too long: a fresh code is needed (R30)."""
    return now - accepted_at >= PATIENCE


# --- Rights against permission ------------------------------------------------------------------------


class Gap(StrEnum):
    """Where usage rights and ad authorization do not fit; `gap_wording` has the sentences."""

    NO_PERMISSION = "no_permission"
    NO_RIGHT = "no_right"
    RIGHT_OUTLASTS = "right_outlasts"
    RIGHT_ENDS_FIRST = "right_ends_first"


def gap_between(
    *,
    right_ends_at: datetime | None,
    is_right_good: bool,
    state: State | None,
    authorization_ends_at: datetime | None,
    now: datetime,
) -> Gap | None:
    """The one mismatch that matters most; None when both fit, or when neither is there.

    right_ends_at : None without a right. is_right_good : it covers paid use now. state : None without any
    permission. Ends within a day of each other count as equal.
    """
    has_permission = state is not None and state in USABLE
    if has_permission and not is_right_good:
        return Gap.NO_RIGHT
    if not has_permission:
        is_asked = state is State.REQUESTED
        return Gap.NO_PERMISSION if is_right_good and not is_asked else None
    if right_ends_at is None or authorization_ends_at is None:
        return None
    if right_ends_at - authorization_ends_at > SLACK:
        return Gap.RIGHT_OUTLASTS if authorization_ends_at - now <= DEFAULT_LEAD else None
    if authorization_ends_at - right_ends_at > SLACK and right_ends_at - now <= DEFAULT_LEAD:
        return Gap.RIGHT_ENDS_FIRST
    return None
