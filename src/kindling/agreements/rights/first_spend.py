"""Terms that start with the first ad spend: what the ad figures say of the posts they wait for."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import transaction

from kindling.agreements.models import UsageRight
from kindling.agreements.rights import rules
from kindling.agreements.rights import service as rights
from kindling.creators.models import Creator
from kindling.facts import queries as facts
from kindling.workspaces.models import AdAccount, Workspace

Days = dict[str, list[tuple[date, str]]]
"""By item id the days with spend, each with the zone of its ad account."""


def note_spend(workspace: Workspace, *, now: datetime) -> int:
    """Start every term that waits for its first spend and has it, see `rules.first_spend`. Safe to tell again.

    A right that names its post starts; a general one goes on waiting for other posts, and gives each post with
    spend that no right names yet a right of its own. Returns how many terms started. Raises LakeDamagedError.
    """
    waiting = rights.on_record(workspace).filter(awaits_first_spend=True, version__isnull=False)
    found = list(waiting.select_related("workspace").order_by("pk"))
    if not found:
        return 0
    posts = {right.pk: [right.item_id] if right.item_id else _unnamed(right) for right in found}
    spent = _days_with_spend(
        workspace,
        sorted({item_id for each in posts.values() for item_id in each}),
        since=min(right.recorded_at for right in found),
        now=now,
    )
    started = [
        item_id
        for right in found
        for item_id in posts[right.pk]
        if item_id in spent and _start(right.pk, item_id, spent[item_id])
    ]
    return len(started)


def _unnamed(right: UsageRight) -> list[str]:
    """The creator's posts that no right names: what was agreed for one post goes before what holds for all."""
    posts = Creator.objects.filter(pk=right.creator_id, posts__isnull=False)
    named = rights.on_record(right.workspace).filter(creator=right.creator_id).exclude(item_id="")
    return sorted(
        {*posts.values_list("posts__item_id", flat=True)}
        - {*named.values_list("item_id", flat=True)}
    )


def _days_with_spend(
    workspace: Workspace, items: list[str], *, since: datetime, now: datetime
) -> Days:
    """A day whose spend is not known is none: it starts nothing."""
    accounts = {each.lake_key: each for each in AdAccount.objects.filter(workspace=workspace)}
    rows = facts.spend_of_posts(
        list(accounts),
        items,
        first_day=(since - timedelta(days=1)).date(),
        last_day=(now + timedelta(days=1)).date(),
    )
    found: Days = defaultdict(list)
    for row in rows:
        if row["spend_minor"] is not None and row["spend_minor"] > 0:
            found[row["item_id"]].append((row["day"], accounts[row["account"]].timezone))
    return dict(found)


@transaction.atomic
def _start(pk: int, item_id: str, days: list[tuple[date, str]]) -> bool:
    """Start one term by these days; whether it did."""
    rows = UsageRight.objects.select_for_update(of=("self",), no_key=True)
    still = rows.filter(pk=pk, awaits_first_spend=True, superseded_at=None)
    right = still.select_related("version__agreement", "workspace").first()
    version = right.version if right else None
    if right is None or version is None or version.consented_at is None:
        return False  # started, or replaced by a newer version, since it was read
    start = rules.first_spend(days, agreed_at=version.consented_at, latest=right.ends_at)
    if start is None:
        return False
    span = rules.span(version.content, starts_at=start)
    if not right.item_id:
        if item_id not in _unnamed(right):
            return False
        rights.make_right(version, version.content, item_id, span, at=right.recorded_at)
        return True
    right.awaits_first_spend = False
    rights.set_span(right, span)
    return True
