"""What GMV Max uses, and what its commission comes to: for page, API and command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from kindling.agreements import service as agreements
from kindling.authorizations import service as authorizations
from kindling.authorizations.service import Permission
from kindling.delivery.gmv_max import rules
from kindling.delivery.gmv_max.rules import PostState
from kindling.delivery.models import GmvMaxCampaign, GmvMaxPost, GmvMaxReading
from kindling.kit.money import Money
from kindling.posts.models import Post
from kindling.products import service as products
from kindling.workspaces.models import Workspace


@dataclass(frozen=True, slots=True)
class UsedPost:
    """A post that GMV Max uses, as people look at it.

    permission : the library's best one; None for a post that is not in the library
    own_per_100, ads_per_100 : the creator's commission on 100 orders at full price, of the post's own sales and of
        sales by Shop ads; None where the rate or the price is not known
    """

    row: GmvMaxPost
    state: PostState
    permission: Permission | None
    own_per_100: Money | None
    ads_per_100: Money | None

    @property
    def may_ask(self) -> bool:
        """Whether its creator could be asked for an authorization that is missing."""
        is_missing = self.permission is None or self.row.delivery_status == "AUTHORIZATION_NEEDED"
        return is_missing and self.row.post is not None and not self.row.post.creator.is_own

    @property
    def cost(self) -> Money | None:
        return _money(self.row.cost_minor, self.row.currency)

    @property
    def revenue(self) -> Money | None:
        return _money(self.row.gross_revenue_minor, self.row.currency)


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None or not currency else Money(minor, currency)


def used(workspace: Workspace) -> QuerySet[GmvMaxPost]:
    """Posts that campaigns use now, those that cost most first."""
    rows = GmvMaxPost.objects.filter(
        campaign__ad_account__workspace=workspace, is_gone=False, campaign__is_gone=False
    )
    return rows.select_related("campaign__ad_account", "post__creator").order_by(
        "-cost_minor", "-pk"
    )


def used_of(workspace: Workspace, item_id: str) -> list[GmvMaxPost]:
    """The campaigns that use one post."""
    return list(used(workspace).filter(item_id=item_id))


def opened(workspace: Workspace, rows: Sequence[GmvMaxPost], *, now: datetime) -> list[UsedPost]:
    """Some of those posts with their permissions and commissions, asked for together."""
    posts = [row.post for row in rows if row.post is not None]
    rights = agreements.rights_of_posts(
        workspace, [(post.creator_id, post.item_id) for post in posts], now=now
    )
    permissions = authorizations.best_by_item(
        authorizations.permissions_of(workspace, posts, now=now, rights=rights)
    )
    known = products.products(workspace)

    def per_100(post: Post | None, *, of_ads: bool) -> Money | None:
        right = rights.get((post.creator_id, post.item_id)) if post else None
        product = known.get(post.sku) if post else None
        if right is None or product is None or post is None or post.creator.is_own:
            return None
        rate = agreements.commission_bp(right, of_ads=of_ads)
        return _money(rules.per_100_orders(product.price_minor, rate), product.currency)

    return [
        UsedPost(
            row, rules.state_of(row.delivery_status), permissions.get(row.item_id),
            per_100(row.post, of_ads=False), per_100(row.post, of_ads=True),
        )
        for row in rows
    ]  # fmt: skip


def totals(rows: QuerySet[GmvMaxPost]) -> list[tuple[Money | None, int | None, Money | None]]:
    """Cost, SKU orders and gross revenue of all rows, one line for each currency; None where no row has the figure."""
    sums = (
        rows.order_by()
        .exclude(currency="")
        .values("currency")
        .annotate(
            cost=Sum("cost_minor"), orders=Sum("sku_orders"), revenue=Sum("gross_revenue_minor")
        )
    )
    return [
        (
            _money(each["cost"], each["currency"]),
            each["orders"],
            _money(each["revenue"], each["currency"]),
        )
        for each in sums.order_by("currency")
    ]


def campaigns(workspace: Workspace) -> QuerySet[GmvMaxCampaign]:
    """Campaigns that TikTok lists, by name, with how many posts each uses."""
    rows = GmvMaxCampaign.objects.filter(ad_account__workspace=workspace, is_gone=False)
    used = Count("posts", filter=Q(posts__is_gone=False))
    return rows.select_related("ad_account").annotate(used=used).order_by("name", "pk")


def readings(workspace: Workspace) -> QuerySet[GmvMaxReading]:
    """What was read of each ad account, with shops."""
    rows = GmvMaxReading.objects.filter(ad_account__workspace=workspace, ad_account__is_used=True)
    return rows.select_related("ad_account").order_by("ad_account__name", "pk")


def to_json(each: UsedPost) -> dict[str, Any]:
    row = each.row
    return {
        "campaign_id": row.campaign.campaign_id, "campaign": row.campaign.name,
        "ad_account": row.campaign.ad_account.advertiser_id, "item_id": row.item_id,
        "handle": row.handle or None, "state": row.delivery_status or None,
        "state_label": each.state.label, "next_step": each.state.next_step or None,
        "authorization": each.permission.authorization.kind if each.permission else None,
        "cost": each.cost and str(each.cost), "sku_orders": row.sku_orders,
        "gross_revenue": each.revenue and str(each.revenue),
        "roi": None if row.roi is None else str(row.roi.normalize()),
        "commission_per_100_own_orders": each.own_per_100 and str(each.own_per_100),
        "commission_per_100_ad_orders": each.ads_per_100 and str(each.ads_per_100),
        "read_at": row.seen_at.isoformat(),
    }  # fmt: skip
