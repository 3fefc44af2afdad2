"""API: inventory, plan, review, approve, apply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from kindling.clock import now
from kindling.kit.money import from_minor
from kindling.launches import creator_approval, service
from kindling.launches.checks import service as checks
from kindling.launches.checks.candidates import Candidate
from kindling.launches.models import Plan, Readiness
from kindling.launches.planning import content as contents
from kindling.launches.planning import readiness, specs
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, joined_part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Plans"])


class SpecIn(Schema):
    """A launch specification, see docs/reference/plan.md. Fields that are left out take their defaults."""

    posts: list[str]
    name: str = ""
    ad_account: str | None = None
    objective: str = "traffic"
    daily_budget: str = specs.DEFAULT_DAILY_BUDGET
    days: int = 14
    start: str = ""
    countries: list[str] = ["US"]
    locations: list[str] = []
    call_to_action: str = "SHOP_NOW"
    landing_url: str = ""


class PlanOut(Schema):
    """`at_most`: what it can spend in total up to its own end, flights that are set out again included.

    A daily budget counts on each calendar day of the ad account's zone that a flight touches.
    """

    id: int
    name: str
    state: str
    digest: str
    daily_budget: str
    at_most: str
    currency: str
    created_by: str | None
    approved_by: str | None
    problem: str
    content: dict[str, Any]
    checks: list[dict[str, Any]]
    objects: list[dict[str, Any]]
    creator_answers: dict[str, str] = Field(
        description="by item id, where the agreement lets the creator approve the final ad: "
        "not_asked, asked, approved, refused or changed"
    )


class ApprovalIn(Schema):
    """`digest` of the plan that was reviewed; approving a changed plan is refused."""

    digest: str


class CandidateOut(Schema):
    item_id: str
    handle: str
    is_ready: bool
    lane: str
    blocking: list[str]
    warnings: list[str]
    music_asked_at: datetime | None = Field(
        description="when TikTok answered about the music; null: not within three days"
    )


@router.get("/inventory", response=answers(part_of(CandidateOut)))
def inventory(
    request: HttpRequest,
    ad_account: str | None = None,
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List posts: ready to launch first, then the others with what blocks them.

    In a library of more than 300 posts the order is that of the last check of all, at most 15 minutes old; every
    row is checked when it is answered.
    """
    actor, at = actor_of(request), now()
    account = workspaces.find_ad_account(actor, ad_account)

    def show(rows: list[Candidate | Readiness]) -> list[dict[str, Any]]:
        return [_candidate(each) for each in readiness.checked(actor.workspace, rows, now=at)]

    found = readiness.list_inventory(actor.workspace, account, now=at)
    return joined_part(found.ready, found.others, show, cursor=cursor, limit=limit)


def _candidate(each: Candidate) -> dict[str, Any]:
    return {
        "item_id": each.post.item_id,
        "handle": each.post.creator.handle,
        "is_ready": each.is_ready,
        "lane": each.post.lane,
        "blocking": [f"{result.title}: {result.message}" for result in each.blocking],
        "warnings": [f"{result.title}: {result.message}" for result in each.warnings],
        "music_asked_at": each.music_asked_at,
    }


@router.post("", response=answers(PlanOut, status=201), auth=may(Action.PLAN))
def make(request: HttpRequest, body: SpecIn) -> Status[dict[str, Any]]:
    """Plan a launch. Nothing is sent to TikTok."""
    actor, at = actor_of(request), now()
    account = workspaces.find_ad_account(actor, body.ad_account)
    given = {name: value for name, value in body.dict().items() if name != "ad_account"}
    wanted = specs.from_mapping(given, account=account, workspace=actor.workspace, now=at)
    plan = service.plan(actor, account, wanted, at=at, told=specs.kept(given))
    checks.check_plan(plan, now=at)
    return Status(201, _plan(plan))


@router.get("/{plan_id}", response=answers(PlanOut))
def look(request: HttpRequest, plan_id: int) -> dict[str, Any]:
    """Get a plan, its checks, and the state of each object."""
    actor = actor_of(request)
    return _plan(service.find_plan(actor.workspace, plan_id))


@router.post("/{plan_id}/ask-creators", response=answers(PlanOut), auth=may(Action.PLAN))
def ask_creators(request: HttpRequest, plan_id: int) -> dict[str, Any]:
    """Ask the creators whose agreement lets them approve the final ad; those who were asked about it are not."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    creator_approval.ask(actor, plan, at=now())
    return _plan(plan)


@router.post("/{plan_id}/approve", response=answers(PlanOut), auth=may(Action.APPROVE_SPEND))
def approve(request: HttpRequest, plan_id: int, body: ApprovalIn) -> dict[str, Any]:
    """Approve the spend, as the person behind the token."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    return _plan(service.approve(actor, plan, digest=body.digest, at=now()))


@router.post("/{plan_id}/apply", response=answers(PlanOut, status=202), auth=may(Action.APPLY))
def apply(request: HttpRequest, plan_id: int) -> Status[dict[str, Any]]:
    """Apply an approved plan in the background. Calling it again continues where it stopped."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    service.ask_apply(actor, plan, at=now())
    return Status(202, _plan(plan))


@router.post("/{plan_id}/cancel", response=answers(PlanOut), auth=may(Action.PLAN))
def cancel(request: HttpRequest, plan_id: int) -> dict[str, Any]:
    """Cancel a plan before anything was sent to TikTok."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    service.cancel(actor, plan, at=now())
    return _plan(service.find_plan(actor.workspace, plan_id))


def _plan(plan: Plan) -> dict[str, Any]:
    most = contents.most_minor(plan.content, zone=plan.ad_account.timezone)
    return {
        "id": plan.pk,
        "name": plan.name,
        "state": plan.state,
        "digest": plan.digest,
        "daily_budget": plan.content["daily_budget"],
        "at_most": str(from_minor(most, plan.currency)),
        "currency": plan.currency,
        "created_by": plan.created_by.email if plan.created_by else None,
        "approved_by": plan.approved_by.email if plan.approved_by else None,
        "problem": plan.problem,
        "creator_answers": dict(creator_approval.awaited(plan, now=now())),
        "content": plan.content,
        "checks": plan.checks,
        "objects": [
            {
                "kind": each.kind,
                "name": each.name,
                "state": each.state,
                "id": each.external_id or None,
                "message": each.message or None,
                "duplicates": each.strays,
            }
            for each in plan.objects_planned.all()
        ],
    }
