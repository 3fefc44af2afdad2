"""Large order files: kept until they were read in the background, so that nobody waits for a page."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kindling.conversions import service
from kindling.conversions.models import OrderImport
from kindling.errors import KindlingError, NotFoundError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, actor_for

TASK = "conversions.read_file"
LARGE = 500_000  # bytes, some 5,000 rows; a smaller file is read while the page waits
State = OrderImport.State


def receive(actor: Actor, data: bytes, *, file_name: str, at: datetime) -> OrderImport:
    """Keep a file and have it read in the background."""
    actor.require(Action.IMPORT_ORDERS)
    made = OrderImport(
        workspace=actor.workspace, imported_by=actor.user, file_name=file_name[:200], at=at,
        state=State.WAITING, rows_total=max(0, data.count(b"\n") - 1),
    )  # fmt: skip
    file = file_of(made)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(data)
    part.replace(file)
    with transaction.atomic():
        made.save(force_insert=True)
        outbox.ask(JobRequest(TASK, f"orders-file-{made.key}", {"order_file": made.pk}))
    return made


def file_of(row: OrderImport) -> Path:
    """Where a file lies until it was read."""
    return Path(settings.DATA_DIR) / "orders" / f"{row.key}.csv"


def read(pk: int) -> None:
    """Read a file that waits. Safe to run again: what is known already changes nothing."""
    row = OrderImport.objects.select_related("workspace", "imported_by").filter(pk=pk).first()
    if row is None or not row.is_open:
        return
    mine = OrderImport.objects.filter(pk=pk)
    mine.update(state=State.READING, rows_read=0)
    file = file_of(row)
    try:
        if not file.exists():
            raise NotFoundError("The file is not there any more.", next_step="Import it again.")
        if row.imported_by is None:
            raise NotFoundError(
                "Whoever imported the file is no longer a member.", next_step="Import it again."
            )
        actor = actor_for(row.imported_by, row.workspace.slug)  # the role may have changed
        service.import_orders(
            actor, file.read_bytes(), file_name=row.file_name, at=row.at, noted=row,
            progress=lambda rows: mine.update(rows_read=rows),
        )  # fmt: skip
    except KindlingError as error:
        mine.update(state=State.FAILED, problem=str(error)[:300])
    file.unlink(missing_ok=True)
