"""`/sandbox/v1/truth/…`: what nobody outside could know, one question a route.

truth/ : the whole document, or a page of one part of it with ?part=&after=&limit=
truth/qualities/ : latents of every post; truth/ads/ : what each ad's impressions would have brought
in either format; truth/formats/?item_id= : the same for a post, per 1,000 fresh impressions;
truth/comments/?item_id= : true categories of a thread; truth/oracle/?budget_minor=&days= : the best
constant plan. All are GET and answer JSON; a wrong question is answered with 400 and the reason.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tiktok_sandbox.control.bodies import BadRequestError
from tiktok_sandbox.control.truth_document import truth
from tiktok_sandbox.control.truth_pages import page
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.comments.threads import comment_truth
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.truth.counterfactuals import ad_truth
from tiktok_sandbox.world.truth.oracle import oracle
from tiktok_sandbox.world.truth.what_if import branches, eligible, lift
from tiktok_sandbox.world.world import World

PREFIX = "/sandbox/v1/truth"
Asked = Mapping[str, str]
MOST_DAYS = 90
MOST_BUDGET_MINOR = 10_000_000


def qualities(world: World, asked: Asked) -> object:
    """Latents of the posts that exist by now."""
    return {
        "posts": [
            {
                "item_id": post.item_id,
                "handle": post.handle,
                "creative_of": post.creative_of,
                "ads_only": post.ads_only,
                "is_disclosed": post.is_disclosed,
                **msgspec.to_builtins(post.qualities),
            }
            for post in world.visible_posts(with_ads_only=True)
        ]
    }


def ads(world: World, asked: Asked) -> object:
    """One row per ad that was shown, or of the one `ad_id` names."""
    wanted = asked.get("ad_id")
    if wanted is not None and wanted not in world.state.ads:
        raise BadRequestError(f"there is no ad {wanted}")
    chosen = [world.state.ads[wanted]] if wanted else list(world.state.ads.values())
    found = [ad_truth(world, ad) for ad in chosen]
    return {"ads": [asdict(row) for row in found if wanted or row.impressions]}


def formats(world: World, asked: Asked) -> object:
    """The post's video as a Spark Ad and as an ads-only ad, before the same fresh viewers."""
    post = _post(world, asked)
    found = branches(world, post.item_id)
    spark, dark = found["spark"], found["ads_only"]
    return {
        "item_id": post.item_id,
        "per_thousand": {name: asdict(branch) for name, branch in found.items()},
        "lift": {name: lift(spark, dark, name) for name in asdict(spark)},
    }


def comments(world: World, asked: Asked) -> object:
    return comment_truth(world, _post(world, asked).item_id)


def best_plan(world: World, asked: Asked) -> object:
    """The oracle's plan over every post that may be sparked by now."""
    budget = _integer(asked, "budget_minor", low=0, high=MOST_BUDGET_MINOR)
    days = _integer(asked, "days", low=1, high=MOST_DAYS)
    plan = oracle(world, budget_minor=budget, days=days, items=eligible(world, world.now))
    return asdict(plan)


def _post(world: World, asked: Asked) -> Post:
    post = world.state.posts.get(asked.get("item_id", ""))
    if post is None:
        raise BadRequestError("item_id must be a post of this world")
    return post


def _integer(asked: Asked, name: str, *, low: int, high: int) -> int:
    text = asked.get(name, "")
    if not text.isdigit() or not low <= int(text) <= high:
        raise BadRequestError(f"{name} must be a whole number from {low} to {high}")
    return int(text)


ROUTES: dict[str, Callable[[World, Asked], object]] = {
    "qualities": qualities,
    "ads": ads,
    "formats": formats,
    "comments": comments,
    "oracle": best_plan,
}


class TruthApi:
    """The questions about one hub's world."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/", self._answering(self._document), methods=["GET"]),
            *(
                Route(f"{PREFIX}/{name}/", self._answering(question), methods=["GET"])
                for name, question in ROUTES.items()
            ),
        ]

    def _document(self, world: World, asked: Asked) -> object:
        return page(self.hub, asked) if asked else truth(world)

    def _answering(
        self, question: Callable[[World, Asked], object]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                found = question(self.hub.current(), dict(request.query_params))
            except BadRequestError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
            return Response(msgspec.json.encode(found), media_type="application/json")

        return answer
