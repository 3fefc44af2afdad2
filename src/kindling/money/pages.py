"""Pages of money: profit in four cuts, with every line that leads to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kindling import charts
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.money import service
from kindling.money.service import ProfitTable
from kindling.workspaces.service import Actor
from kindling.workspaces.web import day_or_none, page

CHART_ROWS = 12
PAGE_ROWS = 200  # rows in the page; the file has them all


@page()
def profit(request: HttpRequest, actor: Actor) -> HttpResponse:
    error: KindlingError | None = None
    try:
        table = _table(request, actor)
    except KindlingError as problem:
        error, table = problem, service.profit(actor.workspace, by="product", now=now())
    context = {
        "table": table,
        "rows": table.rows[:PAGE_ROWS],
        "left_over": max(0, len(table.rows) - PAGE_ROWS),
        "charted": [row for row in table.rows if row.key is not None][:CHART_ROWS],
        "chart_height": charts.profit_height(min(CHART_ROWS, len(table.rows))),
        "cuts": service.CUTS,
        "by": table.by,
        "first": request.GET.get("from", ""),
        "last": request.GET.get("to", ""),
        "query": request.GET.urlencode(),
        "error": error,
    }
    return render(request, "money/profit.html", context, status=error.http_status if error else 200)


def _table(request: HttpRequest, actor: Actor) -> ProfitTable:
    return service.profit(
        actor.workspace,
        by=request.GET.get("by", "product"),
        now=now(),
        first_day=day_or_none(request.GET.get("from")),
        last_day=day_or_none(request.GET.get("to")),
    )


@page()
def chart(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Profit per row as a picture; the same numbers stand in the table beside it."""
    table = _table(request, actor)
    rows = [row for row in table.rows if row.key is not None][:CHART_ROWS]
    svg = charts.profit_by_row(
        [(row.label, row.profit.amount) for row in rows],
        currency=table.currency,
        is_dark=request.GET.get("theme") == "dark",
    )
    return charts.answer(svg)
