"""Organic life of posts: the free views of each hour, and what viewers then do (science.md §2.3).

How far each post gets is planned in `posts/waves.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.auctions import draw_responses
from tiktok_sandbox.world.delivery.eligible_ads import FOREVER
from tiktok_sandbox.world.delivery.orders import place_organic_orders
from tiktok_sandbox.world.ledgers.ledger import POST_HOUR
from tiktok_sandbox.world.posts.response import Rates
from tiktok_sandbox.world.posts.traits import organic_rates
from tiktok_sandbox.world.posts.waves import Waves, segment_mix, share_of_wave
from tiktok_sandbox.world.randomness.columns import (
    FloatArray,
    IntArray,
    Stream,
    poisson,
    uniforms,
)
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.state.hours import Hour
from tiktok_sandbox.world.world import World

BEFORE = -1
"""The tick under which everything that happened before the epoch is booked."""
DIURNAL_SHIFT_HOURS = 5
SMALLEST_MEAN = 1e-4


def grow_posts(world: World, hour: Hour, waves: Waves, visibility: PostVisibility) -> None:
    """One hour of organic views and responses, for every public post; draws are per post."""
    ends = (hour.end - visibility.posted) / 3600
    count = waves.views.shape[1]
    coming = waves.views * (share_of_wave(ends, count) - share_of_wave(ends - 1, count))
    local = (hour.start // 3600 - DIURNAL_SHIFT_HOURS) % 24
    mean = coming.sum(axis=1) * float(TRAFFIC[local] / TRAFFIC.mean())
    mean += world.family.delivery.spillover * _paid_last_hour(world, hour, len(mean))
    mean[visibility.public > hour.start] = 0.0
    _book(world, hour, coming=coming, mean=mean, draws="organic.views")


def book_life_before(world: World, hour: Hour, waves: Waves, visibility: PostVisibility) -> None:
    """Give posts that are older than the world the counts they already have; places no orders.

    hour : of tick BEFORE, ending at the epoch
    """
    ages = (hour.end - visibility.posted) / 3600
    had = waves.views * share_of_wave(ages, waves.views.shape[1])
    _book(world, hour, coming=had, mean=np.where(ages > 0, had.sum(axis=1), 0.0), draws="before")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostVisibility:
    """When each post was published, and from when it is public, in seconds since 1970.

    Arrays of shape (posts,); public is FOREVER for what nobody sees for free.
    """

    posted: IntArray
    public: IntArray


def visibility_of(world: World) -> PostVisibility:
    """As things stand now; a pushed post's date follows from its ad's review."""
    posts = list(world.state.posts.values())
    public = [
        seconds(max(post.posted_at, post.visibility_changed_at or post.posted_at))
        if post.status == PUBLIC and not post.ads_only
        else FOREVER
        for post in posts
    ]
    return PostVisibility(
        posted=np.array([seconds(post.posted_at) for post in posts], dtype=np.int64),
        public=np.array(public, dtype=np.int64),
    )


def _paid_last_hour(world: World, hour: Hour, posts: int) -> FloatArray:
    if not world.family.delivery.spillover:
        return np.zeros(posts)
    rows = world.ad_hours.since(hour.tick - 1)
    shown = rows[:, world.ad_hours.place("impressions")]
    return np.bincount(rows[:, 2], weights=shown, minlength=posts).astype(np.float64)


def _book(world: World, hour: Hour, *, coming: FloatArray, mean: FloatArray, draws: str) -> None:
    posts = len(mean)
    tick = max(hour.tick, 0)
    views = poisson(mean, uniforms(world.seed, draws, tick, posts))
    places = np.flatnonzero(views)
    if not len(places):
        return
    found, mix = _rates(world, coming, places)
    by_kind = np.repeat(views[places][:, None], mix.shape[1], axis=1) * mix
    name = "organic" if hour.tick >= 0 else "organic.before"
    stream = Stream(seed=world.seed, name=name, tick=tick, count=posts, places=places)
    counts, purchase = draw_responses(stream, by_kind, found, shown=views[places])
    columns = {
        "tick": np.full(len(places), hour.tick),
        "post": places,
        "views": views[places],
        "full_views": counts["views_p100"],
        **counts,
    }
    world.post_hours.append(np.stack([columns[name] for name in POST_HOUR], axis=1))
    world.tally.book_posts(places, counts["likes"])
    if hour.tick >= 0:
        _sell(world, hour, places=places, clicks=counts["clicks"], purchase=purchase)


def _rates(world: World, coming: FloatArray, places: IntArray) -> tuple[Rates, FloatArray]:
    """Rates of these posts' free viewers, colder the further the post got, and their mix."""
    numbers = world.family.organic
    weights = coming[places]
    whole = np.maximum(weights.sum(axis=1), 1e-12)
    depth = (weights * np.arange(weights.shape[1])).sum(axis=1) / whole
    warmth = (numbers.warm_affinity - numbers.colder_per_wave * depth)[:, None]
    likes = world.tally.post_likes[places].astype(np.float64)
    talk = climate_shift(world)[places]
    found = organic_rates(
        world.family.response, world.traits, places, likes=likes, warmth=warmth, talk=talk
    )
    return found, segment_mix(world.family, world.traits.affinity[places])


def _sell(
    world: World, hour: Hour, *, places: IntArray, clicks: IntArray, purchase: FloatArray
) -> None:
    drawn = uniforms(world.seed, "organic.orders", hour.tick, len(world.state.posts))[places]
    counts = poisson(clicks * purchase, drawn)
    sold = np.flatnonzero(counts)
    if len(sold):
        place_organic_orders(world, hour, posts=places[sold], counts=counts[sold])
