"""Magic links and the sessions they open: how a creator gets in without a password (B4).

A link is opened once, within days, by pressing a button (a mail scanner that fetches the address opens nothing).
The key stands only in the address and in the mail's encrypted text; tables keep its digest.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare

from kindling.access.models import PortalLink, PortalSession
from kindling.creators.models import Creator
from kindling.errors import ConflictError, NotFoundError
from kindling.notices import mail
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

LINK_LIFETIME = timedelta(days=3)
SESSION_LIFETIME = timedelta(days=14)
# So that nobody floods a creator with mails: asked for more often than this, the next one has to wait.
MOST_LINKS_A_DAY = 20


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def make_link(creator: Creator, *, purpose: str, at: datetime, actor: Actor | None = None) -> str:
    """A fresh magic address for the creator, shown or mailed once. Raises ConflictError for too many a day."""
    if actor is not None:
        actor.require(Action.MANAGE_CREATORS)
        if creator.workspace_id != actor.workspace.pk:
            raise NotFoundError("This creator was not found.")
    today = PortalLink.objects.filter(creator=creator, created_at__gt=at - timedelta(days=1))
    if today.count() >= MOST_LINKS_A_DAY:
        raise ConflictError(
            f"@{creator.handle} already got {MOST_LINKS_A_DAY} links today.",
            next_step="Try again tomorrow.",
        )
    key = secrets.token_urlsafe(32)
    PortalLink.objects.create(
        creator=creator,
        digest=_digest(key),
        purpose=purpose[:80],
        created_at=at,
        created_by=actor.user if actor else None,
        expires_at=at + LINK_LIFETIME,
    )
    if actor is not None:
        record(actor, "created portal link", f"@{creator.handle}", at=at, reason=purpose)
    return mail.page_url(f"portal/open/{key}/")


def find_link(key: str, *, at: datetime) -> PortalLink:
    """The link of this key while it can still be opened. Raises NotFoundError, the same for every reason."""
    link = (
        PortalLink.objects.select_related("creator__workspace")
        .filter(digest=_digest(key), opened_at=None, revoked_at=None, expires_at__gt=at)
        .first()
    )
    if link is None:
        raise NotFoundError(
            "This link was already used, or it has expired.",
            next_step="Ask the brand for a new link.",
        )
    return link


@transaction.atomic
def open_link(key: str, *, device: str, at: datetime) -> tuple[PortalSession, str]:
    """Use the link up and start a session; returns it with its key, which goes into a cookie."""
    link = find_link(key, at=at)
    is_mine = PortalLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=at)
    if not is_mine:  # two taps at once
        raise NotFoundError(
            "This link was already used, or it has expired.",
            next_step="Ask the brand for a new link.",
        )
    session_key = secrets.token_urlsafe(32)
    session = PortalSession.objects.create(
        creator=link.creator,
        digest=_digest(session_key),
        opened_at=at,
        last_used_at=at,
        expires_at=at + SESSION_LIFETIME,
        device=device[:200],
    )
    return session, session_key


def session_of(key: str, *, at: datetime) -> PortalSession | None:
    """The running session of a cookie's key; None when there is none (any more)."""
    digest = _digest(key)
    session = (
        PortalSession.objects.select_related("creator__workspace", "creator__grant")
        .filter(digest=digest, revoked_at=None, expires_at__gt=at)
        .first()
    )
    if session is None or not constant_time_compare(session.digest, digest):
        return None
    if at - session.last_used_at > timedelta(minutes=10):
        PortalSession.objects.filter(pk=session.pk).update(last_used_at=at)
    return session


def end_session(session: PortalSession, *, at: datetime) -> None:
    PortalSession.objects.filter(pk=session.pk, revoked_at=None).update(revoked_at=at)


@transaction.atomic
def revoke_all(actor: Actor, creator: Creator, *, at: datetime) -> int:
    """Close every open link and session of a creator; returns how many."""
    actor.require(Action.MANAGE_CREATORS)
    links = PortalLink.objects.filter(
        creator=creator, creator__workspace=actor.workspace, opened_at=None, revoked_at=None
    ).update(revoked_at=at)
    sessions = PortalSession.objects.filter(
        creator=creator, creator__workspace=actor.workspace, revoked_at=None
    ).update(revoked_at=at)
    record(actor, "closed portal access", f"@{creator.handle}", at=at)
    return links + sessions


# --- Who is in ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Access:
    """Links that can still be opened, and devices that are in."""

    links: int
    devices: int
    last_used_at: datetime | None


def portal_access(creator: Creator, *, at: datetime) -> Access:
    sessions = PortalSession.objects.filter(creator=creator, revoked_at=None, expires_at__gt=at)
    used = list(sessions.values_list("last_used_at", flat=True))
    links = PortalLink.objects.filter(
        creator=creator, opened_at=None, revoked_at=None, expires_at__gt=at
    )
    return Access(links.count(), len(used), max(used, default=None))
