"""Our client against our sandbox, over real HTTP: the whole way of one post.

The two share no code, so one misreading of the wire is not proved right by its twin.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tiktok_business import (
    AdGroupCreate,
    AdGroupId,
    AdvertiserId,
    BusinessId,
    CampaignCreate,
    CampaignId,
    Days,
    Effect,
    Goal,
    IdentityType,
    ItemId,
    OAuth,
    Objective,
    OutcomeUnknownError,
    Pace,
    ReauthorizationNeededError,
    Secret,
    SparkCodeError,
    SparkPullCreative,
    Switch,
    TikTok,
    VideoInfo,
    WhoActs,
)
from tiktok_sandbox.server import SandboxServer


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(seed=7) as server:
        server.advance(days=3)
        yield server


@pytest.fixture
def advertiser(sandbox: SandboxServer) -> AdvertiserId:
    return AdvertiserId(sandbox.get("world/")["advertisers"][0]["advertiser_id"])


@pytest.fixture
async def tiktok(sandbox: SandboxServer) -> AsyncIterator[TikTok]:
    token = Secret(sandbox.post("grants/ads/")["access_token"])
    async with TikTok(
        access_token=token, app="sample", base_url=sandbox.url, pace=Pace.off()
    ) as client:
        yield client


def public_post(sandbox: SandboxServer) -> dict[str, Any]:
    """A plain public video of some creator, without a code yet."""
    for creator in sandbox.phone("creators/")["creators"]:
        for post in sandbox.phone(f"creators/{creator['handle']}/posts/")["posts"]:
            plain = post["item_type"] == "VIDEO" and post["status"] == "HESITATE_RECOMMEND"
            if plain and post["auth_code_status"] is None and not creator["is_brand"]:
                found: dict[str, Any] = post
                return found
    raise AssertionError("the demo world has no plain public video")


async def bind(sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId) -> VideoInfo:
    """Make a code on the creator's phone and bind it; the post as the list shows it."""
    post = public_post(sandbox)
    code = sandbox.phone(f"posts/{post['item_id']}/code/", {"days": 30})["auth_code"]
    await tiktok.tt_video.authorize(advertiser, code)
    [bound] = [row async for row in tiktok.tt_video.each(advertiser, keyword=post["item_id"])]
    return bound


def now(sandbox: SandboxServer) -> datetime:
    return datetime.fromisoformat(sandbox.get("clock/")["now"])


async def launch(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId, post: VideoInfo
) -> tuple[CampaignId, AdGroupId]:
    campaign = await tiktok.campaigns.create(
        advertiser, CampaignCreate(name="sample campaign", objective=Objective.TRAFFIC)
    )
    adgroup = await tiktok.adgroups.create(
        advertiser,
        AdGroupCreate(
            campaign_id=campaign.campaign_id,
            name="sample ad group",
            goal=Goal.CLICK,
            promotion_type="WEBSITE",
            budget=Decimal(100),
            starts_at=now(sandbox),
            location_ids=["6252001"],
        ),
    )
    return campaign.campaign_id, adgroup.adgroup_id


def creative(post: VideoInfo, name: str = "sample ad") -> SparkPullCreative:
    assert post.identity_id is not None
    return SparkPullCreative(
        name=name,
        item_id=post.item_id,
        identity_id=post.identity_id,
        call_to_action="SHOP_NOW",
        landing_page_url="https://shop.example/glow",
    )


class TestThePathOfOnePost:
    @pytest.mark.slow
    async def test_a_code_becomes_a_spark_ad_that_spends_what_the_report_says(
        self, sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
    ) -> None:
        post = await bind(sandbox, tiktok, advertiser)
        assert post.is_public
        assert post.authorization.holds_at(now(sandbox))
        names = [
            identity.identity_id
            async for identity in tiktok.identities.each(
                advertiser, identity_type=IdentityType.AUTH_CODE
            )
        ]
        assert names == [post.identity_id]

        campaign_id, adgroup_id = await launch(sandbox, tiktok, advertiser, post)
        made = await tiktok.ads.create(advertiser, adgroup_id, [creative(post)])
        [ad] = [ad async for ad in tiktok.ads.each(advertiser, campaign_ids=[campaign_id])]
        assert (ad.ad_id, ad.item_id, ad.operation_status) == (
            made.ad_ids[0],
            post.item_id,
            "DISABLE",
        )
        quota = await tiktok.identities.ad_quota(
            advertiser, post.identity_id, IdentityType.AUTH_CODE
        )
        assert (quota.total, quota.used, quota.remaining) == (10_000, 1, 9_999)
        switched = await tiktok.ads.set_status(advertiser, made.ad_ids, Switch.ENABLE)
        assert switched.done == made.ad_ids

        start = now(sandbox).date()
        sandbox.advance(days=4)
        [page] = [
            page
            async for page in tiktok.reports.daily(
                advertiser,
                start - timedelta(days=1),
                start + timedelta(days=5),
                metrics=["spend", "impressions", "clicks", "ad_name"],
            )
        ]
        assert set(page.columns["ad_id"]) == {ad.ad_id}
        assert sum(page.columns["spend"]) > 0
        assert all(isinstance(spend, Decimal) for spend in page.columns["spend"])
        assert set(page.columns["ad_name"]) == {"sample ad"}
        assert len(set(page.columns["stat_time_day"])) == len(page)

    async def test_a_revoked_code_stops_the_ad_and_shows_in_its_status(
        self, sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
    ) -> None:
        post = await bind(sandbox, tiktok, advertiser)
        _, adgroup_id = await launch(sandbox, tiktok, advertiser, post)
        made = await tiktok.ads.create(advertiser, adgroup_id, [creative(post)])
        await tiktok.ads.set_status(advertiser, made.ad_ids, Switch.ENABLE)
        sandbox.advance(days=1)
        sandbox.phone(f"posts/{post.item_id}/delete/", {})
        sandbox.advance(hours=2)
        [ad] = [ad async for ad in tiktok.ads.each(advertiser, adgroup_ids=[adgroup_id])]
        assert ad.has_lost_authorization


class TestRefusals:
    async def test_a_foreign_code_names_who_must_act(
        self, tiktok: TikTok, advertiser: AdvertiserId
    ) -> None:
        with pytest.raises(SparkCodeError) as caught:
            await tiktok.tt_video.authorize(advertiser, "#1Ea2bcde3fUM/x+y/L4m=")
        assert caught.value.problem.who_acts is WhoActs.CREATOR
        assert caught.value.request_id

    async def test_a_wrong_token_asks_for_new_consent(
        self, sandbox: SandboxServer, advertiser: AdvertiserId
    ) -> None:
        async with TikTok(
            access_token="wrong", app="sample", base_url=sandbox.url, pace=Pace.off()
        ) as tiktok:
            with pytest.raises(ReauthorizationNeededError):
                await tiktok.advertisers.info([advertiser])

    async def test_a_dropped_reply_leaves_one_campaign_and_says_so(
        self, sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
    ) -> None:
        sandbox.post("faults/", {"path": "/campaign/create/", "kind": "drop_reply"})
        with pytest.raises(OutcomeUnknownError) as caught:
            await tiktok.campaigns.create(
                advertiser, CampaignCreate(name="once", objective=Objective.TRAFFIC)
            )
        assert caught.value.effect is Effect.UNKNOWN
        named = [c.name async for c in tiktok.campaigns.each(advertiser, name_contains="once")]
        assert named == ["once"]


class TestCreatorsAccount:
    async def test_a_linked_creator_gives_a_code_without_a_phone(
        self, sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
    ) -> None:
        post = public_post(sandbox)
        app = sandbox.get("world/")["app"]
        consent = sandbox.post(
            "grants/creator/",
            {"handle": post["handle"], "scope": "biz.spark.auth,video.list,user.info.basic"},
        )
        async with OAuth(
            app_id=app["client_key"],
            app_secret=app["client_secret"],
            base_url=sandbox.url,
            pace=Pace.off(),
        ) as oauth:
            grant = await oauth.exchange_creator_code(
                consent["auth_code"], redirect_uri="https://shop.example/callback"
            )
            grant = await oauth.refresh_creator_token(grant.refresh_token)
        assert grant.business_id == BusinessId(consent["open_id"])
        async with TikTok(
            access_token=grant.access_token, app="sample", base_url=sandbox.url, pace=Pace.off()
        ) as creator:
            videos = [video async for video in creator.business_videos.each(grant.business_id)]
            assert post["item_id"] in {video.item_id for video in videos}
            item = ItemId(post["item_id"])
            await creator.post_authorization.setting(
                grant.business_id, item, is_ad_promotable=True, authorization_days=Days.MONTH
            )
            code = await creator.post_authorization.status(grant.business_id, item)
            assert code.auth_code is not None
            extended = await creator.post_authorization.extend(
                grant.business_id, item, authorization_days=Days.WEEK
            )
            assert code.ends_at is not None
            assert extended.ends_at == code.ends_at + timedelta(days=7)
        await tiktok.tt_video.authorize(advertiser, code.auth_code)
        assert (await tiktok.tt_video.info(advertiser, code.auth_code)).item_id == item
