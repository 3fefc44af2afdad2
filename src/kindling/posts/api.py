"""API: the post library and the status (`lane`) of posts."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from kindling.clock import now
from kindling.posts import service
from kindling.posts.evidence import backtest, lanes, trial
from kindling.posts.evidence import policy as policies
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
    chance: float | None
    use_case: str
    angle: str
    hook: str
    offer: str
    landing_url: str
    handoff_note: str


class NotesIn(Schema):
    """What is left out stays as it is."""

    use_case: Annotated[str, Field(max_length=80)] | None = None
    angle: Annotated[str, Field(max_length=80)] | None = None
    hook: Annotated[str, Field(max_length=200)] | None = None
    offer: Annotated[str, Field(max_length=200)] | None = None
    landing_url: Annotated[str, Field(max_length=500)] | None = None
    handoff_note: Annotated[str, Field(max_length=2_000)] | None = None


class PolicyBody(Schema):
    """Hours, views, whole percents; the budget in minor units of the workspace's currency, null for the usual spend."""

    min_age_hours: int
    min_views: int
    ready_from: int
    keep_out_below: int
    most_sceptics: int
    daily_budget_minor: int | None = None
    needs: list[str] = []


class MoveOut(Schema):
    item_id: str
    lane: str
    becomes: str
    reason: str


class PreviewOut(Schema):
    """Posts by status now and then; of the posts that would move those with the best chances."""

    now: dict[str, int]
    then: dict[str, int]
    count: int
    moves: list[MoveOut]


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


@router.get("/policy", response=answers(PolicyBody))
def read_policy(request: HttpRequest) -> dict[str, Any]:
    """When a post has earned ads."""
    return policies.as_values(policies.policy_of(actor_of(request).workspace))


@router.put("/policy", response=answers(dict[str, int]), auth=may(Action.MOVE_LANES))
def set_policy(request: HttpRequest, body: PolicyBody) -> dict[str, int]:
    """Set the post policy and judge all posts by it; `moved` says how many changed status."""
    wanted = policies.checked(body.dict())
    return {"moved": trial.set_policy(actor_of(request), wanted, at=now())}


@router.post("/policy/preview", response=answers(PreviewOut), auth=may(Action.MOVE_LANES))
def preview_policy(request: HttpRequest, body: PolicyBody) -> dict[str, Any]:
    """What a post policy would change. Nothing is written."""
    found = trial.preview(actor_of(request).workspace, policies.checked(body.dict()), now=now())
    moves = [
        {
            "item_id": each.post.item_id,
            "lane": each.post.lane,
            "becomes": each.verdict.lane,
            "reason": each.verdict.reason,
        }
        for each in found.moves
    ]
    return {"now": found.now, "then": found.then, "count": found.count, "moves": moves}


@router.get("/back-test", response=answers(dict[str, Any]))
def back_test(request: HttpRequest) -> dict[str, Any]:
    """How good the chances of paying would have been, for posts whose ads have run."""
    return backtest.run(actor_of(request).workspace, now=now()).to_json()


@router.get("/{item_id}/evidence", response=answers(dict[str, Any]))
def read_evidence(request: HttpRequest, item_id: str) -> dict[str, Any]:
    """The chance that a post pays, with every signal: its rate, interval, count and what is typical."""
    return service.evidence_row(service.find_post(actor_of(request).workspace, item_id))


@router.patch("/{item_id}/notes", response=answers(dict[str, str]), auth=may(Action.MOVE_LANES))
def write_notes(request: HttpRequest, item_id: str, body: NotesIn) -> dict[str, str]:
    """Write on a post what whoever launches it should know."""
    actor = actor_of(request)
    post = service.find_post(actor.workspace, item_id)
    service.set_notes(actor, post, body.dict(exclude_none=True), at=now())
    return {"item_id": item_id}


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
