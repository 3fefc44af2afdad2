"""What a daily budget may be lowered to. Pure: nothing here ever gives more than there was."""

from __future__ import annotations

from dataclasses import dataclass

from kindling.launches.rules import MIN_ADGROUP_MINOR

DAY_BUDGET = "BUDGET_MODE_DAY"
# TikTok's tip: change a budget by at most half, then wait two days (R55, verified H18).
MOST_AT_ONCE_PERCENT = 50
MOST_PERCENT = 99


@dataclass(frozen=True, slots=True)
class Lowering:
    """By how much daily budgets are lowered: `percent` of each, or to `to_minor` where that is less.

    floor_minor : they are never lowered below it, nor below TikTok's minimum
    is_large_meant : more than `MOST_AT_ONCE_PERCENT` at once is no slip
    """

    percent: int | None = None
    to_minor: int | None = None
    floor_minor: int = 0
    is_large_meant: bool = True

    def of(self, budget_minor: int, *, minimum_minor: int = MIN_ADGROUP_MINOR) -> int | None:
        """The lower budget in minor units; None where it would be no less."""
        kept = 100 - (self.percent or 0)
        wanted = budget_minor * kept // 100 if self.to_minor is None else self.to_minor
        wanted = max(wanted, self.floor_minor, minimum_minor)
        return wanted if wanted < budget_minor else None


def is_too_much_at_once(before_minor: int, after_minor: int) -> bool:
    """Whether a change is larger than TikTok advises: the ad group may start to learn anew."""
    return (before_minor - after_minor) * 100 > before_minor * MOST_AT_ONCE_PERCENT


def why_not(*, budget_mode: str, budget_minor: int | None, is_gone: bool) -> str:
    """Why the daily budget of an ad group cannot be lowered here; "" where it can."""
    if is_gone:
        return "The ad group was deleted at TikTok."
    if budget_minor is None:
        return "The campaign sets its budget: lower it in TikTok Ads Manager."
    if budget_mode != DAY_BUDGET:
        return "It has a total budget, not a daily one: lower it in TikTok Ads Manager."
    return ""
