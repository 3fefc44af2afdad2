"""Fixtures of the platform's tests: a simulated TikTok, its clock, and a sample team at work in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django.plugin import DjangoDbBlocker
from sample_team import Team, make_team

from kindling import wiring
from kindling.jobs import engine
from kindling.kit.time import SandboxClock
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import Actor
from tiktok_business import Retry
from tiktok_sandbox.server import SandboxServer


@pytest.fixture(scope="session")
def _server() -> Iterator[SandboxServer]:
    with SandboxServer(seed=7) as server:
        server.behaviour_at_first = server.get("behaviour/")  # type: ignore[attr-defined]
        yield server


@pytest.fixture
def sandbox(_server: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxServer]:
    """A fresh world of seed 7 at its epoch, without faults; the platform lives in its time."""
    _server.post("behaviour/", _server.behaviour_at_first)  # type: ignore[attr-defined]
    _server.post("reset/", {"seed": 7, "clock": "manual"})
    clock = SandboxClock(_server.url)
    monkeypatch.setattr(wiring, "_CLOCK", clock)
    yield _server
    clock._http.close()


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tries as often as ever and waits milliseconds in between."""
    brief = Retry(first_wait=timedelta(milliseconds=5), longest_wait=timedelta(milliseconds=20))
    monkeypatch.setattr(tiktok, "Retry", lambda: brief)


@pytest.fixture(scope="session")
def _job_store(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    engine.migrate()


@pytest.fixture
def database(transactional_db: None, _job_store: None) -> Iterator[None]:
    """Tables and lake, empty. Real transactions: leases and jobs write from threads of their own."""
    yield
    shutil.rmtree(Path(str(settings.KINDLING_LAKE_URL)), ignore_errors=True)


@pytest.fixture
def team(database: None, sandbox: SandboxServer) -> Team:
    """The sample team, its ad account connected through the consent page."""
    return make_team(sandbox)


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
