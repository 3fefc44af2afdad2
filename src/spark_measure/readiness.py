"""The chance that a post pays as a Spark Ad: from what its free views show, and from what ads have brought.

Orders of a post's ads are counts whose mean is the orders that would pay for the spend, times the post's return.
The return's logarithm is a sum over signals; what they leave open is a factor of the post's own, gamma with mean 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from spark_measure.rates import FloatArray

SPREADS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
"""Shapes of the posts' own factor that are tried: 2 is a spread of about 0.8 in logarithms."""
USUAL_SHAPE, SHAPE_DOUBT = 2.0, 0.5
STEPS = 60
NODES = 15


@dataclass(frozen=True, slots=True)
class Model:
    """What is believed of returns. The first coefficient is the level; the others are the signals', in order.

    mean : shape (k + 1,); covariance : shape (k + 1, k + 1); shape : of the posts' own factor, gamma
    posts : how many posts' ads it has learnt from; 0 is the prior alone
    """

    names: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    shape: float
    posts: int


@dataclass(frozen=True, slots=True)
class Chances:
    """Of each post, shape (n,).

    chance : that its return exceeds 1, so that orders leave more than the ads cost
    expected, low, high : the return: contribution of its orders for each unit spent; a 90 % interval
    """

    chance: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray


def prior(
    names: Sequence[str],
    means: Sequence[float],
    doubts: Sequence[float],
    *,
    level: float,
    level_doubt: float,
) -> Model:
    """A model that has seen no ads.

    means, doubts : of each signal's coefficient, per unit of the signal; level : the log return of a usual post
    """
    return Model(
        tuple(names),
        np.array([level, *means]),
        np.diag(np.array([level_doubt, *doubts]) ** 2),
        USUAL_SHAPE,
        0,
    )


def learn(
    before: Model, signals: FloatArray, orders: FloatArray, paying_orders: FloatArray
) -> Model:
    """The model after the ads of some posts.

    signals : shape (n, k), 0 where nothing is known; orders : shape (n,), of each post's ads so far
    paying_orders : shape (n,), orders that would have paid for the spend, of which only the part counts that can be
        known by now (delays); rows with 0 teach nothing
    source : negative binomial regression with a normal prior, by its mode and curvature (Laplace); the shape by the
        evidence, with a log-normal prior
    """
    counts = paying_orders > 0
    if not counts.any():
        return before
    design = _design(signals)[counts]
    seen, due = orders[counts].astype(np.float64), paying_orders[counts].astype(np.float64)
    weight = np.asarray(np.linalg.inv(before.covariance), dtype=np.float64)
    tried = []
    for shape in SPREADS:
        found, curve = _mode(before.mean, weight, design, seen, due, shape)
        evidence = (
            _likelihood(design @ found, seen, due, shape)
            - 0.5 * (found - before.mean) @ weight @ (found - before.mean)
            - 0.5 * np.linalg.slogdet(curve)[1]
            - 0.5 * (np.log(shape / USUAL_SHAPE) / SHAPE_DOUBT) ** 2
        )
        tried.append((float(evidence), found, curve, shape))
    _, mode, curve, shape = max(tried, key=lambda each: each[0])
    covariance = np.linalg.inv(curve)
    return replace(
        before,
        mean=mode,
        covariance=(covariance + covariance.T) / 2,
        shape=shape,
        posts=before.posts + int(counts.sum()),
    )


def chances(
    model: Model,
    signals: FloatArray,
    *,
    orders: FloatArray | None = None,
    paying_orders: FloatArray | None = None,
    dearer: FloatArray | float = 1.0,
) -> Chances:
    """Whether each post pays.

    orders, paying_orders : of the post's own ads so far, as in `learn`; none where it has had none
    dearer : factor by which a unit of results costs more at the planned budget than in the ads learnt from
    """
    from scipy.special import gammainc, gammaincinv

    design = _design(signals)
    count = len(design)
    seen = np.zeros(count) if orders is None else orders.astype(np.float64)
    due = np.zeros(count) if paying_orders is None else paying_orders.astype(np.float64)
    middle = design @ model.mean - np.log(np.broadcast_to(dearer, (count,)))
    doubt = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", design, model.covariance, design), 0.0))
    at, weights = np.polynomial.hermite_e.hermegauss(NODES)
    weights = weights / weights.sum()
    # What the post's own ads say also tells the values of the regression apart that were possible before.
    level = middle[:, None] + doubt[:, None] * at
    factor = np.exp(level)
    own = due[:, None] * factor
    likely = _marginal(own, seen[:, None], model.shape)
    weights = weights * np.exp(likely - likely.max(axis=1, keepdims=True))
    weights = weights / weights.sum(axis=1, keepdims=True)
    shape, rate = model.shape + seen[:, None], model.shape + own
    above = 1 - gammainc(shape, rate / factor)
    expected = (weights * factor * shape / rate).sum(axis=1)
    logs = np.log(np.maximum(gammaincinv(shape, 0.5), 1e-12) / rate) + level
    centre = (weights * logs).sum(axis=1)
    spread = np.sqrt((weights * ((logs - centre[:, None]) ** 2 + 1 / shape)).sum(axis=1))
    return Chances(
        chance=(weights * above).sum(axis=1),
        expected=expected,
        low=np.exp(centre - 1.645 * spread),
        high=np.exp(centre + 1.645 * spread),
    )


def dearer_at(daily: FloatArray | float, usual: FloatArray | float, scale: float) -> FloatArray:
    """How much dearer results are at one daily spend than at another, as prices rise with reach.

    source : science.md §2.4, supply curve CPM(s) = c0 (1 + s / scale)^0.35
    """
    found = ((1 + np.asarray(daily) / scale) / (1 + np.asarray(usual) / scale)) ** 0.35
    return np.asarray(found, dtype=np.float64)


def _design(signals: FloatArray) -> FloatArray:
    return np.hstack([np.ones((len(signals), 1)), signals])


def _mode(
    mean: FloatArray,
    weight: FloatArray,
    design: FloatArray,
    seen: FloatArray,
    due: FloatArray,
    shape: float,
) -> tuple[FloatArray, FloatArray]:
    """The most likely coefficients and the curvature there; Newton's steps, halved where they overshoot."""

    def height(at: FloatArray) -> float:
        away = at - mean
        return _likelihood(design @ at, seen, due, shape) - 0.5 * float(away @ weight @ away)

    at, here = mean.copy(), height(mean)
    curve = weight
    for _ in range(STEPS):
        expected = due * np.exp(np.clip(design @ at, -30, 30))
        slope = design.T @ (shape * (seen - expected) / (shape + expected)) - weight @ (at - mean)
        bend = shape * expected * (shape + seen) / (shape + expected) ** 2
        curve = weight + design.T @ (bend[:, None] * design)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while (there := height(at + size * step)) < here - 1e-12 and size > 1e-6:
            size /= 2
        at, gain, here = at + size * step, there - here, there
        if gain < 1e-9:
            break
    return at, curve


def _likelihood(level: FloatArray, seen: FloatArray, due: FloatArray, shape: float) -> float:
    return float(_marginal(due * np.exp(np.clip(level, -30, 30)), seen, shape).sum())


def _marginal(expected: FloatArray, seen: FloatArray, shape: float) -> FloatArray:
    """Log likelihood of counts, up to what no coefficient changes but the shape does."""
    from scipy.special import gammaln

    return np.asarray(
        gammaln(shape + seen)
        - gammaln(shape)
        + shape * np.log(shape)
        + seen * np.log(np.maximum(expected, 1e-300))
        - (shape + seen) * np.log(shape + expected),
        dtype=np.float64,
    )
