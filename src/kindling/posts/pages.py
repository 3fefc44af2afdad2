"""Pages of posts: the library, the policy and its back-test, agreements; one post is a page of `profiles`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.money import from_minor
from kindling.kit.tables import Imported
from kindling.lists.web import show_list
from kindling.posts.evidence import backtest, policy, trial
from kindling.posts.evidence.trial import Preview
from kindling.posts.forms import ImportAgreementsForm, PolicyForm
from kindling.posts.lists import POSTS
from kindling.posts.reading import sources
from kindling.posts.rules import LANE_LABELS, Lane
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


@page()
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, POSTS, "posts/list.html")


@page(Action.MOVE_LANES, method="ANY")
def post_policy(request: HttpRequest, actor: Actor) -> HttpResponse:
    """When a post has earned ads: what another policy would change is shown before it is set."""
    workspace, at = actor.workspace, now()
    current = policy.as_values(policy.policy_of(workspace))
    minor = current.pop("daily_budget_minor")
    budget = "" if minor is None else f"{from_minor(minor, workspace.currency)}"
    form = PolicyForm(
        request, currency=workspace.currency, initial={**current, "daily_budget": budget}
    )

    def show(error: KindlingError | None, found: Preview | None = None) -> HttpResponse:
        lanes = []
        if found is not None:
            lanes = [
                (LANE_LABELS[Lane(lane)], count, found.then[lane])
                for lane, count in found.now.items()
            ]
        context = {"form": form, "found": found, "lanes": lanes, "error": error}
        return render(request, "posts/policy.html", context)

    def do(values: dict[str, Any], step: str) -> Preview | int:
        wanted = policy.checked(values)
        if step == "save":
            return trial.set_policy(actor, wanted, at=at)
        return trial.preview(workspace, wanted, now=at)

    return decide(
        request, form, do,
        said=lambda done: "" if isinstance(done, Preview) else _moved(done),
        to=lambda done: show(None, done) if isinstance(done, Preview)
        else reverse("posts:list", args=[workspace.slug]),
        show=show,
    )  # fmt: skip


def _moved(count: int) -> str:
    return f"The post policy is set. {count:,} post{'' if count == 1 else 's'} changed status."


@page()
def back_test(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How good the chances would have been for posts whose ads have run."""
    found = backtest.run(actor.workspace, now=now())
    return render(request, "posts/back_test.html", {"found": found, "parts": backtest.PARTS})


@page(Action.MANAGE_CREATORS, method="ANY")
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take usage rights in from a CSV; the posts they name come into the library."""
    form = ImportAgreementsForm(request)

    def show(error: KindlingError | None, result: Imported | None = None) -> HttpResponse:
        context = {"form": form, "result": result, "error": error}
        return render(request, "posts/agreements.html", context)

    return decide(
        request, form, lambda file: sources.import_agreements(actor, file, at=now()),
        to=lambda result: show(None, result), show=show,
    )  # fmt: skip
