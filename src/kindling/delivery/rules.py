"""Status words, sync windows, and who must stop. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kindling.agreements.rights.rules import ClockName, PaidWindow, RightProblem, SpendCap
from kindling.kit.time import instant_words

WORDS = {
    "AD_STATUS_DELIVERY_OK": "Running",
    "AD_STATUS_PARTIAL_AUDIT_DELIVERY_OK": "Running, partly in review",
    "AD_STATUS_REVIEW_PARTIALLY_APPROVED": "Running, partly approved",
    "AD_STATUS_AUDIT": "In review",
    "AD_STATUS_REAUDIT": "In review again",
    "AD_STATUS_AUDIT_DENY": "Rejected by TikTok",
    "AD_STATUS_NOT_START": "Not started yet",
    "AD_STATUS_DONE": "Finished",
    "AD_STATUS_DISABLE": "Switched off",
    "AD_STATUS_ADGROUP_DISABLE": "Ad group switched off",
    "AD_STATUS_CAMPAIGN_DISABLE": "Campaign switched off",
    "AD_STATUS_BUDGET_EXCEED": "Daily budget spent",
    "AD_STATUS_CAMPAIGN_EXCEED": "Campaign budget spent",
    "AD_STATUS_BALANCE_EXCEED": "Ad account has no balance",
    "AD_STATUS_ASSET_AUTHORIZATION_LOST": "Authorization lost",
    "AD_STATUS_ADGROUP_ASSET_AUTHORIZATION_LOST": "Authorization lost",
    "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED": "Authorization withdrawn",
    "AD_STATUS_MUSIC_AUTHORIZATION_MISSING": "Music not cleared",
}

DELIVERING = frozenset(
    {
        "AD_STATUS_DELIVERY_OK",
        "AD_STATUS_PARTIAL_AUDIT_DELIVERY_OK",
        "AD_STATUS_REVIEW_PARTIALLY_APPROVED",
    }
)
"""Statuses of ads that run (reference tiktok-api §8.4, DELIVERY_OK)."""
IN_REVIEW = frozenset({"AD_STATUS_AUDIT", "AD_STATUS_REAUDIT"})
REFUSED = frozenset(
    {
        "AD_STATUS_AUDIT_DENY",
        "AD_STATUS_ASSET_AUTHORIZATION_LOST",
        "AD_STATUS_ADGROUP_ASSET_AUTHORIZATION_LOST",
        "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED",
    }
)
"""Statuses of ads that TikTok or the creator stopped."""

WORTH_GOING_ON = 0.2
"""Chance of paying from which an ad goes on after its first days (science.md §5.2: keeps .76 of those that pay)."""
ENOUGH_SPENT = 1.0  # orders that would pay for the spend: with less, nobody can say; ours


class WatchVerdict(StrEnum):
    """What the first days of a post's ads say."""

    GO_ON = "go_on"
    STOP = "consider_stopping"
    EARLY = "too_early"


WATCH_LABELS = {
    WatchVerdict.GO_ON: "Go on",
    WatchVerdict.STOP: "Consider stopping",
    WatchVerdict.EARLY: "Too early",
}


def watch_verdict(chance: float | None, *, orders: int, needed: float) -> tuple[WatchVerdict, str]:
    """What to do about a post's young ads, and why in one sentence.

    chance : of paying, by its evidence and its ads so far; None where it cannot be said
    orders, needed : known so far, and that would pay for what was spent and can be known by now
    """
    if chance is None:
        return (
            WatchVerdict.EARLY,
            "The costs of its product, or its first orders, are not known yet.",
        )
    said = f"{chance:.0%} chance of paying; {orders} orders, {needed:.1f} would pay for the spend."
    if needed < ENOUGH_SPENT:
        return WatchVerdict.EARLY, said
    return (WatchVerdict.STOP if chance < WORTH_GOING_ON else WatchVerdict.GO_ON), said


# Where Ads Manager's name is not TikTok's own word written readable.
OBJECTIVE_LABELS = {
    "WEB_CONVERSIONS": "Conversions",
    "ENGAGEMENT": "Community interaction",
    "PRODUCT_SALES": "Shop",
    "LEAD_GENERATION": "Leads",
}


def objective_label(objective: str) -> str:
    """TikTok's campaign objective as Ads Manager names it; an unknown one is shown readable."""
    return OBJECTIVE_LABELS.get(objective, objective.replace("_", " ").capitalize())


def status_words(secondary_status: str) -> str:
    """TikTok's status as a person says it; an unknown one is shown readable rather than hidden."""
    if secondary_status in WORDS:
        return WORDS[secondary_status]
    return secondary_status.removeprefix("AD_STATUS_").replace("_", " ").capitalize() or "Unknown"


# --- What to fetch ------------------------------------------------------------------------------------------

# Conversions arrive up to 7 days after the click (default attribution window, R66) and daily corrections run
# around 12:00 UTC (reference tiktok-api §11.3), so the last full week and a day are read again each time.
RESTATE_DAYS = 8
FIRST_LOOK_BACK_DAYS = 90


def report_window(
    *,
    today: date,
    since: date | None,
    last_complete: date | None,
    first_missing: date | None = None,
) -> tuple[date, date]:
    """First and last day to fetch, both included, in the account's zone.

    since : a person's wish, counts when given. last_complete : last day of the last complete run
    first_missing : the earliest day that should be held and is not; None when nothing is missing
    """
    if since is not None:
        return min(since, today), today
    if last_complete is None:
        earliest = first_look_back(today)
        return min(earliest, first_missing or earliest), today
    return min(last_complete, today - timedelta(days=RESTATE_DAYS), first_missing or today), today


def first_look_back(today: date) -> date:
    """Where an account's figures begin that is first synced `today`.

    Not with its first ad: ads that were deleted since are on no list, and their spend was paid all the same.
    """
    return today - timedelta(days=FIRST_LOOK_BACK_DAYS)


def first_missing_day(
    *, missing: Sequence[date], first_synced: date | None, should_start: date | None
) -> date | None:
    """The earliest day that the next sync must reach back to; None when nothing is missing.

    missing : days that were synced and are not held. first_synced : the oldest day ever synced
    should_start : where the figures should have begun; a first sync of fewer days leaves the others missing
    """
    if first_synced is None:
        return None
    late = should_start if should_start and should_start < first_synced else None
    return min([*missing, *([late] if late else [])], default=None)


# --- The guard -----------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What the guard makes of a running ad."""

    MAY_RUN = "may_run"
    STOP = "stop"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RunningAd:
    """What the guard looks at for one ad that is switched on.

    is_spark : it promotes a post
    permission_lost : the state in words when the permission ended or was lost, else ""
    has_permission : a usable or a lost authorization for the post is on record
    rights_problems : why the usage right does not cover paid use now, with the sentence of each
    cap : the most that ads may spend under the post's agreement; None where none is agreed
    zone : the workspace's, in which people are told times
    """

    is_spark: bool
    is_own_post: bool
    has_permission: bool
    permission_lost: str
    window: PaidWindow | None
    rights_problems: tuple[tuple[RightProblem, str], ...]
    zone: str = "UTC"
    cap: SpendCap | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an ad may run, why not in one sentence, and what would make it safe.

    rests_on_tiktok : TikTok's answer about the authorization decided, so it is asked again before anything stops
    has_known_end : until when it may run is known, so its end can be set even where something else is unknown
    """

    verdict: Verdict
    reason: str = ""
    next_step: str = ""
    rests_on_tiktok: bool = False
    has_known_end: bool = True


# What a record that is missing says of a right: nothing. It never stops an ad; a person is asked.
NOT_ON_RECORD = frozenset({RightProblem.MISSING, RightProblem.NO_HOLD})
MAY_RUN = Judgement(Verdict.MAY_RUN)


def judge(ad: RunningAd, *, now: datetime) -> Judgement:
    """Whether an ad that is switched on may run now (G5, R59, invariant a).

    It is stopped on knowledge only: a date on record that has passed, a right that excludes paid use, or what
    TikTok said of the authorization. What is not on record is unknown, which never stops anything.
    """
    if not ad.is_spark:
        return MAY_RUN
    if ad.permission_lost:
        return Judgement(
            Verdict.STOP,
            f"The ad authorization is {ad.permission_lost}.",
            "Ask the creator for a new video code or an extension.",
            rests_on_tiktok=True,
        )
    known = [words for problem, words in ad.rights_problems if problem not in NOT_ON_RECORD]
    if known and not ad.is_own_post:
        return Judgement(Verdict.STOP, known[0], "Agree on usage rights for paid use.")
    if ad.window is not None and not ad.window.is_open(now):
        is_authorization = ad.window.bound_by is ClockName.AUTHORIZATION
        return Judgement(
            Verdict.STOP,
            f"The stop-by time, {instant_words(ad.window.ends_at, ad.zone)}, has passed. "
            f"Ends first: {ad.window.bound_by.label.lower()}, {instant_words(ad.window.clock_ends_at, ad.zone)}.",
            "Renew what ends first.",
            rests_on_tiktok=is_authorization,
        )
    if ad.is_own_post:
        return MAY_RUN
    if ad.cap is not None and ad.cap.is_reached:
        return Judgement(
            Verdict.STOP,
            f"The agreed maximum ad spend, {ad.cap.cap}, is reached: {ad.cap.words} spent.",
            "Agree on a higher maximum with the creator.",
        )
    if not ad.has_permission:
        return Judgement(
            Verdict.UNKNOWN,
            "No ad authorization of this post is on record.",
            "Ask the creator for the video code, or check the account it runs from.",
            rests_on_tiktok=True,
            has_known_end=False,
        )
    if ad.rights_problems:
        return Judgement(
            Verdict.UNKNOWN,
            ad.rights_problems[0][1],
            "Record the agreement with the creator.",
            has_known_end=False,
        )
    if ad.cap is not None and ad.cap.doubt:
        return Judgement(
            Verdict.UNKNOWN,
            f"What is left of the agreed maximum ad spend, {ad.cap.cap}, is unknown. {ad.cap.doubt}",
            "Sync the ad account, or pause the ad yourself.",
        )
    return MAY_RUN


def minutes_past(
    stop_by: datetime | None,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    at: datetime,
) -> int:
    """Whole minutes until `at` in which an ad could spend past its stop-by time, as when no worker ran; mostly 0.

    starts_at, ends_at : of its ad group at TikTok, which delivers only between them; None for no bound
    """
    if stop_by is None:
        return 0
    first = stop_by if starts_at is None else max(stop_by, starts_at)
    last = at if ends_at is None else min(at, ends_at)
    return max(0, int((last - first) / timedelta(minutes=1)))


EXTENSION_OFFERED = timedelta(days=7)


def may_be_extended(
    *, ends_at: datetime | None, flight_end: datetime, window: PaidWindow | None, now: datetime
) -> bool:
    """Whether a flight that its own plan ends within a week could go on for at least another one."""
    if ends_at != flight_end or not now < flight_end <= now + EXTENSION_OFFERED:
        return False
    return window is None or window.ends_at >= flight_end + EXTENSION_OFFERED


def wanted_end(
    *,
    ends_at: datetime | None,
    flight_end: datetime | None,
    set_by_us: bool,
    window: PaidWindow | None,
) -> datetime | None:
    """The end an ad group should have instead of `ends_at`; None when it is right as it is (R59).

    flight_end : the end a person approved, None for an ad group that Kindling did not launch
    set_by_us : `ends_at` is the end Kindling set last, so nobody chose it at TikTok

    It never ends after the earliest clock of its post. One that was cut short by a clock goes on as far as the
    clocks allow now, never past what was approved, and never where a person set another end.
    """
    latest = window.ends_at if window else None
    if latest is not None and (ends_at is None or ends_at > latest):
        return latest
    if flight_end is None or ends_at is None or not set_by_us:
        return None
    end = flight_end if latest is None else min(flight_end, latest)
    return end if end > ends_at else None
