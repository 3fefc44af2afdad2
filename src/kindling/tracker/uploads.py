"""Sheets between upload and import: kept encrypted, because trackers hold codes, and for a day at most."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from kindling.errors import NotFoundError
from kindling.tracker.models import Sheet
from kindling.tracker.reading import sheets
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

KEPT = timedelta(days=1)


def keep(actor: Actor, data: bytes, *, name: str, at: datetime) -> Sheet:
    """Keep an uploaded sheet for its import. Raises FileProblemError when it is no table."""
    actor.require(Action.MANAGE_CREATORS)
    sheets.read_file(data)
    return Sheet.objects.create(
        workspace=actor.workspace,
        created_by=actor.user,
        created_at=at,
        name=(name or "sheet")[:200],
        content=base64.b64encode(data).decode(),
    )


def find(actor: Actor, pk: int, *, at: datetime) -> tuple[Sheet, bytes]:
    """A kept sheet and its bytes. Raises NotFoundError once it is gone."""
    found = Sheet.objects.filter(workspace=actor.workspace, pk=pk, created_at__gt=at - KEPT).first()
    if found is None:
        raise NotFoundError(
            "This sheet is no longer available.", next_step="Choose the file again."
        )
    return found, base64.b64decode(found.content)


def forget(sheet: Sheet) -> None:
    sheet.delete()


def forget_old(*, at: datetime) -> int:
    """Drop the sheets that nobody imported within a day; returns how many."""
    count, _ = Sheet.objects.filter(created_at__lte=at - KEPT).delete()
    return count
