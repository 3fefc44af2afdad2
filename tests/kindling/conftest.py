"""Fixtures of the platform's tests: a simulated TikTok, its clock, and a sample team at work in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from pytest_django.plugin import DjangoDbBlocker
from sample_team import Team, make_team
from stages import Beginnings, Database, File, Rows, Schema, Stages

import postgres
from kindling import clock as wiring
from kindling.jobs import engine
from kindling.kit.clock_sources import SandboxClock
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import Actor
from tiktok_business import Retry
from tiktok_sandbox.server import SandboxServer

LAKE = Path(str(settings.KINDLING_LAKE_URL))
FILES = [settings.DATA_DIR / "app.db", settings.DATA_DIR / "jobs.db"]


@pytest.fixture(scope="session")
def _server() -> Iterator[SandboxServer]:
    with SandboxServer(seed=7) as server:
        server.world_at_first = server.read("save/")  # type: ignore[attr-defined]
        yield server


@pytest.fixture(scope="session")
def _clock(_server: SandboxServer) -> Iterator[SandboxClock]:
    clock = SandboxClock(_server.url)
    yield clock
    clock.close()


@pytest.fixture
def sandbox(
    _server: SandboxServer, _clock: SandboxClock, monkeypatch: pytest.MonkeyPatch
) -> SandboxServer:
    """A fresh world of seed 7 at its epoch, without faults; the platform lives in its time."""
    _server.delete("faults/")
    _server.write("load/", _server.world_at_first)  # type: ignore[attr-defined]
    _clock._anchor = None  # whatever time an earlier test left it with
    monkeypatch.setattr(wiring, "_CLOCK", _clock)
    monkeypatch.setattr(settings, "KINDLING_SAMPLE_SHOP", _server.url)
    return _server


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tries as often as ever and waits milliseconds in between."""
    brief = Retry(first_wait=timedelta(milliseconds=5), longest_wait=timedelta(milliseconds=20))
    monkeypatch.setattr(tiktok, "Retry", lambda: brief)


@pytest.fixture(scope="session")
def _databases(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[list[Database]]:
    """The migrated tables of the platform and of its jobs."""
    with django_db_blocker.unblock():
        engine.migrate()
    found: list[Database] = (
        [Schema(os.environ[name]) for name in ("KINDLING_DATABASE_URL", "KINDLING_JOBS_URL")]
        if postgres.SERVER
        else [File(file) for file in FILES]
    )
    yield found
    for each in found:
        each.close()


@pytest.fixture(scope="session")
def _empty(_databases: list[Database]) -> list[Rows]:
    """The tables without a row of any test."""
    return [each.rows() for each in _databases]


@pytest.fixture
def database(
    _databases: list[Database], _empty: list[Rows], django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Tables and lake, empty. Real transactions: leases and jobs write from threads of their own."""
    for each, rows in zip(_databases, _empty, strict=True):
        each.put_back(rows)
    cache.clear()  # counts are kept by the number of the newest event, which starts again here
    with django_db_blocker.unblock():
        yield
    for folder in (LAKE, LAKE.with_name("lake-set-aside"), settings.DATA_DIR / "orders"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stages(_server: SandboxServer, _databases: list[Database]) -> Stages:
    """The states that tests start from, each made once in this process."""
    return Stages(_server, databases=_databases, lake=LAKE)


@pytest.fixture(scope="session")
def beginnings(_databases: list[Database]) -> Beginnings:
    """What fixtures make out of empty tables, each made once in this process."""
    return Beginnings(_databases)


@pytest.fixture
def team(database: None, sandbox: SandboxServer, stages: Stages) -> Team:
    """The sample team, its ad account connected through the consent page."""
    return stages.after("team", do=lambda: make_team(sandbox, stages))


@pytest.fixture
def at(sandbox: SandboxServer) -> datetime:
    """The present instant of the sandbox when the test starts."""
    return wiring.now()


@pytest.fixture
def workspace(team: Team) -> Workspace:
    return team.workspace


@pytest.fixture
def owner(team: Team) -> Actor:
    return team.owner


@pytest.fixture
def manager(team: Team) -> Actor:
    return team.manager


@pytest.fixture
def buyer(team: Team) -> Actor:
    return team.buyer


@pytest.fixture
def finance(team: Team) -> Actor:
    return team.finance


@pytest.fixture
def ad_account(team: Team) -> AdAccount:
    return team.account
