"""API: rules that pause or lower."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kindling.clock import now
from kindling.delivery.stop_rules import dry_run, service
from kindling.delivery.stop_rules.rules import Act, Comparison, Metric, Scope
from kindling.delivery.stop_rules.service import Draft
from kindling.workspaces.api_auth import MoneyOut, actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.rules import Action

router = Router(tags=["Ads"])


class RuleIn(Schema):
    """Amounts in minor units of the workspace's currency; a rate is a share of one: 0.01 is 1 %."""

    name: str = Field(max_length=80)
    metric: Metric
    comparison: Comparison
    value: float = Field(ge=0, le=10**12, allow_inf_nan=False)
    days: int = 3
    scope: Scope = Scope.ALL
    scope_key: str = Field("", max_length=200)
    min_spend_minor: int = Field(0, ge=0, le=10**12)
    min_impressions: int = Field(0, ge=0, le=10**12)
    min_conversions: int = Field(0, ge=0, le=10**12)
    stops_learning: bool = False
    act: Act = Act.PAUSE
    lower_percent: int | None = None
    floor_minor: int = Field(0, ge=0, le=10**12)


class RuleOut(Schema):
    """A rule, and the same as a sentence in `rule`. `state`: dry_run, active, paused or removed."""

    id: int
    name: str
    state: str
    rule: str
    scope: str
    scope_key: str | None
    metric: str
    comparison: str
    value: float
    currency: str
    days: int
    min_spend_minor: int
    min_impressions: int
    min_conversions: int
    stops_learning: bool
    act: str
    lower_percent: int | None
    floor_minor: int
    activated_by: str | None
    activated_at: str | None


class WouldFireOut(Schema):
    day: str
    ad_id: str
    ad_name: str
    value: float
    saved: MoneyOut
    conversions_lost: int | None
    shop_orders_lost: int


class DryDayOut(Schema):
    """A day. thin, learning, unknown: ads that the rule left alone, and why."""

    day: str
    fired: list[WouldFireOut]
    thin: int
    learning: int
    unknown: int


class DryRunOut(Schema):
    saved: MoneyOut
    conversions_lost: int | None
    shop_orders_lost: int
    days: list[DryDayOut]


@router.get("", response=answers(part_of(RuleOut)))
def rules(request: HttpRequest, limit: Limit = ROWS, cursor: Cursor = "") -> dict[str, Any]:
    """List the workspace's rules, by name."""
    found = service.list_rules(actor_of(request).workspace)
    return part(found, service.to_json, cursor=cursor, limit=limit)


@router.post("", response=answers(RuleOut), auth=may(Action.APPLY))
def create(request: HttpRequest, body: RuleIn) -> dict[str, Any]:
    """Make a rule. It begins as a dry run and does nothing until it is activated."""
    return service.to_json(service.create(actor_of(request), Draft(**body.dict()), at=now()))


@router.get("/{rule}/dry-run", response=answers(DryRunOut))
def what_it_would_do(request: HttpRequest, rule: int) -> dict[str, Any]:
    """What a rule would have done in the last 14 days, by the figures as they are now. Nothing is changed."""
    found = service.find(actor_of(request).workspace, rule)
    return dry_run.dry_run(found, now=now()).to_json()


@router.post("/{rule}/activate", response=answers(RuleOut), auth=may(Action.APPLY))
def activate(request: HttpRequest, rule: int) -> dict[str, Any]:
    """Let a rule act from the next sync on."""
    actor = actor_of(request)
    return service.to_json(service.activate(actor, service.find(actor.workspace, rule), at=now()))


@router.post("/{rule}/pause", response=answers(RuleOut), auth=may(Action.APPLY))
def pause(request: HttpRequest, rule: int) -> dict[str, Any]:
    """Let a rule do nothing until it is activated again."""
    actor = actor_of(request)
    return service.to_json(service.pause(actor, service.find(actor.workspace, rule), at=now()))


@router.post("/{rule}/remove", response=answers(dict[str, int]), auth=may(Action.APPLY))
def remove(request: HttpRequest, rule: int) -> dict[str, int]:
    """Take a rule off the list for good; what it did stays on record."""
    actor = actor_of(request)
    service.remove(actor, service.find(actor.workspace, rule), at=now())
    return {"id": rule}
