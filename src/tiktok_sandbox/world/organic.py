"""Organic life of posts: views that come fast and fade, and what viewers then do."""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.budgets import TRAFFIC
from tiktok_sandbox.world.entities import Post
from tiktok_sandbox.world.ledger import POST_HOUR
from tiktok_sandbox.world.orders import place_organic_orders
from tiktok_sandbox.world.randomness import FloatArray, IntArray, Stream, poisson, uniforms
from tiktok_sandbox.world.response import Rates, rates
from tiktok_sandbox.world.world import PUBLIC, World

FAST_HOURS, SLOW_HOURS, FAST_SHARE = 36.0, 260.0, 0.8
TYPICAL_VIEWS, TYPICAL_FOLLOWERS = 5200.0, 8000.0
BEFORE = -1
"""The tick under which everything that happened before the epoch is booked."""


def eventual_views(world: World, posts: list[Post]) -> FloatArray:
    """Views a post gets in its life without any advertising, shape (posts,)."""
    followers = np.array([world.creator_of(p).followers for p in posts], dtype=np.float64)
    taste = np.array(
        [0.9 * p.qualities.reach + 0.5 * p.qualities.hook + 0.5 * p.qualities.engage for p in posts]
    )
    grown: FloatArray = TYPICAL_VIEWS * (followers / TYPICAL_FOLLOWERS) ** 0.35 * np.exp(taste)
    return grown


def share_of_life(age_hours: FloatArray) -> FloatArray:
    """Share of a post's eventual views it has at this age, 0 to 1."""
    age = np.maximum(age_hours, 0.0)
    seen: FloatArray = 1.0 - (
        FAST_SHARE * np.exp(-age / FAST_HOURS) + (1 - FAST_SHARE) * np.exp(-age / SLOW_HOURS)
    )
    return seen


def grow_posts(world: World, tick: int) -> None:
    """One hour of organic views and responses, for every public post; draws are per post."""
    start, end = world.tick_start(tick), world.tick_start(tick + 1)
    posts = list(world.state.posts.values())
    shown = np.array(
        [
            p.posted_at <= start
            and p.status == PUBLIC
            and (p.visibility_changed_at is None or p.visibility_changed_at <= start)
            for p in posts
        ]
    )
    if not shown.any():
        return
    ages = np.array([(end - p.posted_at).total_seconds() / 3600 for p in posts])
    diurnal = float(TRAFFIC[(start.hour - 5) % 24] / TRAFFIC.mean())
    mean = eventual_views(world, posts) * (share_of_life(ages) - share_of_life(ages - 1)) * diurnal
    views = poisson(
        np.where(shown, mean, 0.0), uniforms(world.seed, "organic.views", tick, len(posts))
    )
    _book(world, tick=tick, posts=posts, views=views)


def book_life_before(world: World) -> None:
    """Give posts that are older than the world the counts they already have; places no orders."""
    posts = list(world.state.posts.values())
    ages = np.array(
        [(world.state.epoch - p.posted_at).total_seconds() / 3600 for p in posts], dtype=np.float64
    )
    mean = np.where(ages > 0, eventual_views(world, posts) * share_of_life(ages), 0.0)
    views = poisson(mean, uniforms(world.seed, "organic.before", 0, len(posts)))
    _book(world, tick=BEFORE, posts=posts, views=views)


def _book(world: World, *, tick: int, posts: list[Post], views: IntArray) -> None:
    appeal = np.array([_appeal(world, p) for p in posts])
    response = rates(posts, appeal)
    stream = Stream(
        seed=world.seed,
        name="organic" if tick >= 0 else "organic.before",
        tick=max(tick, 0),
        count=len(posts),
        places=np.arange(len(posts)),
    )
    columns = {
        "tick": np.full(len(posts), tick, dtype=np.int64),
        "post": np.arange(len(posts), dtype=np.int64),
        "views": views,
        "watch_seconds": np.rint(views * response.watch_seconds).astype(np.int64),
        **stream.thinned(
            views,
            {
                "likes": response.like,
                "comments": response.comment,
                "shares": response.share,
                "favorites": response.favorite,
                "full_views": response.quartiles[3],
                "follows": response.follow,
            },
        ),
    }
    rows = np.stack([columns[name] for name in POST_HOUR], axis=1)
    world.post_hours.append(rows[views > 0])
    if tick >= 0:
        _sell(world, tick=tick, posts=posts, views=views, response=response)


def _sell(world: World, *, tick: int, posts: list[Post], views: IntArray, response: Rates) -> None:
    mean = views * response.organic_click * response.purchase
    counts = poisson(mean, uniforms(world.seed, "organic.orders", tick, len(posts)))
    for place in np.flatnonzero(counts):
        place_organic_orders(
            world, tick=tick, post=posts[place], number=int(place), count=int(counts[place])
        )


def _appeal(world: World, post: Post) -> float:
    product = world.state.products.get(post.sku)
    return product.appeal if product else 0.0
