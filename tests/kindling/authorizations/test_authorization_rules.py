"""The life cycle of a permission, and what may be said about a code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.authorizations.lifecycle import rules
from kindling.authorizations.lifecycle.rules import (
    GONE,
    LOST,
    TRANSITIONS,
    USABLE,
    PlatformReading,
    State,
    check_transition,
    clean_code,
    diagnose_reading,
    mask,
    mismatch,
    poll_every,
    spend_at_risk,
    state_from,
)
from kindling.errors import ConflictError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE = "#1Ea2bcde3fUM/x+yL4m="


class TestMoves:
    @pytest.mark.parametrize(("current", "wanted"), list(product(State, State)))
    def test_are_those_of_the_life_cycle_and_no_others(self, current: State, wanted: State) -> None:
        if wanted is current or wanted in TRANSITIONS[current]:
            check_transition(current, wanted)
        else:
            with pytest.raises(ConflictError, match="cannot go"):
                check_transition(current, wanted)

    @pytest.mark.parametrize("usable", sorted(USABLE))
    def test_never_lead_from_a_standing_permission_back_to_a_mere_request(
        self, usable: State
    ) -> None:
        assert not TRANSITIONS[usable] & rules.OPEN

    @pytest.mark.parametrize("usable", sorted(USABLE))
    def test_let_the_platform_take_a_permission_away_at_any_time(self, usable: State) -> None:
        assert TRANSITIONS[usable] >= LOST

    @pytest.mark.parametrize("lost", sorted(LOST))
    def test_let_a_lost_permission_come_back(self, lost: State) -> None:
        assert TRANSITIONS[lost] >= USABLE

    def test_let_a_released_permission_come_back_only_by_a_code(self) -> None:
        assert not TRANSITIONS[State.RELEASED] & (USABLE - {State.BOUND})


readings = st.builds(
    PlatformReading,
    listed=st.booleans(),
    auth_status=st.sampled_from(["AUTHORIZED", "EXPIRED", "CANCELLED", ""]),
    item_status=st.sampled_from(["HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE", *sorted(GONE)]),
    ends_at=st.none()
    | st.timedeltas(timedelta(days=-40), timedelta(days=40)).map(lambda left: NOW + left),
    has_running_ads=st.booleans(),
)


class TestAReading:
    @given(reading=readings, current=st.sampled_from(sorted(USABLE | LOST)))
    def test_leads_to_a_state_that_the_life_cycle_allows(
        self, reading: PlatformReading, current: State
    ) -> None:
        check_transition(current, state_from(reading, current=current, now=NOW))

    @given(reading=readings, current=st.sampled_from(sorted(USABLE | LOST)))
    def test_is_usable_only_while_tiktok_vouches_for_it(
        self, reading: PlatformReading, current: State
    ) -> None:
        if state_from(reading, current=current, now=NOW) in USABLE:
            assert reading.listed
            assert reading.auth_status == "AUTHORIZED"
            assert reading.item_status not in GONE
            assert reading.ends_at is None or reading.ends_at > NOW

    @pytest.mark.parametrize(
        ("changed", "state"),
        [
            ({}, State.BOUND),
            ({"has_running_ads": True}, State.IN_USE),
            ({"ends_at": NOW + timedelta(days=14)}, State.EXPIRING),
            ({"ends_at": NOW}, State.EXPIRED),
            ({"auth_status": "EXPIRED", "ends_at": None}, State.EXPIRED),
            ({"auth_status": "EXPIRED"}, State.REVOKED),
            ({"auth_status": "CANCELLED"}, State.REVOKED),
            ({"listed": False, "auth_status": ""}, State.REVOKED),
            ({"item_status": "USER_DELETE"}, State.POST_UNAVAILABLE),
            ({"item_status": "AUDIT_DELETE", "ends_at": NOW}, State.POST_UNAVAILABLE),
        ],
    )
    def test_is_turned_into_the_state_it_shows(
        self, changed: dict[str, object], state: State
    ) -> None:
        facts: dict[str, object] = {
            "listed": True,
            "auth_status": "AUTHORIZED",
            "item_status": "HESITATE_RECOMMEND",
            "ends_at": NOW + timedelta(days=30),
            "has_running_ads": False,
        }
        reading = PlatformReading(**{**facts, **changed})  # type: ignore[arg-type]
        assert state_from(reading, current=State.BOUND, now=NOW) is state

    def test_keeps_a_renewal_that_was_asked_for_until_the_end_moves(self) -> None:
        def after(days: int) -> State:
            reading = PlatformReading(
                listed=True,
                auth_status="AUTHORIZED",
                item_status="HESITATE_RECOMMEND",
                ends_at=NOW + timedelta(days=days),
                has_running_ads=True,
            )
            return state_from(reading, current=State.RENEWAL_REQUESTED, now=NOW)

        assert after(5) is State.RENEWAL_REQUESTED
        assert after(35) is State.IN_USE

    @pytest.mark.parametrize("state", sorted(LOST | {State.EXPIRING, State.RENEWAL_REQUESTED}))
    def test_that_wants_somebody_says_who_does_what(self, state: State) -> None:
        diagnosis = diagnose_reading(state)
        assert diagnosis is not None
        assert diagnosis.message.endswith(".")
        assert diagnosis.next_step.endswith(".")


class TestACode:
    @pytest.mark.parametrize(
        "pasted",
        [CODE, f"  {CODE}\n", f'"{CODE}"', f"“{CODE}”", f"{CODE},", "#1Ea2bcde3fUM/ x+yL4m=\u200b"],
    )
    def test_is_freed_of_what_pasting_adds(self, pasted: str) -> None:
        assert clean_code(pasted) == CODE

    @given(junk=st.text(min_size=4, max_size=60))
    def test_is_never_repeated_by_the_message_that_refuses_it(self, junk: str) -> None:
        pasted = f"SECRET-{junk}!"
        with pytest.raises(ValueError, match="Copy") as refusal:
            clean_code(pasted)
        assert "SECRET" not in str(refusal.value)

    def test_that_was_url_encoded_is_named_as_such(self) -> None:
        with pytest.raises(ValueError, match="URL-encoded"):
            clean_code("%231Ea2bcde3fUM%2Fx%2ByL4m%3D")

    @given(code=st.from_regex(rules.CODE, fullmatch=True))
    def test_shows_four_characters_at_most(self, code: str) -> None:
        shown = mask(code)
        assert shown.startswith("•••")
        assert len(shown) <= 7
        assert code not in shown


class TestAMismatch:
    def test_names_the_post_that_the_code_is_for(self) -> None:
        found = mismatch(
            expected_handle="", expected_item_id="1" * 19, handle="a", item_id="2" * 19
        )
        assert found is not None
        assert "2" * 19 in found.message

    def test_names_the_creator_that_the_code_is_of(self) -> None:
        found = mismatch(expected_handle="ana", expected_item_id="", handle="ben", item_id="1" * 19)
        assert found is not None
        assert "@ben" in found.message

    def test_is_none_where_nothing_else_was_expected(self) -> None:
        fits = mismatch(expected_handle="", expected_item_id="", handle="ana", item_id="1" * 19)
        assert fits is None


class TestHowOftenToLook:
    def test_grows_denser_towards_the_end(self) -> None:
        def every(days: float) -> timedelta:
            return poll_every(state=State.EXPIRING, ends_at=NOW + timedelta(days=days), now=NOW)

        assert every(10) > every(0.5)
        assert poll_every(state=State.BOUND, ends_at=None, now=NOW) > every(10)


class TestSpendAtRisk:
    @given(days=st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
    def test_is_the_mean_rounded_half_up(self, days: list[int]) -> None:
        per_day = spend_at_risk(days).per_day_minor
        assert -1 < 2 * (per_day * len(days) - sum(days)) / len(days) <= 1

    def test_is_nothing_where_nothing_was_measured(self) -> None:
        assert spend_at_risk([]).days_measured == 0
