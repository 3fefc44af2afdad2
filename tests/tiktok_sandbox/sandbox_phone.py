"""A person with a creator's phone: opens its pages and presses its buttons, without a browser."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

from tiktok_sandbox.server import SandboxServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A page as it came; `text` is what a person reads, on one line."""

    status: int
    url: str
    html: str
    policy: str

    @property
    def text(self) -> str:
        bare = re.sub(r"<[^>]+>", " ", self.html.split("<body", 1)[1].split(">", 1)[1])
        return " ".join(html.unescape(bare).split())


class Phone:
    """The phone of one creator."""

    def __init__(self, sandbox: SandboxServer, handle: str) -> None:
        self.sandbox, self.handle = sandbox, handle

    def open(self, path: str = "") -> Screen:
        return visit(f"{self.sandbox.url}/phone/{self.handle}/{path}")

    def press(self, path: str, **fields: object) -> Screen:
        return visit(f"{self.sandbox.url}/phone/{self.handle}/{path}", fields)


def visit(url: str, fields: dict[str, object] | None = None) -> Screen:
    """GET, or POST of a form; redirects are followed."""
    data = urlencode(fields).encode() if fields is not None else None
    try:
        with urllib.request.urlopen(url, data=data, timeout=30) as reply:  # noqa: S310 - our own http server
            policy = reply.headers.get("Content-Security-Policy", "")
            return Screen(
                status=reply.status, url=reply.url, html=reply.read().decode(), policy=policy
            )
    except urllib.error.HTTPError as error:
        with error:
            policy = error.headers.get("Content-Security-Policy", "")
            return Screen(status=error.code, url=url, html=error.read().decode(), policy=policy)
