"""Briefs and deliverables as pure functions: guard-rails, the life cycle, who is waited for, what is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kindling.briefs.phrases import find_phrases, word_count
from kindling.errors import ConflictError


class MusicRule(StrEnum):
    """Music a post for ads may carry (R43)."""

    COMMERCIAL_LIBRARY = "commercial_library"
    ORIGINAL = "original"
    LICENSED = "licensed"


class Disclosure(StrEnum):
    """The disclosure a brief asks for (R45); a gift is disclosed as a paid partnership."""

    PAID_PARTNERSHIP = "paid_partnership"
    OWN_BRAND = "own_brand"
    GIFTED = "gifted"


class AiRule(StrEnum):
    """Whether a draft may hold AI-generated parts; where it may, they are declared (R50)."""

    NONE = "none"
    DECLARED = "declared"


class BriefState(StrEnum):
    DRAFT = "draft"
    READY = "ready"
    ARCHIVED = "archived"


BRIEF_MOVES: dict[BriefState, frozenset[BriefState]] = {
    BriefState.DRAFT: frozenset({BriefState.READY, BriefState.ARCHIVED}),
    BriefState.READY: frozenset({BriefState.ARCHIVED}),
    BriefState.ARCHIVED: frozenset({BriefState.DRAFT}),
}

# Common deal: two revision rounds with a turn-round of 48 hours [practitioner: P31].
ROUNDS, TURNROUND_HOURS = 2, 48
DRAFT_DAYS, POST_DAYS = 7, 14


@dataclass(frozen=True, slots=True)
class Content:
    """What a brief says. Lists hold one entry per line a person wrote."""

    title: str = ""
    skus: tuple[str, ...] = ()
    product_truth: str = ""
    audience_problem: str = ""
    proof_points: tuple[str, ...] = ()
    allowed_claims: tuple[str, ...] = ()
    forbidden_claims: tuple[str, ...] = ()
    boundaries: str = ""
    must_say: tuple[str, ...] = ()
    must_show: tuple[str, ...] = ()
    tone_links: tuple[str, ...] = ()
    usage_expectations: str = ""
    music: str = MusicRule.COMMERCIAL_LIBRARY
    disclosure: str = ""
    ai_rule: str = AiRule.DECLARED
    language: str = "en"
    draft_days: int = DRAFT_DAYS
    post_days: int = POST_DAYS
    revision_rounds: int = ROUNDS
    turnround_hours: int = TURNROUND_HOURS
    legal_needed: bool = True


class RailKind(StrEnum):
    """How much a guard-rail weighs: the first two keep a brief from being ready."""

    MISSING = "missing"
    CONTRADICTION = "contradiction"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class GuardRail:
    """One thing a brief should mend. field : the name of the part of `Content` it is about"""

    kind: RailKind
    field: str
    message: str

    @property
    def is_block(self) -> bool:
        return self.kind is not RailKind.ADVICE


# A brief is a set of guard-rails: beyond this many words a creator reads lines off, and viewers hear it [assumed].
MOST_MUST_SAY_WORDS = 40

_NEEDED = {
    "title": "Give the brief a title.",
    "product_truth": "Describe the product in one or two sentences.",
    "audience_problem": "Describe which problem of the audience it solves.",
    "proof_points": "Add at least one proof point.",
    "disclosure": "Choose the disclosure: paid, gifted and own posts all need one.",
    "music": "Choose which music is allowed.",
}


def guard_rails(content: Content) -> list[GuardRail]:
    """What is missing, contradictory or unwise in a brief; ready is one without the first two."""
    found = [
        GuardRail(RailKind.MISSING, field, message)
        for field, message in _NEEDED.items()
        if not getattr(content, field)
    ]
    return found + _contradictions(content) + _advice(content)


def _contradictions(content: Content) -> list[GuardRail]:
    places = (
        ("must_say", "must say"),
        ("must_show", "must show"),
        ("proof_points", "proof points"),
        ("allowed_claims", "allowed claims"),
    )
    found = []
    for field, words in places:
        for line in getattr(content, field):
            hits = find_phrases(line, content.forbidden_claims, language=content.language)
            for phrase in dict.fromkeys(hit.phrase for hit in hits):
                message = f"“{line}” is under {words}, but “{phrase}” is forbidden."
                found.append(GuardRail(RailKind.CONTRADICTION, field, message))
    if content.post_days < content.draft_days:
        message = "The post is due before the draft."
        found.append(GuardRail(RailKind.CONTRADICTION, "post_days", message))
    return found


def _advice(content: Content) -> list[GuardRail]:
    found = []
    length = word_count(content.must_say)
    if length > MOST_MUST_SAY_WORDS:
        message = (
            f"Must-say has {length} words; over {MOST_MUST_SAY_WORDS} it becomes a script. "
            "Let creators use their own words."
        )
        found.append(GuardRail(RailKind.ADVICE, "must_say", message))
    if not content.forbidden_claims and not content.boundaries:
        message = "No claims are forbidden. Add what must not be promised."
        found.append(GuardRail(RailKind.ADVICE, "forbidden_claims", message))
    if not content.legal_needed and has_claims(content):
        message = "There are claims, but legal does not review the drafts."
        found.append(GuardRail(RailKind.ADVICE, "legal_needed", message))
    if not content.skus:
        message = "No product is set: costs and profit cannot be attributed."
        found.append(GuardRail(RailKind.ADVICE, "skus", message))
    if content.revision_rounds == 0:
        message = "No revisions are agreed: every change will need a reason."
        found.append(GuardRail(RailKind.ADVICE, "revision_rounds", message))
    return found


def has_claims(content: Content) -> bool:
    """Whether a brief draws claim boundaries; then legal looks by default."""
    return bool(content.allowed_claims or content.forbidden_claims or content.boundaries)


def check_brief_move(current: BriefState, wanted: BriefState) -> None:
    if wanted not in BRIEF_MOVES[current]:
        raise ConflictError(f"A brief that is {current} cannot become {wanted}.")


# --- Deliverables ---------------------------------------------------------------------------------------------


class DeliverableState(StrEnum):
    """The life of a deliverable, from the brief to the post."""

    BRIEFED = "briefed"
    DRAFT_IN = "draft_in"
    CHANGES_WANTED = "changes_wanted"
    BRAND_APPROVED = "brand_approved"
    APPROVED = "approved"
    POSTED = "posted"
    CANCELLED = "cancelled"


MOVES: dict[DeliverableState, frozenset[DeliverableState]] = {
    DeliverableState.BRIEFED: frozenset({DeliverableState.DRAFT_IN, DeliverableState.CANCELLED}),
    # A draft may be replaced before anybody decided on it.
    DeliverableState.DRAFT_IN: frozenset(
        {
            DeliverableState.DRAFT_IN,
            DeliverableState.CHANGES_WANTED,
            DeliverableState.BRAND_APPROVED,
            DeliverableState.APPROVED,
            DeliverableState.CANCELLED,
        }
    ),
    DeliverableState.CHANGES_WANTED: frozenset(
        {DeliverableState.DRAFT_IN, DeliverableState.CANCELLED}
    ),
    DeliverableState.BRAND_APPROVED: frozenset(
        {
            DeliverableState.DRAFT_IN,
            DeliverableState.CHANGES_WANTED,
            DeliverableState.APPROVED,
            DeliverableState.CANCELLED,
        }
    ),
    # An approval is taken back only with a reason, and only while nothing is posted.
    DeliverableState.APPROVED: frozenset(
        {DeliverableState.POSTED, DeliverableState.CHANGES_WANTED, DeliverableState.CANCELLED}
    ),
    # A wrong address is put right.
    DeliverableState.POSTED: frozenset({DeliverableState.POSTED}),
    DeliverableState.CANCELLED: frozenset(),
}
OPEN = frozenset(DeliverableState) - {DeliverableState.POSTED, DeliverableState.CANCELLED}
TAKES_DRAFTS = frozenset(
    {DeliverableState.BRIEFED, DeliverableState.DRAFT_IN, DeliverableState.CHANGES_WANTED}
)
IN_REVIEW = frozenset({DeliverableState.DRAFT_IN, DeliverableState.BRAND_APPROVED})


def check_move(current: DeliverableState, wanted: DeliverableState) -> None:
    """Raise ConflictError when the life cycle has no such step."""
    if wanted not in MOVES[current]:
        raise ConflictError(
            f"A deliverable cannot go from {current.replace('_', ' ')} to {wanted.replace('_', ' ')}.",
            next_step="Open it again: another person may have decided in the meantime.",
        )


class ReviewSide(StrEnum):
    """Whose decision it is: kept as separate records."""

    BRAND = "brand"
    LEGAL = "legal"


class DecisionResult(StrEnum):
    APPROVE = "approve"
    CHANGES = "changes"
    REJECT = "reject"


def state_after(
    verdicts: dict[ReviewSide, DecisionResult], *, is_legal_needed: bool, has_post: bool = False
) -> DeliverableState:
    """Where the decisions on the present draft put its deliverable.

    Brand and legal decide in either order; one that wants changes is enough. has_post : it was posted already
    """
    if any(verdict is not DecisionResult.APPROVE for verdict in verdicts.values()):
        return DeliverableState.CHANGES_WANTED
    if ReviewSide.BRAND not in verdicts:
        return DeliverableState.DRAFT_IN
    if is_legal_needed and ReviewSide.LEGAL not in verdicts:
        return DeliverableState.BRAND_APPROVED
    return DeliverableState.POSTED if has_post else DeliverableState.APPROVED


class SideState(StrEnum):
    """Where one side's review of a post's draft stands."""

    APPROVED = "approved"
    OPEN = "open"
    REFUSED = "refused"
    NOT_NEEDED = "not needed"


def side_state(
    state: DeliverableState, verdict: DecisionResult | None, *, is_needed: bool = True
) -> SideState:
    """A side's review of the present draft. verdict : None while it has not decided

    An approval that was withdrawn leaves its verdict on record and the deliverable waiting for changes.
    """
    if verdict is None:
        return SideState.OPEN if is_needed else SideState.NOT_NEEDED
    if verdict is not DecisionResult.APPROVE:
        return SideState.REFUSED
    return SideState.OPEN if state is DeliverableState.CHANGES_WANTED else SideState.APPROVED


@dataclass(frozen=True, slots=True)
class PostReview:
    """What the reviews of a post's draft say. disclosure, ai, claims : those checks when brand approved

    Of a check: its outcome ("pass", "warn", "fail"), "" before brand has approved. override : why brand approved
    although a check failed
    """

    brand: SideState
    legal: SideState
    disclosure: str = ""
    ai: str = ""
    override: str = ""
    claims: str = ""


class Party(StrEnum):
    """Who is waited for."""

    CREATOR = "creator"
    REVIEWER = "brand reviewer"
    LEGAL = "legal"


def waits_on(
    state: DeliverableState, *, is_legal_needed: bool, is_legal_done: bool
) -> tuple[Party, ...]:
    """Who has the next step; nobody once it is posted or cancelled."""
    if state in {
        DeliverableState.BRIEFED,
        DeliverableState.CHANGES_WANTED,
        DeliverableState.APPROVED,
    }:
        return (Party.CREATOR,)
    legal = (Party.LEGAL,) if is_legal_needed and not is_legal_done else ()
    if state is DeliverableState.DRAFT_IN:
        return (Party.REVIEWER, *legal)
    return legal if state is DeliverableState.BRAND_APPROVED else ()


def due_after(
    state: DeliverableState,
    *,
    draft_due_at: datetime,
    post_due_at: datetime,
    since: datetime,
    turnround: timedelta,
) -> datetime | None:
    """When the next step is due; None where none is. since : when it came into the state."""
    if state is DeliverableState.BRIEFED:
        return draft_due_at
    if state is DeliverableState.APPROVED:
        return post_due_at
    if state in {
        DeliverableState.DRAFT_IN,
        DeliverableState.CHANGES_WANTED,
        DeliverableState.BRAND_APPROVED,
    }:
        return since + turnround
    return None


def needs_reason(*, round_number: int, rounds_allowed: int) -> bool:
    """Whether a draft goes beyond what was agreed: the first one and `rounds_allowed` revisions are free."""
    return round_number > 1 + rounds_allowed


def moment_from(text: str) -> float | None:
    """Seconds into a film from "1:05", "65" or "65.5"; None for nothing. Raises ValueError."""
    given = text.strip().replace(",", ".")
    if not given:
        return None
    found = re.fullmatch(r"(?:(\d{1,4}):)?(\d{1,6}(?:\.\d{1,3})?)", given, re.ASCII)
    if found is None or (found[1] and float(found[2]) >= 60):
        raise ValueError(f"{text!r} is not a valid timestamp; write it like 0:12")
    return 60.0 * int(found[1] or 0) + float(found[2])
