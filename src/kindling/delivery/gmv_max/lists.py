"""The list of posts that GMV Max uses."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from kindling.delivery.gmv_max import rules, service
from kindling.delivery.gmv_max.service import UsedPost
from kindling.delivery.models import GmvMaxPost
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register

NEEDS_PEOPLE = "needs_people"


def _in_state(rows: QuerySet[GmvMaxPost], state: str, _: Scope) -> QuerySet[GmvMaxPost]:
    if state == NEEDS_PEOPLE:
        wanting = [key for key, each in rules.STATES.items() if each.needs_people]
        return rows.filter(delivery_status__in=wanting)
    return rows.filter(delivery_status=state)


def _campaigns(scope: Scope) -> list[tuple[str, str]]:
    rows = service.used(scope.workspace).order_by("campaign__name")
    found = rows.values_list("campaign__campaign_id", "campaign__name").distinct()
    return [(campaign_id, name) for campaign_id, name in found]


def _link(scope: Scope, row: UsedPost) -> str:
    if row.row.post is None:
        return reverse("delivery:gmv_max", args=[scope.workspace.slug])
    return reverse("profiles:post", args=[scope.workspace.slug, row.row.item_id])


def _roi(each: UsedPost) -> float | None:
    return None if each.row.roi is None else float(each.row.roi)


GMV_MAX = register(
    ListSpec(
        name="gmv-max",
        title="GMV Max",
        page="delivery:gmv_max",
        rows=lambda scope: service.used(scope.workspace),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="those that cost most first",
        row_template="delivery/gmv_max_row.html",
        link=_link,
        row_name=lambda each: each.row.item_id,
        search=lambda rows, word, _: rows.filter(handle__icontains=word.removeprefix("@"))
        | rows.filter(item_id__startswith=word),
        search_hint="Creator or post",
        filters=(
            Filter(
                "state", "State",
                lambda _: [(NEEDS_PEOPLE, "Needs people"), *((key, each.label) for key, each in rules.STATES.items())],
                _in_state,
            ),
            Filter(
                "campaign", "Campaign", _campaigns,
                lambda rows, key, _: rows.filter(campaign__campaign_id=key),
            ),
        ),
        columns=(
            Column("post", "Post", lambda each: each.row.item_id, sort="item_id", is_title=True),
            Column("handle", "Creator", lambda each: each.row.handle or None, sort="handle", is_shown=False),
            Column("campaign", "Campaign", lambda each: each.row.campaign.name, sort="campaign__name"),
            Column("state", "State", lambda each: each.state.label, sort="delivery_status"),
            Column(
                "authorization", "Authorization",
                lambda each: each.permission.authorization.get_kind_display() if each.permission else None,
            ),
            Column("cost", "Cost", lambda each: each.cost, Kind.MONEY, sort="cost_minor"),
            Column("orders", "SKU orders", lambda each: each.row.sku_orders, Kind.COUNT, sort="sku_orders"),
            Column("revenue", "Gross revenue", lambda each: each.revenue, Kind.MONEY, sort="gross_revenue_minor"),
            Column("roi", "ROI", _roi, Kind.NUMBER, sort="roi", digits=2),
            Column(
                "own_commission", "Commission of 100 own orders", lambda each: each.own_per_100, Kind.MONEY,
                is_shown=False,
            ),
            Column("ads_commission", "Commission of 100 ad orders", lambda each: each.ads_per_100, Kind.MONEY),
            Column("read", "Read", lambda each: each.row.seen_at, Kind.INSTANT, sort="seen_at", is_shown=False),
        ),
    )
)  # fmt: skip
