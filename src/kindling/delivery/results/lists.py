"""The list of results: a row for each creator, post, ad, campaign, product or note, with how each figure changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from kindling.delivery.results import rules, service
from kindling.delivery.results.rules import By
from kindling.delivery.results.service import ResultRow, Results
from kindling.facts.metrics import METRICS, Unit
from kindling.kit.money import Money
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, by_rows, register
from kindling.workspaces import service as workspaces

FIRST = By.CREATOR
KINDS = {
    Unit.MONEY: Kind.MONEY,
    Unit.COUNT: Kind.COUNT,
    Unit.SHARE: Kind.SHARE,
    Unit.NUMBER: Kind.NUMBER,
}
SHOP_KINDS = {
    "shop_orders": Kind.COUNT, "shop_revenue": Kind.MONEY, "shop_cpa": Kind.MONEY, "roas": Kind.NUMBER,
    "break_even_cpa": Kind.MONEY,
}  # fmt: skip
LABELS = {"conversions": "TikTok conversions", "cpa": "CPA by TikTok", "cvr": "CVR by TikTok"}
SHOWN = (
    "spend", "impressions", "cpm", "ctr", "conversions", "cpa", "shop_orders", "shop_cpa", "break_even_cpa", "roas",
    "thumb_stop_rate",
)  # fmt: skip
FIGURES = (
    "impressions", "cpm", "clicks", "ctr", "cpc", "conversions", "cvr", "cpa", "shop_orders", "shop_cpa",
    "break_even_cpa", "roas", "shop_revenue", "thumb_stop_rate", "six_second_rate", "completion_rate", "hold_rate",
    "reach", "frequency",
)  # fmt: skip
"""The figures in the order of a buyer's reading, after spend: price, clicks, what TikTok counts, what the shop sold."""


def found(scope: Scope) -> Results:
    """The results that the filters ask for."""
    chosen = scope.chosen
    by = By(chosen.get("by", FIRST))
    days = int(chosen.get("days", rules.USUAL_DAYS))
    first, last = _day(scope, "from"), _day(scope, "to")
    account = chosen.get("ad_account", "")
    return scope.once(
        ("results", by, days, first, last, account),
        lambda: service.results(
            scope.workspace, by=by, now=scope.now, days=days, first_day=first, last_day=last,
            ad_account=account,
        ),
    )  # fmt: skip


def _day(scope: Scope, name: str) -> date | None:
    text = scope.chosen.get(name)
    return date.fromisoformat(text) if text else None


def label_of(name: str) -> str:
    return LABELS.get(name) or service.SHOP.get(name) or METRICS[name].label


def _figure(name: str) -> Column:
    kind = SHOP_KINDS[name] if name in SHOP_KINDS else KINDS[METRICS[name].unit]
    digits = METRICS[name].digits if name in METRICS else 2
    return Column(
        name, label_of(name), lambda row: row.figure(name), kind, sort=name, digits=digits,
        is_shown=name in SHOWN, is_main=name == "spend",
    )  # fmt: skip


def _change(name: str) -> Column:
    return Column(
        f"{name}_change", f"{label_of(name)}, change", lambda row: row.change(name), Kind.SHARE,
        sort=name, is_shown=False,
    )  # fmt: skip


def _by_day(row: ResultRow) -> str:
    return " ".join(
        "?" if minor is None else str(Money(minor, row.currency).amount) for _, minor in row.by_day
    )


def _link(scope: Scope, row: ResultRow) -> str:
    if row.key is None:
        return ""
    slug = scope.workspace.slug
    if row.by in {By.POST, By.CREATOR}:
        return reverse(f"profiles:{row.by}", args=[slug, row.key])
    if row.by is By.AD:
        return f"{reverse('delivery:live', args=[slug])}?{urlencode({'show': 'all', 'q': row.key})}"
    return ""


def _totals(_scope: Scope, rows: Sequence[ResultRow]) -> Mapping[str, object]:
    """The sums of the rows; none where they are of several currencies."""
    if len({row.currency for row in rows}) != 1:
        return {}
    whole = service.total(rows)
    return {each.name: each.value(whole) for each in COLUMNS if each.name not in UNSUMMED}


UNSUMMED = {"label", "key", "currency", "by_day"}

COLUMNS = (
    Column("label", "Name", lambda row: row.label, sort="label", is_title=True),
    Column("key", "Key", lambda row: row.key, is_shown=False),
    Column("currency", "Currency", lambda row: row.currency, sort="currency", is_shown=False),
    Column("ads", "Ads", lambda row: row.ads, Kind.COUNT, sort="ads", is_shown=False),
    _figure("spend"),
    Column("by_day", "Spend a day", _by_day),
    *(_figure(name) for name in FIGURES),
    *(_change(name) for name in ("spend", *FIGURES)),
)

RESULTS = register(
    ListSpec(
        name="results",
        title="Results",
        page="delivery:results",
        rows=lambda scope: found(scope).rows,
        opened=lambda scope, rows: service.opened(scope.workspace, rows),
        order="those that cost most first",
        row_template="delivery/result_row.html",
        link=_link,
        search=lambda rows, word, _: [
            row
            for row in rows
            if word.lstrip("@").casefold() in f"{row.label} {row.key or ''}".casefold()
        ],
        search_hint="Name or id",
        totals=_totals,
        lacks=lambda scope: found(scope).lacks,
        filters=(
            Filter(
                "by", "Grouped by", lambda _: [(str(by), label) for by, label in rules.BY_LABELS.items()],
                by_rows, is_tabs=True, unless=str(FIRST), has_all=False,
            ),
            Filter(
                "ad_account", "Ad account",
                lambda scope: [(each.advertiser_id, each.name) for each in workspaces.ad_accounts(scope.workspace)],
                by_rows,
            ),
            Filter(
                "days", "Days", lambda _: [(str(days), f"Last {days} days") for days in rules.DAYS], by_rows,
                unless=str(rules.USUAL_DAYS), has_all=False,
            ),
            Filter("from", "From", lambda _: (), by_rows, is_day=True),
            Filter("to", "To", lambda _: (), by_rows, is_day=True),
        ),
        columns=COLUMNS,
    )
)  # fmt: skip
