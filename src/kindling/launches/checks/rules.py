"""What a preflight check is, what it is asked about, and what it answers. Pure.

The checks stand by subject in the modules beside this one, all of them in `checklist.py`; their numbers are those of
domain reference §6.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from kindling.agreements.rights.rules import PaidWindow, Right, SpendCap
from kindling.briefs.rules import PostReview
from kindling.launches.rules import CreatorAnswer
from kindling.products.landing.rules import PageAnswer

DAY = timedelta(days=1)
AS_SYNCED = timedelta(minutes=30)  # what TikTok lists: ads and comments are read as often as that
AS_POLLED = timedelta(hours=6)  # posts and authorizations are all read as often as that


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class CheckVerdict(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"


class SecondPerson(StrEnum):
    """Whether another person than its author has confirmed a plan's spend (R60)."""

    NOT_NEEDED = "not_needed"
    NEEDED = "needed"
    GIVEN = "given"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an ad group is restricted to, in TikTok's words; empty is everybody."""

    age_groups: tuple[str, ...] = ()
    gender: str = ""
    languages: tuple[str, ...] = ()
    interests: tuple[str, ...] = ()
    audience_ids: tuple[str, ...] = ()

    @property
    def narrowed_by(self) -> tuple[str, ...]:
        """What it is restricted by, in words."""
        is_one_gender = self.gender not in {"", "GENDER_UNLIMITED"}
        named = {
            "age": bool(self.age_groups),
            "gender": is_one_gender,
            "language": bool(self.languages),
            "interests": bool(self.interests),
            "custom audiences": bool(self.audience_ids),
        }
        return tuple(name for name, is_set in named.items() if is_set)


EVERYBODY = Audience()


@dataclass(frozen=True, slots=True)
class CommentsSeen:
    """What is known of a post's comments.

    read, critical : how many have a category, and how many of those are critical
    critical_low : low end of the interval of their share; None where none is read
    overdue : waiting for an answer longer than they should; None where nobody counted
    """

    read: int
    critical: int
    critical_low: float | None
    overdue: int | None


@dataclass(frozen=True, slots=True)
class Room:
    """Ads that a TikTok account may still carry, and those that a plan is yet to make with it."""

    left: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that an operator or a workspace sets; see docs/reference/settings.md.

    most_criticism : share of critical comments that a post may have, by the workspace's post policy
    """

    ads_per_identity: int = 10_000
    narrowed_by: int = 2
    backlog: int = 10
    most_criticism: float = 0.15


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything the checks look at for one post. None means not known, never "fine".

    flight_end : when the post's ad group stops
    music : TikTok's music_status for the locations and dates; None when it could not be asked
    music_asked_at : when TikTok said so, where that is an earlier answer; None for one of now
    review : what brand and legal decided about the post's draft; None for a post without a deliverable
    refused_because, refused_at : TikTok's final refusal of the post, as an ad or of its code; "" and None without
    wants_review : the workspace's policy: a post without a deliverable must not be launched
    live_in : names of other live ads of the same post
    zone : the workspace's, in which people are told times
    cap : the most that ads may spend under the post's agreement; None where none is agreed
    missing_notes : what the post policy wants written on the post before a launch and nobody wrote
    unknown_locations : location ids of the flight whose country is not on record
    most_minor : what the plan, and other approved ones, can spend from now on, on all posts under that cap; where
        none is planned, what a week at TikTok's minimum can spend on this post alone
    creator_answer : to the question for their approval; None while there is no stored plan to ask about
    is_planned : the flight is one of a plan; Inventory only assumes one
    is_upload : an uploaded video: it has no post, and `handle` is the brand's own
    objective, optimization_goal, call_to_action, ad_name : of the plan; "" in Inventory
    pixel_id, optimization_event : what the ad group optimises for; "" where it does for no event
    events_seen : how often that event came yesterday and today; None where TikTok did not say
    page : what the landing page last said; None where nobody asked within a day
    identity_ads : ads that TikTok lists for the post's identity; None before a sync
    room : what TikTok itself says of that, asked for a plan; None where it was not asked or did not say
    named_alike : other ads with the same name
    organic_commission_bp : the creator's commission on sales of the post itself; `commission_bp` is of its ads
    """

    now: datetime
    item_id: str
    handle: str
    item_type: str
    post_status: str
    caption: str
    approved_caption: str
    is_own: bool
    duet_or_stitch_of: str
    authorization_state: str | None
    authorization_ends_at: datetime | None
    bound_to_account: bool
    identity_available: bool | None
    right: Right | None
    window: PaidWindow | None
    flight_start: datetime
    flight_end: datetime
    countries: tuple[str, ...]
    music: str | None
    lane: str
    lane_reason: str
    sku: str
    product_known: bool
    stock: int | None
    landing_url: str
    wants_landing_page: bool
    daily_budget_minor: int
    currency: str
    live_in: tuple[str, ...]
    contribution_minor: int | None
    commission_bp: int | None
    review: PostReview | None
    wants_review: bool
    refused_because: str
    refused_at: datetime | None
    zone: str = "UTC"
    cap: SpendCap | None = None
    most_minor: int = 0
    creator_answer: CreatorAnswer | None = None
    is_planned: bool = True
    music_asked_at: datetime | None = None
    unknown_locations: tuple[str, ...] = ()
    missing_notes: tuple[str, ...] = ()
    objective: str = ""
    optimization_goal: str = ""
    call_to_action: str = ""
    pixel_id: str = ""
    optimization_event: str = ""
    events_seen: int | None = None
    audience: Audience = EVERYBODY
    ad_name: str = ""
    named_alike: tuple[str, ...] = ()
    page: PageAnswer | None = None
    product_title: str = ""
    price_minor: int | None = None
    price_currency: str = ""
    identity_ads: int | None = None
    room: Room | None = None
    ads_seen_at: datetime | None = None
    comments: CommentsSeen | None = None
    has_comments: bool = False
    organic_commission_bp: int | None = None
    second_person: SecondPerson | None = None
    is_upload: bool = False
    limits: Limits = USUAL_LIMITS


@dataclass(frozen=True, slots=True)
class Result:
    """One check's answer for one post, with what it was based on and until when it counts.

    owner : the role that has the next step. next_step : "" where the check passed
    """

    number: int
    title: str
    level: Level
    verdict: CheckVerdict
    message: str
    evidence: dict[str, Any]
    item_id: str
    checked_at: datetime
    expires_at: datetime
    owner: str = ""
    next_step: str = ""

    @property
    def blocks(self) -> bool:
        """An unanswered blocking check blocks too: unknown is not fine."""
        return self.level is Level.BLOCK and self.verdict is not CheckVerdict.PASS

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "level": self.level,
            "verdict": self.verdict,
            "message": self.message,
            "evidence": self.evidence,
            "item_id": self.item_id,
            "checked_at": self.checked_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "owner": self.owner,
            "next_step": self.next_step,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check function says: pass or fail, the sentence, the facts behind it.

    is_warning : a check that blocks only warns with this answer
    next_step : where it is another than the check's own
    known_at : when the facts were read, where that is earlier than the check; they count from then on
    """

    ok: bool | None
    message: str
    evidence: dict[str, Any]
    is_warning: bool = False
    next_step: str = ""
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    owner : the role that has the next step. good_for : how long its facts count
    of_uploads : asked for an ad of an uploaded video too, which has no post, no creator and no agreement
    """

    number: int
    title: str
    level: Level
    owner: str
    next_step: str
    good_for: timedelta
    of_uploads: bool
    ask: Callable[[Launch], Answer]


CHECKS: list[Check] = []


def check(
    number: int,
    title: str,
    level: Level,
    *,
    owner: str,
    next_step: str,
    good_for: timedelta = DAY,
    of_uploads: bool = False,
) -> Callable[[Callable[[Launch], Answer]], Callable[[Launch], Answer]]:
    """Register a check under its number in domain reference §6."""

    def register(ask: Callable[[Launch], Answer]) -> Callable[[Launch], Answer]:
        CHECKS.append(Check(number, title, level, owner, next_step, good_for, of_uploads, ask))
        CHECKS.sort(key=lambda known: (known.number, known.title))
        return ask

    return register


def answered(known: Check, launch: Launch, answer: Answer) -> Result:
    """The result that a check's answer comes to."""
    verdict = {True: CheckVerdict.PASS, False: CheckVerdict.FAIL, None: CheckVerdict.UNKNOWN}[
        answer.ok
    ]
    return Result(
        number=known.number,
        title=known.title,
        level=Level.WARN if answer.is_warning else known.level,
        verdict=verdict,
        message=answer.message,
        evidence=answer.evidence,
        item_id=launch.item_id,
        checked_at=launch.now,
        expires_at=(answer.known_at or launch.now) + known.good_for,
        owner=known.owner,
        next_step="" if answer.ok else answer.next_step or known.next_step,
    )
