"""Who may do what, and when spend takes a second person. Roles: domain reference §8; four eyes: R60."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.workspaces.rules import EVERYBODY, Action, may, needs_second_person

EVERY_MEMBER = {"SEE", "EXPORT"}
# Jobs of domain reference §8. What is not named for a role it may not do.
MAY = {
    "creator_manager": {
        "MANAGE_CREATORS", "WRITE_NOTES", "REACH_OUT", "MANAGE_AGREEMENTS", "MANAGE_BRIEFS",
        "HAND_IN", "DECIDE_BRAND", "TAKE_CODES", "MOVE_LANES", "PAUSE", "ANSWER_COMMENTS",
    },
    "reviewer": {"WRITE_NOTES", "MANAGE_BRIEFS", "HAND_IN", "DECIDE_BRAND", "MOVE_LANES"},
    "legal": {"WRITE_NOTES", "MANAGE_AGREEMENTS", "DECIDE_LEGAL", "MOVE_LANES"},
    "media_buyer": {
        "WRITE_NOTES", "TAKE_CODES", "MOVE_LANES", "PLAN", "APPROVE_SPEND", "APPLY", "PAUSE",
        "IMPORT_ORDERS", "READ_CALLS", "CHECK_PAGES",
    },
    "community": {"WRITE_NOTES", "PAUSE", "ANSWER_COMMENTS"},
    "finance": {
        "WRITE_NOTES", "SETTLE", "APPROVE_SPEND", "IMPORT_ORDERS", "IMPORT_PRODUCTS", "CHECK_PAGES",
    },
    "viewer": set(),
}  # fmt: skip


class TestARole:
    @pytest.mark.parametrize("role", MAY)
    def test_may_do_its_jobs_and_nothing_else(self, role: str) -> None:
        allowed = {action.name for action in Action if may(role, action)}
        assert allowed == MAY[role] | EVERY_MEMBER

    def test_of_the_owner_may_do_everything(self) -> None:
        assert all(may("owner", action) for action in Action)

    @pytest.mark.parametrize("role", ["", "intern", "Owner"])
    def test_that_is_unknown_may_do_nothing(self, role: str) -> None:
        assert not any(may(role, action) for action in Action)

    def test_is_one_of_eight(self) -> None:
        assert {"owner", *MAY} == EVERYBODY

    def test_s_actions_have_names_of_their_own(self) -> None:
        names = {action.value for action in Action}
        assert len(names) == len(Action) == 23
        assert all(names)


class TestTheFourEyesRule:
    @pytest.mark.parametrize(
        ("budget", "limit", "needed"),
        [(10_000, 10_000, False), (10_001, 10_000, True), (0, 0, False), (1, 0, True)],
    )
    def test_takes_a_second_person_above_the_limit(
        self, budget: int, limit: int, needed: bool
    ) -> None:
        found = needs_second_person(
            daily_budget_minor=budget, limit_minor=limit, is_in_books_currency=True
        )
        assert found is needed

    @given(budget=st.integers(0, 10**12), limit=st.integers(0, 10**12))
    def test_always_takes_one_in_a_currency_that_the_limit_cannot_be_compared_with(
        self, budget: int, limit: int
    ) -> None:
        assert needs_second_person(
            daily_budget_minor=budget, limit_minor=limit, is_in_books_currency=False
        )
