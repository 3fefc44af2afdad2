"""Checks of budgets on the wire: decimals in the account's currency. Source: §8.1, §17, R53."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tiktok_sandbox.wire.ads.currencies import factor_of
from tiktok_sandbox.wire.protocol.errors import invalid, missing
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.world.ads.budgets import LIFETIME, spent_minor
from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.world import World

BUDGET_MODES = (
    "BUDGET_MODE_INFINITE",
    "BUDGET_MODE_TOTAL",
    "BUDGET_MODE_DAY",
    "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
)
# Least budget per day, and the one that is too much, times the currency's factor (§17).
LEAST_CAMPAIGN, LEAST_ADGROUP, LEAST_SHOP = Decimal(50), Decimal(20), Decimal(10)
SHOP_SOURCES = ("STORE", "SHOWCASE")
TOO_MUCH = Decimal(10_000_000)
SMALLEST = Decimal("0.01")


def decimal(parameters: Parameters, field: str) -> Decimal:
    """An amount of money. Raises WireError."""
    value = parameters.raw(field)
    if value is None or value == "":
        raise missing(field)
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise invalid(field, "Not a valid number") from None
    if isinstance(value, bool) or not amount.is_finite():
        raise invalid(field, "Not a valid number")
    return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A budget is at least `least` and under `too_much`, in the account's currency."""

    least: Decimal
    too_much: Decimal


def limits(world: World, advertiser_id: str, minimum: Decimal, *, days: int = 1) -> Limits:
    """Limits of a budget in the account's currency; the least is next to nothing where Behaviour
    switches minimums off.

    minimum : in US dollars a day; days : of a lifetime budget
    """
    factor = factor_of(world.state.advertisers[advertiser_id].currency)
    is_enforced = world.behaviour.budget_minimums == "enforced"
    least = minimum * factor * max(1, days) if is_enforced else SMALLEST
    return Limits(least=least, too_much=TOO_MUCH * factor)


def adgroup_minimum(product_source: object) -> Decimal:
    """Ad groups that sell from a shop or showcase may be smaller."""
    return LEAST_SHOP if product_source in SHOP_SOURCES else LEAST_ADGROUP


def budget(parameters: Parameters, *, limits: Limits, default_mode: str) -> dict[str, object]:
    """`budget_mode` and `budget`, checked against the limits. Raises WireError."""
    mode = parameters.choice("budget_mode", BUDGET_MODES, default_mode)
    if mode == "BUDGET_MODE_INFINITE":
        return {"budget_mode": mode, "budget": 0.0}
    return {"budget_mode": mode, "budget": float(check_amount(parameters, "budget", limits))}


def check_amount(parameters: Parameters, field: str, limits: Limits) -> Decimal:
    amount = decimal(parameters, field)
    if amount < limits.least:
        raise invalid(field, f"The budget must be at least {limits.least}")
    if amount >= limits.too_much:
        raise invalid(field, f"The budget must be less than {limits.too_much}")
    if amount.as_tuple().exponent < -2:  # type: ignore[operator]  # finite, so an int
        raise invalid(field, "At most two decimals")
    return amount


def check_covers_spend(world: World, thing: Campaign | AdGroup, amount: Decimal) -> None:
    """A new budget is at least 105 % of what its day or its life has spent. Raises WireError."""
    is_lifetime = thing.fields.get("budget_mode") in LIFETIME
    at = None if is_lifetime else world.now
    spent = Decimal(spent_minor(world, thing, at=at)) / 100
    if amount < spent * Decimal("1.05"):
        raise invalid("budget", f"The budget must be at least 105% of the spend ({spent})")
