"""The metrics of ads, one line each. Schema, sync, queries, Live page, API, exports and docs follow from here. Pure.

A `Reported` metric is stored per ad and day as TikTok reports it. A `Derived` one is a quotient of two stored
ones and is never stored: `AdMetrics` computes it for every page, API, command and export.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kindling.kit.money import Money, per_unit

Sums = Mapping[str, int | None]
"""Sums over some ad-days by stored column; None where a part of the sum is not known."""
Value = Money | float | int | None
"""What a metric comes to: Money for money, int for counts, float for shares and numbers; None: undefined."""


class Unit(StrEnum):
    """MONEY is of the ad account's currency; SHARE a part of one; NUMBER a quotient of two counts."""

    MONEY = "money"
    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"


# Source of the lags: reference tiktok-api §11.3; of the attribution window: R66.
SOON = "about 30 min later; corrected daily around 12:00 UTC"
ATTRIBUTED = "up to 7 days after the click (attribution window)"
NEXT_DAY = "about 16 h later"


@dataclass(frozen=True, slots=True)
class Reported:
    """A metric as TikTok reports it: integer minor units for MONEY, else a count.

    wire : TikTok's name in reports. settles : when the figure of a day is final
    since : the version of the ad-days table that brought the column
    is_addable : False when the figures of two days or ads have no sum, as people are counted once
    """

    name: str
    label: str
    wire: str
    about: str
    unit: Unit = Unit.COUNT
    settles: str = SOON
    since: int = 1
    is_addable: bool = True
    is_on_live_page: bool = False
    digits: int = 0

    @property
    def column(self) -> str:
        """The column of the ad-days table that holds it."""
        return f"{self.name}_minor" if self.unit is Unit.MONEY else self.name

    def of(self, sums: Sums, currency: str) -> Value:
        """The metric of some ad-days, money in `currency`; None when it is not known."""
        found = sums.get(self.column)
        return found if found is None or self.unit is not Unit.MONEY else Money(found, currency)


@dataclass(frozen=True, slots=True)
class Derived:
    """`scale` × column `top` / column `bottom`, each summed first; undefined where `bottom` is 0 or either unknown."""

    name: str
    label: str
    top: str
    bottom: str
    about: str
    unit: Unit = Unit.SHARE
    scale: int = 1
    is_on_live_page: bool = False
    digits: int = 1

    def of(self, sums: Sums, currency: str) -> Value:
        """The quotient over some ad-days: Money rounded half up, or a float rounded to 6 digits; None: undefined."""
        top, bottom = sums.get(self.top), sums.get(self.bottom)
        if top is None or not bottom:
            return None
        if self.unit is Unit.MONEY:
            return Money(per_unit(self.scale * top, bottom), currency)
        return round(self.scale * top / bottom, 6)


Metric = Reported | Derived

REPORTED = (
    Reported("spend", "Spend", "spend", "what the ad cost", Unit.MONEY, is_on_live_page=True),
    Reported("impressions", "Impressions", "impressions", "times the ad was shown"),
    Reported("clicks", "Clicks", "clicks", "clicks to the destination"),
    Reported("conversions", "Conversions", "conversion", "conversions that TikTok attributes to the ad",
             settles=ATTRIBUTED, is_on_live_page=True),
    Reported("video_views_2s", "2-second views", "video_watched_2s", "plays of 2 seconds or more"),
    Reported("video_views_6s", "6-second views", "video_watched_6s", "plays of 6 seconds or more"),
    Reported("video_views_p100", "Complete views", "video_views_p100", "plays to the end"),
    Reported("likes", "Paid likes", "likes", "likes that the ad brought"),
    Reported("comments", "Paid comments", "comments", "comments that the ad brought"),
    Reported("shares", "Paid shares", "shares", "shares that the ad brought"),
    Reported("follows", "Paid follows", "follows", "follows that the ad brought"),
    Reported("profile_visits", "Profile visits", "profile_visits", "visits to the profile that the ad brought",
             since=2),
    Reported("reach", "Reach", "reach", "people who saw the ad that day; days and ads have no sum",
             settles=NEXT_DAY, since=2, is_addable=False),
)  # fmt: skip

DERIVED = (
    Derived("thumb_stop_rate", "Thumb-stop rate", "video_views_2s", "impressions",
            "2-second views / impressions", is_on_live_page=True),
    Derived("hold_rate", "Hold rate", "video_views_6s", "video_views_2s",
            "6-second views / 2-second views"),
    Derived("six_second_rate", "6-second view rate", "video_views_6s", "impressions",
            "6-second views / impressions"),
    Derived("completion_rate", "Completion rate", "video_views_p100", "impressions",
            "complete views / impressions"),
    Derived("ctr", "CTR", "clicks", "impressions", "clicks / impressions", is_on_live_page=True, digits=2),
    Derived("cvr", "CVR", "conversions", "clicks", "conversions / clicks", digits=2),
    Derived("cpm", "CPM", "spend_minor", "impressions", "spend per 1,000 impressions", Unit.MONEY, scale=1000),
    Derived("cpc", "CPC", "spend_minor", "clicks", "spend per click", Unit.MONEY),
    Derived("cpa", "CPA", "spend_minor", "conversions", "spend per conversion that TikTok attributes to the ad",
            Unit.MONEY, is_on_live_page=True),
    Derived("frequency", "Frequency", "impressions", "reach", "impressions / reach; undefined over several days or ads",
            Unit.NUMBER, digits=2),
)  # fmt: skip

METRICS: Mapping[str, Metric] = {each.name: each for each in (*REPORTED, *DERIVED)}
BY_COLUMN: Mapping[str, Reported] = {each.column: each for each in REPORTED}
ON_LIVE_PAGE = tuple(each for each in METRICS.values() if each.is_on_live_page)


@dataclass(frozen=True, slots=True)
class AdMetrics:
    """Every metric of some ad-days by name, each computed when it is asked for."""

    sums: Sums
    currency: str

    def __getitem__(self, name: str) -> Value:
        """Raises KeyError for a name that is no metric."""
        return METRICS[name].of(self.sums, self.currency)

    def money(self, name: str) -> Money | None:
        """A metric whose unit is money. Raises TypeError for another."""
        value = self[name]
        if value is None or isinstance(value, Money):
            return value
        raise TypeError(f"{name} is no money")

    def to_json(self) -> dict[str, object]:
        """All metrics by name; money as everywhere, null where undefined."""
        values = {name: self[name] for name in METRICS}
        return {
            name: value.to_json() if isinstance(value, Money) else value
            for name, value in values.items()
        }
