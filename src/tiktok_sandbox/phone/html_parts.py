"""Pieces every screen is made of: the strip above, the phone's frame, tiles, icons, small forms."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from tiktok_sandbox.html import page
from tiktok_sandbox.media.covers import COVER, TILE
from tiktok_sandbox.media.files import PHONE_ROOT, PHOTOS
from tiktok_sandbox.phone.words import compact, moment
from tiktok_sandbox.world.creators.requests import standing_requests
from tiktok_sandbox.world.state.entities import Creator, Post
from tiktok_sandbox.world.world import World

PAGE_SIZE = 60
PATHS = {
    "play": '<path d="M7 5l12 7-12 7z"/>',
    "heart": '<path d="M12 20S4 14.5 4 9a4.2 4.2 0 0 1 8-2 4.2 4.2 0 0 1 8 2c0 5.5-8 11-8 11z"/>',
    "talk": '<path d="M4 5h16v11h-9l-5 4v-4H4z"/>',
    "share": '<path d="M13 5l8 7-8 7v-4C8 15 5 16 3 19c0-6 4-9 10-10z"/>',
    "grid": '<path d="M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"/>',
    "bell": '<path d="M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 20h4a2 2 0 0 1-4 0z"/>',
    "back": '<path d="M15 4l-8 8 8 8" fill="none" stroke="currentColor" stroke-width="2.5"/>',
    "next": '<path d="M9 4l8 8-8 8" fill="none" stroke="currentColor" stroke-width="2.5"/>',
    "more": '<circle cx="5" cy="12" r="2"/><circle cx="12" cy="12" r="2"/><circle cx="19" cy="12" r="2"/>',
}


def icon(name: str) -> str:
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="20" height="20" fill="currentColor" '
        f'aria-hidden="true">{PATHS[name]}</svg>'
    )


def link_to(handle: str, *parts: str) -> str:
    """Address of a screen of somebody's phone."""
    return "/".join(("/phone", *(quote(part, safe="") for part in (handle, *parts)))) + "/"


def strip(world: World) -> str:
    """What is not the phone: whose time it is, and the way out."""
    return (
        '<header class="strip"><p><b><a href="/">Sandbox</a></b> '
        f'<span class="soft">{moment(world.now)} UTC</span></p>'
        '<nav aria-label="Sandbox"><a href="/phone/">Phones</a> '
        '<a href="/phone/feed/">Feed</a></nav></header>'
    )


def phone(
    world: World,
    *,
    handle: str,
    title: str,
    body: str,
    back: str | None = None,
    tools: str = "",
    tab: str = "",
    said: str = "",
    refused: str = "",
    script: str | None = None,
    status: int = 200,
) -> Response:
    """A screen in the phone's frame. title : plain text; body, tools : HTML.

    back : where the arrow leads; tab : the tab that is open; said, refused : what an act brought
    """
    waiting = len(standing_requests(world, handle))
    arrow = (
        f'<a class="tool" href="{back}" aria-label="Back">{icon("back")}</a>'
        if back
        else '<span class="tool"></span>'
    )
    notes = f'<p class="said" role="status">{escape(said)}</p>' if said else ""
    if refused:
        notes += f'<p class="notice" role="alert">{escape(refused)}</p>'
    inner = (
        f'{strip(world)}\n<main class="phone">\n<div class="bar">{arrow}<h1>{escape(title)}</h1>'
        f'{tools or "<span class=tool></span>"}</div>\n<div class="screen">\n{notes}\n{body}\n</div>\n'
        f"{tabs(handle, tab, waiting)}\n</main>"
    )
    return page(
        title=f"{title} · @{handle}", body=inner, kind="with-phone", script=script, status=status
    )


def tabs(handle: str, current: str, waiting: int) -> str:
    count = (
        f' <span class="count">{waiting}<span class="unseen"> waiting</span></span>'
        if waiting
        else ""
    )
    entries = (
        ("posts", "Posts", "grid", link_to(handle), ""),
        ("notifications", "Inbox", "bell", link_to(handle, "notifications"), count),
        ("messages", "Messages", "talk", link_to(handle, "messages"), ""),
    )
    links = "".join(
        f'<a href="{address}"{" aria-current=page" if name == current else ""}>{icon(shape)}'
        f"<span>{label}{extra}</span></a>"
        for name, label, shape, address, extra in entries
    )
    return f'<nav class="tabs" aria-label="Phone">{links}</nav>'


def wide(world: World, *, title: str, body: str, status: int = 200) -> Response:
    """A page of the sandbox itself, as wide as it needs."""
    inner = f'{strip(world)}\n<main class="wide">\n{body}\n</main>'
    return page(title=title, body=inner, kind="is-wide", status=status)


def avatar(creator: Creator) -> str:
    """A creator's picture; the name stands beside it, so it has no other text."""
    source = f"{PHONE_ROOT}/people/{creator.identity_id}.jpeg"
    return f'<img class="face" src="{source}" alt="" width="192" height="192" loading="lazy">'


def count_of(number: int, thing: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def product_name(world: World, post: Post) -> str:
    product = world.state.products.get(post.sku)
    return product.title if product is not None else "Sample post"


def poster(post: Post, *, kind: str = "") -> str:
    """The cover of a post; what it shows is said beside it. kind : "" large, "small", "in-grid"."""
    name, size = ("/tile", TILE) if kind else ("", COVER)
    width, height = size
    return (
        f'<img class="poster {kind}" src="{PHONE_ROOT}/posts/{post.item_id}{name}.jpeg" alt="" '
        f'width="{width}" height="{height}" loading="lazy">'
    )


def player(post: Post) -> str:
    """The post's video with its controls, or its photos. Nothing plays before somebody asks for it."""
    name = escape(f"@{post.handle}: {post.caption}")
    start = f"{PHONE_ROOT}/posts/{post.item_id}"
    if post.item_type == "CAROUSEL":
        photos = "".join(
            f'<li><img src="{start}/{number}.jpeg" alt="Photo {number} of {PHOTOS}" width="540" '
            'height="675" loading="lazy"></li>'
            for number in range(1, PHOTOS + 1)
        )
        return f'<ul class="photos" role="group" aria-label="Photos of {name}" tabindex="0">{photos}</ul>'
    return (
        f'<video class="clip" controls playsinline muted loop preload="metadata" poster="{start}.jpeg" '
        f'width="270" height="480" aria-label="Video of {name}">'
        f'<source src="{start}.mp4" type="video/mp4"></video>'
    )


def tile(post: Post, *, address: str, views: int, badges: Sequence[str]) -> str:
    """A post in a grid: cover, views, small labels; its caption is the link's name."""
    labels = "".join(f'<span class="badge">{escape(badge)}</span>' for badge in badges)
    return (
        f'<li><a class="tile" href="{escape(address)}"><span class="unseen">{escape(post.caption)}, '
        f"</span>{poster(post, kind='in-grid')}"
        f'<span class="views">{icon("play")}{compact(views)}<span class="unseen"> views</span></span>'
        f'<span class="badges">{labels}</span></a></li>'
    )


def button(
    address: str, label: str, *, look: str = "plain", fields: str = "", name: str = ""
) -> str:
    """A form of one button. fields : HTML inside; name : what a screen reader says instead."""
    spoken = f' aria-label="{escape(name)}"' if name else ""
    return (
        f'<form class="row" method="post" action="{address}">{fields}'
        f'<button class="{look}"{spoken}>{escape(label)}</button></form>'
    )


def durations(world: World, *, chosen: int, legend: str) -> str:
    """The days a creator can choose among, as radio buttons."""
    offered = world.behaviour.code_days
    first = chosen if chosen in offered else offered[0]
    rows = "".join(
        f'<label class="choice"><span>{days} days</span><input type="radio" name="days" value="{days}"'
        f"{' checked' if days == first else ''}></label>"
        for days in offered
    )
    return f'<fieldset class="choices"><legend>{escape(legend)}</legend>{rows}</fieldset>'


def page_number(request: Request) -> int:
    """`?page=` of a long list; 1 for anything that is no page."""
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1


def pager(address: str, *, number: int, total: int) -> str:
    """Links to the neighbouring pages of a long list; nothing for a short one."""
    last = max(1, -(-total // PAGE_SIZE))
    if last == 1:
        return ""
    links = [
        f'<a href="{address}?page={other}">{label}</a>'
        for other, label in ((number - 1, "Newer"), (number + 1, "Older"))
        if 1 <= other <= last
    ]
    return f'<nav class="pager" aria-label="Pages">{" ".join(links)}</nav>'
