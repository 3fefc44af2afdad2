"""Forms of the review desk: a draft, its post and due dates, notes, decisions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.agreements.models import Agreement
from kindling.briefs import rules
from kindling.briefs.drafts import files
from kindling.briefs.models import MUSIC, PLANNED, Decision, Deliverable, Draft
from kindling.kit.forms import DayField, Form, ReasonField, TextField

TAKEN_OVER = ("caption", "transcript", "music", "music_reference", "is_ai", "ai_what", "disclosure")
VERDICTS = {"approve": "Approve", "changes": "Ask for changes", "reject": "Reject"}


class DraftForm(Form):
    """The next draft, as a file or a link, and what is said of it. The caption stays exactly as it was typed."""

    file = forms.FileField(
        label="File", required=False, allow_empty_file=True, widget=forms.FileInput()
    )
    link = TextField(
        label="Or a link (https)",
        required=False,
        attrs={"inputmode": "url"},
        help_text="The link is saved; Kindling does not open it.",
    )
    caption = forms.CharField(
        label="Caption as it will be posted",
        required=False,
        widget=forms.Textarea({"rows": 3, "maxlength": 4000}),
    )
    transcript = forms.CharField(
        label="Spoken words (text, .srt or .vtt; if available)",
        required=False,
        widget=forms.Textarea({"rows": 5}),
    )
    remark = TextField(label="Note for the reviewers", rows=2, required=False)
    disclosure = forms.ChoiceField(label="Planned disclosure", choices=PLANNED, required=False)
    music = forms.ChoiceField(label="Music", choices=MUSIC, required=False)
    music_reference = TextField(label="Track or license", max_length=300, required=False)
    is_ai = forms.BooleanField(label="Parts are AI-generated", required=False)
    ai_what = TextField(label="Which parts", max_length=300, required=False)
    extra_reason = TextField(max_length=300, required=False, attrs={"required": True})

    def __init__(
        self, request: HttpRequest | None = None, *, row: Deliverable, last: Draft | None
    ) -> None:
        """last : the draft of the round before, whose words this one starts with"""
        super().__init__(
            request, initial={name: getattr(last, name) for name in TAKEN_OVER} if last else None
        )
        types = files.VIDEO_TYPES if row.is_video else files.PHOTO_TYPES
        endings = ", ".join(sorted(set(types.values())))
        again = " Choose the file again." if self.is_bound else ""
        file = self.fields["file"]
        file.widget.attrs["accept"] = endings
        file.help_text = f"{endings}, up to {files.MOST_BYTES // 1024 // 1024} MB.{again}"
        self.round_number = 1 + (last.round_number if last else 0)
        if rules.needs_reason(round_number=self.round_number, rounds_allowed=row.rounds_allowed):
            agreed = f"({row.rounds_allowed} agreed revisions)"
            self.fields["extra_reason"].label = f"Reason for an extra round {agreed}"
        else:
            del self.fields["extra_reason"]


class PostForm(Form):
    post = TextField(
        label="Post URL or id", attrs={"autocapitalize": "none", "spellcheck": "false"}
    )


class AgreementForm(Form):
    """Which agreement with the creator the deliverable is owed under."""

    agreement = forms.TypedChoiceField(
        label="Agreement", coerce=int, empty_value=None, required=False
    )

    def __init__(
        self, request: HttpRequest | None = None, *, agreements: list[Agreement], **options: Any
    ) -> None:
        super().__init__(request, **options)
        named = [(each.pk, f"{each}, {each.get_state_display().lower()}") for each in agreements]
        self.fields["agreement"].choices = [("", "None"), *named]  # type: ignore[attr-defined]


class DueForm(Form):
    """Other due dates; one left empty stays as it is."""

    draft_due = DayField(label="Draft due", required=False)
    post_due = DayField(label="Post due", required=False)
    reason = ReasonField()


class CancelForm(Form):
    reason = ReasonField()


class WithdrawForm(Form):
    """Take an approval back."""

    reason = ReasonField(label="What should change", rows=2)


# --- A draft ------------------------------------------------------------------------------------------------------


class NoteForm(Form):
    moment = TextField(
        label="Timestamp",
        required=False,
        attrs={
            "placeholder": "0:12",
            "inputmode": "numeric",
            "autocomplete": "off",
            "data-moment": True,
        },
    )
    text = TextField(label="Note", rows=2)

    def clean_moment(self) -> float | None:
        """Seconds into the film."""
        try:
            return rules.moment_from(self.cleaned_data["moment"])
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


class AnswerForm(Form):
    text = TextField(label="Answer", rows=2)


class SettleForm(Form):
    """Whether a note is dealt with."""

    done = forms.ChoiceField(choices=[("yes", "Mark as done"), ("no", "Open again")])


class DecisionForm(Form):
    """One side's decision; `ticked` are the lines of the brief that the reviewer saw in the draft."""

    ticked = forms.MultipleChoiceField(
        label="Confirmed in the draft", required=False, widget=forms.CheckboxSelectMultiple()
    )
    verdict = forms.ChoiceField(
        label="Decision",
        choices=[(key, VERDICTS[key]) for key, _ in Decision.VERDICTS],
        widget=forms.RadioSelect(),
    )
    reason = ReasonField(
        label="Reason",
        rows=2,
        required=False,
        help_text="Required for changes, rejection, or approval despite a failed check.",
    )

    def __init__(
        self, request: HttpRequest | None = None, *, lines: list[str], **options: Any
    ) -> None:
        super().__init__(request, **options)
        self.fields["ticked"].choices = [(line, line) for line in lines]  # type: ignore[attr-defined]
