"""Budgets: how much may still be spent, and how much of it this hour."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import numpy as np

from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.world import World

# Share of a day's traffic per local hour, 0 to 23: quiet nights, a peak in the evening.
TRAFFIC = np.array(
    (
        *(2.4, 1.6, 1.1, 0.9, 0.9, 1.3, 2.2, 3.2, 3.8, 4.0, 4.2, 4.5),
        *(4.9, 4.9, 4.8, 4.9, 5.2, 5.7, 6.3, 6.9, 7.3, 7.2, 6.4, 5.4),
    )
)
DAILY = ("BUDGET_MODE_DAY", "BUDGET_MODE_DYNAMIC_DAILY_BUDGET")
LIFETIME = ("BUDGET_MODE_TOTAL",)
# A lifetime budget without an end is spread over this many days.
OPEN_END_DAYS = 30
LEAST_MINOR = 2


def budget_minor(entity: Campaign | AdGroup) -> int | None:
    """The budget in minor units, or None when it has none of its own."""
    mode, amount = entity.fields.get("budget_mode"), entity.fields.get("budget")
    if mode not in DAILY + LIFETIME or amount is None:
        return None
    return int(Decimal(str(amount)) * 100)


def remaining_minor(world: World, entity: Campaign | AdGroup, at: datetime) -> int | None:
    """What is left of the day's or the lifetime budget; None without a budget; never below 0."""
    budget = budget_minor(entity)
    if budget is None:
        return None
    is_daily = entity.fields.get("budget_mode") in DAILY
    return max(0, budget - spent_minor(world, entity, at=at if is_daily else None))


def spent_minor(world: World, entity: Campaign | AdGroup, *, at: datetime | None) -> int:
    """Minor units spent on the account's local day of `at`, or ever when `at` is None."""
    tally = world.tally
    tally.follow(world)
    if isinstance(entity, AdGroup):
        place, today, life = (
            tally.group_place[entity.adgroup_id],
            tally.group_today,
            tally.group_life,
        )
    else:
        place, today, life = (
            tally.campaign_place[entity.campaign_id],
            tally.campaign_today,
            tally.campaign_life,
        )
    if at is None:
        return int(life[place])
    day = at.astimezone(world.zone(entity.advertiser_id)).toordinal()
    is_same = tally.account_day[tally.account_place[entity.advertiser_id]] == day
    return int(today[place]) if is_same else 0


def account_spent_minor(world: World, advertiser_id: str) -> int:
    """Minor units the ad account has ever spent."""
    tally = world.tally
    tally.follow(world)
    return int(tally.account_life[tally.account_place[advertiser_id]])


def is_exhausted(world: World, entity: Campaign | AdGroup) -> bool:
    """Is too little left for even one impression?"""
    remaining = remaining_minor(world, entity, world.now)
    return remaining is not None and remaining < LEAST_MINOR


def next_scheduled_budget(world: World) -> datetime | None:
    """When the next scheduled budget begins."""
    return min((each.due_at for each in world.state.scheduled_budgets), default=None)


def apply_scheduled_budgets(world: World) -> bool:
    """Give ad groups the budgets scheduled for a day that has begun; whether there were any."""
    if not world.state.scheduled_budgets:
        return False
    now = world.tick_start(world.state.ticks_done)
    due = [scheduled for scheduled in world.state.scheduled_budgets if scheduled.due_at <= now]
    for scheduled in due:
        adgroup = world.state.adgroups[scheduled.adgroup_id]
        adgroup.fields = adgroup.fields | {"budget": scheduled.budget}
    if due:
        rest = [scheduled for scheduled in world.state.scheduled_budgets if scheduled.due_at > now]
        world.state.scheduled_budgets = rest
    return bool(due)
