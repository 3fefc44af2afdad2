"""`/campaign/*`. Source: reference page 1739318962329602 (create) and its siblings, v1.3."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from tiktok_business.ids import AdvertiserId, CampaignId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.paging import each_numbered
from tiktok_business.resources.statuses import Primary, Switch, Switched, set_status

LARGEST_PAGE = 1000


class Objective(StrEnum):
    """What a campaign is for."""

    REACH = "REACH"
    TRAFFIC = "TRAFFIC"
    VIDEO_VIEWS = "VIDEO_VIEWS"
    COMMUNITY_INTERACTION = "ENGAGEMENT"
    APP_PROMOTION = "APP_PROMOTION"
    LEAD_GENERATION = "LEAD_GENERATION"
    WEB_CONVERSIONS = "WEB_CONVERSIONS"
    PRODUCT_SALES = "PRODUCT_SALES"


class BudgetMode(StrEnum):
    """What a budget covers. INFINITE takes no amount."""

    INFINITE = "BUDGET_MODE_INFINITE"
    TOTAL = "BUDGET_MODE_TOTAL"
    DAY = "BUDGET_MODE_DAY"
    DYNAMIC_DAILY = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCreate:
    """A campaign to be. `budget` is in the account's currency.

    request_id : a number of your own; the same one within about 10 seconds is refused
        (DuplicateRequestError), later it is *not* recognised: no idempotency key
    extra : further documented fields, by wire name
    """

    name: str
    objective: str
    budget_mode: str = BudgetMode.INFINITE
    budget: Decimal | None = None
    budget_optimize_on: bool | None = None
    is_search_campaign: bool | None = None
    status: Switch = Switch.ENABLE
    request_id: str | None = None
    extra: Mapping[str, object] = field(default_factory=dict)

    def to_wire(self) -> dict[str, object]:
        """Body fields; None means "not sent"."""
        return {
            "campaign_name": self.name,
            "objective_type": self.objective,
            "budget_mode": self.budget_mode,
            "budget": self.budget,
            "budget_optimize_on": self.budget_optimize_on,
            "is_search_campaign": self.is_search_campaign,
            "operation_status": self.status,
            "request_id": self.request_id,
            **self.extra,
        }


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign. `budget` is in the account's currency, None or 0 for INFINITE."""

    campaign_id: CampaignId
    name: str
    objective: str
    operation_status: str
    secondary_status: str
    budget_mode: str
    budget: Decimal | None
    budget_optimize_on: bool | None
    created_at: datetime | None
    modified_at: datetime | None

    @classmethod
    def from_wire(cls, row: Fields) -> Campaign:
        """Read one of `list`, or the flat answer of create and update."""
        return cls(
            campaign_id=CampaignId(row.id("campaign_id")),
            name=row.text("campaign_name"),
            objective=row.text("objective_type"),
            operation_status=row.text("operation_status"),
            secondary_status=row.text("secondary_status"),
            budget_mode=row.text("budget_mode"),
            budget=row.decimal("budget"),
            budget_optimize_on=row.flag("budget_optimize_on"),
            created_at=row.time("create_time"),
            modified_at=row.time("modify_time"),
        )


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Campaigns of an ad account."""

    caller: Caller

    async def create(self, advertiser_id: AdvertiserId, campaign: CampaignCreate) -> Campaign:
        """Create one. On OutcomeUnknownError look for its name with `each` before repeating."""
        answer = await self.caller.post(
            endpoints.CAMPAIGN_CREATE,
            {"advertiser_id": advertiser_id, **campaign.to_wire()},
            advertiser=advertiser_id,
        )
        return Campaign.from_wire(answer.data)

    async def update(
        self,
        advertiser_id: AdvertiserId,
        campaign_id: CampaignId,
        *,
        name: str | None = None,
        budget: Decimal | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Change what is given. A budget must be at least 105 % of what is spent."""
        body = {
            "advertiser_id": advertiser_id,
            "campaign_id": campaign_id,
            "campaign_name": name,
            "budget": budget,
            **(extra or {}),
        }
        await self.caller.post(endpoints.CAMPAIGN_UPDATE, body, advertiser=advertiser_id)

    async def set_status(
        self, advertiser_id: AdvertiserId, campaign_ids: Sequence[CampaignId], switch: Switch
    ) -> Switched:
        """Enable, disable or delete, any number; 20 to a call."""
        return await set_status(
            self.caller,
            endpoints.CAMPAIGN_STATUS,
            advertiser_id,
            campaign_ids,
            switch,
            noun="campaign",
        )

    async def each(
        self,
        advertiser_id: AdvertiserId,
        *,
        campaign_ids: Sequence[CampaignId] | None = None,
        name_contains: str | None = None,
        primary_status: Primary | None = None,
        filtering: Mapping[str, object] | None = None,
    ) -> AsyncIterator[Campaign]:
        """Yield campaigns, deleted ones only when asked for; at most 100 ids.

        filtering : further documented filters, by wire name
        """
        chosen = {
            "campaign_ids": campaign_ids,
            "campaign_name": name_contains,
            "primary_status": primary_status,
            **(filtering or {}),
        }
        async for row in each_numbered(
            self.caller,
            endpoints.CAMPAIGN_GET,
            {"advertiser_id": advertiser_id, "filtering": given(chosen)},
            Campaign.from_wire,
            lambda campaign: campaign.campaign_id,
            advertiser=advertiser_id,
            page_size=LARGEST_PAGE,
        ):
            yield row


def given(filters: Mapping[str, object]) -> dict[str, object] | None:
    """The filters that were given; None when none was, so that the parameter is left out."""
    return {name: value for name, value in filters.items() if value is not None} or None
