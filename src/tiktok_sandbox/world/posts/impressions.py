"""The impression engine: one viewer at a time, for checking the counts engine.

It draws what the counts engine sums up: who sees the ad, whether he takes it for one, whether he
stops, how long he watches, what he does. Both use the one chain of response.py.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from tiktok_sandbox.world.families.family import Response
from tiktok_sandbox.world.posts.response import (
    QUARTILES,
    SCROLL_SECONDS,
    SIX_SECONDS,
    TWO_SECONDS,
    Views,
    accidental,
    chain,
    recognised,
)
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, key

ACTS = ("like", "comment", "share", "favorite", "follow", "profile_visit")
COUNTED = (
    "views_2s",
    "views_6s",
    "views_p25",
    "views_p50",
    "views_p75",
    "views_p100",
    "clicks",
    "likes",
    "comments",
    "shares",
    "favorites",
    "follows",
    "profile_visits",
    "orders",
)


def draw_impressions(
    p: Response, views: Views, mix: FloatArray, *, count: int, seed: int, purpose: str
) -> dict[str, float]:
    """Sums over `count` impressions of one post; COUNTED and watch_seconds.

    views : conditions of one post, every array shape (1, segments) or broadcasting to it
    mix : share of each kind of viewer, shape (segments,)
    """
    words = np.array(key(seed, f"impressions.{purpose}"), dtype=np.uint64)
    random = np.random.Generator(np.random.Philox(key=words))
    kind = random.choice(len(mix), size=count, p=mix)
    seen = _at(views, kind, segments=len(mix))
    is_recognised = random.random(count) < recognised(p, seen)
    links = chain(p, seen, is_recognised.astype(np.float64))
    stops = random.random(count) < links.stop
    early = TWO_SECONDS + random.exponential(1 / links.watch_rate)
    late = SIX_SECONDS + random.exponential(1 / links.late_rate)
    watched = np.where(stops, np.where(early < SIX_SECONDS, early, late), 0.0)
    length = seen.duration
    meant = stops & (random.random(count) < links.click)
    buys = meant & (random.random(count) < links.purchase)
    sums = {
        "views_2s": stops.sum(),
        "views_6s": (watched >= SIX_SECONDS).sum(),
        "clicks": meant.sum() + (random.random(count) < accidental(p, seen)).sum(),
        "orders": buys.sum(),
        "watch_seconds": np.where(
            stops, np.minimum(watched, np.maximum(length, TWO_SECONDS)), SCROLL_SECONDS
        ).sum(),
    }
    for quartile in QUARTILES:
        name = f"views_p{round(100 * quartile)}"
        sums[name] = (watched >= np.maximum(quartile * length, TWO_SECONDS)).sum()
    for act in ACTS:
        sums[f"{act}s"] = (stops & (random.random(count) < getattr(links, act))).sum()
    return {name: float(value) for name, value in sums.items()}


def _at(views: Views, kind: IntArray, *, segments: int) -> Views:
    """The conditions of single impressions, every array shape (impressions,)."""
    return Views(
        **{
            field.name: np.broadcast_to(getattr(views, field.name), (1, segments))[0, kind]
            for field in fields(Views)
        }
    )
