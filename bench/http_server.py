"""The sandbox, or a bare echo on the same server: `python -m bench.http_server KIND` prints JSON.

Serves until its input closes. The sandbox has three days of reports and no rate limit.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from urllib.parse import quote

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tiktok_sandbox.server import SandboxServer, free_port
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.world import World

PREFIX = "/open_api/v1.3"
ADS = 50


async def echo(request: Request) -> Response:
    """Whatever was asked, a small JSON document."""
    return Response(b'{"code":0,"message":"OK"}', media_type="application/json")


def serve_echo() -> None:
    """A Starlette app with one route, on granian as the sandbox is."""
    port = free_port()
    app = Starlette(routes=[Route("/{path:path}", echo)])
    server = Server(app, port=port, interface=Interfaces.ASGINL, log_enabled=False)
    loop = asyncio.new_event_loop()
    threading.Thread(target=lambda: loop.run_until_complete(server.serve()), daemon=True).start()
    print(json.dumps({"port": port, "paths": {"echo": "/echo"}, "token": ""}), flush=True)
    sys.stdin.read()


def busy_world() -> World:
    """Fifty ads of the brand's own posts."""
    world = build_world(family="demo", seed=7)
    advertiser_id = next(iter(world.state.advertisers))
    own = [p.item_id for p in world.state.posts.values() if world.creator_of(p).is_brand]
    group = add_adgroup(world, add_campaign(world, advertiser_id), budget=500)
    for number in range(ADS):
        add_ad(world, group, own[number % len(own)])
    return world


def serve_sandbox() -> None:
    """The sandbox with a token, and the calls to make."""
    world = busy_world()
    with SandboxServer(world=world, tier="off") as sandbox:
        sandbox.advance(days=3)
        advertiser_id = next(iter(world.state.advertisers))
        who = f"advertiser_id={advertiser_id}"
        report = {
            "report_type": "BASIC",
            "data_level": "AUCTION_AD",
            "dimensions": json.dumps(["ad_id", "stat_time_day"]),
            "start_date": "2026-03-01",
            "end_date": "2026-03-05",
            "page_size": "150",
        }
        asked = "&".join(f"{name}={quote(value)}" for name, value in report.items())
        ad_ids = json.dumps({"ad_ids": [next(iter(world.state.ads))]})
        paths = {
            "user/info": f"{PREFIX}/user/info/",
            "ad/get of one ad": f"{PREFIX}/ad/get/?{who}&filtering={quote(ad_ids)}",
            "report, 150 rows": f"{PREFIX}/report/integrated/get/?{who}&{asked}",
        }
        token = sandbox.post("grants/ads/")["access_token"]
        print(json.dumps({"port": sandbox.port, "paths": paths, "token": token}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve_echo() if sys.argv[1] == "echo" else serve_sandbox()
