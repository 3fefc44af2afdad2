"""Background work of lists: write the files of long exports, and delete them after some days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.lists import service

FORGET_EVERY_SECONDS = 24 * 3600


@registry.task(service.WRITE_TASK)
def write_export(export: int) -> None:
    service.write_export(export, at=now())


@registry.task("lists.forget_exports")
def forget_exports() -> None:
    service.forget_exports(at=now())


@registry.due
def due(at: datetime) -> Iterator[JobRequest]:
    yield JobRequest("lists.forget_exports", f"exports-{slot(at, seconds=FORGET_EVERY_SECONDS)}")
