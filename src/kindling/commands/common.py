"""What every command shares: booting Django, finding who acts, printing rows, exit codes."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from kindling.workspaces.service import Actor

LONGEST_WORD = 25  # that a table never breaks: a handle of 24 letters and its @
DONE, REFUSED, USAGE, PARTLY = 0, 1, 2, 3
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def boot() -> None:
    """Make Django ready in this process. Imports of models come after it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindling.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
        from kindling import logs

        logs.configure()


def command(run: Callable[..., None]) -> Callable[..., None]:
    """Boots, and turns the errors we expect into one message and exit code 1."""

    @wraps(run)
    def booted(*args: Any, **kwargs: Any) -> None:
        boot()
        run(*args, **kwargs)

    return errors_told(booted)


def errors_told(run: Callable[..., None]) -> Callable[..., None]:
    """Turns the errors we expect into one message, what to do, and an exit code; for a command without Django."""

    @wraps(run)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        from kindling.config import SettingError
        from kindling.errors import KindlingError

        try:
            run(*args, **kwargs)
        except KindlingError as error:
            say_error(error.message, error.next_step)
            sys.exit(REFUSED)
        except SettingError as error:
            say_error(str(error), "")
            sys.exit(USAGE)
        except Exception as error:
            told = _of_the_disk(error) or _of_tables(error)
            if told is None:
                raise
            say_error(*told)
            sys.exit(REFUSED)

    return wrapped


DISK = {
    errno.ENOSPC: ("The disk is full", "Free some space, then run the command again."),
    errno.EDQUOT: ("The disk quota is used up", "Free some space, then run the command again."),
    errno.EROFS: ("The disk is read-only", "Make it writable, or point KINDLING_DATA_DIR at another folder."),
    errno.EACCES: ("Access is denied", "Let this user read and write it, or use another folder or file."),
    errno.EPERM: ("Access is denied", "Let this user read and write it, or use another folder or file."),
    errno.EIO: ("The disk failed", "Look into the system's log; on a sound disk, restore the last backup."),
}  # fmt: skip
# What SQLite says instead, through Django and through the job engine alike.
SQLITE = (
    ("database or disk is full", errno.ENOSPC),
    ("attempt to write a readonly database", errno.EROFS),
    ("unable to open database file", errno.EACCES),
    ("disk I/O error", errno.EIO),
)


# What SQLite and PostgreSQL say where nothing was set up yet.
NO_TABLES = re.compile(r"no such (table|column)|(relation|column) .* does not exist")


def _of_tables(error: BaseException) -> tuple[str, str] | None:
    """Message and next step where the database was never set up or is older than the code; else None."""
    if type(error).__name__ not in {"OperationalError", "ProgrammingError"}:
        return None
    if not NO_TABLES.search(str(error)):
        return None
    return (
        "The database is not set up, or is older than this Kindling: a table or column is missing.",
        "Run `kindling migrate`, or point KINDLING_DATA_DIR at the folder you mean.",
    )


def _of_the_disk(error: BaseException) -> tuple[str, str] | None:
    """Message and next step when a full, read-only or closed disk is behind the error; else None."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in DISK:
            what, step = DISK[cause.errno]
            return f"{what}: {cause.filename}." if cause.filename else f"{what}.", step
        if type(cause).__name__ in {"OperationalError", "DatabaseError"}:
            for words, number in SQLITE:
                if words in str(cause):
                    what, step = DISK[number]
                    return f"{what}: the database in the data folder cannot be used.", step
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return None


def program() -> str:
    """How whoever runs this can call `kindling` again: by its path where the bare name is not on PATH."""
    called = Path(sys.argv[0])
    found = shutil.which("kindling")
    if called.name != "kindling" or (found and Path(found).resolve() == called.resolve()):
        return "kindling"
    return shlex.quote(str(called))


def say_error(message: str, next_step: str) -> None:
    err.print(message, style="bold red")
    if next_step:
        err.print(next_step)


def as_option(run: Callable[..., None]) -> Callable[..., None]:
    """Options that say who acts where."""
    run = click.option(
        "--workspace", "-w", envvar="KINDLING_WORKSPACE", help="Short name of the workspace."
    )(run)
    return click.option(
        "--as",
        "email",
        envvar="KINDLING_USER",
        help="E-mail of the member who acts; recorded in the audit trail.",
    )(run)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


def actor(email: str | None, workspace: str | None) -> Actor:
    """The member a command acts as: the named one, or the only owner of the only workspace."""
    from kindling.errors import InvalidInputError
    from kindling.workspaces import service
    from kindling.workspaces.models import Member, Role, User, Workspace

    slugs = list(Workspace.objects.order_by("slug").values_list("slug", flat=True))
    if not slugs:
        raise InvalidInputError(
            "There is no workspace yet.",
            next_step="Create one with `kindling workspace`, or try `kindling demo`.",
        )
    if workspace is None and len(slugs) > 1:
        raise InvalidInputError(
            "There are several workspaces.", next_step=f"Use -w with one of {', '.join(slugs)}."
        )
    slug = workspace or slugs[0]
    if email:
        user = User.objects.filter(email=email.lower()).first()
    else:
        owners = Member.objects.filter(
            workspace__slug=slug, role=Role.OWNER, deactivated_at=None
        ).select_related("user")
        user = owners[0].user if len(owners) == 1 else None
    if user is None:
        raise InvalidInputError(
            "The acting member is not clear.", next_step="Use --as with the e-mail of a member."
        )
    return service.actor_for(user, slug)


def print_json(schema: str, **body: Any) -> None:
    """One JSON document with its versioned schema first."""
    click.echo(json.dumps({"schema": schema, **body}, indent=2, ensure_ascii=False))


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str
) -> None:
    if not rows:
        out.print(f"{title}: {empty}")
        return
    cells = [["—" if cell is None else str(cell) for cell in row] for row in rows]
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for number, column in enumerate(columns):
        # Ids and handles are copied, so no word of up to this length is broken, however narrow the screen.
        words = (word for row in cells for word in row[number].split())
        longest = max(len(word) for word in (*words, *column.split(), ""))
        table.add_column(column, overflow="fold", min_width=min(longest, LONGEST_WORD))
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))  # no markup: people write them
    out.print(table)


def print_problems(problems: Sequence[Mapping[str, Any]]) -> None:
    for problem in problems:
        err.print(f"line {problem['line']}: {problem['message']} {problem['next_step']}")
