"""Addresses of media, as TikTok gives them out: signed, and good until an instant they name.

`x-expires` and `x-signature` are the names that links of TikTok's own image servers carry; what is
signed there is unknown, here it is HMAC-SHA256 of path and end under a key that follows from the
world's seed. Ends are in simulated time. Writing a link draws nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from tiktok_sandbox.world.state.business import Image, Video
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.state.entities import PUBLIC, Creator, Post
from tiktok_sandbox.world.world import World

ROOT = "/media"
# Source: tiktok-api.md §6 (posts 1 h, photos 90 days), §8.3 (files 6 h); that of people is ours.
POST_LIVES = timedelta(hours=1)
PHOTO_LIVES = timedelta(days=90)
FILE_LIVES = timedelta(hours=6)
SOUND_LIVES = timedelta(hours=12)
PERSON_LIVES = timedelta(days=2)
# Source: tiktok-api.md §6: of any other status the facts of a video are empty.
SEEN_BY_SOMEBODY = (PUBLIC, "ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE")
EXPIRES, SIGNATURE = "x-expires", "x-signature"


class LinkError(Exception):
    """The link is not ours, was changed, or has ended."""


def is_seen(post: Post) -> bool:
    """Can somebody still see the post, if only its creator? Of any other nothing is shown."""
    return post.status in SEEN_BY_SOMEBODY


def cover_url(world: World, post: Post, *, address: str) -> str:
    """The cover of a post, "" when it is gone. address : the server's, without a slash at its end"""
    if not is_seen(post):
        return ""
    return _signed(world, f"{ROOT}/posts/{post.item_id}.jpeg", address, POST_LIVES)


def clip_url(world: World, post: Post, *, address: str) -> str:
    """The video of a public post, "" of any other."""
    if post.status != PUBLIC:
        return ""
    return _signed(world, f"{ROOT}/posts/{post.item_id}.mp4", address, POST_LIVES)


def photo_url(world: World, post: Post, number: int, *, address: str) -> str:
    """One picture of a photo post, from 1."""
    return _signed(world, f"{ROOT}/posts/{post.item_id}/{number}.jpeg", address, PHOTO_LIVES)


def video_cover_url(world: World, video: Video, *, address: str) -> str:
    return _signed(world, f"{ROOT}/videos/{video.video_id}.jpeg", address, FILE_LIVES)


def video_url(world: World, video: Video, *, address: str) -> str:
    return _signed(world, f"{ROOT}/videos/{video.video_id}.mp4", address, FILE_LIVES)


def image_url(world: World, image: Image, *, address: str) -> str:
    return _signed(world, f"{ROOT}/images/{image.image_id}.jpeg", address, FILE_LIVES)


def person_url(world: World, user_id: str, *, address: str) -> str:
    """The picture of whoever has this id: an account, a commenter."""
    return _signed(world, f"{ROOT}/people/{user_id}.jpeg", address, PERSON_LIVES)


def creator_url(world: World, creator: Creator, *, address: str) -> str:
    return person_url(world, creator.identity_id, address=address)


def sound_url(world: World, music_id: str, *, address: str) -> str:
    return _signed(world, f"{ROOT}/music/{music_id}.mp3", address, SOUND_LIVES)


def sound_cover_url(world: World, music_id: str, *, address: str) -> str:
    return _signed(world, f"{ROOT}/music/{music_id}.jpeg", address, SOUND_LIVES)


def share_url(post: Post, *, address: str) -> str:
    """The post's public page; it has no end."""
    return f"{address}/@{quote(post.handle, safe='')}/video/{post.item_id}"


def embed_url(post: Post, *, address: str) -> str:
    return f"{address}/embed/v2/{post.item_id}"


def ends_at(url: str) -> int:
    """Second since 1970 (simulated time) at which a link ends. Raises LinkError."""
    given = parse_qs(urlsplit(url).query).get(EXPIRES, [""])[0]
    if not given.isascii() or not given.isdigit() or len(given) > 12:
        raise LinkError("The link names no end.")
    return int(given)


def check_link(world: World, url: str) -> None:
    """Was this address written by this world, and is it still good? Raises LinkError."""
    parts = urlsplit(url)
    ends = ends_at(url)
    given = parse_qs(parts.query).get(SIGNATURE, [""])[0]
    if not hmac.compare_digest(given.encode(), _signature(world, parts.path, ends).encode()):
        raise LinkError("The signature does not fit the address.")
    if ends <= seconds(world.now):
        raise LinkError("The link has ended.")


def find_shown_post(world: World, url: str) -> Post | None:
    """The post whose clip this address shows, whether or not the link is still good."""
    path = urlsplit(url).path
    start = f"{ROOT}/posts/"
    if not path.startswith(start) or not path.endswith(".mp4"):
        return None
    return world.state.posts.get(path.removeprefix(start).removesuffix(".mp4"))


def _signed(world: World, path: str, address: str, lives: timedelta) -> str:
    ends = seconds(world.now + lives)
    query = urlencode({EXPIRES: ends, SIGNATURE: _signature(world, path, ends)})
    return f"{address}{path}?{query}"


def _signature(world: World, path: str, ends: int) -> str:
    key = hashlib.blake2b(f"{world.seed}|media.links".encode(), digest_size=32).digest()
    signed = hmac.new(key, f"{path}\n{ends}".encode(), hashlib.sha256).digest()
    return base64.b64encode(signed[:20]).decode()
