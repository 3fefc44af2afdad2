"""What people do with one creator: change facts, write notes, rename, merge, open the portal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.creators import cells, directory, links, service
from kindling.creators.directory import Facts
from kindling.creators.models import LANGUAGES, Creator
from kindling.errors import InvalidInputError, KindlingError
from kindling.web import page
from kindling.wiring import now
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


def _back(actor: Actor, creator: Creator) -> HttpResponse:
    return redirect("today:creator", actor.workspace.slug, creator.handle)


@page(Action.MANAGE_CREATORS, method="ANY")
def edit(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """What is known of a creator, to be corrected by hand."""
    creator = service.find_creator(actor.workspace, handle)
    context = {"creator": creator, "languages": LANGUAGES}
    if request.method != "POST":
        typed = {
            "display_name": creator.display_name,
            "email": creator.email,
            "language": creator.language,
            "country": creator.country,
            "tags": ", ".join(creator.tags.values_list("name", flat=True)),
            "is_own": creator.is_own,
        }
        return render(request, "creators/edit.html", {**context, "typed": typed})
    try:
        directory.change(actor, creator, _facts(request), at=now())
    except KindlingError as error:
        context |= {"typed": request.POST, "error": error}
        return render(request, "creators/edit.html", context, status=error.http_status)
    messages.success(request, "Saved.")
    return _back(actor, creator)


def _facts(request: HttpRequest) -> Facts:
    typed = request.POST
    country = typed.get("country", "").strip()
    try:
        country = cells.read_country(country) if country else ""
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the country.") from None
    return Facts(
        display_name=typed.get("display_name", "").strip()[:120],
        email=typed.get("email", "").strip().lower(),
        language=typed.get("language", "en"),
        country=country,
        tags=tuple(cells.read_tags(typed.get("tags", ""))),
        is_own="is_own" in typed,
    )


@page(Action.WRITE_NOTES, method="POST")
def write_note(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    directory.write_note(actor, creator, request.POST.get("text", ""), at=now())
    messages.success(request, "The note is kept.")
    return _back(actor, creator)


@page(Action.WRITE_NOTES, method="POST")
def delete_note(request: HttpRequest, actor: Actor, handle: str, note: int) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    directory.delete_note(actor, creator, note, at=now())
    messages.success(request, "The note is deleted.")
    return _back(actor, creator)


@page(Action.MANAGE_CREATORS, method="POST")
def rename(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    renamed = directory.rename(actor, creator, request.POST.get("handle", ""), at=now())
    messages.success(request, f"@{renamed.handle} it is; the former handle still finds them.")
    return _back(actor, renamed)


@page(Action.MANAGE_CREATORS, method="POST")
def merge(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    into = service.find_creator(
        actor.workspace, request.POST.get("into", "").strip().lower().lstrip("@")
    )
    kept = directory.merge(actor, creator, into, reason=request.POST.get("reason", ""), at=now())
    messages.success(request, f"@{handle} is @{kept.handle} now.")
    return _back(actor, kept)


@page(Action.MANAGE_CREATORS, method="POST")
def portal_link(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """A magic link, shown once."""
    creator = service.find_creator(actor.workspace, handle)
    url = links.make_link(creator, purpose="given by hand", at=now(), actor=actor)
    answer = render(request, "creators/portal_link.html", {"creator": creator, "url": url})
    answer["Cache-Control"] = "no-store"
    return answer


@page(Action.MANAGE_CREATORS, method="POST")
def portal_revoke(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    count = links.revoke_all(actor, creator, at=now())
    messages.success(request, f"{count} link{'s' if count != 1 else ''} and devices closed.")
    return _back(actor, creator)
