"""What goes over the wire, seen by a real HTTP server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from scripted_server import CODE, TOKEN, Stub, ok

from tiktok_business import (
    AdGroupCreate,
    AdGroupId,
    AdvertiserId,
    CampaignCreate,
    CampaignId,
    Goal,
    IdentityId,
    ItemId,
    Objective,
    SparkPullCreative,
    TikTok,
)

ADVERTISER = AdvertiserId("7000000000000000001")

INFO = {
    "item_info": {"item_id": 7300000000000000001, "status": "HESITATE_RECOMMEND", "text": "x"},
    "auth_info": {"auth_start_time": "2026-11-01 00:00:00", "auth_end_time": "2026-12-01 00:00:00"},
    "user_info": {"tiktok_name": "sample.ana", "identity_id": "i1", "identity_type": "AUTH_CODE"},
}


class TestEncoding:
    async def test_a_code_in_a_query_is_percent_encoded_exactly_once(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok(INFO))
        await tiktok.tt_video.info(ADVERTISER, f"  {CODE}\n")
        assert "auth_code=%231Ea2bcde3fUM%2Fx%2By%2FL4m%3D" in stub.seen[0].raw_query
        assert stub.seen[0].query["auth_code"] == CODE

    async def test_a_code_in_a_body_is_sent_raw(self, stub: Stub, tiktok: TikTok) -> None:
        await tiktok.tt_video.authorize(ADVERTISER, CODE)
        assert stub.seen[0].body == {"advertiser_id": ADVERTISER, "auth_code": CODE}

    async def test_lists_and_objects_in_a_query_are_json_text(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({"list": [], "page_info": {"total_number": 0}}))
        found = [ad async for ad in tiktok.ads.each(ADVERTISER, adgroup_ids=[AdGroupId("12")])]
        assert found == []
        assert stub.seen[0].query["filtering"] == '{"adgroup_ids":["12"]}'
        assert stub.seen[0].query["page_size"] == "1000"

    async def test_the_token_travels_in_its_header_and_paths_end_in_a_slash(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        await tiktok.tt_video.unbind(ADVERTISER, ItemId("1"))
        assert stub.seen[0].headers["Access-Token"] == TOKEN
        assert stub.seen[0].path == "/open_api/v1.3/tt_video/unbind/"

    async def test_money_is_a_json_number_and_times_are_utc(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({"adgroup_id": "2", "campaign_id": "1"}))
        await tiktok.adgroups.create(
            ADVERTISER,
            AdGroupCreate(
                campaign_id=CampaignId("1"),
                name="sample",
                goal=Goal.CLICK,
                budget=Decimal("50.10"),
                starts_at=datetime(2026, 11, 20, 14, tzinfo=timezone(timedelta(hours=2))),
                location_ids=["6252001"],
            ),
        )
        body = stub.seen[0].body
        assert body["budget"] == 50.10
        assert body["schedule_start_time"] == "2026-11-20 12:00:00"
        assert body["billing_event"] == "CPC"
        assert body["schedule_type"] == "SCHEDULE_FROM_NOW"
        assert "schedule_end_time" not in body

    async def test_a_naive_time_is_refused_before_anything_is_sent(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        with pytest.raises(ValueError, match="aware"):
            await tiktok.adgroups.update(
                ADVERTISER,
                AdGroupId("1"),
                ends_at=datetime(2026, 11, 20),  # noqa: DTZ001 - the point of the test
            )
        assert stub.seen == []


class TestObjects:
    async def test_info_reads_number_ids_as_text_and_times_as_utc(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok(INFO))
        post = await tiktok.tt_video.info(ADVERTISER, CODE)
        assert post.item_id == "7300000000000000001"
        assert post.authorization.ends_at == datetime(2026, 12, 1, tzinfo=UTC)
        assert post.is_public
        assert not post.needs_original_code
        assert post.video is None

    async def test_a_campaign_is_created_from_the_flat_answer(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({"campaign_id": 17, "campaign_name": "sample", "budget": 50.1}))
        made = await tiktok.campaigns.create(
            ADVERTISER, CampaignCreate(name="sample", objective=Objective.TRAFFIC)
        )
        assert made.campaign_id == "17"
        assert made.budget == Decimal("50.1")

    async def test_spark_ads_are_created_off_and_without_fields_that_do_not_apply(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({"ad_ids": ["31"], "creatives": [{"ad_id": "31", "ad_name": "x"}]}))
        creative = SparkPullCreative(
            name="x", item_id=ItemId("73"), identity_id=IdentityId("i1"), call_to_action="SHOP_NOW"
        )
        made = await tiktok.ads.create(ADVERTISER, AdGroupId("2"), [creative])
        assert made.ad_ids == ("31",)
        assert stub.seen[0].body["creatives"] == [
            {
                "ad_name": "x",
                "identity_type": "AUTH_CODE",
                "identity_id": "i1",
                "ad_format": "SINGLE_VIDEO",
                "tiktok_item_id": "73",
                "call_to_action": "SHOP_NOW",
                "operation_status": "DISABLE",
            }
        ]
