"""The command `tiktok-sandbox`."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec
from click.core import ParameterSource
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.types import ASGIApp

from tiktok_sandbox.app import create_app
from tiktok_sandbox.cli_impressions import impressions
from tiktok_sandbox.cli_truth import DEFAULT_PORT, truth
from tiktok_sandbox.describe.coverage import coverage as coverage_page
from tiktok_sandbox.describe.openapi import openapi as describe
from tiktok_sandbox.describe.shop_openapi import shop_openapi
from tiktok_sandbox.runtime.certificates import Certificate, NoCryptographyError, certificate_in
from tiktok_sandbox.runtime.exchanges import Recorder, RecordingError, read_recording, replay_app
from tiktok_sandbox.runtime.limits import TIERS
from tiktok_sandbox.runtime.native_threads import native_threads, wait_for_end_of
from tiktok_sandbox.runtime.proxy import HOSTS, proxying
from tiktok_sandbox.runtime.state_file import StateFile, StateFileError
from tiktok_sandbox.server import serve as serve_app
from tiktok_sandbox.world.drawing.build import (
    FamilyFileError,
    UnknownWorldError,
    build_world,
    names,
    read_family,
    starting_at,
)
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.state.behaviour import UnknownSettingError, changed, written
from tiktok_sandbox.world.state.clock import ClockModeError
from tiktok_sandbox.world.storage import WorldFileError, load
from tiktok_sandbox.world.world import World

PROXY_PORT = 8791
YAML = (".yaml", ".yml")


@click.group()
def main() -> None:
    """A simulated TikTok for Spark Ads: it speaks the API for Business and knows its own truth."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True)
@click.option("--world", "name", default="demo", show_default=True, help="Family name or file.")
@click.option("--seed", default=7, show_default=True)
@click.option("--epoch", help='When a new world begins: "today", a date, or a full hour in UTC.')
@click.option(
    "--clock", default="manual", show_default=True, help="manual, real, or xN like x3600."
)
@click.option("--tier", default="basic", show_default=True, type=click.Choice(list(TIERS)))
@click.option(
    "--behaviour",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the platform, like rebind=ok; may be given several times.",
)
@click.option(
    "--state",
    "state_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep the world in this file; go on from it when it is there.",
)
@click.option(
    "--record",
    "record_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every exchange to this new file, secrets masked; see replay.",
)
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    name: str,
    seed: int,
    epoch: str | None,
    clock: str,
    tier: str,
    settings: tuple[str, ...],
    state_path: Path | None,
    record_path: Path | None,
) -> None:
    """Serve one world until interrupted: in memory, or kept in a file with --state."""
    given = {
        parameter
        for parameter in ("name", "seed", "epoch", "clock")
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE
    }
    with closing_state(state_path) as state:
        kept = read_state(state) if state is not None else None
        if kept is None:
            world = open_world(name=name, seed=seed, clock=clock, epoch=epoch)
        else:
            world = kept
            go_on(world, given, name=name, seed=seed, epoch=epoch, clock=clock)
        change_settings(world, settings)
        app = create_app(world, tier=tier, state=state)
        served = recording(app, record_path)
        keep_first(app)
        click.echo(
            f"TikTok sandbox at http://{host}:{port}  (phone: /phone/, truth: /sandbox/v1/truth/)"
        )
        click.echo(
            f"World {world.family.name}, seed {world.seed}, clock {world.state.clock.mode}, "
            f"{world.now:%Y-%m-%d %H:%M} UTC"
        )
        if state is not None:
            click.echo(f"{'Going on from' if kept else 'Kept in'} {state.path}")
        server = Server(
            served,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            log_enabled=False,
        )
        asyncio.run(run_until_signal(server, app))
        if isinstance(served, Recorder):
            served.close()
    click.echo("Stopped.")


@contextmanager
def closing_state(path: Path | None) -> Iterator[StateFile | None]:
    """The state file, its lock held while the block lasts."""
    if path is None:
        yield None
        return
    try:
        state = StateFile(path)
    except StateFileError as error:
        raise click.ClickException(str(error)) from None
    try:
        yield state
    finally:
        state.close()


def read_state(state: StateFile) -> World | None:
    """The world that was kept, None when this is the first time."""
    try:
        return state.read()
    except (StateFileError, WorldFileError) as error:
        raise click.ClickException(f"{state.path}: {error}") from None


def go_on(
    world: World, given: set[str], *, name: str, seed: int, epoch: str | None, clock: str
) -> None:
    """Check that a kept world is the one asked for; only its clock may be set."""
    try:
        if "seed" in given and seed != world.seed:
            raise click.ClickException(
                f"the state file holds seed {world.seed}, not {seed}; name another file"
            )
        if "name" in given and not is_saved(name) and read_family(name).name != world.family.name:
            raise click.ClickException(
                f"the state file holds the world {world.family.name}, not {name}; name another file"
            )
        if epoch not in (None, "today"):
            wanted = starting_at(world.family, epoch, now=world.now).epoch
            if wanted != world.state.epoch:
                raise click.ClickException(
                    f"the state file's world began at {world.state.epoch.isoformat()}; "
                    "name another file"
                )
        if "clock" in given:
            world.set_clock(clock)
    except (ClockModeError, FamilyFileError, UnknownWorldError) as error:
        raise click.ClickException(str(error)) from None


def change_settings(world: World, settings: tuple[str, ...]) -> None:
    """Set what --behaviour names."""
    pairs = [setting.partition("=") for setting in settings]
    try:
        named = written({name.strip(): value.strip() for name, _, value in pairs})
        world.behaviour = changed(world.behaviour, named)
    except UnknownSettingError as error:
        raise click.ClickException(str(error)) from None


def recording(app: Starlette, path: Path | None) -> ASGIApp:
    """The app, or the app behind a recorder that writes to this file."""
    if path is None:
        return app
    try:
        return Recorder(app, path)
    except RecordingError as error:
        raise click.ClickException(str(error)) from None


def keep_first(app: Starlette) -> None:
    """Save before anybody asks, so that a file that cannot be written is known at once."""
    try:
        if app.state.keeper is not None:
            app.state.keeper.keep()
    except StateFileError as error:
        raise click.ClickException(str(error)) from None


async def run_until_signal(server: Server, app: Starlette) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and stop."""
    others, loop = native_threads(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await serve_app(server, app)
    wait_for_end_of(native_threads() - others)


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=DEFAULT_PORT, show_default=True)
def replay(file: Path, host: str, port: int) -> None:
    """Answer as a recorded sandbox did: the n-th call as its n-th recorded one. No world is behind it."""
    try:
        exchanges = read_recording(file)
    except RecordingError as error:
        raise click.ClickException(str(error)) from None
    server = Server(
        replay_app(exchanges),
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
    )
    click.echo(f"{len(exchanges)} recorded exchanges at http://{host}:{port}")
    asyncio.run(replay_until_signal(server))
    click.echo("Stopped.")


async def replay_until_signal(server: Server) -> None:
    """Serve until SIGINT or SIGTERM."""
    others, loop = native_threads(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
    wait_for_end_of(native_threads() - others)


def is_saved(name: str) -> bool:
    """Is this the file of a saved world, not a family?"""
    return Path(name).is_file() and Path(name).suffix not in YAML


def open_world(*, name: str, seed: int, clock: str, epoch: str | None = None) -> World:
    """A saved world when `name` is a file, else a fresh one of that family."""
    try:
        if is_saved(name):
            if epoch is not None:
                raise click.ClickException("--epoch is for a new world; this one is saved")
            world = load(Path(name).read_bytes())
            world.set_clock(clock)
            return world
        return build_world(family=name, seed=seed, epoch=epoch, clock=clock)
    except (ClockModeError, FamilyFileError, UnknownWorldError, WorldFileError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.option(
    "--to",
    "url",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="The sandbox's address.",
)
@click.option("--port", default=PROXY_PORT, show_default=True, help="0 takes a free one.")
@click.option(
    "--folder",
    default="tiktok-sandbox-tls",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the certificate is kept; made when it is missing.",
)
@click.option("--host", "hosts", multiple=True, help=f"Instead of {', '.join(HOSTS)}.")
def proxy(url: str, port: int, folder: Path, hosts: tuple[str, ...]) -> None:
    """Lead clients with a hard-coded host to a running sandbox, by HTTPS_PROXY."""
    address = urlsplit(url)
    if address.scheme != "http" or address.hostname is None:
        raise click.ClickException("--to must be the sandbox's address, like http://127.0.0.1:8790")
    names = tuple(name.lower() for name in hosts) or HOSTS
    try:
        certificate = certificate_in(folder.resolve(), names)
        asyncio.run(
            run_proxy((address.hostname, address.port or 80), certificate, names, port=port)
        )
    except (NoCryptographyError, OSError) as error:
        raise click.ClickException(str(error)) from None
    click.echo("Stopped.")


async def run_proxy(
    sandbox: tuple[str, int], certificate: Certificate, hosts: tuple[str, ...], *, port: int
) -> None:
    """Say what a client's environment needs, and pass on until SIGINT or SIGTERM."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    async with proxying(sandbox=sandbox, certificate=certificate, hosts=hosts, port=port) as (
        (name, listening),
        (_, tls_port),
    ):
        click.echo(f"{', '.join(hosts)} lead to the sandbox for clients started with:")
        click.echo(f"  export HTTPS_PROXY=http://{name}:{listening}")
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
            click.echo(f"  export {variable}={certificate.authority}")
        click.echo(f"The same without a proxy, by TLS: {name}:{tls_port}")
        await ended.wait()


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
@click.option("--shop", is_flag=True, help="The shop's API instead of the API for Business.")
def openapi(*, shop: bool) -> None:
    """Print the OpenAPI 3.1 description of the simulated endpoints, as JSON."""
    click.echo(json.dumps(shop_openapi() if shop else describe(), indent=2))


main.add_command(truth)
main.add_command(impressions)


if __name__ == "__main__":
    main()
