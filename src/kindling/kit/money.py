"""Money as integer minor units with a currency. Floats never enter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

# ISO 4217 exponents that differ from 2, for the currencies TikTok bills in.
EXPONENTS = {
    "BIF": 0,
    "CLP": 0,
    "ISK": 0,
    "JPY": 0,
    "KRW": 0,
    "PYG": 0,
    "UGX": 0,
    "VND": 0,
    "BHD": 3,
    "JOD": 3,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
}


# How a person reads a currency, where its sign means only that one; the others are shown by their code.
SIGNS = {
    "USD": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "KRW": "₩",
    "VND": "₫",
    "INR": "₹",
    "BRL": "R$",
    "CAD": "CA$",
    "AUD": "A$",
    "NZD": "NZ$",
    "MXN": "MX$",
}

LARGEST = Decimal(10) ** 12  # of any currency; its minor units fit every column and sum


def exponent(currency: str) -> int:
    """Digits after the point: 2 for USD, 0 for JPY. Source: ISO 4217."""
    return EXPONENTS.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int:
    """Minor units of `amount`, rounded half up. Raises ValueError when it is not a finite number."""
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount")
    return int(amount.scaleb(exponent(currency)).to_integral_value(rounding=ROUND_HALF_UP))


def from_minor(minor: int, currency: str) -> Decimal:
    digits = exponent(currency)
    return Decimal(minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits))


def written(minor: int, currency: str) -> str:
    """An amount as people read it, in pages, mails and messages: "$1,234.50", "-€3.00", "CHF 12.00"."""
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'-' if minor < 0 else ''}{sign}{abs(from_minor(minor, currency)):,}"


def parse_amount(text: str, currency: str) -> int:
    """Minor units of a text such as "12.50", "1,500.00" or "$1,500.00". Raises ValueError with the reason.

    Thousands are taken as `written` prints them: by commas, with all digits of the currency. "1,500" of a currency
    with cents may mean 1500 or 1.5, so it is refused; so are more digits than the currency has.
    """
    cleaned = _without_sign(text.strip(), currency)
    if "," in cleaned:
        digits = exponent(currency)
        fraction = rf"\.[0-9]{{{digits}}}" if digits else ""
        if not re.fullmatch(rf"-?[0-9]{{1,3}}(,[0-9]{{3}})+{fraction}", cleaned):
            example = from_minor(to_minor(Decimal(1234), currency), currency)
            raise ValueError(
                f"{text!r} can be read in two ways; write it like {example:,} or {example}"
            )
        cleaned = cleaned.replace(",", "")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount; write it like 12.50") from None
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not an amount; write it like 12.50")
    if abs(amount) > LARGEST:
        raise ValueError(f"{text!r} is larger than any amount of money here")
    if amount != round(amount, exponent(currency)):
        raise ValueError(f"{text!r} has more digits than {currency} has")
    return to_minor(amount, currency)


def _without_sign(text: str, currency: str) -> str:
    """The text without the sign or the code of the currency in front; another currency's stays, and is refused."""
    minus, rest = ("-", text[1:]) if text.startswith("-") else ("", text)
    for sign in (SIGNS.get(currency, currency), currency):
        if rest.startswith(sign) and rest[len(sign) :].lstrip()[:1].isdigit():
            return minus + rest[len(sign) :].lstrip()
    return text


def share_of(minor: int, basis_points: int) -> int:
    """`basis_points` / 10,000 of an amount, rounded half up (away from zero), as an integer of minor units."""
    product = minor * basis_points
    whole, rest = divmod(abs(product), 10_000)
    rounded = whole + (1 if rest * 2 >= 10_000 else 0)
    return rounded if product >= 0 else -rounded


def per_unit(minor: int, count: int) -> int:
    """An amount shared by `count` (above 0), rounded half up (away from zero), as an integer of minor units."""
    whole, rest = divmod(abs(minor), count)
    rounded = whole + (1 if rest * 2 >= count else 0)
    return rounded if minor >= 0 else -rounded


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency. Adding two currencies raises ValueError."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        return from_minor(self.minor, self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added without a rate")
        return other.minor

    def __str__(self) -> str:
        return written(self.minor, self.currency)

    def to_json(self) -> dict[str, str]:
        """Shape of money in every JSON answer: {"amount": "12.50", "currency": "USD"}."""
        return {"amount": str(self.amount), "currency": self.currency}


def in_words(amounts: Iterable[Money]) -> str:
    """Amounts of several currencies as people read them: "$12.00 and €3.00"; those of zero only where all are."""
    known = list(amounts)
    return " and ".join(str(each) for each in known if each.minor) or str(known[0] if known else "")


def sums_by_currency(amounts: Iterable[Money], first: str) -> list[Money]:
    """One sum for each currency: that of `first`, zero when there is nothing in it, then the others by their code."""
    sums = {first: 0}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    own = sums.pop(first)
    return [Money(own, first), *(Money(sums[other], other) for other in sorted(sums))]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum; zero of `currency` when there is nothing."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result
