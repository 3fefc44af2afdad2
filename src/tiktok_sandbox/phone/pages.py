"""`/phone/`: the creator's app as plain pages, at the width of a phone."""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tiktok_sandbox.html import page, read_form, style_sheet
from tiktok_sandbox.hub import Hub
from tiktok_sandbox.phone.api import ACTS, days_of
from tiktok_sandbox.wire.parameters import time_text
from tiktok_sandbox.world import permissions
from tiktok_sandbox.world.entities import Post
from tiktok_sandbox.world.refusals import RefusedError
from tiktok_sandbox.world.world import PUBLIC, World

BUTTONS = ("code", "extend", "revoke", "delete", "hide", "show")


class PhonePages:
    """HTML pages over the same acts as the JSON endpoints."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/phone/", self.creators, methods=["GET"]),
            Route("/phone/phone.css", self.style, methods=["GET"]),
            Route("/phone/{handle}/", self.posts, methods=["GET"]),
            Route("/phone/{handle}/posts/{item_id}/{act}/", self.act, methods=["POST"]),
        ]

    async def style(self, request: Request) -> Response:
        return style_sheet()

    async def creators(self, request: Request) -> Response:
        world = self.hub.current()
        items = "\n".join(
            f'<li class="card"><a href="/phone/{escape(creator.handle)}/">@{escape(creator.handle)}'
            f'</a><p class="soft">{creator.followers:,} followers</p></li>'
            for creator in world.state.creators.values()
        )
        body = f"<h1>Whose phone is this?</h1>\n{clock_line(world)}\n<ul>{items}</ul>"
        return page(title="Creators", body=body)

    async def posts(self, request: Request) -> Response:
        return self._posts(request.path_params["handle"], notice="")

    async def act(self, request: Request) -> Response:
        handle, item_id = request.path_params["handle"], request.path_params["item_id"]
        name = request.path_params["act"]
        if name not in BUTTONS:
            return page(title="Not found", body="<h1>There is no such button</h1>", status=404)
        form = await read_form(request)
        try:
            world = self.hub.current()
            days = days_of({"days": form.get("days", permissions.DEFAULT_DAYS)})
            ACTS[name](world, item_id, {"days": days})
        except RefusedError as error:
            return self._posts(handle, notice=error.message, status=409)
        return RedirectResponse(f"/phone/{handle}/", status_code=303)

    def _posts(self, handle: str, *, notice: str, status: int = 200) -> Response:
        world = self.hub.current()
        if handle not in world.state.creators:
            body = '<h1>There is no such creator</h1><p><a href="/phone/">All creators</a></p>'
            return page(title="Not found", body=body, status=404)
        shown = sorted(world.visible_posts(handle), key=lambda p: p.posted_at, reverse=True)
        cards = "\n".join(post_card(world, post) for post in shown)
        warning = f'<p class="notice" role="alert">{escape(notice)}</p>' if notice else ""
        body = (
            f'<p><a href="/phone/">All creators</a></p>\n<h1>@{escape(handle)}</h1>\n'
            f"{clock_line(world)}\n{warning}\n{cards or '<p>No posts yet.</p>'}"
        )
        return page(title=f"@{handle}", body=body, status=status)


def clock_line(world: World) -> str:
    return f'<p class="soft">Sandbox time {time_text(world.now)} UTC</p>'


def post_card(world: World, post: Post) -> str:
    """A post, its code if it has one, and the buttons that make sense now."""
    code = permissions.find_code(world, post.item_id)
    standing = code if code is not None and code.deleted_at is None else None
    parts = [
        f"<h2>{escape(post.caption)}</h2>",
        f'<p class="soft">{time_text(post.posted_at)} UTC, {escape(post.status)}</p>',
    ]
    if standing is not None:
        status = permissions.code_status(world, standing)
        parts.append(f'<p class="soft">Code {status}, until {time_text(standing.end_at)} UTC</p>')
        parts.append(
            f'<label class="soft" for="code-{post.item_id}">Copy this code</label>'
            f'<input class="code" id="code-{post.item_id}" readonly '
            f'value="{escape(standing.auth_code)}">'
        )
    if post.status not in permissions.GONE:
        parts.append(buttons(world, post, has_code=standing is not None))
    return f'<article class="card">{"".join(parts)}</article>'


def buttons(world: World, post: Post, *, has_code: bool) -> str:
    offered = "".join(
        f'<option value="{days}"{" selected" if days == permissions.DEFAULT_DAYS else ""}>'
        f"{days} days</option>"
        for days in world.behaviour.code_days
    )
    choice = f'<select name="days" aria-label="How long">{offered}</select>'
    main = [
        ("extend", "Extend", choice) if has_code else ("code", "Authorize and create code", choice)
    ]
    if has_code:
        main.append(("revoke", "Delete code", ""))
    main.append(
        ("hide", "Make private", "") if post.status == PUBLIC else ("show", "Make public", "")
    )
    main.append(("delete", "Delete post", ""))
    return "".join(
        f'<form class="row" method="post" action="/phone/{post.handle}/posts/{post.item_id}/{name}/">'
        f'{inside}<button class="{"main" if name in ("code", "extend") else "plain"}">{label}</button>'
        "</form>"
        for name, label, inside in main
    )
