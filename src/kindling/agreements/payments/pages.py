"""Pages of payments and samples."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kindling.agreements import pages, service
from kindling.agreements import samples as shipments
from kindling.agreements.models import Payable
from kindling.agreements.payments import exports, payables
from kindling.agreements.payments.payables import WHICH, needing_two
from kindling.agreements.payments.rules import (
    PAYABLE_TRANSITIONS,
    SAMPLE_TRANSITIONS,
    PayableState,
    SampleState,
)
from kindling.clock import now
from kindling.errors import InvalidInputError, KindlingError, NotFoundError
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import one_page, page, reason_of, whole_number

# --- Payments -------------------------------------------------------------------------------------------------


@page()
def payments(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _payments(request, actor)


def _payments(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    which, search = request.GET.get("which", "due"), request.GET.get("q", "").strip()
    which = which if which in WHICH else ""
    at = now()
    found = one_page(
        request, payables.list_payables(actor.workspace, which=which, search=search, now=at)
    )
    me, two = actor.user.pk if actor.user else None, needing_two(list(found))
    context = {
        "payables": found,
        "rows": [
            {
                "payable": each,
                "is_late": each.due_at is not None
                and each.due_at < at
                and each.state in payables.OPEN,
                "moves": PAYABLE_TRANSITIONS[PayableState(each.state)],
                "needs_other": each.created_by_id == me and each.pk in two,
            }
            for each in found
        ],
        "which": which,
        "filters": WHICH.items(),
        "search": search,
        "totals": payables.totals(actor.workspace, now=at),
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "agreements/payments.html", context, status=status)


@page(Action.EXPORT)
def export(request: HttpRequest, actor: Actor, form: str) -> HttpResponse:
    which = request.GET.get("which", "")
    table = exports.rows(actor, which=which if which in WHICH else "", now=now())
    if form == "csv":
        data, kind = exports.as_csv(table), "text/csv; charset=utf-8"
    elif form == "xlsx":
        data, kind = exports.as_xlsx(table), exports.XLSX
    else:
        raise NotFoundError("Payments are exported as csv or xlsx.", next_step="Choose one.")
    return HttpResponse(
        data,
        content_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="payments.{form}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _decide(
    request: HttpRequest, actor: Actor, pk: int, act: Callable[[Payable], object], *, done: str
) -> HttpResponse:
    """Do to one payment what its form asks, and say so. A refusal shows the list again."""
    found = payables.find(actor.workspace, pk)
    try:
        act(found)
    except NotFoundError:
        raise
    except KindlingError as error:
        return _payments(request, actor, error)
    messages.success(request, f"{done}: {found}.")
    return redirect("payments:list", actor.workspace.slug)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def earn(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    def act(found: Payable) -> None:
        payables.earn(actor, found, at=now())

    return _decide(request, actor, payable, act, done="Due now")


@page(Action.SETTLE, method="POST")
def approve(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    def act(found: Payable) -> None:
        invoice = request.POST.get("invoice_number", "")
        payables.approve(actor, found, invoice_number=invoice, at=now())

    return _decide(request, actor, payable, act, done="Approved")


@page(Action.SETTLE, method="POST")
def pay(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    def act(found: Payable) -> None:
        payables.pay(actor, found, reference=request.POST.get("reference", ""), at=now())

    return _decide(request, actor, payable, act, done="Paid")


@page(Action.SETTLE, method="POST")
def cancel(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    def act(found: Payable) -> None:
        payables.cancel(actor, found, reason=reason_of(request), at=now())

    return _decide(request, actor, payable, act, done="Cancelled")


@page(Action.MANAGE_AGREEMENTS, method="POST")
def add_payable(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def decide() -> str:
        payables.add(
            actor,
            agreement,
            kind=request.POST.get("kind", ""),
            amount=request.POST.get("amount", ""),
            what=request.POST.get("what", ""),
            due_in_days=whole_number(request.POST.get("due_in_days"), "Due in days"),
            at=now(),
        )
        return "Added to Payments."

    return pages.deciding(request, actor, agreement, decide)


# --- Samples --------------------------------------------------------------------------------------------------


@page()
def samples(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _samples(request, actor)


def _samples(
    request: HttpRequest, actor: Actor, error: KindlingError | None = None
) -> HttpResponse:
    state, search = request.GET.get("state", ""), request.GET.get("q", "").strip()
    state = state if state in {each.value for each in SampleState} else ""
    found = one_page(request, shipments.list_samples(actor.workspace, state=state, search=search))
    context = {
        "samples": found,
        "rows": [(each, sorted(SAMPLE_TRANSITIONS[SampleState(each.state)])) for each in found],
        "states": [("", "All"), *((each.value, each.value.capitalize()) for each in SampleState)],
        "state": state,
        "search": search,
        "error": error,
    }
    status = error.http_status if error else 200
    return render(request, "agreements/samples.html", context, status=status)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def plan_sample(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)

    def decide() -> str:
        shipments.plan(
            actor,
            agreement,
            sku=request.POST.get("sku", ""),
            quantity=whole_number(request.POST.get("quantity"), "Quantity"),
            value=request.POST.get("value", ""),
            note=request.POST.get("note", ""),
            at=now(),
        )
        return "The sample is planned."

    return pages.deciding(request, actor, agreement, decide)


@page(Action.MANAGE_AGREEMENTS, method="POST")
def move_sample(request: HttpRequest, actor: Actor, sample: int) -> HttpResponse:
    found = shipments.find(actor.workspace, sample)
    wanted = request.POST.get("to", "")
    try:
        if wanted not in {each.value for each in SampleState}:
            raise InvalidInputError(
                "Choose the new state of the sample.", next_step="Choose from the list."
            )
        shipments.move(
            actor,
            found,
            SampleState(wanted),
            carrier=request.POST.get("carrier", ""),
            tracking_number=request.POST.get("tracking_number", ""),
            at=now(),
        )
    except KindlingError as error:
        return _samples(request, actor, error)
    messages.success(request, f"{found}: {wanted}.")
    return redirect("agreements:samples", actor.workspace.slug)
