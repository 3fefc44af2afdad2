"""Pages of briefs: the list, the builder, giving them out, the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.briefs import deliverables as work
from kindling.briefs import rules, service
from kindling.briefs.models import (
    AI_RULES,
    DISCLOSURES,
    LANGUAGES,
    MUSIC_RULES,
    Brief,
    Deliverable,
)
from kindling.briefs.rules import BriefState, Content, DeliverableState
from kindling.clock import now
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.creators.rules import clean_handle
from kindling.errors import InvalidInputError, KindlingError
from kindling.kit.time import last_minute
from kindling.products import service as products
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import day_or_none, one_page, page

CHOICES = {
    "music_rules": MUSIC_RULES,
    "disclosures": DISCLOSURES,
    "ai_rules": AI_RULES,
    "languages": LANGUAGES,
}


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in dict(Brief.STATES) else ""
    search = request.GET.get("q", "").strip()
    found = service.briefs(actor.workspace, state=state, search=search)
    counts = service.brief_counts(actor.workspace)
    context = {
        "briefs": one_page(request, found),
        "states": [(key, label, counts.get(key, 0)) for key, label in Brief.STATES],
        "state": state,
        "search": search,
    }
    return render(request, "briefs/list.html", context)


# --- The builder ------------------------------------------------------------------------------------------------


def _typed(content: Content) -> dict[str, Any]:
    """A brief's parts as the form shows them: lists one entry a line."""
    told = {name: getattr(content, name) for name in service.PARTS}
    return {
        name: "\n".join(value) if isinstance(value, tuple) else value
        for name, value in told.items()
    }


def _given(request: HttpRequest) -> dict[str, Any]:
    given = {name: request.POST.get(name, "") for name in service.PARTS}
    return {**given, "legal_needed": request.POST.get("legal_needed", "")}


def _form(
    request: HttpRequest,
    actor: Actor,
    typed: dict[str, Any],
    *,
    brief: Brief | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    context = {
        "typed": typed,
        "brief": brief,
        "error": error,
        "known_skus": list(products.products(actor.workspace))[:200],
        "most_words": rules.MOST_MUST_SAY_WORDS,
        **CHOICES,
    }
    status = error.http_status if error else 200
    return render(request, "briefs/form.html", context, status=status)


@page(Action.MANAGE_BRIEFS, method="ANY")
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _form(request, actor, _typed(Content()))
    try:
        content = service.content_from(actor.workspace, _given(request))
        brief = service.make_brief(actor, content, at=now())
    except KindlingError as error:
        return _form(request, actor, _given(request), error=error)
    messages.success(request, "Saved as a draft. See below what is missing.")
    return redirect("briefs:one", actor.workspace.slug, brief.pk)


@page(Action.MANAGE_BRIEFS, method="ANY")
def change(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    brief = service.find_brief(actor.workspace, pk)
    if request.method != "POST":
        return _form(request, actor, _typed(service.content_of(brief)), brief=brief)
    try:
        content = service.content_from(actor.workspace, _given(request))
        brief = service.change_brief(actor, brief, content, at=now())
    except KindlingError as error:
        return _form(request, actor, _given(request), brief=brief, error=error)
    messages.success(request, f"Saved as version {brief.version}.")
    return redirect("briefs:one", actor.workspace.slug, brief.pk)


@page()
def one(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _one(request, actor, service.find_brief(actor.workspace, pk))


def _one(
    request: HttpRequest, actor: Actor, brief: Brief, error: KindlingError | None = None
) -> HttpResponse:
    at = now()
    rails = rules.guard_rails(service.content_of(brief))
    rows = work.deliverables(actor.workspace, work.Filter(brief=str(brief.pk)), now=at)
    context = {
        "brief": brief,
        "blocks": [rail for rail in rails if rail.is_block],
        "advice": [rail for rail in rails if not rail.is_block],
        "versions": brief.versions.select_related("by")[:20],
        "rows": [work.card(row, now=at) for row in rows[:20]],
        "row_count": rows.count(),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "briefs/one.html", context, status=status)


Step = Callable[..., Brief]


def _step(request: HttpRequest, actor: Actor, pk: int, step: Step, said: str) -> HttpResponse:
    brief = service.find_brief(actor.workspace, pk)
    try:
        done = step(actor, brief, at=now())
    except KindlingError as error:
        return _one(request, actor, brief, error)
    messages.success(request, said)
    return redirect("briefs:one", actor.workspace.slug, done.pk)


@page(Action.MANAGE_BRIEFS, method="POST")
def ready(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _step(request, actor, pk, service.make_ready, "Ready to assign to creators.")


@page(Action.MANAGE_BRIEFS, method="POST")
def archive(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _step(request, actor, pk, service.archive, "Archived. Existing deliverables continue.")


@page(Action.MANAGE_BRIEFS, method="POST")
def take_back(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _step(request, actor, pk, service.take_back, "Restored as a draft.")


@page(Action.MANAGE_BRIEFS, method="POST")
def copy(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _step(request, actor, pk, service.copy_brief, "Copied. You are now editing the copy.")


# --- Giving out -------------------------------------------------------------------------------------------------


def _due(request: HttpRequest, actor: Actor, field: str) -> datetime | None:
    """The last minute of a form's day where the workspace is; None when left empty."""
    day = day_or_none(request.POST.get(field))
    return None if day is None else last_minute(day, actor.workspace.timezone)


@page(Action.MANAGE_BRIEFS, method="ANY")
def give_out(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Give a brief to many creators: ticked in the directory, or pasted as handles."""
    brief = service.find_brief(actor.workspace, pk)
    if request.method != "POST":
        return _give_out(request, actor, brief)
    try:
        made = work.assign(
            actor,
            brief,
            _chosen(request, actor),
            title=request.POST.get("title", ""),
            kind=request.POST.get("kind", "video"),
            draft_due_at=_due(request, actor, "draft_due"),
            post_due_at=_due(request, actor, "post_due"),
            at=now(),
        )
    except KindlingError as error:
        return _give_out(request, actor, brief, error)
    many = "1 creator" if len(made) == 1 else f"{len(made)} creators"
    messages.success(request, f"Assigned to {many}.")
    return redirect("briefs:one", actor.workspace.slug, brief.pk)


def _chosen(request: HttpRequest, actor: Actor) -> list[Creator]:
    typed = request.POST.get("handles", "").replace(",", " ").split()
    try:
        handles = [clean_handle(each) for each in [*request.POST.getlist("creator"), *typed]]
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct it.") from None
    if len(handles) > work.MOST_ASSIGNED:
        raise InvalidInputError(
            f"{len(handles)} creators at once; at most {work.MOST_ASSIGNED} are allowed.",
            next_step="Assign in several steps.",
        )
    known = {
        each.handle: each
        for each in Creator.objects.filter(workspace=actor.workspace, handle__in=handles)
    }
    unknown = [f"@{each}" for each in handles if each not in known]
    if unknown:
        raise InvalidInputError(
            f"Not in the directory: {', '.join(unknown[:10])}.",
            next_step="Add them to the directory first.",
        )
    return list(known.values())


def _give_out(
    request: HttpRequest, actor: Actor, brief: Brief, error: KindlingError | None = None
) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    today = now()
    context = {
        "brief": brief,
        "error": error,
        "search": search,
        "creators": one_page(request, creators.directory(actor.workspace, search=search)),
        "ticked": request.POST.getlist("creator"),
        "typed": request.POST,
        "kinds": Deliverable.Kind.choices,
        "draft_due": (today + timedelta(days=brief.draft_days)).date().isoformat(),
        "post_due": (today + timedelta(days=brief.post_days)).date().isoformat(),
    }
    status = error.http_status if error else 200
    return render(request, "briefs/give_out.html", context, status=status)


# --- The pipeline -----------------------------------------------------------------------------------------------


@page()
def pipeline(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Deliverables by state: who waits for whom, and what is late."""
    at = now()
    state = request.GET.get("state", "")
    wanted = work.Filter(
        brief=request.GET.get("brief", ""),
        creator=request.GET.get("creator", "").strip(),
        state=state if state in dict(Deliverable.STATES) else "",
        late=request.GET.get("late", "") == "1",
    )
    rows = work.deliverables(actor.workspace, wanted, now=at)
    shown = one_page(request, rows) if wanted.state else None
    context = {
        "wanted": wanted,
        "briefs": Brief.objects.filter(workspace=actor.workspace).exclude(
            state=BriefState.ARCHIVED.value
        )[:200],
        "columns": [] if wanted.state else work.board(rows, now=at),
        "shown": shown,
        "cards": [work.card(row, now=at) for row in shown] if shown else [],
        "is_filtered": wanted != work.Filter(),
        "states": [
            (each.value, each.value.replace("_", " ").capitalize()) for each in DeliverableState
        ],
    }
    return render(request, "briefs/pipeline.html", context)
