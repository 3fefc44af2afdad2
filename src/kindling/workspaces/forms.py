"""Forms of the workspace: its settings, a connection to TikTok, a token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.kit.forms import Form, TextField
from kindling.workspaces import settings
from kindling.workspaces.models import Workspace


class ConnectionForm(Form):
    """A developer app; its secrets are never shown again."""

    name = TextField(label="Name", max_length=80, attrs={"placeholder": "TikTok"})
    base_url = TextField(label="Address", max_length=200, initial="https://business-api.tiktok.com")
    app_id = TextField(label="App id", max_length=64)
    app_secret = forms.CharField(
        label="App secret", widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    client_key = TextField(label="Client key (creators)", max_length=64, required=False)
    client_secret = forms.CharField(
        label="Client secret",
        required=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    tiktok_one_id = TextField(
        label="TikTok One account id (optional, to ask creators there)",
        max_length=64,
        required=False,
    )


class TokenForm(Form):
    name = TextField(label="Purpose", max_length=80, attrs={"placeholder": "Nightly export"})


class SettingsForm(Form):
    """Every setting as it is typed; each reads its own. One that was not sent stays as it is."""

    def __init__(self, request: HttpRequest | None = None, *, workspace: Workspace) -> None:
        super().__init__(request, initial=settings.values(workspace))
        self.currency = workspace.currency
        why_currency_stays = settings.why_currency_stays(workspace)
        for each in settings.SETTINGS:
            words: dict[str, Any] = {"help_text": each.help, "required": False}
            words["label"] = f"{each.label}, {self.currency}" if each.is_money else each.label
            if each.choices:
                choices = [(choice, choice.capitalize()) for choice in each.choices]
                self.fields[each.name] = forms.ChoiceField(choices=choices, **words)
            else:
                self.fields[each.name] = TextField(attrs={"required": True}, **words)
        self.fields["timezone"].widget.attrs |= {"list": "zones", "autocomplete": "off"}
        if why_currency_stays:
            self.fields["currency"].help_text = why_currency_stays
            self.fields["currency"].widget.attrs["readonly"] = True

    def clean(self) -> dict[str, Any]:
        given = {name: text for name, text in self.cleaned_data.items() if name in self.data}
        currency = str(given.get("currency", self.currency)).strip().upper()
        for name, text in given.items():
            try:
                settings.BY_NAME[name].read(text, currency)
            except ValueError as error:
                self.add_error(name, f"{error}.")
        return {"given": given}
