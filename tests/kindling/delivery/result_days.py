"""Ads with figures of single days, for tests of results, rules and fatigue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from desk import Desk

from kindling.conversions import service as conversions
from kindling.delivery.models import Ad, AdGroup, Campaign
from kindling.facts import booking
from kindling.facts.metrics import BY_COLUMN
from kindling.facts.schema import AD_DAYS
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount

Days = Mapping[int, Mapping[str, int | None]]
"""Figures by how many days ago."""


def make_ad(
    desk: Desk,
    ad_id: str,
    *,
    post: Post | None = None,
    campaign: str = "c1",
    account: AdAccount | None = None,
    budget_minor: int | None = 6_000,
) -> Ad:
    """An ad that runs, in an ad group of its own."""
    account = account or desk.account
    of, _ = Campaign.objects.get_or_create(
        ad_account=account, campaign_id=campaign,
        defaults={"name": f"Campaign {campaign}", "objective": "TRAFFIC", "operation_status": "ENABLE",
                  "seen_at": desk.now},
    )  # fmt: skip
    group = AdGroup.objects.create(
        ad_account=account, adgroup_id=f"g{ad_id}", campaign=of, name="G", operation_status="ENABLE",
        budget_mode="BUDGET_MODE_DAY", budget_minor=budget_minor, seen_at=desk.now,
    )  # fmt: skip
    return Ad.objects.create(
        ad_account=account, ad_id=ad_id, adgroup=group, name=f"Ad {ad_id}",
        item_id=post.item_id if post else "", post=post, operation_status="ENABLE",
        secondary_status="AD_STATUS_DELIVERY_OK", created_at=desk.now - timedelta(days=40), seen_at=desk.now,
    )  # fmt: skip


def book(
    desk: Desk,
    days: Mapping[Ad, Days],
    *,
    since: int = 40,
    until: int = 0,
    account: AdAccount | None = None,
) -> None:
    """Book the figures of one ad account for all days from `since` to `until` days ago; figures not named are 0."""
    account = account or desk.account
    rows = []
    for ad, of in days.items():
        for ago, told in of.items():
            row: dict[str, Any] = dict.fromkeys(AD_DAYS.names) | dict.fromkeys(BY_COLUMN, 0)
            rows.append(
                row
                | {
                    "account": account.lake_key, "day": day(desk, ago), "ad_id": ad.ad_id,
                    "campaign_id": ad.adgroup.campaign.campaign_id, "item_id": ad.item_id or None,
                    "currency": account.currency, **told,
                }
            )  # fmt: skip
    booking.book_ad_days(account.lake_key, day(desk, since), day(desk, until), rows, at=desk.now)


def day(desk: Desk, ago: int) -> date:
    found: date = (desk.now - timedelta(days=ago)).date()
    return found


def order(desk: Desk, post: Post, number: int, *, ago: int = 1, ad_id: str = "") -> str:
    """A line of an orders file: one unit at 40.00 that an ad of the post brought."""
    at = desk.now - timedelta(days=ago, minutes=number)
    url = f"https://shop.example/?utm_medium=paid_social&post={post.item_id}&utm_content={ad_id}"
    return f"o{number},{at.isoformat()},SAMPLE,1,USD,40.00,{url}"


def sell(desk: Desk, *lines: str) -> None:
    head = "order_id,ordered_at,sku,quantity,currency,gross,landing_url"
    data = "\n".join((head, *lines)).encode()
    conversions.import_orders(desk.owner, data, file_name="o.csv", at=desk.now)
