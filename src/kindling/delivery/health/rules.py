"""Whether an ad still learns. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

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
