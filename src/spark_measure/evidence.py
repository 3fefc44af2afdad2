"""What the free views of posts say: each signal shrunk, and all of them as the numbers that `readiness` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from spark_measure import readiness
from spark_measure.rates import FloatArray, IntArray
from spark_measure.signals import Shrunk, shrink

RATES = ("likes", "comments", "shares", "saves", "profile_visits", "completions", "sceptics")
"""Signals that are a share: of the views; of the comments that were read for `sceptics`."""

PRIOR: Mapping[str, tuple[float, float]] = {
    "likes": (0.25, 0.15),
    "comments": (0.0, 0.15),
    "shares": (0.0, 0.15),
    "saves": (0.15, 0.15),
    "profile_visits": (0.3, 0.15),
    "completions": (0.05, 0.15),
    "sceptics": (-0.2, 0.15),
    "reach": (0.05, 0.05),
    "trend": (0.0, 0.1),
    "worth": (0.3, 0.4),
}
"""What is believed of each signal before any ad has run: by how much a unit of it moves the logarithm of the return,
and how far that may be wrong. Ours: rounded from the regressions of science.md §2.2 and §4.2 (likes say a little,
persuasion only weakly follows them) and from worlds of the family `reference`; wide enough to be overruled by a few
dozen ads of one's own."""
GROUP_DOUBT = {"product": 0.4, "maker": 0.3}
"""How far one product's or one creator's posts may return more or less than what their signals say; ours."""
MOST_GROUPS = 100  # of each kind, those with the most ads behind them
FIRST_DAYS_PRIOR: Mapping[str, tuple[float, float]] = {
    "ad_clicks": (0.8, 0.2),
    "ad_price": (-0.8, 0.2),
}
"""Orders are impressions times CTR times CVR, so the return moves almost one for one with an ad's CTR and against its
price; a little less, as accidental clicks never buy (science.md §2.2)."""
LEVEL, LEVEL_DOUBT = -0.55, 0.6
"""A usual post returns some 0.6 of its spend: about a fifth of posts pay (science.md §5.1), and accounts differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was counted of posts before any ad, each array of shape (n,).

    views : 0 where nothing is known; likes … completions : of these views, -1 where not known
    read_comments, sceptics : comments whose kind is known, and sceptical ones among them
    makers, products : numbers of their creators and products, from 0; a post of no known product has -1
    newest : share of the views that came in the last days, NaN where only one reading is at hand
    worth : what an order of the post's product leaves before ads, in any unit; NaN where not known
    """

    makers: IntArray
    products: IntArray
    views: IntArray
    likes: IntArray
    comments: IntArray
    shares: IntArray
    saves: IntArray
    profile_visits: IntArray
    completions: IntArray
    read_comments: IntArray
    sceptics: IntArray
    newest: FloatArray
    worth: FloatArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """The signals of posts.

    rates : of each of RATES, None where too little is known; table : shape (n, len(PRIOR)), as `readiness` reads it
    """

    rates: dict[str, Shrunk | None] = field(repr=False)
    table: FloatArray = field(repr=False)


def read(counts: Counts) -> Evidence:
    """Every signal of every post, shrunk among these posts. An account's posts are read together.

    raises : ValueError when more views were liked, say, than there were
    """
    rates = {name: _rate(counts, name) for name in RATES}
    columns = {name: found.lift for name, found in rates.items() if found is not None}
    seen = counts.views > 0
    if seen.any():
        logs = np.log(np.maximum(counts.views, 1))
        columns["reach"] = np.where(seen, logs - np.median(logs[seen]), 0.0)
    columns["trend"] = _centred(counts.newest)
    columns["worth"] = _centred(np.log(np.where(counts.worth > 0, counts.worth, np.nan)))
    nothing = np.zeros(len(counts.views))
    return Evidence(rates, np.stack([columns.get(name, nothing) for name in PRIOR], axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ads:
    """What ads of some of the posts have brought, each array of shape (m,).

    posts : their places among the posts; orders : that are known by now
    paying_orders : that would have paid for the spend, times the part that can be known by now (`known_part`)
    """

    posts: IntArray
    orders: FloatArray
    paying_orders: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDays:
    """What the first 48 hours of posts' ads showed, each of shape (n,); 0 of posts without ads.

    spend : in any unit
    """

    impressions: IntArray
    clicks: IntArray
    spend: FloatArray


NO_ADS = Ads(posts=np.zeros(0, np.int64), orders=np.zeros(0), paying_orders=np.zeros(0))


def forecast(
    counts: Counts,
    found: Evidence,
    ads: Ads = NO_ADS,
    *,
    dearer: FloatArray | float = 1.0,
    knows_own: bool = True,
    first_days: FirstDays | None = None,
) -> tuple[readiness.Model, readiness.Chances]:
    """The chance that each post pays, by its signals and by what the account's ads have brought.

    dearer : as in `readiness.chances`; knows_own : what a post's own ads brought counts for it too
    first_days : of posts with ads, what their first two days showed
    """
    groups = {kind: _with_ads(getattr(counts, f"{kind}s"), ads) for kind in GROUP_DOUBT}
    names = [*PRIOR, *(f"{kind} {number}" for kind, seen in groups.items() for number in seen)]
    means = [mean for mean, _ in PRIOR.values()] + [0.0] * (len(names) - len(PRIOR))
    doubts = [doubt for _, doubt in PRIOR.values()]
    doubts += [GROUP_DOUBT[kind] for kind, seen in groups.items() for _ in seen]
    columns = [
        (getattr(counts, f"{kind}s") == number).astype(np.float64)
        for kind, seen in groups.items()
        for number in seen
    ]
    if first_days is not None:
        names += list(FIRST_DAYS_PRIOR)
        means += [mean for mean, _ in FIRST_DAYS_PRIOR.values()]
        doubts += [doubt for _, doubt in FIRST_DAYS_PRIOR.values()]
        columns += _first_days(first_days, counts.makers)
    table = np.column_stack([found.table, *columns]) if columns else found.table
    before = readiness.prior(names, means, doubts, level=LEVEL, level_doubt=LEVEL_DOUBT)
    model = readiness.learn(before, table[ads.posts], ads.orders, ads.paying_orders)
    own: dict[str, FloatArray] = {}
    if knows_own:
        for name in ("orders", "paying_orders"):
            own[name] = np.bincount(
                ads.posts, weights=getattr(ads, name), minlength=len(table)
            ).astype(np.float64)
    return model, readiness.chances(model, table, dearer=dearer, **own)


def known_part(days_ago: FloatArray) -> FloatArray:
    """Of the orders that a day's clicks bring, the part that is known so many days later.

    source : science.md §2.2, delays of 0 to 6 days with weights .50 .18 .10 .08 .06 .05 .03
    """
    sums = np.cumsum([0.50, 0.18, 0.10, 0.08, 0.06, 0.05, 0.03])
    place = np.clip(days_ago, 0, len(sums) - 1).astype(np.int64)
    return np.where(days_ago < 0, 0.0, sums[place])


def _first_days(seen: FirstDays, makers: IntArray) -> list[FloatArray]:
    """The columns of FIRST_DAYS_PRIOR, 0 of posts without ads."""
    clicked = shrink(np.minimum(seen.clicks, seen.impressions), seen.impressions, makers)
    shown = seen.impressions > 0
    price = np.log(
        np.where(shown & (seen.spend > 0), seen.spend / np.maximum(seen.impressions, 1), np.nan)
    )
    nothing = np.zeros(len(makers))
    return [np.where(shown, clicked.lift, 0.0) if clicked else nothing, _centred(price)]


def _with_ads(groups: IntArray, ads: Ads) -> list[int]:
    """Numbers of the groups that ads were seen of, those with the most first."""
    numbers, counts = np.unique(groups[ads.posts], return_counts=True)
    ordered = numbers[np.argsort(-counts, kind="stable")]
    return [int(number) for number in ordered if number >= 0][:MOST_GROUPS]


def _rate(counts: Counts, name: str) -> Shrunk | None:
    hits = getattr(counts, name)
    trials = counts.read_comments if name == "sceptics" else counts.views
    known = (hits >= 0) & (trials > 0)
    # A viewer may like once but comment twice: a share is what the prior of a rate can read.
    hits = np.where(known, np.minimum(hits, trials), 0)
    return shrink(hits, np.where(known, trials, 0), counts.makers)


def _centred(values: FloatArray) -> FloatArray:
    """Above the middle of what is known; 0 where it is not."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values))
    return np.where(known, values - np.median(values[known]), 0.0)
