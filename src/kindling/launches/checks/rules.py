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

GOOD_FOR = timedelta(hours=24)  # a result older than this counts for nothing at submit


class Level(StrEnum):
    BLOCK = "block"
    WARN = "warn"


class CheckVerdict(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"


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


@dataclass(frozen=True, slots=True)
class Result:
    """One check's answer for one post, with what it was based on and until when it counts."""

    number: int
    title: str
    level: Level
    verdict: CheckVerdict
    message: str
    evidence: dict[str, Any]
    item_id: str
    checked_at: datetime
    expires_at: datetime

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
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check function says: pass or fail, the sentence, the facts behind it.

    is_warning : a check that blocks only warns with this answer
    """

    ok: bool | None
    message: str
    evidence: dict[str, Any]
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    number: int
    title: str
    level: Level
    ask: Callable[[Launch], Answer]


CHECKS: list[Check] = []


def check(
    number: int, title: str, level: Level
) -> Callable[[Callable[[Launch], Answer]], Callable[[Launch], Answer]]:
    """Register a check under its number in domain reference §6."""

    def register(ask: Callable[[Launch], Answer]) -> Callable[[Launch], Answer]:
        CHECKS.append(Check(number, title, level, ask))
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
        expires_at=launch.now + GOOD_FOR,
    )
