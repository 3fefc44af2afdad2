"""Posts as columns: latents and everything else the engines need, one array each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.families.family import Response
from tiktok_sandbox.world.posts.response import ORGANIC, Rates, Views, rates
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, normals
from tiktok_sandbox.world.state.state import NumberedPosts

LATENTS = (
    *("hook", "hold", "engage", "persuade", "click", "native", "climate"),
    *("share", "save", "visit", "finish"),
)
NO_PRODUCT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Columns over posts, shape (posts,); affinity and fit are shape (posts, segments)."""

    hook: FloatArray
    hold: FloatArray
    engage: FloatArray
    persuade: FloatArray
    click: FloatArray
    native: FloatArray
    climate: FloatArray
    share: FloatArray
    save: FloatArray
    visit: FloatArray
    finish: FloatArray
    reach: FloatArray
    duration: FloatArray
    followers: FloatArray
    product: IntArray
    appeal: FloatArray
    is_ads_only: FloatArray
    affinity: FloatArray
    fit: FloatArray

    def __len__(self) -> int:
        return len(self.hook)


def traits_of(world: NumberedPosts) -> Traits:
    """The columns of every post of the world; affinity belongs to the creative, not to the post."""
    state = world.state
    family, seed = state.recipe, state.seed
    posts = list(state.posts.values())
    products = {sku: number for number, sku in enumerate(state.products)}
    count, segments = len(posts), len(family.segments)
    creative = np.array([world.creative_number(p.item_id) for p in posts], dtype=np.int64)
    product = np.array([products.get(p.sku, NO_PRODUCT) for p in posts], dtype=np.int64)
    appeals = np.array([*(each.appeal for each in state.products.values()), 1.0])
    spread = family.posts.spread
    tastes = normals(seed, "affinity", 0, count * segments).reshape(count, segments)
    fits = normals(seed, "fit", 0, (len(products) + 1) * segments).reshape(-1, segments)
    fits[-1] = 0.0
    return Traits(
        **{
            name: np.array([getattr(p.qualities, name) for p in posts], dtype=np.float64)
            for name in (*LATENTS, "reach")
        },
        duration=np.array([p.duration_seconds for p in posts], dtype=np.float64),
        followers=np.array([state.creators[p.handle].followers for p in posts], dtype=np.float64),
        product=product,
        appeal=appeals[product],
        is_ads_only=np.array([p.ads_only for p in posts], dtype=bool),
        affinity=spread.affinity * tastes[creative],
        fit=spread.fit * fits[product],
    )


def views_of(
    traits: Traits,
    places: IntArray,
    *,
    mode: IntArray | int,
    likes: FloatArray | float = 0.0,
    frequency: FloatArray | float = 0.0,
    buying: FloatArray | float = 1.0,
    clicking: FloatArray | float = 1.0,
    warmth: FloatArray | float = 0.0,
    talk: FloatArray | float = 0.0,
) -> Views:
    """Views of the posts at `places`, shape (places, segments).

    mode, likes, buying, clicking : per place; frequency, clicking : per place and segment too;
    warmth is added to every affinity, talk to the climate of the comments
    """
    column = (len(places), 1)

    def tall(value: FloatArray | IntArray | float) -> FloatArray:
        array = np.asarray(value, dtype=np.float64)
        return array if array.ndim == 2 else np.broadcast_to(array, (len(places),)).reshape(column)

    latents = {name: getattr(traits, name)[places][:, None] for name in LATENTS}
    latents["climate"] = latents["climate"] + tall(talk)
    return Views(
        mode=np.broadcast_to(np.asarray(mode), (len(places),)).reshape(column),
        **latents,
        duration=traits.duration[places][:, None],
        affinity=traits.affinity[places] + warmth,
        fit=traits.fit[places],
        likes=tall(likes),
        frequency=tall(frequency),
        appeal=traits.appeal[places][:, None],
        buying=tall(buying),
        clicking=tall(clicking),
    )


def organic_rates(
    p: Response, traits: Traits, places: IntArray, **given: FloatArray | float
) -> Rates:
    """Rates of free views, shape (places, segments)."""
    return rates(p, views_of(traits, places, mode=ORGANIC, **given))
