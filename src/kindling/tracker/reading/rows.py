"""Lines of a tracker as entries: what each says of a creator, a post, a right and a code. Pure.

Nothing is guessed silently: what was assumed to read a cell stands in `said`, what could not be read in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from dateutil.relativedelta import relativedelta

from kindling.creators import rules as creators_rules
from kindling.tracker.reading import cells
from kindling.tracker.reading.cells import BY_THE_SHEET, DAY_FIRST, MONTH_FIRST, UnclearDayError
from kindling.tracker.reading.columns import Field, Header, find_header, guess, plain
from kindling.tracker.reading.sheets import Cell, SheetLine, as_text

T = TypeVar("T")
DATES = (
    Field.POSTED_ON, Field.CODE_ENDS, Field.RIGHTS_FROM, Field.RIGHTS_UNTIL, Field.HOLD_UNTIL,
)  # fmt: skip
_TOTALS = re.compile(
    r"(grand |sub)?(total(s|es)?|sum|summe|gesamt(summe)?|suma|zwischensumme|average|durchschnitt|promedio)\b.*"
)
MOST_CODE_DAYS = 365
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]{2,}")


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How a sheet is read: what a person may change before they look.

    columns : field → column, from 0 · header_line : where the header stands, 0 for none
    order : which comes first in 3/2/26, cells.DAY_FIRST or MONTH_FIRST; BY_THE_SHEET lets the sheet's own dates tell
    dated_is_paid : a right with an end but no word on paid use allows it
    unlinked_is_all : a right in a line that names no post covers every post of the creator
    fills_down : a line without a handle belongs to the line above, as merged cells do
    """

    columns: Mapping[Field, int]
    header_line: int
    order: str = BY_THE_SHEET
    dated_is_paid: bool = False
    unlinked_is_all: bool = False
    fills_down: bool = True


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """What one line says. `code` is a secret. None and "" mean that the line does not say."""

    line: int
    handle: str = ""
    name: str = ""
    email: str = ""
    country: str = ""
    language: str = ""
    followers: int | None = None
    tags: tuple[str, ...] = ()
    note: str = ""
    item_id: str = ""
    posted_on: date | None = None
    sku: str = ""
    code: str = field(default="", repr=False)
    code_days: int | None = None
    code_ends_on: date | None = None
    paid_allowed: bool | None = None
    rights_from: date | None = None
    rights_until: date | None = None
    hold_until: date | None = None
    territory: tuple[str, ...] = ()
    fee_minor: int | None = None
    currency: str = ""
    commission_bp: int | None = None
    skipped: str = ""
    refused: str = ""
    said: tuple[str, ...] = ()
    problems: Mapping[Field, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether there is a creator to take."""
        return bool(self.handle) and not self.skipped and not self.refused

    @property
    def names_right(self) -> bool:
        return self.rights_until is not None or self.paid_allowed is not None


@dataclass(frozen=True, slots=True)
class Entries:
    """All lines below the header. `order`: how day and month were read; `asks_order`: nobody could tell."""

    rows: tuple[TrackerRow, ...]
    order: str
    asks_order: bool


def reading_of(
    lines: Sequence[SheetLine], *, header_line: int = 0
) -> tuple[ReadingOptions, Header | None]:
    """How to read a sheet by its own header; `header_line` says where that stands if it is not found (0: look)."""
    if header_line:
        said = next((line for line in lines if line.number == header_line), None)
        names = tuple(as_text(cell) for cell in said.cells) if said else ()
        columns = guess(names)
        return ReadingOptions(columns, header_line), Header(header_line, names, columns)
    header = find_header([[as_text(cell) for cell in line.cells] for line in lines])
    if header is None:
        return ReadingOptions({}, 0), None
    return ReadingOptions(header.columns, header.line), header


def read_entries(
    lines: Sequence[SheetLine], reading: ReadingOptions, *, today: date, currency: str
) -> Entries:
    """Every line below the header as an entry, blank ones too, so that each can be explained."""
    below = [line for line in lines if line.number > reading.header_line]
    order = reading.order or _order_of(below, reading.columns)
    reader = _Reader(replace(reading, order=order), today=today, currency=currency)
    header = next((line for line in lines if line.number == reading.header_line), None)
    rows, above = [], TrackerRow(0)
    for line in below:
        entry = reader.entry(line, above=above, header=header)
        if entry.handle:
            above = entry
        rows.append(entry)
    return Entries(tuple(rows), order, reader.asks_order)


def _order_of(lines: Iterable[SheetLine], columns: Mapping[Field, int]) -> str:
    """The order that the sheet's own dates prove, "" when they prove none or both."""
    wanted = [columns[each] for each in DATES if each in columns]
    shown = {cells.order_shown(line.text(column)) for line in lines for column in wanted} - {""}
    return shown.pop() if len(shown) == 1 else BY_THE_SHEET


class _Reader:
    """Reads one line after the other; keeps what was asked meanwhile."""

    def __init__(self, reading: ReadingOptions, *, today: date, currency: str) -> None:
        self.reading, self.today, self.currency = reading, today, currency
        self.asks_order = False
        self._said: list[str] = []
        self._problems: dict[Field, str] = {}
        self._line = SheetLine(0, ())

    def entry(self, line: SheetLine, *, above: TrackerRow, header: SheetLine | None) -> TrackerRow:
        self._line, self._said, self._problems = line, [], {}
        skipped = self._why_skipped(header)
        if skipped:
            return TrackerRow(line.number, skipped=skipped)
        try:
            handle, name = self._who(above)
        except ValueError as error:
            return TrackerRow(line.number, refused=_sentence(error))
        return self._facts(TrackerRow(line.number, handle=handle, name=name))

    def _cell(self, wanted: Field) -> Cell:
        return self._line.cell(self.reading.columns.get(wanted))

    def _text(self, wanted: Field) -> str:
        text = as_text(self._cell(wanted))
        return "" if text.lower() in {"-", "–", "—", "n/a", "tbd", "?"} else text

    def _read(self, wanted: Field, read: Callable[[Cell], T]) -> T | None:
        """The cell as `read` reads it; None when it is empty or, with a problem noted, when it cannot be read."""
        if not self._text(wanted):
            return None
        try:
            return read(self._cell(wanted))
        except UnclearDayError as unclear:
            self.asks_order = True
            self._problems[wanted] = _sentence(unclear)
        except ValueError as error:
            self._problems[wanted] = _sentence(error)
        return None

    # --- Which lines are entries at all -------------------------------------------------------------------------

    def _why_skipped(self, header: SheetLine | None) -> str:
        if self._line.is_blank:
            return "The line is empty."
        texts = [as_text(cell) for cell in self._line.cells if as_text(cell)]
        if header and [plain(each) for each in texts] == [
            plain(as_text(cell)) for cell in header.cells if as_text(cell)
        ]:
            return "The header is repeated."
        is_about_something = self._text(Field.POST) or self._text(Field.CODE)
        if not is_about_something and any(_TOTALS.fullmatch(each.lower()) for each in texts):
            return "This is a line of totals."
        if len(texts) == 1 and " " in texts[0] and "@" not in texts[0] and "/" not in texts[0]:
            return "This looks like a heading."
        return ""

    # --- Whose line it is ---------------------------------------------------------------------------------------

    def _who(self, above: TrackerRow) -> tuple[str, str]:
        """Handle and name. Raises ValueError when no handle, or two of them, can be read."""
        written, name = self._text(Field.HANDLE), self._text(Field.NAME)[:120]
        in_link = cells.handle_in_link(self._text(Field.POST))
        if not written and in_link:
            self._said.append("The handle is taken from the link.")
            return cells.read_handle("@" + in_link), name
        if not written:
            return self._from_above(above), name
        try:
            handle = cells.read_handle(written)
        except ValueError:
            if not in_link:
                raise
            self._said.append("The handle is taken from the link.")
            return cells.read_handle("@" + in_link), name or written[:120]
        # Where names have no column of their own, "Ana" is a name as likely as a handle.
        is_sure = Field.NAME in self.reading.columns or bool(re.search(r"[@/._\d]", written))
        if in_link and in_link != handle and not is_sure:
            self._said.append(f"{written!r} is used as a name; the handle is taken from the link.")
            return cells.read_handle("@" + in_link), name or written[:120]
        if in_link and in_link != handle:
            raise ValueError(f"The line says @{handle}, but the link is a post of @{in_link}")
        return handle, name

    def _from_above(self, above: TrackerRow) -> str:
        is_about_something = any(
            self._text(each)
            for each in (
                Field.POST,
                Field.CODE,
                Field.RIGHTS_UNTIL,
                Field.FEE,
            )
        )
        if not (self.reading.fills_down and above.handle and is_about_something):
            raise ValueError("There is no handle in this line. Write it like @name")
        self._said.append(f"The handle is taken from line {above.line} (merged cells).")
        return above.handle

    # --- What it says -------------------------------------------------------------------------------------------

    def _facts(self, entry: TrackerRow) -> TrackerRow:
        money = self._read(Field.FEE, self._money)
        paid, span = self._read(Field.PAID_USE, cells.read_paid_use) or (None, None)
        posted_on, ends_on = self._day(Field.POSTED_ON), self._code_end()
        starts = self._day(Field.RIGHTS_FROM)
        until, until_span = self._until()
        span = until_span or span
        if until is None and span is not None:
            base = starts or posted_on or self.today
            until = base + span
            where = (
                "the start of the usage rights"
                if starts
                else "the date of the post"
                if posted_on
                else "today"
            )
            self._said.append(f"The term of the usage rights is counted from {where}.")
        if paid is None and until is not None and self.reading.dated_is_paid:
            paid = True
        text = self._text
        return replace(
            entry,
            email=self._read(Field.EMAIL, _email) or "",
            country=self._read(
                Field.COUNTRY, lambda cell: creators_rules.read_country(as_text(cell))
            )
            or "",
            language=self._read(Field.LANGUAGE, lambda cell: cells.read_language(as_text(cell)))
            or "",
            followers=self._read(Field.FOLLOWERS, cells.read_count),
            tags=tuple(creators_rules.read_tags(text(Field.TAGS))),
            note=self._note(),
            item_id=self._post(),
            posted_on=posted_on,
            sku=text(Field.SKU)[:64],
            code=self._code(),
            code_days=self._code_days(),
            code_ends_on=ends_on,
            paid_allowed=paid,
            rights_from=starts or (posted_on if until else None),
            rights_until=until,
            hold_until=self._day(Field.HOLD_UNTIL),
            territory=self._read(Field.TERRITORY, _territory) or (),
            fee_minor=money[0] if money else None,
            currency=money[1] if money else "",
            commission_bp=self._read(Field.COMMISSION, _basis_points),
            said=tuple(self._said),
            problems=dict(self._problems),
        )

    def _money(self, cell: Cell) -> tuple[int, str]:
        return cells.read_money(cell, currency=self.currency, column=self._text(Field.CURRENCY))

    def _day(self, wanted: Field) -> date | None:
        found = self._read(
            wanted, lambda cell: cells.read_day(cell, order=self.reading.order, today=self.today)
        )
        if found is None:
            return None
        if found.said:
            self._said.append(f"{wanted.label}: {found.said} ({found.day.isoformat()}).")
        return found.day

    def _until(self) -> tuple[date | None, relativedelta | None]:
        """The end of the rights: a day, or a length of time."""
        span = cells.read_span(self._text(Field.RIGHTS_UNTIL))
        return (None, span) if span is not None else (self._day(Field.RIGHTS_UNTIL), None)

    def _code_end(self) -> date | None:
        """When the code ends by the sheet; a length of time there is read as the code's days."""
        return None if cells.read_span(self._text(Field.CODE_ENDS)) else self._day(Field.CODE_ENDS)

    def _code_days(self) -> int | None:
        def days(cell: Cell) -> int:
            return cells.read_days(cell, most=MOST_CODE_DAYS)

        is_span = cells.read_span(self._text(Field.CODE_ENDS)) is not None
        found = self._read(Field.CODE_DAYS, days)
        return found if found or not is_span else self._read(Field.CODE_ENDS, days)

    def _post(self) -> str:
        if cells.is_nothing(self._cell(Field.POST)):
            return ""
        return self._read(Field.POST, lambda cell: cells.read_post(as_text(cell))) or ""

    def _code(self) -> str:
        cell = self._cell(Field.CODE)
        return "" if cells.is_nothing(cell) else as_text(cell)

    def _note(self) -> str:
        status, notes = self._text(Field.STATUS), self._text(Field.NOTES)
        return "\n".join(
            filter(None, (f"Status in the tracker: {status}" if status else "", notes))
        )


def _email(cell: Cell) -> str:
    text = as_text(cell).removeprefix("mailto:")
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise ValueError(f"{text!r} is not an e-mail address")
    return text.lower()


def _territory(cell: Cell) -> tuple[str, ...]:
    text = as_text(cell)
    if plain(text) in {"worldwide", "global", "world", "everywhere", "weltweit", "mundial"}:
        return ()
    return tuple(
        dict.fromkeys(
            creators_rules.read_country(each) for each in re.split(r"[,;/|]+", text) if each.strip()
        )
    )


def _basis_points(cell: Cell) -> int:
    """12, "12 %" and "12,5%" are percent; 0.12 of an Excel cell formatted as percent is, too."""
    text = as_text(cell).replace(",", ".").replace("%", "").strip()
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text):
        raise ValueError(f"{as_text(cell)!r} is not a percentage; write it like 12.5")
    percent = float(text) * (100 if isinstance(cell, float) and cell < 1 else 1)
    if percent > 100:
        raise ValueError(f"{as_text(cell)!r} is more than 100 percent")
    return round(percent * 100)


def _sentence(error: ValueError) -> str:
    words = str(error).rstrip(".") + "."
    return words[0].upper() + words[1:]


ORDERS = {
    BY_THE_SHEET: "Detect from the sheet",
    DAY_FIRST: "Day first: 3/2/26 is 3 February",
    MONTH_FIRST: "Month first: 3/2/26 is March 2",
}
