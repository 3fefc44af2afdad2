"""Pages of what runs: the ads, their money, and switching one off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kindling import charts
from kindling.clock import now
from kindling.delivery import protection, service, stops
from kindling.delivery import resume as resuming
from kindling.delivery import undo as undoing
from kindling.delivery import watch as watching
from kindling.delivery.forms import PauseForm, ProtectionForm
from kindling.delivery.lists import ADS, JUDGED, STOPPED
from kindling.delivery.models import Pause
from kindling.delivery.rules import WATCH_LABELS
from kindling.errors import KindlingError
from kindling.kit.forms import RowForms
from kindling.launches import service as launches
from kindling.lists.web import show_list
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page

CHART_DAYS = 30


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"delivery:{name}", args=[actor.workspace.slug, *more])


@page()
def live(request: HttpRequest, actor: Actor) -> HttpResponse:
    if request.GET.get("show") == "stopped":
        return redirect(_url(actor, "stopped"))  # its address of old
    return _live(request, actor)


def _live(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    sent: Mapping[str, PauseForm] | None = None,
) -> HttpResponse:
    """The list. `sent`: the form that came in, by the id of its ad."""
    at = now()
    series = service.series(actor.workspace, now=at, days=CHART_DAYS)
    counts = service.count_ads(actor.workspace)
    context = {
        "pause_forms": RowForms(lambda ad_id: PauseForm(key=ad_id), sent),
        "stopped": resuming.count_stopped(actor.workspace),
        "observed": protection.observed_with_ads(actor.workspace),
        "running": counts.running,
        "all": counts.all,
        "spend_today": service.spend_today(actor.workspace, now=at),
        "gaps": service.list_gaps(actor.workspace),
        "spend": [(day, amount) for day, amount in reversed(series)],
        "has_spend": any(amount for _, amount in series),
        "last_sync": service.last_sync(actor.workspace),
    }
    return show_list(request, actor, ADS, "delivery/live.html", context, error=error)


@page()
def first_days(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Posts whose ads began a few days ago, with what their numbers say so far."""
    judged = watching.latest(actor.workspace)
    shown = [(each, WATCH_LABELS[each.verdict]) for each in judged.rows]
    return render(request, "delivery/first_days.html", {"rows": shown, "judged": judged})


@page()
def stopped(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ads that were stopped here and are still off."""
    return _stopped(request, actor)


def _stopped(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    return show_list(request, actor, STOPPED, "delivery/stopped.html", error=error)


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
    found, form = service.find_ad(actor.workspace, ad_id), PauseForm(request, key=ad_id)
    return decide(
        request, form, partial(stops.pause, actor, found, at=now()),
        said=f"Ad {ad_id} is paused at TikTok.", to=_url(actor, "live"),
        show=lambda error: _live(request, actor, error, sent={ad_id: form}),
    )  # fmt: skip


@page(Action.APPLY, method="POST")
def resume(request: HttpRequest, actor: Actor, ad_id: str) -> HttpResponse:
    """Let a stopped ad run again; above the limit a second person confirms."""
    found = service.find_ad(actor.workspace, ad_id)

    def said(held: Pause) -> str:
        if held.resumed_at:
            return f"Ad {ad_id} runs again."
        return f"You asked to resume ad {ad_id}: a second person has to confirm it here."

    return decide(
        request, None, lambda: resuming.resume(actor, found, at=now()), said=said,
        to=_url(actor, "live"), show=lambda error: _stopped(request, actor, error),
    )  # fmt: skip


@page(Action.PAUSE, method="POST")
def undo(request: HttpRequest, actor: Actor, plan: int) -> HttpResponse:
    """Stop every ad that a plan switched on."""
    row = launches.find_plan(actor.workspace, plan)

    def said(done: undoing.Undone) -> str:
        words = f"{done.stopped} ad{'s' if done.stopped != 1 else ''} stopped. Resume each under Stopped ads."
        if done.unconfirmed:
            words += (
                f" TikTok did not confirm {', '.join(done.unconfirmed)}: the guard looks again."
            )
        return words

    return decide(
        request, None, lambda: undoing.undo(actor, row, reason="", at=now()), said=said,
        to=reverse("launches:plan", args=[actor.workspace.slug, row.pk]),
    )  # fmt: skip


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
    request: HttpRequest,
    actor: Actor,
    account: AdAccount,
    error: KindlingError | None = None,
) -> HttpResponse:
    judged = protection.judge_ads(account, now=now())
    # What is shown now is what is seen: nothing of a form that was refused is kept.
    form = ProtectionForm(
        initial={"mode": account.protection, "seen": protection.list_digest(judged)}
    )
    form.describe(
        [each.ad.ad_id for each in protection.would_stop(judged)],
        offers_all=actor.can(Action.MANAGE_WORKSPACE),
    )
    context = {
        "account": account,
        "counts": protection.counts(judged),
        "form": form,
    }
    return show_list(
        request, actor, JUDGED, "delivery/protection.html", context, of={"ad_account": account.advertiser_id},
        error=error,
    )  # fmt: skip


@page(Action.APPLY, method="POST")
def choose_protection(request: HttpRequest, actor: Actor, advertiser_id: str) -> HttpResponse:
    """Change how far Kindling may act; all ads only with the list of those that would stop confirmed."""
    account = workspaces.find_ad_account(actor, advertiser_id)
    return decide(
        request, ProtectionForm(request),
        lambda mode, seen: protection.choose(actor, account, mode, seen=seen, at=now()),
        said=lambda changed: f"{account.name}: {changed.get_protection_display()}.",
        to=_url(actor, "protection", advertiser_id),
        show=lambda error: _protection(request, actor, account, error),
    )  # fmt: skip


@page(Action.APPLY, method="POST")
def adopt(request: HttpRequest, actor: Actor, advertiser_id: str) -> HttpResponse:
    """Read what already runs in the ad account: ads, posts, creators, permissions. Nothing changes at TikTok."""
    account = workspaces.find_ad_account(actor, advertiser_id)
    return decide(
        request, None, lambda: protection.ask_adoption(actor, account, at=now()),
        said="Kindling reads what runs in this ad account. Reload in a minute to see it.",
        to=_url(actor, "protection", advertiser_id),
    )  # fmt: skip
