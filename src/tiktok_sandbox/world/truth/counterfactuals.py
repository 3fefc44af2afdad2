"""What an ad's own impressions would have brought in the other format: the same viewers, hour by hour.

Impressions by kind of viewer, wear, learning and the post's likes are taken as they were; only the
format changes. Expectations are integrated, nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.comments.climate import climate_shifts
from tiktok_sandbox.world.delivery.eligible_ads import GOALS, TO_ANYBODY, TO_BUY, TO_CLICK
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

EXPECTED = (
    ("views_2s", "view_2s"),
    ("views_6s", "view_6s"),
    ("likes", "like"),
    ("comments", "comment"),
    ("shares", "share"),
    ("favorites", "favorite"),
    ("follows", "follow"),
    ("profile_visits", "profile_visit"),
    ("clicks", "click"),
)


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
    """An ad's hours: impressions by kind of viewer, and what held in each of them."""

    views: FloatArray
    likes: FloatArray
    frequency: FloatArray
    learned: FloatArray
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
    people = np.array([kind.share for kind in world.family.segments])
    seen = _before(known, *_views_of_creative(world, post))
    return _Hours(
        views=mine[:, 2:].astype(np.float64),
        likes=_before(known, *_likes_of_post(world, post)),
        frequency=seen / (numbers.audience * people),
        learned=1 - np.exp(-_before(known, *_orders_of_group(world, ad)) / numbers.learning_events),
        talk=climate_shifts(world, ad.item_id, known),
    )


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


def _views_of_creative(world: World, post: int) -> tuple[IntArray, FloatArray]:
    creative = world.tally.creative
    same = creative[world.ad_hours.rows[:, 2]] == creative[post]
    rows = world.ad_audiences.rows[same]
    return rows[:, 0].astype(np.int64), rows[:, 2:].astype(np.float64)


def _orders_of_group(world: World, ad: Ad) -> tuple[IntArray, FloatArray]:
    orders = world.orders
    paid = orders.rows[orders.rows[:, orders.place("source")] == PAID]
    group = world.tally.ad_group
    mine = paid[group[paid[:, orders.place("ref")]] == group[ad.number]]
    return mine[:, 0].astype(np.int64), np.ones(len(mine))


def _expected(world: World, ad: Ad, hours: _Hours, *, mode: int) -> dict[str, float]:
    numbers = world.family.delivery
    goal_name = str(world.state.adgroups[ad.adgroup_id].fields.get("optimization_goal"))
    goal = GOALS.get(goal_name, TO_ANYBODY)
    lift = numbers.optimised_low + (numbers.optimised_high - numbers.optimised_low) * hours.learned
    buying = lift if goal == TO_BUY else np.ones(len(hours.views))
    clicking = numbers.click_optimised if goal == TO_CLICK else 1.0
    views = views_of(
        world.traits,
        np.full(len(hours.views), world.post_number(ad.item_id)),
        mode=mode,
        likes=hours.likes if mode == SPARK else 0.0,
        frequency=hours.frequency,
        buying=buying[:, None] * (1 + hours.frequency) ** -numbers.buy_wear,
        clicking=clicking * (1 + hours.frequency) ** -numbers.click_wear,
        talk=hours.talk,
    )
    found = rates(world.family.response, views)
    sums = {name: float((hours.views * getattr(found, rate)).sum()) for name, rate in EXPECTED}
    sums["views_p100"] = float((hours.views * found.quartiles[3]).sum())
    sums["orders"] = float((hours.views * found.click * found.purchase).sum())
    return {name: round(value, 4) for name, value in sums.items()}
