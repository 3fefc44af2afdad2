"""Forms of alerts: one's own hours, and a webhook."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.kit.forms import Form, TextField
from kindling.notices.alerts.rules import Hours
from kindling.notices.alerts.webhooks import LONGEST_ADDRESS, Draft
from kindling.notices.models import Webhook
from kindling.workspaces.models import Role

HOURS = [("", "None"), *((str(each), f"{each:02}:00") for each in range(24))]
URGENCIES = [
    ("1", "Only those that cannot wait"),
    ("2", "Urgent ones too"),
    ("3", "Everything that is mailed"),
    ("5", "All"),
]


class HoursForm(Form):
    """When alerts go out. `hours` of its values."""

    digest_hour = forms.ChoiceField(
        label="Digest once a day at",
        choices=[("", "At once, no digest"), *HOURS[1:]],
        required=False,
    )
    quiet_from = forms.ChoiceField(label="Quiet from", choices=HOURS, required=False)
    quiet_to = forms.ChoiceField(label="Quiet until", choices=HOURS, required=False)
    wakes = forms.BooleanField(
        label="Urgency 1 at once, whatever the hour",
        required=False,
        help_text="A running ad without permission, or a guard that could not look.",
    )

    @staticmethod
    def hours(told: dict[str, Any]) -> Hours:
        def hour(name: str) -> int | None:
            return int(told[name]) if told.get(name) else None

        return Hours(hour("digest_hour"), hour("quiet_from"), hour("quiet_to"), told["wakes"])


def initial_of(hours: Hours) -> dict[str, Any]:
    """Hours as their form shows them."""

    def text(hour: int | None) -> str:
        return "" if hour is None else str(hour)

    return {
        "digest_hour": text(hours.digest_hour),
        "quiet_from": text(hours.quiet_from),
        "quiet_to": text(hours.quiet_to),
        "wakes": hours.wakes,
    }


class WebhookForm(HoursForm):
    """A webhook; its address is never shown again."""

    name = TextField(label="Name", max_length=80, attrs={"placeholder": "#spark-ads"})
    address = forms.CharField(
        label="Address of the incoming webhook",
        max_length=LONGEST_ADDRESS,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text="Whoever has it can write to the channel: it is kept encrypted and never shown again.",
    )
    roles = forms.MultipleChoiceField(
        label="Notices for",
        choices=Role.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: for all roles.",
    )
    least_urgency = forms.ChoiceField(label="Which notices", choices=URGENCIES, initial="2")

    def __init__(
        self, request: HttpRequest | None = None, *, row: Webhook | None = None, **options: Any
    ) -> None:
        initial: dict[str, Any] = {"wakes": True}
        if row is not None:
            hours = Hours(row.digest_hour, row.quiet_from, row.quiet_to, row.wakes)
            initial = {
                **initial_of(hours), "name": row.name, "roles": row.roles,
                "least_urgency": str(row.least_urgency),
            }  # fmt: skip
        super().__init__(request, initial=initial, **options)
        if row is not None:
            self.fields["address"].required = False
            self.fields["address"].help_text = f"Now: {row.shown_address}. Empty: it stays."

    def draft(self, told: dict[str, Any]) -> Draft:
        """A webhook to be, of the values of the form."""
        return Draft(
            name=told["name"], address=told["address"], roles=tuple(told["roles"]),
            least_urgency=int(told["least_urgency"]), hours=self.hours(told),
        )  # fmt: skip
