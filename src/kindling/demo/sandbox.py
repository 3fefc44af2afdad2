"""The sandbox as a process of its own, and the few things only a demonstration asks of it."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx

from kindling.kit import child_process
from kindling.kit.time import parse_instant

MODULE = "tiktok_sandbox.cli"
START_SECONDS, ANSWER_SECONDS = 600.0, 5.0


class Sandbox:
    """Starts `tiktok-sandbox serve` on a free port and ends it with the block, or with this process.

    Codes and tokens it hands out are secrets of a simulated world; they are treated like real ones.
    world : a saved world to go on with, instead of a fresh one of the seed
    start_seconds : how long it may take to answer, on however slow a machine. raises : RuntimeError when
    it ended instead, or took longer
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        world: Path | None = None,
        port: int = 0,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self.port = port or _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._begin = ("--world", str(world)) if world else ("--seed", str(seed))
        self._start_seconds = start_seconds
        self._http = httpx.Client(base_url=self.url, timeout=300)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._process = child_process.start(
                MODULE, "serve", "--port", str(self.port), *self._begin,
                "--clock", "manual", "--tier", "off", quiet=True,
            )  # fmt: skip
            self._wait_until_it_answers(self._process)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self._start_seconds
        while process.poll() is None and time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                health = self._http.get("/sandbox/v1/health/", timeout=ANSWER_SECONDS)
                health.raise_for_status()
                return
            time.sleep(0.05)
        what = (
            "is the port free, and the saved world of this version? Without --reopen the demo starts anew"
            if "--world" in self._begin
            else "is the port free?"
        )
        raise RuntimeError(f"the sandbox did not start on port {self.port}; {what}")

    def _end(self) -> None:
        self._http.close()
        if self._process is not None:
            child_process.stop(self._process)

    def get(self, path: str) -> Any:
        return self._http.get(path).raise_for_status().json()

    def post(self, path: str, **body: Any) -> Any:
        return self._http.post(path, json=body).raise_for_status().json()

    def file(self, path: str) -> bytes:
        return self._http.get(path).raise_for_status().content

    def now(self) -> datetime:
        return parse_instant(self.get("/sandbox/v1/clock/")["now"])

    def advance(self, *, hours: float) -> None:
        self.post("/sandbox/v1/clock/advance/", hours=hours)

    def let_run(self, *, speed: int) -> None:
        """Let the simulated time pass by itself, `speed` times as fast as ours."""
        self.post("/sandbox/v1/clock/", mode=f"x{speed}")

    def stop_time(self) -> None:
        """Time passes only when it is told to."""
        self.post("/sandbox/v1/clock/", mode="manual")

    def allow_ads(self, consent_url: str) -> tuple[str, str]:
        """Press Allow on the ads consent page; returns the callback's auth_code and state."""
        asked = parse_qs(urlsplit(consent_url).query)
        answer = self._http.post(
            "/portal/auth",
            data={"redirect_uri": asked["redirect_uri"][0], "state": asked["state"][0]},
        )
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        return back["auth_code"][0], back["state"][0]

    def allow_creator(self, consent_url: str, *, handle: str) -> tuple[str, str]:
        """Press Allow on the creator's consent page as `handle`; returns the callback's code and state."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(consent_url).query).items()}
        form = {name: asked[name] for name in ("redirect_uri", "state", "scope")}
        answer = self._http.post("/v2/auth/authorize", data={**form, "handle": handle})
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        return back["code"][0], back["state"][0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
