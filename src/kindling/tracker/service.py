"""A whole tracker, as teams keep it: creators, posts, usage rights and codes of one sheet, explained row by row.

`dry_run` plans and writes nothing; `import_tracker` looks again and writes what it planned, all of it or nothing.
A row's good parts are taken even where another part of it is refused.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.agreements import service as agreements
from kindling.authorizations.codes import intake as intakes
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
from kindling.tracker.reading.rows import Entries, ReadingOptions, read_entries, reading_of
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

SOURCE = "tracker"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a sheet would do, or did. `header`: its own names of the columns; `intake`: the codes added."""

    name: str
    reading: ReadingOptions
    order: str
    asks_order: bool
    header: tuple[str, ...]
    samples: tuple[str, ...]
    rows: tuple[RowLook, ...]
    intake: int | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome, every outcome named."""
        found = Counter(row.outcome for row in self.rows)
        return {str(each): found[each] for each in RowOutcome}

    @property
    def says_whose(self) -> bool:
        """Whether a column tells whose line it is; without one no row can be read."""
        return _says_whose(self.reading)

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
        return {
            "name": self.name,
            "columns": {
                str(each): self.header[column] if column < len(self.header) else str(column + 1)
                for each, column in self.reading.columns.items()
            },
            "header_line": self.reading.header_line,
            "day_order": self.order or None,
            "asks_day_order": self.asks_order,
            "counts": self.counts,
            "rows": [row.to_json() for row in self.rows],
            "intake": self.intake,
        }


def reading(data: bytes, *, header_line: int = 0) -> ReadingOptions:
    """How the sheet would be read by its own header, looked for or in the line given. Raises FileProblemError."""
    return _reading(sheets.read_lines(data), header_line)


def _reading(lines: Sequence[sheets.SheetLine], header_line: int) -> ReadingOptions:
    if not 0 <= header_line <= lines[-1].number:
        raise InvalidInputError(
            f"The sheet has no line {header_line}.",
            next_step=f"Use a line from 1 to {lines[-1].number}, or 0 to detect it.",
        )
    found, _ = reading_of(lines, header_line=header_line)
    return found


def with_columns(data: bytes, named: Mapping[str, str], *, header_line: int = 0) -> ReadingOptions:
    """The sheet's own reading with some columns said by a person: field → header, or column number from 1.

    raises : InvalidInputError for a field or a column that is not there
    """
    lines = sheets.read_lines(data)
    found = _reading(lines, header_line)
    header_line = found.header_line or _line_naming(lines, set(named.values()))
    names = [each.lower() for each in _names(lines, replace(found, header_line=header_line))]
    columns = dict(found.columns)
    for name, where in named.items():
        if name not in set(Field):
            raise InvalidInputError(
                f"{name!r} is not a field.", next_step=f"Use one of {', '.join(Field)}."
            )
        columns.pop(Field(name), None)
        if not where:
            continue
        is_number = where.isascii() and where.isdigit() and len(where) < 4
        at = names.index(where.strip().lower()) if where.strip().lower() in names else None
        at = int(where) - 1 if at is None and is_number else at
        if at is None or not 0 <= at < sheets.MOST_COLUMNS:
            raise InvalidInputError(
                f"The sheet has no column {where!r}.",
                next_step=f"Use one of {', '.join(names)}; or its number, from 1.",
            )
        columns = {each: column for each, column in columns.items() if column != at}
        columns[Field(name)] = at
    return ReadingOptions(columns, header_line)


def _line_naming(lines: Sequence[sheets.SheetLine], names: set[str]) -> int:
    """The line among the first that holds a name a person gave, 0 for none: it is the header then."""
    wanted = {each.strip().lower() for each in names if each and not each.isdigit()}
    for line in lines[:HEADER_WITHIN]:
        if wanted & {sheets.as_text(cell).lower() for cell in line.cells}:
            return line.number
    return 0


def dry_run(
    actor: Actor, data: bytes, *, name: str, how: ReadingOptions | None = None, at: datetime
) -> ImportReport:
    """What importing the sheet would do, row by row. Writes nothing.

    how : how it is read; None reads it by its own header
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
    how: ReadingOptions | None = None,
    ad_account: AdAccount | None,
    at: datetime,
) -> ImportReport:
    """Write what `dry_run` shows. Importing the same sheet again writes nothing more.

    ad_account : where codes are bound; may be None for a sheet without codes
    raises : as `dry_run`; ConflictError when there are codes and no ad account for them;
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
        coded = [plan.code for plan in plans if plan.code]
        if coded and ad_account is None:
            raise ConflictError(
                "The sheet has video codes, but no ad account is chosen for them.",
                next_step="Choose one, or connect TikTok under Workspace.",
            )
        for plan in plans:
            _write(actor, plan, at=at)
        _write_rights(actor, [plan.right for plan in plans if plan.right], at=at)
        intake = intakes.receive(actor, ad_account, coded, at=at) if coded and ad_account else None
        counts = {key: count for key, count in found.counts.items() if count}
        record(actor, "imported tracker", name[:100], at=at, after=counts)
    return replace(found, intake=intake.pk if intake else None)


def _planned(
    actor: Actor, data: bytes, *, name: str, how: ReadingOptions | None, at: datetime
) -> tuple[list[RowPlan], ImportReport]:
    workspace = actor.workspace
    lines = sheets.read_lines(data)
    chosen = how or reading_of(lines)[0]
    today = day_in(at, workspace.timezone)
    entries = Entries((), "", asks_order=False)
    if _says_whose(chosen):
        entries = read_entries(lines, chosen, today=today, currency=workspace.currency)
    planner = TrackerPlanner(actor, entries.rows, how=chosen, today=today)
    plans = [planner.plan(entry) for entry in entries.rows]
    return plans, ImportReport(
        name=name,
        reading=chosen,
        order=entries.order,
        asks_order=entries.asks_order,
        header=_names(lines, chosen),
        samples=_samples(lines, chosen),
        rows=tuple(plan.look() for plan in plans),
    )


def _says_whose(how: ReadingOptions) -> bool:
    return bool({Field.HANDLE, Field.POST} & set(how.columns))


def _names(lines: Sequence[sheets.SheetLine], how: ReadingOptions) -> tuple[str, ...]:
    width = max(len(line.cells) for line in lines)
    own = next((line for line in lines if line.number == how.header_line), None)
    return tuple(
        (own.text(column) if own else "") or f"Column {column + 1}" for column in range(width)
    )


def _samples(lines: Sequence[sheets.SheetLine], how: ReadingOptions) -> tuple[str, ...]:
    """The first filled cell of each column, to tell columns apart; a code's is masked."""
    width = max(len(line.cells) for line in lines)
    below = [line for line in lines if line.number > how.header_line]
    found = []
    for column in range(width):
        text = next((line.text(column) for line in below if line.text(column)), "")
        found.append(_shown(text, is_code=column == how.columns.get(Field.CODE)))
    return tuple(found)


def _shown(text: str, *, is_code: bool) -> str:
    # A column that nobody called a code yet may hold codes all the same.
    looks_like_code = text.startswith("#") or (len(text) >= 16 and codes.CODE.fullmatch(text))
    is_number = text.isdigit()
    return (
        codes.mask(text) if text and (is_code or (looks_like_code and not is_number)) else text[:60]
    )


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
