"""A creator's notifications, read off the world's state: nothing of them is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_sandbox.phone.words import day, exact
from tiktok_sandbox.world.creators import permissions
from tiktok_sandbox.world.creators.requests import standing_requests
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World

REMINDER_DAYS = (14, 7, 3, 1)
"""Days before the end on which a creator is reminded; our own, TikTok does not document any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """kind : request, ending, ended or promoted; request_id when it can be answered at once."""

    kind: str
    at: datetime
    title: str
    text: str
    item_id: str
    request_id: str | None = None


def notices_of(world: World, handle: str) -> list[Notice]:
    """Newest first."""
    found = list(_requests(world, handle))
    for post in world.visible_posts(handle):
        found += [*_endings(world, post), *_promotions(world, post)]
    return sorted(found, key=lambda notice: notice.at, reverse=True)


def _requests(world: World, handle: str) -> Iterator[Notice]:
    for request in standing_requests(world, handle):
        wish = (
            f"your code for {request.days} days"
            if request.kind == "code"
            else f"{request.days} more days"
        )
        yield Notice(
            kind="request",
            at=request.asked_at,
            title=f"{world.family.brand.company} asks for {wish}",
            text=world.state.posts[request.item_id].caption,
            item_id=request.item_id,
            request_id=request.request_id,
        )


def _endings(world: World, post: Post) -> Iterator[Notice]:
    code = permissions.find_code(world, post.item_id)
    if code is None or code.deleted_at is not None:
        return
    if code.end_at <= world.now:
        yield Notice(
            kind="ended",
            at=code.end_at,
            title="Ad authorization ended",
            text=f"“{post.caption}”: since {exact(code.end_at)}. Ads with it have stopped.",
            item_id=post.item_id,
        )
    for days in REMINDER_DAYS:
        at = code.end_at - timedelta(days=days)
        if code.live_since < at <= world.now:
            yield Notice(
                kind="ending",
                at=at,
                title=f"Ad authorization ends in {days} day{'' if days == 1 else 's'}",
                text=f"“{post.caption}”: on {day(code.end_at)} ({exact(code.end_at)}).",
                item_id=post.item_id,
            )


def _promotions(world: World, post: Post) -> Iterator[Notice]:
    """One for each ad account that has shown the post as an ad, when its first ad passed review."""
    first: dict[str, datetime] = {}
    for ad in world.find.ads_of_post(post.item_id):
        if ad.reviewed_at <= world.now and not ad.is_push:
            first.setdefault(ad.advertiser_id, ad.reviewed_at)
    for advertiser_id, at in first.items():
        yield Notice(
            kind="promoted",
            at=at,
            title="Your post is being promoted",
            text=f"{world.state.advertisers[advertiser_id].company}: “{post.caption}”",
            item_id=post.item_id,
        )
