"""Pages of what runs: the ads, their money, and switching one off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling import charts
from kindling.clock import now
from kindling.delivery import protection, service, stops
from kindling.delivery import resume as resuming
from kindling.errors import KindlingError
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page, reason_of

CHART_DAYS = 30


@page()
def live(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _live(request, actor)


def _live(request: HttpRequest, actor: Actor, error: KindlingError | None = None) -> HttpResponse:
    at = now()
    stopped = resuming.stopped(actor.workspace)
    show, search = request.GET.get("show", "running"), request.GET.get("q", "").strip().lower()
    found = service.list_ads(actor.workspace, running=show != "all", search=search)
    counts = service.count_ads(actor.workspace)
    if show == "stopped":
        ads = one_page(request, stopped)
    else:
        ads = one_page(request, found)
        ads.object_list = service.opened(actor.workspace, ads.object_list, now=at)
    series = service.series(actor.workspace, now=at, days=CHART_DAYS)
    context = {
        "ads": ads,
        "stopped": len(stopped),
        "observed": protection.observed_with_ads(actor.workspace),
        "show": show,
        "search": search,
        "running": counts.running,
        "all": counts.all,
        "spend_today": service.spend_today(actor.workspace, now=at),
        "gaps": service.list_gaps(actor.workspace),
        "spend": [(day, amount) for day, amount in reversed(series)],
        "has_spend": any(amount for _, amount in series),
        "last_sync": service.last_sync(actor.workspace),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "delivery/live.html", context, status=status)


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
        stops.pause(
            actor,
            service.find_ad(actor.workspace, ad_id),
            reason=reason_of(request),
            at=now(),
        )
    except KindlingError as error:
        return _live(request, actor, error)
    messages.success(request, f"Ad {ad_id} is paused at TikTok.")
    return redirect("delivery:live", actor.workspace.slug)


@page(Action.APPLY, method="POST")
def resume(request: HttpRequest, actor: Actor, ad_id: str) -> HttpResponse:
    """Let a stopped ad run again; above the limit a second person confirms."""
    try:
        held = resuming.resume(actor, service.find_ad(actor.workspace, ad_id), at=now())
    except KindlingError as error:
        return _live(request, actor, error)
    words = (
        f"Ad {ad_id} runs again."
        if held.resumed_at
        else f"You asked to resume ad {ad_id}: a second person has to confirm it here."
    )
    messages.success(request, words)
    return redirect("delivery:live", actor.workspace.slug)


@page()
def protection_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The ad accounts and how far Kindling may act in each."""
    accounts = workspaces.ad_accounts(actor.workspace)
    if len(accounts) == 1:
        return redirect("delivery:protection", actor.workspace.slug, accounts[0].advertiser_id)
    return render(request, "delivery/protection_list.html", {"accounts": accounts})


@page()
def protect(request: HttpRequest, actor: Actor, advertiser_id: str) -> HttpResponse:
    return _protection(request, actor, workspaces.find_ad_account(actor, advertiser_id))


def _protection(
    request: HttpRequest, actor: Actor, account: AdAccount, error: KindlingError | None = None
) -> HttpResponse:
    judged = protection.judge_ads(account, now=now())
    context = {
        "account": account,
        "modes": AdAccount.Protection.choices,
        "page": one_page(request, protection.worst_first(judged)),
        "counts": protection.counts(judged),
        "would_stop": protection.would_stop(judged),
        "seen": protection.list_digest(judged),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "delivery/protection.html", context, status=status)


@page(Action.APPLY, method="POST")
def choose_protection(request: HttpRequest, actor: Actor, advertiser_id: str) -> HttpResponse:
    """Change how far Kindling may act; all ads only with the list of those that would stop confirmed."""
    account = workspaces.find_ad_account(actor, advertiser_id)
    mode, seen = request.POST.get("mode", ""), request.POST.get("seen", "")
    try:
        changed = protection.choose(actor, account, mode, seen=seen, at=now())
    except KindlingError as error:
        return _protection(request, actor, account, error)
    messages.success(request, f"{account.name}: {changed.get_protection_display()}.")
    return redirect("delivery:protection", actor.workspace.slug, advertiser_id)


@page(Action.APPLY, method="POST")
def adopt(request: HttpRequest, actor: Actor, advertiser_id: str) -> HttpResponse:
    """Read what already runs in the ad account: ads, posts, creators, permissions. Nothing changes at TikTok."""
    account = workspaces.find_ad_account(actor, advertiser_id)
    protection.ask_adoption(actor, account, at=now())
    messages.success(
        request, "Kindling reads what runs in this ad account. Reload in a minute to see it."
    )
    return redirect("delivery:protection", actor.workspace.slug, advertiser_id)
