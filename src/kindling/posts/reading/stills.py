"""Stills of posts: the cover as last read, small, kept so that a lost post is still recognisable.

TikTok's links to pictures end after an hour, so a reading collects them (`Looks`) and fetches the pictures at its end.
A reading fetches a bounded number for a bounded time; what fails is tried again by a later one and breaks nothing.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kindling.creators.models import Creator
from kindling.errors import NotFoundError
from kindling.kit import pictures
from kindling.kit.guarded_fetch import FetchError, fetch
from kindling.kit.pictures import NotAPictureError, Picture
from kindling.posts.models import Post, PostStill
from kindling.workspaces.models import Workspace
from tiktok_business import VideoFile

log = logging.getLogger(__name__)

COVER, TILE = (270, 480, 25_000), (72, 128, 4_000)  # pixels and bytes at most
READ_AGAIN = timedelta(days=7)  # covers are seldom changed
MOST_A_READING = 600
MOST_SECONDS = 60.0
MOST_BYTES = 4_000_000  # of the picture at TikTok
SECONDS_A_PICTURE = 8.0
AT_ONCE = 4
FAILURES_IN_A_ROW = 12  # then the server is down: later


@dataclass(slots=True)
class Looks:
    """What one reading was told of posts' pictures: links that end soon, and whether the video has one.

    links : url and the configured server it may lead to, by the post's key
    """

    links: dict[int, tuple[str, str]] = field(default_factory=dict)
    clips: dict[int, bool] = field(default_factory=dict)

    def add(self, post: Post, poster_url: str | None, *, server: str) -> None:
        if poster_url:
            self.links[post.pk] = (poster_url, server)

    def add_video(self, post: Post, video: VideoFile | None, *, server: str) -> None:
        self.add(post, video.poster_url if video else None, server=server)
        self.clips[post.pk] = bool(video and video.preview_url)


def keep(workspace: Workspace, looks: Looks, *, at: datetime) -> int:
    """Fetch and keep the stills that are missing or old; returns how many are new. Raises nothing of the network."""
    _note_clips(workspace, looks)
    wanted = _wanted(workspace, looks, at=at)
    ends = time.monotonic() + MOST_SECONDS
    kept = failed = 0
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stills") as pool:
        for some in _batches(wanted[:MOST_A_READING], AT_ONCE):
            if time.monotonic() > ends or failed >= FAILURES_IN_A_ROW:
                break
            for pk, drawn in zip(
                some, pool.map(_drawn, (looks.links[pk] for pk in some)), strict=True
            ):
                failed = failed + 1 if drawn is None else 0
                if drawn is not None:
                    _write(pk, *drawn, at=at)
                    kept += 1
    return kept


def _wanted(workspace: Workspace, looks: Looks, *, at: datetime) -> list[int]:
    """Posts to fetch, those without a still first, in another order each time: none that fails stands in the way."""
    missing, old = list[int](), list[int]()
    is_due = Q(still=None) | Q(still__taken_at__lt=at - READ_AGAIN)
    for some in _batches(sorted(looks.links), 500):
        rows = Post.objects.filter(is_due, workspace=workspace, pk__in=some)
        for pk, version in rows.values_list("pk", "still_version"):
            (old if version else missing).append(pk)
    order = random.Random(at.timestamp())  # noqa: S311 # no secret
    order.shuffle(missing)
    order.shuffle(old)
    return missing + old


def _batches(keys: Sequence[int], number: int) -> Iterator[Sequence[int]]:
    return (keys[start : start + number] for start in range(0, len(keys), number))


def _drawn(link: tuple[str, str]) -> tuple[Picture, Picture] | None:
    """The cover in both sizes; None where it cannot be had."""
    url, server = link
    try:
        answer = fetch(
            url, trusted=server, most_bytes=MOST_BYTES, seconds=SECONDS_A_PICTURE,
            headers={"Accept": "image/jpeg, image/png, image/webp"},
        )  # fmt: skip
        if answer.status != 200:
            raise FetchError(f"The picture's server answered {answer.status}.")
        cover, tile = pictures.redrawn(answer.body, sizes=[COVER, TILE])
    except (FetchError, NotAPictureError) as problem:
        log.info("A still was not kept: %s", problem)
        return None
    return cover, tile


@transaction.atomic
def _write(pk: int, cover: Picture, tile: Picture, *, at: datetime) -> None:
    version = hashlib.sha256(cover.data).hexdigest()[:16]
    # The post is written first: it is the lock of two readings that keep the same still.
    if Post.objects.filter(pk=pk).update(still_version=version):
        PostStill.objects.update_or_create(
            post_id=pk, defaults={"cover": cover.data, "tile": tile.data, "taken_at": at}
        )


def _note_clips(workspace: Workspace, looks: Looks) -> None:
    for has_clip in (True, False):
        keys = [pk for pk, has in looks.clips.items() if has is has_clip]
        for some in _batches(keys, 500):
            Post.objects.filter(workspace=workspace, pk__in=some, has_clip=not has_clip).update(
                has_clip=has_clip
            )


# --- Looked at ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Still:
    version: str
    data: bytes = field(repr=False)


def still_of(
    workspace: Workspace, item_id: str, *, small: bool = False, creator: Creator | None = None
) -> Still:
    """The still of a post, a creator's own where one is named. Raises NotFoundError."""
    rows = PostStill.objects.filter(post__workspace=workspace, post__item_id=item_id)
    if creator is not None:
        rows = rows.filter(post__creator=creator)
    found = rows.values_list("post__still_version", "tile" if small else "cover").first()
    if found is None:
        raise NotFoundError(f"No still of post {item_id} is kept.")
    return Still(found[0], bytes(found[1]))
