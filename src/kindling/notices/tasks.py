"""Background work of notices: mail goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.notices import mail

RETRY_EVERY_SECONDS = 300


@registry.task(mail.TASK)
def send_mail(**arguments: int) -> None:
    mail.send(arguments["mail"], at=now())


@registry.due
def mails(moment: datetime) -> Iterator[JobRequest]:
    """What a server that was away, or refused it for now, left behind, when its next try has come."""
    number = slot(moment, seconds=RETRY_EVERY_SECONDS)
    for pk in mail.waiting(at=moment):
        yield JobRequest(mail.TASK, f"mail-{pk}-{number}", {"mail": pk}, lane="mail")
