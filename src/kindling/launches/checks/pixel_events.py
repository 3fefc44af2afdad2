"""Asks TikTok whether the events that a plan's ad groups optimise for come to their pixels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kindling.errors import PlatformError
from kindling.kit.time import day_in
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import AdvertiserId, TikTok

Chosen = tuple[str, str]
"""A pixel's id and the event that is optimised for."""


def chosen(group: Mapping[str, Any]) -> Chosen:
    """What an ad group's payload optimises for; two empty texts where it is no event of a pixel."""
    return str(group.get("pixel_id") or ""), str(group.get("optimization_event") or "")


def read(ad_account: AdAccount, content: Mapping[str, Any], *, now: datetime) -> dict[Chosen, int]:
    """How often each chosen event came yesterday and today; one is missing where TikTok did not answer.

    TikTok counts by day, so this is the last 24 hours and some of those before.
    """
    groups = [each["payload"] for each in content["objects"] if each["kind"] == "adgroup"]
    wanted = {pair for pair in map(chosen, groups) if all(pair)}
    last = day_in(now, ad_account.timezone)
    found: dict[Chosen, int] = {}
    for pixel in sorted({pixel for pixel, _ in wanted}):

        async def count(client: TikTok, pixel: str = pixel) -> dict[str, int]:
            return await client.pixels.event_counts(
                AdvertiserId(ad_account.advertiser_id),
                pixel,
                first=last - timedelta(days=1),
                last=last + timedelta(days=1),  # days may be of another zone than the account's
            )

        try:
            counts = tiktok.ask(ad_account, count)
        except PlatformError:
            continue  # the check says that it is not known; the reason is in the log of calls
        found |= {(pixel, event): counts.get(event, 0) for own, event in wanted if own == pixel}
    return found
