"""The HTTP door of the shop's API: route, signature, limit, fault, handler, envelope.

Unlike the API for Business, errors come with an HTTP status of their own, and paths end without a
slash and may hold ids.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tiktok_sandbox.runtime.answer_cache import AnswerCache
from tiktok_sandbox.runtime.descriptors import cut_connection
from tiktok_sandbox.runtime.faults import Fault
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.runtime.limits import OverLimitError
from tiktok_sandbox.wire.endpoints import SHOP_ENDPOINTS
from tiktok_sandbox.wire.protocol.errors import WireError
from tiktok_sandbox.wire.protocol.fields import check
from tiktok_sandbox.wire.protocol.parameters import Parameters, has_huge_number
from tiktok_sandbox.wire.shop.protocol import (
    BAD_FIELD,
    BAD_SIGN,
    OK,
    TOO_MANY,
    UNKNOWN_PATH,
    Data,
    ShopCall,
    ShopEndpoint,
    ShopError,
    app_key_of,
    app_secret_of,
    invalid,
)
from tiktok_sandbox.world.state.refusals import RefusedError

STARTS = (
    *("/order/", "/return_refund/", "/product/", "/affiliate_seller/", "/authorization/"),
    "/api/v2/token/",
)
# Ends the path of calls that only read although they are POSTs.
SEARCH = "/search"
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
NAMED = re.compile(r"\\?\{(\w+)\\?\}")
# How far the timestamp of a signed call may be from the server's clock; ours.
LATEST_SECONDS = 300.0
UNSIGNED = ("sign", "access_token")


def signature(secret: str, path: str, query: dict[str, str], body: bytes) -> str:
    """HMAC-SHA256 of secret + path + sorted query + body + secret, as sellers' apps make it."""
    pairs = "".join(f"{name}{query[name]}" for name in sorted(query) if name not in UNSIGNED)
    text = f"{secret}{path}{pairs}".encode() + body + secret.encode()
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


class ShopGateway:
    """Answers every call under the shop's prefixes."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.table = [(_pattern(endpoint.path), endpoint) for endpoint in SHOP_ENDPOINTS]

    def routes(self) -> list[Route]:
        return [Route(start + "{path:path}", self.answer, methods=VERBS) for start in STARTS]

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        found = self._find(request.method, path)
        if found is None:
            return self._refusal(ShopError(UNKNOWN_PATH, "no schema found", status=403))
        endpoint, ids = found
        try:
            body = await request.body()
        except ClientDisconnect:
            # Hung up before the request was whole: it never arrived, so nothing happens.
            return PlainTextResponse("", status_code=400)
        # A search reads, so a stale answer can hit it like any GET.
        fault = self.hub.faults.take(path, method="POST" if _is_write(endpoint) else "GET")
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "http_500":
            return PlainTextResponse(f"{fault.status} planned fault", status_code=fault.status)
        if fault is not None and fault.kind == "drop_request":
            return _hang_up(request)
        reply = self._carry_out(request, endpoint, ids, body, fault)
        return _hang_up(request) if fault is not None and fault.kind == "drop_reply" else reply

    def _find(self, method: str, path: str) -> tuple[ShopEndpoint, dict[str, str]] | None:
        for pattern, endpoint in self.table:
            match = pattern.fullmatch(path)
            if match is not None and endpoint.method == method:
                return endpoint, match.groupdict()
        return None

    def _carry_out(
        self,
        request: Request,
        endpoint: ShopEndpoint,
        ids: dict[str, str],
        body: bytes,
        fault: Fault | None,
    ) -> Response:
        """Run the call to its end; nothing in here waits, so calls never interleave."""
        try:
            return self._envelope(OK, "Success", self._answer(request, endpoint, ids, body, fault))
        except ShopError as error:
            return self._refusal(error)
        except WireError as error:
            return self._refusal(ShopError(BAD_FIELD, f"Invalid parameter {error.message}"))
        except RefusedError as refused:
            return self._refusal(ShopError(BAD_FIELD, refused.message))

    def _answer(
        self,
        request: Request,
        endpoint: ShopEndpoint,
        ids: dict[str, str],
        body: bytes,
        fault: Fault | None,
    ) -> Data:
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        self._check_limit(endpoint.path)
        if not endpoint.is_open:
            self._check_signature(request.url.path, query, body)
        if fault is not None and fault.kind == "error":
            raise ShopError(fault.code, "Planned fault of the sandbox.")
        call = ShopCall(
            world=self.hub.current(),
            path=endpoint.path,
            ids=ids,
            query=Parameters(query, is_query=True),
            body=Parameters(_json_object(body), is_query=False),
            token=request.headers.get("x-tts-access-token"),
            address=str(request.base_url).rstrip("/"),
            answers=self.hub.answers,
            stamp=self.hub.stamp(),
        )
        if not endpoint.is_open:
            call.grant()
            if endpoint.query:
                # Whose shop it is comes before what is asked of it.
                call.store()
        check(call.query, endpoint.query)
        check(call.body, endpoint.body)
        if fault is not None and fault.kind == "stale_list":
            # An older world, so nothing of it may be remembered.
            older = self.hub.history.before(call.world, fault)
            call = replace(call, world=older, answers=AnswerCache())
        elif _is_write(endpoint):
            self.hub.note_write()
        return endpoint.handler(call)

    def _check_limit(self, path: str) -> None:
        """Raises ShopError. The tier's general limit holds; the shop's own numbers are unverified."""
        try:
            self.hub.limiter.check(
                app_id=app_key_of(self.hub.world),
                path=path,
                advertiser_id=None,
                real=self.hub.real(),
            )
        except OverLimitError as error:
            raise ShopError(TOO_MANY, error.message, status=429) from None

    def _check_signature(self, path: str, query: dict[str, str], body: bytes) -> None:
        """Raises ShopError unless key, time and signature are right, where Behaviour asks."""
        world = self.hub.world
        if world.behaviour.shop_signature == "unchecked":
            return
        if query.get("app_key") != app_key_of(world):
            raise _bad_credential("app_key")
        stamp = query.get("timestamp", "")
        if not stamp.isdecimal() or abs(int(stamp[:12]) - self.hub.real()) > LATEST_SECONDS:
            raise _bad_credential("timestamp")
        expected = signature(app_secret_of(world), path, query, body)
        if not hmac.compare_digest(
            expected, query.get("sign", "").encode("ascii", "replace").decode()
        ):
            raise _bad_credential("sign")

    def _refusal(self, error: ShopError) -> Response:
        return self._envelope(error.code, error.message, {}, status=error.status)

    def _envelope(self, code: int, message: str, data: Data, *, status: int = 200) -> Response:
        self.hub.answered += 1
        stamp = self.hub.world.now.strftime("%Y%m%d%H%M%S")
        request_id = f"{stamp}{self.hub.answered:018X}"
        whole = {"code": code, "message": message, "request_id": request_id, "data": data}
        return Response(
            msgspec.json.encode(whole),
            status_code=status,
            media_type="application/json",
            headers={"X-TT-LOGID": request_id},
        )


def _is_write(endpoint: ShopEndpoint) -> bool:
    return endpoint.is_open or (endpoint.method != "GET" and not endpoint.path.endswith(SEARCH))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(NAMED.sub(r"(?P<\1>\\d{1,32})", re.escape(path)))


def _bad_credential(name: str) -> ShopError:
    text = f"Invalid credentials. The '{name}' query parameter is invalid."
    return ShopError(BAD_SIGN, text, status=401)


def _json_object(body: bytes) -> dict[str, Any]:
    """Raises ShopError."""
    decoded: Any
    try:
        decoded = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise invalid("body", "It is not valid JSON") from None
    if not isinstance(decoded, dict) or has_huge_number(decoded):
        raise invalid("body", "It must be a JSON object without whole numbers of more than 64 bits")
    return decoded


def _hang_up(request: Request) -> Response:
    """Close the connection without an answer; what is returned reaches nobody."""
    if request.client is not None:
        cut_connection((request.client.host, int(request.client.port)))
    return PlainTextResponse("", status_code=500)
