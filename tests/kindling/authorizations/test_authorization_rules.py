"""The life cycle of a permission, and what may be said about a code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kindling
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.lifecycle.gap_wording import GAPS
from kindling.authorizations.lifecycle.rules import (
    LOST,
    TRANSITIONS,
    UNAVAILABLE,
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
    state_of_consent,
)
from kindling.errors import ConflictError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE = "#1Ea2bcde3fUM/x+yL4m="


PLATFORM_CAN_SAY = {
    "bound", "in_use", "expiring", "renewal_requested", "extended",
    "expired", "revoked", "post_unavailable", "identity_blocked", "collab_ended",
}  # fmt: skip
EVERY_STATE = PLATFORM_CAN_SAY | {
    "not_requested", "requested", "received", "invalid", "verified", "released",
}  # fmt: skip
# Domain reference §3: what a state may be left for. Platform facts beat typed ones (invariant c).
LEADS_TO = {
    **dict.fromkeys(["not_requested", "requested", "received", "invalid", "verified"], EVERY_STATE),
    **dict.fromkeys(
        ["bound", "in_use", "expiring", "renewal_requested", "extended"],
        PLATFORM_CAN_SAY | {"released"},
    ),
    **dict.fromkeys(
        ["expired", "revoked", "post_unavailable", "identity_blocked", "collab_ended"],
        PLATFORM_CAN_SAY | {"released", "received", "verified", "requested"},
    ),
    "released": {"received", "verified", "bound", "requested"},
}


class TestTheLifeCycle:
    @pytest.mark.parametrize("current", sorted(EVERY_STATE))
    def test_leads_from_a_state_only_where_the_domain_says(self, current: str) -> None:
        assert {state.value for state in TRANSITIONS[State(current)]} == LEADS_TO[current]

    def test_lets_a_state_be_told_again(self) -> None:
        check_transition(State.RELEASED, State.RELEASED)

    def test_names_the_step_that_it_does_not_have(self) -> None:
        with pytest.raises(ConflictError, match="cannot change from bound to requested"):
            check_transition(State.BOUND, State.REQUESTED)

    def test_knows_which_states_ads_may_run_in_and_which_are_lost(self) -> None:
        assert {each.value for each in USABLE} == {
            "bound", "in_use", "expiring", "renewal_requested", "extended",
        }  # fmt: skip
        assert {each.value for each in LOST} == {
            "expired", "revoked", "post_unavailable", "identity_blocked", "collab_ended",
        }  # fmt: skip
        assert {each.value for each in rules.OPEN} == {"not_requested", "requested"}

    def test_knows_which_states_wait_for_a_code_whatever_the_one_before_has_come_to(self) -> None:
        assert {each.value for each in rules.AWAITING_CODE} == {
            "not_requested", "requested", "received", "invalid", "verified",
        }  # fmt: skip


class TestMoves:
    @pytest.mark.parametrize(("current", "wanted"), list(product(State, State)))
    def test_are_those_of_the_life_cycle_and_no_others(self, current: State, wanted: State) -> None:
        if wanted is current or wanted in TRANSITIONS[current]:
            check_transition(current, wanted)
        else:
            with pytest.raises(ConflictError, match="cannot change"):
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
    item_status=st.sampled_from(["HESITATE_RECOMMEND", "REVIEW_PENDING", *sorted(UNAVAILABLE)]),
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
            assert reading.item_status not in UNAVAILABLE
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
            ({"item_status": "ONLY_AUTHOR_SEE"}, State.POST_UNAVAILABLE),
            ({"item_status": "ONLY_FRIEND_SEE", "has_running_ads": True}, State.POST_UNAVAILABLE),
            ({"item_status": "NOT_LISTED"}, State.POST_UNAVAILABLE),
            ({"item_status": "NOT_LISTED", "listed": False}, State.POST_UNAVAILABLE),
            ({"item_status": "ONLY_AUTHOR_SEE", "listed": False}, State.REVOKED),
            ({"item_status": "ONLY_AUTHOR_SEE", "auth_status": "CANCELLED"}, State.REVOKED),
            ({"item_status": "ONLY_AUTHOR_SEE", "ends_at": NOW}, State.EXPIRED),
            ({"item_status": "USER_DELETE", "listed": False}, State.POST_UNAVAILABLE),
            ({"item_status": "REVIEW_PENDING"}, State.BOUND),
            ({"ends_at": NOW + timedelta(seconds=1)}, State.EXPIRING),
            ({"ends_at": NOW + timedelta(days=14, seconds=1)}, State.BOUND),
            ({"ends_at": None}, State.BOUND),
            ({"ends_at": None, "has_running_ads": True}, State.IN_USE),
            ({"auth_status": "CANCELLED", "ends_at": None}, State.REVOKED),
            ({"listed": False, "ends_at": NOW}, State.EXPIRED),
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

    @pytest.mark.parametrize(
        ("current", "item_status", "is_over", "state"),
        [
            (State.BOUND, "HESITATE_RECOMMEND", False, State.BOUND),
            (State.IN_USE, "HESITATE_RECOMMEND", False, State.IN_USE),
            (State.IN_USE, "NOT_SEEN", False, State.IN_USE),
            (State.IN_USE, "NOT_LISTED", False, State.POST_UNAVAILABLE),
            (State.IN_USE, "USER_DELETE", True, State.POST_UNAVAILABLE),
            (State.IN_USE, "HESITATE_RECOMMEND", True, State.COLLAB_ENDED),
            (State.POST_UNAVAILABLE, "NOT_LISTED", False, State.POST_UNAVAILABLE),
            (State.POST_UNAVAILABLE, "HESITATE_RECOMMEND", False, State.BOUND),
            (State.POST_UNAVAILABLE, "HESITATE_RECOMMEND", True, State.COLLAB_ENDED),
        ],
    )
    def test_of_a_consents_post_takes_it_away_and_brings_it_back(
        self, current: State, item_status: str, is_over: bool, state: State
    ) -> None:
        found = state_of_consent(current, item_status=item_status, is_over=is_over)
        assert found is state

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


class TestAPermissionThatStands:
    """It is TikTok's word alone, whatever has become of the post."""

    @pytest.mark.parametrize(
        ("changed", "stands"),
        [
            ({}, True),
            ({"ends_at": None}, True),
            ({"ends_at": NOW + timedelta(seconds=1)}, True),
            ({"ends_at": NOW}, False),
            ({"listed": False}, False),
            ({"listed": False, "has_running_ads": True}, False),
            ({"auth_status": "EXPIRED"}, False),
            ({"auth_status": ""}, False),
            ({"item_status": "USER_DELETE"}, True),
        ],
    )
    def test_is_listed_authorized_and_not_over(
        self, changed: dict[str, object], stands: bool
    ) -> None:
        facts: dict[str, object] = {
            "listed": True,
            "auth_status": "AUTHORIZED",
            "item_status": "HESITATE_RECOMMEND",
            "ends_at": NOW + timedelta(days=30),
            "has_running_ads": False,
        }
        reading = PlatformReading(**{**facts, **changed})  # type: ignore[arg-type]
        assert rules.gives_permission(reading, now=NOW) is stands


class TestTheLead:
    def test_is_fourteen_days_unless_another_is_asked_for(self) -> None:
        reading = PlatformReading(
            True, "AUTHORIZED", "HESITATE_RECOMMEND", NOW + timedelta(days=20), False
        )
        assert state_from(reading, current=State.BOUND, now=NOW) is State.BOUND
        lead = timedelta(days=20)
        assert state_from(reading, current=State.BOUND, now=NOW, lead=lead) is State.EXPIRING


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

    @pytest.mark.parametrize("code", ["#" + "a" * 16, "a" * 16, "#ABCdef0123456789+/=_-"])
    def test_has_sixteen_characters_or_more(self, code: str) -> None:
        assert clean_code(code) == code

    @pytest.mark.parametrize(
        "pasted", ["#" + "a" * 15, "", "#", "#" + "a" * 15 + "!", "##" + "a" * 16]
    )
    def test_that_is_none_is_refused_with_what_to_copy(self, pasted: str) -> None:
        with pytest.raises(ValueError, match=r"not a video code\. Copy the whole code"):
            clean_code(pasted)

    def test_is_masked_to_its_last_four_characters_before_the_padding(self) -> None:
        assert mask("#1Ea2bcde3fUMx+yL4m==") == "•••yL4m"

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
        assert f"post {'2' * 19}, not to {'1' * 19}" in found.message
        assert "right post" in found.next_step
        assert found.actor is rules.Owner.CREATOR

    def test_names_the_creator_that_the_code_is_of(self) -> None:
        found = mismatch(expected_handle="ana", expected_item_id="", handle="ben", item_id="1" * 19)
        assert found is not None
        assert "@ben, not to @ana" in found.message
        assert "right creator" in found.next_step
        assert found.actor is rules.Owner.CREATOR

    def test_is_none_where_it_is_what_was_expected(self) -> None:
        item = "1" * 19
        fits = mismatch(expected_handle="ana", expected_item_id=item, handle="ana", item_id=item)
        assert fits is None

    def test_is_none_where_nothing_else_was_expected(self) -> None:
        fits = mismatch(expected_handle="", expected_item_id="", handle="ana", item_id="1" * 19)
        assert fits is None


class TestWhatToDoAboutAState:
    @pytest.mark.parametrize(
        ("state", "actor", "message", "step"),
        [
            ("expired", "creator", "has ended", "extend"),
            ("revoked", "team", "withdrew", "agreement"),
            ("post_unavailable", "team", "deleted, private, hidden", "replacement or refund"),
            ("identity_blocked", "team", "account", "owner"),
            ("collab_ended", "team", "collaboration", "Ask for a video code"),
            ("requested", "creator", "was asked", "1, 3 and 7 days"),
            ("invalid", "creator", "does not work", "ask for a new code"),
            ("expiring", "creator", "ends soon", "extend"),
            ("renewal_requested", "creator", "renewal", "Remind"),
        ],
    )
    def test_is_said_with_who_must_act(
        self, state: str, actor: str, message: str, step: str
    ) -> None:
        found = diagnose_reading(State(state))
        assert found is not None
        assert found.actor.value == actor
        assert message in found.message
        assert step in found.next_step

    def test_is_up_to_the_creator_the_team_or_the_system(self) -> None:
        assert [each.value for each in rules.Owner] == ["creator", "team", "system"]

    @pytest.mark.parametrize(
        "state",
        ["not_requested", "received", "verified", "bound", "in_use", "extended", "released"],
    )
    def test_is_nothing_where_nothing_is_wrong(self, state: str) -> None:
        assert diagnose_reading(State(state)) is None


class TestGrantedDays:
    @pytest.mark.parametrize(
        ("window", "days"),
        [
            (timedelta(days=30) - timedelta(seconds=1), 30),  # as TikTok gives them
            (timedelta(days=30), 30),
            (timedelta(days=30, seconds=1), 31),
            (timedelta(0), 0),
            (timedelta(days=-2), 0),
        ],
    )
    def test_are_rounded_up_and_never_below_none(self, window: timedelta, days: int) -> None:
        assert rules.granted_days(NOW, NOW + window) == days


class TestHowOftenToLook:
    """R27 and §3: daily; every 6 hours while in use or near the end; on the last day every hour."""

    @pytest.mark.parametrize(
        ("state", "left", "every"),
        [
            ("bound", timedelta(days=30), timedelta(hours=24)),
            ("bound", None, timedelta(hours=24)),
            ("verified", None, timedelta(hours=24)),
            ("extended", timedelta(days=30), timedelta(hours=24)),
            ("in_use", timedelta(days=30), timedelta(hours=6)),
            ("in_use", None, timedelta(hours=6)),
            ("expiring", timedelta(days=10), timedelta(hours=6)),
            ("renewal_requested", timedelta(days=10), timedelta(hours=6)),
            ("expiring", timedelta(days=1, seconds=1), timedelta(hours=6)),
            ("expiring", timedelta(days=1), timedelta(hours=1)),
            ("bound", timedelta(seconds=1), timedelta(hours=1)),
            ("in_use", timedelta(hours=-1), timedelta(hours=1)),
            ("expired", timedelta(hours=-1), timedelta(hours=24)),
            ("revoked", timedelta(hours=1), timedelta(hours=24)),
        ],
    )
    def test_is_told_by_the_state_and_the_days_left(
        self, state: str, left: timedelta | None, every: timedelta
    ) -> None:
        ends_at = None if left is None else NOW + left
        assert poll_every(state=State(state), ends_at=ends_at, now=NOW) == every

    def test_is_counted_from_the_last_reading(self) -> None:
        read_at = NOW - timedelta(hours=2)
        due = rules.next_poll_at(state=State.IN_USE, ends_at=None, read_at=read_at, now=NOW)
        assert due == NOW + timedelta(hours=4)

    @pytest.mark.parametrize(
        "state", ["not_requested", "requested", "received", "invalid", "released"]
    )
    def test_is_never_where_tiktok_has_nothing_to_say_yet(self, state: str) -> None:
        due = rules.next_poll_at(state=State(state), ends_at=NOW, read_at=NOW, now=NOW)
        assert due is None

    @pytest.mark.parametrize("state", ["verified", "bound", "expired", "revoked"])
    def test_is_some_time_for_every_other_state(self, state: str) -> None:
        due = rules.next_poll_at(state=State(state), ends_at=None, read_at=NOW, now=NOW)
        assert due == NOW + timedelta(hours=24)


class TestAReminder:
    """§3: an unanswered request is reminded of after 1, 3 and 7 days, then no more."""

    @pytest.mark.parametrize(("reminders", "days"), [(0, 1), (1, 3), (2, 7)])
    def test_is_due_from_its_day_on(self, reminders: int, days: int) -> None:
        def due(asked_at: datetime) -> bool:
            return rules.reminder_due(asked_at=asked_at, reminders=reminders, now=NOW)

        assert due(NOW - timedelta(days=days))
        assert not due(NOW - timedelta(days=days) + timedelta(seconds=1))

    @pytest.mark.parametrize("reminders", [3, 4])
    def test_is_not_due_after_the_third(self, reminders: int) -> None:
        asked_at = NOW - timedelta(days=365)
        assert not rules.reminder_due(asked_at=asked_at, reminders=reminders, now=NOW)


class TestTheLeadOfAnEnd:
    """§3: lead times of 14, 7, 3 and 1 days."""

    @pytest.mark.parametrize(
        ("left", "reminded", "due"),
        [
            (timedelta(days=14, seconds=1), (), None),
            (timedelta(days=14), (), 14),
            (timedelta(days=7, seconds=1), (), 14),
            (timedelta(days=7), (), 7),
            (timedelta(days=3), (), 3),
            (timedelta(days=1), (), 1),
            (timedelta(seconds=1), (), 1),
            (timedelta(0), (), None),
            (timedelta(days=-1), (), None),
            (timedelta(days=7), (14,), 7),
            (timedelta(days=7), (14, 7), None),
            (timedelta(days=10), (14,), None),
            (timedelta(days=20), (14, 7), None),  # extended after its reminders
            (timedelta(days=10), (3,), None),  # its end moved back: the nearer one was told already
        ],
    )
    def test_is_told_once_and_the_nearest_only(
        self, left: timedelta, reminded: tuple[int, ...], due: int | None
    ) -> None:
        assert rules.lead_due(ends_at=NOW + left, reminded=reminded, now=NOW) == due


class TestARenewal:
    @pytest.mark.parametrize(
        ("moved", "covers"),
        [
            (timedelta(days=30), True),
            (timedelta(days=29), True),  # windows are a second short of the day: a day's slack
            (timedelta(days=29) - timedelta(seconds=1), False),
            (timedelta(days=60), True),
            (timedelta(0), False),
        ],
    )
    def test_covers_the_days_asked_for_within_a_day(self, moved: timedelta, covers: bool) -> None:
        assert rules.covers_renewal(before=NOW, after=NOW + moved, days=30) is covers

    @pytest.mark.parametrize(
        ("waited", "stuck"),
        [(timedelta(hours=24), True), (timedelta(hours=24) - timedelta(seconds=1), False)],
    )
    def test_that_was_accepted_is_stuck_after_24_hours(
        self, waited: timedelta, stuck: bool
    ) -> None:
        assert rules.is_stuck(accepted_at=NOW - waited, now=NOW) is stuck


def gap(**changed: object) -> str | None:
    """The gap's name for a right and a code that both end in thirty days, but for `changed`."""
    facts: dict[str, object] = {
        "right_ends_at": NOW + timedelta(days=30),
        "is_right_good": True,
        "state": State.BOUND,
        "authorization_ends_at": NOW + timedelta(days=30),
        "now": NOW,
    }
    found = rules.gap_between(**{**facts, **changed})  # type: ignore[arg-type]
    return found.name if found else None


def ends(right: timedelta, code: timedelta) -> dict[str, object]:
    return {"right_ends_at": NOW + right, "authorization_ends_at": NOW + code}


class TestTheGapBetweenRightAndCode:
    def test_is_none_when_both_end_together(self) -> None:
        assert gap() is None

    @pytest.mark.parametrize("state", sorted(USABLE))
    def test_forbids_a_launch_where_only_tiktok_allows_it(self, state: State) -> None:
        assert gap(state=state, is_right_good=False, right_ends_at=None) == "NO_RIGHT"

    @pytest.mark.parametrize("state", [None, *sorted(LOST), State.NOT_REQUESTED, State.RECEIVED])
    def test_asks_for_a_code_where_only_the_right_is_there(self, state: State | None) -> None:
        assert gap(state=state) == "NO_PERMISSION"

    def test_waits_where_the_code_was_asked_for(self) -> None:
        assert gap(state=State.REQUESTED) is None

    @pytest.mark.parametrize("state", [None, State.EXPIRED])
    def test_is_none_where_neither_is_there(self, state: State | None) -> None:
        assert gap(state=state, is_right_good=False) is None

    @pytest.mark.parametrize("changed", [{"right_ends_at": None}, {"authorization_ends_at": None}])
    def test_is_none_where_one_of_them_has_no_end(self, changed: dict[str, object]) -> None:
        assert gap(**changed) is None

    @pytest.mark.parametrize(
        ("right", "code", "found"),
        [
            # a right that outlasts the code matters once the code ends within its lead of 14 days
            (timedelta(days=15, seconds=1), timedelta(days=14), "RIGHT_OUTLASTS"),
            (timedelta(days=15), timedelta(days=14), None),  # a day apart counts as equal
            (timedelta(days=40), timedelta(days=14), "RIGHT_OUTLASTS"),
            (timedelta(days=40), timedelta(days=14, seconds=1), None),
            # and a code that outlasts the right once the right ends within it
            (timedelta(days=14), timedelta(days=15, seconds=1), "RIGHT_ENDS_FIRST"),
            (timedelta(days=14), timedelta(days=15), None),
            (timedelta(days=14), timedelta(days=40), "RIGHT_ENDS_FIRST"),
            (timedelta(days=14, seconds=1), timedelta(days=40), None),
        ],
    )
    def test_is_the_end_that_comes_first_by_more_than_a_day_and_soon(
        self, right: timedelta, code: timedelta, found: str | None
    ) -> None:
        assert gap(**ends(right, code)) == found

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("NO_PERMISSION", "ask for the video code"),
            ("NO_RIGHT", "do not launch"),
            ("RIGHT_OUTLASTS", "ask for an extension"),
            ("RIGHT_ENDS_FIRST", "extend the agreement"),
        ],
    )
    def test_says_what_to_do(self, name: str, words: str) -> None:
        assert words in GAPS[rules.Gap[name]]


class TestAPermissionThatIsEnding:
    @pytest.mark.parametrize("state", sorted(LOST))
    def test_was_lost_whenever_that_was(self, state: State) -> None:
        for paid_until in (None, NOW - timedelta(days=1), NOW + timedelta(days=1)):
            assert rules.is_ending(state, paid_until, before=NOW) is True

    @pytest.mark.parametrize("state", sorted(USABLE))
    def test_or_must_stop_being_paid_for_before_that_moment(self, state: State) -> None:
        assert rules.is_ending(state, NOW - timedelta(seconds=1), before=NOW) is True
        assert rules.is_ending(state, NOW, before=NOW) is False
        assert rules.is_ending(state, NOW + timedelta(days=1), before=NOW) is False
        assert rules.is_ending(state, None, before=NOW) is False

    @pytest.mark.parametrize("state", sorted(set(State) - LOST - USABLE))
    def test_is_none_that_was_never_there_or_was_let_go(self, state: State) -> None:
        assert rules.is_ending(state, NOW - timedelta(days=1), before=NOW) is False


class TestSpendAtRisk:
    @given(days=st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
    def test_is_the_mean_rounded_half_up(self, days: list[int]) -> None:
        per_day = spend_at_risk(days).per_day_minor
        assert -1 < 2 * (per_day * len(days) - sum(days)) / len(days) <= 1

    @pytest.mark.parametrize(
        ("days", "per_day"), [([1, 2], 2), ([1, 1, 2], 1), ([100], 100), ([10, 20, 31], 20)]
    )
    def test_is_told_with_the_days_it_was_measured_over(
        self, days: list[int], per_day: int
    ) -> None:
        assert spend_at_risk(days) == rules.SpendAtRisk(per_day, len(days))

    def test_is_nothing_where_nothing_was_measured(self) -> None:
        assert spend_at_risk([]) == rules.SpendAtRisk(0, 0)


class TestAState:
    def test_that_wants_somebody_or_may_run_has_a_chip_of_its_own(self) -> None:
        css = (Path(kindling.__file__).parent / "static/css/areas.css").read_text()
        plain = {State.NOT_REQUESTED, State.RELEASED}  # nothing is wrong, and nothing runs
        assert [state for state in State if f".chip.is-{state}," not in css] == sorted(
            plain, key=list(State).index
        )
