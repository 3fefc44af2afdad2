"""Pages of authorizations: the list, one with its end dates, adding codes. No code is ever written to HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import ClockName
from kindling.authorizations import feeds, service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import Pasted
from kindling.authorizations.codes.offered_days import offered_days
from kindling.authorizations.lifecycle import by_hand
from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD, LOST, OPEN, USABLE, State
from kindling.authorizations.lists import AUTHORIZATIONS
from kindling.authorizations.models import (
    CODED,
    AuthorizationKind,
    IntakeRow,
    RequestChannel,
)
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import prices, renewals
from kindling.authorizations.service import Permission
from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.kit.money import Money, parse_amount
from kindling.kit.time import start_of_day
from kindling.lists.web import show_list
from kindling.posts import service as posts
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import day_or_none, one_page, page, reason_of, uploaded, whole_number
from tiktok_business import SparkCodeProblem

RISK_AHEAD = 30
AXIS_DAYS = 60  # what the clocks' bars show at most
OPEN_OUTCOMES = {"waiting", "sending"}


# --- Permissions --------------------------------------------------------------------------------------------


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    context = {
        "intakes": intakes.recent(actor.workspace),
        "at_risk": service.risk_totals(actor.workspace, now=now()),
        "lead_days": DEFAULT_LEAD.days,
        "has_feed": feeds.has_feed(actor),
    }
    return show_list(request, actor, AUTHORIZATIONS, "authorizations/list.html", context)


@page()
def risk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Spend at risk: per day ahead, and the permissions behind it, the largest first."""
    at = now()
    days = service.risk_by_day(actor.workspace, now=at, days=RISK_AHEAD)
    most = max((day.stopped_by_then_minor for day in days), default=0)
    shown = one_page(request, service.at_risk(actor.workspace, now=at, days=RISK_AHEAD))
    context = {
        "days": [
            (day, round(100 * day.stopped_by_then_minor / most, 1) if most else 0.0) for day in days
        ],
        "page": shown,
        "permissions": [
            (each, each.days_left(at))
            for each in service.opened(actor.workspace, shown.object_list, now=at)
        ],
        "totals": service.risk_totals(actor.workspace, now=at, days=RISK_AHEAD),
        "ahead": RISK_AHEAD,
    }
    return render(request, "authorizations/risk.html", context)


@page()
def diagnosis(request: HttpRequest, actor: Actor) -> HttpResponse:
    """From what TikTok or a state says to who does what (R40)."""
    return render(
        request,
        "authorizations/diagnosis.html",
        {"codes": list(SparkCodeProblem), "states": service.diagnoses()},
    )


# --- Asking ---------------------------------------------------------------------------------------------------


@page()
def waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What creators were asked for and owe an answer to: codes and renewals, the oldest first."""
    context = {
        "requests": one_page(request, requests.open_requests(actor.workspace)),
        "renewals": renewals.open_renewals(actor.workspace)[:200],
    }
    return render(request, "authorizations/waiting.html", context)


@page(Action.TAKE_CODES, method="ANY")
def ask(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Ask a post's creator for its code."""
    post = posts.find_post(actor.workspace, item_id)
    error: KindlingError | None = None
    if request.method == "POST":
        try:
            row = requests.ask(
                actor,
                post,
                days=whole_number(request.POST.get("days"), "Days"),
                through=request.POST.get("through", ""),
                ad_account=workspaces.find_ad_account(
                    actor, request.POST.get("ad_account") or None
                ),
                at=now(),
            )
        except KindlingError as problem:
            error = problem
        else:
            messages.success(
                request, f"@{post.creator.handle} was asked. The answer will appear here."
            )
            return redirect("authorizations:one", actor.workspace.slug, row.pk)
    context = {
        "post": post,
        "gaps": requests.gaps_before_asking(actor.workspace, post),
        "right": agreements.rights_of_posts(
            actor.workspace, [(post.creator_id, post.item_id)], now=now()
        ).get((post.creator_id, post.item_id)),
        "accounts": workspaces.accounts_to_choose(actor.workspace),
        "days_offered": offered_days(),
        "channels": RequestChannel.choices,
        "typed": request.POST,
        "error": error,
    }
    return render(
        request, "authorizations/ask.html", context, status=error.http_status if error else 200
    )


@page(Action.TAKE_CODES, method="POST")
def note_consent(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Write an affiliate consent down that the creator gave in TikTok Shop."""
    post = posts.find_post(actor.workspace, item_id)
    day = day_or_none(request.POST.get("collab_ends_on"))
    ends_at = start_of_day(day + timedelta(days=1), actor.workspace.timezone) if day else None
    row = by_hand.note_consent(actor, post, collab_ends_at=ends_at, at=now())
    messages.success(request, "Saved. It covers GMV Max only; other campaigns need a video code.")
    return redirect("authorizations:one", actor.workspace.slug, row.pk)


@page(Action.TAKE_CODES, method="POST")
def end_consent(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    try:
        by_hand.end_consent(actor, row, reason=reason_of(request), at=now())
    except KindlingError as error:
        return _one(request, actor, pk, error)
    messages.success(request, "Saved. Its ads are being stopped.")
    return redirect("authorizations:one", actor.workspace.slug, pk)


@page(Action.TAKE_CODES, method="POST")
def withdraw_renewal(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    renewals.withdraw(actor, renewals.open_renewal(row), at=now())
    messages.success(
        request, "The renewal request is withdrawn. The authorization keeps its current end date."
    )
    return redirect("authorizations:one", actor.workspace.slug, pk)


# --- Calendar -------------------------------------------------------------------------------------------------


@page(method="POST")
def make_feed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A calendar address of one's own, shown this once."""
    answer = render(
        request, "authorizations/feed.html", {"address": feeds.make_feed(actor, at=now())}
    )
    answer["Cache-Control"] = "no-store"
    return answer


@page(method="POST")
def end_feeds(request: HttpRequest, actor: Actor) -> HttpResponse:
    feeds.end_feeds(actor, at=now())
    messages.success(request, "The calendar address is deleted.")
    return redirect("authorizations:list", actor.workspace.slug)


@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar itself. Who holds the address reads it; it shows dates and handles, never a code."""
    data = feeds.calendar(feeds.workspace_of(key), now=now())
    answer = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, max-age=900"
    answer["Content-Disposition"] = 'inline; filename="kindling.ics"'
    return answer


@dataclass(frozen=True, slots=True)
class ClockBar:
    """One clock on the page of a permission. `width`: share of the axis that is left, in percent."""

    name: str
    ends_at: datetime | None
    width: float
    is_binding: bool = False
    is_safe_day: bool = False


def clock_bars(permission: Permission, *, at: datetime) -> list[ClockBar]:
    """The end dates on one axis that starts now, the stop-by time last."""
    right, stop = permission.right, permission.stop_by
    is_own = permission.authorization.kind == AuthorizationKind.OWN
    row = permission.authorization
    bound_by = stop.ends_first if stop and row.lost_at is None else None
    clocks = [
        (ClockName.AUTHORIZATION, row.ends_at),
        (ClockName.USAGE_RIGHT, right.ends_at if right and not is_own else None),
        (ClockName.HOLD, right.hold_until if right and not is_own else None),
    ]
    if row.kind == AuthorizationKind.AFFILIATE_MASS:
        clocks.append((ClockName.COLLABORATION, row.collab_ends_at))
    known = [end for _, end in clocks if end is not None]
    longest = max((end - at for end in known), default=timedelta(0))
    axis = max(timedelta(days=1), min(longest, timedelta(days=AXIS_DAYS)))

    def width(end: datetime | None) -> float:
        return 0.0 if end is None else round(100 * max(0.0, min(1.0, (end - at) / axis)), 1)

    bars = [
        ClockBar(name.label, end, width(end), is_binding=name is bound_by) for name, end in clocks
    ]
    if stop:
        bars.append(ClockBar("Stop by", stop.at, width(stop.at), is_safe_day=True))
    return bars


@page()
def one(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    return _one(request, actor, pk)


def _one(
    request: HttpRequest, actor: Actor, pk: int, error: KindlingError | None = None
) -> HttpResponse:
    at = now()
    permission = service.find_permission(actor.workspace, pk, now=at)
    context = {
        "permission": permission,
        "authorization": permission.authorization,
        "grant": getattr(permission.post.creator, "grant", None),
        "days_left": permission.days_left(at),
        "bars": clock_bars(permission, at=at),
        "events": permission.authorization.events.select_related("actor"),
        "bindings": permission.authorization.bindings.all(),
        "days_offered": [
            (days, prices.price_of(permission.authorization, days, now=at))
            for days in offered_days()
        ],
        "renewals": permission.authorization.renewals.select_related("asked_by"),
        "cannot_help": renewals.why_it_cannot_help(permission, now=at),
        "open_renewal": (open_renewal := renewals.find_open(permission.authorization)),
        "can_withdraw": open_renewal is not None and renewals.can_withdraw(open_renewal, at=at),
        "can_release": permission.state in LOST and permission.authorization.kind in CODED,
        "can_renew": permission.authorization.kind in CODED
        and permission.state in USABLE | {State.EXPIRED},
        "can_end_consent": permission.authorization.kind == AuthorizationKind.AFFILIATE_MASS
        and permission.state in USABLE,
        "can_ask": permission.state in LOST | OPEN | {State.RELEASED, State.INVALID},
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "authorizations/one.html", context, status=status)


@page(Action.TAKE_CODES, method="POST")
def renew(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    try:
        renewal = renewals.ask_renewal(
            actor,
            row,
            days=whole_number(request.POST.get("days"), "Days"),
            price=_price(request, actor),
            reason=reason_of(request),
            at=now(),
        )
    except KindlingError as error:
        return _one(request, actor, pk, error)
    messages.success(request, SAID_OF_RENEWAL[renewal.state])
    return redirect("authorizations:one", actor.workspace.slug, pk)


SAID_OF_RENEWAL = {
    "asked": "Requested. The creator answers in the portal; you get a notice.",
    "accepted": "Agreed in advance: the extension was sent; TikTok does not show the new end date yet.",
    "extended": "Extended. TikTok shows the new end date.",
}


def _price(request: HttpRequest, actor: Actor) -> Money | None:
    text = request.POST.get("price", "").strip()
    if not text:
        return None
    currency = actor.workspace.currency
    try:
        return Money(parse_amount(text, currency), currency)
    except ValueError as error:
        raise InvalidInputError(f"{error}.", next_step="Correct the price.") from None


@page(Action.TAKE_CODES, method="POST")
def release(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    try:
        by_hand.release(actor, service.find_authorization(actor.workspace, pk), at=now())
    except KindlingError as error:
        return _one(request, actor, pk, error)
    messages.success(
        request, "Released: it is removed from the ad account at TikTok, the record stays."
    )
    return redirect("authorizations:one", actor.workspace.slug, pk)


# --- Taking codes in ------------------------------------------------------------------------------------------


@page(Action.TAKE_CODES, method="ANY")
def paste(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take 1 to 2,000 codes in. What was pasted is never shown again: it is secret."""
    if request.method != "POST":
        return _paste(request, actor)
    try:
        account = workspaces.find_ad_account(actor, request.POST.get("ad_account") or None)
        given = _pasted(request)
        made = intakes.receive(actor, account, given.rows, at=now())
    except KindlingError as error:
        return _paste(request, actor, error)
    if given.ignored:
        messages.info(
            request, f"{len(given.ignored)} lines of other text beside the codes were ignored."
        )
    return redirect("authorizations:intake", actor.workspace.slug, made.pk)


def _paste(request: HttpRequest, actor: Actor, error: KindlingError | None = None) -> HttpResponse:
    context = {
        "accounts": workspaces.accounts_to_choose(actor.workspace),
        "chosen": request.POST.get("ad_account", ""),
        "most": intakes.MAX_ROWS,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "authorizations/paste.html", context, status=status)


def _pasted(request: HttpRequest) -> Pasted:
    if request.FILES.get("file"):
        return intakes.read_file(uploaded(request, "file"))
    return intakes.read_paste(request.POST.get("codes", ""))


@page(Action.TAKE_CODES, method="POST")
def look(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What would become of the rows, without keeping or sending them."""
    try:
        given = _pasted(request)
        rows = intakes.preview_rows(given.rows)
        if not rows:
            raise InvalidInputError(
                "No video code was found.", next_step="Paste one code per line."
            )
    except KindlingError as error:
        return render(
            request, "authorizations/preview.html", {"error": error}, status=error.http_status
        )
    seen = [
        {
            "line": line,
            "hint": hint,
            "is_good": outcome == IntakeRow.Outcome.WAITING,
            "message": message,
        }
        for line, hint, outcome, message in rows
    ]
    context = {
        "rows": seen,
        "good": sum(bool(each["is_good"]) for each in seen),
        "ignored": given.ignored,
    }
    return render(request, "authorizations/preview.html", context)


@page()
def intake(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One intake: live progress, a row per code."""
    found = intakes.find_intake(actor.workspace, pk)
    counts = intakes.progress(found)
    done = counts["total"] - sum(counts[name] for name in OPEN_OUTCOMES)
    context = {
        "intake": found,
        "rows": one_page(request, found.rows.select_related("authorization__post__creator")),
        "counts": counts,
        "done": done,
        "waits_for_account": found.ad_account is None,
        "accounts": workspaces.accounts_to_choose(actor.workspace)
        if found.ad_account is None
        else [],
        "is_running": found.finished_at is None and found.ad_account is not None,
        "can_retry": found.finished_at is not None and (counts["retry"] + counts["reconcile"]) > 0,
    }
    return render(request, "authorizations/intake.html", context)


@page(Action.TAKE_CODES, method="POST")
def choose_account(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Say where the codes of a batch that waits are bound."""
    account = workspaces.find_ad_account(actor, request.POST.get("ad_account") or None)
    intakes.choose_account(actor, intakes.find_intake(actor.workspace, pk), account, at=now())
    return redirect("authorizations:intake", actor.workspace.slug, pk)


@page(Action.TAKE_CODES, method="POST")
def try_again(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    intakes.try_again(actor, intakes.find_intake(actor.workspace, pk), at=now())
    return redirect("authorizations:intake", actor.workspace.slug, pk)


@page(Action.TAKE_CODES, method="POST")
def make_code(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Make the code through the creator's own connection and take it in."""
    post = posts.find_post(actor.workspace, item_id)
    account = workspaces.find_ad_account(actor, request.POST.get("ad_account") or None)
    days = whole_number(request.POST.get("days"), "Days")
    made = intakes.make_code(actor, post, account, days=days, at=now())
    return redirect("authorizations:intake", actor.workspace.slug, made.pk)
