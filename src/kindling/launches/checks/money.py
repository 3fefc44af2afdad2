"""Checks of the money: budget, agreed maximum, margin. Pure."""

from __future__ import annotations

from kindling.kit.money import written
from kindling.launches import rules
from kindling.launches.checks.rules import Answer, Launch, Level, check


@check(15, "Budget at or above TikTok's minimum", Level.BLOCK)
def _budget(launch: Launch) -> Answer:
    least = rules.MIN_ADGROUP_MINOR
    facts = {"daily_budget_minor": launch.daily_budget_minor, "minimum_minor": least}
    if launch.daily_budget_minor < least:
        amount = written(least, launch.currency)
        return Answer(
            False,
            f"TikTok requires at least {amount} a day. Raise the budget.",
            facts,
        )
    return Answer(True, "The budget meets TikTok's minimum.", facts)


MAXIMUM_SPEND = "Agreed maximum ad spend"


@check(15, MAXIMUM_SPEND, Level.BLOCK)
def _cap(launch: Launch) -> Answer:
    cap = launch.cap
    if launch.is_own or cap is None:
        return Answer(True, "No maximum ad spend is agreed for this post.", {})
    facts = {**cap.to_json(), "agreement": cap.agreement, "planned_minor": launch.most_minor}
    if cap.is_reached:
        return Answer(
            False,
            f"The agreed maximum ad spend, {cap.cap}, is reached. Agree on more first.",
            facts,
        )
    if cap.doubt:
        return Answer(None, f"What is left of the agreed {cap.cap} is unknown. {cap.doubt}", facts)
    if launch.currency != cap.currency:
        return Answer(
            None,
            f"The {'plan' if launch.is_planned else 'ad account'} spends {launch.currency} and the agreed maximum "
            f"is in {cap.currency}: amounts are never converted.",
            facts,
        )
    if cap.is_passed_by(launch.most_minor):
        words = (
            f"{_spending(launch)}, and {cap.left} of the agreed {cap.cap} is left. "
            "Plan fewer days, a lower budget, or agree on more."
        )
        return Answer(False, words, facts)
    words = f"{_spending(launch)}; {cap.left} of the agreed {cap.cap} is left."
    return Answer(True, words, facts)


def _spending(launch: Launch) -> str:
    """What `most_minor` is of: Inventory knows of no plan, and counts no other either."""
    most = written(launch.most_minor, launch.currency)
    if launch.is_planned:
        return f"With what else is approved under the agreement the plan can spend {most}"
    return f"A week at TikTok's minimum budget can spend {most}, without what other plans can spend"


@check(24, "Margin per order", Level.WARN)
def _contribution(launch: Launch) -> Answer:
    facts = {"contribution_minor": launch.contribution_minor, "commission_bp": launch.commission_bp}
    if launch.contribution_minor is None:
        return Answer(
            None, "The costs of the product are unknown, so the break-even CPA is unknown.", facts
        )
    amount = written(launch.contribution_minor, launch.currency)
    if launch.contribution_minor <= 0:
        return Answer(
            False,
            f"Each order leaves {amount} before ad spend: it cannot be profitable.",
            facts,
        )
    return Answer(True, f"The break-even CPA is {amount}, after commission.", facts)
