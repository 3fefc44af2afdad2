"""Rates from small counts: intervals, and shrinkage towards what the peers show."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

POOLED = 1e9  # alpha + beta beyond this: the peers do not differ more than chance explains
FLAT = 1e-6  # log likelihoods this close are told apart by rounding alone


@dataclass(frozen=True, slots=True)
class BetaPrior:
    """How rates spread among peers, as a beta distribution.

    alpha, beta : both > 0; alpha + beta is the number of observations the prior is worth
    """

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        return self.alpha / (self.alpha + self.beta)

    @property
    def strength(self) -> float:
        return self.alpha + self.beta


def wilson_interval(
    successes: IntArray, trials: IntArray, *, confidence: float = 0.95
) -> FloatArray:
    """Interval for each rate, sound for small counts.

    successes, trials : shape (n,), 0 <= successes <= trials
    confidence : in (0, 1)
    returns : shape (n, 2), low and high as shares of trials; NaN where trials is 0, never 0
    raises : ValueError when there are more successes than trials
    source : Wilson (1927), JASA 22(158), 209-212
    """
    _check_counts(successes, trials)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    n = np.where(trials == 0, np.nan, trials.astype(np.float64))
    rate = successes / n
    middle = rate + z**2 / (2 * n)
    reach = z * np.sqrt(rate * (1 - rate) / n + (z / (2 * n)) ** 2)
    return np.stack([middle - reach, middle + reach], axis=-1) / (1 + z**2 / n)[:, None]


def fit_beta_binomial(successes: IntArray, trials: IntArray) -> BetaPrior | None:
    """The beta prior that the peers' counts imply: moments to start, marginal likelihood to finish.

    successes, trials : shape (n,); rows with trials 0 are left out
    returns : None with fewer than two rows left, or with no success or no failure anywhere: nothing to fit.
        Peers that differ no more than chance give a prior of strength `POOLED` (complete pooling).
    raises : ValueError when there are more successes than trials
    source : marginal likelihood of the beta-binomial, sum ln B(a+x, b+n-x) - ln B(a, b)
    """
    # Half a second to load, which most processes need not spend.
    from scipy.optimize import minimize
    from scipy.special import betaln

    _check_counts(successes, trials)
    x, n = successes[trials > 0].astype(np.float64), trials[trials > 0].astype(np.float64)
    if x.size < 2 or x.sum() == 0 or x.sum() == n.sum():
        return None
    mean = float(x.sum() / n.sum())
    start = _strength_by_moments(x / n, n, mean)

    def loss(parameters: FloatArray) -> float:
        centre = 1 / (1 + np.exp(-parameters[0]))
        strength = np.exp(parameters[1])
        a, b = centre * strength, (1 - centre) * strength
        return -float(np.sum(betaln(a + x, b + n - x) - betaln(a, b)))

    found = minimize(
        loss,
        np.array([np.log(mean / (1 - mean)), np.log(start)]),
        method="L-BFGS-B",
        bounds=[(-30.0, 30.0), (np.log(1e-2), np.log(POOLED))],
    )
    centre = float(1 / (1 + np.exp(-found.x[0])))
    strength = float(np.exp(found.x[1]))
    # The likelihood is flat far out, so the search stops before the bound that it would have gone to.
    if loss(np.array([np.log(mean / (1 - mean)), np.log(POOLED)])) <= found.fun + FLAT:
        centre, strength = mean, POOLED
    return BetaPrior(alpha=centre * strength, beta=(1 - centre) * strength)


def shrunk_rates(successes: IntArray, trials: IntArray, *, prior: BetaPrior) -> FloatArray:
    """Posterior mean rate of each row: few trials stay near the peers, many speak for themselves.

    returns : shape (n,); the prior's mean where trials is 0
    """
    _check_counts(successes, trials)
    return np.asarray((prior.alpha + successes) / (prior.strength + trials), dtype=np.float64)


def percentile_among(values: FloatArray) -> FloatArray:
    """The share of the other values each one exceeds (ties count half); NaN alone or for a NaN value.

    values : shape (n,); returns shape (n,), in [0, 1]
    """
    known = values[~np.isnan(values)]
    if known.size < 2:
        return np.full(values.shape, np.nan)
    ordered = np.sort(known)
    below = np.searchsorted(ordered, values, side="left")
    ties = np.searchsorted(ordered, values, side="right") - below - 1
    result = (below + ties / 2) / (known.size - 1)
    return np.where(np.isnan(values), np.nan, result)


def _strength_by_moments(rates: FloatArray, trials: FloatArray, mean: float) -> float:
    spread = float(np.average((rates - mean) ** 2, weights=trials))
    noise = mean * (1 - mean) * float(rates.size / trials.sum())
    extra = max(spread - noise, mean * (1 - mean) * 1e-6)
    return float(np.clip(mean * (1 - mean) / extra - 1, 1.0, 1e6))


def _check_counts(successes: IntArray, trials: IntArray) -> None:
    if np.any(successes > trials) or np.any(successes < 0):
        raise ValueError("successes must lie between 0 and trials")
