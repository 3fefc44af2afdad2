"""Creator Marketplace: brands ask for a post, creators answer after a while. Source: §9.

Whether and when a creator answers is a draw of its own per (creator, post, request).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import PostCode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.state.webhooks import TcmApplication
from tiktok_sandbox.world.world import World

ACCEPTED_SHARE = 0.8
ANSWER_HOURS = (2.0, 72.0)
LONGEST_DAYS = 365


def account_id(world: World) -> str:
    """The world's one Creator Marketplace account."""
    return world.mint.digits("tcm.account", 0, prefix="72")


def apply_for_post(world: World, *, item_id: str, days: int) -> TcmApplication:
    """Ask the creator of a post for its code, or to extend it. Raises RefusedError."""
    post = permissions.get_post(world, item_id)
    if post.status in permissions.GONE:
        raise RefusedError("video_deleted", "The post is deleted. Choose another post.")
    book = world.state.webhooks.applications
    standing = book.get(item_id)
    if standing is not None and not standing.is_answered:
        raise RefusedError("already_applied", "The creator has not answered the first request yet.")
    now = whole_seconds(world.now)
    draws = Draws(world.seed, "tcm.answer", post.handle, item_id, now.isoformat())
    low, high = ANSWER_HOURS
    book[item_id] = TcmApplication(
        tcm_account_id=account_id(world),
        item_id=item_id,
        days=days,
        applied_at=now,
        answer_at=whole_seconds(now + timedelta(hours=low + draws.unit() * (high - low))),
        accepts=draws.chance(ACCEPTED_SHARE),
    )
    return book[item_id]


def answer_applications(
    world: World, until: datetime, *, on_answer: Callable[[TcmApplication], None] | None = None
) -> None:
    """Let every creator answer whose time has come by `until`."""
    for application in world.state.webhooks.applications.values():
        if application.is_answered or application.answer_at > until:
            continue
        application.is_answered = True
        if application.accepts:
            application.accepts = _give_code(world, application)
        if on_answer is not None:
            on_answer(application)


def _give_code(world: World, application: TcmApplication) -> bool:
    """Make or extend the code; a post that is gone by now cannot be authorized."""
    try:
        code = _new_code(world, application)
    except RefusedError:
        return False
    application.auth_code = code.auth_code
    return True


def _new_code(world: World, application: TcmApplication) -> PostCode:
    item_id, offered = application.item_id, world.behaviour.code_days[0]
    standing = permissions.find_code(world, item_id)
    if standing is not None and standing.deleted_at is None:
        code = permissions.extend_code(world, item_id=item_id, days=offered)
    else:
        code = permissions.create_code(world, item_id=item_id, days=offered)
        code.created_at = code.start_at = code.live_since = application.answer_at
        code.end_at = application.answer_at + timedelta(days=offered, seconds=-1)
    # The marketplace takes any number of days, the phone only a few.
    code.end_at += timedelta(days=application.days - offered)
    code.days = application.days
    world.find.note_extended(code)
    return code
