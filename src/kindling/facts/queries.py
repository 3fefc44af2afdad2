"""Reading facts: Ibis expressions over the lake's active files, run by DuckDB in this process.

Every thread has its own in-memory connection: nothing is shared between threads or processes. Divisions cast
first (on some engines integers divide to integers without a word).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis import _

from kindling.facts import lake
from kindling.facts.kept import kept
from kindling.facts.metrics import BY_COLUMN
from kindling.facts.schema import AD_DAYS, COUNTERS, ORDERS, LakeDamagedError, Table

MEMORY = "1GB"
THREADS = 2


_here = threading.local()


def _connection() -> Any:
    """This thread's in-memory DuckDB: made once (some 30 ms), shared with nobody, holding no data."""
    found = getattr(_here, "connection", None)
    if found is None:
        found = _here.connection = ibis.duckdb.connect(
            ":memory:", memory_limit=MEMORY, threads=THREADS, autoinstall_known_extensions=False
        )
    return found


@contextmanager
def reading(*tables: Table) -> Iterator[list[Any]]:
    """Ibis tables to build expressions on; empty ones of the right shape before the first write.

    raises : LakeDamagedError when a file is missing or garbled, here or when an expression is run
    """
    connection = _connection()
    try:
        yield [_table(connection, table) for table in tables]
    except duckdb.OutOfMemoryException:
        raise  # the machine's trouble, not the lake's
    except duckdb.Error as error:
        names = " or ".join(table.name for table in tables)
        raise LakeDamagedError(names, str(error)[:300]) from error


def _table(connection: Any, table: Table) -> Any:
    """The table over the lake's files now. It is built anew only when they are others than the last time (10 ms)."""
    files = lake.files(table)
    if not files:
        return _empty(connection, table)
    known: dict[str, tuple[Any, Any]] = _here.__dict__.setdefault("known", {})
    made_from = (files, table.arrow)
    if table.name not in known or known[table.name][0] != made_from:
        known[table.name] = (made_from, _over(connection, table, files))
    return known[table.name][1]


def _over(connection: Any, table: Table, files: list[str]) -> Any:
    # Partition values come as text from the folder names, so that "2026-03" is never read as a date.
    read = connection.read_parquet(
        files,
        table_name=table.name,
        hive_partitioning=True,
        hive_types_autocast=False,
        union_by_name=True,
    )
    # A column that came later than every file reads as null of its type, as union_by_name does for some of them.
    kinds = ibis.Schema.from_pyarrow(table.arrow)
    return read.select(
        (read[name] if name in read.columns else ibis.null()).cast(kinds[name]).name(name)
        for name in table.names
    )


def _empty(connection: Any, table: Table) -> Any:
    """A table of this shape without rows, made once for a connection.

    It is DuckDB's own: scanning a Python object (memtable) can deadlock, as DuckDB's threads then need the GIL
    while a statement of ours (CREATE VIEW) holds it and waits for them.
    """
    made: dict[str, Any] = _here.__dict__.setdefault("empty", {})
    if table.name not in made:
        schema = ibis.Schema.from_pyarrow(table.arrow)
        made[table.name] = connection.create_table(f"no_{table.name}", schema=schema, temp=True)
    return made[table.name]


def _answer(expression: Any) -> pa.Table:
    """What DuckDB answers, in the types the expression says. Not ibis's `to_pyarrow`: it imports pandas (0.3 s)."""
    found = _connection().raw_sql(_sql(expression.op())).to_arrow_table()
    return found.cast(expression.schema().to_pyarrow())


@lru_cache(maxsize=256)
def _sql(question: Any) -> str:
    """A question in DuckDB's words, which take Ibis ten times as long (20 ms) as DuckDB takes to answer.

    question : the operation of an expression. It names tables, not their files, so the words hold for every thread
    """
    sql: str = _connection().compile(question.to_expr())
    return sql


def rows_of(expression: Any) -> list[dict[str, Any]]:
    """What DuckDB answers, a mapping for each row."""
    rows: list[dict[str, Any]] = _answer(expression).to_pylist()
    return rows


def spend_by_post(account: str, first_day: date, last_day: date) -> dict[str, dict[date, int]]:
    """Spend in minor units per post and day; spend of ads without a post stands under ""."""
    with reading(AD_DAYS) as (days,):
        expression = (
            days.filter(_.account == account, _.day.between(first_day, last_day))
            .group_by(item_id=_.item_id.fill_null(""), day=_.day)
            .aggregate(spend_minor=_.spend_minor.sum())
        )
        found: dict[str, dict[date, int]] = {}
        for row in rows_of(expression):
            found.setdefault(row["item_id"], {})[row["day"]] = int(row["spend_minor"])
        return found


def spend_of_posts(
    accounts: Sequence[str],
    item_ids: Sequence[str],
    *,
    first_day: date,
    last_day: date,
    counters: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Spend of some posts' ads, both days included: account, currency, item_id, day, spend_minor, and `counters`.

    One row per account, currency, post and day; a sum is None where a part of it is not known.
    """
    if not accounts or not item_ids:
        return []
    with reading(AD_DAYS) as (days,):
        wanted = _within(days, accounts, first_day, last_day).filter(_.item_id.isin(list(item_ids)))
        sums = wanted.group_by("account", "currency", "item_id", "day").aggregate(
            **sums_of(wanted, ("spend_minor", *counters))
        )
        return rows_of(sums)


def ad_totals(
    account: str,
    first_day: date,
    last_day: date,
    *,
    ad_ids: Sequence[str],
    columns: Iterable[str] = BY_COLUMN,
) -> dict[str, dict[str, int | None]]:
    """Each ad's metrics over the days, both ends included, by ad id and column, as `sums_of` adds them up.

    Money is in minor units of the account's currency; an ad without a row is left out.
    """
    if not ad_ids:
        return {}
    with reading(AD_DAYS) as (days,):
        wanted = days.filter(
            _.account == account, _.day.between(first_day, last_day), _.ad_id.isin(ad_ids)
        )
        expression = wanted.group_by("ad_id").aggregate(**sums_of(wanted, columns))
        return {row.pop("ad_id"): row for row in rows_of(expression)}


def kept_ad_totals(
    account: str,
    first_day: date,
    last_day: date,
    *,
    ad_ids: Sequence[str],
    columns: Iterable[str] = BY_COLUMN,
) -> dict[str, dict[str, int | None]]:
    """What `ad_totals` answers, from the sums of all ads of the account, which are kept until the next sync.

    Nobody may change a row: it is the one that is kept.
    """
    if not ad_ids:
        return {}
    wanted = tuple(columns)

    def all_ads() -> dict[str, dict[str, int | None]]:
        with reading(AD_DAYS) as (days,):
            rows = days.filter(_.account == account, _.day.between(first_day, last_day))
            found = _answer(rows.group_by("ad_id").aggregate(**sums_of(rows, wanted)))
            return {row.pop("ad_id"): row for row in found.to_pylist()}

    sums = kept(("ad totals", account, first_day, last_day, wanted), (AD_DAYS,), all_ads)
    return {ad_id: sums[ad_id] for ad_id in ad_ids if ad_id in sums}


def sums_of(days: Any, columns: Iterable[str]) -> Mapping[str, Any]:
    """How ad-days add up, by column: a sum where every day is known, else null.

    What has no sum (reach) counts for a single ad-day only.
    """
    return {
        name: ibis.cases((days[name].count() == days.count(), days[name].sum()))
        if BY_COLUMN[name].is_addable
        else ibis.cases((days.count() == 1, days[name].max()))
        for name in columns
    }


def _within(days: Any, accounts: Sequence[str], first: date | None, last: date | None) -> Any:
    """The accounts' ad-days from first to last, both included; None leaves that side open."""
    expression = days.filter(_.account.isin(list(accounts)))
    if first is not None:
        expression = expression.filter(_.day >= first)
    return expression if last is None else expression.filter(_.day <= last)


def ad_days(
    accounts: Sequence[str], *, first_day: date | None, last_day: date | None
) -> list[dict[str, Any]]:
    """Every stored ad-day of the accounts, oldest first."""
    with reading(AD_DAYS) as (days,):
        expression = _within(days, accounts, first_day, last_day)
        return rows_of(expression.order_by("day", "ad_id"))


def day_sums(accounts: Sequence[str]) -> dict[str, dict[date, tuple[int, int]]]:
    """Rows and spend in minor units that are held, per account and day; kept until the next sync."""
    return kept(("day sums", *sorted(accounts)), (AD_DAYS,), lambda: _day_sums(accounts))


def _day_sums(accounts: Sequence[str]) -> dict[str, dict[date, tuple[int, int]]]:
    with reading(AD_DAYS) as (days,):
        expression = (
            _within(days, accounts, None, None)
            .group_by("account", "day")
            .aggregate(rows=_.ad_id.count(), spend_minor=_.spend_minor.sum())
        )
        found: dict[str, dict[date, tuple[int, int]]] = {}
        for row in rows_of(expression):
            sums = found.setdefault(row["account"], {})
            sums[row["day"]] = (int(row["rows"]), int(row["spend_minor"] or 0))
        return found


def spend_totals(
    accounts: Sequence[str],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    counters: Sequence[str] = COUNTERS,
) -> list[dict[str, Any]]:
    """Spend and counters per account, post and ad: account, currency, item_id, ad_id, spend_minor, …

    A counter is None where a part of its sum is not known; see `sums_of`.
    """
    with reading(AD_DAYS) as (days,):
        expression = _within(days, accounts, first_day, last_day)
        keys = ("account", "currency", "item_id", "ad_id")
        columns = ("spend_minor", *counters)
        return rows_of(expression.group_by(*keys).aggregate(**sums_of(expression, columns)))


def spend_by_day(accounts: Sequence[str], *, first_day: date, last_day: date) -> dict[date, int]:
    """Spend per day in minor units, for charts; kept until the next sync."""
    return kept(
        ("spend by day", *sorted(accounts), first_day, last_day),
        (AD_DAYS,),
        lambda: _spend_by_day(accounts, first_day, last_day),
    )


def _spend_by_day(accounts: Sequence[str], first_day: date, last_day: date) -> dict[date, int]:
    with reading(AD_DAYS) as (days,):
        expression = (
            days.filter(_.account.isin(list(accounts)), _.day.between(first_day, last_day))
            .group_by("day")
            .aggregate(spend_minor=_.spend_minor.sum())
        )
        return {row["day"]: int(row["spend_minor"]) for row in rows_of(expression)}


ORDER_SUMS = (
    "quantity", "gross_minor", "net_minor", "cogs_minor", "fulfilment_minor", "platform_fee_minor",
    "payment_fee_minor", "commission_minor",
)  # fmt: skip


def order_totals(
    workspace_id: int,
    *,
    first_day: date | None = None,
    last_day: date | None = None,
    zone: str = "UTC",
) -> list[dict[str, Any]]:
    """Sums per SKU, post, ad, creator and source: orders (once for each SKU) and minor units. Days are of `zone`."""
    with reading(ORDERS) as (orders,):
        expression = orders.filter(_.workspace_id == workspace_id)
        if first_day is not None:
            expression = expression.filter(_.ordered_at >= _start_of(first_day, zone))
        if last_day is not None:
            after = date.fromordinal(last_day.toordinal() + 1)
            expression = expression.filter(_.ordered_at < _start_of(after, zone))
        sums = {name: expression[name].sum() for name in ORDER_SUMS}
        keys = ["sku", "item_id", "ad_id", "creator_handle", "source", "currency"]
        totals = expression.group_by(keys).aggregate(orders=_.order_id.nunique(), **sums)
        return [
            {name: value if name in keys else int(value) for name, value in row.items()}
            for row in rows_of(totals)
        ]


def month_sums(workspace_id: int) -> dict[str, tuple[int, int]]:
    """Order lines and net revenue in minor units that are held, per month; kept until the next booking."""
    return kept(("month sums", workspace_id), (ORDERS,), lambda: _month_sums(workspace_id))


def _month_sums(workspace_id: int) -> dict[str, tuple[int, int]]:
    with reading(ORDERS) as (orders,):
        expression = (
            orders.filter(_.workspace_id == workspace_id)
            .group_by("month")
            .aggregate(rows=_.order_id.count(), net_minor=_.net_minor.sum())
        )
        return {
            row["month"]: (int(row["rows"]), int(row["net_minor"] or 0))
            for row in rows_of(expression)
        }


def instant(moment: datetime) -> Any:
    """A moment as an expression compares it."""
    return ibis.literal(moment)


def _start_of(day: date, zone: str) -> Any:
    from kindling.kit.time import start_of_day

    return ibis.literal(start_of_day(day, zone))


def sold_posts(workspace_id: int) -> set[str]:
    """Posts that own a stored order."""
    with reading(ORDERS) as (orders,):
        expression = orders.filter(_.workspace_id == workspace_id, _.item_id.notnull())
        return set(_answer(expression.select("item_id").distinct())[0].to_pylist())


def ad_orders(workspace_id: int) -> dict[str, int]:
    """Stored orders that ads brought, of each post; an order of several lines once."""
    with reading(ORDERS) as (orders,):
        expression = (
            orders.filter(_.workspace_id == workspace_id, _.source == "spark", _.item_id.notnull())
            .group_by("item_id")
            .aggregate(orders=_.order_id.nunique())
        )
        return {row["item_id"]: int(row["orders"]) for row in rows_of(expression)}


def last_order_at(workspace_id: int) -> datetime | None:
    """When the newest stored order was placed; None without any."""
    with reading(ORDERS) as (orders,):
        mine = orders.filter(_.workspace_id == workspace_id)
        (row,) = rows_of(mine.aggregate(last=_.ordered_at.max()))
        found: datetime | None = row["last"]
        return found


def unowned_posts(workspace_id: int) -> set[str]:
    """Posts that stored orders name and no post of the library owned when they were booked."""
    with reading(ORDERS) as (orders,):
        expression = orders.filter(
            _.workspace_id == workspace_id, _.item_id.isnull(), _.claimed_item_id.notnull()
        )
        return set(_answer(expression.select("claimed_item_id").distinct())[0].to_pylist())


def unowned_orders(workspace_id: int) -> int:
    """How many stored order lines name a post that no post of the library owned when they were booked."""
    with reading(ORDERS) as (orders,):
        expression = orders.filter(
            _.workspace_id == workspace_id, _.item_id.isnull(), _.claimed_item_id.notnull()
        )
        return int(_answer(expression.aggregate(rows=_.count()))[0][0].as_py())


def find_order(workspace_id: int, order_id: str) -> list[dict[str, Any]]:
    """The lines of one order, whatever the case: `order_id`, `sku`, `item_id` (None: no post owns it); may be empty."""
    with reading(ORDERS) as (orders,):
        lines = orders.filter(
            _.workspace_id == workspace_id, _.order_id.lower() == order_id.lower()
        )
        found = lines.select("order_id", "sku", "item_id").order_by("order_id", "sku")
        return list(rows_of(found))


def orders_of(workspace_id: int, *, months: Sequence[str] | None = None) -> pa.Table:
    """Stored order lines of some months (or all), as an Arrow table in the schema's column order."""
    with reading(ORDERS) as (orders,):
        expression = orders.filter(_.workspace_id == workspace_id)
        if months is not None:
            expression = expression.filter(_.month.isin(list(months)))
        return _answer(expression.select(*ORDERS.names))
