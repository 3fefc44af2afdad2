"""`identity/*`: who an ad can appear as. Source: tiktok-api.md §7 (1738958351620097 ff.)."""

from __future__ import annotations

from tiktok_sandbox.media.links import creator_url, image_url
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import BAD_FIELD, WireError, invalid, not_found
from tiktok_sandbox.wire.protocol.fields import Field, choice, pages, record, text
from tiktok_sandbox.world.ads.pushes import creator_of_custom_user
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.state.business import CustomUser
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Creator, Post
from tiktok_sandbox.world.world import World

IDENTITY_TYPES = ("CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT", "TTS_TT")
# Seen in production for a wrong or missing Business Center (§17).
NO_LONGER_ACCESSIBLE = "You no longer have access to the TikTok account used in this ad."
LINKED = ("TT_USER", "BC_AUTH_TT")
CAN: dict[str, tuple[str, ...]] = {
    "push": LINKED,
    "pull": ("AUTH_CODE", "TT_USER", "BC_AUTH_TT"),
    "live": LINKED,
}
LONGEST_NAME, LONGEST_KEYWORD = 100, 500
ACCOUNT = text("advertiser_id", required=True, most=32)
WHO: tuple[Field, ...] = (
    ACCOUNT,
    text("identity_id", required=True, most=64),
    choice("identity_type", *IDENTITY_TYPES, required=True),
    text("identity_authorized_bc_id", most=32),
)


def identities(world: World, advertiser_id: str) -> list[tuple[str, Creator]]:
    """(identity type, account) of every identity the ad account has, BC_AUTH_TT at the end."""
    creators = world.state.creators
    account = world.state.advertisers[advertiser_id]
    found = [
        ("CUSTOMIZED_USER", as_creator(user))
        for user in world.state.custom_users.values()
        if user.advertiser_id == advertiser_id and not user.is_deleted
    ]
    found += [
        ("TT_USER", creator)
        for creator in creators.values()
        if advertiser_id in creator.linked_advertiser_ids
    ]
    found += [("AUTH_CODE", creators[handle]) for handle in world.find.bound_handles(advertiser_id)]
    found += [
        ("BC_AUTH_TT", creator) for creator in creators.values() if account.bc_id in creator.bc_ids
    ]
    return found


def as_creator(user: CustomUser) -> Creator:
    """A CUSTOMIZED_USER in the shape of an account; it is not one."""
    return Creator(
        handle=f"custom.{user.identity_id}",
        display_name=user.display_name,
        open_id="",
        identity_id=user.identity_id,
        followers=0,
    )


def find_identity(
    world: World, *, advertiser_id: str, identity_id: str, identity_type: str
) -> Creator:
    """The account behind an identity of the ad account. Raises WireError."""
    user = world.state.custom_users.get(identity_id)
    if user is not None and identity_type == "CUSTOMIZED_USER":
        if user.advertiser_id == advertiser_id and not user.is_deleted:
            return creator_of_custom_user(world, user)
        raise not_found("identity", identity_id)
    creator = world.find.creator_of_identity(identity_id)
    if creator is None or not has_identity(world, advertiser_id, identity_type, creator):
        raise not_found("identity", identity_id)
    return creator


def has_identity(world: World, advertiser_id: str, kind: str, creator: Creator) -> bool:
    if kind == "AUTH_CODE":
        return creator.handle in world.find.bound_handles(advertiser_id)
    return permissions.has_link(world, advertiser_id, kind=kind, creator=creator)


def check_healthy(kind: str, creator: Creator) -> None:
    """Does the link to a TikTok account still work? Raises WireError."""
    if kind in LINKED and creator.available_status != "AVAILABLE":
        raise invalid("identity_id", f"The identity is {creator.available_status}")


def check_center(creator: Creator, bc_id: str | None) -> None:
    """A BC_AUTH_TT identity needs the Business Center that authorized it. Raises WireError."""
    if bc_id not in creator.bc_ids:
        raise WireError(BAD_FIELD, NO_LONGER_ACCESSIBLE)


def check_capability(kind: str, act: str) -> None:
    """May identities of this type push, pull or go LIVE? Raises WireError."""
    if kind not in CAN[act]:
        raise invalid("identity_type", f"{kind} cannot {act}; use one of {', '.join(CAN[act])}")


def identity_row(call: Call, kind: str, creator: Creator) -> dict[str, object]:
    world = call.world
    user = world.state.custom_users.get(creator.identity_id)
    is_healthy = kind not in LINKED or creator.available_status == "AVAILABLE"
    image = world.state.images.get(user.image_uri) if user is not None else None
    picture = creator_url(world, creator, address=call.address)
    if image is not None:
        picture = image_url(world, image, address=call.address)
    return {
        "identity_id": creator.identity_id,
        "identity_type": kind,
        "identity_authorized_bc_id": creator.bc_ids[0] if kind == "BC_AUTH_TT" else None,
        "display_name": creator.display_name,
        "username": creator.handle if user is None else None,
        "profile_image": picture,
        "can_push_video": is_healthy and kind in CAN["push"],
        "can_pull_video": is_healthy and kind in CAN["pull"],
        "can_use_live_ads": is_healthy and kind in CAN["live"],
        "can_manage_message": False,
        "available_status": creator.available_status if kind in LINKED else None,
        # §17: only accounts authorized through a Business Center say it.
        "ads_only_mode": creator.ads_only_mode if kind == "BC_AUTH_TT" else None,
        "is_gpppa": False,
    }


def get(call: Call) -> Data:
    """Without a type: all but BC_AUTH_TT, which has to be asked for by type or Business Center."""
    account = call.advertiser()
    kind = call.parameters.find_text("identity_type")
    keyword = call.parameters.mapping("filtering").text("keyword", "").lower()
    if keyword and kind not in (None, "CUSTOMIZED_USER"):
        raise invalid("filtering", "keyword is only supported for CUSTOMIZED_USER")
    bc_id = call.parameters.find_text("identity_authorized_bc_id")
    rows = [
        identity_row(call, found, creator)
        for found, creator in identities(call.world, account.advertiser_id)
        if (found == kind if kind is not None else found != "BC_AUTH_TT" or bc_id is not None)
        and (found != "BC_AUTH_TT" or bc_id in (None, *creator.bc_ids))
        and keyword in creator.display_name.lower()
    ]
    shown, info = one_page(call.parameters, rows, most=100, default=20)
    return {
        "identity_list": shown,
        "page_info": info,
    }


def identity_of(call: Call) -> tuple[str, Creator]:
    """Type and account of the identity a call is about. Raises WireError."""
    account = call.advertiser()
    kind = call.parameters.text("identity_type")
    creator = find_identity(
        call.world,
        advertiser_id=account.advertiser_id,
        identity_id=call.parameters.text("identity_id"),
        identity_type=kind,
    )
    bc_id = call.parameters.find_text("identity_authorized_bc_id")
    if kind == "BC_AUTH_TT":
        check_center(creator, bc_id)
    return kind, creator


def info(call: Call) -> Data:
    kind, creator = identity_of(call)
    row = identity_row(call, kind, creator)
    row["profile_image_url"] = row.pop("profile_image")
    return {"identity_info": row}


def create(call: Call) -> Data:
    account = call.advertiser()
    name = call.parameters.text("display_name")
    image_uri = call.parameters.text("image_uri", "")
    if image_uri:
        image = call.world.state.images.get(image_uri)
        if image is None or image.advertiser_id != account.advertiser_id:
            raise not_found("image", image_uri)
    user = CustomUser(
        identity_id=call.world.next_id("custom_user", prefix="70"),
        advertiser_id=account.advertiser_id,
        display_name=name,
        image_uri=image_uri,
        created_at=whole_seconds(call.world.now),
    )
    call.world.state.custom_users[user.identity_id] = user
    return {"identity_id": user.identity_id}


def delete(call: Call) -> Data:
    account = call.advertiser()
    if call.parameters.text("identity_type", "CUSTOMIZED_USER") != "CUSTOMIZED_USER":
        raise invalid("identity_type", "Only CUSTOMIZED_USER identities can be deleted")
    identity_id = call.parameters.text("identity_id")
    user = call.world.state.custom_users.get(identity_id)
    if user is None or user.advertiser_id != account.advertiser_id or user.is_deleted:
        raise not_found("identity", identity_id)
    user.is_deleted = True
    return {}


def usable_posts(world: World, *, advertiser_id: str, kind: str, creator: Creator) -> list[Post]:
    """Posts the identity offers, newest first: all own ones, or those bound by code."""
    if kind == "AUTH_CODE":
        now = world.now
        bound = world.find.bindings_of_account(advertiser_id)
        mine = (world.state.posts[binding.item_id] for binding in bound)
        posts = [p for p in mine if p.handle == creator.handle and p.posted_at <= now]
    else:
        posts = list(world.visible_posts(creator.handle, with_ads_only=True))
    return sorted(posts, key=lambda post: post.posted_at, reverse=True)


def find_post(call: Call, kind: str, creator: Creator, item_id: str) -> Post | None:
    """A post of the identity, or None when it is not one of its."""
    post = call.world.state.posts.get(item_id)
    if post is None or post.handle != creator.handle or post.posted_at > call.world.now:
        return None
    advertiser_id = call.parameters.text("advertiser_id")
    bound = permissions.find_binding(call.world, advertiser_id=advertiser_id, item_id=item_id)
    return post if kind != "AUTH_CODE" or bound is not None else None


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/identity/get/",
        handler=get,
        section="7",
        takes=(
            ACCOUNT,
            choice("identity_type", *IDENTITY_TYPES),
            text("identity_authorized_bc_id", most=32),
            record("filtering", text("keyword", most=LONGEST_KEYWORD)),
            *pages(most=100),
        ),
        limits="BC_AUTH_TT is listed when asked for",
    ),
    Endpoint(method="GET", path="/identity/info/", handler=info, section="7", takes=WHO),
    Endpoint(
        method="POST",
        path="/identity/create/",
        handler=create,
        section="7",
        takes=(
            ACCOUNT,
            text("display_name", required=True, most=LONGEST_NAME),
            text("image_uri", most=200),
        ),
    ),
    Endpoint(
        method="POST",
        path="/identity/delete/",
        handler=delete,
        section="7",
        takes=(
            ACCOUNT,
            text("identity_id", required=True, most=64),
            choice("identity_type", *IDENTITY_TYPES),
        ),
    ),
)
