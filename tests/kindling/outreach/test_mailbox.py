"""Answers read from a real IMAP server: seen once, marked, never deleted."""

from __future__ import annotations

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk

from kindling.errors import PlatformError
from kindling.notices.models import Mail
from kindling.outreach import inbox, sequences
from kindling.outreach import service as outreach
from kindling.outreach.models import Enrolment
from tiktok_sandbox.server import free_port

PYMAP = Path(sys.executable).with_name("pymap")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A mail server with an empty mailbox of demouser."""
    chosen = free_port()
    server = subprocess.Popen(
        [PYMAP, "--host", "127.0.0.1", "--port", str(chosen), "--no-tls", "--no-service", "admin",
         "--no-service", "managesieve", "dict", "--demo-data"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", chosen), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield chosen
    server.terminate()
    server.wait()


@pytest.fixture
def mailbox(port: int) -> Iterator[imaplib.IMAP4]:
    box = imaplib.IMAP4("127.0.0.1", port)
    box.login("demouser", "demopass")
    yield box
    box.logout()


def mailed(desk: Desk, settings: object) -> Mail:
    settings.KINDLING_MAIL_URL = "smtp://127.0.0.1"  # type: ignore[attr-defined]
    desk.creator(email="ana@shop.example")
    template = sequences.save_template(
        desk.manager, name="x", language="en", channel="email", subject="Hi", text="Hi", at=desk.now
    )
    made = sequences.make_sequence(
        desk.manager, name="S", steps=[(template, 0), (template, 3)], at=desk.now
    )
    outreach.enrol(desk.manager, made, ["sample.ana"], at=desk.now)
    outreach.run(desk.workspace, at=desk.now)
    return Mail.objects.get()


@pytest.mark.slow
def test_an_answer_in_the_mailbox_stops_the_sequence_and_stays_there(
    desk: Desk, settings: object, port: int, mailbox: imaplib.IMAP4
) -> None:
    sent = mailed(desk, settings)
    url = f"imap://demouser:demopass@127.0.0.1:{port}/INBOX"
    inbox.read(url, at=desk.now)  # whatever the server's sample mails are
    assert Enrolment.objects.get().state == "active"
    raw = (
        f"From: Ana <ana@shop.example>\r\nSubject: Re: Hi\r\nIn-Reply-To: {sent.message_id}\r\n\r\n<b>Yes</b>\r\n"
    ).encode()
    mailbox.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
    assert inbox.read(url, at=desk.now)["reply"] == 1
    assert Enrolment.objects.get().state == "replied"
    assert inbox.read(url, at=desk.now) == {"reply": 0, "bounce": 0, "automatic": 0}
    mailbox.select("INBOX")
    _, found = mailbox.search(None, "SEEN", "SUBJECT", '"Re: Hi"')
    assert len(found[0].split()) == 1


@pytest.mark.slow
def test_a_wrong_password_is_told_without_repeating_it(desk: Desk, port: int) -> None:
    with pytest.raises(PlatformError) as refused:
        inbox.read(f"imap://demouser:not-this-one@127.0.0.1:{port}/INBOX", at=desk.now)
    assert "not-this-one" not in str(refused.value)
    assert refused.value.next_step
