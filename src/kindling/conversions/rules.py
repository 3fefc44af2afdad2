"""Who brought an order, and what it leaves. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from kindling.kit.money import share_of


class Source(StrEnum):
    """Where an order came from. Every order has one; platform claims are never added to it (J4)."""

    SPARK = "spark"
    ORGANIC = "organic"
    CODE = "code"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an order's landing address and discount code say about its origin, before anything is looked up."""

    source: Source
    item_id: str
    ad_id: str
    handle: str


ITEM_ID = re.compile(r"\d{15,20}")


def claim_of(
    parameters: Mapping[str, str], *, discount_code: str, codes: Mapping[str, str]
) -> Claim:
    """One owner per order: the visit's own address first, then a creator's discount code, else direct.

    parameters : query parameters of the landing address, lower-cased names
    codes : discount code (upper case) → creator handle
    """
    item_id = parameters.get("post", "")
    if not ITEM_ID.fullmatch(item_id):
        item_id = ""
    handle = parameters.get("cr", "").lower().lstrip("@")
    medium = parameters.get("utm_medium", "").lower()
    if medium == "paid_social":
        ad_id = parameters.get("utm_content", "")
        return Claim(Source.SPARK, item_id, ad_id if ad_id.isdigit() else "", handle)
    if medium == "organic_creator" or (item_id and medium == ""):
        return Claim(Source.ORGANIC, item_id, "", handle)
    owner = codes.get(discount_code.strip().upper(), "") if discount_code else ""
    if owner:
        return Claim(Source.CODE, "", "", owner)
    return Claim(Source.DIRECT, "", "", "")


@dataclass(frozen=True, slots=True)
class Amounts:
    """An order line's money in minor units of one currency."""

    gross: int
    discount: int
    refund: int
    tax: int

    @property
    def net(self) -> int:
        """What customers paid and kept paid: gross - discount - refund - tax (domain reference §11)."""
        return self.gross - self.discount - self.refund - self.tax


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Costs of one unit (minor units) and rates of net revenue (basis points), as they were when the order came in.

    They are stored with the line, and every restatement of it goes by them. The commission's rate is that of when
    the line got its owner (`commission_rate`).
    """

    unit_cost: int
    fulfilment: int
    platform_fee_bp: int
    payment_fee_bp: int
    commission_bp: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one order line, minor units. Fees and commission are rounded half up once per line."""

    cogs: int
    fulfilment: int
    platform_fee: int
    payment_fee: int
    commission: int


def costs_of(*, quantity: int, net: int, unit: UnitCosts) -> Costs:
    """What an order line costs. Goods and shipping stay even after a refund; shares follow the net revenue."""
    return Costs(
        cogs=unit.unit_cost * quantity,
        fulfilment=unit.fulfilment * quantity,
        platform_fee=share_of(net, unit.platform_fee_bp),
        payment_fee=share_of(net, unit.payment_fee_bp),
        commission=share_of(net, unit.commission_bp),
    )


def rate_behind(share: int, *, net: int, likely: int) -> int:
    """The rate (basis points) that made `share` of `net`, for a line that was booked before rates were stored.

    likely : the rate of today, taken where it makes the same share, or where a net of 0 tells nothing
    """
    if net == 0 or share_of(net, likely) == share:
        return likely
    return max(0, round(Fraction(share * 10_000, net)))


@dataclass(frozen=True, slots=True)
class AgreedRate:
    """What a usage right says of commission, and when it stood: from `recorded_at` to before `superseded_at`.

    rate_bp, ads_bp : basis points, of the post's own sales and of sales by ads; None where nothing is agreed
    is_own : of the post alone; else of all posts of its creator
    """

    rate_bp: int | None
    ads_bp: int | None
    recorded_at: datetime
    superseded_at: datetime | None
    is_own: bool

    def stood_at(self, moment: datetime) -> bool:
        is_over = self.superseded_at is not None and self.superseded_at <= moment
        return self.recorded_at <= moment and not is_over


def commission_rate(
    rights: Sequence[AgreedRate], *, ordered_at: datetime, by_ad: bool, otherwise: int
) -> int:
    """The commission of an order in basis points: what the agreement said when the order came.

    A right of the post alone goes before a general one, and one that stood then before all others. Where none stood
    yet, the one recorded first after the order counts: it was agreed before somebody entered it, as when a team
    brings its agreements in. It is asked once, when the line gets its owner, and stored with the line.

    rights : every right that ever covered the post, the better after the worse
    by_ad : an ad brought the order, for which another rate may be agreed
    otherwise : the product's rate, where no right covers the post or it says nothing
    """
    standing = [right for right in rights if right.stood_at(ordered_at)]
    later = [right for right in rights if right.recorded_at > ordered_at]
    if standing:
        chosen = max(enumerate(standing), key=lambda each: (each[1].is_own, each[0]))[1]
    elif later:
        chosen = min(later, key=lambda right: (not right.is_own, right.recorded_at))
    else:
        return otherwise
    rate = chosen.rate_bp
    if by_ad and chosen.ads_bp is not None:
        rate = chosen.ads_bp
    return otherwise if rate is None else rate


def problem_with(amounts: Amounts, *, quantity: int) -> str:
    """Why a line's figures cannot be right; "" when they can."""
    if quantity < 1:
        return "the quantity is below 1"
    if min(amounts.gross, amounts.discount, amounts.refund, amounts.tax) < 0:
        return "an amount is below zero; enter discounts and refunds as positive amounts"
    if amounts.discount > amounts.gross:
        return "the discount is larger than the price"
    if amounts.refund > amounts.gross - amounts.discount:
        return "the refund is larger than what was paid"
    return ""
