"""API: running ads, and pausing them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, create_model

from kindling.clock import now
from kindling.delivery import protection, service, stops
from kindling.delivery import resume as resuming
from kindling.delivery import undo as undoing
from kindling.delivery import watch as watching
from kindling.delivery.budgets import service as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.models import Pause
from kindling.facts.metrics import METRICS, Unit
from kindling.launches import service as launches
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import MoneyOut, Reason, actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, counted_part, part_of, shown_part
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action

router = Router(tags=["Ads"])


class AdHead(Schema):
    """An ad without what it brought."""

    ad_id: str
    ad_name: str
    item_id: str | None
    handle: str | None
    campaign: str
    status: str
    days_left: float | None
    stop_by: str | None
    ends_first: str | None
    budget_per_day: MoneyOut | None
    spend: MoneyOut | None = Field(description="null while days of the ad account are missing")
    has_gaps: bool = Field(description="days of its ad account are missing: every sum lacks them")
    spend_today: MoneyOut | None = Field(description="null until today was synced")
    learning: str | None = Field(
        description="learning, learned, limited or unknown; null: not judged"
    )
    learning_reason: str | None
    fatigue: str | None = Field(description="fresh, possible, likely or unknown; null: not judged")
    fatigue_reason: str | None


_KINDS: dict[Unit, Any] = {
    Unit.MONEY: MoneyOut | None,
    Unit.COUNT: int | None,
    Unit.SHARE: float | None,
    Unit.NUMBER: float | None,
}
_FIELDS: dict[str, Any] = {
    name: (_KINDS[each.unit], Field(description=each.about))
    for name, each in METRICS.items()
    if name not in AdHead.model_fields
}
AdOut = create_model(
    "AdOut",
    __base__=AdHead,
    __doc__="An ad and its metrics over all its days. null: undefined, as CPA without a conversion.",
    **_FIELDS,
)


class PauseIn(Schema):
    reason: Reason


@router.get("", response=answers(part_of(AdOut)))
def ads(
    request: HttpRequest, live: bool = True, limit: Limit = ROWS, cursor: Cursor = ""
) -> dict[str, Any]:
    """List running ads, the earliest end first; with `live=false` every ad that is not deleted."""
    workspace, at = actor_of(request).workspace, now()
    return shown_part(
        service.list_ads(workspace, running=live),
        lambda rows: [each.to_json() for each in service.opened(workspace, rows, now=at)],
        cursor=cursor,
        limit=limit,
    )


class DangerOut(Schema):
    """A sign that a post's ads go wrong; `confidence` from 0 to 1."""

    name: str
    reason: str
    confidence: float


class WatchedOut(Schema):
    """`verdict`: go_on, consider_stopping or too_early. Chances are null where they cannot be said."""

    item_id: str
    handle: str
    ads: int
    began: str
    spent: MoneyOut
    orders: int
    orders_needed: float
    chance_before: float | None
    chance: float | None
    verdict: str
    reason: str
    dangers: list[DangerOut]


@router.get("/first-days", response=answers(list[WatchedOut]))
def first_days(request: HttpRequest) -> list[dict[str, Any]]:
    """Posts whose ads began in the last 7 days, with their chance of paying before and now."""
    return [each.to_json() for each in watching.latest(actor_of(request).workspace).rows]


class GapOut(Schema):
    """Days whose figures are missing. `account` null: orders."""

    account: str | None
    first_day: str
    last_day: str
    message: str
    next_step: str


@router.get("/gaps", response=answers(list[GapOut]))
def gaps(request: HttpRequest) -> list[dict[str, Any]]:
    """List days of ad figures that are missing: sums over them are too small."""
    return [each.to_json() for each in service.list_gaps(actor_of(request).workspace)]


@router.post("/{ad_id}/pause", response=answers(dict[str, str]), auth=may(Action.PAUSE))
def pause(request: HttpRequest, ad_id: str, body: PauseIn) -> dict[str, str]:
    """Pause an ad. Lowering spend never needs approval."""
    actor = actor_of(request)
    ad = service.find_ad(actor.workspace, ad_id)
    stops.pause(actor, ad, reason=body.reason, at=now())
    return {"ad_id": ad_id, "state": "paused"}


class LowerIn(Schema):
    """Either `percent` or `to_minor`, in minor units of the ad account's currency."""

    percent: int | None = Field(None, ge=1, le=99)
    to_minor: int | None = Field(None, ge=0, le=10**12)
    is_large_meant: bool = Field(False, description="more than 50 % at once is no slip")
    reason: Reason


class LoweredOut(Schema):
    """`state`: lowered, unconfirmed (looked up after the next sync) or unchanged, with the reason in `message`."""

    ad_id: str
    adgroup_id: str
    state: str
    before: MoneyOut | None
    after: MoneyOut | None
    message: str


@router.post("/{ad_id}/lower", response=answers(LoweredOut), auth=may(Action.PAUSE))
def lower(request: HttpRequest, ad_id: str, body: LowerIn) -> dict[str, Any]:
    """Lower the daily budget of an ad's ad group; never raised, never below TikTok's minimum. More spend is a plan."""
    actor = actor_of(request)
    ad = service.find_ad(actor.workspace, ad_id)
    done = budgets.lower_ad(
        actor, ad, Lowering(body.percent, body.to_minor, is_large_meant=body.is_large_meant),
        reason=body.reason, at=now(),
    )  # fmt: skip
    return {"ad_id": ad_id, **done.to_json()}


class StopOut(Schema):
    """A stop that is not undone. `by`: the person, null for Kindling's guard. `evidence`: what it rested on."""

    ad_id: str
    ad_name: str
    item_id: str | None
    handle: str | None
    at: datetime
    by: str | None
    reason: str
    evidence: dict[str, Any]
    resume_asked_by: str | None


@router.get("/stopped", response=answers(part_of(StopOut)))
def stopped(request: HttpRequest, limit: Limit = ROWS, cursor: Cursor = "") -> dict[str, Any]:
    """List ads that were stopped here and are still off, the newest stop first."""
    found = resuming.stopped(actor_of(request).workspace)
    return counted_part(found, _stop, cursor=cursor, limit=limit)


def _stop(each: Pause) -> dict[str, Any]:
    return {
        "ad_id": each.ad.ad_id,
        "ad_name": each.ad.name,
        "item_id": each.ad.item_id or None,
        "handle": each.ad.post.creator.handle if each.ad.post else None,
        "at": each.at,
        "by": str(each.by) if each.by else None,
        "reason": each.reason,
        "evidence": each.evidence,
        "resume_asked_by": str(each.resume_asked_by) if each.resume_asked_by else None,
    }


@router.post("/{ad_id}/resume", response=answers(dict[str, str]), auth=may(Action.APPLY))
def resume(request: HttpRequest, ad_id: str) -> dict[str, str]:
    """Resume a stopped ad. `state` is `running`, or `waiting` until a second person confirms."""
    actor = actor_of(request)
    held = resuming.resume(actor, service.find_ad(actor.workspace, ad_id), at=now())
    return {"ad_id": ad_id, "state": "running" if held.resumed_at else "waiting"}


class UndoneOut(Schema):
    """`stopped` ads, and the ids of those for which TikTok did not confirm it."""

    stopped: int
    unconfirmed: list[str]


class UndoIn(Schema):
    reason: str = ""


@router.post("/plans/{plan_id}/undo", response=answers(UndoneOut), auth=may(Action.PAUSE))
def undo(request: HttpRequest, plan_id: int, body: UndoIn) -> dict[str, Any]:
    """Stop every ad that a plan switched on. Each can be resumed."""
    actor = actor_of(request)
    plan = launches.find_plan(actor.workspace, plan_id)
    done = undoing.undo(actor, plan, reason=body.reason, at=now())
    return {"stopped": done.stopped, "unconfirmed": list(done.unconfirmed)}


class JudgedAdOut(Schema):
    """A running ad. `verdict`: may_run, stop or unknown; unknown never stops an ad."""

    ad_id: str
    ad_name: str
    item_id: str | None
    handle: str | None
    is_launched: bool
    is_protected: bool
    verdict: str
    reason: str | None
    next_step: str | None


class ProtectionOut(Schema):
    """How far Kindling may act in an ad account. `seen` confirms the list of ads that would stop."""

    advertiser_id: str
    mode: str
    seen: str
    ads: list[JudgedAdOut]


class ProtectionIn(Schema):
    mode: str
    seen: str = ""


def _protection(account: AdAccount, judged: list[protection.JudgedAd]) -> dict[str, Any]:
    return {
        "advertiser_id": account.advertiser_id,
        "mode": account.protection,
        "seen": protection.list_digest(judged),
        "ads": [each.to_json() for each in protection.worst_first(judged)],
    }


@router.get("/protection/{advertiser_id}", response=answers(ProtectionOut))
def get_protection(request: HttpRequest, advertiser_id: str) -> dict[str, Any]:
    """What the guard makes of every running ad of an ad account. Nothing is changed."""
    account = workspaces.find_ad_account(actor_of(request), advertiser_id)
    return _protection(account, protection.judge_ads(account, now=now()))


@router.put("/protection/{advertiser_id}", response=answers(ProtectionOut), auth=may(Action.APPLY))
def put_protection(request: HttpRequest, advertiser_id: str, body: ProtectionIn) -> dict[str, Any]:
    """Choose `observe`, `launched` or `all`; `all` only as owner, with `seen` of the list as it is."""
    actor = actor_of(request)
    account = workspaces.find_ad_account(actor, advertiser_id)
    account = protection.choose(actor, account, body.mode, seen=body.seen, at=now())
    return _protection(account, protection.judge_ads(account, now=now()))


@router.post(
    "/protection/{advertiser_id}/read", response=answers(dict[str, str]), auth=may(Action.APPLY)
)
def read_account(request: HttpRequest, advertiser_id: str) -> dict[str, str]:
    """Read what already runs in the ad account, in the background. Nothing changes at TikTok."""
    actor = actor_of(request)
    protection.ask_adoption(actor, workspaces.find_ad_account(actor, advertiser_id), at=now())
    return {"advertiser_id": advertiser_id, "state": "reading"}
