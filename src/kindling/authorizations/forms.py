"""Forms of authorizations: asking, renewing, adding codes, affiliate consents. No code is ever written to HTML."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html

from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.offered_days import offered_days
from kindling.authorizations.models import RequestChannel
from kindling.authorizations.requests.prices import Price
from kindling.kit.forms import DayField, Form, MoneyField, ReasonField, SecretTextarea, UploadField
from kindling.kit.money import written
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount

USUAL_DAYS = 30


class AccountField(forms.ChoiceField):
    """An ad account by its advertiser id; "" where none was chosen, which means the only one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "Ad account", "required": False, **options})


class DaysField(forms.TypedChoiceField):
    """Days of those that TikTok offers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            coerce=int,
            choices=lambda: [(days, f"{days} days") for days in offered_days()],
            **{"label": "Days", "initial": USUAL_DAYS, **options},
        )


class AccountForm(Form):
    """A form with a choice of the workspace's ad accounts."""

    ad_account = AccountField()

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        accounts: Iterable[AdAccount],
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        self.offer(
            "ad_account",
            ((each.advertiser_id, f"{each.name} · {each.currency}") for each in accounts),
        )


class ChooseAccountForm(AccountForm):
    """Where the codes of a batch that waits are bound."""

    ad_account = AccountField(label="Ad account for the codes")


class AskForCodeForm(AccountForm):
    """Ask the creator of a post for its code."""

    field_order = ("days", "through", "ad_account")

    days = DaysField(label="Days to ask for")
    through = forms.ChoiceField(label="How", choices=RequestChannel.choices)
    ad_account = AccountField(label="For the ad account")

    def __init__(self, request: HttpRequest | None = None, *, post: Post, **options: Any) -> None:
        super().__init__(request, **options)
        email = post.creator.email
        to = f" to {email}" if email else " (no e-mail address on record)"
        labels = dict(RequestChannel.choices)
        labels[RequestChannel.EMAIL] += to
        self.offer("through", labels.items())


class MakeCodeForm(AccountForm):
    """Make the code of a post through its creator's connection."""

    field_order = ("days", "ad_account")

    days = DaysField()


class RenewAllForm(Form):
    """More days for several codes, each at its agreed price."""

    days = DaysField()


class RenewForm(Form):
    """More days for a code, at the agreed price or at another one with its reason."""

    days = DaysField()
    price = MoneyField(label="Price", required=False)
    reason = ReasonField(label="Reason for the different price", max_length=150, required=False)

    def __init__(
        self, request: HttpRequest | None = None, *, currency: str, **options: Any
    ) -> None:
        super().__init__(request, currency=currency, **options)
        self.fields["price"].label = f"Price in {currency}"

    def offer_prices(self, prices: Iterable[tuple[int, Price]]) -> None:
        """Write beside the days what they cost."""
        self.offer("days", ((days, f"{days} days, {_cost(price)}") for days, price in prices))

    @property
    def names_price(self) -> bool:
        """Whether the fields of a different price were filled in or are wrong."""
        return any(self[name].value() or self[name].errors for name in ("price", "reason"))


def _cost(price: Price) -> str:
    return written(price.minor, price.currency) if price.minor else price.source


class AffiliateConsentForm(Form):
    """An affiliate consent that the creator gave in TikTok Shop."""

    collab_ends_on = DayField(
        label="Collaboration ends on (leave empty if open-ended)", required=False
    )


class EndAffiliateConsentForm(Form):
    reason = ReasonField(
        label="What happened",
        max_length=200,
        attrs={"placeholder": "Switched off, collaboration ended, product link removed"},
    )


class PasteForm(AccountForm):
    """Codes, pasted or as a file, and the ad account that they are bound to."""

    # Lines are counted from the first one, even where it is empty: nothing is stripped.
    codes = forms.CharField(
        label="Video codes",
        strip=False,
        required=False,
        widget=SecretTextarea(
            {
                "class": "mono",
                "rows": 9,
                "autofocus": True,
                "spellcheck": "false",
                "placeholder": "#…",
            }
        ),
        help_text=f"1 to {intakes.MAX_ROWS:,} lines. Video codes are secret: Kindling stores them encrypted and never "
        "shows them in full again.",
    )
    file = UploadField(label="or a file", accept=".csv,.txt,text/csv,text/plain", required=False)

    def __init__(self, request: HttpRequest | None = None, **options: Any) -> None:
        super().__init__(request, **options)
        code, *others = (format_html("<code>{}</code>", each) for each in SHEET_COLUMNS)
        self.fields["file"].help_text = format_html(
            "CSV or text. Columns: {} (required), and if you know them {}, {}, {}, {}.",
            code,
            *others,
        )


SHEET_COLUMNS = ("code", "handle", "post", "days", "original_post_code")
