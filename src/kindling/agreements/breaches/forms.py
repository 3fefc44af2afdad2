"""Forms of breaches: one is opened, put to a right, made good."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.agreements.breaches.service import REMEDIES
from kindling.agreements.models import Breach, UsageRight
from kindling.kit.forms import Form, TextField
from kindling.kit.templatetags.kit import plain_day

LONGEST_ID = 32  # of a post


class ChooseRightForm(Form):
    """Which of the agreement's usage rights a breach is of."""

    right = forms.TypedChoiceField(label="Usage rights that were breached", coerce=int)

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        rights: Iterable[UsageRight],
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        self.offer("right", ((each.pk, _written(each)) for each in rights))


def _written(right: UsageRight) -> str:
    covers = right.item_id or "All posts"
    return f"{covers}, {plain_day(right.starts_at)} to {plain_day(right.ends_at)}"


class OpenBreachForm(ChooseRightForm):
    field_order = ("kind", "item_id", "right", "evidence")

    kind = forms.ChoiceField(label="What happened", choices=Breach.Kind.choices)
    item_id = TextField(
        label="Post id (if any)",
        max_length=LONGEST_ID,
        required=False,
        attrs={"inputmode": "numeric"},
    )
    right = forms.TypedChoiceField(
        label="Usage rights that were breached", coerce=int, empty_value=None, required=False
    )
    evidence = TextField(label="Evidence: what you saw, where and when", rows=3)

    def offer(self, field: str, choices: Iterable[tuple[object, str]]) -> None:
        super().offer(field, [("", "Those that cover the post today"), *choices])


class ResolveForm(Form):
    """How a breach was made good."""

    remedy = forms.ChoiceField(label="Resolved by", choices=REMEDIES)
    replacement_item_id = TextField(
        label="Post id of the replacement",
        max_length=LONGEST_ID,
        required=False,
        attrs={"inputmode": "numeric"},
    )
    resolution = TextField(label="What was agreed")
