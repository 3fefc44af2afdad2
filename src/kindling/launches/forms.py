"""Forms of launches: planning posts of Inventory, approving the plan that was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.authorizations.forms import AccountField, AccountForm
from kindling.kit.forms import Form, MoneyField, TextField, WholeNumberField
from kindling.kit.templatetags.kit import plain_day, words
from kindling.launches import rules
from kindling.launches.planning import specs
from kindling.launches.planning.objectives import CALLS_TO_ACTION, OBJECTIVES
from kindling.workspaces.models import AdAccount


class PostsField(forms.MultipleChoiceField):
    """Ids of the posts that were ticked; which of them can be launched is for the use case to say."""

    def valid_value(self, value: Any) -> bool:
        return True


class PlanForm(AccountForm):
    """Plan a launch in an ad account, in its currency; what is left empty is filled in by `specs`.

    wanted : the ad account by its advertiser id where the form names none; else the first
    """

    ad_account = AccountField(widget=forms.HiddenInput)
    posts = PostsField(required=False)
    name = TextField(label="Name", max_length=200, required=False)
    objective = forms.ChoiceField(
        label="Objective",
        choices=[(key, each.label) for key, each in OBJECTIVES.items()],
        required=False,
    )
    daily_budget = MoneyField(required=False, initial=specs.DEFAULT_DAILY_BUDGET)
    days = WholeNumberField(label="Days", required=False, initial=14)
    call_to_action = forms.ChoiceField(
        label="Call to action",
        choices=[(each, words(each)) for each in CALLS_TO_ACTION],
        required=False,
        initial="SHOP_NOW",
    )
    countries = forms.ChoiceField(
        label="Country",
        choices=[(each, each) for each in sorted(rules.LOCATIONS)],
        required=False,
        initial="US",
    )
    landing_url = TextField(
        label="Landing page for all posts",
        required=False,
        attrs={"type": "url", "placeholder": "https://shop.example/page"},
        help_text="If empty, each post links to the landing page of its product. UTM parameters are added.",
    )

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        accounts: list[AdAccount],
        at: datetime,
        wanted: str = "",
        **options: Any,
    ) -> None:
        super().__init__(request, accounts=accounts, **options)
        self.accounts = accounts
        # Not by the bound field: it would remember the initial value of this moment.
        named = self.data.get("ad_account") or wanted
        first = next(iter(accounts), None)
        self.account = next((each for each in accounts if each.advertiser_id == named), first)
        if self.account is not None:
            self.initial["ad_account"] = self.account.advertiser_id
            self.price_in(self.account.currency)
            self.fields["daily_budget"].label = f"Daily budget per post, {self.account.currency}"
        self.fields["name"].widget.attrs["placeholder"] = f"Launch of {plain_day(at)}"
        for name in ("daily_budget", "days"):
            self.fields[name].widget.attrs["class"] = "num"

    @property
    def chosen(self) -> set[str]:
        """The posts that are ticked."""
        return set(self["posts"].value() or [])


class ApprovePlanForm(Form):
    """The digest of the plan that somebody has read."""

    digest = forms.CharField(required=False, widget=forms.HiddenInput)
