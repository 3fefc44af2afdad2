"""Pages of briefs: the list, the builder, giving them out, the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.briefs import deliverables as work
from kindling.briefs import rules, service, starting_points
from kindling.briefs.forms import AssignForm, BriefForm, BriefTemplateForm, SaveTemplateForm
from kindling.briefs.lists import BRIEFS, DELIVERABLES
from kindling.briefs.models import Brief, BriefTemplate, Deliverable
from kindling.briefs.rules import BriefState, Content
from kindling.clock import now
from kindling.creators import service as creators
from kindling.creators.models import Creator
from kindling.errors import InvalidInputError, KindlingError
from kindling.kit.time import last_minute
from kindling.lists.web import show_list
from kindling.products import service as products
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page

MOST_SKUS = 200


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"briefs:{name}", args=[actor.workspace.slug, *more])


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, BRIEFS, "briefs/list.html")


# --- The builder ------------------------------------------------------------------------------------------------


def _typed(content: Content) -> dict[str, Any]:
    """A brief's parts as the form shows them: lists one entry a line."""
    told = {name: getattr(content, name) for name in service.PARTS}
    return {
        name: "\n".join(value) if isinstance(value, tuple) else value
        for name, value in told.items()
    }


def _form(request: HttpRequest, actor: Actor, content: Content) -> BriefForm:
    known = list(products.products(actor.workspace))[:MOST_SKUS]
    return BriefForm(request, known_skus=known, initial=_typed(content))


@page(Action.MANAGE_BRIEFS, method="ANY")
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new brief, from the template of `?template=` where one is chosen."""
    chosen = request.GET.get("template", "")
    start = starting_points.starting_content(actor.workspace, chosen)
    form = _form(request, actor, replace(start, title=request.GET.get("title", "")))

    def do(**given: Any) -> Brief:
        return service.make_brief(actor, service.content_from(actor.workspace, given), at=now())

    return decide(
        request, form, do,
        said="Saved as a draft. See below what is missing.",
        to=lambda made: _url(actor, "one", made.pk),
        show=lambda error: render(
            request,
            "briefs/form.html",
            {
                "form": form,
                "points": starting_points.templates(actor.workspace),
                "chosen": chosen,
                "error": error,
            },
        ),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="ANY")
def change(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    brief = service.find_brief(actor.workspace, pk)
    form = _form(request, actor, service.content_of(brief)).guarded()

    def do(**given: Any) -> Brief:
        content = service.content_from(actor.workspace, given)
        return service.change_brief(actor, brief, content, at=now())

    return decide(
        request, form, do,
        said=lambda done: f"Saved as version {done.version}.",
        to=_url(actor, "one", pk),
        show=lambda error: render(
            request, "briefs/form.html", {"form": form, "brief": brief, "error": error}
        ),
    )  # fmt: skip


@page()
def one(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _one(request, actor, service.find_brief(actor.workspace, pk))


def _one(
    request: HttpRequest,
    actor: Actor,
    brief: Brief,
    error: KindlingError | None = None,
    *,
    template_form: SaveTemplateForm | None = None,
) -> HttpResponse:
    at = now()
    rails = rules.guard_rails(service.content_of(brief))
    rows = work.narrowed(work.deliverables(actor.workspace), brief=str(brief.pk))
    context = {
        "brief": brief,
        "blocks": [rail for rail in rails if rail.is_block],
        "advice": [rail for rail in rails if not rail.is_block],
        "versions": brief.versions.select_related("by")[:20],
        "rows": [work.card(row, now=at) for row in rows[:20]],
        "row_count": rows.count(),
        "template_form": template_form or SaveTemplateForm(initial={"name": brief.title[:80]}),
        "error": error,
    }
    return render(request, "briefs/one.html", context)


Step = Callable[..., Brief]


def _step(request: HttpRequest, actor: Actor, pk: int, step: Step, said: str) -> HttpResponse:
    brief = service.find_brief(actor.workspace, pk)
    return decide(
        request, None, lambda: step(actor, brief, at=now()),
        said=said, to=lambda done: _url(actor, "one", done.pk),
        show=lambda error: _one(request, actor, brief, error),
    )  # fmt: skip


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


@page(Action.MANAGE_BRIEFS, method="POST")
def save_template(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    brief = service.find_brief(actor.workspace, pk)
    form = SaveTemplateForm(request)
    return decide(
        request, form, partial(starting_points.save_template, actor, brief, at=now()),
        said="The template is saved. Choose it when you write a new brief.",
        to=_url(actor, "one", pk),
        show=lambda error: _one(request, actor, brief, error, template_form=form),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="ANY")
def change_template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    """A template's own page: every part of a brief but its title."""
    found = starting_points.find_template(actor.workspace, template)
    known = list(products.products(actor.workspace))[:MOST_SKUS]
    told = {**_typed(starting_points.content_in(found)), "name": found.name}
    form = BriefTemplateForm(request, known_skus=known, initial=told).guarded()

    def do(name: str, **given: Any) -> BriefTemplate:
        content = service.content_from(actor.workspace, given)
        return starting_points.change_template(actor, found, name=name, content=content, at=now())

    return decide(
        request, form, do,
        said="The template is saved. Briefs that started from it stay as they are.",
        to=_url(actor, "add"),
        show=lambda error: render(
            request, "briefs/form.html", {"form": form, "template": found, "error": error}
        ),
    )  # fmt: skip


@page(Action.MANAGE_BRIEFS, method="POST")
def delete_template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    found = starting_points.find_template(actor.workspace, template)
    return decide(
        request, None, partial(starting_points.delete_template, actor, found, at=now()),
        said=f"Deleted: {found.name}. Briefs that started from it stay as they are.",
        to=_url(actor, "add"),
    )  # fmt: skip


# --- Giving out -------------------------------------------------------------------------------------------------


@page(Action.MANAGE_BRIEFS, method="ANY")
def give_out(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Give a brief to many creators: ticked in the directory, or pasted as handles."""
    brief = service.find_brief(actor.workspace, pk)
    today = now()
    days = {"draft_due": brief.draft_days, "post_due": brief.post_days}
    initial = {name: (today + timedelta(days=each)).date() for name, each in days.items()}
    form = AssignForm(request, initial={"title": brief.title, **initial})

    def do(
        creator: list[str],
        handles: list[str],
        title: str,
        kind: str,
        draft_due: date | None,
        post_due: date | None,
    ) -> list[Deliverable]:
        zone = actor.workspace.timezone
        return work.assign(
            actor,
            brief,
            _named(actor, [*creator, *handles]),
            title=title,
            kind=kind,
            draft_due_at=None if draft_due is None else last_minute(draft_due, zone),
            post_due_at=None if post_due is None else last_minute(post_due, zone),
            at=now(),
        )

    def show(error: KindlingError | None) -> HttpResponse:
        search = request.GET.get("q", "").strip()
        context = {
            "brief": brief,
            "form": form,
            "error": error,
            "search": search,
            "creators": one_page(request, creators.directory(actor.workspace, search=search)),
        }
        return render(request, "briefs/give_out.html", context)

    return decide(
        request, form, do,
        said=lambda made: f"Assigned to {len(made)} creator{'' if len(made) == 1 else 's'}.",
        to=_url(actor, "one", pk), show=show,
    )  # fmt: skip


def _named(actor: Actor, handles: list[str]) -> list[Creator]:
    if len(handles) > work.MOST_ASSIGNED:
        raise InvalidInputError(
            f"{len(handles)} creators at once; at most {work.MOST_ASSIGNED} are allowed.",
            next_step="Assign in several steps.",
            field="handles",
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
            field="handles",
        )
    return list(known.values())


# --- The pipeline -----------------------------------------------------------------------------------------------


@page()
def pipeline(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Deliverables by state: who waits for whom, and what is late."""
    at = now()
    brief, creator = request.GET.get("brief", ""), request.GET.get("creator", "").strip()
    is_late = request.GET.get("late", "") == "1"
    rows = work.narrowed(work.deliverables(actor.workspace), brief=brief, creator=creator)
    if is_late:
        rows = work.late(rows, now=at)
    context = {
        "brief": brief,
        "creator": creator,
        "is_late": is_late,
        "briefs": Brief.objects.filter(workspace=actor.workspace).exclude(
            state=BriefState.ARCHIVED.value
        )[:200],
        "columns": work.board(rows, now=at),
        "is_filtered": bool(brief or creator or is_late),
    }
    return render(request, "briefs/pipeline.html", context)


@page()
def listing_of_deliverables(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Deliverables as a list."""
    return show_list(request, actor, DELIVERABLES, "briefs/deliverables.html")
