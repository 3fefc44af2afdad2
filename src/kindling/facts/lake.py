"""Writing facts. Every write is one Delta commit per partition: a reader sees all of it or none.

A table carries the version of its schema in the table property `kindling.schemaVersion`; one without it is of
version 1. A lake of an earlier version is read as it is, its missing columns as null, and brought up to date by
`migrate` and by the first write. A lake of a newer version is refused, for reading and for writing.
"""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import stamina
from deltalake import DeltaTable, Schema, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError
from django.conf import settings

from kindling.facts.schema import (
    AD_DAYS,
    ORDERS,
    TABLES,
    LakeDamagedError,
    LakeMismatchError,
    Table,
)

Facts = Mapping[str, Any]
VERSION_PROPERTY = "kindling.schemaVersion"
FULL = os.strerror(errno.ENOSPC)


def location(table: Table) -> str:
    """Where the table lives, under KINDLING_LAKE_URL."""
    return f"{str(settings.KINDLING_LAKE_URL).rstrip('/')}/{table.name}"


def opened(table: Table) -> DeltaTable | None:
    """The table as it is now, whose schema fits; None while nothing was ever written.

    raises : LakeMismatchError for a lake of a newer Kindling, or with columns of other types; LakeDamagedError
    when its log cannot be read
    """
    with _damage_told(table):
        if not DeltaTable.is_deltatable(location(table)):
            return None
        delta = DeltaTable(location(table))
    table.check(
        version=_version(table, delta),
        stored=_stored_columns(delta),
        partitions=delta.metadata().partition_columns,
    )
    return delta


@contextmanager
def _damage_told(table: Table) -> Iterator[None]:
    """Turn what the lake's library says about unreadable files into LakeDamagedError; lost races pass."""
    try:
        yield
    except CommitFailedError:
        raise
    except DeltaError as error:
        if FULL in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), location(table)) from error
        raise LakeDamagedError(table.name, str(error)[:300]) from error


def _version(table: Table, delta: DeltaTable) -> int:
    """The schema version that the lake carries for the table."""
    text = delta.metadata().configuration.get(VERSION_PROPERTY, "1")
    if not text.isdecimal():
        raise LakeMismatchError(
            f"The table {table.name} of the lake names {text!r} as its schema version, which is no number.",
            next_step="Restore a backup of the lake.",
        )
    return int(text)


def _stored_columns(delta: DeltaTable) -> dict[str, pa.DataType]:
    return {field.name: field.type for field in pa.schema(delta.schema().to_arrow())}


def files(table: Table) -> list[str]:
    """The files that make up the table now; [] while nothing was ever written. Raises LakeMismatchError."""
    delta = opened(table)
    return [] if delta is None else [str(uri) for uri in delta.file_uris()]


def stamp(table: Table) -> Hashable:
    """Names what the table holds now: another one after every write, and when one of its files is lost or garbled.

    In a folder it is told by the file system, without reading the log; elsewhere by the version in the log.
    raises : LakeMismatchError, LakeDamagedError
    """
    where = location(table)
    if "://" in where:
        delta = opened(table)
        return where, None if delta is None else delta.version()
    try:
        logged = os.stat(f"{where}/_delta_log").st_mtime_ns  # noqa: PTH116 (asked for at every page)
    except FileNotFoundError:
        return where, None
    return where, logged, tuple(_file_stamp(file) for file in _files_when(where, logged, table))


def _file_stamp(file: str) -> tuple[int, int] | None:
    try:
        told = os.stat(file)  # noqa: PTH116 (asked for at every page)
    except FileNotFoundError:
        return None
    return told.st_mtime_ns, told.st_size


@lru_cache(maxsize=64)
def _files_when(where: str, logged: int, table: Table) -> tuple[str, ...]:
    """The table's files while its log is of that time."""
    return tuple(file.removeprefix("file://") for file in files(table))


def is_current(table: Table) -> bool:
    """Whether the table has every column of this version, or does not exist yet. Raises LakeMismatchError."""
    delta = opened(table)
    return delta is None or _is_current(table, delta)


def _is_current(table: Table, delta: DeltaTable) -> bool:
    return _version(table, delta) == table.version and not table.missing(_stored_columns(delta))


def migrate() -> list[str]:
    """Bring every table up to date; returns the names of those that changed. Safe to repeat and to race.

    raises : LakeMismatchError for a lake of a newer Kindling, or with columns of other types
    """
    return [table.name for table in TABLES if evolve(table)]


def migrate_apart() -> list[str]:
    """`migrate` in a process of its own, for one that forks afterwards: Delta's threads do not survive a fork."""
    url = str(settings.KINDLING_LAKE_URL)
    if "://" not in url and not Path(url).exists():
        return []
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(migrate).result()


@stamina.retry(on=CommitFailedError, attempts=8, wait_initial=0.05, wait_max=2.0)
def evolve(table: Table) -> bool:
    """Add the columns that the lake's table lacks; returns whether anything was to do. No file is rewritten.

    The version is raised first, so that an earlier Kindling stops writing before the columns change. One
    process of several that try at once commits, the others look again and find it done.
    """
    delta = opened(table)
    if delta is None or _is_current(table, delta):
        return False
    if _version(table, delta) != table.version:
        delta.alter.set_table_properties(
            {VERSION_PROPERTY: str(table.version)}, raise_if_not_exists=False
        )
    missing = table.missing(_stored_columns(delta))
    if missing:
        added = pa.schema([(each.name, each.type) for each in missing])
        delta.alter.add_columns(Schema.from_arrow(added).fields)
    return True


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


def replace_orders(workspace_id: int, months: Mapping[str, Sequence[Facts]]) -> None:
    """Make the rows the workspace's whole truth for each of the months of orders, in one commit."""
    named = ", ".join(f"'{_quoted(month)}'" for month in sorted(months))
    _replace(
        ORDERS,
        f"workspace_id = {int(workspace_id)} AND month IN ({named})",
        [
            {**row, "workspace_id": workspace_id, "month": month}
            for month, rows in months.items()
            for row in rows
        ],
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
    """Make `rows` the whole truth where the predicate holds; a column that a row leaves out is null there."""
    data = pa.Table.from_pylist([dict(row) for row in rows], schema=table.arrow)
    evolve(table)
    delta = opened(table)
    if delta is None:
        if not rows:
            return
        delta = create(table)
    # Through the handle that was checked: a newer schema that came in meanwhile makes the commit fail.
    with _damage_told(table):
        if rows:
            write_deltalake(delta, data, mode="overwrite", predicate=predicate)
        else:
            delta.delete(predicate)


def create(table: Table) -> DeltaTable:
    """Make the table without rows; the one that is there when another process was first."""
    Path(location(table)).parent.mkdir(parents=True, exist_ok=True)
    return DeltaTable.create(
        location(table),
        Schema.from_arrow(table.arrow),
        mode="ignore",
        partition_by=list(table.partitions),
        configuration={VERSION_PROPERTY: str(table.version)},
        raise_if_key_not_exists=False,
    )


def tidy(table: Table) -> None:
    """Merge small files, drop those no reader can still hold (older than a week), and cut the log (30 days)."""
    delta = opened(table)
    if delta is None:
        return
    with _damage_told(table):
        delta.optimize.compact()
        delta.vacuum(retention_hours=168, dry_run=False)
        delta.create_checkpoint()  # so that no entry of the log that goes is needed
        delta.cleanup_metadata()
