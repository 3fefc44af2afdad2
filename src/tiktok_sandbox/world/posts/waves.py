"""How far posts get for free (science.md §2.3).

A post starts in a small wave. After each wave the best share of the posts that were in it go on to
the next, larger and colder one. "The others" are a fixed sample of the family's creators, so a post's
fate depends on itself and the family, never on which other posts this world happens to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.latents import draw_sample
from tiktok_sandbox.world.posts.response import Rates
from tiktok_sandbox.world.posts.traits import Traits, organic_rates
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, normals, uniforms

# When each wave starts, in hours after posting, and how fast it fades; our own reading.
WAVE_STARTS = np.array([0.0, 3, 8, 16, 30, 52, 84, 130, 190])
WAVE_HOURS = np.array([3.0, 5, 8, 12, 18, 26, 36, 48, 60])
SAMPLE = 4000
"""Posts of the fixed sample that sets what it takes to go on."""
SCORED = (("completion", 1.0), ("view_6s", 0.5), ("like", 1.0), ("share", 0.5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Views each post gets in each wave, shape (posts, waves); 0 where it did not get that far."""

    views: FloatArray

    def __len__(self) -> int:
        return len(self.views)


def segment_mix(family: Family, affinity: FloatArray) -> FloatArray:
    """Kinds of viewers a post is shown to: more of those who like it; rows sum to 1."""
    people = segment_shares(family)
    pull = people * np.exp(0.5 * affinity)
    mix: FloatArray = pull / pull.sum(axis=1, keepdims=True)
    return mix


def segment_shares(family: Family) -> FloatArray:
    """How many of all people are of each kind, shape (segments,)."""
    return np.array([kind.share for kind in family.segments])


def organic_views(family: Family, traits: Traits) -> Rates:
    """Rates of free views in the first wave, shape (posts, segments)."""
    everything = np.arange(len(traits))
    return organic_rates(family.response, traits, everything, warmth=family.organic.warm_affinity)


def score_parts(family: Family, traits: Traits, wave: int, places: IntArray) -> FloatArray:
    """Completion, 6-s views, likes and shares per view in a wave, shape (4, places)."""
    numbers = family.organic
    warmth = numbers.warm_affinity - numbers.colder_per_wave * wave
    found = organic_rates(family.response, traits, places, warmth=warmth)
    mix = segment_mix(family, traits.affinity[places])
    return np.stack(
        [
            (mix * rate).sum(axis=1)
            for rate in (found.quartiles[3], found.view_6s, found.like, found.share)
        ]
    )


def scores(
    family: Family,
    traits: Traits,
    wave: int,
    typical: FloatArray,
    noise: FloatArray,
    places: IntArray,
) -> FloatArray:
    """What decides which of the posts at `places` go on after a wave; `noise` is of all posts."""
    weights = np.array([weight for _, weight in SCORED])
    relative = score_parts(family, traits, wave, places) / typical[:, None]
    result: FloatArray = (weights[:, None] * relative).sum(axis=0) * np.exp(
        traits.reach[places] + family.organic.noise * noise[places]
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
    going = np.arange(len(sample))
    typical = score_parts(family, sample, 0, going).mean(axis=1)
    found = []
    for wave in range(len(family.organic.waves)):
        noise = normals(0, f"sample.wave.{wave}", 0, len(sample))
        reached = scores(family, sample, wave, typical, noise, going)
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
        # Most posts end early, so the late waves are scored for a few only.
        going = np.flatnonzero(is_going)
        reached = scores(family, traits, wave, bar.typical, noise, going)
        is_going[going] = reached >= bar.scores[wave]
    sizes[traits.is_ads_only] = 0.0
    return Waves(views=sizes)


def share_of_wave(age_hours: FloatArray, waves: int) -> FloatArray:
    """Share of each wave's views a post has had at this age, shape (posts, waves)."""
    since = np.maximum(age_hours[:, None] - WAVE_STARTS[:waves], 0.0)
    share: FloatArray = 1 - np.exp(-since / WAVE_HOURS[:waves])
    return share
