"""Tell the people who own the next step: a notice on their first screen, and a mail for those who want one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from kindling.errors import ConflictError, NotFoundError
from kindling.notices import mail
from kindling.notices.models import Notice
from kindling.workspaces.models import Member, Workspace
from kindling.workspaces.service import Actor, record

MOST_MAILED_URGENCY = 3


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
    return notice


def _mail(notice: Notice, *, at: datetime) -> None:
    slug = notice.workspace.slug
    members = Member.objects.filter(
        workspace=notice.workspace,
        role__in=notice.roles,
        wants_mail=True,
        user__is_active=True,
        deactivated_at=None,
    ).select_related("user")
    for member in members:
        mail.post(
            notice.workspace,
            key=f"notice-{notice.pk}-{member.pk}",
            to=member.user.email,
            subject=notice.title,
            text=f"{notice.title}\n\n{notice.next_step}\n\n{mail.page_url(f'w/{slug}/{notice.path}')}\n",
            at=at,
        )


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
    rows = Notice.objects.filter(workspace=workspace).select_related("done_by")
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
