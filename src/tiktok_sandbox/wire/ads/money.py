"""Checks of budgets on the wire: decimals in the account's currency. Source: §8.1, R53."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

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
# Least budget per day in whole units of the account's currency [T].
LEAST_CAMPAIGN, LEAST_ADGROUP = Decimal(50), Decimal(20)
# Nobody documents a highest budget; ours keeps sums of minor units exact.
MOST = Decimal(10_000_000)
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


def budget(parameters: Parameters, *, least: Decimal, default_mode: str) -> dict[str, object]:
    """`budget_mode` and `budget`, checked against the minimum. Raises WireError."""
    mode = parameters.choice("budget_mode", BUDGET_MODES, default_mode)
    if mode == "BUDGET_MODE_INFINITE":
        return {"budget_mode": mode, "budget": 0.0}
    return {"budget_mode": mode, "budget": float(check_amount(parameters, "budget", least=least))}


def check_amount(parameters: Parameters, field: str, *, least: Decimal) -> Decimal:
    amount = decimal(parameters, field)
    if amount < least:
        raise invalid(field, f"The budget must be at least {least}")
    if amount > MOST:
        raise invalid(field, f"The budget must be at most {MOST}")
    if amount.as_tuple().exponent < -2:  # type: ignore[operator]  # finite, so an int
        raise invalid(field, "At most two decimals")
    return amount


def least(world: World, minimum: Decimal) -> Decimal:
    """The minimum, or next to nothing where Behaviour switches minimums off."""
    return minimum if world.behaviour.budget_minimums == "enforced" else SMALLEST


def check_covers_spend(world: World, thing: Campaign | AdGroup, amount: Decimal) -> None:
    """A new budget is at least 105 % of what its day or its life has spent. Raises WireError."""
    is_lifetime = thing.fields.get("budget_mode") in LIFETIME
    at = None if is_lifetime else world.now
    spent = Decimal(spent_minor(world, thing, at=at)) / 100
    if amount < spent * Decimal("1.05"):
        raise invalid("budget", f"The budget must be at least 105% of the spend ({spent})")
