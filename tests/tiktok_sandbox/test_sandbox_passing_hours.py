"""Hours pass in slices: reads see the last complete one, writes happen at its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tiktok_sandbox.control.api import Control
from tiktok_sandbox.runtime import hub as hubs
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.passing.hours import advance_to, catch_up
from tiktok_sandbox.world.storage import save
from tiktok_sandbox.world.world import World

DAYS = 12


def still_world(*, clock: str = "manual", real: Callable[[], float] = lambda: 0.0) -> World:
    return build_world(seed=7, clock=clock, real=real)


def launch(world: World) -> datetime:
    """An act with consequences; returns when it happened."""
    own = next(p.item_id for p in world.state.posts.values() if world.creator_of(p).is_brand)
    campaign = add_campaign(world, next(iter(world.state.advertisers)))
    add_ad(world, add_adgroup(world, campaign, budget=500), own)
    return world.now


def whole_hour(instant: datetime) -> bool:
    return instant == instant.replace(minute=0, second=0, microsecond=0)


async def advancing(hub: Hub, meanwhile: Callable[[int], None]) -> int:
    """Advance by DAYS, and call `meanwhile` with 0, 1, 2, … whenever others are let in."""
    task = asyncio.create_task(Control(hub).advance({"days": DAYS}))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        if hub.is_passing:
            meanwhile(turns)
            turns += 1
    await task
    return turns


@pytest.fixture(autouse=True)
def _short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(hubs, "PAUSE_SECONDS", 0.0)


def test_a_read_during_an_advance_sees_the_last_complete_hour() -> None:
    world = still_world()
    hub, seen = Hub(world), []
    begun = world.now

    def read(turn: int) -> None:
        assert hub.current() is world
        assert world.now == world.tick_start(world.state.ticks_done)
        seen.append(world.now)

    asyncio.run(advancing(hub, read))
    assert len(set(seen)) > DAYS
    assert seen == sorted(seen)
    assert world.now == begun + timedelta(days=DAYS)


def test_reads_in_between_change_no_byte() -> None:
    read, plain = still_world(), still_world()
    for world in (read, plain):
        launch(world)
    hub = Hub(read)
    asyncio.run(advancing(hub, lambda _: hub.current() and None))
    advance_to(plain, plain.now + timedelta(days=DAYS))
    assert save(read) == save(plain)


def test_a_write_during_an_advance_acts_at_the_end_of_an_hour_as_if_it_had_stopped_there() -> None:
    sliced, stopped = still_world(), still_world()
    hub, acted = Hub(sliced), []

    def write(turn: int) -> None:
        if turn == 5:
            acted.append(launch(hub.current()))
            hub.writes += 1

    asyncio.run(advancing(hub, write))
    begun = stopped.now
    (at,) = acted
    assert whole_hour(at)
    assert begun < at < begun + timedelta(days=DAYS)
    advance_to(stopped, at)
    launch(stopped)
    advance_to(stopped, begun + timedelta(days=DAYS))
    assert save(sliced) == save(stopped)


def test_a_server_answers_while_it_advances() -> None:
    with SandboxServer(world=still_world()) as sandbox:
        begun = sandbox.get("clock/")["now"]
        moving = threading.Thread(target=lambda: sandbox.advance(days=60))
        moving.start()
        seen = set()
        while moving.is_alive():
            seen.add(sandbox.get("clock/")["now"])
        moving.join()
        ended = sandbox.get("clock/")["now"]
    assert [now for now in seen if begun < now < ended]
    assert all(whole_hour(datetime.fromisoformat(now)) for now in seen)


def test_two_advances_take_turns() -> None:
    with SandboxServer(world=still_world()) as sandbox:
        begun = datetime.fromisoformat(sandbox.get("clock/")["now"])
        both = [threading.Thread(target=lambda: sandbox.advance(days=10)) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert datetime.fromisoformat(sandbox.get("clock/")["now"]) == begun + timedelta(days=20)


def test_a_reset_waits_for_the_end_of_an_advance() -> None:
    with SandboxServer(world=still_world()) as sandbox:
        begun = sandbox.get("clock/")["now"]
        moving = threading.Thread(target=lambda: sandbox.advance(days=20))
        moving.start()
        while moving.is_alive() and sandbox.get("clock/")["now"] == begun:
            pass
        sandbox.post("reset/")
        moving.join()
        assert sandbox.get("clock/")["now"] == begun


class TestARunningClock:
    def test_is_followed_slice_by_slice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hubs, "MOST_CATCH_UP_SECONDS", 0.0)
        instant = [0.0]
        sliced = still_world(clock="x3600", real=lambda: instant[0])
        at_once = still_world(clock="x3600", real=lambda: instant[0])
        hub, begun = Hub(sliced), sliced.now
        instant[0] = 24.0 * DAYS
        first = hub.current().now
        assert whole_hour(first)
        assert begun < first < begun + timedelta(days=DAYS)
        asked = 1
        while hub.current().now < begun + timedelta(days=DAYS):
            asked += 1
        assert asked < 24 * DAYS
        catch_up(at_once)
        assert save(sliced) == save(at_once)

    def test_that_is_stopped_stands_where_the_world_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hubs, "MOST_CATCH_UP_SECONDS", 0.0)
        instant = [0.0]
        hub = Hub(still_world(clock="x3600", real=lambda: instant[0]))
        instant[0] = 240.0
        reached = hub.current().now
        hub.world.set_clock("manual")
        assert hub.current().now == hub.world.clock_time == reached
