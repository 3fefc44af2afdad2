"""`/gmv_max/*`: what GMV Max runs for a shop, which posts it uses and what TikTok says they sold. Reading only.

Gross revenue here contains organic and affiliate orders of the promoted products, so it is never added to
conversions of other ads. Sources: TikTok's open SDK, models `gmv_max_*` and `campaign_gmv_max_*` v1.3.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

from tiktok_business.ids import AdvertiserId, BusinessCenterId, CampaignId, IdentityId, ItemId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.campaigns import given

LARGEST_PAGE = 100
LARGEST_VIDEO_PAGE = 50
LARGEST_REPORT_PAGE = 1000
# What one call takes.
MOST_IDENTITIES = 20
MOST_REPORT_DAYS = 365
METRICS = ("cost", "orders", "gross_revenue", "roi", "currency", "creative_delivery_status")


class GmvMaxType(StrEnum):
    """What a campaign promotes: a shop's products, or its live rooms."""

    PRODUCT = "PRODUCT_GMV_MAX"
    LIVE = "LIVE_GMV_MAX"


class GmvMaxStore(msgspec.Struct, frozen=True, kw_only=True):
    """A shop that an ad account may promote; `exclusive_advertiser_id` runs GMV Max for it, if one does."""

    store_id: str
    name: str
    business_center_id: BusinessCenterId | None
    currency: str | None
    exclusive_advertiser_id: AdvertiserId | None

    @classmethod
    def from_wire(cls, row: Fields) -> GmvMaxStore:
        """Read one of `store_list`."""
        center, holder = (
            row.find_id("store_authorized_bc_id"),
            row.find_id("exclusive_authorized_advertiser_id"),
        )
        return cls(
            store_id=row.id("store_id"),
            name=row.text("store_name"),
            business_center_id=BusinessCenterId(center) if center else None,
            currency=row.find_text("currency"),
            exclusive_advertiser_id=AdvertiserId(holder) if holder else None,
        )


class GmvMaxCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign as the list tells it; `operation_status` is None where TikTok leaves it out."""

    campaign_id: CampaignId
    name: str
    operation_status: str | None
    secondary_status: str
    created_at: datetime | None
    modified_at: datetime | None

    @classmethod
    def from_wire(cls, row: Fields) -> GmvMaxCampaign:
        """Read one of `list`."""
        return cls(
            campaign_id=CampaignId(row.id("campaign_id")),
            name=row.text("campaign_name"),
            operation_status=row.find_text("operation_status"),
            secondary_status=row.text("secondary_status"),
            created_at=row.time("create_time"),
            modified_at=row.time("modify_time"),
        )


class GmvMaxItem(msgspec.Struct, frozen=True, kw_only=True):
    """A post of a campaign, or one a campaign may use.

    delivery_status : IN_QUEUE, LEARNING, DELIVERING, NOT_DELIVERYING (TikTok's spelling), AUTHORIZATION_NEEDED,
        EXCLUDED, UNAVAILABLE, REJECTED or NOT_ACTIVE; None where TikTok does not say
    """

    item_id: ItemId
    identity_type: str | None
    identity_id: IdentityId | None
    handle: str | None
    product_ids: tuple[str, ...]
    delivery_status: str | None

    @classmethod
    def from_wire(cls, row: Fields) -> GmvMaxItem:
        """Read one of `item_list`, of a campaign or of the posts to choose from."""
        identity = row.child("identity_info")
        identity_id = identity.find_id("identity_id")
        return cls(
            item_id=ItemId(row.id("item_id")),
            identity_type=identity.find_text("identity_type"),
            identity_id=IdentityId(identity_id) if identity_id else None,
            handle=identity.find_text("user_name"),
            product_ids=tuple(row.ids("spu_id_list")),
            delivery_status=row.find_text("creative_delivery_status"),
        )


class GmvMaxCampaignInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign's settings and posts. Amounts are in the account's currency.

    takes_affiliate_posts : whether it picks up authorized affiliate posts by itself; None where TikTok does not say
    """

    campaign_id: CampaignId
    name: str
    store_id: str
    operation_status: str | None
    secondary_status: str | None
    budget: Decimal | None
    target_roi: Decimal | None
    takes_affiliate_posts: bool | None
    items: tuple[GmvMaxItem, ...]

    @classmethod
    def from_wire(cls, row: Fields) -> GmvMaxCampaignInfo:
        """Read the answer of info."""
        return cls(
            campaign_id=CampaignId(row.id("campaign_id")),
            name=row.text("campaign_name"),
            store_id=row.id("store_id"),
            operation_status=row.find_text("operation_status"),
            secondary_status=row.find_text("secondary_status"),
            budget=row.decimal("budget"),
            target_roi=row.decimal("roas_bid"),
            takes_affiliate_posts=row.flag("affiliate_posts_enabled"),
            items=tuple(GmvMaxItem.from_wire(each) for each in row.children("item_list")),
        )


class GmvMaxResult(msgspec.Struct, frozen=True, kw_only=True):
    """What TikTok says of one post in one campaign, over the days asked for; None where it says nothing.

    orders : of SKUs, so a basket of two products counts twice
    gross_revenue : with organic and affiliate orders of the promoted products and TikTok's price subsidy
    """

    campaign_id: CampaignId
    item_id: ItemId
    currency: str | None
    cost: Decimal | None
    orders: int | None
    gross_revenue: Decimal | None
    roi: Decimal | None
    delivery_status: str | None

    @classmethod
    def from_wire(cls, row: Fields) -> GmvMaxResult:
        """Read one of `list`."""
        of, metrics = row.child("dimensions"), row.child("metrics")
        return cls(
            campaign_id=CampaignId(of.id("campaign_id")),
            item_id=ItemId(of.id("item_id")),
            currency=_said(metrics, "currency"),
            cost=metrics.decimal("cost"),
            orders=metrics.integer("orders"),
            gross_revenue=metrics.decimal("gross_revenue"),
            roi=metrics.decimal("roi"),
            delivery_status=_said(metrics, "creative_delivery_status"),
        )


def _said(row: Fields, name: str) -> str | None:
    found = row.find_text(name)
    return None if found == "-" else found


@dataclass(frozen=True, slots=True)
class GmvMax:
    """Calls for GMV Max; all of them only read."""

    caller: Caller

    async def stores(self, advertiser_id: AdvertiserId) -> list[GmvMaxStore]:
        """The shops that the account may promote."""
        data = await self.caller.get(
            endpoints.GMV_MAX_STORES, {"advertiser_id": advertiser_id}, advertiser=advertiser_id
        )
        return [GmvMaxStore.from_wire(row) for row in data.children("store_list")]

    async def each_campaign(
        self,
        advertiser_id: AdvertiserId,
        *,
        types: Sequence[GmvMaxType] = tuple(GmvMaxType),
        campaign_ids: Sequence[CampaignId] | None = None,
    ) -> AsyncIterator[GmvMaxCampaign]:
        """Yield campaigns that are not deleted; at most 100 ids."""
        chosen = {"gmv_max_promotion_types": list(types), "campaign_ids": campaign_ids}
        async for row in each_numbered(
            self.caller, endpoints.GMV_MAX_CAMPAIGN_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            GmvMaxCampaign.from_wire, lambda campaign: campaign.campaign_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row

    async def info(
        self, advertiser_id: AdvertiserId, campaign_id: CampaignId
    ) -> GmvMaxCampaignInfo:
        """One campaign with the posts it uses."""
        asked = {"advertiser_id": advertiser_id, "campaign_id": campaign_id}
        data = await self.caller.get(
            endpoints.GMV_MAX_CAMPAIGN_INFO, asked, advertiser=advertiser_id
        )
        return GmvMaxCampaignInfo.from_wire(data)

    async def each_video(
        self,
        advertiser_id: AdvertiserId,
        store_id: str,
        business_center_id: BusinessCenterId,
        *,
        of_codes: bool = True,
        identities: Sequence[tuple[str, IdentityId]] = (),
    ) -> AsyncIterator[GmvMaxItem]:
        """Yield posts that GMV Max may use for a shop.

        of_codes : with posts that were bound to the account by a video code
        identities : with posts of these (type, id), at most 20
        raises : ValueError for more identities, or for neither, which TikTok answers with an empty list
        """
        if not of_codes and not identities:
            raise ValueError("ask for posts of codes, of identities, or both")
        if len(identities) > MOST_IDENTITIES:
            raise ValueError(f"give at most {MOST_IDENTITIES} identities, not {len(identities)}")
        wanted = [{"identity_type": kind, "identity_id": number} for kind, number in identities]
        asked: dict[str, object] = {
            "advertiser_id": advertiser_id,
            "store_id": store_id,
            "store_authorized_bc_id": business_center_id,
            "need_auth_code_video": of_codes,
        }
        if wanted:
            asked["identity_list"] = wanted
        async for row in each_numbered(
            self.caller, endpoints.GMV_MAX_VIDEO_GET, asked,
            GmvMaxItem.from_wire, lambda item: item.item_id,
            advertiser=advertiser_id, page_size=LARGEST_VIDEO_PAGE, list_name="item_list",
        ):  # fmt: skip
            yield row

    async def each_result(
        self,
        advertiser_id: AdvertiserId,
        store_id: str,
        start: date,
        end: date,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
    ) -> AsyncIterator[GmvMaxResult]:
        """Yield the sums of each post in each campaign of one shop, `end` not included.

        start, end : days in the account's zone
        raises : ValueError for no day or more than 365
        """
        if not 1 <= (end - start).days <= MOST_REPORT_DAYS:
            raise ValueError(f"give 1 to {MOST_REPORT_DAYS} days, not {(end - start).days}")
        asked: dict[str, object] = {
            "advertiser_id": advertiser_id,
            "store_ids": [store_id],
            "dimensions": ["campaign_id", "item_id"],
            "metrics": list(METRICS),
            "start_date": start.isoformat(),
            "end_date": (end - timedelta(days=1)).isoformat(),
        }
        if campaign_ids is not None:
            asked["filtering"] = {"campaign_ids": list(campaign_ids)}
        async for row in each_numbered(
            self.caller, endpoints.GMV_MAX_REPORT_GET, asked,
            GmvMaxResult.from_wire, lambda result: (result.campaign_id, result.item_id),
            advertiser=advertiser_id, page_size=LARGEST_REPORT_PAGE,
        ):  # fmt: skip
            yield row
