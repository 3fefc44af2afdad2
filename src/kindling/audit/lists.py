"""The audit trail, and the calls to TikTok."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from kindling.audit import service
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, register
from kindling.workspaces import call_log
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import TikTokCall
from kindling.workspaces.rules import Action


def _json(value: object) -> str | None:
    return json.dumps(value, sort_keys=True, ensure_ascii=False) if value else None


def _failed(rows: Any, result: str, _scope: object) -> Any:
    if result == "failed":
        return rows.exclude(result=TikTokCall.Result.OK)
    return rows.filter(result=result)


ENTRIES = register(
    ListSpec(
        name="audit",
        title="Audit trail",
        page="audit:trail",
        rows=lambda scope: workspaces.audit_trail(scope.workspace),
        order="newest first",
        row_template="audit/entry_row.html",
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Person, creator, post, plan, reason or request id",
        filters=(
            Filter(
                "action", "Action",
                lambda scope: [(each, each.capitalize()) for each in workspaces.audit_actions(scope.workspace)],
                lambda rows, action, _: rows.filter(action=action),
            ),
            Filter(
                "from", "From", lambda _: [],
                lambda rows, day, scope: service.from_day(rows, date.fromisoformat(day), workspace=scope.workspace),
                is_day=True,
            ),
            Filter(
                "to", "To", lambda _: [],
                lambda rows, day, scope: service.to_day(rows, date.fromisoformat(day), workspace=scope.workspace),
                is_day=True,
            ),
        ),
        columns=(
            Column("entry", "Action", lambda row: row.action, is_title=True),
            Column("subject", "About", lambda row: row.subject),
            Column("who", "Who", lambda row: row.actor_label, sort="actor_label"),
            Column("when", "When", lambda row: row.at, Kind.INSTANT, sort="at"),
            Column("reason", "Reason", lambda row: row.reason or None),
            Column("before", "Before", lambda row: _json(row.before), is_shown=False),
            Column("after", "After", lambda row: _json(row.after), is_shown=False),
            Column("request_id", "Request id", lambda row: row.request_id or None, is_shown=False),
        ),
    )
)  # fmt: skip

CALLS = register(
    ListSpec(
        name="calls",
        title="Calls to TikTok",
        page="audit:calls",
        rows=lambda scope: call_log.calls(scope.workspace),
        order="newest first",
        row_template="audit/call_row.html",
        action=Action.READ_CALLS,
        search=lambda rows, word, _: call_log.matching(rows, word),
        search_hint="Endpoint, ad account id or request id",
        filters=(
            Filter(
                "result", "Result", lambda _: [("failed", "Not OK"), *TikTokCall.Result.choices], _failed,
                is_tabs=True, drawn=("failed",),
            ),
        ),
        columns=(
            Column("endpoint", "Endpoint", lambda row: row.endpoint, is_title=True),
            Column("when", "When", lambda row: row.at, Kind.INSTANT, sort="at"),
            Column("ad_account", "Ad account", lambda row: row.advertiser_id or None),
            Column("outcome", "Result", lambda row: row.get_result_display()),
            Column("code", "Code", lambda row: row.code, Kind.COUNT, is_shown=False),
            Column("request_id", "Request id", lambda row: row.request_id or None),
            Column("duration_ms", "Duration in ms", lambda row: row.duration_ms, Kind.COUNT, sort="duration_ms"),
        ),
    )
)  # fmt: skip
