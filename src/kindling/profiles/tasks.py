"""Background work of profiles: creators' scores, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.creators.models import Creator
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.profiles import scores
from kindling.workspaces.models import Workspace

COMPUTE_EVERY_SECONDS = 86_400


@registry.task("profiles.scores")
def compute(workspace: int) -> None:
    scores.compute_scores(Workspace.objects.get(pk=workspace), now())


@registry.due
def scores_due(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=COMPUTE_EVERY_SECONDS)
    used = Creator.objects.order_by().values_list("workspace", flat=True).distinct()
    for pk in used:
        yield JobRequest(
            "profiles.scores", f"scores-{pk}-{number}", {"workspace": pk}, lane=f"scores-{pk}"
        )
