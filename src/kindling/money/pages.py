"""Pages of money: profit in four views, with every line that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from kindling import charts
from kindling.clock import now
from kindling.lists.query import read_wanted
from kindling.lists.spec import Scope
from kindling.lists.web import ListPage, show_list
from kindling.money.lists import PROFIT, table, trend
from kindling.money.service import ProfitTable
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page

CHART_ROWS = 12


@page()
def profit(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, PROFIT, "money/profit.html", _about)


def _about(shown: ListPage) -> Mapping[str, Any]:
    found = table(shown.scope)
    charted = _charted(found)
    return {
        "table": found,
        "trend": trend(shown.scope),
        "charted": charted,
        "chart_height": charts.profit_height(len(charted)),
    }


def _charted(found: ProfitTable) -> list[Any]:
    return [row for row in found.rows if row.key is not None][:CHART_ROWS]


@page()
def chart(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Profit per row as a picture; the same numbers stand in the table beside it."""
    scope = Scope(actor, now())
    wanted = read_wanted(PROFIT, request.GET.dict(), scope)
    found = table(Scope(actor, scope.now, wanted.filters))
    svg = charts.profit_by_row(
        [(row.label, row.profit.amount) for row in _charted(found)],
        currency=found.currency,
        is_dark=request.GET.get("theme") == "dark",
    )
    return charts.answer(svg)
