"""Pages of authorizations: permissions and their clocks, the intake of codes. No code is ever written to HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.authorizations import intake as intakes
from kindling.authorizations import renewals, requests, service
from kindling.authorizations.intake import CodeRow
from kindling.authorizations.models import STATES, IntakeRow, Kind
from kindling.authorizations.rules import LOST, USABLE, State
from kindling.authorizations.service import Permission
from kindling.errors import InvalidInputError, KindlingError
from kindling.posts import service as posts
from kindling.web import one_page, page, uploaded, whole_number
from kindling.wiring import now
from kindling.workspaces import service as workspaces
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from tiktok_business import Days

GROUPS = {
    "usable": ("Usable", USABLE),
    "ending": ("Ending", frozenset({State.EXPIRING, State.RENEWAL_REQUESTED})),
    "lost": ("Lost", LOST),
}
AXIS_DAYS = 60  # what the clocks' bars show at most
OPEN_OUTCOMES = {"waiting", "sending"}


# --- Permissions --------------------------------------------------------------------------------------------


@page()
def listing(request: HttpRequest, actor: Actor) -> HttpResponse:
    state, search = request.GET.get("state", ""), request.GET.get("q", "").strip()
    everything = service.permissions(actor.workspace, now=now(), search=search)
    wanted = _states(state)
    found = [each for each in everything if not wanted or each.state in wanted]
    context = {
        "permissions": one_page(request, [(each, each.days_left(now())) for each in found]),
        "groups": [
            ("", "All", len(everything)),
            *(
                (key, label, sum(each.state in states for each in everything))
                for key, (label, states) in GROUPS.items()
            ),
        ],
        "states": STATES,
        "state": state,
        "search": search,
        "intakes": intakes.recent(actor.workspace),
    }
    return render(request, "authorizations/list.html", context)


def _states(name: str) -> frozenset[State]:
    if name in GROUPS:
        return GROUPS[name][1]
    return frozenset(state for state in State if state == name)


@dataclass(frozen=True, slots=True)
class ClockBar:
    """One clock on the page of a permission. `width`: share of the axis that is left, in percent."""

    name: str
    ends_at: datetime | None
    width: float
    is_binding: bool = False
    is_safe_day: bool = False


def clock_bars(permission: Permission, *, at: datetime) -> list[ClockBar]:
    """The clocks side by side on one axis that starts now, with the last safe moment last."""
    right, window = permission.right, permission.window
    is_own = permission.authorization.kind == Kind.OWN
    bound_by = window.bound_by if window else ""
    clocks = [
        ("authorization", permission.authorization.ends_at),
        ("usage right", right.ends_at if right and not is_own else None),
        ("hold period", right.hold_until if right and not is_own else None),
    ]
    known = [end for _, end in clocks if end is not None]
    longest = max((end - at for end in known), default=timedelta(0))
    axis = max(timedelta(days=1), min(longest, timedelta(days=AXIS_DAYS)))

    def width(end: datetime | None) -> float:
        return 0.0 if end is None else round(100 * max(0.0, min(1.0, (end - at) / axis)), 1)

    bars = [ClockBar(name, end, width(end), is_binding=name == bound_by) for name, end in clocks]
    if window:
        bars.append(
            ClockBar("last safe moment", window.ends_at, width(window.ends_at), is_safe_day=True)
        )
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
        "days_offered": [each.value for each in Days],
        "can_release": permission.state in LOST and permission.authorization.kind == Kind.CODE,
        "can_renew": permission.authorization.kind == Kind.CODE,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "authorizations/one.html", context, status=status)


@page(Action.TAKE_CODES, method="POST")
def renew(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    row = service.find_authorization(actor.workspace, pk)
    try:
        days = whole_number(request.POST.get("days"), "Days")
        renewed = renewals.ask_renewal(actor, row, days=days, at=now())
    except KindlingError as error:
        return _one(request, actor, pk, error)
    asked = State(renewed.state) is State.RENEWAL_REQUESTED
    messages.success(
        request, "Noted: the creator was asked." if asked else f"Extended by {days} days."
    )
    return redirect("authorizations:one", actor.workspace.slug, pk)


@page(Action.TAKE_CODES, method="POST")
def release(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    try:
        requests.release(actor, service.find_authorization(actor.workspace, pk), at=now())
    except KindlingError as error:
        return _one(request, actor, pk, error)
    messages.success(request, "Given back: TikTok holds it no more, the record stays.")
    return redirect("authorizations:one", actor.workspace.slug, pk)


# --- Taking codes in ------------------------------------------------------------------------------------------


@page(Action.TAKE_CODES, method="ANY")
def paste(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Take 1 to 2,000 codes in. What was pasted is never shown again: it is secret."""
    if request.method != "POST":
        return _paste(request, actor)
    try:
        account = workspaces.find_ad_account(actor, request.POST.get("ad_account") or None)
        made = intakes.receive(actor, account, _rows(request), at=now())
    except KindlingError as error:
        return _paste(request, actor, error)
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


def _rows(request: HttpRequest) -> list[CodeRow]:
    if request.FILES.get("file"):
        return intakes.rows_of_file(uploaded(request, "file"))
    return intakes.rows_of_paste(request.POST.get("codes", ""))


@page(Action.TAKE_CODES, method="POST")
def look(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What would become of the rows, without keeping or sending them."""
    try:
        rows = intakes.look(_rows(request))
        if not rows:
            raise InvalidInputError("There is no code in this.", next_step="Paste one code a line.")
    except KindlingError as error:
        return render(
            request, "authorizations/look.html", {"error": error}, status=error.http_status
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
    context = {"rows": seen, "good": sum(bool(each["is_good"]) for each in seen)}
    return render(request, "authorizations/look.html", context)


@page()
def intake(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One intake: live progress, a row per code."""
    found = intakes.find_intake(actor.workspace, pk)
    counts = intakes.progress(found)
    done = counts["total"] - sum(counts[name] for name in OPEN_OUTCOMES)
    context = {
        "intake": found,
        "rows": one_page(request, found.rows.select_related("authorization")),
        "counts": counts,
        "done": done,
        "is_running": found.finished_at is None,
        "can_retry": found.finished_at is not None and (counts["retry"] + counts["reconcile"]) > 0,
    }
    return render(request, "authorizations/intake.html", context)


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
