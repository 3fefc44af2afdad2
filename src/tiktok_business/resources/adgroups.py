"""`/adgroup/*`. Source: reference page 1739499616346114 (create) and its siblings, v1.3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from tiktok_business.ids import AdGroupId, AdvertiserId, CampaignId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.campaigns import BudgetMode, given
from tiktok_business.resources.statuses import Primary, Switch, Switched, set_status

LARGEST_PAGE = 1000


class Goal(StrEnum):
    """What delivery optimizes for."""

    CLICK = "CLICK"
    CONVERT = "CONVERT"
    VALUE = "VALUE"
    LANDING_PAGE_VIEW = "TRAFFIC_LANDING_PAGE_VIEW"
    REACH = "REACH"
    ENGAGED_VIEW = "ENGAGED_VIEW"
    ENGAGED_VIEW_15S = "ENGAGED_VIEW_FIFTEEN"
    FOLLOWERS = "FOLLOWERS"
    PROFILE_VISIT = "PAGE_VISIT"


class Billing(StrEnum):
    """What is paid for."""

    CPC = "CPC"
    CPM = "CPM"
    CPV = "CPV"
    OCPM = "OCPM"


# Which billing a goal takes. Source: ad group create page; FOLLOWERS and PAGE_VISIT not verified.
BILLING: Mapping[str, Billing] = {
    Goal.CLICK: Billing.CPC,
    Goal.CONVERT: Billing.OCPM,
    Goal.VALUE: Billing.OCPM,
    Goal.LANDING_PAGE_VIEW: Billing.OCPM,
    Goal.REACH: Billing.CPM,
    Goal.ENGAGED_VIEW: Billing.CPV,
    Goal.ENGAGED_VIEW_15S: Billing.CPV,
    Goal.FOLLOWERS: Billing.OCPM,
    Goal.PROFILE_VISIT: Billing.OCPM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdGroupCreate:
    """An ad group to be, placed on TikTok, where Spark posts deliver.

    budget : in the account's currency, per day or in all as `budget_mode` says
    starts_at : aware; at most 12 hours ago
    ends_at : needed for a total budget; without it the group runs until it is stopped
    billing : None takes the goal's own from BILLING
    bid : with None the platform bids (BID_TYPE_NO_BID)
    extra : further documented fields, by wire name (targeting, attribution windows, …)
    """

    campaign_id: CampaignId
    name: str
    goal: str
    budget: Decimal
    starts_at: datetime
    location_ids: Sequence[str]
    ends_at: datetime | None = None
    budget_mode: str = BudgetMode.DAY
    billing: str | None = None
    promotion_type: str | None = None
    pixel_id: str | None = None
    optimization_event: str | None = None
    bid: Decimal | None = None
    comment_disabled: bool | None = None
    status: Switch = Switch.ENABLE
    request_id: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> dict[str, object]:
        """Body fields; None means "not sent". Raises ValueError for a goal of unknown billing."""
        billing = self.billing or BILLING.get(self.goal)
        if billing is None:
            raise ValueError(f"give the billing event: none is known for the goal {self.goal}")
        bid_name = "conversion_bid_price" if billing == Billing.OCPM else "bid_price"
        return {
            "campaign_id": self.campaign_id,
            "adgroup_name": self.name,
            "placement_type": "PLACEMENT_TYPE_NORMAL",
            "placements": ["PLACEMENT_TIKTOK"],
            "promotion_type": self.promotion_type,
            "location_ids": list(self.location_ids),
            "budget_mode": self.budget_mode,
            "budget": self.budget,
            "schedule_type": "SCHEDULE_START_END" if self.ends_at else "SCHEDULE_FROM_NOW",
            "schedule_start_time": self.starts_at,
            "schedule_end_time": self.ends_at,
            "optimization_goal": self.goal,
            "billing_event": billing,
            "pacing": "PACING_MODE_SMOOTH",
            "bid_type": "BID_TYPE_NO_BID" if self.bid is None else "BID_TYPE_CUSTOM",
            bid_name: self.bid,
            "pixel_id": self.pixel_id,
            "optimization_event": self.optimization_event,
            "comment_disabled": self.comment_disabled,
            "operation_status": self.status,
            "request_id": self.request_id,
            **self.extra,
        }


class AdGroup(msgspec.Struct, frozen=True, kw_only=True):
    """An ad group. `budget` is in the account's currency. location_ids : () where TikTok did not say"""

    adgroup_id: AdGroupId
    campaign_id: CampaignId
    name: str
    operation_status: str
    secondary_status: str
    goal: str
    billing: str
    budget_mode: str
    budget: Decimal | None
    starts_at: datetime | None
    ends_at: datetime | None
    comment_disabled: bool | None
    location_ids: tuple[str, ...]
    created_at: datetime | None
    modified_at: datetime | None

    @classmethod
    def from_wire(cls, row: Fields) -> AdGroup:
        """Read one of `list`, or the flat answer of create."""
        return cls(
            adgroup_id=AdGroupId(row.id("adgroup_id")),
            campaign_id=CampaignId(row.id("campaign_id")),
            name=row.text("adgroup_name"),
            operation_status=row.text("operation_status"),
            secondary_status=row.text("secondary_status"),
            goal=row.text("optimization_goal"),
            billing=row.text("billing_event"),
            budget_mode=row.text("budget_mode"),
            budget=row.decimal("budget"),
            starts_at=row.time("schedule_start_time"),
            ends_at=row.time("schedule_end_time"),
            comment_disabled=row.flag("comment_disabled"),
            location_ids=tuple(row.ids("location_ids")) if row.values.get("location_ids") else (),
            created_at=row.time("create_time"),
            modified_at=row.time("modify_time"),
        )


@dataclass(frozen=True, slots=True)
class AdGroups:
    """Ad groups of an ad account."""

    caller: Caller

    async def create(self, advertiser_id: AdvertiserId, adgroup: AdGroupCreate) -> AdGroup:
        """Create one. On OutcomeUnknownError look for its name with `each` before repeating."""
        answer = await self.caller.post(
            endpoints.ADGROUP_CREATE,
            {"advertiser_id": advertiser_id, **adgroup.to_wire()},
            advertiser=advertiser_id,
        )
        return AdGroup.from_wire(answer.data)

    async def update(
        self,
        advertiser_id: AdvertiserId,
        adgroup_id: AdGroupId,
        *,
        name: str | None = None,
        ends_at: datetime | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Change what is given. Budgets have `set_budgets`."""
        body = {
            "advertiser_id": advertiser_id,
            "adgroup_id": adgroup_id,
            "adgroup_name": name,
            "schedule_type": "SCHEDULE_START_END" if ends_at else None,
            "schedule_end_time": ends_at,
            **(extra or {}),
        }
        await self.caller.post(endpoints.ADGROUP_UPDATE, body, advertiser=advertiser_id)

    async def set_budgets(
        self, advertiser_id: AdvertiserId, budgets: Mapping[AdGroupId, Decimal]
    ) -> None:
        """Set budgets, in the account's currency. Safe to repeat."""
        body = {
            "advertiser_id": advertiser_id,
            "budget": [
                {"adgroup_id": adgroup_id, "budget": amount}
                for adgroup_id, amount in budgets.items()
            ],
        }
        await self.caller.post(endpoints.ADGROUP_BUDGET, body, advertiser=advertiser_id)

    async def set_status(
        self,
        advertiser_id: AdvertiserId,
        adgroup_ids: Sequence[AdGroupId],
        switch: Switch,
        *,
        allow_partial_success: bool = False,
    ) -> Switched:
        """Enable, disable or delete, any number; 20 to a call."""
        return await set_status(
            self.caller,
            endpoints.ADGROUP_STATUS,
            advertiser_id,
            adgroup_ids,
            switch,
            noun="adgroup",
            extra={"allow_partial_success": True} if allow_partial_success else None,
        )

    async def each(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        adgroup_ids: Sequence[AdGroupId] | None = None,
        primary_status: Primary | None = None,
        filtering: Mapping[str, object] | None = None,
    ) -> AsyncIterator[AdGroup]:
        """Yield ad groups, deleted ones only when asked for; at most 100 ids of each kind."""
        chosen = {
            "campaign_ids": campaign_ids,
            "adgroup_ids": adgroup_ids,
            "primary_status": primary_status,
            **(filtering or {}),
        }
        async for row in each_numbered(
            self.caller,
            endpoints.ADGROUP_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            AdGroup.from_wire,
            lambda adgroup: adgroup.adgroup_id,
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
        ):
            yield row
