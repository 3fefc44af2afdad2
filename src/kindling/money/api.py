"""API: profit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kindling.clock import now
from kindling.delivery.api import GapOut
from kindling.money import service
from kindling.money.service import ProfitRow
from kindling.workspaces.api_auth import MoneyOut, actor_of, answers
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, counted_part

router = Router(tags=["Profit"])


class ProfitRowOut(Schema):
    """`key` null: orders and spend that belong to nobody known. Undefined ratios are null."""

    key: str | None
    label: str
    orders: int
    units: int
    net_revenue: MoneyOut
    cogs: MoneyOut
    fulfilment: MoneyOut
    platform_fee: MoneyOut
    payment_fee: MoneyOut
    commission: MoneyOut
    creator_fee: MoneyOut
    ad_spend: MoneyOut
    profit: MoneyOut
    roas: str | None
    cpa: str | None
    break_even_cpa: str | None


class ProfitOut(Schema):
    by: str
    currency: str
    rows: list[ProfitRowOut] = Field(description="the most profitable first")
    next_cursor: str | None = Field(description="of the next rows; null: these are the last")
    total: ProfitRowOut
    left_out: list[str]
    calculated_at: datetime = Field(
        description="large books are kept until the next sync, import or change, at most 15 minutes"
    )
    gaps: list[GapOut] = Field(description="days that are missing: every sum lacks them")


@router.get("", response=answers(ProfitOut))
def profit(
    request: HttpRequest,
    by: str = "product",
    first_day: date | None = None,
    last_day: date | None = None,
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Profit after ad spend, commission, fees and COGS, by product, creator, post or ad."""
    actor = actor_of(request)
    table = service.profit(
        actor.workspace, by=by, now=now(), first_day=first_day, last_day=last_day
    )
    return {
        "by": by,
        "currency": table.currency,
        **counted_part(table.rows, ProfitRow.to_json, cursor=cursor, limit=limit),
        "calculated_at": table.calculated_at,
        "total": table.total.to_json(),
        "left_out": list(table.left_out),
        "gaps": [each.to_json() for each in table.gaps],
    }
