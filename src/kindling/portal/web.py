"""Who stands at the portal's door: the cookie, the session behind it, how often, and the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Literal, ParamSpec

from allauth.core.ratelimit import consume_or_429
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from kindling.access import service as access
from kindling.access.models import PortalSession
from kindling.clock import now
from kindling.creators.models import Creator
from kindling.errors import KindlingError, TooManyError
from kindling.kit.time import zone
from kindling.workspaces.web import only_forms

COOKIE = "kindling_portal"
P = ParamSpec("P")
View = Callable[..., HttpResponse]


def portal_page(
    *, method: Literal["GET", "POST", "ANY"] = "GET"
) -> Callable[
    [Callable[Concatenate[HttpRequest, PortalSession, P], HttpResponse]],
    Callable[..., HttpResponse],
]:
    """A page for the creator of a running session, in their language. Nobody gets the way in, and no more."""
    guards: dict[str, Callable[[View], View]] = {
        "GET": require_safe, "POST": only_forms("kindling_portal"), "ANY": lambda view: view,
    }  # fmt: skip

    def decorate(
        view: Callable[Concatenate[HttpRequest, PortalSession, P], HttpResponse],
    ) -> Callable[..., HttpResponse]:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            key = request.COOKIES.get(COOKIE, "")
            session = access.session_of(key, at=now()) if key else None
            if session is None:
                return _closed(request)
            request.portal = session  # type: ignore[attr-defined]  # read by the portal's templates
            creator = session.creator
            with (
                translation.override(language_for(request, creator)),
                timezone.override(zone(creator.workspace.timezone)),
            ):
                try:
                    if request.method == "POST":
                        check_pace(request, session)
                    answer = view(request, session, *args, **kwargs)
                except KindlingError as error:
                    answer = render(
                        request, "portal/problem.html", {"error": error}, status=error.http_status
                    )
            return _private(answer)

        guarded: Callable[..., HttpResponse] = guards[method](wrapped)
        guarded.kindling_portal = method  # type: ignore[attr-defined]  # read by the access test
        return guarded

    return decorate


def language_for(request: HttpRequest, creator: Creator | None = None) -> str:
    """The language that was chosen for the creator, else the browser's where the portal speaks it, else English."""
    chosen = creator.language if creator else ""
    return chosen or translation.get_language_from_request(request)


def check_pace(
    request: HttpRequest,
    session: PortalSession,
    *,
    of: Literal["portal", "portal_code"] = "portal",
) -> None:
    """Count one more of these, for the device and for the creator (KINDLING_PORTAL_LIMIT, …_CODE_LIMIT).

    raises : TooManyError when it is too often
    """
    whose = {"session": session.pk, "creator": session.creator_id}
    for each, pk in whose.items():
        if is_too_often(request, f"{of}_{each}", key=str(pk)):
            raise too_often()


def too_often() -> TooManyError:
    return TooManyError(
        "You sent this too often in a short time.", next_step="Wait a few minutes, then try again."
    )


def is_too_often(
    request: HttpRequest, action: str, *, key: str = "", limit_get: bool = True
) -> bool:
    """Count one more; whether it is over the rate of ACCOUNT_RATE_LIMITS."""
    refused = consume_or_429(request, action=action, key=key or None, limit_get=limit_get)
    return refused is not None


def _closed(request: HttpRequest) -> HttpResponse:
    with translation.override(language_for(request)):
        return _private(render(request, "portal/closed.html", status=401))


def _private(answer: HttpResponse) -> HttpResponse:
    """Nothing of it stays in a shared cache. No address goes to another site: the policy of every page sees to it."""
    answer["Cache-Control"] = "no-store"
    return answer
