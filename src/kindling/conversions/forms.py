"""The form of orders: a file of them, to import or only to check."""

from __future__ import annotations

from django import forms
from django.utils.html import format_html

from kindling.conversions.service import COLUMNS
from kindling.kit.forms import Form, UploadField

LOOK = "look"


class ImportOrdersForm(Form):
    file = UploadField(
        label="CSV file",
        accept=".csv,text/csv",
        help_text=format_html(
            "Required columns: <code>{}</code>. Optional: <code>{}</code>. Comma, semicolon or tab.",
            ", ".join(COLUMNS),
            "discount, refund, tax, shipping, landing_url, discount_code",
        ),
    )
    do = forms.CharField(required=False)  # the button: `LOOK` imports nothing
