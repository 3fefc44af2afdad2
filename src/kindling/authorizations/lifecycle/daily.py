"""Every few hours, over every permission without asking TikTok: what time alone changes, and the index of the lists.

Written for a hundred thousand rows: read as tuples, decided in memory, written in bulk. What TikTok says is read
elsewhere (`polling`); this never contradicts it, it only counts time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from kindling.agreements.rights import service as agreements
from kindling.agreements.rights.rules import Right, problems_of_right
from kindling.authorizations import service
from kindling.authorizations.lifecycle import rules, transitions, windows
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization
from kindling.kit.money import in_words, sums_by_currency
from kindling.notices import service as notices
from kindling.workspaces.models import Workspace

BATCH = 2000
READ_WITH_ENDS = frozenset({State.BOUND, State.IN_USE, State.EXTENDED})


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep found. `at_risk_minor`: spend a day behind those lost or ending within the lead time."""

    looked_at: int
    began_to_end: int
    ended: int
    at_risk_minor: int


@dataclass(slots=True)
class _Row:
    """What the sweep needs of a permission, as the table has it."""

    pk: int
    kind: str
    state: str
    lost_at: datetime | None
    ends_at: datetime | None
    collab_ends_at: datetime | None
    paid_until: datetime | None
    bound_by: str
    risk_minor: int
    risk_other: dict[str, int]
    gap: str
    item_id: str
    creator_id: int


READ = (
    "pk", "kind", "state", "lost_at", "ends_at", "collab_ends_at", "paid_until", "bound_by", "risk_minor",
    "risk_other", "gap", "post__item_id", "post__creator_id",
)  # fmt: skip


def sweep(workspace: Workspace, *, now: datetime) -> SweepResult:
    """Move permissions whose time has come to expiring or expired, and compute window, risk and gap of all."""
    margin = timedelta(hours=workspace.safety_margin_hours)
    spend = service.spend_by_post(workspace, now=now)
    rights = _rights(workspace, now=now)
    good = {key: not problems_of_right(right, now=now) for key, right in rights.items()}
    before = service.ends_before(workspace, now=now, days=rules.DEFAULT_LEAD.days)
    counted, at_risk = 0, 0
    changed: list[tuple[_Row, State]] = []
    moved: list[tuple[_Row, State, State]] = []
    told = Authorization.objects.filter(workspace=workspace).order_by().values_list(*READ)
    for values in told.iterator(chunk_size=BATCH):
        row = _Row(*values)
        counted += 1
        key = (row.creator_id, row.item_id)
        if key not in rights:
            key = (row.creator_id, "")
        right = rights.get(key)
        left = State(row.state)
        stop = windows.stop_by(row, windows.window_of(row, right, margin=margin))
        entered = _by_time(row, left, now=now)
        row.state = entered
        gap = windows.gap_of(row, right, is_right_good=good.get(key, False), now=now)
        after = (
            stop.at if stop else None,
            str(stop.ends_first) if stop else "",
            *_risk(row, spend, workspace.currency),
            gap or "",
        )
        if entered is not left:
            moved.append((row, left, entered))
        if (row.paid_until, row.bound_by, row.risk_minor, row.risk_other, row.gap) != after:
            row.paid_until, row.bound_by, row.risk_minor, row.risk_other, row.gap = after
            changed.append((row, left))
        at_risk += row.risk_minor if rules.is_ending(entered, row.paid_until, before=before) else 0
    _write_index(changed)
    transitions.move_by_clock(
        workspace,
        [transitions.ClockMove(row.pk, left, entered, row.ends_at) for row, left, entered in moved],
        at=now,
    )
    ending = [row for row, _, entered in moved if entered is State.EXPIRING]
    ended = [row for row, _, entered in moved if entered is State.EXPIRED]
    _notify(workspace, ending=ending, ended=ended, at=now)
    return SweepResult(counted, len(ending), len(ended), at_risk)


def _rights(workspace: Workspace, *, now: datetime) -> dict[tuple[int, str], Right]:
    """The right that counts for each creator and post, read once."""
    rows = (
        agreements.on_record(workspace)
        .order_by("ends_at", "pk")
        .values_list("creator_id", "item_id", *agreements.RULE_COLUMNS)
    )
    found: dict[tuple[int, str], Right] = {}
    for creator, item, *values in rows.iterator(chunk_size=BATCH):
        right = agreements.rule_of(values)
        found[creator, item] = agreements.better(found.get((creator, item)), right, now=now)
    return found


def _risk(row: _Row, spend: service.Spend | None, currency: str) -> tuple[int, dict[str, int]]:
    """Spend a day in the workspace's currency, and in others; as it was where nothing is known."""
    if spend is None:
        return row.risk_minor, row.risk_other
    by_currency = {
        name: rules.spend_at_risk(days).per_day_minor
        for name, days in spend.get(row.item_id, {}).items()
    }
    own = by_currency.pop(currency, 0)
    return own, {name: minor for name, minor in by_currency.items() if minor}


def _by_time(row: _Row, state: State, *, now: datetime) -> State:
    """The state that the clock alone puts a permission in; only its own end counts, not the licence's."""
    if row.ends_at is None or state not in rules.USABLE:
        return state
    if now >= row.ends_at:
        return State.EXPIRED
    if state in READ_WITH_ENDS and row.ends_at - now <= rules.DEFAULT_LEAD:
        return State.EXPIRING
    return state


def _write_index(changed: list[tuple[_Row, State]]) -> None:
    """One prepared statement for all rows: the ORM's bulk update spends a hundred times as long on its text.

    A row that changed its state or end since it was read is left: whoever changed it wrote its index.
    """
    table = connection.ops.quote_name(Authorization._meta.db_table)
    adapt = connection.ops.adapt_datetimefield_value
    rows = [
        (
            adapt(row.paid_until),
            row.bound_by,
            row.risk_minor,
            json.dumps(row.risk_other),
            row.gap,
            row.pk,
            left,
            adapt(row.ends_at),
        )
        for row, left in changed
    ]
    for start in range(0, len(rows), BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET paid_until = %s, bound_by = %s, risk_minor = %s, risk_other = %s, "  # noqa: S608 - the table's own name
                "gap = %s WHERE id = %s AND state = %s AND ends_at IS NOT DISTINCT FROM %s",
                rows[start : start + BATCH],
            )


def _notify(workspace: Workspace, *, ending: list[_Row], ended: list[_Row], at: datetime) -> None:
    """One notice for all that began to end or ended: a hundred of them would be read by nobody."""
    day = f"{at:%Y-%m-%d}"
    for name, rows, words, path in (
        ("ending", ending, "will end soon", "authorizations/?state=ending"),
        ("ended", ended, "ended", "authorizations/?state=expired"),
    ):
        spending = [row for row in rows if service.spends(row)]
        if spending:
            spend = (
                money for row in spending for money in service.spend_a_day(row, workspace.currency)
            )
            sums = in_words(sums_by_currency(spend, workspace.currency))
            notices.notify(
                workspace,
                key=f"sweep-{name}-{day}",
                roles=("creator_manager", "media_buyer"),
                title=f"{len(spending)} authorization{'s' if len(spending) > 1 else ''} with spend {words}: "
                f"{sums} a day.",
                next_step="Renew them or plan replacements, starting with the earliest end.",
                path=path,
                at=at,
                urgency=2,
            )
