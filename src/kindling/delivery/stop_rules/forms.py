"""The form of a rule."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from kindling.delivery.budgets.rules import MOST_PERCENT
from kindling.delivery.stop_rules.rules import (
    ACT_LABELS,
    IN_COUNTS,
    IN_MONEY,
    METRIC_LABELS,
    Act,
    Comparison,
    Metric,
    Scope,
)
from kindling.delivery.stop_rules.service import MOST_DAYS, Draft
from kindling.kit.forms import Form, MoneyField, TextField, WholeNumberField
from kindling.kit.money import parse_amount

SCOPES = {
    Scope.ALL: "All ads",
    Scope.CAMPAIGN: "One campaign (its id)",
    Scope.CREATOR: "One creator (the handle)",
    Scope.TAG: "Posts with a note (use case, angle, hook or offer, as written)",
}


class RuleForm(Form):
    name = TextField(label="Name", max_length=80, attrs={"placeholder": "No conversions for $60"})
    scope = forms.ChoiceField(label="Ads", choices=list(SCOPES.items()))
    scope_key = TextField(label="Which campaign, creator or note", max_length=200, required=False)
    metric = forms.ChoiceField(label="When", choices=list(METRIC_LABELS.items()))
    comparison = forms.ChoiceField(
        label="is", choices=[(Comparison.ABOVE, "above"), (Comparison.BELOW, "below")]
    )
    value = TextField(label="Value", max_length=20)
    days = WholeNumberField(
        label="Over the last full days", initial=3, least=1, most=MOST_DAYS
    )  # fmt: skip
    min_spend = MoneyField(label="Only from this spend on", required=False)
    min_impressions = WholeNumberField(
        label="Only from these impressions on", required=False, least=0
    )
    min_conversions = WholeNumberField(
        label="Only from these conversions on", required=False, least=0
    )
    act = forms.ChoiceField(label="Then", choices=list(ACT_LABELS.items()))
    lower_percent = WholeNumberField(
        label="Lower by per cent", required=False, least=1, most=MOST_PERCENT,
    )  # fmt: skip
    floor = MoneyField(label="Never below, a day", required=False)
    stops_learning = forms.BooleanField(
        label="Also while the ad group learns",
        required=False,
        help_text="TikTok advises not to touch an ad group before 50 conversions.",
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        text, metric = told.get("value"), told.get("metric")
        if text and metric:
            try:
                told["value"] = read_value(text, Metric(metric), self.currency_of_amounts)
            except ValueError as error:
                self.add_error("value", f"{error}.")
        return told

    @property
    def currency_of_amounts(self) -> str:
        field = self.fields["min_spend"]
        return field.currency if isinstance(field, MoneyField) else ""


def read_value(text: str, metric: Metric, currency: str) -> float:
    """What is typed as a metric's value: an amount, a count, or per cent for a rate. Raises ValueError."""
    if metric in IN_MONEY:
        return float(parse_amount(text, currency))
    try:
        number = Decimal(text.strip().removesuffix("%").strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= 10**12:
        raise ValueError(f"{text!r} is not a number from 0 on")
    return float(number if metric in IN_COUNTS else number / 100)


def draft_of(told: dict[str, Any]) -> Draft:
    """A rule to be, of the values of the form."""

    def minor(name: str) -> int:
        amount = told.get(name)
        return amount.minor if amount is not None else 0

    return Draft(
        name=told["name"], metric=Metric(told["metric"]), comparison=Comparison(told["comparison"]),
        value=told["value"], days=told["days"], scope=Scope(told["scope"]),
        scope_key=told["scope_key"].strip().removeprefix("@"), min_spend_minor=minor("min_spend"),
        min_impressions=told.get("min_impressions") or 0, min_conversions=told.get("min_conversions") or 0,
        stops_learning=told["stops_learning"], act=Act(told["act"]), lower_percent=told.get("lower_percent"),
        floor_minor=minor("floor"),
    )  # fmt: skip
