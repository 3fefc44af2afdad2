"""Use cases of deliverables: give a brief to creators, move them on, see what waits for whom and what is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from kindling.access import service as access
from kindling.agreements import service as agreements
from kindling.agreements.contract.rules import IN_FORCE
from kindling.agreements.models import Agreement, UsageRight
from kindling.briefs import rules
from kindling.briefs.models import Brief, Decision, Deliverable, Draft
from kindling.briefs.rules import BriefState, DeliverableState
from kindling.briefs.service import brief_subject, content_of, lock_brief
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.time import instant_words
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import CREATOR_MANAGER, Action
from kindling.workspaces.service import Actor, record

MOST_ASSIGNED = 200
_IN_FORCE = [each.value for each in IN_FORCE]


def find_deliverable(workspace: Workspace, pk: int) -> Deliverable:
    found = (
        Deliverable.objects.select_related("brief", "creator", "workspace", "agreement")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This deliverable was not found.", next_step="Open Pipeline to see all deliverables."
        )
    return found


@transaction.atomic
def assign(
    actor: Actor,
    brief: Brief,
    creators: Iterable[Creator],
    *,
    at: datetime,
    title: str = "",
    kind: str = Deliverable.Kind.VIDEO,
    draft_due_at: datetime | None = None,
    post_due_at: datetime | None = None,
) -> list[Deliverable]:
    """Give a ready brief to creators: one deliverable each, mailed to those with an address.

    draft_due_at, post_due_at : None takes the brief's days from now
    """
    actor.require(Action.MANAGE_BRIEFS)
    brief = lock_brief(actor, brief)
    chosen = list({each.pk: each for each in creators}.values())
    if brief.state != BriefState.READY:
        raise ConflictError(
            "Only a ready brief can be assigned.", next_step="Mark it as ready first."
        )
    if not chosen or len(chosen) > MOST_ASSIGNED:
        raise InvalidInputError(
            f"Choose 1 to {MOST_ASSIGNED} creators.",
            next_step="Select the creators for the brief.",
            field="handles",
        )
    if any(each.workspace_id != actor.workspace.pk for each in chosen):
        raise NotFoundError("This creator was not found.", next_step="Open Creators to see all.")
    if kind not in Deliverable.Kind.values:
        raise InvalidInputError(
            f"{kind!r} is not a kind of deliverable.",
            next_step="Use video or photo.",
            field="kind",
        )
    draft_due = draft_due_at or at + timedelta(days=brief.draft_days)
    post_due = post_due_at or at + timedelta(days=brief.post_days)
    _check_due(draft_due, post_due, at=at)
    made = [
        Deliverable.objects.create(
            workspace=actor.workspace,
            brief=brief,
            brief_version=brief.version,
            creator=creator,
            agreement=_only_agreement(creator),
            title=(title.strip() or brief.title)[:160],
            kind=kind,
            draft_due_at=draft_due,
            post_due_at=post_due,
            rounds_allowed=brief.revision_rounds,
            state_since=at,
            due_at=draft_due,
            created_at=at,
        )
        for creator in chosen
    ]
    for each in made:
        write_creator(each, "briefed", key=f"briefed-{each.pk}", due=draft_due, at=at)
    names = ", ".join(str(each) for each in chosen[:20])
    record(
        actor, "assigned brief", brief_subject(brief), at=at,
        after={"creators": names, "number": len(chosen), "version": brief.version},
    )  # fmt: skip
    return made


def _only_agreement(creator: Creator) -> Agreement | None:
    """The agreement in force with the creator where there is just one; a person chooses among several."""
    found = list(Agreement.objects.filter(creator=creator, state__in=_IN_FORCE)[:2])
    return found[0] if len(found) == 1 else None


@transaction.atomic
def name_agreement(
    actor: Actor, deliverable: Deliverable, agreement: Agreement | None, *, at: datetime
) -> Deliverable:
    """Say which agreement with the creator the deliverable is owed under."""
    actor.require(Action.MANAGE_BRIEFS)
    row = lock(actor.workspace, deliverable.pk)
    if agreement is not None and agreement.creator_id != row.creator_id:
        raise NotFoundError(
            "This agreement with the creator was not found.",
            next_step="Open Agreements to see all.",
        )
    before, row.agreement = row.agreement_id, agreement
    row.save(update_fields=["agreement"])
    record(
        actor, "set agreement", subject_of(row), at=at, before={"agreement": before},
        after={"agreement": row.agreement_id},
    )  # fmt: skip
    return row


def _check_due(draft_due_at: datetime, post_due_at: datetime, *, at: datetime) -> None:
    if draft_due_at < at or post_due_at < draft_due_at:
        raise InvalidInputError(
            "The draft must be due today or later, and the post not before the draft.",
            next_step="Correct the dates.",
            field="draft_due" if draft_due_at < at else "post_due",
        )


@transaction.atomic
def change_due(
    actor: Actor,
    deliverable: Deliverable,
    *,
    draft_due_at: datetime,
    post_due_at: datetime,
    reason: str,
    at: datetime,
) -> Deliverable:
    """Agree on other days, with a reason."""
    actor.require(Action.MANAGE_BRIEFS)
    row = lock(actor.workspace, deliverable.pk)
    if DeliverableState(row.state) not in rules.OPEN:
        raise ConflictError("This deliverable is finished; nothing is due.")
    if not reason.strip():
        raise InvalidInputError(
            "New due dates need a reason.", next_step="Enter a short reason.", field="reason"
        )
    if post_due_at < draft_due_at:
        raise InvalidInputError(
            "The post would be due before the draft.",
            next_step="Correct the dates.",
            field="post_due",
        )
    before = {"draft": row.draft_due_at.isoformat(), "post": row.post_due_at.isoformat()}
    row.draft_due_at, row.post_due_at = draft_due_at, post_due_at
    row.due_at = due_of(row)
    row.save(update_fields=["draft_due_at", "post_due_at", "due_at"])
    notices.settle(row.workspace, key=late_key(row), at=at)
    record(
        actor, "changed due days", subject_of(row), at=at, reason=reason.strip(), before=before,
        after={"draft": draft_due_at.isoformat(), "post": post_due_at.isoformat()},
    )  # fmt: skip
    return row


@transaction.atomic
def cancel(actor: Actor, deliverable: Deliverable, *, reason: str, at: datetime) -> Deliverable:
    """Call a deliverable off, with a reason; what was handed in stays on record."""
    actor.require(Action.MANAGE_BRIEFS)
    row = lock(actor.workspace, deliverable.pk)
    if not reason.strip():
        raise InvalidInputError(
            "A reason is required to cancel.", next_step="Enter a short reason.", field="reason"
        )
    before = row.state
    move(row, DeliverableState.CANCELLED, at=at)
    record(
        actor, "cancelled deliverable", subject_of(row), at=at, reason=reason.strip(),
        before={"state": before}, after={"state": row.state},
    )  # fmt: skip
    return row


def subject_of(deliverable: Deliverable) -> str:
    return f"deliverable {deliverable.pk}: {deliverable.title}"[:120]


def lock(workspace: Workspace, pk: int) -> Deliverable:
    """The deliverable, held until the transaction ends. Raises NotFoundError."""
    found = (
        Deliverable.objects.select_for_update(of=("self",), no_key=True)
        .select_related("brief", "creator", "workspace", "agreement")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This deliverable was not found.", next_step="Open Pipeline to see all deliverables."
        )
    return found


def move(row: Deliverable, wanted: DeliverableState, *, at: datetime) -> None:
    """Put a deliverable that `lock` gave into its next state, with its caption, and set what is due then.

    raises : ConflictError
    """
    rules.check_move(DeliverableState(row.state), wanted)
    row.state, row.state_since = wanted.value, at
    row.due_at, row.late_told_for = due_of(row), None
    row.save(
        update_fields=[
            "state", "state_since", "due_at", "late_told_for", "approved_caption", "locked_at",
        ]
    )  # fmt: skip
    notices.settle(row.workspace, key=late_key(row), at=at)
    if wanted not in rules.IN_REVIEW:
        for side in rules.ReviewSide:
            notices.settle(row.workspace, key=review_key(row, side), at=at)
    if wanted is DeliverableState.CANCELLED:
        notices.settle(row.workspace, key=f"changes-{row.pk}", at=at)


def due_of(row: Deliverable) -> datetime | None:
    return rules.due_after(
        DeliverableState(row.state),
        draft_due_at=row.draft_due_at,
        post_due_at=row.post_due_at,
        since=row.state_since,
        turnround=timedelta(hours=row.brief.turnround_hours),
    )


def late_key(row: Deliverable) -> str:
    return f"deliverable-{row.pk}-late"


def review_key(row: Deliverable, side: rules.ReviewSide) -> str:
    return f"deliverable-{row.pk}-{side}"


def page_of(row: Deliverable) -> str:
    return f"briefs/deliverables/{row.pk}/"


def write_creator(
    row: Deliverable, name: str, *, key: str, due: datetime, at: datetime, **facts: str
) -> None:
    """Mail the creator, in their language, where there is an address."""
    creator = row.creator
    if not creator.email:
        return
    subject, text = mail.written(
        f"briefs/mail/{name}",
        language=creator.language,
        brand=row.workspace.name,
        handle=creator.handle,
        title=row.title,
        due=instant_words(due, row.workspace.timezone),
        link=access.make_link(creator, purpose=f"brief: {row.title}", at=at),
        **facts,
    )
    mail.post(row.workspace, key=key, to=creator.email, subject=subject, text=text, at=at)


# --- What is where --------------------------------------------------------------------------------------------


def deliverables(workspace: Workspace) -> QuerySet[Deliverable, Any]:
    """Deliverables, what is due first stands first; `has_legal` says whether legal decided on the present draft."""
    decided = Decision.objects.filter(
        draft__deliverable=OuterRef("pk"), draft__is_current=True, side=rules.ReviewSide.LEGAL.value
    )
    found = (
        Deliverable.objects.filter(workspace=workspace)
        .select_related("brief", "creator")
        .annotate(has_legal=Exists(decided))
    )
    return found.order_by(F("due_at").asc(nulls_last=True), "-pk")


def matching(rows: QuerySet[Deliverable, Any], search: str) -> QuerySet[Deliverable, Any]:
    """Those whose title, brief or creator is searched for."""
    word = search.strip()
    return rows.filter(
        Q(title__icontains=word)
        | Q(brief__title__icontains=word)
        | Q(creator__handle__icontains=word.lstrip("@"))
    )


def late(rows: QuerySet[Deliverable, Any], *, now: datetime) -> QuerySet[Deliverable, Any]:
    """Those whose due time is over."""
    return rows.filter(due_at__lt=now)


def narrowed(
    rows: QuerySet[Deliverable, Any], *, brief: str = "", creator: str = ""
) -> QuerySet[Deliverable, Any]:
    """Those of a brief (its number) and a creator (handle); "" for any."""
    if brief.isascii() and brief.isdigit():
        rows = rows.filter(brief_id=int(brief[:18]))
    if creator:
        rows = rows.filter(creator__handle=creator.strip().lstrip("@").lower())
    return rows


COLUMN_LENGTH = 20


@dataclass(frozen=True, slots=True)
class PipelineCard:
    """One deliverable on the board: who is waited for, and whether they are late."""

    deliverable: Deliverable
    waits_on: tuple[rules.Party, ...]
    is_late: bool


@dataclass(frozen=True, slots=True)
class Column:
    state: DeliverableState
    count: int
    cards: list[PipelineCard]


def card(row: Any, *, now: datetime) -> PipelineCard:
    """The card of a row of `deliverables`."""
    waits = rules.waits_on(
        DeliverableState(row.state),
        is_legal_needed=row.brief.legal_needed,
        is_legal_done=row.has_legal,
    )
    return PipelineCard(row, waits, is_late=row.due_at is not None and row.due_at < now)


def board(rows: QuerySet[Deliverable, Any], *, now: datetime) -> list[Column]:
    """The first cards of every state that is not over, and of what was posted."""
    counts = state_counts(rows)
    shown = [state for state in DeliverableState if state is not DeliverableState.CANCELLED]
    return [
        Column(
            state,
            counts.get(state.value, 0),
            [card(row, now=now) for row in rows.filter(state=state.value)[:COLUMN_LENGTH]],
        )
        for state in shown
    ]


def deliverables_of(creator: Creator) -> QuerySet[Deliverable]:
    """A creator's own, the open ones first by due time: for the portal."""
    return (
        Deliverable.objects.filter(creator=creator, workspace=creator.workspace)
        .select_related("brief")
        .order_by(F("due_at").asc(nulls_last=True), "-pk")
    )


def state_counts(rows: QuerySet[Deliverable, Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("state").annotate(count=Count("pk")))


def current_draft(deliverable: Deliverable) -> Draft | None:
    return deliverable.drafts.filter(is_current=True).first()


# --- What others ask ------------------------------------------------------------------------------------------


def approved_captions(workspace: Workspace, item_ids: Iterable[str]) -> dict[str, str]:
    """The locked caption by post; posts without a locked one are left out."""
    rows = Deliverable.objects.filter(
        workspace=workspace, item_id__in=[each for each in item_ids if each]
    ).exclude(locked_at=None)
    return dict(rows.values_list("item_id", "approved_caption"))


def gaps_before_code(workspace: Workspace, item_id: str) -> list[str]:
    """What stands against asking for the code of a post (R25); empty when nothing does.

    A post that no deliverable names was not commissioned here: briefs have nothing to say against it.
    """
    row = (
        Deliverable.objects.select_related("agreement", "creator")
        .filter(workspace=workspace, item_id=item_id)
        .first()
    )
    if row is None or not item_id:
        return []
    gaps = []
    if DeliverableState(row.state) not in {DeliverableState.APPROVED, DeliverableState.POSTED}:
        gaps.append("The draft is not approved.")
    if row.locked_at is None:
        gaps.append("The caption is not final.")
    return [*gaps, *_agreement_gap(row)]


def _agreement_gap(row: Deliverable) -> list[str]:
    if row.agreement is not None:
        return (
            [] if row.agreement.is_in_force else ["The creator has not consented to the agreement."]
        )
    # Own posts need no licence, and rights that were imported stand without an agreement of ours.
    is_covered = row.creator.is_own or UsageRight.objects.filter(creator=row.creator).exists()
    return [] if is_covered else ["No agreement is on record."]


def content_for(row: Deliverable) -> rules.Content:
    """The brief as it binds one creator: with the claim boundaries of their agreement (§4)."""
    content = content_of(row.brief)
    version = None if row.agreement is None else agreements.version_in_force(row.agreement)
    if version is None:
        return content
    terms = version.content
    return replace(
        content,
        allowed_claims=tuple(dict.fromkeys((*content.allowed_claims, *terms.allowed_claims))),
        forbidden_claims=tuple(dict.fromkeys((*content.forbidden_claims, *terms.forbidden_claims))),
    )


def workspaces_with_late(*, now: datetime) -> list[int]:
    """Workspaces where something is late that was not told of."""
    rows = Deliverable.objects.filter(due_at__lt=now)
    rows = rows.exclude(late_told_for=F("due_at")) | rows.filter(late_told_for=None)
    return list(rows.order_by("workspace").values_list("workspace", flat=True).distinct())


def tell_late(workspace: Workspace, *, at: datetime) -> int:
    """A notice for each deliverable that is late and was not told of; returns how many. Safe to run again."""
    rows = Deliverable.objects.filter(workspace=workspace, due_at__lt=at).select_related(
        "brief", "creator", "workspace"
    )
    told = 0
    for row in rows:
        if row.late_told_for != row.due_at:
            told += _tell_late(row, at=at)
    return told


@transaction.atomic
def _tell_late(row: Deliverable, *, at: datetime) -> bool:
    late = Deliverable.objects.filter(pk=row.pk, state=row.state, due_at=row.due_at)
    if not late.exclude(late_told_for=row.due_at).update(late_told_for=row.due_at):
        return False  # handed in, moved to another day, or told by another worker since it was read
    roles, title, step = _late_words(row)
    notices.notify(
        row.workspace, key=late_key(row), roles=roles, title=title, next_step=step,
        path=page_of(row), at=at, urgency=3,
    )  # fmt: skip
    return True


def _late_words(row: Deliverable) -> tuple[list[str], str, str]:
    state, name = DeliverableState(row.state), f"“{row.title}” of @{row.creator.handle}"
    if state is DeliverableState.APPROVED:
        return (
            [CREATOR_MANAGER],
            f"Post late: {name}",
            "Ask when the post will go live.",
        )
    if state in rules.IN_REVIEW:
        roles = ["legal"] if state is DeliverableState.BRAND_APPROVED else ["reviewer", "legal"]
        return (
            [*roles, CREATOR_MANAGER],
            f"Review late: {name}",
            "Review the draft; the creator is waiting.",
        )
    return [CREATOR_MANAGER], f"Draft late: {name}", "Ask the creator, or agree on new due dates."
