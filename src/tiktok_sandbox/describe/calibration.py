"""How a family of worlds compares with published figures: each figure, its source, what we simulate.

Published lifts compare two populations of ads; here they are the outcome of such a comparison, made
in a world whose own effect of the format is known. Agreement shows that the figures can be explained
this way, not that they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.delivery.prices import crowd_prices, segment_prices
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.latents import draw_sample
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK, rates
from tiktok_sandbox.world.posts.traits import Traits, views_of
from tiktok_sandbox.world.posts.waves import (
    bar_of,
    organic_views,
    plan_waves,
    scores,
    segment_mix,
    segment_shares,
)
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, key

SCHEMA = "tiktok-sandbox.calibration/1"
SAMPLE, COHORT, DRAWS = 6000, 300, 200
SEED = 17
ROUNDS = 6
LOW, HIGH = 2.5, 97.5
DAILY_MINOR = 6000.0
RATES = ("stop", "view_6s", "completion", "engagement", "click", "order")
# Who was sparked and who was not in each comparison: the best share of creators' posts by organic
# score, against a mixture of the brand's studio ads and creators' posts. Ours; nobody states theirs.
PROVEN_A, STUDIO_A = 0.48, 0.63
PROVEN_B, STUDIO_B = 0.36, 1.0
PLATFORM = "TikTok Creative Center, Spark Ads Creative Playbook (2024), internal data"
RULE = "buyers' rule of thumb"
CIRCULATED = "circulates without a stated design"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row. Percent where the name says so; low and high are the simulated 95 % interval.

    published : a value, or a range as a pair; None where nobody publishes one
    """

    name: str
    kind: str
    source: str
    published: tuple[float, float] | None
    simulated: float
    low: float
    high: float

    @property
    def agrees(self) -> bool | None:
        """Do the published value and the simulated interval meet?"""
        if self.published is None:
            return None
        return self.published[0] <= self.high and self.low <= self.published[1]


class Cohorts:
    """Posts of one family with their rates as Spark Ads and as ads-only ads, shape (posts, RATES)."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.people = segment_shares(family)
        self.creators = draw_sample(family, SAMPLE, seed=SEED)
        self.studio = draw_sample(
            family, SAMPLE, seed=SEED + 1, is_brand=np.ones(SAMPLE, dtype=bool)
        )
        bar = bar_of(family)
        self.views = plan_waves(family, self.creators, bar, seed=SEED).views.sum(axis=1)
        mix = segment_mix(family, self.creators.affinity)
        liked = organic_views(family, self.creators)
        self.likes = self.views * (mix * liked.like).sum(axis=1)
        score = scores(family, self.creators, 0, bar.typical, np.zeros(SAMPLE), np.arange(SAMPLE))
        self.by_score = np.argsort(-score)
        self.spark = self._rates(self.creators, SPARK, self.likes)
        self.dark = self._rates(self.creators, ADS_ONLY, np.zeros(SAMPLE))
        self.studio_dark = self._rates(self.studio, ADS_ONLY, np.zeros(SAMPLE))

    def _rates(self, traits: Traits, mode: int, likes: FloatArray) -> FloatArray:
        numbers = self.family.delivery
        buying = (numbers.optimised_low + numbers.optimised_high) / 2
        views = views_of(traits, np.arange(len(traits)), mode=mode, likes=likes, buying=buying)
        found = rates(self.family.response, views)
        columns = (
            found.view_2s,
            found.view_6s,
            found.quartiles[3],
            found.like + found.comment + found.share,
            found.click,
            found.click * found.purchase,
        )
        return np.stack([(rate * self.people).sum(axis=1) for rate in columns], axis=1)

    def best(self, share: float) -> IntArray:
        return self.by_score[: round(share * SAMPLE)]

    def draws(self, name: str, compare: Callable[[np.random.Generator], FloatArray]) -> FloatArray:
        """The comparison on DRAWS cohorts, shape (draws, outcomes)."""
        words = np.array(key(SEED, f"calibration.{name}"), dtype=np.uint64)
        random = np.random.Generator(np.random.Philox(key=words))
        return np.stack([compare(random) for _ in range(DRAWS)])

    def observed(self, name: str, *, proven: float, studio: float) -> FloatArray:
        """Mean rates of sparked winners over those of the other ads, shape (draws, 2, RATES)."""
        best = self.best(proven)
        from_studio = round(studio * COHORT)

        def compare(random: np.random.Generator) -> FloatArray:
            sparked = self.spark[random.choice(best, COHORT)].mean(axis=0)
            others = np.concatenate(
                [
                    self.studio_dark[random.choice(SAMPLE, from_studio)],
                    self.dark[random.choice(SAMPLE, COHORT - from_studio)],
                ]
            ).mean(axis=0)
            return np.stack([sparked, others])

        return self.draws(name, compare)

    def causal(self) -> FloatArray:
        """The same posts before the same people, as Spark Ads and as ads-only ads."""
        best = self.best(PROVEN_A)

        def compare(random: np.random.Generator) -> FloatArray:
            chosen = random.choice(best, COHORT)
            return np.stack([self.spark[chosen].mean(axis=0), self.dark[chosen].mean(axis=0)])

        return self.draws("causal", compare)


def _lifts(pairs: FloatArray) -> dict[str, FloatArray]:
    """Percent by which the first of each pair is above the second, per outcome, shape (draws,)."""
    mean = {name: pairs[:, :, place] for place, name in enumerate(RATES)}
    mean["conversion"] = mean["order"] / mean["click"]
    mean["completion of stops"] = mean["completion"] / mean["stop"]
    return {name: 100 * (pair[:, 0] / pair[:, 1] - 1) for name, pair in mean.items()}


def _figure(
    name: str,
    kind: str,
    values: FloatArray,
    *,
    published: tuple[float, float] | None = None,
    source: str = "",
) -> Figure:
    low, middle, high = np.percentile(values, [LOW, 50, HIGH])
    return Figure(
        name=name,
        kind=kind,
        source=source,
        published=published,
        simulated=round(float(middle), 3),
        low=round(float(low), 3),
        high=round(float(high), 3),
    )


def calibrate(family: Family) -> list[Figure]:
    """Every figure of the report, deterministic for a family."""
    cohorts = Cohorts(family)
    first = _lifts(cohorts.observed("a", proven=PROVEN_A, studio=STUDIO_A))
    second = _lifts(cohorts.observed("b", proven=PROVEN_B, studio=STUDIO_B))
    causal = _lifts(cohorts.causal())
    seen = "observed lift, %"
    figures = [
        _figure("completion, per 2-s view", seen, first["completion of stops"],
                published=(30, 30), source=PLATFORM),
        _figure("engagement rate", seen, first["engagement"], published=(142, 142), source=PLATFORM),
        _figure("conversion rate", seen, first["conversion"], published=(43, 43), source=PLATFORM),
        _figure("CPM", seen, _price_lift(cohorts), published=(-4, -4), source=PLATFORM),
        _figure("completion, per impression", seen, second["completion"],
                published=(134, 134), source=CIRCULATED),
        _figure("6-s view rate", seen, second["view_6s"], published=(157, 157), source=CIRCULATED),
        _figure("conversion rate, winners", seen, second["conversion"],
                published=(69, 69), source=CIRCULATED),
    ]  # fmt: skip
    names = {
        "thumb-stop": "stop",
        "completion, per 2-s view": "completion of stops",
        "completion, per impression": "completion",
        "6-s view rate": "view_6s",
        "engagement rate": "engagement",
        "conversion rate": "conversion",
        "orders per impression": "order",
    }
    figures += [_figure(name, "causal lift, %", causal[key]) for name, key in names.items()]
    return figures + _levels(cohorts)


def _price_lift(cohorts: Cohorts) -> FloatArray:
    """What the same budgets pay per thousand as Spark, against ads-only, in a noisy market."""
    numbers = cohorts.family.delivery
    base = _price(cohorts.family, 1 + numbers.spark_credit) / _price(cohorts.family, 1.0)

    def compare(random: np.random.Generator) -> FloatArray:
        noise = np.exp(numbers.market_noise * random.standard_normal((2, COHORT))).mean(axis=1)
        return np.array([100 * (base * noise[0] / noise[1] - 1)])

    return cohorts.draws("price", compare)[:, 0]


def _price(family: Family, credit: float) -> float:
    """Minor units a thousand of an ad for purchases, halfway through learning, alone in its account."""
    numbers = family.delivery
    lift = (numbers.optimised_low + numbers.optimised_high) / 2
    people = numbers.audience * segment_shares(family)
    alone = numbers.rival_cpm_minor * lift**numbers.contest * segment_prices(family) / credit
    chances, market = people * numbers.slots, make_market(numbers)
    shown = np.zeros(len(people))
    # The account's own crowd makes it dearer: a few rounds find the price at which it stays.
    for _ in range(ROUNDS):
        level = alone * crowd_prices(family, shown)
        heights = -np.log(level / alone.mean())[None] / market.spread
        raised = market.raise_for(heights, (chances * level / 1000)[None], np.array([DAILY_MINOR]))
        shown = chances * market.share_at(heights + raised)[0]
    return float(1000 * DAILY_MINOR / shown.sum())


def _levels(cohorts: Cohorts) -> list[Figure]:
    """Plain levels beside the ranges people report."""
    best = cohorts.best(PROVEN_A)

    def spark(random: np.random.Generator) -> FloatArray:
        means: FloatArray = cohorts.spark[random.choice(best, COHORT)].mean(axis=0)
        return means

    def reach(random: np.random.Generator) -> FloatArray:
        views = np.sort(cohorts.views[random.choice(SAMPLE, 10 * COHORT)])
        ranks = np.arange(1, len(views) + 1)
        gini = float((2 * ranks - len(views) - 1) @ views / (len(views) * views.sum()))
        return np.array([gini, 100 * float((views < 1000).mean())])

    rows, organic = cohorts.draws("levels", spark), cohorts.draws("reach", reach)
    level = "level"
    price = np.full(2, _price(cohorts.family, 1 + cohorts.family.delivery.spark_credit) / 100)
    return [
        _figure("thumb-stop of Spark Ads, %", level, 100 * rows[:, 0],
                published=(30, 50), source=f"{RULE}; 30.7 and 34.3 % on in-feed ads, 17 accounts, 2022"),
        _figure("CTR, %", level, 100 * rows[:, 4],
                published=(0.6, 1.5), source="benchmarks of affectgroup.com and improvado.io"),
        _figure("conversion rate, %", level, 100 * rows[:, 5] / rows[:, 4],
                published=(1.2, 2.8), source="benchmarks of improvado.io"),
        _figure("CPM at 60 a day", level, price,
                published=(4, 12), source="benchmarks of calculatecreator.com, benly.ai, stackmatix.com"),
        _figure("Gini of organic views", level, organic[:, 0],
                published=(0.93, 0.93), source="tiktokodds.com, about 20,000 videos, 2020"),
        _figure("posts under 1,000 organic views, %", level, organic[:, 1]),
    ]  # fmt: skip


def as_json(family: Family, figures: list[Figure]) -> dict[str, object]:
    rows = [{**asdict(figure), "agrees": figure.agrees} for figure in figures]
    return {"schema": SCHEMA, "family": family.name, "figures": rows}


def as_markdown(family: Family, figures: list[Figure]) -> str:
    """The report as a page; the same bytes for the same family."""
    lines = [
        f"# Calibration of the world `{family.name}`",
        "",
        "Generated by `tiktok-sandbox calibrate`. Simulated: median and 95 % interval over",
        f"{DRAWS} comparisons of {COHORT} ads each. Agreement shows that a figure can come about this way,",
        "not that it did: other numbers would fit as well.",
    ]
    for kind in dict.fromkeys(figure.kind for figure in figures):
        lines += [
            "",
            f"## {kind[0].upper()}{kind[1:]}",
            "",
            "| figure | published | simulated | interval | agrees | source |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_row(figure) for figure in figures if figure.kind == kind]
    return "\n".join(lines) + "\n"


def _row(figure: Figure) -> str:
    published = "–"
    if figure.published is not None:
        low, high = figure.published
        published = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    agrees = {True: "yes", False: "no", None: "–"}[figure.agrees]
    return (
        f"| {figure.name} | {published} | {figure.simulated:.3g} | {figure.low:.3g} to "
        f"{figure.high:.3g} | {agrees} | {figure.source or '–'} |"
    )
