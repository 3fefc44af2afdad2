"""What TikTok is asked for one planned object of any kind: create it, find it by its name, switch it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kindling.clock import now
from kindling.kit.money import from_minor
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import (
    AdGroupCreate,
    AdGroupId,
    AdId,
    AdvertiserId,
    BusinessCenterId,
    CampaignCreate,
    CampaignId,
    IdentityId,
    ItemId,
    SmartAdCreate,
    SmartAdId,
    SparkPullCreative,
    SparkPushCreative,
    Switch,
    Switched,
    TikTok,
)

Kind = PlannedObject.Kind
# Of an ad group's payload: sent by TikTok's name as they stand.
FURTHER = (
    "age_groups", "gender", "languages", "interest_category_ids", "audience_ids", "excluded_audience_ids",
    "dayparting", "shopping_ads_type", "product_source", "store_id",
)  # fmt: skip


def is_smart(row: PlannedObject) -> bool:
    """Whether the object is of a Smart+ campaign, which has calls of its own."""
    tree = contents.tree_of(row.plan)
    return tree.is_smart(tree.by_key[row.key])


def is_material(row: PlannedObject) -> bool:
    """Whether it is a creative of a Smart+ ad: made with the ad, and switched inside it."""
    return row.kind == Kind.AD and is_smart(row)


def parent_of(row: PlannedObject) -> PlannedObject | None:
    return row.plan.objects_planned.get(key=row.parent_key) if row.parent_key else None


# --- Creating ---------------------------------------------------------------------------------------------------


def make(account: AdAccount, plan: Plan, row: PlannedObject, parent: PlannedObject | None) -> str:
    """Create one object, switched off; its id at TikTok. Raises PlatformError."""
    advertiser = AdvertiserId(account.advertiser_id)
    smart = is_smart(row)
    above = parent.external_id if parent else ""
    creatives = [_pull(each) for each in children(row)] if row.kind == Kind.SMART_AD else []

    async def ask(client: TikTok) -> str:
        if row.kind == Kind.CAMPAIGN:
            make_campaign = client.smart_plus.create_campaign if smart else client.campaigns.create
            return (await make_campaign(advertiser, _campaign(row))).campaign_id
        if row.kind == Kind.ADGROUP:
            make_group = client.smart_plus.create_adgroup if smart else client.adgroups.create
            group = _adgroup(row, CampaignId(above), plan.currency)
            return (await make_group(advertiser, group)).adgroup_id
        if row.kind == Kind.SMART_AD:
            ad = SmartAdCreate(name=row.name, creatives=creatives, status=Switch.DISABLE)
            return (await client.smart_plus.create_ad(advertiser, AdGroupId(above), ad)).smart_ad_id
        made = await client.ads.create(advertiser, AdGroupId(above), [_creative(row)])
        return made.ad_ids[0]

    return tiktok.ask(account, ask)


def children(row: PlannedObject) -> list[PlannedObject]:
    """The ads of a Smart+ ad."""
    return list(row.plan.objects_planned.filter(parent_key=row.key))


def _request_id(row: PlannedObject) -> str:
    """TikTok wants a number; a new one per attempt, since the old one would be refused or ignored."""
    sent_at = row.sent_at or now()
    return f"{row.pk:09d}{int(sent_at.timestamp() * 1000) % 10**9:09d}"


def _campaign(row: PlannedObject) -> CampaignCreate:
    told = dict(row.payload)
    return CampaignCreate(
        name=row.name,
        objective=told.pop("objective_type"),
        budget_mode=told.pop("budget_mode"),
        is_search_campaign=told.pop("is_search_campaign", None),
        status=Switch.DISABLE,
        request_id=_request_id(row),
        extra=told,
    )


def _adgroup(row: PlannedObject, campaign_id: CampaignId, currency: str) -> AdGroupCreate:
    payload = row.payload
    amount: Decimal = from_minor(payload["budget_minor"], currency)
    bid = payload.get("bid_minor")
    return AdGroupCreate(
        campaign_id=campaign_id,
        name=row.name,
        goal=payload["optimization_goal"],
        billing=payload["billing_event"],
        promotion_type=payload.get("promotion_type"),
        pixel_id=payload.get("pixel_id"),
        optimization_event=payload.get("optimization_event"),
        bid=None if bid is None else from_minor(bid, currency),
        budget=amount,
        budget_mode=payload["budget_mode"],
        # A plan applied later than it was meant to start starts now: TikTok takes 12 hours at most.
        starts_at=max(
            contents.instant(payload["schedule_start_time"]), now() - timedelta(hours=11)
        ),
        ends_at=contents.instant(payload["schedule_end_time"]),
        location_ids=payload["location_ids"],
        status=Switch.DISABLE,
        request_id=_request_id(row),
        extra={name: payload[name] for name in FURTHER if name in payload},
    )


def _creative(row: PlannedObject) -> SparkPullCreative | SparkPushCreative:
    return _pull(row) if "tiktok_item_id" in row.payload else _push(row)


def _pull(row: PlannedObject) -> SparkPullCreative:
    payload = row.payload
    return SparkPullCreative(
        name=row.name,
        item_id=ItemId(payload["tiktok_item_id"]),
        identity_id=IdentityId(payload["identity_id"]),
        identity_type=payload["identity_type"],
        business_center_id=_center(payload),
        ad_format=payload["ad_format"],
        call_to_action=payload["call_to_action"],
        landing_page_url=payload.get("landing_page_url"),
        status=Switch.DISABLE,
    )


def _push(row: PlannedObject) -> SparkPushCreative:
    payload = row.payload
    return SparkPushCreative(
        name=row.name,
        video_id=payload["video_id"],
        cover_id=payload["cover_id"],
        text=payload["ad_text"],
        is_ads_only=payload["dark_post_status"] == "ON",
        identity_id=IdentityId(payload["identity_id"]),
        identity_type=payload["identity_type"],
        business_center_id=_center(payload),
        call_to_action=payload["call_to_action"],
        landing_page_url=payload.get("landing_page_url"),
        status=Switch.DISABLE,
    )


def _center(payload: dict[str, Any]) -> BusinessCenterId | None:
    center = payload.get("identity_authorized_bc_id")
    return BusinessCenterId(center) if center else None


# --- Finding ----------------------------------------------------------------------------------------------------


def find(row: PlannedObject) -> list[str]:
    """The ids of all objects of its name below the same parent, the oldest (lowest) first. Raises PlatformError."""
    found: list[str] = tiktok.ask(row.plan.ad_account, _finder(row))
    return sorted(found, key=lambda each: (len(each), each))


def _finder(row: PlannedObject) -> Callable[[TikTok], Any]:
    advertiser = AdvertiserId(row.plan.ad_account.advertiser_id)
    parent = parent_of(row)
    above, smart = parent.external_id if parent else "", is_smart(row)

    async def find(client: TikTok) -> list[str]:
        if row.kind == Kind.CAMPAIGN and smart:
            of_smart = client.smart_plus.each_campaign(advertiser, name_contains=row.name)
            return [each.campaign_id async for each in of_smart if each.name == row.name]
        if row.kind == Kind.CAMPAIGN:
            campaigns = client.campaigns.each(advertiser, name_contains=row.name)
            return [each.campaign_id async for each in campaigns if each.name == row.name]
        if row.kind == Kind.ADGROUP:
            each_group = client.smart_plus.each_adgroup if smart else client.adgroups.each
            groups = each_group(advertiser, campaign_ids=[CampaignId(above)])
            return [each.adgroup_id async for each in groups if each.name == row.name]
        if row.kind == Kind.SMART_AD:
            smart_ads = client.smart_plus.each_ad(advertiser, adgroup_ids=[AdGroupId(above)])
            return [each.smart_ad_id async for each in smart_ads if each.name == row.name]
        ads = client.ads.each(advertiser, adgroup_ids=[AdGroupId(above)])
        return [each.ad_id async for each in ads if each.name == row.name]

    return find


def materials(account: AdAccount, smart_ad_id: str) -> dict[str, str] | None:
    """The creatives of a Smart+ ad: their ids by item id; None where no list shows the ad. Raises PlatformError."""
    advertiser = AdvertiserId(account.advertiser_id)

    async def read(client: TikTok) -> dict[str, str] | None:
        wanted = [SmartAdId(smart_ad_id)]
        ads = await tiktok.gather_list(client.smart_plus.each_ad(advertiser, smart_ad_ids=wanted))
        if not ads:
            return None
        return {
            str(each.item_id): str(each.ad_id)
            for ad in ads
            for each in ad.materials
            if each.item_id is not None
        }

    return tiktok.ask(account, read)


# --- Switching --------------------------------------------------------------------------------------------------


def set_status(account: AdAccount, rows: Sequence[PlannedObject], status: Switch) -> dict[str, str]:
    """Switch objects on or off; TikTok's words for each id that it refused. Raises PlatformError."""
    groups: dict[tuple[str, bool, str], list[str]] = {}
    for row in rows:
        parent = parent_of(row) if is_material(row) else None
        key = (row.kind, is_smart(row), parent.external_id if parent else "")
        groups.setdefault(key, []).append(row.external_id)
    failures: dict[str, str] = {}
    for (kind, smart, smart_ad_id), ids in groups.items():
        failures |= switch(account, kind, ids, status, smart=smart, smart_ad_id=smart_ad_id)
    return failures


def switch(
    account: AdAccount,
    kind: str,
    ids: Iterable[str],
    status: Switch,
    *,
    smart: bool = False,
    smart_ad_id: str = "",
) -> dict[str, str]:
    """Switch objects of one kind; smart_ad_id : of which Smart+ ad the ads are creatives."""
    advertiser, wanted = AdvertiserId(account.advertiser_id), list(ids)

    async def ask(client: TikTok) -> Switched:
        plus = client.smart_plus
        if kind == Kind.CAMPAIGN:
            campaigns = [CampaignId(each) for each in wanted]
            if smart:
                return await plus.set_campaign_status(advertiser, campaigns, status)
            return await client.campaigns.set_status(advertiser, campaigns, status)
        if kind == Kind.ADGROUP:
            groups = [AdGroupId(each) for each in wanted]
            if smart:
                return await plus.set_adgroup_status(advertiser, groups, status)
            return await client.adgroups.set_status(advertiser, groups, status)
        if kind == Kind.SMART_AD:
            smart_ads = [SmartAdId(each) for each in wanted]
            return await plus.set_ad_status(advertiser, smart_ads, status)
        ads = [AdId(each) for each in wanted]
        if smart_ad_id:
            return await plus.set_material_status(advertiser, SmartAdId(smart_ad_id), ads, status)
        return await client.ads.set_status(advertiser, ads, status)

    return {str(each.object_id): each.message for each in tiktok.ask(account, ask).failed}
