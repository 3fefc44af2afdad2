"""Pages of payments and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from kindling.agreements import pages, service
from kindling.agreements import samples as shipments
from kindling.agreements.lists import PAYMENTS, SAMPLES, Payment
from kindling.agreements.payments import payables
from kindling.agreements.payments.forms import (
    AddPaymentForm,
    ApprovePaymentForm,
    CancelPaymentForm,
    MoveSampleForm,
    PayForm,
    PlanSampleForm,
)
from kindling.clock import now
from kindling.errors import KindlingError
from kindling.kit.forms import Form
from kindling.lists.web import show_list
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor
from kindling.workspaces.web import decide, page


def _url(actor: Actor, name: str) -> str:
    return reverse(name, args=[actor.workspace.slug])


# --- Payments -------------------------------------------------------------------------------------------------


@page()
def payments(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _payments(request, actor)


def _payments(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    sent: Mapping[str, Form] | None = None,
) -> HttpResponse:
    """The list. `sent`: the form that came in, by its name and the payment's key."""

    def forms(row: Payment) -> dict[str, Form]:
        pk = row.payable.pk
        return {
            name: (sent or {}).get(f"{name}-{pk}") or kind(key=pk) for name, kind in FORMS.items()
        }

    context = {"totals": payables.totals(actor.workspace, now=now())}
    return show_list(
        request, actor, PAYMENTS, "agreements/payments.html", context, forms=forms, error=error
    )


FORMS: dict[str, type[Form]] = {
    "approve": ApprovePaymentForm,
    "pay": PayForm,
    "cancel": CancelPaymentForm,
}


def _decide(
    request: HttpRequest,
    actor: Actor,
    pk: int,
    act: Callable[..., object],
    *,
    done: str,
    name: str = "",
) -> HttpResponse:
    """Do to one payment what its form asks, and say so. A refusal shows the list again."""
    found = payables.find(actor.workspace, pk)
    form = FORMS[name](request, key=pk) if name else None
    return decide(
        request, form, partial(act, actor, found, at=now()),
        said=lambda _: f"{done}: {found}.", to=_url(actor, "payments:list"),
        show=lambda error: _payments(
            request, actor, error, sent={} if form is None else {f"{name}-{pk}": form}
        ),
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def earn(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    return _decide(request, actor, payable, payables.earn, done="Due now")


@page(Action.SETTLE, method="POST")
def approve(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    return _decide(request, actor, payable, payables.approve, done="Approved", name="approve")


@page(Action.SETTLE, method="POST")
def pay(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    return _decide(request, actor, payable, payables.pay, done="Paid", name="pay")


@page(Action.SETTLE, method="POST")
def cancel(request: HttpRequest, actor: Actor, payable: int) -> HttpResponse:
    return _decide(request, actor, payable, payables.cancel, done="Cancelled", name="cancel")


@page(Action.MANAGE_AGREEMENTS, method="POST")
def add_payable(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    form = AddPaymentForm(request, currency=payables.currency_of(agreement))
    return pages.decide_on(
        request, actor, agreement, form, partial(payables.add, actor, agreement, at=now()),
        said="Added to Payments.", name="payment",
    )  # fmt: skip


# --- Samples --------------------------------------------------------------------------------------------------


@page()
def samples(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _samples(request, actor)


def _samples(
    request: HttpRequest,
    actor: Actor,
    error: KindlingError | None = None,
    *,
    sent: Mapping[int, MoveSampleForm] | None = None,
) -> HttpResponse:
    """The list. `sent`: the form that came in, by the sample's key."""
    return show_list(
        request, actor, SAMPLES, "agreements/samples.html", error=error,
        forms=lambda row: (sent or {}).get(row.pk) or MoveSampleForm(key=row.pk),
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def plan_sample(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    agreement = service.find(actor.workspace, pk)
    form = PlanSampleForm(request, currency=payables.currency_of(agreement))
    return pages.decide_on(
        request, actor, agreement, form, partial(shipments.plan, actor, agreement, at=now()),
        said="The sample is planned.", name="sample",
    )  # fmt: skip


@page(Action.MANAGE_AGREEMENTS, method="POST")
def move_sample(request: HttpRequest, actor: Actor, sample: int) -> HttpResponse:
    found, form = shipments.find(actor.workspace, sample), MoveSampleForm(request, key=sample)
    return decide(
        request, form, partial(shipments.move, actor, found, at=now()),
        said=lambda moved: f"{moved}: {moved.state}.", to=_url(actor, "agreements:samples"),
        show=lambda error: _samples(request, actor, error, sent={sample: form}),
    )  # fmt: skip
