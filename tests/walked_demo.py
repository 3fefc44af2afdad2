"""The demo of 21 days that several tests look at: walked once for a state of the sources, by whoever asks first.

Every further process, of this run or a later one, gets the same stopped demo. It must be copied, never opened
where it is kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kindling
from tiktok_sandbox.server import free_port

CACHE = Path(__file__).parents[1] / ".pytest_cache"
DAYS, SEED = 21, 7
READY = "Stop with Ctrl-C"
END_SECONDS = 180


@dataclass(frozen=True)
class WalkedDemo:
    """A stopped demo, what it answered after its last day, and the sandbox's truth at that moment."""

    data: Path
    body: dict[str, Any]
    truth: dict[str, Any]


def walked_demo() -> WalkedDemo:
    """The kept demo; it is walked where the sources have changed since."""
    CACHE.mkdir(exist_ok=True)
    kept = CACHE / f"demo-{_fingerprint_of_sources()}"
    with (CACHE / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for older in CACHE.glob("demo-*"):
                shutil.rmtree(older)
            half = CACHE / "demo-half"
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            _walk(half)
            half.rename(kept)
    body, truth = ((kept / name).read_text() for name in ("body.json", "truth.json"))
    return WalkedDemo(kept / "data", json.loads(body), json.loads(truth))


def start_demo(*options: str, cwd: Path, **env: str) -> tuple[subprocess.Popen[str], str]:
    """`kindling demo` as a person starts it, once it is open; and what it printed until then."""
    without_ours = {
        name: text for name, text in os.environ.items() if not name.startswith("KINDLING_")
    }
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "kindling.cli", "demo", *options],
        cwd=cwd, stdout=subprocess.PIPE, text=True, env=without_ours | env,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if READY in line:
            return process, said
    process.wait()
    raise AssertionError(f"the demo did not open: {said[-2000:]}")


def stop_demo(process: subprocess.Popen[str]) -> str:
    """End it as a service manager would; what it printed meanwhile."""
    process.terminate()
    said, _ = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0, said[-2000:]
    return said


def _walk(folder: Path) -> None:
    process, said = start_demo(
        "--days", str(DAYS), "--seed", str(SEED), "--port", str(free_port()),
        "--json", "--truth", str(folder / "truth.json"),
        cwd=folder, KINDLING_DATA_DIR=str(folder / "data"),
    )  # fmt: skip
    stop_demo(process)
    body, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
    (folder / "body.json").write_text(json.dumps(body))


def _fingerprint_of_sources() -> str:
    found = hashlib.sha256(sys.version.encode())
    source = Path(kindling.__file__).parents[1]
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.update(str(path.relative_to(source)).encode() + path.read_bytes())
    return found.hexdigest()[:16]
