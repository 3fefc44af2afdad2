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

from kindling.authorizations.codes.rules import codes_in, codes_of_cell
from kindling.creators import rules as creators_rules
from kindling.tracker.reading import cells
from kindling.tracker.reading.cells import (
    BY_THE_SHEET,
    DAY_FIRST,
    MONTH_FIRST,
    MONTHS,
    UnclearDayError,
)
from kindling.tracker.reading.columns import Field, Header, find_header, guess, plain
from kindling.tracker.reading.sheets import Cell, SheetLine, as_text

T = TypeVar("T")
DATES = (
    Field.POSTED_ON, Field.CODE_ENDS, Field.RIGHTS_FROM, Field.RIGHTS_UNTIL, Field.HOLD_UNTIL,
)  # fmt: skip
# A line whose words are these, and whose other cells are numbers, sums up the lines above it.
_TOTALS_WORD = (
    r"(?:grand |sub ?|zwischen|end|gesamt)?(?:total(?:s|es)?|sum|summe|suma|summary)|gesamt|insgesamt|[σΣ∑ø∅]"
    r"|average|avg|durchschnitt|mittelwert|promedio"
)
_TOTALS = re.compile(rf"(?:{_TOTALS_WORD})\s*[:=]?", re.IGNORECASE)
_STARTS_AS_TOTALS = re.compile(
    rf"(?:{_TOTALS_WORD})(?=[\s:=(]|$).*|gesamt(?:kosten|betrag|budget|summe|honorar).*",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"[€$£¥]?\s?\d[\d.,\s]*(?:[A-Z]{3}|€|%|[$£¥]|[A-Za-zäöüßé]{3,12})?")
_MONTHS = frozenset(plain(each) for names in MONTHS for each in names)
_ERRORS = frozenset({
    "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!", "#n/a", "#nv", "#wert!", "#bezug!", "#zahl!", "#n/d",
    "#¡ref!", "#¡valor!", "#¿nombre?",
})  # fmt: skip
_EMPTY = frozenset({"-", "–", "—", "n/a", "tbd", "?"})
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
    is_left_out : a person does not want this sheet
    """

    columns: Mapping[Field, int]
    header_line: int
    order: str = BY_THE_SHEET
    dated_is_paid: bool = False
    unlinked_is_all: bool = False
    fills_down: bool = True
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class TrackerRow:
    """What one line says. `codes` are secrets. None and "" mean that the line does not say."""

    line: int
    sheet: str = ""
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
    codes: tuple[str, ...] = field(default=(), repr=False)
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
    def place(self) -> str:
        """Where it stands, as a person finds it."""
        return f"line {self.line} of “{self.sheet}”" if self.sheet else f"line {self.line}"

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
    lines: Sequence[SheetLine],
    reading: ReadingOptions,
    *,
    today: date,
    currency: str,
    sheet: str = "",
) -> Entries:
    """Every line below the header as an entry, blank ones too, so that each can be explained.

    sheet : its name, for a file that has several
    """
    below = [line for line in lines if line.number > reading.header_line]
    order = reading.order or _order_of(below, reading.columns)
    header = next((line for line in lines if line.number == reading.header_line), None)
    reader = _Reader(
        replace(reading, order=order), today=today, currency=currency, sheet=sheet, header=header
    )
    rows, above = [], TrackerRow(0)
    for line in below:
        entry = reader.entry(line, above=above)
        # Below a line whose creator could not be read, and below totals, nobody is known to be meant.
        if not line.is_blank:
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

    def __init__(
        self,
        reading: ReadingOptions,
        *,
        today: date,
        currency: str,
        sheet: str,
        header: SheetLine | None,
    ) -> None:
        self.reading, self.today, self.currency = reading, today, currency
        self.asks_order = False
        self._sheet, self._header = sheet, header
        fee = reading.columns.get(Field.FEE)
        self._fee_currency = cells.currency_in(header.text(fee)) if header else ""
        self._said: list[str] = []
        self._problems: dict[Field, str] = {}
        self._line = SheetLine(0, ())

    def entry(self, line: SheetLine, *, above: TrackerRow) -> TrackerRow:
        self._line, self._said, self._problems = line, [], {}
        skipped = self._why_skipped()
        if skipped:
            return TrackerRow(line.number, self._sheet, skipped=skipped)
        try:
            handle, name = self._who(above)
        except ValueError as error:
            return TrackerRow(line.number, self._sheet, refused=_sentence(error))
        return self._facts(TrackerRow(line.number, self._sheet, handle=handle, name=name))

    def _cell(self, wanted: Field) -> Cell:
        return self._line.cell(self.reading.columns.get(wanted))

    def _link(self, wanted: Field) -> str:
        return self._line.link(self.reading.columns.get(wanted))

    def _text(self, wanted: Field) -> str:
        text = as_text(self._cell(wanted))
        if text.lower() in _ERRORS:
            self._problems[wanted] = f"The cell shows the error {text}."
            return ""
        return "" if text.lower() in _EMPTY else text

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

    def _why_skipped(self) -> str:
        if self._line.is_blank:
            return "The line is empty."
        texts = [as_text(cell) for cell in self._line.cells if as_text(cell)]
        if self._header and [plain(each) for each in texts] == [
            plain(as_text(cell)) for cell in self._header.cells if as_text(cell)
        ]:
            return "The header is repeated."
        if self._is_totals(texts):
            return "This is a line of totals."
        if len(texts) == 1 and " " in texts[0] and "@" not in texts[0] and "/" not in texts[0]:
            return "This looks like a heading."
        if len(texts) == 1 and plain(texts[0]) in _MONTHS:
            return "This looks like a heading: it is a month."
        return ""

    def _is_totals(self, texts: Sequence[str]) -> bool:
        if self._names_post() or re.search(r"\w@\w|(?:^|\s)@\w", " ".join(texts)):
            return False
        who = [self._text(Field.HANDLE), self._text(Field.NAME)]
        if any(_TOTALS.fullmatch(each) for each in who if each):
            return True
        labels = [each for each in texts if _STARTS_AS_TOTALS.fullmatch(each)]
        return bool(labels) and all(
            _COUNTED.fullmatch(each) for each in texts if each not in labels
        )

    def _names_post(self) -> bool:
        """Whether the line holds a post or a code, so that it is about something."""
        for wanted in (Field.POST, Field.POST_ID):
            try:
                if self._text(wanted) and cells.read_post(self._cell(wanted)):
                    return True
            except ValueError:
                continue
        return bool(codes_in(self._text(Field.CODE)).codes)

    # --- Whose line it is ---------------------------------------------------------------------------------------

    def _who(self, above: TrackerRow) -> tuple[str, str]:
        """Handle and name. Raises ValueError when no handle, or two of them, can be read."""
        written, name = self._text(Field.HANDLE), self._text(Field.NAME)[:120]
        if Field.HANDLE in self._problems:
            raise ValueError(self._problems[Field.HANDLE])
        linked = self._linked_handle()
        if not written and linked:
            self._said.append("The handle is taken from the link.")
            return linked, name
        if not written:
            return self._from_above(above), name
        is_a_name = not re.search(r"[@/._\d]", written)
        try:
            handle = cells.read_handle(written)
        except ValueError:
            if not linked:
                raise
            self._said.append("The handle is taken from the link.")
            return linked, name or (written[:120] if is_a_name else "")
        # Where names have no column of their own, "Ana" is a name as likely as a handle.
        if linked and linked != handle and is_a_name and Field.NAME not in self.reading.columns:
            self._said.append(f"{written!r} is used as a name; the handle is taken from the link.")
            return linked, name or written[:120]
        if linked and linked != handle:
            raise ValueError(f"The line says @{handle}, but the link is a post of @{linked}")
        return handle, name

    def _linked_handle(self) -> str:
        """The handle that the line's addresses of TikTok name, "" for none. Raises ValueError when they name two."""
        places = (Field.HANDLE, Field.NAME, Field.POST, Field.POST_ID)
        shown = [self._link(each) for each in places]
        shown += [self._text(each) for each in (Field.POST, Field.POST_ID)]
        named = list(dict.fromkeys(filter(None, map(cells.handle_in_link, shown))))
        if len(named) > 1:
            raise ValueError(
                f"The links of the line are of @{' and @'.join(named)}; use one row for each"
            )
        return named[0] if named else ""

    def _from_above(self, above: TrackerRow) -> str:
        is_about_something = any(
            self._text(each)
            for each in (
                Field.POST,
                Field.POST_ID,
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
        base_is_lost = not starts and (
            Field.RIGHTS_FROM in self._problems or Field.POSTED_ON in self._problems
        )
        if until is None and span is not None and base_is_lost:
            self._problems[Field.RIGHTS_UNTIL] = (
                "The term cannot be counted: the day it starts on cannot be read."
            )
        elif until is None and span is not None:
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
            email=self._email(),
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
            codes=self._codes(),
            code_days=self._code_days(),
            code_ends_on=ends_on,
            paid_allowed=paid,
            rights_from=starts or (posted_on if until else None),
            rights_until=until,
            hold_until=self._day(Field.HOLD_UNTIL),
            territory=self._read(Field.TERRITORY, _territory) or (),
            fee_minor=money.minor if money else None,
            currency=money.currency if money else "",
            commission_bp=self._read(Field.COMMISSION, cells.read_basis_points),
            said=tuple(self._said),
            problems=dict(self._problems),
        )

    def _money(self, cell: Cell) -> cells.Amount:
        column = self._text(Field.CURRENCY) or self._fee_currency
        found = cells.read_money(cell, currency=self.currency, column=column)
        if found.said:
            self._said.append(f"Fee: {found.said}.")
        return found

    def _email(self) -> str:
        link = self._link(Field.EMAIL)
        if link.lower().startswith("mailto:") and not cells.is_email(self._text(Field.EMAIL)):
            address = link[7:].split("?")[0]
            return _email(address) if _EMAIL.fullmatch(address) else ""
        return self._read(Field.EMAIL, _email) or ""

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
        """The one post that the link, the id and what the cells lead to agree on; a problem is noted otherwise."""
        found: dict[str, str] = {}  # id → where it stands
        rounded: cells.RoundedIdError | None = None
        problem = ""
        for wanted in (Field.POST, Field.POST_ID):
            cell, link = self._cell(wanted), self._link(wanted)
            try:
                if self._text(wanted) and not cells.is_nothing(cell):
                    found.setdefault(cells.read_post(cell), wanted.label)
            except cells.RoundedIdError as error:
                rounded = error
            except ValueError as error:
                problem = _sentence(error)
            try:
                if "tiktok.com/" in link.lower():
                    found.setdefault(cells.read_post(link), "the cell's link")
            except ValueError as error:
                problem = problem and _sentence(error)
        if len(found) > 1:
            problem = f"The line names several posts: {', '.join(found)}. Use one row for each."
        elif found:
            (item_id,) = found
            if rounded is None or item_id.startswith(rounded.start[:-1]):
                self._say_where(found[item_id], is_rounded=rounded is not None)
                for wanted in (Field.POST, Field.POST_ID):  # one of them is enough
                    self._problems.pop(wanted, None)
                return item_id
            problem = (
                f"The link is of post {item_id}, but the id is another one. Correct one of them."
            )
        elif rounded is not None:
            problem = _sentence(rounded)
        if problem:
            self._problems[Field.POST] = problem
        return ""

    def _say_where(self, where: str, *, is_rounded: bool) -> None:
        if is_rounded:
            self._said.append("The post's id was rounded by the spreadsheet; the link is used.")
        elif where == "the cell's link":
            self._said.append("The post is taken from the cell's link.")

    def _codes(self) -> tuple[str, ...]:
        """The codes as they stand, checked by whoever takes them in; two of them where a cell holds two."""
        cell = self._cell(Field.CODE)
        if cells.is_nothing(cell) or not self._text(Field.CODE):
            return ()
        try:
            found = codes_of_cell(as_text(cell))
        except ValueError as error:
            self._problems[Field.CODE] = _sentence(error)
            return ()
        if len(found) > 1:
            self._said.append(f"The cell has {len(found)} video codes; each is added.")
        return found

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


def _sentence(error: ValueError) -> str:
    words = str(error).rstrip(".") + "."
    return words[0].upper() + words[1:]


ORDERS = {
    BY_THE_SHEET: "Detect from the sheet",
    DAY_FIRST: "Day first: 3/2/26 is 3 February",
    MONTH_FIRST: "Month first: 3/2/26 is March 2",
}
