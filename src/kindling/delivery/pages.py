"""Pages of what runs: the ads, their money, and switching one off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling import charts
from kindling.clock import now
from kindling.delivery import guard, service
from kindling.delivery.service import LiveAd
from kindling.errors import KindlingError
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page

CHART_DAYS = 30


@page()
def live(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _live(request, actor)


def _live(request: HttpRequest, actor: Actor, error: KindlingError | None = None) -> HttpResponse:
    at = now()
    everything = service.all_ads(actor.workspace, now=at)
    show, search = request.GET.get("show", "running"), request.GET.get("q", "").strip().lower()
    found = [each for each in everything if show == "all" or each.is_delivering]
    if search:
        found = [each for each in found if _matches(each, search)]
    running = [each for each in everything if each.is_delivering]
    currency = actor.workspace.currency
    series = service.series(actor.workspace, now=at, days=CHART_DAYS)
    context = {
        "ads": one_page(request, found),
        "show": show,
        "search": search,
        "running": len(running),
        "all": len(everything),
        "spend_today": service.total_today(running, currency=currency),
        "gaps": service.list_gaps(actor.workspace),
        "spend": [(day, amount) for day, amount in reversed(series)],
        "has_spend": any(amount for _, amount in series),
        "last_sync": service.last_sync(actor.workspace),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "delivery/live.html", context, status=status)


def _matches(ad: LiveAd, search: str) -> bool:
    word = search.lstrip("@")
    return word in ad.handle or word in ad.ad.name.lower() or ad.ad.item_id.startswith(word)


@page()
def spend_chart(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Spend per day as a picture; the same numbers stand in the table beside it."""
    series = service.series(actor.workspace, now=now(), days=CHART_DAYS)
    svg = charts.spend_by_day(
        series, currency=actor.workspace.currency, is_dark=request.GET.get("theme") == "dark"
    )
    return charts.answer(svg)


@page(Action.PAUSE, method="POST")
def pause(request: HttpRequest, actor: Actor, ad_id: str) -> HttpResponse:
    """Switch an ad off. Lowering spend needs nobody's approval."""
    try:
        guard.pause(
            actor,
            service.find_ad(actor.workspace, ad_id),
            reason=request.POST.get("reason", ""),
            at=now(),
        )
    except KindlingError as error:
        return _live(request, actor, error)
    messages.success(request, f"Ad {ad_id} is paused at TikTok.")
    return redirect("delivery:live", actor.workspace.slug)
