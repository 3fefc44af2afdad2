"""Organic life of posts: waves of free views, and what viewers then do (science.md §2.3).

A post starts in a small wave. After each wave the best share of the posts that were in it go on to
the next, larger and colder one. "The others" are a fixed sample of the family's creators, so a post's
fate depends on itself and the family, never on which other posts this world happens to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.delivery.auctions import draw_responses
from tiktok_sandbox.world.delivery.fleet import FOREVER
from tiktok_sandbox.world.delivery.orders import place_organic_orders
from tiktok_sandbox.world.delivery.pacing import Hour
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.ledgers.ledger import POST_HOUR
from tiktok_sandbox.world.posts.latents import draw_sample
from tiktok_sandbox.world.posts.response import Rates
from tiktok_sandbox.world.posts.traits import Traits, organic_rates
from tiktok_sandbox.world.randomness.columns import (
    FloatArray,
    IntArray,
    Stream,
    normals,
    poisson,
    uniforms,
)
from tiktok_sandbox.world.world import PUBLIC, World, seconds

# When each wave starts, in hours after posting, and how fast it fades; our own reading.
WAVE_STARTS = np.array([0.0, 3, 8, 16, 30, 52, 84, 130, 190])
WAVE_HOURS = np.array([3.0, 5, 8, 12, 18, 26, 36, 48, 60])
SAMPLE = 4000
"""Posts of the fixed sample that sets what it takes to go on."""
BEFORE = -1
"""The tick under which everything that happened before the epoch is booked."""
DIURNAL_SHIFT_HOURS = 5
SMALLEST_MEAN = 1e-4
SCORED = (("completion", 1.0), ("view_6s", 0.5), ("like", 1.0), ("share", 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Views each post gets in each wave, shape (posts, waves); 0 where it did not get that far."""

    views: FloatArray

    def __len__(self) -> int:
        return len(self.views)


def waves_of(world: World) -> Waves:
    """The plan of every post of the world."""
    return plan_waves(world.family, world.traits, bar_of(world.family), seed=world.seed)


def segment_mix(family: Family, affinity: FloatArray) -> FloatArray:
    """Kinds of viewers a post is shown to: more of those who like it; rows sum to 1."""
    people = np.array([kind.share for kind in family.segments])
    pull = people * np.exp(0.5 * affinity)
    mix: FloatArray = pull / pull.sum(axis=1, keepdims=True)
    return mix


def organic_views(family: Family, traits: Traits) -> Rates:
    """Rates of free views in the first wave, shape (posts, segments)."""
    everything = np.arange(len(traits))
    return organic_rates(family.response, traits, everything, warmth=family.organic.warm_affinity)


def score_parts(family: Family, traits: Traits, wave: int) -> FloatArray:
    """Completion, 6-s views, likes and shares per view in a wave, shape (4, posts)."""
    numbers = family.organic
    warmth = numbers.warm_affinity - numbers.colder_per_wave * wave
    everything = np.arange(len(traits))
    found = organic_rates(family.response, traits, everything, warmth=warmth)
    mix = segment_mix(family, traits.affinity)
    return np.stack(
        [
            (mix * rate).sum(axis=1)
            for rate in (found.quartiles[3], found.view_6s, found.like, found.share)
        ]
    )


def scores(
    family: Family, traits: Traits, wave: int, typical: FloatArray, noise: FloatArray
) -> FloatArray:
    """What decides who goes on after a wave, shape (posts,)."""
    weights = np.array([weight for _, weight in SCORED])
    relative = score_parts(family, traits, wave) / typical[:, None]
    result: FloatArray = (weights[:, None] * relative).sum(axis=0) * np.exp(
        traits.reach + family.organic.noise * noise
    )
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What it takes to go on after each wave, shape (waves,), and the platform's typical parts."""

    typical: FloatArray
    scores: FloatArray


@lru_cache(maxsize=16)
def bar_of(family: Family) -> Bar:
    """The bar that the family's fixed sample of creator posts sets; a pure function, remembered."""
    sample = draw_sample(family, SAMPLE)
    typical = score_parts(family, sample, 0).mean(axis=1)
    going = np.arange(len(sample))
    found = []
    for wave in range(len(family.organic.waves)):
        noise = normals(0, f"sample.wave.{wave}", 0, len(sample))
        reached = scores(family, sample, wave, typical, noise)[going]
        level = float(np.quantile(reached, 1 - family.organic.quota)) if len(going) else np.inf
        found.append(level)
        going = going[reached >= level]
    return Bar(typical=typical, scores=np.array(found))


def plan_waves(family: Family, traits: Traits, bar: Bar, *, seed: int) -> Waves:
    """How far each post gets, and how many views each wave brings it."""
    numbers, count = family.organic, len(traits)
    followers = np.minimum(numbers.follower_share * traits.followers, numbers.follower_most)
    low, high = np.log(numbers.first_low), np.log(numbers.first_high)
    first = np.exp(low + (high - low) * uniforms(seed, "wave.first", 0, count)) + followers
    sizes = np.zeros((count, len(numbers.waves)))
    is_going = np.ones(count, dtype=bool)
    for wave, size in enumerate(numbers.waves):
        spread = np.exp(0.25 * normals(seed, f"wave.size.{wave}", 0, count))
        sizes[:, wave] = np.where(is_going, first if wave == 0 else size * spread, 0.0)
        noise = normals(seed, f"wave.luck.{wave}", 0, count)
        is_going &= scores(family, traits, wave, bar.typical, noise) >= bar.scores[wave]
    sizes[traits.is_ads_only] = 0.0
    return Waves(views=sizes)


def share_of_wave(age_hours: FloatArray, waves: int) -> FloatArray:
    """Share of each wave's views a post has had at this age, shape (posts, waves)."""
    since = np.maximum(age_hours[:, None] - WAVE_STARTS[:waves], 0.0)
    share: FloatArray = 1 - np.exp(-since / WAVE_HOURS[:waves])
    return share


def grow_posts(world: World, hour: Hour, waves: Waves, showing: Showing) -> None:
    """One hour of organic views and responses, for every public post; draws are per post."""
    ends = (hour.end - showing.posted) / 3600
    count = waves.views.shape[1]
    coming = waves.views * (share_of_wave(ends, count) - share_of_wave(ends - 1, count))
    local = (hour.start // 3600 - DIURNAL_SHIFT_HOURS) % 24
    mean = coming.sum(axis=1) * float(TRAFFIC[local] / TRAFFIC.mean())
    mean += world.family.delivery.spillover * _paid_last_hour(world, hour, len(mean))
    mean[showing.public > hour.start] = 0.0
    _book(world, hour, coming=coming, mean=mean, draws="organic.views")


def book_life_before(world: World, hour: Hour, waves: Waves, showing: Showing) -> None:
    """Give posts that are older than the world the counts they already have; places no orders.

    hour : of tick BEFORE, ending at the epoch
    """
    ages = (hour.end - showing.posted) / 3600
    had = waves.views * share_of_wave(ages, waves.views.shape[1])
    _book(world, hour, coming=had, mean=np.where(ages > 0, had.sum(axis=1), 0.0), draws="before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """When each post was published, and from when it is public, in seconds since 1970.

    Arrays of shape (posts,); public is FOREVER for what nobody sees for free.
    """

    posted: IntArray
    public: IntArray


def showing_of(world: World) -> Showing:
    """As things stand now; a pushed post's date follows from its ad's review."""
    posts = list(world.state.posts.values())
    public = [
        seconds(max(post.posted_at, post.visibility_changed_at or post.posted_at))
        if post.status == PUBLIC and not post.ads_only
        else FOREVER
        for post in posts
    ]
    return Showing(
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
    found = organic_rates(world.family.response, world.traits, places, likes=likes, warmth=warmth)
    return found, segment_mix(world.family, world.traits.affinity[places])


def _sell(
    world: World, hour: Hour, *, places: IntArray, clicks: IntArray, purchase: FloatArray
) -> None:
    drawn = uniforms(world.seed, "organic.orders", hour.tick, len(world.state.posts))[places]
    counts = poisson(clicks * purchase, drawn)
    sold = np.flatnonzero(counts)
    if len(sold):
        place_organic_orders(world, hour, posts=places[sold], counts=counts[sold])
