"""Once a day, over every permission without asking TikTok: what time alone changes, and the index of the lists.

Written for a hundred thousand rows: read as tuples, decided in memory, written in bulk. What TikTok says is read
elsewhere (`reading`); this never contradicts it, it only counts time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from kindling.agreements import rights as agreements
from kindling.agreements.rules import Right, problems_of_right
from kindling.authorizations import clocks, rules, service
from kindling.authorizations.models import Authorization, AuthorizationEvent
from kindling.authorizations.rules import State
from kindling.kit.money import Money
from kindling.workspaces import notices
from kindling.workspaces.models import Workspace

BATCH = 2000
READ_WITH_ENDS = frozenset({State.BOUND, State.IN_USE, State.EXTENDED})


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found. `at_risk_minor`: spend a day behind permissions that end within the lead time."""

    looked_at: int
    began_to_end: int
    ended: int
    at_risk_minor: int


def sweep(workspace: Workspace, *, now: datetime) -> Swept:
    """Move permissions whose time has come to expiring or expired, and reckon window, risk and gap of all."""
    margin = timedelta(hours=workspace.safety_margin_hours)
    spend = service.spend_by_post(workspace, now=now)
    rights = _rights(workspace, now=now)
    good = {key: not problems_of_right(right, now=now) for key, right in rights.items()}
    rows = Authorization.objects.filter(workspace=workspace).only(
        "pk", "kind", "state", "state_since", "ends_at", "collab_ends_at", "paid_until", "bound_by",
        "risk_minor", "gap", "problem", "next_step", "next_read_at", "read_at",
        "post__item_id", "post__creator_id",
    ).select_related("post")  # fmt: skip
    counted, at_risk, changed, moved = 0, 0, [], []
    for row in rows.iterator(chunk_size=BATCH):
        counted += 1
        key = (row.post.creator_id, row.post.item_id)
        right_key = key if key in rights else (row.post.creator_id, "")
        right = rights.get(right_key)
        before = (row.paid_until, row.bound_by, row.risk_minor, row.gap, row.state)
        left = State(row.state)
        window = clocks.window_of(row, right, margin=margin)
        row.paid_until = window.ends_at if window else None
        row.bound_by = window.bound_by if window else ""
        row.risk_minor = _risk(spend.get(row.post.item_id))
        entered = _by_time(row, now=now)
        if entered is not left:
            diagnosis = rules.diagnose_reading(entered)
            row.state, row.state_since = entered, now
            row.problem = diagnosis.message if diagnosis else ""
            row.next_step = diagnosis.next_step if diagnosis else ""
            row.next_read_at = now  # TikTok decides: it may have been extended unseen
            moved.append((row, left, entered))
        gap = clocks.gap_of(row, right, is_right_good=good.get(right_key, False), now=now)
        row.gap = gap.name.lower() if gap else ""
        if (row.paid_until, row.bound_by, row.risk_minor, row.gap, row.state) != before:
            changed.append(row)
        is_ending = row.paid_until is not None and row.paid_until - now <= rules.DEFAULT_LEAD
        at_risk += row.risk_minor if is_ending and State(row.state) in rules.USABLE else 0
    _write(changed, moved, at=now)
    ending = [row for row, _, entered in moved if entered is State.EXPIRING]
    ended = [row for row, _, entered in moved if entered is State.EXPIRED]
    _tell(workspace, ending=ending, ended=ended, at=now)
    return Swept(counted, len(ending), len(ended), at_risk)


def _rights(workspace: Workspace, *, now: datetime) -> dict[tuple[int, str], Right]:
    """The right that counts for each creator and post, read once; as `agreements.rights_of_posts` chooses."""
    rows = (
        agreements.on_record(workspace)
        .order_by("ends_at", "pk")
        .values_list("creator_id", "item_id", "paid_allowed", "starts_at", "ends_at", "hold_until")
    )
    found: dict[tuple[int, str], Right] = {}
    for creator, item, paid, start, end, hold in rows.iterator(chunk_size=BATCH):
        right = Right(paid_allowed=paid, starts_at=start, ends_at=end, hold_until=hold)
        known = found.get((creator, item))
        if known is None or agreements.rank(right, now) >= agreements.rank(known, now):
            found[creator, item] = right
    return found


def _risk(daily: list[int] | None) -> int:
    return rules.spend_at_risk(daily).per_day_minor if daily else 0


def _by_time(row: Authorization, *, now: datetime) -> State:
    """The state that the clock alone puts a permission in; only its own end counts, not the licence's."""
    state = State(row.state)
    if row.ends_at is None or state not in rules.USABLE:
        return state
    if now >= row.ends_at:
        return State.EXPIRED
    if state in READ_WITH_ENDS and row.ends_at - now <= rules.DEFAULT_LEAD:
        return State.EXPIRING
    return state


FIELDS = (
    "paid_until", "bound_by", "risk_minor", "gap", "state", "state_since", "problem", "next_step", "next_read_at",
)  # fmt: skip


def _write(
    changed: list[Authorization], moved: list[tuple[Authorization, State, State]], *, at: datetime
) -> None:
    for start in range(0, len(changed), BATCH):
        with transaction.atomic():
            Authorization.objects.bulk_update(
                changed[start : start + BATCH], list(FIELDS), batch_size=200
            )
    events = [
        AuthorizationEvent(
            authorization=row, at=at, source="clock", from_state=left, to_state=entered,
            evidence=_evidence(row),
        )
        for row, left, entered in moved
    ]  # fmt: skip
    AuthorizationEvent.objects.bulk_create(events, batch_size=BATCH)


def _evidence(row: Authorization) -> dict[str, Any]:
    return {"ends_at": row.ends_at.isoformat() if row.ends_at else None}


def _tell(
    workspace: Workspace, *, ending: list[Authorization], ended: list[Authorization], at: datetime
) -> None:
    """One notice for all that began to end or ended: a hundred of them would be read by nobody."""
    day = f"{at:%Y-%m-%d}"
    for name, rows, words, path in (
        ("ending", ending, "began to end", "authorizations/?state=ending"),
        ("ended", ended, "ended", "authorizations/?state=expired"),
    ):
        spending = [row for row in rows if row.risk_minor]
        if spending:
            total = sum(row.risk_minor for row in spending)
            notices.notify(
                workspace,
                key=f"sweep-{name}-{day}",
                roles=("creator_manager", "media_buyer"),
                title=f"{len(spending)} permission{'s' if len(spending) > 1 else ''} with spend {words}: "
                f"{Money(total, workspace.currency)} a day.",
                next_step="Renew them or plan replacements, the earliest end first.",
                path=path,
                at=at,
                urgency=2,
            )
