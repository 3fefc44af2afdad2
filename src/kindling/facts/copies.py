"""A copy of every booked month of orders, beside the lake: TikTok cannot be asked for them again.

They lie in the data folder as `orders/<workspace id>/<month>.parquet`, with the columns of the lake's table. Beside
them stands, while one is under way, the booking that several months are changed by (`booking.parquet`).
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from kindling.facts.lake import Facts
from kindling.facts.schema import ORDERS

log = logging.getLogger(__name__)


def path_of(workspace_id: int, month: str) -> Path:
    """Where the copy of the month lies."""
    return Path(settings.DATA_DIR, "orders", str(int(workspace_id)), f"{month}.parquet")


def save(workspace_id: int, month: str, rows: Sequence[Facts]) -> None:
    """Make `rows` the copy of the month; a reader sees the one before or all of this one."""
    _write(path_of(workspace_id, month), _table(workspace_id, {month: rows}))


def load(workspace_id: int, month: str) -> list[dict[str, Any]] | None:
    """The month's rows; None when there is no copy, or it cannot be read."""
    found = _read(path_of(workspace_id, month))
    return None if found is None else found.to_pylist()


# --- A booking under way ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Booking:
    """What is about to be booked: every row of some months, and which of them have lost some for good (`torn`)."""

    workspace_id: int
    months: Mapping[str, Sequence[Facts]]
    torn: tuple[str, ...]
    at: datetime

    @property
    def whole(self) -> list[str]:
        return sorted(set(self.months) - set(self.torn))


NOTE = b"kindling.booking"


def _path_of_note(workspace_id: int) -> Path:
    return path_of(workspace_id, "booking")


def begin(booking: Booking) -> None:
    """Write down what is about to be booked; it counts from the moment at which the file stands."""
    told = {"months": sorted(booking.months), "torn": booking.torn, "at": booking.at.isoformat()}
    data = _table(booking.workspace_id, booking.months)
    noted = {**(data.schema.metadata or {}), NOTE: json.dumps(told).encode()}
    _write(_path_of_note(booking.workspace_id), data.replace_schema_metadata(noted))


def begun(workspace_id: int) -> Booking | None:
    """The booking that was begun and not ended; None when there is none. One that cannot be read is set aside."""
    path = _path_of_note(workspace_id)
    if not path.exists():
        return None
    found = _read(path)
    if found is None or NOTE not in (found.schema.metadata or {}):
        log.error("A booking of orders that was cut short cannot be read: %s", path.name)
        path.replace(path.with_suffix(".unreadable"))
        return None
    told = json.loads(found.schema.metadata[NOTE])
    months: dict[str, list[Facts]] = {month: [] for month in told["months"]}
    for row in found.to_pylist():
        months[row["month"]].append(row)
    at = datetime.fromisoformat(told["at"])
    return Booking(workspace_id, months, torn=tuple(told["torn"]), at=at)


def end(workspace_id: int) -> None:
    """Strike out the booking that was begun: it is done."""
    path = _path_of_note(workspace_id)
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


# --- Files ------------------------------------------------------------------------------------------------------


def _table(workspace_id: int, months: Mapping[str, Sequence[Facts]]) -> pa.Table:
    rows = [
        {**row, "workspace_id": workspace_id, "month": month}
        for month, lines in months.items()
        for row in lines
    ]
    return pa.Table.from_pylist(rows, schema=ORDERS.arrow)


def _write(path: Path, data: pa.Table) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    try:
        with draft.open("wb") as file:
            pq.write_table(data, file, write_page_checksum=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _read(path: Path) -> pa.Table | None:
    """The file's rows in the columns of the table; those that it got since the file was written are null."""
    try:
        found = pq.read_table(path, page_checksum_verification=True, partitioning=None)
        for place, column in enumerate(ORDERS.columns):
            if column.since > 1 and column.name not in found.column_names:
                nulls = pa.nulls(found.num_rows, column.type)
                found = found.add_column(place, column.name, nulls)
        return found.cast(ORDERS.arrow.with_metadata(found.schema.metadata))
    except (OSError, pa.ArrowException, ValueError):
        return None
