"""Pages of creators: the directory, adding and changing one, those who mention the brand, connecting TikTok."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling.clock import now
from kindling.creators import directory, grants, service
from kindling.creators import mentions as finding
from kindling.creators.directory import Facts
from kindling.creators.forms import (
    AddForm,
    EditForm,
    MentionedForm,
    MergeForm,
    NoteForm,
    RenameForm,
)
from kindling.creators.lists import CREATORS, MENTIONS
from kindling.creators.models import Creator, Mention
from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.kit.forms import Form
from kindling.lists.web import show_list
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, CREATORS, "creators/list.html")


@page()
def mentions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who names the brand, and who is mentioned, in the captions Kindling has read."""
    return _mentions(request, actor)


def _mentions(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    context = {"looked_at": finding.looked_at(actor.workspace)}
    return show_list(request, actor, MENTIONS, "creators/mentions.html", context, error=error)


@page(Action.MANAGE_CREATORS, method="POST")
def add_mentioned(request: HttpRequest, actor: Actor) -> HttpResponse:
    back = reverse("creators:mentions", args=[actor.workspace.slug])
    return decide(
        request, MentionedForm(request), partial(finding.add, actor, at=now()),
        said=_was_added, to=f"{back}?kind={Mention.Kind.MENTIONED}",
        show=lambda error: _mentions(request, actor, error),
    )  # fmt: skip


def _was_added(made: Creator) -> str:
    return f"@{made.handle} was added to the directory."


@page(Action.MANAGE_CREATORS, method="ANY")
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = AddForm(request)
    return decide(
        request, form, partial(service.add_creator, actor, at=now()),
        said=_was_added, to=lambda made: _one(actor, made),
        show=lambda error: render(request, "creators/add.html", {"form": form, "error": error}),
    )  # fmt: skip


@page(Action.MANAGE_CREATORS)
def connect(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """The link by which a creator connects; opened here or sent to them. It works for an hour."""
    creator = service.find_creator(actor.workspace, handle)
    given = request.GET.get("connection", "")
    connection = workspaces.find_connection(
        actor, int(given) if given.isdecimal() and len(given) < 10 else 0
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
    return redirect(_one(actor, creator))


def _callback(request: HttpRequest, actor: Actor) -> str:
    return request.build_absolute_uri(reverse("creators:callback", args=[actor.workspace.slug]))


# --- One creator ------------------------------------------------------------------------------------------


def _one(actor: Actor, creator: Creator) -> str:
    return reverse("profiles:creator", args=[actor.workspace.slug, creator.handle])


@page(Action.MANAGE_CREATORS, method="ANY")
def edit(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """What is known of a creator, to be corrected by hand."""
    creator = service.find_creator(actor.workspace, handle)
    form = EditForm(request, initial=_known(creator)).guarded()

    def do(**facts: Any) -> Creator:
        return directory.change(actor, creator, Facts(**facts), at=now())

    return decide(
        request, form, do, said="Saved.", to=_one(actor, creator),
        show=lambda error: _edit(request, creator, error, edit_form=form),
    )  # fmt: skip


def _known(creator: Creator) -> dict[str, Any]:
    names = ("display_name", "email", "language", "country", "is_own")
    tags = ", ".join(creator.tags.values_list("name", flat=True))
    return {name: getattr(creator, name) for name in names} | {"tags": tags}


def _edit(
    request: HttpRequest, creator: Creator, error: KindlingError | None, **sent: Form
) -> HttpResponse:
    """The page to correct a creator, the form that was sent with what was typed."""
    context = {
        "creator": creator,
        "edit_form": EditForm(initial=_known(creator)).guarded(),
        "rename_form": RenameForm(),
        "merge_form": MergeForm(),
        **sent,
        "error": error,
    }
    return render(request, "creators/edit.html", context)


@page(Action.WRITE_NOTES, method="POST")
def write_note(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    form = NoteForm(request)
    return decide(
        request, form, partial(directory.write_note, actor, creator, at=now()),
        said="The note is saved.", to=_one(actor, creator),
        show=lambda error: render(
            request, "creators/note.html", {"creator": creator, "form": form, "error": error}
        ),
    )  # fmt: skip


@page(Action.WRITE_NOTES, method="POST")
def delete_note(request: HttpRequest, actor: Actor, handle: str, note: int) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    directory.delete_note(actor, creator, note, at=now())
    messages.success(request, "The note is deleted.")
    return redirect(_one(actor, creator))


@page(Action.MANAGE_CREATORS, method="POST")
def rename(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    form = RenameForm(request)

    def do(handle: str) -> Creator:
        return directory.rename(actor, creator, handle, at=now())

    return decide(
        request, form, do,
        said=lambda done: f"Renamed to @{done.handle}. The former handle still finds this creator.",
        to=lambda done: _one(actor, done),
        show=lambda error: _edit(request, creator, error, rename_form=form),
    )  # fmt: skip


@page(Action.MANAGE_CREATORS, method="POST")
def merge(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    creator = service.find_creator(actor.workspace, handle)
    form = MergeForm(request)

    def do(into: str, reason: str) -> Creator:
        try:
            other = service.find_creator(actor.workspace, into)
        except NotFoundError as error:  # a slip of the pen, not a page that is missing
            raise InvalidInputError(
                error.message, next_step=error.next_step, field="into"
            ) from None
        return directory.merge(actor, creator, other, reason=reason, at=now())

    return decide(
        request, form, do,
        said=lambda done: f"@{handle} was merged into @{done.handle}.",
        to=lambda done: _one(actor, done),
        show=lambda error: _edit(request, creator, error, merge_form=form),
    )  # fmt: skip
