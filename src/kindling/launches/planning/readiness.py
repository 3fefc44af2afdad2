"""Keeps Inventory honest: asks TikTok about the music of posts that nothing else keeps from a launch.

And keeps it quick: every check of all posts also stores where each stands in the list, so that a page of a large
library opens and checks only the posts that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from kindling import clock
from kindling.creators.models import Creator
from kindling.launches.checks import service as checks
from kindling.launches.checks.candidates import Candidate
from kindling.launches.checks.rights import MUSIC
from kindling.launches.checks.service import PREVIEW_DAYS
from kindling.launches.models import InventoryRun, Readiness
from kindling.launches.planning import music
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

ASK_AGAIN = timedelta(hours=18)  # long before an answer is too old to count
MOST_FOUND = 5_000  # posts of one search; a longer word finds the others
CHECKED_AT_ONCE = 300  # posts; a library of more is listed in the stored order


def read_music(workspace: Workspace, *, now: datetime) -> int:
    """Ask about the music of posts that are ready but for it, or whose answer is old; returns how many answers came."""
    return sum(_read_in(account, now=now) for account in workspaces.ad_accounts(workspace))


def _read_in(ad_account: AdAccount, *, now: datetime) -> int:
    fresh = music.kept_answers(ad_account, now=now, good_for=ASK_AGAIN)
    found = checks.inventory(ad_account.workspace, ad_account, now=now)
    due = [
        (each.post.item_id, binding)
        for each in found
        if each.post.item_id not in fresh and _lacks_music_at_most(each)
        for binding in [each.permission.binding_in(ad_account) if each.permission else None]
        if binding is not None
    ]
    if not due:
        store_order(ad_account, found, now=now)
        return 0
    end = now + timedelta(days=PREVIEW_DAYS)
    answers = music.read_bound(ad_account, due, start=now, end=end)
    asked = [each.post for each in found if each.post.item_id in answers]
    again = checks.check_posts(ad_account.workspace, ad_account, asked, now=clock.now())
    renewed = {each.post.pk: each for each in again}
    store_order(ad_account, [renewed.get(each.post.pk, each) for each in found], now=now)
    return len(answers)


def _lacks_music_at_most(candidate: Candidate) -> bool:
    return all(result.title == MUSIC for result in candidate.blocking)


# --- The stored order -------------------------------------------------------------------------------------------


@transaction.atomic
def store_order(ad_account: AdAccount, found: Sequence[Candidate], *, now: datetime) -> int:
    """Store where each of all posts stands in Inventory; returns how many rows changed."""
    held = Readiness.objects.select_for_update(no_key=True).filter(ad_account=ad_account)
    known = {row.post_id: row for row in held.order_by("pk")}
    new, changed = [], []
    for each in found:
        row = known.pop(each.post.pk, None)
        if row is None:
            new.append(
                Readiness(
                    ad_account=ad_account, post=each.post, item_id=each.post.item_id,
                    is_ready=each.is_ready, place=each.place,
                )
            )  # fmt: skip
        elif (row.is_ready, row.place) != (each.is_ready, each.place):
            row.is_ready, row.place = each.is_ready, each.place
            changed.append(row)
    # Another that stores the same order at this moment may have been first.
    Readiness.objects.bulk_create(new, batch_size=1_000, ignore_conflicts=True)
    Readiness.objects.bulk_update(changed, ["is_ready", "place"], batch_size=1_000)
    ready = sum(each.is_ready for each in found)
    InventoryRun.objects.update_or_create(
        ad_account=ad_account,
        defaults={"at": now, "ready": ready, "others": len(found) - ready},
    )
    return len(new) + len(changed)


@dataclass(frozen=True, slots=True)
class InventoryList:
    """What Inventory lists: the posts that are ready, and the others, nearest to a launch first.

    Rows are candidates, all checked now, or rows of the stored order, checked by `checked` when they are shown.
    stored_at : when the order was stored; None where all posts were checked now
    """

    ready: Sequence[Candidate] | QuerySet[Readiness]
    others: Sequence[Candidate] | QuerySet[Readiness]
    ready_count: int
    others_count: int
    stored_at: datetime | None


def list_inventory(workspace: Workspace, ad_account: AdAccount, *, now: datetime) -> InventoryList:
    """Inventory of an ad account: a small library is checked whole, of a large one only what is shown."""
    run = InventoryRun.objects.filter(ad_account=ad_account).first()
    posts = Post.objects.filter(workspace=workspace).order_by()
    is_small = posts.values("pk")[: CHECKED_AT_ONCE + 1].count() <= CHECKED_AT_ONCE
    if run is None or is_small:
        found = checks.inventory(workspace, ad_account, now=now)
        ready = [each for each in found if each.is_ready]
        others = [each for each in found if not each.is_ready]
        return InventoryList(ready, others, len(ready), len(others), None)
    rows = Readiness.objects.filter(ad_account=ad_account).order_by("place", "item_id")
    # As a list of one: Django writes `is_ready = false` as `NOT is_ready`, for which SQLite finds no index.
    ready_rows, other_rows = (rows.filter(is_ready__in=[wanted]) for wanted in (True, False))
    return InventoryList(ready_rows, other_rows, run.ready, run.others, run.at)


def matching(
    rows: Sequence[Candidate] | QuerySet[Readiness], search: str, *, workspace: Workspace
) -> Sequence[Candidate] | QuerySet[Readiness]:
    """Those of `list_inventory` with this part of a handle, or whose post id begins so."""
    word = search.strip().lstrip("@").lower()
    if isinstance(rows, QuerySet):
        return rows.filter(post__in=_found(workspace, word))
    return [
        each
        for each in rows
        if word in each.post.creator.handle or each.post.item_id.startswith(word)
    ]


def _found(workspace: Workspace, search: str) -> list[int]:
    """The newest posts that are searched for; found first, so that no join runs over the whole order."""
    named = Creator.objects.filter(workspace=workspace, handle__contains=search).values("pk")
    is_found = Q(creator__in=list(named.values_list("pk", flat=True)))
    if search.isdigit():
        is_found |= Q(item_id__startswith=search)
    rows = Post.objects.filter(is_found, workspace=workspace).order_by("-pk")
    return list(rows.values_list("pk", flat=True)[:MOST_FOUND])


def checked(
    workspace: Workspace, rows: Sequence[Candidate | Readiness], *, now: datetime
) -> list[Candidate]:
    """The rows of one page, in the order given; those of an ad account's stored order are checked now."""
    ad_account = next((row.ad_account for row in rows if isinstance(row, Readiness)), None)
    pks = [row.post_id for row in rows if isinstance(row, Readiness)]
    posts = Post.objects.filter(pk__in=pks).select_related("creator")
    fresh = (
        {
            each.post.pk: each
            for each in checks.check_posts(workspace, ad_account, list(posts), now=now)
        }
        if ad_account
        else {}
    )
    found = [fresh.get(row.post_id) if isinstance(row, Readiness) else row for row in rows]
    return [each for each in found if each is not None]
