"""Fetch a file from an address that somebody else wrote, or send one there: TikTok's links, a shop's pages, webhooks.

Only https to public addresses; the one host that the operator configured (a sandbox) may be plain http and private.
The name is resolved once and the connection goes to the address that was checked, so no answer of a name server
leads it elsewhere later. `fetch` follows no redirect; `follow` checks every hop like the first. No proxy, cookie or
password of this machine is used; bytes and seconds are limited, whatever a server sends and however slowly: at the
end of its time the connection is cut, in the middle of a handshake or a header too.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from urllib.parse import SplitResult, urljoin, urlsplit

CHUNK = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Refused(StrEnum):
    """Why a file was not fetched, for those who tell people more than that."""

    LINK = "link"
    PLAIN_HTTP = "plain_http"
    PRIVATE = "private"
    NAME = "name"
    CERTIFICATE = "certificate"
    REDIRECTS = "redirects"
    TOO_LONG = "too_long"
    TOO_SLOW = "too_slow"
    BROKEN = "broken"


class FetchError(Exception):
    """The file could not be had; the message holds no part of the link, which may be signed.

    may_have_arrived : the request had begun to leave when it went wrong
    """

    def __init__(
        self, message: str, *, why: Refused = Refused.BROKEN, may_have_arrived: bool = False
    ) -> None:
        super().__init__(message)
        self.why = why
        self.may_have_arrived = may_have_arrived


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `headers` have lower-case names. url : where it came from, after redirects"""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A server of this machine that answers for a host which is on no network, as a demonstration's shop.

    host : of a reserved name (RFC 2606), so that no real page is ever replaced. server : its http address
    """

    host: str
    server: str

    def __post_init__(self) -> None:
        if not self.host.endswith((".example", ".test", ".invalid")):
            raise ValueError("only a reserved name may be stood in for")

    def instead_of(self, url: str) -> str:
        """Where the page of a link is; the link itself for every other host."""
        parts = urlsplit(url)
        if parts.hostname != self.host or parts.scheme != "https":
            return url
        base = urlsplit(self.server)
        return parts._replace(scheme=base.scheme, netloc=base.netloc).geturl()


def fetch(
    url: str, *, trusted: str = "", most_bytes: int, seconds: float, headers: Mapping[str, str] | None = None
) -> Fetched:  # fmt: skip
    """The file at `url`, whole.

    trusted : address of the configured server, whose host and port may be private and without TLS
    seconds : from start to last byte
    raises : FetchError for any refusal, also of a body longer than `most_bytes`
    """
    told = {"Accept-Encoding": "identity", **(headers or {})}
    request = _Request("GET", b"", told)
    return _exchange(url, request, trusted=trusted, most_bytes=most_bytes, seconds=seconds)


def post(
    url: str, content: bytes, *, trusted: str = "", most_bytes: int, seconds: float, headers: Mapping[str, str]
) -> Fetched:  # fmt: skip
    """What the server at `url` answers to `content`; a redirect is an answer and is not followed.

    raises : FetchError as `fetch`; its `may_have_arrived` says whether the server may have got it nevertheless
    """
    request = _Request("POST", content, {"Accept-Encoding": "identity", **headers})
    return _exchange(url, request, trusted=trusted, most_bytes=most_bytes, seconds=seconds)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is sent. begun : set when the first byte of it may have left"""

    method: str
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    begun: threading.Event = field(default_factory=threading.Event)


def _exchange(
    url: str, request: _Request, *, trusted: str, most_bytes: int, seconds: float
) -> Fetched:
    try:
        return _one_exchange(url, request, trusted=trusted, most_bytes=most_bytes, seconds=seconds)
    except FetchError as error:
        error.may_have_arrived = request.begun.is_set()
        raise


def _one_exchange(
    url: str, request: _Request, *, trusted: str, most_bytes: int, seconds: float
) -> Fetched:
    ends = time.monotonic() + seconds
    parts = _checked(url)
    is_trusted = bool(trusted) and _place(parts) == _place(urlsplit(trusted))
    if parts.scheme != "https" and not is_trusted:
        raise FetchError("The link is not https.", why=Refused.PLAIN_HTTP)
    plain = _connected(parts, is_trusted=is_trusted, seconds=seconds)
    with _cut_off(plain, ends) as cut:
        try:
            answer, body = _read(
                plain, parts, request, most_bytes=most_bytes, seconds=ends - time.monotonic()
            )
        except ssl.SSLCertVerificationError:
            raise FetchError(
                "The server's certificate is not valid.", why=Refused.CERTIFICATE
            ) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            if cut.is_set() or isinstance(error, TimeoutError):
                raise FetchError("The file came too slowly.", why=Refused.TOO_SLOW) from None
            raise FetchError(f"The file could not be read ({type(error).__name__}).") from None
        if cut.is_set():  # what is cut off reads like a file that ended
            raise FetchError("The file came too slowly.", why=Refused.TOO_SLOW)
        if answer.length:
            raise FetchError("The file ended too early.")
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Fetched(answer.status, told, body, url)


def follow(
    url: str, *, most_bytes: int, seconds: float, most_hops: int = 5, stand_in: StandIn | None = None,
    headers: Mapping[str, str] | None = None,
) -> Fetched:  # fmt: skip
    """The file at the end of the link's redirects; each hop is checked like the first, all share the seconds.

    raises : FetchError as `fetch`, also for a redirect that leads nowhere or to plain http
    """
    ends = time.monotonic() + seconds
    for _ in range(most_hops + 1):
        real = stand_in.instead_of(url) if stand_in else url
        trusted = stand_in.server if stand_in and real != url else ""
        left = ends - time.monotonic()
        if left <= 0:
            raise FetchError("The file came too slowly.", why=Refused.TOO_SLOW)
        found = fetch(real, trusted=trusted, most_bytes=most_bytes, seconds=left, headers=headers)
        if found.status not in REDIRECTS:
            return Fetched(found.status, found.headers, found.body, url)
        place = found.headers.get("location", "")
        if not place:
            raise FetchError("A redirect names no address.", why=Refused.REDIRECTS)
        url = urljoin(url, place).partition("#")[0]
    raise FetchError(f"The link leads on more than {most_hops} times.", why=Refused.REDIRECTS)


@contextlib.contextmanager
def _cut_off(plain: socket.socket, ends: float) -> Iterator[threading.Event]:
    """Cut the connection at the end of its time: timeouts of a socket count from byte to byte."""
    cut = threading.Event()

    def end() -> None:
        cut.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(plain, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, ends - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
        plain.close()


def _read(
    plain: socket.socket, parts: SplitResult, request: _Request, *, most_bytes: int, seconds: float
) -> tuple[http.client.HTTPResponse, bytes]:
    if isinstance(plain, ssl.SSLSocket):
        plain.do_handshake()
    connection = http.client.HTTPConnection(parts.hostname or "", _port(parts), timeout=seconds)
    connection.sock = plain
    connection.auto_open = 0
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    request.begun.set()
    connection.request(
        request.method, target, body=request.content or None, headers=dict(request.headers)
    )
    body = bytearray()
    with contextlib.closing(connection.getresponse()) as answer:
        while chunk := answer.read1(CHUNK):
            body += chunk
            if len(body) > most_bytes:
                raise FetchError(
                    f"The file is longer than {most_bytes:,} bytes.", why=Refused.TOO_LONG
                )
        return answer, bytes(body)


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise FetchError("The link is no address.", why=Refused.LINK) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError("The link is no address of the web.", why=Refused.LINK)
    if parts.username is not None or parts.password is not None:
        raise FetchError("The link names a user.", why=Refused.LINK)
    if not url.isascii() or any(each <= " " for each in url):
        raise FetchError("The link has characters that no link has.", why=Refused.LINK)
    return parts


def _place(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_public(address: str) -> bool:
    """Whether anybody on the internet may have this address: none of a network of one's own, of no use or special."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found in _NAT64 or found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _resolved(host: str, port: int, *, seconds: float) -> list[str]:
    """The addresses of a name, asked for on a thread of its own: a name server takes as long as it likes."""
    answers: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers.put(None)
        else:
            answers.put([str(each[4][0]) for each in found])

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        addresses = answers.get(timeout=seconds)
    except queue.Empty:
        raise FetchError("The name server did not answer in time.", why=Refused.TOO_SLOW) from None
    if not addresses:
        raise FetchError("The name of the link's server is not known.", why=Refused.NAME)
    return addresses


def _connected(parts: SplitResult, *, is_trusted: bool, seconds: float) -> socket.socket:
    """A connection to an address that was checked; TLS, yet to be greeted, asks for the name of the link."""
    host, port = parts.hostname or "", _port(parts)
    if not is_trusted and port != 443:
        raise FetchError("The link names an unusual port.", why=Refused.LINK)
    addresses = _resolved(host, port, seconds=seconds)
    if not is_trusted and not all(map(is_public, addresses)):
        raise FetchError("The link leads into a private network.", why=Refused.PRIVATE)
    try:
        plain = socket.create_connection((addresses[0], port), timeout=seconds)
        if parts.scheme != "https":
            return plain
        return _tls().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except OSError as error:
        raise FetchError(f"The link's server cannot be reached ({type(error).__name__}).") from None
