"""Small server-rendered pages: escaping, one frame, one style sheet, no script."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

STYLE_PATH = "/phone/phone.css"


def page(*, title: str, body: str, form_targets: str = "'self'", status: int = 200) -> Response:
    """A page under a strict content policy; `body` is HTML whose values are escaped already.

    form_targets : origins a form may end at; a consent page names the app's own
    """
    document = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n"
        f'<link rel="stylesheet" href="{STYLE_PATH}">\n</head>\n'
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )
    policy = f"default-src 'none'; style-src 'self'; form-action {form_targets}; base-uri 'none'"
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return HTMLResponse(document, status_code=status, headers=headers)


def style_sheet() -> Response:
    text = files("tiktok_sandbox.phone").joinpath("phone.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css")


def hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'


async def read_form(request: Request) -> dict[str, str]:
    """Fields of a URL-encoded form, the only kind these pages send."""
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
