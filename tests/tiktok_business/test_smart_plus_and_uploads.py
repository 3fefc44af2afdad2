"""Smart+ ads of several posts, and ads of uploaded videos: our client against our sandbox, over real HTTP."""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_against_sandbox import advertiser, bind, creative, launch, now, sandbox, tiktok

from tiktok_business import (
    AdGroupCreate,
    AdGroupId,
    AdvertiserId,
    CampaignCreate,
    Goal,
    IdentityType,
    InvalidRequestError,
    Objective,
    SmartAdCreate,
    SparkPushCreative,
    Switch,
    TikTok,
    signature_of,
)
from tiktok_sandbox.server import SandboxServer

__all__ = ["advertiser", "sandbox", "tiktok"]  # fixtures
PIXEL_EVENT = "SHOPPING"
pytestmark = pytest.mark.slow


async def smart_group(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> AdGroupId:
    campaign = await tiktok.smart_plus.create_campaign(
        advertiser,
        CampaignCreate(
            name="sample smart campaign",
            objective=Objective.WEB_CONVERSIONS,
            request_id="11",
            status=Switch.DISABLE,
        ),
    )
    pixels = sandbox.get("world/")
    group = await tiktok.smart_plus.create_adgroup(
        advertiser,
        AdGroupCreate(
            campaign_id=campaign.campaign_id,
            name="sample smart group",
            goal=Goal.CONVERT,
            promotion_type="WEBSITE",
            pixel_id=pixels.get("pixel_id", "7300000000000000001"),
            optimization_event=PIXEL_EVENT,
            budget=Decimal(100),
            starts_at=now(sandbox),
            location_ids=["6252001"],
            request_id="12",
            status=Switch.DISABLE,
            extra={"age_groups": ["AGE_25_34"]},
        ),
    )
    listed = [each async for each in tiktok.smart_plus.each_adgroup(advertiser)]
    assert [each.adgroup_id for each in listed] == [group.adgroup_id]
    return group.adgroup_id


async def test_a_smart_ad_of_two_posts_is_made_switched_and_listed_by_its_creatives(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    posts = [await bind(sandbox, tiktok, advertiser), await bind(sandbox, tiktok, advertiser)]
    adgroup_id = await smart_group(sandbox, tiktok, advertiser)
    made = await tiktok.smart_plus.create_ad(
        advertiser,
        adgroup_id,
        SmartAdCreate(name="sample smart ad", creatives=[creative(each) for each in posts]),
    )
    assert {each.item_id for each in made.materials} == {each.item_id for each in posts}

    first = made.materials[0].ad_id
    await tiktok.smart_plus.set_material_status(
        advertiser, made.smart_ad_id, [first], Switch.DISABLE
    )
    await tiktok.smart_plus.set_ad_status(advertiser, [made.smart_ad_id], Switch.ENABLE)
    [ad] = [each async for each in tiktok.smart_plus.each_ad(advertiser, adgroup_ids=[adgroup_id])]
    assert ad.operation_status == "ENABLE"
    assert {each.ad_id: each.operation_status for each in ad.materials} == {
        first: "DISABLE",
        made.materials[1].ad_id: "ENABLE",
    }
    assert [each.ad_id async for each in tiktok.ads.each(advertiser)] == []


async def test_an_uploaded_video_is_found_by_its_signature_and_becomes_an_ads_only_ad(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    post = await bind(sandbox, tiktok, advertiser)
    _, adgroup_id = await launch(sandbox, tiktok, advertiser, post)
    content = b"sample video " * 1000
    video = await tiktok.library.upload_video(advertiser, content, file_name="sample.mp4")
    cover = await tiktok.library.upload_image(advertiser, b"sample image", file_name="sample.png")
    assert video.signature == signature_of(content)
    found = [each async for each in tiktok.library.each_video(advertiser)]
    assert [each.video_id for each in found if each.signature == video.signature] == [
        video.video_id
    ]
    assert cover.image_id in [each.image_id async for each in tiktok.library.each_image(advertiser)]

    brand, *_ = [
        each
        async for each in tiktok.identities.each(advertiser, identity_type=IdentityType.TT_USER)
    ]
    push = SparkPushCreative(
        name="sample push",
        video_id=video.video_id,
        cover_id=cover.image_id,
        text="Sample words",
        identity_id=brand.identity_id,
        call_to_action="SHOP_NOW",
        landing_page_url="https://shop.example/glow",
    )
    made = await tiktok.ads.create(advertiser, adgroup_id, [push])
    assert made.ads[0].item_id is None
    assert made.ads[0].operation_status == "DISABLE"


async def test_a_file_of_another_kind_is_refused_and_nothing_is_kept(
    tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    with pytest.raises(InvalidRequestError, match="file must end in"):
        await tiktok.library.upload_video(advertiser, b"words", file_name="sample.txt")
    assert [each async for each in tiktok.library.each_video(advertiser)] == []


def test_an_ad_of_too_many_posts_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="give 1 to 31 creatives, not 0"):
        SmartAdCreate(name="sample", creatives=[]).to_wire()
