"""The fact tables as data: columns, types, partitions, versions. docs/reference/facts.md is written from it.

A table grows by a column with the next number as `since`; nothing else may change once a version is out. What
happens to lakes of other versions is in `lake`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from kindling.errors import KindlingError
from kindling.facts.metrics import REPORTED, Unit

DAY, TEXT, COUNT, INSTANT = pa.date32(), pa.string(), pa.int64(), pa.timestamp("us", tz="UTC")


class LakeMismatchError(KindlingError):
    """The lake is of a newer Kindling, or holds a table that this version cannot read."""

    code = "lake_mismatch"
    http_status = 503


class LakeDamagedError(KindlingError):
    """Files of the lake are missing or garbled: nothing is answered rather than something too small."""

    code = "lake_damaged"
    http_status = 503

    def __init__(self, table: str, why: str) -> None:
        super().__init__(
            f"The figures cannot be read: files of the lake's table {table} are missing or garbled.",
            next_step="Run `kindling doctor` on the server to see which, then `kindling repair`.",
            why=why,
        )
        self._given = (table, why)

    def __reduce__(self) -> tuple[type[LakeDamagedError], tuple[str, str]]:
        """It comes back whole from another process (`lake.migrate_apart`)."""
        return LakeDamagedError, self._given


@dataclass(frozen=True, slots=True)
class Column:
    """One column; every column may hold null, which means unknown, never 0.

    unit : what a value counts, and of which zone. source : where it comes from. settles : when it is final
    since : the version of the table that brought it. Files of earlier versions read as null
    """

    name: str
    type: pa.DataType
    unit: str
    about: str
    source: str = "Kindling"
    settles: str = "at once"
    since: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """One Delta table. `partitions` are real columns too, so that any engine can prune by them."""

    name: str
    columns: tuple[Column, ...] = field(repr=False)
    partitions: tuple[str, ...]

    @property
    def version(self) -> int:
        """The version of the schema: the newest that brought a column."""
        return max(each.since for each in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.columns)

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema([(each.name, each.type) for each in self.columns])

    def missing(self, stored: Mapping[str, pa.DataType]) -> tuple[Column, ...]:
        """The columns that a lake with the `stored` ones does not have yet."""
        return tuple(each for each in self.columns if each.name not in stored)

    def check(
        self, *, version: int, stored: Mapping[str, pa.DataType], partitions: Sequence[str]
    ) -> None:
        """Accept a lake of this version or an earlier one. Raises LakeMismatchError, naming what does not fit.

        version : the schema version that the lake carries. stored : its columns' types. partitions : its own
        """
        if version > self.version:
            raise LakeMismatchError(
                f"The table {self.name} of the lake has schema version {version}, written by a newer Kindling; "
                f"this one knows versions up to {self.version}.",
                next_step="Run the newer Kindling again, or restore a backup from before it.",
            )
        changed = [
            f"{each.name} is {stored[each.name]} instead of {each.type}"
            for each in self.columns
            if each.name in stored and stored[each.name] != each.type
        ]
        if tuple(partitions) != self.partitions:
            changed.append(
                f"it is partitioned by {', '.join(partitions) or 'nothing'} instead of {', '.join(self.partitions)}"
            )
        if changed:
            raise LakeMismatchError(
                f"The table {self.name} of the lake does not fit this Kindling: {'; '.join(changed)}.",
                next_step="Restore a backup of the lake, or move this folder away and sync and import again.",
            )


IN_MINOR_UNITS = "minor units of `currency`"
UNITS = {Unit.MONEY: IN_MINOR_UNITS, Unit.COUNT: "count"}
COUNTERS = tuple(each.column for each in REPORTED if each.unit is Unit.COUNT)

# `account` is "<workspace id>-<advertiser id>": two workspaces on one advertiser keep their facts apart.
AD_DAYS = Table(
    "ad_days",
    (
        Column("account", TEXT, "text", "workspace id and TikTok's advertiser id, as `1-7012…`"),
        Column("month", TEXT, "`YYYY-MM`, ad account's zone", "month of `day`"),
        Column("day", DAY, "day, ad account's zone", "the day of the figures", "report `stat_time_day`"),
        Column("ad_id", TEXT, "id", "the ad", "report `ad_id`"),
        Column("adgroup_id", TEXT, "id", "its ad group; null for an ad that was never listed", "TikTok's list of ads"),
        Column("campaign_id", TEXT, "id", "its campaign; null for an ad that was never listed", "TikTok's list of ads"),
        Column("item_id", TEXT, "id", "the post it promotes; null when it promotes none", "TikTok's list of ads"),
        Column("currency", TEXT, "ISO 4217", "the ad account's currency"),
        *(
            Column(each.column, COUNT, UNITS[each.unit], each.about, f"report `{each.wire}`", each.settles, each.since)
            for each in REPORTED
        ),
    ),
    ("account", "month"),
)  # fmt: skip

_FILE, _ADDRESS = "the orders file", "the landing address"
_COST, _RATE = "the product's cost per unit", "the product's rate, as first imported"
# Costs per unit and rates are frozen when an order first comes in; refunds change what the shares are of.
_STATED, _ONCE = "at the last import of the order", "cost per unit: at the first import"
_BOOKED = "when last imported, or when its post comes in"
_FROZEN, _OWNED = "at the first import", "when its post owns it"
_BASIS_POINTS = "basis points of net revenue"

ORDERS = Table(
    "orders",
    (
        Column("workspace_id", COUNT, "id", "the workspace"),
        Column("month", TEXT, "`YYYY-MM`, UTC", "month of `ordered_at`"),
        Column("order_id", TEXT, "id", "the order; a row is one line of it", _FILE),
        Column("sku", TEXT, "SKU", "the product", _FILE),
        Column("ordered_at", INSTANT, "instant, UTC", "when it was ordered", _FILE, _STATED),
        Column("quantity", COUNT, "count", "units ordered", _FILE, _STATED),
        Column("currency", TEXT, "ISO 4217", "the order's currency", _FILE, _STATED),
        Column("gross_minor", COUNT, IN_MINOR_UNITS, "price before discounts and refunds", _FILE, _STATED),
        Column("discount_minor", COUNT, IN_MINOR_UNITS, "discounts", _FILE, _STATED),
        Column("refund_minor", COUNT, IN_MINOR_UNITS, "refunds", _FILE, _STATED),
        Column("tax_minor", COUNT, IN_MINOR_UNITS, "taxes", _FILE, _STATED),
        Column("shipping_minor", COUNT, IN_MINOR_UNITS, "shipping the buyer paid", _FILE, _STATED),
        Column("net_minor", COUNT, IN_MINOR_UNITS, "net revenue: gross less discount, refund and tax", _FILE, _STATED),
        Column("cogs_minor", COUNT, IN_MINOR_UNITS, "COGS", _COST, _ONCE),
        Column("fulfilment_minor", COUNT, IN_MINOR_UNITS, "shipping and handling", _COST, _ONCE),
        Column("platform_fee_minor", COUNT, IN_MINOR_UNITS, "platform fee", _RATE, _BOOKED),
        Column("payment_fee_minor", COUNT, IN_MINOR_UNITS, "payment fee", _RATE, _BOOKED),
        Column("commission_minor", COUNT, IN_MINOR_UNITS, "the creator's commission",
               "`commission_bp`", _BOOKED),
        Column("source", TEXT, "word", "how it came: `spark`, `organic`, `code` or `direct`", _ADDRESS, _STATED),
        Column("item_id", TEXT, "id", "the library's post that owns the order; null: nobody", _ADDRESS, _BOOKED),
        Column("ad_id", TEXT, "id", "the ad it came through; null: none", _ADDRESS, _STATED),
        Column("creator_handle", TEXT, "handle", "the owner's creator, else whom the address names", _ADDRESS, _BOOKED),
        Column("claimed_item_id", TEXT, "id", "the post that the address names, owned or not", _ADDRESS, _STATED),
        Column("line", TEXT, "id", "the line of the order: the file's `line_id`, else `#` and a number; null is `#1`",
               _FILE, since=2),
        Column("unit_cost_minor", COUNT, IN_MINOR_UNITS, "COGS of one unit; null: booked before it was stored",
               "the product", _FROZEN, since=3),
        Column("unit_fulfilment_minor", COUNT, IN_MINOR_UNITS, "shipping and handling of one unit; null likewise",
               "the product", _FROZEN, since=3),
        Column("platform_fee_bp", COUNT, _BASIS_POINTS, "rate of the platform fee; null likewise",
               "the product", _FROZEN, since=3),
        Column("payment_fee_bp", COUNT, _BASIS_POINTS, "rate of the payment fee; null likewise",
               "the product", _FROZEN, since=3),
        Column("commission_bp", COUNT, _BASIS_POINTS, "rate of the commission, 0 without an owner; null likewise",
               "the agreement's rate when the order came, else the product's", _OWNED, since=3),
    ),
    ("workspace_id", "month"),
)  # fmt: skip

TABLES = (AD_DAYS, ORDERS)
