"""What was asked of TikTok and what came of it, without a token, a code or a body.

A session notes its calls in memory and writes them in one insert, never inside a transaction; a call never waits for
its note. The newest 10,000 calls of a connection are kept, for 30 days at most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet

from kindling.clock import now
from kindling.kit.fitting import fitted
from kindling.workspaces.models import Connection, TikTokCall, Workspace
from tiktok_business import NotSentError, ReplyLostError, Request, Response, Transport

KEPT = timedelta(days=30)
MOST_KEPT = 10_000  # of one connection
WRITE_EVERY = 200  # calls of one session
PREFIX = "/open_api/v1.3"
SUCCEEDED = {0, 20001}  # 20001: a part of what was asked for, reference tiktok-api §1


class _Reply(msgspec.Struct):
    """What a note takes of an answer; the decoder skips the rest of it unread."""

    code: int | None = None
    request_id: str | None = None


class _Asked(msgspec.Struct):
    advertiser_id: str | int | None = None


_reply = msgspec.json.Decoder(_Reply)
_asked = msgspec.json.Decoder(_Asked)


class CallLog:
    """The calls of one connection that are not written yet. It belongs to one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._calls: list[TikTokCall] = []
        self._began, self._began_at = time.monotonic(), now()

    def over(self, transport: Transport) -> NotingTransport:
        """The transport, with a note of each request."""
        return NotingTransport(transport, self)

    def note(
        self, request: Request, response: Response | None, *, result: str, took: float
    ) -> None:
        reply = _decode(response)
        if response is not None and reply.code not in SUCCEEDED:
            result = TikTokCall.Result.FAULT if reply.code is None else TikTokCall.Result.REFUSED
        self._calls.append(
            TikTokCall(
                workspace_id=self._connection.workspace_id,
                connection_id=self._connection.pk,
                at=self._began_at + timedelta(seconds=time.monotonic() - self._began),
                result=result,
                code=reply.code,
                duration_ms=max(0, round(took * 1000)),
                **fitted(
                    TikTokCall,
                    endpoint=urlsplit(request.url).path.removeprefix(PREFIX),
                    advertiser_id=_advertiser(request),
                    request_id=reply.request_id or "",
                ),
            )
        )

    def write(self, *, at_least: int = 1) -> None:
        """Write the calls when there are enough of them, after the transaction if one is open. Raises nothing."""
        if len(self._calls) < at_least:
            return
        calls, self._calls = self._calls, []
        transaction.on_commit(lambda: _insert(calls), robust=True)


class NotingTransport:
    """Carries requests as the transport below it does, and tells the log."""

    def __init__(self, below: Transport, log: CallLog) -> None:
        self._below = below
        self._log = log

    async def send(self, request: Request) -> Response:
        """Send as the transport below; raises what it raises."""
        started = time.monotonic()
        response, result = None, TikTokCall.Result.OK
        try:
            response = await self._below.send(request)
        except NotSentError:
            result = TikTokCall.Result.NOT_SENT
            raise
        except ReplyLostError:
            result = TikTokCall.Result.NO_REPLY
            raise
        else:
            return response
        finally:
            if response is not None or result is not TikTokCall.Result.OK:
                took = time.monotonic() - started
                self._log.note(request, response, result=result, took=took)

    async def close(self) -> None:
        await self._below.close()


def _insert(calls: list[TikTokCall]) -> None:
    TikTokCall.objects.bulk_create(calls)


def _decode(response: Response | None) -> _Reply:
    try:
        return _reply.decode(response.body) if response is not None else _Reply()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Reply()


def _advertiser(request: Request) -> str:
    """The ad account that a request names; "" where it names none or several."""
    if request.body is None:
        return next(iter(parse_qs(urlsplit(request.url).query).get("advertiser_id", [])), "")
    try:
        return str(_asked.decode(request.body).advertiser_id or "")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


# --- Looking, and forgetting ------------------------------------------------------------------------------------


def calls(
    workspace: Workspace, *, search: str = "", only_failed: bool = False
) -> QuerySet[TikTokCall]:
    """The calls of the workspace, the newest first.

    search : part of an endpoint, an ad account's id or a request id
    """
    found = TikTokCall.objects.filter(workspace=workspace).select_related("connection")
    if only_failed:
        found = found.exclude(result=TikTokCall.Result.OK)
    return matching(found, search) if search else found


def matching(calls: QuerySet[TikTokCall], search: str) -> QuerySet[TikTokCall]:
    """Those whose endpoint, request id or ad account is searched for."""
    return calls.filter(
        Q(endpoint__icontains=search) | Q(request_id=search) | Q(advertiser_id=search)
    )


def trim(*, at: datetime) -> int:
    """Delete the calls that are too old or too many; returns how many."""
    deleted, _ = TikTokCall.objects.filter(at__lt=at - KEPT).delete()
    for oldest in _oldest_kept():
        deleted += TikTokCall.objects.filter(
            connection=oldest.connection_id, pk__lt=oldest.pk
        ).delete()[0]
    return deleted


def _oldest_kept() -> Iterator[TikTokCall]:
    for connection in Connection.objects.order_by("pk"):
        rows = TikTokCall.objects.filter(connection=connection).order_by("-pk")
        yield from rows[MOST_KEPT - 1 : MOST_KEPT]


def names_of_accounts(workspace: Workspace) -> dict[str, str]:
    """Names of the workspace's ad accounts by their ids."""
    return dict(workspace.ad_accounts.values_list("advertiser_id", "name"))
