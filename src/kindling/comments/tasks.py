"""Background work of comments: sync every half hour, learn from corrected categories."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from kindling.clock import now
from kindling.comments import learning, service, storms, sync, words
from kindling.creators.models import CreatorGrant
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.workspaces.models import AdAccount, Workspace

SYNC_EVERY_SECONDS = 1800


@registry.task("comments.sync")
def sync_comments(ad_account: int) -> None:
    account = AdAccount.objects.select_related("connection", "workspace").get(pk=ad_account)
    sync.sync_ad_account(account, at=now())
    words.read(account, at=now())


@registry.task("comments.sync_creator")
def sync_creator(grant: int) -> None:
    found = CreatorGrant.objects.select_related("creator__workspace", "connection").filter(pk=grant)
    for each in found:
        sync.sync_creator(each, at=now())


@registry.task("comments.watch")
def watch(workspace: int) -> None:
    found = Workspace.objects.get(pk=workspace)
    service.tell_posts(found)
    storms.watch(found, now=now())


@registry.task(learning.LEARN_TASK)
def learn(workspace: int) -> None:
    learning.learn(Workspace.objects.get(pk=workspace), at=now())


@registry.due
def syncs(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=SYNC_EVERY_SECONDS)
    for account in AdAccount.objects.filter(is_used=True).order_by("pk"):
        key, lane = f"sync-comments-{account.pk}-{number}", f"comments-{account.pk}"
        yield JobRequest("comments.sync", key, {"ad_account": account.pk}, lane=lane)
    for grant in CreatorGrant.objects.filter(scopes__contains="comment.list").order_by("pk"):
        key, lane = f"sync-comments-of-{grant.pk}-{number}", f"comments-of-{grant.creator_id}"
        yield JobRequest("comments.sync_creator", key, {"grant": grant.pk}, lane=lane)
    with_comments = Q(ad_accounts__is_used=True)
    for workspace in Workspace.objects.filter(with_comments).distinct().order_by("pk"):
        key, lane = f"watch-comments-{workspace.pk}-{number}", f"watch-comments-{workspace.pk}"
        yield JobRequest("comments.watch", key, {"workspace": workspace.pk}, lane=lane)
