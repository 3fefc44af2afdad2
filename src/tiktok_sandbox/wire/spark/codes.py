"""`tt_video/*`: Spark authorization by code. Source: tiktok-api.md §6 (1738376435339265 ff.)."""

from __future__ import annotations

import hashlib

from tiktok_sandbox.media.files import PHOTOS
from tiktok_sandbox.media.links import clip_url, cover_url, is_seen, photo_url, sound_url
from tiktok_sandbox.media.sounds import MUSIC_SECONDS
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import from_refusal
from tiktok_sandbox.wire.protocol.fields import choice, many, pages, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.ads.materials import post_video_id
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.delivery.orders import SHOP
from tiktok_sandbox.world.state.entities import PUBLIC, Binding, Post, PostCode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

ITEM_TYPES = ("VIDEO", "CAROUSEL")
EXACT_ID_DIGITS = 19


def authorize(call: Call) -> Data:
    account = call.advertiser()
    original = call.parameters.find_text("original_post_auth_code")
    permissions.bind_code(
        call.world,
        advertiser_id=account.advertiser_id,
        auth_code=call.parameters.text("auth_code").strip(),
        original_code=original.strip() if original else None,
    )
    return {}


def info(call: Call) -> Data:
    account = call.advertiser()
    world = call.world
    code = permissions.check_code(world, call.parameters.text("auth_code").strip())
    bound = permissions.find_binding(
        world, advertiser_id=account.advertiser_id, item_id=code.item_id
    )
    if bound is None and world.behaviour.info_before_bind == "refuses":
        raise from_refusal(
            RefusedError("auth_code_not_found", "The code is not authorized to this advertiser")
        )
    post = world.state.posts[code.item_id]
    return {
        "auth_info": _period(code),
        "item_info": item_info(call, post, code)
        | {
            "stitch_original_item_id": post.stitch_of or "0",
            "duet_original_item_id": post.duet_of or "0",
            "is_multi_duet_stitch": False,
            "mentioned_item_ids": list(post.mentions),
        },
        "user_info": user_info(world, post),
        "video_info": video_info(call, post, code, full=True),
    }


def list_bound(call: Call) -> Data:
    account = call.advertiser()
    wanted = [str(kind) for kind in call.parameters.items("item_types")] or list(ITEM_TYPES)
    keyword = call.parameters.text("keyword", "").strip()
    rows = [
        bound
        for bound in call.world.find.bindings_of_account(account.advertiser_id)
        if _is_wanted(call.world.state.posts[bound.item_id], wanted, keyword)
    ]
    rows.reverse()
    shown, info = one_page(call.parameters, rows, most=50, default=20)
    return {
        "list": [list_row(call, bound) for bound in shown],
        "page_info": info,
    }


def unbind(call: Call) -> Data:
    account = call.advertiser()
    permissions.unbind(
        call.world,
        advertiser_id=account.advertiser_id,
        item_id=call.parameters.text("item_id"),
    )
    return {}


def _is_wanted(post: Post, item_types: list[str], keyword: str) -> bool:
    if post.item_type not in item_types:
        return False
    if keyword.isdigit() and len(keyword) >= EXACT_ID_DIGITS:
        return post.item_id == keyword
    # Fuzzy: every word somewhere, in any order.
    caption = post.caption.lower()
    return all(word in caption for word in keyword.lower().split())


def list_row(call: Call, bound: Binding) -> Data:
    world = call.world
    post = world.state.posts[bound.item_id]
    code = world.state.codes[bound.code_number]
    return {
        "item_info": item_info(call, post, code),
        "video_info": video_info(call, post, code, full=False),
        "user_info": user_info(world, post),
        "auth_info": auth_info(world, bound),
    }


def auth_info(world: World, bound: Binding) -> dict[str, object]:
    code = world.state.codes[bound.code_number]
    return {
        "invite_start_time": time_text(bound.bound_at),
        **_period(code),
        "ad_auth_status": auth_status(world, code),
    }


def auth_status(world: World, code: PostCode) -> str:
    """AUTHORIZED, or what Behaviour says for a deleted code, or EXPIRED."""
    if code.deleted_at is not None:
        return world.behaviour.revoked_auth_status
    return "AUTHORIZED" if code.end_at > world.now else "EXPIRED"


def _period(code: PostCode) -> dict[str, object]:
    return {
        "auth_start_time": time_text(code.start_at),
        "auth_end_time": time_text(code.end_at),
    }


def item_info(call: Call, post: Post, code: PostCode) -> dict[str, object]:
    return {
        "auth_code": code.auth_code,
        "item_id": post.item_id,
        "item_type": post.item_type,
        "text": post.caption,
        "status": post.status,
        "carousel_info": carousel_info(call, post),
        "anchor_list": anchor_list(call.world, post),
    }


def anchor_list(world: World, post: Post) -> list[dict[str, object]] | None:
    """The product link of a post on one of a shop's own accounts; None where there is none."""
    for store in world.state.stores.values():
        spu_id = next((spu for spu, sku in store.spu_ids.items() if sku == post.sku), None)
        if post.handle in store.handles and spu_id is not None:
            title = world.state.products[post.sku].title
            return [
                {
                    "id": world.mint.digits(f"anchor.{post.item_id}", 0, prefix="73"),
                    "title": title,
                    "status": "CHECK_SUCCESS",
                    "product_regions": [store.region],
                    "url": f"{SHOP}/p/{post.sku}",
                    "spu_id": spu_id,
                    "spu_name": title,
                    "store_id": store.store_id,
                }
            ]
    return None


def carousel_info(call: Call, post: Post) -> Data | None:
    """Photos and sound, each a link of its own."""
    if post.item_type != "CAROUSEL":
        return None
    images = [
        {
            "image_url": photo_url(call.world, post, number, address=call.address),
            "image_height": 1350,
            "image_width": 1080,
        }
        for number in range(1, PHOTOS + 1)
    ]
    music = None
    if post.music_id:
        url = sound_url(call.world, post.music_id, address=call.address)
        music = {"music_url": url, "music_duration": MUSIC_SECONDS}
    return {"image_info": images, "music_info": music}


def user_info(world: World, post: Post) -> Data:
    creator = world.creator_of(post)
    return {
        "tiktok_name": creator.handle,
        "identity_id": creator.identity_id,
        "identity_type": "AUTH_CODE",
    }


def video_info(call: Call, post: Post, code: PostCode | None, *, full: bool) -> Data:
    """The video's technical facts; emptied when the post or the permission is gone."""
    named: dict[str, object] = {"video_id": None, "file_name": None} if full else {}
    if post.item_type == "CAROUSEL":
        return named | dict.fromkeys((*_VIDEO_FACTS, "poster_url", "preview_url"))
    if not is_seen(post):
        zeros = {"bit_rate": 0, "duration": 0.0, "size": 0, "width": 0, "height": 0}
        return named | zeros | {"poster_url": "", "preview_url": "", "signature": ""}
    if full:
        named = {"video_id": post_video_id(post), "file_name": f"{post.item_id}.mp4"}
    is_open = post.status == PUBLIC and (
        code is None or (code.end_at > call.world.now and code.deleted_at is None)
    )
    return (
        named
        | media_facts(post)
        | {
            "poster_url": cover_url(call.world, post, address=call.address),
            "preview_url": clip_url(call.world, post, address=call.address) if is_open else "",
        }
    )


_VIDEO_FACTS = ("bit_rate", "duration", "size", "width", "height", "signature")


def media_facts(post: Post) -> dict[str, object]:
    bit_rate = 1_200_000
    return {
        "bit_rate": bit_rate,
        "duration": post.duration_seconds,
        "size": round(post.duration_seconds * bit_rate / 8),
        "width": 1080,
        "height": 1920,
        "signature": hashlib.md5(post.item_id.encode(), usedforsecurity=False).hexdigest(),
    }


ACCOUNT = text("advertiser_id", required=True, most=32)
CODE = text("auth_code", required=True, most=500)
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/tt_video/authorize/",
        handler=authorize,
        section="6",
        takes=(ACCOUNT, CODE, text("original_post_auth_code", most=500)),
    ),
    Endpoint(
        method="GET", path="/tt_video/info/", handler=info, section="6", takes=(ACCOUNT, CODE)
    ),
    Endpoint(
        method="GET",
        path="/tt_video/list/",
        handler=list_bound,
        section="6",
        takes=(
            ACCOUNT,
            many("item_types", choice("item_type", *ITEM_TYPES)),
            text("keyword", most=500),
            *pages(most=50),
        ),
        limits="Anchors: the product links of the shop's own accounts",
    ),
    Endpoint(
        method="POST",
        path="/tt_video/unbind/",
        handler=unbind,
        section="6",
        takes=(ACCOUNT, text("item_id", required=True, most=32)),
    ),
)
