"""A whole tracker, as teams keep it: creators, posts, usage rights and codes of its sheets, explained row by row.

`dry_run` plans and writes nothing; `import_tracker` looks again and writes what it planned, all of it or nothing.
A row's good parts are taken even where another part of it is refused.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from kindling.agreements import service as agreements
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes import rules as code_rules
from kindling.authorizations.lifecycle import rules as codes
from kindling.errors import ConflictError, FileProblemError, InvalidInputError
from kindling.kit.time import day_in, start_of_day
from kindling.posts import service as posts
from kindling.posts.service import PostFacts
from kindling.tracker import plan_creators
from kindling.tracker.plan import RowLook, RowPlan, TrackerPlanner
from kindling.tracker.plan_creators import RowOutcome
from kindling.tracker.reading import sheets
from kindling.tracker.reading.columns import HEADER_WITHIN, Field
from kindling.tracker.reading.rows import (
    Entries,
    ReadingOptions,
    TrackerRow,
    read_entries,
    reading_of,
)
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

SOURCE = "tracker"


@dataclass(frozen=True, slots=True)
class SheetReport:
    """How one sheet is read. `header`: its own names of the columns; `skipped`: why none of its lines is read.

    order, asks_order : how day and month were read, and whether nobody could tell
    samples : the first filled cell of each column · ignored : named columns with something in them that are not read
    """

    name: str
    reading: ReadingOptions
    order: str
    asks_order: bool
    header: tuple[str, ...]
    samples: tuple[str, ...]
    ignored: tuple[str, ...]
    lines: int
    skipped: str = ""

    @property
    def says_whose(self) -> bool:
        """Whether a column tells whose line it is; without one no row can be read."""
        return _says_whose(self.reading)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name or None,
            "columns": {
                str(each): self.header[column] if column < len(self.header) else str(column + 1)
                for each, column in self.reading.columns.items()
            },
            "ignored_columns": list(self.ignored),
            "header_line": self.reading.header_line,
            "day_order": self.order or None,
            "asks_day_order": self.asks_order,
            "lines": self.lines,
            "skipped": self.skipped or None,
        }


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a file would do, or did. `intake`: the batch of codes added; `encoding`: how text was read, "" for Excel.

    waits_for_account : no ad account is connected yet, so that codes are kept until one is
    """

    name: str
    encoding: str
    sheets: tuple[SheetReport, ...]
    rows: tuple[RowLook, ...]
    waits_for_account: bool
    intake: int | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, every outcome named."""
        found = Counter(row.outcome for row in self.rows)
        return {str(each): found[each] for each in RowOutcome}

    @property
    def main(self) -> SheetReport:
        """The first sheet that is read, else the first."""
        return next((each for each in self.sheets if not each.skipped), self.sheets[0])

    @property
    def says_whose(self) -> bool:
        """Whether any sheet tells whose its lines are."""
        return any(each.says_whose and not each.skipped for each in self.sheets)

    @property
    def asks_order(self) -> bool:
        return any(each.asks_order for each in self.sheets)

    @property
    def holds_codes(self) -> bool:
        return any(
            part.what == "code" and part.outcome is RowOutcome.TAKEN
            for row in self.rows
            for part in row.parts
        )

    @property
    def is_worth_taking(self) -> bool:
        return any(
            self.counts[each] for each in (RowOutcome.TAKEN, RowOutcome.CHANGED, RowOutcome.PARTLY)
        )

    def to_json(self) -> dict[str, Any]:
        main = self.main.to_json()
        return {
            "name": self.name,
            **{key: main[key] for key in ("columns", "header_line", "day_order")},
            "asks_day_order": self.asks_order,
            "encoding": self.encoding or None,
            "sheets": [each.to_json() for each in self.sheets],
            "counts": self.counts,
            "rows": [row.to_json() for row in self.rows],
            "codes_wait_for_ad_account": self.holds_codes and self.waits_for_account,
            "intake": self.intake,
        }


Readings = tuple[ReadingOptions, ...]
"""How each sheet of a file is read, in the order of its sheets."""


def readings(data: bytes) -> Readings:
    """How every sheet would be read by its own header. Raises FileProblemError."""
    return _readings(sheets.read_file(data))


def reading(data: bytes, *, header_line: int = 0, sheet: int = 0) -> ReadingOptions:
    """How one sheet would be read by its own header, looked for or in the line given.

    sheet : its place in the file, from 0
    raises : FileProblemError; InvalidInputError for a line or a sheet that is not there
    """
    tables = sheets.read_file(data).tables
    if not 0 <= sheet < len(tables):
        raise InvalidInputError("The file has no such sheet.", next_step="Choose the file again.")
    return _reading(tables[sheet].lines, header_line)


def _readings(file: sheets.TrackerFile) -> Readings:
    return tuple(reading_of(table.lines)[0] for table in file.tables)


def _reading(lines: Sequence[sheets.SheetLine], header_line: int) -> ReadingOptions:
    last = lines[-1].number if lines else 0
    if not 0 <= header_line <= last:
        raise InvalidInputError(
            f"The sheet has no line {header_line}.",
            next_step=f"Use a line from 1 to {last}, or 0 to detect it.",
        )
    found, _ = reading_of(lines, header_line=header_line)
    return found


def with_columns(
    data: bytes,
    named: Mapping[str, str],
    *,
    header_line: int = 0,
    only: Sequence[str] = (),
    **options: Any,
) -> Readings:
    """The file's own readings with some columns said by a person: field → header, or column number from 1.

    only : the names of the sheets to read; all of them if none is named
    options : of `ReadingOptions`, for every sheet
    raises : InvalidInputError for a field, a column or a sheet that is not there
    """
    tables = sheets.read_file(data).tables
    unknown = set(only) - {table.name for table in tables}
    if unknown:
        raise InvalidInputError(
            f"The file has no sheet {', '.join(map(repr, sorted(unknown)))}.",
            next_step=f"Use one of {', '.join(repr(table.name) for table in tables)}.",
        )
    read = [table for table in tables if table.lines and (not only or table.name in only)]
    if header_line and len(read) > 1:
        raise InvalidInputError(
            "The file has several sheets, and a header line is of one.",
            next_step=f"Name the sheet too: one of {', '.join(repr(each.name) for each in read)}.",
        )
    _check_columns(read, named)
    found = []
    for table in tables:
        if table not in read:
            found.append(ReadingOptions({}, 0, is_left_out=bool(only), **options))
            continue
        own = _told(table.lines, named, header_line, is_only=len(read) == 1)
        found.append(replace(own, **options))
    return tuple(found)


def _check_columns(read: Sequence[sheets.SheetTable], named: Mapping[str, str]) -> None:
    """Refuse fields that are none, and headers that no sheet has."""
    for name, where in named.items():
        if name not in set(Field):
            raise InvalidInputError(
                f"{name!r} is not a field.", next_step=f"Use one of {', '.join(Field)}."
            )
        wanted = where.strip().lower()
        if (
            where
            and not _is_number(where)
            and len(read) > 1
            and not any(_line_naming(each.lines, {wanted}) for each in read)
        ):
            raise InvalidInputError(
                f"No sheet has a column {where!r}.", next_step="Use a name as it stands there."
            )


def _told(
    lines: Sequence[sheets.SheetLine], named: Mapping[str, str], header_line: int, *, is_only: bool
) -> ReadingOptions:
    """One sheet's own reading with the columns that a person named; of several sheets only where it has them."""
    found = _reading(lines, header_line)
    header_line = found.header_line or _line_naming(lines, set(named.values()))
    names = [each.lower() for each in _names(lines, replace(found, header_line=header_line))]
    columns = dict(found.columns)
    for name, where in named.items():
        at = names.index(where.strip().lower()) if where.strip().lower() in names else None
        at = int(where) - 1 if at is None and _is_number(where) else at
        if not where:
            columns.pop(Field(name), None)
            continue
        if at is None and not is_only:
            continue
        if at is None or not 0 <= at < sheets.MOST_COLUMNS:
            raise InvalidInputError(
                f"The sheet has no column {where!r}.",
                next_step=f"Use one of {', '.join(names)}; or its number, from 1.",
            )
        columns.pop(Field(name), None)
        columns = {each: column for each, column in columns.items() if column != at}
        columns[Field(name)] = at
    return ReadingOptions(columns, header_line)


def _is_number(where: str) -> bool:
    return where.isascii() and where.isdigit() and len(where) < 4


def _line_naming(lines: Sequence[sheets.SheetLine], names: set[str]) -> int:
    """The line among the first that holds a name a person gave, 0 for none: it is the header then."""
    wanted = {each.strip().lower() for each in names if each and not each.isdigit()}
    for line in lines[:HEADER_WITHIN]:
        if wanted & {sheets.as_text(cell).lower() for cell in line.cells}:
            return line.number
    return 0


def dry_run(
    actor: Actor,
    data: bytes,
    *,
    name: str,
    how: ReadingOptions | Readings | None = None,
    at: datetime,
) -> ImportReport:
    """What importing the file would do, row by row. Writes nothing.

    how : how each sheet is read, or the first; None reads all by their own headers
    raises : FileProblemError when the file cannot be read
    """
    actor.require(Action.MANAGE_CREATORS)
    _, found = _planned(actor, data, name=name, how=how, at=at)
    return found


def import_tracker(
    actor: Actor,
    data: bytes,
    *,
    name: str,
    how: ReadingOptions | Readings | None = None,
    ad_account: AdAccount | None,
    at: datetime,
) -> ImportReport:
    """Write what `dry_run` shows. Importing the same file again writes nothing more.

    ad_account : where codes are bound; None for a file without codes, and where none is connected yet: then they wait
    raises : as `dry_run`; ConflictError when there are codes and none of the workspace's ad accounts is chosen;
        FileProblemError when no column says whose line it is
    """
    actor.require(Action.MANAGE_CREATORS)
    with transaction.atomic():
        plans, found = _planned(actor, data, name=name, how=how, at=at)
        if not found.says_whose:
            raise FileProblemError(
                "No column identifies the creator.",
                next_step="Choose the column with the handle, or the one with the link of the post.",
            )
        coded = [code for plan in plans for code in plan.codes]
        if coded and ad_account is None and not found.waits_for_account:
            raise ConflictError(
                "The sheet has video codes, but no ad account is chosen for them.",
                next_step="Choose the ad account that they are for.",
            )
        for plan in plans:
            _write(actor, plan, at=at)
        _write_rights(actor, [plan.right for plan in plans if plan.right], at=at)
        intake = intakes.receive(actor, ad_account, coded, at=at) if coded else None
        counts = {key: count for key, count in found.counts.items() if count}
        record(actor, "imported tracker", name[:100], at=at, after=counts)
    return replace(found, intake=intake.pk if intake else None)


def _planned(
    actor: Actor,
    data: bytes,
    *,
    name: str,
    how: ReadingOptions | Readings | None,
    at: datetime,
) -> tuple[list[RowPlan], ImportReport]:
    workspace = actor.workspace
    file = sheets.read_file(data)
    chosen = _chosen(file, how)
    today = day_in(at, workspace.timezone)
    reports: list[SheetReport] = []
    rows: list[TrackerRow] = []
    is_only = sum(bool(table.lines) for table in file.tables) == 1
    for table, options in zip(file.tables, chosen, strict=True):
        report, entries = _read_sheet(
            table, options, today=today, currency=workspace.currency, is_only=is_only
        )
        reports.append(report)
        rows.extend(entries.rows)
    has_account = bool(workspaces.ad_accounts(workspace))
    planner = TrackerPlanner(
        actor,
        rows,
        unlinked_is_all=any(each.unlinked_is_all for each in chosen),
        today=today,
        has_account=has_account,
    )
    plans = [planner.plan(entry) for entry in rows]
    return plans, ImportReport(
        name=name,
        encoding=file.encoding,
        sheets=tuple(reports),
        rows=tuple(plan.look() for plan in plans),
        waits_for_account=not has_account,
    )


def _chosen(file: sheets.TrackerFile, how: ReadingOptions | Readings | None) -> Readings:
    """How each sheet is read: what a person said of the sheets, else their own headers."""
    own = _readings(file)
    if how is None:
        return own
    said = how if isinstance(how, tuple) else (how,)
    flags = replace(said[0], columns={}, header_line=0, is_left_out=False)
    rest = [replace(flags, columns=each.columns, header_line=each.header_line) for each in own]
    return (*said[: len(own)], *rest[len(said) :])


def _read_sheet(
    table: sheets.SheetTable,
    options: ReadingOptions,
    *,
    today: date,
    currency: str,
    is_only: bool,
) -> tuple[SheetReport, Entries]:
    skipped = table.skipped or ("You left the sheet out." if options.is_left_out else "")
    if not skipped and not _says_whose(options):
        skipped = (
            "No column says whose line it is: choose the one with the handle, or with the link."
            if options.columns
            else "No line of it names columns that Kindling knows."
        )
    entries = Entries((), "", asks_order=False)
    if not skipped:
        entries = read_entries(
            table.lines,
            options,
            today=today,
            currency=currency,
            sheet="" if is_only else table.name,
        )
    header = _names(table.lines, options)
    return SheetReport(
        name=table.name,
        reading=options,
        order=entries.order,
        asks_order=entries.asks_order,
        header=header,
        samples=_samples(table.lines, options),
        ignored=() if skipped else _ignored(table.lines, options, header),
        lines=len(entries.rows),
        skipped=skipped,
    ), entries


def _says_whose(how: ReadingOptions) -> bool:
    return bool({Field.HANDLE, Field.POST, Field.POST_ID} & set(how.columns))


def _width(lines: Sequence[sheets.SheetLine]) -> int:
    return max((len(line.cells) for line in lines), default=0)


def _names(lines: Sequence[sheets.SheetLine], how: ReadingOptions) -> tuple[str, ...]:
    own = next((line for line in lines if line.number == how.header_line), None)
    return tuple(
        (own.text(column)[:60] if own else "") or f"Column {column + 1}"
        for column in range(_width(lines))
    )


def _ignored(
    lines: Sequence[sheets.SheetLine], how: ReadingOptions, names: Sequence[str]
) -> tuple[str, ...]:
    """The columns that are not read although something stands in them."""
    below = [line for line in lines if line.number > how.header_line]
    return tuple(
        name
        for column, name in enumerate(names)
        if column not in how.columns.values() and any(line.text(column) for line in below)
    )


def _samples(lines: Sequence[sheets.SheetLine], how: ReadingOptions) -> tuple[str, ...]:
    """The first filled cell of each column, to tell columns apart; a code's is masked."""
    below = [line for line in lines if line.number > how.header_line]
    found = []
    for column in range(_width(lines)):
        text = next((line.text(column) for line in below if line.text(column)), "")
        found.append(_shown(text, is_code=column == how.columns.get(Field.CODE)))
    return tuple(found)


def _shown(text: str, *, is_code: bool) -> str:
    # A column that nobody called a code yet may hold codes all the same.
    if is_code and text:
        return codes.mask(text)
    looks_like_code = text.startswith("#") or (len(text) >= 16 and codes.CODE.fullmatch(text))
    if looks_like_code and not text.isdigit():
        return codes.mask(text)
    return code_rules.codes_in(text).rest[:60]


# --- Writing -----------------------------------------------------------------------------------------------------


def _write(actor: Actor, plan: RowPlan, *, at: datetime) -> None:
    if plan.creator is None:
        return
    plan_creators.apply(actor, plan.creator, at=at)
    entry = plan.entry
    if not plan.is_new_post:
        return
    posted_at = start_of_day(entry.posted_on, actor.workspace.timezone) if entry.posted_on else None
    seen = PostFacts(item_id=entry.item_id, handle=plan.creator.handle, posted_at=posted_at)
    post = posts.record_post(actor.workspace, seen, source=SOURCE, at=at)
    if plan.sku and not post.sku and actor.can(Action.MOVE_LANES):
        posts.set_sku(actor, post, plan.sku, at=at)


def _write_rights(actor: Actor, rights: Sequence[dict[str, str]], *, at: datetime) -> None:
    if not rights:
        return
    names = [name for name in rights[0] if name != "agreement"]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rights)
    result = agreements.import_rights(actor, out.getvalue().encode(), at=at, source=SOURCE)
    if result.problems:
        # The plan checked all of it; what is refused now would be half an import.
        problem = result.problems[0]
        raise InvalidInputError(problem.message, next_step=problem.next_step)
