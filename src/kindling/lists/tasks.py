"""Background work of lists: write the files of long exports, and forget what is not needed any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.lists import actions, service

FORGET_EVERY_SECONDS = 24 * 3600


@registry.task(service.WRITE_TASK)
def write_export(export: int) -> None:
    service.write_export(export, at=now())


@registry.task("lists.forget_old")
def forget_old() -> None:
    service.forget_exports(at=now())
    actions.forget_undos(at=now())


@registry.due
def due(at: datetime) -> Iterator[JobRequest]:
    yield JobRequest("lists.forget_old", f"lists-{slot(at, seconds=FORGET_EVERY_SECONDS)}")
