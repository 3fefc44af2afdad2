"""Forms of what runs: a pause with its reason, and how far Kindling may act in an ad account."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.html import format_html, format_html_join

from kindling.delivery.budgets.rules import MOST_AT_ONCE_PERCENT, MOST_PERCENT
from kindling.kit.forms import Form, ReasonField, TextField, WholeNumberField
from kindling.workspaces.models import AdAccount

Mode = AdAccount.Protection
NAMED = 10  # ads that a choice names
CHOICES = {
    Mode.OBSERVE: (
        "None, observe only.",
        "Kindling says what it would stop and touches nothing.",
    ),
    Mode.LAUNCHED: (
        "What Kindling launched.",
        "Ads made elsewhere are left alone. The first launch sets this, unless you chose otherwise.",
    ),
}


class PauseForm(Form):
    reason = ReasonField(max_length=500, attrs={"placeholder": "Spend without orders"})


class LowerForm(Form):
    """By how much daily budgets are lowered: per cent, or the amount that they are lowered to."""

    percent = WholeNumberField(
        label="Lower by per cent", least=1, most=MOST_PERCENT, required=False,
        help_text=f"TikTok advises at most {MOST_AT_ONCE_PERCENT} % at once, two days apart.",
    )  # fmt: skip
    to = TextField(
        label="Or to this amount a day", max_length=20, required=False,
        help_text="In the ad account's currency. A budget that is lower already stays as it is.",
    )  # fmt: skip
    is_large_meant = forms.BooleanField(
        label=f"More than {MOST_AT_ONCE_PERCENT} % at once is meant", required=False
    )
    reason = ReasonField(max_length=500, attrs={"placeholder": "Cost per order is rising"})


class ProtectionForm(Form):
    """A mode of protection, and the digest of the list of ads that somebody has read before."""

    mode = forms.ChoiceField(label="Protection", choices=Mode.choices, widget=forms.RadioSelect)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def describe(self, would_stop: Sequence[str], *, offers_all: bool) -> None:
        """Say of each mode what it does. `would_stop`: ids of the ads that stop once all are protected."""
        words = [
            (mode, format_html("<strong>{}</strong> {}", name, what))
            for mode, (name, what) in CHOICES.items()
        ]
        if offers_all:
            words.append(
                (Mode.ALL, format_html("<strong>All ads.</strong> {}", _stops(would_stop)))
            )
        self.offer("mode", words)


def _stops(ads: Sequence[str]) -> str:
    if not ads:
        return "None would stop now."
    named = format_html_join(
        ", ", '<span class="mono">{}</span>', ((each,) for each in ads[:NAMED])
    )
    more = f" and {len(ads) - NAMED} more below" if len(ads) > NAMED else ""
    return format_html("These {} stop within the hour: {}{}.", len(ads), named, more)
