"""A fresh world from a family and a seed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from tiktok_sandbox.world.drawing.population import populate
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.families.files import (
    FamilyFileError,
    UnknownWorldError,
    family_of,
    names,
    read_family,
    sent_family,
    starting_at,
)
from tiktok_sandbox.world.passing.hours import begin
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.state.clock import Clock
from tiktok_sandbox.world.world import World

__all__ = [
    "FamilyFileError",
    "UnknownWorldError",
    "build_world",
    "family_of",
    "names",
    "read_family",
    "sent_family",
    "starting_at",
]


def build_world(
    *,
    family: str | Family = "demo",
    seed: int = 7,
    epoch: str | None = None,
    clock: str = "manual",
    behaviour: Behaviour | None = None,
    real: Callable[[], float] = time.time,
) -> World:
    """A world at its epoch. Raises UnknownWorldError, FamilyFileError and ClockModeError.

    family : a name, the path of a YAML file, or a family
    epoch : when the world begins instead of the family's own: an instant, a date, or "today"
    """
    recipe = read_family(family) if isinstance(family, str) else family
    if epoch is not None:
        recipe = starting_at(recipe, epoch, now=datetime.fromtimestamp(real(), UTC))
    started = Clock(at_anchor=recipe.epoch, real_anchor=real())
    started.set_mode(clock, real=real())
    world = World(populate(recipe, seed=seed, clock=started), behaviour=behaviour, real=real)
    begin(world)
    return world
