"""The ads that may run, as columns: made once whenever people may have changed something.

Within one stretch of simulated hours nothing but the clock decides which of them run, so each ad
has one window [from, until] in which switches, review, schedule, post and permission all hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from tiktok_sandbox.world.ads.budgets import DAILY, budget_minor
from tiktok_sandbox.world.creators.permissions import find_binding, is_linked
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.entities import PUBLIC, Ad, AdGroup, Campaign
from tiktok_sandbox.world.world import World

FOREVER = 2**40
NO_BUDGET = -1
HOURS_A_WEEK = 168
# What delivery optimises for, by optimisation goal; every other goal is served to anybody.
TO_BUY, TO_CLICK, TO_ANYBODY = 0, 1, 2
GOALS = {
    "CONVERT": TO_BUY,
    "VALUE": TO_BUY,
    "CLICK": TO_CLICK,
    "TRAFFIC_LANDING_PAGE_VIEW": TO_CLICK,
    "DESTINATION_VISIT": TO_CLICK,
}
# What a bid is paid for, by billing event; a conversion bid has a field of its own.
PER_NOTHING, PER_CLICK, PER_THOUSAND, PER_VIEW, PER_ORDER = 0, 1, 2, 3, 4
BILLING = {"CPC": PER_CLICK, "CPM": PER_THOUSAND, "CPV": PER_VIEW}
CREDIT_DAYS = {
    "OFF": 0,
    "ONE_DAY": 1,
    "SEVEN_DAYS": 7,
    "FOURTEEN_DAYS": 14,
    "TWENTY_EIGHT_DAYS": 28,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleAds:
    """Columns over ads that may ever run, over all ad groups, and over all campaigns.

    number, post, group, campaign, account : places in the state's dicts; from_second, until_second :
    the window, in seconds since 1970; landing : the number of the ad's landing page once an order
    needed it, else -1. group_hours is shape (groups, 168) from Monday, local time;
    group_segments is shape (groups, segments), 1 where the kind of viewer is targeted.
    """

    ads: list[Ad]
    landing: IntArray
    number: IntArray
    post: IntArray
    group: IntArray
    campaign: IntArray
    account: IntArray
    mode: IntArray
    from_second: IntArray
    until_second: IntArray
    group_daily: IntArray
    group_budget: IntArray
    group_end: IntArray
    group_pace_factor: FloatArray
    group_goal: IntArray
    group_bid_kind: IntArray
    group_bid: FloatArray
    group_hours: IntArray
    group_segments: FloatArray
    group_click_days: IntArray
    campaign_daily: IntArray
    campaign_budget: IntArray
    account_balance: IntArray

    def __len__(self) -> int:
        return len(self.number)


def window_of(world: World, ad: Ad) -> tuple[int, int] | None:
    """The ad's window in seconds since 1970, or None when it cannot run as things stand."""
    adgroup = world.state.adgroups[ad.adgroup_id]
    campaign = world.state.campaigns[ad.campaign_id]
    if ad.material_operation_status != "ENABLE":
        return None
    begins = [ad.reviewed_at, adgroup.start_at]
    for entity in (ad, adgroup, campaign):
        if entity.is_deleted or entity.operation_status != "ENABLE":
            return None
        begins.append(entity.status_changed_at)
    if world.behaviour.resume_after_extension == "manual" and ad.lost_at is not None:
        return None
    asset = asset_window(world, ad)
    if asset is None:
        return None
    begins.append(asset[0])
    ends = [end for end in (adgroup.end_at, asset[1]) if end is not None]
    return _second(max(begins)), _second(min(ends)) if ends else FOREVER


def asset_window(world: World, ad: Ad) -> tuple[datetime, datetime | None] | None:
    """From when until when the ad may use its post, None when it may not (has_asset over time)."""
    post = world.state.posts[ad.item_id]
    if post.status != PUBLIC:
        return None
    begin = max(post.posted_at, post.visibility_changed_at or post.posted_at)
    if ad.identity_type != "AUTH_CODE":
        is_mine = is_linked(world, ad.advertiser_id, kind=ad.identity_type, post=post)
        return (begin, None) if is_mine else None
    bound = find_binding(world, advertiser_id=ad.advertiser_id, item_id=ad.item_id)
    if bound is None:
        return None
    code = world.state.codes[bound.code_number]
    if code.deleted_at is not None:
        return None
    return max(begin, code.live_since, bound.bound_at), code.end_at


def _second(instant: datetime) -> int:
    """Whole seconds, rounded up, so that an hour never starts before its permission."""
    return -int(-instant.timestamp() // 1)


def find_eligible_ads(world: World) -> EligibleAds:
    """The ads that may run as the state stands now, with their groups, campaigns and accounts."""
    world.tally.follow(world)
    tally, state = world.tally, world.state
    found = [(ad, window) for ad in state.ads.values() if (window := window_of(world, ad))]
    numbers = _integers([ad.number for ad, _ in found])
    is_ads_only = world.traits.is_ads_only
    posts = _integers([world.post_number(ad.item_id) for ad, _ in found])
    groups, campaigns = list(state.adgroups.values()), list(state.campaigns.values())
    return EligibleAds(
        ads=[ad for ad, _ in found],
        landing=np.full(len(found), -1, dtype=np.int64),
        number=numbers,
        post=posts,
        group=tally.ad_group[numbers],
        campaign=tally.ad_campaign[numbers],
        account=tally.ad_account[numbers],
        mode=np.where(is_ads_only[posts], ADS_ONLY, SPARK),
        from_second=_integers([window[0] for _, window in found]),
        until_second=_integers([window[1] for _, window in found]),
        group_daily=_integers([g.fields.get("budget_mode") in DAILY for g in groups]),
        group_budget=_budgets(groups),
        group_end=_integers([FOREVER if g.end_at is None else _second(g.end_at) for g in groups]),
        group_pace_factor=np.array([_pace_factor(world, g) for g in groups], dtype=np.float64),
        group_goal=_integers(
            [GOALS.get(str(g.fields.get("optimization_goal")), TO_ANYBODY) for g in groups]
        ),
        group_bid_kind=_integers([bid_of(g)[0] for g in groups]),
        group_bid=np.array([bid_of(g)[1] for g in groups], dtype=np.float64),
        group_hours=_hours(groups),
        group_segments=_segments(world, groups),
        group_click_days=_integers([_days(g, "click_attribution_window", 7) for g in groups]),
        campaign_daily=_integers([c.fields.get("budget_mode") in DAILY for c in campaigns]),
        campaign_budget=_budgets(campaigns),
        account_balance=_integers(
            [account.balance_minor for account in state.advertisers.values()]
        ),
    )


def _integers(values: list[int] | list[bool]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _budgets(entities: Sequence[AdGroup | Campaign]) -> IntArray:
    found = [budget_minor(entity) for entity in entities]
    return _integers([NO_BUDGET if minor is None else minor for minor in found])


def _pace_factor(world: World, adgroup: AdGroup) -> float:
    fast = adgroup.fields.get("pacing") == "PACING_MODE_FAST"
    return world.family.delivery.fast_factor if fast else 1.0


def _days(adgroup: AdGroup, field: str, default: int) -> int:
    return CREDIT_DAYS.get(str(adgroup.fields.get(field)), default)


def bid_of(adgroup: AdGroup) -> tuple[int, float]:
    """What the ad group's bid is paid for, and its minor units; PER_NOTHING without a bid."""
    fields = adgroup.fields
    if fields.get("bid_type") != "BID_TYPE_CUSTOM":
        return PER_NOTHING, 0.0
    if fields.get("conversion_bid_price"):
        return PER_ORDER, _minor(fields["conversion_bid_price"])
    kind = BILLING.get(str(fields.get("billing_event")), PER_NOTHING)
    return (kind, _minor(fields["bid_price"])) if fields.get("bid_price") else (PER_NOTHING, 0.0)


def _minor(amount: object) -> float:
    return float(Decimal(str(amount)) * 100)


def _hours(groups: list[AdGroup]) -> IntArray:
    """Hours of the week in which dayparting allows both half hours."""
    rows = np.ones((len(groups), HOURS_A_WEEK), dtype=bool)
    for place, adgroup in enumerate(groups):
        slots = adgroup.fields.get("dayparting")
        if isinstance(slots, str) and "1" in slots:
            halves = np.frombuffer(slots.encode(), dtype=np.uint8).reshape(-1, 2) == ord("1")
            rows[place] = halves.all(axis=1)
    return rows


def _segments(world: World, groups: list[AdGroup]) -> FloatArray:
    """Which kinds of viewers each ad group is shown to; everybody when nothing would be left."""
    kinds = world.family.segments
    rows = np.ones((len(groups), len(kinds)))
    for place, adgroup in enumerate(groups):
        ages, gender = adgroup.fields.get("age_groups"), adgroup.fields.get("gender")
        wanted = gender.removeprefix("GENDER_") if isinstance(gender, str) else "UNLIMITED"
        row = [
            (not isinstance(ages, list) or not ages or kind.age in ages)
            and (wanted == "UNLIMITED" or kind.gender in (wanted, "NONE"))
            for kind in kinds
        ]
        if any(row):
            rows[place] = row
    return rows
