"""How good a forecast of yes or no was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spark_measure.rates import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of about the same chance: their mean, how many came true, how many there were."""

    said: float
    came: float
    count: int


def rank_score(scores: FloatArray, outcomes: BoolArray) -> float:
    """The chance that a yes has a higher score than a no (AUC, ties count half); NaN without one of each."""
    yes, no = int(outcomes.sum()), int((~outcomes).sum())
    if not yes or not no:
        return float("nan")
    ordered, place = np.unique(scores, return_inverse=True)
    counts = np.bincount(place, minlength=len(ordered))
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[place][outcomes].sum() - yes * (yes + 1) / 2) / (yes * no))


def precision_at(scores: FloatArray, outcomes: BoolArray, *, part: float) -> float:
    """Of the highest-scored part, at least one, the share that came true; NaN without any."""
    if not len(scores):
        return float("nan")
    count = max(1, round(part * len(scores)))
    return float(outcomes[np.argsort(-scores, kind="stable")[:count]].mean())


def brier_skill(chances: FloatArray, outcomes: BoolArray) -> float:
    """1 is perfect, 0 as good as saying the base rate each time; NaN where all came out alike.

    source : Brier (1950), Mon. Weather Rev. 78(1), 1-3
    """
    base = float(outcomes.mean()) if len(outcomes) else float("nan")
    unsure = base * (1 - base)
    if not unsure > 0:
        return float("nan")
    return float(1 - ((chances - outcomes) ** 2).mean() / unsure)


def calibration(chances: FloatArray, outcomes: BoolArray, *, edges: FloatArray) -> list[Bin]:
    """What came true of what was said, by the size of what was said; bins without a forecast are left out."""
    place = np.clip(np.searchsorted(edges, chances, side="right") - 1, 0, len(edges) - 2)
    return [
        Bin(float(chances[here].mean()), float(outcomes[here].mean()), int(here.sum()))
        for here in (place == number for number in range(len(edges) - 1))
        if here.any()
    ]


def balanced_accuracy(calls: BoolArray, outcomes: BoolArray) -> float:
    """The mean of the shares called right among yes and among no; NaN without one of each."""
    if not outcomes.any() or outcomes.all():
        return float("nan")
    return float((calls[outcomes].mean() + (~calls[~outcomes]).mean()) / 2)
