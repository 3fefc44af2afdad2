"""Ground truth: what a video would bring in either format, and what an order of a product leaves.

Expectations over viewers with everything known: true qualities, social proof, wear, prices. No draw
is made, so two branches differ only by the change. Never readable through the platform's API.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK, Rates, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.world import World

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
        found[name] = branch_of(rates(world.family.response, views), segment_shares(world.family))
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
