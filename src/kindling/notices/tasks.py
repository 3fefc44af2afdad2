"""Background work of notices: mail goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.notices import mail

RETRY_EVERY_SECONDS = 300
FORGET_EVERY_SECONDS = 86_400


@registry.task(mail.TASK)
def send_mail(**arguments: int) -> None:
    mail.send(arguments["mail"], at=now())


@registry.task("notices.forget_texts")
def forget_texts() -> None:
    mail.forget_texts(before=now() - timedelta(days=settings.KINDLING_RECORD_DAYS))


@registry.due
def forgetting(moment: datetime) -> Iterator[JobRequest]:
    number = slot(moment, seconds=FORGET_EVERY_SECONDS)
    yield JobRequest("notices.forget_texts", f"forget-texts-{number}")


@registry.due
def mails(moment: datetime) -> Iterator[JobRequest]:
    """What a server that was away, or refused it for now, left behind, when its next try has come."""
    number = slot(moment, seconds=RETRY_EVERY_SECONDS)
    for pk in mail.waiting(at=moment):
        yield JobRequest(mail.TASK, f"mail-{pk}-{number}", {"mail": pk}, lane="mail")
