"""Forms of access: an invitation, a member's role, joining."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.kit.forms import Form, TextField
from kindling.workspaces.models import Role


class InviteForm(Form):
    """Whom to invite as what; the button says whether by mail or with a link."""

    email = TextField(
        label="E-mail (a link may be without)", required=False, attrs={"type": "email"}
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.VIEWER)
    how = forms.ChoiceField(
        choices=[("mail", "Send invitation"), ("link", "Create link")], required=False
    )


class RoleForm(Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class JoinForm(Form):
    """An account of one's own; the password is taken as it was typed, and never shown again."""

    email = TextField(label="E-mail", attrs={"type": "email", "autocomplete": "username"})
    name = TextField(label="Name", max_length=120, attrs={"autocomplete": "name"})
    password = forms.CharField(
        label="Password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="At least 12 characters.",
    )

    def __init__(self, request: HttpRequest | None = None, *, email: str) -> None:
        """email : that the invitation names; then nobody is asked for one"""
        super().__init__(request)
        self.named = email
        if email:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        return {"email": self.named, **self.cleaned_data}
