"""A draft's file as an answer: for the review desk, and for the creator's own pages."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse

from kindling.briefs.drafts import files
from kindling.briefs.models import Draft
from kindling.errors import NotFoundError
from kindling.kit import streams


def stream(request: HttpRequest, draft: Draft) -> HttpResponse:
    """A draft's file for somebody whose right to see it was checked."""
    if not draft.stored:
        raise NotFoundError("This draft is a link, not a file.", next_step="Open the link.")
    try:
        content = files.open_stored(draft.stored)
    except FileNotFoundError:
        raise NotFoundError(
            "The stored file is missing.", next_step="Ask for the draft again."
        ) from None
    answer = streams.stream(
        request,
        content,
        size=draft.size or 0,
        content_type=draft.content_type,
        name=draft.file_name,
        mark=draft.sha256,
        as_download="download" in request.GET,
    )
    return cast(HttpResponse, answer)
