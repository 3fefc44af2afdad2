"""Pages on which a draft is changed, copied and compared with TikTok; templates of campaigns; videos for uploads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.launches import service
from kindling.launches.checks.candidates import Candidate
from kindling.launches.drafts import service as drafts
from kindling.launches.drafts.forms import (
    CampaignForm,
    DigestForm,
    SaveTemplateForm,
    SwapForm,
    VideoForm,
)
from kindling.launches.lists import CAMPAIGN_TEMPLATES, VIDEOS
from kindling.launches.models import AdVideo, Plan, Readiness
from kindling.launches.pages import show_plan
from kindling.launches.planning import edits, readiness, videos
from kindling.launches.sending import drift
from kindling.lists.web import show_list
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

MOST_OFFERED = 200  # ready posts in a form; Inventory lists all


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"launches:{name}", args=[actor.workspace.slug, *more])


def _offered(row: Plan, *, beside: list[str]) -> list[tuple[str, str]]:
    """Posts that are ready for a launch, and those named, as choices; without the plan's other posts."""
    at = now()
    found = readiness.list_inventory(row.workspace, row.ad_account, now=at)
    ready: list[Candidate | Readiness] = list(found.ready[:MOST_OFFERED])
    posts = {
        each.post.item_id: each.post for each in readiness.checked(row.workspace, ready, now=at)
    }
    named = Post.objects.filter(workspace=row.workspace, item_id__in=beside)
    posts |= {post.item_id: post for post in named.select_related("creator")}
    taken = {ad["item_id"] for ad in row.content["objects"] if ad["kind"] == "ad"} - set(beside)
    return [
        (item_id, f"@{post.creator.handle} · {item_id} · {post.caption[:40]}")
        for item_id, post in posts.items()
        if item_id not in taken
    ]


def _form(
    request: HttpRequest, actor: Actor, row: Plan, told: Mapping[str, Any] | None = None
) -> CampaignForm:
    posts = [str(each) for each in (told or {}).get("posts", [])]
    return CampaignForm(
        request,
        posts=_offered(row, beside=posts),
        library=videos.videos(actor.workspace).filter(
            ad_account=row.ad_account, state=AdVideo.State.READY
        ),
        own=videos.own_accounts(actor.workspace, row.ad_account),
        told=told,
        currency=row.currency,
        initial={"digest": row.digest},
    )


@page(Action.PLAN, method="ANY")
def add_campaign(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One more campaign in a draft, filled in by a template where one is chosen."""
    row = service.find_plan(actor.workspace, pk)
    template = request.GET.get("template", "")
    told = drafts.find_template(actor.workspace, int(template)).spec if template.isdigit() else None
    form = _form(request, actor, row, told)

    def do(digest: str, **values: Any) -> Plan:
        change = partial(edits.with_campaign, campaign=form.spec(values))
        return drafts.change(actor, row, change, digest=digest, at=now())

    return _campaign_page(request, actor, row, form, do, number=None)


@page(Action.PLAN, method="ANY")
def change_campaign(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """Another objective, budget, audience or other posts for one campaign of a draft."""
    row = service.find_plan(actor.workspace, pk)
    form = _form(request, actor, row, edits.campaign_of(drafts.told_of(row), number))

    def do(digest: str, **values: Any) -> Plan:
        change = partial(edits.with_changed_campaign, number=number, campaign=form.spec(values))
        return drafts.change(actor, row, change, digest=digest, at=now())

    return _campaign_page(request, actor, row, form, do, number=number)


def _campaign_page(
    request: HttpRequest,
    actor: Actor,
    row: Plan,
    form: CampaignForm,
    do: Any,
    *,
    number: int | None,
) -> HttpResponse:
    def show(error: KindlingError | None) -> HttpResponse:
        context = {
            "plan": row,
            "form": form,
            "number": number,
            "error": error,
            "templates": [] if number else drafts.templates(actor.workspace),
            "template": request.GET.get("template", ""),
        }
        return render(request, "launches/campaign.html", context)

    return decide(
        request, form, do, said="The plan is changed. Run preflight before it is approved.",
        to=_url(actor, "plan", row.pk), show=show,
    )  # fmt: skip


def _change(
    request: HttpRequest, actor: Actor, row: Plan, change: drafts.Change, said: str
) -> HttpResponse:
    return decide(
        request, DigestForm(request),
        lambda digest: drafts.change(actor, row, change, digest=digest, at=now()), said=said,
        to=_url(actor, "plan", row.pk), show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def remove_campaign(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    change = partial(edits.without_campaign, number=number)
    return _change(request, actor, row, change, "The campaign is out of the plan.")


@page(Action.PLAN, method="POST")
def remove_post(request: HttpRequest, actor: Actor, pk: int, item_id: str) -> HttpResponse:
    row = service.find_plan(actor.workspace, pk)
    change = partial(edits.without_post, item_id=item_id)
    return _change(request, actor, row, change, "The post is out of the plan.")


@page(Action.PLAN, method="ANY")
def swap_post(request: HttpRequest, actor: Actor, pk: int, item_id: str) -> HttpResponse:
    """Another post in the place of one of the plan's."""
    row = service.find_plan(actor.workspace, pk)
    form = SwapForm(request, posts=_offered(row, beside=[]), initial={"digest": row.digest})

    def do(digest: str, post: str) -> Plan:
        change = partial(edits.with_swapped_post, item_id=item_id, other=post)
        return drafts.change(actor, row, change, digest=digest, at=now())

    def show(error: KindlingError | None) -> HttpResponse:
        context = {"plan": row, "form": form, "item_id": item_id, "error": error}
        return render(request, "launches/swap.html", context)

    return decide(
        request, form, do, said="The post is swapped. Run preflight before the plan is approved.",
        to=_url(actor, "plan", row.pk), show=show,
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def copy(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """A new draft of the same launch."""
    row = service.find_plan(actor.workspace, pk)
    return decide(
        request, None, lambda: drafts.copy(actor, row, at=now()),
        said="This is a copy, which starts when it is applied. Run preflight and review it.",
        to=lambda made: _url(actor, "plan", made.pk),
        show=lambda error: show_plan(request, actor, row, error),
    )  # fmt: skip


@page()
def compare(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """A plan beside what TikTok has of it now."""
    row = service.find_plan(actor.workspace, pk)
    context = {"plan": row, "differences": drift.differences(row), "at": now()}
    return render(request, "launches/compare.html", context)


# --- Templates of campaigns ---------------------------------------------------------------------------------------


@page()
def templates(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _templates(request, actor)


def _templates(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    return show_list(request, actor, CAMPAIGN_TEMPLATES, "launches/templates.html", error=error)


@page(Action.PLAN, method="ANY")
def save_template(request: HttpRequest, actor: Actor, pk: int, number: int) -> HttpResponse:
    """Keep a campaign's settings for further launches."""
    row, form = service.find_plan(actor.workspace, pk), SaveTemplateForm(request)

    def show(error: KindlingError | None) -> HttpResponse:
        context = {"plan": row, "form": form, "number": number, "error": error}
        return render(request, "launches/save_template.html", context)

    return decide(
        request, form, partial(drafts.save_template, actor, row, number, at=now()),
        said=lambda made: f"{made.name} is kept: choose it when you add a campaign to a plan.",
        to=_url(actor, "plan", row.pk), show=show,
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def delete_template(request: HttpRequest, actor: Actor, template: int) -> HttpResponse:
    found = drafts.find_template(actor.workspace, template)
    return decide(
        request, None, lambda: drafts.delete_template(actor, found, at=now()),
        said=f"{found.name} is deleted. Plans made of it stay.", to=_url(actor, "templates"),
        show=lambda error: _templates(request, actor, error),
    )  # fmt: skip


# --- Videos for uploads -------------------------------------------------------------------------------------------


@page()
def video_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _videos(request, actor)


def _videos(
    request: HttpRequest,
    actor: Actor,
    form: VideoForm | None = None,
    error: KindlingError | None = None,
) -> HttpResponse:
    accounts = workspaces.accounts_to_choose(actor.workspace)
    context = {"form": form or VideoForm(accounts=accounts), "has_account": bool(accounts)}
    return show_list(request, actor, VIDEOS, "launches/videos.html", context, error=error)


@page(Action.PLAN, method="POST")
def upload_video(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Bring a file to the library of an ad account. Nothing is spent and nothing is published."""
    form = VideoForm(request, accounts=workspaces.accounts_to_choose(actor.workspace))

    def do(ad_account: str, file: bytes) -> AdVideo:
        account = workspaces.find_ad_account(actor, ad_account)
        name = form.file_name("file")
        return videos.upload(actor, account, file, file_name=name, at=now())

    return decide(
        request, form, do, said=lambda made: f"{made.file_name}: {made.get_state_display().lower()}.",
        to=_url(actor, "videos"), show=lambda error: _videos(request, actor, form, error),
    )  # fmt: skip


@page(Action.PLAN, method="POST")
def look_again(request: HttpRequest, actor: Actor, video: int) -> HttpResponse:
    """Settle an upload that TikTok did not answer."""
    found = videos.find(actor.workspace, video)
    return decide(
        request, None, lambda: videos.look_again(actor, found, at=now()),
        said=lambda made: f"{made.file_name}: {made.get_state_display().lower()}.",
        to=_url(actor, "videos"), show=lambda error: _videos(request, actor, error=error),
    )  # fmt: skip
