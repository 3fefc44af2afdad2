"""Cells of a list: `{% cell "views" %}…{% endcell %}` is drawn where somebody wants to see that column."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kindling.kit.money import Money
from kindling.kit.templatetags import kit
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, ListSpec

EMPTY = 80  # characters of markup below which a cell may say nothing; such a one is left out of cards on a phone
MARKUP = re.compile(r"<[^>]*>")
register = template.Library()


def drawn(column: Column, row: Any) -> SafeString | str:
    """A row's value in a column, by its kind."""
    return drawn_value(column, column.value(row))


def drawn_value(column: Column, value: Any) -> SafeString | str:
    if value is None or value == "":
        return kit.DASH
    if isinstance(value, Money):
        return kit.signed(value)
    if column.kind is Kind.COUNT:
        return kit.count(value)
    if column.kind is Kind.SHARE and isinstance(value, float | Decimal):
        return kit.share(value, column.digits)
    if column.kind is Kind.NUMBER and isinstance(value, float | Decimal):
        return f"{value:.{column.digits}f}"
    if column.kind is Kind.INSTANT and isinstance(value, datetime):
        return kit.instant(value)
    if column.kind is Kind.DAY:
        return kit.day(value)
    if column.kind is Kind.YES:
        return "Yes" if value else "No"
    return str(value)


@lru_cache(maxsize=1_000)  # a page opens hundreds of cells of a few columns
def _opening(column: Column, *, is_empty: bool = False) -> SafeString:
    marks = {
        "num": column.kind.is_number,
        "is-empty": is_empty,
        "is-title": column.is_title,
        "is-main": column.is_main,
    }
    classes = " ".join(name for name, is_on in marks.items() if is_on)
    if column.is_title or column.is_drawn_only:
        return format_html('<td class="{}">', classes) if classes else mark_safe("<td>")
    if classes:
        return format_html('<td data-label="{}" class="{}">', column.label, classes)
    return format_html('<td data-label="{}">', column.label)


class CellNode(Node):
    """One cell. Empty, it draws the column's value by its kind."""

    def __init__(self, name: str, body: NodeList) -> None:
        self.name, self.body = name, body
        self.is_empty = not "".join(getattr(each, "s", "x") for each in body).strip()

    def render(self, context: Context) -> SafeString:
        found = context["list"]
        column = found.shown.get(self.name)
        if column is None:
            return mark_safe("")
        row = context["row"]
        inner = (
            conditional_escape(drawn(column, row)) if self.is_empty else self.body.render(context)
        )
        is_empty = len(inner) < EMPTY and not MARKUP.sub("", inner).strip()
        return mark_safe(f"{_opening(column, is_empty=is_empty)}{inner}</td>")  # noqa: S308 - its parts are escaped


@register.tag("cell")
def cell(parser: Parser, token: Token) -> CellNode:
    """`{% cell "name" %}…{% endcell %}`: the name of a column of the list, and what its cell holds."""
    parts = token.split_contents()
    if len(parts) != 2 or parts[1][0] not in "\"'":
        raise template.TemplateSyntaxError('write {% cell "name" %}')
    body = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(parts[1][1:-1], body)


class CellsNode(Node):
    """The cells of all columns between two others, each by its kind."""

    def __init__(self, after: str, before: str) -> None:
        self.after, self.before = after, before

    def columns(self, spec: ListSpec) -> list[Column]:
        names = [each.name for each in spec.columns]
        return list(spec.columns[names.index(self.after) + 1 : names.index(self.before)])

    def render(self, context: Context) -> SafeString:
        found, row = context["list"], context["row"]
        return mark_safe(  # noqa: S308 - its parts are escaped
            "".join(
                f"{_opening(each)}{conditional_escape(drawn(each, row))}</td>"
                for each in self.columns(found.spec)
                if each.name in found.shown
            )
        )


@register.tag("cells_between")
def cells_between(parser: Parser, token: Token) -> CellsNode:
    """`{% cells_between "one" "other" %}`: the columns after one and before the other."""
    parts = token.split_contents()
    if len(parts) != 3:
        raise template.TemplateSyntaxError('write {% cells_between "one" "other" %}')
    return CellsNode(parts[1][1:-1], parts[2][1:-1])


@register.simple_tag(takes_context=True)
def cells(context: Context) -> SafeString:
    """All cells of a row, each by its kind; the first leads to the row's own page, if it has one."""
    found, row = context["list"], context["row"]
    drawn_cells = []
    for column in found.columns:
        inner = conditional_escape(drawn(column, row))
        url = found.link(row) if column.is_title else ""
        if url:
            inner = format_html('<span class="cell-title"><a href="{}">{}</a></span>', url, inner)
        elif column.is_title:
            inner = format_html('<span class="cell-title">{}</span>', inner)
        drawn_cells.append(f"{_opening(column)}{inner}</td>")
    return mark_safe("".join(drawn_cells))  # noqa: S308 - its parts are escaped


@register.simple_tag(takes_context=True)
def pick_box(context: Context) -> SafeString:
    """The box that selects a row."""
    found = context["list"]
    key, name = found.keys[id(context["row"])]
    return format_html(
        '<input type="checkbox" name="key" value="{}" form="{}" aria-label="Select {}">',
        key, found.selection, name,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def pick_cell(context: Context) -> SafeString:
    """The cell with the box that selects a row."""
    return format_html('<td class="pick">{}</td>', pick_box(context))


@register.simple_tag(takes_context=True)
def total_cells(context: Context) -> SafeString:
    """The row of totals, a cell for each column shown."""
    found = context["list"]
    drawn_cells: list[str] = ["<td></td>"] if found.actions else []
    for column in found.columns:
        value = found.totals.get(column.name)
        inner = (
            "Total" if column.is_title else ("" if value is None else drawn_value(column, value))
        )
        drawn_cells.append(f"{_opening(column)}{conditional_escape(inner)}</td>")
    return mark_safe("".join(drawn_cells))  # noqa: S308 - its parts are escaped
