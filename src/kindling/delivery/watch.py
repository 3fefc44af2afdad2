"""The first days of ads: is this post likely to pay, by all that is known of it so far?

It opens the whole library of posts, so the worker judges after each sync and keeps its answer; pages read that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from kindling.delivery import rules
from kindling.delivery.health import rules as health
from kindling.delivery.health.rules import Danger, Usual
from kindling.delivery.models import Ad, PostWatch, WatchRun
from kindling.delivery.rules import WatchVerdict
from kindling.facts import queries as facts
from kindling.kit.money import Money
from kindling.kit.time import day_in
from kindling.notices import service as notices
from kindling.posts.evidence import chances
from kindling.posts.evidence.chances import Library
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace
from spark_measure.rates import fit_beta_binomial

WATCHED = timedelta(days=7)
DANGER = "first-days-danger-"
MOST_STRENGTH = (
    2_000.0  # impressions that the other launches are worth at most against a post's own; ours
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A post whose ads began a few days ago. before, chance : of paying, before its ads and now; None: not known

    orders : known so far; needed : orders that pay for the spend, of which only those that can be known by now count
    """

    post: Post
    ads: int
    began: date
    spent: Money
    orders: int
    needed: float
    before: float | None
    chance: float | None
    verdict: WatchVerdict
    reason: str
    dangers: tuple[Danger, ...] = ()

    @property
    def is_danger(self) -> bool:
        """Whether somebody should look at it now."""
        return self.verdict is WatchVerdict.STOP or bool(self.dangers)

    def to_json(self) -> dict[str, Any]:
        return {
            "item_id": self.post.item_id,
            "handle": self.post.creator.handle,
            "ads": self.ads,
            "began": self.began.isoformat(),
            "spent": self.spent.to_json(),
            "orders": self.orders,
            "orders_needed": round(self.needed, 2),
            "chance_before": self.before,
            "chance": self.chance,
            "verdict": str(self.verdict),
            "reason": self.reason,
            "dangers": [asdict(each) for each in self.dangers],
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """What was last kept. at : when it was computed, None before the first time; launches : own ones compared with"""

    rows: list[Watched]
    at: datetime | None
    launches: int

    @property
    def is_by_published(self) -> bool:
        """Whether published figures stand in for the account's own launches."""
        return self.launches < health.ENOUGH_LAUNCHES


def latest(workspace: Workspace) -> Judged:
    """The last judgement of posts in their first days, those that need a decision first."""
    run = WatchRun.objects.filter(workspace=workspace).first()
    kept = PostWatch.objects.filter(post__workspace=workspace).select_related("post__creator")
    rows = [
        Watched(
            each.post, each.ads, each.began, Money(each.spent_minor, workspace.currency), each.orders,
            each.needed, each.before, each.chance, WatchVerdict(each.verdict), each.reason,
            tuple(Danger(**told) for told in each.dangers),
        )
        for each in kept
    ]  # fmt: skip
    return Judged(_in_order(rows), run.at if run else None, run.launches if run else 0)


def judge(workspace: Workspace, *, now: datetime) -> Judged:
    """Judge posts in their first days, keep the answer, and tell of each new danger once. Nothing is stopped."""
    found, launches = _watch(workspace, now=now)
    rows = [
        PostWatch(
            post=each.post, at=now, ads=each.ads, began=each.began, spent_minor=each.spent.minor,
            orders=each.orders, needed=each.needed, before=each.before, chance=each.chance,
            verdict=each.verdict, reason=each.reason, dangers=[asdict(danger) for danger in each.dangers],
        )
        for each in found
    ]  # fmt: skip
    with transaction.atomic():
        # One at a time, so that an older judgement never replaces a newer one.
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        if not WatchRun.objects.filter(workspace=workspace, at__gt=now).exists():
            PostWatch.objects.filter(post__workspace=workspace).delete()
            PostWatch.objects.bulk_create(rows)
            WatchRun.objects.update_or_create(
                workspace=workspace, defaults={"at": now, "launches": launches}
            )
            _tell(workspace, found, at=now)
    return Judged(found, now, launches)


def _tell(workspace: Workspace, found: list[Watched], *, at: datetime) -> None:
    """A danger is told once for a post; its notice is done when it is over."""
    in_danger = {_key(each.post): each for each in found if each.is_danger}
    for key, each in in_danger.items():
        if notices.was_told(workspace, key=key):
            continue
        said = each.dangers[0].reason if each.dangers else each.reason
        notices.notify(
            workspace,
            key=key,
            roles=("media_buyer",),
            title=f"The ads of @{each.post.creator.handle}, post {each.post.item_id}, begin badly: {said}",
            next_step="Read First days, then pause the ads or let them go on.",
            path="live/first-days/",
            at=at,
            urgency=2,
        )
    over = [
        each.key
        for each in notices.open_notices(workspace)
        if each.key.startswith(DANGER) and each.key not in in_danger
    ]
    notices.settle_all(workspace, keys=over, at=at)


def _key(post: Post) -> str:
    return f"{DANGER}{post.pk}"


def _in_order(rows: list[Watched]) -> list[Watched]:
    return sorted(
        rows,
        key=lambda each: (
            each.verdict is not WatchVerdict.STOP,
            not each.dangers,
            each.chance or 0.0,
        ),
    )


def watch(workspace: Workspace, *, now: datetime) -> list[Watched]:
    """Posts with running ads that began in the last days, those that need a decision first. It reads all posts."""
    return _watch(workspace, now=now)[0]


def _watch(workspace: Workspace, *, now: datetime) -> tuple[list[Watched], int]:
    """Posts in their first days, and how many launches of its own the workspace compares them with."""
    running: dict[str, int] = {}
    rows = Ad.objects.filter(
        ad_account__in=workspaces.ad_accounts(workspace), is_gone=False,
        secondary_status__in=rules.DELIVERING,
    )  # fmt: skip
    for item_id in rows.values_list("item_id", flat=True):
        running[item_id] = running.get(item_id, 0) + 1
    if not running:
        return [], 0
    library = chances.open_library(workspace, now=now)
    since = day_in(now, workspace.timezone) - WATCHED
    young = [
        place
        for place, day in library.run.began.items()
        if day >= since and library.posts[place].item_id in running
    ]
    if not young:
        return [], 0
    usual, shown = _launches(workspace, library, now=now)
    later, before = chances.weigh_running(library), chances.weigh_before(library)
    known = {int(place): at for at, place in enumerate(library.run.ads.posts)}
    found = []
    for place in young:
        post, at = library.posts[place], known.get(place)
        orders = int(library.run.ads.orders[at]) if at is not None else 0
        needed = float(library.run.ads.paying_orders[at]) if at is not None else 0.0
        chance = None if at is None else float(later.chances.chance[place])
        verdict, reason = rules.watch_verdict(chance, orders=orders, needed=needed)
        spent = Money(library.run.spent[place], workspace.currency)
        found.append(
            Watched(
                post, running[post.item_id], library.run.began[place], spent, orders, needed,
                chances.evidence_of(before, place).chance, chance, verdict, reason,
                _dangers(usual, shown.get(post.item_id)),
            )
        )  # fmt: skip
    return _in_order(found), usual["ctr"].launches


# --- Against the account's own launches ---------------------------------------------------------------------------


Shown = tuple[int, int, int]
"""Impressions, clicks and 2-second views of a post's first two days with ads."""


def _dangers(usual: Mapping[str, Usual], shown: Shown | None) -> tuple[Danger, ...]:
    if shown is None:
        return ()
    impressions, clicks, views = shown
    found = (
        health.weak_start(usual["thumb_stop"], actions=views, impressions=impressions),
        health.weak_start(usual["ctr"], actions=clicks, impressions=impressions),
    )
    return tuple(sorted((each for each in found if each), key=lambda each: -each.confidence))


def _launches(
    workspace: Workspace, library: Library, *, now: datetime
) -> tuple[dict[str, Usual], dict[str, Shown]]:
    """What launches usually show, and what each post showed in its first two days where that is known."""
    began = {library.posts[place].item_id: day for place, day in library.run.began.items()}
    shown = _shown(workspace, began, now=now)
    # A launch that still runs its first two days says nothing of how they end.
    whole = day_in(now, workspace.timezone) - timedelta(days=2)
    old = [shown[item] for item, day in began.items() if item in shown and day < whole]
    usual = dict(health.PUBLISHED)
    if len(old) >= health.ENOUGH_LAUNCHES:
        for name, at in (("thumb_stop", 2), ("ctr", 1)):
            counts = np.array([(each[at], each[0]) for each in old], dtype=np.int64)
            prior = fit_beta_binomial(counts[:, 0], counts[:, 1])
            if prior is not None:
                # Far from each other or alike: a launch's own figures still count for most.
                strength = min(prior.strength, MOST_STRENGTH)
                usual[name] = replace(
                    usual[name], rate=prior.mean, strength=strength, launches=len(old), source=""
                )
    return usual, shown


def _shown(workspace: Workspace, began: Mapping[str, date], *, now: datetime) -> dict[str, Shown]:
    accounts = [
        each.lake_key
        for each in workspaces.ad_accounts(workspace)
        if each.currency == workspace.currency
    ]
    if not began:
        return {}
    rows = facts.spend_of_posts(
        accounts, list(began), first_day=min(began.values()), last_day=day_in(now, "UTC") + timedelta(days=1),
        counters=("impressions", "clicks", "video_views_2s"),
    )  # fmt: skip
    sums: dict[str, list[Shown | None]] = {}
    for row in rows:
        if row["day"] <= began[row["item_id"]] + timedelta(days=1):
            told = (row["impressions"], row["clicks"], row["video_views_2s"])
            sums.setdefault(row["item_id"], []).append(None if None in told else told)
    found: dict[str, Shown] = {}
    for item_id, parts in sums.items():
        known = [each for each in parts if each is not None]
        if len(known) == len(parts):
            found[item_id] = (
                sum(each[0] for each in known), sum(each[1] for each in known), sum(each[2] for each in known),
            )  # fmt: skip
    return found
