"""Template filters: money, instants and shares the same way on every page.

Instants are shown in the active time zone, which a page sets to its workspace's, and say the exact time in that zone
and in UTC where the pointer rests.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, cast

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from kindling.kit.money import Money, in_words, written

register = template.Library()
DASH = "—"


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units with thousands commas and the currency's sign; a dash where there is no amount."""
    return DASH if minor is None else written(minor, currency)


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
    local = _local(moment)
    return _time(local, _with_zone(local))


@register.filter
def stop_by(moment: datetime | str | None) -> SafeString | str:
    """When ads must stop, to the minute in the active zone: a day alone would hide whether it may still be used."""
    if not isinstance(moment, datetime):
        return DASH
    local = _local(moment)
    return _time(local, _to_the_minute(local))


@register.filter
def away(moment: datetime | str | None, now: datetime) -> SafeString | str:
    """How far from now, in the largest unit that says something: "in 3 days", "33 min ago"."""
    if not isinstance(moment, datetime):
        return DASH
    gap = moment - now
    words = _span(abs(gap))
    return _time(_local(moment), f"in {words}" if gap > timedelta(0) else f"{words} ago")


@register.filter
def day(moment: datetime | date | str | None) -> SafeString | str:
    """The calendar day in the active zone."""
    if isinstance(moment, datetime):
        local = _local(moment)
        return _time(local, _day(local))
    return plain_day(moment)


@register.filter
def plain_day(moment: datetime | date | str | None) -> str:
    """`day` without markup, for attributes and options."""
    if isinstance(moment, datetime):
        return _day(_local(moment))
    return _day(moment) if isinstance(moment, date) else DASH


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


@register.simple_tag(takes_context=True)
def page_address(context: Context, name: str, number: int) -> str:
    """The present address with another page of a list, by the name of its parameter."""
    return address(context, **{name: number})


class DrawnOnceNode(Node):
    """Draws its body the first time, with a mark for each value, and from then on only puts the values in."""

    def __init__(self, values: Mapping[str, FilterExpression], body: NodeList) -> None:
        self.values, self.body = values, body
        self.mark = re.compile(MARK.format(f"({'|'.join(values)})"))

    def render(self, context: Context) -> SafeString:
        # Of the whole page: what lies above it is of one inclusion.
        held = cast(dict[Any, Any], context.render_context.dicts[0])
        drawn = held.get(self)
        if drawn is None:
            marks = {name: mark_safe(MARK.format(name)) for name in self.values}  # noqa: S308 - names of a template
            with context.push(**marks):
                drawn = held[self] = self.mark.split(self.body.render(context))
        texts = {
            name: conditional_escape(each.resolve(context)) for name, each in self.values.items()
        }
        # The names of values stand between the parts that are the same in every row.
        parts = (texts[part] if at % 2 else part for at, part in enumerate(drawn))
        return mark_safe("".join(parts))  # noqa: S308 - the values are escaped


# Nobody can guess it, so no text of a person holds it; and it stands in an address as it is.
MARK = f"{secrets.token_hex(8)}-{{}}-"


@register.tag
def drawn_once(parser: Parser, token: Token) -> DrawnOnceNode:
    """A part of each row, such as its dialog: `{% drawn_once name=row.name %}…{{ name }}…{% enddrawn_once %}`.

    Its body may show these values, escaped as ever, and name ids and handles in `{% url %}`, whose signs an address
    keeps. It must not decide by them, nor use anything else of the row.
    """
    tag, *told = token.split_contents()
    values = token_kwargs(told, parser)
    if told or not values:
        raise template.TemplateSyntaxError(f"{tag} wants values by their names")
    body = parser.parse((f"end{tag}",))
    parser.delete_first_token()
    return DrawnOnceNode(values, body)


# By hand: Django's date_format looks its pattern up each time, and a list shows hundreds of instants.


def _local(moment: datetime) -> datetime:
    return timezone.localtime(moment)


def _day(day: date) -> str:
    return f"{day.day:02} {_months(get_language())[day.month - 1]} {day.year:04}"


@lru_cache(maxsize=20)
def _months(_language: str | None) -> tuple[str, ...]:
    """The short names of the months in the active language."""
    return tuple(str(MONTHS_3[month]).title() for month in range(1, 13))


def _clock(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


def _to_the_minute(local: datetime) -> str:
    return f"{_day(local)}, {_clock(local)}"


def _with_zone(local: datetime) -> str:
    """The zone's name is Python's: Django's formats leave it out in the hour that a clock change repeats."""
    return f"{_to_the_minute(local)} {local.tzname()}"


def _time(local: datetime, words: str) -> SafeString:
    """An instant of the active zone: for machines, in these words, and exactly where the pointer rests.

    Escaped as one: `format_html` takes half of what an instant costs, and these are digits and names of months.
    """
    utc = local.astimezone(UTC)
    day = f"{utc.year:04}-{utc.month:02}-{utc.day:02}"
    exact = escape(f"{_with_zone(local)} = {day} {_clock(utc)} UTC")
    stamp = f"{day}T{_clock(utc)}:{utc.second:02}Z"
    return mark_safe(f'<time datetime="{stamp}" title="{exact}">{escape(words)}</time>')  # noqa: S308 - escaped


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
