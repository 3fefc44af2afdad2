"""The figures that rules look at: each ad's days, how far it has learned, and why something is not known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from kindling.delivery.budgets.rules import is_too_much_at_once
from kindling.delivery.health import rules as health
from kindling.delivery.health.rules import LearningState
from kindling.delivery.models import Ad, BudgetChange, StopRule
from kindling.delivery.stop_rules.rules import (
    IN_COUNTS,
    Act,
    Comparison,
    Condition,
    Metric,
    Scope,
    Seen,
)
from kindling.facts import gaps
from kindling.facts import results as facts
from kindling.facts.metrics import AdMetrics
from kindling.facts.results import DaySums
from kindling.kit.money import Money
from kindling.kit.time import day_in
from kindling.workspaces.models import AdAccount

# Syncs come every half hour, and reports run about as far behind: six missed ones are no delay any more. Ours.
OLDEST = timedelta(hours=3)
TAGS = ("use_case", "angle", "hook", "offer")


def condition_of(rule: StopRule) -> Condition:
    return Condition(
        Metric(rule.metric), Comparison(rule.comparison), rule.value, rule.min_spend_minor, rule.min_impressions,
        rule.min_conversions, rule.stops_learning, Act(rule.act),
    )  # fmt: skip


def in_scope(rule: StopRule, ad: Ad) -> bool:
    """Whether a rule is about an ad. The ad has its ad group, campaign, post and creator read."""
    if rule.scope == Scope.ALL:
        return True
    if rule.scope == Scope.CAMPAIGN:
        return ad.adgroup.campaign.campaign_id == rule.scope_key
    if ad.post is None:
        return False
    if rule.scope == Scope.CREATOR:
        return ad.post.creator.handle == rule.scope_key
    return any(getattr(ad.post, tag) == rule.scope_key for tag in TAGS)


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What is known of one ad account's ads. missing : days of which figures are not held, until today

    late : why its newest figures are too old to act on; "" where they are not
    """

    account: AdAccount
    today: date
    days: Mapping[str, Mapping[date, DaySums]]
    missing: frozenset[date]
    last: date | None
    late: str
    began: Mapping[int, date | None]
    groups: Mapping[int, tuple[str, ...]]

    def sums(self, ad: Ad, first: date, last: date) -> DaySums:
        return DaySums.total(
            sums for day, sums in self.days.get(ad.ad_id, {}).items() if first <= day <= last
        )

    def learning(self, ad: Ad, at: date) -> LearningState:
        """How far the ad's group had learned at the end of the day before `at`."""
        began = self.began.get(ad.adgroup_id)
        counted: dict[date, int | None] | None = {}
        if began is not None and at < began + timedelta(days=settings.KINDLING_LEARNING_DAYS):
            is_lost = any(began <= day < at for day in self.missing)
            counted = None if is_lost else self._conversions(ad, began, at)
        return health.learning(
            counted, began=began, today=at, needed=settings.KINDLING_LEARNING_CONVERSIONS,
            days=settings.KINDLING_LEARNING_DAYS,
        )  # fmt: skip

    def _conversions(self, ad: Ad, began: date, at: date) -> dict[date, int | None]:
        found: dict[date, int | None] = {}
        for ad_id in self.groups.get(ad.adgroup_id, ()):
            for day, sums in self.days.get(ad_id, {}).items():
                if began <= day < at:
                    before, count = found.get(day, 0), sums.sums.get("conversions")
                    found[day] = None if before is None or count is None else before + count
        return found

    def why_unknown(self, first: date, last: date, *, acts_now: bool) -> str:
        """Why the days are not known well enough to act on; "" where they are."""
        if acts_now and self.late:
            return self.late
        if self.last is None or self.last < last:
            return f"{self.account.name} is not synced until {last:%d %b}."
        lost = sorted(day for day in self.missing if first <= day <= last)
        return f"Figures of {lost[0]:%d %b} are missing." if lost else ""

    def seen(self, rule: StopRule, ad: Ad, at: date, *, acts_now: bool) -> Seen:
        """What a rule sees of an ad on a day: the full days before it."""
        first, last = at - timedelta(days=rule.days), at - timedelta(days=1)
        sums = self.sums(ad, first, last)
        known = sums.sums if sums.rows else {"spend_minor": 0, "impressions": 0, "conversions": 0}
        value = AdMetrics(known, self.account.currency)[rule.metric]
        number = value.minor if isinstance(value, Money) else value
        if number is None and not sums.rows and rule.metric in IN_COUNTS:
            number = 0
        return Seen(
            None if number is None else float(number), known.get("spend_minor"), known.get("impressions"),
            known.get("conversions"), self.learning(ad, at), self.why_unknown(first, last, acts_now=acts_now),
        )  # fmt: skip


def read(account: AdAccount, ads: Iterable[Ad], *, since: date, now: datetime) -> AccountFigures:
    """The account's figures from `since` on, and when each ad group began to learn."""
    today, key = day_in(now, account.timezone), account.lake_key
    first = since - timedelta(days=settings.KINDLING_LEARNING_DAYS)
    days = {
        ad_id: found
        for (_, ad_id), found in facts.days_of_ads([key], first=first, last=today).items()
    }
    newest = gaps.last_syncs([key]).get(key)
    groups: dict[int, list[str]] = defaultdict(list)
    began: dict[int, date | None] = {}
    for ad in ads:
        groups[ad.adgroup_id].append(ad.ad_id)
        told = [each for each in (ad.created_at, ad.adgroup.starts_at) if each is not None]
        day = day_in(max(told), account.timezone) if told else None
        known = began.get(ad.adgroup_id, day)
        began[ad.adgroup_id] = None if day is None or known is None else min(day, known)
    _note_changes(account, began)
    return AccountFigures(
        account, today, days, frozenset(gaps.ad_days_missing([key])[key]), newest[0] if newest else None,
        _late(account, newest, today=today, now=now), began, {pk: tuple(ids) for pk, ids in groups.items()},
    )  # fmt: skip


def _note_changes(account: AdAccount, began: dict[int, date | None]) -> None:
    """A change larger than TikTok advises starts the learning anew (R54)."""
    rows = BudgetChange.objects.filter(adgroup_id__in=list(began), is_confirmed=True)
    for change in rows:
        if is_too_much_at_once(change.before_minor, change.after_minor):
            day, known = day_in(change.at, account.timezone), began[change.adgroup_id]
            began[change.adgroup_id] = None if known is None else max(known, day)


def _late(
    account: AdAccount, newest: tuple[date, datetime] | None, *, today: date, now: datetime
) -> str:
    if newest is None:
        return f"{account.name} was never synced."
    day, at = newest
    if day < today:
        return f"{account.name} was not synced today, so yesterday may not be complete."
    if now - at > OLDEST:
        hours = int((now - at) / timedelta(hours=1))
        return f"The figures of {account.name} are {hours} hours old."
    return ""


def ads_of(account: AdAccount, *, running: Iterable[str] | None = None) -> list[Ad]:
    """The account's ads as rules look at them; `running`: only of these statuses."""
    rows = Ad.objects.filter(ad_account=account)
    if running is not None:
        rows = rows.filter(is_gone=False, operation_status="ENABLE", secondary_status__in=running)
    found = list(rows.select_related("adgroup__campaign", "post__creator").order_by("ad_id"))
    for ad in found:
        ad.ad_account = ad.adgroup.ad_account = account
    return found
