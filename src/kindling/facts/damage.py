"""Which files of the lake are missing or garbled, and how a damaged table is set aside and made anew.

Nothing is ever deleted here: a damaged table is moved beside the lake, and what can still be read of it is
written into a new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from django.conf import settings

from kindling.errors import ConflictError
from kindling.facts import lake
from kindling.facts.schema import LakeDamagedError, Table


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that cannot be read. `file` "": the table's log. `days`: the figures it held, in words."""

    table: str
    file: str
    is_missing: bool
    days: str

    @property
    def message(self) -> str:
        if not self.file:
            return f"The log of the table {self.table} is garbled: none of its figures can be read."
        word = "missing" if self.is_missing else "garbled"
        return f"A file of the table {self.table} is {word} ({self.days}): {self.file}."


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    partition: Mapping[str, Any]
    rows: int
    first: object
    last: object


def find(table: Table) -> list[Damage]:
    """Read every file of the table. Raises LakeMismatchError for a table that is not ours to judge."""
    try:
        delta = lake.opened(table)
    except LakeDamagedError:
        return [Damage(table.name, "", False, "all")]
    if delta is None:
        return []
    return [
        Damage(
            table.name, each.path, not Path(lake.location(table), each.path).exists(), _days(each)
        )
        for each in _files(table, delta)
        if _stored(Path(lake.location(table)), each) is None
    ]


def _files(table: Table, delta: DeltaTable) -> list[_File]:
    column = "day" if "day" in table.names else "ordered_at"
    # As a stream: `pa.table` imports pandas first, to see whether it was given one of its frames.
    actions = pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()
    told = ["path", "num_records", *(f"partition.{name}" for name in table.partitions)]
    rows = actions.select(told).to_pylist()
    firsts, lasts = (
        _values(actions[name]) if name in actions.column_names else [None] * len(rows)
        for name in (f"min.{column}", f"max.{column}")
    )
    return [
        _File(
            path=unquote(row["path"]),
            partition={name: row[f"partition.{name}"] for name in table.partitions},
            rows=row["num_records"],
            first=first,
            last=last,
        )
        for row, first, last in zip(rows, firsts, lasts, strict=True)
    ]


def _values(column: pa.ChunkedArray) -> list[object]:
    """A column's days or instants; pyarrow makes Python's own of instants by pandas, which takes long to import."""
    if not pa.types.is_timestamp(column.type):
        return list(column.to_pylist())
    numbers = [each for chunk in column.chunks for each in chunk.view(pa.int64()).to_pylist()]
    return [None if each is None else EPOCH + timedelta(microseconds=each) for each in numbers]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _days(file: _File) -> str:
    def words(value: object) -> str:
        return f"{value:%d %b %Y}" if isinstance(value, date) else str(value)

    where = ", ".join(f"{name} {value}" for name, value in file.partition.items())
    if file.first is None:
        return where
    return f"{where}, {words(file.first)} to {words(file.last)}"


def _stored(folder: Path, file: _File) -> pa.Table | None:
    """What the file holds, without the columns that its path says; None when it is missing or garbled."""
    try:
        with pq.ParquetFile(folder / file.path) as opened:  # not `read_table`, which imports pandas
            found = opened.read()
    except (OSError, pa.ArrowException, ValueError):
        return None
    return found if file.rows in {None, found.num_rows} else None


def _read(table: Table, folder: Path, file: _File) -> pa.Table | None:
    """The file's rows in the table's columns; None when it is missing or garbled."""
    found = _stored(folder, file)
    if found is None:
        return None
    columns = []
    for each in table.columns:
        if each.name in found.column_names:
            columns.append(found[each.name].cast(each.type))
        elif each.name in file.partition:
            named = pa.repeat(pa.scalar(file.partition[each.name]), found.num_rows)
            columns.append(named.cast(each.type))
        else:
            columns.append(pa.nulls(found.num_rows, each.type))
    return pa.Table.from_arrays(columns, schema=table.arrow)


def set_aside(
    table: Table, *, at: datetime, progress: Callable[[int], object] = lambda files: None
) -> Path | None:
    """Move a damaged table beside the lake and write what can be read of it anew; None when nothing is damaged.

    Nobody may write the table meanwhile. Of a garbled log nothing is taken over: which files counted is not
    known then. progress : called with the number of files taken over. raises : ConflictError where the lake
    is no folder of this machine
    """
    if not find(table):
        return None
    if "://" in str(settings.KINDLING_LAKE_URL):
        raise ConflictError(
            f"The table {table.name} of the lake is damaged, and is not on this machine.",
            next_step=f"Move {lake.location(table)} away, then run `kindling repair` again.",
        )
    try:
        delta = lake.opened(table)
        files = [] if delta is None else _files(table, delta)
    except LakeDamagedError:
        files = []
    home = Path(lake.location(table))
    aside = _free_folder(home.parent.with_name(f"{home.parent.name}-set-aside"), table, at)
    aside.mkdir(parents=True, mode=0o700, exist_ok=True)
    home.rename(aside / table.name)
    by_partition: dict[tuple[Any, ...], list[_File]] = defaultdict(list)
    for each in files:
        by_partition[tuple(each.partition.values())].append(each)
    done = 0
    for part in by_partition.values():
        rows = [_read(table, aside / table.name, each) for each in part]
        good = [each for each in rows if each is not None]
        if good:
            _append(table, pa.concat_tables(good))
        done += len(part)
        progress(done)
    return aside / table.name


def _free_folder(parent: Path, table: Table, at: datetime) -> Path:
    """A folder named with the time that holds no such table yet."""
    name = f"{at:%Y-%m-%dT%H%M%SZ}"
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(parent / each for each in names if not (parent / each / table.name).exists())


def _append(table: Table, rows: Any) -> None:
    delta = lake.opened(table) or lake.create(table)
    write_deltalake(delta, rows, mode="append")
