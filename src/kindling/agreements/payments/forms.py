"""Forms of payments and samples."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.agreements.payments.payables import BY_HAND
from kindling.agreements.payments.rules import SampleState
from kindling.kit.forms import Form, MoneyField, ReasonField, TextField, WholeNumberField


class AddPaymentForm(Form):
    """A bonus earned, a commission settled or a kill fee, in the currency of the agreement."""

    kind = forms.ChoiceField(label="Kind", choices=[(each.value, each.label) for each in BY_HAND])
    amount = MoneyField()
    due_in_days = WholeNumberField(label="Due in days", initial=30)
    what = TextField(label="Reason", max_length=200)

    def __init__(
        self, request: HttpRequest | None = None, *, currency: str, **options: Any
    ) -> None:
        super().__init__(request, currency=currency, **options)
        self.fields["amount"].label = f"Amount, {currency}"


class ApprovePaymentForm(Form):
    invoice_number = TextField(label="Invoice number (optional)", max_length=60, required=False)


class PayForm(Form):
    reference = TextField(label="Payment reference", max_length=120)


class CancelPaymentForm(Form):
    reason = ReasonField()


class PlanSampleForm(Form):
    """A shipment and what it is worth, in the currency of the agreement."""

    sku = TextField(label="Product (SKU)", max_length=64)
    quantity = WholeNumberField(label="Quantity", initial=1)
    value = MoneyField(required=False, help_text="Leave empty for the agreed value.")
    note = TextField(label="Shipping address, size, color", max_length=300, required=False)

    def __init__(
        self, request: HttpRequest | None = None, *, currency: str, **options: Any
    ) -> None:
        super().__init__(request, currency=currency, **options)
        self.fields["value"].label = f"Total value, {currency}"


class MoveSampleForm(Form):
    """What became of a shipment; one that is sent has a carrier."""

    to = forms.TypedChoiceField(
        label="New state",
        choices=[(each.value, each.value) for each in SampleState],
        coerce=SampleState,
    )
    carrier = TextField(label="Carrier", max_length=60, required=False)
    tracking_number = TextField(label="Tracking number", max_length=80, required=False)
