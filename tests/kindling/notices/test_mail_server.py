"""What becomes of a mail at a real mail server that refuses it, loses the connection, or cannot be reached."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from kindling.notices import mail, rules, tasks
from kindling.notices.models import Mail
from kindling.workspaces.models import Workspace
from tiktok_sandbox.server import free_port

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
State = Mail.State


class Server:
    """Answers each command as it is told; `taken` has the mails it took."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.taken: list[bytes] = []
        self.hangs_up_at = ""

    async def _answer(self, server: Any, command: str) -> str | None:
        if self.hangs_up_at == command:
            server.transport.close()
            return "250 OK"
        return self.answers.get(command)

    async def handle_MAIL(  # noqa: N802 (aiosmtpd names it so)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        envelope.mail_from = address
        return await self._answer(server, "MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802 (see above)
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        no = await self._answer(server, "RCPT")
        if no is None:
            envelope.rcpt_tos.append(address)
        return no or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (see above)
        no = await self._answer(server, "DATA")
        if no is None or self.hangs_up_at:
            self.taken.append(envelope.content)
        return no or "250 OK"


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    port = free_port()
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.KINDLING_MAIL_URL = "smtp://127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = ""
    yield handler
    controller.stop()


@pytest.fixture
def letter(database: None, server: Server) -> Mail:
    workspace = Workspace.objects.create(slug="sample", name="Sample", currency="USD")
    return mail.post(
        workspace, key="one", to="ana@shop.example", subject="Hello", text="Your link.", at=NOW
    )


@contextmanager
def door(says: bytes | None, *, until: bytes = b"") -> Iterator[int]:
    """The port of a server that says one thing to whoever comes, and hangs up; None: says nothing, and waits.

    until : hangs up only once it heard this
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        is_over = threading.Event()

        def answer() -> None:
            with listening.accept()[0] as came:
                if says is None:
                    is_over.wait(5)
                    return
                came.sendall(says)
                heard = b""
                while until not in heard and (more := came.recv(4096)):
                    heard += more.upper()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        is_over.set()
        thread.join(5)


class TestAMail:
    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_refused_for_now_waits_and_goes_out_later(
        self, letter: Mail, server: Server, command: str
    ) -> None:
        server.answers[command] = "451 Come back later"
        left = mail.send(letter.pk, at=NOW)
        assert (left.state, left.attempts) == (State.WAITING, 1)
        assert "451" in left.problem
        assert left.next_try_at == NOW + rules.WAITS[0]
        server.answers.clear()
        too_early = NOW + rules.WAITS[0] - timedelta(seconds=1)
        assert mail.send(letter.pk, at=too_early).attempts == 1
        assert list(tasks.mails(too_early)) == []
        (wish,) = tasks.mails(NOW + rules.WAITS[0])
        assert mail.send(wish.arguments["mail"], at=NOW + rules.WAITS[0]).state == State.SENT
        assert len(server.taken) == 1

    @pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
    def test_refused_for_good_has_failed_and_says_why(
        self, letter: Mail, server: Server, command: str
    ) -> None:
        server.answers[command] = "550 No such person"
        left = mail.send(letter.pk, at=NOW)
        assert left.state == State.FAILED
        assert "550" in left.problem
        assert "ana@" not in left.problem
        assert list(tasks.mails(NOW + timedelta(days=1))) == []

    def test_whose_server_cannot_be_reached_waits_longer_each_time_until_the_limit(
        self, letter: Mail, server: Server, settings: Any
    ) -> None:
        settings.EMAIL_PORT = free_port()
        at, waits = NOW, []
        while (left := mail.send(letter.pk, at=at)).state == State.WAITING:
            assert left.next_try_at is not None
            waits.append(left.next_try_at - at)
            at = left.next_try_at
        assert tuple(waits) == rules.WAITS
        assert left.state == State.FAILED
        assert f"{len(rules.WAITS) + 1} tries" in left.problem

    @pytest.mark.parametrize("command", ["MAIL", "RCPT"])
    def test_whose_connection_is_lost_before_its_text_left_is_tried_again(
        self, letter: Mail, server: Server, command: str
    ) -> None:
        server.hangs_up_at = command
        assert mail.send(letter.pk, at=NOW).state == State.WAITING
        server.hangs_up_at = ""
        assert mail.send(letter.pk, at=NOW + rules.WAITS[0]).state == State.SENT
        assert len(server.taken) == 1

    def test_whose_connection_is_lost_after_its_text_left_is_unclear_and_stays_so(
        self, letter: Mail, server: Server
    ) -> None:
        server.hangs_up_at = "DATA"
        assert mail.send(letter.pk, at=NOW).state == State.UNCLEAR
        assert len(server.taken) == 1
        server.hangs_up_at = ""
        assert list(tasks.mails(NOW + timedelta(days=1))) == []
        assert mail.send(letter.pk, at=NOW + timedelta(days=1)).state == State.UNCLEAR
        assert len(server.taken) == 1

    @pytest.mark.parametrize(
        "greeting", [b"", b"421 Busy\r\n", b"554 Go away\r\n", b"hello\r\n", None], ids=repr
    )
    def test_for_a_server_that_does_not_let_anybody_in_waits_with_its_text(
        self, letter: Mail, settings: Any, greeting: bytes | None
    ) -> None:
        settings.EMAIL_TIMEOUT = 0.1
        with door(greeting) as settings.EMAIL_PORT:
            left = mail.send(letter.pk, at=NOW)
        assert (left.state, left.text) == (State.WAITING, "Your link.")
        assert left.next_try_at == NOW + rules.WAITS[0]

    def test_for_a_server_with_no_address_waits_with_its_text(
        self, letter: Mail, settings: Any
    ) -> None:
        settings.EMAIL_HOST = "mail.invalid"
        left = mail.send(letter.pk, at=NOW)
        assert (left.state, left.text) == (State.WAITING, "Your link.")

    @pytest.mark.slow
    def test_whose_connection_is_lost_in_the_middle_of_its_text_is_unclear(
        self, database: None, server: Server, settings: Any
    ) -> None:
        workspace = Workspace.objects.create(slug="sample", name="Sample", currency="USD")
        settings.EMAIL_TIMEOUT = 2
        long = mail.post(
            workspace,
            key="long",
            to="ana@shop.example",
            subject="Hello",
            text="x\n" * 100_000,
            at=NOW,
        )
        replies = b"220 here\r\n250 here\r\n250 OK\r\n250 OK\r\n354 go on\r\n"
        with door(replies, until=b"DATA") as settings.EMAIL_PORT:
            assert mail.send(long.pk, at=NOW).state == State.UNCLEAR

    def test_for_a_server_that_refuses_the_password_waits(
        self, letter: Mail, server: Server, settings: Any
    ) -> None:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "wrong"
        assert mail.send(letter.pk, at=NOW).state == State.WAITING
