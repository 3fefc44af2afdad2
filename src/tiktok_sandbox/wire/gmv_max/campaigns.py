"""`campaign/gmv_max/*`: a campaign, its one ad group and an ad per post. Source: §8.6."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.wire.ads import money
from tiktok_sandbox.wire.ads.ad_making import check_all, make_ad
from tiktok_sandbox.wire.ads.campaigns import own_campaign
from tiktok_sandbox.wire.ads.objects import check_name, check_repeat, check_unique, switch, times
from tiktok_sandbox.wire.gmv_max.assets import (
    ACCOUNT,
    BC,
    IDENTITY,
    STORE,
    ads_of_campaign,
    gmv_identities,
    gmv_posts,
    own_store,
)
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, missing, not_found
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    ids,
    many,
    moment,
    number,
    pages,
    record,
    text,
)
from tiktok_sandbox.wire.protocol.parameters import Parameters, time_text
from tiktok_sandbox.world.ads.rollback import all_or_nothing
from tiktok_sandbox.world.ads.statuses import ad_status, campaign_status
from tiktok_sandbox.world.delivery.return_targets import set_bid
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Ad, AdGroup, Campaign
from tiktok_sandbox.world.world import World

KIND = ("gmv_max",)
MOST_PER_PAGE, MOST_FILTERED = 100, 100
CAMPAIGN = text("campaign_id", required=True, most=32)
SCHEDULES = ("SCHEDULE_START_END", "SCHEDULE_FROM_NOW")
ITEM = record(
    "item",
    text("item_id", required=True, most=32),
    ids("spu_id_list", most=50),
    record("identity_info", *IDENTITY),
    record("video_info", text("video_id", most=64)),
)
KEPT: tuple[Field, ...] = (
    boolean("affiliate_posts_enabled"),
    boolean("auto_budget_enabled"),
    ids("item_group_ids", most=50),
    many("item_list", ITEM, most=500),
    many("custom_anchor_video_list", ITEM, most=500),
    record("promotion_days", boolean("is_enabled"), boolean("auto_schedule_enabled")),
)
CREATE: tuple[Field, ...] = (
    ACCOUNT,
    text("request_id", required=True, most=64),
    STORE,
    BC,
    choice("shopping_ads_type", "PRODUCT", "LIVE", required=True),
    text("campaign_name", required=True),
    choice("optimization_goal", "VALUE", required=True),
    choice("deep_bid_type", "VO_MIN_ROAS", required=True),
    number("roas_bid", low=0),
    number("budget"),
    choice("schedule_type", *SCHEDULES, required=True),
    moment("schedule_start_time", required=True),
    moment("schedule_end_time"),
    choice("product_specific_type", "ALL", "CUSTOMIZED_PRODUCTS", "UNSET"),
    choice("product_video_specific_type", "AUTO_SELECTION", "CUSTOM_SELECTION", "UNSET"),
    many("identity_list", record("identity", *IDENTITY), most=20),
    choice("operation_status", "ENABLE", "DISABLE"),
    *KEPT,
)
UPDATE: tuple[Field, ...] = (
    ACCOUNT,
    CAMPAIGN,
    text("campaign_name"),
    number("budget"),
    number("roas_bid", low=0),
    choice("schedule_type", *SCHEDULES),
    moment("schedule_end_time"),
    *KEPT,
)
NAMES = tuple(
    field.name
    for field in CREATE
    if field.name
    not in (
        "advertiser_id",
        "request_id",
        "schedule_start_time",
        "schedule_end_time",
        "operation_status",
    )
)


def create(call: Call) -> Data:
    account = call.advertiser()
    store = own_store(call)
    given = call.parameters
    if store.exclusive_advertiser_id not in (None, account.advertiser_id):
        raise invalid("store_id", "Another ad account runs GMV Max for this store")
    check_name(given, "campaign_name")
    if given.text("shopping_ads_type") == "PRODUCT":
        given.require("product_video_specific_type")
    elif not given.items("identity_list"):
        raise missing("identity_list")
    limits = money.limits(call.world, account.advertiser_id, money.LEAST_CAMPAIGN)
    budget = float(money.check_amount(given, "budget", limits))
    start_at, end_at = _schedule(call)
    check_repeat(call)
    check_unique(call, "campaign_name", parent=account.advertiser_id)
    creatives = _creatives(call.world, account.advertiser_id, store, given)
    with all_or_nothing(call.world):
        campaign = _make_campaign(call, account.advertiser_id, budget=budget)
        adgroup = _make_group(call, campaign, start_at=start_at, end_at=end_at)
        checked = check_all(call.world, adgroup, creatives)
    for item in checked:
        make_ad(call.world, adgroup, item)
    set_bid(call.world, campaign)
    return row(call.world, campaign)


def _schedule(call: Call) -> tuple[datetime, datetime | None]:
    given = call.parameters
    start_at = given.moment("schedule_start_time")
    if given.text("schedule_type") == "SCHEDULE_FROM_NOW":
        return start_at, None
    given.require("schedule_end_time")
    end_at = given.moment("schedule_end_time")
    if end_at <= max(start_at, call.world.now):
        raise invalid("schedule_end_time", "The end time must lie after the start and now")
    return start_at, end_at


def _make_campaign(call: Call, advertiser_id: str, *, budget: float) -> Campaign:
    given, now = call.parameters, whole_seconds(call.world.now)
    campaign = Campaign(
        campaign_id=call.world.next_id("campaign", prefix="18"),
        advertiser_id=advertiser_id,
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        operation_status=given.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE"),
        kind="gmv_max",
        fields={
            **{name: given.raw(name) for name in NAMES if name in given},
            "objective_type": "PRODUCT_SALES",
            "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
            "budget": budget,
            "budget_optimize_on": True,
        },
    )
    call.world.state.campaigns[campaign.campaign_id] = campaign
    return campaign


def _make_group(
    call: Call, campaign: Campaign, *, start_at: datetime, end_at: datetime | None
) -> AdGroup:
    """The ad group nobody sees: it only carries the schedule."""
    group = AdGroup(
        adgroup_id=call.world.next_id("adgroup", prefix="18"),
        campaign_id=campaign.campaign_id,
        advertiser_id=campaign.advertiser_id,
        created_at=campaign.created_at,
        modified_at=campaign.created_at,
        status_changed_at=campaign.created_at,
        operation_status="ENABLE",
        start_at=start_at,
        end_at=end_at,
        fields={
            "adgroup_name": campaign.fields["campaign_name"],
            "optimization_goal": "VALUE",
            "billing_event": "OCPM",
            "promotion_type": "TIKTOK_SHOP",
            "budget_mode": "BUDGET_MODE_INFINITE",
            "budget": 0.0,
            "pacing": "PACING_MODE_SMOOTH",
            "store_id": campaign.fields["store_id"],
        },
    )
    call.world.state.adgroups[group.adgroup_id] = group
    return group


def _creatives(
    world: World, advertiser_id: str, store: Store, given: Parameters
) -> list[Parameters]:
    """A creative per post: those chosen, or all that the identities have. Raises WireError."""
    chosen = [
        entry
        for name in ("item_list", "custom_anchor_video_list")
        for entry in given.items(name)
        if isinstance(entry, dict)
    ]
    if chosen:
        return [_creative(world, Parameters(entry, is_query=False)) for entry in chosen]
    if given.text("product_video_specific_type", "AUTO_SELECTION") == "CUSTOM_SELECTION":
        raise missing("item_list")
    wanted = [entry for entry in given.items("identity_list") if isinstance(entry, dict)]
    numbers = {str(entry.get("identity_id")) for entry in wanted}
    has_affiliates = given.boolean("affiliate_posts_enabled")
    pairs = [
        (kind, creator)
        for kind, creator in gmv_identities(world, advertiser_id, store)
        if (creator.identity_id in numbers if numbers else kind == "TTS_TT")
        or (has_affiliates and kind == "AUTH_CODE")
    ]
    skus = {store.spu_ids.get(str(spu)) for spu in given.items("item_group_ids")}
    return [
        _spark(world, kind, post.item_id)
        for kind, post in gmv_posts(world, advertiser_id, store, pairs)
        if not skus or post.sku in skus
    ]


def _creative(world: World, entry: Parameters) -> Parameters:
    item_id = entry.text("item_id")
    if item_id not in world.state.posts:
        raise not_found("item", item_id)
    identity = entry.mapping("identity_info")
    return _spark(
        world,
        identity.text("identity_type", "TTS_TT"),
        item_id,
        identity_id=identity.find_text("identity_id"),
        bc_id=identity.find_text("identity_authorized_bc_id"),
    )


def _spark(
    world: World,
    kind: str,
    item_id: str,
    *,
    identity_id: str | None = None,
    bc_id: str | None = None,
) -> Parameters:
    post = world.state.posts[item_id]
    creator = world.creator_of(post)
    centre = bc_id or (creator.bc_ids[0] if kind == "BC_AUTH_TT" and creator.bc_ids else None)
    fields: dict[str, object] = {
        "ad_name": "",
        "identity_type": kind,
        "identity_id": identity_id or creator.identity_id,
        "identity_authorized_bc_id": centre,
        "ad_format": "SINGLE_VIDEO" if post.item_type == "VIDEO" else "CAROUSEL_ADS",
        "tiktok_item_id": item_id,
        "call_to_action": "SHOP_NOW",
        "landing_page_url": f"https://shop.example/p/{post.sku}",
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return Parameters(given, is_query=False)


def info(call: Call) -> Data:
    return row(call.world, own_campaign(call, kinds=KIND))


def update(call: Call) -> Data:
    campaign = own_campaign(call, kinds=KIND)
    given = call.parameters
    if campaign.is_deleted:
        raise invalid("campaign_id", "A deleted object cannot be changed")
    changes = {field.name: given.raw(field.name) for field in KEPT if field.name in given}
    if "campaign_name" in given:
        changes["campaign_name"] = check_name(given, "campaign_name")
    if "budget" in given:
        limits = money.limits(call.world, campaign.advertiser_id, money.LEAST_CAMPAIGN)
        amount = money.check_amount(given, "budget", limits)
        money.check_covers_spend(call.world, campaign, amount)
        changes["budget"] = float(amount)
    if "roas_bid" in given:
        changes["roas_bid"] = float(given.text("roas_bid"))
    group = call.world.find.groups_of_campaign(campaign.campaign_id)[0]
    if "schedule_end_time" in given:
        end_at = given.moment("schedule_end_time")
        if end_at <= call.world.now:
            raise invalid("schedule_end_time", "The end time must lie in the future")
        group.end_at = end_at
    if "item_list" in given or "custom_anchor_video_list" in given:
        _replace_posts(call, campaign, group)
    campaign.fields = campaign.fields | changes
    campaign.modified_at = whole_seconds(call.world.now)
    set_bid(call.world, campaign)
    return row(call.world, campaign)


def _replace_posts(call: Call, campaign: Campaign, group: AdGroup) -> None:
    """Posts no longer chosen stop, new ones start, the others go on."""
    world = call.world
    store = world.state.stores[str(campaign.fields["store_id"])]
    wanted = {
        creative.text("tiktok_item_id"): creative
        for creative in _creatives(world, campaign.advertiser_id, store, call.parameters)
    }
    standing = {ad.item_id: ad for ad in ads_of_campaign(world, campaign)}
    fresh = [creative for item_id, creative in wanted.items() if item_id not in standing]
    checked = check_all(world, group, fresh)
    for item_id, ad in standing.items():
        if item_id not in wanted:
            switch(world, ad, "DELETE")
    for item in checked:
        make_ad(world, group, item)


def row(world: World, campaign: Campaign) -> dict[str, object]:
    group = world.find.groups_of_campaign(campaign.campaign_id)[0]
    return {
        "campaign_id": campaign.campaign_id,
        "advertiser_id": campaign.advertiser_id,
        **campaign.fields,
        "schedule_start_time": time_text(group.start_at),
        "schedule_end_time": time_text(group.end_at),
        "item_list": [_item(world, ad) for ad in ads_of_campaign(world, campaign)],
        "campaign_custom_anchor_video_id": campaign.campaign_id,
        **times(campaign),
        "secondary_status": campaign_status(world, campaign),
    }


def _item(world: World, ad: Ad) -> Data:
    store = world.state.stores[str(world.state.campaigns[ad.campaign_id].fields["store_id"])]
    sku = world.state.posts[ad.item_id].sku
    return {
        "item_id": ad.item_id,
        "spu_id_list": [spu for spu, owned in store.spu_ids.items() if owned == sku],
        "identity_info": {"identity_type": ad.identity_type, "identity_id": ad.identity_id},
        "creative_delivery_status": delivery_status(world, ad),
    }


def delivery_status(world: World, ad: Ad) -> str:
    """The creative's status in this family's words."""
    status = ad_status(world, ad)
    words: dict[str, str] = {
        "AD_STATUS_DELIVERY_OK": "DELIVERING",
        "AD_STATUS_AUDIT": "IN_QUEUE",
        "AD_STATUS_REAUDIT": "IN_QUEUE",
        "AD_STATUS_AUDIT_DENY": "REJECTED",
        "AD_STATUS_DISABLE": "EXCLUDED",
        "AD_STATUS_DELETE": "EXCLUDED",
        "AD_STATUS_CAMPAIGN_DISABLE": "NOT_ACTIVE",
        "AD_STATUS_CAMPAIGN_DELETE": "NOT_ACTIVE",
        world.behaviour.lost_status: "AUTHORIZATION_NEEDED",
    }
    return words.get(status, "NOT_DELIVERYING")


def campaign_get(call: Call) -> Data:
    """GMV Max campaigns of the kinds asked for, newest first."""
    account, filtering = call.advertiser(), call.parameters.mapping("filtering")
    kinds = [str(kind) for kind in filtering.items("gmv_max_promotion_types")]
    wanted = set(filtering.ids("campaign_ids", most=MOST_FILTERED))
    found = [
        campaign
        for campaign in reversed(call.world.state.campaigns.values())
        if campaign.kind == "gmv_max"
        and campaign.advertiser_id == account.advertiser_id
        and not campaign.is_deleted
        and f"{campaign.fields['shopping_ads_type']}_GMV_MAX" in kinds
        and (not wanted or campaign.campaign_id in wanted)
    ]
    shown, info = one_page(call.parameters, found, most=MOST_PER_PAGE)
    return {
        "list": [
            {
                "advertiser_id": campaign.advertiser_id,
                "campaign_id": campaign.campaign_id,
                "campaign_name": campaign.fields["campaign_name"],
                "objective_type": campaign.fields["objective_type"],
                **times(campaign),
                "secondary_status": campaign_status(call.world, campaign),
                "roi_protection_compensation_status": "NOT_ELIGIBLE",
            }
            for campaign in shown
        ],
        "page_info": info,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/gmv_max/campaign/get/",
        handler=campaign_get,
        section="8.6",
        takes=(
            ACCOUNT,
            record(
                "filtering",
                many(
                    "gmv_max_promotion_types",
                    choice("type", "PRODUCT_GMV_MAX", "LIVE_GMV_MAX"),
                    required=True,
                    least=1,
                ),
                ids("campaign_ids", most=MOST_FILTERED),
                required=True,
            ),
            *pages(most=MOST_PER_PAGE),
        ),
        limits="The word for no ROI protection is ours",
    ),
    Endpoint(
        method="POST",
        path="/campaign/gmv_max/create/",
        handler=create,
        section="8.6",
        takes=CREATE,
        limits="One ad per post; how the return target is followed is ours",
    ),
    Endpoint(
        method="GET",
        path="/campaign/gmv_max/info/",
        handler=info,
        section="8.6",
        takes=(ACCOUNT, CAMPAIGN),
    ),
    Endpoint(
        method="POST",
        path="/campaign/gmv_max/update/",
        handler=update,
        section="8.6",
        takes=UPDATE,
    ),
)
