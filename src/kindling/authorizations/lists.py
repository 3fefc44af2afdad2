"""The list of authorizations."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from kindling.authorizations import service
from kindling.authorizations.lifecycle.gap_wording import GAPS
from kindling.authorizations.lifecycle.rules import LOST, USABLE, State
from kindling.authorizations.models import STATES, AuthorizationKind
from kindling.authorizations.service import Permission
from kindling.kit.money import Money
from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register

RISK_AHEAD = 30  # days
GROUPS = {
    "asked": (
        "Requested",
        frozenset({State.REQUESTED, State.RECEIVED, State.VERIFIED, State.INVALID}),
    ),
    "usable": ("Usable", USABLE),
    "ending": ("Ending", frozenset({State.EXPIRING, State.RENEWAL_REQUESTED})),
    "lost": ("Lost", LOST),
}


def _states(name: str) -> frozenset[State]:
    return GROUPS[name][1] if name in GROUPS else frozenset({State(name)})


def _counts(scope: Scope) -> Mapping[str, int]:
    by_state = service.counts_by_state(scope.workspace)
    groups = {
        key: sum(by_state.get(each, 0) for each in states) for key, (_, states) in GROUPS.items()
    }
    return {
        "": sum(by_state.values()),
        **{str(key): count for key, count in by_state.items()},
        **groups,
    }


def _choices(_scope: Scope) -> list[tuple[str, str]]:
    return [*((key, label) for key, (label, _) in GROUPS.items()), *STATES]


def _spend(row: Permission) -> Money | None:
    return row.spend_a_day[0] if row.spends and row.spend_a_day else None


def _next_step(row: Permission) -> str | None:
    if row.gap:
        return row.gap_sentence
    return row.rights_sentences[0] if row.rights_problems else row.authorization.next_step or None


COLUMNS = (
    Column("post", "Creator and post", lambda row: row.post.item_id, sort="post__item_id", is_title=True),
    Column("handle", "Creator", lambda row: row.post.creator.handle, is_shown=False),
    Column("kind", "Kind", lambda row: row.authorization.get_kind_display(), is_shown=False),
    Column("code", "Code", lambda row: row.authorization.code_hint or None, is_shown=False),
    Column("state", "State", lambda row: row.authorization.get_state_display()),
    Column("since", "Since", lambda row: row.authorization.state_since, Kind.INSTANT, is_shown=False),
    Column("stop_by", "Stop by", lambda row: row.stop_by.at if row.stop_by else None, Kind.INSTANT,
           sort="paid_until"),
    Column("ends_first", "Ends first", lambda row: str(row.stop_by.ends_first.label) if row.stop_by else None),
    Column("ends", "Authorization ends", lambda row: row.authorization.ends_at, Kind.INSTANT, sort="ends_at"),
    Column("granted_days", "Days granted", lambda row: row.authorization.granted_days, Kind.COUNT,
           is_shown=False),
    Column("spend_at_risk", "Spend at risk", _spend, Kind.MONEY, sort="risk_minor"),
    Column("next_step", "Next step", _next_step),
    Column("read", "Last synced", lambda row: row.authorization.read_at, Kind.INSTANT, is_shown=False),
)  # fmt: skip


AUTHORIZATIONS = register(
    ListSpec(
        name="authorizations",
        title="Authorizations",
        page="authorizations:list",
        rows=lambda scope: service.list_authorizations(scope.workspace),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="the earliest stop date first",
        row_template="authorizations/row.html",
        link=lambda scope, row: reverse(
            "authorizations:one", args=[scope.workspace.slug, row.authorization.pk]
        ),
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        filters=(
            Filter(
                "state", "State", _choices,
                lambda rows, name, _: rows.filter(state__in=_states(name)),
                counts=_counts, is_tabs=True, drawn=tuple(GROUPS),
            ),
            Filter(
                "kind", "Kind", lambda _: AuthorizationKind.choices,
                lambda rows, kind, _: rows.filter(kind=kind),
            ),
            Filter(
                "gap", "Missing", lambda _: [(str(key), str(key).replace("_", " ").capitalize()) for key in GAPS],
                lambda rows, gap, _: rows.filter(gap=gap),
            ),
        ),
        columns=COLUMNS,
    )
)  # fmt: skip

AT_RISK = register(
    ListSpec(
        name="spend-at-risk",
        title="Authorizations with spend at risk",
        page="authorizations:risk",
        rows=lambda scope: service.at_risk(scope.workspace, now=scope.now, days=RISK_AHEAD),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="highest spend first",
        row_template="authorizations/row.html",
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        columns=COLUMNS,
    )
)
