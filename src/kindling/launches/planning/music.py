"""Asks TikTok whether the posts' music is cleared for a plan's places and dates (R44)."""

from __future__ import annotations

from typing import Any

from kindling.errors import PlatformError
from kindling.launches.planning import content as contents
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdvertiserId, IdentityId, IdentityType, ItemId, TikTok


def read(ad_account: AdAccount, content: dict[str, Any]) -> dict[str, str]:
    """TikTok's music_status by item id; a post is missing where TikTok did not answer."""
    found: dict[str, str] = {}
    with tiktok.session(ad_account):
        for ad in contents.ads(content):
            group = contents.parent(content, ad)["payload"]
            try:
                found |= _read_one(ad_account, ad, group)
            except PlatformError:
                continue  # preflight shows "not known", which blocks; the reason is in the client's log
    return found


def _read_one(ad_account: AdAccount, ad: dict[str, Any], group: dict[str, Any]) -> dict[str, str]:
    """The music_status of one ad's post by item id. Raises PlatformError."""

    async def cleared(client: TikTok) -> dict[str, str]:
        answers = await client.identities.music_authorization(
            AdvertiserId(ad_account.advertiser_id),
            IdentityId(ad["payload"]["identity_id"]),
            IdentityType(ad["payload"]["identity_type"]),
            ItemId(ad["item_id"]),
            location_ids=group["location_ids"],
            start=contents.instant(group["schedule_start_time"]),
            end=contents.instant(group["schedule_end_time"]),
            business_center_id=ad["payload"].get("identity_authorized_bc_id"),
        )
        return {answer.item_id: answer.status for answer in answers}

    return tiktok.ask(ad_account, cleared)
