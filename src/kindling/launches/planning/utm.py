"""Landing addresses with UTM parameters and TikTok's macros. Source: domain reference §9."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# TikTok fills these at the click, so they must reach it unescaped.
MACROS = (
    "__CAMPAIGN_NAME__", "__CAMPAIGN_ID__", "__AID_NAME__", "__AID__", "__CID_NAME__", "__CID__",
    "__PLACEMENT__",
)  # fmt: skip
TEMPLATE = (
    ("utm_source", "tiktok"),
    ("utm_medium", "paid_social"),
    ("utm_campaign", "__CAMPAIGN_NAME__"),
    ("utm_content", "__CID__"),
    ("utm_term", "__AID__"),
)


def value(text: str) -> str:
    """A UTM value: lower case, [a-z0-9._-]."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-")


def landing_url(base: str, *, handle: str, item_id: str, sku: str) -> str:
    """The page an ad leads to, with who and what brought the visitor. Other parameters of `base` stay.

    handle, item_id : "" where the page is that of several posts: TikTok's macros still name the ad

    raises : ValueError when `base` is not an https address
    """
    parts = urlsplit(base.strip())
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{base!r} is not an https address")
    told = (("cr", value(handle)), ("post", item_id), ("sku", value(sku)))
    ours = [*TEMPLATE, *((name, text) for name, text in told if text or item_id)]
    names = {name for name, _ in ours}
    kept = [(name, text) for name, text in parse_qsl(parts.query) if name not in names]
    query = urlencode([*kept, *ours], quote_via=quote, safe="")
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, parts.fragment))


def read(url: str) -> dict[str, str]:
    """The query parameters of a landing address, lower-cased names; {} for no or a broken address."""
    try:
        return {name.lower(): text for name, text in parse_qsl(urlsplit(url).query)}
    except ValueError:
        return {}
