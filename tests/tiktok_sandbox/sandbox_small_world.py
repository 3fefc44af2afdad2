"""A small world in this process, without a server: for laws and mechanisms of the engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.state.split_tests import SplitTest
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


def ads_only_copy(world: World, post: Post) -> Post:
    """The same video as an ads-only post of the brand, as a push makes it."""
    brand = next(c for c in world.state.creators.values() if c.is_brand)
    copy = Post(
        item_id=world.next_id("copy", prefix="75"),
        handle=brand.handle,
        sku=post.sku,
        caption=post.caption,
        posted_at=world.state.epoch,
        item_type="VIDEO",
        status=post.status,
        duration_seconds=post.duration_seconds,
        qualities=post.qualities,
        ads_only=True,
        creative_of=post.item_id,
    )
    world.add_post(copy)
    return copy


def split_test(world: World, cells: list[list[str]], *, days: int = 30, **fault: float) -> None:
    """A split test of ad groups that starts now."""
    world.state.split_tests["1"] = SplitTest(
        split_test_group_id="1",
        advertiser_id=next(iter(world.state.advertisers)),
        level="ADGROUP",
        cells=cells,
        test_variable="CREATIVE",
        key_metric="CLICK_THROUGH_RATE",
        budget=None,
        start_at=world.now,
        end_at=world.now + timedelta(days=days),
        created_at=world.now,
        **fault,
    )
