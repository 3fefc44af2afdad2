"""API: outreach templates, sequences and enrolling creators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from kindling.clock import now
from kindling.outreach import sequences
from kindling.outreach import service as outreach
from kindling.outreach.models import OutreachTemplate
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.rules import Action

router = Router(tags=["Outreach"])


class SequenceOut(Schema):
    id: int
    name: str
    is_on: bool
    creators: int
    active: int
    replied: int


class OutreachTemplateIn(Schema):
    """A text with variables in double braces. `channel`: email (needs a subject), dm or shop."""

    name: str
    language: str = "en"
    channel: str = "email"
    subject: str = ""
    text: str


class OutreachTemplateOut(OutreachTemplateIn):
    id: int


class StepIn(Schema):
    """The template of a step (its id), and the days to wait before it."""

    template: int
    wait_days: int = 0


class SequenceIn(Schema):
    name: str
    steps: list[StepIn]


class EnrolIn(Schema):
    handles: list[str]
    product: str = ""


class LeftOut(Schema):
    handle: str
    reason: str


class EnrolOut(Schema):
    enrolled: int
    left_out: list[LeftOut]


@router.get("/sequences", response=answers(list[SequenceOut]))
def all_sequences(request: HttpRequest) -> list[dict[str, Any]]:
    """List outreach sequences with the number of creators in each."""
    return sequences.list_sequences(actor_of(request).workspace)


@router.post("/sequences", response=answers(SequenceOut, status=201), auth=may(Action.REACH_OUT))
def make_sequence(request: HttpRequest, body: SequenceIn) -> Status[dict[str, Any]]:
    """Create a sequence of templates."""
    actor = actor_of(request)
    steps = [
        (sequences.find_template(actor.workspace, each.template), each.wait_days)
        for each in body.steps
    ]
    made = sequences.make_sequence(actor, name=body.name, steps=steps, at=now())
    rows = sequences.list_sequences(actor.workspace)
    return Status(201, next(row for row in rows if row["id"] == made.pk))


@router.get("/templates", response=answers(list[OutreachTemplateOut]))
def templates(request: HttpRequest) -> list[OutreachTemplate]:
    """List outreach templates."""
    return list(sequences.list_templates(actor_of(request).workspace))


@router.post(
    "/templates", response=answers(OutreachTemplateOut, status=201), auth=may(Action.REACH_OUT)
)
def save_template(request: HttpRequest, body: OutreachTemplateIn) -> Status[OutreachTemplate]:
    """Create an outreach template."""
    actor = actor_of(request)
    return Status(201, sequences.save_template(actor, **body.dict(), at=now()))


@router.put(
    "/templates/{outreach_template_id}",
    response=answers(OutreachTemplateOut),
    auth=may(Action.REACH_OUT),
)
def change_template(
    request: HttpRequest, outreach_template_id: int, body: OutreachTemplateIn
) -> OutreachTemplate:
    """Replace an outreach template. Messages that were sent stay as they are."""
    actor = actor_of(request)
    found = sequences.find_template(actor.workspace, outreach_template_id)
    return sequences.save_template(actor, **body.dict(), template=found, at=now())


@router.post(
    "/sequences/{sequence_id}/enrol", response=answers(EnrolOut), auth=may(Action.REACH_OUT)
)
def enrol(request: HttpRequest, sequence_id: int, body: EnrolIn) -> dict[str, Any]:
    """Enrol creators in a sequence; each creator left out is listed with the reason."""
    actor = actor_of(request)
    found = sequences.find_sequence(actor.workspace, sequence_id)
    done = outreach.enrol(actor, found, body.handles, product=body.product, at=now())
    left_out = [{"handle": handle, "reason": reason} for handle, reason in done.left_out]
    return {"enrolled": done.count, "left_out": left_out}
