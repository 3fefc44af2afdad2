"""Are split tests of the sandbox honest? Pairs of a Spark Ad and an ads-only ad of the same video."""

from __future__ import annotations

import sys
from datetime import timedelta

import numpy as np
from msgspec.structs import replace

from bench.oracle_worlds import family_of
from bench.row import Case, Result
from tiktok_sandbox.world.ads.ready_made import (
    add_ad,
    add_adgroup,
    add_ads_only_copy,
    add_campaign,
    add_split_test,
    authorize,
)
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.truth.counterfactuals import ad_truth
from tiktok_sandbox.world.world import World

NULL_PAIRS, PAIRS = 400, 300
DAYS, BUDGET = 5, 150.0
METRICS = {
    "CTR": ("clicks",),
    "engagement": ("likes", "comments", "shares"),
    "2-s view rate": ("views_2s",),
    "6-s view rate": ("views_6s",),
    "conversion": ("orders",),
}
Z = 1.96
WIN = 1.645
"""One-sided 5 %: "Spark better" is said of one direction."""


def run_pair(family: Family, seed: int) -> tuple[dict[str, int], dict[str, int], dict[str, float]]:
    """Counts of the Spark Ad and of the ads-only ad, and the log of the true ratio of each metric."""
    world = build_world(family=family, seed=seed)
    advertiser_id = next(iter(world.state.advertisers))
    makers = [p for p in world.state.posts.values() if not world.creator_of(p).is_brand]
    post = makers[seed % len(makers)]
    authorize(world, post.item_id, advertiser_id)
    campaign = add_campaign(world, advertiser_id)
    groups = [
        add_adgroup(world, campaign, budget=BUDGET, optimization_goal="REACH") for _ in range(2)
    ]
    ads = [add_ad(world, groups[0], post.item_id)]
    ads.append(add_ad(world, groups[1], add_ads_only_copy(world, post).item_id))
    add_split_test(world, [[group.adgroup_id] for group in groups], days=DAYS)
    advance_to(world, world.now + timedelta(days=DAYS))
    spark, dark = (_counts(world, ad) for ad in ads)
    truth = ad_truth(world, ads[0])
    true = {}
    for name, columns in METRICS.items():
        as_spark, as_dark = (
            sum(expected[column] for column in columns)
            for expected in (truth.spark, truth.ads_only)
        )
        true[name] = float(np.log(as_spark / as_dark))
    return spark, dark, true


def _counts(world: World, ad: Ad) -> dict[str, int]:
    mine = world.ad_hours.column("ad") == ad.number
    names = ("impressions", "clicks", "views_2s", "views_6s", "likes", "comments", "shares")
    found = {name: int(world.ad_hours.column(name)[mine].sum()) for name in names}
    orders = world.orders
    paid = (orders.column("source") == PAID) & (orders.column("ref") == ad.number)
    return found | {"orders": int(paid.sum())}


def run(pairs: int) -> Result:
    """The row; `pairs` is not used, there are as many as the figures need."""
    return compare(NULL_PAIRS, PAIRS)


def compare(null_pairs: int, pairs: int) -> Result:
    """So many pairs without an effect of the format, and so many with one."""
    null = [run_pair(_family("null"), 5000 + seed) for seed in range(null_pairs)]
    print(f"  {null_pairs} pairs without an effect …", file=sys.stderr)
    real = [run_pair(_family("reference"), 9000 + seed) for seed in range(pairs)]
    cases = []
    for name, columns in METRICS.items():
        wins, _, _ = _judge(name, columns, null)
        _, covered, off = _judge(name, columns, real)
        cases.append(
            Case(
                label=name,
                ours=f"coverage {covered:.3f}, bias {100 * off:+.2f} points",
                theirs=f"“Spark better” {wins:.3f} of null pairs",
            )
        )
    return Result(
        name="split_tests",
        against="null pairs",
        cases=cases,
        notes=[
            f"{null_pairs} null pairs, {pairs} pairs with an effect; {DAYS} days at {BUDGET:.0f} a day each, "
            "about 100,000 impressions; 95 % intervals of the log ratio; aim .92-.98, bias 2 points, "
            "“better” 7 % at most.",
        ],
    )


def _family(name: str) -> Family:
    base = family_of(name, posts=12)
    return replace(base, creators=replace(base.creators, count=8))


def _judge(
    name: str,
    columns: tuple[str, ...],
    found: list[tuple[dict[str, int], dict[str, int], dict[str, float]]],
) -> tuple[float, float, float]:
    """Shares of pairs that say Spark is better and whose interval holds the truth, and mean log error."""
    wins, covered, errors = [], [], []
    for spark, dark, true in found:
        a, b = (sum(counts[column] for column in columns) for counts in (spark, dark))
        if not a or not b:
            continue
        p, q = a / spark["impressions"], b / dark["impressions"]
        width = float(np.sqrt((1 - p) / a + (1 - q) / b))
        gap = float(np.log(p / q))
        wins.append(gap > Z * width)
        covered.append(abs(gap - true[name]) < Z * width)
        errors.append(gap - true[name])
    return float(np.mean(wins)), float(np.mean(covered)), float(np.mean(errors))
