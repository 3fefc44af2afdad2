"""Who brought an order, and what it leaves. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

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
    """Costs of one unit (minor units) and fee rates (basis points), as they were when the order came in."""

    unit_cost: int
    fulfilment: int
    platform_fee_bp: int
    payment_fee_bp: int


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one order line, minor units. Fees and commission are rounded half up once per line."""

    cogs: int
    fulfilment: int
    platform_fee: int
    payment_fee: int
    commission: int


def costs_of(*, quantity: int, net: int, unit: UnitCosts, commission_bp: int) -> Costs:
    """What an order line costs. Goods and shipping stay even after a refund; shares follow the net revenue."""
    return Costs(
        cogs=unit.unit_cost * quantity,
        fulfilment=unit.fulfilment * quantity,
        platform_fee=share_of(net, unit.platform_fee_bp),
        payment_fee=share_of(net, unit.payment_fee_bp),
        commission=share_of(net, commission_bp),
    )


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
