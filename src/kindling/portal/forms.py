"""Forms of the portal: what a creator answers, hands in and sends. Their words are translated."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kindling.authorizations.codes.offered_days import offered_days
from kindling.briefs.models import MUSIC, PLANNED, Deliverable
from kindling.creators.models import LANGUAGES
from kindling.kit.forms import Form, ReasonField, SecretTextarea, TextField

LONGEST_NAME, LONGEST_ANSWER = 120, 300


class LanguageForm(Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=LANGUAGES,
        error_messages={"invalid_choice": _("Choose one of the languages.")},
    )


class AnswerForm(Form):
    """One answer of several: the button that was pressed says which, and with it which field has to be filled in.

    needs : the fields that an answer cannot do without, and what to say where one is empty
    """

    needs: dict[str, dict[str, Any]] = {}

    def clean(self) -> dict[str, Any]:
        told = self.cleaned_data
        for name, says in self.needs.get(told.get("answer", ""), {}).items():
            if not told.get(name) and name not in self.errors:
                self.add_error(name, says)
        return told


class CommentForm(Form):
    """Whether a comment was answered."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=[("done", ""), ("decline", "")])


class OfferForm(AnswerForm):
    """The answer to an agreement."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=[("agree", ""), ("decline", "")])
    read = forms.BooleanField(label=_("I have read this and agree to it."), required=False)
    name = TextField(
        label=_("Your full name"),
        max_length=LONGEST_NAME,
        required=False,
        attrs={"autocomplete": "name"},
    )
    reason = ReasonField(
        label=_("Reason (helps the brand make a better offer)"),
        max_length=LONGEST_ANSWER,
        required=False,
    )
    needs = {
        "agree": {
            "read": _("Tick the box to confirm that you have read it."),
            "name": _("Enter your name to agree."),
        }
    }


def _offered() -> list[tuple[int, str]]:
    return [(each, str(_("%(days)s days")) % {"days": each}) for each in offered_days()]


class CodeForm(AnswerForm):
    """The answer to a request for a video code: the code itself, a yes through the connection, or no."""

    answer = forms.ChoiceField(
        label=_("Your answer"), choices=[("code", ""), ("allow", ""), ("decline", "")]
    )
    days = forms.TypedChoiceField(
        label=_("For how long"), choices=_offered, coerce=int, empty_value=None, required=False
    )
    code = forms.CharField(
        label=_("Video code"),
        required=False,
        widget=SecretTextarea(
            {
                "rows": 3,
                "spellcheck": "false",
                "autocapitalize": "off",
                "autocomplete": "off",
                "required": True,  # of the only button that sends it
            }
        ),
    )
    reason = ReasonField(label=_("Reason (optional)"), max_length=LONGEST_ANSWER, required=False)
    needs = {
        "code": {"code": _("No video code was found.")},
        "allow": {"days": _("This field is required.")},
    }

    def __init__(
        self, request: HttpRequest | None = None, *, days: int | None = None, **options: Any
    ) -> None:
        """days : that were asked for; chosen unless the creator chooses others"""
        super().__init__(request, initial={"days": days}, **options)


class AdForm(AnswerForm):
    """Approve one ad, or refuse it. `seen` is the hash of the ad that was shown."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=[("approve", ""), ("refuse", "")])
    seen = forms.CharField(required=False)
    reason = ReasonField(
        label=_("Why not?"),
        max_length=LONGEST_ANSWER,
        required=False,
        attrs={"required": True},  # of the only button that sends it
    )
    needs = {"refuse": {"reason": _("Enter why you do not want this ad.")}}


class RenewalForm(AnswerForm):
    """More days for a running ad: yes with one's name, or no."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=[("accept", ""), ("decline", "")])
    name = TextField(
        label=_("Your full name"),
        max_length=LONGEST_NAME,
        required=False,
        attrs={"autocomplete": "name"},
    )
    reason = ReasonField(label=_("Reason (optional)"), max_length=LONGEST_ANSWER, required=False)
    needs = {"accept": {"name": _("Enter your name to agree.")}}


# --- Content ------------------------------------------------------------------------------------------------------


class DraftForm(Form):
    """The next draft, as a file or a link, and what is said of it. The caption stays exactly as it was typed."""

    file = forms.FileField(
        label=_("Video file"), required=False, allow_empty_file=True, widget=forms.FileInput()
    )
    link = TextField(label=_("or a link to it (https)"), required=False, attrs={"inputmode": "url"})
    caption = forms.CharField(
        label=_("Caption you want to post"), required=False, widget=forms.Textarea({"rows": 3})
    )
    transcript = forms.CharField(
        label=_("What you say in the video (helps the review)"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    music = forms.ChoiceField(
        label=_("Music"), choices=[(key, _(label)) for key, label in MUSIC], required=False
    )
    music_reference = TextField(
        label=_("License of a licensed track"), max_length=300, required=False
    )
    disclosure = forms.ChoiceField(
        label=_("Disclosure setting you will switch on"),
        choices=[(key, _(label)) for key, label in PLANNED],
        required=False,
    )
    is_ai = forms.BooleanField(label=_("Parts are made with AI"), required=False)
    ai_what = TextField(label=_("Which parts"), max_length=300, required=False)
    extra_reason = TextField(label=_("Why more rounds than agreed"), max_length=300, required=False)

    def __init__(self, request: HttpRequest | None = None, *, row: Deliverable) -> None:
        super().__init__(request)
        self.fields["file"].widget.attrs["accept"] = "video/*" if row.is_video else "image/*"
        if not row.is_video:
            self.fields["file"].label = _("Photo file")


class PostForm(Form):
    post = TextField(label=_("Link of your post"), attrs={"inputmode": "url"})

    def __init__(self, request: HttpRequest | None = None, *, handle: str) -> None:
        super().__init__(request)
        example = f"https://www.tiktok.com/@{handle}/video/…"
        self.fields["post"].widget.attrs["placeholder"] = example


class NoteForm(Form):
    text = TextField(label=_("Your answer"), rows=2)
