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

from tiktok_sandbox.world.ads.budgets import DAILY, TRAFFIC, budget_minor
from tiktok_sandbox.world.creators.permissions import find_binding, is_linked
from tiktok_sandbox.world.delivery.effects import (
    PEOPLE,
    Effect,
    find_effects,
    holding,
    tested_groups,
)
from tiktok_sandbox.world.delivery.targeting import target_of
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.response import ADS_ONLY, SPARK
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray
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
class Pairs:
    """Which exposures an ad's viewers have had: one row for each ad and each exposure of its video.

    per_view : exposures per person of the ad's target that one view makes, shape (pairs, segments)
    """

    ad: IntArray
    exposure: IntArray
    per_view: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleAds:
    """Columns over ads that may ever run, over all ad groups, and over all campaigns.

    number, post, group, campaign, account : places in the state's dicts; from_second, until_second :
    the window, in seconds since 1970; landing : the number of the ad's landing page once an order
    needed it, else -1. pattern_hours is shape (patterns, 168) from Monday, local time, and
    pattern_traffic the traffic before each of these hours, shape (patterns, 169); group_people is
    shape (groups, segments), the share of each kind of viewer that is targeted; group_slots :
    impressions a day that one of them could be shown. effects change ad groups for a time;
    tested_groups : the ad groups of each split test. luck, group_luck : whose draws of the market and
    of pace an ad and an ad group have: their own, or in a split test those of its first ad group, as the
    cells stand in the same auctions.
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
    exposure: IntArray
    pairs: Pairs
    group_daily: IntArray
    group_budget: IntArray
    group_begin: IntArray
    group_end: IntArray
    group_pace_factor: FloatArray
    group_goal: IntArray
    group_bid_kind: IntArray
    group_bid: FloatArray
    group_pattern: IntArray
    pattern_hours: BoolArray
    pattern_traffic: FloatArray
    group_people: FloatArray
    group_buying: FloatArray
    group_slots: FloatArray
    group_click_days: IntArray
    campaign_daily: IntArray
    campaign_budget: IntArray
    account_balance: IntArray
    effects: list[Effect]
    tested_groups: list[IntArray]
    luck: IntArray
    group_luck: IntArray

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
    pattern, hours = _patterns(groups)
    epoch = _second(state.epoch)
    targets = [target_of(world, group) for group in groups]
    people = _stacked([target.people for target in targets], world)
    exposure = tally.exposure_rows(tally.ad_group[numbers], posts)
    effects = find_effects(world)
    now = holding(effects, _second(world.tick_start(state.ticks_done)))
    tests, group_luck = tested_groups(now), np.arange(len(groups))
    for tested in tests:
        group_luck[tested] = tested[0]
    is_tested = np.isin(tally.ad_group[numbers], np.concatenate([[-1], *tests]))
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
        exposure=exposure,
        pairs=_pairs(world, posts, tally.ad_group[numbers], people, now),
        group_daily=_integers([g.fields.get("budget_mode") in DAILY for g in groups]),
        group_budget=_budgets(groups),
        group_begin=_integers([max(_second(g.start_at), epoch) for g in groups]),
        group_end=_integers([FOREVER if g.end_at is None else _second(g.end_at) for g in groups]),
        group_pace_factor=np.array([_pace_factor(world, g) for g in groups], dtype=np.float64),
        group_goal=_integers(
            [GOALS.get(str(g.fields.get("optimization_goal")), TO_ANYBODY) for g in groups]
        ),
        group_bid_kind=_integers([bid_of(g)[0] for g in groups]),
        group_bid=np.array([bid_of(g)[1] for g in groups], dtype=np.float64),
        group_pattern=pattern,
        pattern_hours=hours,
        pattern_traffic=traffic_until(hours),
        group_people=people,
        group_buying=np.array([target.buying for target in targets], dtype=np.float64),
        group_slots=np.array([_slots(world, g) for g in groups], dtype=np.float64),
        group_click_days=_integers([_days(g, "click_attribution_window", 7) for g in groups]),
        campaign_daily=_integers([c.fields.get("budget_mode") in DAILY for c in campaigns]),
        campaign_budget=_budgets(campaigns),
        account_balance=_integers(
            [account.balance_minor for account in state.advertisers.values()]
        ),
        effects=effects,
        tested_groups=tests,
        luck=np.where(is_tested, -1 - group_luck[tally.ad_group[numbers]], numbers),
        group_luck=group_luck,
    )


def _pairs(
    world: World, posts: IntArray, groups: IntArray, people: FloatArray, effects: list[Effect]
) -> Pairs:
    """The exposures of each ad's video, whoever paid for them."""
    tally, family = world.tally, world.family
    creative = tally.creative[posts]
    by_creative: dict[int, list[tuple[int, int]]] = {}
    wanted = set(creative.tolist())
    for (group, video), row in sorted(tally.exposure_row.items()):
        if video in wanted:
            by_creative.setdefault(video, []).append((group, row))
    ads, rows, others = [], [], []
    for place, video in enumerate(creative.tolist()):
        for group, row in by_creative.get(video, ()):
            ads.append(place)
            rows.append(row)
            others.append(group)
    own, foreign = groups[ads], _integers(others)
    per_view = exposure_per_view(
        family, effects, own, foreign, mine=people[own], theirs=people[foreign]
    )
    return Pairs(ad=_integers(ads), exposure=_integers(rows), per_view=per_view)


def exposure_per_view(
    family: Family,
    effects: list[Effect],
    own: IntArray,
    foreign: IntArray,
    *,
    mine: FloatArray,
    theirs: FloatArray,
) -> FloatArray:
    """Exposures per person of ad group `own` that one view of ad group `foreign` makes.

    own, foreign : shape (pairs,); mine, theirs : the shares of people they target, shape (pairs,
    segments). A view of another ad group falls on these people as far as it falls on anybody: where one
    target lies within the other, the wider one says how many share the views. Cells of one split test
    share nobody.
    """
    whole = family.delivery.audience * segment_shares(family)
    shared = np.maximum(mine, theirs) * whole
    per_view: FloatArray = np.divide(1.0, shared, out=np.zeros_like(shared), where=shared > 0)
    cells: dict[int, dict[str, Effect]] = {}
    for each in effects:
        if each.kind == PEOPLE:
            cells.setdefault(each.group, {})[each.name] = each
    pairs = zip(own.tolist(), foreign.tolist(), strict=True)
    for place, (group, other) in enumerate(pairs if cells else ()):
        for name, cell in cells.get(group, {}).items():
            their_cell = cells.get(other, {}).get(name)
            if their_cell is not None:
                per_view[place] *= (1 / cell.factor) if cell.cell == their_cell.cell else 0.0
    return per_view


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


def _patterns(groups: list[AdGroup]) -> tuple[IntArray, BoolArray]:
    """The number of each ad group's week, and the weeks: hours in which both half hours are allowed."""
    numbers: dict[str, int] = {}
    chosen = []
    for adgroup in groups:
        slots = adgroup.fields.get("dayparting")
        text = slots if isinstance(slots, str) and "1" in slots else ""
        chosen.append(numbers.setdefault(text, len(numbers)))
    weeks = np.ones((max(1, len(numbers)), HOURS_A_WEEK), dtype=bool)
    for text, number in numbers.items():
        if text:
            halves = np.frombuffer(text.encode(), dtype=np.uint8).reshape(-1, 2) == ord("1")
            weeks[number] = halves.all(axis=1)
    return _integers(chosen), weeks


def traffic_until(weeks: BoolArray) -> FloatArray:
    """Traffic in the allowed hours before each hour of the week, shape (patterns, 169)."""
    traffic = np.where(weeks, np.tile(TRAFFIC, HOURS_A_WEEK // len(TRAFFIC)), 0.0)
    return np.concatenate([np.zeros((len(weeks), 1)), np.cumsum(traffic, axis=1)], axis=1)


def _stacked(rows: list[FloatArray], world: World) -> FloatArray:
    return np.stack(rows) if rows else np.zeros((0, len(world.family.segments)))


def _slots(world: World, adgroup: AdGroup) -> float:
    """Impressions a day that one person could be shown, less where the ad group caps frequency."""
    most, days = adgroup.fields.get("frequency"), adgroup.fields.get("frequency_schedule")
    if not isinstance(most, int) or not isinstance(days, int) or not most or not days:
        return world.family.delivery.slots
    return min(world.family.delivery.slots, most / days)
