"""Pages about one creator and one post: they gather from every area, so they stand above them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.access import service
from kindling.agreements import service as agreements
from kindling.authorizations import service as authorizations
from kindling.clock import now
from kindling.creators import directory
from kindling.creators import service as creators
from kindling.delivery import resume as resuming
from kindling.delivery import service as delivery
from kindling.posts import service as posts
from kindling.posts.evidence import snapshots
from kindling.posts.models import LANES
from kindling.posts.reading import captions
from kindling.products import service as products
from kindling.profiles import timeline
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Connection
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page
from tiktok_business import Days


@page()
def creator(request: HttpRequest, actor: Actor, handle: str) -> HttpResponse:
    """One creator: posts, permissions, usage rights, connection."""
    at, found = now(), creators.find_creator(actor.workspace, handle)
    if found.handle != handle:  # a former handle
        return redirect("profiles:creator", actor.workspace.slug, found.handle)
    mine = [
        each
        for each in authorizations.permissions(actor.workspace, now=at, search=handle)
        if each.post.creator_id == found.pk
    ]
    return render(
        request,
        "profiles/creator.html",
        {
            "creator": found,
            "grant": getattr(found, "grant", None),
            "score": getattr(found, "score", None),
            "posts": posts.library(actor.workspace).filter(creator=found),
            "permissions": mine,
            "rights": agreements.rights_of_creator(found),
            "connections": Connection.objects.filter(
                workspace=actor.workspace, state=Connection.State.HEALTHY
            ),
            "notes": directory.notes_of(found)[:20],
            "former": found.handle_changes.all()[:10],
            "tags": found.tags.all(),
            "access": service.portal_access(found, at=at),
            "events": one_page(request, timeline.of_creator(actor.workspace, found)),
        },
    )


@page()
def post(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """One post: what it says, how it did, what lane and permissions it has, which ads run it."""
    at, found = now(), posts.find_post(actor.workspace, item_id)
    mine = [
        each
        for each in authorizations.permissions(actor.workspace, now=at, items=[item_id])
        if each.post.pk == found.pk
    ]
    return render(
        request,
        "profiles/post.html",
        {
            "post": found,
            "caption_version": captions.version_of(found),
            "cap": agreements.caps_of_posts(
                actor.workspace, [(found.creator_id, item_id)], now=at
            ).get(item_id),
            "organic": snapshots.organic_snapshot(found),
            "snapshots": found.snapshots.all()[:14],
            "moves": found.lane_moves.select_related("actor"),
            "lanes": LANES,
            "skus": sorted(products.products(actor.workspace)),
            "permissions": mine,
            "ads": delivery.opened(
                actor.workspace, delivery.list_ads(actor.workspace).filter(item_id=item_id), now=at
            ),
            "stops": resuming.stops_of_post(actor.workspace, item_id),
            "grant": getattr(found.creator, "grant", None),
            "accounts": workspaces.accounts_to_choose(actor.workspace),
            "days_offered": [each.value for each in Days],
        },
    )
