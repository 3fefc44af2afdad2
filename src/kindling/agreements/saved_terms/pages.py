"""Pages of agreement templates: all of them, one with its terms, the default, deleting one."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.agreements.contract import fields
from kindling.agreements.contract.summaries import summary
from kindling.agreements.contract.terms import Terms
from kindling.agreements.forms import DefaultForm, TemplateForm
from kindling.agreements.models import TermsTemplate
from kindling.agreements.pages import decide_on_terms, preview_of
from kindling.agreements.saved_terms import service
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

SUMMED_UP = ("deal", "use", "term", "fees")  # what tells one template from another


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"agreements:{name}", args=[actor.workspace.slug, *more])


@page(Action.MANAGE_AGREEMENTS)
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    titles = {group.key: group.title for group in fields.GROUPS}
    points = service.starting_points(actor.workspace)
    context = {
        "points": [
            (each, [(titles[key], summary(key, each.terms)) for key in SUMMED_UP])
            for each in points
        ],
        "has_default": any(each.is_default for each in points),
    }
    return render(request, "agreements/templates.html", context)


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A template of one's own, from that of `?template=` or the workspace's defaults."""
    name = request.GET.get("template", "")
    start = service.starting_terms(actor.workspace, name)
    form = TemplateForm(request, start=start, initial={"name": name})
    return _form(request, actor, form, None)


@page(Action.MANAGE_AGREEMENTS, method="ANY")
def change(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    found = service.find_template(actor.workspace, template)
    about = {"name": found.name, "is_default": found.is_default}
    form = TemplateForm(request, start=found.content, initial=about).guarded()
    return _form(request, actor, form, found)


def _form(
    request: HttpRequest, actor: Actor, form: TemplateForm, known: TermsTemplate | None
) -> HttpResponse:
    def do(name: str, is_default: bool, terms: Terms) -> TermsTemplate:
        return service.save_template(
            actor, name=name, terms=terms, is_default=is_default, template=known, at=now()
        )

    def show(error: KindlingError | None) -> HttpResponse:
        context = {"form": form, "known": known, "preview": preview_of(form), "error": error}
        return render(request, "agreements/template_form.html", context)

    return decide_on_terms(
        request, form, do, to=_url(actor, "templates"), said="The template is saved.", show=show
    )


@page(Action.MANAGE_AGREEMENTS, method="POST")
def default(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    """Let new agreements start from it, or from Kindling's usual values again."""
    found = service.find_template(actor.workspace, template)
    return decide(
        request, DefaultForm(request), partial(service.set_default, actor, found, at=now()),
        said="Saved. New agreements start from the default.", to=_url(actor, "templates"),
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def delete(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    found = service.find_template(actor.workspace, template)
    return decide(
        request, None, partial(service.delete_template, actor, found, at=now()),
        said=f"Deleted: {found.name}. Agreements that started from it keep their terms.",
        to=_url(actor, "templates"),
    )  # fmt: skip
