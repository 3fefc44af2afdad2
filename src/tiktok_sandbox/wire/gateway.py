"""The HTTP door of `/open_api/v1.3/`: route, limit, fault, handler, envelope."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
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
from tiktok_sandbox.wire.endpoints import ENDPOINTS, PREFIX
from tiktok_sandbox.wire.protocol.calls import (
    Answer,
    Call,
    Data,
    Document,
    Endpoint,
    Flat,
    PartialSuccess,
    Rows,
)
from tiktok_sandbox.wire.protocol.errors import (
    ADVERTISER_LIMIT,
    APP_LIMIT,
    BAD_FIELD,
    INVALID,
    OK,
    PARTIAL,
    WireError,
    from_refusal,
)
from tiktok_sandbox.wire.protocol.fields import check
from tiktok_sandbox.wire.protocol.multipart import read_form
from tiktok_sandbox.wire.protocol.parameters import Parameters, has_huge_number
from tiktok_sandbox.world.state.refusals import RefusedError

MANY_SLASHES = re.compile("/{2,}")
NO_HEADERS: Mapping[str, str] = {}
# Where some clients put the token; the gateway reads the header only.
QUERY_TOKENS = ("access_token", "Access-Token")
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Gateway:
    """Answers every call under the version prefix."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.table = {endpoint.path: endpoint for endpoint in ENDPOINTS}

    def routes(self) -> list[Route]:
        # Whatever is not under the prefix, another version among it, is the same plain 404.
        return [
            Route(start + "{path:path}", self.answer, methods=VERBS)
            for start in ("/open_api", "//")
        ]

    async def answer(self, request: Request) -> Response:
        path = self._path(request.url.path)
        endpoint = self.table.get(path)
        if endpoint is None:
            return PlainTextResponse("404 page not found", status_code=404)
        if request.method != endpoint.method:
            return PlainTextResponse("405 method not allowed", status_code=405)
        try:
            body = await request.body()
        except ClientDisconnect:
            # Hung up before the request was whole: it never arrived, so nothing happens.
            return PlainTextResponse("", status_code=400)
        fault = self.hub.faults.take(path, method=endpoint.method)
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "http_500":
            return PlainTextResponse(f"{fault.status} planned fault", status_code=fault.status)
        if fault is not None and fault.kind == "drop_request":
            return _hang_up(request)
        reply = self._carry_out(request, endpoint, body, fault)
        if fault is not None and fault.kind == "drop_reply":
            return _hang_up(request)
        return reply

    def _path(self, asked: str) -> str:
        """The endpoint's path as the table has it, if Behaviour lets slashes differ."""
        behaviour = self.hub.world.behaviour
        if behaviour.double_slashes == "answered":
            asked = MANY_SLASHES.sub("/", asked)
        path = asked.removeprefix(PREFIX) if asked.startswith(PREFIX) else ""
        if path[-1:] != "/" and behaviour.missing_slash == "answered":
            path += "/"
        return path

    def _carry_out(
        self, request: Request, endpoint: Endpoint, body: bytes, fault: Fault | None
    ) -> Response:
        """Run the call to its end; nothing in here waits, so calls never interleave."""
        headers: dict[str, str] = {}
        try:
            answer = self._answer(request, endpoint, body, fault, headers)
        except RefusedError as refused:
            error = from_refusal(refused)
            return self._envelope(error.code, error.message, {})
        except WireError as error:
            return self._envelope(error.code, error.message, {})
        if isinstance(answer, Document):
            self.hub.answered += 1
            return Response(answer.content, media_type=answer.media_type)
        if isinstance(answer, Flat):
            return self._envelope(OK, "OK", {}, beside=answer.fields)
        if isinstance(answer, PartialSuccess):
            return self._envelope(PARTIAL, "Partially successful", answer.data)
        return self._envelope(OK, "OK", answer, headers=headers)

    def _answer(
        self,
        request: Request,
        endpoint: Endpoint,
        body: bytes,
        fault: Fault | None,
        headers: dict[str, str],
    ) -> Answer:
        reads_body = self.hub.world.behaviour.get_body == "read"
        parameters = read_parameters(request, endpoint, body, reads_body=reads_body)
        self._check_limit(endpoint.path, parameters)
        if fault is not None and fault.kind == "error":
            raise WireError(fault.code, "Planned fault of the sandbox.")
        call = Call(
            world=self.hub.current(),
            path=endpoint.path,
            parameters=parameters,
            token=request.headers.get("Access-Token"),
            recent=self.hub.recent,
            address=str(request.base_url).rstrip("/"),
            answers=self.hub.answers,
            stamp=self.hub.stamp(),
            headers=headers,
            has_query_token=any(name in request.query_params for name in QUERY_TOKENS),
        )
        if endpoint.holder == "advertiser":
            call.ads_grant()
        elif endpoint.holder == "creator":
            call.creator_grant()
        check(parameters, endpoint.takes)
        if fault is not None and fault.kind == "stale_list":
            # An older world, so nothing of it may be remembered.
            call = replace(
                call, world=self.hub.history.before(call.world, fault), answers=AnswerCache()
            )
        elif endpoint.method == "POST":
            self.hub.note_write()
        return endpoint.handler(call)

    def _check_limit(self, path: str, parameters: Parameters) -> None:
        given = parameters.raw("advertiser_id")
        try:
            self.hub.limiter.check(
                app_id=self.hub.world.state.app.app_id,
                path=path,
                advertiser_id=str(given) if given else None,
                real=self.hub.real(),
                has_new_task_limits=self.hub.world.behaviour.report_task_limits == "one_a_second",
            )
        except OverLimitError as error:
            code = APP_LIMIT if error.scope == "app" else ADVERTISER_LIMIT
            raise WireError(code, error.message) from None

    def _envelope(
        self,
        code: int,
        message: str,
        data: Data | Rows,
        *,
        beside: Data | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response:
        self.hub.answered += 1
        stamp = self.hub.world.now.strftime("%Y%m%d%H%M%S")
        request_id = f"{stamp}{self.hub.answered:018X}"
        whole: dict[str, object] = {"code": code, "message": message, "request_id": request_id}
        whole |= {"data": data} if beside is None else beside
        return Response(
            msgspec.json.encode(whole),
            media_type="application/json",
            headers={"X-TT-LOGID": request_id, "x-tt-trace-id": trace_id(request_id), **headers},
        )


def trace_id(request_id: str) -> str:
    """Value of `x-tt-trace-id`: 32 hexadecimal digits that follow from the request's id."""
    return "00-" + hashlib.md5(request_id.encode(), usedforsecurity=False).hexdigest() + "-00"


def read_parameters(
    request: Request, endpoint: Endpoint, body: bytes, *, reads_body: bool = True
) -> Parameters:
    """Query of a GET, JSON object or form of a POST. Raises WireError.

    reads_body : a GET's parameters may stand in a JSON body too; those of the query win
    """
    if endpoint.method == "GET":
        query = dict(request.query_params)
        if len(query) != len(request.query_params.multi_items()):
            raise WireError(BAD_FIELD, "error unmarshaling parameter")
        if reads_body and body[:1] == b"{":
            return Parameters(_json_object(body) | query, is_query=True)
        return Parameters(query, is_query=True)
    content_type = request.headers.get("Content-Type", "").lower()
    if content_type.startswith("multipart/form-data"):
        return Parameters(read_form(request.headers["Content-Type"], body), is_query=True)
    if content_type.startswith("application/x-www-form-urlencoded") and body[:1] != b"{":
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return Parameters(dict(pairs), is_query=True)
    return Parameters(_json_object(body), is_query=False)


def _json_object(body: bytes) -> dict[str, Any]:
    """Raises WireError."""
    decoded: Any
    try:
        decoded = msgspec.json.decode(body) if body else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise WireError(INVALID, "The request body is not valid JSON.") from None
    if not isinstance(decoded, dict):
        raise WireError(INVALID, "The request body must be a JSON object.")
    if has_huge_number(decoded):
        raise WireError(INVALID, "The request body holds a whole number of more than 64 bits.")
    return decoded


def _hang_up(request: Request) -> Response:
    """Close the connection without an answer; what is returned reaches nobody."""
    if request.client is not None:
        cut_connection((request.client.host, int(request.client.port)))
    return PlainTextResponse("", status_code=500)
