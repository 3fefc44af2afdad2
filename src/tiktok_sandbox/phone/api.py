"""`/phone/v1/`: what a creator can do in the app, as JSON without any sign-in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tiktok_sandbox.phone.feed import compare_post, feed_answer
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.creators import permissions, requests
from tiktok_sandbox.world.state.entities import PUBLIC, Post, PostCode
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.state.requests import Request as CreatorRequest
from tiktok_sandbox.world.world import World

PREFIX = "/phone/v1"
Body = Mapping[str, Any]
Act = Callable[[World, str, Body], object]


def code_answer(code: PostCode) -> dict[str, object]:
    """A code as the creator sees it: this is where it may be copied from."""
    return {
        "item_id": code.item_id,
        "auth_code": code.auth_code,
        "auth_start_time": time_text(code.start_at),
        "auth_end_time": time_text(code.end_at),
    }


def post_answer(world: World, post: Post) -> dict[str, object]:
    code = permissions.find_code(world, post.item_id)
    return {
        "item_id": post.item_id,
        "handle": post.handle,
        "caption": post.caption,
        "sku": post.sku,
        "item_type": post.item_type,
        "status": post.status,
        "posted_at": time_text(post.posted_at),
        "auth_code_status": permissions.code_status(world, code) if code else None,
        "auth_end_time": time_text(code.end_at) if code else None,
    }


def create_code(world: World, item_id: str, body: Body) -> object:
    return code_answer(permissions.create_code(world, item_id=item_id, days=days_of(body)))


def extend_code(world: World, item_id: str, body: Body) -> object:
    return code_answer(permissions.extend_code(world, item_id=item_id, days=days_of(body)))


def revoke_code(world: World, item_id: str, body: Body) -> object:
    code = permissions.revoke_code(world, item_id=item_id)
    return {"item_id": item_id, "auth_code_status": permissions.code_status(world, code)}


def delete_post(world: World, item_id: str, body: Body) -> object:
    post = permissions.change_visibility(world, item_id=item_id, status="USER_DELETE")
    return post_answer(world, post)


def hide_post(world: World, item_id: str, body: Body) -> object:
    post = permissions.change_visibility(world, item_id=item_id, status="ONLY_AUTHOR_SEE")
    return post_answer(world, post)


def show_post_to_friends(world: World, item_id: str, body: Body) -> object:
    post = permissions.change_visibility(world, item_id=item_id, status="ONLY_FRIEND_SEE")
    return post_answer(world, post)


def show_post(world: World, item_id: str, body: Body) -> object:
    return post_answer(world, permissions.change_visibility(world, item_id=item_id, status=PUBLIC))


def change_caption(world: World, item_id: str, body: Body) -> object:
    post = permissions.change_caption(world, item_id=item_id, text=str(body.get("text", "")))
    return post_answer(world, post)


def ask_creator(world: World, item_id: str, body: Body) -> object:
    """A brand asks for a code or for more days; the answer comes later, as a message."""
    kind = str(body.get("kind", ""))
    return request_answer(requests.ask(world, item_id=item_id, kind=kind, days=days_of(body)))


def request_answer(request: CreatorRequest) -> dict[str, object]:
    """A request as the brand sees it: when it will be answered is not known."""
    return {
        "request_id": request.request_id,
        "item_id": request.item_id,
        "kind": request.kind,
        "days": request.days,
        "asked_at": time_text(request.asked_at),
    }


def message_answer(message: requests.Message) -> dict[str, object]:
    return {
        "request_id": message.request_id,
        "item_id": message.item_id,
        "from": message.writer,
        "sent_at": time_text(message.sent_at),
        "text": message.text,
        "auth_code": message.auth_code,
    }


ACTS: dict[str, Act] = {
    "code": create_code,
    "extend": extend_code,
    "revoke": revoke_code,
    "delete": delete_post,
    "hide": hide_post,
    "friends": show_post_to_friends,
    "show": show_post,
    "caption": change_caption,
    "request": ask_creator,
}


def days_of(body: Body) -> int:
    days = body.get("days", permissions.DEFAULT_DAYS)
    if isinstance(days, bool) or not str(days).isdigit():
        raise RefusedError("bad_duration", "days must be a whole number.")
    return int(days)


class PhoneApi:
    """JSON endpoints of the creators' phones."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/creators/", self.creators, methods=["GET"]),
            Route(f"{PREFIX}/creators/{{handle}}/posts/", self.posts, methods=["GET"]),
            Route(f"{PREFIX}/creators/{{handle}}/messages/", self.messages, methods=["GET"]),
            Route(f"{PREFIX}/feed/{{item_id}}/", self.feed, methods=["GET"]),
            *(
                Route(f"{PREFIX}/posts/{{item_id}}/{name}/", self._acting(act), methods=["POST"])
                for name, act in ACTS.items()
            ),
        ]

    async def creators(self, request: Request) -> Response:
        creators = self.hub.current().state.creators.values()
        rows = [
            {
                "handle": creator.handle,
                "display_name": creator.display_name,
                "followers": creator.followers,
                "open_id": creator.open_id,
                "is_brand": creator.is_brand,
            }
            for creator in creators
        ]
        return JSONResponse({"creators": rows})

    async def posts(self, request: Request) -> Response:
        world = self.hub.current()
        handle = request.path_params["handle"]
        if handle not in world.state.creators:
            return refused(RefusedError("creator_not_found", f"There is no creator {handle}."), 404)
        rows = [post_answer(world, post) for post in world.visible_posts(handle)]
        return JSONResponse({"posts": rows})

    async def messages(self, request: Request) -> Response:
        """What a creator was asked and has sent, and what still stands. Holds codes."""
        world = self.hub.current()
        handle = request.path_params["handle"]
        if handle not in world.state.creators:
            return refused(RefusedError("creator_not_found", f"There is no creator {handle}."), 404)
        standing = requests.standing_requests(world, handle)
        return JSONResponse(
            {
                "messages": [message_answer(each) for each in requests.messages_of(world, handle)],
                "standing_requests": [request_answer(each) for each in standing],
            }
        )

    async def feed(self, request: Request) -> Response:
        """One post three ways; `?truth=1` adds true expectations."""
        world = self.hub.current()
        with_truth = request.query_params.get("truth") == "1"
        try:
            comparison = compare_post(world, request.path_params["item_id"], with_truth=with_truth)
        except RefusedError as error:
            return refused(error, 404)
        return JSONResponse(feed_answer(world, comparison))

    def _acting(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            raw = await request.body()
            try:
                body = msgspec.json.decode(raw, type=dict[str, Any]) if raw else {}
            except (msgspec.DecodeError, msgspec.ValidationError):
                return refused(RefusedError("bad_body", "Send a JSON object."), 400)
            try:
                return JSONResponse(act(self.hub.current(), request.path_params["item_id"], body))
            except RefusedError as error:
                return refused(error, 404 if error.name == "post_not_found" else 409)

        return answer


def refused(error: RefusedError, status: int) -> Response:
    return JSONResponse({"error": error.name, "message": error.message}, status_code=status)
