"""Forms of briefs: what a brief says, and whom it is given to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.briefs import rules, service
from kindling.briefs.models import AI_RULES, DISCLOSURES, LANGUAGES, MUSIC_RULES, Deliverable
from kindling.creators.rules import clean_handle
from kindling.kit.forms import DayField, Form, TextField, WholeNumberField

SHOWN_SKUS = 12


def _number(name: str, label: str) -> WholeNumberField:
    least, most = service.NUMBERS[name]
    return WholeNumberField(label=label, least=least, most=most)


class BriefForm(Form):
    """Every part of a brief; lists have one entry a line. What a part may hold is checked by the use case."""

    title = TextField(label="Title", max_length=160)
    skus = TextField(label="Products (one SKU per line)", rows=2, required=False)
    product_truth = TextField(label="Facts about the product", rows=3, required=False)
    audience_problem = TextField(label="Audience problem it solves", rows=2, required=False)
    proof_points = TextField(label="Proof points (one per line)", rows=3, required=False)
    allowed_claims = TextField(label="Allowed claims (one per line)", rows=4, required=False)
    forbidden_claims = TextField(label="Forbidden claims (one per line)", rows=4, required=False)
    boundaries = TextField(label="Other boundaries (law, brand, age)", rows=2, required=False)
    legal_needed = forms.BooleanField(label="Legal also reviews every draft", required=False)
    must_say = TextField(
        label="Must say (one per line)",
        rows=3,
        required=False,
        help_text=f"Keep it under {rules.MOST_MUST_SAY_WORDS} words; more becomes a script.",
    )
    must_show = TextField(
        label="Must show (one per line)",
        rows=3,
        required=False,
        help_text="Reviewers confirm each one.",
    )
    tone_links = TextField(
        label="Tone examples (https links, one per line)", rows=2, required=False
    )
    usage_expectations = TextField(
        label="Planned use",
        rows=2,
        required=False,
        help_text="For example: organic only, or ads from the creator's handle for 30 days. "
        "The agreement is binding; this informs the creator.",
    )
    disclosure = forms.ChoiceField(
        label="Disclosure", choices=[("", "Choose"), *DISCLOSURES], required=False
    )
    music = forms.ChoiceField(label="Music", choices=MUSIC_RULES)
    ai_rule = forms.ChoiceField(label="AI-generated parts", choices=AI_RULES)
    language = forms.ChoiceField(label="Language", choices=LANGUAGES)
    draft_days = _number("draft_days", "Draft due after (days)")
    post_days = _number("post_days", "Post due after (days)")
    revision_rounds = _number("revision_rounds", "Agreed revisions")
    turnround_hours = _number("turnround_hours", "Review time (hours)")

    def __init__(
        self, request: HttpRequest | None = None, *, known_skus: list[str], **options: Any
    ) -> None:
        super().__init__(request, **options)
        if known_skus:
            more = " and more" if len(known_skus) > SHOWN_SKUS else ""
            shown = ", ".join(known_skus[:SHOWN_SKUS])
            self.fields["skus"].help_text = f"Known: {shown}{more}"


class BriefTemplateForm(BriefForm):
    """The parts of a brief, kept under a name."""

    title = None  # type: ignore[assignment]  # how Django takes a field away
    name = TextField(label="Name of the template", max_length=80)


class SaveTemplateForm(Form):
    """What a brief says, kept as a template."""

    name = TextField(label="Name of the template", max_length=80)


class _Ticked(forms.MultipleChoiceField):
    """Ticked anywhere in the directory, of which a page shows only a part."""

    def valid_value(self, value: str) -> bool:
        return True


class AssignForm(Form):
    """Creators, ticked in the directory or pasted as handles, and what each of them owes until when."""

    creator = _Ticked(label="Creators", required=False)
    handles = TextField(
        label="Or paste handles (one per line)",
        rows=4,
        required=False,
        attrs={"class": "mono", "autocapitalize": "none", "spellcheck": "false"},
    )
    title = TextField(label="Title", max_length=160, required=False)
    kind = forms.ChoiceField(label="Kind", choices=Deliverable.Kind.choices, required=False)
    draft_due = DayField(label="Draft due", required=False)
    post_due = DayField(label="Post due", required=False)

    def clean_handles(self) -> list[str]:
        return self._handles(self.cleaned_data["handles"].replace(",", " ").split())

    def clean_creator(self) -> list[str]:
        return self._handles(self.cleaned_data["creator"])

    @staticmethod
    def _handles(typed: list[str]) -> list[str]:
        try:
            return [clean_handle(each) for each in typed]
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None

    def clean_kind(self) -> str:
        kind: str = self.cleaned_data["kind"]
        return kind or Deliverable.Kind.VIDEO
