"""Ad delivery: which ads may run this hour, what they spend, and what their viewers do."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import numpy as np

from tiktok_sandbox.world.budgets import hour_target, is_in_daypart, remaining_minor
from tiktok_sandbox.world.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.ledger import AD_HOUR
from tiktok_sandbox.world.orders import place_ad_orders
from tiktok_sandbox.world.permissions import has_asset
from tiktok_sandbox.world.randomness import (
    FloatArray,
    IntArray,
    Stream,
    normals,
    poisson,
    uniforms,
)
from tiktok_sandbox.world.response import Rates, rates
from tiktok_sandbox.world.world import World

BASE_CPM_MINOR = 820.0
CPM_NOISE, PACE_NOISE = 0.12, 0.10
# Supply: the more an ad group buys in a day, the dearer the next thousand (science.md §2.4).
SUPPLY_MINOR, SUPPLY_POWER = 40_000.0, 0.35
# Fatigue: an audience that has seen the post often clicks and buys less (science.md §2.4).
AUDIENCE, CLICK_FATIGUE, BUY_FATIGUE = 90_000.0, 0.25, 0.45
FASTER = 1.6
UNBUDGETED_HOUR_MINOR = 500.0


def may_deliver(world: World, ad: Ad, *, start: datetime, end: datetime) -> bool:
    """Was everything in order for the whole hour: switches, review, schedule, post, permission?

    A change within the hour costs the hour: nothing is ever delivered outside its permission.
    """
    adgroup = world.state.adgroups[ad.adgroup_id]
    campaign = world.state.campaigns[ad.campaign_id]
    for entity in (ad, adgroup, campaign):
        if entity.is_deleted or entity.operation_status != "ENABLE":
            return False
        if entity.status_changed_at > start:
            return False
    if ad.reviewed_at > start or adgroup.start_at > start:
        return False
    if adgroup.end_at is not None and adgroup.end_at < end:
        return False
    if not has_asset(world, ad, start=start, end=end) or not is_in_daypart(world, adgroup, start):
        return False
    return world.behaviour.resume_after_extension == "automatic" or ad.lost_at is None


def deliver_ads(world: World, tick: int) -> None:
    """One hour of advertising: spend within every budget, responses, and orders."""
    start, end = world.tick_start(tick), world.tick_start(tick + 1)
    ads = list(world.state.ads.values())
    live = [ad for ad in ads if may_deliver(world, ad, start=start, end=end)]
    if not live:
        return
    posts = [world.state.posts[ad.item_id] for ad in live]
    appeal = np.array([world.state.products[p.sku].appeal for p in posts])
    response = rates(posts, appeal)
    numbers = np.array([ad.number for ad in live], dtype=np.int64)
    spend = _spend(world, tick=tick, live=live, expected=response.ad_click * response.purchase)
    cpm = _cpm(world, tick=tick, live=live, numbers=numbers)
    draws = uniforms(world.seed, "ad.impressions", tick, len(ads))[numbers]
    impressions = poisson(1000.0 * spend / cpm, draws)
    spend = np.where(impressions > 0, spend, 0).astype(np.int64)
    _book(
        world,
        tick=tick,
        live=live,
        numbers=numbers,
        spend=spend,
        impressions=impressions,
        response=response,
    )


def _spend(world: World, *, tick: int, live: list[Ad], expected: FloatArray) -> IntArray:
    """Minor units each live ad spends this hour, shape (live,)."""
    start = world.tick_start(tick)
    by_adgroup: dict[str, list[int]] = defaultdict(list)
    for place, ad in enumerate(live):
        by_adgroup[ad.adgroup_id].append(place)
    targets = _adgroup_targets(world, adgroup_ids=list(by_adgroup), start=start)
    order = {adgroup_id: i for i, adgroup_id in enumerate(world.state.adgroups)}
    noise = np.exp(PACE_NOISE * normals(world.seed, "ad.pace", tick, len(order)))
    spend = np.zeros(len(live), dtype=np.int64)
    campaign_left: dict[str, int] = {}
    for adgroup_id, places in by_adgroup.items():
        adgroup = world.state.adgroups[adgroup_id]
        campaign = world.state.campaigns[adgroup.campaign_id]
        whole = int(targets[adgroup_id] * noise[order[adgroup_id]])
        own = remaining_minor(world, adgroup, start)
        left = campaign_left.get(campaign.campaign_id)
        if left is None:
            left = _or_infinite(remaining_minor(world, campaign, start))
        whole = max(0, min(whole, _or_infinite(own), left))
        shares = _split(whole, expected[places])
        spend[places] = shares
        campaign_left[campaign.campaign_id] = left - int(shares.sum())
    return spend


def _or_infinite(minor: int | None) -> int:
    return 2**53 if minor is None else minor


def _adgroup_targets(world: World, *, adgroup_ids: list[str], start: datetime) -> dict[str, float]:
    """What each ad group aims to spend, after its campaign's own budget is shared out."""
    targets: dict[str, float] = {}
    by_campaign: dict[str, list[str]] = defaultdict(list)
    for adgroup_id in adgroup_ids:
        adgroup = world.state.adgroups[adgroup_id]
        by_campaign[adgroup.campaign_id].append(adgroup_id)
        own = hour_target(world, adgroup, start=start, end_at=adgroup.end_at)
        if own is not None:
            targets[adgroup_id] = own * _haste(adgroup)
    for campaign_id, members in by_campaign.items():
        campaign = world.state.campaigns[campaign_id]
        whole = hour_target(world, campaign, start=start, end_at=_last_end(world, members))
        _share_campaign(targets, members=members, whole=whole)
    return targets


def _share_campaign(targets: dict[str, float], *, members: list[str], whole: float | None) -> None:
    """Cap ad groups at the campaign's target; those without a budget share what is left."""
    open_ended = [member for member in members if member not in targets]
    budgeted = [member for member in members if member in targets]
    if whole is None:
        targets.update(dict.fromkeys(open_ended, UNBUDGETED_HOUR_MINOR))
        return
    asked = sum(targets[member] for member in budgeted)
    for member in budgeted:
        targets[member] *= min(1.0, whole / asked) if asked > 0 else 0.0
    left = max(0.0, whole - asked)
    targets.update({member: left / len(open_ended) for member in open_ended})


def _last_end(world: World, adgroup_ids: list[str]) -> datetime | None:
    ends = [world.state.adgroups[adgroup_id].end_at for adgroup_id in adgroup_ids]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _haste(adgroup: AdGroup | Campaign) -> float:
    return FASTER if adgroup.fields.get("pacing") == "PACING_MODE_FAST" else 1.0


def _split(whole: int, expected: FloatArray) -> IntArray:
    """Share minor units by expected result; the rest from rounding goes to the first ad."""
    weights = expected + expected.mean() * 0.25 + 1e-12
    shares: IntArray = np.floor(whole * weights / weights.sum()).astype(np.int64)
    shares[0] += whole - int(shares.sum())
    return shares


def _cpm(world: World, *, tick: int, live: list[Ad], numbers: IntArray) -> FloatArray:
    start = world.tick_start(tick)
    bought = np.array(
        [
            world.spent.get((ad.adgroup_id, world.local_day(start, ad.advertiser_id)), 0)
            for ad in live
        ],
        dtype=np.float64,
    )
    noise = np.exp(CPM_NOISE * normals(world.seed, "ad.cpm", tick, len(world.state.ads)))
    cpm: FloatArray = BASE_CPM_MINOR * (1 + bought / SUPPLY_MINOR) ** SUPPLY_POWER * noise[numbers]
    return cpm


def _weariness(world: World, live: list[Ad]) -> FloatArray:
    """Paid impressions of each ad's post so far, over the audience: a mean frequency."""
    seen: FloatArray = np.array(
        [world.paid_impressions.get(ad.item_id, 0) / AUDIENCE for ad in live], dtype=np.float64
    )
    return seen


def _book(
    world: World,
    *,
    tick: int,
    live: list[Ad],
    numbers: IntArray,
    spend: IntArray,
    impressions: IntArray,
    response: Rates,
) -> None:
    stream = Stream(
        seed=world.seed, name="ad", tick=tick, count=len(world.state.ads), places=numbers
    )
    tired = _weariness(world, live)
    acts = stream.thinned(
        impressions,
        {
            "views_2s": response.view_2s,
            "clicks": response.ad_click * (1 + tired) ** -CLICK_FATIGUE,
            "likes": response.like,
            "comments": response.comment,
            "shares": response.share,
            "favorites": response.favorite,
            "follows": response.follow,
            "profile_visits": response.profile_visit,
        },
    )
    watched = _watched(stream, acts["views_2s"], response)
    buying = response.purchase * (1 + tired) ** -BUY_FATIGUE
    purchases = stream.thinned(acts["clicks"], {"orders": buying})["orders"]
    columns = {
        "tick": np.full(len(live), tick, dtype=np.int64),
        "ad": numbers,
        "post": np.array([world.post_number(ad.item_id) for ad in live], dtype=np.int64),
        "spend_minor": spend,
        "impressions": impressions,
        "watch_seconds": np.rint(impressions * response.watch_seconds).astype(np.int64),
        **acts,
        **watched,
    }
    rows = np.stack([columns[name] for name in AD_HOUR], axis=1)
    world.ad_hours.append(rows[impressions > 0])
    start = world.tick_start(tick)
    for ad, minor, shown, bought in zip(live, spend, impressions, purchases, strict=True):
        world.count_delivery(
            ad, item_id=ad.item_id, at=start, spend_minor=int(minor), impressions=int(shown)
        )
        if bought:
            place_ad_orders(world, tick=tick, ad=ad, count=int(bought))


def _watched(stream: Stream, views_2s: IntArray, response: Rates) -> dict[str, IntArray]:
    """How far those who stayed two seconds watched: each quartile a part of the one before."""
    shares = dict(
        zip(("views_p25", "views_p50", "views_p75", "views_p100"), response.quartiles, strict=True)
    )
    counts = stream.thinned(
        views_2s, {"views_6s": np.clip(response.view_6s / response.view_2s, 0, 1)}
    )
    before, base = views_2s, response.view_2s
    for name, share in shares.items():
        counts |= stream.thinned(before, {name: np.clip(share / base, 0, 1)})
        before, base = counts[name], share
    return counts
