"""The ad auction in closed form: what a share of the opportunities costs, and how much a bid wins.

Rivals' eCPM is log-normal and the winner pays the best rival, but no less than the reserve
(science.md §2.4). Whoever wins the cheapest share x of n opportunities pays n·G(x), with
G(x) = integral from 0 to x of max(quantile(u), reserve). Everything is in units of the median.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.families.family import Delivery
from tiktok_sandbox.world.randomness.columns import FloatArray
from tiktok_sandbox.world.randomness.distributions import normal_quantile, normal_share

GRID = 8192
MOST_SHARE = 0.98
"""Nobody wins everything; some rival always wants an impression more. Our own."""


@dataclass(frozen=True, slots=True)
class Market:
    """Tables of one market on even grids: cost of each share won, and share each cost wins."""

    costs: FloatArray
    shares: FloatArray
    sigma: float

    def share_for(self, cost: FloatArray) -> FloatArray:
        """The share that this cost per opportunity buys, at most MOST_SHARE."""
        return _read(self.shares, cost / self.costs[-1])

    def cost_of(self, share: FloatArray) -> FloatArray:
        """Cost per opportunity, won or not, of winning this share."""
        return _read(self.costs, share / MOST_SHARE)

    def share_of_bid(self, bid: FloatArray) -> FloatArray:
        """How often a bid beats every rival."""
        with np.errstate(divide="ignore"):
            won = normal_share(np.log(bid) / self.sigma)
        return np.minimum(won, MOST_SHARE)


def _read(table: FloatArray, place: FloatArray) -> FloatArray:
    """Values between the entries of a table on an even grid over 0 to 1; clipped to it."""
    position = np.clip(place, 0.0, 1.0) * (len(table) - 1)
    below = np.minimum(position.astype(np.int32), len(table) - 2)
    low = table[below]
    value: FloatArray = low + (table[below + 1] - low) * (position - below)
    return value


def make_market(numbers: Delivery) -> Market:
    """The tables of a family's market."""
    edges = np.linspace(0.0, MOST_SHARE, GRID + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    prices = np.maximum(
        np.exp(numbers.rival_sigma * normal_quantile(middles)), numbers.reserve_share
    )
    costs = np.concatenate([[0.0], np.cumsum(prices) * (edges[1] - edges[0])])
    shares = np.interp(np.linspace(0.0, costs[-1], GRID + 1), costs, edges)
    return Market(costs=costs, shares=shares, sigma=numbers.rival_sigma)
