"""The list of rules, and of what they did."""

from __future__ import annotations

from django.urls import reverse

from kindling.delivery.models import RuleFiring
from kindling.delivery.stop_rules import service
from kindling.delivery.stop_rules.rules import ACT_LABELS, STATE_LABELS, Act, State
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register

RULES = register(
    ListSpec(
        name="stop-rules",
        title="Rules",
        page="delivery:rules",
        rows=lambda scope: service.list_rules(scope.workspace),
        order="by name",
        row_template="delivery/rule_row.html",
        link=lambda scope, row: reverse("delivery:rule", args=[scope.workspace.slug, row.pk]),
        search=lambda rows, word, _: rows.filter(name__icontains=word),
        search_hint="Name",
        filters=(
            Filter(
                "state", "State",
                lambda _: [(str(each), label) for each, label in STATE_LABELS.items() if each is not State.REMOVED],
                lambda rows, state, _: rows.filter(state=state), is_tabs=True,
            ),
        ),
        columns=(
            Column("name", "Name", lambda row: row.name, sort="name", is_title=True),
            Column("state", "State", lambda row: row.get_state_display(), sort="state"),
            Column("rule", "What it does", service.words),
            Column("scope", "Ads", service.scope_words),
            Column("fired", "Fired", lambda row: row.fired, Kind.COUNT, sort="fired"),
            Column("fired_at", "Last fired", lambda row: row.fired_at, Kind.INSTANT, sort="fired_at"),
            Column("activated_by", "Activated by", lambda row: str(row.activated_by) if row.activated_by else None),
        ),
    )
)  # fmt: skip


def _value(row: RuleFiring) -> str:
    return service.value_words(row.rule, float(row.values["value"]))


def _link(scope: Scope, row: RuleFiring) -> str:
    return reverse("delivery:rule", args=[scope.workspace.slug, row.rule_id])


FIRINGS = register(
    ListSpec(
        name="rule-firings",
        title="What rules did",
        page="delivery:firings",
        rows=lambda scope: service.firings(scope.workspace),
        order="newest first",
        row_template="delivery/firing_row.html",
        link=_link,
        search=lambda rows, word, _: rows.filter(ad__name__icontains=word)
        | rows.filter(ad__ad_id__startswith=word),
        search_hint="Ad name or id",
        filters=(
            Filter(
                "rule", "Rule", lambda _: (), lambda rows, key, _: rows.filter(rule_id=int(key)), is_key=True
            ),
            Filter(
                "result", "Result", lambda _: list(RuleFiring.Result.choices),
                lambda rows, result, _: rows.filter(result=result), is_tabs=True,
            ),
        ),
        columns=(
            Column("ad", "Ad", lambda row: row.ad.ad_id, sort="ad__ad_id", is_title=True),
            Column("ad_name", "Name", lambda row: row.ad.name, sort="ad__name", is_shown=False),
            Column("rule", "Rule", lambda row: row.rule.name, sort="rule__name"),
            Column("value", "Value", _value),
            Column("threshold", "Limit", lambda row: service.value_words(row.rule, row.rule.value), is_shown=False),
            Column("act", "Did", lambda row: str(ACT_LABELS[Act(row.act)]), sort="act"),
            Column("result", "Result", lambda row: row.get_result_display(), sort="result"),
            Column("message", "Message", lambda row: row.message or None, is_shown=False),
            Column("at", "When", lambda row: row.at, Kind.INSTANT, sort="at"),
        ),
    )
)  # fmt: skip
