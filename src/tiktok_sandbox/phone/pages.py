"""`/phone/`: the creator's app as plain pages. Every act is a form; nothing needs a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tiktok_sandbox.html import phone_file, read_form
from tiktok_sandbox.phone.api import ACTS, Body, days_of
from tiktok_sandbox.phone.html_parts import PAGE_SIZE, avatar, link_to, page_number, pager, wide
from tiktok_sandbox.phone.inbox import messages_screen, notifications_screen
from tiktok_sandbox.phone.post_screens import (
    QUIET,
    Outcome,
    ads_screen,
    ask_screen,
    caption_screen,
    code_screen,
    post_screen,
    profile_screen,
    standing_code,
)
from tiktok_sandbox.phone.words import compact
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.creators import permissions, requests
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Creator, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

Draw = Callable[[World, Post, Outcome], Response]
# Where each act leads, and the screen that tells a refusal: the one its button stands on.
NEXT = {
    "code": "code",
    "extend": "ads",
    "revoke": "ads",
    "delete": "",
    "hide": "",
    "show": "",
    "caption": "",
}
SCREENS: dict[str, Draw] = {
    "": post_screen,
    "ads": ads_screen,
    "code": code_screen,
    "caption": caption_screen,
    "revoke": lambda world, post, outcome: ask_screen(world, post, "revoke", outcome),
    "delete": lambda world, post, outcome: ask_screen(world, post, "delete", outcome),
}
REFUSED_ON = {"code": "ads", "extend": "ads", "revoke": "revoke", "delete": "delete"}
SAID = {
    "on": "Ad authorization is on. Generate the code and send it to the brand.",
    "code": "Ad authorization is on.",
    "extend": "Extended. The code stays the same.",
    "revoke": "Ad authorization is off and the code is deleted.",
    "delete": "The post is deleted.",
    "hide": "Only you can see this post now.",
    "show": "Everyone can see this post now.",
    "caption": "The caption is saved.",
    "accept": "Answered.",
    "decline": "Declined.",
}
"""What a screen says after an act, by the word in its address; nobody's text gets into a page."""


class MissingError(Exception):
    """No such phone, post or button; the message says where to go instead."""


class PhonePages:
    """HTML pages over the same acts as the JSON endpoints."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        one = "/phone/{handle}/posts/{item_id}/"
        return [
            Route("/phone/", self._shown(self.creators), methods=["GET"]),
            Route("/phone/phone.css", self.style, methods=["GET"]),
            Route("/phone/copy.js", self.script, methods=["GET"]),
            Route("/phone/{handle}/", self._shown(self.profile), methods=["GET"]),
            Route(
                "/phone/{handle}/notifications/", self._shown(self.notifications), methods=["GET"]
            ),
            Route("/phone/{handle}/messages/", self._shown(self.messages), methods=["GET"]),
            Route(
                "/phone/{handle}/requests/{request_id}/{answer}/",
                self._shown(self.answer),
                methods=["POST"],
            ),
            Route(one, self._shown(self.screen), methods=["GET"]),
            Route(one + "{name}/", self._shown(self.screen), methods=["GET"]),
            Route(one + "ads/", self._shown(self.save_settings), methods=["POST"]),
            Route(one + "{name}/", self._shown(self.act), methods=["POST"]),
        ]

    def _shown(
        self, draw: Callable[[World, Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            world = self.hub.current()
            try:
                return await draw(world, request)
            except MissingError as error:
                body = f'<h1>Not found</h1><p>{escape(str(error))} <a href="/phone/">All phones</a></p>'
                return wide(world, title="Not found", body=body, status=404)

        return answer

    async def style(self, request: Request) -> Response:
        return phone_file("phone.css", "text/css")

    async def script(self, request: Request) -> Response:
        return phone_file("copy.js", "text/javascript")

    async def creators(self, world: World, request: Request) -> Response:
        everybody = list(world.state.creators.values())
        number = page_number(request)
        shown = everybody[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        cards = "".join(creator_card(world, creator) for creator in shown)
        body = (
            "<h1>Whose phone is this?</h1>\n<p>Choose a creator. On the phone you do what creators do "
            "in their app: authorize a post, copy the code, extend it, take it back.</p>\n"
            f'<ul class="people">{cards}</ul>{pager("/phone/", number=number, total=len(everybody))}'
        )
        return wide(world, title="Creators' phones", body=body)

    async def profile(self, world: World, request: Request) -> Response:
        return profile_screen(world, creator_of(world, request), outcome_of(request))

    async def notifications(self, world: World, request: Request) -> Response:
        return notifications_screen(world, creator_of(world, request), outcome_of(request))

    async def messages(self, world: World, request: Request) -> Response:
        return messages_screen(world, creator_of(world, request), outcome_of(request))

    async def screen(self, world: World, request: Request) -> Response:
        post = post_of(world, request)
        name = request.path_params.get("name", "")
        if name not in SCREENS:
            raise MissingError("There is no such screen.")
        return SCREENS[name](world, post, outcome_of(request))

    async def save_settings(self, world: World, request: Request) -> Response:
        """The switch: on makes a code, off asks once more."""
        post = post_of(world, request)
        form = await read_form(request)
        is_on, has_code = "on" in form, standing_code(world, post) is not None
        if is_on == has_code:
            return redirect_to(post, "ads")
        if has_code:
            return redirect_to(post, "revoke")
        return self._do(world, post, "code", form, after=("ads", "on"))

    async def act(self, world: World, request: Request) -> Response:
        post = post_of(world, request)
        name = request.path_params["name"]
        if name not in NEXT:
            raise MissingError("There is no such button.")
        return self._do(world, post, name, await read_form(request), after=(NEXT[name], name))

    def _do(
        self, world: World, post: Post, name: str, form: dict[str, str], *, after: tuple[str, str]
    ) -> Response:
        try:
            ACTS[name](world, post.item_id, body_of(name, form))
        except RefusedError as error:
            outcome = Outcome(refused=error.message, status=409)
            if name == "caption":
                return caption_screen(world, post, outcome, text=form.get("text"))
            return SCREENS[REFUSED_ON.get(name, "")](world, post, outcome)
        return redirect_to(post, *after)

    async def answer(self, world: World, request: Request) -> Response:
        """Answer a standing request of the brand at once."""
        creator = creator_of(world, request)
        name = request.path_params["answer"]
        try:
            asked = requests.get_request(world, request.path_params["request_id"])
        except RefusedError as error:
            raise MissingError(error.message) from None
        answers = {"accept": requests.accept, "decline": requests.decline}
        if name not in answers or world.state.posts[asked.item_id].handle != creator.handle:
            raise MissingError("There is no such request on this phone.")
        answers[name](world, asked, at=whole_seconds(world.now))
        if asked.outcome == "refused":
            outcome = Outcome(refused=f"You answered that it does not work: {asked.refusal}")
            return messages_screen(world, creator, outcome)
        return RedirectResponse(link_to(creator.handle, "messages") + f"?done={name}", 303)


def creator_card(world: World, creator: Creator) -> str:
    waiting = len(requests.standing_requests(world, creator.handle))
    count = f'<span class="badge">{waiting} to answer</span>' if waiting else ""
    brand = '<span class="badge">Brand</span>' if creator.is_brand else ""
    return (
        f'<li><a class="person" href="{link_to(creator.handle)}">{avatar(creator)}'
        f"<span><b>@{escape(creator.handle)}</b><br>"
        f'<span class="soft">{compact(creator.followers)} followers</span></span>{brand}{count}</a></li>'
    )


def creator_of(world: World, request: Request) -> Creator:
    creator = world.state.creators.get(request.path_params["handle"])
    if creator is None:
        raise MissingError("There is no such creator.")
    return creator


def post_of(world: World, request: Request) -> Post:
    """A post on this phone; nobody reaches another creator's post."""
    creator = creator_of(world, request)
    post = world.state.posts.get(request.path_params["item_id"])
    is_here = post is not None and post.handle == creator.handle and post.posted_at <= world.now
    if post is None or not is_here or post.ads_only:
        raise MissingError("There is no such post on this phone.")
    return post


def outcome_of(request: Request) -> Outcome:
    said = SAID.get(request.query_params.get("done", ""), "")
    return Outcome(said=said) if said else QUIET


def body_of(name: str, form: dict[str, str]) -> Body:
    if name == "caption":
        return {"text": form.get("text", "")}
    return {"days": days_of({"days": form.get("days", permissions.DEFAULT_DAYS)})}


def redirect_to(post: Post, screen: str, done: str = "") -> Response:
    parts = ("posts", post.item_id, screen) if screen else ("posts", post.item_id)
    query = f"?done={done}" if done else ""
    return RedirectResponse(link_to(post.handle, *parts) + query, status_code=303)
