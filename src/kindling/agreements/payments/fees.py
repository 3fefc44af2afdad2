"""What rights cost: renewals, shares of a fee, the usual share as a comparison. Pure; whole minor units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kindling.agreements.contract.terms import RenewalKind, Terms


@dataclass(frozen=True, slots=True)
class RenewalPrice:
    """The price of more days by an agreement, and in words how it comes about."""

    days: int
    minor: int
    currency: str
    source: str
    is_auto: bool
    notice_days: int


def renewal_price(terms: Terms, days: int) -> RenewalPrice | None:
    """What `days` more cost; None where the agreement has no renewal or no price to compute from.

    The price list's own line where it has one; else per day from the listed term nearest in length (the longer of
    two equally near); else, without a list, per day from the rights fee of the term. Rounded half up.
    """
    if terms.renewal is RenewalKind.NONE or days < 1:
        return None
    listed = dict(terms.renewal_prices)
    if days in listed:
        minor, source = listed[days], f"price list, {days} days"
    elif listed:
        nearest = min(listed, key=lambda length: (abs(length - days), -length))
        minor = half_up(listed[nearest] * days, nearest)
        source = f"per day from the {nearest}-day price"
    elif terms.rights_fee_minor and terms.term_days:
        minor = half_up(terms.rights_fee_minor * days, terms.term_days)
        source = f"per day from the rights fee for {terms.term_days} days"
    else:
        return None
    is_auto = terms.renewal is RenewalKind.AUTO
    return RenewalPrice(days, minor, terms.currency, source, is_auto, terms.notice_days)


def half_up(part: int, whole: int) -> int:
    """`part` / `whole` rounded half up; both at least 0, `whole` above it."""
    return (2 * part + whole) // (2 * whole)


# --- What is usual ------------------------------------------------------------------------------------------

# Domain reference §4, P6.
USUAL_SOURCE = "Practitioners' figures (influencerfee.com), not TikTok's."
USUAL_SHARES: tuple[tuple[int, int, int], ...] = (
    (7, 800, 1_200),
    (30, 1_200, 2_000),
    (60, 1_800, 3_000),
    (90, 2_500, 4_000),
    (180, 3_500, 5_500),
)
"""(days, lowest, highest): the usual rights fee on top of the content fee, in basis points of it."""


@dataclass(frozen=True, slots=True)
class UsualShare:
    """The usual rights fee for a term as a share of the content fee. `days`: the term of the table it is from."""

    days: int
    low_bp: int
    high_bp: int
    source: str = USUAL_SOURCE

    def of(self, content_fee_minor: int) -> tuple[int, int]:
        """The share as amounts, low and high."""
        return (
            half_up(content_fee_minor * self.low_bp, 10_000),
            half_up(content_fee_minor * self.high_bp, 10_000),
        )


def benchmark_share(days: int) -> UsualShare | None:
    """The usual share for the term nearest to `days`; None beyond twice the longest or below half the shortest."""
    shortest, longest = USUAL_SHARES[0][0], USUAL_SHARES[-1][0]
    if not shortest / 2 <= days <= longest * 2:
        return None
    return UsualShare(*min(USUAL_SHARES, key=lambda row: (abs(row[0] - days), row[0])))


# --- Fees of posts and days ---------------------------------------------------------------------------------


def fee_of_post(fee_minor: int, *, posts: int, number: int) -> int:
    """The share of the `number`th post (from 0) in a fee for `posts` posts; the shares add up to the fee.

    A post beyond the number agreed costs nothing more.
    """
    if not 0 <= number < posts:
        return 0
    share, rest = divmod(fee_minor, posts)
    return share + (1 if number < rest else 0)


def unused_days(*, starts_at: datetime, ends_at: datetime, lost_at: datetime) -> tuple[int, int]:
    """(days not had, days of the term). A day begun counts as had, so that only whole days are paid back."""
    day = timedelta(days=1)
    term = max(1, -((starts_at - ends_at) // day))
    if lost_at >= ends_at:
        return 0, term
    return min(term, (ends_at - max(lost_at, starts_at)) // day), term


def refund(fee_minor: int, *, unused: int, term: int) -> int:
    """The fee's share for the days not had, half up; never below nothing nor above the fee (make-good, §4)."""
    return half_up(fee_minor * max(0, min(unused, term)), term)


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """Days of a right that were bought together, and what for: the first term, or one renewal."""

    fee_minor: int
    days: int


def refund_of_terms(terms: Sequence[PaidTerm], *, unused: int) -> int:
    """What is paid back of a right whose last `unused` days were not had: of each term the share for its own days.

    terms : as they followed each other, the oldest first; one without days bought nothing that can be paid back
    """
    total, left = 0, max(0, unused)
    for each in reversed(terms):
        lost = min(left, each.days)
        left -= lost
        if each.days:
            total += refund(each.fee_minor, unused=lost, term=each.days)
    return total


def days_bought(days: int, *, before: datetime, end: datetime) -> int:
    """The days of a renewal by which the term got longer, a day begun as one; 0 where it did not."""
    return max(0, min(days, -((before - end) // timedelta(days=1))))
