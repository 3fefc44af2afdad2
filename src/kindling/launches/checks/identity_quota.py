"""Asks TikTok how many more ads the TikTok accounts of a plan may carry (R3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from kindling.errors import PlatformError
from kindling.launches.checks.rules import Room
from kindling.launches.models import Plan
from kindling.launches.planning import content as contents
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdvertiserId, BusinessCenterId, IdentityId, IdentityType, TikTok


def read(ad_account: AdAccount, tree: contents.Tree, *, row: Plan | None) -> dict[str, Room]:
    """By identity id what TikTok says now; an identity is missing where it did not say.

    row : the stored plan, whose ads that were made already are in TikTok's count
    """
    made = set[str]()
    if row is not None:
        made = set(row.objects_planned.exclude(external_id="").values_list("key", flat=True))
    payloads = [ad["payload"] for ad in tree.ads if ad["key"] not in made]
    wanted = Counter(payload["identity_id"] for payload in payloads)
    known = {payload["identity_id"]: payload for payload in payloads}
    found: dict[str, Room] = {}
    with tiktok.session(ad_account):
        for identity_id, payload in known.items():
            left = _left(ad_account, payload)
            if left is not None:
                found[identity_id] = Room(left, wanted[identity_id])
    return found


def _left(ad_account: AdAccount, payload: Mapping[str, Any]) -> int | None:
    center = payload.get("identity_authorized_bc_id")

    async def ask(client: TikTok) -> int | None:
        quota = await client.identities.ad_quota(
            AdvertiserId(ad_account.advertiser_id),
            IdentityId(payload["identity_id"]),
            IdentityType(payload["identity_type"]),
            business_center_id=BusinessCenterId(center) if center else None,
        )
        return quota.remaining

    try:
        return tiktok.ask(ad_account, ask)
    except PlatformError:
        return (
            None  # the ads that TikTok lists are counted instead; the reason is in the log of calls
        )
