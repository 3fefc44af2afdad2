"""The list of plans."""

from __future__ import annotations

from django.urls import reverse

from kindling.kit.money import Money
from kindling.launches import service
from kindling.launches.models import Plan
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, register

PLANS = register(
    ListSpec(
        name="plans",
        title="Plans",
        page="launches:plans",
        rows=lambda scope: service.plans(scope.workspace),
        order="newest first",
        row_template="launches/plan_row.html",
        link=lambda scope, row: reverse("launches:plan", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name of the plan",
        filters=(
            Filter(
                "state", "State", lambda _: Plan.State.choices,
                lambda rows, state, _: rows.filter(state=state),
                counts=lambda scope: service.counts_by_state(scope.workspace), is_tabs=True,
            ),
        ),
        columns=(
            Column("name", "Plan", lambda row: row.name, sort="name", is_title=True),
            Column("ad_account", "Ad account", lambda row: row.ad_account.name, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("daily_budget", "Daily budget", lambda row: Money(row.daily_budget_minor, row.currency),
                   Kind.MONEY, sort="daily_budget_minor"),
            Column("planned_by", "Planned by", lambda row: row.created_by and str(row.created_by)),
            Column("approved_by", "Approved by", lambda row: row.approved_by and str(row.approved_by)),
            Column("approved", "Approved", lambda row: row.approved_at, Kind.INSTANT, sort="approved_at",
                   is_shown=False),
            Column("created", "Created", lambda row: row.created_at, Kind.INSTANT, sort="created_at"),
        ),
    )
)  # fmt: skip
