"""What ads brought in two periods side by side, by ad: one question to the lake for a whole page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ibis import _

from kindling.facts import queries
from kindling.facts.kept import kept
from kindling.facts.metrics import BY_COLUMN, Sums
from kindling.facts.schema import AD_DAYS, ORDERS

OF = ("account", "currency", "ad_id", "campaign_id", "item_id")


@dataclass(frozen=True, slots=True)
class DaySums:
    """Sums of some ad-days. rows : how many; by_day : spend in minor units, by day

    What has no sum over days or ads (reach) is known of a single ad-day only.
    """

    rows: int = 0
    sums: Sums = field(default_factory=dict)
    by_day: Mapping[date, int] = field(default_factory=dict)

    @classmethod
    def total(cls, parts: Iterable[DaySums]) -> DaySums:
        """The sum of many; a column is None where a part of it is not known. Without a part nothing is known."""
        told = [each for each in parts if each.rows]
        if not told:
            return cls()
        by_day: dict[date, int] = {}
        for each in told:
            for day, spend in each.by_day.items():
                by_day[day] = by_day.get(day, 0) + spend
        sums = {
            column: _added([each.sums.get(column) for each in told], metric.is_addable)
            for column, metric in BY_COLUMN.items()
        }
        return cls(sum(each.rows for each in told), sums, by_day)


def _added(values: Sequence[int | None], is_addable: bool) -> int | None:
    known = [each for each in values if each is not None]
    if len(known) < len(values) or (len(known) > 1 and not is_addable):
        return None
    return sum(known)


@dataclass(frozen=True, slots=True)
class AdPeriods:
    """One ad's sums in a period and in the one before. ids are "" where the lake does not know them"""

    account: str
    currency: str
    ad_id: str
    campaign_id: str
    item_id: str
    now: DaySums
    before: DaySums


def ad_periods(
    accounts: Sequence[str], *, before: date, first: date, last: date
) -> list[AdPeriods]:
    """Sums of each ad from `first` to `last`, and from `before` to the day before `first`; kept until the next sync."""
    if not accounts:
        return []
    return kept(
        ("ad periods", *sorted(accounts), before, first, last),
        (AD_DAYS,),
        lambda: _ad_periods(accounts, before, first, last),
    )


def _ad_periods(accounts: Sequence[str], before: date, first: date, last: date) -> list[AdPeriods]:
    with queries.reading(AD_DAYS) as (days,):
        wanted = days.filter(_.account.isin(list(accounts)), _.day.between(before, last)).mutate(
            is_now=_.day >= first
        )
        sums = wanted.group_by(*OF, "is_now").aggregate(
            rows=_.ad_id.count(),
            days=_.day.collect(),
            spends=_.spend_minor.fill_null(0).collect(),
            **queries.sums_of(wanted, BY_COLUMN),
        )
        rows = queries.rows_of(sums)
    found: dict[tuple[str, ...], dict[bool, DaySums]] = {}
    for row in rows:
        key = tuple(row[name] or "" for name in OF)
        found.setdefault(key, {})[row["is_now"]] = DaySums(
            row["rows"], {name: row[name] for name in BY_COLUMN}, _by_day(row)
        )
    none = DaySums()
    return [
        AdPeriods(
            account,
            currency,
            ad_id,
            campaign_id,
            item_id,
            sums.get(True, none),
            sums.get(False, none),
        )
        for (account, currency, ad_id, campaign_id, item_id), sums in found.items()
    ]


def _by_day(row: Mapping[str, Any]) -> dict[date, int]:
    return dict(zip(row["days"], row["spends"], strict=True))


def order_periods(
    workspace_id: int, *, before: date, first: date, last: date, zone: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """`queries.order_totals` of the period and of the one before, in days of `zone`; kept until the next booking."""

    def ask(start: date, end: date) -> list[dict[str, Any]]:
        return kept(
            ("order totals", workspace_id, start, end, zone),
            (ORDERS,),
            lambda: queries.order_totals(workspace_id, first_day=start, last_day=end, zone=zone),
        )

    return ask(first, last), ask(before, date.fromordinal(first.toordinal() - 1))


def days_of_ads(
    accounts: Sequence[str], *, first: date, last: date
) -> dict[tuple[str, str], dict[date, DaySums]]:
    """Each ad-day's figures, by account and ad, then by day; kept until the next sync."""
    if not accounts:
        return {}
    return kept(
        ("days of ads", *sorted(accounts), first, last),
        (AD_DAYS,),
        lambda: _days_of_ads(accounts, first, last),
    )


def _days_of_ads(
    accounts: Sequence[str], first: date, last: date
) -> dict[tuple[str, str], dict[date, DaySums]]:
    with queries.reading(AD_DAYS) as (days,):
        wanted = days.filter(_.account.isin(list(accounts)), _.day.between(first, last))
        rows = queries.rows_of(wanted.select("account", "ad_id", "day", *BY_COLUMN))
    found: dict[tuple[str, str], dict[date, DaySums]] = {}
    for row in rows:
        sums = {name: row[name] for name in BY_COLUMN}
        day = DaySums(1, sums, {row["day"]: row["spend_minor"] or 0})
        found.setdefault((row["account"], row["ad_id"]), {})[row["day"]] = day
    return found


def orders_of_ads(workspace_id: int, *, first: datetime) -> list[tuple[str, str, str, datetime]]:
    """Stored orders since `first` that ads brought: ad id, the post that owns it, order id, when. Each line once."""

    def ask() -> list[tuple[str, str, str, datetime]]:
        with queries.reading(ORDERS) as (orders,):
            mine = orders.filter(
                _.workspace_id == workspace_id, _.source == "spark", _.item_id.notnull(),
                _.ad_id.notnull(), _.ordered_at >= queries.instant(first),
            )  # fmt: skip
            rows = queries.rows_of(
                mine.select("ad_id", "item_id", "order_id", "ordered_at").distinct()
            )
        return [(row["ad_id"], row["item_id"], row["order_id"], row["ordered_at"]) for row in rows]

    return kept(("orders of ads", workspace_id, first), (ORDERS,), ask)
