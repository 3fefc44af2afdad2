"""Running Kindling: serve, worker, migrate, doctor, backup, restore, people and workspaces."""

from __future__ import annotations

import errno
import getpass
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from kindling.commands.common import (
    PARTLY,
    REFUSED,
    as_option,
    command,
    err,
    errors_told,
    json_option,
    out,
    print_json,
    print_table,
    say_error,
)
from kindling.kit import child_process
from kindling.kit.folder_lock import FolderLock


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=int,
    help="Number of requests served in parallel.",
)
@click.option(
    "--worker/--no-worker",
    "with_worker",
    default=False,
    help="Also run the background jobs in this process.",
)
@command
def serve(host: str, port: int, threads: int, with_worker: bool) -> None:
    """Serve the web app and the API."""
    check_port(host, port)
    lock = share_data_folder()  # noqa: F841 - held until the process ends
    prepare(forks_later=not with_worker)
    if not with_worker:
        serve_web(host, port, threads)
        return
    end_on_signals()
    stop = start_worker_thread()
    try:
        serve_beside(host, port, threads)
    finally:
        stop.set()


def serve_web(host: str, port: int, threads: int) -> None:
    """Serve until interrupted, in a process of its own. One process: SQLite wants few writers."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "kindling.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        websockets=False,
        log_enabled=False,
    ).serve()


_is_ended = threading.Event()


def end_on_signals() -> None:
    """Let a polite kill end this process as Ctrl-C does, child included.

    It is noted too: an interrupt that strikes while Python runs a finalizer is printed and lost.
    """

    def end(number: int, frame: FrameType | None) -> None:
        _is_ended.set()
        signal.default_int_handler(number, frame)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)


def serve_beside(host: str, port: int, threads: int) -> None:
    """Serve from a child process, for a process that works jobs: the server forks, and threads do not survive that.

    Returns once the process was told to end (`end_on_signals`), or the server ended by itself.
    """
    given = ("--host", host, "--port", str(port), "--threads", str(threads))
    web = child_process.start("kindling.cli", "serve", *given)
    try:
        while not _is_ended.is_set():
            with suppress(subprocess.TimeoutExpired):
                if web.wait(timeout=1) > 0:  # it has said why
                    sys.exit(REFUSED)
                return
    except KeyboardInterrupt:
        pass  # Ctrl-C is how people end it
    finally:
        child_process.stop(web)


def check_port(host: str, port: int) -> None:
    """Make sure that a server can listen there. Raises ConflictError with the reason in words."""
    from kindling.errors import ConflictError

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"Port {port} is already in use on {host}.",
                next_step="Stop what listens there, or choose another port with --port.",
            ) from None
        raise ConflictError(
            f"Nothing can listen on port {port} of {host}: {error}.",
            next_step="Choose another --host or --port.",
        ) from None


def share_data_folder() -> FolderLock:
    """Hold the data folder with other servers and workers, so that no demo empties it meanwhile.

    raises : ConflictError while a demo sets it up
    """
    from django.conf import settings

    from kindling.errors import ConflictError

    lock = FolderLock(settings.DATA_DIR)
    if not lock.share():
        raise ConflictError(
            f"A demo is being set up in {settings.DATA_DIR}.",
            next_step="Wait until it is open, or point KINDLING_DATA_DIR at another folder.",
        )
    return lock


def prepare(*, forks_later: bool = False, with_lake: bool = True) -> bool:
    """Bring the tables of the app, of the jobs and of the lake up to date. Raises LakeMismatchError.

    A damaged lake stops nobody here: it is said, and the answer is False; pages and reports say so too.
    """
    from django.core.management import call_command

    from kindling.facts import lake
    from kindling.facts.schema import LakeDamagedError
    from kindling.jobs import engine

    call_command("migrate", verbosity=0, interactive=False)
    engine.migrate()
    if not with_lake:
        return True
    try:
        if forks_later:
            lake.migrate_apart()
        else:
            lake.migrate()
    except LakeDamagedError as error:
        say_error(error.message, error.next_step)
        return False
    return True


def start_worker_thread() -> threading.Event:
    """Work the jobs in a thread of this process; set the event to stop it."""
    from kindling import clock
    from kindling.jobs import discovery, worker

    discovery.load()
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.work,
        kwargs={"clock": clock.now, "stop": stop},
        name="kindling-worker",
        daemon=True,
    )
    thread.start()
    return stop


@click.command("worker")
@command
def worker_() -> None:
    """Run the background jobs: sync, authorization checks, guard, apply. Several may run."""
    lock = share_data_folder()  # noqa: F841 - held until the process ends
    prepare()
    from kindling import clock
    from kindling.jobs import discovery, worker

    discovery.load()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    out.print(
        "The worker is running. Stop it with Ctrl-C; open jobs continue in another worker, or at the next start."
    )
    worker.work(clock=clock.now, stop=stop)


@click.command()
@command
def migrate() -> None:
    """Bring the databases and the lake up to date. Safe to repeat."""
    if not prepare():
        sys.exit(PARTLY)
    out.print("The databases and the lake are up to date.")


@click.command()
@command
def doctor() -> None:
    """Check the installation and list what needs repair."""
    from kindling.commands import doctor as checks

    findings = checks.run()
    for finding in findings:
        mark = {"ok": "[green]ok[/]  ", "warn": "[yellow]look[/]", "bad": "[red]bad[/] "}[
            finding.level
        ]
        out.print(f"{mark} {finding.subject}: {finding.message}")
    if any(finding.level == "bad" for finding in findings):
        sys.exit(REFUSED)
    if any(finding.level == "warn" for finding in findings):
        sys.exit(PARTLY)


@click.command()
@json_option
@command
def repair(as_json: bool) -> None:
    """Heal a damaged lake: read missing days from TikTok again, book missing orders from their copies.

    Damaged tables are moved beside the lake, never deleted. Safe to repeat, and while the worker runs.
    """
    from rich.progress import Progress, SpinnerColumn, TextColumn

    from kindling import clock
    from kindling.commands import repair as repairing

    prepare(with_lake=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=err, transient=True, disable=as_json) as progress:
        bar = progress.add_task("Looking for damage")
        result = repairing.run(
            at=clock.now(), say=lambda sentence: progress.update(bar, description=sentence)
        )
    if as_json:
        print_json("kindling.repair/1", complete=not result.left, **result.to_json())
    else:
        for words, rows in (
            ("Moved aside", result.set_aside),
            ("Read again from TikTok", result.synced),
            ("Booked again from copies", result.booked),
        ):
            for row in rows:
                out.print(f"{words}: {row}")
        for row in result.left:
            err.print(row, style="bold red")
        if not result.left:
            out.print("The lake holds every day that was synced and every order that was imported.")
    if result.left:
        sys.exit(PARTLY)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@command
def backup(file: Path) -> None:
    """Back up databases, lake and keys of the embedded installation to FILE (.tar.gz, mode 0600).

    It contains the keys that decrypt video codes and tokens: protect it like the installation itself.
    """
    from django.conf import settings

    from kindling.commands import archive
    from kindling.errors import InvalidInputError

    if settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        raise InvalidInputError(
            "This installation stores its data in PostgreSQL.",
            next_step="Use pg_dump for it, and copy the data folder.",
        )
    archive.write(settings.DATA_DIR, file)
    out.print(
        f"Saved to {file}. Restore it with `kindling restore {file.name}` into an empty data folder."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@errors_told
def restore(file: Path) -> None:
    """Restore FILE into an empty data folder. Its checksums are compared first; a bad file changes nothing."""
    from kindling import config
    from kindling.commands import archive

    folder = config.data_dir(make=False)
    archive.restore(file, folder)
    out.print(f"Restored into {folder}. Start with `kindling serve`.")


@click.command()
@click.argument("email")
@click.option("--name", default="", help="Display name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@command
def user(email: str, name: str, password_stdin: bool) -> None:
    """Create a user who can sign in, or set a new password for an existing user."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from kindling.errors import InvalidInputError
    from kindling.workspaces.models import User

    prepare()
    password = sys.stdin.readline().strip() if password_stdin else getpass.getpass("Password: ")
    known = User.objects.filter(email=email.lower()).first()
    try:
        validate_password(password, known or User(email=email, name=name))
    except ValidationError as error:
        raise InvalidInputError(" ".join(error.messages), next_step="Choose another one.") from None
    if known is None:
        User.objects.create_user(email, password, name=name)
        out.print(f"{email} can sign in now. Give them a workspace with `kindling workspace`.")
    else:
        known.set_password(password)
        known.save(update_fields=["password"])
        out.print(f"{email} has a new password.")


@click.command()
@click.argument("slug")
@click.option("--name", required=True, help="Name of the brand or client.")
@click.option("--owner", required=True, help="E-mail of the owner.")
@click.option("--currency", default="USD", show_default=True, help="Currency of the workspace.")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    help="Time zone of the workspace, like Europe/Berlin.",
)
@command
def workspace(slug: str, name: str, owner: str, currency: str, timezone: str) -> None:
    """Create a workspace for a brand or client."""
    from kindling.errors import InvalidInputError
    from kindling.kit.time import zone
    from kindling.workspaces import service
    from kindling.workspaces.models import User, Workspace

    prepare()
    person = User.objects.filter(email=owner.lower()).first()
    if person is None:
        raise InvalidInputError(
            f"There is no user {owner}.", next_step=f"Create the user with `kindling user {owner}`."
        )
    if Workspace.objects.filter(slug=slug).exists():
        raise InvalidInputError(
            f"There is already a workspace {slug}.", next_step="Choose another short name."
        )
    try:
        zone(timezone)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from None
    service.create_workspace(
        slug=slug,
        name=name,
        owner=person,
        currency=currency.upper(),
        timezone=timezone,
        at=datetime.now(UTC),
    )
    out.print(f"Workspace {slug} is created. Connect TikTok under Workspace in the web app.")


@click.command()
@click.option("--name", default="command line", show_default=True, help="Purpose of the token.")
@as_option
@command
def token(name: str, email: str | None, workspace: str | None) -> None:
    """Issue an API token for a member. It is shown only once."""
    from kindling.commands.common import actor
    from kindling.workspaces import service

    click.echo(service.issue_token(actor(email, workspace), name=name, at=datetime.now(UTC)))


@click.command("settings")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting; may be repeated. All are changed, or none.",
)
@json_option
@as_option
@command
def settings_(
    pairs: tuple[str, ...], as_json: bool, email: str | None, workspace: str | None
) -> None:
    """Show what the workspace decides; with --set, change it (owners only)."""
    from kindling import clock
    from kindling.commands.common import actor
    from kindling.errors import InvalidInputError
    from kindling.workspaces import settings

    who, given = actor(email, workspace), {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidInputError(
                f"{pair!r} is not NAME=VALUE.", next_step="Write it like safety_margin_hours=48."
            )
        given[name.strip()] = value
    place = settings.change(who, given, at=clock.now()) if given else who.workspace
    if as_json:
        print_json("kindling.settings/1", workspace=place.slug, **settings.values(place))
        return
    rows = [(each.name, each.text(place), each.help) for each in settings.SETTINGS]
    print_table(f"Settings of {place.name}", ("name", "value", "meaning"), rows, empty="none")


COMMANDS = [
    serve,
    worker_,
    migrate,
    doctor,
    repair,
    backup,
    restore,
    user,
    workspace,
    settings_,
    token,
]
