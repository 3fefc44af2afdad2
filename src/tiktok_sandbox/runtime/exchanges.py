"""Exchanges on the wire as JSON Lines: recorded from a sandbox, replayed without one.

A line is {"method", "path", "parameters", "status", "answer"}. `parameters` are those of query and
body together, each value as text, without what differs from run to run. Tokens, secrets and codes
are masked wherever they stand, in requests and in answers.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The API for Business, and what the shop's API begins with.
ROOTS = (
    "/open_api/",
    "/order/",
    "/return_refund/",
    "/product/",
    "/affiliate_seller/",
    "/authorization/",
)
TOKEN_HEADERS = ("access-token", "x-tts-access-token")
MASK = "masked"
SECRET_NAMES = {
    "app_secret",
    "access_token",
    "refresh_token",
    "secret",
    "client_secret",
    "auth_code",
    "code",
}
CHANGING_NAMES = {"request_id", "timestamp", "sign"}
SHORTEST_SECRET = 8
NEVER_RECORDED, BAD_PARAMETER = 404, 40002

Exchange = dict[str, Any]
Key = tuple[str, str, str]


class RecordingError(Exception):
    """A file that cannot be written or is no recording; the message says what to do."""


class Recorder:
    """Middleware that writes every exchange with the API for Business to a new file.

    Raises RecordingError when the file is there already or cannot be made.
    """

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self.app = app
        self._secrets: set[str] = set()
        try:
            self._file = path.open("x", encoding="utf-8")
        except FileExistsError:
            raise RecordingError(f"{path} is there already; name another file") from None
        except OSError as error:
            raise RecordingError(f"{path} cannot be written: {error.strerror}") from None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ROOTS):
            await self.app(scope, receive, send)
            return
        asked, answered = bytearray(), bytearray()
        status = 0

        async def heard() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def said(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                answered.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    # Before the answer goes out, so that whoever has it finds it in the file.
                    self._write(scope, bytes(asked), status, bytes(answered))
            await send(message)

        await self.app(scope, heard, said)

    def close(self) -> None:
        self._file.close()

    def _write(self, scope: Scope, body: bytes, status: int, answer: bytes) -> None:
        request = Request(scope)
        parameters = parameters_of(request, body)
        found = _json(answer)
        tokens = [request.headers.get(name, "") for name in TOKEN_HEADERS]
        self._secrets.update([*tokens, *secrets_in(parameters), *secrets_in(found)])
        self._secrets = {each for each in self._secrets if len(each) >= SHORTEST_SECRET}
        exchange = {
            "method": request.method,
            "path": scope["path"],
            "parameters": {name: as_text(value) for name, value in parameters.items()},
            "status": status,
            "answer": found,
        }
        self._file.write(json.dumps(masked(exchange, self._secrets)) + "\n")
        self._file.flush()


def parameters_of(request: Request, body: bytes) -> dict[str, Any]:
    """Query and body together; a body that is no JSON object is named by its SHA-256."""
    found: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "")
    if body:
        if kind.startswith("application/x-www-form-urlencoded"):
            found |= parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        elif isinstance(sent := _json(body), dict):
            found |= sent
        else:
            boundary = re.search(r'boundary="?([^";]+)', kind)
            whole = body.replace(boundary.group(1).encode(), b"") if boundary else body
            found["body"] = f"sha256:{hashlib.sha256(whole).hexdigest()}"
    return {name: value for name, value in found.items() if name not in CHANGING_NAMES}


def as_text(value: object) -> str:
    """A value as a query would hold it, whether it came in a query or in a JSON body."""
    if isinstance(value, str):
        found = _json(value.encode()) if value[:1] in ("[", "{") else value
        if isinstance(found, str):
            return found
        value = found
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _json(data: bytes) -> Any:
    """What the bytes say in JSON, or they themselves as text."""
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def secrets_in(value: object) -> Iterator[str]:
    """Every text that stands under a secret name, however deep, also in JSON inside a text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in SECRET_NAMES and isinstance(inner, str):
                yield inner
            else:
                yield from secrets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_in(inner)
    elif isinstance(value, str) and value[:1] in ("[", "{"):
        inner = _json(value.encode())
        if not isinstance(inner, str):
            yield from secrets_in(inner)


def masked(value: Any, secrets: Iterable[str]) -> Any:
    """The same with secret names' texts and every known secret replaced."""
    if isinstance(value, dict):
        return {
            name: MASK
            if name in SECRET_NAMES and isinstance(inner, str) and inner
            else masked(inner, secrets)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [masked(inner, secrets) for inner in value]
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
    return value


def read_recording(path: Path) -> list[Exchange]:
    """The exchanges of a file in their order. Raises RecordingError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from None
    exchanges: list[Exchange] = []
    for number, line in enumerate(lines, start=1):
        found = _json(line.encode())
        names = {"method", "path", "parameters", "status", "answer"}
        if not isinstance(found, dict) or found.keys() != names:
            raise RecordingError(
                f"line {number} of {path} is no exchange; record with tiktok-sandbox serve --record"
            )
        exchanges.append(found)
    return exchanges


def replay_app(exchanges: Iterable[Exchange]) -> Starlette:
    """An app that gives the n-th answer recorded for a call to the n-th such call."""
    answers: dict[Key, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        answers[_key(exchange["method"], exchange["path"], exchange["parameters"])].append(exchange)
    paths = {(method, path) for method, path, _ in answers}
    asked: Counter[Key] = Counter()

    async def answer(request: Request) -> Response:
        parameters = parameters_of(request, await request.body())
        texts = {name: as_text(value) for name, value in parameters.items()}
        hidden = {each for each in secrets_in(parameters) if len(each) >= SHORTEST_SECRET}
        path = request.url.path
        key = _key(request.method, path, masked(texts, hidden))
        recorded = answers.get(key, [])
        number = asked[key]
        if number >= len(recorded):
            return _never(request.method, path, len(recorded), (request.method, path) in paths)
        asked[key] += 1
        found = recorded[number]
        if isinstance(found["answer"], str):
            return Response(found["answer"], status_code=found["status"])
        return JSONResponse(found["answer"], status_code=found["status"])

    verbs = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    return Starlette(routes=[Route("/{path:path}", answer, methods=verbs)])


def _key(method: str, path: str, parameters: dict[str, str]) -> Key:
    return method, path, json.dumps(parameters, sort_keys=True)


def _never(method: str, path: str, times: int, is_known: bool) -> Response:
    if times:
        reason = f"was recorded {times} times with these parameters, and all of them were given out"
    elif is_known:
        reason = "was recorded with other parameters only"
    else:
        reason = "was never recorded"
    text = f"{method} {path} {reason}; record it with tiktok-sandbox serve --record"
    body = {"code": BAD_PARAMETER, "message": text, "request_id": "", "data": {}}
    return JSONResponse(body, status_code=NEVER_RECORDED)
