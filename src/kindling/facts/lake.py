"""Writing facts. Every write is one Delta commit per partition: a reader sees all of it or none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import stamina
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError
from django.conf import settings

from kindling.facts.schema import AD_DAYS, ORDERS, Table

Facts = Mapping[str, Any]


def location(table: Table) -> str:
    """Where the table lives, under KINDLING_LAKE_URL."""
    return f"{str(settings.KINDLING_LAKE_URL).rstrip('/')}/{table.name}"


def exists(table: Table) -> bool:
    return bool(DeltaTable.is_deltatable(location(table)))


def files(table: Table) -> list[str]:
    """The files that make up the table now; [] while nothing was ever written."""
    if not exists(table):
        return []
    return [str(uri) for uri in DeltaTable(location(table)).file_uris()]


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def replace_ad_days(account: str, first_day: date, last_day: date, rows: Iterable[Facts]) -> int:
    """Make `rows` the account's whole truth for the days first to last, both included.

    account : `AdAccount.lake_key`, which names the workspace too

    Writing the same again changes nothing; days without rows become empty. Each month is one commit.
    raises : ValueError for a row outside the days or of another account
    """
    by_month: dict[str, list[Facts]] = defaultdict(list)
    for row in rows:
        if not first_day <= row["day"] <= last_day or row["account"] != account:
            raise ValueError(
                f"a row of {row['day']} does not belong to this account and these days"
            )
        by_month[month_of(row["day"])].append(row)
    count = 0
    for start, end in _months(first_day, last_day):
        part = by_month.get(month_of(start), [])
        _replace(
            AD_DAYS,
            f"account = '{_quoted(account)}' AND month = '{month_of(start)}' "
            f"AND day >= '{start}' AND day <= '{end}'",
            [{**row, "month": month_of(start)} for row in part],
        )
        count += len(part)
    return count


def replace_orders(workspace_id: int, month: str, rows: Sequence[Facts]) -> None:
    """Make `rows` the workspace's whole truth for one month of orders."""
    _replace(
        ORDERS,
        f"workspace_id = {int(workspace_id)} AND month = '{_quoted(month)}'",
        [{**row, "workspace_id": workspace_id, "month": month} for row in rows],
    )


def _months(first: date, last: date) -> Iterator[tuple[date, date]]:
    """The parts of first to last within one month each, both ends included."""
    start = first
    while start <= last:
        following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        end = min(last, date.fromordinal(following.toordinal() - 1))
        yield start, end
        start = following


def _quoted(text: str) -> str:
    if not text.replace("-", "").isalnum():
        raise ValueError("a partition value may hold letters, digits and dashes")
    return text


@stamina.retry(on=CommitFailedError, attempts=8, wait_initial=0.05, wait_max=2.0)
def _replace(table: Table, predicate: str, rows: Sequence[Facts]) -> None:
    data = pa.Table.from_pylist([dict(row) for row in rows], schema=table.arrow)
    target = location(table)
    if not exists(table):
        if not rows:
            return
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        write_deltalake(target, data, partition_by=list(table.partitions), mode="append")
        return
    if rows:
        write_deltalake(target, data, mode="overwrite", predicate=predicate)
    else:
        DeltaTable(target).delete(predicate)


def tidy(table: Table) -> None:
    """Merge small files and drop those no reader can still hold (older than a week)."""
    if exists(table):
        delta = DeltaTable(location(table))
        delta.optimize.compact()
        delta.vacuum(retention_hours=168, dry_run=False)
