"""Forms of posts: status, product, caption, a refusal overruled, a file of agreements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html

from kindling.kit.forms import (
    Form,
    MoneyField,
    ReasonField,
    TextField,
    UploadField,
    WholeNumberField,
)
from kindling.kit.money import Money, to_minor
from kindling.posts.models import LANES
from kindling.posts.rules import NOTES


class StatusForm(Form):
    """The lane that a person chooses."""

    lane = forms.ChoiceField(label="Status", choices=LANES)
    reason = ReasonField(
        max_length=500,
        help_text="Saved in the history. A status set by hand overrides the automatic one.",
    )


class ProductForm(Form):
    """The product that a post shows; "" for none."""

    sku = forms.ChoiceField(
        label="SKU", required=False, help_text="Sets the landing page and the costs."
    )

    def __init__(
        self, request: HttpRequest | None = None, *, skus: Iterable[str], **options: Any
    ) -> None:
        super().__init__(request, **options)
        self.offer("sku", [("", "None"), *((each, each) for each in skus)])


class NotesForm(Form):
    """What whoever launches the post should know of it."""

    LONGEST: ClassVar = {"use_case": 80, "angle": 80, "hook": 200, "offer": 200}
    landing_url = TextField(
        label=NOTES["landing_url"],
        max_length=500,
        required=False,
        help_text="Starts with https://. Plans use it instead of the product's.",
    )
    handoff_note = TextField(
        label=NOTES["handoff_note"],
        max_length=2_000,
        required=False,
        rows=4,
        help_text="What worked, what to watch, what not to change.",
    )

    def __init__(self, request: HttpRequest | None = None, **options: Any) -> None:
        super().__init__(request, **options)
        for name, most in self.LONGEST.items():
            self.fields[name] = TextField(label=NOTES[name], max_length=most, required=False)
        self.order_fields([name for name in NOTES if name in self.fields])


class PolicyForm(Form):
    """The post policy, to be tried first or set at once."""

    min_age_hours = WholeNumberField(label="Hours before a post is judged", least=0)
    min_views = WholeNumberField(label="Views before a post is judged", least=0)
    ready_from = WholeNumberField(
        label="Spark-ready from this chance of paying, percent", least=0, most=100
    )
    keep_out_below = WholeNumberField(
        label="Keep out of paid below this chance, percent",
        least=0,
        most=100,
        help_text="Applies once the chance is based on ads of 10 of your posts.",
    )
    most_sceptics = WholeNumberField(
        label="Critical comments at most, percent",
        least=0,
        most=100,
        help_text="Compared with the low end of the interval, so a few comments decide nothing.",
    )
    daily_budget = MoneyField(
        label="Daily budget of an ad",
        required=False,
        help_text="The chance is for this budget. Empty: what your ads spend as a rule.",
    )
    needs = forms.MultipleChoiceField(
        label="Required before launch",
        choices=list(NOTES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    step = forms.ChoiceField(
        choices=[("preview", "Preview"), ("save", "Save")],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(
        self, request: HttpRequest | None = None, *, currency: str, **options: Any
    ) -> None:
        super().__init__(request, **options)
        budget = self.fields["daily_budget"]
        budget.currency = currency  # type: ignore[attr-defined]
        budget.label = f"Daily budget of an ad, {currency}"

    def clean(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        budget: Money | None = values.pop("daily_budget", None)
        minor = None if budget is None else to_minor(budget.amount, budget.currency)
        step = values.pop("step", "") or "preview"
        return {"values": {**values, "daily_budget_minor": minor}, "step": step}


class ApproveCaptionForm(Form):
    """The version of the caption that somebody has read."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)


class AllowAgainForm(Form):
    reason = ReasonField(
        label="What has changed",
        max_length=500,
        help_text="Saved in the audit trail. If TikTok refuses the post again, that is remembered again.",
    )


class ImportAgreementsForm(Form):
    file = UploadField(
        label="CSV file",
        accept=".csv,text/csv",
        help_text=format_html(
            "Required columns: <code>{}</code>. Optional: <code>{}</code>. An empty item_id covers all posts of the "
            "creator.",
            "handle, item_id, currency, paid_allowed, rights_start, rights_end",
            "hold_until, territory, content_fee, commission_percent, sku",
        ),
    )
