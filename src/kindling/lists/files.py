"""Rows of a list as a file: CSV, an Excel sheet, or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from kindling.errors import InvalidInputError
from kindling.facts.parquet import write_parquet
from kindling.kit.money import Money, from_minor
from kindling.kit.tables import defused
from kindling.lists.rules import XLSX_ROWS, FileFormat, Kind
from kindling.lists.spec import Column

CONTENT_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
}
Progress = Callable[[int], None]
Batches = Iterable[Sequence[Any]]


def header(columns: Sequence[Column]) -> list[str]:
    """The names of the file's columns; money has a second one for its currency."""
    names: list[str] = []
    for column in columns:
        names.append(column.name)
        if column.kind is Kind.MONEY:
            names.append(f"{column.name}_currency")
    return names


def cells(columns: Sequence[Column], row: Any) -> list[Any]:
    """The values of a row, as many as `header` names: text, numbers, days, instants in UTC, None."""
    found: list[Any] = []
    for column in columns:
        value = column.value(row)
        if column.kind is Kind.MONEY:
            money = value if isinstance(value, Money) else None
            found.append(from_minor(money.minor, money.currency) if money else None)
            found.append(money.currency if money else None)
        elif isinstance(value, datetime):
            found.append(value.astimezone(UTC))
        elif column.kind is Kind.TEXT:
            found.append(None if value is None else str(value))
        else:
            found.append(value)
    return found


def plain(value: object) -> object:
    """A value of `cells` as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def write(
    file: Path, fmt: FileFormat, columns: Sequence[Column], batches: Batches, told: Progress
) -> None:
    """Write the rows to a file. told : called with the number of rows written so far"""
    {FileFormat.CSV: _csv, FileFormat.XLSX: _xlsx, FileFormat.PARQUET: _parquet}[fmt](
        file, columns, batches, told
    )


def check_length(fmt: FileFormat, count: int) -> None:
    """Raises InvalidInputError for more rows than a file of this format holds."""
    if fmt is FileFormat.XLSX and count > XLSX_ROWS:
        raise InvalidInputError(
            f"An Excel sheet holds {XLSX_ROWS:,} rows; the list has {count:,}.",
            next_step="Choose CSV or Parquet, or filter the list.",
        )


def _csv(file: Path, columns: Sequence[Column], batches: Batches, told: Progress) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        _write_lines(out, columns, batches, told)


def _write_lines(
    out: io.TextIOBase | Any, columns: Sequence[Column], batches: Batches, told: Progress
) -> None:
    writer, done = csv.writer(out), 0
    writer.writerow(header(columns))
    for batch in batches:
        for row in batch:
            writer.writerow([_line(value) for value in cells(columns, row)])
        done += len(batch)
        told(done)


def _line(value: object) -> object:
    if isinstance(value, str):
        return defused(value)
    return "" if value is None else plain(value)


def _xlsx(file: Path, columns: Sequence[Column], batches: Batches, told: Progress) -> None:
    book = Workbook(write_only=True)
    sheet, done = book.create_sheet("Kindling"), 0
    sheet.append(header(columns))
    for batch in batches:
        for row in batch:
            sheet.append([_cell(sheet, value) for value in cells(columns, row)])
        done += len(batch)
        told(done)
    book.save(file)


def _cell(sheet: Any, value: object) -> object:
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"  # never a formula, whatever it begins with
        return cell
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _parquet(file: Path, columns: Sequence[Column], batches: Batches, told: Progress) -> None:
    kinds: list[str] = []
    for column in columns:
        kinds.append(str(column.kind))
        if column.kind is Kind.MONEY:
            kinds.append(str(Kind.TEXT))
    done = 0

    def each() -> Iterable[list[list[Any]]]:
        nonlocal done
        for batch in batches:
            yield [cells(columns, row) for row in batch]
            done += len(batch)
            told(done)

    write_parquet(file, names=header(columns), kinds=kinds, batches=each())
