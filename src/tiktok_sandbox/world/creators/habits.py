"""What creators and the platform do by themselves: delete, hide, revoke, re-caption, moderate.

Whether something happens to a post in an hour is a draw of (seed, post, hour); what the rules of the
platform refuse then simply does not happen.
"""

from __future__ import annotations

import contextlib

import numpy as np

from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.randomness.columns import IntArray, hashed
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import PUBLIC
from tiktok_sandbox.world.state.hours import HOURS_A_DAY
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

EDITED = " (edited)"
ACTS = ("delete", "hide", "revoke", "recaption", "moderated")


def apply_habits(world: World, tick: int) -> bool:
    """Let creators act in this hour. Returns whether anybody did."""
    acts = _drawn(world, np.array([tick]))
    if not acts:
        return False
    items = list(world.state.posts)
    second = seconds(world.tick_start(tick + 1))
    acted = False
    for name, _, place in acts:
        acted |= _act(world, items[place], name, second=second)
    return acted


def next_habit(world: World, first: int, hours: int) -> int:
    """How many hours from the tick `first` on pass until the end of one in which somebody may act."""
    acts = _drawn(world, np.arange(first, first + hours))
    return min((hour + 1 for _, hour, _ in acts), default=hours)


def _drawn(world: World, ticks: IntArray) -> list[tuple[str, int, int]]:
    """Act, place of the hour in `ticks`, number of the post: draws of each of them."""
    posts = np.arange(len(world.state.posts))
    found = []
    for name in ACTS:
        chance = getattr(world.family.habits, name) / HOURS_A_DAY
        if chance:
            drawn = hashed(world.seed, f"habit.{name}", ticks[:, None], posts)
            hours, places = np.nonzero(drawn < chance)
            found += [(name, *each) for each in zip(hours.tolist(), places.tolist(), strict=True)]
    return found


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
