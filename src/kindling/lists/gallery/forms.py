"""The form of the gallery."""

from __future__ import annotations

from django import forms

from kindling.kit.forms import (
    DayField,
    Form,
    MoneyField,
    ReasonField,
    TextField,
    UploadField,
    WholeNumberField,
)


class SampleForm(Form):
    """Every kind of field."""

    name = TextField(label="One line", max_length=40, help_text="What it is for, in a sentence.")
    text = TextField(label="Several lines", rows=3, required=False)
    choice = forms.ChoiceField(label="A choice", choices=[("one", "One"), ("other", "Another")])
    count = WholeNumberField(label="A whole number", least=1, most=30)
    day = DayField(label="A day", required=False)
    price = MoneyField(label="An amount", required=False)
    reason = ReasonField()
    file = UploadField(label="A file", required=False)
    agrees = forms.BooleanField(label="Something to agree to", required=False)
