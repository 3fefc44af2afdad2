"""Use cases of delivery: what runs, and its money."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.windows import StopBy
from kindling.authorizations.service import Permission
from kindling.delivery import rules
from kindling.delivery.models import Ad, SyncRun
from kindling.errors import NotFoundError
from kindling.facts import gaps
from kindling.facts import queries as facts
from kindling.facts.gaps import Gap
from kindling.facts.metrics import AdMetrics, Metric, Value
from kindling.kit.money import Money, from_minor
from kindling.kit.time import day_in
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

log = logging.getLogger(__name__)
ALL_DAYS = date(2016, 9, 1)  # before TikTok, so before any ad


# --- What runs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveAd:
    """An ad as people look at it: what it promotes, how long it may run, what it brought. None: undefined.

    metrics : of all its days until now; all of them undefined before its first report
    is_held : False while days of its account are missing; spend without a row is unknown then, not 0
    spend_today_minor : None while the account's figures of today were not synced or are missing
    """

    ad: Ad
    handle: str
    status: str
    is_delivering: bool
    stop_by: StopBy | None
    days_left: float | None
    metrics: AdMetrics
    spend_today_minor: int | None
    currency: str
    is_held: bool = True

    @property
    def spend(self) -> Money | None:
        """Spend over its days; of an ad without a report 0, or None while days are missing."""
        known = self.metrics.money("spend")
        return Money(0, self.currency) if known is None and self.is_held else known

    @property
    def spend_today(self) -> Money | None:
        return (
            None if self.spend_today_minor is None else Money(self.spend_today_minor, self.currency)
        )

    @property
    def budget(self) -> Money | None:
        minor = self.ad.adgroup.budget_minor
        return None if minor is None else Money(minor, self.currency)

    @property
    def cpa(self) -> Money | None:
        """Spend per conversion TikTok reports, rounded half up; None without a conversion."""
        return self.metrics.money("cpa")

    @property
    def shown(self) -> list[tuple[Metric, Value]]:
        """The metrics that the Live page shows, in its order."""
        return list(self.metrics.on_live_page())

    @property
    def is_refused(self) -> bool:
        """Whether TikTok or the creator stopped it."""
        return self.ad.secondary_status in rules.REFUSED

    @property
    def objective(self) -> str:
        return rules.objective_label(self.ad.adgroup.campaign.objective)

    def to_json(self) -> dict[str, Any]:
        return {
            "ad_id": self.ad.ad_id,
            "ad_name": self.ad.name,
            "item_id": self.ad.item_id or None,
            "handle": self.handle or None,
            "campaign": self.ad.adgroup.campaign.name,
            "status": self.status,
            "days_left": self.days_left,
            "stop_by": self.stop_by.at.isoformat() if self.stop_by else None,
            "ends_first": self.stop_by.ends_first if self.stop_by else None,
            "budget_per_day": self.budget.to_json() if self.budget else None,
            "spend_today": self.spend_today.to_json() if self.spend_today else None,
            **self.metrics.to_json(),
            "spend": self.spend.to_json() if self.spend else None,
            "has_gaps": not self.is_held,
        }


def live(workspace: Workspace, *, now: datetime) -> list[LiveAd]:
    """Ads that deliver, as last synced, the shortest time left first."""
    return _opened(
        workspace, Ad.objects.filter(is_gone=False, secondary_status=rules.DELIVERING), now=now
    )


def all_ads(workspace: Workspace, *, now: datetime) -> list[LiveAd]:
    """Every ad that is not deleted. The number of queries does not grow with the ads."""
    return _opened(workspace, Ad.objects.filter(is_gone=False), now=now)


def _opened(workspace: Workspace, wanted: QuerySet[Ad], *, now: datetime) -> list[LiveAd]:
    permissions = _permissions(workspace, wanted, now=now)
    found = []
    accounts = list(workspaces.ad_accounts(workspace))
    missing = gaps.ad_days_missing([account.lake_key for account in accounts])
    synced = gaps.last_synced_days([account.lake_key for account in accounts])
    for account in accounts:
        today = day_in(now, account.timezone)
        ads = list(
            wanted.filter(ad_account=account).select_related(
                "adgroup__campaign", "post__creator", "ad_account"
            )
        )
        ids = [ad.ad_id for ad in ads]
        totals = facts.ad_totals(account.lake_key, ALL_DAYS, today, ad_ids=ids)
        spent_today = facts.ad_totals(
            account.lake_key, today, today, ad_ids=ids, columns=("spend_minor",)
        )
        lost, last = missing[account.lake_key], synced.get(account.lake_key)
        is_today_held = last is not None and last >= today and today not in lost
        for ad in ads:
            permission = permissions.get((ad.item_id, ad.identity_type))
            found.append(
                LiveAd(
                    ad=ad,
                    handle=ad.post.creator.handle if ad.post else "",
                    status=rules.status_words(ad.secondary_status),
                    is_delivering=ad.secondary_status == rules.DELIVERING,
                    stop_by=permission.stop_by if permission else None,
                    days_left=permission.days_left(now) if permission else None,
                    metrics=AdMetrics(totals.get(ad.ad_id, {}), account.currency),
                    spend_today_minor=(spent_today.get(ad.ad_id, {}).get("spend_minor") or 0)
                    if is_today_held
                    else None,
                    currency=account.currency,
                    is_held=not lost,
                )
            )
    far = float("inf")
    return sorted(
        found,
        key=lambda each: (
            not each.is_delivering,
            far if each.days_left is None else each.days_left,
            each.ad.ad_id,
        ),
    )


def _permissions(
    workspace: Workspace, ads: QuerySet[Ad], *, now: datetime
) -> dict[tuple[str, str], Permission]:
    """The permissions that these ads live by, by post and identity type; no others are opened."""
    items = ads.filter(ad_account__workspace=workspace).exclude(item_id="")
    found = authorizations.permissions(
        workspace, now=now, items=set(items.values_list("item_id", flat=True))
    )
    return authorizations.best_by_identity(found)


def total_today(ads: Iterable[LiveAd], *, currency: str) -> Money | None:
    """What the ads in this currency spent today; None while that of one of them is not known."""
    spent = [each.spend_today_minor for each in ads if each.currency == currency]
    known = [each for each in spent if each is not None]
    return Money(sum(known), currency) if len(known) == len(spent) else None


def list_gaps(
    workspace: Workspace, *, first_day: date | None = None, last_day: date | None = None
) -> list[Gap]:
    """Days of ad figures that were synced and are not held any more, of the workspace's ad accounts."""
    names = {account.lake_key: account.name for account in workspaces.ad_accounts(workspace)}
    return gaps.ad_gaps(names, first_day=first_day, last_day=last_day)


def series(
    workspace: Workspace, *, now: datetime, days: int = 30
) -> list[tuple[date, Decimal | None]]:
    """Spend per day of the workspace's accounts in its own currency, days without spend as zero.

    A day whose figures are missing is None.
    """
    accounts = [
        each for each in workspaces.ad_accounts(workspace) if each.currency == workspace.currency
    ]
    if not accounts:
        return []
    last = day_in(now, accounts[0].timezone)
    first = last - timedelta(days=days - 1)
    spent = facts.spend_by_day([each.lake_key for each in accounts], first_day=first, last_day=last)
    missing = gaps.ad_days_missing([each.lake_key for each in accounts])
    lost = {day for each in missing.values() for day in each}
    return [
        (day, None if day in lost else from_minor(spent.get(day, 0), workspace.currency))
        for day in (first + timedelta(days=number) for number in range(days))
    ]


def last_sync(workspace: Workspace) -> SyncRun | None:
    """The newest run that brought figures, was to bring them, or is under way."""
    runs = _syncs().filter(ad_account__workspace=workspace)
    return runs.select_related("ad_account").first()


def last_finished_sync(ad_account: AdAccount) -> SyncRun | None:
    """The newest run of an ad account that brought figures or, incomplete, did not."""
    return _syncs().filter(ad_account=ad_account, finished_at__isnull=False).first()


def _syncs() -> QuerySet[SyncRun]:
    # A complete pull of campaigns and ads brings no figures: the guard makes one on its own, and it would hide
    # that the reports failed.
    return SyncRun.objects.filter(Q(kind=SyncRun.Kind.REPORTS) | Q(is_complete=False))


def find_ad(workspace: Workspace, ad_id: str) -> Ad:
    found = (
        Ad.objects.filter(ad_account__workspace=workspace, ad_id=ad_id)
        .select_related("ad_account__connection", "ad_account__workspace", "adgroup")
        .first()
    )
    if found is None:
        raise NotFoundError(
            f"Ad {ad_id} was not found in this workspace.", next_step="Open Live to see all ads."
        )
    return found
