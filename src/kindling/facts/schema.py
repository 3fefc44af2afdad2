"""The fact tables as data: columns, types, partitions. docs/reference/facts.md is checked against it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

DAY, TEXT, COUNT, INSTANT = pa.date32(), pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table. `partitions` are real columns too, so that any engine can prune by them."""

    name: str
    columns: tuple[tuple[str, pa.DataType], ...]
    partitions: tuple[str, ...]

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema(list(self.columns))


COUNTERS = (
    "impressions",
    "clicks",
    "conversions",
    "video_views_2s",
    "video_views_6s",
    "video_views_p100",
    "likes",
    "comments",
    "shares",
    "follows",
)

# `account` is "<workspace id>-<advertiser id>": two workspaces on one advertiser keep their facts apart.
AD_DAYS = Table(
    "ad_days",
    (
        ("account", TEXT),
        ("month", TEXT),
        ("day", DAY),
        ("ad_id", TEXT),
        ("adgroup_id", TEXT),
        ("campaign_id", TEXT),
        ("item_id", TEXT),
        ("currency", TEXT),
        ("spend_minor", COUNT),
        *((name, COUNT) for name in COUNTERS),
    ),
    ("account", "month"),
)

ORDERS = Table(
    "orders",
    (
        ("workspace_id", COUNT),
        ("month", TEXT),
        ("order_id", TEXT),
        ("sku", TEXT),
        ("ordered_at", INSTANT),
        ("quantity", COUNT),
        ("currency", TEXT),
        ("gross_minor", COUNT),
        ("discount_minor", COUNT),
        ("refund_minor", COUNT),
        ("tax_minor", COUNT),
        ("shipping_minor", COUNT),
        ("net_minor", COUNT),
        ("cogs_minor", COUNT),
        ("fulfilment_minor", COUNT),
        ("platform_fee_minor", COUNT),
        ("payment_fee_minor", COUNT),
        ("commission_minor", COUNT),
        ("source", TEXT),
        ("item_id", TEXT),
        ("ad_id", TEXT),
        ("creator_handle", TEXT),
        ("claimed_item_id", TEXT),
    ),
    ("workspace_id", "month"),
)

TABLES = (AD_DAYS, ORDERS)
