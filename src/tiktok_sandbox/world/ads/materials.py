"""Uploaded videos and images, and what a video is like to its viewers.

A file nobody knows is a studio piece: its latent qualities are drawn from the seed and the file's
own signature, so the same file is the same video in every account. A post's video that is uploaded
again keeps the post's qualities: the same creative can run as ads-only beside its Spark Ad.
"""

from __future__ import annotations

import hashlib

from tiktok_sandbox.world.randomness.columns import normals, uniforms
from tiktok_sandbox.world.state.business import Image, Video
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Post, Qualities
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

WIDTH, HEIGHT, BIT_RATE = 1080, 1920, 1_200_000
# Spread of the log factors, as in a family's posts; a studio's hooks are good, its talk is not.
SPREAD = {"hook": 0.35, "hold": 0.18, "engage": 0.40, "persuade": 0.60, "click": 0.45, "reach": 1.0}
STUDIO = {"hook": 0.10, "hold": 0.05, "engage": -0.35, "persuade": -0.10}
STUDIO_NATIVE = (0.10, 0.45)
SECONDS = (9.0, 45.0)


def md5(content: bytes) -> str:
    """The signature TikTok asks for."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def post_video_id(post: Post) -> str:
    """The id under which Spark endpoints show a post's own video."""
    return f"v10{post.item_id}"


def studio_qualities(world: World, signature: str) -> Qualities:
    """Latents of a file nobody knows; a function of seed and signature alone."""
    drawn = {
        name: round(
            STUDIO.get(name, 0.0)
            + spread * float(normals(world.seed, f"video.{signature}.{name}", 0, 1)[0]),
            6,
        )
        for name, spread in SPREAD.items()
    }
    low, high = STUDIO_NATIVE
    share = float(uniforms(world.seed, f"video.{signature}.native", 0, 1)[0])
    return Qualities(**drawn, native=round(low + share * (high - low), 6))


def add_video(
    world: World,
    *,
    advertiser_id: str,
    file_name: str,
    signature: str,
    size: int | None = None,
    post: Post | None = None,
    like: Video | None = None,
) -> Video:
    """Put a video into the account's library. Raises RefusedError when the name is taken.

    post : whose video it is; like : a video it is a copy of; neither: a studio piece
    """
    check_name_free(world, advertiser_id=advertiser_id, file_name=file_name)
    low, high = SECONDS
    length = uniforms(world.seed, f"video.{signature}.length", 0, 1)[0]
    duration = round(low + float(length) * (high - low), 2)
    qualities, sku, source = studio_qualities(world, signature), "", None
    if post is not None:
        duration, qualities, sku = post.duration_seconds, post.qualities, post.sku
        source = post.creative_of or post.item_id
    elif like is not None:
        duration, qualities, sku = like.duration_seconds, like.qualities, like.sku
        source = like.source_item_id
    video = Video(
        video_id="v10033g50000" + world.next_id("video", prefix="")[:20],
        material_id=world.next_id("material", prefix="76"),
        advertiser_id=advertiser_id,
        file_name=file_name,
        signature=signature,
        created_at=whole_seconds(world.now),
        duration_seconds=duration,
        width=WIDTH,
        height=HEIGHT,
        size=size if size is not None else round(duration * BIT_RATE / 8),
        sku=sku,
        qualities=qualities,
        source_item_id=source,
    )
    world.state.videos[video.video_id] = video
    return video


def add_image(
    world: World, *, advertiser_id: str, file_name: str, signature: str, size: int
) -> Image:
    """Put an image into the account's library. Raises RefusedError when the name is taken."""
    check_name_free(world, advertiser_id=advertiser_id, file_name=file_name)
    image = Image(
        image_id="ad-site-i18n-sg/" + world.mint.hex("image", len(world.state.images), 16),
        material_id=world.next_id("material", prefix="76"),
        advertiser_id=advertiser_id,
        file_name=file_name,
        signature=signature,
        created_at=whole_seconds(world.now),
        width=WIDTH,
        height=HEIGHT,
        size=size,
    )
    world.state.images[image.image_id] = image
    return image


def check_name_free(world: World, *, advertiser_id: str, file_name: str) -> None:
    """Check that no file of the account has this name. Raises RefusedError."""
    videos = ((v.advertiser_id, v.file_name) for v in world.state.videos.values())
    images = ((i.advertiser_id, i.file_name) for i in world.state.images.values())
    wanted = (advertiser_id, file_name)
    if any(found == wanted for found in videos) or any(found == wanted for found in images):
        raise RefusedError("duplicate_file_name", f"Duplicated material name: {file_name}")


def free_name(world: World, *, advertiser_id: str, wanted: str) -> str:
    """A name for a file that came without one."""
    name, number = wanted, 1
    while True:
        try:
            check_name_free(world, advertiser_id=advertiser_id, file_name=name)
        except RefusedError:
            number += 1
            stem, dot, ending = wanted.rpartition(".")
            name = f"{stem}-{number}{dot}{ending}" if dot else f"{wanted}-{number}"
        else:
            return name
