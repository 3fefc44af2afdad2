"""Finding what was done: by person, action, reason, post or plan, and everything about one creator."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from kindling.agreements.models import Agreement
from kindling.creators.models import Creator
from kindling.kit.time import start_of_day
from kindling.posts.models import Post
from kindling.workspaces.models import AuditEntry, Workspace

MOST_POSTS = 500  # of a creator whose entries are looked for, the newest


def matching(
    entries: QuerySet[AuditEntry], search: str, *, workspace: Workspace
) -> QuerySet[AuditEntry]:
    """Entries whose person, action, subject, reason or request id is searched for.

    A creator's handle finds what was done about their posts and agreements as well.
    """
    found = (
        Q(actor_label__icontains=search)
        | Q(action__icontains=search)
        | Q(subject__icontains=search)
        | Q(reason__icontains=search)
        | Q(request_id=search)
    )
    handle = search.strip().lstrip("@").lower()
    creator = Creator.objects.filter(workspace=workspace, handle=handle).first()
    if creator is not None:
        found |= Q(subject__in=_subjects(creator))
    return entries.filter(found)


def _subjects(creator: Creator) -> list[str]:
    """How the trail names the posts and agreements of a creator."""
    posts = Post.objects.filter(creator=creator).order_by("-posted_at", "-pk")
    items = posts.values_list("item_id", flat=True)[:MOST_POSTS]
    agreements = [each.subject for each in Agreement.objects.filter(creator=creator)]
    return [*(name for item_id in items for name in (item_id, f"post {item_id}")), *agreements]


def from_day(
    entries: QuerySet[AuditEntry], day: date, *, workspace: Workspace
) -> QuerySet[AuditEntry]:
    """Entries of this day of the workspace's zone and later."""
    return entries.filter(at__gte=start_of_day(day, workspace.timezone))


def to_day(
    entries: QuerySet[AuditEntry], day: date, *, workspace: Workspace
) -> QuerySet[AuditEntry]:
    """Entries of this day of the workspace's zone and earlier."""
    return entries.filter(at__lt=start_of_day(day + timedelta(days=1), workspace.timezone))
