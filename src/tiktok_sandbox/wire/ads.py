"""`ad/*`: Spark Ads of existing posts (Pull). Source: tiktok-api.md §8.3 (1739953377508354)."""

from __future__ import annotations

from datetime import timedelta

from tiktok_sandbox.wire.adgroups import get_adgroup
from tiktok_sandbox.wire.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.errors import BAD_FIELD, WireError, from_refusal, invalid, not_found
from tiktok_sandbox.wire.identities import find_identity
from tiktok_sandbox.wire.objects import MOST_SWITCHED, chosen, listing, switch_many, times
from tiktok_sandbox.wire.parameters import Parameters
from tiktok_sandbox.world import permissions
from tiktok_sandbox.world.entities import Ad, AdGroup, Post
from tiktok_sandbox.world.randomness import uniforms
from tiktok_sandbox.world.refusals import RefusedError
from tiktok_sandbox.world.statuses import ad_status
from tiktok_sandbox.world.world import PUBLIC, World, whole_seconds

MOST_CREATIVES, MOST_UTM, LONGEST_UTM_KEY, LONGEST_UTM_VALUE = 20, 14, 100, 600
ADS_PER_IDENTITY = 10_000
REVIEW_MINUTES = (30, 90)
SPARK_IDENTITIES = ("AUTH_CODE", "TT_USER", "BC_AUTH_TT")
FORMATS = {"VIDEO": "SINGLE_VIDEO", "CAROUSEL": "CAROUSEL_ADS"}
WEB_OBJECTIVES = ("TRAFFIC", "WEB_CONVERSIONS")
CALLS_TO_ACTION = frozenset(
    [
        "APPLY_NOW",
        "BOOK_NOW",
        "CALL_NOW",
        "CHECK_AVAILABILITY",
        "CONTACT_US",
        "DOWNLOAD_NOW",
        "EXPERIENCE_NOW",
        "GET_QUOTE",
        "GET_SHOWTIMES",
        "GET_TICKETS_NOW",
        "INSTALL_NOW",
        "INTERESTED",
        "JOIN_THIS_HASHTAG",
        "LEARN_MORE",
        "LISTEN_NOW",
        "ORDER_NOW",
        "PLAY_GAME",
        "PREORDER_NOW",
        "READ_MORE",
        "SEND_MESSAGE",
        "SHOOT_WITH_THIS_EFFECT",
        "SHOP_NOW",
        "SIGN_UP",
        "SUBSCRIBE",
        "VIEW_NOW",
        "VIEW_PROFILE",
        "VIEW_VIDEO_WITH_THIS_EFFECT",
        "VISIT_STORE",
        "WATCH_LIVE",
        "WATCH_NOW",
    ]
)
OPTIONAL = (
    "call_to_action",
    "call_to_action_id",
    "landing_page_url",
    "utm_params",
    "tracking_pixel_id",
    "impression_tracking_url",
    "click_tracking_url",
    "item_duet_status",
    "item_stitch_status",
    "promotional_music_disabled",
    "dark_post_status",
    "page_id",
    "deeplink",
    "deeplink_type",
)
MATERIAL = ("ad_name", "identity_type", "identity_id", "tiktok_item_id")
BLANK: dict[str, object] = {
    "ad_text": "",
    "ad_texts": None,
    "video_id": None,
    "image_ids": [],
    "music_id": None,
    "landing_page_url": "",
    "call_to_action": "",
    "call_to_action_id": None,
    "deeplink": "",
    "page_id": None,
    "tracking_pixel_id": 0,
    "promotional_music_disabled": True,
    "is_aco": False,
    "is_new_structure": True,
    "creative_type": None,
    "dark_post_status": "ON",
}


def create(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("adgroup_id", "creatives")
    adgroup = get_adgroup(call.world, account.advertiser_id, call.parameters.text("adgroup_id"))
    if adgroup.is_deleted or call.world.state.campaigns[adgroup.campaign_id].is_deleted:
        raise not_found("adgroup", adgroup.adgroup_id)
    creatives = _creatives(call.parameters)
    for creative in creatives:
        check_creative(call.world, adgroup, creative)
    _check_quota(call.world, creatives)
    made = [_make(call.world, adgroup, creative) for creative in creatives]
    return {
        "ad_ids": [ad.ad_id for ad in made],
        "need_audit": True,
        "creatives": [row(call.world, ad) for ad in made],
    }


def _creatives(parameters: Parameters) -> list[Parameters]:
    entries = parameters.items("creatives")
    if not 1 <= len(entries) <= MOST_CREATIVES:
        raise invalid("creatives", f"1 to {MOST_CREATIVES} creatives, got {len(entries)}")
    creatives = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise invalid("creatives", "Each creative is an object")
        creatives.append(Parameters(entry, is_query=False))
    return creatives


def check_creative(world: World, adgroup: AdGroup, creative: Parameters) -> Post:
    """Is this a Spark Ad of a post the account may use? Raises WireError."""
    if creative.raw("ad_name") is None:
        raise invalid("ad_name", "Missing required field(s): ad_name")
    creative.require("identity_type", "identity_id", "ad_format")
    kind = creative.text("identity_type")
    if kind not in SPARK_IDENTITIES:
        raise invalid("identity_type", f"Must be one of {', '.join(SPARK_IDENTITIES)}")
    if "video_id" in creative or creative.items("image_ids"):
        raise invalid(
            "image_ids", "Not allowed together with tiktok_item_id; push is not simulated"
        )
    creative.require("tiktok_item_id")
    find_identity(
        world,
        advertiser_id=adgroup.advertiser_id,
        identity_id=creative.text("identity_id"),
        identity_type=kind,
    )
    post = check_post(world, adgroup, creative)
    if creative.text("ad_format") != FORMATS[post.item_type]:
        raise invalid("ad_format", f"The post needs {FORMATS[post.item_type]}")
    _check_click(world, adgroup, creative)
    _check_utm(creative)
    return post


def check_post(world: World, adgroup: AdGroup, creative: Parameters) -> Post:
    """The post belongs to the identity, is authorized and public. Raises WireError."""
    item_id = creative.text("tiktok_item_id")
    post = world.state.posts.get(item_id)
    if post is None or post.posted_at > world.now:
        raise not_found("item", item_id)
    if world.creator_of(post).identity_id != creative.text("identity_id"):
        raise WireError(BAD_FIELD, f"The item {item_id} does not belong to the identity.")
    if post.status in permissions.GONE:
        raise from_refusal(RefusedError("video_deleted", f"The item {item_id} was deleted"))
    if post.status != PUBLIC:
        raise from_refusal(
            RefusedError("illegal_item_status_error", f"The item {item_id} is {post.status}")
        )
    if creative.text("identity_type") == "AUTH_CODE":
        _check_authorized(world, adgroup, item_id)
    return post


def _check_authorized(world: World, adgroup: AdGroup, item_id: str) -> None:
    bound = permissions.find_binding(world, advertiser_id=adgroup.advertiser_id, item_id=item_id)
    if bound is None:
        raise from_refusal(
            RefusedError("auth_code_not_found", f"The item {item_id} is not authorized")
        )
    code = world.state.codes[bound.code_number]
    if code.deleted_at is not None:
        raise from_refusal(RefusedError("auth_code_not_found", "The creator deleted the code"))
    if code.end_at <= world.now:
        raise from_refusal(
            RefusedError("auth_code_expired", f"The authorization of item {item_id} ended")
        )


def _check_click(world: World, adgroup: AdGroup, creative: Parameters) -> None:
    if "call_to_action_id" not in creative:
        action = creative.find_text("call_to_action")
        if action is None:
            raise invalid("call_to_action", "Missing required field(s): call_to_action")
        if action not in CALLS_TO_ACTION:
            raise invalid("call_to_action", f"{action} is not a call to action")
    objective = world.state.campaigns[adgroup.campaign_id].fields["objective_type"]
    url = creative.find_text("landing_page_url")
    if objective in WEB_OBJECTIVES and url is None:
        raise invalid("landing_page_url", "Missing required field(s): landing_page_url")
    if url is not None and not url.startswith(("https://", "http://")):
        raise invalid("landing_page_url", "Must start with https:// or http://")


def _check_utm(creative: Parameters) -> None:
    entries = creative.items("utm_params")
    if len(entries) > MOST_UTM:
        raise invalid("utm_params", f"At most {MOST_UTM}")
    for entry in entries:
        if not isinstance(entry, dict):
            raise invalid("utm_params", "Each entry is an object with key and value")
        item = Parameters(entry, is_query=False)
        item.require("key")
        if (
            len(item.text("key")) > LONGEST_UTM_KEY
            or len(item.text("value", "")) > LONGEST_UTM_VALUE
        ):
            raise invalid("utm_params", "key up to 100, value up to 600 characters")


def _check_quota(world: World, creatives: list[Parameters]) -> None:
    for identity_id in {creative.text("identity_id") for creative in creatives}:
        coming = sum(creative.text("identity_id") == identity_id for creative in creatives)
        if used_quota(world, identity_id) + coming > ADS_PER_IDENTITY:
            raise invalid(
                "identity_id", f"The identity carries {ADS_PER_IDENTITY} ads; delete some first"
            )


def used_quota(world: World, identity_id: str) -> int:
    return sum(
        ad.identity_id == identity_id and not ad.is_deleted for ad in world.state.ads.values()
    )


def _make(world: World, adgroup: AdGroup, creative: Parameters) -> Ad:
    number = len(world.state.ads)
    ad_id = world.next_id("ad", prefix="18")
    now = whole_seconds(world.now)
    ad = Ad(
        ad_id=ad_id,
        number=number,
        adgroup_id=adgroup.adgroup_id,
        campaign_id=adgroup.campaign_id,
        advertiser_id=adgroup.advertiser_id,
        item_id=creative.text("tiktok_item_id"),
        identity_id=creative.text("identity_id"),
        identity_type=creative.text("identity_type"),
        created_at=now,
        modified_at=now,
        status_changed_at=now,
        reviewed_at=now + review_time(world, number),
        operation_status=creative.choice("operation_status", ("ENABLE", "DISABLE"), "ENABLE"),
        fields={
            "ad_name": creative.text("ad_name") or ad_id,
            "ad_format": creative.text("ad_format"),
            **{name: creative.raw(name) for name in OPTIONAL if name in creative},
        },
    )
    world.state.ads[ad_id] = ad
    return ad


def review_time(world: World, number: int) -> timedelta:
    """How long review takes: drawn per ad, whole minutes."""
    low, high = REVIEW_MINUTES
    share = float(uniforms(world.seed, "review", 0, number + 1)[number])
    return timedelta(minutes=low + round(share * (high - low)))


def update(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("adgroup_id", "creatives")
    adgroup = get_adgroup(call.world, account.advertiser_id, call.parameters.text("adgroup_id"))
    is_patch = call.parameters.boolean("patch_update")
    changes = []
    for creative in _creatives(call.parameters):
        creative.require("ad_id")
        ad = get_ad(call.world, account.advertiser_id, creative.text("ad_id"))
        if ad.adgroup_id != adgroup.adgroup_id or ad.is_deleted:
            raise not_found("ad", ad.ad_id)
        changes.append((ad, _merged(ad, creative) if is_patch else creative))
    for _, creative in changes:
        check_creative(call.world, adgroup, creative)
    for ad, creative in changes:
        _replace(call.world, ad, creative)
    return {
        "ad_ids": [ad.ad_id for ad, _ in changes],
        "need_audit": True,
        "creatives": [row(call.world, ad) for ad, _ in changes],
    }


def _merged(ad: Ad, creative: Parameters) -> Parameters:
    """A patch edits the material only; everything else stays as it is."""
    standing: dict[str, object] = {
        **ad.fields,
        "identity_type": ad.identity_type,
        "identity_id": ad.identity_id,
        "tiktok_item_id": ad.item_id,
    }
    given = {name: creative.raw(name) for name in MATERIAL if name in creative}
    return Parameters(standing | given, is_query=False)


def _replace(world: World, ad: Ad, creative: Parameters) -> None:
    """Write the new creative; another post is reviewed again and delivers from then on."""
    now = whole_seconds(world.now)
    if creative.text("tiktok_item_id") != ad.item_id:
        ad.reviewed_at = now + review_time(world, ad.number)
    ad.item_id = creative.text("tiktok_item_id")
    ad.identity_id = creative.text("identity_id")
    ad.identity_type = creative.text("identity_type")
    ad.fields = {
        "ad_name": creative.text("ad_name") or ad.ad_id,
        "ad_format": creative.text("ad_format"),
        **{name: creative.raw(name) for name in OPTIONAL if name in creative},
    }
    ad.modified_at = now


def status_update(call: Call) -> Data:
    account = call.advertiser()
    call.parameters.require("ad_ids", "operation_status")
    ids = call.parameters.ids("ad_ids", most=MOST_SWITCHED, least=1)
    ads = [get_ad(call.world, account.advertiser_id, number) for number in ids]
    return {"ad_ids": ids, "status": switch_many(call, ads)}


def get(call: Call) -> Data:
    account = call.advertiser()
    mine = [ad for ad in call.world.state.ads.values() if ad.advertiser_id == account.advertiser_id]
    found = chosen(
        call,
        mine,
        ids={
            "campaign_ids": lambda ad: ad.campaign_id,
            "adgroup_ids": lambda ad: ad.adgroup_id,
            "ad_ids": lambda ad: ad.ad_id,
        },
        status_of=ad_status,
        equal=("objective_type", "optimization_goal"),
    )
    return listing(call, [row(call.world, ad) for ad in found])


def get_ad(world: World, advertiser_id: str, ad_id: str) -> Ad:
    """An ad of this account. Raises WireError 40007."""
    ad = world.state.ads.get(ad_id)
    if ad is None or ad.advertiser_id != advertiser_id:
        raise not_found("ad", ad_id)
    return ad


def row(world: World, ad: Ad) -> dict[str, object]:
    campaign = world.state.campaigns[ad.campaign_id]
    adgroup = world.state.adgroups[ad.adgroup_id]
    post = world.state.posts[ad.item_id]
    return {
        "ad_id": ad.ad_id,
        "adgroup_id": ad.adgroup_id,
        "adgroup_name": adgroup.fields["adgroup_name"],
        "campaign_id": ad.campaign_id,
        "campaign_name": campaign.fields["campaign_name"],
        "advertiser_id": ad.advertiser_id,
        "identity_id": ad.identity_id,
        "identity_type": ad.identity_type,
        "display_name": world.creator_of(post).display_name,
        "tiktok_item_id": ad.item_id,
        **BLANK,
        **ad.fields,
        "ad_text": post.caption,
        **times(ad),
        "secondary_status": ad_status(world, ad),
    }


def bind_quota(call: Call) -> Data:
    """`/asset/bind/quota/`: ads an identity still can carry. The answer's shape is unverified."""
    account = call.advertiser()
    call.parameters.require("identity_id", "identity_type")
    creator = find_identity(
        call.world,
        advertiser_id=account.advertiser_id,
        identity_id=call.parameters.text("identity_id"),
        identity_type=call.parameters.text("identity_type"),
    )
    used = used_quota(call.world, creator.identity_id)
    return {
        "identity_id": creator.identity_id,
        "identity_type": call.parameters.text("identity_type"),
        "total_quota": ADS_PER_IDENTITY,
        "used_quota": used,
        "remaining_quota": ADS_PER_IDENTITY - used,
    }


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/asset/bind/quota/",
        handler=bind_quota,
        section="7",
        limits="Shape of the answer is unverified",
    ),
    Endpoint(
        method="POST",
        path="/ad/create/",
        handler=create,
        section="8.3",
        limits="Spark Pull only, no push",
    ),
    Endpoint(method="POST", path="/ad/update/", handler=update, section="8.3"),
    Endpoint(method="POST", path="/ad/status/update/", handler=status_update, section="8.3"),
    Endpoint(method="GET", path="/ad/get/", handler=get, section="8.3"),
)
