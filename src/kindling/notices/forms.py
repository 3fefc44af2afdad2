"""Forms of notices: whether one's own are mailed as well."""

from __future__ import annotations

from django import forms

from kindling.kit.forms import Form


class MailForm(Form):
    wants_mail = forms.ChoiceField(
        choices=[("yes", "E-mail notices to me"), ("no", "Stop e-mails to me")]
    )
