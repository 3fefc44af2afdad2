"""Which clocks bind a permission, and where it does not fit the right: by its kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kindling.agreements.rights.rules import ClockName, PaidWindow, Right
from kindling.authorizations.lifecycle import windows
from kindling.authorizations.lifecycle.rules import Gap
from kindling.authorizations.lifecycle.windows import StopBy
from kindling.authorizations.models import Authorization, AuthorizationKind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, MARGIN = timedelta(days=1), timedelta(hours=24)
RIGHT = Right(True, NOON - DAY, NOON + 40 * DAY, NOON + 50 * DAY)


def permission(kind: str = "code", **changed: Any) -> Authorization:
    facts = {"state": "bound", "ends_at": NOON + 60 * DAY, "collab_ends_at": NOON + 20 * DAY}
    return Authorization(kind=kind, **{**facts, **changed})


def window(row: Authorization, right: Right | None = RIGHT) -> PaidWindow | None:
    return windows.window_of(row, right, margin=MARGIN)


class TestTheWindowOfAPermission:
    def test_is_bound_by_the_right(self) -> None:
        assert window(permission()) == PaidWindow(
            NOON + 39 * DAY, ClockName.USAGE_RIGHT, NOON + 40 * DAY
        )

    def test_is_bound_by_the_hold_of_the_right(self) -> None:
        right = Right(True, NOON - DAY, NOON + 40 * DAY, NOON + 30 * DAY)
        assert window(permission(), right) == PaidWindow(
            NOON + 29 * DAY, ClockName.HOLD, NOON + 30 * DAY
        )

    def test_is_bound_by_the_code(self) -> None:
        assert window(permission(ends_at=NOON + 10 * DAY)) == PaidWindow(
            NOON + 9 * DAY, ClockName.AUTHORIZATION, NOON + 10 * DAY
        )

    @pytest.mark.parametrize(
        ("kind", "bound_by"),
        [
            (AuthorizationKind.AFFILIATE_MASS, ClockName.COLLABORATION),
            (AuthorizationKind.CODE, ClockName.USAGE_RIGHT),
            (AuthorizationKind.TIKTOK_ONE, ClockName.USAGE_RIGHT),
            (AuthorizationKind.LINKED_ACCOUNT, ClockName.USAGE_RIGHT),
        ],
    )
    def test_ends_with_the_collaboration_only_for_an_affiliate_consent(
        self, kind: str, bound_by: ClockName
    ) -> None:
        found = window(permission(kind))
        assert found is not None
        assert found.bound_by is bound_by

    def test_of_the_brand_s_own_post_is_bound_by_no_right(self) -> None:
        found = window(permission(AuthorizationKind.OWN))
        assert found == PaidWindow(NOON + 59 * DAY, ClockName.AUTHORIZATION, NOON + 60 * DAY)
        assert window(permission(AuthorizationKind.OWN, ends_at=None)) is None

    def test_without_a_right_is_bound_by_the_clocks_that_run(self) -> None:
        found = window(permission(), None)
        assert found == PaidWindow(NOON + 59 * DAY, ClockName.AUTHORIZATION, NOON + 60 * DAY)
        assert window(permission(ends_at=None), None) is None


class TestTheStopByTimeOfAPermission:
    WINDOW = PaidWindow(NOON + 9 * DAY, ClockName.HOLD, NOON + 10 * DAY)

    def stop(self, lost_at: datetime | None, found: PaidWindow | None) -> StopBy | None:
        return windows.stop_by(permission(lost_at=lost_at), found)

    def test_is_the_end_of_its_paid_window(self) -> None:
        assert self.stop(None, self.WINDOW) == StopBy(NOON + 9 * DAY, ClockName.HOLD)
        assert self.stop(None, None) is None

    @pytest.mark.parametrize("found", [WINDOW, None])
    def test_of_a_lost_one_is_when_it_was_lost(self, found: PaidWindow | None) -> None:
        assert self.stop(NOON - DAY, found) == StopBy(NOON - DAY, ClockName.AUTHORIZATION)

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
    def test_of_one_lost_after_its_paid_window_is_still_that_window_s_end(
        self, late: timedelta
    ) -> None:
        found = self.stop(self.WINDOW.ends_at + late, self.WINDOW)
        assert found == StopBy(NOON + 9 * DAY, ClockName.HOLD)


class TestTheGapOfAPermission:
    def gap(self, row: Authorization, right: Right | None, *, good: bool) -> Gap | None:
        return windows.gap_of(row, right, is_right_good=good, now=NOON)

    def test_is_that_of_its_state_and_ends(self) -> None:
        assert self.gap(permission(), RIGHT, good=True) is None
        assert self.gap(permission(), None, good=False) is Gap.NO_RIGHT
        assert self.gap(permission(state="expired"), RIGHT, good=True) is Gap.NO_PERMISSION
        soon = permission(ends_at=NOON + 10 * DAY)
        assert self.gap(soon, RIGHT, good=True) is Gap.RIGHT_OUTLASTS
        ending = Right(True, NOON - DAY, NOON + 10 * DAY, None)
        assert self.gap(permission(), ending, good=True) is Gap.RIGHT_ENDS_FIRST

    @pytest.mark.parametrize("state", ["bound", "expired"])
    def test_is_never_there_for_the_brand_s_own_post(self, state: str) -> None:
        assert self.gap(permission(AuthorizationKind.OWN, state=state), None, good=False) is None
        assert self.gap(permission(AuthorizationKind.OWN, state=state), RIGHT, good=True) is None
