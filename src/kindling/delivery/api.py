"""API: running ads, and pausing them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, create_model

from kindling.clock import now
from kindling.delivery import guard, service
from kindling.facts.metrics import METRICS, Unit
from kindling.workspaces.api_auth import MoneyOut, actor_of, answers, may
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
    reason: str


@router.get("", response=answers(list[AdOut]))  # type: ignore[valid-type]  # made from the metrics
def ads(request: HttpRequest, live: bool = True) -> list[dict[str, Any]]:
    """List running ads; with `live=false` every ad that is not deleted."""
    actor = actor_of(request)
    found = service.live if live else service.all_ads
    return [each.to_json() for each in found(actor.workspace, now=now())]


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
    guard.pause(actor, ad, reason=body.reason, at=now())
    return {"ad_id": ad_id, "state": "paused"}
