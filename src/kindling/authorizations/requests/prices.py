"""What a renewal costs: by the agreement in force, else nothing is agreed and a person names the price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kindling.agreements import service as agreements
from kindling.authorizations.models import Authorization


@dataclass(frozen=True, slots=True)
class Price:
    """A renewal's price in minor units, where it comes from, and whether it was agreed to renew by itself."""

    minor: int
    currency: str
    source: str
    is_auto: bool = False


NOT_AGREED = "no renewal price agreed"


def price_of(authorization: Authorization, days: int, *, now: datetime) -> Price:
    """The agreed price of `days` more for this post; zero with its reason where none is agreed."""
    offer = agreements.renewal_offer(
        authorization.workspace,
        authorization.post.creator,
        authorization.post.item_id,
        days,
        permission_ends_at=authorization.ends_at,
        now=now,
    )
    if offer is None:
        return Price(0, authorization.workspace.currency, NOT_AGREED)
    return Price(offer.price_minor, offer.currency, offer.source, is_auto=offer.is_auto)
