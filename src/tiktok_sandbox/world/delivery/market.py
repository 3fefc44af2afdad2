"""The ad auction in closed form: what a bid wins of the opportunities, and what it pays for them.

The best rival's eCPM is log-normal and the winner pays it, but no less than the reserve (science.md
§2.4). What an ad is worth differs from viewer to viewer of a kind, so its own score is log-normal too.
Everything is in units of the rivals' median; a bid is given as its height, the logarithm of the score's
median over the rivals' one, in standard deviations of their ratio.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.families.family import Delivery
from tiktok_sandbox.world.randomness.columns import FloatArray
from tiktok_sandbox.world.randomness.distributions import normal_quantile, normal_share

LOWEST, HIGHEST, STEPS_A_UNIT = -8.0, 8.0, 256
MOST_SHARE = 0.98
"""Nobody wins everything; some rival always wants an impression more. Our own."""
HALVINGS = 18
HEIGHT_SPAN = 24.0


@dataclass(frozen=True, slots=True)
class Market:
    """Tables over heights: the share of opportunities won, and the cost per opportunity."""

    won: FloatArray
    costs: FloatArray
    spread: float

    def share_at(self, height: FloatArray) -> FloatArray:
        """The share of opportunities that bids of these heights win, at most MOST_SHARE."""
        return _read(self.won, height)

    def cost_at(self, height: FloatArray) -> FloatArray:
        """Cost per opportunity, won or not, of bids of these heights."""
        return _read(self.costs, height)

    def raise_for(self, heights: FloatArray, weights: FloatArray, target: FloatArray) -> FloatArray:
        """By how much to raise each row's heights so that its cost meets a target.

        heights, weights : shape (rows, cells), cost of a row = sum of weights x cost_at(heights);
        target : shape (rows,). What no bid can spend is met as far as it goes. Returns (rows,).
        """
        raised = np.zeros(len(heights))
        step = HEIGHT_SPAN / 2
        for _ in range(HALVINGS):
            cost = (weights * _read(self.costs, heights + raised[:, None])).sum(axis=1)
            raised += np.where(cost < target, step, -step)
            step /= 2
        return raised


def _read(table: FloatArray, height: FloatArray) -> FloatArray:
    """Values between the entries of a table over heights; the outermost beyond its ends."""
    position = np.clip((height - LOWEST) * STEPS_A_UNIT, 0.0, len(table) - 1.001)
    below = position.astype(np.int64)
    low = table[below]
    value: FloatArray = low + (table[below + 1] - low) * (position - below)
    return value


def make_market(numbers: Delivery) -> Market:
    """The tables of a family's market."""
    heights = np.linspace(LOWEST, HIGHEST, round((HIGHEST - LOWEST) * STEPS_A_UNIT) + 1)
    sigma = numbers.rival_sigma
    spread = float(np.hypot(sigma, numbers.worth_sigma))
    won = np.minimum(normal_share(heights), MOST_SHARE)
    top = np.minimum(heights, float(normal_quantile(np.array([MOST_SHARE]))[0]))
    # The mean of the rivals' price over the opportunities where the own score is above it.
    paid = np.exp(sigma**2 / 2) * normal_share(top - sigma**2 / spread)
    return Market(won=won, costs=np.maximum(paid, numbers.reserve_share * won), spread=spread)
