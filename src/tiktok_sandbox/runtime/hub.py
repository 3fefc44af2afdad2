"""What one running sandbox holds: the world, its limits, its faults. One per server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from datetime import datetime

from tiktok_sandbox.runtime.answer_cache import AnswerCache
from tiktok_sandbox.runtime.faults import FaultPlan
from tiktok_sandbox.runtime.history import History
from tiktok_sandbox.runtime.limits import Limiter
from tiktok_sandbox.runtime.recent import RecentRequests
from tiktok_sandbox.world.passing.hours import Passage
from tiktok_sandbox.world.world import World

SLICE_SECONDS = 0.05
"""CPU seconds of simulated time after which others are let in; a stretch of hours is never cut."""
PAUSE_SECONDS = 0.002
"""Long enough for a request that waits to be read, answered and sent."""
MOST_CATCH_UP_SECONDS = 0.5
"""CPU seconds that one request spends on the hours of a running clock."""


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
        # Who moves the clock or replaces the world; the others see the last complete hour meanwhile.
        self.turn = asyncio.Lock()
        self.is_passing = False

    def current(self) -> World:
        """The world, with the hours that have ended simulated: all, or as many as half a second takes.

        While an advance is under way it is the world as of the last complete hour.
        """
        world = self.world
        if not self.is_passing:
            self._pass_for(world, MOST_CATCH_UP_SECONDS)
        return world

    def _pass_for(self, world: World, seconds: float) -> None:
        """Simulate hours that have ended by the clock for so many CPU seconds."""
        passage, end = Passage(world), time.thread_time() + seconds
        while passage.step(world.clock_time) and time.thread_time() < end:
            pass

    async def pass_hours(self) -> None:
        """Simulate every hour that has ended by now, and let other requests in meanwhile.

        What they write happens at the end of the last complete hour. Call it while holding `turn`.
        """
        world, instant = self.world, self.world.clock_time
        self.is_passing = True
        try:
            while await self._pass_slices(world, instant):
                pass
        finally:
            self.is_passing = False

    async def _pass_slices(self, world: World, instant: datetime) -> bool:
        """Simulate until that instant, or until somebody has written: then there is more to do."""
        writes, passage = self.writes, Passage(world)
        end = time.thread_time() + SLICE_SECONDS
        while passage.step(instant):
            if time.thread_time() >= end:
                await asyncio.sleep(PAUSE_SECONDS)
                if self.writes != writes:
                    return True
                end = time.thread_time() + SLICE_SECONDS
        return False

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
