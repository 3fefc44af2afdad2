"""After each sync: how far each running ad has learned, and whether its audience is tired of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import transaction

from kindling.delivery.health import rules
from kindling.delivery.health.rules import Counts, Fatigue, FatigueState
from kindling.delivery.models import Ad, AdHealth
from kindling.delivery.rules import DELIVERING
from kindling.delivery.stop_rules import figures
from kindling.delivery.stop_rules.figures import AccountFigures
from kindling.facts.results import DaySums
from kindling.kit.time import day_in
from kindling.notices import service as notices
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

LOOKS_BACK = timedelta(days=90)
WORN = "ad-fatigue-"


def judge(workspace: Workspace, *, now: datetime) -> list[AdHealth]:
    """Judge the running ads, keep the answers for Live, and tell the media buyer where fatigue is likely."""
    found = [
        row for each in workspaces.ad_accounts(workspace) for row in _of_account(each, now=now)
    ]
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(
            pk=workspace.pk
        )  # one judgement at a time
        mine = AdHealth.objects.filter(ad__ad_account__workspace=workspace)
        if not mine.filter(at__gt=now).exists():
            mine.delete()
            AdHealth.objects.bulk_create(found, batch_size=500)
            _tell(workspace, found, at=now)
    return found


def _of_account(account: AdAccount, *, now: datetime) -> list[AdHealth]:
    running = figures.ads_of(account, running=DELIVERING)
    if not running:
        return []
    every = figures.ads_of(account)
    held = figures.read(account, every, since=day_in(now, account.timezone) - LOOKS_BACK, now=now)
    found = []
    for ad in running:
        learning, worn = held.learning(ad, held.today), _fatigue(held, ad)
        found.append(
            AdHealth(
                ad=ad, at=now, learning=learning.state, learning_reason=learning.reason, fatigue=worn.state,
                fatigue_reason=worn.reason,
                evidence={
                    "conversions": learning.conversions, "needed": learning.needed,
                    "drops": [asdict(each) for each in worn.drops],
                },
            )
        )  # fmt: skip
    return found


def _fatigue(held: AccountFigures, ad: Ad) -> FatigueState:
    days = {day: sums for day, sums in held.days.get(ad.ad_id, {}).items() if day < held.today}
    shown = sorted(day for day, sums in days.items() if sums.sums.get("impressions"))
    if not shown:
        return rules.fatigue(None, None, age_days=0)
    began, last = shown[0], held.today - timedelta(days=1)
    first = (began, began + timedelta(days=rules.FIRST_DAYS - 1))
    recent = (last - timedelta(days=rules.RECENT_DAYS - 1), last)
    if held.why_unknown(*first, acts_now=False) or held.why_unknown(*recent, acts_now=True):
        return rules.fatigue(None, None, age_days=0)
    return rules.fatigue(
        _counts(days, *first), _counts(days, *recent), age_days=(last - began).days + 1
    )


def _counts(days: Mapping[date, DaySums], first: date, last: date) -> Counts | None:
    """Sums of some days; None where a part is not known. The frequency is that of an average day."""
    some = [sums for day, sums in days.items() if first <= day <= last]
    sums = DaySums.total(some).sums
    told = [sums.get(name) for name in ("impressions", "clicks", "video_views_2s")]
    impressions, clicks, views = told
    if impressions is None or clicks is None or views is None:
        return None
    reach = [each.sums.get("reach") for each in some]
    people = [each for each in reach if each is not None]
    is_known = len(people) == len(reach) and sum(people) > 0
    return Counts(impressions, clicks, views, impressions / sum(people) if is_known else None)


def _tell(workspace: Workspace, found: Iterable[AdHealth], *, at: datetime) -> None:
    """One notice for an ad as long as fatigue is likely; it is done when that is over or the ad is off."""
    worn = {f"{WORN}{each.ad_id}": each for each in found if each.fatigue == Fatigue.LIKELY}
    for key, each in worn.items():
        if notices.was_told(workspace, key=key):
            continue
        whose = f"@{each.ad.post.creator.handle}" if each.ad.post else each.ad.name[:60]
        notices.notify(
            workspace,
            key=key,
            roles=("media_buyer",),
            title=f"Fatigue is likely for the ad of {whose}, ad {each.ad.ad_id}: {each.fatigue_reason}",
            next_step="Launch another post in its place, then lower or pause this one.",
            path=f"live/?show=all&q={each.ad.ad_id}",
            at=at,
            urgency=3,
        )
    open_keys = [each.key for each in notices.open_notices(workspace) if each.key.startswith(WORN)]
    notices.settle_all(workspace, keys=[each for each in open_keys if each not in worn], at=at)
