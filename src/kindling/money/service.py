"""Use cases of money: profit by product, creator, post or ad, from one ledger that adds up in every cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kindling.agreements import service as agreements
from kindling.errors import InvalidInputError
from kindling.facts import queries as facts
from kindling.kit.money import Money
from kindling.kit.time import day_in
from kindling.money.rules import Books
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

CUTS = ("product", "creator", "post", "ad")
UNATTRIBUTED = "Not attributed"
LINES = (
    "net_revenue", "cogs", "fulfilment", "platform_fee", "payment_fee", "commission", "creator_fee",
    "ad_spend", "profit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProfitRow:
    """One row of a profit table. `key` None: orders and spend that belong to nobody known."""

    key: str | None
    label: str
    books: Books
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
    """

    by: str
    rows: list[ProfitRow]
    total: ProfitRow
    currency: str
    left_out: tuple[str, ...]

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
    if by not in CUTS:
        raise InvalidInputError(f"{by!r} is no cut.", next_step=f"Use one of {', '.join(CUTS)}.")
    if first_day and last_day and last_day < first_day:
        raise InvalidInputError("The last day is before the first.", next_step="Swap them.")
    if any(
        day and not date(2000, 1, 1) <= day <= date(2999, 12, 31) for day in (first_day, last_day)
    ):
        raise InvalidInputError("A day is not of this age.", next_step="Correct its year.")
    accounts = workspaces.ad_accounts(workspace)
    counted = [account for account in accounts if account.currency == workspace.currency]
    ledger = _Ledger(workspace, by, first_day, last_day, now)
    ledger.book_orders()
    ledger.book_spend(counted)
    ledger.book_fees()
    return ledger.table(tuple(account.name for account in accounts if account not in counted))


class _Ledger:
    """Books every line once, under the key of the cut; that is why every cut has the same total."""

    def __init__(
        self, workspace: Workspace, by: str, first: date | None, last: date | None, now: datetime
    ) -> None:
        self.workspace, self.by, self.first, self.last, self.now = workspace, by, first, last, now
        self.posts = {
            post.item_id: post
            for post in Post.objects.filter(workspace=workspace).select_related("creator")
        }
        self.books: dict[str | None, Books] = defaultdict(Books)

    def key(self, *, item_id: str | None, ad_id: str | None, sku: str | None) -> str | None:
        """Where a line belongs in this cut. `sku` is the order's own; spend and fees take the post's."""
        post = self.posts.get(item_id or "")
        find: dict[str, Callable[[], str | None]] = {
            "post": lambda: post.item_id if post else None,
            "creator": lambda: post.creator.handle if post else None,
            "product": lambda: sku or (post.sku if post else None) or None,
            "ad": lambda: ad_id,
        }
        return find[self.by]()

    def book_orders(self) -> None:
        totals = facts.order_totals(
            self.workspace.pk,
            first_day=self.first,
            last_day=self.last,
            zone=self.workspace.timezone,
        )
        for row in totals:
            if row["currency"] != self.workspace.currency:
                continue
            key = self.key(item_id=row["item_id"], ad_id=row["ad_id"], sku=row["sku"])
            is_spark = row["source"] == "spark" and row["item_id"] is not None
            self.books[key] += Books(
                orders=row["orders"],
                units=row["quantity"],
                net_revenue=row["net_minor"],
                cogs=row["cogs_minor"],
                fulfilment=row["fulfilment_minor"],
                platform_fee=row["platform_fee_minor"],
                payment_fee=row["payment_fee_minor"],
                commission=row["commission_minor"],
                spark_orders=row["orders"] if is_spark else 0,
                spark_revenue=row["net_minor"] if is_spark else 0,
            )

    def book_spend(self, accounts: list[AdAccount]) -> None:
        ids = [account.lake_key for account in accounts]
        if not ids:
            return
        for row in facts.spend_totals(ids, first_day=self.first, last_day=self.last):
            if row["currency"] != self.workspace.currency:
                continue  # spent before the account changed its currency
            key = self.key(item_id=row["item_id"], ad_id=row["ad_id"], sku=None)
            self.books[key] += Books(ad_spend=row["spend_minor"])

    def book_fees(self) -> None:
        """A post's content fee is due when its usage right starts, which is when the post goes live."""
        for right in agreements.rights_to_named_posts(self.workspace):
            if right.currency == self.workspace.currency and self._is_inside(right.starts_at):
                key = self.key(item_id=right.item_id, ad_id=None, sku=None)
                self.books[key] += Books(creator_fee=right.content_fee_minor)

    def _is_inside(self, moment: datetime) -> bool:
        day = day_in(moment, self.workspace.timezone)
        return (
            moment <= self.now
            and (self.first is None or day >= self.first)
            and (self.last is None or day <= self.last)
        )

    def table(self, left_out: tuple[str, ...]) -> ProfitTable:
        labels = self._labels()
        currency = self.workspace.currency
        rows = [
            ProfitRow(key, labels.get(key, key) if key else UNATTRIBUTED, books, currency)
            for key, books in self.books.items()
        ]
        rows.sort(key=lambda row: (row.key is None, -row.books.profit, row.label))
        total = sum((row.books for row in rows), Books())
        return ProfitTable(
            self.by, rows, ProfitRow(None, "Total", total, currency), currency, left_out
        )

    def _labels(self) -> dict[str | None, str]:
        if self.by == "product":
            return {
                sku: product.title for sku, product in products.products(self.workspace).items()
            }
        if self.by == "creator":
            return {post.creator.handle: f"@{post.creator.handle}" for post in self.posts.values()}
        if self.by == "post":
            return {
                item_id: f"@{post.creator.handle} {item_id[-6:]}"
                for item_id, post in self.posts.items()
            }
        return {}
