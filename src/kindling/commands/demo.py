"""`kindling demo`: the whole path on a fresh simulated TikTok."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kindling.commands.common import boot, err, out

MARK = ".kindling-demo"  # only a folder that holds this file is ever emptied
SPEED = 360  # simulated seconds per second once the walk is over: a day in four minutes


@click.command()
@click.option(
    "--headless",
    is_flag=True,
    help="Run the demo, print the answers and exit, without the web app.",
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
@click.option("--port", default=8000, show_default=True, type=int, help="Port of the web app.")
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also save the truth of the sandbox to this file.",
)
def demo(
    headless: bool, days: int, seed: int, as_json: bool, port: int, truth: Path | None
) -> None:
    """Run the whole workflow on a fresh simulated TikTok, then answer the five questions.

    Creators post, video codes arrive, posts are evaluated, plans are applied, ads run, authorizations end and
    are renewed. Without --headless the workspace stays open in the browser while simulated time goes on.
    """
    from kindling.demo.sandbox import Sandbox

    # A polite kill ends like Ctrl-C, so that the sandbox and the web server do not outlive us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _data_folder(headless=headless) as folder, Sandbox(seed=seed) as sandbox:
        os.environ |= {
            "KINDLING_DATA_DIR": str(folder),
            "KINDLING_CLOCK": sandbox.url,
            "KINDLING_BASE_URL": f"http://127.0.0.1:{port}",
            "KINDLING_TIKTOK_TIER": "off",
            "KINDLING_SETTLE_SECONDS": "0.2",
            "KINDLING_PULSE_SECONDS": "3",
            "KINDLING_LOG_LEVEL": os.environ.get("KINDLING_LOG_LEVEL", "ERROR"),
        }
        for name in ("KINDLING_DATABASE_URL", "KINDLING_JOBS_URL", "KINDLING_LAKE_URL"):
            os.environ.pop(name, None)  # the demonstration never touches a real installation
        boot()
        body, password = _walk(sandbox, days=days, quiet=as_json)
        if truth is not None:
            truth.write_text(json.dumps(sandbox.get("/sandbox/v1/truth/")))
        if as_json:
            click.echo(json.dumps(body, indent=2, ensure_ascii=False))
        else:
            from kindling.commands.reports import print_five

            print_five(body)
        if not headless:
            _stay_open(sandbox, password=password, port=port)
        _shut_down()


@contextmanager
def _data_folder(*, headless: bool) -> Iterator[Path]:
    """A fresh folder: a temporary one, or var/demo emptied of the last demonstration."""
    if headless:
        with tempfile.TemporaryDirectory(prefix="kindling-demo-") as name:
            yield Path(name)
        return
    folder = Path("var/demo").absolute()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            err.print(
                f"{folder} is not a demo folder; move it away first.",
                style="bold red",
            )
            sys.exit(1)
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).touch()
    yield folder


def _walk(sandbox: Any, *, days: int, quiet: bool) -> tuple[dict[str, Any], str]:
    from kindling.commands.operations import prepare
    from kindling.demo.scenario import Scenario
    from kindling.jobs import discovery, engine
    from kindling.today import five as today

    prepare()
    discovery.load()
    engine.launch(polling_seconds=0.1)
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

        scenario = Scenario(sandbox, say)
        scenario.open()
        for number in range(1, days + 1):
            scenario.day(number)
            progress.advance(bar)
        scenario.close()
    body = today.to_json(today.five(scenario.team.workspace, now=scenario.now))
    body["walked"] = {"days": days, "seconds": round(time.monotonic() - started, 1)}
    return body, scenario.team.password


def _stay_open(sandbox: Any, *, password: str, port: int) -> None:
    from kindling.commands.operations import serve_beside

    sandbox.let_run(speed=SPEED)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(stop,), daemon=True, name="kindling-beat")
    beat.start()
    address = f"http://127.0.0.1:{port}/"
    out.print()
    out.print(f"[bold]Open {address}[/]")
    out.print(f"Sign in as [bold]owner@shop.example[/] with the password [bold]{password}[/]")
    out.print(
        "Others with the same password: manager@, reviewer@, legal@, buyer@ and finance@shop.example"
    )
    out.print(
        f"A creator's own pages: KINDLING_DATA_DIR=var/demo KINDLING_CLOCK={sandbox.url} "
        "kindling portal-link @sample.iris prints a link that works once"
    )
    out.print(
        f"The creators' phones: {sandbox.url}/phone/  (create a video code there, add it under Authorizations)"
    )
    out.print(
        f"Simulated time continues: one day takes {86400 // SPEED // 60} minutes. Stop with Ctrl-C."
    )
    try:
        serve_beside("127.0.0.1", port, threads=8)
    finally:
        stop.set()
        beat.join(timeout=10)


def _beat(stop: threading.Event) -> None:
    """The worker's pulse; the queues are worked by the engine that the walk has launched."""
    import logging

    from kindling import clock
    from kindling.jobs import worker

    while not stop.wait(3):
        try:
            worker.pulse(clock.now())
        except Exception:
            logging.getLogger(__name__).exception("a pulse failed; the next one tries again")


def _shut_down() -> None:
    from kindling.jobs import engine

    engine.shut_down()


COMMANDS = [demo]
