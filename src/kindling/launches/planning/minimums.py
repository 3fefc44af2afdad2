"""TikTok's minimum daily budgets by currency. Pure. Source: reference tiktok-api §17 ("off"), R53.

A minimum is a base amount times the currency's factor. A currency that TikTok bills in and that is not in the table has
no known minimum: None, never a guess.
"""

from __future__ import annotations

from decimal import Decimal

from kindling.kit.money import to_minor

CAMPAIGN_BASE, ADGROUP_BASE = 50, 20  # in units of a currency with the factor 1
_CURRENCIES_BY_FACTOR = {
    1: "USD EUR GBP AUD CAD NZD SGD CHF BRL MYR AED SAR QAR ILS PEN RON ARS HUF",
    4: "PLN",
    10: "HKD ZAR DKK SEK NOK TRY MXN THB CNY CZK TWD EGP UAH UYU BOB GTQ HNL MOP NIO",
    50: "PHP",
    100: "JPY RUB INR BDT DZD ISK KES NGN PKR",
    1_000: "KRW CLP COP CRC",
    10_000: "IDR VND PYG",
}
FACTORS = {
    currency: factor
    for factor, currencies in _CURRENCIES_BY_FACTOR.items()
    for currency in currencies.split()
}


def adgroup_minor(currency: str) -> int | None:
    """The least an ad group may spend a day, in minor units; None where it is not known."""
    return _minor(ADGROUP_BASE, currency)


def campaign_minor(currency: str) -> int | None:
    """The least a campaign's own budget may be a day, in minor units; None where it is not known."""
    return _minor(CAMPAIGN_BASE, currency)


def factor(currency: str) -> int | None:
    """How many units of the currency TikTok counts like one US dollar; None where it is not known."""
    return FACTORS.get(currency)


def _minor(base: int, currency: str) -> int | None:
    times = FACTORS.get(currency)
    return None if times is None else to_minor(Decimal(base * times), currency)
