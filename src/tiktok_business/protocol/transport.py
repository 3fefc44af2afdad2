"""The one place where bytes leave and arrive. Tests and other carriers swap `Transport`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `url` and `headers` may hold secrets and are kept out of its repr."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP response."""

    status: int
    body: bytes = field(repr=False)


class NotSentError(Exception):
    """No connection was made: the request provably did not leave."""


class ReplyLostError(Exception):
    """The request may have left, and no whole reply came back."""


class Transport(Protocol):
    """Carries a request. Raises only NotSentError and ReplyLostError; never repeats a request."""

    async def send(self, request: Request) -> Response:
        """Send once and read the reply whole."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class AioHttpTransport:
    """HTTP/1.1 over aiohttp, one session, kept-alive connections.

    aiohttp is imported with the first transport: whoever only reads the types of this package starts without it.

    Follows no redirect and reads no proxy or netrc from the environment, so a token goes only
    where the caller said.

    timeout : from the start to the last byte of a reply
    connect_timeout : for making a connection
    connections : open at the same time
    """

    def __init__(
        self,
        *,
        timeout: timedelta = timedelta(minutes=2),
        connect_timeout: timedelta = timedelta(seconds=10),
        connections: int = 64,
    ) -> None:
        import aiohttp

        self._timeout = aiohttp.ClientTimeout(
            total=timeout.total_seconds(), sock_connect=connect_timeout.total_seconds()
        )
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp

        # Made at first use: a session belongs to the running loop.
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Reports are megabytes per page: fewer, larger reads.
                read_bufsize=2**20,
                trust_env=False,
            )
        return self._session

    async def send(self, request: Request) -> Response:
        import aiohttp
        from yarl import URL

        try:
            async with self._open().request(
                request.method,
                # Already encoded, exactly once.
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
            ) as reply:
                return Response(reply.status, await reply.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise NotSentError(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # The name only: aiohttp's messages may hold the URL, and with it a code.
            raise ReplyLostError(type(error).__name__) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
