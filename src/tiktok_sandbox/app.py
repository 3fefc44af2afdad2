"""The whole sandbox as one ASGI application."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tiktok_sandbox.control.api import Control
from tiktok_sandbox.control.truth_questions import TruthApi
from tiktok_sandbox.media.files import MediaFiles
from tiktok_sandbox.phone.api import PhoneApi
from tiktok_sandbox.phone.feed_pages import FeedPages
from tiktok_sandbox.phone.front_pages import FrontPages
from tiktok_sandbox.phone.pages import PhonePages
from tiktok_sandbox.phone.public_pages import PublicPages
from tiktok_sandbox.runtime.courier import Courier
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.runtime.state_file import Keeper, StateFile, StateFileError
from tiktok_sandbox.wire.access.consent import ConsentPages
from tiktok_sandbox.wire.gateway import Gateway
from tiktok_sandbox.wire.reports.tasks import ReportFiles
from tiktok_sandbox.wire.shop_gateway import ShopGateway
from tiktok_sandbox.world.world import World

# GETs that change something: a task is done at its second or third check, a seller gets a token.
WRITING_GETS = ("/task/check/", "/token/get", "/token/refresh")
# POSTs of the shop that only read.
READING_POST = "/search"


class CountWrites:
    """Counts whatever may change something, on its way in and out: what was remembered may be old.

    With a state file, what a request did is saved before its answer goes out.
    """

    def __init__(self, app: ASGIApp, hub: Hub, keeper: Keeper | None) -> None:
        self.app = app
        self.hub = hub
        self.keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_write = scope["type"] == "http" and (
            scope["method"] not in ("GET", "HEAD") or scope["path"].endswith(WRITING_GETS)
        )
        is_write = is_write and not scope["path"].endswith(READING_POST)
        answered = False

        async def send_kept(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                self.hub.writes += is_write
                if self.keeper is not None:
                    self.keeper.keep()
            await send(message)

        self.hub.writes += is_write
        try:
            await self.app(scope, receive, send_kept)
        except StateFileError as error:
            refusal = PlainTextResponse(str(error), status_code=507)
            await refusal(scope, receive, send)
        finally:
            if not answered:
                self.hub.writes += is_write


def create_app(
    world: World,
    *,
    tier: str = "basic",
    real: Callable[[], float] = time.time,
    state: StateFile | None = None,
) -> Starlette:
    """An app over one world in memory; run it in one process only.

    tier : rate limits of the developer app: off, basic, advanced, premium, ultimate
    state : where the world is kept, see runtime/state_file.py; only in memory without one
    """
    hub = Hub(world, tier=tier, real=real)
    courier = Courier(hub)
    keeper = Keeper(hub, state) if state is not None else None
    routes = [
        *Gateway(hub).routes(),
        *ShopGateway(hub).routes(),
        *Control(hub, courier).routes(),
        *TruthApi(hub).routes(),
        *MediaFiles(hub).routes(),
        *FrontPages(hub).routes(),
        *PhoneApi(hub).routes(),
        *FeedPages(hub).routes(),
        *PhonePages(hub).routes(),
        *PublicPages(hub).routes(),
        *ConsentPages(hub).routes(),
        *ReportFiles(hub).routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(CountWrites, hub=hub, keeper=keeper)])
    # A missing trailing slash is an error on the real gateway too, not a redirect.
    app.router.redirect_slashes = False
    app.state.hub, app.state.courier, app.state.keeper = hub, courier, keeper
    return app
