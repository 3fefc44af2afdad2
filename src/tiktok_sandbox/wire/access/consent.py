"""Consent pages of both OAuth ways, as a person sees them in the browser. Source: §5."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tiktok_sandbox.html import hidden, page, read_form
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.wire.access.oauth import CREATOR_SCOPES, issue_code


class ConsentPages:
    """GET shows who asks for what; POST of the form redirects back with a single-use code."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub

    def routes(self) -> list[Route]:
        return [
            Route("/portal/auth", self.show_advertisers, methods=["GET"]),
            Route("/portal/auth", self.allow_advertisers, methods=["POST"]),
            Route("/v2/auth/authorize", self.show_creators, methods=["GET"]),
            Route("/v2/auth/authorize", self.allow_creator, methods=["POST"]),
            Route("/v2/auth/authorize/", self.show_creators, methods=["GET"]),
        ]

    async def show_advertisers(self, request: Request) -> Response:
        state = self.hub.current().state
        asked = request.query_params
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("app_id") != state.app.app_id:
            return _wrong("app_id is not the app of this world.")
        if not is_web_address(redirect_uri):
            return _wrong("redirect_uri must be a complete http or https address.")
        names = "".join(
            f'<li class="card">{escape(account.name)}<p class="soft">{account.advertiser_id}, '
            f"{account.currency}</p></li>"
            for account in state.advertisers.values()
        )
        body = (
            f"<h1>Allow {escape(state.app.name)} to manage these ad accounts?</h1>"
            f'<ul>{names}</ul><form method="post" action="/portal/auth">'
            f"{hidden('redirect_uri', redirect_uri)}{hidden('state', asked.get('state', ''))}"
            '<button class="main">Allow</button></form>'
        )
        return page(title="Allow access", body=body, form_targets=_targets(redirect_uri))

    async def allow_advertisers(self, request: Request) -> Response:
        form = await read_form(request)
        redirect_uri = form.get("redirect_uri", "")
        if not is_web_address(redirect_uri):
            return _wrong("redirect_uri must be a complete http or https address.")
        world = self.hub.current()
        code = issue_code(world, kind="ads", subject=list(world.state.advertisers))
        return _back(redirect_uri, auth_code=code.code, state=form.get("state", ""))

    async def show_creators(self, request: Request) -> Response:
        state = self.hub.current().state
        asked = request.query_params
        redirect_uri = asked.get("redirect_uri", "")
        if asked.get("client_key") != state.app.client_key:
            return _wrong("client_key is not the app of this world.")
        if asked.get("response_type", "code") != "code":
            return _wrong("response_type must be code.")
        if not is_web_address(redirect_uri):
            return _wrong("redirect_uri must be a complete http or https address.")
        scope = asked.get("scope", "") or CREATOR_SCOPES
        choices = "".join(
            f'<option value="{escape(creator.handle)}">@{escape(creator.handle)}</option>'
            for creator in state.creators.values()
        )
        body = (
            f"<h1>{escape(state.app.name)} wants to connect your TikTok account</h1>"
            f'<p class="soft">Asked for: {escape(scope)}</p>'
            '<form method="post" action="/v2/auth/authorize">'
            '<label for="handle">Who are you?</label> '
            f'<select id="handle" name="handle">{choices}</select>'
            f"{hidden('redirect_uri', redirect_uri)}{hidden('state', asked.get('state', ''))}"
            f"{hidden('scope', scope)}"
            '<p class="row"><button class="main">Allow</button></p></form>'
        )
        return page(title="Connect TikTok", body=body, form_targets=_targets(redirect_uri))

    async def allow_creator(self, request: Request) -> Response:
        form = await read_form(request)
        world = self.hub.current()
        redirect_uri = form.get("redirect_uri", "")
        creator = world.state.creators.get(form.get("handle", ""))
        if creator is None or not is_web_address(redirect_uri):
            return _wrong("Choose a creator, and come from an app with a complete redirect_uri.")
        code = issue_code(
            world,
            kind="creator",
            subject=[creator.open_id],
            redirect_uri=redirect_uri,
            scope=form.get("scope", ""),
        )
        return _back(
            redirect_uri,
            code=code.code,
            scopes=code.scope,
            state=form.get("state", ""),
        )


def is_web_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _targets(redirect_uri: str) -> str:
    # Browsers apply form-action to the redirect after the POST as well.
    parts = urlsplit(redirect_uri)
    return f"'self' {parts.scheme}://{parts.netloc}"


def _back(redirect_uri: str, **answer: str) -> Response:
    parts = urlsplit(redirect_uri)
    query = "&".join(filter(None, [parts.query, urlencode(answer)]))
    return RedirectResponse(urlunsplit(parts._replace(query=query)), status_code=303)


def _wrong(why: str) -> Response:
    return page(
        title="Cannot continue", body=f"<h1>Cannot continue</h1><p>{escape(why)}</p>", status=400
    )
