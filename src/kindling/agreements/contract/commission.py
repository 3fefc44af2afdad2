"""What Shop ads, GMV Max among them, change about a creator's commission: read before consent. Pure.

The sentence stands beside the contract and is no part of what is signed, so it is in the page's language.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from kindling.agreements.contract.terms import Medium, Terms


def rate_bp(organic_bp: int | None, ads_bp: int | None, *, of_ads: bool) -> int | None:
    """The rate in basis points, None where none is agreed; without one for ads the organic one holds for them."""
    return ads_bp if of_ads and ads_bp is not None else organic_bp


def commission_effect(terms: Terms) -> str | None:
    """Both rates in one sentence, in the active language; None for terms that do not allow Shop ads."""
    if Medium.SHOP_ADS not in terms.media:
        return None
    organic = terms.commission_organic_bp
    ads = rate_bp(organic, terms.commission_ads_bp, of_ads=True)
    if ads is None:
        return _(
            "No commission is agreed here, neither for sales through the post itself "
            "nor for sales by Shop ads (with GMV Max)."
        )
    if organic is None:
        return _(
            "Commission: %(ads)s of sales by Shop ads (with GMV Max). "
            "None is agreed here for sales through the post itself."
        ) % {"ads": _share(ads)}
    return _(
        "Commission: %(organic)s of sales through the post itself, "
        "%(ads)s of sales by Shop ads (with GMV Max)."
    ) % {"organic": _share(organic), "ads": _share(ads)}


def _share(points: int) -> str:
    return f"{points / 100:g} %"
