"""The sandbox as a running server: for tests in a thread, for people by the command line."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from tiktok_sandbox.app import create_app
from tiktok_sandbox.runtime.descriptors import close_listener
from tiktok_sandbox.runtime.native_threads import native_threads, wait_for_end_of
from tiktok_sandbox.runtime.state_file import StateFile, StateFileError
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.world import World

START_SECONDS, STOP_SECONDS, ANSWER_SECONDS = 20.0, 10.0, 600.0

__all__ = ["SandboxError", "SandboxServer", "create_app", "serve"]


class SandboxError(Exception):
    """The sandbox did not start, or refused a control or phone call; the message has its reason."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class SandboxServer:
    """A sandbox on a free port of this machine, in a background thread, while the block lasts.

    with SandboxServer(seed=7) as sandbox:
        sandbox.url                              # base URL for any client
        sandbox.post("clock/advance/", {"days": 1})

    tier : "off" by default, so that tests do not wait; limits are tested with "basic"
    world : a world to serve instead of a fresh one of (family, seed, epoch, clock, behaviour)
    state : a file that keeps the world, see runtime/state_file.py
    """

    def __init__(
        self,
        *,
        family: str = "demo",
        seed: int = 7,
        epoch: str | None = None,
        clock: str = "manual",
        tier: str = "off",
        behaviour: Behaviour | None = None,
        world: World | None = None,
        port: int = 0,
        state: StateFile | None = None,
    ) -> None:
        self.world = world or build_world(
            family=family, seed=seed, epoch=epoch, clock=clock, behaviour=behaviour
        )
        self.app = create_app(self.world, tier=tier, state=state)
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._others = native_threads()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="tiktok-sandbox", daemon=True)
        self._server = Server(
            self.app, port=self.port, interface=Interfaces.ASGINL, log_enabled=False
        )

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return self
            except OSError:
                if time.monotonic() > deadline or not self._thread.is_alive():
                    raise SandboxError(f"the sandbox did not start on port {self.port}") from None
                time.sleep(0.01)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        serving = native_threads() - self._others
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(STOP_SECONDS)
        wait_for_end_of(serving)
        close_listener(self.port)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(serve(self._server, self.app))
        self._loop.close()

    def get(self, path: str) -> Any:
        """JSON of a control endpoint, like "truth/". Raises SandboxError."""
        return self._json("GET", f"/sandbox/v1/{path}", None)

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Answer of a control endpoint, like "clock/advance/". Raises SandboxError."""
        return self._json("POST", f"/sandbox/v1/{path}", body or {})

    def delete(self, path: str) -> Any:
        """Answer of a control endpoint to DELETE, like "faults/". Raises SandboxError."""
        return self._json("DELETE", f"/sandbox/v1/{path}", None)

    def phone(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Answer of a phone endpoint: POST with a body, else GET. Raises SandboxError."""
        return self._json("GET" if body is None else "POST", f"/phone/v1/{path}", body)

    def text(self, path: str) -> str:
        """A file of the shop, like "shop/orders.csv". Raises SandboxError."""
        return self._send("GET", f"/sandbox/v1/{path}", None).decode()

    def read(self, path: str) -> bytes:
        """Bytes of a control endpoint, like "save/". Raises SandboxError."""
        return self._send("GET", f"/sandbox/v1/{path}", None)

    def write(self, path: str, data: bytes) -> None:
        """Send bytes to a control endpoint, like "load/". Raises SandboxError."""
        self._send("POST", f"/sandbox/v1/{path}", data)

    def advance(self, *, hours: float = 0, days: float = 0) -> None:
        self.post("clock/advance/", {"hours": hours, "days": days})

    def _json(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        return json.loads(self._send(method, path, data))

    def _send(self, method: str, path: str, data: bytes | None) -> bytes:
        request = urllib.request.Request(self.url + path, data=data, method=method)  # noqa: S310 - our own http URL
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as reply:  # noqa: S310 - our own http URL
                content: bytes = reply.read()
                return content
        except urllib.error.HTTPError as error:
            with error:
                raise SandboxError(error.read().decode(), status=error.code) from None


async def serve(server: Server, app: Starlette) -> None:
    """Serve until stopped, with the courier of webhooks and the keeper of the state file beside."""
    keeper = app.state.keeper
    beside = [asyncio.create_task(app.state.courier.run())]
    if keeper is not None:
        beside.append(asyncio.create_task(keeper.run(_warn)))
    try:
        await server.serve()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        try:
            if keeper is not None:
                keeper.keep()
        except StateFileError as error:
            _warn(str(error))


def _warn(reason: str) -> None:
    sys.stderr.write(f"Warning: {reason}\n")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
