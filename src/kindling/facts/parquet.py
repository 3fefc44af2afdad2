"""A Parquet file out of rows of plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "count": pa.int64(),
    "money": pa.decimal128(24, 4),
    "share": pa.float64(),
    "number": pa.float64(),
    "day": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
    "yes": pa.bool_(),
}


def write_parquet(
    file: Path, *, names: Sequence[str], kinds: Sequence[str], batches: Iterable[Sequence[Any]]
) -> None:
    """Write batches of rows; an empty list is a file with columns and no rows.

    kinds : of each column: text, count, money, share, number, day, instant or yes
    """
    schema = pa.schema(
        [pa.field(name, TYPES[kind]) for name, kind in zip(names, kinds, strict=True)]
    )
    with pq.ParquetWriter(file, schema) as writer:
        for batch in batches:
            if not batch:
                continue
            columns = [
                pa.array([row[place] for row in batch], type=each.type)
                for place, each in enumerate(schema)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
