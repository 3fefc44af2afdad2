"""The clocks of a permission, the term of a right, and what may become of agreements, fees and samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kindling.agreements.contract import rules as contract_rules
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.payments import rules as payments_rules
from kindling.agreements.rights import rules
from kindling.agreements.rights.rules import (
    ClockName,
    PaidWindow,
    PermissionClocks,
    Right,
    RightProblem,
    Span,
    paid_window,
    problems_of_right,
)
from kindling.agreements.rights.wording import RIGHT_PROBLEMS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MARGIN = timedelta(hours=24)


class TestThePaidWindow:
    @pytest.mark.parametrize(
        ("clock", "name"),
        [
            ("usage_right", "usage_right"),
            ("authorization", "authorization"),
            ("hold", "hold_period"),
            ("music", "music_licence"),
            ("collaboration", "collaboration"),
        ],
    )
    def test_is_bound_by_the_clock_that_ends_first(self, clock: str, name: str) -> None:
        later = dict.fromkeys(
            ["usage_right", "authorization", "hold", "music", "collaboration"], NOON + 9 * DAY
        )
        window = paid_window(PermissionClocks(**{**later, clock: NOON}), margin=MARGIN)
        assert window == PaidWindow(NOON - DAY, ClockName(name), NOON)

    @pytest.mark.parametrize(
        ("name", "label"),
        [
            ("usage_right", "Usage rights"),
            ("authorization", "Ad authorization"),
            ("hold_period", "Hold period"),
            ("music_licence", "Music license"),
            ("collaboration", "Affiliate collaboration"),
        ],
    )
    def test_names_its_clock_on_pages(self, name: str, label: str) -> None:
        assert ClockName(name).label == label

    def test_may_have_no_margin_and_no_negative_one(self) -> None:
        window = paid_window(PermissionClocks(hold=NOON), margin=timedelta(0))
        assert window == PaidWindow(NOON, ClockName.HOLD, NOON)
        with pytest.raises(ValueError, match="cannot be negative"):
            paid_window(PermissionClocks(hold=NOON), margin=-SECOND)

    def test_is_open_until_its_end_and_not_at_it(self) -> None:
        window = PaidWindow(NOON, ClockName.HOLD, NOON + DAY)
        assert window.is_open(NOON - SECOND)
        assert not window.is_open(NOON)


class TestAUsageRight:
    RIGHT = Right(True, NOON - DAY, NOON + DAY, NOON + DAY)

    def test_covers_from_its_first_instant_to_before_its_last(self) -> None:
        assert problems_of_right(self.RIGHT, now=NOON - DAY) == []
        assert problems_of_right(self.RIGHT, now=NOON + DAY - SECOND) == []
        assert problems_of_right(self.RIGHT, now=NOON - DAY - SECOND) == [RightProblem.NOT_STARTED]
        assert problems_of_right(self.RIGHT, now=NOON + DAY) == [
            RightProblem.ENDED, RightProblem.HOLD_ENDED,
        ]  # fmt: skip

    def test_names_everything_that_speaks_against_it(self) -> None:
        late = Right(False, NOON + DAY, NOON, None)
        assert problems_of_right(late, now=NOON) == [
            RightProblem.NOT_PAID, RightProblem.NOT_STARTED, RightProblem.ENDED,
            RightProblem.NO_HOLD,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("problem", "words"),
        [
            ("MISSING", "No usage right"),
            ("NOT_PAID", "do not cover paid use"),
            ("NOT_STARTED", "not started"),
            ("ENDED", "usage rights have ended"),
            ("NO_HOLD", "No hold period"),
            ("HOLD_ENDED", "hold period has ended"),
        ],
    )
    def test_s_problems_are_sentences(self, problem: str, words: str) -> None:
        assert words in RIGHT_PROBLEMS[RightProblem[problem]]

    def test_s_problems_are_codes_over_the_api(self) -> None:
        assert [each.value for each in RightProblem] == [
            "missing", "not_paid", "not_started", "ended", "no_hold", "hold_ended",
        ]  # fmt: skip

    def test_covers_every_place_unless_it_names_some(self) -> None:
        assert self.RIGHT.territory == ()


class TestOfTwoRights:
    RIGHT = Right(True, NOON - DAY, NOON + 9 * DAY, NOON + 9 * DAY)

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            # fewer problems count before anything else
            ({"ends_at": NOON + DAY}, {"paid_allowed": False}),
            ({"ends_at": NOON + DAY}, {"hold_until": NOON}),
            # of equally many, paid use that is allowed
            ({"hold_until": NOON, "ends_at": NOON + DAY}, {"paid_allowed": False}),
            # then a hold that was agreed, were it over
            ({"hold_until": NOON, "ends_at": NOON + DAY}, {"hold_until": None}),
            # then the later end
            ({}, {"ends_at": NOON + 9 * DAY - SECOND}),
        ],
    )
    def test_the_one_that_serves_better_goes_first(
        self, better: dict[str, object], worse: dict[str, object]
    ) -> None:
        first, second = (replace(self.RIGHT, **each) for each in (better, worse))  # type: ignore[arg-type]
        assert rules.rank(first, NOON) > rules.rank(second, NOON)


class TestTheTerm:
    def test_in_days_runs_from_its_start(self) -> None:
        found = rules.span(Terms(term_days=30, hold_days=45), starts_at=NOON)
        assert found == Span(NOON, NOON + 30 * DAY, NOON + 45 * DAY)

    def test_with_a_last_day_runs_to_its_end_in_utc(self) -> None:
        terms = Terms(
            term_days=None, end_on=date(2026, 4, 1), hold_days=None, hold_until=date(2026, 5, 1)
        )
        assert rules.span(terms, starts_at=NOON) == Span(
            NOON, datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
        )

    def test_may_have_no_hold(self) -> None:
        assert rules.span(Terms(hold_days=None), starts_at=NOON).hold_until is None

    def test_of_neither_days_nor_a_last_day_has_no_length(self) -> None:
        assert rules.span(Terms(term_days=None), starts_at=NOON).ends_at == NOON

    def test_starts_with_a_day_of_utc(self) -> None:
        assert rules.start_of(date(2026, 3, 2)) == datetime(2026, 3, 2, tzinfo=UTC)


class TestARenewedTerm:
    """The hold is what the creator agreed to for the post: days of a renewal are never added to it."""

    def renewed(self, *, by: int, hold: int | None = 30, renews: bool = True) -> Span:
        terms = Terms(term_days=30, hold_days=hold, hold_renews=renews)
        old = rules.span(terms, starts_at=NOON)
        return rules.renewed_span(terms, old, until=old.ends_at + by * DAY)

    @pytest.mark.parametrize(
        ("hold", "renews", "held"),
        [
            (30, True, 60),
            (59, True, 60),
            (60, True, 60),
            (90, True, 90),  # not 120: it covers the renewed term as it is
            (30, False, 30),
            (90, False, 90),
        ],
    )
    def test_is_held_to_its_end_where_the_terms_say_so(
        self, hold: int, renews: bool, held: int
    ) -> None:
        found = self.renewed(by=30, hold=hold, renews=renews)
        assert found == Span(NOON, NOON + 60 * DAY, NOON + held * DAY)

    @pytest.mark.parametrize("by", [0, -1])
    def test_is_not_made_shorter_and_holds_no_longer_when_nothing_is_added(self, by: int) -> None:
        assert self.renewed(by=by, hold=10) == Span(NOON, NOON + 30 * DAY, NOON + 10 * DAY)

    def test_gets_no_hold_that_was_not_agreed(self) -> None:
        assert self.renewed(by=30, hold=None).hold_until is None


class TestATermUnderANewVersion:
    def carried(self, *, renewed: int, hold: int, renews: bool = True) -> Span:
        terms = Terms(term_days=30, hold_days=hold, hold_renews=renews)
        return rules.carried_span(terms, starts_at=NOON, renewed=renewed * DAY)

    @pytest.mark.parametrize("hold", [20, 90, 120])
    def test_is_held_as_the_new_terms_say_from_the_same_start(self, hold: int) -> None:
        assert self.carried(renewed=0, hold=hold) == Span(NOON, NOON + 30 * DAY, NOON + hold * DAY)

    @pytest.mark.parametrize(
        ("hold", "renews", "held"), [(90, True, 90), (30, True, 60), (30, False, 30)]
    )
    def test_keeps_its_renewed_days_and_adds_none_to_the_hold(
        self, hold: int, renews: bool, held: int
    ) -> None:
        """Seen by reading: a hold of 90 days came to 120 when the term had been renewed by 30."""
        found = self.carried(renewed=30, hold=hold, renews=renews)
        assert found == Span(NOON, NOON + 60 * DAY, NOON + held * DAY)


class TestATermThatWaitsForSpend:
    def waiting(self, **changed: object) -> Span:
        terms = Terms(
            start_trigger=StartTrigger.FIRST_SPEND,
            first_spend_within_days=60,
            **changed,  # type: ignore[arg-type]
        )
        return rules.waiting_span(terms, agreed_at=NOON)

    def test_may_be_used_until_the_first_ad_must_have_spent(self) -> None:
        assert self.waiting(hold_days=30) == Span(NOON, NOON + 60 * DAY, NOON + 60 * DAY)

    def test_keeps_a_hold_that_is_longer(self) -> None:
        assert self.waiting(hold_days=90).hold_until == NOON + 90 * DAY

    def test_keeps_a_hold_with_a_last_day_as_it_is(self) -> None:
        found = self.waiting(hold_days=None, hold_until=date(2026, 3, 10))
        assert found.hold_until == datetime(2026, 3, 11, tzinfo=UTC)

    def test_gets_no_hold_that_was_not_agreed(self) -> None:
        assert self.waiting(hold_days=None).hold_until is None

    def test_ends_with_its_last_day_when_that_is_sooner(self) -> None:
        sooner = self.waiting(term_days=None, end_on=date(2026, 4, 1))
        later = self.waiting(term_days=None, end_on=date(2027, 4, 1))
        assert sooner.ends_at == datetime(2026, 4, 2, tzinfo=UTC)
        assert later.ends_at == NOON + 60 * DAY


class TestATermThatStartsWithSpend:
    LATEST = NOON + 9 * DAY

    def start(self, *days: tuple[int, str], agreed_at: datetime = NOON) -> datetime | None:
        """The term's start, of days of March 2026 with spend, each with its account's zone."""
        spent = [(date(2026, 3, day), zone) for day, zone in days]
        return rules.first_spend(spent, agreed_at=agreed_at, latest=self.LATEST)

    def test_waits_while_there_is_none(self) -> None:
        assert self.start() is None

    def test_starts_with_the_first_instant_of_the_earliest_day_where_its_account_is(self) -> None:
        assert self.start((6, "UTC"), (5, "UTC")) == datetime(2026, 3, 5, tzinfo=UTC)
        assert self.start((5, "America/New_York")) == datetime(2026, 3, 5, 5, tzinfo=UTC)
        found = self.start((5, "America/New_York"), (5, "Asia/Tokyo"))
        assert found == datetime(2026, 3, 4, 15, tzinfo=UTC)

    def test_never_starts_before_the_consent(self) -> None:
        assert self.start((2, "UTC")) == NOON
        assert self.start((2, "UTC"), (5, "UTC")) == NOON

    def test_does_not_start_by_spend_of_days_that_were_over_by_then(self) -> None:
        assert self.start((1, "UTC")) is None
        midnight = datetime(2026, 3, 2, tzinfo=UTC)
        assert self.start((1, "UTC"), agreed_at=midnight) is None
        assert self.start((1, "UTC"), agreed_at=midnight - SECOND) == midnight - SECOND
        assert self.start((1, "UTC"), (5, "UTC")) == datetime(2026, 3, 5, tzinfo=UTC)

    def test_does_not_start_once_its_time_to_has_passed(self) -> None:
        assert self.start((11, "UTC")) == datetime(2026, 3, 11, tzinfo=UTC)
        assert self.start((12, "UTC")) is None
        assert self.start((11, "Etc/GMT+11")) == self.LATEST - timedelta(hours=1)
        assert self.start((11, "Etc/GMT+12")) is None  # at the very end


class TestWhatMayBecome:
    def test_of_an_agreement(self) -> None:
        assert {
            state.value: {each.value for each in to}
            for state, to in contract_rules.TRANSITIONS.items()
        } == {
            "draft": {"offered", "agreed", "withdrawn"},
            "offered": {"agreed", "declined", "withdrawn"},
            "declined": {"draft"},
            "withdrawn": {"draft"},
            "agreed": {"ended", "breached"},
            "breached": {"agreed", "ended"},
            "ended": set(),
        }

    def test_of_an_agreement_that_is_in_force_also_when_it_is_breached(self) -> None:
        assert {each.value for each in contract_rules.IN_FORCE} == {"agreed", "breached"}

    def test_of_a_payment(self) -> None:
        moves = payments_rules.PAYABLE_TRANSITIONS
        assert {state.value: {each.value for each in to} for state, to in moves.items()} == {
            "expected": {"due", "cancelled"},
            "due": {"approved", "cancelled", "expected"},
            "approved": {"paid", "cancelled", "expected"},
            "paid": set(),
            "cancelled": set(),
        }

    def test_of_goods_that_nobody_sends_money_for(self) -> None:
        moves = payments_rules.GOODS_TRANSITIONS
        assert {state.value: {each.value for each in to} for state, to in moves.items()} == {
            "expected": {"paid"},
            "due": {"paid"},
            "approved": set(),
            "paid": {"cancelled"},
            "cancelled": set(),
        }

    def test_of_a_payment_backwards(self) -> None:
        each = payments_rules.PayableState
        assert payments_rules.before(each.CANCELLED) == [
            each.EXPECTED, each.DUE, each.APPROVED
        ]  # fmt: skip
        assert payments_rules.before(each.CANCELLED, is_goods=True) == [each.PAID]
        assert payments_rules.before(each.PAID) == [each.APPROVED]

    def test_of_a_sample(self) -> None:
        moves = payments_rules.SAMPLE_TRANSITIONS
        assert {state.value: {each.value for each in to} for state, to in moves.items()} == {
            "planned": {"sent"},
            "sent": {"delivered", "returned", "lost"},
            "delivered": {"returned"},
            "returned": set(),
            "lost": {"delivered", "returned"},
        }
