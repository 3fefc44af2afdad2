"""Running ads without the API: for benchmarks and tests that start where a launch has ended.

Everything is as if it had been created, reviewed and authorized at the world's epoch.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tiktok_sandbox.world.state.entities import Ad, AdGroup, Binding, Campaign, Post, PostCode
from tiktok_sandbox.world.state.split_tests import SplitTest
from tiktok_sandbox.world.world import World

DAYS = 365


def add_campaign(world: World, advertiser_id: str, **fields: object) -> Campaign:
    """A campaign without a budget of its own unless `fields` say otherwise."""
    start = world.state.epoch
    campaign = Campaign(
        campaign_id=world.next_id("campaign", prefix="17"),
        advertiser_id=advertiser_id,
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        operation_status="ENABLE",
        fields={
            "campaign_name": "Sample campaign",
            "objective_type": "WEB_CONVERSIONS",
            "budget_mode": "BUDGET_MODE_INFINITE",
        }
        | fields,
    )
    world.state.campaigns[campaign.campaign_id] = campaign
    return campaign


def add_adgroup(
    world: World,
    campaign: Campaign,
    *,
    start_at: datetime | None = None,
    end_at: datetime | None = None,
    **fields: object,
) -> AdGroup:
    """An ad group with 40 a day, delivered for purchases."""
    start = world.state.epoch
    group = AdGroup(
        adgroup_id=world.next_id("adgroup", prefix="17"),
        campaign_id=campaign.campaign_id,
        advertiser_id=campaign.advertiser_id,
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        operation_status="ENABLE",
        start_at=start_at or start,
        end_at=end_at,
        fields={
            "adgroup_name": "Sample ad group",
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": 40.0,
            "optimization_goal": "CONVERT",
            "billing_event": "OCPM",
        }
        | fields,
    )
    world.state.adgroups[group.adgroup_id] = group
    return group


def authorize(world: World, item_id: str, advertiser_id: str, *, days: int = DAYS) -> PostCode:
    """A code of the post, bound to the account since the epoch."""
    start = world.state.epoch
    number = len(world.state.codes)
    code = PostCode(
        item_id=item_id,
        auth_code=world.mint.auth_code(number + 1),
        created_at=start,
        start_at=start,
        end_at=start + timedelta(days=days, seconds=-1),
        days=days,
        live_since=start,
    )
    world.state.codes.append(code)
    world.state.bindings.append(
        Binding(advertiser_id=advertiser_id, item_id=item_id, code_number=number, bound_at=start)
    )
    return code


def add_ad(world: World, group: AdGroup, item_id: str, **fields: object) -> Ad:
    """A reviewed ad of the post, by code for a creator's post and by link for the brand's own."""
    start = world.state.epoch
    creator = world.creator_of(world.state.posts[item_id])
    ad = Ad(
        ad_id=world.next_id("ad", prefix="18"),
        number=len(world.state.ads),
        adgroup_id=group.adgroup_id,
        campaign_id=group.campaign_id,
        advertiser_id=group.advertiser_id,
        item_id=item_id,
        identity_id=creator.identity_id,
        identity_type="TT_USER" if creator.is_brand else "AUTH_CODE",
        created_at=start,
        modified_at=start,
        status_changed_at=start,
        reviewed_at=start,
        operation_status="ENABLE",
        fields={
            "ad_name": "Sample ad",
            "ad_format": "SINGLE_VIDEO",
            "landing_page_url": "https://shop.example/p/x?cid=__CID__",
        }
        | fields,
    )
    world.state.ads[ad.ad_id] = ad
    return ad


def add_ads_only_copy(world: World, post: Post) -> Post:
    """The same video as an ads-only post of the brand, as a push makes it."""
    brand = next(each for each in world.state.creators.values() if each.is_brand)
    copy = Post(
        item_id=world.next_id("copy", prefix="75"),
        handle=brand.handle,
        sku=post.sku,
        caption=post.caption,
        posted_at=world.state.epoch,
        item_type="VIDEO",
        status=post.status,
        duration_seconds=post.duration_seconds,
        qualities=post.qualities,
        ads_only=True,
        creative_of=post.item_id,
    )
    world.add_post(copy)
    return copy


def add_split_test(
    world: World,
    cells: list[list[str]],
    *,
    days: int = 30,
    first_share: float = 0.5,
    divergence: float = 1.0,
) -> SplitTest:
    """A split test of ad groups that starts now."""
    test = SplitTest(
        split_test_group_id=world.next_id("split_test", prefix="17"),
        advertiser_id=world.state.adgroups[cells[0][0]].advertiser_id,
        level="ADGROUP",
        cells=cells,
        test_variable="CREATIVE",
        key_metric="CLICK_THROUGH_RATE",
        budget=None,
        start_at=world.now,
        end_at=world.now + timedelta(days=days),
        created_at=world.now,
        first_share=first_share,
        divergence=divergence,
    )
    world.state.split_tests[test.split_test_group_id] = test
    return test
