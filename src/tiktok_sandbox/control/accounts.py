"""Control of TikTok accounts: which ad account or Business Center they are linked to, and whether they work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiktok_sandbox.control.bodies import Act, BadRequestError, Body
from tiktok_sandbox.world.creators import permissions

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub

# Identity health as the API tells it. Source: tiktok-api.md §7.
HEALTH = (
    "AVAILABLE", "NO_VALID_BIND_ACCOUNT", "SCOPE_UNAVAILABLE", "IS_PRIVATE_ACCOUNT",
    "NOT_BUSINESS_ACCOUNT",
)  # fmt: skip


def link(hub: Hub, body: Body) -> object:
    """{"handle", "advertiser_ids": [], "business_center": bool, "available_status"}: each optional but the handle.

    What is given replaces what was; ads of posts that lose their link stop with the next hour.
    """
    world = hub.current()
    creator = world.state.creators.get(str(body.get("handle", "")))
    if creator is None:
        raise BadRequestError("handle must be a TikTok account of this world; see world/")
    health = body.get("available_status", creator.available_status)
    if health not in HEALTH:
        raise BadRequestError(f"available_status is one of {', '.join(HEALTH)}")
    accounts = body.get("advertiser_ids", creator.linked_advertiser_ids)
    known = world.state.advertisers
    if not isinstance(accounts, list) or any(str(each) not in known for each in accounts):
        raise BadRequestError("advertiser_ids must be ad accounts of this world; see world/")
    is_in_center = body.get("business_center", bool(creator.bc_ids))
    if not isinstance(is_in_center, bool):
        raise BadRequestError("business_center is true or false")
    hub.note_write()
    creator.available_status = str(health)
    creator.linked_advertiser_ids = [str(each) for each in accounts]
    creator.bc_ids = [world.state.bc_id] if is_in_center else []
    for post in world.state.posts.values():
        if post.handle == creator.handle:
            permissions.note_losses_of(world, post.item_id)
    return {
        "handle": creator.handle,
        "advertiser_ids": creator.linked_advertiser_ids,
        "business_center": bool(creator.bc_ids),
        "available_status": creator.available_status,
    }


TABLE: tuple[tuple[str, str, Act], ...] = (("POST", "accounts/", link),)
