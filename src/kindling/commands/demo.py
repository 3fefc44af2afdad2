"""`kindling demo`: the whole path on a fresh simulated TikTok."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kindling.commands.common import boot, err, errors_told, out, program
from kindling.errors import ConflictError
from kindling.kit import folder_lock
from kindling.kit.folder_lock import FolderLock

MARK = ".kindling-demo"  # only a folder that holds this file is ever emptied
WORLD = "world.bin"  # the simulated TikTok of a demo that was stopped
STORES_FILE = "world.stores"  # which stores its data is in
STORES = ("KINDLING_DATABASE_URL", "KINDLING_JOBS_URL", "KINDLING_LAKE_URL")
ORDERS_EVERY = timedelta(hours=2)  # of simulated time; spend is synced every half hour
DRAIN_SECONDS = 60.0
# How often its worker looks for jobs: days that are walked wait for them, an open demo costs little.
WALKING_SECONDS, OPEN_SECONDS = 0.1, 0.5
SPEED = 360  # a day in four minutes


@click.command()
@click.option(
    "--headless",
    is_flag=True,
    help="Run the demo in a folder that is thrown away, print the answers and exit, without the web app.",
)
@click.option(
    "--days",
    default=21,
    show_default=True,
    type=click.IntRange(1, 120),
    help="Number of simulated days.",
)
@click.option(
    "--seed",
    default=7,
    show_default=True,
    type=int,
    help="Seed of the simulated world.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the five answers as JSON (kindling.five/1)."
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port of the web app.",
)
@click.option(
    "--speed",
    default=SPEED,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="Simulated seconds per second while the workspace is open.",
)
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also save the truth of the sandbox to this file.",
)
@click.option(
    "--reopen",
    is_flag=True,
    help="Open the demo that was stopped in this folder and go on with it; --days and --seed are those it had.",
)
@errors_told
def demo(
    headless: bool,
    days: int,
    seed: int,
    as_json: bool,
    port: int,
    speed: int,
    truth: Path | None,
    reopen: bool,
) -> None:
    """Run the whole workflow on a fresh simulated TikTok, then answer the five questions.

    Creators post, video codes arrive, posts are evaluated, plans are applied, ads run, authorizations end and
    are renewed. Without --headless the workspace stays open in the browser while simulated time, ads and orders go on.
    Its data is in KINDLING_DATA_DIR, else in var/demo; only a folder of an earlier demo is emptied. A demo that
    was stopped is opened again with --reopen.
    """
    if headless and reopen:
        raise click.UsageError("--headless keeps nothing that --reopen could open.")
    from kindling.commands.operations import check_port, end_on_signals
    from kindling.demo.sandbox import Sandbox

    end_on_signals()  # so that the sandbox and the web server do not outlive us
    if not headless:
        check_port("127.0.0.1", port)
    with ExitStack() as held:
        folder = held.enter_context(_data_folder(headless=headless, reopen=reopen))
        world = folder / WORLD if reopen else None
        sandbox = held.enter_context(Sandbox(seed=seed, world=world))
        os.environ |= {
            "KINDLING_DATA_DIR": str(folder),
            "KINDLING_CLOCK": sandbox.url,
            "KINDLING_BASE_URL": f"http://127.0.0.1:{port}",
            "KINDLING_TIKTOK_TIER": "off",
            "KINDLING_SETTLE_SECONDS": "0.2",
            "KINDLING_PULSE_SECONDS": "3",
            "KINDLING_LOG_LEVEL": os.environ.get("KINDLING_LOG_LEVEL", "ERROR"),
        }
        if headless:
            for name in STORES:
                os.environ.pop(name, None)  # everything is in the folder that is thrown away
        boot()
        if world is not None:
            scenario, body = _go_on(sandbox)
            world.unlink()  # from here on it is older than the workspace's data
        else:
            _refuse_stores_in_use()
            scenario, body = _walk(sandbox, days=days, quiet=as_json)
        if truth is not None:
            truth.write_text(json.dumps(sandbox.get("/sandbox/v1/truth/")))
        if as_json:
            click.echo(json.dumps(body, indent=2, ensure_ascii=False))
        else:
            from kindling.commands.reports import print_five

            print_five(body)
        if not headless:
            _stay_open(scenario, folder=folder, port=port, speed=speed)
            _keep_world(sandbox, folder, port=port)
        _shut_down()


@contextmanager
def _data_folder(*, headless: bool, reopen: bool = False) -> Iterator[Path]:
    """A folder held until the block ends: a fresh temporary one, or KINDLING_DATA_DIR, else var/demo.

    Only a folder that a demo marked as its own is emptied, and only while nobody works in it. With `reopen`
    it is the folder of a demo that was stopped, as it is. raises : ConflictError otherwise
    """
    if headless:
        with tempfile.TemporaryDirectory(prefix="kindling-demo-") as name:
            yield Path(name)
        return
    folder = Path(os.environ.get("KINDLING_DATA_DIR") or "var/demo").expanduser().absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_own(folder)
    lock = FolderLock(folder)
    try:
        if not lock.take_alone():
            raise ConflictError(
                f"A demo, a server or a worker is running in {folder}.",
                next_step="Stop it first, or point KINDLING_DATA_DIR at another folder.",
            )
        _check_own(folder)
        if reopen:
            _check_stopped(folder)
        else:
            _empty(folder)
        if not lock.share():  # its own server shares it
            raise ConflictError(f"Another demo has begun in {folder}.", next_step="Try again.")
        yield folder
    finally:
        lock.release()


def _empty(folder: Path) -> None:
    (folder / MARK).touch()
    for each in folder.iterdir():
        if each.name in {MARK, folder_lock.NAME}:
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()


def _check_stopped(folder: Path) -> None:
    """Refuse a folder without the simulated TikTok that belongs to its data, and stores that are not its own."""
    if not (folder / WORLD).exists():
        raise ConflictError(
            f"{folder} holds no demo that was stopped with Ctrl-C; nothing was changed.",
            next_step=f"Start a fresh one: {program()} demo",
        )
    kept = folder / STORES_FILE
    if not kept.exists() or kept.read_text() != _stores_digest():
        raise ConflictError(
            f"The demo in {folder} kept its data in other stores than the settings name now; nothing was changed.",
            next_step=f"Set {', '.join(STORES)} as they were when it was started.",
        )


def _stores_digest() -> str:
    """Says which stores the settings name, without telling them: their addresses may hold passwords."""
    return hashlib.sha256(
        "\n".join(os.environ.get(name, "") for name in STORES).encode()
    ).hexdigest()


def _check_own(folder: Path) -> None:
    """Refuse a folder that holds anything and was not made by a demo."""
    if (folder / MARK).exists() or all(each.name == folder_lock.NAME for each in folder.iterdir()):
        return
    raise ConflictError(
        f"{folder} holds data that no demo wrote; nothing was changed.",
        next_step="Point KINDLING_DATA_DIR at an empty folder for the demo, or unset it to use var/demo.",
    )


def _refuse_stores_in_use() -> None:
    """The demo writes into databases and a lake that settings name, but only into empty ones."""
    from django.db import connection

    from kindling.facts import lake
    from kindling.facts.schema import TABLES
    from kindling.jobs import engine

    in_use = {
        "KINDLING_DATABASE_URL": lambda: bool(connection.introspection.table_names()),
        "KINDLING_JOBS_URL": lambda: not engine.is_new(),
        "KINDLING_LAKE_URL": lambda: any(lake.opened(table) is not None for table in TABLES),
    }
    for name in STORES:
        if os.environ.get(name) and in_use[name]():
            raise ConflictError(
                f"{name} names a store that is in use; nothing in it was changed.",
                next_step="Name an empty one for the demo, or unset it.",
            )


def _launch_jobs() -> None:
    from kindling.jobs import discovery, engine

    discovery.load()
    engine.launch(polling_seconds=WALKING_SECONDS)


def _walk(sandbox: Any, *, days: int, quiet: bool) -> tuple[Any, dict[str, Any]]:
    from kindling.commands.operations import prepare
    from kindling.demo.people import make_team
    from kindling.demo.scenario import Scenario
    from kindling.today import five as today

    prepare()
    _launch_jobs()
    started = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} days"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet) as progress:
        bar = progress.add_task("Running the demo", total=days)

        def say(sentence: str) -> None:
            if not quiet:
                progress.console.print(sentence)

        scenario = Scenario(sandbox, say, make_team(at=sandbox.now()))
        scenario.walk(days, on_day=lambda: progress.advance(bar))
    body = today.to_json(today.five(scenario.team.workspace, now=scenario.now))
    body["walked"] = {"days": days, "seconds": round(time.monotonic() - started, 1)}
    scenario.say = lambda sentence: None
    return scenario, body


def _go_on(sandbox: Any) -> tuple[Any, dict[str, Any]]:
    """The demo of this folder at the moment at which it was stopped."""
    from kindling.commands.operations import prepare
    from kindling.demo.people import team_again
    from kindling.demo.scenario import Scenario
    from kindling.today import five as today

    prepare()
    scenario = Scenario(sandbox, lambda sentence: None, team_again())
    scenario.connect()
    _launch_jobs()
    return scenario, today.to_json(today.five(scenario.team.workspace, now=scenario.now))


def _keep_world(sandbox: Any, folder: Path, *, port: int) -> None:
    """Save the simulated TikTok beside the data, for --reopen; time stands still while work is finished."""
    from kindling.jobs import engine

    # A second Ctrl-C would leave data without the world that belongs to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    out.print("Saving…")
    sandbox.stop_time()
    with suppress(TimeoutError):  # what is still queued then is done when the demo is opened again
        engine.drain(timeout_seconds=DRAIN_SECONDS)
    half = folder / f"{WORLD}.half"
    half.write_bytes(sandbox.file("/sandbox/v1/save/"))
    (folder / STORES_FILE).write_text(_stores_digest())
    half.replace(folder / WORLD)
    out.print(f"Stopped. To go on from here: {program()} demo --reopen --port {port}", markup=False)


def _stay_open(scenario: Any, *, folder: Path, port: int, speed: int) -> None:
    """Serve the workspace and let simulated time, ads and orders go on, until somebody stops it."""
    from kindling.commands.operations import serve_beside
    from kindling.jobs import engine

    engine.look_every(OPEN_SECONDS)
    scenario.sandbox.let_run(speed=speed)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(scenario, stop), daemon=True, name="kindling-beat")
    beat.start()
    try:
        with suppress(KeyboardInterrupt):
            _say_where(scenario, folder=folder, port=port, speed=speed)
            serve_beside("127.0.0.1", port, threads=8)
    finally:
        stop.set()
        beat.join(timeout=10)


def _say_where(scenario: Any, *, folder: Path, port: int, speed: int) -> None:
    sandbox = scenario.sandbox
    out.print()
    out.print(f"[bold]Open http://127.0.0.1:{port}/[/]")
    out.print(
        f"Sign in as [bold]owner@shop.example[/] with the password [bold]{scenario.team.password}[/]"
    )
    out.print(
        "Others with the same password: manager@, reviewer@, legal@, buyer@ and finance@shop.example"
    )
    out.print("A creator's own pages: this prints a link that works once")
    out.print(f"  {portal_command(folder, clock=sandbox.url, port=port)}", markup=False)
    out.print(
        f"The creators' phones: {sandbox.url}/phone/  (create a video code there, add it under Authorizations)"
    )
    out.print(
        f"Simulated time continues: one day takes {86_400 / speed / 60:.3g} minutes; ads spend and orders come in, "
        "nobody else works. Stop with Ctrl-C."
    )


def portal_command(folder: Path, *, clock: str, port: int) -> str:
    """The command that prints a portal link to this demo, whatever its folder and port."""
    known = {
        "KINDLING_DATA_DIR": str(folder),
        "KINDLING_CLOCK": clock,
        "KINDLING_BASE_URL": f"http://127.0.0.1:{port}",
    }
    words = [f"{name}={shlex.quote(value)}" for name, value in known.items()]
    return " ".join([*words, program(), "portal-link @sample.iris"])


def _beat(scenario: Any, stop: threading.Event, *, seconds: float = 3) -> None:
    """What goes on by itself: the worker's pulse, and the shop's orders every few simulated hours.

    Spend goes on, so orders must: else profit would fall only because nobody imported them. The queues are
    worked by the engine that the walk has launched.
    """
    import logging

    from django.db import close_old_connections

    from kindling import clock
    from kindling.jobs import worker

    taken_at = clock.now()
    while not stop.wait(seconds):
        try:
            close_old_connections()
            now = clock.now()
            worker.pulse(now)
            if now - taken_at >= ORDERS_EVERY:
                scenario.take_orders()
                taken_at = now
        except Exception:
            logging.getLogger(__name__).exception("a pulse failed; the next one tries again")


def _shut_down() -> None:
    from kindling.jobs import engine

    engine.shut_down()


COMMANDS = [demo]
