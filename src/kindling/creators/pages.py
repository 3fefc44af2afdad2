"""Pages of creators: the directory, adding one, connecting their TikTok account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.creators import directory as kept
from kindling.creators import found as finding
from kindling.creators import service
from kindling.creators.models import Finding
from kindling.errors import InvalidInputError, KindlingError
from kindling.web import one_page, page, whole_number
from kindling.wiring import now
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


@page()
def directory(request: HttpRequest, actor: Actor) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    tag, country = request.GET.get("tag", ""), request.GET.get("country", "")
    sort = request.GET.get("sort", "")
    found = service.directory(actor.workspace, search=search, tag=tag, country=country, sort=sort)
    creators = one_page(request, found.values_list("pk", flat=True))
    creators.object_list = service.with_posts(creators.object_list)
    context = {
        "creators": creators,
        "sort": sort if sort in service.SORTS else "handle",
        "sorts": service.SORTS,
        "search": search,
        "tag": tag,
        "country": country,
        "tags": kept.tags_in_use(actor.workspace),
        "countries": kept.countries(actor.workspace),
    }
    return render(request, "creators/list.html", context)


@page()
def found(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who names the brand, and who is mentioned, in the captions Kindling has read."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in Finding.Kind.values else Finding.Kind.NAMES_BRAND.value
    context = {
        "rows": one_page(request, finding.listing(actor.workspace, kind=kind)),
        "kind": kind,
        "kinds": Finding.Kind.choices,
        "looked_at": finding.looked_at(actor.workspace),
    }
    return render(request, "creators/found.html", context)


@page(Action.MANAGE_CREATORS, method="POST")
def add_found(request: HttpRequest, actor: Actor) -> HttpResponse:
    made = finding.add(actor, request.POST.get("handle", ""), at=now())
    messages.success(request, f"@{made.handle} is in the directory.")
    back = reverse("creators:found", args=[actor.workspace.slug])
    return redirect(f"{back}?kind={Finding.Kind.MENTIONED}")


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
    messages.success(request, f"@{made.handle} is in the directory.")
    return redirect("today:creator", actor.workspace.slug, made.handle)


@page(Action.MANAGE_CREATORS)
def connect(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """The link by which a creator connects; opened here or sent to them. It works for an hour."""
    creator = service.find_creator(actor.workspace, handle)
    connection = workspaces.find_connection(
        actor, whole_number(request.GET.get("connection"), "Connection")
    )
    url = service.consent_url(actor, connection, creator, callback=_callback(request, actor))
    return render(request, "creators/connect.html", {"creator": creator, "consent_url": url})


@page(Action.MANAGE_CREATORS)
def callback(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Where TikTok sends a creator back to after the consent."""
    connection, creator = service.facts_of_state(actor, request.GET.get("state", ""))
    code = request.GET.get("code", "")
    if not code:
        raise InvalidInputError(
            f"@{creator.handle} did not allow the connection.",
            next_step="Ask for a code instead, or send the link again.",
        )
    service.finish_consent(
        actor, connection, creator, auth_code=code, callback=_callback(request, actor), at=now()
    )
    messages.success(
        request, f"@{creator.handle} is connected; posts and numbers follow in minutes."
    )
    return redirect("today:creator", actor.workspace.slug, creator.handle)


def _callback(request: HttpRequest, actor: Actor) -> str:
    return request.build_absolute_uri(reverse("creators:callback", args=[actor.workspace.slug]))
