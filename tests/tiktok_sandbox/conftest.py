from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_team import Team

from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.storage import load, save


@pytest.fixture(scope="session")
def _fresh_world() -> bytes:
    """Drawn once: a saved world goes on as if it had never stopped (`test_world_laws.py`)."""
    return save(build_world(seed=7, clock="manual"))


@pytest.fixture
def sandbox(_fresh_world: bytes) -> Iterator[SandboxServer]:
    """A fresh demo world of seed 7, clock standing still, no rate limits."""
    with SandboxServer(world=load(_fresh_world)) as running:
        yield running


@pytest.fixture
def team(sandbox: SandboxServer) -> Team:
    return Team(sandbox)
