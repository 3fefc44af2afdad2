"""What one running sandbox holds: the world, its limits, its faults. One per server."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from tiktok_sandbox.runtime.answer_cache import AnswerCache
from tiktok_sandbox.runtime.faults import FaultPlan
from tiktok_sandbox.runtime.history import History
from tiktok_sandbox.runtime.limits import Limiter
from tiktok_sandbox.runtime.recent import RecentRequests
from tiktok_sandbox.world.passing.hours import catch_up
from tiktok_sandbox.world.world import World


class Hub:
    """The one mutable thing every part of the server shares; requests take turns on it.

    real : seconds since 1970 for rate limits, which know nothing of simulated time
    """

    def __init__(
        self, world: World, *, tier: str = "basic", real: Callable[[], float] = time.time
    ) -> None:
        self.world = world
        self.limiter = Limiter(tier)
        self.faults = FaultPlan()
        self.history = History()
        self.recent = RecentRequests()
        self.real = real
        self.answered = 0
        self.answers = AnswerCache()
        # Requests that may have changed something, whatever they were.
        self.writes = 0

    def current(self) -> World:
        """The world, with every hour that has ended simulated."""
        catch_up(self.world)
        return self.world

    def stamp(self) -> Hashable:
        """Differs as soon as an answer may differ."""
        world = self.world
        return id(world), int(world.now.timestamp()), world.state.ticks_done, self.writes

    def note_write(self) -> None:
        """Something is about to change; a fault may want to show how it was before."""
        if self.faults.wants_history():
            self.history.note(self.world)

    def replace_world(self, world: World) -> None:
        """Put another world in place; what callers were promised by the old one is void."""
        self.world = world
        self.recent = RecentRequests()
        self.history.clear()
