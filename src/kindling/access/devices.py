"""Who of a creator's devices is in the portal now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kindling.access.models import PortalLink, PortalSession
from kindling.creators.models import Creator


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
