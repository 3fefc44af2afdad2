"""The templates that every workspace starts with, as data. Pure.

Days and the commission are ours to start from, not advice; amounts are decided for each agreement, so there are none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kindling.agreements.contract.terms import PayFrom, RenewalKind, StartTrigger, Terms


@dataclass(frozen=True, slots=True)
class Shipped:
    """A template of ours: what it is called and for, and its terms in US dollars."""

    name: str
    about: str
    terms: Terms


SHIPPED = (
    Shipped(
        "Gifted, 30 days",
        "The creator gets the product and no fee; the post may run as an ad for 30 days.",
        Terms(term_days=30, hold_days=30, pay_from=PayFrom.POST_LIVE),
    ),
    Shipped(
        "Flat fee, 60 days",
        "A fee for content and rights, paid after the post is live; 60 days, renewed when both agree.",
        Terms(
            term_days=60,
            hold_days=60,
            renewal=RenewalKind.OPTION,
            pay_from=PayFrom.POST_LIVE,
            payment_days=30,
        ),
    ),
    Shipped(
        "Whitelisting with commission",
        "Ads from the creator's handle, paid by a share of their sales; the term starts with the first ad spend.",
        Terms(
            term_days=90,
            hold_days=90,
            start_trigger=StartTrigger.FIRST_SPEND,
            first_spend_within_days=30,
            commission_ads_bp=1_000,
            final_approval=True,
        ),
    ),
)


def in_currency(terms: Terms, currency: str) -> Terms:
    """Shipped terms in another currency; they hold no amounts."""
    return replace(terms, currency=currency)
