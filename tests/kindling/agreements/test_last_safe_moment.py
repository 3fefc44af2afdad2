"""The last safe moment to spend is the earliest clock less the margin, and names the clock that binds."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kindling.agreements.rights.rules import (
    ClockName,
    PermissionClocks,
    Right,
    RightProblem,
    paid_window,
    problems_of_right,
    uncovered_locations,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLOCKS = [each.name for each in fields(PermissionClocks)]
NAMES = dict(zip(CLOCKS, ClockName, strict=True))
moments = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2028, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    timezones=st.just(UTC),
)
some_clocks = st.fixed_dictionaries({name: st.none() | moments for name in CLOCKS})
margins = st.timedeltas(timedelta(0), timedelta(days=30))


class TestThePaidWindow:
    @given(clocks=some_clocks, margin=margins)
    def test_ends_at_the_earliest_clock_less_the_margin(
        self, clocks: dict[str, datetime | None], margin: timedelta
    ) -> None:
        running = [end for end in clocks.values() if end is not None]
        assume(running)
        window = paid_window(PermissionClocks(**clocks), margin=margin)
        assert window is not None
        assert window.ends_at == min(running) - margin
        assert window.clock_ends_at == min(running)

    @given(clocks=some_clocks, margin=margins)
    def test_names_a_clock_that_ends_first(
        self, clocks: dict[str, datetime | None], margin: timedelta
    ) -> None:
        window = paid_window(PermissionClocks(**clocks), margin=margin)
        assume(window is not None)
        assert window is not None
        ends = {NAMES[name]: end for name, end in clocks.items()}
        assert ends[window.bound_by] == window.clock_ends_at

    @given(clocks=some_clocks, margin=margins, moment=moments)
    def test_is_open_only_before_its_end_so_never_after_any_clock(
        self, clocks: dict[str, datetime | None], margin: timedelta, moment: datetime
    ) -> None:
        window = paid_window(PermissionClocks(**clocks), margin=margin)
        assume(window is not None)
        assert window is not None
        if window.is_open(moment):
            assert all(end is None or moment + margin < end for end in clocks.values())

    @given(clocks=some_clocks, margin=margins, name=st.sampled_from(CLOCKS), sooner=moments)
    def test_never_grows_by_one_more_clock(
        self, clocks: dict[str, datetime | None], margin: timedelta, name: str, sooner: datetime
    ) -> None:
        without = paid_window(PermissionClocks(**{**clocks, name: None}), margin=margin)
        with_it = paid_window(PermissionClocks(**{**clocks, name: sooner}), margin=margin)
        assert with_it is not None
        assert without is None or with_it.ends_at <= without.ends_at

    def test_is_not_there_without_any_clock(self) -> None:
        assert paid_window(PermissionClocks(), margin=timedelta(hours=24)) is None

    def test_refuses_a_margin_that_would_allow_spend_after_the_end(self) -> None:
        with pytest.raises(ValueError, match="cannot be negative"):
            paid_window(PermissionClocks(hold=NOON), margin=timedelta(seconds=-1))


def right(**changed: object) -> Right:
    facts: dict[str, object] = {
        "paid_allowed": True,
        "starts_at": NOON - timedelta(days=1),
        "ends_at": NOON + timedelta(days=60),
        "hold_until": NOON + timedelta(days=90),
    }
    return Right(**{**facts, **changed})  # type: ignore[arg-type]


class TestAUsageRight:
    def test_covers_paid_use_when_nothing_speaks_against_it(self) -> None:
        assert problems_of_right(right(), now=NOON) == []

    def test_is_missed_when_none_is_on_record(self) -> None:
        assert problems_of_right(None, now=NOON) == [RightProblem.MISSING]

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"paid_allowed": False}, RightProblem.NOT_PAID),
            ({"starts_at": NOON + timedelta(seconds=1)}, RightProblem.NOT_STARTED),
            ({"ends_at": NOON}, RightProblem.ENDED),
            ({"hold_until": None}, RightProblem.NO_HOLD),
            ({"hold_until": NOON}, RightProblem.HOLD_ENDED),
        ],
    )
    def test_says_what_speaks_against_it(
        self, changed: dict[str, object], problem: RightProblem
    ) -> None:
        assert problems_of_right(right(**changed), now=NOON) == [problem]

    def test_without_territory_covers_every_place(self) -> None:
        assert uncovered_locations((), ("US", "DE")) == []

    def test_names_the_places_it_does_not_cover(self) -> None:
        assert uncovered_locations(("US", "CA"), ("US", "FR", "DE")) == ["DE", "FR"]
