"""What anybody on the web sees of a post: its page, the player for other people's pages, oEmbed.

The addresses are TikTok's. oEmbed's fields are those of its documentation for developers. What TikTok
answers for posts that are private, deleted or shown in ads only was not checked (unverified): pages
of posts answer 200 and say so, the player 400, oEmbed 400 with a code and a message.
"""

from __future__ import annotations

import json
import re
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tiktok_sandbox.html import page, phone_file
from tiktok_sandbox.media.covers import COVER
from tiktok_sandbox.media.links import cover_url, share_url
from tiktok_sandbox.phone.html_parts import avatar, icon, player, tile
from tiktok_sandbox.phone.words import compact, moment
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.comments.threads import written_total
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.delivery.stock import stock_of
from tiktok_sandbox.world.state.entities import PUBLIC, Creator, Post, Product
from tiktok_sandbox.world.world import World

COUNTERS = (("likes", "heart"), ("comments", "talk"), ("shares", "share"))
UNAVAILABLE = "Video currently unavailable"
NO_SUCH_PRODUCT = "Couldn't find this product"
NO_SUCH_ACCOUNT = "Couldn't find this account"
_POST_PATH = re.compile(r"/@[^/?#]+/(?:video|photo)/(\d{1,32})/?(?:[?#].*)?$")


class PublicPages:
    """Pages without a sign-in, for people who are not the creator."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/@{handle}", self.profile, methods=["GET"]),
            Route("/@{handle}/video/{item_id}", self.post, methods=["GET"]),
            Route("/@{handle}/photo/{item_id}", self.post, methods=["GET"]),
            Route("/embed/v2/{item_id}", self.embed, methods=["GET"]),
            Route("/embed/{item_id}", self.embed, methods=["GET"]),
            Route("/oembed", self.oembed, methods=["GET"]),
            Route("/embed.js", self.script, methods=["GET"]),
            Route("/p/{sku}", self.product, methods=["GET"]),
        ]

    async def script(self, request: Request) -> Response:
        return phone_file("embed.js", "text/javascript")

    async def product(self, request: Request) -> Response:
        world = self.hub.current()
        product = world.state.products.get(request.path_params["sku"])
        return (
            _nothing(NO_SUCH_PRODUCT, status=404) if product is None else _landing(world, product)
        )

    async def profile(self, request: Request) -> Response:
        world = self.hub.current()
        creator = world.state.creators.get(request.path_params["handle"])
        if creator is None:
            return _nothing(NO_SUCH_ACCOUNT, status=404)
        return profile_page(world, creator)

    async def post(self, request: Request) -> Response:
        world = self.hub.current()
        post = find_public_post(world, request.path_params["item_id"])
        if post is None:
            return _nothing(UNAVAILABLE)
        address = str(request.base_url).rstrip("/")
        return post_page(world, post, address=address)

    async def embed(self, request: Request) -> Response:
        world = self.hub.current()
        post = find_public_post(world, request.path_params["item_id"])
        if post is None:
            return _nothing(UNAVAILABLE, status=400, framed_by="*")
        return embed_page(world, post, address=str(request.base_url).rstrip("/"))

    async def oembed(self, request: Request) -> Response:
        world = self.hub.current()
        found = _POST_PATH.search(request.query_params.get("url", ""))
        post = find_public_post(world, found.group(1)) if found is not None else None
        if post is None:
            refusal = {"code": 400, "message": "Something went wrong"}
            return JSONResponse(refusal, 400)
        return JSONResponse(oembed_answer(world, post, address=str(request.base_url).rstrip("/")))


def find_public_post(world: World, item_id: str) -> Post | None:
    """The post, if everybody may see it: published, public, not made for ads only, no story."""
    post = world.state.posts.get(item_id)
    if post is None or post.posted_at > world.now or post.status != PUBLIC:
        return None
    return None if post.ads_only or post.is_story else post


def _landing(world: World, product: Product) -> Response:
    """A product's page on the shop, where ads lead: what it costs and whether it can be had."""
    left = stock_of(world)[product.sku]
    price = f"{product.price_minor / 100:.2f} {product.currency}"
    body = (
        f"<h1>{escape(product.title)}</h1><p>{price}</p>"
        f"<p><b>{'In stock' if left else 'Out of stock'}</b></p>"
        f'<script type="application/ld+json">{_as_json_ld(product, left)}</script>'
    )
    return page(title=f"{product.title} | Sample Shop", body=body)


def _as_json_ld(product: Product, left: int) -> str:
    """The product as shops tell it to search engines. Source: schema.org Product, Offer."""
    told = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.title,
        "sku": product.sku,
        "offers": {
            "@type": "Offer",
            "price": f"{product.price_minor / 100:.2f}",
            "priceCurrency": product.currency,
            "availability": f"https://schema.org/{'InStock' if left else 'OutOfStock'}",
        },
    }
    return json.dumps(told).replace("<", "\\u003c")


def profile_page(world: World, creator: Creator) -> Response:
    """A creator and what everybody can see of the posts, newest first."""
    posts = [
        post
        for post in world.visible_posts(creator.handle)
        if find_public_post(world, post.item_id) is not None
    ]
    posts.sort(key=lambda post: post.posted_at, reverse=True)
    totals = post_totals(world, world.now)
    tiles = "".join(
        tile(
            post,
            address=share_url(post, address=""),
            views=totals[post.item_id]["total"]["views"],
            badges=(),
        )
        for post in posts
    )
    body = (
        f'<main class="wide"><div class="profile">{avatar(creator)}'
        f"<h1>@{escape(creator.handle)}</h1><p>{escape(creator.display_name)}</p>"
        f'<p class="soft">{compact(creator.followers)} followers</p></div>'
        f'<h2 class="unseen">Videos</h2><ul class="grid">{tiles}</ul></main>'
    )
    return page(title=f"@{creator.handle} | TikTok sandbox", body=body, kind="is-wide")


def post_page(world: World, post: Post, *, address: str) -> Response:
    """A post's own page, where shared links lead."""
    share = share_url(post, address=address)
    head = (
        '<link rel="alternate" type="application/json+oembed" '
        f'href="{escape(address)}/oembed?url={quote(share, safe="")}">\n'
        f'<meta property="og:title" content="{escape(post.caption)}">\n'
        f'<meta property="og:url" content="{escape(share)}">\n'
        f'<meta property="og:image" content="{escape(cover_url(world, post, address=address))}">\n'
    )
    body = (
        f'<main class="shared">\n{player(post)}\n<div class="about">{_author(world, post)}'
        f'<h1 class="said-by" dir="auto">{escape(post.caption)}</h1>{_counters(world, post)}'
        f'<p class="soft">Posted {moment(post.posted_at)} UTC</p></div>\n</main>'
    )
    return page(title=f"{post.caption} | TikTok sandbox", body=body, kind="is-shared", head=head)


def embed_page(world: World, post: Post, *, address: str) -> Response:
    """The player that other people's pages show inside theirs."""
    share = share_url(post, address=address)
    body = (
        f'<main class="embed">\n<h1 class="unseen">{escape(post.caption)}</h1>'
        f'<div class="embed-top">{_author(world, post, new_tab=True)}</div>\n{player(post)}\n'
        f'<div class="embed-foot"><p dir="auto">{escape(post.caption)}</p>{_counters(world, post)}'
        f'<p><a href="{escape(share)}" target="_blank" rel="noopener">Watch on TikTok sandbox</a></p></div>\n'
        "</main>"
    )
    return page(title=f"@{post.handle} | TikTok sandbox", body=body, kind="is-embed", framed_by="*")


def oembed_answer(world: World, post: Post, *, address: str) -> dict[str, object]:
    """A post as oEmbed 1.0 of type video: texts, cover, and HTML that `embed.js` makes a player."""
    share, profile = share_url(post, address=address), f"{address}/@{quote(post.handle, safe='')}"
    cite, author = escape(share), escape(profile)
    creator = world.creator_of(post)
    html = (
        f'<blockquote class="tiktok-embed" cite="{cite}" data-video-id="{post.item_id}"> <section> '
        f'<a target="_blank" title="@{escape(post.handle)}" href="{author}">@{escape(post.handle)}</a> '
        f"<p>{escape(post.caption)}</p> </section> </blockquote> "
        f'<script async src="{escape(address)}/embed.js"></script>'
    )
    width, height = COVER
    return {
        "version": "1.0",
        "type": "video",
        "title": post.caption,
        "author_url": profile,
        "author_name": creator.display_name,
        "author_unique_id": post.handle,
        "width": "100%",
        "height": "100%",
        "html": html,
        "thumbnail_url": cover_url(world, post, address=address),
        "thumbnail_width": width,
        "thumbnail_height": height,
        "provider_url": address,
        "provider_name": "TikTok",
        "embed_product_id": post.item_id,
        "embed_type": "photo" if post.item_type == "CAROUSEL" else "video",
    }


def _author(world: World, post: Post, *, new_tab: bool = False) -> str:
    creator = world.creator_of(post)
    target = ' target="_blank" rel="noopener"' if new_tab else ""
    return (
        f'<a class="author" href="/@{quote(post.handle, safe="")}"{target}>{avatar(creator)}'
        f"<span><b>@{escape(post.handle)}</b><br>{escape(creator.display_name)}</span></a>"
    )


def _counters(world: World, post: Post) -> str:
    total = dict(post_totals(world, world.now)[post.item_id]["total"])
    total["comments"] += written_total(world, post.item_id, world.now)
    rows = "".join(
        f'<li>{icon(shape)}<b>{compact(total[name])}</b> <span class="unseen">{name}</span></li>'
        for name, shape in COUNTERS
    )
    return f'<ul class="counters">{rows}</ul>'


def _nothing(words: str, *, status: int = 200, framed_by: str = "'none'") -> Response:
    body = f'<main class="nothing"><h1>{escape(words)}</h1></main>'
    return page(title=words, body=body, kind="is-shared", framed_by=framed_by, status=status)
