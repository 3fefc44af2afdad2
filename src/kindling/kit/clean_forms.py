"""Forms as they can be stored: every value without U+0000, before a view reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from kindling.kit.text import storable


class CleanForms:
    """Middleware, behind the check of CSRF, which has read the form already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> None:
        is_api = getattr(view, "csrf_exempt", False)  # it reads its bodies itself: `CleanParser`
        if request.method != "POST" or is_api:
            return
        cleaned = QueryDict(mutable=True)
        for name, values in request.POST.lists():
            cleaned.setlist(storable(name), storable(values))
        cleaned._mutable = False
        request.POST = cleaned  # type: ignore[assignment]
