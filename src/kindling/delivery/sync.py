"""Bring the state of campaigns and ads, and the daily reports, from TikTok into Kindling."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max, Min
from django.db.models.functions import Now

from kindling.agreements import service as agreements
from kindling.authorizations.lifecycle import daily
from kindling.authorizations.lifecycle import polling as readings
from kindling.delivery import at_tiktok, rules
from kindling.delivery.at_tiktok import SmartPlusObjects
from kindling.delivery.models import Ad, AdGroup, Campaign, SyncRun
from kindling.delivery.stops import IDS_A_LIST
from kindling.errors import KindlingError, PlatformError
from kindling.facts import booking, gaps
from kindling.facts.metrics import REPORTED, Reported, Unit
from kindling.facts.schema import LakeDamagedError, LakeMismatchError
from kindling.jobs import lease
from kindling.kit.fitting import fitted
from kindling.kit.money import to_minor
from kindling.kit.time import day_in
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from tiktok_business import Ad as WireAd
from tiktok_business import AdGroup as WireAdGroup
from tiktok_business import (
    AdGroupId,
    AdId,
    AdvertiserId,
    CampaignId,
    Primary,
    ReportQuery,
    Secret,
    TikTok,
)
from tiktok_business import Campaign as WireCampaign

log = logging.getLogger(__name__)

# TikTok leaves deleted objects out of a report unless it is asked for them (reference tiktok-api §11): their
# spend was paid all the same.
WITH_DELETED = [
    {"field_name": name, "filter_type": "IN", "filter_value": json.dumps([Primary.ALL])}
    for name in ("campaign_status", "adgroup_status", "ad_status")
]


def sync_account(ad_account: AdAccount, *, at: datetime, since: date | None = None) -> SyncRun:
    """Pull entities, then daily reports. The run returned ends complete or says what is missing.

    Days are replaced whole in the lake only when all of their rows arrived, so a broken pull leaves the last
    complete figures standing.
    """
    with lease.held(lease.of_account(ad_account.pk)), tiktok.session(ad_account):
        entities = pull_entities(ad_account, at=at)
        if not entities.is_complete:
            return entities
        reports = _run(ad_account, SyncRun.Kind.REPORTS, at)
        try:
            first, last = _window(ad_account, at=at, since=since)
            reports.first_day, reports.last_day = first, last
            reports.save(update_fields=["first_day", "last_day"])
            reports.rows = sync_reports(
                ad_account, first, last, at=at, progress=partial(_note_progress, reports)
            )
            agreements.note_spend(ad_account.workspace, now=at)
            left = _still_missing(ad_account, at=at)
        except (PlatformError, LakeDamagedError, LakeMismatchError) as error:
            return mark_failed(reports, error, at=at)
        connection = ad_account.connection
        tiktok.note_health(connection, Secret.of(connection.access_token), problem="", at=at)
        if left is not None:
            return mark_failed(reports, left, at=at)
        mark_complete(reports, at=at)
    daily.sweep(ad_account.workspace, now=at)  # the spend at risk is of what was just read
    return reports


def read_ads(ad_account: AdAccount, *, at: datetime) -> SyncRun:
    """Campaigns, ad groups and ads as TikTok has them now. The run says what is missing."""
    with lease.held(lease.of_account(ad_account.pk)), tiktok.session(ad_account):
        return pull_entities(ad_account, at=at)


def pull_entities(ad_account: AdAccount, *, at: datetime) -> SyncRun:
    """Campaigns, ad groups and ads alone, with the account's lease held. The run says what is missing."""
    run = _run(ad_account, SyncRun.Kind.ENTITIES, at)
    try:
        pulled = sync_entities(ad_account, at=at)
    except PlatformError as error:
        return mark_failed(run, error, at=at)
    run.rows = pulled.rows
    if pulled.orphans:
        return mark_failed(run, _unlisted_parents(pulled.orphans), at=at)
    mark_complete(run, at=at)
    return run


def _run(ad_account: AdAccount, kind: str, at: datetime) -> SyncRun:
    return SyncRun.objects.create(ad_account=ad_account, kind=kind, started_at=at)


def _note_progress(run: SyncRun, day: date) -> None:
    """Tell whoever looks at the run that its reports are read up to this day."""
    SyncRun.objects.filter(pk=run.pk).update(read_until=day)


ENDED = ("finished_at", "is_complete", "problem", "first_day", "last_day", "rows")


def mark_complete(run: SyncRun, *, at: datetime) -> None:
    run.finished_at, run.is_complete = at, True
    run.save(update_fields=ENDED)


def mark_failed(run: SyncRun, error: KindlingError, *, at: datetime) -> SyncRun:
    run.finished_at, run.is_complete, run.problem = at, False, str(error)
    run.save(update_fields=ENDED)
    return run


def forget_runs(*, before: datetime) -> int:
    """Drop runs that began before then; returns how many.

    Of every ad account and kind the first and the last stay, and the last that was complete: they say since when its
    figures are read, and until when.
    """
    of_kind = SyncRun.objects.order_by().values("ad_account", "kind")
    first, last = of_kind.annotate(run=Min("pk")), of_kind.annotate(run=Max("pk"))
    complete = of_kind.filter(is_complete=True).annotate(run=Max("pk"))
    kept = [row["run"] for rows in (first, last, complete) for row in rows]
    return SyncRun.objects.filter(started_at__lt=before).exclude(pk__in=kept).delete()[0]


# --- Entities ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entities:
    campaigns: list[WireCampaign]
    adgroups: list[WireAdGroup]
    ads: list[WireAd]
    smart: SmartPlusObjects | None = None

    @property
    def smart_ads(self) -> dict[str, list[WireAd]]:
        return self.smart.ads if self.smart else {}


@dataclass(frozen=True, slots=True)
class PullResult:
    """What a pull of entities brought; `orphans`: ids that name a parent TikTok did not list and we never saw."""

    rows: int
    orphans: tuple[str, ...]


def _unlisted_parents(orphans: tuple[str, ...]) -> PlatformError:
    named = ", ".join(orphans[:3])
    return PlatformError(
        f"TikTok lists {len(orphans)} objects without their campaign or ad group ({named}).",
        next_step="The other objects were synced; the next sync tries again.",
        can_retry=True,
    )


def sync_entities(ad_account: AdAccount, *, at: datetime) -> PullResult:
    """Write every campaign, ad group and ad as TikTok has them now.

    What TikTok does not list any more is marked as gone, never deleted: its spend stays booked.
    """
    advertiser = AdvertiserId(ad_account.advertiser_id)

    async def read(client: TikTok) -> Entities:
        wanted = Primary.NOT_DELETED
        campaigns = await tiktok.gather_list(
            client.campaigns.each(advertiser, primary_status=wanted)
        )
        adgroups = await tiktok.gather_list(client.adgroups.each(advertiser, primary_status=wanted))
        ads = await tiktok.gather_list(client.ads.each(advertiser, primary_status=wanted))
        smart = await at_tiktok.read_smart(client, advertiser)
        if smart is not None:
            campaigns = _with_smart(campaigns, smart.campaigns, "campaign_id")
            adgroups = _with_smart(adgroups, smart.adgroups, "adgroup_id")
        return Entities(campaigns, adgroups, ads, smart)

    began = _database_time(ad_account)
    found = tiktok.ask(ad_account, read)
    with transaction.atomic():
        _write_campaigns(ad_account, found, at=at)
        orphans = _write_adgroups(ad_account, found, at=at)
        orphans += _write_ads(ad_account, found, read_since=began, at=at)
    _tell_others(ad_account, at=at)
    smart = sum(map(len, found.smart_ads.values()))
    rows = len(found.campaigns) + len(found.adgroups) + len(found.ads) + smart
    return PullResult(rows, tuple(orphans))


Row = TypeVar("Row")


def _with_smart(rows: Sequence[Row], smart: Sequence[Row], key: str) -> list[Row]:
    """Each object once: whether TikTok lists those of Smart+ among the others too is not verified."""
    return list({getattr(row, key): row for row in (*rows, *smart)}.values())


def _database_time(ad_account: AdAccount) -> datetime:
    """The moment by the clock that `Ad.switched_at` goes by."""
    return AdAccount.objects.annotate(moment=Now()).get(pk=ad_account.pk).moment


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if not amount else to_minor(amount, currency)


def _campaign(ad_account: AdAccount, row: WireCampaign, *, at: datetime) -> Campaign:
    return Campaign(
        ad_account=ad_account,
        campaign_id=row.campaign_id,
        budget_minor=_minor(row.budget, ad_account.currency),
        is_gone=False,
        seen_at=at,
        **fitted(
            Campaign,
            name=row.name,
            objective=row.objective,
            operation_status=row.operation_status,
            secondary_status=row.secondary_status,
        ),
    )


def _adgroup(ad_account: AdAccount, row: WireAdGroup, campaign: int, *, at: datetime) -> AdGroup:
    return AdGroup(
        ad_account=ad_account,
        adgroup_id=row.adgroup_id,
        campaign_id=campaign,
        budget_minor=_minor(row.budget, ad_account.currency),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_gone=False,
        seen_at=at,
        **fitted(
            AdGroup,
            name=row.name,
            operation_status=row.operation_status,
            secondary_status=row.secondary_status,
            budget_mode=row.budget_mode,
        ),
    )


def _ad(
    ad_account: AdAccount,
    row: WireAd,
    adgroup: int,
    library: Mapping[str, int],
    *,
    at: datetime,
    smart_ad_id: str = "",
) -> Ad:
    return Ad(
        ad_account=ad_account,
        ad_id=row.ad_id,
        smart_ad_id=smart_ad_id,
        adgroup_id=adgroup,
        item_id=row.item_id or "",
        post_id=library.get(row.item_id or ""),
        identity_id=row.identity_id or "",
        created_at=row.created_at,
        is_gone=False,
        seen_at=at,
        **fitted(
            Ad,
            name=row.name,
            identity_type=row.identity_type,
            operation_status=row.operation_status,
            secondary_status=row.secondary_status,
            landing_url=row.landing_page_url or "",
        ),
    )


def _campaigns_of(ad_account: AdAccount) -> dict[str, int]:
    return dict(Campaign.objects.filter(ad_account=ad_account).values_list("campaign_id", "pk"))


def _adgroups_of(ad_account: AdAccount) -> dict[str, int]:
    return dict(AdGroup.objects.filter(ad_account=ad_account).values_list("adgroup_id", "pk"))


def _library_of(ad_account: AdAccount) -> dict[str, int]:
    return dict(Post.objects.filter(workspace=ad_account.workspace).values_list("item_id", "pk"))


def _write_campaigns(ad_account: AdAccount, found: Entities, *, at: datetime) -> None:
    told = [_campaign(ad_account, row, at=at) for row in found.campaigns]
    known = Campaign.objects.filter(ad_account=ad_account, is_gone=False)
    if found.smart is None:  # what could not be asked for is not gone
        known = known.exclude(adgroups__ads__smart_ad_id__gt="")
    Campaign.objects.filter(pk__in=list(known.values_list("pk", flat=True))).update(is_gone=True)
    _upsert(Campaign, told, key="campaign_id")  # what is listed is not gone


def _write_adgroups(ad_account: AdAccount, found: Entities, *, at: datetime) -> list[str]:
    rows = found.adgroups
    parents = _campaigns_of(ad_account)
    told = [
        _adgroup(ad_account, row, parents[row.campaign_id], at=at)
        for row in rows
        if row.campaign_id in parents
    ]
    orphans = [row.adgroup_id for row in rows if row.campaign_id not in parents]
    known = AdGroup.objects.filter(ad_account=ad_account, is_gone=False)
    if found.smart is None:
        known = known.exclude(ads__smart_ad_id__gt="")
    gone = known.exclude(adgroup_id__in=orphans).values_list("pk", flat=True)
    AdGroup.objects.filter(pk__in=list(gone)).update(is_gone=True)
    _upsert(AdGroup, told, key="adgroup_id")  # what is listed is not gone
    return [str(orphan) for orphan in orphans]


def _write_ads(
    ad_account: AdAccount, found: Entities, *, read_since: datetime, at: datetime
) -> list[str]:
    """Ads as they were read; one that Kindling switched since the reading began keeps its status."""
    parents, library = _adgroups_of(ad_account), _library_of(ad_account)
    rows = [(row, "") for row in found.ads]
    rows += [(row, smart) for smart, creatives in found.smart_ads.items() for row in creatives]
    whole = {row.ad_id: (row, smart) for row, smart in rows}
    told = [
        _ad(ad_account, row, parents[row.adgroup_id], library, at=at, smart_ad_id=smart)
        for row, smart in whole.values()
        if row.adgroup_id in parents
    ]
    orphans = [row.ad_id for row, _ in whole.values() if row.adgroup_id not in parents]
    known = Ad.objects.filter(ad_account=ad_account, is_gone=False)
    # Locked until the rows are written, so that nobody switches one in between.
    locked = {each.ad_id: each for each in known.select_for_update(no_key=True, of=("self",))}
    for ad in told:
        ours = locked.get(ad.ad_id)
        if ours is not None and ours.switched_at is not None and ours.switched_at >= read_since:
            ad.operation_status, ad.secondary_status = ours.operation_status, ours.secondary_status
    gone = known.exclude(ad_id__in=orphans)
    if found.smart is None:
        gone = gone.filter(smart_ad_id="")
    gone.update(is_gone=True)
    _upsert(Ad, told, key="ad_id")  # what is listed is not gone
    return [str(orphan) for orphan in orphans]


def _upsert(model: Any, rows: Sequence[Any], *, key: str) -> None:
    fields = [
        field.name
        for field in model._meta.concrete_fields
        if field.name not in {"id", "ad_account", "switched_at", key}
    ]
    model.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["ad_account", key],
        update_fields=fields,
        batch_size=500,
    )


def _tell_others(ad_account: AdAccount, *, at: datetime) -> None:
    """Posts learn when they were first boosted, permissions whether ads use them."""
    spark = Ad.objects.filter(ad_account=ad_account).exclude(item_id="")
    first = dict(spark.values_list("item_id").annotate(first=Min("created_at")))
    lanes.note_boosts(
        ad_account.workspace, {item_id: moment or at for item_id, moment in first.items()}
    )
    in_use = spark.filter(is_gone=False).values_list("item_id", flat=True)
    readings.note_ads(ad_account, set(in_use), at=at)


# --- Reports ----------------------------------------------------------------------------------------------------


def _window(ad_account: AdAccount, *, at: datetime, since: date | None) -> tuple[date, date]:
    last_complete = (
        SyncRun.objects.filter(ad_account=ad_account, kind=SyncRun.Kind.REPORTS, is_complete=True)
        .order_by("-last_day")
        .values_list("last_day", flat=True)
        .first()
    )
    return rules.report_window(
        today=day_in(at, ad_account.timezone),
        since=since,
        last_complete=last_complete,
        first_missing=first_missing(ad_account),
    )


def first_missing(ad_account: AdAccount) -> date | None:
    """The earliest day of reports that should be held and is not; None when all are. Raises LakeDamagedError."""
    key = ad_account.lake_key
    begun = (
        SyncRun.objects.filter(ad_account=ad_account, kind=SyncRun.Kind.REPORTS)
        .order_by("started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    return rules.first_missing_day(
        missing=gaps.ad_days_missing([key])[key],
        first_synced=gaps.first_synced_day(key),
        should_start=rules.first_look_back(day_in(begun, ad_account.timezone)) if begun else None,
    )


def _still_missing(ad_account: AdAccount, *, at: datetime) -> PlatformError | None:
    """What a complete run must not hide: days before its window that are not held."""
    day = first_missing(ad_account)
    if day is None:
        return None
    return PlatformError(
        f"Ad figures from {day:%d %b %Y} on are missing in part.",
        next_step="Sync again without a first day, or run `kindling repair`.",
        can_retry=True,
    )


def sync_reports(
    ad_account: AdAccount,
    first: date,
    last: date,
    *,
    at: datetime,
    progress: Callable[[date], object] = lambda day: None,
) -> int:
    """Replace the account's ad-days first to last (account's zone) in the lake; returns how many rows.

    Nothing is written unless every page arrived and the totals add up.
    progress : called with the last day of each span that TikTok gave
    """
    whole = ReportQuery.daily(
        AdvertiserId(ad_account.advertiser_id),
        first,
        last + timedelta(days=1),
        metrics=[each.wire for each in REPORTED],
        filtering=WITH_DELETED,
    )
    rows: list[dict[str, Any]] = []
    for start, end in whole.spans():
        rows += tiktok.ask(ad_account, partial(_read_rows, replace(whole, start=start, end=end)))
        progress(end - timedelta(days=1))
    _check_report(rows, first, last)
    _note_deleted(ad_account, {row["ad_id"] for row in rows}, at=at)
    facts = _as_facts(ad_account, rows)
    return booking.book_ad_days(ad_account.lake_key, first, last, facts, at=at)


async def _read_rows(query: ReportQuery, client: TikTok) -> list[dict[str, Any]]:
    return [row for page in await client.reports.read(query) for row in page.rows()]


def _note_deleted(ad_account: AdAccount, reported: set[str], *, at: datetime) -> None:
    """Put reported ads on record that no sync has listed: deleted before the first, or made and deleted between two.

    They are gone; what they spent is their post's all the same. One that TikTok lists no more even among the deleted
    stays without a post. raises : PlatformError that may pass; a refusal only leaves the ads off the record
    """
    known = Ad.objects.filter(ad_account=ad_account).values_list("ad_id", flat=True)
    unlisted = sorted(reported - set(known))
    if not unlisted:
        return
    try:
        found = _read_deleted(ad_account, unlisted)
    except PlatformError as problem:
        if problem.can_retry:
            raise
        log.warning("deleted ads of ad account %s were not listed: %s", ad_account.pk, problem)
        return
    with transaction.atomic():
        campaigns = [_campaign(ad_account, row, at=at) for row in found.campaigns]
        _add_gone(Campaign, campaigns, key="campaign_id")
        parents = _campaigns_of(ad_account)
        adgroups = [
            _adgroup(ad_account, row, parents[row.campaign_id], at=at)
            for row in found.adgroups
            if row.campaign_id in parents
        ]
        _add_gone(AdGroup, adgroups, key="adgroup_id")
        groups, library = _adgroups_of(ad_account), _library_of(ad_account)
        ads = [
            _ad(ad_account, row, groups[row.adgroup_id], library, at=at)
            for row in found.ads
            if row.adgroup_id in groups
        ]
        _add_gone(Ad, ads, key="ad_id")


def _read_deleted(ad_account: AdAccount, ad_ids: Sequence[str]) -> Entities:
    """Ads by their ids, whatever became of them, with those of their parents that are not on record."""
    advertiser = AdvertiserId(ad_account.advertiser_id)
    adgroups_known, campaigns_known = set(_adgroups_of(ad_account)), set(_campaigns_of(ad_account))

    async def read(client: TikTok) -> Entities:
        ads = [
            row
            for some in _in_lists(ad_ids)
            async for row in client.ads.each(
                advertiser, ad_ids=[AdId(each) for each in some], primary_status=Primary.ALL
            )
        ]
        groups = [
            row
            for some in _in_lists(
                sorted({ad.adgroup_id for ad in ads if ad.adgroup_id} - adgroups_known)
            )
            async for row in client.adgroups.each(
                advertiser,
                adgroup_ids=[AdGroupId(each) for each in some],
                primary_status=Primary.ALL,
            )
        ]
        campaigns = [
            row
            for some in _in_lists(sorted({group.campaign_id for group in groups} - campaigns_known))
            async for row in client.campaigns.each(
                advertiser,
                campaign_ids=[CampaignId(each) for each in some],
                primary_status=Primary.ALL,
            )
        ]
        return Entities(campaigns, groups, ads)

    return tiktok.ask(ad_account, read)


def _in_lists(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), IDS_A_LIST):
        yield ids[first : first + IDS_A_LIST]


def _add_gone(model: Any, rows: Sequence[Any], *, key: str) -> None:
    """Add rows of what is deleted at TikTok; what is on record by now stays as it is."""
    for row in rows:
        row.is_gone = True
    model.objects.bulk_create(
        rows, ignore_conflicts=True, unique_fields=["ad_account", key], batch_size=500
    )


def _check_report(rows: Sequence[dict[str, Any]], first: date, last: date) -> None:
    """A report that lies about its days or repeats a row is refused whole: half of it would be booked."""
    keys = [(row["ad_id"], row["stat_time_day"]) for row in rows]
    is_outside = any(day is None or not first <= day <= last for _, day in keys)
    if is_outside or len(set(keys)) != len(keys):
        raise PlatformError(
            "TikTok's report has rows of other days or the same row twice.",
            next_step="The report was not saved; the next sync tries again.",
            can_retry=True,
        )


def _as_facts(ad_account: AdAccount, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    ads = {
        ad.ad_id: ad
        for ad in Ad.objects.filter(ad_account=ad_account).select_related("adgroup__campaign")
    }
    facts = []
    for row in rows:
        ad = ads.get(row["ad_id"])
        facts.append(
            {
                "account": ad_account.lake_key,
                "day": row["stat_time_day"],
                "ad_id": row["ad_id"],
                "adgroup_id": ad.adgroup.adgroup_id if ad else None,
                "campaign_id": ad.adgroup.campaign.campaign_id if ad else None,
                "item_id": ad.item_id or None if ad else None,
                "currency": ad_account.currency,
                **{
                    each.column: _stored(each, row[each.wire], ad_account.currency)
                    for each in REPORTED
                },
            }
        )
    return facts


def _stored(metric: Reported, value: Decimal | float | None, currency: str) -> int | None:
    """A reported value as the lake holds it; None stays None ("not measured"), but a row without spend spent 0."""
    if value is None:
        return 0 if metric.name == "spend" else None
    return to_minor(Decimal(value), currency) if metric.unit is Unit.MONEY else int(value)
