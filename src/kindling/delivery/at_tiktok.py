"""Ads as TikTok lists and switches them, whether they are ads of their own or creatives of a Smart+ ad."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kindling.delivery.models import Ad
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import Ad as WireAd
from tiktok_business import (
    AdGroup,
    AdGroupId,
    AdId,
    AdvertiserId,
    Campaign,
    ForbiddenError,
    Primary,
    SmartAd,
    SmartAdId,
    Switch,
    Switched,
    TikTok,
    UnsupportedError,
    WrongRouteError,
)

log = logging.getLogger(__name__)


def as_ads(smart: SmartAd) -> list[WireAd]:
    """The creatives of a Smart+ ad, each as the ad that reports know it by; it runs when both switches are on."""
    return [
        WireAd(
            ad_id=each.ad_id,
            adgroup_id=smart.adgroup_id,
            campaign_id=smart.campaign_id,
            name=smart.name,
            operation_status=Switch.ENABLE
            if {smart.operation_status, each.operation_status} == {Switch.ENABLE}
            else Switch.DISABLE,
            secondary_status=smart.secondary_status
            if smart.operation_status == Switch.DISABLE
            else each.secondary_status,
            item_id=each.item_id,
            identity_id=each.identity_id,
            identity_type=each.identity_type,
            ad_format="",
            call_to_action=smart.call_to_action,
            landing_page_url=smart.landing_page_url,
            created_at=smart.created_at,
            modified_at=smart.modified_at,
        )
        for each in smart.materials
    ]


@dataclass(frozen=True, slots=True)
class SmartPlusObjects:
    """What an account has of Smart+; `ads`: the creatives by the id of their ad."""

    campaigns: list[Campaign]
    adgroups: list[AdGroup]
    ads: dict[str, list[WireAd]]


async def read_smart(client: TikTok, advertiser: AdvertiserId) -> SmartPlusObjects | None:
    """What the account has of Smart+ and did not delete; None where TikTok does not let the app ask."""
    plus, wanted = client.smart_plus, Primary.NOT_DELETED
    try:
        campaigns = await tiktok.gather_list(plus.each_campaign(advertiser, primary_status=wanted))
        adgroups = await tiktok.gather_list(plus.each_adgroup(advertiser, primary_status=wanted))
        ads = await tiktok.gather_list(plus.each_ad(advertiser, primary_status=wanted))
    except (ForbiddenError, UnsupportedError, WrongRouteError) as problem:
        log.info("Smart+ of ad account %s is not readable: %s", advertiser, type(problem).__name__)
        return None
    return SmartPlusObjects(
        campaigns, adgroups, {str(each.smart_ad_id): as_ads(each) for each in ads}
    )


def read(account: AdAccount, ads: Sequence[Ad]) -> list[WireAd]:
    """These ads as TikTok shows them now, 100 at most, without those it does not list. Raises PlatformError."""
    advertiser = AdvertiserId(account.advertiser_id)
    plain = [AdId(each.ad_id) for each in ads if not each.smart_ad_id]
    smart_ids = sorted({SmartAdId(each.smart_ad_id) for each in ads if each.smart_ad_id})
    wanted = {each.ad_id for each in ads}

    async def ask(client: TikTok) -> list[WireAd]:
        found: list[WireAd] = []
        if plain:
            found += await tiktok.gather_list(client.ads.each(advertiser, ad_ids=plain))
        if smart_ids:
            smart = client.smart_plus.each_ad(advertiser, smart_ad_ids=smart_ids)
            found += [ad for each in await tiktok.gather_list(smart) for ad in as_ads(each)]
        return [each for each in found if each.ad_id in wanted]

    return tiktok.ask(account, ask)


def of_smart(account: AdAccount, adgroup_ids: Iterable[str]) -> set[str]:
    """Those of these ad groups that are of Smart+, which has calls of its own."""
    rows = Ad.objects.filter(ad_account=account, adgroup__adgroup_id__in=list(adgroup_ids))
    return set(rows.exclude(smart_ad_id="").values_list("adgroup__adgroup_id", flat=True))


async def read_groups(
    client: TikTok, advertiser: AdvertiserId, ids: Sequence[AdGroupId], smart: Collection[str]
) -> list[AdGroup]:
    """Ad groups by their ids, 100 at most. smart : those of Smart+"""
    plain = [each for each in ids if each not in smart]
    found: list[AdGroup] = []
    if plain:
        found += await tiktok.gather_list(client.adgroups.each(advertiser, adgroup_ids=plain))
    if others := [each for each in ids if each in smart]:
        rows = client.smart_plus.each_adgroup(advertiser, adgroup_ids=others)
        found += await tiktok.gather_list(rows)
    return found


async def set_budgets(
    client: TikTok,
    advertiser: AdvertiserId,
    budgets: Mapping[AdGroupId, Decimal],
    smart: Collection[str],
) -> None:
    """Set daily budgets; those of Smart+ one by one. Safe to repeat."""
    plain = {each: amount for each, amount in budgets.items() if each not in smart}
    if plain:
        await client.adgroups.set_budgets(advertiser, plain)
    for each in budgets:
        if each in smart:
            await client.smart_plus.update_adgroup(
                advertiser, each, extra={"budget": budgets[each]}
            )


async def set_end(
    client: TikTok, advertiser: AdvertiserId, group: AdGroupId, end: datetime, *, is_smart: bool
) -> None:
    """Set the end of an ad group. Safe to repeat."""
    if is_smart:
        await client.smart_plus.update_adgroup(advertiser, group, ends_at=end)
    else:
        await client.adgroups.update(advertiser, group, ends_at=end)


def switch(account: AdAccount, ads: Sequence[Ad], wanted: Switch) -> Switched:
    """Switch ads of one account on or off, each in its own way. Raises PlatformError."""
    advertiser = AdvertiserId(account.advertiser_id)
    groups: dict[str, list[AdId]] = {}
    for ad in ads:
        groups.setdefault(ad.smart_ad_id, []).append(AdId(ad.ad_id))

    async def ask(client: TikTok) -> Switched:
        answers = [
            await client.smart_plus.set_material_status(advertiser, SmartAdId(smart), ids, wanted)
            if smart
            else await client.ads.set_status(advertiser, ids, wanted)
            for smart, ids in groups.items()
        ]
        return Switched(
            done=tuple(each for answer in answers for each in answer.done),
            failed=tuple(each for answer in answers for each in answer.failed),
        )

    return tiktok.ask(account, ask)
