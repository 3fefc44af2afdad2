"""API: inventory, plan, review, approve, apply."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from kindling.clock import now
from kindling.errors import InvalidInputError
from kindling.kit.money import from_minor
from kindling.launches import creator_approval, service
from kindling.launches.checks import service as checks
from kindling.launches.checks.candidates import Candidate
from kindling.launches.drafts import service as drafts
from kindling.launches.models import AdVideo, Plan, PlanTemplate, Readiness
from kindling.launches.planning import content as contents
from kindling.launches.planning import readiness, specs, videos
from kindling.launches.sending import drift
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, joined_part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Plans"])


class UploadIn(Schema):
    """An ad of an uploaded video. visible : on the profile too, not in ads only"""

    video_id: str
    handle: str
    text: str
    visible: bool = False
    sku: str = ""
    landing_url: str = ""


class CampaignIn(Schema):
    """One campaign, see docs/reference/plan.md. Fields that are left out take those of the plan, or their defaults."""

    type: str = ""
    objective: str = ""
    goal: str = ""
    posts: list[str] = []
    uploads: list[UploadIn] = []
    together: bool = False
    daily_budget: str = ""
    bid: str = ""
    start: str = ""
    days: int | None = None
    countries: list[str] = []
    locations: list[str] = []
    ages: list[str] = []
    gender: str = ""
    languages: list[str] = []
    interests: list[str] = []
    audiences: list[str] = []
    excluded_audiences: list[str] = []
    dayparting: str = ""
    pixel_id: str = ""
    event: str = ""
    store_id: str = ""
    call_to_action: str = ""
    landing_url: str = ""
    strategy: str = ""
    audience: str = ""
    campaign_id: str = ""
    adgroup_id: str = ""


class SpecIn(CampaignIn):
    """A launch specification: one campaign, or several under `campaigns`."""

    name: str = ""
    ad_account: str | None = None
    brand: str = ""
    market: str = ""
    campaigns: list[CampaignIn] | None = None


class ChangeIn(SpecIn):
    """The whole specification of a draft, and the `digest` of the plan that was looked at."""

    digest: str


class TemplateOut(Schema):
    id: int
    name: str
    spec: dict[str, Any]
    saved_by: str | None
    created_at: datetime


class TemplateIn(Schema):
    name: str
    campaign: int = Field(1, description="the number of the plan's campaign, from 1")


class DifferenceOut(Schema):
    """`planned` is what was approved, `now` what TikTok has."""

    key: str
    kind: str
    id: str
    name: str
    what: str
    planned: str
    now: str


class VideoOut(Schema):
    id: int
    file_name: str
    ad_account: str
    state: str
    video_id: str
    seconds: float | None
    problem: str
    created_at: datetime


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
    given = _given(body)
    wanted = specs.from_mapping(given, account=account, workspace=actor.workspace, now=at)
    plan = service.plan(actor, account, wanted, at=at, told=given)
    checks.check_plan(plan, now=at)
    return Status(201, _plan(plan))


def _given(body: SpecIn) -> dict[str, Any]:
    """What a request says of a launch, without what it leaves to the defaults."""
    told = body.dict(exclude_unset=True, exclude={"ad_account", "digest"})
    given: dict[str, Any] = specs.kept(told)
    if told.get("campaigns") is not None:
        given["campaigns"] = [specs.kept(each) for each in told["campaigns"]]
    return given


@router.get("/templates", response=answers(list[TemplateOut]))
def list_templates(request: HttpRequest) -> list[dict[str, Any]]:
    """List the campaign templates."""
    return [_template(each) for each in drafts.templates(actor_of(request).workspace)]


@router.api_operation(
    ["DELETE"],
    "/templates/{template_id}",
    response=answers(None, status=204),
    auth=may(Action.PLAN),
)
def delete_template(request: HttpRequest, template_id: int) -> Status[None]:
    """Delete a campaign template. Plans made of it stay."""
    actor = actor_of(request)
    drafts.delete_template(actor, drafts.find_template(actor.workspace, template_id), at=now())
    return Status(204, None)


def _template(each: PlanTemplate) -> dict[str, Any]:
    return {
        "id": each.pk,
        "name": each.name,
        "spec": each.spec,
        "saved_by": str(each.created_by) if each.created_by else None,
        "created_at": each.created_at,
    }


@router.get("/videos", response=answers(list[VideoOut]))
def list_videos(request: HttpRequest) -> list[dict[str, Any]]:
    """List the videos that were uploaded for ads."""
    return [_video(each) for each in videos.videos(actor_of(request).workspace)]


@router.post("/videos", response=answers(VideoOut, status=201), auth=may(Action.PLAN))
def upload_video(
    request: HttpRequest, file: File[UploadedFile], ad_account: str | None = None
) -> Status[dict[str, Any]]:
    """Upload a video to the library of an ad account. The same file is uploaded once."""
    actor = actor_of(request)
    account = workspaces.find_ad_account(actor, ad_account)
    if (file.size or 0) > videos.MAX_BYTES:
        raise InvalidInputError(
            "The file is larger than 500 MB.", next_step="Use another file.", field="file"
        )
    made = videos.upload(actor, account, file.read(), file_name=file.name or "", at=now())
    return Status(201, _video(made))


def _video(each: AdVideo) -> dict[str, Any]:
    return {
        "id": each.pk,
        "file_name": each.file_name,
        "ad_account": each.ad_account.advertiser_id,
        "state": each.state,
        "video_id": each.video_id,
        "seconds": each.seconds,
        "problem": each.problem,
        "created_at": each.created_at,
    }


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


@router.put("/{plan_id}", response=answers(PlanOut), auth=may(Action.PLAN))
def change(request: HttpRequest, plan_id: int, body: ChangeIn) -> dict[str, Any]:
    """Change a draft to another specification. Run preflight again before it is approved."""
    actor, given = actor_of(request), _given(body)
    plan = service.find_plan(actor.workspace, plan_id)
    return _plan(drafts.change(actor, plan, lambda _: given, digest=body.digest, at=now()))


@router.post("/{plan_id}/copy", response=answers(PlanOut, status=201), auth=may(Action.PLAN))
def copy(request: HttpRequest, plan_id: int) -> Status[dict[str, Any]]:
    """Make a new draft of the same launch."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    return Status(201, _plan(drafts.copy(actor, plan, at=now())))


@router.post(
    "/{plan_id}/templates", response=answers(TemplateOut, status=201), auth=may(Action.PLAN)
)
def save_template(request: HttpRequest, plan_id: int, body: TemplateIn) -> Status[dict[str, Any]]:
    """Keep a campaign's settings as a template."""
    actor = actor_of(request)
    plan = service.find_plan(actor.workspace, plan_id)
    made = drafts.save_template(actor, plan, body.campaign, name=body.name, at=now())
    return Status(201, _template(made))


@router.get("/{plan_id}/differences", response=answers(list[DifferenceOut]))
def differences(request: HttpRequest, plan_id: int) -> list[dict[str, Any]]:
    """Compare a plan with what TikTok has of it now."""
    plan = service.find_plan(actor_of(request).workspace, plan_id)
    return [each.to_json() for each in drift.differences(plan)]
