"""Background work of posts: what a brief became or an agreement names goes into the library."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from kindling.clock import now
from kindling.creators.models import Creator
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.posts import service
from kindling.posts.evidence import snapshots

THIN_EVERY_SECONDS = 86_400


@registry.task("posts.take_linked")
def take_linked(workspace: int, creator: int, item_id: str, source: str = "brief") -> None:
    found = Creator.objects.select_related("workspace").get(pk=creator, workspace=workspace)
    service.record_linked_post(found, item_id, source=source, at=now())


@registry.task("posts.thin_snapshots")
def thin_snapshots() -> None:
    """Of old readings of a post's numbers keep one a day: there are four, of every post."""
    snapshots.thin_snapshots(before=now() - timedelta(days=settings.KINDLING_RECORD_DAYS))


@registry.due
def thinnings(moment: datetime) -> Iterator[JobRequest]:
    yield JobRequest(
        "posts.thin_snapshots", f"thin-snapshots-{slot(moment, seconds=THIN_EVERY_SECONDS)}"
    )
