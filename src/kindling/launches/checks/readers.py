"""Questions of the checks that only areas to the right can answer: what TikTok lists, and what people commented.

An area to the right registers its function when Django starts (`apps.py`); launches never import it. What is asked is
of the moment, of a few posts or of all, so the answer is read where it is kept and not copied here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kindling.workspaces.models import AdAccount, Workspace


@dataclass(frozen=True, slots=True)
class ListedAd:
    """An ad as last listed by TikTok."""

    ad_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ListedAds:
    """What TikTok listed at the last sync.

    running : by item id the ads of the workspace's ad accounts that can spend
    named : by name the ads of the ad account with that name
    per_identity : how many ads of the ad account each identity has
    seen_at : of the ad account's last complete sync; None before any
    """

    running: Mapping[str, tuple[ListedAd, ...]] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_identity: Mapping[str, int] = field(default_factory=dict)
    seen_at: datetime | None = None


AdsReader = Callable[[AdAccount, Collection[str] | None, Collection[str]], ListedAds]
"""(ad account, item ids or None for all, names) → what TikTok listed."""
OverdueReader = Callable[[Workspace, Collection[str] | None, datetime], Mapping[str, int]]
"""(workspace, item ids or None for all, now) → overdue comments by item id; a post without is missing."""


class _Readers:
    ads: AdsReader | None = None
    overdue: OverdueReader | None = None


def register_ads(reader: AdsReader) -> None:
    """Named by delivery."""
    _Readers.ads = staticmethod(reader)


def register_overdue(reader: OverdueReader) -> None:
    """Named by comments."""
    _Readers.overdue = staticmethod(reader)


def ads_listed(
    ad_account: AdAccount, *, items: Collection[str] | None, names: Collection[str] = ()
) -> ListedAds:
    """What TikTok listed. items : only of these posts, if not many"""
    return _Readers.ads(ad_account, items, names) if _Readers.ads else ListedAds()


def overdue_comments(
    workspace: Workspace, *, items: Collection[str] | None, now: datetime
) -> Mapping[str, int] | None:
    """Overdue comments by item id; None where nobody counts them."""
    return _Readers.overdue(workspace, items, now) if _Readers.overdue else None
