"""Use cases of workspaces: who acts, what is recorded, which connection speaks to TikTok."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet

from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.kit.fitting import fitted
from kindling.kit.time import zone
from kindling.workspaces import rules, tiktok
from kindling.workspaces.models import (
    AdAccount,
    ApiToken,
    AuditEntry,
    Connection,
    Member,
    Role,
    User,
    Workspace,
)
from kindling.workspaces.rules import Action

log = logging.getLogger(__name__)
SYSTEM, CREATOR = "Kindling", "creator"
T = TypeVar("T")
CONSENT_LIFETIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in one workspace: a member, or Kindling itself (user None) on a schedule."""

    workspace: Workspace
    user: User | None
    role: str
    label: str

    def can(self, action: Action) -> bool:
        """Kindling itself may look, sync and pause; it may never plan, approve or apply. A creator may do neither."""
        if self.role == CREATOR:
            return False
        if self.user is None:
            return action in {Action.SEE, Action.PAUSE}
        return rules.may(self.role, action)

    def require(self, action: Action) -> None:
        if not self.can(action):
            raise NotAllowedError(
                f"{self.label} does not have the permission: {action}.",
                next_step="Ask an owner of the workspace for a role with this permission.",
            )


def actor_for(user: User, slug: str) -> Actor:
    """The member acting in the workspace `slug`. Raises NotFoundError for anybody else."""
    member = (
        Member.objects.select_related("workspace")
        .filter(user_id=user.pk, user__is_active=True, workspace__slug=slug, deactivated_at=None)
        .first()
    )
    if member is None:
        raise NotFoundError("This workspace was not found.")
    return Actor(member.workspace, user, member.role, str(user))


def check_again(actor: Actor, action: Action) -> Actor:
    """The actor as the books have them now, with the workspace locked until the transaction ends.

    Called in the transaction that writes what raises spend or pays: a limit checked before could be passed by two at
    once, and a role may be gone since the page was opened. Raises NotAllowedError.
    """
    # `no_key` here and at every other lock: whoever only writes a row that names this one need not wait (PostgreSQL),
    # and cannot wait in a circle while holding what we want next.
    workspace = Workspace.objects.select_for_update(no_key=True).get(pk=actor.workspace.pk)
    found = replace(actor, workspace=workspace)
    if actor.user is not None:
        member = Member.objects.filter(
            workspace=workspace, user=actor.user, user__is_active=True, deactivated_at=None
        ).first()
        found = replace(found, role=member.role if member else "")
    found.require(action)
    return found


def system_actor(workspace: Workspace) -> Actor:
    return Actor(workspace, None, "", SYSTEM)


def creator_actor(workspace: Workspace, label: str) -> Actor:
    """A creator in the portal, for the audit trail. May do nothing that a member may."""
    return Actor(workspace, None, CREATOR, label)


def workspaces_of(user: User) -> list[Workspace]:
    mine = Member.objects.filter(user=user, deactivated_at=None)
    return list(Workspace.objects.filter(pk__in=mine.values("workspace")).order_by("name"))


def last_change(workspace: Workspace) -> int | None:
    """The newest entry of the audit trail: another one as soon as anybody changed anything."""
    entries = AuditEntry.objects.filter(workspace=workspace).order_by("-at", "-pk")
    return entries.values_list("pk", flat=True).first()


def record(
    actor: Actor,
    action: str,
    subject: str,
    *,
    at: datetime,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    request_id: str = "",
) -> None:
    """Write one line of the audit trail. Callers pass no code and no token."""
    AuditEntry.objects.create(
        workspace=actor.workspace,
        at=at,
        actor=actor.user,
        action=action,
        before=before,
        after=after,
        **fitted(
            AuditEntry,
            actor_label=actor.label,
            subject=subject,
            reason=reason,
            request_id=request_id,
        ),
    )


@transaction.atomic
def create_workspace(
    *, slug: str, name: str, owner: User, currency: str, timezone: str, at: datetime
) -> Workspace:
    workspace = Workspace.objects.create(slug=slug, name=name, currency=currency, timezone=timezone)
    Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    record(Actor(workspace, owner, Role.OWNER, str(owner)), "created workspace", slug, at=at)
    return workspace


@transaction.atomic
def add_member(actor: Actor, *, email: str, role: str, at: datetime) -> Member:
    """Give a person a role. A person not known yet gets an account without a password."""
    actor = check_again(actor, Action.MANAGE_WORKSPACE)
    check_role(role)
    user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(email)
    member = Member.objects.filter(workspace=actor.workspace, user=user).first()
    if member is None:
        return enter(actor, user, role=role, at=at)
    if role != Role.OWNER:
        check_owner_left(member)
    before = member.role
    member.role = role
    member.save(update_fields=["role"])
    record(actor, "set role", user.email, at=at, before={"role": before}, after={"role": role})
    return member


def enter(actor: Actor, user: User, *, role: str, at: datetime) -> Member:
    """Make a user a member. Callers have asked whether the actor may, or hold the user's invitation."""
    member = Member.objects.create(workspace=actor.workspace, user=user, role=role)
    record(actor, "set role", user.email, at=at, after={"role": role})
    return member


def check_role(role: str) -> None:
    """Raise InvalidInputError for a role that does not exist."""
    if role not in Role.values:
        raise InvalidInputError(
            f"{role!r} is not a role.",
            next_step=f"Use one of {', '.join(Role.values)}.",
            field="role",
        )


def check_owner_left(member: Member) -> None:
    """Raise ConflictError when nobody else could act as an owner. Called with the workspace locked (`check_again`)."""
    owners = Member.objects.filter(
        workspace=member.workspace_id, role=Role.OWNER, deactivated_at=None, user__is_active=True
    )
    is_owner = member.role == Role.OWNER and member.deactivated_at is None
    if is_owner and not owners.exclude(pk=member.pk).exists():
        raise ConflictError(
            "A workspace needs an owner.", next_step="Make another member an owner first."
        )


@transaction.atomic
def remove_member(actor: Actor, *, email: str, at: datetime) -> None:
    """Take a person out of the workspace: their tokens and calendar end with it, what they did stays on record.

    raises : NotFoundError for nobody of that address, ConflictError for the last owner
    """
    actor = check_again(actor, Action.MANAGE_WORKSPACE)
    member = Member.objects.filter(workspace=actor.workspace, user__email=email.lower()).first()
    if member is None:
        raise NotFoundError(
            f"{email} is not a member of this workspace.",
            next_step="Open Workspace to see all members.",
        )
    check_owner_left(member)
    record(actor, "removed member", email.lower(), at=at, before={"role": member.role})
    member.delete()


@transaction.atomic
def set_wants_mail(actor: Actor, *, wants_mail: bool, at: datetime) -> None:
    """Whether the actor's notices are mailed to them as well."""
    Member.objects.filter(workspace=actor.workspace, user=actor.user).update(wants_mail=wants_mail)
    record(
        actor, "changed notice e-mails", str(actor.user), at=at, after={"wants_mail": wants_mail}
    )


def wants_mail(actor: Actor) -> bool:
    return Member.objects.filter(
        workspace=actor.workspace, user=actor.user, wants_mail=True
    ).exists()


def members(workspace: Workspace) -> QuerySet[Member]:
    return workspace.members.select_related("user").order_by("user__email")


def connections(actor: Actor) -> list[Connection]:
    return list(Connection.objects.filter(workspace=actor.workspace).order_by("name"))


def audit_trail(workspace: Workspace) -> QuerySet[AuditEntry]:
    """The audit trail, newest first."""
    return AuditEntry.objects.filter(workspace=workspace)


def audit_actions(workspace: Workspace) -> list[str]:
    """The kinds of entries there are, for a choice."""
    rows = AuditEntry.objects.filter(workspace=workspace).order_by("action")
    return list(rows.values_list("action", flat=True).distinct())


def tokens_of(actor: Actor) -> list[ApiToken]:
    """The actor's own API tokens that still work."""
    return list(
        ApiToken.objects.filter(
            member__workspace=actor.workspace, member__user=actor.user, revoked_at=None
        ).order_by("-created_at")
    )


def revoke_token(actor: Actor, pk: int, *, at: datetime) -> None:
    """End one of the actor's own tokens. Raises NotFoundError for anybody else's."""
    row = next((each for each in tokens_of(actor) if each.pk == pk), None)
    if row is None:
        raise NotFoundError(
            "This token was not found.", next_step="Open Workspace to see your tokens."
        )
    ApiToken.objects.filter(pk=pk).update(revoked_at=at)
    record(actor, "revoked API token", row.name, at=at)


def issue_token(actor: Actor, *, name: str, at: datetime) -> str:
    """A new API token of the actor, shown once. Only its digest is stored."""
    member = Member.objects.get(workspace=actor.workspace, user=actor.user)
    token = "kd_" + secrets.token_urlsafe(32)
    ApiToken.objects.create(member=member, name=name, digest=_digest(token))
    record(actor, "issued API token", name, at=at)
    return token


def actor_for_token(token: str, *, at: datetime) -> Actor | None:
    """The member behind an API token; None when it is unknown or revoked."""
    row = (
        ApiToken.objects.select_related("member__workspace", "member__user")
        .filter(
            digest=_digest(token),
            revoked_at=None,
            member__user__is_active=True,
            member__deactivated_at=None,
        )
        .first()
    )
    if row is None:
        return None
    ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    member = row.member
    return Actor(member.workspace, member.user, member.role, str(member.user))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def save_connection(
    actor: Actor,
    *,
    name: str,
    base_url: str,
    app_id: str,
    app_secret: str,
    client_key: str = "",
    client_secret: str = "",
    tiktok_one_id: str = "",
    at: datetime,
) -> Connection:
    """Remember a developer app. Hosts outside `KINDLING_TIKTOK_HOSTS` are refused: tokens go there."""
    actor.require(Action.MANAGE_WORKSPACE)
    parts = urlsplit(base_url)
    is_local = parts.hostname in {"127.0.0.1", "localhost"}
    # Otherwise a workspace's owner could knock at whatever else listens on this machine.
    lives_in_sandbox = settings.KINDLING_CLOCK != "system"
    # Only scheme, host and port: browsers and libraries read the rest in different ways.
    is_plain = re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?/?", base_url) is not None
    if (
        not is_plain
        or not (parts.hostname in settings.KINDLING_TIKTOK_HOSTS or (is_local and lives_in_sandbox))
        or (parts.scheme != "https" and not is_local)
    ):
        raise InvalidInputError(
            f"{base_url} is not an allowed address for a TikTok connection.",
            next_step="Use TikTok's https address or a sandbox on this machine, or ask the operator "
            "to add the host to KINDLING_TIKTOK_HOSTS.",
            field="base_url",
        )
    connection, is_new = Connection.objects.update_or_create(
        workspace=actor.workspace,
        name=name,
        defaults={
            "base_url": base_url.rstrip("/"),
            "app_id": app_id,
            "app_secret": app_secret,
            "client_key": client_key,
            "client_secret": client_secret,
            "tiktok_one_id": tiktok_one_id,
        },
    )
    record(
        actor,
        "added connection" if is_new else "changed connection",
        name,
        at=at,
        after={"base_url": connection.base_url, "app_id": app_id},
    )
    return connection


def consent_url(connection: Connection, *, callback: str) -> str:
    """Where to send a person to let the app manage their ad accounts; `state` is signed and short-lived."""
    state = signing.dumps({"connection": connection.pk}, salt="ads-consent")
    return tiktok.ads_consent_url(connection, state=state, callback=callback)


def connection_of_state(actor: Actor, state: str) -> Connection:
    """The connection a consent came back for. Raises InvalidInputError for a forged or old state."""
    try:
        facts = signing.loads(state, salt="ads-consent", max_age=CONSENT_LIFETIME)
    except signing.BadSignature:
        raise InvalidInputError(
            "This consent was not started here, or it took too long.",
            next_step="Start again from Connections.",
        ) from None
    return find_connection(actor, facts["connection"])


def find_connection(actor: Actor, pk: int) -> Connection:
    connection = Connection.objects.filter(workspace=actor.workspace, pk=pk).first()
    if connection is None:
        raise NotFoundError(
            "This connection was not found.", next_step="Choose one from Connections."
        )
    return connection


def finish_consent(
    actor: Actor, connection: Connection, *, auth_code: str, at: datetime
) -> list[AdAccount]:
    """Trade the consent's code for a token and take over the ad accounts it opens."""
    actor.require(Action.MANAGE_WORKSPACE)
    token, advertiser_ids = tiktok.exchange_ads_code(connection, auth_code)
    connection.access_token = token
    connection.state = Connection.State.HEALTHY
    connection.problem = ""
    connection.checked_at = at
    connection.save(update_fields=["access_token", "state", "problem", "checked_at"])
    record(
        actor, "connected TikTok ads", connection.name, at=at, after={"ad_accounts": advertiser_ids}
    )
    return take_ad_accounts(connection, advertiser_ids)


def take_ad_accounts(connection: Connection, advertiser_ids: Iterable[str]) -> list[AdAccount]:
    """Write the ad accounts with the name, currency and zone TikTok states for them.

    One whose zone or currency cannot be worked with is left as it was: its days and money would be guesses.
    """
    accounts = []
    for facts in tiktok.read_advertisers(connection, list(advertiser_ids)):
        if not _can_be_counted(facts.currency, facts.timezone):
            log.warning("ad account %s states no usable zone and currency", facts.advertiser_id)
            continue
        account, _ = AdAccount.objects.update_or_create(
            workspace=connection.workspace,
            advertiser_id=facts.advertiser_id,
            defaults=fitted(
                AdAccount,
                connection=connection,
                name=facts.name,
                currency=facts.currency,
                timezone=facts.timezone,
                status=facts.status,
            ),
        )
        accounts.append(account)
    return accounts


def _can_be_counted(currency: str, timezone: str) -> bool:
    """Whether an ad account's days and money can be placed: a known zone and a currency's code."""
    try:
        zone(timezone)
    except ValueError:
        return False
    return len(currency) == 3 and currency.isascii() and currency.isupper()


def ad_accounts(workspace: Workspace) -> list[AdAccount]:
    """The ad accounts in use. Every page asks for them; a connection with its secrets is read where one is needed."""

    def read() -> list[AdAccount]:
        found = list(AdAccount.objects.filter(workspace=workspace, is_used=True))
        for each in found:
            each.workspace = workspace
        return found

    return list(once(workspace, "ad accounts", read))


@contextmanager
def reading_once(workspace: Workspace) -> Iterator[None]:
    """While a page is put together, its parts share what they read by `once`.

    Not for what acts: that asks anew.
    """
    held, workspace.readings = workspace.readings, {}
    try:
        yield
    finally:
        workspace.readings = held


def once(workspace: Workspace, key: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives, asked for once a page inside `reading_once`, and each time elsewhere."""
    if workspace.readings is None:
        return read()
    if key not in workspace.readings:
        workspace.readings[key] = read()
    found: T = workspace.readings[key]
    return found


def accounts_to_choose(workspace: Workspace) -> list[AdAccount]:
    """The ad accounts for a choice, those whose money the workspace's books count first."""
    return sorted(ad_accounts(workspace), key=lambda each: each.currency != workspace.currency)


def find_ad_account(actor: Actor, advertiser_id: str | None) -> AdAccount:
    """The named ad account, or the only one. Raises with the choices when it is unclear."""
    accounts = ad_accounts(actor.workspace)
    if advertiser_id:
        for account in accounts:
            if account.advertiser_id == advertiser_id:
                return account
        raise NotFoundError(
            f"Ad account {advertiser_id} is not in this workspace.",
            next_step="Choose one of: " + _names(accounts),
        )
    if not accounts:
        raise NotFoundError(
            "This workspace has no ad account yet.", next_step="Connect TikTok under Connections."
        )
    if len(accounts) > 1:
        raise InvalidInputError(
            "This workspace has several ad accounts.", next_step="Name one of: " + _names(accounts)
        )
    return accounts[0]


def _names(accounts: Iterable[AdAccount]) -> str:
    return ", ".join(f"{account.advertiser_id} ({account.name})" for account in accounts) or "none"
