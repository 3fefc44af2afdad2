"""Fetch a file from an address that somebody else wrote: TikTok's links to pictures and videos.

Only https to public addresses; the one host that the operator configured (a sandbox) may be plain http and private.
The name is resolved once and the connection goes to the address that was checked, so no answer of a name server
leads it elsewhere later. No redirect is followed, no proxy, cookie or password of this machine is used; bytes and
seconds are limited.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import SplitResult, urlsplit

CHUNK = 64 * 1024


class FetchError(Exception):
    """The file could not be had; the message holds no part of the link, which may be signed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def fetch(
    url: str, *, trusted: str = "", most_bytes: int, seconds: float, headers: Mapping[str, str] | None = None
) -> Fetched:  # fmt: skip
    """The file at `url`, whole.

    trusted : address of the configured server, whose host and port may be private and without TLS
    seconds : from start to last byte
    raises : FetchError for any refusal, also of a body longer than `most_bytes`
    """
    ends = time.monotonic() + seconds
    parts = _checked(url)
    is_trusted = bool(trusted) and _place(parts) == _place(urlsplit(trusted))
    if parts.scheme != "https" and not is_trusted:
        raise FetchError("The link is not https.")
    connection = _connected(parts, is_trusted=is_trusted, seconds=seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET", target, headers={"Accept-Encoding": "identity", **(headers or {})}
        )
        answer = connection.getresponse()
        body = bytearray()
        while chunk := answer.read1(CHUNK):
            body += chunk
            if len(body) > most_bytes:
                raise FetchError(f"The file is longer than {most_bytes:,} bytes.")
            if time.monotonic() > ends:
                raise FetchError("The file came too slowly.")
        told = {name.lower(): value for name, value in answer.getheaders()}
        if answer.length:
            raise FetchError("The file ended too early.")
        return Fetched(answer.status, told, bytes(body))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchError(f"The file could not be read ({type(error).__name__}).") from None
    finally:
        connection.close()


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise FetchError("The link is no address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError("The link is no address of the web.")
    if parts.username is not None or parts.password is not None:
        raise FetchError("The link names a user.")
    if not url.isascii() or any(each <= " " for each in url):
        raise FetchError("The link has characters that no link has.")
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


def _connected(
    parts: SplitResult, *, is_trusted: bool, seconds: float
) -> http.client.HTTPConnection:
    """A connection to an address that was checked; TLS asks for the name of the link."""
    host, port = parts.hostname or "", _port(parts)
    if not is_trusted and port != 443:
        raise FetchError("The link names an unusual port.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("The name of the link's server is not known.") from None
    addresses = [str(each[4][0]) for each in found]
    if not is_trusted and not all(map(is_public, addresses)):
        raise FetchError("The link leads into a private network.")
    try:
        plain = socket.create_connection((addresses[0], port), timeout=seconds)
        is_tls = parts.scheme == "https"
        opened = _tls().wrap_socket(plain, server_hostname=host) if is_tls else plain
    except OSError as error:
        raise FetchError(f"The link's server cannot be reached ({type(error).__name__}).") from None
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    connection.sock = opened
    connection.auto_open = 0
    return connection
