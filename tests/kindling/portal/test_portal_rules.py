"""What waits for a creator comes in the order in which it hurts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindling.portal.rules import Task, TaskKind, ordered

few = settings(max_examples=30)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
tasks = st.builds(
    Task,
    kind=st.sampled_from(TaskKind),
    pk=st.integers(1, 9),
    title=st.just("x"),
    due_at=st.none() | st.integers(-9, 9).map(lambda hours: NOON + timedelta(hours=hours)),
)


def task(kind: str = "draft", pk: int = 1, hours: float | None = None) -> Task:
    due_at = None if hours is None else NOON + timedelta(hours=hours)
    return Task(TaskKind(kind), pk, "Something", due_at)


def order(*given: Task) -> list[Task]:
    return [replace(each, is_late=False) for each in ordered(given, now=NOON)]


class TestATask:
    @pytest.mark.parametrize(("hours", "late"), [(-1, True), (0, False), (1, False), (None, False)])
    def test_is_late_once_its_day_has_passed(self, hours: float | None, late: bool) -> None:
        (found,) = ordered([task(hours=hours)], now=NOON)
        assert found == replace(task(hours=hours), is_late=late)

    def test_is_not_late_until_it_is_found_to_be(self) -> None:
        assert not task(hours=-1).is_late

    @pytest.mark.parametrize(
        ("state", "kind"),
        [("briefed", "draft"), ("changes_wanted", "changes"), ("approved", "post")],
    )
    def test_of_a_deliverable_is_what_its_state_asks_of_the_creator(
        self, state: str, kind: str
    ) -> None:
        assert TaskKind.of_deliverable(state).value == kind

    @pytest.mark.parametrize("state", ["draft_in", "brand_approved", "posted", "cancelled"])
    def test_is_none_where_it_is_not_the_creator_s_turn(self, state: str) -> None:
        with pytest.raises(KeyError):
            TaskKind.of_deliverable(state)


class TestTheOrder:
    def test_puts_what_is_late_first_the_longest_late_before_the_others(self) -> None:
        later, late, later_still = task(hours=-1), task(pk=2, hours=-5), task("renewal", 3, 1)
        assert order(later_still, later, late) == [late, later, later_still]

    def test_goes_by_the_day_and_leaves_what_has_none_to_the_end(self) -> None:
        soon, later, never = task(hours=1), task("renewal", 2, 2), task("renewal", 3)
        assert order(never, later, soon) == [soon, later, never]

    def test_goes_by_what_hangs_on_it_among_things_of_one_day(self) -> None:
        kinds = ["renewal", "extend", "ad", "code", "agreement", "changes", "post", "draft"]
        mixed = [task(kind) for kind in sorted(kinds)]
        assert [each.kind.value for each in order(*mixed)] == kinds

    def test_goes_by_number_among_things_alike(self) -> None:
        assert order(task(pk=3), task(pk=1), task(pk=2)) == [task(pk=1), task(pk=2), task(pk=3)]

    @few
    @given(given_tasks=st.lists(tasks, max_size=5), turn=st.integers(0, 4))
    def test_does_not_depend_on_how_they_came(self, given_tasks: list[Task], turn: int) -> None:
        mixed = given_tasks[turn:] + given_tasks[:turn]
        assert ordered(mixed, now=NOON) == ordered(given_tasks, now=NOON)
        assert ordered(mixed[::-1], now=NOON) == ordered(given_tasks, now=NOON)
