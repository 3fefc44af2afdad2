"""Asks TikTok whether the posts' music is cleared for a plan's places and dates (R44)."""

from __future__ import annotations

from typing import Any

from kindling.launches.planning import content as contents
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdvertiserId, IdentityId, IdentityType, ItemId, TikTok, TikTokError


def read(ad_account: AdAccount, content: dict[str, Any]) -> dict[str, str]:
    """TikTok's music_status by item id; a post is missing where TikTok did not answer."""
    advertiser = AdvertiserId(ad_account.advertiser_id)

    async def ask_all(client: TikTok) -> dict[str, str]:
        found: dict[str, str] = {}
        for ad in contents.ads(content):
            group = contents.parent(content, ad)["payload"]
            try:
                answers = await client.identities.music_authorization(
                    advertiser,
                    IdentityId(ad["payload"]["identity_id"]),
                    IdentityType(ad["payload"]["identity_type"]),
                    ItemId(ad["item_id"]),
                    location_ids=group["location_ids"],
                    start=contents.instant(group["schedule_start_time"]),
                    end=contents.instant(group["schedule_end_time"]),
                    business_center_id=ad["payload"].get("identity_authorized_bc_id"),
                )
            except TikTokError:
                continue  # preflight shows "not known", which blocks; the reason is in the client's log
            found |= {answer.item_id: answer.status for answer in answers}
        return found

    return tiktok.ask(ad_account, ask_all)
