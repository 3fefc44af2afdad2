"""Cells of results: a figure with its change, and the spend of each day as a small picture."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kindling import charts
from kindling.kit.money import Money
from kindling.lists.templatetags.list_cells import drawn_value

register = template.Library()
LEAST_CHANGE = 0.005  # below it nothing is said: it rounds to 0 %


@register.simple_tag(takes_context=True)
def figure(context: Context, name: str) -> SafeString | str:
    """The row's figure in this column, and below it how it changed against the days before."""
    row, column = context["row"], context["list"].shown.get(name)
    if column is None:
        return ""
    value = drawn_value(column, row.figure(name))
    changed = row.change(name)
    if changed is None or abs(changed) < LEAST_CHANGE:
        return value
    return format_html('{}<br><span class="cell-note">{}</span>', value, change_words(changed))


def change_words(changed: float) -> str:
    """A change as people read it: "+12 %", "-4 %", "×3.5" from four times on."""
    if changed >= 3:
        return f"×{changed + 1:,.1f}"
    return f"{changed * 100:+.0f} %".replace("-", "−")


@register.simple_tag
def spend_by_day(row: Any) -> SafeString | str:
    """The spend of each day as a line; the words say its lowest, highest and last day."""
    known = [minor for _, minor in row.by_day if minor is not None]
    if not any(known):
        return ""
    lowest, highest, last = (
        Money(each, row.currency) for each in (min(known), max(known), known[-1])
    )
    words = f"Spend a day: {lowest} to {highest}, last {last}"
    return charts.sparkline([minor for _, minor in row.by_day], alt=words)


@register.simple_tag
def change_of(row: Any, name: str) -> str:
    """How a figure changed against the days before, in words; "" where that is not known."""
    changed = row.change(name)
    if changed is None or abs(changed) < LEAST_CHANGE:
        return ""
    return f"{change_words(changed)} against the days before"


@register.simple_tag(takes_context=True)
def figure_of(context: Context, row: Any, name: str) -> SafeString | str:
    """A figure of a row, as the list of the page draws it."""
    return drawn_value(context["list"].spec.column(name), row.figure(name))


@register.filter
def link_in(row: Any, shown: Any) -> str:
    """The address of a row's own page in this list; "" where it has none."""
    return str(shown.link(row))
