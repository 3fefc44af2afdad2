"""Forms of outreach: a template, a sequence, who is enrolled, what became of it, the limits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.creators.models import LANGUAGES
from kindling.kit.forms import Form, ReasonField, TextField, WholeNumberField
from kindling.outreach import rules
from kindling.outreach.models import OutreachChannel, OutreachTemplate


class LimitsForm(Form):
    mails_a_day = WholeNumberField(label="E-mails a day")
    mails_an_hour = WholeNumberField(label="E-mails an hour")
    shop_messages_a_week = WholeNumberField(
        label="Shop messages a week",
        help_text="TikTok Shop renews the quota on Sunday. Creators who answered do not count.",
    )


class TemplateForm(Form):
    name = TextField(
        label="Name",
        max_length=80,
        help_text="A template with the same name in another language is used for creators of that language.",
    )
    language = forms.ChoiceField(label="Language", choices=LANGUAGES)
    channel = forms.ChoiceField(label="Sent as", choices=OutreachChannel.choices)
    subject = TextField(label="Subject (e-mail only)", max_length=150, required=False)
    text = TextField(label="Text", rows=10, help_text="Every e-mail ends with an unsubscribe link.")


class SequenceForm(Form):
    """A name and up to `rules.MOST_STEPS` steps: a template each, and the days to wait before it."""

    name = TextField(label="Name", max_length=80)

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        templates: list[OutreachTemplate],
        steps: Iterable[tuple[int, int]] = (),
        **options: Any,
    ) -> None:
        """steps : what it begins with, a template's key and the days before it"""
        begun = {
            name: value
            for number, (template, days) in enumerate(steps, start=1)
            for name, value in ((f"template{number}", str(template)), (f"days{number}", days))
        }
        super().__init__(request, initial=begun, **options)
        self.templates = {str(each.pk): each for each in templates}
        choices = [("", "None"), *((pk, str(each)) for pk, each in self.templates.items())]
        for number in range(1, rules.MOST_STEPS + 1):
            self.fields[f"template{number}"] = forms.ChoiceField(
                label=f"Step {number}", choices=choices, required=False
            )
            self.fields[f"days{number}"] = WholeNumberField(
                label=f"Days before step {number}", initial=0 if number == 1 else 3, required=False
            )

    def steps(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each step: template and days."""
        return [
            (self[f"template{number}"], self[f"days{number}"])
            for number in range(1, rules.MOST_STEPS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        chosen = [
            (self.templates[told[template.name]], told.get(days.name) or 0)
            for template, days in self.steps()
            if told.get(template.name)
        ]
        return {"name": told.get("name", ""), "steps": chosen}


class EnrolForm(Form):
    handles = TextField(
        label="Handles",
        rows=4,
        required=False,
        attrs={
            "autocapitalize": "none",
            "spellcheck": "false",
            "placeholder": "@name, one per line",
        },
    )
    tag = TextField(label="or all creators with the tag", required=False)
    product = TextField(label="Product (used in the text)", max_length=120, required=False)

    def clean_handles(self) -> list[str]:
        found: str = self.cleaned_data["handles"]
        return found.replace(",", "\n").splitlines()


class EndForm(Form):
    """What became of an enrolment; to stop it takes a reason."""

    what = forms.ChoiceField(
        choices=[("replied", "Replied"), ("opted_out", "Opted out"), ("stopped", "Stop")]
    )
    reason = ReasonField(
        required=False,
        max_length=200,
        attrs={"required": True},  # of the only button that sends it
        help_text="Shown beside the creator in this sequence.",
    )
