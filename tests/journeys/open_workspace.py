"""Walks the demonstration and leaves its workspace open on a port: `python open_workspace.py PORT DAYS FOLDER`.

A process of its own, because Django's settings are read once per process. Prints one JSON line when people
can sign in, and ends with its standard input.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path


def main(port: int, days: int, folder: Path) -> None:
    from kindling.commands.common import boot
    from kindling.commands.demo import SPEED, _beat, _walk
    from kindling.demo.sandbox import Sandbox

    with Sandbox(seed=7) as sandbox:
        os.environ |= {
            "KINDLING_DATA_DIR": str(folder),
            "KINDLING_CLOCK": sandbox.url,
            "KINDLING_TIKTOK_TIER": "off",
            "KINDLING_SETTLE_SECONDS": "0.2",
            "KINDLING_PULSE_SECONDS": "3",
            "KINDLING_LOG_LEVEL": "ERROR",
        }
        boot()
        _, password = _walk(sandbox, days=days, quiet=True)
        sandbox.let_run(speed=SPEED)
        stop = threading.Event()
        threading.Thread(target=_beat, args=(stop,), daemon=True).start()
        _serve(port)
        print(json.dumps({"password": password, "sandbox": sandbox.url}), flush=True)  # noqa: T201 (read by the fixture)
        sys.stdin.read()
        stop.set()


def _serve(port: int) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from kindling.wsgi import application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nobody reads it here."""

    server = make_server("127.0.0.1", port, application, server_class=Server, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
