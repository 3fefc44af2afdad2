"""`tiktok-sandbox impressions`: single viewers of one post beside what the counts engine expects."""

from __future__ import annotations

import json

import click
import numpy as np

from tiktok_sandbox.world.drawing.build import FamilyFileError, UnknownWorldError, build_world
from tiktok_sandbox.world.posts.impressions import COUNTED, draw_impressions
from tiktok_sandbox.world.posts.response import ADS_ONLY, ORGANIC, SPARK, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import FloatArray
from tiktok_sandbox.world.truth.what_if import lift_of
from tiktok_sandbox.world.world import World

MODES = {"organic": ORGANIC, "spark": SPARK, "ads_only": ADS_ONLY}
MOST = 5_000_000
QUARTILE_COUNTS = ("views_p25", "views_p50", "views_p75", "views_p100")
# What a count is called among the rates per view; other counts are a rate's name and an s.
RATES = {"views_2s": "view_2s", "views_6s": "view_6s", "watch_seconds": "watch_seconds"}


@click.command()
@click.option("--world", "name", default="reference", show_default=True, help="Family or file.")
@click.option("--seed", default=7, show_default=True)
@click.option("--item-id", help="The post; the first of the world unless named.")
@click.option("--mode", default="spark", show_default=True, type=click.Choice(list(MODES)))
@click.option("--count", default=100_000, show_default=True, type=click.IntRange(1, MOST))
@click.option("--json", "is_json", is_flag=True, help="Print JSON instead of a table.")
def impressions(
    name: str, seed: int, item_id: str | None, mode: str, count: int, *, is_json: bool
) -> None:
    """Draw single impressions of a post in a new world, beside what the counts engine expects."""
    try:
        world = build_world(family=name, seed=seed)
    except (FamilyFileError, UnknownWorldError) as error:
        raise click.ClickException(str(error)) from None
    item = item_id or next(iter(world.state.posts))
    if item not in world.state.posts:
        raise click.ClickException(f"--item-id must be a post of this world, like {_some(world)}")
    rows = compare(world, item, mode=mode, count=count)
    if is_json:
        about = {"family": world.family.name, "seed": seed, "item_id": item, "mode": mode}
        click.echo(json.dumps({**about, "impressions": count, "counts": rows}, indent=2))
        return
    click.echo(f"{count:,} impressions of {item} ({mode}), {world.family.name}, seed {seed}")
    click.echo(f"{'':16}{'drawn':>12}{'expected':>14}")
    for label, row in rows.items():
        click.echo(f"{label:16}{row['drawn']:>12,.0f}{row['expected']:>14,.1f}")


def compare(world: World, item_id: str, *, mode: str, count: int) -> dict[str, dict[str, float]]:
    """Name of a count → what was drawn viewer by viewer, and its mean in the counts engine."""
    place = np.array([world.post_number(item_id)])
    world.tally.follow(world)
    likes = 0.0 if mode == "ads_only" else float(world.tally.post_likes[place[0]])
    buying = 1.0 if mode == "organic" else lift_of(world)
    views = views_of(world.traits, place, mode=MODES[mode], likes=likes, buying=buying)
    p, mix = world.family.response, segment_shares(world.family)
    drawn = draw_impressions(p, views, mix, count=count, seed=world.seed, purpose=item_id)
    found = rates(p, views)

    def mean(rate: FloatArray) -> float:
        return count * float((np.broadcast_to(rate, (1, len(mix)))[0] * mix).sum())

    expected = {
        label: mean(rate) for label, rate in zip(QUARTILE_COUNTS, found.quartiles, strict=True)
    }
    expected["orders"] = mean(found.click * found.purchase)
    for label in (*COUNTED, "watch_seconds"):
        if label not in expected:
            expected[label] = mean(getattr(found, RATES.get(label, label.removesuffix("s"))))
    return {
        label: {"drawn": drawn[label], "expected": round(expected[label], 6)}
        for label in (*COUNTED, "watch_seconds")
    }


def _some(world: World) -> str:
    return ", ".join(list(world.state.posts)[:3])
