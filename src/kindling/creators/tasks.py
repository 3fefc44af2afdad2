"""Background work of creators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.creators import uploads
from kindling.creators.models import Sheet
from kindling.jobs.registry import Wish, registry, slot
from kindling.wiring import now


@registry.task("creators.forget_sheets")
def forget_sheets() -> None:
    uploads.forget_old(at=now())


@registry.due
def old_sheets(moment: datetime) -> Iterator[Wish]:
    if Sheet.objects.filter(created_at__lte=moment - uploads.KEPT).exists():
        yield Wish("creators.forget_sheets", f"forget-sheets-{slot(moment, seconds=3600)}")
