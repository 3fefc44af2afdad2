"""The chance that a post pays: its signals and the account's own ads, read together and kept with the post."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from kindling.facts import queries as facts
from kindling.kit.time import day_in
from kindling.posts.models import Post, PostEvidence, PostSnapshot
from kindling.posts.rules import Evidence, LanePolicy
from kindling.products import service as products
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace
from spark_measure import evidence as measure
from spark_measure import readiness
from spark_measure.rates import FloatArray, IntArray

TREND = timedelta(days=3)
FIRST_DAY = date(2000, 1, 1)
UNKNOWN = -1
# Prices of results rise with reach (science.md §2.4): its scale, 400 for ads of 50 a day, in usual spends.
USUAL_SPENDS = 8.0
WRITTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """A post's numbers before its first ad. None: not known."""

    post: int
    taken_at: datetime
    views: int
    likes: int
    comments: int
    shares: int
    saves: int | None
    profile_visits: int | None
    completion_rate: float | None
    earlier_views: int | None


@dataclass(frozen=True, slots=True)
class AdDays:
    """What ads of the posts in the workspace's currency brought, by the posts' places.

    daily : minor units an ad spends a day as a rule; None before any has run
    first_days : what the ads showed in their first two days
    began, spent : first day with spend, and minor units in all
    """

    ads: measure.Ads
    daily: float | None
    first_days: measure.FirstDays
    began: dict[int, date]
    spent: dict[int, int]


@dataclass(frozen=True, slots=True)
class Library:
    """Posts of a workspace with what was counted of each, in the order of `posts`."""

    posts: list[Post]
    readings: dict[int, Reading]
    counts: measure.Counts
    found: measure.Evidence
    run: AdDays


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is said of every post of a library, in its order."""

    library: Library
    chances: readiness.Chances
    learnt_from: int


# --- Reading --------------------------------------------------------------------------------------------------


def open_library(workspace: Workspace, *, now: datetime) -> Library:
    """Everything the chances of a workspace's posts rest on. As many queries for 10 posts as for 100,000."""
    posts = list(Post.objects.filter(workspace=workspace).select_related("creator"))
    readings = _readings(workspace)
    worth = _worth(workspace, posts)
    counts = _counts(posts, readings, worth)
    run = _ads(workspace, posts, worth, now=now)
    return Library(posts, readings, counts, measure.read(counts), run)


def _readings(workspace: Workspace) -> dict[int, Reading]:
    """By post pk: the last reading before the first ad, and the views some days before it."""
    rows = PostSnapshot.objects.filter(post__workspace=workspace, before_first_boost=True)
    names = (
        "post", "taken_at", "views", "likes", "comments", "shares", "saves", "profile_visits", "completion_rate",
    )  # fmt: skip
    found: dict[int, Any] = {}
    earlier: dict[int, int] = {}
    for row in rows.order_by("post", "-taken_at").values_list(*names).iterator():
        last = found.setdefault(row[0], row)
        if row[0] not in earlier and last[1] - row[1] >= TREND:
            earlier[row[0]] = row[2]
    return {
        pk: Reading(**dict(zip(names, row, strict=True)), earlier_views=earlier.get(pk))
        for pk, row in found.items()
    }


def _worth(workspace: Workspace, posts: Sequence[Post]) -> FloatArray:
    """What an order of each post's product leaves before ads, in minor units; NaN where it is not known or nothing."""
    left = {
        (sku, is_own): products.contribution_minor(each, commission_bp=0 if is_own else None)
        for sku, each in products.products(workspace).items()
        for is_own in (False, True)
    }
    found = np.array([left.get((post.sku, post.creator.is_own), 0) for post in posts], np.float64)
    return np.where(found > 0, found, np.nan)


def _counts(
    posts: Sequence[Post], readings: dict[int, Reading], worth: FloatArray
) -> measure.Counts:
    rows = [readings.get(post.pk) for post in posts]

    def column(name: str) -> IntArray:
        values = [getattr(row, name) if row else None for row in rows]
        return np.array([UNKNOWN if each is None else each for each in values], dtype=np.int64)

    views = np.maximum(column("views"), 0)
    seen = np.array([row.completion_rate if row else None for row in rows], dtype=np.float64)
    completions = np.where(np.isnan(seen), UNKNOWN, np.rint(np.nan_to_num(seen) * views))
    earlier = column("earlier_views")
    newest = np.where((earlier >= 0) & (views > 0), 1 - earlier / np.maximum(views, 1), np.nan)
    skus = {sku: number for number, sku in enumerate(sorted({post.sku for post in posts} - {""}))}
    makers = {pk: number for number, pk in enumerate(sorted({post.creator_id for post in posts}))}
    return measure.Counts(
        makers=np.array([makers[post.creator_id] for post in posts], dtype=np.int64),
        products=np.array([skus.get(post.sku, UNKNOWN) for post in posts], dtype=np.int64),
        views=views,
        likes=column("likes"),
        comments=column("comments"),
        shares=column("shares"),
        saves=column("saves"),
        profile_visits=column("profile_visits"),
        completions=completions.astype(np.int64),
        read_comments=np.array([post.read_comments for post in posts], dtype=np.int64),
        sceptics=np.array([post.sceptical_comments for post in posts], dtype=np.int64),
        newest=newest,
        worth=worth,
    )


def _ads(
    workspace: Workspace, posts: Sequence[Post], worth: FloatArray, *, now: datetime
) -> AdDays:
    """What the posts' ads brought, by stored orders, else by the conversions that TikTok reports; and their first days.

    Orders are known as far as the newest stored one: what was spent later teaches nothing yet.
    """
    places = {post.item_id: place for place, post in enumerate(posts) if post.first_boosted_at}
    accounts = {
        account.lake_key: account
        for account in workspaces.ad_accounts(workspace)
        if account.currency == workspace.currency
    }
    if not places or not accounts:
        return AdDays(measure.NO_ADS, None, _first_days([], {}, len(posts)), {}, {})
    until = facts.last_order_at(workspace.pk)
    sold = facts.ad_orders(workspace.pk)
    if until is None:
        until, sold = now, _conversions(list(accounts))
    due: dict[int, float] = defaultdict(float)
    spends: list[int] = []
    rows = facts.spend_of_posts(
        list(accounts), list(places), first_day=FIRST_DAY, last_day=now.astimezone(UTC).date() + timedelta(days=1),
        counters=("impressions", "clicks"),
    )  # fmt: skip
    rows = [row for row in rows if row["currency"] == workspace.currency and row["spend_minor"]]
    began: dict[int, date] = {}
    spent: dict[int, int] = defaultdict(int)
    for row in rows:
        place = places[row["item_id"]]
        began[place] = min(row["day"], began.get(place, row["day"]))
        spent[place] += int(row["spend_minor"])
        spends.append(int(row["spend_minor"]))
        last = day_in(min(until, now), accounts[row["account"]].timezone)
        part = measure.known_part(np.array([(last - row["day"]).days], dtype=np.float64))
        due[places[row["item_id"]]] += int(row["spend_minor"]) * float(part[0])
    known = [place for place in sorted(due) if due[place] > 0 and worth[place] > 0]
    ads = measure.Ads(
        posts=np.array(known, dtype=np.int64),
        orders=np.array([sold.get(posts[place].item_id, 0) for place in known], dtype=np.float64),
        paying_orders=np.array([due[place] / worth[place] for place in known], dtype=np.float64),
    )
    first = _first_days([(places[row["item_id"]], row) for row in rows], began, len(posts))
    return AdDays(ads, float(np.median(spends)) if spends else None, first, began, dict(spent))


def _first_days(
    rows: Sequence[tuple[int, dict[str, Any]]], began: dict[int, date], count: int
) -> measure.FirstDays:
    """Sums of each post's first two days with ads; a post of which a part is not known shows nothing."""
    sums = np.zeros((3, count))
    for place, row in rows:
        if row["day"] <= began[place] + timedelta(days=1):
            told = [row["impressions"], row["clicks"], row["spend_minor"]]
            sums[:, place] += [np.nan if each is None else float(each) for each in told]
    sums[:, np.isnan(sums).any(axis=0)] = 0.0
    shown, clicked, paid = sums
    return measure.FirstDays(
        impressions=shown.astype(np.int64), clicks=clicked.astype(np.int64), spend=paid
    )


def _conversions(accounts: Sequence[str]) -> dict[str, int]:
    """What TikTok reports of each post's ads; a post of which a part is not known is left out."""
    found: dict[str, int | None] = {}
    for row in facts.spend_totals(accounts, counters=("conversions",)):
        item_id, count = row["item_id"], row["conversions"]
        before = found.get(item_id, 0)
        found[item_id] = None if count is None or before is None else before + int(count)
    return {item_id: count for item_id, count in found.items() if item_id and count is not None}


# --- Weighing -------------------------------------------------------------------------------------------------


def weigh(library: Library, policy: LanePolicy) -> Weighed:
    """The chance of every post at the policy's daily budget. What a post's own ads brought counts for it too."""
    dearer = 1.0
    if policy.daily_budget_minor and library.run.daily:
        times = policy.daily_budget_minor / library.run.daily
        dearer = float(readiness.dearer_at(times, 1.0, USUAL_SPENDS))
    model, found = measure.forecast(library.counts, library.found, library.run.ads, dearer=dearer)
    return Weighed(library, found, model.posts)


def weigh_running(library: Library) -> Weighed:
    """The chance of every post by all that is known of it, the first two days of its ads too."""
    model, found = measure.forecast(
        library.counts, library.found, library.run.ads, first_days=library.run.first_days
    )
    return Weighed(library, found, model.posts)


def weigh_before(library: Library) -> Weighed:
    """The chance of every post as if its own ads had not run yet."""
    model, found = measure.forecast(library.counts, library.found, library.run.ads, knows_own=False)
    return Weighed(library, found, model.posts)


def evidence_of(weighed: Weighed, place: int) -> Evidence:
    """What the gate reads of one post."""
    library = weighed.library
    reading = library.readings.get(library.posts[place].pk)
    is_known = reading is not None and reading.views > 0 and len(library.readings) > 1
    rate = library.found.rates["sceptics"]
    has_comments = rate is not None and library.counts.read_comments[place] > 0
    return Evidence(
        views=reading.views if reading else None,
        snapshot_at=reading.taken_at if reading else None,
        chance=float(weighed.chances.chance[place]) if is_known else None,
        learnt_from=weighed.learnt_from,
        sceptics=float(rate.low[place]) if rate is not None and has_comments else None,
    )


def note_comments(workspace: Workspace, counts: Mapping[str, tuple[int, int]]) -> None:
    """Keep how many comments of each post were sorted, and how many of them doubt it; told by comments.

    counts : by item id: comments whose kind is known, sceptical ones among them
    """
    changed = []
    for post in Post.objects.filter(workspace=workspace, item_id__in=list(counts)):
        told = counts[post.item_id]
        if (post.read_comments, post.sceptical_comments) != told:
            post.read_comments, post.sceptical_comments = told
            changed.append(post)
    Post.objects.bulk_update(
        changed, ["read_comments", "sceptical_comments"], batch_size=WRITTEN_AT_ONCE
    )


@transaction.atomic
def keep(weighed: Weighed, *, at: datetime) -> None:
    """Write down what was weighed, for pages and lists."""
    rows, changed = [], []
    for place, post in enumerate(weighed.library.posts):
        evidence = evidence_of(weighed, place)
        rows.append(_row(weighed, place, evidence, at=at))
        if post.chance != evidence.chance:
            post.chance = evidence.chance
            changed.append(post)
    PostEvidence.objects.bulk_create(
        rows,
        batch_size=WRITTEN_AT_ONCE,
        update_conflicts=True,
        unique_fields=["post"],
        update_fields=[
            "at", "snapshot_at", "views", "chance", "returned", "returned_low", "returned_high", "learnt_from",
            "signals",
        ],
    )  # fmt: skip
    Post.objects.bulk_update(changed, ["chance"], batch_size=WRITTEN_AT_ONCE)


def _row(weighed: Weighed, place: int, evidence: Evidence, *, at: datetime) -> PostEvidence:
    library, chances = weighed.library, weighed.chances
    is_known = evidence.chance is not None
    return PostEvidence(
        post=library.posts[place],
        at=at,
        snapshot_at=evidence.snapshot_at,
        views=evidence.views,
        chance=evidence.chance,
        returned=float(chances.expected[place]) if is_known else None,
        returned_low=float(chances.low[place]) if is_known else None,
        returned_high=float(chances.high[place]) if is_known else None,
        learnt_from=evidence.learnt_from,
        signals=_signals(library, place) if is_known else {},
    )


def _signals(library: Library, place: int) -> dict[str, dict[str, float | int]]:
    """Of each signal that is known of the post: its rate with the interval, and what it rests on."""
    found: dict[str, dict[str, float | int]] = {}
    for name, rate in library.found.rates.items():
        count = int(getattr(library.counts, name)[place])
        of = library.counts.read_comments if name == "sceptics" else library.counts.views
        if rate is None or count < 0 or of[place] <= 0:
            continue
        found[name] = {
            "count": count,
            "of": int(of[place]),
            "rate": round(float(rate.rate[place]), 6),
            "low": round(float(rate.low[place]), 6),
            "high": round(float(rate.high[place]), 6),
            "typical": round(rate.typical, 6),
            "own_part": round(float(rate.own_part[place]), 3),
        }
    newest = float(library.counts.newest[place])
    if np.isfinite(newest):
        found["trend"] = {"rate": round(newest, 4), "of": int(library.counts.views[place])}
    return found
