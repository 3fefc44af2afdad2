"""What each ad group aims to spend in an hour, and what it may spend at most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.budgets import OPEN_END_DAYS, TRAFFIC
from tiktok_sandbox.world.delivery.eligible_ads import FOREVER, NO_BUDGET, EligibleAds
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, normals
from tiktok_sandbox.world.state.hours import DAY_SECONDS, HOUR_SECONDS, Hour
from tiktok_sandbox.world.world import World

TRAFFIC_UNTIL = np.concatenate([[0.0], np.cumsum(TRAFFIC)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Minor units: target is shape (groups,); the rest is what is left, NO_BUDGET for no limit."""

    target: FloatArray
    group_left: IntArray
    campaign_left: IntArray
    account_left: IntArray


def allow(world: World, eligible: EligibleAds, hour: Hour, busy: IntArray) -> Allowance:
    """Targets of the ad groups at the places `busy`; 0 elsewhere."""
    tally = world.tally
    group_spent = np.where(eligible.group_daily, tally.group_today, tally.group_life)
    campaign_spent = np.where(eligible.campaign_daily, tally.campaign_today, tally.campaign_life)
    group_left = _left(eligible.group_budget, group_spent)
    campaign_left = _left(eligible.campaign_budget, campaign_spent)
    account_left = _left(eligible.account_balance, tally.account_life)
    own = _hour_share(
        group_left[busy],
        is_daily=eligible.group_daily[busy],
        local_hour=hour.local_hour[tally.group_account[busy]],
        end=eligible.group_end[busy],
        start=hour.start,
    )
    target = np.zeros(len(group_left))
    target[busy] = own * eligible.group_pace_factor[busy]
    _share_campaigns(world, eligible, hour, busy=busy, target=target, left=campaign_left)
    noise = normals(world.seed, "ad.pace", hour.tick, len(group_left))
    target *= np.exp(world.family.delivery.pace_noise * noise)
    return Allowance(
        target=target,
        group_left=group_left,
        campaign_left=campaign_left,
        account_left=account_left,
    )


def _left(budget: IntArray, spent: IntArray) -> IntArray:
    return np.where(budget == NO_BUDGET, NO_BUDGET, np.maximum(budget - spent, 0))


def _hour_share(
    left: IntArray, *, is_daily: IntArray, local_hour: IntArray, end: IntArray, start: int
) -> FloatArray:
    """What is left, spread like traffic over the hours that are left; NaN without a budget.

    A daily budget has to last until midnight of the account's zone, or until the schedule ends;
    a lifetime budget until the end, or OPEN_END_DAYS without one.
    """
    now = TRAFFIC[local_hour]
    hours_left = np.maximum(1, (end - start) // HOUR_SECONDS)
    last = np.minimum(24, local_hour + hours_left)
    today = TRAFFIC_UNTIL[last] - TRAFFIC_UNTIL[local_hour]
    days = np.where(end >= FOREVER, OPEN_END_DAYS, np.maximum((end - start) / DAY_SECONDS, 1 / 24))
    rest = np.maximum(TRAFFIC.sum() * days, now)
    share: FloatArray = left * now / np.where(is_daily, today, rest)
    return np.where(left == NO_BUDGET, np.nan, share)


def _share_campaigns(
    world: World,
    eligible: EligibleAds,
    hour: Hour,
    *,
    busy: IntArray,
    target: FloatArray,
    left: IntArray,
) -> None:
    """Cap ad groups at their campaign's target; those without a budget share what remains."""
    campaign = world.tally.group_campaign[busy]
    count = len(left)
    end = np.zeros(count, dtype=np.int64)
    np.maximum.at(end, campaign, eligible.group_end[busy])
    account = world.tally.campaign_account
    whole = _hour_share(
        left,
        is_daily=eligible.campaign_daily,
        local_hour=hour.local_hour[account],
        end=np.where(end == 0, FOREVER, end),
        start=hour.start,
    )
    is_open = np.isnan(target[busy])
    asked = np.bincount(campaign, weights=np.where(is_open, 0.0, target[busy]), minlength=count)
    sharers = np.bincount(campaign, weights=is_open, minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = np.where(np.isnan(whole) | (asked <= whole), 1.0, whole / asked)
        rest = np.maximum(whole - asked, 0.0) / sharers
    free = float(world.family.delivery.open_hour_minor)
    given = np.where(np.isnan(whole), free, rest)[campaign]
    target[busy] = np.where(is_open, given, target[busy] * cut[campaign])
