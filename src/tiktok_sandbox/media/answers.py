"""Files over HTTP: whole, unchanged, or one part of them. Source: RFC 9110, §§8.8, 13, 14."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

JPEG, MP4, MP3 = "image/jpeg", "video/mp4", "audio/mpeg"
LINKED = "private, max-age=600"
"""A signed link is another address soon; what it shows may be kept for some minutes."""
ASK_AGAIN = "no-cache"
"""An address without an end: kept, and asked about each time."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def file_answer(request: Request, content: bytes, media_type: str, *, caching: str) -> Response:
    """200 with all of it, 206 with the part asked for, 304 when the reader has it, or 416.

    Several parts at once are answered with the whole, as the RFC allows. `content` is not empty.
    """
    tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers = {
        "ETag": tag,
        "Cache-Control": caching,
        "Accept-Ranges": "bytes",
        "Content-Type": media_type,
        "X-Content-Type-Options": "nosniff",
    }
    if _is_same(request.headers.get("If-None-Match", ""), tag):
        del headers["Content-Type"]
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("Range") if request.method == "GET" else None
    if asked is None or request.headers.get("If-Range", tag) != tag:
        return Response(content, headers=headers)
    part = part_of(asked, len(content))
    if part is None:
        return Response(content, headers=headers)
    if not part:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return Response(status_code=416, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    return Response(content[part.start : part.stop], status_code=206, headers=headers)


def part_of(asked: str, length: int) -> range | None:
    """Bytes that a Range header asks for; an empty range: there are none; None: no range we read."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if first == "":
        return range(max(0, length - int(last)), length)
    start, stop = int(first), int(last) + 1 if last else length
    if start >= stop and last:
        return None
    return range(min(start, length), min(stop, length))


def denied() -> Response:
    """What links answer that ended, were changed, or whose video is gone.

    HTTP 403 is what third parties report of TikTok's file servers; the text is ours (unverified).
    """
    return PlainTextResponse("Access Denied", 403, headers={"Cache-Control": "no-store"})


def not_found() -> Response:
    return PlainTextResponse("Not Found", 404, headers={"Cache-Control": "no-store"})


def _is_same(given: str, tag: str) -> bool:
    tags = {each.strip().removeprefix("W/") for each in given.split(",")}
    return "*" in tags or tag in tags
