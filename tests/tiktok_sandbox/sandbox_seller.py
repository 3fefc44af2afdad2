"""A seller's app against the sandbox's shop, over real HTTP with the standard library alone."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

from tiktok_sandbox.server import SandboxServer


class Seller:
    """Holds a token of every shop; `signed` makes its calls as TikTok Shop wants them."""

    def __init__(self, sandbox: SandboxServer, *, signed: bool = False) -> None:
        self.sandbox = sandbox
        self.signed = signed
        given = sandbox.post("grants/shop/")
        self.token = str(given["access_token"])
        self.app_key, self.app_secret = str(given["app_key"]), str(given["app_secret"])
        self.cipher = str(given["shops"][0]["cipher"])

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        **query: object,
    ) -> tuple[int, dict[str, Any]]:
        """HTTP status and the whole envelope; a query parameter of None is left out."""
        asked = {"shop_cipher": self.cipher, **query}
        named = {name: str(value) for name, value in asked.items() if value is not None}
        data = b"" if body is None else json.dumps(body).encode()
        if self.signed:
            named |= {"app_key": self.app_key, "timestamp": str(int(time.time()))}
            named["sign"] = self.sign(path, named, data)
        token = self.token if token is None else token
        headers = {"Content-Type": "application/json"}
        if token:
            headers["x-tts-access-token"] = token
        url = f"{self.sandbox.url}{path}?{urlencode(named)}"
        request = urllib.request.Request(url, data=data or None, headers=headers, method=method)  # noqa: S310 - our own http server
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - our own http server
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def sign(self, path: str, query: dict[str, str], body: bytes) -> str:
        pairs = "".join(name + query[name] for name in sorted(query))
        text = self.app_secret + path + pairs + body.decode() + self.app_secret
        return hmac.new(self.app_secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def ask(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """The data of a call that must succeed."""
        status, answer = self.call(method, path, body, **query)
        assert (status, answer["code"], answer["message"]) == (200, 0, "Success"), answer
        return answer["data"]

    def refused(self, method: str, path: str, body: object = None, **given: Any) -> tuple[int, int]:
        """HTTP status and code of a call that must fail."""
        status, answer = self.call(method, path, body, **given)
        assert answer["code"] != 0
        assert (answer["data"], bool(answer["message"])) == ({}, True)
        return status, int(answer["code"])

    def everything(
        self, path: str, name: str, body: object = None, *, page_size: int = 50, **query: object
    ) -> list[dict[str, Any]]:
        """All rows of a search, page after page."""
        rows: list[dict[str, Any]] = []
        token: str | None = None
        while token != "":
            data = self.ask(
                "POST", path, body or {}, page_size=page_size, page_token=token, **query
            )
            rows += data[name]
            token = data["next_page_token"]
        assert len(rows) == data["total_count"]
        return rows

    def orders(self, body: object = None, **query: Any) -> list[dict[str, Any]]:
        return self.everything("/order/202309/orders/search", "orders", body, **query)

    def affiliated(self, body: object = None) -> list[dict[str, Any]]:
        return self.everything("/affiliate_seller/202410/orders/search", "orders", body)
