"""`/ad/*`: Spark ads from existing posts and from uploads. Source: pages 1739953377508354, 1735735588640770."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from tiktok_business.ids import (
    AdGroupId,
    AdId,
    AdvertiserId,
    BusinessCenterId,
    CampaignId,
    IdentityId,
    ItemId,
)
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.campaigns import given
from tiktok_business.resources.statuses import Primary, Switch, Switched, set_status

LARGEST_PAGE = 1000
CREATIVES_PER_CALL = 20


class AdFormat(StrEnum):
    """What an ad shows; Spark posts are one of these two."""

    SINGLE_VIDEO = "SINGLE_VIDEO"
    CAROUSEL = "CAROUSEL_ADS"


class AdStatus(StrEnum):
    """The secondary statuses that matter for Spark; many more exist."""

    IN_REVIEW = "AD_STATUS_AUDIT"
    REFUSED = "AD_STATUS_AUDIT_DENY"
    DELIVERING = "AD_STATUS_DELIVERY_OK"
    NOT_STARTED = "AD_STATUS_NOT_START"
    DISABLED = "AD_STATUS_DISABLE"
    DELETED = "AD_STATUS_DELETE"
    DONE = "AD_STATUS_DONE"
    AUTHORIZATION_LOST = "AD_STATUS_ASSET_AUTHORIZATION_LOST"
    ADGROUP_AUTHORIZATION_LOST = "AD_STATUS_ADGROUP_ASSET_AUTHORIZATION_LOST"
    CREATOR_REVOKED = "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED"


# No page ties these to Spark by name; our reading: expiry, cancellation or removal of the post.
# They cannot be filtered for, so read them from results.
AUTHORIZATION_LOST = frozenset(
    {
        AdStatus.AUTHORIZATION_LOST,
        AdStatus.ADGROUP_AUTHORIZATION_LOST,
        AdStatus.CREATOR_REVOKED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkPullCreative:
    """A Spark ad from an existing post. The caption is the post's own.

    identity_type : AUTH_CODE for a bound code; BC_AUTH_TT also needs `business_center_id`
    call_to_action_id : wins over `call_to_action`
    status : ads are best created off, checked, then enabled
    extra : further documented fields, by wire name
    """

    name: str
    item_id: ItemId
    identity_id: IdentityId
    identity_type: str = "AUTH_CODE"
    business_center_id: BusinessCenterId | None = None
    ad_format: str = AdFormat.SINGLE_VIDEO
    call_to_action: str | None = None
    call_to_action_id: str | None = None
    landing_page_url: str | None = None
    utm_parameters: Mapping[str, str] = field(default_factory=dict)
    tracking_pixel_id: int | None = None
    status: Switch = Switch.DISABLE
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> dict[str, object]:
        """One of `creatives`; None means "not sent"."""
        utm = [{"key": key, "value": value} for key, value in self.utm_parameters.items()]
        return {
            "ad_name": self.name,
            "identity_type": self.identity_type,
            "identity_id": self.identity_id,
            "identity_authorized_bc_id": self.business_center_id,
            "ad_format": self.ad_format,
            "tiktok_item_id": self.item_id,
            "call_to_action": self.call_to_action,
            "call_to_action_id": self.call_to_action_id,
            "landing_page_url": self.landing_page_url,
            "utm_params": utm or None,
            "tracking_pixel_id": self.tracking_pixel_id,
            "operation_status": self.status,
            **self.extra,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkPushCreative:
    """A Spark ad from an uploaded video, which becomes a post of the identity once it is approved.

    text : the caption, 1 to 100 characters, no emoji
    cover_id : an image of the library
    is_ads_only : the post shows in ads only, not on the profile. TikTok's default is on since 2026-01-27; always sent
    """

    name: str
    video_id: str
    cover_id: str
    text: str
    identity_id: IdentityId
    identity_type: str = "TT_USER"
    business_center_id: BusinessCenterId | None = None
    is_ads_only: bool = True
    call_to_action: str | None = None
    landing_page_url: str | None = None
    tracking_pixel_id: int | None = None
    status: Switch = Switch.DISABLE
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> dict[str, object]:
        """One of `creatives`; None means "not sent"."""
        return {
            "ad_name": self.name,
            "identity_type": self.identity_type,
            "identity_id": self.identity_id,
            "identity_authorized_bc_id": self.business_center_id,
            "ad_format": AdFormat.SINGLE_VIDEO,
            "video_id": self.video_id,
            "image_ids": [self.cover_id],
            "ad_text": self.text,
            "dark_post_status": "ON" if self.is_ads_only else "OFF",
            "call_to_action": self.call_to_action,
            "landing_page_url": self.landing_page_url,
            "tracking_pixel_id": self.tracking_pixel_id,
            "operation_status": self.status,
            **self.extra,
        }


class Ad(msgspec.Struct, frozen=True, kw_only=True):
    """An ad. `item_id` is set for Spark ads: at once from an existing post, else after review."""

    ad_id: AdId
    adgroup_id: AdGroupId | None
    campaign_id: CampaignId | None
    name: str
    operation_status: str
    secondary_status: str
    item_id: ItemId | None
    identity_id: IdentityId | None
    identity_type: str
    ad_format: str
    call_to_action: str | None
    landing_page_url: str | None
    created_at: datetime | None
    modified_at: datetime | None

    @property
    def has_lost_authorization(self) -> bool:
        """Whether the ad stands still because its post may no longer be used."""
        return self.secondary_status in AUTHORIZATION_LOST

    @classmethod
    def from_wire(cls, row: Fields) -> Ad:
        """Read one of `list` or of the created `creatives`."""
        item, identity = row.find_id("tiktok_item_id"), row.find_id("identity_id")
        adgroup, campaign = row.find_id("adgroup_id"), row.find_id("campaign_id")
        return cls(
            ad_id=AdId(row.id("ad_id")),
            adgroup_id=AdGroupId(adgroup) if adgroup else None,
            campaign_id=CampaignId(campaign) if campaign else None,
            name=row.text("ad_name"),
            operation_status=row.text("operation_status"),
            secondary_status=row.text("secondary_status"),
            item_id=ItemId(item) if item else None,
            identity_id=IdentityId(identity) if identity else None,
            identity_type=row.text("identity_type"),
            ad_format=row.text("ad_format"),
            call_to_action=row.find_text("call_to_action"),
            landing_page_url=row.find_text("landing_page_url"),
            created_at=row.time("create_time"),
            modified_at=row.time("modify_time"),
        )


class CreatedAds(msgspec.Struct, frozen=True, kw_only=True):
    """What a create call made. `is_partial`: fewer than asked; match by name before going on."""

    ad_ids: tuple[AdId, ...]
    ads: tuple[Ad, ...]
    is_partial: bool


@dataclass(frozen=True, slots=True)
class Ads:
    """Ads of an ad account."""

    caller: Caller

    async def create(
        self,
        advertiser_id: AdvertiserId,
        adgroup_id: AdGroupId,
        creatives: Sequence[SparkPullCreative | SparkPushCreative],
    ) -> CreatedAds:
        """Create 1 to 20 ads in one call; TikTok offers no idempotency key for it.

        raises : ValueError for another number; OutcomeUnknownError when the reply was lost:
            look for the names with `each` before repeating
        """
        if not 1 <= len(creatives) <= CREATIVES_PER_CALL:
            raise ValueError(f"give 1 to {CREATIVES_PER_CALL} creatives, not {len(creatives)}")
        answer = await self.caller.post(
            endpoints.AD_CREATE,
            {
                "advertiser_id": advertiser_id,
                "adgroup_id": adgroup_id,
                "creatives": [creative.to_wire() for creative in creatives],
            },
            advertiser=advertiser_id,
        )
        ad_ids = tuple(AdId(ad_id) for ad_id in answer.data.ids("ad_ids"))
        if len(ad_ids) != len(creatives) and not answer.is_partial:
            answer.data.refuse("ad_ids", f"{len(ad_ids)} long for {len(creatives)} creatives")
        return CreatedAds(
            ad_ids=ad_ids,
            ads=tuple(Ad.from_wire(row) for row in answer.data.children("creatives")),
            is_partial=answer.is_partial,
        )

    async def rename(
        self, advertiser_id: AdvertiserId, adgroup_id: AdGroupId, names: Mapping[AdId, str]
    ) -> None:
        """Change names only (`patch_update`), leaving all else as it is."""
        body = {
            "advertiser_id": advertiser_id,
            "adgroup_id": adgroup_id,
            "patch_update": True,
            "creatives": [{"ad_id": ad_id, "ad_name": name} for ad_id, name in names.items()],
        }
        await self.caller.post(endpoints.AD_UPDATE, body, advertiser=advertiser_id)

    async def set_status(
        self, advertiser_id: AdvertiserId, ad_ids: Sequence[AdId], switch: Switch
    ) -> Switched:
        """Enable, disable or delete, any number; 20 to a call."""
        return await set_status(
            self.caller, endpoints.AD_STATUS, advertiser_id, ad_ids, switch, noun="ad"
        )

    async def each(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        adgroup_ids: Sequence[AdGroupId] | None = None,
        ad_ids: Sequence[AdId] | None = None,
        primary_status: Primary | None = None,
        filtering: Mapping[str, object] | None = None,
    ) -> AsyncIterator[Ad]:
        """Yield ads, deleted ones only when asked for; at most 100 ids of each kind."""
        chosen = {
            "campaign_ids": campaign_ids,
            "adgroup_ids": adgroup_ids,
            "ad_ids": ad_ids,
            "primary_status": primary_status,
            **(filtering or {}),
        }
        async for row in each_numbered(
            self.caller,
            endpoints.AD_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            Ad.from_wire,
            lambda ad: ad.ad_id,
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
        ):
            yield row
