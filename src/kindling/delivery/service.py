"""Use cases of delivery: what runs, and stopping what may run no longer."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kindling.agreements.rights.rules import PaidWindow
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import LOST
from kindling.authorizations.service import Permission
from kindling.delivery import rules
from kindling.delivery.models import Ad, AdGroup, Pause, SyncRun
from kindling.delivery.sync import sync
from kindling.errors import ConflictError, InvalidInputError, NotFoundError, PlatformError
from kindling.facts import queries as facts
from kindling.facts.metrics import AdMetrics, Metric, Value
from kindling.jobs import lease
from kindling.kit.money import Money, from_minor
from kindling.kit.time import day_in
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import AdGroupId, AdId, AdvertiserId, Switch, TikTok, TikTokError

__all__ = ["LiveAd", "all_ads", "guard", "live", "pause", "sync"]

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 5
ALL_DAYS = date(2016, 9, 1)  # before TikTok, so before any ad


# --- What runs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LiveAd:
    """An ad as people look at it: what it promotes, how long it may run, what it brought. None: undefined.

    metrics : of all its days until now; all of them undefined before its first report
    """

    ad: Ad
    handle: str
    status: str
    is_delivering: bool
    window: PaidWindow | None
    days_left: float | None
    metrics: AdMetrics
    spend_today_minor: int
    currency: str

    @property
    def spend(self) -> Money:
        return self.metrics.money("spend") or Money(0, self.currency)

    @property
    def spend_today(self) -> Money:
        return Money(self.spend_today_minor, self.currency)

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

    def to_json(self) -> dict[str, Any]:
        return {
            "ad_id": self.ad.ad_id,
            "ad_name": self.ad.name,
            "item_id": self.ad.item_id or None,
            "handle": self.handle or None,
            "campaign": self.ad.adgroup.campaign.name,
            "status": self.status,
            "days_left": self.days_left,
            "paid_until": self.window.ends_at.isoformat() if self.window else None,
            "bound_by": self.window.bound_by if self.window else None,
            "budget_per_day": self.budget.to_json() if self.budget else None,
            "spend_today": self.spend_today.to_json(),
            **self.metrics.to_json(),
            "spend": self.spend.to_json(),
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
    for account in workspaces.ad_accounts(workspace):
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
        for ad in ads:
            permission = permissions.get((ad.item_id, ad.identity_type))
            window = permission.window if permission else None
            found.append(
                LiveAd(
                    ad=ad,
                    handle=ad.post.creator.handle if ad.post else "",
                    status=rules.status_words(ad.secondary_status),
                    is_delivering=ad.secondary_status == rules.DELIVERING,
                    window=window,
                    days_left=permission.days_left(now) if permission else None,
                    metrics=AdMetrics(totals.get(ad.ad_id, {}), account.currency),
                    spend_today_minor=spent_today.get(ad.ad_id, {}).get("spend_minor") or 0,
                    currency=account.currency,
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


def series(workspace: Workspace, *, now: datetime, days: int = 30) -> list[tuple[date, Decimal]]:
    """Spend per day of the workspace's accounts in its own currency, days without spend as zero."""
    accounts = [
        each for each in workspaces.ad_accounts(workspace) if each.currency == workspace.currency
    ]
    if not accounts:
        return []
    last = day_in(now, accounts[0].timezone)
    first = last - timedelta(days=days - 1)
    spent = facts.spend_by_day([each.lake_key for each in accounts], first_day=first, last_day=last)
    return [
        (day, from_minor(spent.get(day, 0), workspace.currency))
        for day in (first + timedelta(days=number) for number in range(days))
    ]


def last_sync(workspace: Workspace) -> SyncRun | None:
    return (
        SyncRun.objects.filter(ad_account__workspace=workspace).select_related("ad_account").first()
    )


def find_ad(workspace: Workspace, ad_id: str) -> Ad:
    found = (
        Ad.objects.filter(ad_account__workspace=workspace, ad_id=ad_id)
        .select_related("ad_account__connection", "ad_account__workspace", "adgroup")
        .first()
    )
    if found is None:
        raise NotFoundError(f"There is no ad {ad_id} here.", next_step="Look in Live.")
    return found


# --- Stopping ---------------------------------------------------------------------------------------------------


def pause(actor: Actor, ad: Ad, *, reason: str, at: datetime) -> Pause:
    """Switch an ad off at TikTok. Lowering spend never needs approval (R60). Raises PlatformError."""
    actor.require(Action.PAUSE)
    if not reason.strip():
        raise InvalidInputError("A pause needs a reason.", next_step="Say why in a few words.")
    made = _switch_off(ad.ad_account, [(ad, reason.strip())], actor=actor, at=at)
    if not made[0].is_confirmed:
        raise PlatformError(
            "TikTok did not confirm the pause.",
            next_step="Try again, or switch it off in Ads Manager.",
            can_retry=True,
        )
    return made[0]


def guard(workspace: Workspace, *, now: datetime) -> list[Pause]:
    """Switch off what may run no longer, and pull ad-group ends back to the last safe moment.

    Reads only what is on record, so it also works when a reading failed; safe to run again: an ad that is
    already off is left alone, one whose pause was not confirmed is asked again.
    """
    made: list[Pause] = []
    running = Ad.objects.filter(is_gone=False, operation_status="ENABLE")
    permissions = _permissions(workspace, running, now=now)
    for account in workspaces.ad_accounts(workspace):
        ads = Ad.objects.filter(
            ad_account=account, is_gone=False, operation_status="ENABLE"
        ).exclude(item_id="")
        to_stop = []
        for ad in ads.select_related("post__creator", "adgroup", "ad_account"):
            reason = rules.reason_to_pause(
                _as_running(ad, permissions.get((ad.item_id, ad.identity_type))), now=now
            )
            if reason:
                to_stop.append((ad, reason))
        if to_stop:
            with _apart(account):
                made += _switch_off(account, to_stop, actor=system_actor(workspace), at=now)
        _pull_ends_back(account, permissions)
    return made


@contextmanager
def _apart(account: AdAccount) -> Iterator[None]:
    """Keep out of the way of a reading, but never wait long for it: stopping is due now and safe at any time."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lease.held(f"account-{account.pk}", wait_seconds=PATIENCE_SECONDS))
        except ConflictError:
            log.warning(
                "ad account %s is being worked on; its ads are stopped all the same", account.pk
            )
        yield


def _as_running(ad: Ad, permission: Permission | None) -> rules.RunningAd:
    is_own = bool(ad.post and ad.post.creator.is_own)
    lost = ""
    if permission is not None and permission.state in LOST:
        lost = permission.authorization.get_state_display().lower()
    return rules.RunningAd(
        is_spark=True,
        is_own_post=is_own,
        has_permission=permission is not None,
        permission_lost=lost,
        window=permission.window if permission else None,
        rights_problems=permission.rights_problems if permission else (),
    )


def _switch_off(
    account: AdAccount, ads: list[tuple[Ad, str]], *, actor: Actor, at: datetime
) -> list[Pause]:
    advertiser = AdvertiserId(account.advertiser_id)
    ids = [AdId(ad.ad_id) for ad, _ in ads]

    async def disable(client: TikTok) -> set[str]:
        switched = await client.ads.set_status(advertiser, ids, Switch.DISABLE)
        return {str(each) for each in switched.done}

    try:
        done = tiktok.ask(account, disable)
    except TikTokError as error:
        # Recorded as not confirmed: the next run asks again, and Today shows it.
        log.warning("pausing %d ads was not confirmed: %s", len(ids), type(error).__name__)
        done = set()
    with transaction.atomic():
        pauses = []
        for ad, reason in ads:
            is_confirmed = ad.ad_id in done
            pauses.append(
                Pause.objects.create(ad=ad, at=at, reason=reason, is_confirmed=is_confirmed)
            )
            record(
                actor,
                "paused ad",
                ad.ad_id,
                at=at,
                reason=reason,
                after={"confirmed": is_confirmed},
            )
            if is_confirmed:
                Ad.objects.filter(pk=ad.pk).update(
                    operation_status="DISABLE", secondary_status="AD_STATUS_DISABLE"
                )
    return pauses


def _pull_ends_back(account: AdAccount, permissions: dict[tuple[str, str], Permission]) -> None:
    """An ad group never ends after the earliest clock of a post it promotes (R59)."""
    advertiser = AdvertiserId(account.advertiser_id)
    ends: dict[int, tuple[AdGroup, datetime]] = {}
    ads = Ad.objects.filter(ad_account=account, is_gone=False, operation_status="ENABLE").exclude(
        item_id=""
    )
    for ad in ads.select_related("adgroup"):
        permission = permissions.get((ad.item_id, ad.identity_type))
        wanted = rules.shortened_end(
            ends_at=ad.adgroup.ends_at, window=permission.window if permission else None
        )
        starts_at = ad.adgroup.starts_at
        if wanted is None or (starts_at is not None and wanted <= starts_at):
            continue
        held = ends.get(ad.adgroup.pk)
        if held is None or wanted < held[1]:
            ends[ad.adgroup.pk] = (ad.adgroup, wanted)
    for group, end in ends.values():
        _set_end(account, advertiser, group, end)


def _set_end(account: AdAccount, advertiser: AdvertiserId, group: AdGroup, end: datetime) -> None:
    async def shorten(client: TikTok) -> None:
        await client.adgroups.update(advertiser, AdGroupId(group.adgroup_id), ends_at=end)

    try:
        tiktok.ask(account, shorten)
    except TikTokError as error:
        # The pause at the last safe moment stands behind it; TikTok may refuse an end in the near future.
        log.warning(
            "the end of ad group %s was not set: %s", group.adgroup_id, type(error).__name__
        )
        return
    AdGroup.objects.filter(pk=group.pk).update(ends_at=end)
