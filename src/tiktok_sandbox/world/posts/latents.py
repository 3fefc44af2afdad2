"""Drawing posts: correlated latents and lengths, for a world and for samples of a family."""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.families.correlations import DRAWN, matrix_of
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.traits import NO_PRODUCT, Traits
from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, normals, uniforms
from tiktok_sandbox.world.randomness.distributions import beta_quantile
from tiktok_sandbox.world.state.entities import Qualities

SHORTEST, LONGEST = 5.0, 180.0
# Signals with a life of their own, and the latent that each of them follows in part.
FOLLOWING = {"share": "engage", "save": "persuade", "visit": "persuade", "finish": "hold"}
LIKE_NATIVE = ("native", "climate", *FOLLOWING)
SAMPLE_SEED = 0


def _correlation(family: Family) -> FloatArray:
    """Correlation matrix of DRAWN; where one follows from the others, nudged to be invertible."""
    matrix = matrix_of(family.posts.correlations)
    values, vectors = np.linalg.eigh(matrix)
    fixed = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    result: FloatArray = fixed / np.outer(scale, scale)
    return result


def draw_columns(
    family: Family, count: int, *, seed: int, is_brand: BoolArray, prefix: str = "quality"
) -> dict[str, FloatArray]:
    """Columns of latents and lengths for `count` posts, each shape (count,).

    is_brand : where the brand's own studio made the post (science.md §2.1)
    """
    spread, posts = family.posts.spread, family.posts
    raw = np.stack([normals(seed, f"{prefix}.{name}", 0, count) for name in DRAWN])
    mixed = np.linalg.cholesky(_correlation(family)) @ raw
    columns = {name: mixed[i] * getattr(spread, name) for i, name in enumerate(DRAWN)}
    for name in ("hook", "hold", "engage", "persuade"):
        columns[name] = columns[name] + np.where(
            is_brand, getattr(family.brand, f"{name}_shift"), 0
        )
    for name, ahead in FOLLOWING.items():
        own = normals(seed, f"{prefix}.{name}", 0, count)
        tie = getattr(posts.correlations, f"{name}_{ahead}")
        unit = tie * mixed[DRAWN.index(ahead)] + np.sqrt(1 - tie**2) * own
        # Factors of mean one, so that a wider spread moves no average.
        wide = getattr(spread, name)
        columns[name] = wide * unit - (wide**2 / 2 if name != "finish" else 0.0)
    columns["reach"] = spread.reach * normals(seed, f"{prefix}.reach", 0, count)
    climate = spread.climate_mean + spread.climate * normals(seed, f"{prefix}.climate", 0, count)
    columns["climate"] = np.clip(climate, -1.0, 1.0)
    u = uniforms(seed, f"{prefix}.native", 0, count)
    maker = np.where(is_brand, 1, 0)
    native = np.empty(count)
    for makers, chosen in ((family.creators, ~is_brand), (family.brand, is_brand)):
        native[chosen] = beta_quantile(makers.native_a, makers.native_b, u[chosen])
    columns["native"] = native
    middle = np.array([posts.duration_median, posts.brand_duration_median])[maker]
    lengths = middle * np.exp(posts.duration_sigma * normals(seed, f"{prefix}.length", 0, count))
    columns["duration"] = np.round(np.clip(lengths, SHORTEST, LONGEST), 2)
    return columns


def qualities_of(columns: dict[str, FloatArray]) -> list[Qualities]:
    """Every post's latents, rounded so that a saved world reads back the same."""
    names = (*DRAWN, "reach", *LIKE_NATIVE)
    # Lists of a column's own numbers: one look into an array for each would take twice the time.
    rounded = [[round(value, 6) for value in columns[name].tolist()] for name in names]
    return [Qualities(**dict(zip(names, row, strict=True))) for row in zip(*rounded, strict=True)]


def draw_sample(
    family: Family, count: int, *, seed: int = SAMPLE_SEED, is_brand: BoolArray | None = None
) -> Traits:
    """Posts of nobody in particular, for what a family's posts are like on the whole."""
    brand = np.zeros(count, dtype=bool) if is_brand is None else is_brand
    columns = draw_columns(family, count, seed=seed, is_brand=brand, prefix="sample")
    kinds = len(family.segments)
    tastes = normals(seed, "sample.affinity", 0, count * kinds).reshape(count, kinds)
    sizes = normals(seed, "sample.followers", 0, count)
    names = (*DRAWN, "reach", *LIKE_NATIVE, "duration")
    return Traits(
        **{name: columns[name] for name in names},
        followers=family.creators.followers_median
        * np.exp(family.creators.followers_sigma * sizes),
        product=np.full(count, NO_PRODUCT, dtype=np.int64),
        appeal=np.ones(count),
        is_ads_only=np.zeros(count, dtype=bool),
        affinity=family.posts.spread.affinity * tastes,
        fit=np.zeros((count, kinds)),
    )
