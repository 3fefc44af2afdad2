"""Use cases of webhooks and of members' own hours: who is told where, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices import service
from kindling.notices.alerts import sending
from kindling.notices.alerts.queue import hours_of
from kindling.notices.alerts.rules import AT_ONCE, Hours
from kindling.notices.models import Alert, AlertPreference, Webhook
from kindling.workspaces.models import Member, Role, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record

MOST_WEBHOOKS = 20  # of a workspace; ours
LONGEST_ADDRESS, SHOWN_END = 1_000, 4


@dataclass(frozen=True, slots=True)
class Draft:
    """A webhook to be. address : "" keeps the one there is. roles : whose notices it gets; empty means all"""

    name: str
    address: str
    roles: Sequence[str] = ()
    least_urgency: int = 2
    hours: Hours = AT_ONCE


def webhooks(workspace: Workspace) -> QuerySet[Webhook]:
    """The workspace's webhooks by name, with how many alerts wait for each."""
    rows = Webhook.objects.filter(workspace=workspace).select_related("workspace", "created_by")
    waits = Count("alerts", filter=Q(alerts__state=Alert.State.WAITING))
    return rows.annotate(waiting=waits).order_by("name", "pk")


def find(workspace: Workspace, pk: int) -> Webhook:
    found = webhooks(workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError("This webhook was not found.", next_step="Open Notices, then Alerts.")
    return found


def alerts(workspace: Workspace) -> QuerySet[Alert]:
    """Alerts to webhooks, the newest first."""
    rows = Alert.objects.filter(webhook__workspace=workspace)
    return rows.select_related("webhook", "notice").order_by("-due_at", "-pk")


def add(actor: Actor, draft: Draft, *, at: datetime) -> Webhook:
    """Add a webhook. Raises InvalidInputError, and ConflictError for a name that there is."""
    _check(draft)
    address = _checked_address(draft.address)
    with transaction.atomic():
        actor = check_again(actor, Action.MANAGE_WORKSPACE)
        if webhooks(actor.workspace).count() >= MOST_WEBHOOKS:
            raise ConflictError(
                f"There are {MOST_WEBHOOKS} webhooks already.", next_step="Remove one first."
            )
        with _one_name(draft.name):
            made = Webhook.objects.create(
                workspace=actor.workspace, created_by=actor.user, created_at=at, address=address,
                shown_address=shown(address), **_columns(draft),
            )  # fmt: skip
        record(actor, "added webhook", made.name, at=at, after=_told(made))
    return made


def change(actor: Actor, row: Webhook, draft: Draft, *, at: datetime) -> Webhook:
    """Change a webhook; with a new address, or switched off before, it begins anew. Raises as `add`."""
    _check(draft)
    address = _checked_address(draft.address) if draft.address else ""
    with transaction.atomic():
        actor = check_again(actor, Action.MANAGE_WORKSPACE)
        now = _locked(actor, row)
        before = _told(now)
        columns = _columns(draft)
        if address:
            columns |= {
                "address": address, "shown_address": shown(address), "attempts": 0,
                "next_try_at": None, "problem": "",
            }  # fmt: skip
            service.settle(now.workspace, key=sending.trouble_key(now), at=at)
        for name, value in columns.items():
            setattr(now, name, value)
        with _one_name(draft.name):
            now.save(update_fields=list(columns))
        record(actor, "changed webhook", now.name, at=at, before=before, after=_told(now))
    return now


def switch(actor: Actor, row: Webhook, *, is_on: bool, at: datetime) -> Webhook:
    """Switch a webhook on or off. What waits for one that is off is given up after two days."""
    with transaction.atomic():
        actor = check_again(actor, Action.MANAGE_WORKSPACE)
        now = _locked(actor, row)
        Webhook.objects.filter(pk=now.pk).update(is_on=is_on, attempts=0, next_try_at=None)
        if is_on:
            service.settle(now.workspace, key=sending.trouble_key(now), at=at)
        record(actor, f"switched {'on' if is_on else 'off'} webhook", now.name, at=at)
    return find(actor.workspace, row.pk)


def remove(actor: Actor, row: Webhook, *, at: datetime) -> None:
    """Remove a webhook with its log. Its address is gone for good."""
    with transaction.atomic():
        actor = check_again(actor, Action.MANAGE_WORKSPACE)
        now = _locked(actor, row)
        service.settle(now.workspace, key=sending.trouble_key(now), at=at)
        record(actor, "removed webhook", now.name, at=at, before=_told(now))
        now.delete()


def test(actor: Actor, row: Webhook, *, at: datetime) -> str:
    """Send a sample message now; returns why it did not arrive, "" where it did. Raises NotAllowedError."""
    actor.require(Action.MANAGE_WORKSPACE)
    problem = sending.send_test(row)
    record(actor, "tested webhook", row.name, at=at, after={"problem": problem})
    return problem


def _locked(actor: Actor, row: Webhook) -> Webhook:
    rows = Webhook.objects.select_for_update(of=("self",), no_key=True).select_related("workspace")
    found = rows.filter(workspace=actor.workspace, pk=row.pk).first()
    if found is None:
        raise NotFoundError("This webhook was removed.", next_step="Open Notices, then Alerts.")
    return found


@contextmanager
def _one_name(name: str) -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ConflictError(
            f"There is a webhook named “{name.strip()}” already.", next_step="Choose another name."
        ) from None


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(), "roles": list(draft.roles), "least_urgency": draft.least_urgency,
        "digest_hour": draft.hours.digest_hour, "quiet_from": draft.hours.quiet_from,
        "quiet_to": draft.hours.quiet_to, "wakes": draft.hours.wakes,
    }  # fmt: skip


def _told(row: Webhook) -> dict[str, Any]:
    """What the audit trail says of it: never its address."""
    return {
        "address": row.shown_address, "roles": row.roles, "least_urgency": row.least_urgency,
        "digest_hour": row.digest_hour, "quiet_from": row.quiet_from, "quiet_to": row.quiet_to,
    }  # fmt: skip


def to_json(row: Webhook) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, **_told(row), "wakes": row.wakes, "is_on": row.is_on,
        "waiting": getattr(row, "waiting", 0), "problem": row.problem or None,
        "last_sent_at": row.last_sent_at.isoformat() if row.last_sent_at else None,
        "next_try_at": row.next_try_at.isoformat() if row.next_try_at else None,
    }  # fmt: skip


# --- The address --------------------------------------------------------------------------------------------------


def shown(address: str) -> str:
    """An address as people may see it: its host and its last letters."""
    host = urlsplit(address).hostname or ""
    return f"{host} …{address[-SHOWN_END:]}"[:120]


def _checked_address(address: str) -> str:
    told = address.strip()
    wrong = InvalidInputError(
        "This is no https address.",
        next_step="Copy the whole address of the chat's incoming webhook.",
        field="address",
    )
    if not told.isascii() or len(told) > LONGEST_ADDRESS or any(each <= " " for each in told):
        raise wrong
    try:
        parts = urlsplit(told)
        host, user = parts.hostname, parts.username
    except ValueError:
        raise wrong from None
    is_ours = bool(settings.KINDLING_WEBHOOK_HOST) and told.startswith(
        settings.KINDLING_WEBHOOK_HOST.rstrip("/") + "/"
    )
    if not host or user is not None or (parts.scheme != "https" and not is_ours):
        raise wrong
    return told


def _check(draft: Draft) -> None:
    if not draft.name.strip() or len(draft.name) > 80:
        raise InvalidInputError(
            "A webhook needs a name of at most 80 characters.",
            next_step="Name the channel, e.g. “#spark-ads”.",
            field="name",
        )
    unknown = set(draft.roles) - set(Role.values)
    if unknown:
        raise InvalidInputError(
            f"Unknown role: {', '.join(sorted(unknown))}.",
            next_step=f"Use {', '.join(Role.values)}.",
            field="roles",
        )
    if not 1 <= draft.least_urgency <= 5:
        raise InvalidInputError(
            "Urgency is from 1 (now) to 5 (can wait).",
            next_step="Correct it.",
            field="least_urgency",
        )
    _check_hours(draft.hours)


def _check_hours(hours: Hours) -> None:
    for name in ("digest_hour", "quiet_from", "quiet_to"):
        value = getattr(hours, name)
        if value is not None and not 0 <= value <= 23:
            raise InvalidInputError("An hour is from 0 to 23.", next_step="Correct it.", field=name)
    if (hours.quiet_from is None) != (hours.quiet_to is None):
        raise InvalidInputError(
            "Quiet hours have a beginning and an end.",
            next_step="Choose both, or neither.",
            field="quiet_to" if hours.quiet_to is None else "quiet_from",
        )


# --- One's own ----------------------------------------------------------------------------------------------------


def my_hours(actor: Actor) -> Hours:
    """When the member's notices are mailed."""
    return hours_of(AlertPreference.objects.filter(member=_member(actor)).first())


def set_my_hours(actor: Actor, hours: Hours, *, at: datetime) -> None:
    """Change when one's own notices are mailed. A digest begins with what opens from now on."""
    _check_hours(hours)
    told = {
        "digest_hour": hours.digest_hour, "quiet_from": hours.quiet_from,
        "quiet_to": hours.quiet_to, "wakes": hours.wakes,
    }  # fmt: skip
    with transaction.atomic():
        member = _member(actor)
        before = my_hours(actor)
        more = {"digested_until": at} if before.digest_hour != hours.digest_hour else {}
        AlertPreference.objects.update_or_create(
            member=member, defaults=told | more, create_defaults=told | {"digested_until": at}
        )
        record(actor, "changed own alerts", str(actor.user), at=at, after=told)


def _member(actor: Actor) -> Member:
    found = Member.objects.filter(
        workspace=actor.workspace, user=actor.user, deactivated_at=None
    ).first()
    if found is None:
        raise NotAllowedError("Only members have alerts of their own.", next_step="Sign in.")
    return found
