"""Background work of notices: mail, alerts and digests go out, and what nobody took on is escalated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.notices import mail
from kindling.notices.alerts import digests, escalation, sending
from kindling.notices.alerts.queue import TASK as ALERTS_TASK

RETRY_EVERY_SECONDS = 300
FORGET_EVERY_SECONDS = 86_400


@registry.task(mail.TASK)
def send_mail(**arguments: int) -> None:
    mail.send(arguments["mail"], at=now())


@registry.task("notices.forget_texts")
def forget_texts() -> None:
    before = now() - timedelta(days=settings.KINDLING_RECORD_DAYS)
    mail.forget_texts(before=before)
    sending.forget(before=before)


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


@registry.task(ALERTS_TASK)
def send_alerts(**arguments: int) -> None:
    while sending.send(arguments["webhook"], at=now()):
        pass  # what does not fit into one message


@registry.task("notices.watch")
def watch() -> None:
    digests.send_due(at=now())
    escalation.escalate(at=now())


@registry.due
def alerts(moment: datetime) -> Iterator[JobRequest]:
    """What waited for its hour or for an address, digests, and notices that nobody took on."""
    number = slot(moment, seconds=RETRY_EVERY_SECONDS)
    if digests.are_wanted() or escalation.may_be_due(at=moment):
        yield JobRequest("notices.watch", f"watch-notices-{number}")
    for pk in sending.waiting(at=moment):
        yield JobRequest(ALERTS_TASK, f"alerts-{pk}-{number}", {"webhook": pk}, lane="mail")
