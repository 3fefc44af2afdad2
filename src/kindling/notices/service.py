"""Tell the people who own the next step: a notice on their first screen, and a mail for those who want one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from kindling.errors import ConflictError, NotFoundError
from kindling.notices import mail
from kindling.notices.alerts import rules
from kindling.notices.alerts.queue import hours_of, queue
from kindling.notices.models import Mail, Notice
from kindling.workspaces.models import Member, Workspace
from kindling.workspaces.service import Actor, record

MOST_MAILED_URGENCY = 3
MAIL_KEY = "notice-"  # of a notice's mails, followed by its number and the member's


@transaction.atomic
def notify(
    workspace: Workspace,
    *,
    key: str,
    roles: Iterable[str],
    title: str,
    next_step: str,
    path: str,
    at: datetime,
    urgency: int = 3,
) -> Notice:
    """Open a notice for these roles and mail their members; while one of this key is open it is the same one.

    key : what it is about, e.g. "permission-12-revoked"; roles : the first owns the next step
    path : the page below the workspace's address, e.g. "authorizations/12/"; never holds a secret
    urgency : 1 is now, 5 can wait; above 3 nobody is mailed
    """
    notice, is_new = Notice.objects.get_or_create(
        workspace=workspace,
        key=key,
        done_at=None,
        defaults={
            "roles": list(dict.fromkeys(roles)),
            "title": title[:300],
            "next_step": next_step[:300],
            "path": path,
            "at": at,
            "urgency": urgency,
        },
    )
    if is_new and urgency <= MOST_MAILED_URGENCY:
        _mail(notice, at=at)
    if is_new:
        queue(notice, roles=notice.roles, at=at)
    return notice


def _mail(notice: Notice, *, at: datetime) -> None:
    """Mail the members of its roles, each when they want it; who wants digests gets it with the next one."""
    slug, zone = notice.workspace.slug, notice.workspace.timezone
    members = Member.objects.filter(
        workspace=notice.workspace,
        role__in=notice.roles,
        wants_mail=True,
        user__is_active=True,
        deactivated_at=None,
    ).select_related("user", "alert_preference")
    for member in members:
        hours = hours_of(getattr(member, "alert_preference", None))
        is_at_once = notice.urgency <= rules.NOW and hours.wakes
        if hours.digest_hour is not None and not is_at_once:
            continue  # `alerts.digests`
        mail.post(
            notice.workspace,
            key=f"{MAIL_KEY}{notice.pk}-{member.pk}",
            to=member.user.email,
            subject=notice.title,
            text=f"{notice.title}\n\n{notice.next_step}\n\n{mail.page_url(f'w/{slug}/{notice.path}')}\n",
            at=at,
            not_before=rules.due_at(at, urgency=notice.urgency, hours=hours, zone=zone),
        )


def why_not(row: Mail) -> str:
    """Why a mail of a notice is not to leave any more; "" while it is. It may have waited for quiet hours to end."""
    if row.next_try_at is None:
        return ""
    pk = row.key.removeprefix(MAIL_KEY).partition("-")[0]
    is_open = Notice.objects.filter(pk=int(pk), done_at=None).exists()
    return "" if is_open else "The notice was resolved before."


def was_told(workspace: Workspace, *, key: str) -> bool:
    """Whether there ever was a notice of this key, open or done: for what is said once."""
    return Notice.objects.filter(workspace=workspace, key=key).exists()


def settle(workspace: Workspace, *, key: str, at: datetime) -> int:
    """Close the open notice of this key: what it was about is over. Returns how many were open (0 or 1)."""
    return Notice.objects.filter(workspace=workspace, key=key, done_at=None).update(done_at=at)


def settle_all(workspace: Workspace, *, keys: Iterable[str], at: datetime) -> int:
    """Close the open notices of these keys; returns how many were open."""
    rows = Notice.objects.filter(workspace=workspace, key__in=list(keys), done_at=None)
    return rows.update(done_at=at)


SEE_ALL = {"", "owner", "viewer"}  # roles that are shown every open notice


def open_notices(workspace: Workspace, *, role: str = "") -> list[Notice]:
    """Open notices, the most urgent first; for one role those it owns or shares (an owner sees all)."""
    rows = list(Notice.objects.filter(workspace=workspace, done_at=None))
    if role in SEE_ALL:
        return rows
    return [each for each in rows if role in each.roles]


def all_notices(workspace: Workspace) -> QuerySet[Notice]:
    """Open notices, the most urgent first, then those resolved, the latest first."""
    rows = Notice.objects.filter(workspace=workspace).select_related("done_by", "taken_by")
    return rows.order_by(F("done_at").desc(nulls_first=True), "urgency", "-at", "-id")


def open_for(rows: QuerySet[Notice], role: str) -> QuerySet[Notice]:
    """Those that are open and that a role owns or shares; an owner sees all."""
    rows = rows.filter(done_at=None)
    if role in SEE_ALL:
        return rows
    roles = rows.order_by().values_list("pk", "roles")
    return rows.filter(pk__in=[pk for pk, theirs in roles if role in theirs])


def mark_done(actor: Actor, pk: int, *, at: datetime) -> Notice:
    """A person has dealt with it. Raises NotFoundError when there is no such open notice here."""
    found = Notice.objects.filter(workspace=actor.workspace, pk=pk, done_at=None).first()
    if found is None:
        raise NotFoundError("This open notice was not found.", next_step="Open Notices to see all.")
    rows = Notice.objects.filter(pk=found.pk, done_at=None)
    if not rows.update(done_at=at, done_by=actor.user):
        raise ConflictError("This notice was resolved in the meantime.", next_step="Nothing to do.")
    found.done_at, found.done_by = at, actor.user
    record(actor, "resolved notice", found.title[:120], at=at)
    return found


def take(actor: Actor, pk: int, *, at: datetime) -> Notice:
    """A person is on it: the others know, and it is not escalated. It stays open.

    Raises NotFoundError when there is no such open notice here, ConflictError where another member took it on first.
    """
    found = Notice.objects.filter(workspace=actor.workspace, pk=pk, done_at=None).first()
    if found is None:
        raise NotFoundError("This open notice was not found.", next_step="Open Notices to see all.")
    rows = Notice.objects.filter(pk=pk, done_at=None, taken_at=None)
    with transaction.atomic():
        if not rows.update(taken_at=at, taken_by=actor.user):
            now = Notice.objects.select_related("taken_by").get(pk=pk)
            raise ConflictError(
                f"{now.taken_by or 'Another member'} is on it already.",
                next_step="Ask them, or mark it as done when it is.",
            )
        record(actor, "took on notice", found.title[:120], at=at)
    found.taken_at, found.taken_by = at, actor.user
    return found


def give_back(actor: Actor, pk: int, *, at: datetime) -> None:
    """The member who took it on is not on it any more. Raises NotFoundError where they did not."""
    mine = Notice.objects.filter(
        workspace=actor.workspace, pk=pk, done_at=None, taken_by=actor.user, taken_at__isnull=False
    )
    found = mine.first() if actor.user is not None else None
    if found is None:
        raise NotFoundError("You have not taken on this notice.", next_step="Nothing to do.")
    with transaction.atomic():
        mine.update(taken_at=None, taken_by=None)
        record(actor, "gave back notice", found.title[:120], at=at)


def reopen(actor: Actor, pk: int, *, at: datetime) -> None:
    """Open a notice again that this member marked as done.

    Raises NotFoundError, and ConflictError where the same has come up again since.
    """
    mine = Notice.objects.filter(workspace=actor.workspace, pk=pk, done_by=actor.user)
    found = mine.exclude(done_at=None).first() if actor.user is not None else None
    if found is None:
        raise NotFoundError("This resolved notice was not found.", next_step="Nothing to do.")
    try:
        with transaction.atomic():
            mine.update(done_at=None, done_by=None)
            record(actor, "reopened notice", found.title[:120], at=at)
    except IntegrityError:
        raise ConflictError(
            "The same has come up again since.", next_step="Open Notices to see it."
        ) from None


def to_json(row: Notice) -> dict[str, Any]:
    def told(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    return {
        "id": row.pk, "title": row.title, "next_step": row.next_step, "owner": row.owner,
        "roles": row.roles, "urgency": row.urgency, "path": row.path, "at": row.at.isoformat(),
        "taken_by": str(row.taken_by) if row.taken_by else None, "taken_at": told(row.taken_at),
        "escalated_at": told(row.escalated_at),
        "resolved_by": str(row.done_by) if row.done_by else None, "resolved_at": told(row.done_at),
    }  # fmt: skip
