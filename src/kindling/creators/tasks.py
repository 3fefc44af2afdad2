"""Background work of creators: look for mentions of the brand in captions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.creators import mentions
from kindling.creators.models import Creator
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.workspaces.models import Workspace

LOOK_EVERY_SECONDS = 3600


@registry.task("creators.find_mentions")
def find_mentions(workspace: int) -> None:
    mentions.find_mentions(Workspace.objects.get(pk=workspace), at=now())


@registry.due
def captions(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=LOOK_EVERY_SECONDS)
    for pk in Creator.objects.order_by().values_list("workspace", flat=True).distinct():
        yield JobRequest(
            "creators.find_mentions", f"find-{pk}-{number}", {"workspace": pk}, lane=f"find-{pk}"
        )
