"""Checks of budgets on the wire: decimals in the account's currency. Source: §8.1, R53."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from tiktok_sandbox.wire.errors import invalid, missing
from tiktok_sandbox.wire.parameters import Parameters

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
    return {"budget_mode": mode, "budget": float(enough(parameters, "budget", least=least))}


def enough(parameters: Parameters, field: str, *, least: Decimal) -> Decimal:
    amount = decimal(parameters, field)
    if amount < least:
        raise invalid(field, f"The budget must be at least {least}")
    if amount > MOST:
        raise invalid(field, f"The budget must be at most {MOST}")
    if amount.as_tuple().exponent < -2:  # type: ignore[operator]  # finite, so an int
        raise invalid(field, "At most two decimals")
    return amount
