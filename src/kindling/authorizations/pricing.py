"""What a renewal costs: by the agreement in force, else nothing is agreed and a person names the price."""

from __future__ import annotations

from dataclasses import dataclass

from kindling.authorizations.models import Authorization


@dataclass(frozen=True, slots=True)
class Price:
    """A renewal's price in minor units, where it comes from, and whether it was agreed to renew by itself."""

    minor: int
    currency: str
    source: str
    is_auto: bool


NOT_AGREED = "no renewal price is agreed"


def price_of(authorization: Authorization, days: int) -> Price:
    """The agreed price of `days` more for this post; zero with its reason where none is agreed."""
    return Price(0, authorization.workspace.currency, NOT_AGREED, is_auto=False)
