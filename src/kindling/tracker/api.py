"""API: the tracker import. A dry run explains every row; an import writes the good parts of each."""

from __future__ import annotations

import base64
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from kindling.clock import now
from kindling.errors import InvalidInputError
from kindling.tracker import service as tracker
from kindling.tracker.reading.rows import ORDERS
from kindling.tracker.service import Readings
from kindling.workspaces import service as workspaces
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.rules import Action

router = Router(tags=["Tracker"])


class TrackerIn(Schema):
    """`content`: the file's bytes as base64, a CSV or an .xlsx. `sheets`: the names of those to read, all if left out.
    `columns`: field → header or number from 1, where a sheet's own header is not enough; `header_line`: where that
    stands, if it is not found (of one sheet).
    `day_order`: "day" or "month" for dates that read both ways."""

    name: str = "tracker"
    content: str
    sheets: list[str] = []
    columns: dict[str, str] = {}
    header_line: int = 0
    day_order: str = ""
    dated_is_paid: bool = False
    unlinked_is_all: bool = False
    fills_down: bool = True
    ad_account: str = ""


@router.post("/dry-run", response=answers(dict[str, Any]), auth=may(Action.MANAGE_CREATORS))
def dry_run(request: HttpRequest, body: TrackerIn) -> dict[str, Any]:
    """Check a tracker row by row (dry run). Stores nothing."""
    data = _bytes_of(body)
    how = _how(body, data)
    return tracker.dry_run(actor_of(request), data, name=body.name, how=how, at=now()).to_json()


@router.post("/import", response=answers(dict[str, Any]), auth=may(Action.MANAGE_CREATORS))
def import_tracker(request: HttpRequest, body: TrackerIn) -> dict[str, Any]:
    """Import the valid parts of every row of a tracker. `ad_account`: where its video codes are bound; they wait
    while the workspace has none."""
    actor, data = actor_of(request), _bytes_of(body)
    account = workspaces.find_ad_account(actor, body.ad_account) if body.ad_account else None
    return tracker.import_tracker(
        actor, data, name=body.name, how=_how(body, data), ad_account=account, at=now()
    ).to_json()


def _bytes_of(body: TrackerIn) -> bytes:
    try:
        return base64.b64decode(body.content, validate=True)
    except ValueError:
        raise InvalidInputError(
            "content is not base64.", next_step="Encode the file's bytes."
        ) from None


def _how(body: TrackerIn, data: bytes) -> Readings:
    if body.day_order not in ORDERS:
        raise InvalidInputError(
            "day_order must be day or month.", next_step="Use one of the two, or leave it out."
        )
    return tracker.with_columns(
        data,
        body.columns,
        header_line=body.header_line,
        only=body.sheets,
        order=body.day_order,
        dated_is_paid=body.dated_is_paid,
        unlinked_is_all=body.unlinked_is_all,
        fills_down=body.fills_down,
    )
