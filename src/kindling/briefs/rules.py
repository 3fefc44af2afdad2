"""Briefs and deliverables as pure functions: guard-rails, the life cycle, who is waited for, what is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kindling.briefs.texts import find_phrases, word_count
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
class Rail:
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
    "product_truth": "Say what is true of the product, in a sentence or two.",
    "audience_problem": "Say which problem of the audience it solves.",
    "proof_points": "Name at least one proof point.",
    "disclosure": "Choose the disclosure: paid, gifted and own posts all need one (R45).",
    "music": "Choose which music is allowed (R43).",
}


def guard_rails(content: Content) -> list[Rail]:
    """What is missing, contradictory or unwise in a brief; ready is one without the first two."""
    found = [
        Rail(RailKind.MISSING, field, message)
        for field, message in _NEEDED.items()
        if not getattr(content, field)
    ]
    return found + _contradictions(content) + _advice(content)


def _contradictions(content: Content) -> list[Rail]:
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
                found.append(Rail(RailKind.CONTRADICTION, field, message))
    if content.post_days < content.draft_days:
        message = "The post is due before the draft."
        found.append(Rail(RailKind.CONTRADICTION, "post_days", message))
    return found


def _advice(content: Content) -> list[Rail]:
    found = []
    length = word_count(content.must_say)
    if length > MOST_MUST_SAY_WORDS:
        message = (
            f"Must-say has {length} words; over {MOST_MUST_SAY_WORDS} it becomes a script. "
            "Leave the words to the creator."
        )
        found.append(Rail(RailKind.ADVICE, "must_say", message))
    if not content.forbidden_claims and not content.boundaries:
        message = "No claim is forbidden. Say what must not be promised."
        found.append(Rail(RailKind.ADVICE, "forbidden_claims", message))
    if not content.legal_needed and has_claims(content):
        message = "There are claims, but legal does not look at the drafts."
        found.append(Rail(RailKind.ADVICE, "legal_needed", message))
    if not content.skus:
        message = "No product is named: costs and profit cannot be laid on it."
        found.append(Rail(RailKind.ADVICE, "skus", message))
    if content.revision_rounds == 0:
        message = "No revision is agreed: every change will need a reason."
        found.append(Rail(RailKind.ADVICE, "revision_rounds", message))
    return found


def has_claims(content: Content) -> bool:
    """Whether a brief draws claim boundaries; then legal looks by default."""
    return bool(content.allowed_claims or content.forbidden_claims or content.boundaries)


def check_brief_move(current: BriefState, wanted: BriefState) -> None:
    if wanted not in BRIEF_MOVES[current]:
        raise ConflictError(f"A brief that is {current} cannot become {wanted}.")


# --- Deliverables ---------------------------------------------------------------------------------------------


class State(StrEnum):
    """The life of a deliverable, from the brief to the post."""

    BRIEFED = "briefed"
    DRAFT_IN = "draft_in"
    CHANGES_WANTED = "changes_wanted"
    BRAND_APPROVED = "brand_approved"
    APPROVED = "approved"
    POSTED = "posted"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.BRIEFED: frozenset({State.DRAFT_IN, State.CANCELLED}),
    # A draft may be replaced before anybody decided on it.
    State.DRAFT_IN: frozenset(
        {
            State.DRAFT_IN,
            State.CHANGES_WANTED,
            State.BRAND_APPROVED,
            State.APPROVED,
            State.CANCELLED,
        }
    ),
    State.CHANGES_WANTED: frozenset({State.DRAFT_IN, State.CANCELLED}),
    State.BRAND_APPROVED: frozenset(
        {State.DRAFT_IN, State.CHANGES_WANTED, State.APPROVED, State.CANCELLED}
    ),
    # An approval is taken back only with a reason, and only while nothing is posted.
    State.APPROVED: frozenset({State.POSTED, State.CHANGES_WANTED, State.CANCELLED}),
    # A wrong address is put right.
    State.POSTED: frozenset({State.POSTED}),
    State.CANCELLED: frozenset(),
}
OPEN = frozenset(State) - {State.POSTED, State.CANCELLED}
TAKES_DRAFTS = frozenset({State.BRIEFED, State.DRAFT_IN, State.CHANGES_WANTED})
IN_REVIEW = frozenset({State.DRAFT_IN, State.BRAND_APPROVED})


def check_move(current: State, wanted: State) -> None:
    """Raise ConflictError when the life cycle has no such step."""
    if wanted not in MOVES[current]:
        raise ConflictError(
            f"A deliverable cannot go from {current.replace('_', ' ')} to {wanted.replace('_', ' ')}.",
            next_step="Open it again: somebody else may have decided meanwhile.",
        )


class Side(StrEnum):
    """Whose decision it is: kept as separate records."""

    BRAND = "brand"
    LEGAL = "legal"


class Verdict(StrEnum):
    APPROVE = "approve"
    CHANGES = "changes"
    REJECT = "reject"


def state_after(
    verdicts: dict[Side, Verdict], *, is_legal_needed: bool, has_post: bool = False
) -> State:
    """Where the decisions on the present draft put its deliverable.

    Brand and legal decide in either order; one that wants changes is enough. has_post : it was posted already
    """
    if any(verdict is not Verdict.APPROVE for verdict in verdicts.values()):
        return State.CHANGES_WANTED
    if Side.BRAND not in verdicts:
        return State.DRAFT_IN
    if is_legal_needed and Side.LEGAL not in verdicts:
        return State.BRAND_APPROVED
    return State.POSTED if has_post else State.APPROVED


class Party(StrEnum):
    """Who is waited for."""

    CREATOR = "creator"
    REVIEWER = "brand reviewer"
    LEGAL = "legal"


def waits_on(state: State, *, is_legal_needed: bool, is_legal_done: bool) -> tuple[Party, ...]:
    """Who has the next step; nobody once it is posted or cancelled."""
    if state in {State.BRIEFED, State.CHANGES_WANTED, State.APPROVED}:
        return (Party.CREATOR,)
    legal = (Party.LEGAL,) if is_legal_needed and not is_legal_done else ()
    if state is State.DRAFT_IN:
        return (Party.REVIEWER, *legal)
    return legal if state is State.BRAND_APPROVED else ()


def due_after(
    state: State,
    *,
    draft_due_at: datetime,
    post_due_at: datetime,
    since: datetime,
    turnround: timedelta,
) -> datetime | None:
    """When the next step is due; None where none is. since : when it came into the state."""
    if state is State.BRIEFED:
        return draft_due_at
    if state is State.APPROVED:
        return post_due_at
    if state in {State.DRAFT_IN, State.CHANGES_WANTED, State.BRAND_APPROVED}:
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
        raise ValueError(f"{text!r} is not a moment of the film; write it like 0:12")
    return 60.0 * int(found[1] or 0) + float(found[2])
