"""Ground truth: what an ad would bring under other choices, by integration instead of simulation.

Expectations over viewers with everything known: true qualities, social proof, wear, prices. No draw
is made, so two branches differ only by the change. Never readable through the platform's API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK, Rates, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.world import World

STEP_MINOR = 2000
"""Least daily budget of an ad group and the step of the oracle's plans [T]."""
MOST_STEPS = 50
OUTCOMES = (
    ("thumb_stops", "view_2s"),
    ("views_6s", "view_6s"),
    ("likes", "like"),
    ("comments", "comment"),
    ("shares", "share"),
    ("clicks", "click"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Expected counts per 1,000 impressions of one video in one mode."""

    thumb_stops: float
    views_6s: float
    completions: float
    likes: float
    comments: float
    shares: float
    clicks: float
    orders: float


def people_of(world: World) -> FloatArray:
    return np.array([kind.share for kind in world.family.segments])


def lift_of(world: World) -> float:
    """Purchase factor of delivery that optimises for purchases, halfway through learning."""
    numbers = world.family.delivery
    return (numbers.optimised_low + numbers.optimised_high) / 2


def branches(world: World, item_id: str, *, likes: float | None = None) -> dict[str, Branch]:
    """The same video, shown to the same people, as a Spark Ad and as an ads-only ad.

    likes : visible on the Spark Ad; what the post has now, if None. Nobody has seen it before.
    """
    place = np.array([world.post_number(item_id)])
    world.tally.follow(world)
    visible = float(world.tally.post_likes[place[0]]) if likes is None else likes
    talk = climate_shift(world)[place]
    found = {}
    for name, mode, social in (("spark", SPARK, visible), ("ads_only", ADS_ONLY, 0.0)):
        views = views_of(
            world.traits, place, mode=mode, likes=social, buying=lift_of(world), talk=talk
        )
        found[name] = branch_of(rates(world.family.response, views), people_of(world))
    return found


def branch_of(found: Rates, mix: FloatArray) -> Branch:
    """Means over viewers, of the first row."""

    def mean(rate: FloatArray) -> float:
        return round(1000 * float((rate[0] * mix).sum()), 6)

    return Branch(
        **{name: mean(getattr(found, rate)) for name, rate in OUTCOMES},
        completions=mean(found.quartiles[3]),
        orders=mean(found.click * found.purchase),
    )


def lift(better: Branch, base: Branch, name: str) -> float | None:
    """Relative difference of one outcome, None where the base has none of it."""
    low = float(getattr(base, name))
    return round(float(getattr(better, name)) / low - 1, 6) if low > 0 else None


def contribution_minor(world: World, places: IntArray) -> FloatArray:
    """Expected minor units an order of each post's product leaves before ads, shape (posts,)."""
    shop = world.family.shop
    units = sum((number + 1) * share for number, share in enumerate(shop.quantities))
    kept = (1 - shop.discount_share * shop.discount_bp / 10_000) * (1 - shop.refund_share)
    goods = list(world.state.products.values())
    by_product = []
    for item in goods:
        fees = (item.platform_fee_bp + item.payment_fee_bp + item.commission_bp) / 10_000
        net = item.price_minor * kept * (1 - fees)
        by_product.append(units * (net - item.unit_cost_minor - item.fulfilment_cost_minor))
    worth: FloatArray = np.array([*by_product, 0.0])[world.traits.product[places]]
    return worth


def expected_profit(
    world: World, places: IntArray, *, daily_minor: FloatArray, days: int
) -> FloatArray:
    """Contribution less ad spend of running Spark Ads of these posts, minor units.

    places : post numbers, shape (posts,); daily_minor : constant daily spends to compare, shape
    (plans,). Returns shape (posts, plans). Wear, prices and likes follow the spend day by day.
    """
    numbers, people = world.family.delivery, people_of(world)
    market = make_market(numbers)
    level = numbers.rival_cpm_minor / (1 + numbers.spark_credit)
    chances = numbers.audience * numbers.slots
    share = market.share_for(daily_minor * 1000 / (chances * level))
    shown = chances * share
    paid = market.cost_of(share) * chances * level / 1000
    worth = contribution_minor(world, places)
    profit = np.zeros((len(places), len(daily_minor)))
    for plan in range(len(daily_minor)):
        likes = world.tally.post_likes[places].astype(np.float64)
        seen = world.tally.creative_views[world.tally.creative[places]].astype(np.float64)
        for _ in range(days):
            frequency = seen / (numbers.audience * people)
            views = views_of(
                world.traits,
                places,
                mode=SPARK,
                likes=likes,
                frequency=frequency,
                buying=lift_of(world) * (1 + frequency) ** -numbers.buy_wear,
                clicking=(1 + frequency) ** -numbers.click_wear,
                talk=climate_shift(world)[places],
            )
            found = rates(world.family.response, views)
            orders = shown[plan] * ((found.click * found.purchase) * people).sum(axis=1)
            profit[:, plan] += orders * worth - paid[plan]
            likes = likes + shown[plan] * (found.like * people).sum(axis=1)
            seen = seen + shown[plan] * people
    return profit


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The oracle's plan: a constant daily spend per post, and what it is expected to earn."""

    daily_minor: dict[str, int]
    profit_minor: float
    budget_minor: int
    days: int


def eligible(world: World, now: datetime) -> list[str]:
    """Posts that could be sparked: public videos that exist, the deal allows paid, music is licensed."""
    return [
        post.item_id
        for post in world.visible_posts()
        if post.status == PUBLIC
        and post.posted_at <= now
        and not post.ads_only
        and not post.is_story
        and not post.needs_original_code
        and post.music_licensed
        and (post.item_id not in world.state.deals or world.state.deals[post.item_id].paid_allowed)
    ]


def oracle(world: World, *, budget_minor: int, days: int, items: Sequence[str]) -> Plan:
    """The best constant daily plan in steps of STEP_MINOR; money may stay unspent.

    Exact for these steps: a knapsack over posts, each at one of its spend levels.
    """
    if not items:
        return Plan(daily_minor={}, profit_minor=0.0, budget_minor=budget_minor, days=days)
    world.tally.follow(world)
    places = np.array([world.post_number(item_id) for item_id in items])
    steps = min(MOST_STEPS, budget_minor // STEP_MINOR)
    levels: FloatArray = (np.arange(1, steps + 1) * STEP_MINOR).astype(np.float64)
    gains = expected_profit(world, places, daily_minor=levels, days=days)
    choice, worth = _knapsack(gains, budget_minor // STEP_MINOR)
    return Plan(
        daily_minor={
            item_id: int(level) * STEP_MINOR
            for item_id, level in zip(items, choice, strict=True)
            if level
        },
        profit_minor=worth,
        budget_minor=budget_minor,
        days=days,
    )


def _knapsack(gains: FloatArray, capacity: int) -> tuple[IntArray, float]:
    """Level per row (0 for none) that maximises the sum of gains within `capacity` steps."""
    rows, levels = gains.shape
    best = np.zeros((rows + 1, capacity + 1))
    taken = np.zeros((rows, capacity + 1), dtype=np.int64)
    for row in range(rows):
        best[row + 1] = best[row]
        for level in range(1, min(levels, capacity) + 1):
            with_it = best[row, : capacity + 1 - level] + gains[row, level - 1]
            better = with_it > best[row + 1, level:]
            best[row + 1, level:][better] = with_it[better]
            taken[row, level:][better] = level
    choice = np.zeros(rows, dtype=np.int64)
    left = capacity
    for row in reversed(range(rows)):
        choice[row] = taken[row, left]
        left -= int(choice[row])
    return choice, float(best[rows, capacity])
