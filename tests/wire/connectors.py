"""Published connectors in environments of their own, and what they said when they ran."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUNNER = Path(__file__).with_name("connector_runner.py")
UV = Path(sys.executable).with_name("uv")  # of `make dev`; pip takes ten times its CPU
INSTALL_SECONDS, RUN_SECONDS = 600, 300

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """requirement : what is installed, as pip would; module, function : its own command line entry point."""

    requirement: str
    module: str
    function: str

    def install(self, folder: Path) -> Path:
        """The interpreter of an environment below `folder` that has it; made once, then kept."""
        place = folder / self.requirement.replace("==", "-")
        python = place / "bin" / "python"
        with (folder / f"{place.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # other test workers wait for the first one
            if not (place / "ready").exists():
                _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(place)])
                uv = [str(UV), "pip", "install", "--quiet", "--python", str(python)]
                _run([*uv, self.requirement])
                (place / "ready").touch()
        return python

    def run(self, python: Path, base_url: str, *arguments: str) -> list[Row]:
        """Start it as its users do; returns the messages it printed, one JSON object a line."""
        command = [str(python), str(RUNNER), self.module, self.function, base_url, *arguments]
        printed = _run(command)
        if "--discover" in arguments:
            return [json.loads(printed)]
        return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def _run(command: list[str]) -> str:
    # Nothing of this environment may leak in, and the sandbox is never behind a proxy.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    if RUNNER.name in command[1]:
        environment["NO_PROXY"] = "*"
    done = subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS if RUNNER.name in command[1] else INSTALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


@dataclass(frozen=True, slots=True)
class Sync:
    """What one run wrote. records : stream → records in their order; state : to go on from."""

    records: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    state: Any = None


def write(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)
