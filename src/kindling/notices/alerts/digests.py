"""Digests by mail: the open notices of a day for each member who wants them together."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from kindling.notices import mail
from kindling.notices.alerts import rules
from kindling.notices.alerts.queue import hours_of
from kindling.notices.models import AlertPreference, Notice
from kindling.notices.service import MOST_MAILED_URGENCY


def are_wanted() -> bool:
    """Whether any member wants digests."""
    return AlertPreference.objects.filter(digest_hour__isnull=False).exists()


def send_due(*, at: datetime) -> int:
    """Mail every digest that is due; returns how many. A notice is in one of them, or in none once it is resolved."""
    wanting = AlertPreference.objects.filter(
        digest_hour__isnull=False,
        member__wants_mail=True,
        member__deactivated_at=None,
        member__user__is_active=True,
    ).select_related("member__user", "member__workspace")
    return sum(_send(each, at=at) for each in wanting)


@transaction.atomic
def _send(preference: AlertPreference, *, at: datetime) -> bool:
    member = preference.member
    zone, hours = member.workspace.timezone, hours_of(preference)
    until = rules.last_digest(at, hours=hours, zone=zone)
    since = preference.digested_until or until - timedelta(days=1)
    if until <= since:
        return False
    mine = AlertPreference.objects.filter(
        pk=preference.pk, digested_until=preference.digested_until
    )
    if not mine.update(digested_until=until):
        return False
    rows = Notice.objects.filter(
        workspace=member.workspace, done_at=None, at__gte=since, at__lt=until,
        urgency__lte=MOST_MAILED_URGENCY,
    )  # fmt: skip
    if hours.wakes:
        rows = rows.exclude(urgency__lte=rules.NOW)  # they were mailed at once
    found = [row for row in rows.order_by("urgency", "at", "pk") if member.role in row.roles]
    if not found:
        return False
    mail.post(
        member.workspace,
        key=f"digest-{member.pk}-{until:%Y%m%dT%H%M}",
        to=member.user.email,
        subject=f"{member.workspace.name}: {len(found)} notice{'s' if len(found) > 1 else ''}",
        text="\n".join(_entry(member.workspace.slug, row) for row in found),
        at=at,
    )
    return True


def _entry(slug: str, row: Notice) -> str:
    return f"{row.title}\n{row.next_step}\n{mail.page_url(f'w/{slug}/{row.path}')}\n"
