"""Forms of lists: which columns, a view's name, the format of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.kit.forms import MOST_DIGITS, Form, TextField
from kindling.lists.rules import MOST_ACTED, MOST_NAME, FileFormat
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


TABLE, GALLERY = "table", "gallery"


class LayoutForm(Form):
    layout = forms.ChoiceField(choices=[(TABLE, "Table"), (GALLERY, "Gallery")])


class ViewForm(Form):
    name = TextField(label="Name of the view", max_length=MOST_NAME)


class ExportForm(Form):
    format = forms.ChoiceField(choices=[(each, each.upper()) for each in FileFormat])


class KeysField(forms.Field):
    """The numbers of selected rows."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.MultipleHiddenInput)

    def to_python(self, value: Any) -> list[int]:
        found = value if isinstance(value, list | tuple) else []
        if len(found) > MOST_ACTED:
            raise forms.ValidationError(f"Select at most {MOST_ACTED:,} rows.")
        texts = [str(each) for each in found]
        if not all(
            text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS for text in texts
        ):
            raise forms.ValidationError("A selected row is unknown. Reload the list.")
        return [int(text) for text in texts]


class SelectionForm(Form):
    """The rows that somebody selected, or all that the list shows on its pages."""

    key = KeysField()
    everything = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ActionForm(SelectionForm):
    """What an action asks for, with the selected rows."""

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        fields: Mapping[str, forms.Field],
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        for name, each in fields.items():
            self.fields[name] = each
