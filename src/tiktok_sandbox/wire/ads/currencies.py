"""Factors by which TikTok multiplies budget limits in an account's currency.

Source: tiktok-api.md §17 (the official table of minimum budgets). A currency that is not in the
table counts as 1; TikTok may change these, so they stand in one place.
"""

from __future__ import annotations

_BY_FACTOR: dict[int, str] = {
    1: "USD EUR GBP AUD CAD NZD SGD CHF BRL MYR AED SAR QAR ILS PEN RON ARS HUF",
    4: "PLN",
    10: "HKD ZAR DKK SEK NOK TRY MXN THB CNY CZK TWD EGP UAH UYU BOB GTQ HNL MOP NIO",
    50: "PHP",
    100: "JPY RUB INR BDT DZD ISK KES NGN PKR",
    1000: "KRW CLP COP CRC",
    10_000: "IDR VND PYG",
}
FACTORS: dict[str, int] = {
    currency: factor for factor, currencies in _BY_FACTOR.items() for currency in currencies.split()
}


def factor_of(currency: str) -> int:
    """What limits given in US dollars are multiplied by."""
    return FACTORS.get(currency, 1)
