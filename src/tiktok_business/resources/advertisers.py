"""`/advertiser/*`: ad accounts. Source: advertiser_info.yml of the official SDK, v1.3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from tiktok_business.ids import AdvertiserId, BusinessCenterId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.fields import Fields

# The maximum is not stated in any page we could read; 100 is what other clients use.
IDS_PER_CALL = 100


class Advertiser(msgspec.Struct, frozen=True, kw_only=True):
    """An ad account. `timezone` is an IANA name; report days are in it. `balance` in `currency`."""

    advertiser_id: AdvertiserId
    name: str
    status: str
    currency: str
    timezone: str
    balance: Decimal | None
    country: str | None
    company: str | None
    business_center_id: BusinessCenterId | None
    created_at: datetime | None

    @property
    def is_enabled(self) -> bool:
        """Whether the account may run ads."""
        return self.status == "STATUS_ENABLE"

    @classmethod
    def from_wire(cls, row: Fields) -> Advertiser:
        """Read one of `list`."""
        owner = row.find_id("owner_bc_id")
        return cls(
            advertiser_id=AdvertiserId(row.id("advertiser_id")),
            name=row.text("name"),
            status=row.text("status"),
            currency=row.text("currency"),
            timezone=row.text("timezone") or row.text("display_timezone"),
            balance=row.decimal("balance"),
            country=row.find_text("country"),
            company=row.find_text("company"),
            business_center_id=BusinessCenterId(owner) if owner else None,
            created_at=row.time("create_time"),
        )


@dataclass(frozen=True, slots=True)
class Advertisers:
    """Ad accounts the token may see."""

    caller: Caller

    async def info(self, advertiser_ids: Sequence[AdvertiserId]) -> list[Advertiser]:
        """The accounts asked for that exist, in TikTok's order."""
        found: list[Advertiser] = []
        for start in range(0, len(advertiser_ids), IDS_PER_CALL):
            some = list(advertiser_ids[start : start + IDS_PER_CALL])
            data = await self.caller.get(
                endpoints.ADVERTISER_INFO,
                {"advertiser_ids": some},
                advertiser=some[0] if len(some) == 1 else "",
            )
            found.extend(Advertiser.from_wire(row) for row in data.children("list"))
        return found
