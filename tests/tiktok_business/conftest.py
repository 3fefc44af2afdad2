"""Fixtures: a scripted server, a fake clock, and a client of the one with the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from scripted_server import TOKEN, FakeClock, Stub, ok

from tiktok_business import Pace, Retry, TikTok


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    made = Stub()
    made.answers(ok())
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def tiktok(stub: Stub, clock: FakeClock) -> AsyncIterator[TikTok]:
    """A client of the stub: no pacing, default retries, waits that take no time."""
    async with TikTok(
        access_token=TOKEN,
        app="app-1",
        base_url=stub.url,
        pace=Pace.off(),
        retry=Retry(),
        clock=clock,
    ) as client:
        yield client
