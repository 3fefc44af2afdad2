"""Background work of outreach: send what is due, read the answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from kindling.clock import now
from kindling.jobs.registry import JobRequest, registry, slot
from kindling.outreach import inbox, service
from kindling.outreach.models import Enrolment
from kindling.workspaces.models import Workspace

SEND_EVERY_SECONDS = 300
READ_EVERY_SECONDS = 300


@registry.task("outreach.send")
def send(workspace: int) -> None:
    service.run(Workspace.objects.get(pk=workspace), at=now())


@registry.task("outreach.read_inbox")
def read_inbox() -> None:
    if settings.KINDLING_INBOX_URL:
        inbox.read(settings.KINDLING_INBOX_URL, at=now())


@registry.due
def answers(moment: datetime) -> Iterator[JobRequest]:
    if settings.KINDLING_INBOX_URL:
        number = slot(moment, seconds=READ_EVERY_SECONDS)
        yield JobRequest("outreach.read_inbox", f"inbox-{number}", lane="outreach")


@registry.due
def outreach_due(moment: datetime) -> Iterator[JobRequest]:
    due = Enrolment.objects.filter(state=Enrolment.State.ACTIVE, due_at__lte=moment)
    number = slot(moment, seconds=SEND_EVERY_SECONDS)
    for pk in due.values_list("sequence__workspace", flat=True).distinct().order_by():
        # Answers that came meanwhile are read in the same lane first, so nobody is written to who has answered.
        yield JobRequest(
            "outreach.send", f"outreach-{pk}-{number}", {"workspace": pk}, lane="outreach"
        )
