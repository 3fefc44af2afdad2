"""Use cases of creators: the directory, and creators' own TikTok grants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from kindling.creators import rules
from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import InvalidInputError, NotFoundError, PlatformError
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import Connection, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

# Only what posts and codes need (R32).
SCOPES = "user.info.basic,video.list,video.insights,biz.spark.auth"


def take_creator(
    workspace: Workspace,
    *,
    handle: str,
    at: datetime,
    source: str,
    display_name: str = "",
    is_own: bool = False,
    followers: int | None = None,
) -> Creator:
    """The creator with this handle, made when new. What is already known is never blanked."""
    creator, is_new = Creator.objects.get_or_create(
        workspace=workspace,
        handle=rules.clean_handle(handle),
        defaults={
            "display_name": display_name,
            "is_own": is_own,
            "followers": followers,
            "source": source,
            "created_at": at,
        },
    )
    if not is_new:
        learnt: dict[str, Any] = {
            name: value
            for name, value in (
                ("display_name", display_name),
                ("followers", followers),
                ("is_own", is_own or creator.is_own),
            )
            if value and value != getattr(creator, name)
        }
        if learnt:
            Creator.objects.filter(pk=creator.pk).update(**learnt)
            for name, value in learnt.items():
                setattr(creator, name, value)
    return creator


def is_creator(workspace: Workspace, handle: str) -> bool:
    """Whether the directory knows this handle as somebody else's, not as the brand's own account."""
    return Creator.objects.filter(workspace=workspace, handle=handle, is_own=False).exists()


def handle_or(otherwise: str, told: str) -> str:
    """The handle TikTok tells; where it tells none that can be one, one of our own made of an id.

    One odd name must not keep all the other posts from being read.
    """
    try:
        return rules.clean_handle(told)
    except ValueError:
        return rules.handle_of_id(otherwise)


def directory(workspace: Workspace, *, search: str = "") -> QuerySet[Creator]:
    """Creators with the number of their posts and when the last one went up."""
    found = (
        Creator.objects.filter(workspace=workspace)
        .select_related("grant")
        .annotate(post_count=Count("posts"), last_posted_at=Max("posts__posted_at"))
    )
    if search:
        found = found.filter(
            Q(handle__icontains=search.lstrip("@")) | Q(display_name__icontains=search)
        )
    return found.order_by("handle")


def find_creator(workspace: Workspace, handle: str) -> Creator:
    creator = (
        Creator.objects.select_related("grant").filter(workspace=workspace, handle=handle).first()
    )
    if creator is None:
        raise NotFoundError(f"There is no creator @{handle} here.", next_step="Look in Creators.")
    return creator


@transaction.atomic
def add_creator(actor: Actor, *, handle: str, email: str = "", at: datetime) -> Creator:
    actor.require(Action.MANAGE_CREATORS)
    try:
        name = rules.clean_handle(handle)
    except ValueError as error:
        raise InvalidInputError(f"{error}.") from None
    if Creator.objects.filter(workspace=actor.workspace, handle=name).exists():
        raise InvalidInputError(
            f"@{name} is in the directory already.", next_step="Search for the name."
        )
    creator = take_creator(actor.workspace, handle=name, at=at, source="hand")
    if email:
        Creator.objects.filter(pk=creator.pk).update(email=email)
    record(actor, "added creator", f"@{creator.handle}", at=at)
    return creator


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
            "This consent did not start here, or it took too long.",
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
    """Trade a creator's consent for tokens; they are stored encrypted."""
    actor.require(Action.MANAGE_CREATORS)
    granted = tiktok.exchange_creator_code(connection, auth_code, callback=callback)
    grant, _ = CreatorGrant.objects.update_or_create(
        creator=creator,
        defaults={
            "connection": connection,
            "open_id": granted.business_id,
            "access_token": granted.access_token.reveal(),
            "refresh_token": granted.refresh_token.reveal(),
            "expires_at": granted.expires_at,
            "refresh_expires_at": granted.refresh_expires_at,
            "scopes": ",".join(granted.scopes),
            "state": CreatorGrant.State.HEALTHY,
            "problem": "",
        },
    )
    record(actor, "creator connected TikTok", f"@{creator.handle}", at=at)
    return grant


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
    grant.save()
    return str(grant.access_token)


def note_problem(grant: CreatorGrant, problem: str) -> None:
    CreatorGrant.objects.filter(pk=grant.pk).update(
        state=CreatorGrant.State.BROKEN if problem else CreatorGrant.State.HEALTHY, problem=problem
    )
