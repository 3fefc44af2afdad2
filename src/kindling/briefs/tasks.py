"""Background work of briefs: say what is late, once for each due time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.briefs import deliverables as work
from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.workspaces.models import Workspace

LOOK_EVERY_SECONDS = 3600
TASK = "briefs.late"


@registry.task(TASK)
def late(workspace: int) -> None:
    work.tell_late(Workspace.objects.get(pk=workspace), at=now())


@registry.due
def lateness(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=LOOK_EVERY_SECONDS)
    for pk in work.workspaces_with_late(now=moment):
        yield JobRequest(
            TASK, f"briefs-late-{pk}-{number}", {"workspace": pk}, lane=f"briefs-late-{pk}"
        )
