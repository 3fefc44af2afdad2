"""The whole sandbox as one ASGI application."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tiktok_sandbox.control.api import Control
from tiktok_sandbox.control.truth_questions import TruthApi
from tiktok_sandbox.phone.api import PhoneApi
from tiktok_sandbox.phone.feed_pages import FeedPages
from tiktok_sandbox.phone.pages import PhonePages
from tiktok_sandbox.runtime.courier import Courier
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.wire.access.consent import ConsentPages
from tiktok_sandbox.wire.gateway import Gateway
from tiktok_sandbox.wire.reports.tasks import ReportFiles
from tiktok_sandbox.world.world import World


class CountWrites:
    """Counts whatever is not a GET, on its way in and out: what was remembered may be old then."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self.app = app
        self.hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_write = scope["type"] == "http" and scope["method"] != "GET"
        self.hub.writes += is_write
        try:
            await self.app(scope, receive, send)
        finally:
            self.hub.writes += is_write


def create_app(
    world: World, *, tier: str = "basic", real: Callable[[], float] = time.time
) -> Starlette:
    """An app over one world in memory; run it in one process only.

    tier : rate limits of the developer app: off, basic, advanced, premium, ultimate
    """
    hub = Hub(world, tier=tier, real=real)
    courier = Courier(hub)
    routes = [
        *Gateway(hub).routes(),
        *Control(hub, courier).routes(),
        *TruthApi(hub).routes(),
        *PhoneApi(hub).routes(),
        *FeedPages(hub).routes(),
        *PhonePages(hub).routes(),
        *ConsentPages(hub).routes(),
        *ReportFiles(hub).routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(CountWrites, hub=hub)])
    # A missing trailing slash is an error on the real gateway too, not a redirect.
    app.router.redirect_slashes = False
    app.state.hub, app.state.courier = hub, courier
    return app
