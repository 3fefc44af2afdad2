"""A world with any number of running Spark Ads, made in memory for the sandbox's own rows."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from tiktok_sandbox.world.entities import Ad, AdGroup, Binding, Campaign, PostCode
from tiktok_sandbox.world.families import build_world, read_family
from tiktok_sandbox.world.world import World

ADS_PER_POST = 10
BUDGET = 40.0
DAYS = 365


def crowded_world(ads: int, *, seed: int = 7) -> World:
    """A reference world in which `ads` Spark Ads of authorized posts run, each in its own ad group."""
    base = read_family("reference")
    posts = max(1, ads // ADS_PER_POST)
    account = replace(base.accounts[0], balance_minor=2_000_000_000)
    family = replace(
        base,
        name="crowd",
        accounts=(account,),
        creators=replace(base.creators, count=max(1, posts // 5)),
        posts=replace(base.posts, count=posts, older=posts, specials=False),
        habits=replace(base.habits, delete=0.0, hide=0.0, revoke=0.0, recaption=0.0, moderated=0.0),
        # Money for a hundred thousand ads does not fit one account's balance, so each spends less.
        review=replace(base.review, reject_share=0.0),
    )
    world = build_world(family=family, seed=seed)
    start = world.state.epoch
    advertiser_id = next(iter(world.state.advertisers))
    world.state.advertisers[advertiser_id].balance_minor = 2**50
    campaign = Campaign(
        campaign_id=world.next_id("campaign", prefix="17"),
        advertiser_id=advertiser_id,
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        operation_status="ENABLE",
        fields={
            "campaign_name": "Crowd",
            "objective_type": "WEB_CONVERSIONS",
            "budget_mode": "BUDGET_MODE_INFINITE",
        },
    )
    world.state.campaigns[campaign.campaign_id] = campaign
    items = [p.item_id for p in world.state.posts.values() if not world.creator_of(p).is_brand]
    for number, item_id in enumerate(items):
        world.state.codes.append(
            PostCode(
                item_id=item_id,
                auth_code=world.mint.auth_code(number + 1),
                created_at=start,
                start_at=start,
                end_at=start + timedelta(days=DAYS),
                days=DAYS,
                live_since=start,
            )
        )
        world.state.bindings.append(
            Binding(
                advertiser_id=advertiser_id, item_id=item_id, code_number=number, bound_at=start
            )
        )
    for number in range(ads):
        _add_ad(world, campaign, item_id=items[number % len(items)], number=number)
    return world


def _add_ad(world: World, campaign: Campaign, *, item_id: str, number: int) -> None:
    start, advertiser_id = world.state.epoch, campaign.advertiser_id
    group = AdGroup(
        adgroup_id=world.next_id("adgroup", prefix="17"),
        campaign_id=campaign.campaign_id,
        advertiser_id=advertiser_id,
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        operation_status="ENABLE",
        start_at=start,
        end_at=None,
        fields={
            "adgroup_name": f"Crowd {number}",
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": BUDGET,
            "optimization_goal": "CONVERT",
            "billing_event": "OCPM",
        },
    )
    world.state.adgroups[group.adgroup_id] = group
    ad = Ad(
        ad_id=world.next_id("ad", prefix="18"),
        number=number,
        adgroup_id=group.adgroup_id,
        campaign_id=campaign.campaign_id,
        advertiser_id=advertiser_id,
        item_id=item_id,
        identity_id=world.creator_of(world.state.posts[item_id]).identity_id,
        identity_type="AUTH_CODE",
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        reviewed_at=start,
        operation_status="ENABLE",
        fields={
            "ad_name": f"Crowd {number}",
            "landing_page_url": "https://shop.example/p/x?cid=__CID__",
        },
    )
    world.state.ads[ad.ad_id] = ad
