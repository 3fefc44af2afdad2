"""What the platform calculates with until its next refresh: rates of every ad, and whom it picks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.signals import orders_known_to_platform
from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.eligible_ads import TO_BUY, TO_CLICK, EligibleAds
from tiktok_sandbox.world.delivery.prices import (
    crowd_prices,
    product_prices,
    segment_prices,
    video_prices,
)
from tiktok_sandbox.world.delivery.wear import wear_of
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.posts.response import SPARK, Rates, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.posts.waves import bar_of, segment_shares
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, hashed_normals
from tiktok_sandbox.world.world import World

LEARNED_AT_START = 0.3
LEAST_RATE = 1e-12
SIX_SECOND_PART = 1
"""Place of the 6-second view rate among the typical parts of `waves.bar_of`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """For every eligible ad, until the next refresh.

    rates : shape (ads, segments); value : logarithm of what a view is expected to bring, as far as
    delivery can tell viewers apart, shape (ads, segments); level : rivals' level in minor units a
    thousand before the calendar, shape (ads, segments); worth : expected result of a view, for sharing
    an ad group's budget, shape (ads,)
    """

    rates: Rates
    value: FloatArray
    level: FloatArray
    worth: FloatArray


def picks(family: Family, goal: IntArray, learned: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How much more often the people that delivery picks buy and click, by goal and learning."""
    numbers = family.delivery
    lift = numbers.optimised_low + (numbers.optimised_high - numbers.optimised_low) * learned
    buying = np.where(goal == TO_BUY, lift, 1.0)
    clicking = np.where(goal == TO_CLICK, numbers.click_optimised, 1.0)
    return buying, clicking


def learned_from(family: Family, orders: FloatArray, goal: IntArray | None = None) -> FloatArray:
    """How much of its learning an ad group has behind it after so many orders, 0 to 1.

    goal : what it delivers for, purchases if not given; of clicks and views there are so many that
    learning is over at once
    """
    learned: FloatArray = 1 - np.exp(-orders / family.delivery.learning_events)
    return learned if goal is None else np.where(goal == TO_BUY, learned, 1.0)


def orders_to_learn_from(world: World, eligible: EligibleAds, known: Snapshot) -> FloatArray:
    """Orders that each ad group has learned from, shape (groups,): its own that the platform knows of.

    The cells of a split test are one video to learn about, so each has the mean of all cells; otherwise
    chance alone would show the cells to different people.
    """
    orders = orders_known_to_platform(world, known.sums["group_orders"]).copy()
    for groups in eligible.tested_groups:
        orders[groups] = orders[groups].mean()
    return orders


def seen_before(eligible: EligibleAds, known: Snapshot) -> FloatArray:
    """Earlier views of the video per person of the ad's target, shape (ads, segments)."""
    pairs = eligible.pairs
    found = np.zeros((len(eligible), known.sums["exposures"].shape[1]))
    np.add.at(found, pairs.ad, known.sums["exposures"][pairs.exposure] * pairs.per_view)
    return found


def forecast_rates(world: World, eligible: EligibleAds, known: Snapshot) -> Forecast:
    """Rates from the sums of the last refresh: social proof, wear, learning, optimisation."""
    family = world.family
    goal = eligible.group_goal[eligible.group]
    learned = learned_from(
        family, orders_to_learn_from(world, eligible, known)[eligible.group], goal
    )
    wear = wear_of(family, seen_before(eligible, known))
    buying, clicking = picks(family, goal, learned)
    audience = eligible.group_buying[eligible.group]
    views = views_of(
        world.traits,
        eligible.post,
        mode=eligible.mode,
        likes=np.where(eligible.mode == SPARK, known.sums["post_likes"][eligible.post], 0.0),
        frequency=wear.frequency,
        buying=(buying * audience)[:, None] * wear.buy,
        clicking=clicking[:, None] * wear.click,
        talk=climate_shift(world)[eligible.post],
    )
    found = rates(family.response, views)
    expected = _expected(world, eligible, found, goal=goal, learned=learned)
    skill = family.delivery.sharpness * (LEARNED_AT_START + (1 - LEARNED_AT_START) * learned)
    picked = buying * audience * clicking
    return Forecast(
        rates=found,
        value=_alike_in_tests(eligible, skill[:, None] * np.log(expected)),
        level=_level(world, eligible, found, known, picked=picked),
        worth=(expected * segment_shares(family)).sum(axis=1),
    )


def _alike_in_tests(eligible: EligibleAds, value: FloatArray) -> FloatArray:
    """Cells of a split test look for the same people: those whom the mean of their ads is worth most."""
    for groups in eligible.tested_groups:
        tested = np.isin(eligible.group, groups)
        if tested.any():
            value[tested] = value[tested].mean(axis=0)
    return value


def _expected(
    world: World, eligible: EligibleAds, found: Rates, *, goal: IntArray, learned: FloatArray
) -> FloatArray:
    """Results per impression as the platform guesses them: the guess is noisy until it has learned."""
    by_goal = np.select(
        [(goal == TO_BUY)[:, None], (goal == TO_CLICK)[:, None]],
        [found.click * found.purchase, found.click],
        found.view_6s,
    )
    noise = world.family.delivery.learning_noise * np.sqrt(1 - learned)
    guess = hashed_normals(world.seed, "learning", eligible.number)
    expected: FloatArray = by_goal * np.exp(noise * guess)[:, None] + LEAST_RATE
    return expected


def _level(
    world: World, eligible: EligibleAds, found: Rates, known: Snapshot, *, picked: FloatArray
) -> FloatArray:
    """What an ad has to outbid before the calendar and the hour's luck; credit lowers it."""
    family, numbers = world.family, world.family.delivery
    own = (
        numbers.rival_cpm_minor
        * picked**numbers.contest
        * product_prices(family, world.seed, world.traits.product[eligible.post])
        * video_prices(family, world.seed, world.tally.creative[eligible.post])
    )
    credit = np.where(eligible.mode == SPARK, 1 + numbers.spark_credit, 1.0)
    usual = bar_of(family).typical[SIX_SECOND_PART]
    quality = (found.view_6s / usual) ** numbers.quality_power
    crowd = crowd_prices(family, known.recent)[eligible.account]
    level: FloatArray = (own / credit)[:, None] * segment_prices(family) * crowd / quality
    return level
