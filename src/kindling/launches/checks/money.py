"""Checks of the money: budget, agreed maximum, margin. Pure."""

from __future__ import annotations

from decimal import Decimal

from kindling.kit.money import to_minor, written
from kindling.launches.checks.rules import Answer, Launch, Level, SecondPerson, check
from kindling.launches.planning import minimums
from kindling.workspaces.rules import CREATOR_MANAGER, FINANCE, MEDIA_BUYER, OWNER


@check(
    15,
    "Budget at or above TikTok's minimum",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Raise the budget.",
    of_uploads=True,
)
def _budget(launch: Launch) -> Answer:
    least = minimums.adgroup_minor(launch.currency)
    facts = {"daily_budget_minor": launch.daily_budget_minor, "minimum_minor": least}
    if least is None:
        return Answer(
            None,
            f"TikTok's minimum in {launch.currency} is not on record.",
            facts,
            is_warning=True,
            next_step="Look it up in Ads Manager; TikTok refuses a budget below it.",
        )
    if launch.daily_budget_minor < least:
        amount = written(least, launch.currency)
        return Answer(
            False,
            f"TikTok requires at least {amount} a day. Raise the budget.",
            facts,
        )
    return Answer(True, "The budget meets TikTok's minimum.", facts)


# TikTok's tip for a daily budget, in results and in units of a currency with the factor 1. Source: R55.
DEEP_RESULTS, DEEP_UNKNOWN, SHALLOW_UNKNOWN = 10, 200, 100
DEEP_GOALS = frozenset({"CONVERT", "VALUE"})


@check(
    15,
    "Budget enough for learning",
    Level.WARN,
    owner=MEDIA_BUYER,
    next_step="Raise the budget, or expect a longer learning phase.",
    of_uploads=True,
)
def _learning(launch: Launch) -> Answer:
    if not launch.is_planned:
        return Answer(True, "The budget is chosen when a plan is made.", {})
    wanted = _tip_minor(launch)
    facts = {"daily_budget_minor": launch.daily_budget_minor, "tip_minor": wanted}
    if wanted is None:
        return Answer(None, f"TikTok's tip in {launch.currency} is not on record.", facts)
    amount = written(wanted, launch.currency)
    if launch.daily_budget_minor < wanted:
        return Answer(
            False,
            f"TikTok's tip for learning is {amount} a day; with less it may not find enough results.",
            facts,
        )
    return Answer(True, f"The budget meets TikTok's tip for learning, {amount} a day.", facts)


def _tip_minor(launch: Launch) -> int | None:
    """Ten orders at the break-even CPA where ads optimise for orders; else TikTok's figure for an unknown cost."""
    is_deep = launch.optimization_goal in DEEP_GOALS
    if is_deep and launch.contribution_minor is not None and launch.contribution_minor > 0:
        return DEEP_RESULTS * launch.contribution_minor
    factor = minimums.factor(launch.currency)
    if factor is None:
        return None
    units = DEEP_UNKNOWN if is_deep else SHALLOW_UNKNOWN
    return to_minor(Decimal(units * factor), launch.currency)


MAXIMUM_SPEND = "Agreed maximum ad spend"


@check(
    15,
    MAXIMUM_SPEND,
    Level.BLOCK,
    owner=CREATOR_MANAGER,
    next_step="Agree on more, or plan fewer days or a lower budget.",
)
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


@check(
    24,
    "Margin per order",
    Level.WARN,
    owner=FINANCE,
    next_step="Add the product's costs, or choose another product.",
    of_uploads=True,
)
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


SECOND_PERSON = "Second person confirms the spend"


@check(
    25,
    SECOND_PERSON,
    Level.BLOCK,
    owner=OWNER,
    next_step="Ask another owner, media buyer or finance member to approve the plan.",
    of_uploads=True,
)
def _second_person(launch: Launch) -> Answer:
    given = launch.second_person
    facts = {"second_person": given.value if given else None}
    match given:
        case SecondPerson.NOT_NEEDED:
            return Answer(True, "The spend is within what one person may approve.", facts)
        case SecondPerson.GIVEN:
            return Answer(True, "Another person than the plan's author confirmed the spend.", facts)
        case SecondPerson.MISSING:
            return Answer(
                False, "The spend is above the limit and only its author confirmed it.", facts
            )
        case SecondPerson.NEEDED:
            return Answer(
                None,
                "The spend is above the limit: another person than the plan's author must approve it.",
                facts,
                is_warning=True,
            )
    return Answer(True, "Whether a second person is needed is known once there is a plan.", facts)
