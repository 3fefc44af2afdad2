"""API: the post library and the status (`lane`) of posts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from kindling.clock import now
from kindling.posts import service
from kindling.posts.evidence import lanes
from kindling.workspaces.api_auth import Reason, actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Posts"])


class PostOut(Schema):
    item_id: str
    handle: str
    is_own: bool
    item_type: str
    status: str
    posted_at: str | None
    sku: str | None
    views: int | None
    lane: str
    lane_reason: str


class LaneIn(Schema):
    lane: str
    reason: Reason


@router.get("", response=answers(part_of(PostOut)))
def posts(
    request: HttpRequest, lane: str = "", limit: Limit = ROWS, cursor: Cursor = ""
) -> dict[str, Any]:
    """List posts, newest first; `lane` filters by status: organic_test, spark_ready, dark_test or keep_out."""
    found = service.library(actor_of(request).workspace, lane=lane)
    return part(found, service.library_row, cursor=cursor, limit=limit)


class ReasonIn(Schema):
    reason: Reason


@router.post(
    "/{item_id}/allow-again", response=answers(dict[str, str]), auth=may(Action.MOVE_LANES)
)
def allow_again(request: HttpRequest, item_id: str, body: ReasonIn) -> dict[str, str]:
    """Overrule TikTok's remembered refusal of a post, with a reason: it may be launched and asked for again."""
    actor = actor_of(request)
    post = service.find_post(actor.workspace, item_id)
    service.allow_again(actor, post, reason=body.reason, at=now())
    return {"item_id": item_id}


@router.post("/{item_id}/lane", response=answers(dict[str, str]), auth=may(Action.MOVE_LANES))
def move(request: HttpRequest, item_id: str, body: LaneIn) -> dict[str, str]:
    """Set the status (`lane`) of a post by hand, with a reason."""
    actor = actor_of(request)
    post = service.find_post(actor.workspace, item_id)
    lanes.move_by_hand(actor, post, body.lane, body.reason, at=now())
    return {"item_id": item_id, "lane": body.lane}
