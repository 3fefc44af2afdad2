"""Use cases of members: another role, no access for a while, leaving; and what is recorded of their signing in."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kindling.errors import NotFoundError
from kindling.workspaces import service
from kindling.workspaces.models import ApiToken, Member, Role, User
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

NOBODY = "Somebody"  # who tried to sign in and could not


def find_member(actor: Actor, pk: int) -> Member:
    """A member of the actor's workspace. Raises NotFoundError."""
    rows = Member.objects.filter(workspace=actor.workspace, pk=pk).select_related("user")
    member = rows.first()
    if member is None:
        raise NotFoundError(
            "This member was not found.", next_step="Open Workspace → Members to see all members."
        )
    return member


@transaction.atomic
def set_role(actor: Actor, pk: int, *, role: str, at: datetime) -> Member:
    """Give a member another role, from their next page on. Raises ConflictError for the last owner."""
    actor = service.check_again(actor, Action.MANAGE_WORKSPACE)
    member = find_member(actor, pk)
    service.check_role(role)
    if member.role == role:
        return member
    if role != Role.OWNER:
        service.check_owner_left(member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    record(
        actor, "set role", member.user.email, at=at, before={"role": before}, after={"role": role}
    )
    return member


@transaction.atomic
def deactivate(actor: Actor, pk: int, *, at: datetime) -> Member:
    """Close the workspace to a member, who stays on its list: pages, calendar and mails end, tokens are revoked.

    raises : ConflictError for the last owner
    """
    actor = service.check_again(actor, Action.MANAGE_WORKSPACE)
    member = find_member(actor, pk)
    if member.deactivated_at is not None:
        return member
    service.check_owner_left(member)
    member.deactivated_at = at
    member.save(update_fields=["deactivated_at"])
    ended = ApiToken.objects.filter(member=member, revoked_at=None).update(revoked_at=at)
    record(
        actor, "deactivated member", member.user.email, at=at,
        before={"role": member.role}, after={"revoked_tokens": ended},
    )  # fmt: skip
    return member


@transaction.atomic
def reactivate(actor: Actor, pk: int, *, at: datetime) -> Member:
    """Open the workspace again to a member, with the role they had. Their old tokens stay revoked."""
    actor = service.check_again(actor, Action.MANAGE_WORKSPACE)
    member = find_member(actor, pk)
    if member.deactivated_at is None:
        return member
    member.deactivated_at = None
    member.save(update_fields=["deactivated_at"])
    record(actor, "reactivated member", member.user.email, at=at, after={"role": member.role})
    return member


# --- Signing in -------------------------------------------------------------------------------------------------


def note_sign_in(user: User, *, at: datetime) -> None:
    """Record that a user signed in, in each workspace that is open to them."""
    for member in _open_to(user):
        actor = Actor(member.workspace, user, member.role, str(user))
        record(actor, "signed in", user.email, at=at)


def note_failed_sign_in(email: str, *, at: datetime) -> None:
    """Record that somebody gave a wrong password for a user, in each workspace that is open to that user."""
    user = User.objects.filter(email=email.strip().lower()).first()
    for member in _open_to(user) if user else ():
        record(Actor(member.workspace, None, "", NOBODY), "failed to sign in", email.lower(), at=at)


def _open_to(user: User) -> list[Member]:
    rows = Member.objects.filter(user=user, deactivated_at=None)
    return list(rows.select_related("workspace"))
