"""`business/post/authorize/*`: codes without the app. Source: tiktok-api.md §9."""

from __future__ import annotations

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import NO_SCOPE, WireError, not_found
from tiktok_sandbox.wire.protocol.fields import boolean, integer, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.state.entities import Post, PostCode
from tiktok_sandbox.world.world import World

AUTH_SCOPE = "biz.spark.auth"


def authorize_setting(call: Call) -> Data:
    """Switch a post's ad authorization on (makes or repeats the code) or off (deletes it)."""
    post = own_post(call)
    call.parameters.require("is_ad_promotable")
    standing = permissions.find_code(call.world, post.item_id)
    has_code = standing is not None and standing.deleted_at is None
    if not call.parameters.boolean("is_ad_promotable"):
        if has_code:
            permissions.revoke_code(call.world, item_id=post.item_id)
        return {}
    if standing is not None and has_code:
        return code_row(call.world, standing)
    code = permissions.create_code(
        call.world, item_id=post.item_id, days=_days(call), offered=OFFERED
    )
    return code_row(call.world, code)


def authorize(call: Call) -> Data:
    """Extend the post's code; a deleted one is replaced by a new one."""
    post = own_post(call)
    standing = permissions.find_code(call.world, post.item_id)
    if standing is None:
        permissions.get_standing_code(call.world, post.item_id)
    if standing is not None and standing.deleted_at is None:
        code = permissions.extend_code(
            call.world, item_id=post.item_id, days=_days(call), offered=OFFERED
        )
    else:
        code = permissions.create_code(
            call.world, item_id=post.item_id, days=_days(call), offered=OFFERED
        )
    return code_row(call.world, code)


def authorize_status(call: Call) -> Data:
    post = own_post(call)
    code = permissions.get_standing_code(call.world, post.item_id)
    return code_row(call.world, code) | {
        "auth_code_status": permissions.code_status(call.world, code)
    }


def authorize_delete(call: Call) -> Data:
    post = own_post(call)
    code = permissions.revoke_code(call.world, item_id=post.item_id)
    return {
        "item_id": post.item_id,
        "auth_code_status": permissions.code_status(call.world, code),
    }


def _days(call: Call) -> int:
    return call.parameters.integer(
        "authorization_days", permissions.DEFAULT_DAYS, low=1, high=10_000
    )


def code_row(world: World, code: PostCode) -> dict[str, object]:
    return {
        "item_id": code.item_id,
        "auth_code": code.auth_code,
        "auth_code_start_time": time_text(code.start_at),
        "auth_code_end_time": time_text(code.end_at),
        "authorization_days": code.days,
    }


def own_post(call: Call, *, scope: str = AUTH_SCOPE, field: str = "item_id") -> Post:
    """The creator's own post that `field` names, whatever became of it. Raises WireError."""
    creator = call.creator()
    check_scope(call, scope)
    call.parameters.require(field)
    post = call.world.state.posts.get(call.parameters.text(field))
    if post is None or post.handle != creator.handle or post.posted_at > call.world.now:
        raise not_found("item", call.parameters.text(field))
    return post


def check_scope(call: Call, scope: str) -> None:
    if scope not in call.creator_grant().scope.split(","):
        raise WireError(NO_SCOPE, f"The scope {scope} was not granted.")


# Of the accounts API, 180 among them; the app on the phone offers its own (§17).
OFFERED = (7, 30, 60, 180, 365)
LONGEST_DAYS = 365
BUSINESS, ITEM = text("business_id", required=True), text("item_id", required=True)
DAYS = integer("authorization_days", low=1, high=LONGEST_DAYS)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/business/post/authorize/setting/",
        handler=authorize_setting,
        holder="creator",
        section="9",
        takes=(BUSINESS, ITEM, boolean("is_ad_promotable", required=True), DAYS),
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/",
        handler=authorize,
        holder="creator",
        section="9",
        takes=(BUSINESS, ITEM, DAYS),
    ),
    Endpoint(
        method="GET",
        path="/business/post/authorize/status/",
        handler=authorize_status,
        holder="creator",
        section="9",
        takes=(BUSINESS, ITEM),
    ),
    Endpoint(
        method="POST",
        path="/business/post/authorize/delete/",
        handler=authorize_delete,
        holder="creator",
        section="9",
        takes=(BUSINESS, ITEM),
    ),
)
