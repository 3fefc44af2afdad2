"""The time of a sandbox: one connection is kept, and no answer is needed once there was one."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from kindling.kit.clock_sources import SandboxClock

TOLD = {"mode": "manual", "speed": 1, "now": "2026-03-02T12:00:00Z"}


class Peer:
    """Answers on a free port; closes after each answer where `hangs_up`."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections, self.hangs_up, self.status = 0, False, "200 OK"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with line:
                while line.recv(4096):
                    text = json.dumps(TOLD)
                    head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(text)}\r\n\r\n"
                    line.sendall((head + text).encode())
                    if self.hangs_up:
                        break

    def leave(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    if made.listener.fileno() >= 0:
        made.leave()


@pytest.fixture
def clock(peer: Peer) -> Iterator[SandboxClock]:
    made = SandboxClock(peer.url)
    yield made
    made.close()


class TestASandboxsTime:
    def test_is_asked_over_one_connection(self, peer: Peer, clock: SandboxClock) -> None:
        assert {clock.now().isoformat() for _ in range(3)} == {"2026-03-02T12:00:00+00:00"}
        assert peer.connections == 1

    def test_is_asked_again_where_the_other_end_has_closed_it(
        self, peer: Peer, clock: SandboxClock
    ) -> None:
        peer.hangs_up = True
        assert clock.now() == clock.now()
        assert peer.connections == 2

    def test_stays_known_when_nobody_answers(self, peer: Peer, clock: SandboxClock) -> None:
        peer.hangs_up = True
        known = clock.now()
        peer.leave()
        assert clock.now() == known

    def test_stays_known_when_the_answer_is_a_refusal(
        self, peer: Peer, clock: SandboxClock
    ) -> None:
        known = clock.now()
        peer.status = "503 Busy"
        assert clock.now() == known

    def test_is_an_error_where_it_was_never_told(self, peer: Peer, clock: SandboxClock) -> None:
        peer.leave()
        with pytest.raises(ConnectionError, match="is it running"):
            clock.now()
