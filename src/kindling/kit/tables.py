"""Tables from the outside: CSV in, with every row's line kept so that a problem can be named."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kindling.errors import FileProblemError

MAX_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `line` is its line in the file as a person counts, the header being line 1."""

    line: int
    values: dict[str, str]

    def text(self, column: str) -> str:
        """The cell without blanks around it; "" when the column is not there."""
        return self.values.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row was not taken, and what to do about it."""

    line: int
    message: str
    next_step: str

    def to_json(self) -> dict[str, object]:
        return {"line": self.line, "message": self.message, "next_step": self.next_step}


@dataclass(slots=True)
class Imported:
    """How many rows of a file were taken, and what is wrong with the others."""

    taken: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The text of a file as people save them: UTF-8, with or without mark, or UTF-16 of a spreadsheet."""
    if len(data) > MAX_BYTES:
        raise FileProblemError(
            f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.",
            next_step="Split it and import the parts.",
        )
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise FileProblemError(
            "The file is not text in UTF-8.",
            next_step="Save it as CSV (UTF-8) and import it again.",
        ) from None


def decode_any(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: by its mark, else UTF-16 by its zeros, else UTF-8, else Windows-1252.

    Latin-1 is read as Windows-1252: they differ only where Latin-1 has control characters, which no sheet has.
    raises : FileProblemError when it is none of them
    """
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:3] == b"\xef\xbb\xbf":
        return decode(data), "UTF-8" if data[:1] == b"\xef" else "UTF-16"
    wide = _utf_16_without_mark(data)
    for encoding, name in ((wide, "UTF-16"), ("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            if encoding:
                return data.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise FileProblemError(
        "The file is text, but neither in UTF-8, UTF-16, Windows-1252 nor Latin-1.",
        next_step="Save it as CSV (UTF-8) and import it again.",
    )


def _utf_16_without_mark(data: bytes) -> str:
    """The byte order of text whose every other byte is nearly always zero, "" when it is no such text."""
    head = data[:2_000]
    if len(data) % 2 or len(head) < 8 or b"\0" not in head:
        return ""
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.6 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.05 else ""


def read_csv(data: bytes, *, required: Iterable[str]) -> Iterator[Row]:
    """Rows of a CSV with a header. Comma, semicolon or tab; column names in any case.

    raises : FileProblemError, before any row, when the file has no header or lacks a required column
    """
    text = decode(data)
    if "\0" in text:
        raise FileProblemError(
            "The file is not a CSV.", next_step="Save it as CSV (UTF-8) and import it again."
        )
    reader = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text))
    try:
        header = [name.strip().lower().replace(" ", "_") for name in next(reader)]
    except StopIteration:
        raise FileProblemError(
            "The file is empty.", next_step="Choose the file with the rows in it."
        ) from None
    except csv.Error as error:
        raise FileProblemError(
            f"The first line of the file cannot be read: {error}.",
            next_step="Save it as CSV again.",
        ) from None
    missing = [name for name in required if name not in header]
    if missing:
        raise FileProblemError(
            f"The file lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"it has {', '.join(name for name in header if name) or 'none'}.",
            next_step="Add the column or choose another file.",
        )
    return _rows(reader, header)


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    previous = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileProblemError(
                f"The file is broken after line {previous}: {error}.",
                next_step="Save it as CSV again.",
            ) from None
        line, previous = previous + 1, getattr(reader, "line_num", previous + 1)
        if any(cell.strip() for cell in cells):
            yield Row(line, dict(zip(header, cells, strict=False)))


def _dialect(text: str) -> type[csv.Dialect]:
    head = text[:10_000].split("\n", 1)[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Found


def defused(text: str) -> str:
    """A cell that no spreadsheet runs as a formula: a caption like =HYPERLINK(…) stays text."""
    is_number = text.lstrip("-").replace(".", "", 1).isdigit()
    return "'" + text if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not is_number else text
