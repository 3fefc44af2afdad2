"""The client's address behind proxies: right, and not the client's to choose."""

from __future__ import annotations

import pytest

from kindling.kit.client_address import TrustedProxies, client_address

NOBODY = TrustedProxies()
NEAR = TrustedProxies.parse("10.0.0.0/8, 127.0.0.1")


class TestTheClientsAddress:
    @pytest.mark.parametrize(
        ("remote", "forwarded", "proxies", "client"),
        [
            ("198.51.100.7", "", NOBODY, "198.51.100.7"),
            ("198.51.100.7", "203.0.113.9", NOBODY, "198.51.100.7"),
            ("198.51.100.7:4711", "", NOBODY, "198.51.100.7"),
            ("[2001:db8::1]:4711", "", NOBODY, "2001:db8::1"),
            ("::ffff:198.51.100.7", "", NOBODY, "198.51.100.7"),
            ("10.0.0.1", "198.51.100.7", NEAR, "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7", NEAR, "198.51.100.7"),
            ("127.0.0.1", "203.0.113.9, 198.51.100.7, 10.2.2.2", NEAR, "198.51.100.7"),
            ("198.51.100.7", "203.0.113.9", NEAR, "198.51.100.7"),
            ("10.0.0.1", "10.0.0.5", NEAR, "10.0.0.5"),
            ("10.0.0.1", "", NEAR, "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7, rubbish", NEAR, "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7", TrustedProxies(count=1), "198.51.100.7"),
            ("10.0.0.1", "203.0.113.9, 198.51.100.7", TrustedProxies(count=1), "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7, 5.5.5.5", TrustedProxies(count=2), "198.51.100.7"),
            ("198.51.100.7", "", TrustedProxies(count=1), "198.51.100.7"),
            ("", "", NOBODY, ""),
        ],
    )
    def test_is_what_the_last_trusted_proxy_saw(
        self, remote: str, forwarded: str, proxies: TrustedProxies, client: str
    ) -> None:
        assert client_address(remote, forwarded, proxies) == client

    @pytest.mark.parametrize("raw", ["proxy.example", "10.0.0.1/8", "1,10.0.0.0/99", "-1"])
    def test_wants_a_count_or_networks(self, raw: str) -> None:
        with pytest.raises(ValueError, match=r"write how many|networks"):
            TrustedProxies.parse(raw)

    def test_trusts_nobody_when_nothing_is_said(self) -> None:
        assert TrustedProxies.parse("") == NOBODY
