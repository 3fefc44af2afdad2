"""Forms of comments: a reply, asking the creator, hiding with a reason, a category, a member, templates, words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.comments import rules
from kindling.comments.models import CATEGORIES
from kindling.comments.replies import MOST
from kindling.kit.forms import Form, TextField
from kindling.workspaces.models import User

HIDE_REASONS = [(str(each), rules.LABELS[each]) for each in rules.LABELS if each in rules.HIDEABLE]
NOBODY = ("", "Nobody")


class ReplyForm(Form):
    text = TextField(label="Reply", rows=3, max_length=rules.MOST_REPLY)


class AskForm(Form):
    suggestion = TextField(
        label="What they could answer", rows=3, max_length=rules.MOST_REPLY, required=False,
        help_text="The creator reads it in the portal and answers in their own words.",
    )  # fmt: skip


class HideForm(Form):
    reason = forms.ChoiceField(label="Why", choices=HIDE_REASONS)
    note = TextField(
        label="Note", required=False, max_length=300, help_text="Shown in the audit log."
    )


class LabelForm(Form):
    label = forms.ChoiceField(label="Category", choices=CATEGORIES)


class AssignForm(Form):
    assignee = forms.ChoiceField(label="Assigned to", required=False)

    def __init__(
        self, request: HttpRequest | None = None, *, members: Sequence[User], **options: Any
    ) -> None:
        super().__init__(request, **options)
        self.offer("assignee", [NOBODY, *((str(each.pk), str(each)) for each in members)])


class TemplateForm(Form):
    text = TextField(
        label="Reply", rows=4, required=False, max_length=MOST,
        help_text="{name} is who wrote the comment, {brand} your workspace. Leave it empty to use Kindling's own.",
    )  # fmt: skip


class WordsForm(Form):
    ad_account = forms.ChoiceField(label="Ad account")
    words = TextField(label="Words", rows=3, help_text="One a line. TikTok looks for whole words.")

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        accounts: Sequence[tuple[str, str]],
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        self.offer("ad_account", accounts)


class UnblockForm(Form):
    ad_account = forms.CharField(widget=forms.HiddenInput)
    word = forms.CharField(widget=forms.HiddenInput)
