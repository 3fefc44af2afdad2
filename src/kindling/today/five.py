"""The five questions, answered once for every role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import DEFAULT_LEAD, USABLE
from kindling.authorizations.service import Permission
from kindling.delivery import service as delivery
from kindling.delivery.service import LiveAd
from kindling.facts.gaps import Gap
from kindling.kit.money import Money, sums_by_currency
from kindling.money import service as money
from kindling.money.service import ProfitTable
from kindling.posts.models import Post
from kindling.today import needs
from kindling.today.needs import Need
from kindling.workspaces.models import Workspace

SCHEMA = "kindling.five/1"
USABLE_ONES = "usable"


@dataclass(frozen=True, slots=True)
class FiveAnswers:
    """The answers, as rows of the areas that own them."""

    now: datetime
    workspace: Workspace
    posted: list[Post]
    authorized: list[Permission]
    live: list[LiveAd]
    expiring: list[Permission]
    by_product: ProfitTable
    by_creator: ProfitTable
    by_post: ProfitTable

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Days whose ad figures or orders are missing: sums of spend and profit lack them."""
        return self.by_product.gaps

    @property
    def at_risk_per_day(self) -> list[Money]:
        """Spend per day behind the permissions of question four: the workspace's currency first, then others."""
        spend = (money for each in self.expiring for money in each.spend_a_day)
        return sums_by_currency(spend, self.workspace.currency)


def five(
    workspace: Workspace, *, now: datetime, ahead_days: int = DEFAULT_LEAD.days
) -> FiveAnswers:
    """Answer the five questions from what was last read of the platform.

    ahead_days : how far question four looks ahead
    """
    permissions = authorizations.permissions(workspace, now=now)
    before = authorizations.ends_before(workspace, now=now, days=ahead_days)
    profits = money.profits(workspace, cuts=("product", "creator", "post"), now=now)
    return FiveAnswers(
        now=now,
        workspace=workspace,
        posted=list(
            Post.objects.filter(workspace=workspace)
            .select_related("creator")
            .order_by("-posted_at", "item_id")
        ),
        authorized=[each for each in permissions if each.state in USABLE],
        live=delivery.live(workspace, now=now),
        expiring=[each for each in permissions if each.is_ending(before)],
        by_product=profits["product"],
        by_creator=profits["creator"],
        by_post=profits["post"],
    )


@dataclass(frozen=True, slots=True)
class TodaySummary:
    """The five answers as the first page shows them: figures of all, and the first few rows behind each."""

    posted: list[Post]
    posted_count: int
    posted_this_week: int
    authorized: list[Permission]
    authorized_count: int
    ending_this_week: int
    live: list[LiveAd]
    live_count: int
    spend_today: Money | None
    expiring: list[Permission]
    expiring_count: int
    at_risk_per_day: list[Money]
    by_product: ProfitTable
    by_post: ProfitTable
    needs: list[Need]


def today_summary(workspace: Workspace, *, now: datetime, rows: int = 5) -> TodaySummary:
    """The same answers as `five`, counted in the database, and what needs a person.

    The page costs no more with a hundred thousand posts: only what it shows is opened, all of it together.
    """
    posts = Post.objects.filter(workspace=workspace).select_related("creator")
    usable = authorizations.list_authorizations(workspace, states=USABLE)
    profits = money.profits(workspace, cuts=("product", "post"), now=now)
    keys = needs.keys_of_permissions(workspace, now=now)
    keys[USABLE_ONES] = list(usable.values_list("pk", flat=True)[:rows])
    opened = authorizations.opened_by_key(workspace, keys, now=now)
    return TodaySummary(
        posted=list(posts.order_by(F("posted_at").desc(nulls_last=True), "item_id")[:rows]),
        posted_count=posts.count(),
        posted_this_week=posts.filter(posted_at__gte=now - timedelta(days=7)).count(),
        authorized=opened[USABLE_ONES],
        authorized_count=authorizations.count_usable(workspace),
        ending_this_week=authorizations.count_usable_ending(workspace, now=now, days=7),
        live=delivery.opened(workspace, delivery.list_ads(workspace, running=True)[:rows], now=now),
        live_count=delivery.count_ads(workspace).running,
        spend_today=delivery.spend_today(workspace, now=now),
        expiring=opened[needs.ENDING][:rows],
        expiring_count=authorizations.count_ending(workspace, now=now),
        at_risk_per_day=authorizations.risk_totals(workspace, now=now),
        by_product=profits["product"],
        by_post=profits["post"],
        needs=needs.needs(workspace, now=now, opened=opened),
    )


def first_rows(
    workspace: Workspace, *, now: datetime, rows: int, ahead_days: int = DEFAULT_LEAD.days
) -> dict[str, Any]:
    """The answers of `five` as `to_json` has them, with the first rows of each list and `counts` of all of them.

    Only these rows are opened: it costs no more with a hundred thousand posts.
    """
    posts = Post.objects.filter(workspace=workspace).select_related("creator")
    usable = authorizations.list_authorizations(workspace, states=USABLE)
    ending = authorizations.ending(workspace, now=now, days=ahead_days)
    running = delivery.list_ads(workspace, running=True)
    profits = money.profits(workspace, cuts=("product", "creator", "post"), now=now)
    at_risk = authorizations.risk_totals(workspace, now=now, days=ahead_days)
    newest = F("posted_at").desc(nulls_last=True)
    keys = {
        USABLE_ONES: list(usable.values_list("pk", flat=True)[:rows]),
        needs.ENDING: list(ending.values_list("pk", flat=True)[:rows]),
    }
    opened = authorizations.opened_by_key(workspace, keys, now=now)
    told = to_json(
        FiveAnswers(
            now=now,
            workspace=workspace,
            posted=list(posts.order_by(newest, "item_id")[:rows]),
            authorized=opened[USABLE_ONES],
            live=delivery.opened(workspace, running[:rows], now=now),
            expiring=opened[needs.ENDING],
            **{f"by_{by}": replace(table, rows=table.rows[:rows]) for by, table in profits.items()},
        )
    )
    return told | {
        "counts": {
            "posted": posts.count(),
            "authorized": authorizations.count_usable(workspace),
            "live": delivery.count_ads(workspace).running,
            "expiring": authorizations.count_ending(workspace, now=now, days=ahead_days),
            **{f"profit_by_{by}": len(table.rows) for by, table in profits.items()},
        },
        "at_risk_per_day": at_risk[0].to_json(),
        "at_risk_in_other_currencies": [each.to_json() for each in at_risk[1:]],
    }


def to_json(answers: FiveAnswers) -> dict[str, Any]:
    """The answers as `kindling five --json` prints them; the API has the first rows of each list (`first_rows`)."""
    workspace = answers.workspace
    return {
        "schema": SCHEMA,
        "workspace": workspace.slug,
        "now": answers.now.isoformat(),
        "currency": workspace.currency,
        "timezone": workspace.timezone,
        "five": {
            "posted": [_posted(post) for post in answers.posted],
            "authorized": [_permission(each, answers.now) for each in answers.authorized],
            "live": [each.to_json() for each in answers.live],
            "expiring": [_permission(each, answers.now) for each in answers.expiring],
            "profit": {
                "by_product": answers.by_product.to_json(),
                "by_creator": answers.by_creator.to_json(),
                "by_post": answers.by_post.to_json(),
            },
        },
        "at_risk_per_day": answers.at_risk_per_day[0].to_json(),
        "at_risk_in_other_currencies": [each.to_json() for each in answers.at_risk_per_day[1:]],
        "gaps": [each.to_json() for each in answers.gaps],
    }


def _posted(post: Post) -> dict[str, Any]:
    return {
        "item_id": post.item_id,
        "handle": post.creator.handle,
        "is_own": post.creator.is_own,
        "posted_at": post.posted_at.isoformat() if post.posted_at else None,
        "sku": post.sku or None,
        "status": post.status,
        "lane": post.lane,
    }


def _permission(permission: Permission, now: datetime) -> dict[str, Any]:
    row, stop = permission.authorization, permission.stop_by
    return {
        "item_id": permission.post.item_id,
        "handle": permission.post.creator.handle,
        "kind": row.kind,
        "state": row.state,
        "code": row.code_hint or None,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
        "stop_by": stop.at.isoformat() if stop else None,
        "ends_first": stop.ends_first if stop else None,
        "days_left": permission.days_left(now),
        "rights_problems": list(permission.rights_problems),
        "at_risk_per_day": permission.spend_a_day[0].to_json(),
        "at_risk_in_other_currencies": [each.to_json() for each in permission.spend_a_day[1:]],
        "next_step": row.next_step or None,
    }
