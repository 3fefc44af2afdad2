"""Pages about one creator and one post: they gather from every area, so they stand above them.

The forms of the page of a post are taken in here, so that it can be shown again with what was typed.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling import charts
from kindling.access import service
from kindling.agreements import service as agreements
from kindling.authorizations import service as authorizations
from kindling.authorizations.codes import intake
from kindling.authorizations.forms import AffiliateConsentForm, MakeCodeForm
from kindling.authorizations.lifecycle import by_hand
from kindling.authorizations.media_answers import clip_answer, still_answer
from kindling.authorizations.models import Authorization, Intake
from kindling.clock import now
from kindling.comments import service as comments
from kindling.creators import directory
from kindling.creators import service as creators
from kindling.delivery import resume as resuming
from kindling.delivery import service as delivery
from kindling.delivery.gmv_max import service as gmv_max
from kindling.errors import KindlingError
from kindling.kit.forms import Form
from kindling.kit.time import start_of_day
from kindling.posts import rules
from kindling.posts import service as posts
from kindling.posts.evidence import lanes, snapshots
from kindling.posts.evidence.policy import policy_of
from kindling.posts.forms import (
    AllowAgainForm,
    ApproveCaptionForm,
    NotesForm,
    ProductForm,
    StatusForm,
)
from kindling.posts.models import Post
from kindling.posts.reading import captions, stills
from kindling.products import service as products
from kindling.profiles import history, timeline
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Connection
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, one_page, page

HISTORY_DAYS = 60


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


# --- One post -----------------------------------------------------------------------------------------------------


@page()
def post(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """One post: what it says, how it did, what lane and permissions it has, which ads run it."""
    return _post(request, actor, posts.find_post(actor.workspace, item_id))


@page()
def views_chart(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Its views as they grew, as a picture; the same numbers stand in the table beside it."""
    found = posts.find_post(actor.workspace, item_id)
    points = [
        (each.taken_at, each.views, each.before_first_boost)
        for each in reversed(history.last_of_days(found, days=HISTORY_DAYS))
    ]
    svg = charts.views_over_time(points, is_dark=request.GET.get("theme") == "dark")
    return charts.answer(svg)


@page()
def still(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Its cover as last read, also when the post is gone."""
    is_small = request.GET.get("size") == "tile"
    return still_answer(request, stills.still_of(actor.workspace, item_id, small=is_small))


@page()
def clip(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Its video, in pieces, for as long as TikTok gives a link to it."""
    return clip_answer(request, posts.find_post(actor.workspace, item_id))


def _post(
    request: HttpRequest,
    actor: Actor,
    found: Post,
    error: KindlingError | None = None,
    *,
    sent: dict[str, Form] | None = None,
) -> HttpResponse:
    """The page of one post. `sent`: the form that came in, by its name among those of the page."""
    at, item_id, policy = now(), found.item_id, policy_of(actor.workspace)
    mine = [
        each
        for each in authorizations.permissions(actor.workspace, now=at, items=[item_id])
        if each.post.pk == found.pk
    ]
    fresh = {
        "allow": _allow_form(None),
        "caption": ApproveCaptionForm(initial={"version": captions.version_of(found)}),
        "consent": AffiliateConsentForm(),
        "code": _code_form(None, actor),
        "status": _status_form(None, found),
        "product": _product_form(None, actor, found),
        "notes": _notes_form(None, found),
    }
    return render(
        request,
        "profiles/post.html",
        {
            "post": found,
            "forms": {**fresh, **(sent or {})},
            "cap": agreements.caps_of_posts(
                actor.workspace, [(found.creator_id, item_id)], now=at
            ).get(item_id),
            "organic": snapshots.organic_snapshot(found),
            "evidence": getattr(found, "evidence", None),
            "signals": posts.signals_of(found),
            "wants_test": rules.wants_ads_only_test(
                lane=found.lane,
                status=found.status,
                posted_at=found.posted_at,
                views=found.views,
                now=at,
                policy=policy,
            ),
            "missing_notes": rules.missing_notes(posts.notes_of(found), policy),
            "snapshots": history.last_of_days(found, days=HISTORY_DAYS),
            "moves": found.lane_moves.select_related("actor"),
            "permissions": mine,
            "permission_events": authorizations.events_of_post(found),
            "gmv_max": gmv_max.opened(
                actor.workspace, gmv_max.used_of(actor.workspace, found.item_id), now=at
            ),
            "ads": delivery.opened(
                actor.workspace, delivery.list_ads(actor.workspace).filter(item_id=item_id), now=at
            ),
            "comments": next(
                iter(comments.by_post(actor.workspace, now=at, items=[item_id])), None
            ),
            "stops": resuming.stops_of_post(actor.workspace, item_id),
            "grant": getattr(found.creator, "grant", None),
            "error": error,
        },
    )


def _status_form(request: HttpRequest | None, found: Post) -> StatusForm:
    return StatusForm(request, initial={"lane": found.lane}, key="status")


def _notes_form(request: HttpRequest | None, found: Post) -> NotesForm:
    return NotesForm(request, initial=posts.notes_of(found), key="notes")


def _product_form(request: HttpRequest | None, actor: Actor, found: Post) -> ProductForm:
    skus = sorted(products.products(actor.workspace))
    return ProductForm(request, skus=skus, initial={"sku": found.sku})


def _allow_form(request: HttpRequest | None) -> AllowAgainForm:
    return AllowAgainForm(request, key="allow")


def _code_form(request: HttpRequest | None, actor: Actor) -> MakeCodeForm:
    return MakeCodeForm(request, accounts=workspaces.accounts_to_choose(actor.workspace))


def _of_post(actor: Actor, found: Post) -> str:
    return reverse("profiles:post", args=[actor.workspace.slug, found.item_id])


@page(Action.MOVE_LANES, method="POST")
def move(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    found = posts.find_post(actor.workspace, item_id)
    form = _status_form(request, found)
    return decide(
        request, form,
        lambda lane, reason: lanes.move_by_hand(actor, found, lane, reason, at=now()),
        said=lambda _: f"Status changed to {found.get_lane_display()}.", to=_of_post(actor, found),
        show=lambda error: _post(request, actor, found, error, sent={"status": form}),
    )  # fmt: skip


@page(Action.MOVE_LANES, method="POST")
def tag(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    found = posts.find_post(actor.workspace, item_id)
    form = _product_form(request, actor, found)
    return decide(
        request, form, lambda sku: posts.set_sku(actor, found, sku, at=now()),
        said=lambda _: f"Product set to {found.sku}." if found.sku else "The product is removed.",
        to=_of_post(actor, found),
        show=lambda error: _post(request, actor, found, error, sent={"product": form}),
    )  # fmt: skip


@page(Action.MOVE_LANES, method="POST")
def note(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Write on the post what whoever launches it should know."""
    found = posts.find_post(actor.workspace, item_id)
    form = _notes_form(request, found)
    return decide(
        request, form, lambda **values: posts.set_notes(actor, found, values, at=now()),
        said="Notes saved.", to=_of_post(actor, found),
        show=lambda error: _post(request, actor, found, error, sent={"notes": form}),
    )  # fmt: skip


@page(Action.MOVE_LANES, method="POST")
def approve_caption(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    found = posts.find_post(actor.workspace, item_id)
    return decide(
        request, ApproveCaptionForm(request),
        lambda version: captions.approve_caption(actor, found, seen=version, at=now()),
        said="The caption is approved. Preflight warns if it changes.", to=_of_post(actor, found),
        show=lambda error: _post(
            request, actor, posts.find_post(actor.workspace, item_id), error
        ),
    )  # fmt: skip


@page(Action.MOVE_LANES, method="POST")
def allow_again(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Overrule TikTok's remembered refusal of the post, with a reason."""
    found, form = posts.find_post(actor.workspace, item_id), _allow_form(request)
    return decide(
        request, form, partial(posts.allow_again, actor, found, at=now()),
        said="The post can be launched and asked for again.", to=_of_post(actor, found),
        show=lambda error: _post(request, actor, found, error, sent={"allow": form}),
    )  # fmt: skip


@page(Action.TAKE_CODES, method="POST")
def note_consent(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Write an affiliate consent down that the creator gave in TikTok Shop."""
    found, form = posts.find_post(actor.workspace, item_id), AffiliateConsentForm(request)

    def do(collab_ends_on: date | None) -> Authorization:
        ends_at = None
        if collab_ends_on is not None:
            after = collab_ends_on + timedelta(days=1)
            ends_at = start_of_day(after, actor.workspace.timezone)
        return by_hand.note_consent(actor, found, collab_ends_at=ends_at, at=now())

    return decide(
        request, form, do,
        said="Saved. It covers GMV Max only; other campaigns need a video code.",
        to=lambda row: reverse("authorizations:one", args=[actor.workspace.slug, row.pk]),
        show=lambda error: _post(request, actor, found, error, sent={"consent": form}),
    )  # fmt: skip


@page(Action.TAKE_CODES, method="POST")
def make_code(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Make the code through the creator's own connection and take it in."""
    found, form = posts.find_post(actor.workspace, item_id), _code_form(request, actor)

    def do(days: int, ad_account: str) -> Intake:
        account = workspaces.find_ad_account(actor, ad_account)
        return intake.make_code(actor, found, account, days=days, at=now())

    return decide(
        request, form, do,
        to=lambda made: reverse("authorizations:intake", args=[actor.workspace.slug, made.pk]),
        show=lambda error: _post(request, actor, found, error, sent={"code": form}),
    )  # fmt: skip
