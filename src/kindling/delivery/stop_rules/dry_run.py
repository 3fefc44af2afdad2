"""What a rule would have done over past days, by the figures as they are now. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kindling.delivery.models import Ad, StopRule
from kindling.delivery.stop_rules import figures, rules
from kindling.delivery.stop_rules.figures import AccountFigures
from kindling.delivery.stop_rules.rules import Act, Outcome
from kindling.facts import results as facts
from kindling.kit.money import Money
from kindling.kit.time import day_in, start_of_day
from kindling.workspaces import service as workspaces

DAYS = 14


@dataclass(frozen=True, slots=True)
class WouldFire:
    """An ad that the rule would have acted on, once. value : of its metric; saved : spend from that day on

    conversions, orders : TikTok's and the shop's of the same days, None where not known; they would have been lost
    """

    day: date
    ad: Ad
    value: float
    saved: Money
    conversions: int | None
    orders: int

    def to_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "ad_id": self.ad.ad_id,
            "ad_name": self.ad.name,
            "value": self.value,
            "saved": self.saved.to_json(),
            "conversions_lost": self.conversions,
            "shop_orders_lost": self.orders,
        }


@dataclass(frozen=True, slots=True)
class DryDay:
    """One day: the ads it would have acted on, and how many it left alone and why."""

    day: date
    fired: tuple[WouldFire, ...]
    thin: int
    learning: int
    unknown: int

    def to_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "fired": [each.to_json() for each in self.fired],
            "thin": self.thin,
            "learning": self.learning,
            "unknown": self.unknown,
        }


@dataclass(frozen=True, slots=True)
class DryRun:
    """Days, the newest first; saved, conversions, orders : of all that it would have acted on, until yesterday."""

    days: tuple[DryDay, ...]
    saved: Money
    conversions: int | None
    orders: int

    @property
    def fired(self) -> int:
        return sum(len(each.fired) for each in self.days)

    @property
    def telling(self) -> list[DryDay]:
        """The days on which it would have acted, or could not judge."""
        return [each for each in self.days if each.fired or each.unknown]

    @property
    def unknown(self) -> int:
        return sum(each.unknown for each in self.days)

    def to_json(self) -> dict[str, Any]:
        return {
            "saved": self.saved.to_json(),
            "conversions_lost": self.conversions,
            "shop_orders_lost": self.orders,
            "days": [each.to_json() for each in self.days],
        }


def dry_run(rule: StopRule, *, now: datetime, days: int = DAYS) -> DryRun:
    """What the rule would have done on each of the last `days` days, today included.

    An ad that it would have paused is not looked at again. A lower budget saves its share of what was spent after;
    telling saves nothing. Figures are as TikTok has restated them since, so they can be fuller than they were then.
    """
    by_day: dict[date, _Day] = {}
    for account in workspaces.ad_accounts(rule.workspace):
        if account.currency != rule.currency:
            continue
        today = day_in(now, account.timezone)
        first = today - timedelta(days=days - 1)
        ads = figures.ads_of(account)
        held = figures.read(account, ads, since=first - timedelta(days=rule.days), now=now)
        orders = _orders(rule, first=start_of_day(first, account.timezone), zone=account.timezone)
        wanted = [ad for ad in ads if figures.in_scope(rule, ad)]
        _walk(rule, wanted, held, orders, first, by_day)
    shown = [
        DryDay(day, tuple(found.fired), found.thin, found.learning, found.unknown)
        for day, found in sorted(by_day.items(), reverse=True)
    ]
    fired = [each for day in shown for each in day.fired]
    counts = [each.conversions for each in fired]
    known = [each for each in counts if each is not None]
    return DryRun(
        tuple(shown), Money(sum(each.saved.minor for each in fired), rule.currency),
        sum(known) if len(known) == len(counts) else None, sum(each.orders for each in fired),
    )  # fmt: skip


@dataclass
class _Day:
    fired: list[WouldFire]
    thin: int = 0
    learning: int = 0
    unknown: int = 0


def _walk(
    rule: StopRule,
    ads: list[Ad],
    held: AccountFigures,
    orders: dict[str, list[date]],
    first: date,
    by_day: dict[date, _Day],
) -> None:
    condition, stopped = figures.condition_of(rule), set[int]()
    for number in range((held.today - first).days + 1):
        day = first + timedelta(days=number)
        found = by_day.setdefault(day, _Day([]))
        for ad in ads:
            window = held.sums(ad, day - timedelta(days=rule.days), day - timedelta(days=1))
            if ad.pk in stopped or not window.rows or _was_off(held, ad, day):
                continue
            seen = held.seen(rule, ad, day, acts_now=False)
            outcome = rules.decide(condition, seen).outcome
            if outcome is Outcome.FIRES:
                stopped.add(ad.pk)
                found.fired.append(_would(rule, ad, day, seen.value or 0.0, held, orders))
            found.thin += outcome is Outcome.THIN
            found.learning += outcome is Outcome.LEARNING
            found.unknown += outcome is Outcome.UNKNOWN


def _was_off(held: AccountFigures, ad: Ad, day: date) -> bool:
    """Whether an ad is known to have spent nothing from a day on; today is not over, so yesterday counts for it."""
    since = min(day, held.today - timedelta(days=1))
    is_held = held.last is not None and day <= held.last and day not in held.missing
    return is_held and not held.sums(ad, since, held.today).sums.get("spend_minor")


def _would(
    rule: StopRule,
    ad: Ad,
    day: date,
    value: float,
    held: AccountFigures,
    orders: dict[str, list[date]],
) -> WouldFire:
    later = held.sums(ad, day, held.today - timedelta(days=1))
    spent, share = later.sums.get("spend_minor") or 0, _share(rule)
    sold = sum(day <= each < held.today for each in orders.get(ad.ad_id, ()))
    # Of a lower budget nobody can say which sales it would have cost: its share of them.
    count = later.sums.get("conversions") if later.rows else 0
    return WouldFire(
        day, ad, value, Money(spent * share // 100, rule.currency),
        None if count is None else round(count * share / 100), round(sold * share / 100),
    )  # fmt: skip


def _share(rule: StopRule) -> int:
    """Per cent of the later spend that the rule's act takes away."""
    if rule.act == Act.PAUSE:
        return 100
    return (rule.lower_percent or 0) if rule.act == Act.LOWER else 0


def _orders(rule: StopRule, *, first: datetime, zone: str) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for ad_id, _, _, at in facts.orders_of_ads(rule.workspace_id, first=first):
        found.setdefault(ad_id, []).append(day_in(at, zone))
    return found
