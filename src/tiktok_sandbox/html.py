"""Small server-rendered pages: escaping, one frame, one style sheet, a script at most from a file."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

STYLE_PATH = "/phone/phone.css"


def page(
    *,
    title: str,
    body: str,
    kind: str = "plain",
    script: str | None = None,
    form_targets: str = "'self'",
    head: str = "",
    framed_by: str = "'none'",
    status: int = 200,
) -> Response:
    """A page under a strict content policy; `body` is HTML whose values are escaped already.

    kind : class of the body; a plain one gets its `main` here, others bring it
    script : address of a file of ours; the page must work without it
    form_targets : origins a form may end at; a consent page names the app's own
    head : HTML of further links and facts; framed_by : who may show the page inside theirs
    """
    inner = f"<main>\n{body}\n</main>" if kind == "plain" else body
    loaded = f'<script src="{script}" defer></script>\n' if script else ""
    document = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{STYLE_PATH}">\n{head}{loaded}</head>\n'
        f'<body class="{kind}">\n{inner}\n</body>\n</html>\n'
    )
    scripts = "script-src 'self'; " if script else ""
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; {scripts}"
        f"form-action {form_targets}; base-uri 'none'; frame-ancestors {framed_by}"
    )
    # Pages hold codes and change with simulated time: nothing of them is kept by the browser.
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(document, status_code=status, headers=headers)


def phone_file(name: str, media_type: str) -> Response:
    """A style sheet or script that stands beside the phone's code."""
    text = files("tiktok_sandbox.phone").joinpath(name).read_text(encoding="utf-8")
    return Response(text, media_type=media_type)


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


async def read_form(request: Request) -> dict[str, str]:
    """Fields of a URL-encoded form, the only kind these pages send."""
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
