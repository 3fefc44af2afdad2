"""Creators' own TikTok grants: consent, tokens and their renewal, taking one back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime

from django.core import signing
from django.db import transaction

from kindling.creators import rules
from kindling.creators.models import Creator, CreatorGrant
from kindling.creators.rules import AccountMismatch
from kindling.errors import InvalidInputError, PlatformError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.fitting import fitted
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import Connection, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

log = logging.getLogger(__name__)
# Only what posts and codes need (R32).
SCOPES = "user.info.basic,video.list,video.insights,biz.spark.auth"


def consent_url(actor: Actor, connection: Connection, creator: Creator, *, callback: str) -> str:
    """The link by which this creator connects their TikTok account (R32). It works for an hour."""
    actor.require(Action.MANAGE_CREATORS)
    facts = {"connection": connection.pk, "creator": creator.pk, "workspace": actor.workspace.pk}
    state = signing.dumps(facts, salt="creator-consent")
    return tiktok.creator_consent_url(connection, state=state, callback=callback, scopes=SCOPES)


def facts_of_state(actor: Actor, state: str) -> tuple[Connection, Creator]:
    """Which connection and creator a consent came back for. Raises for a forged or old state."""
    try:
        facts = signing.loads(state, salt="creator-consent", max_age=workspaces.CONSENT_LIFETIME)
    except signing.BadSignature:
        facts = {}
    creator = Creator.objects.filter(workspace=actor.workspace, pk=facts.get("creator")).first()
    if facts.get("workspace") != actor.workspace.pk or creator is None:
        raise InvalidInputError(
            "This consent was not started here, or it took too long.",
            next_step="Send the creator a new link.",
        )
    return workspaces.find_connection(actor, facts["connection"]), creator


def finish_consent(
    actor: Actor,
    connection: Connection,
    creator: Creator,
    *,
    auth_code: str,
    callback: str,
    at: datetime,
) -> CreatorGrant:
    """Trade a creator's consent for tokens; they are stored encrypted.

    raises : InvalidInputError for another account than the creator's; then nothing new is kept, and a connection
        made before stays as it was
    """
    actor.require(Action.MANAGE_CREATORS)
    offered = _exchanged(connection, creator, auth_code=auth_code, callback=callback)
    doubt = _doubt(offered, at=at)
    if doubt is not None:
        message, next_step = TO_TEAM[doubt]
        raise InvalidInputError(message.format(f"@{creator.handle}"), next_step=next_step)
    with transaction.atomic():
        grant = _keep(offered)
        record(actor, "creator connected TikTok", f"@{creator.handle}", at=at)
    return grant


Check = Callable[[CreatorGrant, datetime], AccountMismatch | None]
_checks: list[Check] = []
TO_TEAM = {
    AccountMismatch.SHOWS_NONE: (
        "This TikTok account shows none of the known posts of {}.",
        "Sign out of TikTok, then open a new link with the account they posted from.",
    ),
    AccountMismatch.IS_ANOTHER: (
        "{} is connected to a different TikTok account.",
        "They must disconnect it in their portal first; then send a new link.",
    ),
}
TO_CREATOR = {
    AccountMismatch.SHOWS_NONE: (
        "This TikTok account shows none of your posts that the brand knows.",
        "Sign in to TikTok with the account you posted from, then connect again.",
    ),
    AccountMismatch.IS_ANOTHER: (
        "You are connected to a different TikTok account.",
        "Disconnect it under Consents first, then connect this account.",
    ),
}


def check_account(check: Check) -> None:
    """Ask `check` about each account that is connected, before its grant is kept. Posts lie to the right.

    check : looks at a grant that is in no table yet; answers why it is not the creator's own, None where it may be
    """
    _checks.append(check)


def _doubt(offered: CreatorGrant, *, at: datetime) -> AccountMismatch | None:
    """Why an offered grant is not to be kept; then it is given back at TikTok. None: keep it."""
    found = next(filter(None, (check(offered, at) for check in _checks)), None)
    if found is not None:
        _forget(offered)
    return found


def _exchanged(
    connection: Connection, creator: Creator, *, auth_code: str, callback: str
) -> CreatorGrant:
    """What the consent gives, not stored yet."""
    granted = tiktok.exchange_creator_code(connection, auth_code, callback=callback)
    return CreatorGrant(
        creator=creator,
        connection=connection,
        open_id=granted.business_id,
        access_token=granted.access_token.reveal(),
        refresh_token=granted.refresh_token.reveal(),
        expires_at=granted.expires_at,
        refresh_expires_at=granted.refresh_expires_at,
        **fitted(CreatorGrant, scopes=",".join(granted.scopes)),
    )


OF_CONSENT = (
    "connection", "open_id", "access_token", "refresh_token", "expires_at", "refresh_expires_at", "scopes",
    "state", "problem",
)  # fmt: skip


@transaction.atomic
def _keep(offered: CreatorGrant) -> CreatorGrant:
    """Store a grant in the place of the one its creator had."""
    creator = offered.creator
    grant, _ = CreatorGrant.objects.update_or_create(
        creator=creator, defaults={name: getattr(offered, name) for name in OF_CONSENT}
    )
    # Posts and numbers follow in minutes, not with the next round. The task lies to the right, so by its name.
    key = f"read-{creator.workspace_id}-grant-{secrets.token_hex(6)}"
    arguments = {"workspace": creator.workspace_id}
    outbox.ask(
        JobRequest("authorizations.read", key, arguments, lane=f"workspace-{creator.workspace_id}")
    )
    return grant


# --- A creator connects by themselves, in the portal ---------------------------------------------------------


def connection_for_creators(workspace: Workspace) -> Connection | None:
    """The developer app that creators connect through; None while the workspace has none that can."""
    usable = Connection.objects.filter(workspace=workspace).exclude(client_key="")
    return usable.order_by("-state", "pk").first()


def own_consent_url(connection: Connection, *, session: int, callback: str) -> str:
    """Where a creator is sent to connect from the portal.

    session : the key of their portal session. The signed state names it, so that no other device can finish.
    """
    state = signing.dumps({"connection": connection.pk, "session": session}, salt="portal-consent")
    return tiktok.creator_consent_url(connection, state=state, callback=callback, scopes=SCOPES)


def finish_own_consent(
    creator: Creator, *, session: int, state: str, auth_code: str, callback: str, at: datetime
) -> CreatorGrant:
    """Trade the consent a creator gave in the portal for tokens.

    raises : InvalidInputError for a consent that started elsewhere, or another account than the creator's; then
        nothing new is kept, and a connection made before stays as it was
    """
    offered = _offered_by(
        creator, session=session, state=state, auth_code=auth_code, callback=callback
    )
    doubt = _doubt(offered, at=at)
    if doubt is not None:
        message, next_step = TO_CREATOR[doubt]
        raise InvalidInputError(message, next_step=next_step)
    with transaction.atomic():
        grant = _keep(offered)
        _record_own(grant.creator, "creator connected TikTok", at=at)
    return grant


def _offered_by(
    creator: Creator, *, session: int, state: str, auth_code: str, callback: str
) -> CreatorGrant:
    try:
        facts = signing.loads(state, salt="portal-consent", max_age=workspaces.CONSENT_LIFETIME)
    except signing.BadSignature:
        facts = {}
    connection = Connection.objects.filter(
        workspace=creator.workspace, pk=facts.get("connection")
    ).first()
    if facts.get("session") != session or connection is None:
        raise InvalidInputError(
            "This connection was not started here, or it took too long.", next_step="Try again."
        )
    return _exchanged(connection, creator, auth_code=auth_code, callback=callback)


def _forget(offered: CreatorGrant) -> None:
    """Give back at TikTok what was offered and is not kept.

    Not where a grant of the same account is kept: TikTok may end all tokens of an account and app at once.
    """
    if not CreatorGrant.objects.filter(open_id=offered.open_id).exists():
        _revoke(offered)


def drop_grant(grant: CreatorGrant, *, at: datetime) -> None:
    """A creator takes the connection back: TikTok is told, the tokens are wiped whatever it answers."""
    creator = grant.creator
    _revoke(grant)
    grant.delete()
    _record_own(creator, "creator disconnected TikTok", at=at)


def _revoke(grant: CreatorGrant) -> None:
    try:
        tiktok.revoke_creator_token(grant.connection, grant.access_token)
    except PlatformError:
        log.warning("a grant to creator %s could not be revoked at TikTok", grant.creator_id)


def _record_own(creator: Creator, action: str, *, at: datetime) -> None:
    actor = workspaces.creator_actor(creator.workspace, f"@{creator.handle}")
    record(actor, action, f"@{creator.handle}", at=at)


def grants(workspace: Workspace) -> list[CreatorGrant]:
    return list(
        CreatorGrant.objects.filter(creator__workspace=workspace).select_related(
            "creator", "connection"
        )
    )


def fresh_token(grant: CreatorGrant, *, at: datetime) -> str:
    """The grant's access token, renewed first when it is about to end.

    raises : PlatformError when the creator has to connect again; the grant then says so on every page
    """
    if at + rules.RENEW_AHEAD < grant.expires_at:
        return str(grant.access_token)
    try:
        renewed = tiktok.refresh_creator_token(grant.connection, grant.refresh_token)
    except PlatformError as error:
        if not error.can_retry:
            note_problem(grant, error.message)
        raise
    grant.access_token = renewed.access_token.reveal()
    grant.refresh_token = renewed.refresh_token.reveal()
    grant.expires_at = renewed.expires_at
    grant.refresh_expires_at = renewed.refresh_expires_at
    if grant.pk:  # one that is only offered is not stored by being looked at
        grant.save()
    return str(grant.access_token)


def note_problem(grant: CreatorGrant, problem: str) -> None:
    CreatorGrant.objects.filter(pk=grant.pk).update(
        state=CreatorGrant.State.BROKEN if problem else CreatorGrant.State.HEALTHY, problem=problem
    )
