"""What a video looks like: which product, which room, which words are on its cover.

A look follows from what the post is about and from the world's seed; uploading a post's video again
keeps its look, as it keeps its qualities.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.business import Image, Video
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World

# What a product is drawn as, by words of its title; any other is one of the last two.
KINDS: dict[str, tuple[str, ...]] = {
    "dropper": ("serum", "oil", "drops", "tonic", "perfume", "spray", "shampoo", "lotion"),
    "lamp": ("lamp", "light", "candle", "lantern", "bulb"),
    "flask": ("flask", "bottle", "mug", "cup", "tumbler", "thermos", "shaker"),
    "knit": ("throw", "knit", "blanket", "scarf", "towel", "shirt", "hoodie", "sock", "pillow"),
    "jar": ("cream", "balm", "mask", "jar", "honey", "powder", "butter"),
    "box": (),
}
UNKNOWN_KINDS = ("jar", "box")
ROOMS = 2
"""Rooms a product is filmed in; kind and room together have one clip in data/."""
MOST_WORDS = 70
_TAGS = re.compile(r"#\w+|\[[^\]]*\]|\(edited\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One video, as it is drawn. kind, room : which clip; words : on the cover, may be empty

    shift, zoom : where the product stands and how near, as shares of the picture; key : whose it is
    """

    kind: str
    room: int
    words: str
    shift: float
    zoom: float
    key: str


def kind_of(title: str) -> str:
    """What a product of this title is drawn as."""
    words = re.findall(r"[a-z]+", title.lower())
    for kind, meant in KINDS.items():
        if any(word.removesuffix("s") in meant or word in meant for word in words):
            return kind
    return UNKNOWN_KINDS[zlib.crc32(title.encode()) % len(UNKNOWN_KINDS)]


def words_of(caption: str) -> str:
    """A caption without its tags, as creators write it over a video."""
    plain = " ".join(_TAGS.sub(" ", caption).split())
    if len(plain) <= MOST_WORDS:
        return plain
    return plain[:MOST_WORDS].rpartition(" ")[0] + " …"


def look_of_post(world: World, post: Post) -> Look:
    """The look of the post's video: of the post it was copied from, or the file it was made of."""
    source = world.state.posts.get(post.creative_of or "")
    if source is not None:
        post = source
    video = world.state.videos.get(post.video_id or "")
    if video is not None:
        return look_of_video(world, video, sku=post.sku)
    return _drawn(world, key=post.item_id, sku=post.sku, words=words_of(post.caption))


def look_of_video(world: World, video: Video, *, sku: str = "") -> Look:
    """The look of a file in a library. sku : what the post made of it sells, if there is one"""
    source = world.state.posts.get(video.source_item_id or "")
    if source is not None:
        return look_of_post(world, source)
    return _drawn(
        world,
        key=f"video.{video.signature}",
        sku=video.sku or sku,
        words=_file_words(video.file_name),
    )


def look_of_image(world: World, image: Image) -> Look:
    return _drawn(world, key=f"image.{image.signature}", sku="", words=_file_words(image.file_name))


def look_of_page(world: World, post: Post, number: int) -> Look:
    """One picture of a photo post, from 1; the words are on the first."""
    words = words_of(post.caption) if number == 1 else ""
    return _drawn(world, key=f"{post.item_id}.{number}", sku=post.sku, words=words)


def look_of_sound(world: World, music_id: str) -> Look:
    return _drawn(world, key=f"music.{music_id}", sku="", words="")


def _file_words(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return words_of(re.sub(r"[-_]+", " ", stem))


def _drawn(world: World, *, key: str, sku: str, words: str) -> Look:
    draws = Draws(world.seed, "look", key)
    product = world.state.products.get(sku)
    kinds = list(KINDS)
    drawn = kinds[int(draws.unit() * len(kinds))]
    return Look(
        kind=kind_of(product.title) if product is not None else drawn,
        room=int(draws.unit() * ROOMS),
        words=words,
        shift=round((draws.unit() - 0.5) * 0.16, 4),
        zoom=round(1.0 + draws.unit() * 0.14, 4),
        key=key,
    )
