"""Pages of posts: the library with its lanes, what people decide about one post, agreements."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.clock import now
from kindling.errors import KindlingError
from kindling.lists.web import show_list
from kindling.posts import service
from kindling.posts.evidence import lanes as posts_lanes
from kindling.posts.lists import POSTS
from kindling.posts.reading import captions, sources
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page, reason_of, uploaded


@page()
def library(request: HttpRequest, actor: Actor) -> HttpResponse:
    return show_list(request, actor, POSTS, "posts/list.html")


@page(Action.MOVE_LANES, method="POST")
def move(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    post = service.find_post(actor.workspace, item_id)
    posts_lanes.move_by_hand(
        actor, post, request.POST.get("lane", ""), reason_of(request), at=now()
    )
    messages.success(request, f"Status changed to {post.get_lane_display()}.")
    return redirect("profiles:post", actor.workspace.slug, item_id)


@page(Action.MOVE_LANES, method="POST")
def tag(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    post, sku = service.find_post(actor.workspace, item_id), request.POST.get("sku", "").strip()
    service.set_sku(actor, post, sku, at=now())
    messages.success(request, f"Product set to {sku}." if sku else "The product is removed.")
    return redirect("profiles:post", actor.workspace.slug, item_id)


@page(Action.MOVE_LANES, method="POST")
def approve_caption(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    post = service.find_post(actor.workspace, item_id)
    captions.approve_caption(actor, post, seen=request.POST.get("version", ""), at=now())
    messages.success(request, "The caption is approved. Preflight warns if it changes.")
    return redirect("profiles:post", actor.workspace.slug, item_id)


@page(Action.MOVE_LANES, method="POST")
def allow_again(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Overrule TikTok's remembered refusal of the post, with a reason."""
    post = service.find_post(actor.workspace, item_id)
    service.allow_again(actor, post, reason=reason_of(request), at=now())
    messages.success(request, "The post can be launched and asked for again.")
    return redirect("profiles:post", actor.workspace.slug, item_id)


@page(Action.MANAGE_CREATORS, method="ANY")
def agreements(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take usage rights in from a CSV; the posts they name come into the library."""
    if request.method != "POST":
        return render(request, "posts/agreements.html")
    try:
        result = sources.import_agreements(actor, uploaded(request, "file"), at=now())
    except KindlingError as error:
        return render(request, "posts/agreements.html", {"error": error}, status=error.http_status)
    return render(request, "posts/agreements.html", {"result": result})
