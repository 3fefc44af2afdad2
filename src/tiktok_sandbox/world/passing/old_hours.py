"""Old hours as days: keeps large worlds in memory.

A folded day is one row per ad and post, booked in the first hour of the account's day, so that every
sum over days stays what it was. Hourly reports of folded days show all of it in that hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from tiktok_sandbox.world.ledgers.ledger import Ledger
from tiktok_sandbox.world.randomness.columns import BoolArray, IntArray
from tiktok_sandbox.world.state.clock import TICK
from tiktok_sandbox.world.state.hours import HOURS_A_DAY
from tiktok_sandbox.world.world import World


def fold_old_hours(world: World, ticks: IntArray) -> None:
    """Fold what is older than the family keeps, if one of these hours begins at midnight UTC."""
    kept = world.family.reporting.hours_kept_days
    midnights = ticks[ticks % HOURS_A_DAY == 0]
    if kept is None or not len(midnights):
        return
    before = int(midnights[-1]) - kept * HOURS_A_DAY
    if world.known is not None:
        # The next refresh after a load looks at the day before the last one.
        before = min(before, world.known.tick - HOURS_A_DAY)
    if before <= 0:
        return
    _fold_ads(world, before)
    _fold_posts(world, before)
    world.folded_until = before
    world.forget_counts()


def _fold_ads(world: World, before: int) -> None:
    ledger = world.ad_hours
    # A day of an account may have begun a day before the last fold ended.
    first, last = ledger.places(world.folded_until - HOURS_A_DAY, before)
    rows = ledger.rows[first:last].astype(np.int64)
    starts = _day_starts(world, ads=rows[:, 1], ticks=rows[:, 0])
    # Whole days only: the last one may still get hours.
    is_whole = starts + HOURS_A_DAY <= before
    ticks = np.where(is_whole, starts, rows[:, 0])
    order, group = _grouped(ticks, rows[:, 1], rows[:, 2])
    _fold(ledger, first, last, order=order, group=group, ticks=ticks, sums_from=3)
    _fold(world.ad_audiences, first, last, order=order, group=group, ticks=ticks, sums_from=2)


def _fold_posts(world: World, before: int) -> None:
    ledger = world.post_hours
    first, last = ledger.places(max(0, world.folded_until - HOURS_A_DAY), before)
    rows = ledger.rows[first:last].astype(np.int64)
    ticks = rows[:, 0] // HOURS_A_DAY * HOURS_A_DAY
    order, group = _grouped(ticks, rows[:, 1], np.zeros_like(ticks))
    _fold(ledger, first, last, order=order, group=group, ticks=ticks, sums_from=2)


def _day_starts(world: World, *, ads: IntArray, ticks: IntArray) -> IntArray:
    """The first tick of each row's local day, not before the world's first."""
    accounts = world.tally.ad_account[ads]
    starts = np.empty(len(ads), dtype=np.int64)
    for account, advertiser_id in enumerate(world.state.advertisers):
        mine = accounts == account
        zone = world.zone(advertiser_id)
        distinct, inverse = np.unique(ticks[mine], return_inverse=True)
        midnights = [_midnight(world, int(tick), zone) for tick in distinct]
        starts[mine] = np.maximum(np.array(midnights, dtype=np.int64), 0)[inverse]
    return starts


def _midnight(world: World, tick: int, zone: ZoneInfo) -> int:
    """The tick that begins the local day of this one; a day may have 23 or 25 hours."""
    day = world.tick_start(tick).astimezone(zone).date()
    begin = datetime.combine(day, time(), zone).astimezone(UTC)
    return -((world.state.epoch - begin) // TICK)


def _grouped(*keys: IntArray) -> tuple[IntArray, BoolArray]:
    """An order in which equal keys are neighbours, and where in it a new key begins."""
    order = np.lexsort(keys[::-1])
    begins = np.zeros(len(order), dtype=bool)
    begins[:1] = True
    for column in keys:
        ordered = column[order]
        begins[1:] |= ordered[1:] != ordered[:-1]
    return order, begins


def _fold(
    ledger: Ledger,
    first: int,
    last: int,
    *,
    order: IntArray,
    group: BoolArray,
    ticks: IntArray,
    sums_from: int,
) -> None:
    """Put one row per group in the place of the rows from `first` to before `last`."""
    if first == last:
        return
    rows = ledger.rows[first:last][order].astype(np.int64)
    starts = np.flatnonzero(group)
    folded = rows[starts]
    folded[:, 0] = ticks[order][starts]
    folded[:, sums_from:] = np.add.reduceat(rows[:, sums_from:], starts, axis=0)
    ledger.replace(first, last, folded)
