"""API: outreach sequences and enrolling creators."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from kindling.clock import now
from kindling.outreach import sequences
from kindling.outreach import service as outreach
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
