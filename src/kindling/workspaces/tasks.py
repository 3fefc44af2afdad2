"""Background work of workspaces: old notes of calls to TikTok are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.workspaces import call_log

TRIM_EVERY_SECONDS = 6 * 3600


@registry.task("workspaces.trim_calls")
def trim_calls() -> None:
    call_log.trim(at=now())


@registry.due
def trimmings(moment: datetime) -> Iterator[JobRequest]:
    yield JobRequest(
        "workspaces.trim_calls", f"trim-calls-{slot(moment, seconds=TRIM_EVERY_SECONDS)}"
    )
