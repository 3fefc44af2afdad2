"""Template filters: money, instants and shares the same way on every page."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django import template

from kindling.kit.money import Money, from_minor

register = template.Library()
DASH = "—"


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units with thousands commas and currency; a dash where there is no amount."""
    if minor is None:
        return DASH
    return f"{from_minor(minor, currency):,} {currency}"


@register.filter
def amount(value: Money | None) -> str:
    return DASH if value is None else money(value.minor, value.currency)


@register.filter
def share(value: float | Decimal | None, digits: int = 1) -> str:
    """A share of one as percent; a dash for None and NaN."""
    if value is None or value != value:  # NaN is the only value unequal to itself
        return DASH
    return f"{float(value) * 100:.{digits}f} %"


@register.filter
def instant(moment: datetime | None) -> str:
    return DASH if moment is None else f"{moment:%d %b %Y, %H:%M} UTC"


@register.filter
def away(moment: datetime | None, now: datetime) -> str:
    """How far from now, in the largest unit that says something: "in 3 days", "5 hours ago"."""
    if moment is None:
        return DASH
    gap = moment - now
    words = _span(abs(gap))
    return f"in {words}" if gap > timedelta(0) else f"{words} ago"


def _span(gap: timedelta) -> str:
    for unit, size in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        count = gap // size
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
