"""Pages of authorizations: the list, one with its end dates, adding codes. No code is ever written to HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import ClockName
from kindling.authorizations import feeds, service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import Pasted
from kindling.authorizations.codes.offered_days import offered_days
from kindling.authorizations.forms import (
    AskForCodeForm,
    ChooseAccountForm,
    EndAffiliateConsentForm,
    PasteForm,
    RenewForm,
)
from kindling.authorizations.lifecycle import by_hand
from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD, LOST, OPEN, USABLE, State
from kindling.authorizations.lists import (
    AT_RISK,
    AUTHORIZATIONS,
    CODE_REQUESTS,
    CODES,
    RENEWALS,
    RISK_AHEAD,
)
from kindling.authorizations.models import (
    CODED,
    Authorization,
    AuthorizationKind,
    Intake,
    IntakeRow,
)
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import prices, renewals
from kindling.authorizations.service import Permission
from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError
from kindling.lists.web import show_list
from kindling.posts import service as posts
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page
from tiktok_business import SparkCodeProblem

AXIS_DAYS = 60  # what the clocks' bars show at most
OPEN_OUTCOMES = {"waiting", "sending"}


def _url(actor: Actor, name: str, *more: object) -> str:
    return reverse(f"authorizations:{name}", args=[actor.workspace.slug, *more])


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
    context = {
        "days": [
            (day, round(100 * day.stopped_by_then_minor / most, 1) if most else 0.0) for day in days
        ],
        "totals": service.risk_totals(actor.workspace, now=at, days=RISK_AHEAD),
        "ahead": RISK_AHEAD,
    }
    return show_list(request, actor, AT_RISK, "authorizations/risk.html", context)


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
    """Codes that creators were asked for, the oldest request first."""
    return show_list(request, actor, CODE_REQUESTS, "authorizations/waiting.html")


@page()
def waiting_renewals(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Renewals that creators were asked for, the earliest end first."""
    return show_list(request, actor, RENEWALS, "authorizations/waiting.html")


@page(Action.TAKE_CODES, method="ANY")
def ask(request: HttpRequest, actor: Actor, item_id: str) -> HttpResponse:
    """Ask a post's creator for its code."""
    post = posts.find_post(actor.workspace, item_id)
    form = AskForCodeForm(
        request, post=post, accounts=workspaces.accounts_to_choose(actor.workspace)
    )

    def do(days: int, through: str, ad_account: str) -> Authorization:
        account = workspaces.find_ad_account(actor, ad_account)
        return requests.ask(actor, post, days=days, through=through, ad_account=account, at=now())

    def show(error: KindlingError | None) -> HttpResponse:
        rights = agreements.rights_of_posts(
            actor.workspace, [(post.creator_id, post.item_id)], now=now()
        )
        context = {
            "post": post,
            "gaps": requests.gaps_before_asking(actor.workspace, post),
            "right": rights.get((post.creator_id, post.item_id)),
            "form": form,
            "error": error,
        }
        return render(request, "authorizations/ask.html", context)

    return decide(
        request, form, do, show=show,
        said=f"@{post.creator.handle} was asked. The answer will appear here.",
        to=lambda row: _url(actor, "one", row.pk),
    )  # fmt: skip


@page(Action.TAKE_CODES, method="POST")
def end_consent(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row, form = service.find_authorization(actor.workspace, pk), EndAffiliateConsentForm(request)
    return decide(
        request, form, partial(by_hand.end_consent, actor, row, at=now()),
        said="Saved. Its ads are being stopped.", to=_url(actor, "one", pk),
        show=lambda error: _one(request, actor, pk, error, end_consent_form=form),
    )  # fmt: skip


@page(Action.TAKE_CODES, method="POST")
def withdraw_renewal(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    return decide(
        request, None, lambda: renewals.withdraw(actor, renewals.open_renewal(row), at=now()),
        said="The renewal request is withdrawn. The authorization keeps its current end date.",
        to=_url(actor, "one", pk),
    )  # fmt: skip


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
    request: HttpRequest,
    actor: Actor,
    pk: int,
    error: KindlingError | None = None,
    *,
    renew_form: RenewForm | None = None,
    end_consent_form: EndAffiliateConsentForm | None = None,
) -> HttpResponse:
    at = now()
    permission = service.find_permission(actor.workspace, pk, now=at)
    renew_form = renew_form or RenewForm(currency=actor.workspace.currency)
    renew_form.offer_prices(
        (days, prices.price_of(permission.authorization, days, now=at)) for days in offered_days()
    )
    context = {
        "permission": permission,
        "authorization": permission.authorization,
        "grant": getattr(permission.post.creator, "grant", None),
        "days_left": permission.days_left(at),
        "bars": clock_bars(permission, at=at),
        "events": permission.authorization.events.select_related("actor"),
        "bindings": permission.authorization.bindings.all(),
        "renew_form": renew_form,
        "end_consent_form": end_consent_form or EndAffiliateConsentForm(),
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
    return render(request, "authorizations/one.html", context)


@page(Action.TAKE_CODES, method="POST")
def renew(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    form = RenewForm(request, currency=actor.workspace.currency)
    return decide(
        request, form, partial(renewals.ask_renewal, actor, row, at=now()),
        said=lambda renewal: SAID_OF_RENEWAL[renewal.state], to=_url(actor, "one", pk),
        show=lambda error: _one(request, actor, pk, error, renew_form=form),
    )  # fmt: skip


SAID_OF_RENEWAL = {
    "asked": "Requested. The creator answers in the portal; you get a notice.",
    "accepted": "Agreed in advance: the extension was sent; TikTok does not show the new end date yet.",
    "extended": "Extended. TikTok shows the new end date.",
}


@page(Action.TAKE_CODES, method="POST")
def release(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    return decide(
        request, None, lambda: by_hand.release(actor, row, at=now()),
        said="Released: it is removed from the ad account at TikTok, the record stays.",
        to=_url(actor, "one", pk), show=lambda error: _one(request, actor, pk, error),
    )  # fmt: skip


# --- Taking codes in ------------------------------------------------------------------------------------------


@page(Action.TAKE_CODES, method="ANY")
def paste(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take 1 to 2,000 codes in. What was pasted is never shown again: it is secret."""
    form = _paste_form(request, actor)

    def do(ad_account: str, **given: Any) -> Intake:
        account = workspaces.find_ad_account(actor, ad_account)
        pasted = _pasted(**given)
        made = intakes.receive(actor, account, pasted.rows, at=now())
        if pasted.ignored:
            messages.info(
                request, f"{len(pasted.ignored)} lines of other text beside the codes were ignored."
            )
        return made

    def show(error: KindlingError | None) -> HttpResponse:
        return render(request, "authorizations/paste.html", {"form": form, "error": error})

    return decide(request, form, do, to=lambda made: _url(actor, "intake", made.pk), show=show)


def _paste_form(request: HttpRequest, actor: Actor) -> PasteForm:
    return PasteForm(request, accounts=workspaces.accounts_to_choose(actor.workspace))


def _pasted(codes: str, file: bytes | None) -> Pasted:
    return intakes.read_paste(codes) if file is None else intakes.read_file(file)


@page(Action.TAKE_CODES, method="POST")
def look(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What would become of the rows, without keeping or sending them."""
    try:
        told = _paste_form(request, actor).checked()
        given = _pasted(told["codes"], told["file"])
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
    return _intake(request, actor, intakes.find_intake(actor.workspace, pk))


def _intake(
    request: HttpRequest,
    actor: Actor,
    found: Intake,
    error: KindlingError | None = None,
    *,
    account_form: ChooseAccountForm | None = None,
) -> HttpResponse:
    counts = intakes.progress(found)
    # A batch in progress is asked for every second.
    accounts = [] if found.ad_account else workspaces.accounts_to_choose(actor.workspace)
    done = counts["total"] - sum(counts[name] for name in OPEN_OUTCOMES)
    context = {
        "intake": found,
        "counts": counts,
        "done": done,
        "waits_for_account": found.ad_account is None,
        "account_form": account_form or ChooseAccountForm(accounts=accounts),
        "is_running": found.finished_at is None and found.ad_account is not None,
        "can_retry": found.finished_at is not None and (counts["retry"] + counts["reconcile"]) > 0,
    }
    return show_list(
        request,
        actor,
        CODES,
        "authorizations/intake.html",
        context,
        of={"batch": str(found.pk)},
        error=error,
    )


@page(Action.TAKE_CODES, method="POST")
def choose_account(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """Say where the codes of a batch that waits are bound."""
    found = intakes.find_intake(actor.workspace, pk)
    form = ChooseAccountForm(request, accounts=workspaces.accounts_to_choose(actor.workspace))

    def do(ad_account: str) -> None:
        account = workspaces.find_ad_account(actor, ad_account)
        intakes.choose_account(actor, found, account, at=now())

    return decide(
        request, form, do, to=_url(actor, "intake", pk),
        show=lambda error: _intake(request, actor, found, error, account_form=form),
    )  # fmt: skip


@page(Action.TAKE_CODES, method="POST")
def try_again(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    found = intakes.find_intake(actor.workspace, pk)
    return decide(
        request, None, lambda: intakes.try_again(actor, found, at=now()),
        to=_url(actor, "intake", pk),
    )  # fmt: skip
