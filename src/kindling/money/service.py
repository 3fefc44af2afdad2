"""Use cases of money: profit by product, creator, post or ad, from one ledger that adds up in every cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from kindling.agreements import service as agreements
from kindling.delivery import service as delivery
from kindling.errors import InvalidInputError
from kindling.facts import gaps
from kindling.facts import queries as facts
from kindling.facts.gaps import Gap
from kindling.facts.kept import Shelf, stamp_of
from kindling.facts.schema import AD_DAYS, ORDERS
from kindling.kit.money import Money
from kindling.kit.time import start_of_day
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.products.rules import LedgerRow
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

CUTS = ("product", "creator", "post", "ad")
UNATTRIBUTED = "Not attributed"
# Tables of books of more lines are kept until the next sync or import, or the next change in the audit trail, and at
# most for a quarter of an hour: what only time changes, as a fee that is due, is in them that late.
KEPT_LINES = 2_000
KEPT_SECONDS = 900
_tables: Shelf[dict[str, ProfitTable]] = Shelf(most=8)
MANY_POSTS = 20_000  # item ids; more are not listed in a query, all posts are read instead
LINES = (
    "net_revenue", "cogs", "fulfilment", "platform_fee", "payment_fee", "commission", "creator_fee",
    "ad_spend", "profit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProfitRow:
    """One row of a profit table. `key` None: orders and spend that belong to nobody known."""

    key: str | None
    label: str
    books: LedgerRow
    currency: str

    def money(self, line: str) -> Money:
        return Money(getattr(self.books, line), self.currency)

    @property
    def profit(self) -> Money:
        return self.money("profit")

    def to_json(self) -> dict[str, Any]:
        cpa, break_even, roas = (
            self.books.cpa_minor,
            self.books.break_even_cpa_minor,
            self.books.roas,
        )
        return {
            "key": self.key,
            "label": self.label,
            "orders": self.books.orders,
            "units": self.books.units,
            **{line: self.money(line).to_json() for line in LINES},
            "roas": None if roas is None else str(roas),
            "cpa": None if cpa is None else str(Money(cpa, self.currency).amount),
            "break_even_cpa": None
            if break_even is None
            else str(Money(break_even, self.currency).amount),
        }


@dataclass(frozen=True, slots=True)
class ProfitTable:
    """Rows, the most profitable first and the unattributed last; `total` is their sum to the minor unit.

    left_out : names of ad accounts in another currency; their spend is in no row
    calculated_at : when the sums were calculated
    is_kept : the books are large, and their sums kept for a while; see `KEPT_LINES`
    gaps : days whose ad figures or orders are missing; every sum lacks them
    """

    by: str
    rows: list[ProfitRow]
    total: ProfitRow
    currency: str
    left_out: tuple[str, ...]
    calculated_at: datetime
    is_kept: bool = False
    gaps: tuple[Gap, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        return [row.to_json() for row in self.rows]


def profit(
    workspace: Workspace,
    *,
    by: str,
    now: datetime,
    first_day: date | None = None,
    last_day: date | None = None,
) -> ProfitTable:
    """Profit after ad spend, commission, fees and cost of goods, cut by product, creator, post or ad.

    first_day, last_day : both included; ad days are of the ad account's zone, orders and content fees of the
    workspace's. raises : InvalidInputError for an unknown cut or days in the wrong order
    """
    return profits(workspace, cuts=(by,), now=now, first_day=first_day, last_day=last_day)[by]


def profits(
    workspace: Workspace,
    *,
    cuts: Sequence[str],
    now: datetime,
    first_day: date | None = None,
    last_day: date | None = None,
) -> dict[str, ProfitTable]:
    """`profit` in several cuts of one reading of the books, by cut."""
    if unknown := [by for by in cuts if by not in CUTS]:
        raise InvalidInputError(
            f"Unknown view {unknown[0]!r}.", next_step=f"Use one of {', '.join(CUTS)}."
        )
    if first_day and last_day and last_day < first_day:
        raise InvalidInputError(
            "The last day is before the first day.", next_step="Swap the two days."
        )
    if any(
        day and not date(2000, 1, 1) <= day <= date(2999, 12, 31) for day in (first_day, last_day)
    ):
        raise InvalidInputError("The year is out of range.", next_step="Correct the year.")
    accounts = workspaces.ad_accounts(workspace)
    counted = [account for account in accounts if account.currency == workspace.currency]
    left_out = tuple(account.name for account in accounts if account not in counted)
    lost = (
        *delivery.list_gaps(workspace, first_day=first_day, last_day=last_day),
        *gaps.order_gaps(workspace.pk, first_day=first_day, last_day=last_day),
    )
    question = (workspace.pk, *cuts, first_day, last_day)
    stamp = _stamp(workspace, accounts, now=now)
    tables = _tables.find(question, stamp)
    if tables is None:
        lines = _lines(workspace, counted, first_day, last_day, now)
        posts = _posts(workspace, {line.item_id for line in lines if line.item_id})
        tables = {by: _table(workspace, by, lines, posts, left_out, now) for by in cuts}
        if len(lines) > KEPT_LINES:
            tables = {by: replace(table, is_kept=True) for by, table in tables.items()}
            _tables.keep(question, stamp, tables)
    return {by: replace(table, gaps=lost) for by, table in tables.items()}


def _stamp(workspace: Workspace, accounts: Sequence[AdAccount], *, now: datetime) -> Hashable:
    """Names what a table rests on: the lake, what people changed, the accounts, the quarter of an hour."""
    return (
        stamp_of(AD_DAYS, ORDERS),
        workspaces.last_change(workspace),
        workspace.currency,
        workspace.timezone,
        tuple((account.lake_key, account.name, account.currency) for account in accounts),
        int(now.timestamp() // KEPT_SECONDS),
    )


def _lines(
    workspace: Workspace,
    counted: list[AdAccount],
    first_day: date | None,
    last_day: date | None,
    now: datetime,
) -> list[_Line]:
    """All that is booked in the days."""
    return [
        *_orders(workspace, first_day, last_day),
        *_spend(workspace, counted, first_day, last_day),
        *_fees(workspace, first_day, last_day, now),
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """What is booked once, and what it names. `sku` is the order's own; spend and fees take the post's."""

    books: LedgerRow
    item_id: str | None
    ad_id: str | None = None
    sku: str | None = None


@dataclass(frozen=True, slots=True)
class _Owner:
    handle: str
    sku: str


def _posts(workspace: Workspace, item_ids: Collection[str]) -> dict[str, _Owner]:
    """The library's posts among the item ids that the books name."""
    rows = Post.objects.filter(workspace=workspace)
    if len(item_ids) < MANY_POSTS:
        rows = rows.filter(item_id__in=item_ids)
    found = rows.values_list("item_id", "creator__handle", "sku").iterator()
    return {item_id: _Owner(handle, sku) for item_id, handle, sku in found if item_id in item_ids}


def _key(by: str, line: _Line, post: _Owner | None) -> str | None:
    """Where a line belongs in this cut; None: nobody known."""
    if by == "ad":
        return line.ad_id
    if by == "product":
        return line.sku or (post.sku if post else None) or None
    if post is None:
        return None
    return post.handle if by == "creator" else line.item_id


def _orders(workspace: Workspace, first: date | None, last: date | None) -> Iterator[_Line]:
    totals = facts.order_totals(
        workspace.pk, first_day=first, last_day=last, zone=workspace.timezone
    )
    for row in totals:
        if row["currency"] != workspace.currency:
            continue
        books = LedgerRow.of_orders(row)
        yield _Line(books, row["item_id"], row["ad_id"], row["sku"])


def _spend(
    workspace: Workspace, accounts: list[AdAccount], first: date | None, last: date | None
) -> Iterator[_Line]:
    ids = [account.lake_key for account in accounts]
    if not ids:
        return
    for row in facts.spend_totals(ids, first_day=first, last_day=last, counters=()):
        if row["currency"] == workspace.currency:  # else spent before the account changed it
            yield _Line(LedgerRow(ad_spend=row["spend_minor"]), row["item_id"], row["ad_id"])


def _fees(
    workspace: Workspace, first: date | None, last: date | None, now: datetime
) -> Iterator[_Line]:
    """A post's content fee is due when its usage right starts, which is when the post goes live."""
    zone = workspace.timezone
    fees = agreements.content_fees(
        workspace,
        since=start_of_day(first, zone) if first else None,
        before=start_of_day(last + timedelta(days=1), zone) if last else None,
        until=now,
    )
    for item_id, fee in fees:
        yield _Line(LedgerRow(creator_fee=fee), item_id)


def _table(
    workspace: Workspace,
    by: str,
    lines: Iterable[_Line],
    posts: dict[str, _Owner],
    left_out: tuple[str, ...],
    at: datetime,
) -> ProfitTable:
    """Every line once, under the key of the cut; that is why every cut has the same total."""
    parts: dict[str | None, list[LedgerRow]] = defaultdict(list)
    for line in lines:
        parts[_key(by, line, posts.get(line.item_id or ""))].append(line.books)
    labels, currency = _labels(workspace, by, posts), workspace.currency
    rows = [
        ProfitRow(
            key, labels.get(key, key) if key else UNATTRIBUTED, LedgerRow.total(books), currency
        )
        for key, books in parts.items()
    ]
    rows.sort(key=lambda row: (row.key is None, -row.books.profit, row.label))
    total = LedgerRow.total(row.books for row in rows)
    return ProfitTable(by, rows, ProfitRow(None, "Total", total, currency), currency, left_out, at)


def _labels(workspace: Workspace, by: str, posts: dict[str, _Owner]) -> dict[str, str]:
    if by == "product":
        return {sku: product.title for sku, product in products.products(workspace).items()}
    if by == "creator":
        return {post.handle: f"@{post.handle}" for post in posts.values()}
    if by == "post":
        return {item_id: f"@{post.handle} {item_id[-6:]}" for item_id, post in posts.items()}
    return {}
