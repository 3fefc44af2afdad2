"""Background work of conversions: read large files; give waiting orders their post once it is in the library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.conversions import background, service
from kindling.jobs import lease
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.workspaces.models import Workspace

EVERY_SECONDS = 6 * 3600


@registry.task("conversions.reattribute")
def reattribute(workspace: int) -> None:
    with lease.held(f"orders-{workspace}"):
        service.reattribute(Workspace.objects.get(pk=workspace), at=now())


@registry.task(background.TASK)
def read_file(order_file: int) -> None:
    background.read(order_file)


@registry.due
def reattributions(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=EVERY_SECONDS)
    for workspace in Workspace.objects.filter(order_imports__isnull=False).distinct():
        yield JobRequest(
            "conversions.reattribute",
            f"orders-{workspace.pk}-{number}",
            {"workspace": workspace.pk},
        )
