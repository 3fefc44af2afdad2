"""Asks for alerts in the transaction that opens a notice: a row for each webhook that wants it, sent by the worker."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.notices.alerts import rules
from kindling.notices.alerts.rules import AT_ONCE, Hours
from kindling.notices.models import Alert, AlertHours, Notice, Webhook

TASK = "notices.send_alerts"
OWN_TROUBLE = "webhook-"  # keys of notices about webhooks: no webhook tells of those


def hours_of(row: AlertHours | None) -> Hours:
    """When a member or a chat wants alerts; without a row at once."""
    if row is None:
        return AT_ONCE
    return Hours(row.digest_hour, row.quiet_from, row.quiet_to, row.wakes)


def queue(
    notice: Notice, *, roles: Collection[str], at: datetime, kind: Alert.Kind = Alert.Kind.NEW
) -> int:
    """Ask for the notice's alerts; returns how many. A second call of the same kind asks for nothing."""
    if notice.key.startswith(OWN_TROUBLE):
        return 0
    zone, made = notice.workspace.timezone, 0
    wanting = Webhook.objects.filter(
        workspace=notice.workspace, is_on=True, least_urgency__gte=notice.urgency
    )
    for webhook in wanting:
        if not rules.serves(roles, webhook.roles):
            continue
        hours = hours_of(webhook)
        if kind is Alert.Kind.ESCALATED:
            hours = replace(hours, digest_hour=None)
        due = rules.due_at(at, urgency=notice.urgency, hours=hours, zone=zone)
        _, is_new = Alert.objects.get_or_create(
            webhook=webhook, notice=notice, kind=kind, defaults={"due_at": due}
        )
        made += is_new
        if is_new and due <= at:
            job = f"alerts-{webhook.pk}-{notice.pk}-{kind}"
            outbox.ask(JobRequest(TASK, job, {"webhook": webhook.pk}, lane="mail"))
    return made
