"""Taking things in: codes, orders, products, agreements, and what TikTok shows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from kindling.commands.common import (
    PARTLY,
    REFUSED,
    actor,
    as_option,
    command,
    err,
    json_option,
    out,
    print_json,
    print_problems,
    print_table,
)


def read_input(file: str) -> bytes:
    """Bytes of a file, or of standard input for "-"."""
    from kindling.errors import FileProblemError

    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise FileProblemError(f"{file} cannot be read: {error.strerror}.") from None


@click.group()
def codes() -> None:
    """Video codes."""


@codes.command("import")
@click.argument("file")
@click.option("--ad-account", help="Ad account (advertiser id); required if there are several.")
@click.option("--dry-run", is_flag=True, help="Check the rows without storing or sending anything.")
@json_option
@as_option
@command
def import_codes(
    file: str,
    ad_account: str | None,
    dry_run: bool,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Add video codes from FILE, or from standard input with "-": one per line, a CSV with a `code` column, or a chat.

    Each row ends as applied, retry (safe to send again), reconcile (unknown, being looked up) or refused.
    """
    from kindling import clock
    from kindling.authorizations.codes import intake as intakes
    from kindling.workspaces import service as workspaces

    who = actor(email, workspace)
    account = workspaces.find_ad_account(who, ad_account)
    given = intakes.read_file(read_input(file))
    if given.ignored:
        err.print(f"{len(given.ignored)} lines of other text beside the codes are ignored.")
    if dry_run:
        looked = [
            {"line": line, "code": hint, "outcome": outcome, "message": message}
            for line, hint, outcome, message in intakes.preview_rows(given.rows)
        ]
        _report_codes(looked, as_json=as_json, dry_run=True)
        return
    intake = intakes.receive(who, account, given.rows, at=clock.now())
    with Progress(console=err, disable=as_json) as progress:
        bar = progress.add_task("codes", total=intake.rows.count())
        intakes.process_batch(intake.pk, on_row=lambda: progress.advance(bar))
    _report_codes([intakes.outcome_of(row) for row in intake.rows.all()], as_json=as_json)


def _report_codes(rows: list[dict[str, Any]], *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        print_json("kindling.codes/1", dry_run=dry_run, rows=rows)
    else:
        print_table(
            "Video codes",
            ("line", "code", "outcome", "message", "next step"),
            [
                (row["line"], row["code"], row["outcome"], row["message"], row.get("next_step"))
                for row in rows
            ],
            empty="none",
        )
    good = [row for row in rows if row["outcome"] in {"applied", "waiting"}]
    if len(good) < len(rows):
        sys.exit(PARTLY if good else REFUSED)


@click.group()
def orders() -> None:
    """Orders of the shop."""


@orders.command("import")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Check the rows without storing anything.")
@json_option
@as_option
@command
def import_orders(
    file: str, dry_run: bool, as_json: bool, email: str | None, workspace: str | None
) -> None:
    """Import orders from a CSV. Importing the same file again changes nothing; refunds update their order."""
    from kindling import clock
    from kindling.conversions import service

    who = actor(email, workspace)
    result = service.import_orders(
        who, read_input(file), file_name=Path(file).name, at=clock.now(), dry_run=dry_run
    )
    problems = [problem.to_json() for problem in result.problems]
    counts = {"added": result.taken, "changed": result.changed, "unchanged": result.unchanged}
    if as_json:
        print_json(
            "kindling.orders/1", dry_run=dry_run, **counts, refused=len(problems), problems=problems
        )
    else:
        out.print(
            ", ".join(f"{count} {word}" for word, count in counts.items())
            + f", {len(problems)} refused"
        )
        print_problems(problems)
    if problems:
        sys.exit(PARTLY if sum(counts.values()) else REFUSED)


@click.command("products")
@click.argument("file")
@as_option
@command
def import_products(file: str, email: str | None, workspace: str | None) -> None:
    """Import products and their costs from a CSV."""
    from kindling import clock
    from kindling.products import service

    who = actor(email, workspace)
    _report(service.import_products(who, read_input(file), at=clock.now()), "products")


@click.command("agreements")
@click.argument("file")
@as_option
@command
def import_agreements(file: str, email: str | None, workspace: str | None) -> None:
    """Import usage rights from a CSV of agreements."""
    from kindling import clock
    from kindling.posts.reading import sources

    who = actor(email, workspace)
    _report(sources.import_agreements(who, read_input(file), at=clock.now()), "usage rights")


def _report(result: Any, noun: str) -> None:
    out.print(f"{result.taken} {noun} imported, {len(result.problems)} refused")
    print_problems([problem.to_json() for problem in result.problems])
    if result.problems:
        sys.exit(PARTLY if result.taken else REFUSED)


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Sync reports from this day on.")
@json_option
@as_option
@command
def sync(since: Any, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Sync posts, ad authorizations, campaigns, ads and reports from TikTok now."""
    from kindling import clock
    from kindling.authorizations.lifecycle import polling
    from kindling.delivery import sync
    from kindling.launches.planning import readiness
    from kindling.workspaces import service as workspaces

    who, at = actor(email, workspace), clock.now()
    problems = polling.read_platform(who.workspace, at=at)
    runs = [
        sync.sync_account(account, at=at, since=since.date() if since else None)
        for account in workspaces.ad_accounts(who.workspace)
    ]
    readiness.read_music(who.workspace, now=at)
    problems += [f"{run.ad_account.name}: {run.problem}" for run in runs if not run.is_complete]
    if as_json:
        body = [
            {
                "ad_account": run.ad_account.advertiser_id,
                "complete": run.is_complete,
                "rows": run.rows,
                "first_day": run.first_day.isoformat() if run.first_day else None,
                "last_day": run.last_day.isoformat() if run.last_day else None,
            }
            for run in runs
        ]
        print_json("kindling.sync/1", complete=not problems, runs=body, problems=problems)
    else:
        for run in runs:
            out.print(
                f"{run.ad_account.name}: {run.rows} rows, {'complete' if run.is_complete else 'INCOMPLETE'}"
            )
        for problem in problems:
            err.print(problem, style="bold red")
    if problems:
        sys.exit(PARTLY)


@click.command("portal-link")
@click.argument("handle")
@click.option(
    "--for",
    "purpose",
    default="command line",
    show_default=True,
    help="Purpose of the link, for the audit trail.",
)
@as_option
@command
def portal_link(handle: str, purpose: str, email: str | None, workspace: str | None) -> None:
    """Print a magic link to the portal pages of HANDLE. It works once, within three days."""
    from kindling import clock
    from kindling.access import service as access
    from kindling.creators import service as creators

    who = actor(email, workspace)
    creator = creators.find_creator(who.workspace, handle.removeprefix("@"))
    click.echo(access.make_link(creator, purpose=purpose, at=clock.now(), actor=who))


@click.command("import-tracker")
@click.argument("file")
@click.option("--ad-account", help="Ad account (advertiser id) for the video codes of the sheet.")
@click.option(
    "--sheet",
    multiple=True,
    metavar="NAME",
    help="Read only this sheet of a workbook. Can be repeated; all sheets if not given.",
)
@click.option(
    "--header-line",
    type=int,
    default=0,
    help="Line with the column names, from 1; detected if not given.",
)
@click.option(
    "--column",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Meaning of a column, by its name or number: --column handle=Who. Can be repeated.",
)
@click.option(
    "--dry-run", is_flag=True, help="Check every row without storing or sending anything."
)
@json_option
@as_option
@command
def import_tracker(
    file: str,
    ad_account: str | None,
    sheet: tuple[str, ...],
    header_line: int,
    column: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    email: str | None,
    workspace: str | None,
) -> None:
    """Import a tracker spreadsheet: creators, posts, video codes and usage rights. FILE is a CSV or an .xlsx.

    Of an .xlsx every visible sheet is read.
    """
    from kindling import clock
    from kindling.tracker import service as tracker
    from kindling.workspaces import service as workspaces

    who, data, name = actor(email, workspace), read_input(file), Path(file).name
    how = tracker.with_columns(data, _named(column), header_line=header_line, only=sheet)
    if dry_run:
        found = tracker.dry_run(who, data, name=name, how=how, at=clock.now())
    else:
        account = workspaces.find_ad_account(who, ad_account) if ad_account else None
        found = tracker.import_tracker(
            who, data, name=name, how=how, ad_account=account, at=clock.now()
        )
    body = found.to_json()
    if as_json:
        print_json("kindling.tracker/1", **body)
    else:
        print_table(
            "Sheets",
            ("sheet", "lines", "ignored columns"),
            [
                (
                    each["name"] or name,
                    "skipped" if each["skipped"] else each["lines"],
                    each["skipped"] or ", ".join(each["ignored_columns"]),
                )
                for each in body["sheets"]
            ],
            empty="no sheets",
        )
        if body["encoding"]:
            out.print(f"Text read as {body['encoding']}.")
        if body["codes_wait_for_ad_account"]:
            out.print("The video codes wait for an ad account: connect TikTok.")
        print_table(
            "Dry run" if dry_run else "Imported",
            ("line", "creator", "result", "details"),
            [(_place(row), row["handle"], row["outcome"], _why(row)) for row in body["rows"]],
            empty="no rows",
        )
    if found.counts["refused"] or found.counts["partly"]:
        sys.exit(PARTLY)


def _named(columns: Sequence[str]) -> dict[str, str]:
    """ "handle=Who" as {"handle": "Who"}."""
    from kindling.errors import InvalidInputError

    named = {}
    for text in columns:
        name, sign, where = text.partition("=")
        if not sign:
            raise InvalidInputError(
                f"--column {text}: the field is missing.", next_step="Write --column handle=Who."
            )
        named[name.strip()] = where.strip()
    return named


def _place(row: dict[str, Any]) -> str:
    return f"{row['sheet']} {row['line']}" if row["sheet"] else str(row["line"])


def _why(row: dict[str, Any]) -> str:
    told = [*(part.get("message") for part in row["parts"]), *row["assumed"]]
    return " ".join(str(each or "") for each in told).strip()


COMMANDS = [
    codes, orders, import_products, import_agreements, import_tracker, portal_link, sync,
]  # fmt: skip
