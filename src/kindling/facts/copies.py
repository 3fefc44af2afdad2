"""A copy of every booked month of orders, beside the lake: TikTok cannot be asked for them again.

They lie in the data folder as `orders/<workspace id>/<month>.parquet`, with the columns of the lake's table.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from kindling.facts.lake import Facts
from kindling.facts.schema import ORDERS


def path_of(workspace_id: int, month: str) -> Path:
    """Where the copy of the month lies."""
    return Path(settings.DATA_DIR, "orders", str(int(workspace_id)), f"{month}.parquet")


def save(workspace_id: int, month: str, rows: Sequence[Facts]) -> None:
    """Make `rows` the copy of the month; a reader sees the one before or all of this one."""
    path = path_of(workspace_id, month)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = pa.Table.from_pylist([dict(row) for row in rows], schema=ORDERS.arrow)
    draft = path.with_suffix(".part")
    try:
        with draft.open("wb") as file:
            pq.write_table(data, file, write_page_checksum=True)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(workspace_id: int, month: str) -> list[dict[str, Any]] | None:
    """The month's rows; None when there is no copy, or it cannot be read."""
    try:
        found = pq.read_table(
            path_of(workspace_id, month), page_checksum_verification=True, partitioning=None
        )
        rows: list[dict[str, Any]] = _grown(found).cast(ORDERS.arrow).to_pylist()
    except (OSError, pa.ArrowException, ValueError):
        return None
    return rows


def _grown(found: pa.Table) -> pa.Table:
    """The rows with the columns that the table got since the copy was made, null as in the lake."""
    for place, column in enumerate(ORDERS.columns):
        if column.since > 1 and column.name not in found.column_names:
            found = found.add_column(place, column.name, pa.nulls(found.num_rows, column.type))
    return found
