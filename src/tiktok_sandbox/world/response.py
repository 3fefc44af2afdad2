"""How people respond to a post: rates per view, from its latent qualities (science.md §2.2).

One set of numbers for the organic and the paid side, so that a post is the same post on both.
Issue B replaces these by the segment-wise mechanisms; the names of the rates stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.entities import Post
from tiktok_sandbox.world.randomness import FloatArray

VIEW_2S = 0.42
VIEW_6S_OF_2S = 0.46
LIKE = 0.021
COMMENT = 0.0011
SHARE = 0.0017
FAVORITE = 0.0026
FOLLOW = 0.0009
PROFILE_VISIT = 0.0042
# A Spark Ad's button is clicked far more often than an organic caption is followed to the shop.
AD_CLICK = 0.0105
ORGANIC_CLICK = 0.0035
PURCHASE_PER_CLICK = 0.038
QUARTILE_OF_6S = (0.95, 0.62, 0.44, 0.31)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of several posts, each an array of shape (posts,), as shares of views.

    quartiles is shape (4, posts): 25, 50, 75 and 100 % watched; purchase is per click.
    """

    view_2s: FloatArray
    view_6s: FloatArray
    quartiles: FloatArray
    watch_seconds: FloatArray
    like: FloatArray
    comment: FloatArray
    share: FloatArray
    favorite: FloatArray
    follow: FloatArray
    profile_visit: FloatArray
    ad_click: FloatArray
    organic_click: FloatArray
    purchase: FloatArray


def rates(posts: list[Post], appeal: FloatArray) -> Rates:
    """Response rates of posts; appeal is the product's factor on purchases, shape (posts,)."""
    hook, hold, engage, persuade, click, duration = (
        np.array(values, dtype=np.float64)
        for values in (
            [p.qualities.hook for p in posts],
            [p.qualities.hold for p in posts],
            [p.qualities.engage for p in posts],
            [p.qualities.persuade for p in posts],
            [p.qualities.click for p in posts],
            [p.duration_seconds for p in posts],
        )
    )
    view_2s = np.clip(VIEW_2S * np.exp(hook), 0.05, 0.85)
    view_6s = view_2s * np.clip(VIEW_6S_OF_2S * np.exp(hold), 0.1, 0.9)
    keeps = np.clip(np.exp(hold) * (18.0 / duration) ** 0.3, 0.2, 1.6)
    steps = np.array(QUARTILE_OF_6S)[:, None] * keeps[None, :]
    quartiles = np.minimum.accumulate(np.minimum(view_6s * steps, view_2s), axis=0)
    interest = np.exp(engage)
    return Rates(
        view_2s=view_2s,
        view_6s=view_6s,
        quartiles=quartiles,
        watch_seconds=1.2 + view_2s * 2.0 + view_6s * duration * 0.4,
        like=np.clip(LIKE * interest, 0, 0.3),
        comment=np.clip(COMMENT * interest, 0, 0.1),
        share=np.clip(SHARE * interest, 0, 0.1),
        favorite=np.clip(FAVORITE * interest, 0, 0.1),
        follow=np.clip(FOLLOW * interest, 0, 0.05),
        profile_visit=np.clip(PROFILE_VISIT * interest, 0, 0.1),
        ad_click=np.clip(AD_CLICK * np.exp(click), 0, 0.15),
        organic_click=np.clip(ORGANIC_CLICK * np.exp(click), 0, 0.05),
        purchase=np.clip(PURCHASE_PER_CLICK * np.exp(persuade) * appeal, 0, 0.5),
    )
