"""Background work of authorizations: take codes in, keep reading what TikTok says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.authorizations import intake as intakes
from kindling.authorizations import service
from kindling.errors import PlatformError
from kindling.jobs.registry import Wish, registry, slot
from kindling.wiring import now
from kindling.workspaces.models import Workspace

# How often the worker asks which permissions want reading; which they are is `rules.poll_every`.
LOOK_EVERY_SECONDS = 600


@registry.task(intakes.TASK)
def take_in(intake: int) -> None:
    intakes.work_off(intake)


@registry.task("authorizations.read")
def read(workspace: int) -> None:
    found = Workspace.objects.get(pk=workspace)
    problems = service.read_platform(found, at=now())
    if problems:
        # Raised so that the job shows as failed; what could be read is written down already.
        raise PlatformError(" ".join(problems), can_retry=True)


@registry.due
def readings(moment: datetime) -> Iterator[Wish]:
    number = slot(moment, seconds=LOOK_EVERY_SECONDS)
    for workspace in Workspace.objects.filter(ad_accounts__is_used=True).distinct():
        if service.is_due(workspace, now=moment) or _has_no_reading_yet(workspace):
            yield Wish(
                "authorizations.read",
                f"read-{workspace.pk}-{number}",
                {"workspace": workspace.pk},
                lane=f"workspace-{workspace.pk}",
            )


def _has_no_reading_yet(workspace: Workspace) -> bool:
    return not workspace.authorizations.exists()
