"""Fixtures for anyone's tests of a TikTok integration. Nothing is loaded until one is used.

tiktok_sandbox : a running sandbox, one server per session, its world fresh for every test
tiktok_sandbox_clock, tiktok_sandbox_faults, tiktok_sandbox_truth : handles on it
The marker `tiktok_sandbox(seed=…, world=…, tier=…, behaviour={…})` chooses the world of a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tiktok_sandbox.server import SandboxServer

SEED, WORLD = 7, "demo"
MARKER = "tiktok_sandbox(seed, world, tier, behaviour): the simulated TikTok this test runs against"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


class Sandbox:
    """The running sandbox. `url` is the base address for any client."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server
        self.url = server.url

    def get(self, path: str) -> Any:
        """JSON of a control endpoint, like "world/". Raises SandboxError."""
        return self._server.get(path)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Answer of a control endpoint, like "grants/ads/". Raises SandboxError."""
        return self._server.post(path, body)

    def phone(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Answer of a phone endpoint: POST with a body, else GET. Raises SandboxError."""
        return self._server.phone(path, body)

    def snapshot(self) -> bytes:
        """The whole world as one file; it contains the world's secrets."""
        return self._server.read("save/")

    def restore(self, snapshot: bytes) -> None:
        """Put a snapshot back; rate limits and planned faults stay. Raises SandboxError."""
        self._server.write("load/", snapshot)


class SandboxClock:
    """Simulated time; it stands still unless a test moves it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def now(self) -> str:
        """ISO 8601, UTC."""
        return str(self._sandbox.get("clock/")["now"])

    def advance(self, *, hours: float = 0, days: float = 0) -> str:
        """Simulate what lies between; returns the new time."""
        step = {"hours": hours, "days": days}
        return str(self._sandbox.post("clock/advance/", step)["now"])


class SandboxFaults:
    """Planned faults; kinds and fields are those of the control endpoint `faults/`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def plan(self, path: str, kind: str, **fields: object) -> None:
        """Let calls of `path`, which may hold * and ?, go wrong. Raises SandboxError."""
        self._sandbox.post("faults/", {"path": path, "kind": kind, **fields})

    def standing(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._sandbox.get("faults/")["faults"]
        return found


class SandboxTruth:
    """What really happened, which no API of TikTok would tell."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = self._sandbox.get("truth/")
        return found


@pytest.fixture(scope="session")
def tiktok_sandbox_server() -> Iterator[SandboxServer]:
    """The session's one server on a free port, in a thread of this process."""
    from tiktok_sandbox.server import SandboxServer

    with SandboxServer(seed=SEED, family=WORLD) as running:
        yield running


@pytest.fixture
def tiktok_sandbox(tiktok_sandbox_server: SandboxServer, request: pytest.FixtureRequest) -> Sandbox:
    """A fresh world, as the marker asks for: same seed, same world, bit for bit."""
    sandbox = Sandbox(tiktok_sandbox_server)
    marker = request.node.get_closest_marker("tiktok_sandbox")
    wanted: dict[str, Any] = dict(marker.kwargs) if marker is not None else {}
    unknown = wanted.keys() - {"seed", "world", "tier", "behaviour"}
    if unknown:
        raise pytest.UsageError(f"the marker tiktok_sandbox takes no {', '.join(sorted(unknown))}")
    fresh = {"seed": wanted.get("seed", SEED), "world": wanted.get("world", WORLD)}
    sandbox.post("reset/", fresh | {"clock": "manual", "behaviour": "default"})
    sandbox.post("tier/", {"tier": wanted.get("tier", "off")})
    sandbox.post("behaviour/", wanted.get("behaviour", {}))
    return sandbox


@pytest.fixture
def tiktok_sandbox_clock(tiktok_sandbox: Sandbox) -> SandboxClock:
    return SandboxClock(tiktok_sandbox)


@pytest.fixture
def tiktok_sandbox_faults(tiktok_sandbox: Sandbox) -> SandboxFaults:
    return SandboxFaults(tiktok_sandbox)


@pytest.fixture
def tiktok_sandbox_truth(tiktok_sandbox: Sandbox) -> SandboxTruth:
    return SandboxTruth(tiktok_sandbox)
