"""`/`: what this server is, how its world stands and where everything is; its coverage; its licence."""

from __future__ import annotations

from html import escape
from importlib.metadata import PackageNotFoundError, metadata
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tiktok_sandbox.phone.html_parts import count_of, wide
from tiktok_sandbox.phone.words import moment
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.wire.endpoints import ENDPOINTS
from tiktok_sandbox.world.world import World

DISTRIBUTION = "tiktok-sandbox"
RUNS_ON = ("click", "granian", "msgspec", "numpy", "pillow", "pyyaml", "starlette", "tzdata")
LINKS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "For your client",
        (
            (
                "/coverage/",
                "What is simulated",
                "every endpoint, with the limits of the simulation",
            ),
            ("/sandbox/v1/openapi.json", "OpenAPI description", "the same for programs, JSON"),
            (
                "/sandbox/v1/shop-openapi.json",
                "OpenAPI of the shop",
                "orders, returns, stock, JSON",
            ),
            ("/sandbox/v1/world/", "Keys and accounts", "the sample app, advertisers, creators"),
        ),
    ),
    (
        "For people",
        (
            (
                "/phone/",
                "Creators' phones",
                "authorize a post, copy its code, extend it, take it back",
            ),
            ("/phone/feed/", "Feed", "each post organically, as a Spark Ad and as an ads-only ad"),
        ),
    ),
    (
        "For tests",
        (
            ("/sandbox/v1/clock/", "Clock", "POST clock/advance/ lets time pass"),
            ("/sandbox/v1/faults/", "Planned faults", "lost replies, refusals, delays"),
            ("/sandbox/v1/behaviour/", "Behaviour", "settings where the documentation is silent"),
            ("/sandbox/v1/truth/", "The truth", "what really happened, which no client can see"),
            (
                "/sandbox/v1/shop/orders.csv",
                "The shop's orders",
                "CSV, as a shop would export them",
            ),
        ),
    ),
    (
        "About",
        (("/licence/", "Licence", "Apache-2.0, and the licences of what it runs on"),),
    ),
)
FIRST_CALLS = """curl -s -X POST {url}/sandbox/v1/grants/ads/
curl -s -X POST {url}/sandbox/v1/clock/advance/ -d '{{"days": 1}}'"""


class FrontPages:
    """The pages that lead to all others."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/", self.front, methods=["GET"]),
            Route("/coverage/", self.coverage, methods=["GET"]),
            Route("/licence/", self.licence, methods=["GET"]),
        ]

    async def front(self, request: Request) -> Response:
        """HTML; the same as JSON for who accepts JSON and no HTML."""
        world = self.hub.current()
        wanted = request.headers.get("accept", "")
        if "application/json" in wanted and "text/html" not in wanted:
            links = {name: path for _, group in LINKS for path, name, _ in group}
            return JSONResponse({"state": state_of(world), "links": links})
        url = str(request.base_url).rstrip("/")
        return wide(world, title="TikTok sandbox", body=front_body(world, url))

    async def coverage(self, request: Request) -> Response:
        rows = "".join(
            f"<tr><td><code>{escape(each.path)}</code></td><td>{each.method}</td>"
            f"<td>{escape(each.holder)}</td><td>{escape(each.limits) or '–'}</td></tr>"
            for each in sorted(ENDPOINTS, key=lambda each: each.path)
        )
        body = (
            f"<h1>What is simulated</h1>\n<p>{len(ENDPOINTS)} endpoints of the API for Business v1.3, "
            "under <code>/open_api/v1.3</code>. Every other one answers HTTP 404. Nothing here was "
            'checked against the live service.</p>\n<div class="scrolled" role="region" tabindex="0" '
            'aria-label="Endpoints"><table class="listing">\n<thead><tr><th scope="col">Endpoint</th>'
            '<th scope="col">Method</th><th scope="col">Whose token</th>'
            f'<th scope="col">Limits</th></tr></thead>\n<tbody>{rows}</tbody>\n</table></div>'
        )
        return wide(self.hub.current(), title="What is simulated", body=body)

    async def licence(self, request: Request) -> Response:
        text = files("tiktok_sandbox").joinpath("LICENSE").read_text(encoding="utf-8")
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(version)}</td>'
            f"<td>{escape(terms)}</td></tr>"
            for name, version, terms in map(terms_of, RUNS_ON)
        )
        body = (
            f"<h1>Licence</h1>\n<p>The sandbox ({escape(own_version())}) is open source under the Apache "
            "License 2.0. It is not affiliated with TikTok. People, brands, posts and orders in it are "
            'made up.</p>\n<h2>What it runs on</h2>\n<table class="listing">\n<thead><tr>'
            '<th scope="col">Package</th><th scope="col">Version</th><th scope="col">Licence</th></tr>'
            f"</thead>\n<tbody>{rows}</tbody>\n</table>\n<h2>Apache License 2.0</h2>\n"
            f'<pre class="scrolled" role="region" tabindex="0" aria-label="Text of the licence">'
            f"{escape(text)}</pre>"
        )
        return wide(self.hub.current(), title="Licence", body=body)


def state_of(world: World) -> dict[str, object]:
    """How the world stands. now : ISO 8601, UTC; posts : those that have appeared."""
    state = world.state
    return {
        "world": world.family.name,
        "seed": world.seed,
        "now": world.now.isoformat(),
        "clock": state.clock.mode,
        "advertisers": len(state.advertisers),
        "creators": len(state.creators),
        "posts": sum(post.posted_at <= world.now for post in state.posts.values()),
        "ads": len(state.ads),
    }


def front_body(world: World, url: str) -> str:
    """The first page's content. url : base address under which this server was asked."""
    found = state_of(world)
    mode = world.state.clock.mode
    clock = "stands still until you move it" if mode == "manual" else f"runs ({mode})"
    facts = (
        ("World", f"{found['world']}, seed {found['seed']}"),
        ("Simulated time", f"{moment(world.now)} UTC; the clock {clock}"),
        ("Advertisers", found["advertisers"]),
        ("Creators", found["creators"]),
        ("Posts so far", found["posts"]),
        ("Ads", found["ads"]),
    )
    state = "".join(
        f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts
    )
    groups = "".join(
        f'<section class="card"><h2>{escape(title)}</h2><ul class="links">'
        + "".join(
            f'<li><a href="{path}">{escape(name)}</a> <span class="soft">{escape(about)}</span></li>'
            for path, name, about in group
        )
        + "</ul></section>"
        for title, group in LINKS
    )
    calls = escape(FIRST_CALLS.format(url=url))
    return (
        "<h1>TikTok sandbox</h1>\n<p>A simulated TikTok for Spark Ads: creators post and hand out codes, "
        f"ads spend and are watched, orders come in. Point your client to <code>{escape(url)}</code> "
        f"instead of TikTok's API for Business; {count_of(len(ENDPOINTS), 'endpoint')} answer.</p>\n"
        f'<section class="card" aria-labelledby="now"><h2 id="now">Right now</h2>'
        f'<dl class="state">{state}</dl></section>\n'
        '<section class="card" aria-labelledby="calls"><h2 id="calls">First calls</h2><p>A token with '
        'its advertisers, and a day of simulated time:</p><pre class="scrolled" tabindex="0">'
        f"{calls}</pre></section>\n{groups}"
    )


def own_version() -> str:
    """`version 0.1.0`, or where it came from when it is part of Kindling."""
    try:
        return f"version {metadata(DISTRIBUTION)['Version']}"
    except PackageNotFoundError:
        return "as part of Kindling"


def terms_of(package: str) -> tuple[str, str, str]:
    """Name, version and licence of an installed package, as it says itself."""
    try:
        said = metadata(package)
    except PackageNotFoundError:
        return package, "–", "not installed"
    terms = said.get_all("License-Expression") or said.get_all("License") or ["see the package"]
    return package, said["Version"], terms[0].splitlines()[0]
