"""Use cases of reviews: what waits for whom, notes, decisions of brand and legal, the caption lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from kindling.agreements import service as agreements
from kindling.briefs import deliverables as work
from kindling.briefs import rules
from kindling.briefs.drafts import checks
from kindling.briefs.drafts.checks import CheckOutcome, DraftCheck, DraftFacts
from kindling.briefs.models import Decision, Deliverable, Draft, ReviewNote
from kindling.briefs.rules import DecisionResult, DeliverableState, PostReview, ReviewSide
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.kit.time import day_words, instant_words
from kindling.notices import service as notices
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import CREATOR_MANAGER, Action
from kindling.workspaces.service import Actor, record

LONGEST_NOTE, MOST_NOTES = 4_000, 500
MANY_POSTS = 1_000  # more are not named in a query
ACTION_OF = {ReviewSide.BRAND: Action.DECIDE_BRAND, ReviewSide.LEGAL: Action.DECIDE_LEGAL}


def find_draft(workspace: Workspace, pk: int) -> Draft:
    found = (
        Draft.objects.select_related(
            "deliverable__brief",
            "deliverable__creator",
            "deliverable__workspace",
            "deliverable__agreement",
        )
        .filter(deliverable__workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This draft was not found.", next_step="Open Reviews to see all drafts."
        )
    return found


# --- The queue --------------------------------------------------------------------------------------------------


def undecided(workspace: Workspace) -> QuerySet[Draft]:
    """Current drafts that wait for a side, due soonest first; `has_brand` and `has_legal` say more."""

    def is_decided(side: ReviewSide) -> Exists:
        return Exists(Decision.objects.filter(draft=OuterRef("pk"), side=side.value))

    rows = (
        Draft.objects.filter(
            is_current=True,
            deliverable__workspace=workspace,
            deliverable__state__in=[each.value for each in rules.IN_REVIEW],
        )
        .annotate(has_brand=is_decided(ReviewSide.BRAND), has_legal=is_decided(ReviewSide.LEGAL))
        .select_related("deliverable__brief", "deliverable__creator")
        .order_by("review_due_at", "pk")
    )
    return waiting_for(rows, ReviewSide)


def waiting_for(rows: QuerySet[Draft], sides: Iterable[ReviewSide]) -> QuerySet[Draft]:
    """Those of `undecided` that wait for one of these sides."""
    sides, wanted = set(sides), Q(pk__in=[])
    if ReviewSide.BRAND in sides:
        wanted |= Q(has_brand=False)
    if ReviewSide.LEGAL in sides:
        wanted |= Q(has_legal=False, deliverable__brief__legal_needed=True)
    return rows.filter(wanted)


def sides_of(actor: Actor) -> list[ReviewSide]:
    """The sides this person may decide for."""
    return [side for side, action in ACTION_OF.items() if actor.can(action)]


def mine_to_decide(actor: Actor) -> QuerySet[Draft]:
    """What waits for this person: not what they handed in themselves."""
    return mine_of(undecided(actor.workspace), actor)


def mine_of(rows: QuerySet[Draft], actor: Actor) -> QuerySet[Draft]:
    """Those of `undecided` that wait for this person."""
    return waiting_for(rows, sides_of(actor)).exclude(by_user=actor.user)


def matching(rows: QuerySet[Draft], search: str) -> QuerySet[Draft]:
    """Drafts of a creator, or with the text in the title of their deliverable."""
    return rows.filter(
        Q(deliverable__title__icontains=search)
        | Q(deliverable__creator__handle__icontains=search.lstrip("@"))
    )


# --- Checks -----------------------------------------------------------------------------------------------------


def checks_of(draft: Draft) -> list[DraftCheck]:
    """The automatic checks of a draft against its brief as it stands."""
    open_notes = ReviewNote.objects.filter(
        draft__deliverable=draft.deliverable_id,
        draft__round_number__lt=draft.round_number,
        answers=None,
        resolved_at=None,
    ).count()
    handed = DraftFacts(
        caption=draft.caption,
        transcript=draft.transcript,
        remark=draft.remark,
        music=draft.music,
        music_reference=draft.music_reference,
        is_ai=draft.is_ai,
        ai_what=draft.ai_what,
        disclosure=draft.disclosure,
        is_video=draft.deliverable.is_video,
        duration_seconds=draft.duration_seconds,
        width=draft.width,
        height=draft.height,
        open_notes=open_notes,
    )
    return checks.check_draft(work.content_for(draft.deliverable), handed)


# As `drafts.checks` calls them.
DISCLOSURE, AI, CLAIMS = "Disclosure", "AI-generated parts", "Forbidden claims"


def reviews_of_posts(
    workspace: Workspace, *, items: Collection[str] | None = None
) -> dict[str, PostReview]:
    """By item id what was decided about each post that is a deliverable; a post without one is missing.

    items : only of these, if not many
    """
    rows = Deliverable.objects.filter(workspace=workspace).exclude(item_id="")
    if items is not None and len(items) <= MANY_POSTS:
        rows = rows.filter(item_id__in=items)
    open_rows = rows.exclude(state=DeliverableState.CANCELLED.value).select_related("brief")
    decisions: dict[int, dict[ReviewSide, Decision]] = {}
    current = Decision.objects.filter(draft__is_current=True, draft__deliverable__in=open_rows)
    for each in current.select_related("draft"):
        decisions.setdefault(each.draft.deliverable_id, {})[ReviewSide(each.side)] = each
    return {row.item_id: _review_of(row, decisions.get(row.pk, {})) for row in open_rows}


def _review_of(row: Deliverable, decided: dict[ReviewSide, Decision]) -> PostReview:
    def state(side: ReviewSide, *, is_needed: bool = True) -> rules.SideState:
        verdict = DecisionResult(decided[side].verdict) if side in decided else None
        return rules.side_state(DeliverableState(row.state), verdict, is_needed=is_needed)

    brand = state(ReviewSide.BRAND)
    is_approved = brand is rules.SideState.APPROVED
    found = decided[ReviewSide.BRAND].checks if is_approved else []
    outcomes = {each["name"]: each["outcome"] for each in found}
    return PostReview(
        brand=brand,
        legal=state(ReviewSide.LEGAL, is_needed=row.brief.legal_needed),
        disclosure=outcomes.get(DISCLOSURE, ""),
        ai=outcomes.get(AI, ""),
        override=decided[ReviewSide.BRAND].reason if is_approved else "",
        claims=outcomes.get(CLAIMS, ""),
    )


# --- Decisions --------------------------------------------------------------------------------------------------


@transaction.atomic
def decide(
    actor: Actor,
    draft: Draft,
    *,
    side: ReviewSide,
    verdict: DecisionResult,
    at: datetime,
    reason: str = "",
    ticked: Iterable[str] = (),
) -> Deliverable:
    """Keep one side's decision on the current draft and move its deliverable.

    Both sides decide in either order; when both approve, the caption is locked (R25). Nobody decides on a draft
    they handed in themselves. ticked : the must-say and must-show lines the reviewer saw; brand needs all to
    approve. reason : needed for changes, for a rejection, and to approve although a check fails
    """
    actor.require(ACTION_OF[side])
    row = work.lock(actor.workspace, draft.deliverable_id)
    draft = find_draft(actor.workspace, draft.pk)
    _refuse_decision(actor, row, draft, side)
    found, seen = checks_of(draft), list(dict.fromkeys(ticked))
    _refuse_verdict(draft, side, verdict, reason.strip(), found, seen)
    before = row.state
    try:
        with transaction.atomic():
            Decision.objects.create(
                draft=draft, side=side.value, verdict=verdict.value, by=actor.user,
                by_label=actor.label, at=at, reason=reason.strip(),
                checks=[each.as_json() for each in found], ticked=seen,
            )  # fmt: skip
    except IntegrityError:
        raise ConflictError(
            "Another person has just decided.", next_step="Open the draft again."
        ) from None
    _after_decision(row, draft, side, at=at)
    record(
        actor, f"decided for {side}", work.subject_of(row), at=at, reason=reason.strip(),
        before={"state": before},
        after={"state": row.state, "verdict": verdict.value, "round": draft.round_number},
    )  # fmt: skip
    return row


def _refuse_decision(actor: Actor, row: Deliverable, draft: Draft, side: ReviewSide) -> None:
    if actor.user is None or draft.by_user_id == actor.user.pk:
        raise NotAllowedError(
            "You submitted this draft; another person must review it.",
            next_step="Ask another reviewer.",
        )
    if not draft.is_current or DeliverableState(row.state) not in rules.IN_REVIEW:
        raise ConflictError(
            "This draft is no longer open for review.", next_step="Open the newest draft."
        )
    if side is ReviewSide.LEGAL and not row.brief.legal_needed:
        raise ConflictError("The brief does not need a decision by legal.")
    if draft.decisions.filter(side=side.value).exists():
        raise ConflictError(
            f"{side.capitalize()} has already decided on this draft.",
            next_step="To change it, withdraw the approval with a reason.",
        )


def _refuse_verdict(
    draft: Draft,
    side: ReviewSide,
    verdict: DecisionResult,
    reason: str,
    found: list[DraftCheck],
    seen: list[str],
) -> None:
    if verdict is not DecisionResult.APPROVE:
        if not reason:
            raise InvalidInputError(
                "Describe what should change.",
                next_step="The creator will see this text.",
                field="reason",
            )
        return
    if not draft.caption.strip():
        raise InvalidInputError(
            "There is no caption to approve; approval locks the caption.",
            next_step="Ask for changes: the caption is missing.",
        )
    failed = [each.name.lower() for each in found if each.outcome is CheckOutcome.FAIL]
    if failed and not reason:
        raise InvalidInputError(
            f"These checks fail: {', '.join(failed)}.",
            next_step="Ask for changes, or give a reason to approve anyway.",
            field="reason",
        )
    brief = draft.deliverable.brief
    missing = [line for line in (*brief.must_say, *brief.must_show) if line not in seen]
    if side is ReviewSide.BRAND and missing:
        raise InvalidInputError(
            "Not confirmed: " + "; ".join(missing[:5]) + ".",
            next_step="Confirm what is in the draft; ask for changes if something is missing.",
            field="ticked",
        )


def _after_decision(row: Deliverable, draft: Draft, side: ReviewSide, *, at: datetime) -> None:
    verdicts = {
        ReviewSide(each.side): DecisionResult(each.verdict)
        for each in Decision.objects.filter(draft=draft)
    }
    wanted = rules.state_after(
        verdicts, is_legal_needed=row.brief.legal_needed, has_post=bool(row.item_id)
    )
    notices.settle(row.workspace, key=work.review_key(row, side), at=at)
    if wanted is DeliverableState.POSTED:  # it went up before: approval comes first, then the post
        _lock_caption(row, draft, at=at)
        work.move(row, DeliverableState.APPROVED, at=at)
        work.move(row, DeliverableState.POSTED, at=at)
        agreements.note_post_live(row.creator, row.item_id, at)
        notices.settle(row.workspace, key=f"deliverable-{row.pk}-posted", at=at)
    elif wanted is DeliverableState.APPROVED:
        _lock_caption(row, draft, at=at)
        work.move(row, DeliverableState.APPROVED, at=at)
        _tell_approved(row, draft, at=at)
    elif wanted is DeliverableState.CHANGES_WANTED:
        work.move(row, DeliverableState.CHANGES_WANTED, at=at)
        reason = Decision.objects.filter(draft=draft, side=side.value).values_list(
            "reason", flat=True
        )
        _tell_changes(row, draft, reason=reason[0], at=at)
    elif wanted.value != row.state:
        work.move(row, wanted, at=at)


def _lock_caption(row: Deliverable, draft: Draft, *, at: datetime) -> None:
    row.approved_caption, row.locked_at = draft.caption, at


def _tell_approved(row: Deliverable, draft: Draft, *, at: datetime) -> None:
    due = row.due_at or row.post_due_at
    work.write_creator(
        row, "approved", key=f"approved-{draft.pk}", due=due, at=at, caption=draft.caption
    )
    notices.notify(
        row.workspace, key=f"deliverable-{row.pk}-approved", roles=[CREATOR_MANAGER],
        title=f"Approved: “{row.title}” of @{row.creator.handle}",
        next_step=f"The creator posts it by {day_words(row.post_due_at, row.workspace.timezone)}.",
        path=work.page_of(row), at=at, urgency=4,
    )  # fmt: skip


def _tell_changes(row: Deliverable, draft: Draft, *, reason: str, at: datetime) -> None:
    due = row.due_at or row.draft_due_at
    work.write_creator(
        row, "changes", key=f"changes-{draft.pk}-{at:%Y%m%d%H%M%S}", due=due, at=at, reason=reason
    )
    reach = (
        "The creator was notified by e-mail."
        if row.creator.email
        else "There is no e-mail address: tell the creator yourself."
    )
    notices.notify(
        row.workspace, key=f"changes-{row.pk}", roles=[CREATOR_MANAGER],
        title=f"Changes requested: “{row.title}” of @{row.creator.handle}",
        next_step=f"{reach} Due {instant_words(due, row.workspace.timezone)}.", path=work.page_of(row), at=at,
        urgency=3,
    )  # fmt: skip


@transaction.atomic
def take_back(
    actor: Actor, deliverable: Deliverable, *, side: ReviewSide, reason: str, at: datetime
) -> Deliverable:
    """Take an approval back before the post is up; the caption is free again and a new draft is needed."""
    actor.require(ACTION_OF[side])
    row = work.lock(actor.workspace, deliverable.pk)
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required to withdraw an approval.",
            next_step="The creator will see this text.",
            field="reason",
        )
    draft = work.current_draft(row)
    state = DeliverableState(row.state)
    if draft is None or state not in {DeliverableState.APPROVED, DeliverableState.BRAND_APPROVED}:
        raise ConflictError("There is no approval to withdraw.", next_step="Open the draft again.")
    if not draft.decisions.filter(side=side.value, verdict=DecisionResult.APPROVE.value).exists():
        raise ConflictError(f"{side.capitalize()} has not approved this draft.")
    row.approved_caption, row.locked_at = "", None
    work.move(row, DeliverableState.CHANGES_WANTED, at=at)
    notices.settle(row.workspace, key=f"deliverable-{row.pk}-approved", at=at)
    _tell_changes(row, draft, reason=reason.strip(), at=at)
    record(
        actor, f"withdrew approval of {side}", work.subject_of(row), at=at,
        reason=reason.strip(), before={"state": state.value}, after={"state": row.state},
    )  # fmt: skip
    return row


# --- Notes ------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_note(
    actor: Actor, draft: Draft, *, text: str, at: datetime, at_seconds: float | None = None
) -> ReviewNote:
    """A note of the team on a draft, at a moment of the film or on the whole."""
    actor.require(Action.WRITE_NOTES)
    found = find_draft(actor.workspace, draft.pk)
    note = _keep_note(found, text=text, at=at, at_seconds=at_seconds, actor=actor)
    record(
        actor, "added note to draft", work.subject_of(found.deliverable), at=at,
        after={"at_seconds": note.at_seconds, "round": found.round_number},
    )  # fmt: skip
    return note


def _keep_note(
    draft: Draft, *, text: str, at: datetime, at_seconds: float | None = None,
    actor: Actor | None = None, creator: Creator | None = None, answers: ReviewNote | None = None,
) -> ReviewNote:  # fmt: skip
    words = text.replace("\x00", "").strip()
    if not words or len(words) > LONGEST_NOTE:
        raise InvalidInputError(
            f"A note has 1 to {LONGEST_NOTE:,} characters.",
            next_step="Enter a text.",
            field="text",
        )
    if draft.notes.count() >= MOST_NOTES:
        raise ConflictError(f"A draft can have at most {MOST_NOTES} notes.")
    longest = draft.duration_seconds if draft.duration_seconds is not None else 24 * 3600
    if at_seconds is not None and not 0 <= at_seconds <= longest:
        raise InvalidInputError(
            "The timestamp is outside the video.",
            next_step=f"Enter 0 to {longest:.0f} seconds.",
            field="moment",
        )
    return ReviewNote.objects.create(
        draft=draft,
        answers=answers,
        at_seconds=at_seconds,
        text=words,
        by_user=actor.user if actor else None,
        by_creator=creator,
        by_label=str(creator) if creator else actor.label if actor else "",
        at=at,
    )


def find_note(workspace: Workspace, pk: int) -> ReviewNote:
    note = (
        ReviewNote.objects.select_related("draft__deliverable__creator")
        .filter(draft__deliverable__workspace=workspace, pk=pk)
        .first()
    )
    if note is None:
        raise NotFoundError("This note was not found.", next_step="Open the draft again.")
    return note


@transaction.atomic
def answer_note(note: ReviewNote, text: str, *, by: Actor | Creator, at: datetime) -> ReviewNote:
    """An answer below a note, of a member or of the creator whose draft it is."""
    root = note.answers or note
    if isinstance(by, Creator):
        if note.draft.deliverable.creator_id != by.pk:
            raise NotFoundError("This note was not found.")
        return _keep_note(note.draft, text=text, at=at, creator=by, answers=root)
    by.require(Action.WRITE_NOTES)
    find_note(by.workspace, note.pk)
    return _keep_note(note.draft, text=text, at=at, actor=by, answers=root)


@transaction.atomic
def settle_note(actor: Actor, note: ReviewNote, *, is_done: bool, at: datetime) -> ReviewNote:
    """Mark a note as dealt with, or open it again."""
    actor.require(Action.WRITE_NOTES)
    found = find_note(actor.workspace, note.pk)
    found.resolved_at = at if is_done else None
    found.resolved_by = actor.label[:120] if is_done else ""
    found.save(update_fields=["resolved_at", "resolved_by"])
    return found


def notes_of(draft: Draft) -> list[tuple[ReviewNote, list[ReviewNote]]]:
    """Notes in the order of the film, those on the whole first, each with its answers."""
    rows = list(draft.notes.all())
    answers: dict[int, list[ReviewNote]] = {}
    for row in rows:
        if row.answers_id is not None:
            answers.setdefault(row.answers_id, []).append(row)
    first = [row for row in rows if row.answers_id is None]
    first.sort(key=lambda row: (-1.0 if row.at_seconds is None else row.at_seconds, row.pk))
    return [(row, answers.get(row.pk, [])) for row in first]
