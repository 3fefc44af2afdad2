"""API: posts that GMV Max uses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kindling.clock import now
from kindling.delivery.gmv_max import service
from kindling.delivery.models import GmvMaxPost
from kindling.workspaces.api_auth import actor_of, answers
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part_of, shown_part

router = Router(tags=["Ads"])


class UsedPostOut(Schema):
    """TikTok's figures of the last 30 days. `gross_revenue` has organic and affiliate orders: add it to nothing."""

    campaign_id: str
    campaign: str
    ad_account: str
    item_id: str
    handle: str | None
    state: str | None
    state_label: str
    next_step: str | None
    authorization: str | None = Field(description="kind of the best authorization of the post")
    cost: str | None
    sku_orders: int | None = Field(description="a basket of two products counts as two")
    gross_revenue: str | None
    roi: str | None
    commission_per_100_own_orders: str | None
    commission_per_100_ad_orders: str | None
    read_at: str


@router.get("", response=answers(part_of(UsedPostOut)))
def used_posts(request: HttpRequest, limit: Limit = ROWS, cursor: Cursor = "") -> dict[str, Any]:
    """List posts that GMV Max uses."""
    workspace = actor_of(request).workspace

    def told(rows: list[GmvMaxPost]) -> list[dict[str, Any]]:
        return [service.to_json(each) for each in service.opened(workspace, rows, now=now())]

    rows = service.used(workspace).order_by("pk")
    return shown_part(rows, told, cursor=cursor, limit=limit)
