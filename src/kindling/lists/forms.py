"""Forms of lists: which columns, a view's name, the format of a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.kit.forms import Form, TextField
from kindling.lists.rules import MOST_NAME, FileFormat
from kindling.lists.spec import ListSpec


class ColumnsForm(Form):
    field_order = ("columns", "is_compact")
    is_compact = forms.BooleanField(label="Compact rows", required=False)

    def __init__(
        self, request: HttpRequest | None = None, *, spec: ListSpec, **options: Any
    ) -> None:
        super().__init__(request, **options)
        choices = [(each.name, each.label) for each in spec.data_columns if not each.is_title]
        self.fields["columns"] = forms.MultipleChoiceField(
            label="Columns", choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        self.order_fields(self.field_order)


class ViewForm(Form):
    name = TextField(label="Name of the view", max_length=MOST_NAME)


class ExportForm(Form):
    format = forms.ChoiceField(choices=[(each, each.upper()) for each in FileFormat])
