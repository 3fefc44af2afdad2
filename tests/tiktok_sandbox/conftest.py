from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_team import Team

from tiktok_sandbox.server import SandboxServer


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A fresh demo world of seed 7, clock standing still, no rate limits."""
    with SandboxServer(seed=7, clock="manual") as running:
        yield running


@pytest.fixture
def team(sandbox: SandboxServer) -> Team:
    return Team(sandbox)
