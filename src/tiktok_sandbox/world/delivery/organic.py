"""Organic life of posts: the free views of each hour, and what viewers then do (science.md §2.3).

How far each post gets is planned in `posts/waves.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.eligible_ads import FOREVER
from tiktok_sandbox.world.delivery.orders import place_organic_orders
from tiktok_sandbox.world.delivery.prices import calendar_buying
from tiktok_sandbox.world.delivery.responses import draw_responses
from tiktok_sandbox.world.ledgers.ledger import POST_HOUR
from tiktok_sandbox.world.posts.response import Rates, at_rows
from tiktok_sandbox.world.posts.traits import organic_rates
from tiktok_sandbox.world.posts.waves import Waves, segment_mix, share_of_wave
from tiktok_sandbox.world.randomness.columns import (
    FloatArray,
    IntArray,
    Stream,
    hashed,
    poisson,
)
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.state.hours import HOUR_SECONDS, Hours
from tiktok_sandbox.world.world import World

BEFORE = -1
"""The tick under which everything that happened before the epoch is booked."""
DIURNAL_SHIFT_HOURS = 5
LEAST_VIEWS = 1e-9


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


def grow_posts(
    world: World,
    hours: Hours,
    waves: Waves,
    visibility: PostVisibility,
    *,
    refresh: int,
    likes: FloatArray,
) -> None:
    """Organic views and responses of these hours, for every public post; draws are per post.

    refresh : the tick of the last refresh, from when rates hold; likes : of each post by then
    """
    public = np.flatnonzero(visibility.public <= hours.start[-1])
    if not len(public):
        return
    views = waves.views[public]
    ends = (hours.end[:, None] - visibility.posted[public]) / HOUR_SECONDS
    had = [(views * share_of_wave(age, views.shape[1])).sum(axis=1) for age in (ends[0] - 1, *ends)]
    local = (hours.start // HOUR_SECONDS - DIURNAL_SHIFT_HOURS) % 24
    mean = np.diff(np.stack(had), axis=0) * (TRAFFIC[local] / TRAFFIC.mean())[:, None]
    mean += world.family.delivery.spillover * _paid_hour_before(world, hours, public)
    mean[visibility.public[public] > hours.start[:, None]] = 0.0
    draws = hashed(world.seed, "organic.views", hours.tick[:, None], public)
    counts = np.zeros(mean.shape, dtype=np.int64)
    likely = mean > LEAST_VIEWS
    counts[likely] = poisson(mean[likely], draws[likely])
    hour, column = np.nonzero(counts)
    if not len(hour):
        return
    posts = public[column]
    distinct, row = np.unique(posts, return_inverse=True)
    at = seconds(world.state.epoch) + refresh * HOUR_SECONDS
    ages = np.maximum((at - visibility.posted[distinct]) / HOUR_SECONDS, 0.0)
    coming = _coming(waves.views[distinct], ages, world.family.delivery.refresh_hours)
    found, mix = _rates(world, coming, distinct, likes=likes[distinct])
    sold = _book(
        world,
        ticks=hours.tick[hour],
        posts=posts,
        views=counts[hour, column],
        found=at_rows(found, row),
        mix=mix[row],
    )
    _sell(world, hours, hour, posts, sold)


def book_life_before(world: World, waves: Waves, visibility: PostVisibility, *, end: int) -> None:
    """Give posts that are older than the world the counts they already have; places no orders.

    end : the epoch, in seconds since 1970
    """
    ages = (end - visibility.posted) / HOUR_SECONDS
    had = waves.views * share_of_wave(ages, waves.views.shape[1])
    mean = np.where(ages > 0, had.sum(axis=1), 0.0)
    mean[visibility.public > end - HOUR_SECONDS] = 0.0
    everything = np.arange(len(mean))
    views = poisson(mean, hashed(world.seed, "before", 0, everything))
    posts = np.flatnonzero(views)
    if len(posts):
        likes = world.tally.post_likes[posts].astype(np.float64)
        found, mix = _rates(world, had[posts], posts, likes=likes)
        ticks = np.full(len(posts), BEFORE, dtype=np.int64)
        _book(world, ticks=ticks, posts=posts, views=views[posts], found=found, mix=mix)


def _coming(views: FloatArray, ages: FloatArray, hours: int) -> FloatArray:
    """Views of each wave that come in so many hours after these ages, shape (posts, waves)."""
    count = views.shape[1]
    found: FloatArray = views * (share_of_wave(ages + hours, count) - share_of_wave(ages, count))
    return found


def _paid_hour_before(world: World, hours: Hours, posts: IntArray) -> FloatArray:
    """Paid views of each post in the hour before each hour, shape (hours, posts)."""
    found = np.zeros((len(hours), len(posts)))
    if world.family.delivery.spillover:
        shown = world.ad_hours.place("impressions")
        for place, tick in enumerate(hours.tick.tolist()):
            rows = world.ad_hours.rows[slice(*world.ad_hours.places(tick - 1, tick))]
            sums = np.bincount(rows[:, 2], weights=rows[:, shown], minlength=int(posts[-1]) + 1)
            found[place] = sums[posts]
    return found


def _rates(
    world: World, coming: FloatArray, posts: IntArray, *, likes: FloatArray
) -> tuple[Rates, FloatArray]:
    """Rates of these posts' free viewers, colder the further the post got, and their mix."""
    numbers = world.family.organic
    whole = np.maximum(coming.sum(axis=1), 1e-12)
    depth = (coming * np.arange(coming.shape[1])).sum(axis=1) / whole
    warmth = (numbers.warm_affinity - numbers.colder_per_wave * depth)[:, None]
    talk = climate_shift(world)[posts]
    found = organic_rates(
        world.family.response, world.traits, posts, likes=likes, warmth=warmth, talk=talk
    )
    return found, segment_mix(world.family, world.traits.affinity[posts])


def _book(
    world: World,
    *,
    ticks: IntArray,
    posts: IntArray,
    views: IntArray,
    found: Rates,
    mix: FloatArray,
) -> FloatArray:
    """Draw what viewers did and write it down; returns expected purchases."""
    name = "organic" if ticks[0] >= 0 else "organic.before"
    stream = Stream(seed=world.seed, name=name, ticks=np.maximum(ticks, 0), places=posts)
    counts, purchase = draw_responses(stream, mix, found, shown=views)
    columns = {
        "tick": ticks,
        "post": posts,
        "views": views,
        "full_views": counts["views_p100"],
        **counts,
    }
    world.post_hours.append(np.stack([columns[name] for name in POST_HOUR], axis=1))
    world.tally.book_posts(posts, counts["likes"])
    expected: FloatArray = counts["clicks"] * purchase
    return expected


def _sell(
    world: World, hours: Hours, hour: IntArray, posts: IntArray, expected: FloatArray
) -> None:
    """Orders of free viewers; the first account's calendar is the shop's."""
    willing = calendar_buying(world.family, hours)[hour, 0]
    ticks = hours.tick[hour]
    counts = poisson(expected * willing, hashed(world.seed, "organic.orders", ticks, posts))
    sold = np.flatnonzero(counts)
    if len(sold):
        place_organic_orders(world, ticks=ticks[sold], posts=posts[sold], counts=counts[sold])
