"""`tiktok-sandbox truth`: what really happened in a running sandbox."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode

import click

DEFAULT_PORT = 8790
ANSWER_SECONDS, PAGE = 60, 5_000
PATH = "/sandbox/v1/truth/"


@click.command()
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}", show_default=True)
@click.option("--part", help="One part only, like posts, orders or by_post: a row per line.")
def truth(url: str, part: str | None) -> None:
    """Print what really happened in a running sandbox, as JSON."""
    if not url.startswith(("http://", "https://")):
        raise click.ClickException("--url must start with http:// or https://")
    if part is None:
        click.echo(json.dumps(_ask(url, {}), indent=2))
        return
    after: int | None = 0
    while after is not None:
        page = _ask(url, {"part": part, "after": after, "limit": PAGE})
        for row in page["rows"]:
            click.echo(json.dumps(row))
        after = page["next"]


def _ask(url: str, asked: dict[str, object]) -> Any:
    """Raises ClickException."""
    address = url.rstrip("/") + PATH + (f"?{urlencode(asked)}" if asked else "")
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as reply:  # noqa: S310 - checked above
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            raise click.ClickException(_reason(error.read())) from None
    except (urllib.error.URLError, json.JSONDecodeError) as error:
        raise click.ClickException(f"no sandbox answered at {url}: {error}") from None


def _reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["error"])
    except (ValueError, KeyError, TypeError):
        return answer.decode("utf-8", "replace")
