"""What each ad group aims to spend in an hour, and how spending stays within every budget.

The aim of an hour follows from the sums of the last refresh, so that it does not depend on how the
hours since are simulated. What has really been spent caps it, hour by hour.
"""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.ads.budgets import OPEN_END_DAYS
from tiktok_sandbox.world.delivery.effects import SPEND, factors
from tiktok_sandbox.world.delivery.eligible_ads import (
    FOREVER,
    HOURS_A_WEEK,
    NO_BUDGET,
    EligibleAds,
    traffic_until,
)
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray, hashed_normals
from tiktok_sandbox.world.state.hours import HOUR_SECONDS, HOURS_A_DAY, Hours
from tiktok_sandbox.world.world import World

EVERY_HOUR = traffic_until(np.ones((1, HOURS_A_WEEK), dtype=bool))


def targets(
    world: World, eligible: EligibleAds, known: Snapshot, hours: Hours, busy: IntArray
) -> FloatArray:
    """Minor units that each busy ad group aims to spend.

    busy : flat places hour * groups + group, sorted. Returns one number for each.
    """
    tally, count = world.tally, len(eligible.group_budget)
    hour, group = np.divmod(busy, count)
    account = tally.group_account[group]
    own = _shares(
        hours,
        hour,
        account,
        known,
        budget=eligible.group_budget[group],
        is_daily=eligible.group_daily[group] > 0,
        today=known.sums["group_today"][group],
        life=known.sums["group_life"][group],
        begin=eligible.group_begin[group],
        end=eligible.group_end[group],
        weeks=eligible.pattern_traffic,
        week=eligible.group_pattern[group],
    )
    own = own * eligible.group_pace_factor[group]
    aims = _within_campaigns(world, eligible, known, hours, hour=hour, group=group, own=own)
    noise = hashed_normals(world.seed, "ad.pace", hours.tick[hour], eligible.group_luck[group])
    aims = aims * np.exp(world.family.delivery.pace_noise * noise)
    return aims * factors(eligible.effects, SPEND, groups=group, starts=hours.start[hour])


def _shares(
    hours: Hours,
    hour: IntArray,
    account: IntArray,
    known: Snapshot,
    *,
    budget: IntArray,
    is_daily: BoolArray,
    today: FloatArray,
    life: FloatArray,
    begin: IntArray,
    end: IntArray,
    weeks: FloatArray,
    week: IntArray,
) -> FloatArray:
    """The hour's part of what is left, spread like traffic over the allowed hours; NaN without a budget.

    A daily budget has to last until midnight of the account's zone, or until the schedule ends, and of
    its first day only the part counts that is left of the day's traffic; a lifetime budget has to last
    until the end, or OPEN_END_DAYS without one.

    weeks : traffic before each hour of a week, shape (patterns, 169); week : each row's pattern
    """
    local, weekday = hours.local_hour[hour, account], hours.local_weekday[hour, account]
    since = hours.tick[hour] - known.tick
    is_same_day = known.account_day[account] == hours.local_day[hour, account]
    slot = weekday * HOURS_A_DAY + local
    now = weeks[week, slot + 1] - weeks[week, slot]
    # Daily: from the hour of the refresh, or from midnight if the day began after it.
    opened = np.where(is_same_day, np.maximum(local - since, 0), 0)
    hours_left = np.maximum(1, (end - hours.start[hour]) // HOUR_SECONDS)
    last = np.minimum(HOURS_A_DAY, local + hours_left)
    midnight = weekday * HOURS_A_DAY
    until = weeks[week, midnight + last]
    # On the day an ad group begins, what was before it is no part of its day.
    age = (hours.start[hour] - begin) // HOUR_SECONDS
    born = np.where(age <= local, np.clip(local - age, 0, local), 0)
    whole_day = np.maximum(until - weeks[week, midnight], now)
    of_day = (until - weeks[week, midnight + born]) / np.maximum(whole_day, 1e-12)
    day = until - weeks[week, midnight + np.maximum(opened, born)]
    left_today = budget * of_day - np.where(is_same_day, today, 0.0)
    # Lifetime: from the hour of the refresh to the end, whole weeks and the rest of one.
    length = np.where(end >= FOREVER, OPEN_END_DAYS * HOURS_A_DAY, hours_left) + since
    times, rest = np.divmod(length, HOURS_A_WEEK)
    first = (slot - since) % HOURS_A_WEEK
    after = first + rest
    whole_week = weeks[week, HOURS_A_WEEK]
    part = np.where(
        after <= HOURS_A_WEEK,
        weeks[week, np.minimum(after, HOURS_A_WEEK)] - weeks[week, first],
        whole_week - weeks[week, first] + weeks[week, np.maximum(after - HOURS_A_WEEK, 0)],
    )
    whole = np.where(is_daily, day, times * whole_week + part)
    left = np.maximum(np.where(is_daily, left_today, budget - life), 0.0)
    share: FloatArray = left * now / np.maximum(whole, now)
    return np.where(budget == NO_BUDGET, np.nan, share)


def _within_campaigns(
    world: World,
    eligible: EligibleAds,
    known: Snapshot,
    hours: Hours,
    *,
    hour: IntArray,
    group: IntArray,
    own: FloatArray,
) -> FloatArray:
    """Cap ad groups at their campaign's aim; those without a budget share what remains of it."""
    tally, count = world.tally, len(eligible.campaign_budget)
    campaign = tally.group_campaign[group]
    places, inverse = np.unique(hour * count + campaign, return_inverse=True)
    which, number = np.divmod(places, count)
    end = np.zeros(len(places), dtype=np.int64)
    np.maximum.at(end, inverse, eligible.group_end[group])
    begin = np.full(len(places), FOREVER, dtype=np.int64)
    np.minimum.at(begin, inverse, eligible.group_begin[group])
    whole = _shares(
        hours,
        which,
        tally.campaign_account[number],
        known,
        budget=eligible.campaign_budget[number],
        is_daily=eligible.campaign_daily[number] > 0,
        today=known.sums["campaign_today"][number],
        life=known.sums["campaign_life"][number],
        begin=begin,
        end=end,
        weeks=EVERY_HOUR,
        week=np.zeros(len(places), dtype=np.int64),
    )
    is_open = np.isnan(own)
    asked = np.bincount(inverse, weights=np.where(is_open, 0.0, own), minlength=len(places))
    sharers = np.bincount(inverse, weights=is_open, minlength=len(places))
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(np.isnan(whole) | (asked <= whole), 1.0, whole / asked)
        rest = np.maximum(whole - asked, 0.0) / sharers
    free = float(world.family.delivery.open_hour_minor)
    given = np.where(np.isnan(whole), free, rest)[inverse]
    return np.where(is_open, given, own * cut[inverse])


class Purses:
    """What ad groups, campaigns and accounts have left, as hours are paid one after another."""

    def __init__(self, world: World, eligible: EligibleAds) -> None:
        tally = world.tally
        self._eligible = eligible
        self._day = tally.account_day.copy()
        self._owners = tally.group_account, tally.campaign_account
        self._today = tally.group_today.copy(), tally.campaign_today.copy()
        self._life = tally.group_life.copy(), tally.campaign_life.copy(), tally.account_life.copy()

    def pay(
        self,
        hours: Hours,
        hour: int,
        *,
        group: IntArray,
        campaign: IntArray,
        account: IntArray,
        cost: FloatArray,
        rounding: FloatArray,
    ) -> tuple[FloatArray, IntArray]:
        """The share of each row's cost that fits into every budget, and what is paid of it; books it.

        rounding : in (0, 1), added before rounding down wherever there is room for it
        """
        self._open(hours.local_day[hour])
        eligible = self._eligible
        left = (
            _left(eligible.group_budget, eligible.group_daily, self._today[0], self._life[0]),
            _left(eligible.campaign_budget, eligible.campaign_daily, self._today[1], self._life[1]),
            np.maximum(eligible.account_balance - self._life[2], 0),
        )
        owners = (group, campaign, account)
        keep = np.ones(len(cost))
        for place, rest in zip(owners, left, strict=True):
            keep *= _cut(cost * keep, place, rest)
        spent = np.floor(cost * keep + rounding)
        for place, rest in zip(owners, left, strict=True):
            asked = np.bincount(place, weights=spent, minlength=len(rest))
            is_over = (rest != NO_BUDGET) & (asked > rest)
            spent = np.where(is_over[place], np.floor(cost * keep), spent)
        for sums, place in zip(
            (*self._today, *self._life), (group, campaign, group, campaign, account), strict=True
        ):
            sums += np.bincount(place, weights=spent, minlength=len(sums)).astype(np.int64)
        return keep, spent.astype(np.int64)

    def _open(self, days: IntArray) -> None:
        turned = self._day != days
        if turned.any():
            for sums, owner in zip(self._today, self._owners, strict=True):
                sums[turned[owner]] = 0
            self._day = days.copy()


def _left(budget: IntArray, is_daily: IntArray, today: IntArray, life: IntArray) -> IntArray:
    spent = np.where(is_daily > 0, today, life)
    return np.where(budget == NO_BUDGET, NO_BUDGET, np.maximum(budget - spent, 0))


def _cut(cost: FloatArray, place: IntArray, left: IntArray) -> FloatArray:
    """The share of each row's cost that still fits into what its group, campaign or account has."""
    asked = np.bincount(place, weights=cost, minlength=len(left))
    with np.errstate(divide="ignore", invalid="ignore"):
        fits = np.where((left == NO_BUDGET) | (asked <= left), 1.0, left / asked)
    result: FloatArray = fits[place]
    return result
