"""Forms of agreements: the terms, a live post, a consent given elsewhere, an offer taken back, the end."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.agreements.consent import documents
from kindling.agreements.contract import fields, terms
from kindling.agreements.contract.fields import FieldKind, TermField
from kindling.agreements.contract.summaries import summary
from kindling.agreements.contract.terms import Terms, TermsError
from kindling.kit.forms import (
    DayField,
    Form,
    MoneyField,
    ReasonField,
    TextField,
    UploadField,
    WholeNumberField,
)
from kindling.kit.money import Money, parse_amount

# --- The terms ------------------------------------------------------------------------------------------------


class ClauseField(TextField):
    """A text of the contract: what was typed is what is agreed, to the last sign."""

    as_it_looks = False


class LinesField(ClauseField):
    """Texts, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"rows": 2, **options})

    def to_python(self, value: Any) -> Any:
        lines = super().to_python(value).splitlines()
        return [line.strip() for line in lines if line.strip()]


class CodesField(TextField):
    """Short codes with blanks or commas between them; capitals, whatever was typed."""

    def to_python(self, value: Any) -> Any:
        return [code for code in re.split(r"[\s,;]+", super().to_python(value).upper()) if code]


class PercentField(forms.Field):
    """A percentage in basis points; None when left empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput({"inputmode": "decimal"}), **options)

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip().rstrip(" %")
        if not text:
            return None
        try:
            # It has two digits after the point at most, like an amount of a currency with cents.
            return parse_amount(text, "USD")
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


class PricesField(LinesField):
    """Numbers of days, each with its price in minor units of `currency`, one a line: "30 = 120.00"."""

    currency = "USD"

    def to_python(self, value: Any) -> Any:
        return [self._price(line) for line in super().to_python(value)]

    def _price(self, line: str) -> list[int]:
        found = re.fullmatch(r"([0-9]{1,4})\s*(?:d|days?)?\s*[=:]\s*(\S+)", line)
        if found is None:
            raise forms.ValidationError(f"{line!r} is not a price; write it like 30 = 120.00.")
        try:
            return [int(found[1]), parse_amount(found[2], self.currency)]
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


def _field(field: TermField) -> forms.Field:
    """The form's field of a term."""
    about: dict[str, Any] = {"label": field.label, "help_text": field.help, "required": False}
    words = [(key, label[:1].upper() + label[1:]) for key, label in field.options]
    match field.kind:
        case FieldKind.CHOICE:
            return forms.ChoiceField(choices=words, **about | {"required": True})
        case FieldKind.CHOICES:
            widget = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=field.options, widget=widget, **about)
        case FieldKind.YES:
            return forms.BooleanField(**about)
        case FieldKind.NUMBER:
            return WholeNumberField(**about | {"required": not field.may_be_empty})
        case FieldKind.PRICES:
            return PricesField(rows=3, **about)
        case kind:
            return BY_KIND[kind](**about)


BY_KIND: dict[FieldKind, type[forms.Field]] = {
    FieldKind.TEXT: ClauseField,
    FieldKind.LINES: LinesField,
    FieldKind.CODES: CodesField,
    FieldKind.DAY: DayField,
    FieldKind.MONEY: MoneyField,
    FieldKind.PERCENT: PercentField,
}


class TermsForm(Form):
    """The terms of a contract, a field for each; its value is the `Terms`, under `terms`.

    What must hold between them is checked by the use case, which names the fields that are wrong.

    start : the terms that it shows first, and that a preview falls back to where a field cannot be read
    """

    # A browser does not get to a required field in a group that is closed, and then sends nothing.
    use_required_attribute = False
    left_out: tuple[str, ...] = ()  # terms that this form does not ask for

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        start: Terms,
        initial: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(request, initial={**(initial or {}), **fields.show(start)}, **options)
        self.start = start
        self._read: dict[str, Any] = {}
        for each in self._asked():
            self.fields[each.name] = _field(each)
        self.price_in(self._currency())

    def _asked(self) -> list[TermField]:
        return [each for each in fields.FIELDS if each.name not in self.left_out]

    def _currency(self) -> str:
        return str(self["currency"].value() or "").strip().upper()

    def price_in(self, currency: str) -> None:
        super().price_in(currency)
        for field in self.fields.values():
            if isinstance(field, MoneyField) and currency:
                field.label = f"{field.label} ({currency})"
            if isinstance(field, PricesField):
                field.currency = currency

    def clean_currency(self) -> str:
        return self._currency()

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        others = {name: told[name] for name in told if name not in fields.LABELS}
        self._read = {
            each.name: _value(each, told[each.name]) for each in self._asked() if each.name in told
        }
        if self.errors:
            return others
        try:
            return {**others, "terms": terms.from_json(self._read)}
        except TermsError as error:
            for name, problem in error.problems.items():
                self.add_error(name, problem)
            return others

    def so_far(self) -> tuple[Terms, list[str]]:
        """The terms as typed by now, and what is wrong with them, a sentence for each field.

        A field that cannot stand as it is keeps the value that the form started with.
        """
        faults: dict[str, str] = {}
        if self.is_bound:
            errors = self.errors
            faults = {name: str(errors[name][0]) for name in errors if name in fields.LABELS}
        start = terms.to_json(self.start)
        readable = {name: value for name, value in self._read.items() if name not in faults}
        found = terms.from_json({**start, **readable})
        # What one field falls back to may leave another without its like, so look until nothing is found.
        while problems := {
            name: words for name, words in terms.problems(found).items() if name in readable
        }:
            faults = {**problems, **faults}
            readable = {name: value for name, value in readable.items() if name not in problems}
            found = terms.from_json({**start, **readable})
        said = [f"{self._label(name)}: {words}" for name, words in faults.items()]
        return found, said

    def _label(self, name: str) -> str:
        return str(self.fields[name].label) if name in self.fields else fields.LABELS[name]

    def groups(self) -> list[dict[str, Any]]:
        """The fields by their groups, and what each group holds now; a group with a fault is open."""
        held = self.so_far()[0]
        return [
            {
                "key": group.key,
                "title": group.title,
                "fields": shown,
                "holds": summary(group.key, held),
                "is_open": any(each.errors for each in shown),
                "is_deal": group.is_open,
            }
            for group in fields.GROUPS
            if (shown := [self[each.name] for each in group.fields if each.name in self.fields])
        ]


def _value(field: TermField, value: Any) -> Any:
    """What a field holds as the JSON of terms has it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Money):
        return value.minor
    if value is None and field.kind is FieldKind.MONEY and not field.may_be_empty:
        return 0
    return value


class NewAgreementForm(TermsForm):
    """With whom, what it is called, and its first terms."""

    creator = TextField(
        label="Creator's handle",
        attrs={
            "placeholder": "@name",
            "autocapitalize": "none",
            "spellcheck": "false",
            "required": True,
        },
    )
    title = TextField(
        label="Title",
        max_length=120,
        attrs={"placeholder": "Spring launch, one video", "required": True},
    )


# --- Templates ------------------------------------------------------------------------------------------------


class TemplateForm(TermsForm):
    """Terms kept under a name; posts and dates are those of one deal and not asked for."""

    left_out = fields.OF_ONE_DEAL
    name = TextField(label="Name of the template", max_length=80, attrs={"required": True})
    is_default = forms.BooleanField(label="New agreements start from it", required=False)


class SaveTemplateForm(Form):
    """The terms of an agreement, kept as a template."""

    name = TextField(label="Name of the template", max_length=80)
    is_default = forms.BooleanField(label="New agreements start from it", required=False)


class DefaultForm(Form):
    """Whether a template is the default; sent by a button."""

    is_default = forms.BooleanField(required=False)


# --- One agreement --------------------------------------------------------------------------------------------


class LivePostForm(Form):
    item_id = TextField(label="Post id", attrs={"inputmode": "numeric"})
    live_on = DayField(label="Live since (leave empty for now)", required=False)


class RecordConsentForm(Form):
    """A consent given elsewhere, with the signed PDF where there is one."""

    as_name = TextField(label="Name of the signer", max_length=120)
    document = UploadField(
        label="Signed PDF (optional)",
        accept=".pdf,application/pdf",
        most=documents.MOST_BYTES,
        if_larger="Save it with smaller pictures and choose it again.",
        required=False,
    )
    reason = ReasonField(
        label="How consent was given", attrs={"placeholder": "Signed on paper, sent by e-mail"}
    )


class TakeBackForm(Form):
    """Why an offer is withdrawn, or was declined."""

    reason = ReasonField()


class EndAgreementForm(Form):
    reason = ReasonField()
    with_kill_fee = forms.BooleanField(
        label="The brand cancels: usage rights stop, open fees are cancelled, the kill fee is due",
        required=False,
    )
