"""Push ads: the post that an ad makes of an uploaded video. Source: tiktok-api.md §8.3, R5, R9."""

from __future__ import annotations

from urllib.parse import urlsplit

from tiktok_sandbox.world.ads.materials import studio_qualities
from tiktok_sandbox.world.ads.reviews import NEVER
from tiktok_sandbox.world.state.business import CustomUser, Video
from tiktok_sandbox.world.state.entities import PUBLIC, Creator, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

CAROUSEL_SECONDS = 15.0


def get_video(world: World, *, advertiser_id: str, video_id: str) -> Video:
    """A video of the account's library. Raises RefusedError."""
    video = world.state.videos.get(video_id)
    if video is None or video.advertiser_id != advertiser_id:
        raise RefusedError("video_not_found", f"The video {video_id} does not exist.")
    return video


def make_post(
    world: World,
    *,
    handle: str,
    video: Video | None,
    image_ids: list[str],
    caption: str,
    ads_only: bool,
    landing_url: str,
    music_id: str | None,
) -> Post:
    """The post of a push; nobody sees it before review lets its ad run (reviews.note_pushed).

    video : None makes a photo post of the images, a studio piece to its viewers
    """
    sku = _sku_of(world, landing_url)
    if video is None:
        qualities, duration = studio_qualities(world, "|".join(image_ids)), CAROUSEL_SECONDS
    else:
        qualities, duration = video.qualities, video.duration_seconds
    post = Post(
        item_id=world.next_id("pushed_item", prefix="75"),
        handle=handle,
        sku=video.sku or sku if video is not None else sku,
        caption=caption,
        posted_at=NEVER,
        item_type="CAROUSEL" if video is None else "VIDEO",
        status=PUBLIC,
        duration_seconds=duration,
        qualities=qualities,
        music_id=music_id,
        ads_only=ads_only,
        video_id=video.video_id if video is not None else None,
        creative_of=video.source_item_id if video is not None else None,
    )
    world.add_post(post)
    return post


def _sku_of(world: World, landing_url: str) -> str:
    """The product whose page the ad links to; the first one when it links to none."""
    last = urlsplit(landing_url).path.rstrip("/").rpartition("/")[2].lower()
    for sku in world.state.products:
        if sku.lower() == last:
            return sku
    return next(iter(world.state.products))


def creator_of_custom_user(world: World, user: CustomUser) -> Creator:
    """The name and picture as an account without followers, so that its posts have an owner."""
    handle = f"custom.{user.identity_id}"
    found = world.state.creators.get(handle)
    if found is None:
        found = world.state.creators[handle] = Creator(
            handle=handle,
            display_name=user.display_name,
            open_id=world.mint.hex("open_id.custom", len(world.state.creators), 16),
            identity_id=user.identity_id,
            followers=0,
        )
    return found
