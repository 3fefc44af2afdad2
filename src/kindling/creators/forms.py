"""Forms of creators: adding one, what is known of one, notes, another handle, merging."""

from __future__ import annotations

from typing import Any

from django import forms

from kindling.creators import rules
from kindling.creators.directory import MOST_NOTE
from kindling.creators.models import LANGUAGES
from kindling.kit.forms import Form, ReasonField, TextField
from kindling.kit.text import without_hidden

_HANDLE = {"autocapitalize": "none", "spellcheck": "false", "placeholder": "@name"}


class MentionedForm(Form):
    handle = TextField(label="Handle")


class AddForm(Form):
    handle = TextField(
        label="TikTok handle",
        attrs={**_HANDLE, "placeholder": "@name or the profile's address", "autofocus": True},
    )
    email = TextField(label="E-mail (if you have it)", required=False, attrs={"type": "email"})


class TagsField(forms.Field):
    """Tags with commas between them."""

    def to_python(self, value: Any) -> tuple[str, ...]:
        text = value if isinstance(value, str) else ""
        return value if isinstance(value, tuple) else tuple(rules.read_tags(without_hidden(text)))


class EditForm(Form):
    display_name = TextField(label="Name", max_length=120, required=False)
    email = TextField(label="E-mail", required=False, attrs={"type": "email"})
    language = forms.ChoiceField(
        label="Language of mails and portal",
        choices=[("", "Not known (the browser's in the portal)"), *LANGUAGES],
        required=False,
    )
    country = TextField(label="Country", max_length=40, required=False, attrs={"placeholder": "US"})
    tags = TagsField(label="Tags", required=False, help_text="Separated by commas.")
    is_own = forms.BooleanField(
        label="This is the brand's own account: its posts need no usage rights", required=False
    )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean_country(self) -> str:
        typed: str = self.cleaned_data["country"]
        try:
            return rules.read_country(typed) if typed else ""
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


class TagsForm(Form):
    """Tags for several creators."""

    tags = TagsField(label="Tags", help_text="Separated by commas.")


class RenameForm(Form):
    handle = TextField(
        label="TikTok handle",
        attrs=_HANDLE,
        help_text="The former handle still finds this creator.",
    )


class MergeForm(Form):
    into = TextField(label="Merge into", attrs=_HANDLE)
    reason = ReasonField()

    def clean_into(self) -> str:
        handle: str = self.cleaned_data["into"]
        return handle.lower().lstrip("@")


class NoteForm(Form):
    text = TextField(label="A note for the team", rows=2, attrs={"maxlength": MOST_NOTE})
