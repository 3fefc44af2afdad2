"""Periods of results, and how a figure changed from one to the next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kindling.errors import InvalidInputError
from kindling.kit.money import Money

DAYS = (7, 14, 28)
USUAL_DAYS = 14
MOST_DAYS = 366  # of a period; ours
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


class By(StrEnum):
    """What results are grouped by; the last four are what people noted on the post."""

    CAMPAIGN = "campaign"
    AD = "ad"
    POST = "post"
    CREATOR = "creator"
    PRODUCT = "product"
    USE_CASE = "use_case"
    ANGLE = "angle"
    HOOK = "hook"
    OFFER = "offer"


BY_LABELS = {
    By.CREATOR: "Creators",
    By.POST: "Posts",
    By.AD: "Ads",
    By.CAMPAIGN: "Campaigns",
    By.PRODUCT: "Products",
    By.USE_CASE: "Use cases",
    By.ANGLE: "Angles",
    By.HOOK: "Hooks",
    By.OFFER: "Offers",
}
NOTES = frozenset({By.USE_CASE, By.ANGLE, By.HOOK, By.OFFER})
WITHOUT = {
    By.CAMPAIGN: "Campaign not listed",
    By.AD: "Ad not listed",
    By.POST: "Without a post",
    By.CREATOR: "Without a creator in the library",
    By.PRODUCT: "Without a product",
    By.USE_CASE: "No use case noted",
    By.ANGLE: "No angle noted",
    By.HOOK: "No hook noted",
    By.OFFER: "No offer noted",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included, and as many days right before them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def each_day(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.days)]


def period_of(
    *, today: date, days: int = USUAL_DAYS, first: date | None = None, last: date | None = None
) -> Period:
    """The days that are asked for: `first` to `last` where one is given, else the last full days before today.

    Without `last` it is yesterday, so that a day that is still going on is not compared with whole ones; without
    `first` there are `days` of them. raises : InvalidInputError for days in the wrong order, too many or out of range
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInputError(
            f"Days are a whole number from 1 to {MOST_DAYS}.", next_step="Correct it.", field="days"
        )
    end = last or max(today - timedelta(days=1), first or FIRST_DAY)
    start = first or end - timedelta(days=days - 1)
    if end < start:
        raise InvalidInputError(
            "The last day is before the first day.", next_step="Swap the two days.", field="to"
        )
    if not FIRST_DAY + timedelta(days=MOST_DAYS) <= start <= end <= LAST_DAY:
        raise InvalidInputError(
            "The year is out of range.", next_step="Correct the year.", field="from"
        )
    found = Period(start, end)
    if found.days > MOST_DAYS:
        raise InvalidInputError(
            f"These are {found.days:,} days; results are of at most {MOST_DAYS}.",
            next_step="Choose fewer days.",
            field="from",
        )
    return found


Figure = Money | Decimal | float | int | None


def change(present: Figure, before: Figure) -> float | None:
    """By which share a figure changed: 0.25 is a quarter more. None where either is unknown or nothing was before."""
    if present is None or before is None:
        return None
    if isinstance(present, Money) and isinstance(before, Money):
        if present.currency != before.currency:
            return None
        present, before = present.minor, before.minor
    if isinstance(present, Money) or isinstance(before, Money) or not before:
        return None
    return round(float(present) / float(before) - 1, 6)
