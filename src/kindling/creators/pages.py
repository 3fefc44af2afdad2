"""Pages of creators: the directory, adding and changing one, those who mention the brand, connecting TikTok."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.creators import directory, grants, service
from kindling.creators import mentions as finding
from kindling.creators import rules as creators_rules
from kindling.creators.directory import Facts
from kindling.creators.lists import CREATORS
from kindling.creators.models import LANGUAGES, Creator, Mention
from kindling.errors import InvalidInputError, KindlingError
from kindling.lists.web import show_list
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page, reason_of, whole_number


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, CREATORS, "creators/list.html")


@page()
def mentions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who names the brand, and who is mentioned, in the captions Kindling has read."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Mention.Kind.values else Mention.Kind.NAMES_BRAND.value
    context = {
        "rows": one_page(request, finding.list_mentions(actor.workspace, kind=kind)),
        "kind": kind,
        "kinds": Mention.Kind.choices,
        "looked_at": finding.looked_at(actor.workspace),
    }
    return render(request, "creators/mentions.html", context)


@page(Action.MANAGE_CREATORS, method="POST")
def add_mentioned(request: HttpRequest, actor: Actor) -> HttpResponse:
    made = finding.add(actor, request.POST.get("handle", ""), at=now())
    messages.success(request, f"@{made.handle} was added to the directory.")
    back = reverse("creators:mentions", args=[actor.workspace.slug])
    return redirect(f"{back}?kind={Mention.Kind.MENTIONED}")


@page(Action.MANAGE_CREATORS, method="ANY")
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return render(request, "creators/add.html", {"typed": {}})
    try:
        made = service.add_creator(
            actor,
            handle=request.POST.get("handle", ""),
            email=request.POST.get("email", "").strip(),
            at=now(),
        )
    except KindlingError as error:
        context = {"typed": request.POST, "error": error}
        return render(request, "creators/add.html", context, status=error.http_status)
    messages.success(request, f"@{made.handle} was added to the directory.")
    return redirect("profiles:creator", actor.workspace.slug, made.handle)


@page(Action.MANAGE_CREATORS)
def connect(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """The link by which a creator connects; opened here or sent to them. It works for an hour."""
    creator = service.find_creator(actor.workspace, handle)
    connection = workspaces.find_connection(
        actor, whole_number(request.GET.get("connection"), "Connection")
    )
    url = grants.consent_url(actor, connection, creator, callback=_callback(request, actor))
    return render(request, "creators/connect.html", {"creator": creator, "consent_url": url})


@page(Action.MANAGE_CREATORS)
def callback(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where TikTok sends a creator back to after the consent."""
    connection, creator = grants.facts_of_state(actor, request.GET.get("state", ""))
    code = request.GET.get("code", "")
    if not code:
        raise InvalidInputError(
            f"@{creator.handle} did not allow the connection.",
            next_step="Ask for a code instead, or send the link again.",
        )
    grants.finish_consent(
        actor, connection, creator, auth_code=code, callback=_callback(request, actor), at=now()
    )
    messages.success(
        request, f"@{creator.handle} is connected. Posts and metrics will appear in a few minutes."
    )
    return redirect("profiles:creator", actor.workspace.slug, creator.handle)


def _callback(request: HttpRequest, actor: Actor) -> str:
    return request.build_absolute_uri(reverse("creators:callback", args=[actor.workspace.slug]))


# --- One creator ------------------------------------------------------------------------------------------


def _back(actor: Actor, creator: Creator) -> HttpResponse:
    return redirect("profiles:creator", actor.workspace.slug, creator.handle)


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
        country = creators_rules.read_country(country) if country else ""
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the country.") from None
    return Facts(
        display_name=typed.get("display_name", "").strip()[:120],
        email=typed.get("email", "").strip().lower(),
        language=typed.get("language", ""),
        country=country,
        tags=tuple(creators_rules.read_tags(typed.get("tags", ""))),
        is_own="is_own" in typed,
    )


@page(Action.WRITE_NOTES, method="POST")
def write_note(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    directory.write_note(actor, creator, request.POST.get("text", ""), at=now())
    messages.success(request, "The note is saved.")
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
    messages.success(
        request, f"Renamed to @{renamed.handle}. The former handle still finds this creator."
    )
    return _back(actor, renamed)


@page(Action.MANAGE_CREATORS, method="POST")
def merge(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    into = service.find_creator(
        actor.workspace, request.POST.get("into", "").strip().lower().lstrip("@")
    )
    merged = directory.merge(actor, creator, into, reason=reason_of(request), at=now())
    messages.success(request, f"@{handle} was merged into @{merged.handle}.")
    return _back(actor, merged)
