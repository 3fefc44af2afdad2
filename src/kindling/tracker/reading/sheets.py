"""A table as people keep it, out of a CSV or an Excel file: cells by line. Untrusted input.

Everything is bounded before it is read: bytes, unpacked bytes, lines, columns, the length of a cell.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

import openpyxl

from kindling.errors import FileProblemError
from kindling.kit.tables import decode

MOST_BYTES = 5 * 1024 * 1024
# A zip names the unpacked size of its parts, and is never unpacked beyond what it names.
MOST_UNPACKED_BYTES = 60 * 1024 * 1024
MOST_PARTS = 2_000
MOST_LINES = 5_000
MOST_COLUMNS = 60
MOST_CHARACTERS = 2_000  # of one cell; the rest is cut off

Cell = str | int | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of the file, counted as a person sees it in the spreadsheet: the first is 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int | None) -> Cell:
        return self.cells[column] if column is not None and column < len(self.cells) else None

    def text(self, column: int | None) -> str:
        return as_text(self.cell(column))

    @property
    def is_blank(self) -> bool:
        return not any(as_text(cell) for cell in self.cells)


def as_text(cell: Cell) -> str:
    """A cell as it reads: whole numbers without a point, days as ISO, no blanks around."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
    if isinstance(cell, str):  # non-breaking blanks come with cells copied from pages
        return cell.replace("\u00a0", " ").strip()[:MOST_CHARACTERS]
    return str(cell)[:MOST_CHARACTERS]


def read_lines(data: bytes) -> list[SheetLine]:
    """Lines of a CSV or of an Excel file's first visible sheet, without blank ones at the end.

    raises : FileProblemError when it is neither, is damaged, or is larger than the limits above
    """
    if len(data) > MOST_BYTES:
        raise FileProblemError(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.",
            next_step="Delete rows you do not need, or split the file.",
        )
    rows = _excel(data) if data[:4] == b"PK\x03\x04" else _csv(data)
    lines = []
    for number, cells in enumerate(rows, start=1):
        if number > MOST_LINES:
            raise FileProblemError(
                f"The sheet has more than {MOST_LINES:,} lines.",
                next_step="Split it and import the parts.",
            )
        while cells and not as_text(cells[-1]):  # rows come padded to the widest there may be
            cells.pop()
        lines.append(SheetLine(number, tuple(cells)))
    while lines and lines[-1].is_blank:
        lines.pop()
    if not lines:
        raise FileProblemError(
            "The sheet is empty.", next_step="Choose the file with the rows in it."
        )
    return lines


def _csv(data: bytes) -> Iterator[list[Cell]]:
    text = decode(data)
    if "\0" in text:
        raise FileProblemError(
            "The file is neither a CSV nor an Excel file (.xlsx).",
            next_step="Save it as CSV (UTF-8) or .xlsx and import it again.",
        )
    head = text[:10_000]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    try:
        for row in reader:
            yield [*islice(row, MOST_COLUMNS)]
    except csv.Error as error:
        raise FileProblemError(
            f"The file is broken near line {reader.line_num}: {error}.",
            next_step="Save it as CSV again.",
        ) from None


def _excel(data: bytes) -> Iterator[list[Cell]]:
    _check_zip(data)
    try:
        book: Any = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        visible = [each for each in book.worksheets if each.sheet_state == "visible"]
        for sheet in visible[:1]:
            # What a file says of its size may be wrong, and a huge one would be padded with blanks.
            sheet.reset_dimensions()
            rows: Iterable[tuple[Cell, ...]] = sheet.iter_rows(
                values_only=True, max_col=MOST_COLUMNS, max_row=MOST_LINES + 1
            )
            for row in rows:
                yield list(row)
        book.close()
    except FileProblemError:
        raise
    except Exception as error:
        # openpyxl lets whatever its parsers meet in a damaged file through: KeyError, ParseError, ValueError …
        raise FileProblemError(
            "The Excel file cannot be read.",
            next_step="Save it again as .xlsx, or as CSV (UTF-8).",
        ) from error


def _check_zip(data: bytes) -> None:
    """Refuse what would unpack to more than the limits, before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile:
        raise FileProblemError(
            "The Excel file is damaged.", next_step="Save it again as .xlsx."
        ) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
        raise FileProblemError(
            "The Excel file is too large when unpacked.",
            next_step="Copy the rows into a new file and import it.",
        )
