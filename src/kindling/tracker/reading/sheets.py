"""The sheets of a tracker as people keep it, out of a CSV or an Excel file: cells by line. Untrusted input.

Everything is bounded before it is read: bytes, unpacked bytes, sheets, lines, columns, the length of a cell.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

import openpyxl

from kindling.errors import FileProblemError
from kindling.kit.tables import decode_any
from kindling.kit.text import without_hidden
from kindling.tracker.reading.links import links_of

MOST_BYTES = 5 * 1024 * 1024
# A zip names the unpacked size of its parts, and is never unpacked beyond what it names.
MOST_UNPACKED_BYTES = 60 * 1024 * 1024
MOST_PARTS = 2_000
MOST_SHEETS = 40
MOST_LINES = 5_000  # of all sheets of a file
LAST_LINE = 100_000  # what stands below is not looked for
MOST_COLUMNS = 60
MOST_CHARACTERS = 2_000  # of one cell; the rest is cut off


@dataclass(frozen=True, slots=True)
class UnitNumber:
    """A number that its cell's format gives a unit: 12 of "%" is 12 percent, 300 of "€" are 300 euros."""

    number: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.number.normalize():f} {self.unit}"


Cell = str | int | float | bool | date | datetime | UnitNumber | None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line of a sheet, counted as a person sees it in the spreadsheet: the first is 1.

    links : column → address that the cell leads to when it is clicked
    """

    number: int
    cells: tuple[Cell, ...]
    links: Mapping[int, str] = field(default_factory=dict)

    def cell(self, column: int | None) -> Cell:
        return self.cells[column] if column is not None and column < len(self.cells) else None

    def text(self, column: int | None) -> str:
        return as_text(self.cell(column))

    def link(self, column: int | None) -> str:
        return self.links.get(column, "") if column is not None else ""

    @property
    def is_blank(self) -> bool:
        return not any(as_text(cell) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One sheet of the file. `name` is "" for a file that is one table; `skipped`: why its lines are not read."""

    name: str
    lines: tuple[SheetLine, ...]
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class TrackerFile:
    """All sheets of a file. `encoding`: how its text was read, "" for Excel, which says so itself."""

    tables: tuple[SheetTable, ...]
    encoding: str = ""


def as_text(cell: Cell) -> str:
    """A cell as it reads: whole numbers without a point, days as ISO, no hidden signs, no blanks around."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # Fifteen digits are what a spreadsheet keeps; what comes after them is noise.
        is_whole = cell.is_integer() and abs(cell) < 1e15
        return str(int(cell)) if is_whole else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
    if isinstance(cell, str):
        return without_hidden(cell).strip()[:MOST_CHARACTERS]
    return str(cell)[:MOST_CHARACTERS]


def read_file(data: bytes) -> TrackerFile:
    """Every sheet of a CSV or an Excel file, in its order, without blank lines at the end.

    raises : FileProblemError when it is neither, is damaged, empty, or larger than the limits above
    """
    if len(data) > MOST_BYTES:
        raise FileProblemError(
            f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.",
            next_step="Delete rows you do not need, or split the file.",
        )
    if data[:4] == b"PK\x03\x04":
        found = TrackerFile(tuple(_excel(data)))
    else:
        text, encoding = decode_any(data)
        found = TrackerFile((SheetTable("", _lines(_csv(text), room=MOST_LINES)),), encoding)
    if not any(table.lines for table in found.tables):
        raise FileProblemError(
            "The sheet is empty.", next_step="Choose the file with the rows in it."
        )
    return found


def _lines(
    rows: Iterable[list[Cell]],
    *,
    room: int,
    links: Mapping[tuple[int, int], str] | None = None,
) -> tuple[SheetLine, ...]:
    by_line: dict[int, dict[int, str]] = {}
    for (line, column), target in (links or {}).items():
        by_line.setdefault(line, {})[column] = target
    lines = []
    for number, cells in enumerate(rows, start=1):
        while cells and not as_text(cells[-1]):  # rows come padded to the widest there may be
            cells.pop()
        if number > room and not cells:
            continue  # formatted lines without a word in them
        if number > room:
            raise FileProblemError(
                f"The file has more than {MOST_LINES:,} lines.",
                next_step="Split it and import the parts.",
            )
        lines.append(SheetLine(number, tuple(cells), by_line.get(number, {})))
    while lines and lines[-1].is_blank:
        lines.pop()
    return tuple(lines)


# --- Text ---------------------------------------------------------------------------------------------------------


def _csv(text: str) -> Iterator[list[Cell]]:
    if "\0" in text:
        raise FileProblemError(
            "The file is neither a CSV nor an Excel file (.xlsx).",
            next_step="Save it as CSV (UTF-8) or .xlsx and import it again.",
        )
    told = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=told[1] if told else _delimiter(text)
    )
    try:
        for number, row in enumerate(reader):
            yield [] if told and number == 0 else [*islice(row, MOST_COLUMNS)]
    except csv.Error as error:
        raise FileProblemError(
            f"The file is broken near line {reader.line_num}: {error}.",
            next_step="Save it as CSV again.",
        ) from None


def _delimiter(text: str) -> str:
    """The sign that cuts most lines into the same number of cells: commas inside amounts and notes do not."""
    head = text[:20_000]

    def evenness(sign: str) -> tuple[int, int, int]:
        try:
            widths = Counter(
                len(row)
                for row in islice(csv.reader(io.StringIO(head, newline=""), delimiter=sign), 40)
                if row
            )
        except csv.Error:
            return 0, 0, 0
        width, lines = max(
            ((width, lines) for width, lines in widths.items() if width > 1),
            key=lambda each: (each[1], each[0]),
            default=(0, 0),
        )
        return lines, width, head.count(sign)

    return max(",;\t", key=evenness)


# --- Excel --------------------------------------------------------------------------------------------------------


def _excel(data: bytes) -> Iterator[SheetTable]:
    _check_zip(data)
    try:
        book: Any = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            room = MOST_LINES
            for number, sheet in enumerate(book.worksheets):
                name = as_text(sheet.title)
                if number >= MOST_SHEETS:
                    yield SheetTable(name, (), f"A file may have {MOST_SHEETS} sheets.")
                    continue
                if sheet.sheet_state != "visible":
                    yield SheetTable(
                        name, (), "The sheet is hidden; show it in Excel to import it."
                    )
                    continue
                # What a file says of its size may be wrong, and a huge one would be padded with blanks.
                sheet.reset_dimensions()
                cells = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=LAST_LINE)
                rows = ([_value(cell) for cell in row] for row in cells)
                lines = _lines(rows, room=room, links=_links(archive, sheet))
                room -= len(lines)
                yield SheetTable(name, lines, "" if lines else "The sheet is empty.")
        book.close()
    except FileProblemError:
        raise
    except Exception as error:
        # openpyxl lets whatever its parsers meet in a damaged file through: KeyError, ParseError, ValueError …
        raise FileProblemError(
            "The Excel file cannot be read.",
            next_step="Save it again as .xlsx, or as CSV (UTF-8).",
        ) from error


def _links(archive: zipfile.ZipFile, sheet: Any) -> dict[tuple[int, int], str]:
    return links_of(archive, sheet._worksheet_path, most_line=MOST_LINES, most_column=MOST_COLUMNS)


# A number's format says what no digit does: that 0.12 is 12 %, and 300 are euros.
_BRACKETED = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_UNIT = re.compile(
    r"US\$|CA?\$|AU?\$|NZ\$|R\$|MX\$|HK\$|S\$|\$|€|£|¥|₩|₫|₱|฿|₹|₺|zł|Fr\.|\b[A-Z]{3}\b"
)


def _value(cell: Any) -> Cell:
    value: Cell = cell.value
    if isinstance(value, str):
        return value.replace("_x000D_", "")  # Excel's way to write a line end
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    unit = _unit(str(cell.number_format or ""))
    if not unit or (isinstance(value, float) and not abs(value) < 1e15):
        return value
    number = Decimal(f"{value:.15g}")
    return UnitNumber(number * 100 if unit == "%" else number, unit)


def _unit(format_: str) -> str:
    """The unit that a number's format shows, "" for none: `#,##0.00 "€"` is "€", `0%` is "%"."""
    first = format_.split(";")[0]
    if "%" in re.sub(r'"[^"]*"|\\.', "", first):
        return "%"
    shown = re.sub(r"\[(?!\$)[^\]]*\]", "", _BRACKETED.sub(r" \1 ", first))
    found = _UNIT.search(re.sub(r'["\\_*]', " ", shown))
    return found[0] if found else ""


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
