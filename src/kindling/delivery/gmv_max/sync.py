"""Reads what GMV Max runs: shops, campaigns, the posts they use and what TikTok says they sold. Nothing is changed.

A reading is whole or changes nothing: the page then shows the last whole one with its time, and the problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from kindling.delivery.gmv_max import rules
from kindling.delivery.models import GmvMaxCampaign, GmvMaxPost, GmvMaxReading
from kindling.errors import PlatformError
from kindling.kit.fitting import fitted
from kindling.kit.money import to_minor
from kindling.kit.time import day_in
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import (
    AdvertiserId,
    GmvMaxCampaignInfo,
    GmvMaxItem,
    GmvMaxResult,
    GmvMaxStore,
    GmvMaxType,
    TikTok,
)

DAYS = 30  # of the figures, today included
URGENCY = 3


@dataclass(frozen=True, slots=True)
class _Found:
    stores: list[GmvMaxStore]
    campaigns: list[tuple[GmvMaxType, GmvMaxCampaignInfo]]
    results: dict[tuple[str, str], GmvMaxResult]


def read(ad_account: AdAccount, *, at: datetime) -> GmvMaxReading:
    """Read one ad account. What was known stays where TikTok does not answer everything; the reading says why."""
    GmvMaxReading.objects.get_or_create(ad_account=ad_account)
    mine = GmvMaxReading.objects.filter(ad_account=ad_account)
    try:
        found = _ask(ad_account, at=at)
    except PlatformError as problem:
        # A later reading that was whole says more than an earlier one that failed.
        mine.filter(Q(at=None) | Q(at__lte=at)).update(problem=str(problem))
        return mine.get()
    with transaction.atomic():
        locked = mine.select_for_update(no_key=True).get()
        if locked.at is not None and locked.at > at:
            return locked  # a later reading was faster
        _write(ad_account, found, at=at)
        mine.update(at=at, problem="", stores=[_store(each) for each in found.stores])
        _tell(ad_account, found, at=at)
    return mine.get()


def _ask(ad_account: AdAccount, *, at: datetime) -> _Found:
    advertiser = AdvertiserId(ad_account.advertiser_id)
    last = day_in(at, ad_account.timezone) + timedelta(days=1)

    async def ask(client: TikTok) -> _Found:
        stores = await client.gmv_max.stores(advertiser)
        campaigns = [
            (kind, await client.gmv_max.info(advertiser, each.campaign_id))
            for kind in GmvMaxType
            for each in await tiktok.gather_list(
                client.gmv_max.each_campaign(advertiser, types=[kind])
            )
        ]
        results: dict[tuple[str, str], GmvMaxResult] = {}
        for store_id in sorted({info.store_id for _, info in campaigns}):
            rows = client.gmv_max.each_result(
                advertiser, store_id, last - timedelta(days=DAYS), last
            )
            for row in await tiktok.gather_list(rows):
                results[row.campaign_id, row.item_id] = row
        return _Found(stores, campaigns, results)

    return tiktok.ask(ad_account, ask)


def _write(ad_account: AdAccount, found: _Found, *, at: datetime) -> None:
    seen, known = [], _posts(ad_account, found)
    for kind, info in found.campaigns:
        campaign, _ = GmvMaxCampaign.objects.update_or_create(
            ad_account=ad_account,
            campaign_id=info.campaign_id,
            defaults=fitted(
                GmvMaxCampaign,
                name=info.name, promotes=str(kind), store_id=info.store_id,
                operation_status=info.operation_status or "",
                secondary_status=info.secondary_status or "",
                budget_minor=_minor(info.budget, ad_account.currency), target_roi=info.target_roi,
                takes_affiliate_posts=info.takes_affiliate_posts, is_gone=False, seen_at=at,
            ),
        )  # fmt: skip
        seen.append(campaign.pk)
        _write_posts(campaign, info, found, known, at=at)
    GmvMaxCampaign.objects.filter(ad_account=ad_account).exclude(pk__in=seen).update(is_gone=True)


def _write_posts(
    campaign: GmvMaxCampaign,
    info: GmvMaxCampaignInfo,
    found: _Found,
    known: dict[str, int],
    *,
    at: datetime,
) -> None:
    for item in info.items:
        result = found.results.get((info.campaign_id, item.item_id))
        currency = (result.currency if result else None) or ""
        GmvMaxPost.objects.update_or_create(
            campaign=campaign,
            item_id=item.item_id,
            defaults=fitted(
                GmvMaxPost,
                post_id=known.get(item.item_id), handle=item.handle or "",
                identity_type=item.identity_type or "", delivery_status=_status(item, result),
                currency=currency, cost_minor=_minor(result.cost if result else None, currency),
                sku_orders=result.orders if result else None,
                gross_revenue_minor=_minor(result.gross_revenue if result else None, currency),
                roi=result.roi if result else None, is_gone=False, seen_at=at,
            ),
        )  # fmt: skip
    used = [item.item_id for item in info.items]
    GmvMaxPost.objects.filter(campaign=campaign).exclude(item_id__in=used).update(is_gone=True)


def _status(item: GmvMaxItem, result: GmvMaxResult | None) -> str:
    return item.delivery_status or (result.delivery_status if result else None) or ""


def _posts(ad_account: AdAccount, found: _Found) -> dict[str, int]:
    """The library's posts by item id."""
    items = {item.item_id for _, info in found.campaigns for item in info.items}
    rows = Post.objects.filter(workspace=ad_account.workspace, item_id__in=items)
    return dict(rows.values_list("item_id", "pk"))


def _minor(amount: Decimal | None, currency: str) -> int | None:
    """None for an amount whose currency is not told, too: it is not guessed."""
    return None if amount is None or not currency else to_minor(amount, currency)


def _store(store: GmvMaxStore) -> dict[str, str | None]:
    return {
        "store_id": store.store_id, "name": store.name, "holder": store.exclusive_advertiser_id,
    }  # fmt: skip


# --- Notices ------------------------------------------------------------------------------------------------------


def _tell(ad_account: AdAccount, found: _Found, *, at: datetime) -> None:
    """A notice for each campaign with posts that need people, closed when none does; one for a right held elsewhere."""
    rows = GmvMaxCampaign.objects.filter(ad_account=ad_account).prefetch_related("posts")
    for campaign in rows:
        states = [each.delivery_status for each in campaign.posts.all() if not each.is_gone]
        count = sum(rules.state_of(each).needs_people for each in states)
        key = f"gmv-max-{campaign.pk}"
        is_over = campaign.is_gone or not rules.is_running(campaign.operation_status)
        if is_over or not count:
            if is_over or all(map(rules.is_known, states)):  # unknown settles nothing
                notices.settle(ad_account.workspace, key=key, at=at)
            continue
        notices.notify(
            ad_account.workspace,
            key=key,
            roles=("creator_manager", "media_buyer"),
            title=f"GMV Max {campaign.name[:120]}: {count} post{'s' if count > 1 else ''} cannot be used as they are.",
            next_step="Open GMV Max: ask for authorization, or check the posts.",
            path="live/gmv-max/?state=needs_people",
            at=at,
            urgency=URGENCY,
        )
    _tell_of_holder(ad_account, found, at=at)


def _tell_of_holder(ad_account: AdAccount, found: _Found, *, at: datetime) -> None:
    running = {
        info.store_id
        for _, info in found.campaigns
        if rules.is_running(info.operation_status or "")
    }
    held = [
        each.name
        for each in found.stores
        if each.store_id in running
        and each.exclusive_advertiser_id not in (None, ad_account.advertiser_id)
    ]
    key = f"gmv-max-holder-{ad_account.pk}"
    if not held:
        notices.settle(ad_account.workspace, key=key, at=at)
        return
    notices.notify(
        ad_account.workspace,
        key=key,
        roles=("media_buyer", "owner"),
        title=f"Another ad account holds the right to run GMV Max for {', '.join(held)[:120]}.",
        next_step="Move the right in Seller Center, or end the campaign of this ad account.",
        path="live/gmv-max/",
        at=at,
        urgency=URGENCY,
    )
