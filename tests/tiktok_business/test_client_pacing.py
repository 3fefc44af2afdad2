"""Pacing: as fast as the limit allows, never faster, per app, endpoint and advertiser."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from scripted_server import FakeClock, Stub, no_rows, ok, refuse

from tiktok_business import (
    AdvertiserId,
    AioHttpTransport,
    Limit,
    Pace,
    RateLimitedError,
    Request,
    Response,
    TikTok,
)

TEN = Limit(10, 600, 864_000)


async def leave(
    pace: Pace, clock: FakeClock, calls: int, *, path: str = "/x/", advertiser: str = "a"
) -> list[float]:
    """The times at which calls, one after the other, may leave."""
    times = []
    for _ in range(calls):
        await pace.enter(app="app", path=path, advertiser=advertiser, clock=clock)
        times.append(clock.monotonic())
    return times


class TestPace:
    async def test_no_second_holds_more_calls_than_allowed(self, clock: FakeClock) -> None:
        times = await leave(Pace(TEN), clock, 200)
        assert all(later - earlier > 1 for earlier, later in zip(times, times[10:], strict=False))

    async def test_the_steady_pace_is_at_least_95_percent_of_the_limit(
        self, clock: FakeClock
    ) -> None:
        times = await leave(Pace(TEN), clock, 1001)
        assert 1000 / (times[-1] - times[0]) >= 0.95 * 10

    async def test_no_minute_holds_more_calls_than_allowed(self, clock: FakeClock) -> None:
        times = await leave(Pace.basic(), clock, 400, path="/ad/create/")
        assert all(later - earlier > 60 for earlier, later in zip(times, times[150:], strict=False))
        assert all(later - earlier > 1 for earlier, later in zip(times, times[5:], strict=False))

    async def test_endpoints_do_not_wait_for_each_other(self, clock: FakeClock) -> None:
        pace = Pace(TEN)
        await leave(pace, clock, 10, path="/x/")
        assert await leave(pace, clock, 10, path="/y/") == [0.0] * 10

    async def test_advertisers_share_the_apps_limit(self, clock: FakeClock) -> None:
        pace = Pace(TEN)
        await leave(pace, clock, 10, advertiser="a")
        assert (await leave(pace, clock, 1, advertiser="b"))[0] > 1

    async def test_a_limit_that_tiktok_states_for_an_advertiser_is_kept_for_it_alone(
        self, clock: FakeClock
    ) -> None:
        pace = Pace(TEN)
        error = RateLimitedError(
            "Advertiser (7)'s QPS (3) reaches QPS limit 2 for current path",
            endpoint="/x/",
            wire_code=40133,
            retry_after=timedelta(seconds=1),
        )
        pace.slow_down(error, app="app", path="/x/", advertiser="a", clock=clock)
        limited = await leave(pace, clock, 6, advertiser="a")
        assert limited[0] >= 1
        assert all(
            later - earlier > 1 for earlier, later in zip(limited, limited[2:], strict=False)
        )
        others = await leave(pace, clock, 5, advertiser="b")
        assert all(b - a < 0.5 for a, b in pairwise(others))

    async def test_off_never_waits(self, clock: FakeClock) -> None:
        assert await leave(Pace.off(), clock, 1000) == [0.0] * 1000

    async def test_a_refusal_holds_everybody_on_that_endpoint(
        self, stub: Stub, clock: FakeClock
    ) -> None:
        stub.answers(refuse(40100, "QPS"), no_rows())
        pace = Pace(TEN)
        async with TikTok(
            access_token="t", app="app", base_url=stub.url, pace=pace, clock=clock
        ) as tiktok:
            async for _ in tiktok.ads.each(AdvertiserId("1")):
                pass
        assert clock.monotonic() >= 1


class Noting(AioHttpTransport):
    """Real HTTP that notes when each request leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[float] = []

    async def send(self, request: Request) -> Response:
        self.left.append(time.monotonic())
        return await super().send(request)


class TestAgainstARealServer:
    @pytest.mark.slow
    async def test_many_tasks_fill_the_limit_and_never_break_it(self, stub: Stub) -> None:
        stub.answers(ok({"list": []}))
        transport = Noting()
        async with TikTok(
            access_token="t",
            app="app",
            base_url=stub.url,
            pace=Pace(Limit(20, 1200, 10**6)),
            transport=transport,
        ) as tiktok:
            await asyncio.gather(*(tiktok.advertisers.info([AdvertiserId("1")]) for _ in range(61)))
        left = transport.left
        assert all(later - earlier > 1 for earlier, later in zip(left, left[20:], strict=False))
        assert 60 / (left[-1] - left[0]) >= 0.9 * 20
