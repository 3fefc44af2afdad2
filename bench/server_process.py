"""Starting the page server, and measuring in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def page_server(*, rows: int, delay_ms: int, limit: int | None = None) -> Iterator[str]:
    """A page server in its own process; its base URL."""
    extra = [] if limit is None else [str(limit)]
    with subprocess.Popen(
        [sys.executable, "-m", "bench.page_server", str(rows), str(delay_ms), *extra],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.stdin.close()


def measure(module: str, *arguments: str) -> dict[str, Any]:
    """Run a measuring module and read the JSON it prints."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
