"""What sales leave: of a post, creator or product, after everything it cost. Pure.

Profit and the results of ads both add up these rows, so that a break-even is the same on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter
from typing import Any

from kindling.kit.money import per_unit


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger, integers in minor units of one currency. Adding two rows adds every line."""

    orders: int = 0
    units: int = 0
    net_revenue: int = 0
    cogs: int = 0
    fulfilment: int = 0
    platform_fee: int = 0
    payment_fee: int = 0
    commission: int = 0
    creator_fee: int = 0
    ad_spend: int = 0
    spark_orders: int = 0
    spark_revenue: int = 0

    def __add__(self, other: LedgerRow) -> LedgerRow:
        return LedgerRow.total((self, other))

    @classmethod
    def total(cls, parts: Iterable[LedgerRow]) -> LedgerRow:
        """The sum of many, line by line; of none: nothing booked."""
        return cls(*(sum(line) for line in zip(*(_lines(each) for each in parts), strict=True)))

    @classmethod
    def of_orders(cls, row: Mapping[str, Any]) -> LedgerRow:
        """A row of `facts.queries.order_totals`: sums of orders of one SKU, post, ad and source."""
        is_spark = row["source"] == "spark" and row["item_id"] is not None
        return cls(
            orders=row["orders"],
            units=row["quantity"],
            net_revenue=row["net_minor"],
            cogs=row["cogs_minor"],
            fulfilment=row["fulfilment_minor"],
            platform_fee=row["platform_fee_minor"],
            payment_fee=row["payment_fee_minor"],
            commission=row["commission_minor"],
            spark_orders=row["orders"] if is_spark else 0,
            spark_revenue=row["net_minor"] if is_spark else 0,
        )

    @property
    def contribution(self) -> int:
        """Before marketing: net revenue less goods, fulfilment, platform and payment fees."""
        return self.net_revenue - self.cogs - self.fulfilment - self.platform_fee - self.payment_fee

    @property
    def profit(self) -> int:
        """Contribution less commission, creator fees and ad spend (domain reference §11)."""
        return self.contribution - self.commission - self.creator_fee - self.ad_spend

    @property
    def roas(self) -> Decimal | None:
        """Revenue of spark-attributed orders per unit of ad spend; None without spend."""
        return _ratio(self.spark_revenue, self.ad_spend)

    @property
    def cpa_minor(self) -> int | None:
        """Ad spend per spark-attributed order, minor units, half up; None without such orders."""
        return _share(self.ad_spend, self.spark_orders)

    @property
    def break_even_cpa_minor(self) -> int | None:
        """What one order may cost in ads: (contribution - commission) per order; None without orders."""
        return _share(self.contribution - self.commission, self.orders)


_lines = attrgetter(*(each.name for each in fields(LedgerRow)))


def _ratio(part: int, whole: int) -> Decimal | None:
    if whole == 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _share(amount: int, count: int) -> int | None:
    return None if count == 0 else per_unit(amount, count)
