"""One rate of many posts, each seen few or many times: shrunk towards its maker's posts and everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from spark_measure.rates import FloatArray, IntArray

WIDEST = 6.0  # log odds: peers of one account do not spread more
NARROWEST = 1e-3


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What is known of one rate of each post.

    rate, low, high : shape (n,), in (0, 1): the posterior's middle and its interval
    lift : shape (n,); log odds above what all posts show. 0 where nothing is known, and near 0 where little is
    own_part : shape (n,), in [0, 1]: how much of it is the post's own numbers, not its peers'
    typical : the rate of a post of which nothing is known
    """

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    lift: FloatArray
    own_part: FloatArray
    typical: float


def shrink(
    successes: IntArray,
    trials: IntArray,
    makers: IntArray,
    *,
    confidence: float = 0.9,
) -> Shrunk | None:
    """Every post's rate by a model of three levels: all posts, a maker's posts, the post.

    Log odds are normal: a maker's differ from all posts', a post's from its maker's, what was counted from the
    post's by chance. Both spreads are found by marginal likelihood, so posts that differ no more than chance stay
    near their peers, and a maker of many posts has a level of his own.

    successes, trials : shape (n,), 0 <= successes <= trials; trials 0 is a post of which nothing is known
    makers : shape (n,), numbers of the makers from 0
    returns : None with fewer than two posts of which something is known
    raises : ValueError when there are more successes than trials
    source : normal hierarchical model on empirical log odds (Cox 1970 for the odds; variance components by ML)
    """
    if np.any(successes > trials) or np.any(successes < 0):
        raise ValueError("successes must lie between 0 and trials")
    known = trials > 0
    if known.sum() < 2:
        return None
    hits = successes + 0.5
    misses = trials - successes + 0.5
    seen = np.log(hits / misses)
    noise = np.where(known, 1 / hits + 1 / misses, np.inf)
    count = int(makers.max()) + 1
    between, within = _spreads(seen[known], noise[known], makers[known], count)
    weight = np.where(known, 1 / (noise + within**2), 0.0)
    of_maker = _by_maker(makers, weight, count)
    middle = _middle(seen, weight, makers, of_maker, between)
    above = np.bincount(
        makers, weights=weight * np.where(known, seen - middle, 0.0), minlength=count
    )
    level_noise = between**2 / (1 + between**2 * of_maker)
    level = level_noise * above
    own_part = np.where(known, within**2 / (within**2 + noise), 0.0)
    expected = middle + level[makers]
    found = expected + own_part * np.where(known, seen - expected, 0.0)
    error = np.sqrt(
        np.where(known, own_part * np.where(known, noise, 1.0), within**2)
        + (1 - own_part) ** 2 * level_noise[makers]
    )
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Shrunk(
        rate=_share(found),
        low=_share(found - reach),
        high=_share(found + reach),
        lift=found - middle,
        own_part=own_part,
        typical=float(_share(np.array([middle]))[0]),
    )


def _share(odds: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float64)


def _by_maker(makers: IntArray, values: FloatArray, count: int) -> FloatArray:
    return np.asarray(np.bincount(makers, weights=values, minlength=count), dtype=np.float64)


def _middle(
    seen: FloatArray,
    weight: FloatArray,
    makers: IntArray,
    of_maker: FloatArray,
    between: float,
) -> float:
    """All posts' level: each maker counts by what is known of his own."""
    sums = np.bincount(
        makers, weights=weight * np.where(weight > 0, seen, 0.0), minlength=len(of_maker)
    )
    shared = 1 / (1 + between**2 * of_maker)
    return float((sums * shared).sum() / (of_maker * shared).sum())


def _spreads(
    seen: FloatArray, noise: FloatArray, makers: IntArray, count: int
) -> tuple[float, float]:
    """Standard deviations between makers and between a maker's posts, in log odds."""
    # Half a second to load, which most processes need not spend.
    from scipy.optimize import minimize

    def loss(logs: FloatArray) -> float:
        between, within = np.exp(logs)
        weight = 1 / (noise + within**2)
        of_maker = _by_maker(makers, weight, count)
        middle = _middle(seen, weight, makers, of_maker, float(between))
        away = seen - middle
        sums = np.bincount(makers, weights=weight * away, minlength=count)
        shared = 1 + between**2 * of_maker
        fit = (weight * away**2).sum() - (between**2 * sums**2 / shared).sum()
        return float(fit - np.log(weight).sum() + np.log(shared).sum())

    limits = (np.log(NARROWEST), np.log(WIDEST))
    found = minimize(loss, np.log([0.3, 0.5]), method="L-BFGS-B", bounds=[limits, limits])
    between, within = np.exp(found.x)
    return float(between), float(within)
