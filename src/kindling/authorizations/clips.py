"""The video of a post, piece by piece through Kindling: a page may show nothing of another site.

TikTok's links to videos end within the hour, so a fresh one is asked for when somebody plays the video, and held for
a few minutes in this process. Nothing of the video is kept.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from django.core.cache import cache

from kindling.authorizations.models import Binding
from kindling.errors import InvalidInputError, NotFoundError, PlatformError
from kindling.kit.guarded_fetch import FetchError, fetch
from kindling.posts import rules
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from tiktok_business import AdvertiserId, BusinessCenterId, IdentityId, IdentityType, ItemId, TikTok
from tiktok_business import Post as WirePost

PIECE = 1_500_000  # bytes of one answer; the browser asks for the next
MOST_WHOLE = 12_000_000  # where the video's server gives no pieces
LINK_SECONDS = 300
SECONDS = 12.0
RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})")
CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
NOT_HERE = "Open the post on TikTok."


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes from `start` of a video of `total` bytes."""

    start: int
    total: int
    body: bytes = field(repr=False)


def piece_of(post: Post, asked: str) -> Piece:
    """The part of the post's video that a Range header asks for, or as much of it as one answer holds.

    raises : NotFoundError where it cannot be played; InvalidInputError for a range that no video has
    """
    start, end = _asked(asked)
    held: tuple[str, str] | None = cache.get(_key(post))
    found = _read(held, start, end) if held else None
    if found is None:  # none is held, or it has ended
        found = _read(_fresh_link(post), start, end)
    if found is None:
        raise NotFoundError("The video cannot be played now.", next_step=NOT_HERE)
    if start == 0 and found.body[4:8] != b"ftyp":
        raise NotFoundError("TikTok sent something that is no video.", next_step=NOT_HERE)
    return found


def _read(link: tuple[str, str], start: int, end: int) -> Piece | None:
    """The bytes from `start` to `end` of what the link shows; None where it shows nothing."""
    url, server = link
    try:
        answer = fetch(
            url, trusted=server, most_bytes=MOST_WHOLE, seconds=SECONDS,
            headers={"Accept": "video/mp4", "Range": f"bytes={start}-{end}"},
        )  # fmt: skip
    except FetchError:
        return None
    if answer.status == 416:
        raise InvalidInputError("The video has no such part.")
    told = CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if answer.status == 206 and told and int(told[1]) == start:
        return Piece(start, int(told[3]), answer.body[:PIECE])
    if answer.status == 200 and start < len(answer.body):
        return Piece(start, len(answer.body), answer.body[start : end + 1])
    return None


def _asked(header: str) -> tuple[int, int]:
    """First and last byte, the last no further than one answer goes."""
    if not header:
        return 0, PIECE - 1
    found = RANGE.fullmatch(header.strip())
    if found is None:
        raise InvalidInputError("Ask for one range of bytes.")
    start = int(found[1])
    end = min(int(found[2]) if found[2] else start + PIECE, start + PIECE - 1)
    if end < start:
        raise InvalidInputError("The range ends before it starts.")
    return start, end


def _key(post: Post) -> str:
    return f"clip-{post.workspace_id}-{post.pk}"


def _fresh_link(post: Post) -> tuple[str, str]:
    """A link to the video that is good now, and the configured server. Raises NotFoundError."""
    found = _ask(post) if post.status not in rules.UNAVAILABLE else None
    if found is None:
        raise NotFoundError("TikTok gives no link to this video.", next_step=NOT_HERE)
    cache.set(_key(post), found, LINK_SECONDS)
    return found


def _ask(post: Post) -> tuple[str, str] | None:
    bindings = Binding.objects.filter(
        authorization__workspace=post.workspace_id, authorization__post=post, is_live=True
    ).select_related("ad_account__connection")
    for binding in bindings.order_by("-read_at")[:2]:
        try:
            rows = tiktok.ask(binding.ad_account, _reader(binding, post))
        except (PlatformError, ValueError):
            continue
        for row in rows:
            if row.item_id == post.item_id and row.video and row.video.preview_url:
                return row.video.preview_url, binding.ad_account.connection.base_url
    return None


def _reader(binding: Binding, post: Post) -> Callable[[TikTok], Awaitable[list[WirePost]]]:
    async def read(client: TikTok) -> list[WirePost]:
        center = binding.business_center_id
        return await client.identities.videos(
            AdvertiserId(binding.ad_account.advertiser_id),
            IdentityId(binding.identity_id),
            IdentityType(binding.identity_type),
            [ItemId(post.item_id)],
            business_center_id=BusinessCenterId(center) if center else None,
        )

    return read
