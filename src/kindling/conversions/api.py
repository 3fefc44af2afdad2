"""API: import orders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Router, Schema
from ninja.files import UploadedFile

from kindling.clock import now
from kindling.conversions import service
from kindling.conversions.forms import ImportOrdersForm
from kindling.workspaces.api_auth import actor_of, answers, may
from kindling.workspaces.rules import Action

router = Router(tags=["Orders"])


class RowProblemOut(Schema):
    line: int
    message: str
    next_step: str


class ImportOut(Schema):
    """Result of an import. `changed`: existing orders that were updated, by a refund for instance."""

    added: int
    changed: int
    unchanged: int
    problems: list[RowProblemOut]


@router.post("", response=answers(ImportOut), auth=may(Action.IMPORT_ORDERS))
def import_orders(
    request: HttpRequest,
    file: File[UploadedFile],
    dry_run: bool = False,
) -> dict[str, Any]:
    """Import orders from a CSV file: valid rows are imported, each other row is listed with its problem."""
    actor = actor_of(request)
    result = service.import_orders(
        actor,
        ImportOrdersForm(request).checked()["file"],
        file_name=file.name or "orders.csv",
        at=now(),
        dry_run=dry_run,
    )
    return {
        "added": result.taken,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "problems": [problem.to_json() for problem in result.problems],
    }
