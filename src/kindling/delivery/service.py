"""Use cases of delivery: what runs, and its money."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models import Value as SqlValue

from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.windows import StopBy
from kindling.delivery import rules
from kindling.delivery.health.rules import FATIGUE_LABELS, LEARNING_LABELS, Fatigue, Learning
from kindling.delivery.models import Ad, AdHealth, SyncRun
from kindling.errors import NotFoundError
from kindling.facts import gaps
from kindling.facts import queries as facts
from kindling.facts.gaps import Gap
from kindling.facts.metrics import AdMetrics, Sums
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
    health : what was last made of its learning and fatigue; None before the first look
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
    health: AdHealth | None = None

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
    def learning(self) -> str | None:
        """How far it has learned, in words; None before the first look."""
        return LEARNING_LABELS[Learning(self.health.learning)] if self.health else None

    @property
    def fatigue(self) -> str | None:
        """Whether its audience is tired of it, in words; None before the first look."""
        return FATIGUE_LABELS[Fatigue(self.health.fatigue)] if self.health else None

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
            "learning": self.health.learning if self.health else None,
            "learning_reason": self.health.learning_reason if self.health else None,
            "fatigue": self.health.fatigue if self.health else None,
            "fatigue_reason": self.health.fatigue_reason if self.health else None,
        }


def live(workspace: Workspace, *, now: datetime) -> list[LiveAd]:
    """Ads that deliver, as last synced, the shortest time left first."""
    return _in_order(opened(workspace, list_ads(workspace, running=True), now=now))


def all_ads(workspace: Workspace, *, now: datetime) -> list[LiveAd]:
    """Every ad that is not deleted. The number of queries does not grow with the ads."""
    return _in_order(opened(workspace, list_ads(workspace), now=now))


def list_ads(workspace: Workspace, *, running: bool = False) -> QuerySet[Ad]:
    """Ads that are not deleted, for a list: the running first, the earliest end first by the sweep's index.

    running : only those that deliver, as last synced
    """
    rows = Ad.objects.filter(ad_account__in=workspaces.ad_accounts(workspace), is_gone=False)
    if running:
        rows = rows.filter(secondary_status__in=rules.DELIVERING)
    is_running = Case(
        When(secondary_status__in=rules.DELIVERING, then=SqlValue(0)), default=SqlValue(1)
    )
    return rows.annotate(
        place=is_running, stops=authorizations.paid_until_of(workspace, "item_id", "identity_type")
    ).order_by("place", F("stops").asc(nulls_last=True), "ad_id")


def matching(ads: QuerySet[Ad], search: str) -> QuerySet[Ad]:
    """Those whose creator's handle, name, campaign's name, own id or post's id is searched for."""
    word = search.strip().lower().lstrip("@")
    return ads.filter(
        Q(post__creator__handle__contains=word)
        | Q(name__icontains=word)
        | Q(adgroup__campaign__name__icontains=word)
        | Q(item_id__startswith=word)
        | Q(ad_id__startswith=word)
    )


def all_sums(workspace: Workspace, *, now: datetime) -> Iterator[tuple[str, Sums, str]]:
    """Of every ad that is not deleted: its id, its sums over all days, and their currency."""
    for account, ad_ids in _ads_by_account(workspace):
        day = day_in(now, account.timezone)
        totals = facts.kept_ad_totals(account.lake_key, ALL_DAYS, day, ad_ids=ad_ids)
        yield from ((ad_id, sums, account.currency) for ad_id, sums in totals.items())


def all_spent_today(workspace: Workspace, *, now: datetime) -> dict[str, Money]:
    """What every ad spent today, where that is known."""
    found = {}
    for account, ad_ids in _ads_by_account(workspace):
        figures = _figures(account, ad_ids, now=now)
        for ad_id in ad_ids:
            spent = figures.spent_today(ad_id)
            if spent is not None:
                found[ad_id] = Money(spent, account.currency)
    return found


def _ads_by_account(workspace: Workspace) -> Iterator[tuple[AdAccount, list[str]]]:
    for account in workspaces.ad_accounts(workspace):
        ads = Ad.objects.filter(ad_account=account, is_gone=False)
        ad_ids = list(ads.values_list("ad_id", flat=True))
        if ad_ids:
            yield account, ad_ids


@dataclass(frozen=True, slots=True)
class AdCounts:
    """How many ads deliver and how many are in review, as last synced, and how many there are that are not deleted."""

    running: int
    in_review: int
    all: int


def count_ads(workspace: Workspace) -> AdCounts:
    rows = Ad.objects.filter(ad_account__in=workspaces.ad_accounts(workspace), is_gone=False)
    told = rows.aggregate(
        all=Count("pk"),
        running=Count("pk", filter=Q(secondary_status__in=rules.DELIVERING)),
        in_review=Count("pk", filter=Q(secondary_status__in=rules.IN_REVIEW)),
    )
    return AdCounts(told["running"], told["in_review"], told["all"])


# What is shown of ads; whoever needs another column of one reads it from that row.
SHOWN = (
    "ad_account", "ad_id", "name", "item_id", "identity_type", "operation_status", "secondary_status",
    "adgroup__budget_minor", "adgroup__campaign__name", "adgroup__campaign__objective",
    "post__item_id", "post__item_type", "post__status", "post__still_version", "post__has_clip",
    "post__creator__handle",
)  # fmt: skip


def opened(workspace: Workspace, ads: Iterable[Ad], *, now: datetime) -> list[LiveAd]:
    """These ads with what they brought and how long they may run, in the order given.

    The number of queries does not grow with the ads. The sums are those that are kept until the next sync.
    """
    keys = [ad.pk for ad in ads]
    accounts = {account.pk: account for account in workspaces.ad_accounts(workspace)}
    rows = Ad.objects.filter(pk__in=keys, ad_account__in=list(accounts)).only(*SHOWN)
    found = {ad.pk: ad for ad in rows.select_related("adgroup__campaign", "post__creator")}
    for ad in found.values():
        ad.ad_account = accounts[ad.ad_account_id]
    permissions = authorizations.best_by_identity(
        _permissions_of(workspace, list(found.values()), now=now)
    )
    figures = {
        account.pk: _figures(
            account,
            [ad.ad_id for ad in found.values() if ad.ad_account_id == account.pk],
            now=now,
        )
        for account in accounts.values()
    }
    judged = {row.ad_id: row for row in AdHealth.objects.filter(ad_id__in=list(found))}
    opened_ads = []
    for ad in (found[pk] for pk in keys if pk in found):
        permission = permissions.get((ad.item_id, ad.identity_type))
        held = figures[ad.ad_account_id]
        opened_ads.append(
            LiveAd(
                ad=ad,
                handle=ad.post.creator.handle if ad.post else "",
                status=rules.status_words(ad.secondary_status),
                is_delivering=ad.secondary_status in rules.DELIVERING,
                stop_by=permission.stop_by if permission else None,
                days_left=permission.days_left(now) if permission else None,
                metrics=AdMetrics(held.totals.get(ad.ad_id, {}), ad.ad_account.currency),
                spend_today_minor=held.spent_today(ad.ad_id),
                currency=ad.ad_account.currency,
                is_held=held.is_whole,
                health=judged.get(ad.pk),
            )
        )
    return opened_ads


def _permissions_of(
    workspace: Workspace, ads: Sequence[Ad], *, now: datetime
) -> list[authorizations.Permission]:
    """The permissions of the ads' posts; of a post that came to the library after the ad, by its id."""
    posts = {ad.post.pk: ad.post for ad in ads if ad.post}
    later = {ad.item_id for ad in ads if ad.item_id and not ad.post}
    found = authorizations.permissions_of(workspace, list(posts.values()), now=now)
    return [*found, *(authorizations.permissions(workspace, now=now, items=later) if later else ())]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Sums of some ads of one account.

    is_whole : no day of the account is missing
    today : spend by ad id; None while the account's figures of today were not synced or are missing
    """

    totals: dict[str, dict[str, int | None]]
    is_whole: bool
    today: dict[str, dict[str, int | None]] | None

    def spent_today(self, ad_id: str) -> int | None:
        return None if self.today is None else self.today.get(ad_id, {}).get("spend_minor") or 0


def _figures(account: AdAccount, ad_ids: list[str], *, now: datetime) -> _Figures:
    if not ad_ids:
        return _Figures({}, True, None)
    lost = gaps.ad_days_missing([account.lake_key])[account.lake_key]
    day = day_in(now, account.timezone)
    return _Figures(
        totals=facts.kept_ad_totals(account.lake_key, ALL_DAYS, day, ad_ids=ad_ids),
        is_whole=not lost,
        today=_spent_today(account, ad_ids, day, lost),
    )


def _spent_today(
    account: AdAccount, ad_ids: list[str], today: date, lost: list[date]
) -> dict[str, dict[str, int | None]] | None:
    """Spend of the ads today; None while it was not synced or is missing."""
    last = gaps.last_synced_days([account.lake_key]).get(account.lake_key)
    if last is None or last < today or today in lost:
        return None
    return facts.kept_ad_totals(
        account.lake_key, today, today, ad_ids=ad_ids, columns=("spend_minor",)
    )


def _in_order(ads: list[LiveAd]) -> list[LiveAd]:
    """The running first, the shortest time left first, as it is now and not when the sweep last looked."""
    far = float("inf")
    return sorted(
        ads,
        key=lambda each: (
            not each.is_delivering,
            far if each.days_left is None else each.days_left,
            each.ad.ad_id,
        ),
    )


def spend_today(workspace: Workspace, *, now: datetime) -> Money | None:
    """What the running ads in the workspace's currency spent today; None while that of one of them is not known."""
    total = 0
    for account in workspaces.ad_accounts(workspace):
        if account.currency != workspace.currency:
            continue
        running = Ad.objects.filter(
            ad_account=account, is_gone=False, secondary_status__in=rules.DELIVERING
        )
        ad_ids = list(running.values_list("ad_id", flat=True))
        if not ad_ids:
            continue
        lost = gaps.ad_days_missing([account.lake_key])[account.lake_key]
        spent = _spent_today(account, ad_ids, day_in(now, account.timezone), lost)
        if spent is None:
            return None
        total += sum(each["spend_minor"] or 0 for each in spent.values())
    return Money(total, workspace.currency)


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
