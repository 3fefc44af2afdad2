"""Whether an ad still learns, whether its audience is tired of it, and whether a post starts badly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import exp, log, sqrt
from statistics import NormalDist

# R54 (verified H19, P9): an ad group learns until 50 conversions; figures settle after about 7 days.
LEARNING_CONVERSIONS = 50
LEARNING_DAYS = 7


class Learning(StrEnum):
    """How far an ad group's delivery has learned."""

    LEARNING = "learning"
    LEARNED = "learned"
    LIMITED = "limited"
    UNKNOWN = "unknown"


LEARNING_LABELS = {
    Learning.LEARNING: "Learning",
    Learning.LEARNED: "Learning over",
    Learning.LIMITED: "Learning limited",
    Learning.UNKNOWN: "Learning unknown",
}


@dataclass(frozen=True, slots=True)
class LearningState:
    """conversions : since its start or last large change; needed, days : what ends the phase. None: not known"""

    state: Learning
    conversions: int | None
    needed: int = LEARNING_CONVERSIONS
    days: int = LEARNING_DAYS

    @property
    def reason(self) -> str:
        if self.state is Learning.UNKNOWN:
            return "When it began, or its conversions since, are not known."
        counted = (
            f"{self.conversions} of {self.needed} conversions since it began or was last changed"
        )
        if self.state is Learning.LIMITED:
            return f"{counted}, and its {self.days} days of learning are over."
        return f"{counted}."


def learning(
    conversions_by_day: Mapping[date, int | None] | None,
    *,
    began: date | None,
    today: date,
    needed: int = LEARNING_CONVERSIONS,
    days: int = LEARNING_DAYS,
) -> LearningState:
    """How far an ad group has learned (R54).

    conversions_by_day : of all its ads; a day without an entry has none, None says that one is not known
    began : the day of its first delivery, or of the last change that starts the phase anew
    """
    if conversions_by_day is None or began is None:
        return LearningState(Learning.UNKNOWN, None, needed, days)
    counted = [count for day, count in conversions_by_day.items() if began <= day <= today]
    if any(each is None for each in counted):
        return LearningState(Learning.UNKNOWN, None, needed, days)
    total = sum(each or 0 for each in counted)
    if total >= needed:
        return LearningState(Learning.LEARNED, total, needed, days)
    is_over = today >= began + timedelta(days=days)
    return LearningState(Learning.LIMITED if is_over else Learning.LEARNING, total, needed, days)


# --- Tired audiences ----------------------------------------------------------------------------------------------

# Winning creatives fatigue in 7-14 days (R58, P16); a click rate 20 % below its own first days is where buyers act
# (science.md §2.4 and §5.2: CTR -20 % near a frequency of 2.5).
FIRST_DAYS = 3
RECENT_DAYS = 3
LEAST_AGE_DAYS = 6
LEAST_ACTIONS = 10  # below it the interval of a ratio means nothing (science.md §4.1)
WORN_DROP = 0.2
SURE = 0.9
SPREAD = 0.3  # how far the log of such a ratio wanders without any fatigue: the prior that shrinks it. Ours


class Fatigue(StrEnum):
    """Whether an ad's audience is tired of it."""

    FRESH = "fresh"
    POSSIBLE = "possible"
    LIKELY = "likely"
    UNKNOWN = "unknown"


FATIGUE_LABELS = {
    Fatigue.FRESH: "No fatigue",
    Fatigue.POSSIBLE: "Fatigue possible",
    Fatigue.LIKELY: "Fatigue likely",
    Fatigue.UNKNOWN: "Too early to say",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Of some days of one ad. frequency : impressions for each person on an average day; None: not known"""

    impressions: int
    clicks: int
    two_second_views: int
    frequency: float | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """How a rate fell from an ad's first days to its last ones: 0.25 is a quarter less. low, high : 90 % interval

    confidence : that it fell by at least `WORN_DROP`
    """

    name: str
    drop: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class FatigueState:
    state: Fatigue
    drops: tuple[Drop, ...]
    reason: str

    @property
    def confidence(self) -> float | None:
        return max((each.confidence for each in self.drops), default=None)


def drop_of(name: str, *, first: tuple[int, int], recent: tuple[int, int]) -> Drop | None:
    """How a rate fell, shrunk towards no change by how few actions it rests on; None with too few to say.

    first, recent : actions and impressions
    """
    (x1, n1), (x2, n2) = first, recent
    if min(x1, x2) < LEAST_ACTIONS or x1 > n1 or x2 > n2:
        return None
    seen = log((x2 / n2) / (x1 / n1))
    variance = (1 - x1 / n1) / x1 + (1 - x2 / n2) / x2
    kept = SPREAD**2 / (SPREAD**2 + variance)
    mean, spread = kept * seen, sqrt(kept * variance) or 1e-9
    reach = NormalDist().inv_cdf((1 + SURE) / 2) * spread
    worn = NormalDist(mean, spread).cdf(log(1 - WORN_DROP))
    return Drop(name, 1 - exp(mean), 1 - exp(mean + reach), 1 - exp(mean - reach), worn)


def fatigue(first: Counts | None, recent: Counts | None, *, age_days: int) -> FatigueState:
    """Whether an audience is tired of an ad: fewer clicks or fewer stops than in its own first days, seen more often.

    Without a known frequency nobody can say that it was shown too often, so fatigue is possible at most.
    """
    if first is None or recent is None:
        return FatigueState(Fatigue.UNKNOWN, (), "Figures of its first or last days are not known.")
    if age_days < LEAST_AGE_DAYS:
        return FatigueState(
            Fatigue.UNKNOWN, (), f"It has run for fewer than {LEAST_AGE_DAYS} days."
        )
    drops = tuple(
        found
        for found in (
            drop_of("CTR", first=(first.clicks, first.impressions), recent=(recent.clicks, recent.impressions)),
            drop_of("Thumb-stop rate", first=(first.two_second_views, first.impressions),
                    recent=(recent.two_second_views, recent.impressions)),
        )
        if found is not None
    )  # fmt: skip
    if not drops:
        return FatigueState(Fatigue.UNKNOWN, (), "It has too few clicks and views to compare.")
    worst = max(drops, key=lambda each: (round(each.confidence, 2), each.drop))
    said = (
        f"{worst.name} changed by {-worst.drop * 100:+.0f} % ({-worst.high * 100:+.0f} to {-worst.low * 100:+.0f} %) "
        f"since its first {FIRST_DAYS} days"
    )
    if worst.confidence < SURE:
        return FatigueState(Fatigue.FRESH, drops, f"{said}: no clear drop.")
    if first.frequency is None or recent.frequency is None:
        return FatigueState(
            Fatigue.POSSIBLE, drops, f"{said}; how often people see it is not known."
        )
    seen = f"frequency a day went from {first.frequency:.2f} to {recent.frequency:.2f}"
    is_rising = recent.frequency > first.frequency
    state = Fatigue.LIKELY if is_rising else Fatigue.POSSIBLE
    return FatigueState(
        state, drops, f"{said}, and {seen}." if is_rising else f"{said}, but {seen}."
    )


# --- Danger in the first days -------------------------------------------------------------------------------------

ENOUGH_LAUNCHES = 10  # of the account's own, before they replace what is published; ours
WEAK_SHARE = 0.6  # of what launches usually show; ours
PUBLISHED_STRENGTH = (
    200.0  # impressions that a published figure is worth against a post's own; ours
)


@dataclass(frozen=True, slots=True)
class Usual:
    """What launches show in their first two days. launches : of the account's own; 0: a published figure, by source"""

    name: str
    rate: float
    strength: float
    launches: int
    source: str


# Domain §7: a hook rate to scale is 30 %, a CTR worth having 1 % (P16).
PUBLISHED = {
    "thumb_stop": Usual("Thumb-stop rate", 0.30, PUBLISHED_STRENGTH, 0, "published figures"),
    "ctr": Usual("CTR", 0.01, PUBLISHED_STRENGTH, 0, "published figures"),
}


@dataclass(frozen=True, slots=True)
class Danger:
    """A sign that a post's ads go wrong. confidence : 0 to 1, that it is really so"""

    name: str
    reason: str
    confidence: float


def weak_start(usual: Usual, *, actions: int, impressions: int) -> Danger | None:
    """Whether a post's rate is clearly weaker than launches usually are; None where that is not clear."""
    if not 0 <= actions <= impressions or not impressions:
        return None
    limit = usual.rate * WEAK_SHARE
    total = impressions + usual.strength
    mean = (actions + usual.rate * usual.strength) / total
    spread = sqrt(mean * (1 - mean) / total) or 1e-9
    confidence = NormalDist(mean, spread).cdf(limit)
    if confidence < SURE:
        return None
    whose = f"your last {usual.launches} launches" if usual.launches else usual.source
    return Danger(
        usual.name,
        f"{usual.name} {actions / impressions * 100:.1f} %, far below the {usual.rate * 100:.1f} % of {whose}.",
        confidence,
    )
