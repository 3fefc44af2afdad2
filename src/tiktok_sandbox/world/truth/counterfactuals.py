"""What an ad's own impressions would have brought in the other format: the same viewers, hour by hour.

Impressions by kind of viewer, wear, learning and the post's likes are taken as they were; only the
format changes. Expectations are integrated, nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.comments.climate import climate_shifts
from tiktok_sandbox.world.delivery.effects import (
    Effect,
    find_effects,
    holding,
    tested_groups,
)
from tiktok_sandbox.world.delivery.eligible_ads import GOALS, TO_ANYBODY, exposure_per_view
from tiktok_sandbox.world.delivery.forecast import learned_from, picks
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.delivery.prices import calendar_buying
from tiktok_sandbox.world.delivery.responses import ACTS
from tiktok_sandbox.world.delivery.targeting import target_of
from tiktok_sandbox.world.delivery.wear import wear_of
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.state.hours import HOUR_SECONDS, hours_of
from tiktok_sandbox.world.world import World

EXPECTED = (("views_2s", "view_2s"), ("views_6s", "view_6s"), *ACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdTruth:
    """Impressions of an ad, its own format, and expected counts in either; names as in EXPECTED,
    with views_p100 and orders."""

    ad_id: str
    format: str
    impressions: int
    spark: dict[str, float]
    ads_only: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Hours:
    """An ad's hours: impressions by kind of viewer, and what held in each of them.

    seen : earlier views of the video per person of the target; willing : the calendar's factor of buying
    """

    views: FloatArray
    likes: FloatArray
    seen: FloatArray
    learned: FloatArray
    willing: FloatArray
    talk: FloatArray


def ad_truth(world: World, ad: Ad) -> AdTruth:
    """Expected outcomes of the ad's delivered impressions in both formats."""
    post = world.state.posts[ad.item_id]
    hours = _hours_of(world, ad)
    return AdTruth(
        ad_id=ad.ad_id,
        format="ads_only" if post.ads_only else "spark",
        impressions=int(hours.views.sum()),
        spark=_expected(world, ad, hours, mode=SPARK),
        ads_only=_expected(world, ad, hours, mode=ADS_ONLY),
    )


def _hours_of(world: World, ad: Ad) -> _Hours:
    numbers = world.family.delivery
    world.tally.follow(world)
    rows = world.ad_audiences.rows
    mine = rows[rows[:, 1] == ad.number].astype(np.int64)
    known = mine[:, 0] // numbers.refresh_hours * numbers.refresh_hours
    post = world.post_number(ad.item_id)
    return _Hours(
        views=mine[:, 2:].astype(np.float64),
        likes=_before(known, *_likes_of_post(world, post)),
        seen=_before(known, *_exposures(world, ad, post)),
        learned=learned_from(
            world.family, _before(known, *_orders_of_groups(world, ad)), _goal_of(world, ad)
        ),
        willing=_willing(world, ad, mine[:, 0]),
        talk=climate_shifts(world, ad.item_id, known),
    )


def _willing(world: World, ad: Ad, ticks: IntArray) -> FloatArray:
    """How willing to buy people were in each hour, shape (hours,)."""
    if not len(ticks):
        return np.ones(0)
    first = int(ticks.min())
    hours = hours_of(world.state, first, int(ticks.max()) - first + 1)
    account = world.tally.account_place[ad.advertiser_id]
    found: FloatArray = calendar_buying(world.family, hours)[ticks - first, account]
    return found


def _before(ticks: IntArray, when: IntArray, amounts: FloatArray) -> FloatArray:
    """Sums of amounts booked before each tick; amounts shape (events, …), when sorted."""
    order = np.argsort(when, kind="stable")
    sums = np.concatenate([np.zeros((1, *amounts.shape[1:])), np.cumsum(amounts[order], axis=0)])
    result: FloatArray = sums[np.searchsorted(when[order], ticks)]
    return result


def _likes_of_post(world: World, post: int) -> tuple[IntArray, FloatArray]:
    when, amounts = [], []
    for ledger, place in ((world.post_hours, 1), (world.ad_hours, 2)):
        rows = ledger.rows[ledger.rows[:, place] == post]
        when.append(rows[:, 0].astype(np.int64))
        amounts.append(rows[:, ledger.place("likes")].astype(np.float64))
    return np.concatenate(when), np.concatenate(amounts)


def _exposures(world: World, ad: Ad, post: int) -> tuple[IntArray, FloatArray]:
    """When the video was shown, and what each of these hours added per person of the ad's target."""
    tally, creative = world.tally, world.tally.creative
    same = creative[world.ad_hours.rows[:, 2]] == creative[post]
    rows = world.ad_audiences.rows[same].astype(np.int64)
    if not len(rows):
        return rows[:, 0], rows[:, 2:].astype(np.float64)
    groups = list(world.state.adgroups.values())
    distinct, inverse = np.unique(tally.ad_group[rows[:, 1]], return_inverse=True)
    targets = np.stack([target_of(world, groups[number]).people for number in distinct])
    own = np.full(len(distinct), tally.ad_group[ad.number])
    mine = np.stack([target_of(world, world.state.adgroups[ad.adgroup_id]).people] * len(distinct))
    per_view = exposure_per_view(
        world.family, _effects_of(world, ad), own, distinct, mine=mine, theirs=targets
    )
    return rows[:, 0], rows[:, 2:] * per_view[inverse]


def _effects_of(world: World, ad: Ad) -> list[Effect]:
    """The effects that held at some hour in which the ad was shown."""
    ticks = world.ad_hours.column("tick")[world.ad_hours.column("ad") == ad.number]
    if not len(ticks):
        return []
    epoch = seconds(world.state.epoch)
    first, last = (epoch + int(tick) * HOUR_SECONDS for tick in (ticks.min(), ticks.max() + 1))
    return holding(find_effects(world), first, last)


def _goal_of(world: World, ad: Ad) -> IntArray:
    goal = str(world.state.adgroups[ad.adgroup_id].fields.get("optimization_goal"))
    return np.array(GOALS.get(goal, TO_ANYBODY))


def _orders_of_groups(world: World, ad: Ad) -> tuple[IntArray, FloatArray]:
    """When orders came that the ad's group learned from, and how much each of them counted."""
    orders = world.orders
    paid = orders.rows[orders.rows[:, orders.place("source")] == PAID]
    group = world.tally.ad_group
    own = int(group[ad.number])
    tests = tested_groups(_effects_of(world, ad))
    together = next((groups for groups in tests if own in groups), np.array([own]))
    mine = paid[np.isin(group[paid[:, orders.place("ref")]], together)]
    return mine[:, 0].astype(np.int64), np.full(len(mine), 1 / len(together))


def _expected(world: World, ad: Ad, hours: _Hours, *, mode: int) -> dict[str, float]:
    adgroup = world.state.adgroups[ad.adgroup_id]
    goal = np.full(len(hours.views), int(_goal_of(world, ad)))
    buying, clicking = picks(world.family, goal, hours.learned)
    buying = buying * target_of(world, adgroup).buying * hours.willing
    wear = wear_of(world.family, hours.seen)
    views = views_of(
        world.traits,
        np.full(len(hours.views), world.post_number(ad.item_id)),
        mode=mode,
        likes=hours.likes if mode == SPARK else 0.0,
        frequency=wear.frequency,
        buying=buying[:, None] * wear.buy,
        clicking=clicking[:, None] * wear.click,
        talk=hours.talk,
    )
    found = rates(world.family.response, views)
    sums = {name: float((hours.views * getattr(found, rate)).sum()) for name, rate in EXPECTED}
    sums["views_p100"] = float((hours.views * found.quartiles[3]).sum())
    sums["orders"] = float((hours.views * found.click * found.purchase).sum())
    return {name: round(value, 4) for name, value in sums.items()}
