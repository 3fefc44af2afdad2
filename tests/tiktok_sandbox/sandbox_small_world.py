"""A small world in this process, without a server: for laws and mechanisms of the engines."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.world import World


def small_family(**reporting: Any) -> Family:
    """Twelve posts, two accounts, nobody acts by himself."""
    base = read_family("reference")
    return replace(
        base,
        name="small",
        creators=replace(base.creators, count=6),
        posts=replace(base.posts, count=12, older=12, specials=False),
        brand=replace(base.brand, posts=2),
        habits=replace(base.habits, delete=0.0, hide=0.0, revoke=0.0, recaption=0.0, moderated=0.0),
        reporting=replace(base.reporting, **reporting),
    )


def small_world(**reporting: Any) -> World:
    return build_world(family=small_family(**reporting), seed=5)


def creator_posts(world: World) -> list[Post]:
    return [post for post in world.state.posts.values() if not world.creator_of(post).is_brand]
