"""A world with any number of running Spark Ads, made in memory for the sandbox's own rows."""

from __future__ import annotations

from msgspec.structs import replace

from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.world import World

ADS_PER_POST = 10
# Enough for a hundred thousand ads; a family's own balance is limited to what a person would pay in.
BALANCE_MINOR = 2**50


def crowded_world(ads: int, *, seed: int = 7) -> World:
    """A reference world in which `ads` Spark Ads of authorized posts run, each in its own ad group."""
    base = read_family("reference")
    posts = max(1, ads // ADS_PER_POST)
    family = replace(
        base,
        name="crowd",
        accounts=base.accounts[:1],
        creators=replace(base.creators, count=max(1, posts // 5)),
        posts=replace(base.posts, count=posts, older=posts, specials=False),
        habits=replace(base.habits, delete=0.0, hide=0.0, revoke=0.0, recaption=0.0, moderated=0.0),
        reporting=replace(base.reporting, hours_kept_days=2),
    )
    world = build_world(family=family, seed=seed)
    (advertiser_id,) = world.state.advertisers
    world.state.advertisers[advertiser_id].balance_minor = BALANCE_MINOR
    campaign = add_campaign(world, advertiser_id)
    items = [p.item_id for p in world.state.posts.values() if not world.creator_of(p).is_brand]
    for item_id in items:
        authorize(world, item_id, advertiser_id)
    for number in range(ads):
        add_ad(world, add_adgroup(world, campaign), items[number % len(items)])
    return world
