"""Worlds as they were, kept only while a fault needs them: what stale listings are read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tiktok_sandbox.runtime.faults import Fault
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

MOST_KEPT = 32


@dataclass(frozen=True, slots=True)
class Moment:
    """A world file and when it was true."""

    at: datetime
    real: float
    data: bytes


class History:
    """The last worlds before each write. A copy costs what saving the world costs."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []

    def clear(self) -> None:
        self._moments.clear()

    def note(self, world: World) -> None:
        """Keep the world as it is now, before something changes it."""
        self._moments.append(Moment(world.now, world.real(), save(world)))
        del self._moments[:-MOST_KEPT]

    def before(self, world: World, fault: Fault) -> World:
        """The world that a stale listing shows, with today's tokens; `world` if none was kept."""
        chosen = self._chosen(world, fault)
        if chosen is None:
            return world
        old = load(chosen.data, real=lambda: chosen.real)
        old.state.ads_grants = world.state.ads_grants
        old.state.creator_grants = world.state.creator_grants
        return old

    def _chosen(self, world: World, fault: Fault) -> Moment | None:
        if not self._moments or fault.since == "last_write":
            return self._moments[-1] if self._moments else None
        age = fault.seconds
        if fault.since == "simulated":
            limit = world.now - timedelta(seconds=age)
            fitting = [moment for moment in self._moments if moment.at <= limit]
        else:
            fitting = [m for m in self._moments if m.real <= world.real() - age]
        return fitting[-1] if fitting else self._moments[0]
