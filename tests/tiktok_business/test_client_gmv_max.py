"""What GMV Max uses and sells: our client against our sandbox, over real HTTP."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_against_sandbox import advertiser, bind, now, sandbox, tiktok

from tiktok_business import AdvertiserId, CampaignId, GmvMaxResult, GmvMaxType, TikTok
from tiktok_business.protocol.endpoints import _sets
from tiktok_business.protocol.fields import Fields
from tiktok_business.resources.gmv_max import MOST_IDENTITIES, MOST_REPORT_DAYS
from tiktok_sandbox.server import SandboxServer

__all__ = ["advertiser", "sandbox", "tiktok"]  # fixtures
CREATE = _sets("/campaign/gmv_max/create/")


async def make_campaign(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> CampaignId:
    """A campaign, made as the shop's own people make it in TikTok: this client makes none."""
    [store] = await tiktok.gmv_max.stores(advertiser)
    body: dict[str, Any] = {
        "advertiser_id": advertiser,
        "request_id": "1",
        "store_id": store.store_id,
        "store_authorized_bc_id": store.business_center_id,
        "shopping_ads_type": "PRODUCT",
        "campaign_name": "sample GMV Max",
        "optimization_goal": "VALUE",
        "deep_bid_type": "VO_MIN_ROAS",
        "roas_bid": 2,
        "budget": 90,
        "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": f"{now(sandbox):%Y-%m-%d %H:%M:%S}",
        "product_video_specific_type": "AUTO_SELECTION",
    }
    made = await tiktok.caller.post(CREATE, body, advertiser=advertiser)
    return CampaignId(made.data.id("campaign_id"))


@pytest.mark.slow
async def test_a_campaign_its_posts_and_what_they_sold_are_read(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    [store] = await tiktok.gmv_max.stores(advertiser)
    campaign_id = await make_campaign(sandbox, tiktok, advertiser)
    [campaign] = [each async for each in tiktok.gmv_max.each_campaign(advertiser)]
    assert (campaign.campaign_id, campaign.name) == (campaign_id, "sample GMV Max")
    of_rooms = tiktok.gmv_max.each_campaign(advertiser, types=[GmvMaxType.LIVE])
    assert [each async for each in of_rooms] == []

    info = await tiktok.gmv_max.info(advertiser, campaign_id)
    assert info.store_id == store.store_id
    assert (info.budget, info.target_roi) == (Decimal(90), Decimal(2))
    assert info.takes_affiliate_posts is None, "TikTok did not say"
    assert info.items
    assert all(each.delivery_status and each.product_ids for each in info.items)

    start = now(sandbox).date()
    sandbox.advance(days=5)
    end = start + timedelta(days=6)
    asked = tiktok.gmv_max.each_result(advertiser, store.store_id, start, end)
    results = [each async for each in asked]
    assert {each.campaign_id for each in results} == {campaign_id}
    assert {each.item_id for each in results} <= {each.item_id for each in info.items}
    assert sum(each.cost or 0 for each in results) > 0
    for each in results:
        assert None not in (each.cost, each.orders, each.gross_revenue, each.roi)
    others = tiktok.gmv_max.each_result(
        advertiser, store.store_id, start, end, campaign_ids=[CampaignId("1")]
    )
    assert [each async for each in others] == []


@pytest.mark.slow
async def test_a_post_bound_by_a_code_may_be_used_and_says_so(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    post = await bind(sandbox, tiktok, advertiser)
    [store] = await tiktok.gmv_max.stores(advertiser)
    assert store.business_center_id is not None
    asked = tiktok.gmv_max.each_video(advertiser, store.store_id, store.business_center_id)
    found = {each.item_id: each async for each in asked}
    assert found[post.item_id].identity_type == "AUTH_CODE"
    assert found[post.item_id].delivery_status is None, "it is in no campaign"


async def test_what_tiktok_would_answer_with_nothing_is_refused(
    sandbox: SandboxServer, tiktok: TikTok, advertiser: AdvertiserId
) -> None:
    [store] = await tiktok.gmv_max.stores(advertiser)
    where = (advertiser, store.store_id, store.business_center_id)
    day = date(2026, 3, 2)
    too_many = [("TT_USER", str(number)) for number in range(MOST_IDENTITIES + 1)]
    for asked in (
        tiktok.gmv_max.each_video(*where, of_codes=False),  # type: ignore[arg-type]
        tiktok.gmv_max.each_video(*where, identities=too_many),  # type: ignore[arg-type]
        tiktok.gmv_max.each_result(advertiser, store.store_id, day, day),
        tiktok.gmv_max.each_result(
            advertiser, store.store_id, day, day + timedelta(days=MOST_REPORT_DAYS + 1)
        ),
    ):
        with pytest.raises(ValueError, match=r"give|ask"):
            _ = [each async for each in asked]


@given(missing=st.sampled_from(["-", "", None]))
def test_a_measure_that_tiktok_leaves_out_is_unknown_and_never_zero(missing: str | None) -> None:
    names = ("cost", "orders", "gross_revenue", "roi", "currency", "creative_delivery_status")
    row = {
        "dimensions": {"campaign_id": "18", "item_id": "75"},
        "metrics": dict.fromkeys(names, missing),
    }
    read = GmvMaxResult.from_wire(Fields(row, "/gmv_max/report/get/"))
    assert (read.cost, read.orders, read.gross_revenue, read.roi) == (None,) * 4
    assert (read.currency, read.delivery_status) == (None, None)
