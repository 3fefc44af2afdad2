"""API: take codes in, see what became of each. Codes go in and never come out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from kindling.authorizations import intake as intakes
from kindling.authorizations.intake import CodeRow
from kindling.authorizations.models import Intake
from kindling.wiring import now
from kindling.workspaces import service as workspaces
from kindling.workspaces.keys import actor_of, answers
from kindling.workspaces.rules import Action

router = Router(tags=["Codes"])


class CodeIn(Schema):
    code: str
    original_post_code: str = ""
    handle: str = ""
    post: str = ""
    days: int | None = None


class CodesIn(Schema):
    """1 to 2,000 codes for one ad account; the account may be left out where there is only one."""

    codes: list[CodeIn] = Field(max_length=intakes.MAX_ROWS)
    ad_account: str | None = None


class IntakeRowOut(Schema):
    line: int
    code: str
    outcome: str
    item_id: str | None
    message: str
    next_step: str | None
    request_id: str | None


class IntakeOut(Schema):
    """`progress` counts rows by outcome; rows change until `finished`."""

    id: int
    finished: bool
    progress: dict[str, int]
    rows: list[IntakeRowOut]


@router.post("", response=answers(IntakeOut, status=202))
def take_in(request: HttpRequest, body: CodesIn) -> tuple[int, dict[str, Any]]:
    """Take codes in. They are worked off in the background: ask for the intake to see each row's outcome."""
    actor = actor_of(request)
    account = workspaces.find_ad_account(actor, body.ad_account)
    rows = [
        CodeRow(
            line=number,
            code=each.code,
            original_post_code=each.original_post_code,
            handle=each.handle,
            post=each.post,
            days="" if each.days is None else str(each.days),
        )
        for number, each in enumerate(body.codes, start=1)
    ]
    return 202, as_json(intakes.receive(actor, account, rows, at=now()))


@router.get("/{intake_id}", response=answers(IntakeOut))
def intake(request: HttpRequest, intake_id: int) -> dict[str, Any]:
    """What became of every row of an intake."""
    actor = actor_of(request)
    actor.require(Action.SEE)
    return as_json(intakes.find_intake(actor.workspace, intake_id))


@router.post("/{intake_id}/retry", response=answers(IntakeOut, status=202))
def retry(request: HttpRequest, intake_id: int) -> tuple[int, dict[str, Any]]:
    """Send rows that are safe to retry once more, and look again at those still unknown."""
    actor = actor_of(request)
    found = intakes.find_intake(actor.workspace, intake_id)
    return 202, as_json(intakes.try_again(actor, found, at=now()))


def as_json(found: Intake) -> dict[str, Any]:
    return {
        "id": found.pk,
        "finished": found.finished_at is not None,
        "progress": intakes.progress(found),
        "rows": [
            {
                "line": row.line,
                "code": row.code_hint,
                "outcome": row.outcome,
                "item_id": row.item_id or None,
                "message": row.message,
                "next_step": row.next_step or None,
                "request_id": row.request_id or None,
            }
            for row in found.rows.all()
        ],
    }
