"""A page is fetched within its bytes and seconds, and from the internet alone, whatever a server does."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from bad_servers import (
    HTML,
    Answer,
    dripping_body,
    dripping_headers,
    endless,
    html,
    own_certificate,
    raw,
    served,
    silent,
)

from kindling.kit import guarded_fetch
from kindling.kit.guarded_fetch import Fetched, FetchError, Refused, StandIn, fetch, follow

SHOP = "https://shop.example"


def follow_to(server: str, path: str = "/", *, seconds: float = 0.6) -> Fetched:
    stand_in = StandIn("shop.example", server)
    return follow(f"{SHOP}{path}", most_bytes=1_000_000, seconds=seconds, stand_in=stand_in)


def why(answer: Answer) -> Refused:
    with served(answer) as server, pytest.raises(FetchError) as refused:
        follow_to(server)
    return refused.value.why


def redirect(to: str, status: int = 302) -> Answer:
    return raw(
        b"HTTP/1.1 %d Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, to.encode())
    )


class TestAFetch:
    def test_gives_the_page_and_where_it_was(self) -> None:
        with served(html(b"<p>Hello</p>")) as server:
            found = follow_to(server, "/a")
        assert (found.status, found.body, found.url) == (200, b"<p>Hello</p>", f"{SHOP}/a")

    @pytest.mark.parametrize(
        "slow", [dripping_headers, dripping_body, silent], ids=["headers", "body", "silence"]
    )
    def test_ends_at_its_time_however_steadily_bytes_drip(self, slow: Answer) -> None:
        assert why(slow) is Refused.TOO_SLOW

    def test_ends_at_its_time_in_the_middle_of_a_handshake(self) -> None:
        with served(silent) as server:
            secure = server.replace("http:", "https:")
            with pytest.raises(FetchError) as refused:
                fetch(f"{secure}/", trusted=secure, most_bytes=10, seconds=0.4)
        assert refused.value.why is Refused.TOO_SLOW

    def test_ends_at_its_bytes(self) -> None:
        assert why(endless) is Refused.TOO_LONG
        assert why(html(b"a" * 10_000_000)) is Refused.TOO_LONG

    def test_refuses_a_certificate_that_nobody_signed(self, tmp_path: Path) -> None:
        tls = own_certificate(tmp_path)
        with served(html(b""), tls=tls) as server, pytest.raises(FetchError) as refused:
            fetch(f"{server}/", trusted=server, most_bytes=10, seconds=5)
        assert refused.value.why is Refused.CERTIFICATE

    @pytest.mark.parametrize(
        "said",
        [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 100_000 + b"\r\n\r\n"],
        ids=["nothing", "nonsense", "a header without end"],
    )
    def test_of_no_answer_is_broken(self, said: bytes) -> None:
        assert why(raw(said)) is Refused.BROKEN

    def test_of_half_a_page_is_broken(self) -> None:
        assert why(raw(HTML + b"Content-Length: 100\r\n\r\nhalf")) is Refused.BROKEN


class TestANameServer:
    def test_that_does_not_answer_takes_no_longer_than_the_file_may(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = threading.Event()

        def hangs(*_: object, **__: object) -> list[object]:
            asked.wait(30)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hangs)
        try:
            with pytest.raises(FetchError) as refused:
                follow("https://shop.test/", most_bytes=10, seconds=0.2)
        finally:
            asked.set()
        assert refused.value.why is Refused.TOO_SLOW


class TestARedirect:
    @pytest.mark.parametrize("status", sorted(guarded_fetch.REDIRECTS))
    def test_is_followed(self, status: int) -> None:
        pages = iter([redirect("/there", status), html(b"there")])
        with served(lambda talk, ended: next(pages)(talk, ended)) as server:
            found = follow_to(server)
        assert (found.body, found.url) == (b"there", f"{SHOP}/there")

    @pytest.mark.parametrize(
        ("to", "refused"),
        [
            ("https://127.0.0.1/", Refused.PRIVATE),
            ("https://10.0.0.1/", Refused.PRIVATE),
            ("https://169.254.169.254/latest/meta-data/", Refused.PRIVATE),
            ("https://[::1]/", Refused.PRIVATE),
            ("https://[fd00::1]/", Refused.PRIVATE),
            ("https://[::ffff:10.0.0.1]/", Refused.PRIVATE),
            ("https://[64:ff9b::a00:1]/", Refused.PRIVATE),
            ("http://shop.example/", Refused.PLAIN_HTTP),
            ("https://shop.example:8443@127.0.0.1/", Refused.LINK),
            ("https://93.184.216.34:22/", Refused.LINK),
            ("ftp://shop.example/", Refused.LINK),
            ("", Refused.REDIRECTS),
        ],
    )
    def test_is_checked_like_the_first_address(self, to: str, refused: Refused) -> None:
        assert why(redirect(to)) is refused

    def test_in_a_circle_ends(self) -> None:
        assert why(redirect("/again")) is Refused.REDIRECTS

    def test_shares_the_seconds_of_the_first(self) -> None:
        pages = iter([redirect("/slow")])

        def then_slow(talk: socket.socket, ended: object) -> None:
            next(pages, dripping_headers)(talk, ended)  # type: ignore[arg-type]

        assert why(then_slow) is Refused.TOO_SLOW

    def test_goes_to_the_address_that_was_checked_and_asks_no_name_twice(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A name server that answers a public address first and a private one later."""
        asked, went = [], []

        def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
            asked.append(host)
            address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        def connect(address: tuple[str, int], **_: object) -> socket.socket:
            went.append(address[0])
            raise OSError

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(FetchError):
            follow("https://shop.test/", most_bytes=10, seconds=1)
        assert (asked, went) == (["shop.test"], ["93.184.216.34"])


class TestAStandIn:
    def test_is_only_for_names_that_are_on_no_network(self) -> None:
        with pytest.raises(ValueError, match="reserved"):
            StandIn("shop.com", "http://127.0.0.1:1")

    @pytest.mark.parametrize(
        "url", ["https://other.example/", "http://shop.example/", "https://shop.example.com/"]
    )
    def test_answers_for_its_host_alone(self, url: str) -> None:
        assert StandIn("shop.example", "http://127.0.0.1:1").instead_of(url) == url
