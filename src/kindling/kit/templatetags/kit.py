"""Template filters: money, instants and shares the same way on every page.

Instants are shown in the active time zone, which a page sets to its workspace's, and say the exact time in that zone
and in UTC where the pointer rests.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kindling.kit.money import Money, from_minor, in_words, written

register = template.Library()
DASH = "—"


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units with thousands commas and the currency's sign; a dash where there is no amount."""
    return DASH if minor is None else written(minor, currency)


@register.filter
def figure(minor: int | None, currency: str) -> str:
    """An amount without its currency, for columns whose caption names it."""
    return DASH if minor is None else f"{from_minor(minor, currency):,}"


@register.filter
def points(basis_points: int | None) -> str:
    """Basis points as percent."""
    return DASH if basis_points is None else f"{Decimal(basis_points) / 100:g} %"


@register.filter
def amount(value: Money | None) -> str:
    return DASH if value is None else money(value.minor, value.currency)


@register.filter
def amounts(values: Iterable[Money]) -> str:
    """Amounts of several currencies in one sentence."""
    return in_words(values)


@register.filter
def signed(value: Money | None) -> SafeString | str:
    """An amount that is marked by more than colour when it is below zero."""
    if value is None or value.minor >= 0:
        return amount(value)
    return format_html('<span class="minus">{}</span>', amount(value))


@register.filter
def signed_figure(value: Money) -> SafeString | str:
    """`signed` without the currency, for columns whose caption names it."""
    text = figure(value.minor, value.currency)
    return text if value.minor >= 0 else format_html('<span class="minus">{}</span>', text)


@register.filter
def share(value: float | Decimal | str | None, digits: int = 1) -> str:
    """A share of one as percent; a dash for None and NaN."""
    if value in {None, ""} or value != value:  # NaN is the only value unequal to itself
        return DASH
    return f"{float(value) * 100:.{digits}f} %"


@register.filter
def instant(moment: datetime | str | None) -> SafeString | str:
    """The date and time in the active zone, with the zone's name: "02 Mar 2026, 14:30 CET"."""
    if not isinstance(moment, datetime):  # a template gives "" for a missing part of a path
        return DASH
    return _time(moment, _with_zone(moment))


@register.filter
def stop_by(moment: datetime | str | None) -> SafeString | str:
    """When ads must stop, to the minute in the active zone: a day alone would hide whether it may still be used."""
    if not isinstance(moment, datetime):
        return DASH
    return _time(moment, _local(moment, "d M Y, H:i"))


@register.filter
def away(moment: datetime | str | None, now: datetime) -> SafeString | str:
    """How far from now, in the largest unit that says something: "in 3 days", "33 min ago"."""
    if not isinstance(moment, datetime):
        return DASH
    gap = moment - now
    words = _span(abs(gap))
    return _time(moment, f"in {words}" if gap > timedelta(0) else f"{words} ago")


@register.filter
def day(moment: datetime | date | str | None) -> SafeString | str:
    """The calendar day in the active zone."""
    if isinstance(moment, datetime):
        return _time(moment, _local(moment, "d M Y"))
    return plain_day(moment)


@register.filter
def plain_day(moment: datetime | date | str | None) -> str:
    """`day` without markup, for attributes and options."""
    if isinstance(moment, datetime):
        return _local(moment, "d M Y")
    return date_format(moment, "d M Y") if isinstance(moment, date) else DASH


@register.filter
def words(name: str) -> str:
    """A stored name as people read it: "media_buyer" is "Media buyer"."""
    return str(name).replace("_", " ").capitalize()


@register.filter
def count(value: int | str | None) -> str:
    """A number of things with thousands commas; a dash where it is not known."""
    return f"{value:,}" if isinstance(value, int) else DASH


@register.filter
def moment(text: str | None) -> datetime | None:
    """An instant kept as ISO text in JSON; None when there is none."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def form_of(forms: Any, key: Any) -> Any:
    """The form of a row: `{% with form=pause_forms|form_of:row.pk %}`."""
    return forms[key]


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: object) -> str:
    """The present address's query with some parameters changed; None drops one. For filters and pages."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def _local(moment: datetime, pattern: str) -> str:
    return date_format(timezone.localtime(moment), pattern)


def _with_zone(moment: datetime) -> str:
    """The zone's name is Python's: Django's formats leave it out in the hour that a clock change repeats."""
    return f"{_local(moment, 'd M Y, H:i')} {timezone.localtime(moment):%Z}"


def _time(moment: datetime, words: str) -> SafeString:
    utc = moment.astimezone(UTC)
    exact = f"{_with_zone(moment)} = {utc:%Y-%m-%d %H:%M} UTC"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', f"{utc:%Y-%m-%dT%H:%M:%SZ}", exact, words
    )


def _span(gap: timedelta) -> str:
    for one, many, size in (
        ("day", "days", timedelta(days=1)),
        ("hour", "hours", timedelta(hours=1)),
        ("min", "min", timedelta(minutes=1)),
    ):
        count = gap // size
        if count >= 1:
            return f"{count} {one if count == 1 else many}"
    return "less than a minute"
