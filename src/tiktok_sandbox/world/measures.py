"""Sums over the ledgers: what a report, the creator's statistics and the truth all read."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from tiktok_sandbox.world.clock import TICK
from tiktok_sandbox.world.ledger import AD_HOUR, POST_HOUR
from tiktok_sandbox.world.randomness import IntArray
from tiktok_sandbox.world.world import World, seconds

COUNTS = AD_HOUR[3:]
CONVERSION_COUNTS = ("conversions", "value_minor")
MEASURES = COUNTS + CONVERSION_COUNTS
POST_COUNTS = POST_HOUR[2:]
# How a paid count adds to the post's own counters (R1).
PAID_TO_POST = {
    "views": "impressions",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "favorites": "favorites",
    "full_views": "views_p100",
    "watch_seconds": "watch_seconds",
    "follows": "follows",
}

Sums = dict[tuple[int, int], IntArray]


def local_hours(world: World, advertiser_id: str, ticks: IntArray) -> IntArray:
    """Hours since 1970 of each tick's start on the account's own wall clock."""
    zone = world.zone(advertiser_id)
    distinct, inverse = np.unique(ticks, return_inverse=True)
    hours = np.array(
        [_wall_hour(world.tick_start(int(tick)).astimezone(zone)) for tick in distinct],
        dtype=np.int64,
    )
    return hours[inverse] if len(distinct) else hours


def _wall_hour(local: datetime) -> int:
    naive = local.replace(tzinfo=None)
    return (naive.toordinal() - datetime(1970, 1, 1).toordinal()) * 24 + naive.hour  # noqa: DTZ001 - wall clock


def delivery_sums(
    world: World, *, advertiser_id: str, hours_per_bucket: int, at: datetime | None = None
) -> Sums:
    """(ad number, time bucket) → MEASURES summed, for everything visible at `at` (default now).

    hours_per_bucket : 1 hour, 24 day, 0 everything in bucket 0. Buckets count local hours or days
    since 1970. Conversions are in the bucket of their click and appear once placed, so earlier
    buckets still grow.
    """
    until = at or world.now
    last_tick = (until - world.state.epoch) // TICK
    mine = np.array([ad.advertiser_id == advertiser_id for ad in world.state.ads.values()])
    sums: Sums = {}
    if not mine.any():
        return sums
    delivered = world.ad_hours.rows
    delivered = delivered[(delivered[:, 0] < last_tick) & mine[delivered[:, 1]]]
    _add(world, sums, delivered, 3, 0, advertiser_id=advertiser_id, size=hours_per_bucket)
    sold = world.conversions.rows
    placed = world.conversions.column("placed_second")
    sold = sold[(placed <= seconds(until)) & mine[sold[:, 1]]]
    counted = np.stack([sold[:, 0], sold[:, 1], np.ones(len(sold), np.int64), sold[:, 3]], axis=1)
    _add(world, sums, counted, 2, len(COUNTS), advertiser_id=advertiser_id, size=hours_per_bucket)
    return sums


def _add(
    world: World,
    sums: Sums,
    rows: IntArray,
    first: int,
    place: int,
    *,
    advertiser_id: str,
    size: int,
) -> None:
    """Add columns from `first` on of rows (tick, ad, …) at `place` of each bucket's sums."""
    if not len(rows):
        return
    buckets = np.zeros(len(rows), dtype=np.int64)
    if size:
        buckets = local_hours(world, advertiser_id, rows[:, 0]) // size
    keys = np.stack([rows[:, 1], buckets], axis=1)
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
    added = np.zeros((len(distinct), rows.shape[1] - first), dtype=np.int64)
    np.add.at(added, inverse.ravel(), rows[:, first:])
    for (ad, bucket), values in zip(distinct.tolist(), added, strict=True):
        whole = sums.setdefault((ad, bucket), np.zeros(len(MEASURES), dtype=np.int64))
        whole[place : place + len(values)] += values


def post_totals(world: World, at: datetime) -> dict[str, dict[str, dict[str, int]]]:
    """item_id → organic, paid and total counters of hours that ended by `at`."""
    # What happened before the epoch is known from the start, however late the counters are.
    last_tick = max(0, (at - world.state.epoch) // TICK)
    items = list(world.state.posts)
    organic = _by_post(world.post_hours.rows, 1, 2, last_tick, len(items))
    paid = _by_post(world.ad_hours.rows, 2, 3, last_tick, len(items))
    found = {}
    for number, item_id in enumerate(items):
        free = dict(zip(POST_COUNTS, organic[number].tolist(), strict=True))
        bought = dict(zip(COUNTS, paid[number].tolist(), strict=True))
        ads = {name: bought[source] for name, source in PAID_TO_POST.items()}
        total = {name: free[name] + ads[name] for name in POST_COUNTS}
        found[item_id] = {"organic": free, "paid": ads, "total": total}
    return found


def _by_post(rows: IntArray, key: int, first: int, last_tick: int, count: int) -> IntArray:
    seen = rows[rows[:, 0] < last_tick]
    sums = np.zeros((count, rows.shape[1] - first), dtype=np.int64)
    np.add.at(sums, seen[:, key], seen[:, first:])
    return sums


def bucket_text(bucket: int, hours_per_bucket: int) -> str:
    """`YYYY-MM-DD HH:MM:SS` of a bucket's start on the account's wall clock."""
    start = datetime(1970, 1, 1) + timedelta(hours=bucket * hours_per_bucket)  # noqa: DTZ001 - wall clock
    return start.strftime("%Y-%m-%d %H:%M:%S")
