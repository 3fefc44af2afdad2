"""`gmv_max/*`: shops, and who and what can promote them. Source: tiktok-api.md §8.6 (SDK models)."""

from __future__ import annotations

from collections.abc import Iterator

from tiktok_sandbox.media.links import clip_url, cover_url
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import NO_PERMISSION, WireError, invalid, not_found
from tiktok_sandbox.wire.protocol.fields import (
    Field,
    boolean,
    choice,
    ids,
    integer,
    many,
    record,
    text,
)
from tiktok_sandbox.wire.spark.codes import media_facts
from tiktok_sandbox.wire.spark.identities import identities, identity_row, usable_posts
from tiktok_sandbox.wire.spark.identity_posts import STATUS_WORDS
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.state.business import Store
from tiktok_sandbox.world.state.entities import PUBLIC, Ad, Campaign, Creator, Post
from tiktok_sandbox.world.world import World

MOST_PER_PAGE, MOST_IDENTITIES = 50, 20
SORTS = ("GMV", "VIDEO_VIEWS", "VIDEO_LIKES", "CLICK_THROUGH_RATE", "PRODUCT_CLICKS", "POST_TIME")
IDENTITY_KINDS = ("AUTH_CODE", "BC_AUTH_TT", "TTS_TT", "TT_USER")
ACCOUNT = text("advertiser_id", required=True, most=32)
STORE = text("store_id", required=True, most=32)
BC = text("store_authorized_bc_id", required=True, most=32)
IDENTITY: tuple[Field, ...] = (
    choice("identity_type", *IDENTITY_KINDS, required=True),
    text("identity_id", required=True, most=64),
    text("identity_authorized_bc_id", most=32),
    text("identity_authorized_shop_id", most=32),
    text("store_id", most=32),
)


def own_store(call: Call, number: str | None = None) -> Store:
    """The shop of `store_id` (or this one), if the account may promote it. Raises WireError."""
    account = call.advertiser()
    number = number or call.parameters.text("store_id")
    store = call.world.state.stores.get(number)
    if store is None:
        raise not_found("store", number)
    bc_id = call.parameters.find_text("store_authorized_bc_id")
    if account.advertiser_id not in store.advertiser_ids or bc_id not in (None, store.bc_id):
        raise WireError(NO_PERMISSION, f"No permission to access store {number}")
    return store


def store_list(call: Call) -> Data:
    account = call.advertiser()
    mine = [
        store
        for store in call.world.state.stores.values()
        if account.advertiser_id in store.advertiser_ids
    ]
    return {
        "store_list": [
            {
                "store_id": store.store_id,
                "store_name": store.name,
                "store_code": store.store_id[-8:],
                "store_authorized_bc_id": store.bc_id,
                "store_status": "ACTIVE",
                "store_role": "AD_PROMOTION",
                "targeting_region_codes": [store.region],
                "currency": store.currency,
                "is_gmv_max_available": store.exclusive_advertiser_id
                in (None, account.advertiser_id),
                "is_owner_bc": True,
                "exclusive_authorized_advertiser_id": store.exclusive_advertiser_id,
            }
            for store in mine
        ]
    }


def exclusive_get(call: Call) -> Data:
    store = own_store(call)
    holder = call.world.state.advertisers.get(store.exclusive_advertiser_id or "")
    return {
        "store_id": store.store_id,
        "authorization_status": "EFFECTIVE" if holder is not None else "UNAUTHORIZED",
        "advertiser_id": holder.advertiser_id if holder is not None else None,
        "advertiser_name": holder.name if holder is not None else None,
        "advertiser_status": "STATUS_ENABLE" if holder is not None else None,
        "identity_id": None,
    }


def exclusive_create(call: Call) -> Data:
    """One ad account at a time may run GMV Max for a shop."""
    store = own_store(call)
    account = call.advertiser()
    if store.exclusive_advertiser_id not in (None, account.advertiser_id):
        raise invalid("store_id", "Another ad account runs GMV Max for this store")
    store.exclusive_advertiser_id = account.advertiser_id
    return {}


def usage_check(call: Call) -> Data:
    """Does the account run shopping ads of another kind for the shop?"""
    store = own_store(call)
    running = [
        group
        for group in call.world.find.groups_of_account(call.parameters.text("advertiser_id"))
        if group.fields.get("store_id") == store.store_id
        and not group.is_deleted
        and call.world.state.campaigns[group.campaign_id].kind == "regular"
    ]
    return {
        "promote_all_products_allowed": not running,
        "is_running_custom_shop_ads": bool(running),
    }


def gmv_identities(world: World, advertiser_id: str, store: Store) -> list[tuple[str, Creator]]:
    """Identities that can promote the shop: its own accounts first, linked and bound ones next."""
    own = [("TTS_TT", world.state.creators[handle]) for handle in store.handles]
    others = [
        (kind, creator)
        for kind, creator in identities(world, advertiser_id)
        if kind in IDENTITY_KINDS
    ]
    return own + others


def identity_get(call: Call) -> Data:
    store = own_store(call)
    advertiser_id = call.parameters.text("advertiser_id")
    return {
        "identity_list": [
            {
                **identity_row(call, kind, creator),
                "store_id": store.store_id if kind == "TTS_TT" else None,
                "identity_authorized_shop_id": store.store_id if kind == "TTS_TT" else None,
                "user_name": creator.handle,
                "product_gmv_max_available": True,
                "live_gmv_max_available": kind != "AUTH_CODE",
                "is_running_custom_shop_ads": False,
                "unavailable_reason": None,
            }
            for kind, creator in gmv_identities(call.world, advertiser_id, store)
        ]
    }


def gmv_posts(
    world: World, advertiser_id: str, store: Store, pairs: list[tuple[str, Creator]]
) -> Iterator[tuple[str, Post]]:
    """(identity type, post) of public videos of the shop's products, each post once."""
    seen: set[str] = set()
    skus = set(store.spu_ids.values())
    for kind, creator in pairs:
        for post in usable_posts(world, advertiser_id=advertiser_id, kind=kind, creator=creator):
            is_fit = post.status == PUBLIC and post.sku in skus and not post.is_story
            if is_fit and not post.ads_only and post.item_id not in seen:
                seen.add(post.item_id)
                yield kind, post


def video_get(call: Call) -> Data:
    store = own_store(call)
    advertiser_id = call.parameters.text("advertiser_id")
    pairs = [
        (kind, creator)
        for kind, creator in gmv_identities(call.world, advertiser_id, store)
        if _is_wanted(call, kind, creator)
    ]
    skus = {store.spu_ids.get(str(number), "") for number in call.parameters.items("spu_id_list")}
    keyword = call.parameters.text("keyword", "").lower()
    found = [
        (kind, post)
        for kind, post in gmv_posts(call.world, advertiser_id, store, pairs)
        if (not skus or post.sku in skus)
        and (keyword in post.caption.lower() or keyword == post.item_id)
    ]
    totals = post_totals(call.world, call.world.now)
    sort = call.parameters.text("sort_field", "POST_TIME")
    is_down = call.parameters.text("sort_type", "DESC") == "DESC"
    found.sort(key=lambda pair: _rank(sort, pair[1], totals), reverse=is_down)
    shown, info = one_page(call.parameters, found, most=MOST_PER_PAGE)
    return {
        "item_list": [_item_row(call, store, kind, post) for kind, post in shown],
        "page_info": info,
    }


def _is_wanted(call: Call, kind: str, creator: Creator) -> bool:
    """Posts bound by code when asked for, others of the identities that are named; else none."""
    if kind == "AUTH_CODE" and call.parameters.boolean("need_auth_code_video"):
        return True
    asked = [entry for entry in call.parameters.items("identity_list") if isinstance(entry, dict)]
    return kind != "AUTH_CODE" and any(
        entry.get("identity_id") == creator.identity_id and entry.get("identity_type") == kind
        for entry in asked
    )


def _rank(sort: str, post: Post, totals: dict[str, dict[str, dict[str, int]]]) -> float:
    if sort == "VIDEO_VIEWS":
        return totals[post.item_id]["total"]["views"]
    if sort == "VIDEO_LIKES":
        return totals[post.item_id]["total"]["likes"]
    return post.posted_at.timestamp()


def _item_row(call: Call, store: Store, kind: str, post: Post) -> Data:
    world = call.world
    creator = world.creator_of(post)
    return {
        "item_id": post.item_id,
        "text": post.caption,
        "status": STATUS_WORDS.get(post.status, post.status),
        "spu_id_list": [spu for spu, sku in store.spu_ids.items() if sku == post.sku],
        "identity_info": {
            "identity_type": kind,
            "identity_id": creator.identity_id,
            "identity_authorized_bc_id": creator.bc_ids[0] if kind == "BC_AUTH_TT" else None,
            "store_id": store.store_id if kind == "TTS_TT" else None,
            "user_name": creator.handle,
            "display_name": creator.display_name,
        },
        "video_info": media_facts(post)
        | {
            "poster_url": cover_url(world, post, address=call.address),
            "preview_url": clip_url(world, post, address=call.address),
        },
    }


def bid_recommend(call: Call) -> Data:
    """A daily budget and a return that this account's own campaigns suggest; ours, unverified."""
    own_store(call)
    return {"budget": 50.0, "roas_bid": 2.0}


def occupied_list(call: Call) -> Data:
    """Which of these assets run in regular shopping ads; nothing here ever does."""
    own_store(call)
    call.parameters.ids("asset_ids", most=50, least=1)
    return {"custom_shop_ads_list": []}


def anchor_list_get(call: Call) -> Data:
    """Posts with chosen products of a GMV Max campaign."""
    account = call.advertiser()
    number = call.parameters.text("campaign_custom_anchor_video_id")
    campaign = call.world.state.campaigns.get(number)
    if campaign is None or campaign.advertiser_id != account.advertiser_id:
        raise not_found("custom anchor video list", number)
    return {"custom_anchor_video_list": campaign.fields.get("custom_anchor_video_list") or []}


def ads_of_campaign(world: World, campaign: Campaign) -> list[Ad]:
    """A GMV Max campaign's ads, one per post, that are not deleted."""
    return [
        ad
        for group in world.find.groups_of_campaign(campaign.campaign_id)
        for ad in world.find.ads_of_group(group.adgroup_id)
        if not ad.is_deleted
    ]


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/gmv_max/store/list/",
        handler=store_list,
        section="8.6",
        takes=(ACCOUNT,),
        limits="One sample shop",
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/store/shop_ad_usage_check/",
        handler=usage_check,
        section="8.6",
        takes=(ACCOUNT, STORE),
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/exclusive_authorization/get/",
        handler=exclusive_get,
        section="8.6",
        takes=(ACCOUNT, STORE, BC),
    ),
    Endpoint(
        method="POST",
        path="/gmv_max/exclusive_authorization/create/",
        handler=exclusive_create,
        section="8.6",
        takes=(ACCOUNT, STORE, BC),
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/identity/get/",
        handler=identity_get,
        section="8.6",
        takes=(ACCOUNT, STORE, BC),
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/video/get/",
        handler=video_get,
        section="8.6",
        takes=(
            ACCOUNT,
            STORE,
            BC,
            ids("spu_id_list", most=100),
            many("identity_list", record("identity", *IDENTITY), most=MOST_IDENTITIES),
            boolean("need_auth_code_video"),
            boolean("custom_posts_eligible"),
            choice("sort_field", *SORTS),
            choice("sort_type", "ASC", "DESC"),
            text("keyword", most=500),
            integer("page", low=1, high=10_000_000),
            integer("page_size", low=1, high=MOST_PER_PAGE),
        ),
        limits="GMV, click and product-click orders sort by time",
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/bid/recommend/",
        handler=bid_recommend,
        section="8.6",
        takes=(
            ACCOUNT,
            STORE,
            choice("shopping_ads_type", "PRODUCT", "LIVE", required=True),
            choice("optimization_goal", "VALUE", required=True),
            ids("item_group_ids", most=50),
            text("identity_id", most=64),
        ),
        limits="The same for everybody",
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/occupied_custom_shop_ads/list/",
        handler=occupied_list,
        section="8.6",
        takes=(
            ACCOUNT,
            STORE,
            ids("asset_ids", required=True, most=50),
            choice("occupied_asset_type", "SPU", "IDENTITY", required=True),
        ),
        limits="Always empty",
    ),
    Endpoint(
        method="GET",
        path="/gmv_max/custom_anchor_video_list/get/",
        handler=anchor_list_get,
        section="8.6",
        takes=(
            ACCOUNT,
            text("campaign_custom_anchor_video_id", required=True, most=32),
            many("custom_anchor_video_list", record("video", text("item_id", most=32))),
        ),
        limits="The list's id is the campaign's",
    ),
)
