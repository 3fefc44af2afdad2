"""Lists: any list of the product with the filters, order and search of its page, on the screen or as a file."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kindling.commands.common import (
    actor,
    as_option,
    command,
    json_option,
    out,
    print_json,
    print_table,
    say_error,
)

if TYPE_CHECKING:
    from kindling.lists.rules import FileFormat
    from kindling.lists.spec import ListSpec, Scope

ROWS = 50


@click.command("list")
@click.argument("name", required=False, default="")
@click.option(
    "--where", "conditions", multiple=True, metavar="FILTER=VALUE",
    help="Only rows with this value of a filter; may be repeated.",
)  # fmt: skip
@click.option("--search", default="", help="Only rows that the search of the page finds.")
@click.option("--sort", default="", help="A column; with - before it the largest first.")
@click.option("--columns", default="", help="Columns, separated by commas.")
@click.option(
    "--limit", default=ROWS, show_default=True, type=click.IntRange(min=1), help="Rows at most."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write all rows to a file: .csv, .xlsx or .parquet; - is CSV on standard output.",
)  # fmt: skip
@json_option
@as_option
@command
def list_rows(
    name: str,
    conditions: tuple[str, ...],
    search: str,
    sort: str,
    columns: str,
    limit: int,
    output: Path | None,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Show the rows of the list NAME, as its page does; without NAME say which lists there are.

    Filters, columns and orders are those of the page and of the API. Codes and tokens are in no list.
    """
    from kindling import clock
    from kindling.lists import service
    from kindling.lists.query import opened_in_batches, read_wanted, rows_of
    from kindling.lists.spec import Scope, all_lists, find_list
    from kindling.workspaces.rules import Action

    who = actor(email, workspace)
    scope = Scope(who, clock.now())
    if not name:
        _describe([each for each in all_lists() if who.can(each.action)], scope)
        return
    spec = find_list(name)
    who.require(spec.action)
    told = {**_conditions(spec, conditions), "q": search, "sort": sort}
    chosen = _columns(spec, columns)
    asked = read_wanted(spec, told, scope)
    wanted = rows_of(spec, asked, scope)
    lacks = list(spec.lacks(replace(scope, chosen=asked.filters)))
    if output is not None:
        who.require(Action.EXPORT)
        _say(lacks)
        _write(spec, told, chosen, output, scope)
        return
    every = (row for batch in opened_in_batches(spec, wanted[:limit], scope) for row in batch)
    found = list(islice(every, limit))
    shown = [each for each in service.shown_columns(spec, chosen) if not each.is_drawn_only]
    if as_json:
        rows = service.to_json(spec, found)
        print_json("kindling.list/1", list=spec.name, rows=rows, lacks=lacks)
        return
    _say(lacks)
    print_table(
        spec.title, [each.label for each in shown],
        [[service.in_words(each, row) for each in shown] for row in found], empty="none",
    )  # fmt: skip


def _say(lacks: list[str]) -> None:
    """Say on standard error what the figures lack."""
    for each in lacks:
        say_error(each, "")


def _write(
    spec: ListSpec, told: dict[str, str], columns: list[str] | None, output: Path, scope: Scope
) -> None:
    from kindling.lists import service
    from kindling.lists.rules import FileFormat

    if str(output) != "-":
        service.write_rows(spec, told, columns, output, fmt=_format_of(output), scope=scope)
        out.print(f"Written to {output}.")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        service.write_rows(spec, told, columns, file, fmt=FileFormat.CSV, scope=scope)
        sys.stdout.write(file.read_text("utf-8-sig"))


def _describe(lists: list[ListSpec], scope: Scope) -> None:
    print_table(
        "Lists", ("list", "filters", "sort by"),
        [
            (
                each.name,
                "; ".join(
                    f"{one.name}: {', '.join(value for value, _ in one.choices(scope)) or 'none yet'}"
                    for one in each.filters
                ),
                ", ".join(column.name for column in each.columns if column.sort),
            )
            for each in lists
        ], empty="none",
    )  # fmt: skip


def _conditions(spec: ListSpec, given: tuple[str, ...]) -> dict[str, str]:
    from kindling.errors import InvalidInputError

    known = [each.name for each in spec.filters]
    found = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or name not in known:
            raise InvalidInputError(
                f"{each!r} is not a filter of this list.",
                next_step=f"Write FILTER=VALUE with one of {', '.join(known) or 'none'}.",
            )
        found[name] = value
    return found


def _columns(spec: ListSpec, given: str) -> list[str] | None:
    from kindling.errors import InvalidInputError

    names = [each.strip() for each in given.split(",") if each.strip()]
    unknown = [each for each in names if spec.column(each) is None]
    if unknown:
        raise InvalidInputError(
            f"The list has no column {unknown[0]!r}.",
            next_step=f"Use {', '.join(each.name for each in spec.data_columns)}.",
        )
    return names or None


def _format_of(file: Path) -> FileFormat:
    from kindling.errors import InvalidInputError
    from kindling.lists.rules import FileFormat

    ending = file.suffix.removeprefix(".").lower()
    if ending not in list(FileFormat):
        raise InvalidInputError(
            f"{file} is not a file that a list can be written to.",
            next_step="Use a name that ends in .csv, .xlsx or .parquet.",
        )
    return FileFormat(ending)


COMMANDS = [list_rows]
