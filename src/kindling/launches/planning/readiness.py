"""Keeps Inventory honest: asks TikTok about the music of posts that nothing else keeps from a launch."""

from __future__ import annotations

from datetime import datetime, timedelta

from kindling.launches import service
from kindling.launches.planning import music
from kindling.launches.preflight import MUSIC
from kindling.launches.service import PREVIEW_DAYS, Candidate
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

ASK_AGAIN = timedelta(hours=18)  # long before an answer is too old to count


def read_music(workspace: Workspace, *, now: datetime) -> int:
    """Ask about the music of posts that are ready but for it, or whose answer is old; returns how many answers came."""
    return sum(_read_in(account, now=now) for account in workspaces.ad_accounts(workspace))


def _read_in(ad_account: AdAccount, *, now: datetime) -> int:
    fresh = music.kept_answers(ad_account, now=now, good_for=ASK_AGAIN)
    due = [
        (each.post.item_id, binding)
        for each in service.inventory(ad_account.workspace, ad_account, now=now)
        if each.post.item_id not in fresh and _lacks_music_at_most(each)
        for binding in [each.permission.binding_in(ad_account) if each.permission else None]
        if binding is not None
    ]
    if not due:
        return 0
    end = now + timedelta(days=PREVIEW_DAYS)
    return len(music.read_bound(ad_account, due, start=now, end=end))


def _lacks_music_at_most(candidate: Candidate) -> bool:
    return all(result.title == MUSIC for result in candidate.blocking)
