"""Whose request it is, behind proxies: the address that limits count by and that documents record.

X-Forwarded-For is believed only as far as trusted proxies wrote it: each appends the address it was called from,
so the list is read from its end, and what a caller wrote in front of that is ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Either how many proxies stand in front, or the networks they are in; neither trusts nobody."""

    count: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, raw: str) -> TrustedProxies:
        """From "1", or "10.0.0.0/8,127.0.0.1". Raises ValueError."""
        words = [word.strip() for word in raw.split(",") if word.strip()]
        if len(words) == 1 and words[0].isdecimal():
            return cls(count=int(words[0]))
        try:
            return cls(networks=tuple(ip_network(word) for word in words))
        except ValueError:
            raise ValueError("write how many, as 1, or networks, as 10.0.0.0/8,127.0.0.1") from None

    def trusts(self, address: str) -> bool:
        found = _parsed(address)
        return found is not None and any(found in network for network in self.networks)


def client_address(remote: str, forwarded: str, proxies: TrustedProxies) -> str:
    """The client's address. remote : of the connection; forwarded : X-Forwarded-For as it came."""
    chain = [*(word.strip() for word in forwarded.split(",") if word.strip()), remote]
    found = _before(chain, proxies.count) if proxies.count else _first_untrusted(chain, proxies)
    parsed = _parsed(found)
    return str(parsed) if parsed else remote


def _before(chain: Sequence[str], count: int) -> str:
    """What the outermost of so many proxies saw."""
    return chain[max(0, len(chain) - 1 - count)]


def _first_untrusted(chain: Sequence[str], proxies: TrustedProxies) -> str:
    """From the end: the first address that is no trusted proxy's; where all are, the one farthest away."""
    return next((each for each in reversed(chain) if not proxies.trusts(each)), chain[0])


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An address as servers and proxies write it: plain, with a port, or in brackets."""
    bare = address.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


class ClientAddress:
    """Middleware: REMOTE_ADDR is the client's for everything behind it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = client_address(
            request.META.get("REMOTE_ADDR", ""),
            request.headers.get("X-Forwarded-For", ""),
            settings.KINDLING_TRUSTED_PROXIES,
        )
        return self._get_response(request)
