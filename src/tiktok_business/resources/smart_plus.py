"""`/smart_plus/*`: campaigns, ad groups and ads of Smart+, with Spark posts as creatives.

Source: TikTok's open SDK, models `smart_plus_*` v1.3. An ad holds many creatives, each a material with an id and a
switch of its own. That a material's id is the `ad_id` of reports is our reading of "ad_id = creative level"; no page
says so in these words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tiktok_business.ids import (
    AdGroupId,
    AdId,
    AdvertiserId,
    CampaignId,
    IdentityId,
    ItemId,
    SmartAdId,
)
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.adgroups import AdGroup, AdGroupCreate
from tiktok_business.resources.ads import SparkPullCreative
from tiktok_business.resources.campaigns import Campaign, CampaignCreate, given
from tiktok_business.resources.statuses import Primary, Switch, Switched, set_status

LARGEST_PAGE = 100
# What one ad takes. The SDK's model says 31; R11's page says 50 posts.
CREATIVES_PER_AD = 31
# Fields of an ad group that stand in `targeting_spec` here.
TARGETING = frozenset(
    {
        "location_ids", "zipcode_ids", "gender", "age_groups", "languages", "audience_ids",
        "excluded_audience_ids", "interest_category_ids", "operating_systems", "network_types",
    }
)  # fmt: skip
# What an ad group of Smart+ does not take: the system places and paces by itself.
WITHOUT = frozenset({"placement_type", "placements", "pacing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartAdCreate:
    """An ad to be, of 1 to 31 existing posts; call to action and landing page are the first one's.

    status : ads are best created off, checked, then enabled
    """

    name: str
    creatives: Sequence[SparkPullCreative]
    status: Switch = Switch.DISABLE
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> dict[str, object]:
        """Body fields; None means "not sent". Raises ValueError for a number of creatives that no ad takes."""
        if not 1 <= len(self.creatives) <= CREATIVES_PER_AD:
            raise ValueError(f"give 1 to {CREATIVES_PER_AD} creatives, not {len(self.creatives)}")
        first = self.creatives[0]
        pages, actions = first.landing_page_url, first.call_to_action
        return {
            "ad_name": self.name,
            "creative_list": [
                {
                    "creative_info": {
                        "ad_format": each.ad_format,
                        "identity_type": each.identity_type,
                        "identity_id": each.identity_id,
                        "identity_authorized_bc_id": each.business_center_id,
                        "tiktok_item_id": each.item_id,
                    }
                }
                for each in self.creatives
            ],
            "call_to_action_list": [{"call_to_action": actions}] if actions else None,
            "landing_page_url_list": [{"landing_page_url": pages}] if pages else None,
            "operation_status": self.status,
            **self.extra,
        }


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """One creative of an ad. `ad_id` is its id in reports and in the calls that switch it."""

    ad_id: AdId
    item_id: ItemId | None
    identity_id: IdentityId | None
    identity_type: str
    operation_status: str
    secondary_status: str


class SmartAd(msgspec.Struct, frozen=True, kw_only=True):
    """An ad of Smart+ with its creatives."""

    smart_ad_id: SmartAdId
    adgroup_id: AdGroupId
    campaign_id: CampaignId
    name: str
    operation_status: str
    secondary_status: str
    landing_page_url: str | None
    call_to_action: str | None
    materials: tuple[Material, ...]
    created_at: datetime | None
    modified_at: datetime | None

    @classmethod
    def from_wire(cls, row: Fields) -> SmartAd:
        """Read one of `list`, or the flat answer of create."""
        pages = [each.find_text("landing_page_url") for each in _each(row, "landing_page_url_list")]
        actions = [each.find_text("call_to_action") for each in _each(row, "call_to_action_list")]
        return cls(
            smart_ad_id=SmartAdId(row.id("smart_plus_ad_id")),
            adgroup_id=AdGroupId(row.id("adgroup_id")),
            campaign_id=CampaignId(row.id("campaign_id")),
            name=row.text("ad_name"),
            operation_status=row.text("operation_status"),
            secondary_status=row.text("secondary_status"),
            landing_page_url=next(iter(pages), None),
            call_to_action=next(iter(actions), None),
            materials=tuple(_material(each) for each in row.children("creative_list")),
            created_at=row.time("create_time"),
            modified_at=row.time("modify_time"),
        )


def _each(row: Fields, name: str) -> list[Fields]:
    return list(row.children(name)) if row.values.get(name) else []


def _material(row: Fields) -> Material:
    info = row.child("creative_info")
    item, identity = info.find_id("tiktok_item_id"), info.find_id("identity_id")
    return Material(
        ad_id=AdId(row.id("ad_material_id")),
        item_id=ItemId(item) if item else None,
        identity_id=IdentityId(identity) if identity else None,
        identity_type=info.text("identity_type"),
        operation_status=row.text("material_operation_status"),
        secondary_status=row.text("secondary_status"),
    )


@dataclass(frozen=True, slots=True)
class SmartPlus:
    """Smart+ of an ad account. After OutcomeUnknownError of a create look for its name before repeating."""

    caller: Caller

    async def create_campaign(
        self, advertiser_id: AdvertiserId, campaign: CampaignCreate
    ) -> Campaign:
        """Create one; `request_id` is required here."""
        return Campaign.from_wire(
            await self._create(endpoints.SMART_CAMPAIGN_CREATE, advertiser_id, campaign.to_wire())
        )

    async def create_adgroup(self, advertiser_id: AdvertiserId, adgroup: AdGroupCreate) -> AdGroup:
        """Create one; `request_id` and `promotion_type` are required here."""
        flat = adgroup.to_wire()
        body: dict[str, object] = {
            name: value
            for name, value in flat.items()
            if name not in TARGETING and name not in WITHOUT
        }
        body["targeting_spec"] = {
            name: value for name, value in flat.items() if name in TARGETING and value is not None
        }
        return AdGroup.from_wire(
            await self._create(endpoints.SMART_ADGROUP_CREATE, advertiser_id, body)
        )

    async def create_ad(
        self, advertiser_id: AdvertiserId, adgroup_id: AdGroupId, ad: SmartAdCreate
    ) -> SmartAd:
        """Create an ad with all its creatives."""
        body = {"adgroup_id": adgroup_id, **ad.to_wire()}
        return SmartAd.from_wire(await self._create(endpoints.SMART_AD_CREATE, advertiser_id, body))

    async def _create(
        self,
        endpoint: endpoints.Endpoint,
        advertiser_id: AdvertiserId,
        body: Mapping[str, object],
    ) -> Fields:
        whole = {"advertiser_id": advertiser_id, **body}
        answer = await self.caller.post(endpoint, whole, advertiser=advertiser_id)
        return answer.data

    async def update_adgroup(
        self,
        advertiser_id: AdvertiserId,
        adgroup_id: AdGroupId,
        *,
        ends_at: datetime | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Change what is given."""
        body = {
            "advertiser_id": advertiser_id,
            "adgroup_id": adgroup_id,
            "schedule_type": "SCHEDULE_START_END" if ends_at else None,
            "schedule_end_time": ends_at,
            **(extra or {}),
        }
        await self.caller.post(endpoints.SMART_ADGROUP_UPDATE, body, advertiser=advertiser_id)

    async def set_campaign_status(
        self, advertiser_id: AdvertiserId, ids: Sequence[CampaignId], switch: Switch
    ) -> Switched:
        """Enable, disable or delete, any number; 20 to a call."""
        status = endpoints.SMART_CAMPAIGN_STATUS
        return await set_status(self.caller, status, advertiser_id, ids, switch, noun="campaign")

    async def set_adgroup_status(
        self, advertiser_id: AdvertiserId, ids: Sequence[AdGroupId], switch: Switch
    ) -> Switched:
        """Enable, disable or delete, any number; 20 to a call."""
        status = endpoints.SMART_ADGROUP_STATUS
        return await set_status(self.caller, status, advertiser_id, ids, switch, noun="adgroup")

    async def set_ad_status(
        self, advertiser_id: AdvertiserId, ids: Sequence[SmartAdId], switch: Switch
    ) -> Switched:
        """Enable, disable or delete whole ads, any number; 20 to a call."""
        status = endpoints.SMART_AD_STATUS
        return await set_status(
            self.caller, status, advertiser_id, ids, switch, noun="smart_plus_ad"
        )

    async def set_material_status(
        self,
        advertiser_id: AdvertiserId,
        smart_ad_id: SmartAdId,
        ids: Sequence[AdId],
        switch: Switch,
    ) -> Switched:
        """Enable or disable creatives of one ad, any number; 20 to a call."""
        return await set_status(
            self.caller,
            endpoints.SMART_MATERIAL_STATUS,
            advertiser_id,
            ids,
            switch,
            noun="ad_material",
            extra={"smart_plus_ad_id": smart_ad_id},
        )

    async def each_campaign(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        name_contains: str | None = None,
        primary_status: Primary | None = None,
    ) -> AsyncIterator[Campaign]:
        """Yield campaigns, deleted ones only when asked for; at most 100 ids."""
        chosen = {
            "campaign_ids": campaign_ids,
            "campaign_name": name_contains,
            "primary_status": primary_status,
        }
        async for row in each_numbered(
            self.caller, endpoints.SMART_CAMPAIGN_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            Campaign.from_wire, lambda campaign: campaign.campaign_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row

    async def each_adgroup(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        adgroup_ids: Sequence[AdGroupId] | None = None,
        primary_status: Primary | None = None,
    ) -> AsyncIterator[AdGroup]:
        """Yield ad groups, deleted ones only when asked for; at most 100 ids of each kind."""
        chosen = {
            "campaign_ids": campaign_ids,
            "adgroup_ids": adgroup_ids,
            "primary_status": primary_status,
        }
        async for row in each_numbered(
            self.caller, endpoints.SMART_ADGROUP_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            AdGroup.from_wire, lambda adgroup: adgroup.adgroup_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row

    async def each_ad(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        adgroup_ids: Sequence[AdGroupId] | None = None,
        smart_ad_ids: Sequence[SmartAdId] | None = None,
        primary_status: Primary | None = None,
    ) -> AsyncIterator[SmartAd]:
        """Yield ads with their creatives, deleted ones only when asked for; at most 100 ids of each kind."""
        chosen = {
            "campaign_ids": campaign_ids,
            "adgroup_ids": adgroup_ids,
            "smart_plus_ad_ids": smart_ad_ids,
            "primary_status": primary_status,
        }
        async for row in each_numbered(
            self.caller, endpoints.SMART_AD_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            SmartAd.from_wire, lambda ad: ad.smart_ad_id,
            advertiser=advertiser_id, page_size=LARGEST_PAGE,
        ):  # fmt: skip
            yield row
