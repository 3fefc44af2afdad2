"""Ad delivery: which ads run in each hour, what they win in the auction, and what they pay.

Several hours are a handful of array operations over rows (an ad in an hour) and kinds of viewers. Hours
simulated at once and one by one are the same hours: every draw belongs to its hour and ad, and every
plan to the last refresh. What viewers then do is in responses.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.ads.outages import unheard
from tiktok_sandbox.world.delivery.effects import PEOPLE, PRICE, SKEW, factors
from tiktok_sandbox.world.delivery.eligible_ads import (
    PER_CLICK,
    PER_NOTHING,
    PER_ORDER,
    PER_THOUSAND,
    PER_VIEW,
    EligibleAds,
)
from tiktok_sandbox.world.delivery.forecast import Forecast
from tiktok_sandbox.world.delivery.market import HEIGHT_SPAN, Market
from tiktok_sandbox.world.delivery.orders import place_ad_orders
from tiktok_sandbox.world.delivery.pacing import Purses, targets
from tiktok_sandbox.world.delivery.prices import calendar_buying, calendar_prices
from tiktok_sandbox.world.delivery.responses import draw_responses
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.posts.response import Rates, at_rows
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import (
    FloatArray,
    IntArray,
    Stream,
    hashed,
    hashed_normals,
    poisson,
)
from tiktok_sandbox.world.state.hours import Hours
from tiktok_sandbox.world.world import World

EXPLORE = 0.25
"""Share of the mean that every ad of a group gets beside its own expectation; our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAds:
    """Rows: an eligible ad in an hour in which it runs, sorted by hour and ad; arrays shape (rows,)."""

    hour: IntArray
    place: IntArray
    group: IntArray
    account: IntArray
    tick: IntArray
    start: IntArray

    def __len__(self) -> int:
        return len(self.hour)


def deliver_ads(
    world: World,
    hours: Hours,
    eligible: EligibleAds,
    forecast: Forecast,
    known: Snapshot,
    market: Market,
) -> None:
    """Advertising of these hours: spend within every budget, responses, and orders."""
    live = live_ads(eligible, hours)
    if len(live):
        spend, views = buy(world, hours, eligible, forecast, known, market, live=live)
        shown = views.sum(axis=1) > 0
        if shown.any():
            _book(world, hours, eligible, forecast, live, shown, spend=spend, views=views)
    world.tally.open_days(hours.local_day[-1])


def live_ads(eligible: EligibleAds, hours: Hours) -> LiveAds:
    """The ads whose window covers a whole hour and whose dayparting allows it, in each hour."""
    slot = hours.local_weekday * 24 + hours.local_hour
    start, end = hours.start[:, None], hours.end[:, None]
    is_live = (
        (eligible.from_second <= start)
        & (end <= eligible.until_second)
        & (end <= eligible.group_end[eligible.group])
        & eligible.pattern_hours[eligible.group_pattern[eligible.group], slot[:, eligible.account]]
    )
    hour, place = np.nonzero(is_live)
    return LiveAds(
        hour=hour,
        place=place,
        group=eligible.group[place],
        account=eligible.account[place],
        tick=hours.tick[hour],
        start=hours.start[hour],
    )


def buy(
    world: World,
    hours: Hours,
    eligible: EligibleAds,
    forecast: Forecast,
    known: Snapshot,
    market: Market,
    *,
    live: LiveAds,
) -> tuple[IntArray, IntArray]:
    """Minor units spent, shape (rows,), and impressions by kind of viewer, (rows, segments)."""
    part, target = _parts(world, hours, eligible, forecast, known, live)
    chances = opportunities(world, hours, eligible, live) * part[:, None]
    level = _level(world, hours, eligible, forecast, live)
    heights = _heights(eligible, forecast, market, live=live, level=level)
    raised = market.raise_for(heights, chances * level / 1000, target)
    has_bid = eligible.group_bid_kind[live.group] != PER_NOTHING
    heights = heights + np.where(has_bid, np.minimum(raised, 0.0), raised)[:, None]
    wanted = chances * market.share_at(heights)
    expected = _one_mix_per_test(eligible, live, wanted)
    segments = np.arange(chances.shape[1])
    luck = hashed(
        world.seed, "ad.views", live.tick[:, None], eligible.number[live.place][:, None], segments
    )
    views = poisson(expected, luck)
    price = np.divide(
        chances * market.cost_at(heights) * level / 1000,
        expected,
        out=np.zeros_like(expected),
        where=expected > 0,
    )
    cost = (views * price).sum(axis=1)
    keep, spend = _paid(world, hours, eligible, live, cost)
    views = np.floor(views * keep[:, None]).astype(np.int64)
    # A fraction of a minor unit buys nothing, and nothing shown costs nothing.
    views[spend == 0] = 0
    spend[views.sum(axis=1) == 0] = 0
    return spend, views


def _one_mix_per_test(eligible: EligibleAds, live: LiveAds, wanted: FloatArray) -> FloatArray:
    """Expected views by kind of viewer, where the cells of a split test get the same mix of them.

    The platform divides people at random, so a cell that buys deeper for the same money still meets the
    same kinds of them. How many views each ad gets stays as it is.
    """
    found = wanted
    diverging = [each.group for each in eligible.effects if each.kind == SKEW]
    for groups in eligible.tested_groups:
        if np.isin(groups, diverging).any():
            continue
        tested = np.flatnonzero(np.isin(live.group, groups))
        if found is wanted:
            found = wanted.copy()
        for hour in np.unique(live.hour[tested]):
            rows = tested[live.hour[tested] == hour]
            each = wanted[rows].sum(axis=1, keepdims=True)
            mix = np.divide(wanted[rows], each, out=np.zeros_like(wanted[rows]), where=each > 0)
            found[rows] = each * mix.sum(axis=0) / max(1, int((each > 0).sum()))
    return found


def _parts(
    world: World,
    hours: Hours,
    eligible: EligibleAds,
    forecast: Forecast,
    known: Snapshot,
    live: LiveAds,
) -> tuple[FloatArray, FloatArray]:
    """Each row's part of its ad group's chances, and the minor units it aims to spend."""
    count = len(eligible.group_budget)
    busy, inverse, members = np.unique(
        live.hour * count + live.group, return_inverse=True, return_counts=True
    )
    worth = forecast.worth[live.place]
    total = np.bincount(inverse, weights=worth, minlength=len(busy))
    part = (worth + EXPLORE * (total / members)[inverse]) / ((1 + EXPLORE) * total[inverse])
    return part, part * targets(world, eligible, known, hours, busy)[inverse]


def opportunities(world: World, hours: Hours, eligible: EligibleAds, live: LiveAds) -> FloatArray:
    """Impressions that the ad group of each row could win, by kind of viewer, shape (rows, segments)."""
    people = world.family.delivery.audience * segment_shares(world.family)
    traffic = TRAFFIC[hours.local_hour[live.hour, live.account]] / TRAFFIC.sum()
    share = factors(eligible.effects, PEOPLE, groups=live.group, starts=live.start)
    often = eligible.group_slots[live.group] * traffic * share
    found: FloatArray = people * eligible.group_people[live.group] * often[:, None]
    return found


def _level(
    world: World, hours: Hours, eligible: EligibleAds, forecast: Forecast, live: LiveAds
) -> FloatArray:
    """The rivals' median eCPM in minor units as each row meets it, shape (rows, segments)."""
    numbers = world.family.delivery
    calendar = calendar_prices(world.family, hours)[live.hour, live.account]
    everybody = hashed_normals(world.seed, "market", live.tick, live.account)
    own = hashed_normals(world.seed, "ad.market", live.tick, eligible.luck[live.place])
    luck = np.exp(numbers.market_noise * (everybody + own))
    shock = factors(eligible.effects, PRICE, groups=live.group, starts=live.start)
    level: FloatArray = forecast.level[live.place] * (calendar * luck * shock)[:, None]
    return level


def _heights(
    eligible: EligibleAds,
    forecast: Forecast,
    market: Market,
    *,
    live: LiveAds,
    level: FloatArray,
) -> FloatArray:
    """Where each row's score stands among the rivals', shape (rows, segments).

    Without a bid the score is the expected result alone, to be raised as far as the budget goes; with
    one it is the bid times the expected result, and goes no higher.
    """
    value = forecast.value[live.place]
    kind = eligible.group_bid_kind[live.group]
    if (kind != PER_NOTHING).any():
        bids = np.log(np.maximum(_bids(eligible, forecast, live), 1e-9))
        value = np.where((kind == PER_NOTHING)[:, None], value, bids)
    skew = factors(eligible.effects, SKEW, groups=live.group, starts=live.start)
    if (skew != 1.0).any():
        value = value + np.log(skew)[:, None] * np.linspace(-1, 1, value.shape[1])
    heights: FloatArray = (value - np.log(level)) / market.spread
    # Only differences matter without a bid; the middle keeps the search short.
    middle = np.where(kind == PER_NOTHING, heights.mean(axis=1), 0.0)
    return np.clip(heights - middle[:, None], -HEIGHT_SPAN, HEIGHT_SPAN)


def _bids(eligible: EligibleAds, forecast: Forecast, live: LiveAds) -> FloatArray:
    """Minor units per thousand impressions that each row's bid comes to, shape (rows, segments)."""
    kind, bid = (
        eligible.group_bid_kind[live.group][:, None],
        eligible.group_bid[live.group][:, None],
    )
    found = forecast.rates
    click, view = found.click[live.place], found.view_6s[live.place]
    per_thousand: FloatArray = np.select(
        [kind == PER_CLICK, kind == PER_THOUSAND, kind == PER_VIEW, kind == PER_ORDER],
        [
            bid * click * 1000,
            np.broadcast_to(bid, click.shape),
            bid * view * 1000,
            bid * click * found.purchase[live.place] * 1000,
        ],
        1.0,
    )
    return per_thousand


def _paid(
    world: World, hours: Hours, eligible: EligibleAds, live: LiveAds, cost: FloatArray
) -> tuple[FloatArray, IntArray]:
    """The share of each row's cost that fits into every budget, and what is paid, hour by hour.

    A fraction of a minor unit is paid as often as it is large, so that small hours are no cheaper.
    """
    keep, spent = np.ones(len(live)), np.zeros(len(live), dtype=np.int64)
    rounding = hashed(world.seed, "ad.rounding", live.tick, eligible.number[live.place])
    purses = Purses(world, eligible)
    ends = np.searchsorted(live.hour, np.arange(len(hours) + 1))
    for hour in range(len(hours)):
        rows = slice(ends[hour], ends[hour + 1])
        keep[rows], spent[rows] = purses.pay(
            hours,
            hour,
            group=live.group[rows],
            campaign=eligible.campaign[live.place[rows]],
            account=live.account[rows],
            cost=cost[rows],
            rounding=rounding[rows],
        )
    return keep, spent


def _book(
    world: World,
    hours: Hours,
    eligible: EligibleAds,
    forecast: Forecast,
    live: LiveAds,
    shown: IntArray,
    *,
    spend: IntArray,
    views: IntArray,
) -> None:
    """Draw what viewers did and write it down; rows without a view leave nothing."""
    place, tick, hour = live.place[shown], live.tick[shown], live.hour[shown]
    account, spend, views = live.account[shown], spend[shown], views[shown]
    numbers, posts = eligible.number[place], eligible.post[place]
    willing = calendar_buying(world.family, hours)[hour, account]
    found: Rates = at_rows(forecast.rates, place)
    stream = Stream(seed=world.seed, name="ad", ticks=tick, places=numbers)
    counts, purchase = draw_responses(stream, views, found, shown=views.sum(axis=1))
    columns = {
        "tick": tick,
        "ad": numbers,
        "post": posts,
        "spend_minor": spend,
        "impressions": views.sum(axis=1),
        **counts,
    }
    world.ad_hours.append(np.stack([columns[name] for name in AD_HOUR], axis=1))
    world.ad_audiences.append(np.concatenate([np.stack([tick, numbers], axis=1), views], axis=1))
    world.tally.open_days(hours.local_day[-1])
    world.tally.book_ads(
        numbers=numbers,
        posts=posts,
        spend=spend,
        likes=counts["likes"],
        views=views,
        exposures=eligible.exposure[place],
        is_today=hours.local_day[hour, account] == hours.local_day[-1][account],
    )
    chance = np.minimum(purchase * willing, 1.0)
    bought = stream.thinned(counts["clicks"], {"orders": chance})["orders"]
    buyers = np.flatnonzero(bought)
    if len(buyers):
        sold = place_ad_orders(
            world, eligible, ticks=tick[buyers], places=place[buyers], counts=bought[buyers]
        )
        silent = unheard(world, ads=numbers[buyers], ticks=tick[buyers])
        # What the pixel does not say cannot be learned from.
        world.tally.book_orders(numbers[buyers], np.where(silent, 0, sold))
