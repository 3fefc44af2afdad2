"""What TikTok listed, for the checks of launches: posts that run already, taken names, ads of each identity."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Max

from kindling.delivery.models import Ad, SyncRun
from kindling.launches.checks.readers import ListedAd, ListedAds
from kindling.workspaces.models import AdAccount

MANY = 1_000  # more are not named in a query


def for_checks(
    ad_account: AdAccount, items: Collection[str] | None, names: Collection[str]
) -> ListedAds:
    """Of all ads of the workspace, Kindling's own and others': those that are switched on with all above them."""
    ads = Ad.objects.filter(is_gone=False).order_by()
    on = ads.filter(
        ad_account__workspace=ad_account.workspace_id,
        operation_status="ENABLE",
        adgroup__operation_status="ENABLE",
        adgroup__campaign__operation_status="ENABLE",
    ).exclude(item_id="")
    if items is not None and len(items) <= MANY:
        on = on.filter(item_id__in=list(items))
    running: dict[str, tuple[ListedAd, ...]] = {}
    for item_id, ad_id, name in on.values_list("item_id", "ad_id", "name"):
        running[item_id] = (*running.get(item_id, ()), ListedAd(ad_id, name))
    mine = ads.filter(ad_account=ad_account)
    named: dict[str, tuple[str, ...]] = {}
    if names:
        for name, ad_id in mine.filter(name__in=list(names)).values_list("name", "ad_id"):
            named[name] = (*named.get(name, ()), ad_id)
    counts = mine.exclude(identity_id="").values_list("identity_id").annotate(count=Count("pk"))
    return ListedAds(running, named, dict(counts), _seen_at(ad_account))


def _seen_at(ad_account: AdAccount) -> datetime | None:
    done = SyncRun.objects.filter(
        ad_account=ad_account, kind=SyncRun.Kind.ENTITIES, is_complete=True
    )
    seen: datetime | None = done.order_by().aggregate(at=Max("started_at"))["at"]
    return seen
