"""The list of profit: a row for each product, creator, post or ad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter

from django.urls import reverse

from kindling.kit.money import Money, written
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, by_rows, register
from kindling.money import service
from kindling.money.service import ProfitRow, ProfitTable

LABELS = {
    "net_revenue": "Net revenue", "cogs": "COGS", "fulfilment": "Shipping", "platform_fee": "Platform fee",
    "payment_fee": "Payment fee", "commission": "Commission", "creator_fee": "Creator fees", "ad_spend": "Ad spend",
}  # fmt: skip
FIRST = "product"


def table(scope: Scope) -> ProfitTable:
    """The books of the view and the days that are chosen."""
    by, first, last = scope.chosen.get("by", FIRST), _day(scope, "from"), _day(scope, "to")
    return scope.once(
        ("profit", by, first, last),
        lambda: service.profit(
            scope.workspace, by=by, now=scope.now, first_day=first, last_day=last
        ),
    )


def trend(scope: Scope) -> str:
    """How profit changed against as many days before; "" unless both days are chosen."""
    first, last = _day(scope, "from"), _day(scope, "to")
    if first is None or last is None:
        return ""
    days = (last - first).days + 1
    before = service.profit(
        scope.workspace,
        by=scope.chosen.get("by", FIRST),
        now=scope.now,
        first_day=first - timedelta(days=days),
        last_day=first - timedelta(days=1),
    )
    change = table(scope).total.profit.minor - before.total.profit.minor
    sign = "+" if change > 0 else ""
    named = "day" if days == 1 else f"{days:,} days"
    return f"{sign}{written(change, before.currency)} against the {named} before"


def _day(scope: Scope, name: str) -> date | None:
    text = scope.chosen.get(name)
    return date.fromisoformat(text) if text else None


def _money(name: str) -> Column:
    return Column(name, LABELS[name], lambda row: row.money(name), Kind.MONEY, sort=name)


def _amount(name: str, label: str) -> Column:
    of = attrgetter(name)

    def value(row: ProfitRow) -> Money | None:
        minor = of(row.books)
        return None if minor is None else Money(minor, row.currency)

    return Column(name.removesuffix("_minor"), label, value, Kind.MONEY, sort=name, is_shown=False)


def _totals(scope: Scope, rows: Sequence[ProfitRow]) -> Mapping[str, object]:
    """The sums of the view; they are of all its rows, so there are none where a search leaves some out."""
    found = table(scope)
    if len(rows) != len(found.rows):
        return {}
    return {each.name: each.value(found.total) for each in COLUMNS if not each.is_title}


def _link(scope: Scope, row: ProfitRow) -> str:
    by = scope.chosen.get("by", FIRST)
    if row.key is None or by not in {"post", "creator"}:
        return ""
    return reverse(f"profiles:{by}", args=[scope.workspace.slug, row.key])


COLUMNS = (
    Column("label", "Name", lambda row: row.label, sort="label", is_title=True),
    Column("key", "Number", lambda row: row.key, is_shown=False),
    Column("orders", "Orders", lambda row: row.books.orders, Kind.COUNT, sort="orders"),
    Column("units", "Units", lambda row: row.books.units, Kind.COUNT, sort="units", is_shown=False),
    *(_money(name) for name in LABELS),
    Column("roas", "ROAS", lambda row: row.books.roas, Kind.NUMBER, sort="roas", digits=2),
    _amount("cpa_minor", "CPA"),
    _amount("break_even_cpa_minor", "Break-even CPA"),
    Column("profit", "Profit", lambda row: row.profit, Kind.MONEY, sort="profit", is_main=True),
)  # fmt: skip

PROFIT = register(
    ListSpec(
        name="profit",
        title="Profit",
        page="money:profit",
        rows=lambda scope: table(scope).rows,
        order="the most profitable first",
        link=_link,
        search=lambda rows, word, _: [row for row in rows if word.casefold() in row.label.casefold()],
        search_hint="Name",
        totals=_totals,
        lacks=lambda scope: [str(gap) for gap in table(scope).gaps],
        filters=(
            Filter(
                "by", "View", lambda _: [(cut, f"By {cut}") for cut in service.CUTS], by_rows,
                is_tabs=True, unless=FIRST, has_all=False,
            ),
            Filter("from", "From", lambda _: (), by_rows, is_day=True),
            Filter("to", "To", lambda _: (), by_rows, is_day=True),
        ),
        columns=COLUMNS,
    )
)  # fmt: skip
