"""The clocks of one permission brought together: its paid window, its gap, and the lists' index over both.

The clocks themselves stay where they are (§3, d); what is kept here is computed from them and can be thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import (
    ClockName,
    PaidWindow,
    PermissionClocks,
    Right,
    paid_window,
    problems_of_right,
)
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.lifecycle.rules import Gap, State
from kindling.authorizations.models import Authorization, AuthorizationKind
from kindling.workspaces.models import Workspace


class HasClocks(Protocol):
    """What the end dates of an authorization are computed from: a row of the table, or the sweep's excerpt of it."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def lost_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def collab_ends_at(self) -> datetime | None: ...


def window_of(
    row: HasClocks, right: UsageRight | Right | None, *, margin: timedelta
) -> PaidWindow | None:
    """The paid window of a permission: its clocks brought together, less the margin; each clock stays apart.

    The brand's own post is bound by no contract. A creator's post without a right has no window to offer, but
    the clocks that do run are still named.
    """
    binding = None if row.kind == AuthorizationKind.OWN else right
    clocks = PermissionClocks(
        usage_right=binding.ends_at if binding else None,
        hold=binding.hold_until if binding else None,
        authorization=row.ends_at,
        collaboration=row.collab_ends_at if row.kind == AuthorizationKind.AFFILIATE_MASS else None,
    )
    return paid_window(clocks, margin=margin)


class StopBy(NamedTuple):
    """When the ads of a permission must stop, and the clock that says so."""

    at: datetime
    ends_first: ClockName


def stop_by(row: HasClocks, window: PaidWindow | None) -> StopBy | None:
    """The end of the paid window, or when the authorization was lost if that came first; None without any end.

    window : what `window_of` says of the same row
    """
    if row.lost_at is not None and (window is None or row.lost_at < window.ends_at):
        return StopBy(row.lost_at, ClockName.AUTHORIZATION)
    return StopBy(window.ends_at, window.bound_by) if window else None


def gap_of(
    row: HasClocks, right: UsageRight | Right | None, *, is_right_good: bool, now: datetime
) -> Gap | None:
    """Where licence and permission do not fit; nothing can be amiss with the brand's own post."""
    if row.kind == AuthorizationKind.OWN:
        return None
    return rules.gap_between(
        right_ends_at=right.ends_at if right else None,
        is_right_good=is_right_good,
        state=State(row.state),
        authorization_ends_at=row.ends_at,
        now=now,
    )


def index(workspace: Workspace, rows: Iterable[Authorization], *, now: datetime) -> int:
    """Bring the lists' index up for these rows, so that no list waits for the sweep; returns how many changed."""
    found = list(rows)
    rights = agreements.rights_of_posts(
        workspace, [(row.post.creator_id, row.post.item_id) for row in found], now=now
    )
    margin = timedelta(hours=workspace.safety_margin_hours)
    changed = 0
    for row in found:
        right = rights.get((row.post.creator_id, row.post.item_id))
        is_good = not problems_of_right(agreements.as_rule(right), now=now)
        stop = stop_by(row, window_of(row, right, margin=margin))
        gap = gap_of(row, right, is_right_good=is_good, now=now)
        told = {
            "paid_until": stop.at if stop else None,
            "bound_by": stop.ends_first if stop else "",
            "gap": gap or "",
        }
        if any(getattr(row, name) != value for name, value in told.items()):
            Authorization.objects.filter(pk=row.pk).update(**told)
            for name, value in told.items():
                setattr(row, name, value)
            changed += 1
    return changed


def index_right(right: UsageRight, *, now: datetime) -> int:
    """A licence changed: the permissions it binds are indexed anew."""
    rows = Authorization.objects.filter(
        workspace=right.workspace, post__creator=right.creator_id
    ).select_related("post")
    if right.item_id:
        rows = rows.filter(post__item_id=right.item_id)
    return index(right.workspace, rows, now=now)
