"""Runs one entry point of an installed connector, its calls to TikTok sent to another address.

Started by the interpreter of the connector's own environment, so it knows nothing of ours:
`python connector_runner.py <module> <function> <base URL> [arguments …]`.
The connectors name TikTok's host in their code and take no other. All that is changed is where a
finished request goes; what the connector wrote into it stays as it is.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from requests.adapters import HTTPAdapter

HOST = "https://business-api.tiktok.com/"


def send_elsewhere(base_url: str) -> None:
    """Let every request to TikTok's host go to base_url; any other address is refused."""
    original = HTTPAdapter.send

    def send(self: HTTPAdapter, request: Any, *given: Any, **named: Any) -> Any:
        if not request.url.startswith(HOST):
            raise ConnectionError(f"this address is not TikTok's API: {request.url}")
        request.url = f"{base_url}/{request.url.removeprefix(HOST)}"
        return original(self, request, *given, **named)

    setattr(HTTPAdapter, "send", send)  # noqa: B010 - a plain assignment to a method fails mypy


def main() -> None:
    module, function, base_url, *arguments = sys.argv[1:]
    send_elsewhere(base_url)
    sys.argv = [module, *arguments]
    getattr(importlib.import_module(module), function)()


if __name__ == "__main__":
    main()
