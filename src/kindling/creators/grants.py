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
from kindling.errors import ConflictError, InvalidInputError, PlatformError
from kindling.jobs import lease, outbox
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
COMMENT_SCOPES = ("comment.list", "comment.list.manage")  # read; answer and hide


def scopes_of(workspace: Workspace) -> str:
    """What creators are asked to allow: what posts and codes need (R32), comments where the workspace asks for them."""
    return ",".join((SCOPES, *COMMENT_SCOPES)) if workspace.asks_for_comments else SCOPES


def consent_url(actor: Actor, connection: Connection, creator: Creator, *, callback: str) -> str:
    """The link by which this creator connects their TikTok account (R32). It works for an hour."""
    actor.require(Action.MANAGE_CREATORS)
    facts = {"connection": connection.pk, "creator": creator.pk, "workspace": actor.workspace.pk}
    state = signing.dumps(facts, salt="creator-consent")
    return tiktok.creator_consent_url(
        connection, state=state, callback=callback, scopes=scopes_of(actor.workspace)
    )


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
        made before stays as it was; ConflictError where they connected or disconnected meanwhile, which stands
    """
    actor.require(Action.MANAGE_CREATORS)
    known = _account_of(creator)
    offered = _exchanged(connection, creator, auth_code=auth_code, callback=callback)
    doubt = _doubt(offered, at=at)
    if doubt is not None:
        message, next_step = TO_TEAM[doubt]
        raise InvalidInputError(message.format(f"@{creator.handle}"), next_step=next_step)
    return _keep(actor, offered, known=known, at=at)


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


Account = tuple[int, str] | None
"""The grant that a creator has and the account it is of; None while they have none."""


def _account_of(creator: Creator) -> Account:
    rows = CreatorGrant.objects.filter(creator=creator.pk)
    return rows.values_list("pk", "open_id").first()


def _keep(actor: Actor, offered: CreatorGrant, *, known: Account, at: datetime) -> CreatorGrant:
    """Store a grant in the place of the one its creator had, `known` when the consent came back.

    raises : ConflictError where that is another one by now, or none: what the creator did meanwhile stands
    """
    try:
        return _store(actor, offered, known=known, at=at)
    except ConflictError:
        _forget(offered)
        raise


@transaction.atomic
def _store(actor: Actor, offered: CreatorGrant, *, known: Account, at: datetime) -> CreatorGrant:
    rows = Creator.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace")
    creator = rows.filter(pk=offered.creator_id).first()
    if creator is None or _account_of(creator) != known:
        raise ConflictError(
            "The connection to TikTok was changed while this one was being made.",
            next_step="Look at it as it is now, then connect again if it is still wanted.",
        )
    grant, _ = CreatorGrant.objects.update_or_create(
        creator=creator, defaults={name: getattr(offered, name) for name in OF_CONSENT}
    )
    # Posts and numbers follow in minutes, not with the next round. The task lies to the right, so by its name.
    key = f"read-{creator.workspace_id}-grant-{secrets.token_hex(6)}"
    arguments = {"workspace": creator.workspace_id}
    outbox.ask(
        JobRequest("authorizations.read", key, arguments, lane=f"workspace-{creator.workspace_id}")
    )
    record(actor, "creator connected TikTok", f"@{creator.handle}", at=at)
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
    return tiktok.creator_consent_url(
        connection, state=state, callback=callback, scopes=scopes_of(connection.workspace)
    )


def finish_own_consent(
    creator: Creator, *, session: int, state: str, auth_code: str, callback: str, at: datetime
) -> CreatorGrant:
    """Trade the consent a creator gave in the portal for tokens.

    raises : InvalidInputError for a consent that started elsewhere, or another account than the creator's; then
        nothing new is kept, and a connection made before stays as it was; ConflictError as `finish_consent`
    """
    known = _account_of(creator)
    offered = _offered_by(
        creator, session=session, state=state, auth_code=auth_code, callback=callback
    )
    doubt = _doubt(offered, at=at)
    if doubt is not None:
        message, next_step = TO_CREATOR[doubt]
        raise InvalidInputError(message, next_step=next_step)
    return _keep(_as_creator(creator), offered, known=known, at=at)


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
    """A creator takes the connection back: the tokens are wiped, whatever TikTok then answers to their return."""
    with transaction.atomic():
        # As it is stored now: a worker may have renewed the tokens since the page was read.
        held = _locked(grant)
        if held is None:
            return  # done already
        held.delete()
        creator = held.creator
        record(_as_creator(creator), "creator disconnected TikTok", f"@{creator.handle}", at=at)
    _revoke(held)


def _revoke(grant: CreatorGrant) -> None:
    try:
        tiktok.revoke_creator_token(grant.connection, grant.access_token)
    except PlatformError:
        log.warning("a grant to creator %s could not be revoked at TikTok", grant.creator_id)


def _as_creator(creator: Creator) -> Actor:
    return workspaces.creator_actor(creator.workspace, f"@{creator.handle}")


def grants(workspace: Workspace) -> list[CreatorGrant]:
    return list(
        CreatorGrant.objects.filter(creator__workspace=workspace).select_related(
            "creator", "connection"
        )
    )


# --- Tokens ------------------------------------------------------------------------------------------------------

OF_TOKENS = ("access_token", "refresh_token", "expires_at", "refresh_expires_at")


def fresh_token(grant: CreatorGrant, *, at: datetime) -> str:
    """The grant's access token, renewed first when it is about to end; `grant` has the tokens that count after it.

    One process at a time renews a grant: the next reads what the first one got. What the creator does meanwhile
    stands: a connection that was made anew is used, one that was taken back stays gone.
    raises : PlatformError when the creator has to connect again (the grant then says so on every page), or took the
        connection back
    """
    if not _ends_soon(grant, at):
        return str(grant.access_token)
    if not grant.pk:  # one that is only offered is not stored by being looked at
        _take_over(grant, _renewed(grant))
        return str(grant.access_token)
    try:
        with lease.held(f"grant-{grant.pk}"):
            _reread(grant)
            if _ends_soon(grant, at):
                _renew(grant, at=at)
    except lease.LostLeaseError as error:
        raise PlatformError(error.message, next_step=error.next_step, can_retry=True) from error
    return str(grant.access_token)


def _ends_soon(grant: CreatorGrant, at: datetime) -> bool:
    return at + rules.RENEW_AHEAD >= grant.expires_at


def _renew(grant: CreatorGrant, *, at: datetime) -> None:
    try:
        renewed = _renewed(grant)
    except PlatformError as error:
        if not error.can_retry:
            note_problem(grant, error.message)
        if _reread(grant) and not _ends_soon(grant, at):
            return  # connected anew meanwhile
        raise
    with transaction.atomic():
        row = _locked(grant)
        if row is not None and _has_same_tokens(row, grant):
            fresh = {name: getattr(renewed, name) for name in OF_TOKENS}
            # By their old tokens others may have called the grant broken while TikTok gave out these.
            CreatorGrant.objects.filter(pk=row.pk).update(
                **fresh, state=CreatorGrant.State.HEALTHY, problem=""
            )
            _take_over(grant, renewed)
            return
    _forget(renewed)
    _reread(grant)


def _renewed(grant: CreatorGrant) -> CreatorGrant:
    """The grant with new tokens, not stored. Raises PlatformError."""
    granted = tiktok.refresh_creator_token(grant.connection, grant.refresh_token)
    return CreatorGrant(
        creator_id=grant.creator_id,
        connection=grant.connection,
        open_id=grant.open_id,
        access_token=granted.access_token.reveal(),
        refresh_token=granted.refresh_token.reveal(),
        expires_at=granted.expires_at,
        refresh_expires_at=granted.refresh_expires_at,
    )


def _reread(grant: CreatorGrant) -> bool:
    """Take over account and tokens as they are stored now; whether they are others. Raises PlatformError for none."""
    row = CreatorGrant.objects.select_related("connection").filter(pk=grant.pk).first()
    if row is None:
        raise PlatformError(
            "The creator disconnected TikTok.",
            next_step="Ask for a video code, or ask them to connect TikTok again.",
        )
    is_other = not _has_same_tokens(row, grant)
    _take_over(grant, row)
    grant.open_id, grant.connection = row.open_id, row.connection
    return is_other


def _take_over(grant: CreatorGrant, tokens: CreatorGrant) -> None:
    for name in OF_TOKENS:
        setattr(grant, name, getattr(tokens, name))


def _has_same_tokens(row: CreatorGrant, grant: CreatorGrant) -> bool:
    """Secrets cannot be searched, so a row is locked and looked at before it is written."""
    return (row.access_token, row.refresh_token) == (grant.access_token, grant.refresh_token)


def _locked(grant: CreatorGrant) -> CreatorGrant | None:
    """The grant as it is stored now, locked until the transaction ends; None once it was taken back."""
    rows = CreatorGrant.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("creator__workspace", "connection").filter(pk=grant.pk).first()


@transaction.atomic
def note_problem(grant: CreatorGrant, problem: str) -> None:
    """Keep what TikTok said to these tokens, "" for nothing wrong. Of tokens that were replaced it says nothing."""
    row = _locked(grant)
    if row is not None and _has_same_tokens(row, grant):
        CreatorGrant.objects.filter(pk=row.pk).update(
            state=CreatorGrant.State.BROKEN if problem else CreatorGrant.State.HEALTHY,
            problem=problem,
        )
