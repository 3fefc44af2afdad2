"""How people of the team get in: an invitation with a role, by mail or as a link, for one person and one week.

The key stands only in the address and in the mail's encrypted text; the table keeps its digest. Looking at the page
opens nothing. Whoever has an account joins with it after signing in; anybody else sets a name and a password.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kindling.access.models import Invitation
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.notices import mail
from kindling.notices.models import Mail
from kindling.workspaces import rules
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Member, User, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

LIFETIME = timedelta(days=7)
MOST_OPEN = 200


@transaction.atomic
def invite(actor: Actor, *, role: str, email: str = "", by_mail: bool = False, at: datetime) -> str:
    """Make an invitation; returns its address, which is shown once and not stored.

    email : whom it is for; empty: whoever has the link, then it cannot be mailed
    raises : NotAllowedError, InvalidInputError, ConflictError for somebody who is a member, or without a mail server
    """
    actor = workspaces.check_again(actor, Action.MANAGE_WORKSPACE)
    workspaces.check_role(role)
    email = email.strip().lower()
    if email or by_mail:
        _check_address(email)
        if Member.objects.filter(workspace=actor.workspace, user__email=email).exists():
            raise ConflictError(
                f"{email} is a member already.",
                next_step="Change the role in the list of members.",
                field="email",
            )
    if by_mail and not mail.is_set_up():
        raise ConflictError(
            "This installation sends no mail.", next_step="Create a link and send it yourself."
        )
    if len(open_invitations(actor.workspace, at=at)) >= MOST_OPEN:
        raise ConflictError(
            f"{MOST_OPEN} invitations are open.", next_step="Withdraw those nobody needs."
        )
    key = secrets.token_urlsafe(32)
    row = Invitation.objects.create(
        workspace=actor.workspace, role=role, email=email, digest=_digest(key), created_at=at,
        created_by=actor.user, expires_at=at + LIFETIME,
    )  # fmt: skip
    url = mail.page_url(f"join/{key}/")
    if by_mail:
        _mail(row, actor, url, at=at)
    record(
        actor, "invited member", email or "by link", at=at,
        after={"role": role, "mailed": by_mail, "expires_at": row.expires_at.isoformat()},
    )  # fmt: skip
    return url


def _mail(row: Invitation, actor: Actor, url: str, *, at: datetime) -> None:
    subject, text = mail.written(
        "access/mail/invited",
        language="en",
        workspace=row.workspace.name,
        inviter=actor.label,
        role=row.get_role_display().lower(),
        link=url,
    )
    mail.post(row.workspace, key=_mail_key(row), to=row.email, subject=subject, text=text, at=at)


def open_invitations(workspace: Workspace, *, at: datetime) -> list[Invitation]:
    """Invitations that can still be used, the newest first."""
    rows = Invitation.objects.filter(
        workspace=workspace, used_at=None, revoked_at=None, expires_at__gt=at
    )
    return list(rows.select_related("created_by"))


@transaction.atomic
def withdraw(actor: Actor, pk: int, *, at: datetime) -> None:
    """End an invitation that was not used. Raises NotFoundError."""
    actor = workspaces.check_again(actor, Action.MANAGE_WORKSPACE)
    rows = Invitation.objects.filter(workspace=actor.workspace, used_at=None, revoked_at=None)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFoundError(
            "This invitation was not found.", next_step="Open Members to see open invitations."
        )
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    waiting = Mail.objects.filter(workspace=actor.workspace, key=_mail_key(row))
    mail.cancel(waiting.values_list("pk", flat=True), because="The invitation was withdrawn.")
    record(actor, "withdrew invitation", row.email or "by link", at=at, before={"role": row.role})


# --- Joining ----------------------------------------------------------------------------------------------------


def find(key: str, *, at: datetime) -> Invitation:
    """The invitation of this key while it can be used. Raises NotFoundError, the same for every reason.

    It ends with its week, its first use, when it is withdrawn, and when who invited is no owner any more.
    """
    row = (
        Invitation.objects.select_related("workspace", "created_by")
        .filter(digest=_digest(key), used_at=None, revoked_at=None, expires_at__gt=at)
        .first()
    )
    if row is None or not _still_invites(row):
        raise NotFoundError(
            "This invitation was already used or withdrawn, or it has expired.",
            next_step="Ask the person who invited you for a new one.",
        )
    return row


def _still_invites(row: Invitation) -> bool:
    member = Member.objects.filter(
        workspace=row.workspace_id, user=row.created_by, user__is_active=True, deactivated_at=None
    ).first()
    return member is not None and rules.may(member.role, Action.MANAGE_WORKSPACE)


def needs_sign_in(row: Invitation) -> bool:
    """Whether the invitation is for somebody who has an account already."""
    user = User.objects.filter(email=row.email).first() if row.email else None
    return user is not None and not _may_be_claimed(user)


@transaction.atomic
def accept(key: str, user: User, *, at: datetime) -> Workspace:
    """Join with the account somebody is signed in to.

    raises : NotFoundError, ConflictError for an invitation of somebody else and for a member
    """
    row = _locked(key, at=at)
    if row.email and row.email != user.email:
        raise ConflictError(
            f"This invitation is for {row.email}, and you are signed in as {user.email}.",
            next_step="Sign out and open the invitation again, or ask for one to your address.",
        )
    member = Member.objects.filter(workspace=row.workspace, user=user).first()
    if member is not None:
        raise ConflictError(
            f"You are a member of {row.workspace} already."
            if member.deactivated_at is None
            else f"Your membership of {row.workspace} is deactivated.",
            next_step="Ask an owner for another role."
            if member.deactivated_at is None
            else "Ask an owner to reactivate it.",
        )
    return _use(row, user, at=at)


@transaction.atomic
def accept_as_new(key: str, *, email: str, name: str, password: str, at: datetime) -> User:
    """Make an account and join with it; returns the user to be signed in.

    email : counts only where the invitation names nobody
    raises : NotFoundError, ConflictError for an address that has an account, InvalidInputError
    """
    row = _locked(key, at=at)
    email = row.email or email.strip().lower()
    _check_address(email)
    user = User.objects.filter(email=email).first()
    if user is not None and not _may_be_claimed(user):
        raise ConflictError(
            f"{email} has an account already.",
            next_step="Sign in with it, then open this invitation again.",
            field="email",
        )
    user = user or User(email=email)
    user.name = " ".join(name.split())[:120]
    if not user.name:
        raise InvalidInputError("Your name is missing.", next_step="Enter your name.", field="name")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInputError(
            " ".join(error.messages), next_step="Choose another password.", field="password"
        ) from None
    user.set_password(password)
    user.save()
    _use(row, user, at=at)
    return user


def _may_be_claimed(user: User) -> bool:
    """Whether an account is nobody's yet: no password was ever set, and no workspace is open to it."""
    return not user.has_usable_password() and not user.memberships.exists()


def _locked(key: str, *, at: datetime) -> Invitation:
    """`find`, with the row locked until the transaction ends, so that two at once are one.

    The workspace first, as wherever it is locked: somebody who withdraws the invitation at the same moment waits.
    """
    row = Invitation.objects.filter(digest=_digest(key)).first()
    if row is not None:
        Workspace.objects.select_for_update(no_key=True).get(pk=row.workspace_id)
        Invitation.objects.select_for_update(no_key=True).filter(pk=row.pk).first()
    return find(key, at=at)


def _use(row: Invitation, user: User, *, at: datetime) -> Workspace:
    row.used_at, row.used_by = at, user
    row.save(update_fields=["used_at", "used_by"])
    actor = Actor(row.workspace, user, row.role, str(user))
    record(
        actor, "joined workspace", user.email, at=at,
        after={"role": row.role, "invited_by": str(row.created_by)},
    )  # fmt: skip
    workspaces.enter(actor, user, role=row.role, at=at)
    return row.workspace


def _check_address(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInputError(
            f"{email or 'Nothing'!r} is not a valid e-mail address.",
            next_step="Correct the address.",
            field="email",
        ) from None


def _mail_key(row: Invitation) -> str:
    return f"invitation-{row.pk}"


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
