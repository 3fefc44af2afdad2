"""Smart+ ads: one ad that holds many creatives, each delivered as an `Ad` of its own."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class SmartPlusAd(Record, kw_only=True):
    """The ad as Smart+ shows it. Its creatives are the ads with its `smart_plus_ad_id`."""

    smart_plus_ad_id: str
    adgroup_id: str
    campaign_id: str
    advertiser_id: str
    created_at: datetime
    modified_at: datetime
    operation_status: str
    is_deleted: bool = False
    fields: dict[str, object]


class GmvMaxSession(Record, kw_only=True):
    """A creative boost within a GMV Max campaign: a product and a budget for some days."""

    session_id: str
    campaign_id: str
    advertiser_id: str
    store_id: str
    item_id: str | None
    created_at: datetime
    is_deleted: bool = False
    fields: dict[str, object]
