"""Background work of posts: what a brief became or an agreement names goes into the library."""

from __future__ import annotations

from kindling.clock import now
from kindling.creators.models import Creator
from kindling.jobs.registry import registry
from kindling.posts import service


@registry.task("posts.take_linked")
def take_linked(workspace: int, creator: int, item_id: str, source: str = "brief") -> None:
    found = Creator.objects.select_related("workspace").get(pk=creator, workspace=workspace)
    service.record_linked_post(found, item_id, source=source, at=now())
