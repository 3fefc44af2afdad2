"""Results of ads over some days, grouped, beside those of as many days before.

TikTok's conversions and the shop's orders stand apart and are never added up. Rows are of one currency each. The
lake is asked once for all ads, and the database a few times, however many rows there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kindling.delivery.models import Ad
from kindling.delivery.results import rules
from kindling.delivery.results.rules import By, Figure, Period
from kindling.delivery.service import list_gaps
from kindling.errors import InvalidInputError
from kindling.facts import gaps
from kindling.facts import results as facts
from kindling.facts.metrics import BY_COLUMN, METRICS, AdMetrics
from kindling.facts.results import DaySums
from kindling.kit.money import Money
from kindling.kit.time import day_in
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.products.rules import LedgerRow
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

MANY_POSTS = 20_000  # item ids; more are not listed in a query, all posts are read instead

SHOP = {
    "shop_orders": "Shop orders",
    "shop_revenue": "Shop revenue",
    "shop_cpa": "Cost per shop order",
    "roas": "ROAS of shop orders",
    "break_even_cpa": "Break-even CPA",
}
"""Figures of the shop's own orders, by the post and ad that own each; the others are TikTok's."""
FIGURES = (*METRICS, *SHOP)


@dataclass(frozen=True, slots=True)
class Side:
    """One period of one row: TikTok's sums, and the books of the shop's orders with the spend. None: unknown."""

    sums: DaySums
    books: LedgerRow
    currency: str
    is_whole: bool
    has_orders: bool

    def figure(self, name: str) -> Figure:
        """A figure by its name in `FIGURES`; None where it is undefined or not known."""
        if name in SHOP:
            return self._shop(name) if self.has_orders else None
        if not self.sums.rows and self.is_whole:
            known = {name: 0 for name, each in BY_COLUMN.items() if each.is_addable}
            return AdMetrics(known, self.currency)[name]
        return AdMetrics(self.sums.sums, self.currency)[name]

    def _shop(self, name: str) -> Figure:
        books = self.books
        if name == "shop_orders":
            return books.spark_orders
        if name == "shop_revenue":
            return Money(books.spark_revenue, self.currency)
        if name == "roas":
            return books.roas
        minor = books.cpa_minor if name == "shop_cpa" else books.break_even_cpa_minor
        return None if minor is None else Money(minor, self.currency)


@dataclass
class ResultRow:
    """Results of one group in one currency. key : None for what belongs to nobody known

    by_day : spend in minor units of each day; None while that day's figures are not held
    post : the post shown beside the row, once it is opened
    """

    by: By
    key: str | None
    label: str
    currency: str
    ads: int
    present: Side
    before: Side
    by_day: list[tuple[date, int | None]]
    item_id: str = ""
    post: Post | None = field(default=None, compare=False)

    def figure(self, name: str) -> Figure:
        return self.present.figure(name)

    def change(self, name: str) -> float | None:
        """By which share it changed against the period before; None while a day of either is missing."""
        if not (self.present.is_whole and self.before.is_whole):
            return None
        return rules.change(self.present.figure(name), self.before.figure(name))

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "currency": self.currency,
            "ads": self.ads,
            "figures": {name: _plain(self.figure(name)) for name in FIGURES},
            "before": {name: _plain(self.before.figure(name)) for name in FIGURES},
            "change": {name: self.change(name) for name in FIGURES},
            "spend_by_day": [
                {
                    "day": day.isoformat(),
                    "spend": None if minor is None else str(Money(minor, self.currency).amount),
                }
                for day, minor in self.by_day
            ],
        }


def _plain(value: Figure) -> Any:
    if isinstance(value, Money):
        return value.to_json()
    return value if value is None or isinstance(value, int | float) else str(value)


@dataclass(frozen=True, slots=True)
class Results:
    """Rows, those that cost most first, of each currency together; `lacks`: what the figures lack, in sentences."""

    by: By
    period: Period
    rows: list[ResultRow]
    lacks: tuple[str, ...]

    def totals(self) -> list[ResultRow]:
        """One total for each currency."""
        of: dict[str, list[ResultRow]] = defaultdict(list)
        for row in self.rows:
            of[row.currency].append(row)
        return [total(rows) for rows in of.values()]


def results(
    workspace: Workspace,
    *,
    by: By,
    now: datetime,
    days: int = rules.USUAL_DAYS,
    first_day: date | None = None,
    last_day: date | None = None,
    ad_account: str = "",
) -> Results:
    """What ads cost and brought in these days, grouped; see `rules.period_of` for what is given of the days.

    Ad days are of the ad account's zone, orders of the workspace's. ad_account : its advertiser id; "" for all
    raises : InvalidInputError for days that make no period and for an unknown ad account
    """
    accounts = workspaces.ad_accounts(workspace)
    chosen = [each for each in accounts if ad_account in {"", each.advertiser_id}]
    if ad_account and not chosen:
        raise InvalidInputError(
            f"Unknown ad account {ad_account[:30]!r}.",
            next_step=f"Use one of {', '.join(each.advertiser_id for each in accounts) or 'none'}.",
            field="ad_account",
        )
    zone = chosen[0].timezone if chosen else workspace.timezone
    period = rules.period_of(today=day_in(now, zone), days=days, first=first_day, last=last_day)
    held = _Held.of(workspace, chosen, period)
    groups = _groups(workspace, by, chosen, period, is_all=not ad_account)
    rows = [_row(by, key, parts, held, period) for key, parts in groups.items()]
    rows.sort(key=lambda row: (row.currency, row.key is None, -_spend(row), row.label))
    return Results(by, period, rows, tuple(held.lacks))


def total(rows: Sequence[ResultRow]) -> ResultRow:
    """The sum of rows of one currency. Ratios are of the sums, never of ratios."""
    first = rows[0]
    by_day = [
        (
            day,
            None if any(each[1] is None for each in parts) else sum(each[1] or 0 for each in parts),
        )
        for parts in zip(*(row.by_day for row in rows), strict=True)
        for day in [parts[0][0]]
    ]
    return ResultRow(
        first.by, None, "Total", first.currency, sum(row.ads for row in rows),
        _sum_of([row.present for row in rows]), _sum_of([row.before for row in rows]), by_day,
    )  # fmt: skip


def _sum_of(sides: Sequence[Side]) -> Side:
    return Side(
        DaySums.total(each.sums for each in sides),
        LedgerRow.total(each.books for each in sides),
        sides[0].currency,
        is_whole=all(each.is_whole for each in sides),
        has_orders=all(each.has_orders for each in sides),
    )


def opened(workspace: Workspace, rows: Sequence[ResultRow]) -> list[ResultRow]:
    """These rows with the post that each shows, read together."""
    wanted = {row.item_id for row in rows if row.item_id}
    found = Post.objects.filter(workspace=workspace, item_id__in=wanted).only(
        "item_id", "item_type", "status", "still_version", "has_clip", "creator__handle"
    )
    posts = {post.item_id: post for post in found.select_related("creator")} if wanted else {}
    for row in rows:
        row.post = posts.get(row.item_id)
    return list(rows)


def _spend(row: ResultRow) -> int:
    return row.present.sums.sums.get("spend_minor") or 0


# --- What is held -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """Whose days are held. whole, before : currencies whose accounts have every day of the period, of the one before"""

    whole: frozenset[str]
    before: frozenset[str]
    missing: dict[str, frozenset[date]]
    orders: bool
    orders_before: bool
    lacks: list[str]

    @classmethod
    def of(cls, workspace: Workspace, accounts: Sequence[AdAccount], period: Period) -> _Held:
        keys = [each.lake_key for each in accounts]
        lost, newest = gaps.ad_days_missing(keys), gaps.last_synced_days(keys)
        lacks = [
            str(each)
            for each in list_gaps(workspace, first_day=period.before.first, last_day=period.last)
            if each.account in {account.name for account in accounts}
        ]
        missing: dict[str, set[date]] = defaultdict(set)
        not_whole, not_before = set(), set()
        for account in accounts:
            last, first = newest.get(account.lake_key), gaps.first_synced_day(account.lake_key)
            lacking = set(lost[account.lake_key])
            lacking |= {day for day in period.each_day() if last is None or day > last}
            missing[account.currency] |= lacking
            if any(period.first <= day <= period.last for day in lacking):
                not_whole.add(account.currency)
            if last is None:
                lacks.append(f"{account.name} was never synced: its spend is not in these figures.")
            elif last < period.last:
                lacks.append(
                    f"{account.name} is synced until {last:%d %b %Y}: later days are not in these figures."
                )
            before = period.before
            is_known = first is not None and first <= before.first
            if not is_known or any(before.first <= day <= before.last for day in lacking):
                not_before.add(account.currency)
        order_gaps = gaps.order_gaps(
            workspace.pk, first_day=period.before.first, last_day=period.last
        )
        lacks += map(str, order_gaps)
        currencies = {account.currency for account in accounts}
        return cls(
            frozenset(currencies - not_whole),
            frozenset(currencies - not_before),
            {currency: frozenset(days) for currency, days in missing.items()},
            not any(each.last_day >= period.first for each in order_gaps),
            not any(each.first_day < period.first for each in order_gaps),
            lacks,
        )


# --- Groups -------------------------------------------------------------------------------------------------------


@dataclass
class _Parts:
    """What one group is made of."""

    label: str
    ads: set[tuple[str, str]] = field(default_factory=set)
    present: list[DaySums] = field(default_factory=list)
    before: list[DaySums] = field(default_factory=list)
    sold: list[LedgerRow] = field(default_factory=list)
    sold_before: list[LedgerRow] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=lambda: defaultdict(int))


_Key = tuple[str | None, str]  # the group's key, and the currency


def _groups(
    workspace: Workspace, by: By, accounts: Sequence[AdAccount], period: Period, *, is_all: bool
) -> dict[_Key, _Parts]:
    ads = facts.ad_periods(
        [each.lake_key for each in accounts],
        before=period.before.first, first=period.first, last=period.last,
    )  # fmt: skip
    orders, orders_before = facts.order_periods(
        workspace.pk, before=period.before.first, first=period.first, last=period.last,
        zone=workspace.timezone,
    )  # fmt: skip
    keys = _Keys.of(
        workspace, by, [*(each.item_id for each in ads), *_items(orders), *_items(orders_before)]
    )
    found: dict[_Key, _Parts] = {}

    def parts_of(key: str | None, currency: str) -> _Parts:
        return found.setdefault((key, currency), _Parts(keys.label(key)))

    for ad in ads:
        parts = parts_of(keys.of_ad(ad.ad_id, ad.campaign_id, ad.item_id), ad.currency)
        parts.ads.add((ad.account, ad.ad_id))
        parts.present.append(ad.now)
        parts.before.append(ad.before)
        parts.spent[ad.item_id] += ad.now.sums.get("spend_minor") or 0
    ad_ids = {each.ad_id for each in ads}
    for is_present, rows in ((True, orders), (False, orders_before)):
        for row in rows:
            key = keys.of_order(row)
            is_known = (key, row["currency"]) in found
            # Orders of one ad account are those of its ads; without a choice all that the group's posts own.
            if not is_all and row["ad_id"] not in ad_ids:
                continue
            is_spark = row["source"] == "spark" and row["item_id"] is not None
            if is_known or (is_present and is_spark):
                parts = parts_of(key, row["currency"])
                (parts.sold if is_present else parts.sold_before).append(LedgerRow.of_orders(row))
    return found


def _items(orders: Iterable[dict[str, Any]]) -> list[str]:
    return [row["item_id"] for row in orders if row["item_id"]]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Which group an ad and an order belong to, and what the group is called."""

    by: By
    posts: dict[str, tuple[str, ...]]
    campaigns: dict[str, str]
    labels: dict[str, str]

    @classmethod
    def of(cls, workspace: Workspace, by: By, item_ids: Iterable[str]) -> _Keys:
        wanted = {each for each in item_ids if each}
        rows = Post.objects.filter(workspace=workspace)
        if len(wanted) < MANY_POSTS:
            rows = rows.filter(item_id__in=wanted)
        names = ("item_id", "creator__handle", "sku", "use_case", "angle", "hook", "offer")
        posts = {row[0]: row for row in rows.values_list(*names) if row[0] in wanted}
        campaigns: dict[str, str] = {}
        labels: dict[str, str] = {}
        if by in {By.AD, By.CAMPAIGN}:
            told = Ad.objects.filter(ad_account__workspace=workspace).values_list(
                "ad_id", "name", "adgroup__campaign__campaign_id", "adgroup__campaign__name"
            )
            for ad_id, name, campaign_id, campaign in told.iterator():
                campaigns[ad_id] = campaign_id
                labels[ad_id if by is By.AD else campaign_id] = name if by is By.AD else campaign
        elif by is By.PRODUCT:
            labels = {sku: each.title for sku, each in products.products(workspace).items()}
        return cls(by, posts, campaigns, labels)

    def label(self, key: str | None) -> str:
        if key is None:
            return rules.WITHOUT[self.by]
        if self.by is By.CREATOR:
            return f"@{key}"
        if self.by is By.POST and key in self.posts:
            return f"@{self.posts[key][1]} {key[-6:]}"
        return self.labels.get(key) or key

    def of_ad(self, ad_id: str, campaign_id: str, item_id: str) -> str | None:
        if self.by is By.AD:
            return ad_id
        if self.by is By.CAMPAIGN:
            return campaign_id or self.campaigns.get(ad_id)
        return self._of_post(item_id)

    def of_order(self, row: dict[str, Any]) -> str | None:
        if self.by is By.AD:
            return row["ad_id"] or None
        if self.by is By.CAMPAIGN:
            return self.campaigns.get(row["ad_id"] or "")
        if self.by is By.PRODUCT:
            return row["sku"] or None
        return self._of_post(row["item_id"] or "")

    def _of_post(self, item_id: str) -> str | None:
        if self.by is By.POST:
            return item_id or None
        post = self.posts.get(item_id)
        if post is None:
            return None
        _, handle, sku, *notes = post
        if self.by is By.CREATOR:
            return handle
        if self.by is By.PRODUCT:
            return sku or None
        return notes[(By.USE_CASE, By.ANGLE, By.HOOK, By.OFFER).index(self.by)] or None


def _row(by: By, key: _Key, parts: _Parts, held: _Held, period: Period) -> ResultRow:
    name, currency = key
    present, before = DaySums.total(parts.present), DaySums.total(parts.before)
    missing = held.missing.get(currency, frozenset())
    dearest = max(parts.spent, key=lambda item_id: parts.spent[item_id], default="")
    return ResultRow(
        by, name, parts.label, currency, len(parts.ads),
        Side(present, _books(parts.sold, present), currency, currency in held.whole, held.orders),
        Side(before, _books(parts.sold_before, before), currency, currency in held.before, held.orders_before),
        [(day, None if day in missing else present.by_day.get(day, 0)) for day in period.each_day()],
        item_id=dearest if by in {By.AD, By.POST} else "",
    )  # fmt: skip


def _books(sold: Iterable[LedgerRow], sums: DaySums) -> LedgerRow:
    spent = LedgerRow(ad_spend=sums.sums.get("spend_minor") or 0)
    return LedgerRow.total([spent, *sold])
