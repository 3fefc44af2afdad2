"""The ends of ad groups at TikTok, the first line: they hold while no worker runs.

An end follows the earliest clock of the ad group's posts, there and back; every change has its receipt.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from kindling.agreements.rights.rules import PaidWindow
from kindling.delivery import at_tiktok, rules
from kindling.delivery.models import AdGroup
from kindling.delivery.protection import JudgedAd
from kindling.errors import PlatformError
from kindling.kit.time import instant_words
from kindling.launches.models import EndChange
from kindling.launches.sending import flights
from kindling.launches.sending.flights import Flight
from kindling.notices import service as notices
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from kindling.workspaces.service import record, system_actor
from tiktok_business import AdGroupId, AdvertiserId, TikTok

log = logging.getLogger(__name__)


def set_ends(account: AdAccount, judged: Sequence[JudgedAd], *, at: datetime) -> None:
    """Ad groups end with the earliest clock of their posts (R59), and go on when that clock moves on.

    A post without a known end cuts nothing; a flight that Kindling launched never goes past its approved end.
    """
    mine = flights.flights(account)
    groups: dict[int, list[JudgedAd]] = {}
    for each in judged:
        if each.is_protected and each.ad.item_id and each.judgement.has_known_end:
            groups.setdefault(each.ad.adgroup_id, []).append(each)
    for ads in groups.values():
        group = ads[0].ad.adgroup
        windows = [
            each.permission.window for each in ads if each.permission and each.permission.window
        ]
        window = min(windows, key=lambda each: each.ends_at, default=None)
        flight = mine.get(group.adgroup_id)
        if flight is not None:
            _offer_extension(account, ads[0], flight, window, at=at)
        end = rules.wanted_end(
            ends_at=group.ends_at,
            flight_end=flight.end if flight else None,
            set_by_us=flight is not None and group.ends_at in flight.set_ends,
            window=window,
        )
        if end is None or end <= at or (group.starts_at is not None and end <= group.starts_at):
            continue  # the past cannot be set; the stop-by time itself is the guard's
        ends_first = str(window.bound_by) if window and end == window.ends_at else ""
        if _set_end(account, group, flight, end, ends_first=ends_first, at=at):
            AdGroup.objects.filter(pk=group.pk, ends_at=group.ends_at).update(ends_at=end)


def _offer_extension(
    account: AdAccount, judged: JudgedAd, flight: Flight, window: PaidWindow | None, *, at: datetime
) -> None:
    """A flight that its plan ends although it might go on: more spend is a new plan, which a person approves."""
    ends_at = judged.ad.adgroup.ends_at
    if ends_at is None or not rules.may_be_extended(
        ends_at=ends_at, flight_end=flight.end, window=window, now=at
    ):
        return
    zone = account.workspace.timezone
    until = f"until {instant_words(window.ends_at, zone)}" if window else "without an end date"
    notices.notify(
        account.workspace,
        key=f"flight-ends-{judged.ad.adgroup_id}-{ends_at:%Y%m%d%H%M}",
        roles=("media_buyer",),
        title=f"@{judged.handle}, post {judged.ad.item_id}: its plan ends the flight on "
        f"{instant_words(ends_at, zone)}; it may be used in ads {until}.",
        next_step="If it pays, plan an extension in Inventory.",
        path=f"inventory/?q={judged.ad.item_id}",
        at=at,
        urgency=4,
    )


def _set_end(
    account: AdAccount,
    group: AdGroup,
    flight: Flight | None,
    end: datetime,
    *,
    ends_first: str,
    at: datetime,
) -> bool:
    if flight is not None:
        change = flights.set_end(
            account,
            flight,
            min(end, flight.end),
            before=group.ends_at,
            ends_first=ends_first,
            at=at,
        )
        return change.state == EndChange.State.DONE
    advertiser = AdvertiserId(account.advertiser_id)

    wanted, is_smart = AdGroupId(group.adgroup_id), group.ads.exclude(smart_ad_id="").exists()

    async def shorten(client: TikTok) -> None:
        await at_tiktok.set_end(client, advertiser, wanted, end, is_smart=is_smart)

    try:
        tiktok.ask(account, shorten)
    except PlatformError as error:
        # The pause at the stop-by time stands behind it; TikTok may refuse an end in the near future.
        log.warning(
            "the end of ad group %s was not set: %s", group.adgroup_id, type(error).__name__
        )
        return False
    record(
        system_actor(account.workspace), "set ad group end", group.adgroup_id, at=at,
        before={"ends_at": group.ends_at.isoformat() if group.ends_at else None},
        after={"ends_at": end.isoformat(), "ends_first": ends_first},
    )  # fmt: skip
    return True
