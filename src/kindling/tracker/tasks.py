"""Background work of the tracker import: forget uploaded sheets after a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.tracker import uploads
from kindling.tracker.models import Sheet


@registry.task("tracker.forget_sheets")
def forget_sheets() -> None:
    uploads.forget_old(at=now())


@registry.due
def old_sheets(moment: datetime) -> Iterator[JobRequest]:
    if Sheet.objects.filter(created_at__lte=moment - uploads.KEPT).exists():
        yield JobRequest("tracker.forget_sheets", f"forget-sheets-{slot(moment, seconds=3600)}")
