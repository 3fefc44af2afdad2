"""What creators and the platform do by themselves: delete, hide, revoke, re-caption, moderate.

Whether something happens to a post in an hour is a draw of (seed, post, hour); what the rules of the
platform refuse then simply does not happen.
"""

from __future__ import annotations

import contextlib

import numpy as np

from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.randomness.columns import uniforms
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.state.hours import Hour
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

HOURS_A_DAY = 24
EDITED = " (edited)"
ACTS = ("delete", "hide", "revoke", "recaption", "moderated")


def apply_habits(world: World, hour: Hour) -> bool:
    """Let creators act in this hour. Returns whether anybody did."""
    habits = world.family.habits
    chances = {name: getattr(habits, name) / HOURS_A_DAY for name in ACTS}
    if not any(chances.values()):
        return False
    items = list(world.state.posts)
    acted = False
    for name, chance in chances.items():
        if not chance:
            continue
        drawn = uniforms(world.seed, f"habit.{name}", hour.tick, len(items))
        for place in np.flatnonzero(drawn < chance):
            acted |= _act(world, items[place], name, second=hour.end)
    return acted


def _act(world: World, item_id: str, name: str, *, second: int) -> bool:
    """One act on one post, at the end of the hour. Returns whether it came about."""
    post = world.state.posts[item_id]
    is_own = world.creator_of(post).is_brand or post.ads_only
    if is_own or post.posted_at.timestamp() > second or post.status != PUBLIC:
        return False
    with contextlib.suppress(RefusedError):
        if name == "delete":
            permissions.change_visibility(world, item_id=item_id, status="USER_DELETE")
        elif name == "hide":
            permissions.change_visibility(world, item_id=item_id, status="ONLY_AUTHOR_SEE")
        elif name == "moderated":
            permissions.change_visibility(world, item_id=item_id, status="AUDIT_DELETE")
        elif name == "revoke":
            permissions.revoke_code(world, item_id=item_id)
        else:
            text = post.caption.removesuffix(EDITED) + EDITED
            permissions.change_caption(world, item_id=item_id, text=text)
        return True
    return False
