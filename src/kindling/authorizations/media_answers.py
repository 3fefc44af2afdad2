"""Answers with a post's still and its video, for pages that have checked who asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kindling.authorizations import clips
from kindling.errors import InvalidInputError
from kindling.kit.pictures import CONTENT_TYPE
from kindling.posts.models import Post
from kindling.posts.reading.stills import Still

A_YEAR = 365 * 86_400


def still_answer(request: HttpRequest, still: Still) -> HttpResponse:
    """The picture. Its address names its version: under that one it never changes."""
    tag = f'"{still.version}-{len(still.data)}"'
    is_named = request.GET.get("v") == still.version
    lives = f"max-age={A_YEAR}, immutable" if is_named else "no-cache"
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, {lives}",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(still.data, content_type=CONTENT_TYPE, headers=headers)


def clip_answer(request: HttpRequest, post: Post) -> HttpResponse:
    """A piece of the video (206), or all of it where it is short (200)."""
    asked = request.headers.get("Range", "")
    headers = {"Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}
    try:
        piece = clips.piece_of(post, asked)
    except InvalidInputError:
        return HttpResponse(status=416, headers=headers)
    if not asked and len(piece.body) < piece.total:
        return HttpResponse(status=416, headers=headers)  # too long for one answer: ask for ranges
    headers["Cache-Control"] = "private, max-age=300"
    if asked:
        last = piece.start + len(piece.body) - 1
        headers["Content-Range"] = f"bytes {piece.start}-{last}/{piece.total}"
    status = 206 if asked else 200
    return HttpResponse(piece.body, status=status, content_type="video/mp4", headers=headers)
