"""How often people have seen a video, and what that does: some watch far more than others.

Views fall on people as their activity does, a gamma of mean 1. What the next view meets is therefore
a distribution of people, read at a few of its quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.randomness.columns import FloatArray

NODES = 5
GRID, FARTHEST = 20_000, 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """What earlier views do to the next one; arrays of the shape of the views per person.

    frequency : earlier views, as the thumb counts them; click, buy : factors
    """

    frequency: FloatArray
    click: FloatArray
    buy: FloatArray


@cache
def activity_of_viewers(shape: float) -> FloatArray:
    """Activity of those who see a view, at NODES quantiles, relative to its mean.

    Of a gamma with this shape people are met in proportion to their activity, which is again a gamma.
    """
    mean, spread = (shape + 1) / shape, np.sqrt(shape + 1) / shape
    x = (np.arange(GRID) + 0.5) * ((mean + FARTHEST * spread) / GRID)
    logs = shape * np.log(x) - shape * x
    weight = np.exp(logs - logs.max())
    share = np.cumsum(weight) / weight.sum()
    nodes = np.interp((np.arange(NODES) + 0.5) / NODES, share, x)
    relative: FloatArray = nodes / nodes.mean()
    return relative


def wear_of(family: Family, seen: FloatArray) -> Wear:
    """The wear where each person of the target has seen the video so often on average."""
    numbers = family.delivery
    if not seen.any():
        none = np.zeros_like(seen)
        return Wear(frequency=none, click=none + 1.0, buy=none + 1.0)
    logs = np.log1p(seen[..., None] * activity_of_viewers(family.people.activity_shape))
    return Wear(
        frequency=np.expm1(logs.mean(axis=-1)),
        click=np.exp(-numbers.click_wear * logs).mean(axis=-1),
        buy=np.exp(-numbers.buy_wear * logs).mean(axis=-1),
    )


def people_reached(family: Family, views: float, people: float) -> float:
    """How many of so many people have had at least one of these views: Poisson visits of unequal people."""
    shape = family.people.activity_shape
    if people <= 0:
        return 0.0
    return float(people * (1 - (1 + views / people / shape) ** -shape))
