"""One call from end to end: pace, send, read the envelope, judge, repeat where that is safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from tiktok_business.errors import (
    ConflictError,
    LostReplyError,
    MalformedAnswerError,
    NotReadyError,
    OutcomeUnknownError,
    PlatformFaultError,
    RateLimitedError,
    SparkCodeError,
    TikTokError,
    TokenExpiredError,
    UnreachableError,
    WrongRouteError,
)
from tiktok_business.protocol.clock import Clock
from tiktok_business.protocol.codes import OK, PARTIAL, refusal, wire_code
from tiktok_business.protocol.encoding import json_body, query_text, secrets_in
from tiktok_business.protocol.endpoints import PREFIX, Endpoint, Repeat
from tiktok_business.protocol.fields import Fields
from tiktok_business.protocol.pacing import Pace
from tiktok_business.protocol.retry import Retry
from tiktok_business.protocol.transport import (
    NotSentError,
    ReplyLostError,
    Request,
    Response,
    Transport,
)
from tiktok_business.secret import Secret, scrub
from tiktok_business.spark_codes import WhoActs

log = logging.getLogger("tiktok_business")

Data = TypeVar("Data")
RefreshToken = Callable[[], Awaitable[Secret | str]]


@dataclass(frozen=True, slots=True)
class Envelope(Generic[Data]):
    """TikTok's answer around its data. `code` decides, never the HTTP status."""

    code: int
    message: str
    request_id: str
    data: Data

    @property
    def is_partial(self) -> bool:
        """Whether only some items succeeded (code 20001)."""
        return self.code == PARTIAL


class _PlainEnvelope(msgspec.Struct):
    code: int
    message: str | None = ""
    request_id: str | None = ""
    data: object = None


# Numbers with a fraction are money or rates: keep them exact.
_plain_decoder = msgspec.json.Decoder(_PlainEnvelope, float_hook=Decimal)


def decode_plain(body: bytes) -> Envelope[object]:
    """Read any envelope. Raises msgspec.DecodeError when the body is none."""
    read = _plain_decoder.decode(body)
    return Envelope(read.code, read.message or "", read.request_id or "", read.data)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form. sent_as : the form's field"""

    sent_as: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: an endpoint with its parameters, and whose allowance it uses."""

    endpoint: Endpoint
    query: Mapping[str, object] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    advertiser: str = ""
    access_token: Secret | None = None
    file: File | None = None

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not show up in a message about this call."""
        return (*secrets_in(self.query), *secrets_in(self.body or {}))


class Caller:
    """Performs calls for one app and one token. Every resource holds one.

    access_token : None where the call itself carries what is needed (OAuth)
    refresh : asked once per call for a new token when TikTok says the old one expired
    """

    def __init__(
        self,
        *,
        transport: Transport,
        base_url: str,
        app: str,
        pace: Pace,
        retry: Retry,
        clock: Clock,
        access_token: Secret | None,
        refresh: RefreshToken | None = None,
    ) -> None:
        self._transport = transport
        self._base_url = base_url.rstrip("/")
        self._app = app
        self._pace = pace
        self.retry = retry
        self.clock = clock
        self._access_token = access_token
        self._refresh = refresh
        self._one_writer: dict[str, asyncio.Lock] = {}
        self._one_renewal = asyncio.Lock()

    async def get(
        self, endpoint: Endpoint, query: Mapping[str, object], *, advertiser: str = ""
    ) -> Fields:
        """Read; the data object. Raises PartialAnswerError when TikTok read only a part."""
        call = Call(endpoint, query=query, advertiser=advertiser)
        return self.require_complete(call, await self.perform(call, decode_plain))

    async def post(
        self, endpoint: Endpoint, body: Mapping[str, object], *, advertiser: str = ""
    ) -> Envelope[Fields]:
        """Write; the envelope, so that the resource can look at a partial success."""
        call = Call(endpoint, body=body, advertiser=advertiser)
        envelope = await self.perform(call, decode_plain)
        fields = _as_fields(call, envelope)
        return Envelope(envelope.code, envelope.message, envelope.request_id, fields)

    async def upload(
        self, endpoint: Endpoint, fields: Mapping[str, str], file: File, *, advertiser: str = ""
    ) -> list[Fields]:
        """Send a form with a file; the objects of the answer, which TikTok lists or gives alone."""
        call = Call(endpoint, body=fields, advertiser=advertiser, file=file)
        envelope = await self.perform(call, decode_plain)
        rows = envelope.data if isinstance(envelope.data, list) else [envelope.data]
        if not rows:
            _as_fields(call, Envelope(envelope.code, "", envelope.request_id, 0))
        return [
            _as_fields(call, Envelope(envelope.code, envelope.message, envelope.request_id, row))
            for row in rows
        ]

    def require_complete(self, call: Call, envelope: Envelope[object]) -> Fields:
        """The data of an answer that must not be partial."""
        if envelope.is_partial:
            raise self._refusal(call, envelope)
        return _as_fields(call, envelope)

    async def perform(
        self, call: Call, decode: Callable[[bytes], Envelope[Data]]
    ) -> Envelope[Data]:
        """Send a call until it is answered, refused for good, or patience ends."""
        failures = 0
        waited = timedelta(0)
        has_refreshed = False
        serial: asyncio.Lock | None = None
        while True:
            sent_with = self._access_token
            try:
                if serial is None:
                    return await self._try_once(call, decode)
                async with serial:
                    return await self._try_once(call, decode)
            except TikTokError as error:
                if isinstance(error, TokenExpiredError) and not has_refreshed:
                    if not await self._renew_token(error, sent_with):
                        raise
                    has_refreshed = True
                    continue
                if isinstance(error, ConflictError):
                    serial = self._one_writer.setdefault(call.advertiser, asyncio.Lock())
                failures += not isinstance(error, RateLimitedError)
                wait = self._wait_before_repeat(call, error, failures)
                if wait is None or waited + wait > self.retry.patience:
                    raise
                log.info("%s: %s; again in %.1f s", call.endpoint, _kind(error), wait / _SECOND)
            waited += wait
            await self.clock.sleep(wait / _SECOND)

    def _wait_before_repeat(
        self, call: Call, error: TikTokError, failures: int
    ) -> timedelta | None:
        """How long until the call may be repeated; None when it must not be."""
        if isinstance(error, RateLimitedError):
            return error.retry_after
        if failures >= self.retry.attempts:
            return None
        if isinstance(error, UnreachableError | ConflictError | NotReadyError):
            return self.retry.backoff(failures)
        if call.endpoint.repeat is Repeat.ACTS_AGAIN:
            return None
        can_help = isinstance(error, LostReplyError | OutcomeUnknownError | PlatformFaultError) or (
            isinstance(error, SparkCodeError) and error.problem.who_acts is WhoActs.SYSTEM_RETRIES
        )
        return self.retry.backoff(failures) if can_help else None

    async def _renew_token(self, error: TokenExpiredError, expired: Secret | None) -> bool:
        # 40102 is the access token. 40103, the refresh token, needs a person.
        if self._refresh is None or wire_code(error.wire_code).again != "refresh token":
            return False
        async with self._one_renewal:
            # Calls that leave together come back together: a refresh token may be good for one renewal only.
            if self._access_token == expired:
                self._access_token = Secret.of(await self._refresh())
        return True

    async def _try_once(
        self, call: Call, decode: Callable[[bytes], Envelope[Data]]
    ) -> Envelope[Data]:
        path = call.endpoint.path
        await self._pace.enter(
            app=self._app, path=path, advertiser=call.advertiser, clock=self.clock
        )
        response = await self._send(call)
        envelope = self._read(call, response, decode)
        if envelope.code in (OK, PARTIAL):
            return envelope
        error = self._refusal(call, envelope)
        if isinstance(error, RateLimitedError):
            self._pace.slow_down(
                error, app=self._app, path=path, advertiser=call.advertiser, clock=self.clock
            )
        if not call.endpoint.is_read and not wire_code(envelope.code).nothing_happened:
            raise OutcomeUnknownError(
                f"TikTok failed while writing ({envelope.code}: {error.message}). It may have "
                "happened: read the object's state before repeating",
                endpoint=path,
                request_id=envelope.request_id,
            ) from error
        raise error

    async def _send(self, call: Call) -> Response:
        url = f"{self._base_url}{PREFIX}{call.endpoint.path}"
        if call.query:
            url = f"{url}?{query_text(call.query)}"
        headers = {"Accept": "application/json"}
        token = call.access_token or self._access_token
        if token is not None:
            headers["Access-Token"] = token.reveal()
        body = None
        if call.file is not None:
            headers["Content-Type"], body = await form_body(call.body or {}, call.file)
        elif call.body is not None:
            headers["Content-Type"] = "application/json"
            body = json_body(call.body)
        try:
            return await self._transport.send(Request(call.endpoint.method, url, headers, body))
        except NotSentError as error:
            raise UnreachableError(
                f"could not connect to {self._base_url} ({error}); nothing was sent. "
                "Check the network and the base URL",
                endpoint=call.endpoint.path,
            ) from None
        except ReplyLostError as error:
            raise _no_reply(call, f"the reply was lost ({error})") from None

    def _read(
        self, call: Call, response: Response, decode: Callable[[bytes], Envelope[Data]]
    ) -> Envelope[Data]:
        """The envelope of a response, whatever its HTTP status."""
        if response.status >= 500 or response.status == REQUEST_TIMED_OUT:
            raise _no_reply(call, f"HTTP {response.status}: TikTok's fault")
        try:
            envelope = decode(response.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if 200 <= response.status < 300:
                raise _no_reply(call, "the reply is no TikTok envelope") from None
        else:
            if 200 <= response.status < 300 or envelope.code != OK:
                return envelope
        if response.status == 429:
            raise RateLimitedError(
                "too many calls (HTTP 429)",
                endpoint=call.endpoint.path,
                wire_code=response.status,
                retry_after=timedelta(seconds=1),
            )
        raise WrongRouteError(
            f"HTTP {response.status}: {self._base_url} does not offer this call. "
            "Check the base URL",
            endpoint=call.endpoint.path,
            http_status=response.status,
        )

    def _refusal(self, call: Call, envelope: Envelope[Data]) -> TikTokError:
        token = call.access_token or self._access_token
        secrets = (*call.secrets, *([token] if token else []))
        return refusal(
            envelope.code,
            scrub(envelope.message, secrets),
            endpoint=call.endpoint.path,
            request_id=envelope.request_id,
            now=self.clock.now(),
        )


async def form_body(fields: Mapping[str, object], file: File) -> tuple[str, bytes]:
    """A form with a file as it travels: its content type and its bytes."""
    import aiohttp  # with the first upload, as with the first transport

    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, str(value))
    form.add_field(file.sent_as, file.content, filename=file.name)
    payload = form()
    return payload.headers["Content-Type"], await payload.as_bytes()


_SECOND = timedelta(seconds=1)
# A gateway that gave up waiting may have passed the call on before.
REQUEST_TIMED_OUT = 408


def _kind(error: TikTokError) -> str:
    code = getattr(error, "wire_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} {code}"


def _no_reply(call: Call, what: str) -> TikTokError:
    if call.endpoint.is_read:
        return LostReplyError(f"{what}; asking again is safe", endpoint=call.endpoint.path)
    return OutcomeUnknownError(
        f"{what}. It may have happened: read the object's state before repeating",
        endpoint=call.endpoint.path,
    )


def _as_fields(call: Call, envelope: Envelope[object]) -> Fields:
    data = envelope.data
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise MalformedAnswerError(
            "TikTok's answer is not as documented: data is no object",
            endpoint=call.endpoint.path,
            request_id=envelope.request_id,
        )
    return Fields(data, call.endpoint.path, envelope.request_id)
