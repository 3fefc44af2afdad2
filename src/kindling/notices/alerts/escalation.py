"""Escalation: an urgent notice that nobody resolved or took on in time goes to the owners, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from kindling.notices import mail
from kindling.notices.alerts import rules
from kindling.notices.alerts.queue import hours_of, queue
from kindling.notices.models import Alert, Notice
from kindling.workspaces.models import Member, Role, Workspace

# What is older was open before escalation was switched on, or waits longer than anybody would call urgent.
MOST_AGE = timedelta(days=14)


def escalate(*, at: datetime) -> int:
    """Tell the owners of what is due; returns how many notices."""
    told = 0
    for workspace in Workspace.objects.filter(escalate_hours__gt=0):
        late = at - timedelta(hours=workspace.escalate_hours)
        rows = _candidates(at=late).filter(workspace=workspace, at__lte=late)
        told += sum(_escalate(row, at=at) for row in rows.select_related("workspace"))
    return told


def may_be_due(*, at: datetime) -> bool:
    """Whether any notice waits for being taken on, however long."""
    return _candidates(at=at).exists()


def _candidates(*, at: datetime) -> QuerySet[Notice]:
    rows = Notice.objects.filter(done_at=None, taken_at=None, escalated_at=None)
    return rows.filter(urgency__lte=rules.URGENT, at__gt=at - MOST_AGE)


@transaction.atomic
def _escalate(notice: Notice, *, at: datetime) -> bool:
    mine = Notice.objects.filter(pk=notice.pk, done_at=None, taken_at=None, escalated_at=None)
    if not mine.update(escalated_at=at):
        return False
    slug = notice.workspace.slug
    owners = Member.objects.filter(
        workspace=notice.workspace, role=Role.OWNER, wants_mail=True, deactivated_at=None,
        user__is_active=True,
    ).select_related("user", "alert_preference")  # fmt: skip
    hours = notice.workspace.escalate_hours
    for member in owners:
        wanted = replace(hours_of(getattr(member, "alert_preference", None)), digest_hour=None)
        mail.post(
            notice.workspace,
            key=f"escalated-{notice.pk}-{member.pk}",
            to=member.user.email,
            subject=f"Not taken on: {notice.title}",
            text=f"This was neither resolved nor taken on within {hours} hours.\n\n{notice.title}\n\n"
            f"{notice.next_step}\n\n{mail.page_url(f'w/{slug}/{notice.path}')}\n",
            at=at,
            not_before=rules.due_at(
                at, urgency=notice.urgency, hours=wanted, zone=notice.workspace.timezone
            ),
        )
    queue(notice, roles=(Role.OWNER,), at=at, kind=Alert.Kind.ESCALATED)
    return True
