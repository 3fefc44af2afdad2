"""`/media/`: what signed links show; `/phone/media/`: the same for the sandbox's own pages.

A signed link is for whoever has it. Of a post that its creator deleted, or that was taken down,
nothing is shown any more, of one that became private its cover only: that is how `poster_url` and
`preview_url` are given out. The phone's addresses have no signature, as nothing on the phone has.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tiktok_sandbox.media import answers
from tiktok_sandbox.media.clips import clip
from tiktok_sandbox.media.covers import PAGE, SQUARE, TILE, avatar, cover
from tiktok_sandbox.media.links import ROOT, LinkError, check_link, is_seen
from tiktok_sandbox.media.looks import (
    Look,
    look_of_image,
    look_of_page,
    look_of_post,
    look_of_sound,
    look_of_video,
)
from tiktok_sandbox.media.scenes import Size
from tiktok_sandbox.media.sounds import sound
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.state.entities import PUBLIC, Post
from tiktok_sandbox.world.world import World

PHONE_ROOT = "/phone/media"
PHOTOS = 3
"""Pictures of a photo post."""
Found = tuple[bytes, str]
Show = Callable[[World, Request], Found | None]
# The last covers and faces, about 10 MB at most: a grid is drawn once.
drawn_cover = lru_cache(maxsize=256)(cover)
drawn_avatar = lru_cache(maxsize=256)(avatar)


class MediaFiles:
    """Covers, clips, photos, faces and sounds."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        shown: dict[str, Show] = {
            "/posts/{item_id}.jpeg": post_cover,
            "/posts/{item_id}.mp4": post_clip,
            "/posts/{item_id}/{number:int}.jpeg": post_photo,
            "/videos/{video_id}.jpeg": file_cover,
            "/videos/{video_id}.mp4": file_clip,
            "/images/{image_id:path}.jpeg": image,
            "/people/{user_id}.jpeg": person,
            "/music/{music_id}.jpeg": sound_cover,
            "/music/{music_id}.mp3": music,
        }
        own: dict[str, Show] = {
            "/posts/{item_id}.jpeg": own_cover,
            "/posts/{item_id}.mp4": own_clip,
            "/posts/{item_id}/tile.jpeg": own_tile,
            "/posts/{item_id}/{number:int}.jpeg": own_photo,
            "/people/{user_id}.jpeg": person,
        }
        return [
            *(
                Route(ROOT + path, self._linked(show), methods=["GET"])
                for path, show in shown.items()
            ),
            *(
                Route(PHONE_ROOT + path, self._own(show), methods=["GET"])
                for path, show in own.items()
            ),
        ]

    def _linked(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            world = self.hub.current()
            try:
                check_link(world, str(request.url))
            except LinkError:
                return answers.denied()
            found = show(world, request)
            if found is None:
                return answers.denied()
            return answers.file_answer(request, *found, caching=answers.LINKED)

        return answer

    def _own(self, show: Show) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            found = show(self.hub.current(), request)
            if found is None:
                return answers.not_found()
            return answers.file_answer(request, *found, caching=answers.ASK_AGAIN)

        return answer


def post_cover(world: World, request: Request) -> Found | None:
    """The cover of a post that somebody can still see."""
    post = _post(world, request)
    if post is None or not is_seen(post):
        return None
    return own_cover(world, request)


def post_clip(world: World, request: Request) -> Found | None:
    """The video of a public post."""
    post = _post(world, request)
    return own_clip(world, request) if post is not None and post.status == PUBLIC else None


def post_photo(world: World, request: Request) -> Found | None:
    post = _post(world, request)
    return own_photo(world, request) if post is not None and is_seen(post) else None


def own_cover(world: World, request: Request) -> Found | None:
    """The cover of any post: its creator sees it always, an ad's before review lets it out."""
    post = world.state.posts.get(request.path_params["item_id"])
    return _jpeg(look_of_post(world, post)) if post is not None else None


def own_tile(world: World, request: Request) -> Found | None:
    """The cover as small as a grid needs it."""
    post = world.state.posts.get(request.path_params["item_id"])
    return _jpeg(look_of_post(world, post), TILE) if post is not None else None


def own_photo(world: World, request: Request) -> Found | None:
    """One picture of a photo post, from 1."""
    post = world.state.posts.get(request.path_params["item_id"])
    number = request.path_params["number"]
    if post is None or post.item_type != "CAROUSEL" or not 1 <= number <= PHOTOS:
        return None
    return _jpeg(look_of_page(world, post, number), PAGE)


def own_clip(world: World, request: Request) -> Found | None:
    """The video of any post that has one; a photo post has none."""
    post = world.state.posts.get(request.path_params["item_id"])
    if post is None or post.item_type != "VIDEO":
        return None
    look = look_of_post(world, post)
    return clip(look, post.duration_seconds, seed=world.seed), answers.MP4


def file_cover(world: World, request: Request) -> Found | None:
    video = world.state.videos.get(request.path_params["video_id"])
    return _jpeg(look_of_video(world, video)) if video is not None else None


def file_clip(world: World, request: Request) -> Found | None:
    video = world.state.videos.get(request.path_params["video_id"])
    if video is None:
        return None
    look = look_of_video(world, video)
    return clip(look, video.duration_seconds, seed=world.seed), answers.MP4


def image(world: World, request: Request) -> Found | None:
    found = world.state.images.get(request.path_params["image_id"])
    return _jpeg(look_of_image(world, found)) if found is not None else None


def person(world: World, request: Request) -> Found | None:
    """A creator or commenter as a face, a brand or a name without an account by its initials."""
    user_id = request.path_params["user_id"]
    if not user_id.isascii() or not user_id.isdigit():
        return None
    creator = world.find.creator_of_identity(user_id)
    user = world.state.custom_users.get(user_id)
    name = creator.display_name if creator is not None and creator.is_brand else ""
    return drawn_avatar(user.display_name if user is not None else name, user_id), answers.JPEG


def sound_cover(world: World, request: Request) -> Found | None:
    return _jpeg(look_of_sound(world, request.path_params["music_id"]), SQUARE)


def music(world: World, request: Request) -> Found | None:
    return sound(), answers.MP3


def _post(world: World, request: Request) -> Post | None:
    """The post of the address, once it has been published."""
    post = world.state.posts.get(request.path_params["item_id"])
    return post if post is not None and post.posted_at <= world.now else None


def _jpeg(look: Look, size: Size | None = None) -> Found:
    drawn = drawn_cover(look) if size is None else drawn_cover(look, size=size)
    return drawn, answers.JPEG
