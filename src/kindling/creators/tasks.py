"""Background work of creators: outreach that is due, its answers, uploaded sheets to forget, captions to go through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from kindling.creators import found, inbox, outreach, uploads
from kindling.creators.models import Creator, Enrolment, Sheet
from kindling.jobs.registry import Wish, registry, slot
from kindling.wiring import now
from kindling.workspaces.models import Workspace

SEND_EVERY_SECONDS = 300
READ_EVERY_SECONDS = 300
LOOK_EVERY_SECONDS = 3600


@registry.task("creators.forget_sheets")
def forget_sheets() -> None:
    uploads.forget_old(at=now())


@registry.task("creators.outreach")
def send_outreach(workspace: int) -> None:
    outreach.run(Workspace.objects.get(pk=workspace), at=now())


@registry.task("creators.read_inbox")
def read_inbox() -> None:
    if settings.KINDLING_INBOX_URL:
        inbox.read(settings.KINDLING_INBOX_URL, at=now())


@registry.task("creators.find")
def find(workspace: int) -> None:
    found.look(Workspace.objects.get(pk=workspace), at=now())


@registry.due
def captions(moment: datetime) -> Iterator[Wish]:
    number = slot(moment, seconds=LOOK_EVERY_SECONDS)
    for pk in Creator.objects.order_by().values_list("workspace", flat=True).distinct():
        yield Wish("creators.find", f"find-{pk}-{number}", {"workspace": pk}, lane=f"find-{pk}")


@registry.due
def old_sheets(moment: datetime) -> Iterator[Wish]:
    if Sheet.objects.filter(created_at__lte=moment - uploads.KEPT).exists():
        yield Wish("creators.forget_sheets", f"forget-sheets-{slot(moment, seconds=3600)}")


@registry.due
def answers(moment: datetime) -> Iterator[Wish]:
    if settings.KINDLING_INBOX_URL:
        number = slot(moment, seconds=READ_EVERY_SECONDS)
        yield Wish("creators.read_inbox", f"inbox-{number}", lane="outreach")


@registry.due
def outreach_due(moment: datetime) -> Iterator[Wish]:
    due = Enrolment.objects.filter(state=Enrolment.State.ACTIVE, due_at__lte=moment)
    number = slot(moment, seconds=SEND_EVERY_SECONDS)
    for pk in due.values_list("sequence__workspace", flat=True).distinct().order_by():
        # Answers that came meanwhile are read in the same lane first, so nobody is written to who has answered.
        yield Wish(
            "creators.outreach", f"outreach-{pk}-{number}", {"workspace": pk}, lane="outreach"
        )
