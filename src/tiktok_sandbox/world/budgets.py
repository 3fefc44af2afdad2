"""Budgets: how much may still be spent, and how much of it this hour."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from tiktok_sandbox.world.entities import AdGroup, Campaign
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
HOUR = timedelta(hours=1)
# A lifetime budget without an end is spread over this many days.
OPEN_END_DAYS = 30


def budget_minor(entity: Campaign | AdGroup) -> int | None:
    """The budget in minor units, or None when it has none of its own."""
    mode, amount = entity.fields.get("budget_mode"), entity.fields.get("budget")
    if mode not in DAILY + LIFETIME or amount is None:
        return None
    return int(Decimal(str(amount)) * 100)


def entity_id(entity: Campaign | AdGroup) -> str:
    return entity.adgroup_id if isinstance(entity, AdGroup) else entity.campaign_id


def remaining_minor(world: World, entity: Campaign | AdGroup, at: datetime) -> int | None:
    """What is left of the day's or the lifetime budget; None without a budget; never below 0."""
    budget = budget_minor(entity)
    if budget is None:
        return None
    daily = entity.fields.get("budget_mode") in DAILY
    period = world.local_day(at, entity.advertiser_id) if daily else ""
    return max(0, budget - world.spent.get((entity_id(entity), period), 0))


def is_exhausted(world: World, entity: Campaign | AdGroup) -> bool:
    return remaining_minor(world, entity, world.now) == 0


def hour_target(
    world: World, entity: Campaign | AdGroup, *, start: datetime, end_at: datetime | None
) -> float | None:
    """Minor units to aim for in the hour from `start`, spread like traffic; None without budget.

    A budget that has to last until midnight of the account's zone, or until the schedule ends,
    is shared by the traffic of the hours that are left.
    """
    remaining = remaining_minor(world, entity, start)
    if remaining is None:
        return None
    local = start.astimezone(world.zone(entity.advertiser_id))
    share_now = TRAFFIC[local.hour]
    if entity.fields.get("budget_mode") in LIFETIME:
        end = end_at or start + timedelta(days=OPEN_END_DAYS)
        days_left = max((end - start) / timedelta(days=1), 1 / 24)
        share_left = max(float(TRAFFIC.sum()) * days_left, float(share_now))
    else:
        last = 24
        if end_at is not None:
            last = min(24, local.hour + max(1, (end_at - start) // HOUR))
        share_left = float(TRAFFIC[local.hour : last].sum())
    return float(remaining * share_now / share_left)


def is_in_daypart(world: World, adgroup: AdGroup, start: datetime) -> bool:
    """Does the ad group's dayparting allow the whole hour? 48 half hours a day, Monday first."""
    dayparting = adgroup.fields.get("dayparting")
    if not isinstance(dayparting, str) or "1" not in dayparting:
        return True
    local = start.astimezone(world.zone(adgroup.advertiser_id))
    slot = local.weekday() * 48 + local.hour * 2
    return dayparting[slot : slot + 2] == "11"
