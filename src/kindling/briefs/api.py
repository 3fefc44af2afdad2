"""API: briefs, deliverables, drafts by link, decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from kindling.briefs import deliverables as work
from kindling.briefs import rules, service, starting_points
from kindling.briefs.drafts import service as drafts
from kindling.briefs.models import Brief, BriefTemplate, Deliverable
from kindling.briefs.reviews import service as reviews
from kindling.briefs.rules import DecisionResult, ReviewSide
from kindling.clock import now
from kindling.creators import service as creators
from kindling.errors import InvalidInputError
from kindling.kit.time import parse_instant
from kindling.workspaces.api_auth import Reason, actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action

router = Router(tags=["Briefs"])


class BriefIn(Schema):
    """Fields of a brief; fields that are left out take their default. Lists have one text per entry."""

    title: str
    skus: list[str] = []
    product_truth: str = ""
    audience_problem: str = ""
    proof_points: list[str] = []
    allowed_claims: list[str] = []
    forbidden_claims: list[str] = []
    boundaries: str = ""
    must_say: list[str] = []
    must_show: list[str] = []
    tone_links: list[str] = []
    usage_expectations: str = ""
    music: str = rules.MusicRule.COMMERCIAL_LIBRARY.value
    disclosure: str = ""
    ai_rule: str = rules.AiRule.DECLARED.value
    language: str = "en"
    draft_days: int = rules.DRAFT_DAYS
    post_days: int = rules.POST_DAYS
    revision_rounds: int = rules.ROUNDS
    turnround_hours: int = rules.TURNROUND_HOURS
    legal_needed: bool | None = None


class BriefOut(BriefIn):
    """A brief. `gaps` must be filled before it can be ready; `advice` is optional."""

    id: int
    state: str
    version: int
    gaps: list[str]
    advice: list[str]


class BriefPartsIn(Schema):
    """Parts of a brief; what is left out stays what it was."""

    skus: list[str] | None = None
    product_truth: str | None = None
    audience_problem: str | None = None
    proof_points: list[str] | None = None
    allowed_claims: list[str] | None = None
    forbidden_claims: list[str] | None = None
    boundaries: str | None = None
    must_say: list[str] | None = None
    must_show: list[str] | None = None
    tone_links: list[str] | None = None
    usage_expectations: str | None = None
    music: str | None = None
    disclosure: str | None = None
    ai_rule: str | None = None
    language: str | None = None
    draft_days: int | None = None
    post_days: int | None = None
    revision_rounds: int | None = None
    turnround_hours: int | None = None
    legal_needed: bool | None = None


class BriefFromIn(BriefPartsIn):
    """Fields of a new brief; what is left out is that of `template` (its name), else the default."""

    title: str
    template: str = ""


class BriefTemplateChangeIn(BriefPartsIn):
    """Parts of a template to change, or its name; what is left out stays."""

    name: str | None = None


class BriefTemplateIn(Schema):
    """The brief whose text is kept, and the template's name."""

    brief: int
    name: str


class BriefTemplateOut(Schema):
    id: int
    name: str
    content: dict[str, Any]
    changed_at: datetime


class GiveOutIn(Schema):
    """Handles of creators in the directory, and when draft and post are due (UTC)."""

    creators: list[str] = Field(min_length=1, max_length=work.MOST_ASSIGNED)
    title: str = ""
    kind: str = Deliverable.Kind.VIDEO.value
    draft_due_at: str | None = None
    post_due_at: str | None = None


class DeliverableOut(Schema):
    id: int
    brief: int
    brief_version: int
    creator: str
    title: str
    kind: str
    state: str
    waits_on: list[str]
    due_at: datetime | None
    is_late: bool
    draft_due_at: datetime
    post_due_at: datetime
    item_id: str | None
    approved_caption: str | None


class DraftIn(Schema):
    """A draft by https link, which Kindling stores and does not open. Upload files on the pages."""

    link: str
    caption: str = ""
    transcript: str = ""
    remark: str = ""
    music: str = "none"
    music_reference: str = ""
    is_ai: bool = False
    ai_what: str = ""
    disclosure: str = "none"
    extra_reason: Reason = ""


class CheckOut(Schema):
    name: str
    outcome: str
    evidence: str


class DraftOut(Schema):
    id: int
    deliverable: int
    round: int
    at: datetime
    review_due_at: datetime
    checks: list[CheckOut]


class DecisionIn(Schema):
    """side: brand or legal. verdict: approve, changes or reject; the latter two need a reason."""

    side: str
    verdict: str
    reason: Reason = ""
    ticked: list[str] = []


class PostIn(Schema):
    """The post's address or id."""

    post: str


@router.get("", response=answers(part_of(BriefOut)))
def listing(
    request: HttpRequest, state: str = "", limit: Limit = ROWS, cursor: Cursor = ""
) -> dict[str, Any]:
    """List briefs, last changed first; archived briefs only with `state=archived`."""
    actor = actor_of(request)
    found = service.of_state(service.briefs(actor.workspace), state or service.ACTIVE)
    return part(found, _brief, cursor=cursor, limit=limit)


@router.post("", response=answers(BriefOut, status=201), auth=may(Action.MANAGE_BRIEFS))
def make(request: HttpRequest, body: BriefFromIn) -> Status[dict[str, Any]]:
    """Create a brief as a draft."""
    actor = actor_of(request)
    given = body.dict(exclude_none=True)
    if name := given.pop("template"):
        start = starting_points.starting_content(actor.workspace, name)
        given = {**asdict(start), **given}
    content = service.content_from(actor.workspace, given)
    return Status(201, _brief(service.make_brief(actor, content, at=now())))


@router.get("/templates", response=answers(list[BriefTemplateOut]))
def templates(request: HttpRequest) -> list[BriefTemplate]:
    """List the brief templates."""
    return list(starting_points.templates(actor_of(request).workspace))


@router.post(
    "/templates", response=answers(BriefTemplateOut, status=201), auth=may(Action.MANAGE_BRIEFS)
)
def save_template(request: HttpRequest, body: BriefTemplateIn) -> Status[BriefTemplate]:
    """Save what a brief says as a template."""
    actor = actor_of(request)
    found = service.find_brief(actor.workspace, body.brief)
    return Status(201, starting_points.save_template(actor, found, name=body.name, at=now()))


@router.post(
    "/templates/{brief_template_id}",
    response=answers(BriefTemplateOut),
    auth=may(Action.MANAGE_BRIEFS),
)
def change_template(
    request: HttpRequest, brief_template_id: int, body: BriefTemplateChangeIn
) -> BriefTemplate:
    """Change a template's name or parts. Briefs that started from it stay as they are."""
    actor = actor_of(request)
    found = starting_points.find_template(actor.workspace, brief_template_id)
    given = body.dict(exclude_none=True)
    name = given.pop("name", found.name)
    told = {**asdict(starting_points.content_in(found)), **given}
    content = service.content_from(actor.workspace, told)
    return starting_points.change_template(actor, found, name=name, content=content, at=now())


@router.post(
    "/templates/{brief_template_id}/delete",
    response=answers(list[BriefTemplateOut]),
    auth=may(Action.MANAGE_BRIEFS),
)
def delete_template(request: HttpRequest, brief_template_id: int) -> list[BriefTemplate]:
    """Delete a template; returns those that are left. Briefs that started from it stay as they are."""
    actor = actor_of(request)
    found = starting_points.find_template(actor.workspace, brief_template_id)
    starting_points.delete_template(actor, found, at=now())
    return list(starting_points.templates(actor.workspace))


@router.get("/deliverables", response=answers(part_of(DeliverableOut)))
def deliverables(
    request: HttpRequest,
    brief: str = "",
    creator: str = "",
    state: str = "",
    late: bool = False,
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List deliverables, earliest due first."""
    actor = actor_of(request)
    at = now()
    rows = work.narrowed(work.deliverables(actor.workspace), brief=brief, creator=creator)
    if state:
        rows = rows.filter(state=state)
    if late:
        rows = work.late(rows, now=at)
    return part(rows, lambda row: _deliverable(work.card(row, now=at)), cursor=cursor, limit=limit)


@router.post(
    "/deliverables/{deliverable_id}/drafts",
    response=answers(DraftOut, status=201),
    auth=may(Action.HAND_IN),
)
def hand_in(request: HttpRequest, deliverable_id: int, body: DraftIn) -> Status[dict[str, Any]]:
    """Submit the draft of the next round by link."""
    actor = actor_of(request)
    row = work.find_deliverable(actor.workspace, deliverable_id)
    told = drafts.draft_input_from(body.dict())
    draft = drafts.hand_in(row, by=actor, told=told, link=body.link, at=now())
    return Status(201, _draft(reviews.find_draft(actor.workspace, draft.pk)))


@router.post(
    "/deliverables/{deliverable_id}/post",
    response=answers(DeliverableOut),
    auth=may(Action.HAND_IN),
)
def link_post(request: HttpRequest, deliverable_id: int, body: PostIn) -> dict[str, Any]:
    """Link the live post to a deliverable."""
    actor = actor_of(request)
    row = work.find_deliverable(actor.workspace, deliverable_id)
    drafts.link_post(row, body.post, by=actor, at=now())
    return _all(actor.workspace, [row.pk])[0]


@router.get("/drafts/{draft_id}", response=answers(DraftOut))
def draft(request: HttpRequest, draft_id: int) -> dict[str, Any]:
    """Get a draft and its current checks."""
    actor = actor_of(request)
    return _draft(reviews.find_draft(actor.workspace, draft_id))


@router.post(
    "/drafts/{draft_id}/decisions",
    response=answers(DeliverableOut, status=201),
    auth=may(Action.DECIDE_BRAND, Action.DECIDE_LEGAL),
)
def decide(request: HttpRequest, draft_id: int, body: DecisionIn) -> Status[dict[str, Any]]:
    """Record a decision on a draft for brand or legal."""
    actor = actor_of(request)
    try:
        side, verdict = ReviewSide(body.side), DecisionResult(body.verdict)
    except ValueError:
        raise InvalidInputError(
            "Side is brand or legal; verdict is approve, changes or reject.",
            next_step="Correct these values.",
        ) from None
    found = reviews.find_draft(actor.workspace, draft_id)
    row = reviews.decide(
        actor, found, side=side, verdict=verdict, reason=body.reason, ticked=body.ticked, at=now()
    )
    return Status(201, _all(actor.workspace, [row.pk])[0])


@router.get("/{brief_id}", response=answers(BriefOut))
def one(request: HttpRequest, brief_id: int) -> dict[str, Any]:
    """Get a brief."""
    actor = actor_of(request)
    return _brief(service.find_brief(actor.workspace, brief_id))


@router.put("/{brief_id}", response=answers(BriefOut), auth=may(Action.MANAGE_BRIEFS))
def change(request: HttpRequest, brief_id: int, body: BriefIn) -> dict[str, Any]:
    """Replace a brief; a ready brief gets a new version."""
    actor = actor_of(request)
    content = service.content_from(actor.workspace, body.dict(exclude_none=True))
    found = service.find_brief(actor.workspace, brief_id)
    return _brief(service.change_brief(actor, found, content, at=now()))


@router.post("/{brief_id}/ready", response=answers(BriefOut), auth=may(Action.MANAGE_BRIEFS))
def ready(request: HttpRequest, brief_id: int) -> dict[str, Any]:
    """Mark a brief as ready to assign; refused while it has gaps."""
    actor = actor_of(request)
    found = service.find_brief(actor.workspace, brief_id)
    return _brief(service.make_ready(actor, found, at=now()))


@router.post(
    "/{brief_id}/deliverables",
    response=answers(list[DeliverableOut], status=201),
    auth=may(Action.MANAGE_BRIEFS),
)
def give_out(request: HttpRequest, brief_id: int, body: GiveOutIn) -> Status[list[dict[str, Any]]]:
    """Assign a ready brief to creators, one deliverable each."""
    actor = actor_of(request)
    found = service.find_brief(actor.workspace, brief_id)
    chosen = [
        creators.find_creator(actor.workspace, each.strip().lstrip("@").lower())
        for each in body.creators
    ]
    made = work.assign(
        actor, found, chosen, title=body.title, kind=body.kind,
        draft_due_at=_instant(body.draft_due_at), post_due_at=_instant(body.post_due_at), at=now(),
    )  # fmt: skip
    return Status(201, _all(actor.workspace, [each.pk for each in made]))


def _instant(text: str | None) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Write it like 2026-11-20T18:00Z.") from None


def _brief(found: Brief) -> dict[str, Any]:
    content = service.content_of(found)
    rails = rules.guard_rails(content)
    return {
        **{name: getattr(found, name) for name in service.PARTS},
        "id": found.pk,
        "state": found.state,
        "version": found.version,
        "gaps": [rail.message for rail in rails if rail.is_block],
        "advice": [rail.message for rail in rails if not rail.is_block],
    }


def _all(workspace: Workspace, pks: list[int]) -> list[dict[str, Any]]:
    at = now()
    rows = work.deliverables(workspace).filter(pk__in=pks)
    return [_deliverable(work.card(row, now=at)) for row in rows]


def _deliverable(card: work.PipelineCard) -> dict[str, Any]:
    row = card.deliverable
    return {
        "id": row.pk,
        "brief": row.brief_id,
        "brief_version": row.brief_version,
        "creator": row.creator.handle,
        "title": row.title,
        "kind": row.kind,
        "state": row.state,
        "waits_on": [str(each) for each in card.waits_on],
        "due_at": row.due_at,
        "is_late": card.is_late,
        "draft_due_at": row.draft_due_at,
        "post_due_at": row.post_due_at,
        "item_id": row.item_id or None,
        "approved_caption": row.approved_caption or None,
    }


def _draft(found: Any) -> dict[str, Any]:
    return {
        "id": found.pk,
        "deliverable": found.deliverable_id,
        "round": found.round_number,
        "at": found.at,
        "review_due_at": found.review_due_at,
        "checks": [each.as_json() for each in reviews.checks_of(found)],
    }
