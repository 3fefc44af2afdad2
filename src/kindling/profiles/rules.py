"""What a creator's past says: how watchable, how converting, how fitting. Pure.

Three separate numbers, each with its parts, never one. Followers are in none of them. Shares are of one.

A creator's posts differ from each other far more than chance on thousands of views allows, so a post is not worth
its views: with the spread of the workspace's posts as a beta-binomial of strength s, n views of one post are worth
n / (1 + (n - 1) / (s + 1)) independent ones (design effect, Kish 1965). The peers weigh as much as one post would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv

import spark_measure
from spark_measure import BetaPrior

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

LEAST_POSTS = 3
LEAST_VIEWS = 1_000
LEAST_CLICKS = 100
CONFIDENCE = 0.95
DIGITS = 6  # so that the order in which rows are added up changes nothing that is kept


@dataclass(frozen=True, slots=True)
class Rate:
    """A creator's rate. `own`: what their numbers say alone; `value`: shrunk towards `peers`; low, high: its interval.

    percentile : share of the other creators it exceeds; None with nobody to compare with
    """

    value: float
    low: float
    high: float
    own: float
    peers: float
    percentile: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over a creator's posts with views: posts, views, and whether they are enough for a number."""

    posts: int
    views: int

    @property
    def is_enough(self) -> bool:
        return self.posts >= LEAST_POSTS and self.views >= LEAST_VIEWS


def rates_of_posts(owners: IntArray, successes: IntArray, views: IntArray) -> dict[int, Rate]:
    """Each owner's rate from their posts, shrunk towards all posts; owners with too few posts are left out.

    owners, successes, views : shape (posts,); 0 <= successes <= views
    returns : {} where the posts say nothing: fewer than two with views, or no success or no failure at all
    """
    prior = spark_measure.fit_beta_binomial(successes, views)
    if prior is None:
        return {}
    seen = views > 0
    successes, views = successes[seen], views[seen]
    names, index = np.unique(owners[seen], return_inverse=True)
    worth = worth_of(views, prior)
    weight = np.bincount(index, worth).astype(np.float64)
    hits = np.bincount(index, worth * successes / views).astype(np.float64)
    enough = (np.bincount(index) >= LEAST_POSTS) & (np.bincount(index, views) >= LEAST_VIEWS)
    return _rates(names[enough], hits[enough], weight[enough], prior)


def worth_of(views: IntArray, prior: BetaPrior) -> FloatArray:
    """How many independent views the views of one post are worth; 0 where there are none."""
    between = 1 / (prior.strength + 1)
    return np.asarray(views / (1 + (views - 1) * between), dtype=np.float64)


def conversion_rates(owners: IntArray, orders: IntArray, clicks: IntArray) -> dict[int, Rate]:
    """Each owner's orders per click, shrunk towards the other creators; under 100 clicks they are left out.

    owners, orders, clicks : shape (n,), one row per owner; orders beyond the clicks count as one each
    """
    orders = np.minimum(orders, clicks)
    prior = spark_measure.fit_beta_binomial(orders, clicks)
    if prior is None:
        return {}
    enough = clicks >= LEAST_CLICKS
    return _rates(
        owners[enough], orders[enough].astype(np.float64), clicks[enough].astype(np.float64), prior
    )


def _rates(
    names: IntArray, hits: FloatArray, weight: FloatArray, prior: BetaPrior
) -> dict[int, Rate]:
    alpha, beta = prior.alpha + hits, prior.beta + weight - hits
    tail = (1 - CONFIDENCE) / 2
    value = np.round(alpha / (alpha + beta), DIGITS)
    columns = np.round(
        [value, betaincinv(alpha, beta, tail), betaincinv(alpha, beta, 1 - tail), hits / weight],
        DIGITS,
    ).T
    places = spark_measure.percentile_among(value)
    peers = round(prior.mean, DIGITS)
    return {
        int(name): Rate(float(mean), float(low), float(high), float(own), peers, _known(place))
        for name, (mean, low, high, own), place in zip(names, columns, places, strict=True)
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), DIGITS)


def watchable(rates: Iterable[Rate | None]) -> float | None:
    """The mean place among creators, of engagement and of completion where they are known."""
    places = [rate.percentile for rate in rates if rate and rate.percentile is not None]
    return round(sum(places) / len(places), DIGITS) if places else None


# --- Fit ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BriefWish:
    """What a ready brief asks for, as far as the directory can answer it. `words`: of its text, lower case."""

    pk: int
    title: str
    skus: frozenset[str]
    words: frozenset[str]
    language: str


@dataclass(frozen=True, slots=True)
class FitCheck:
    """One question of the fit. `common`: what creator and brief have in common; empty is a no."""

    name: str
    common: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BestFit:
    """The brief that fits best: the share of its questions with something in common."""

    share: float
    brief: int
    title: str
    checks: tuple[FitCheck, ...]


def words_of(*texts: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", " ".join(texts).lower()))


def fit(
    briefs: Iterable[BriefWish], *, skus: frozenset[str], tags: frozenset[str], language: str
) -> BestFit | None:
    """How well a creator answers the ready brief that suits them best; None without a ready brief.

    Products are asked only of a brief that names some. A creator without tags has none in common.
    """
    found = [_fit(brief, skus, tags, language) for brief in briefs]
    return max(found, key=lambda each: (each.share, len(each.checks), each.brief), default=None)


def _fit(brief: BriefWish, skus: frozenset[str], tags: frozenset[str], language: str) -> BestFit:
    checks = [
        FitCheck("tags", tuple(sorted(tag for tag in tags if words_of(tag) and words_of(tag) <= brief.words))),
        FitCheck("language", (language,) if language == brief.language else ()),
    ]  # fmt: skip
    if brief.skus:
        checks.insert(0, FitCheck("products", tuple(sorted(brief.skus & skus))))
    held = sum(bool(each.common) for each in checks)
    return BestFit(round(held / len(checks), DIGITS), brief.pk, brief.title, tuple(checks))


# --- What is kept ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Earnings:
    """What a creator's posts earned so far. Amounts in minor units of `currency`; None is undefined."""

    orders: int
    spark_orders: int
    clicks: int
    cost_per_order_minor: int | None
    profit_minor: int | None
    currency: str

    @property
    def is_enough(self) -> bool:
        return self.clicks >= LEAST_CLICKS


def parts(
    counts: Counts,
    engagement: Rate | None,
    completion: Rate | None,
    books: Earnings,
    conversion: Rate | None,
    fitting: BestFit | None,
) -> dict[str, Any]:
    """The parts of a score as JSON values, as pages and the API show them."""
    return {
        "watchable": {
            "posts": counts.posts,
            "views": counts.views,
            "is_enough": counts.is_enough,
            "engagement": asdict(engagement) if engagement else None,
            "completion": asdict(completion) if completion else None,
        },
        "converting": {
            **asdict(books),
            "is_enough": books.is_enough,
            "rate": asdict(conversion) if conversion else None,
        },
        "fit": asdict(fitting) if fitting else None,
    }
