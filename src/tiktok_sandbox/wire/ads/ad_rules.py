"""What a creative takes, for an existing post (Pull) and an uploaded one (Push). Source: §8.3."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.errors import (
    BAD_FIELD,
    WireError,
    from_refusal,
    invalid,
    not_found,
)
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
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.spark.identities import (
    check_capability,
    check_center,
    check_healthy,
    find_identity,
)
from tiktok_sandbox.world.ads import pushes
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import PUBLIC, AdGroup, Creator, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

MOST_CREATIVES, MOST_UTM, LONGEST_UTM_KEY, LONGEST_UTM_VALUE = 20, 14, 100, 600
LONGEST_AD_TEXT, MOST_IMAGES = 100, 35
SPARK_IDENTITIES = ("AUTH_CODE", "TT_USER", "BC_AUTH_TT", "TTS_TT")
FORMATS = {"VIDEO": "SINGLE_VIDEO", "CAROUSEL": "CAROUSEL_ADS"}
AD_FORMATS = (*FORMATS.values(), "SINGLE_IMAGE", "CATALOG_CAROUSEL", "LIVE_CONTENT")
WEB_OBJECTIVES = ("TRAFFIC", "WEB_CONVERSIONS")
PRIVATE = ("ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE")
CALLS_TO_ACTION = (
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
)
UTM = many(
    "utm_params",
    record(
        "utm",
        text("key", required=True, most=LONGEST_UTM_KEY),
        text("value", most=LONGEST_UTM_VALUE),
    ),
    most=MOST_UTM,
)
SWITCH = ("ENABLE", "DISABLE")
# Kept with the ad and shown again.
OPTIONAL: tuple[Field, ...] = (
    text("ad_text", most=LONGEST_AD_TEXT),
    text("video_id", most=64),
    many("image_ids", most=MOST_IMAGES),
    text("music_id", most=64),
    text("identity_authorized_bc_id", most=32),
    choice("call_to_action", *CALLS_TO_ACTION),
    text("call_to_action_id", most=64),
    text("landing_page_url", most=2000),
    UTM,
    integer("tracking_pixel_id", low=0),
    text("tracking_app_id", most=64),
    ids("tracking_offline_event_set_ids", most=50),
    text("tracking_message_event_set_id", most=64),
    text("impression_tracking_url", most=2000),
    text("click_tracking_url", most=2000),
    choice("item_duet_status", *SWITCH),
    choice("item_stitch_status", *SWITCH),
    boolean("promotional_music_disabled"),
    choice("dark_post_status", "ON", "OFF"),
    integer("page_id", low=0),
    text("card_id", most=64),
    text("deeplink", most=2000),
    choice("deeplink_type", "NORMAL", "DEFERRED_DEEPLINK"),
    text("deeplink_format_type", most=64),
    choice("shopping_ads_deeplink_type", "NONE", "CUSTOM", "SHOPPING_ADS"),
    text("fallback_type", most=64),
    choice("tiktok_page_category", "PROFILE_PAGE", "OTHER_TIKTOK_PAGE", "TIKTOK_INSTANT_PAGE"),
    text("disclaimer_type", most=64),
    boolean("creative_authorized"),
    choice("aigc_disclosure_type", "NOT_DECLARED", "SELF_DISCLOSURE"),
)
NAMES = tuple(field.name for field in OPTIONAL)
CREATIVE: tuple[Field, ...] = (
    text("ad_name", most=512),
    text("identity_type", most=32),
    text("identity_id", most=64),
    choice("ad_format", *AD_FORMATS),
    text("tiktok_item_id", most=32),
    choice("operation_status", *SWITCH),
    *OPTIONAL,
)


def check_creative(world: World, adgroup: AdGroup, creative: Parameters) -> Creator:
    """Is this an ad the account may make in this ad group? Raises WireError.

    returns : the account the ad appears as
    """
    if creative.raw("ad_name") is None:
        raise invalid("ad_name", "Missing required field(s): ad_name")
    creative.require("identity_type", "identity_id", "ad_format")
    kind = creative.text("identity_type")
    if kind not in (*SPARK_IDENTITIES, "CUSTOMIZED_USER"):
        raise invalid("identity_type", f"Must be one of {', '.join(SPARK_IDENTITIES)}")
    if creative.find_text("tiktok_item_id") is not None and kind == "CUSTOMIZED_USER":
        raise invalid("identity_type", "tiktok_item_id is not allowed with CUSTOMIZED_USER")
    creator = find_identity(
        world,
        advertiser_id=adgroup.advertiser_id,
        identity_id=creative.text("identity_id"),
        identity_type=kind,
    )
    if kind == "BC_AUTH_TT":
        check_center(creator, creative.find_text("identity_authorized_bc_id"))
    check_healthy(kind, creator)
    if is_push(creative):
        _check_push(world, adgroup, creative, kind=kind)
    else:
        _check_pull(world, adgroup, creative)
    _check_click(world, adgroup, creative)
    _check_extras(creative, kind=kind)
    return creator


def is_push(creative: Parameters) -> bool:
    return creative.find_text("tiktok_item_id") is None


def _check_pull(world: World, adgroup: AdGroup, creative: Parameters) -> None:
    if creative.find_text("video_id") is not None or creative.items("image_ids"):
        raise invalid("image_ids", "video_id and image_ids are not allowed with tiktok_item_id")
    post = check_post(world, adgroup, creative)
    if creative.text("ad_format") != FORMATS[post.item_type]:
        if creative.text("ad_format") == "CAROUSEL_ADS":
            raise WireError(BAD_FIELD, "Only photo posts can be delivered as carousel")
        raise invalid("ad_format", f"The post needs {FORMATS[post.item_type]}")


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
    may_open = world.behaviour.private_post_in_ad == "becomes_public" and post.status in PRIVATE
    if post.status != PUBLIC and not may_open:
        raise from_refusal(
            RefusedError("illegal_item_status_error", f"The item {item_id} is {post.status}")
        )
    if creative.text("identity_type") == "AUTH_CODE":
        _check_authorized(world, adgroup, item_id)
    return post


def make_post_public(world: World, post: Post) -> None:
    """A private post that is used in an ad becomes public (R26)."""
    if post.status in PRIVATE:
        post.status = PUBLIC
        post.visibility_changed_at = whole_seconds(world.now)


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


def _check_push(world: World, adgroup: AdGroup, creative: Parameters, *, kind: str) -> None:
    video_id, images = creative.find_text("video_id"), creative.items("image_ids")
    if video_id is None and not images:
        raise invalid("tiktok_item_id", "Missing required field(s): tiktok_item_id or video_id")
    if kind == "CUSTOMIZED_USER":
        _check_customized(world, adgroup)
    else:
        check_capability(kind, "push")
    _check_material(world, adgroup, creative, video_id=video_id, images=images)
    words = creative.find_text("ad_text")
    if words is None:
        raise invalid("ad_text", "Missing required field(s): ad_text")
    if any(ord(character) > 0xFFFF for character in words):
        raise invalid("ad_text", "Emoji are not allowed")
    owner = find_identity(
        world,
        advertiser_id=adgroup.advertiser_id,
        identity_id=creative.text("identity_id"),
        identity_type=kind,
    )
    if owner.ads_only_mode and creative.text("dark_post_status", "ON") == "OFF":
        raise invalid("dark_post_status", "The identity is in ads-only mode; use ON")


def _check_customized(world: World, adgroup: AdGroup) -> None:
    if world.behaviour.customized_user == "allowed":
        return
    placements = adgroup.fields.get("placements")
    is_automatic = adgroup.fields.get("placement_type") != "PLACEMENT_TYPE_NORMAL"
    if is_automatic or not isinstance(placements, list) or "PLACEMENT_TIKTOK" in placements:
        raise invalid(
            "identity_type",
            "CUSTOMIZED_USER cannot be used where the placement includes TikTok; use a TikTok account",
        )


def _check_material(
    world: World,
    adgroup: AdGroup,
    creative: Parameters,
    *,
    video_id: str | None,
    images: list[object],
) -> None:
    wanted = "SINGLE_VIDEO" if video_id is not None else "CAROUSEL_ADS"
    if creative.text("ad_format") != wanted:
        raise invalid("ad_format", f"This material needs {wanted}")
    if video_id is not None:
        pushes.get_video(world, advertiser_id=adgroup.advertiser_id, video_id=video_id)
        is_smart = world.state.campaigns[adgroup.campaign_id].kind == "smart_plus"
        if len(images) > 1 or not (images or is_smart):
            raise invalid("image_ids", "A video needs exactly one cover image")
    else:
        creative.require("music_id")
    for number in map(str, images):
        image = world.state.images.get(number)
        if image is None or image.advertiser_id != adgroup.advertiser_id:
            raise not_found("image", number)


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


def _check_extras(creative: Parameters, *, kind: str) -> None:
    is_music_off = creative.boolean("promotional_music_disabled", default=True)
    for name in ("item_duet_status", "item_stitch_status"):
        if creative.text(name, "DISABLE") == "ENABLE" and is_music_off:
            raise invalid(name, "promotional_music_disabled must be false to allow this")
    declared = creative.text("aigc_disclosure_type", "NOT_DECLARED")
    if declared != "NOT_DECLARED" and kind != "CUSTOMIZED_USER":
        raise invalid("aigc_disclosure_type", "Only valid for CUSTOMIZED_USER")
