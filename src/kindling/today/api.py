"""API: the five questions, and what needs attention now."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD
from kindling.clock import now
from kindling.today import five as service
from kindling.today import needs
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import actor_of, answers
from kindling.workspaces.api_lists import ROWS, Limit

router = Router(tags=["Today"])
MOST_AHEAD = 3_650  # days


class Alert(Schema):
    urgency: int
    title: str
    next_step: str
    owner: str


@router.get("/five", response=answers(dict[str, Any]))
def five(
    request: HttpRequest,
    ahead_days: Annotated[int, Query(ge=0, le=MOST_AHEAD)] = DEFAULT_LEAD.days,
    limit: Limit = ROWS,
) -> dict[str, Any]:
    """Answer the five questions. `ahead_days`: how many days question four looks ahead.

    Each list has its first `limit` rows, and `counts` says how many there are of each; all posts, ads and rows of
    profit are in their own lists.
    """
    actor = actor_of(request)
    with workspaces.reading_once(actor.workspace):
        return service.first_rows(actor.workspace, now=now(), rows=limit, ahead_days=ahead_days)


@router.get("/alerts", response=answers(list[Alert]))
def alerts(request: HttpRequest) -> list[dict[str, Any]]:
    """List what needs attention, the most urgent first."""
    actor = actor_of(request)
    return [need.to_json() for need in needs.needs(actor.workspace, now=now())]
