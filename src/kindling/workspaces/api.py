"""API: what the workspace decides, and the calls to TikTok."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict

from kindling.clock import now
from kindling.workspaces import call_log, settings
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.api_lists import ROWS, Cursor, Limit, part, part_of
from kindling.workspaces.models import TikTokCall, Workspace
from kindling.workspaces.rules import Action

router = Router(tags=["Workspace"])


class SettingsOut(Schema):
    """Every setting as text, in the workspace's currency.

    `wants_review`: yes or no. `currency_is_settled`: why it cannot change, or "".
    """

    slug: str
    name: str
    timezone: str
    currency: str
    safety_margin_hours: str
    plan_limit: str
    payment_limit: str
    wants_review: str
    comment_hours: str
    escalate_hours: str
    asks_for_comments: str
    currency_is_settled: str


class SettingsIn(Schema):
    """The settings to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    timezone: str | None = None
    currency: str | None = None
    safety_margin_hours: int | str | None = None
    plan_limit: str | None = None
    payment_limit: str | None = None
    wants_review: str | None = None
    comment_hours: int | str | None = None
    escalate_hours: int | str | None = None
    asks_for_comments: str | None = None


class CallOut(Schema):
    """One request to TikTok. `result`: ok, refused, fault, no_reply or not_sent; `code`: TikTok's own, 0 is success."""

    at: datetime
    connection: str
    endpoint: str
    advertiser_id: str
    result: str
    code: int | None
    request_id: str
    duration_ms: int


@router.get("", response=answers(SettingsOut))
def workspace(request: HttpRequest) -> dict[str, Any]:
    """Get what the workspace decides."""
    return _settings(actor_of(request).workspace)


@router.patch("", auth=may(Action.MANAGE_WORKSPACE), response=answers(SettingsOut))
def change_workspace(request: HttpRequest, body: SettingsIn) -> dict[str, Any]:
    """Change what the workspace decides, all of it or nothing."""
    given = {name: str(value) for name, value in body.dict(exclude_none=True).items()}
    return _settings(settings.change(actor_of(request), given, at=now()))


@router.get("/calls", auth=may(Action.READ_CALLS), response=answers(part_of(CallOut)))
def calls(
    request: HttpRequest,
    search: str = "",
    only_failed: bool = False,
    limit: Limit = ROWS,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """List calls to TikTok, the newest first."""
    rows = call_log.calls(actor_of(request).workspace, search=search, only_failed=only_failed)
    return part(rows, _call, cursor=cursor, limit=limit)


def _call(each: TikTokCall) -> dict[str, Any]:
    return {
        **{name: getattr(each, name) for name in CallOut.model_fields},
        "connection": each.connection.name,
    }


def _settings(found: Workspace) -> dict[str, Any]:
    return {
        "slug": found.slug,
        **settings.values(found),
        "currency_is_settled": settings.why_currency_stays(found),
    }
