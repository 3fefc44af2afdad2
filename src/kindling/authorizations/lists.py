"""The list of authorizations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from kindling.authorizations import service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.forms import RenewAllForm
from kindling.authorizations.lifecycle.gap_wording import GAPS
from kindling.authorizations.lifecycle.rules import LOST, USABLE, State
from kindling.authorizations.models import (
    STATES,
    Authorization,
    AuthorizationKind,
    IntakeRow,
    RequestChannel,
)
from kindling.authorizations.requests import ask, renewals
from kindling.authorizations.service import Permission
from kindling.kit.money import Money
from kindling.lists.rules import Kind
from kindling.lists.spec import (
    Column,
    Done,
    Filter,
    ListAction,
    ListSpec,
    Scope,
    one_by_one,
    register,
)
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor

RISK_AHEAD = 30  # days
ORDERED_BY = (
    "paid_until",
    "ends_at",
    "risk_minor",
)  # all that a row is asked for before it is opened
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


def _name(row: Authorization | Permission) -> str:
    return f"@{row.post.creator.handle}, post {row.post.item_id}"


def _renew(
    actor: Actor, rows: list[Authorization], values: Mapping[str, Any], at: datetime
) -> Done:
    done = one_by_one(
        rows, _name, lambda row: renewals.ask_renewal(actor, row, days=values["days"], at=at).pk
    )
    return Done(done.count, done.refused)


ASK_TO_RENEW = ListAction(
    name="ask_to_renew",
    label="Ask to renew",
    does="Each creator is asked for more days at the price their agreement names, by mail where an address is known.",
    action=Action.TAKE_CODES,
    fields=lambda _: RenewAllForm().fields,
    do=_renew,
    said=lambda count: (
        "1 renewal is asked for." if count == 1 else f"{count:,} renewals are asked for."
    ),
)

COLUMNS = (
    Column("post", "Creator and post", lambda row: row.post.item_id, is_title=True),
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
    Column("spend_at_risk", "Spend at risk", _spend, Kind.MONEY, sort="risk_minor", is_main=True),
    Column("next_step", "Next step", _next_step),
    Column("read", "Last synced", lambda row: row.authorization.read_at, Kind.INSTANT, is_shown=False),
)  # fmt: skip


AUTHORIZATIONS = register(
    ListSpec(
        name="authorizations",
        title="Authorizations",
        page="authorizations:list",
        rows=lambda scope: service.list_authorizations(scope.workspace).only(*ORDERED_BY),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="the earliest stop date first",
        row_template="authorizations/row.html",
        link=lambda scope, row: reverse(
            "authorizations:one", args=[scope.workspace.slug, row.authorization.pk]
        ),
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        actions=(ASK_TO_RENEW,),
        row_name=_name,
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
        rows=lambda scope: service.at_risk(scope.workspace, now=scope.now, days=RISK_AHEAD).only(
            *ORDERED_BY
        ),
        opened=lambda scope, rows: service.opened(scope.workspace, rows, now=scope.now),
        order="highest spend first",
        row_template="authorizations/row.html",
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        actions=(ASK_TO_RENEW,),
        row_name=_name,
        columns=COLUMNS,
    )
)


# --- What creators were asked for -----------------------------------------------------------------------------


def _post_link(scope: Scope, row: Authorization) -> str:
    return reverse("authorizations:one", args=[scope.workspace.slug, row.pk])


CODE_REQUESTS = register(
    ListSpec(
        name="code-requests",
        title="Requested video codes",
        page="authorizations:waiting",
        rows=lambda scope: ask.open_requests(scope.workspace),
        order="asked longest ago first",
        row_template="authorizations/request_row.html",
        link=_post_link,
        search=lambda rows, word, scope: service.matching(rows, word, workspace=scope.workspace),
        search_hint="Creator or post id",
        filters=(
            Filter(
                "through", "How", lambda _: RequestChannel.choices,
                lambda rows, through, _: rows.filter(asked_through=through),
            ),
        ),
        columns=(
            Column("post", "Creator and post", lambda row: row.post.item_id, is_title=True),
            Column("handle", "Creator", lambda row: row.post.creator.handle, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display()),
            Column("asked", "Asked", lambda row: row.asked_at, Kind.INSTANT, sort="asked_at"),
            Column("through", "How", lambda row: row.get_asked_through_display() or None, sort="asked_through"),
            Column("days", "Days", lambda row: row.requested_days, Kind.COUNT, sort="requested_days"),
            Column("reminders", "Reminders", lambda row: row.reminders, Kind.COUNT, sort="reminders"),
            Column("by", "By", lambda row: row.asked_by and str(row.asked_by), sort="asked_by__email"),
        ),
    )
)  # fmt: skip

RENEWALS = register(
    ListSpec(
        name="renewals",
        title="Requested renewals",
        page="authorizations:renewals",
        rows=lambda scope: renewals.open_renewals(scope.workspace),
        order="the earliest end first",
        row_template="authorizations/renewal_row.html",
        link=lambda scope, row: reverse(
            "authorizations:one", args=[scope.workspace.slug, row.authorization_id]
        ),
        search=lambda rows, word, scope: rows.filter(
            authorization__in=service.matching(
                Authorization.objects.filter(workspace=scope.workspace), word, workspace=scope.workspace
            ).values("pk")
        ),
        search_hint="Creator or post id",
        columns=(
            Column("post", "Creator and post", lambda row: row.authorization.post.item_id,
                   sort="authorization__post__item_id", is_title=True),
            Column("handle", "Creator", lambda row: row.authorization.post.creator.handle, is_shown=False),
            Column("state", "State", lambda row: row.get_state_display(), sort="state"),
            Column("ends", "Ends", lambda row: row.authorization.ends_at, Kind.INSTANT, sort="authorization__ends_at"),
            Column("asked", "Asked", lambda row: row.asked_at, Kind.INSTANT, sort="asked_at"),
            Column("days", "Days", lambda row: row.days, Kind.COUNT, sort="days"),
            Column("price", "Price", lambda row: Money(row.price_minor, row.currency), Kind.MONEY, sort="price_minor"),
        ),
    )
)  # fmt: skip


# --- Codes of a batch -----------------------------------------------------------------------------------------


def _outcomes(scope: Scope) -> Mapping[str, int]:
    rows = intakes.rows(scope.workspace)
    batch = scope.chosen.get("batch")
    return intakes.outcomes(rows.filter(intake_id=int(batch)) if batch else rows)


CODES = register(
    ListSpec(
        name="codes",
        title="Video codes of batches",
        page="authorizations:intake",
        page_of=("batch",),
        rows=lambda scope: intakes.rows(scope.workspace),
        order="as they came",
        row_template="authorizations/code_row.html",
        search=lambda rows, word, _: intakes.matching(rows, word),
        search_hint="Creator, post id or end of the code",
        filters=(
            Filter(
                "batch", "Batch", lambda _: (),
                lambda rows, batch, _: rows.filter(intake_id=int(batch)), is_key=True,
            ),
            Filter(
                "outcome", "Outcome", lambda _: IntakeRow.Outcome.choices,
                lambda rows, outcome, _: rows.filter(outcome=outcome), counts=_outcomes, is_tabs=True,
            ),
        ),
        columns=(
            Column("line", "Line", lambda row: row.line, Kind.COUNT),
            Column("sheet", "Sheet", lambda row: row.sheet or None, is_shown=False),
            Column("code", "Code and what came with it", lambda row: row.code_hint, is_title=True),
            Column("handle", "Expected creator", lambda row: row.expected_handle or None, is_shown=False),
            Column("wanted_days", "Days wanted", lambda row: row.requested_days, Kind.COUNT, is_shown=False),
            Column("outcome", "Outcome", lambda row: row.get_outcome_display(), sort="outcome"),
            Column("message", "What happened", lambda row: row.message or None),
            Column("next_step", "Next step", lambda row: row.next_step or None),
            Column("post", "Post", lambda row: row.item_id or None, sort="item_id"),
        ),
    )
)  # fmt: skip
