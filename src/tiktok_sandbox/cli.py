"""The command `tiktok-sandbox`."""

from __future__ import annotations

import asyncio
import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import click
import msgspec
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from tiktok_sandbox.app import create_app
from tiktok_sandbox.describe.coverage import coverage as coverage_page
from tiktok_sandbox.describe.openapi import openapi as describe
from tiktok_sandbox.runtime.limits import TIERS
from tiktok_sandbox.runtime.native_threads import native_threads, wait_for_end_of
from tiktok_sandbox.server import serve as serve_app
from tiktok_sandbox.world.drawing.build import (
    FamilyFileError,
    UnknownWorldError,
    build_world,
    names,
    read_family,
)
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.state.clock import ClockModeError
from tiktok_sandbox.world.storage import WorldFileError, load
from tiktok_sandbox.world.world import World

DEFAULT_PORT = 8790
YAML = (".yaml", ".yml")


@click.group()
def main() -> None:
    """A simulated TikTok for Spark Ads: it speaks the API for Business and knows its own truth."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--world", "name", default="demo", show_default=True, help="Family name or file.")
@click.option("--seed", default=7, show_default=True)
@click.option(
    "--clock", default="manual", show_default=True, help="manual, real, or xN like x3600."
)
@click.option("--tier", default="basic", show_default=True, type=click.Choice(list(TIERS)))
def serve(host: str, port: int, name: str, seed: int, clock: str, tier: str) -> None:
    """Serve one world, kept in memory, until interrupted."""
    world = open_world(name=name, seed=seed, clock=clock)
    click.echo(
        f"TikTok sandbox at http://{host}:{port}  (phone: /phone/, truth: /sandbox/v1/truth/)"
    )
    click.echo(f"World {world.family.name}, seed {world.seed}, clock {world.state.clock.mode}")
    app = create_app(world, tier=tier)
    server = Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
    )
    asyncio.run(run_until_signal(server, app))
    click.echo("Stopped.")


async def run_until_signal(server: Server, app: Starlette) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and stop."""
    others, loop = native_threads(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await serve_app(server, app)
    wait_for_end_of(native_threads() - others)


def open_world(*, name: str, seed: int, clock: str) -> World:
    """A saved world when `name` is a file, else a fresh one of that family."""
    try:
        if Path(name).is_file() and Path(name).suffix not in YAML:
            world = load(Path(name).read_bytes())
            world.state.clock.set_mode(clock, real=world.real())
            return world
        return build_world(family=name, seed=seed, clock=clock)
    except (ClockModeError, FamilyFileError, UnknownWorldError, WorldFileError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}", show_default=True)
def truth(url: str) -> None:
    """Print what really happened in a running sandbox, as JSON."""
    address = url.rstrip("/") + "/sandbox/v1/truth/"
    if not address.startswith(("http://", "https://")):
        raise click.ClickException("--url must start with http:// or https://")
    try:
        with urllib.request.urlopen(address, timeout=60) as reply:  # noqa: S310 - checked above
            found = json.loads(reply.read())
    except (urllib.error.URLError, json.JSONDecodeError) as error:
        raise click.ClickException(f"no sandbox answered at {url}: {error}") from None
    click.echo(json.dumps(found, indent=2))


@main.command()
@click.option("--world", "name", default="reference", show_default=True, help="Family or file.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON instead of Markdown.")
def calibrate(name: str, is_json: bool) -> None:
    """Compare a family of worlds with published figures."""
    from tiktok_sandbox.describe import calibration

    try:
        family = read_family(name)
    except (UnknownWorldError, FamilyFileError) as error:
        raise click.ClickException(str(error)) from None
    figures = calibration.calibrate(family)
    if is_json:
        click.echo(json.dumps(calibration.as_json(family, figures), indent=2))
    else:
        click.echo(calibration.as_markdown(family, figures), nl=False)


@main.command()
@click.argument("file", required=False)
@click.option("--schema", "is_schema", is_flag=True, help="Print the JSON schema of world files.")
def worlds(file: str | None, is_schema: bool) -> None:
    """List the families of worlds, or check a world FILE."""
    if is_schema:
        click.echo(json.dumps(msgspec.json.schema(Family), indent=2))
        return
    try:
        for name in [file] if file else names():
            family = read_family(name)
            click.echo(f"{family.name}: {' '.join(family.about.split())}")
    except (UnknownWorldError, FamilyFileError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
def coverage() -> None:
    """Print the table of simulated endpoints, as Markdown."""
    click.echo(coverage_page(), nl=False)


@main.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 description of the simulated endpoints, as JSON."""
    click.echo(json.dumps(describe(), indent=2))


if __name__ == "__main__":
    main()
