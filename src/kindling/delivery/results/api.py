"""API: results of ads over some days."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from kindling.clock import now
from kindling.delivery.results import service
from kindling.delivery.results.rules import USUAL_DAYS, By
from kindling.delivery.results.service import ResultRow
from kindling.workspaces.api_auth import actor_of, answers
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, counted_part

router = Router(tags=["Ads"])


class SpendOfDayOut(Schema):
    day: date
    spend: str | None = Field(description="null while the day's figures are not held")


class ResultRowOut(Schema):
    """`figures`, `before` and `change` by the names of metrics; null: undefined or not known.

    `change` is a share: 0.25 is a quarter more than in the days before. `key` null: what belongs to nobody known.
    """

    key: str | None
    label: str
    currency: str
    ads: int
    figures: dict[str, Any]
    before: dict[str, Any]
    change: dict[str, float | None]
    spend_by_day: list[SpendOfDayOut]


class ResultsOut(Schema):
    by: str
    first_day: date
    last_day: date
    before_first_day: date
    before_last_day: date
    rows: list[ResultRowOut] = Field(
        description="those that cost most first, of each currency together"
    )
    next_cursor: str | None = Field(description="of the next rows; null: these are the last")
    totals: list[ResultRowOut] = Field(description="one for each currency")
    lacks: list[str] = Field(description="what the figures lack, such as days that were not synced")


@router.get("", response=answers(ResultsOut))
def results(
    request: HttpRequest,
    by: By = By.CREATOR,
    days: int = USUAL_DAYS,
    first_day: date | None = None,
    last_day: date | None = None,
    ad_account: str = "",
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """What ads cost and brought, beside as many days before. TikTok's conversions and shop orders stand apart."""
    found = service.results(
        actor_of(request).workspace, by=by, now=now(), days=days, first_day=first_day,
        last_day=last_day, ad_account=ad_account,
    )  # fmt: skip
    return {
        "by": found.by,
        "first_day": found.period.first,
        "last_day": found.period.last,
        "before_first_day": found.period.before.first,
        "before_last_day": found.period.before.last,
        **counted_part(found.rows, ResultRow.to_json, cursor=cursor, limit=limit),
        "totals": [each.to_json() for each in found.totals()],
        "lacks": list(found.lacks),
    }
