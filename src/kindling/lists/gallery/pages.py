"""A page that shows every part pages are made of, for whoever builds one. What is sent here is kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.money import Money
from kindling.lists.gallery.forms import SampleForm
from kindling.lists.spec import find_list
from kindling.lists.web import show_list
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

TONES = ("ok", "warn", "bad", "info", "busy", "waiting", "plain")


@dataclass(frozen=True, slots=True)
class SampleCreator:
    handle: str = "sample.ana"


@dataclass(frozen=True, slots=True)
class SamplePost:
    item_id: str = "7539007021978484361"
    creator: SampleCreator = SampleCreator()


@dataclass(frozen=True, slots=True)
class SampleGap:
    message: str = "Ad figures of Sample are missing for 01 Mar 2026: the sums here lack them."
    next_step: str = "What to do."


@dataclass(frozen=True, slots=True)
class SampleSync:
    """A sync that runs, has ended or failed."""

    started_at: datetime
    finished_at: datetime | None
    is_complete: bool = True
    percent: int | None = None
    problem: str = ""


def _syncs(at: datetime) -> list[SampleSync | None]:
    begun = at - timedelta(minutes=5)
    return [
        None,
        SampleSync(begun, None, percent=40),
        SampleSync(begun, at),
        SampleSync(begun, at, is_complete=False, problem="TikTok did not answer."),
    ]


@page(method="ANY")
def gallery(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = SampleForm(request, currency=actor.workspace.currency)
    if request.method == "POST" and not form.is_pressed("send"):  # its other buttons
        messages.success(request, "Nothing was kept.")
        return redirect(request.path)

    def show(error: KindlingError | None) -> HttpResponse:
        at = now()
        context = {
            "form": form,
            "post": SamplePost(),
            "tones": TONES,
            "price": Money(123_456, actor.workspace.currency),
            "loss": Money(-123_456, actor.workspace.currency),
            "soon": at + timedelta(days=3),
            "gaps": [SampleGap()],
            "syncs": _syncs(at),
            "pages": Paginator(range(120), 50).page(2),
        }
        if request.method != "POST":
            messages.info(request, "A message says what was just done.")
            messages.success(
                request, "Where it can be, it is undone here.", extra_tags=request.path
            )
        return show_list(
            request, actor, find_list("audit"), "lists/gallery.html", context, error=error
        )

    return decide(
        request, form, lambda **_: None, said="Nothing was kept.", to=request.path, show=show
    )
