"""A maximum ad spend with what was spent under it: what is known, left, near, reached and in doubt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.rights.rules import AdRun, CandidateRight, Right, SpendCap, counts_under
from kindling.kit.time import day_in, start_of_day

AT = datetime(2026, 3, 9, 12, tzinfo=UTC)


def cap(spent: int | None, *, most: int = 10_000, **more: object) -> SpendCap:
    return SpendCap(
        agreement=1, title="Capped", cap_minor=most, currency="USD", spent_minor=spent, **more
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spent", "left", "percent", "near", "reached"),
    [
        (0, "$100.00", 0, False, False),
        (1, "$99.99", 0, False, False),
        (7_999, "$20.01", 79, False, False),
        (8_000, "$20.00", 80, True, False),
        (9_999, "$0.01", 99, True, False),
        (10_000, "$0.00", 100, True, True),
        (12_000, "$0.00", 120, True, True),
    ],
)
def test_a_known_spend(spent: int, left: str, percent: int, near: bool, reached: bool) -> None:
    found = cap(spent, known_minor=77)
    assert (str(found.left), found.percent) == (left, percent)
    assert (found.is_near, found.is_reached) == (near, reached)
    assert found.known == found.spent
    assert found.words == str(found.spent)


@pytest.mark.parametrize(
    ("known", "percent", "near", "reached"),
    [
        (0, 0, False, False),
        (7_999, 79, False, False),
        (8_000, 80, True, False),
        (9_999, 99, True, False),
        (10_000, 100, True, True),
        (10_001, 100, True, True),
    ],
)
def test_a_spend_that_is_unknown_in_part(
    known: int, percent: int, near: bool, reached: bool
) -> None:
    found = cap(None, known_minor=known, why_unknown="A day is missing.")
    assert (found.spent, found.left, found.percent) == (None, None, None)
    assert (found.known_percent, found.is_near, found.is_reached) == (percent, near, reached)
    assert found.words == f"at least {found.known}"
    assert found.doubt == "A day is missing."
    assert cap(None).known.minor == 0


def test_is_passed_by_more_than_what_is_left_and_by_nothing_while_that_is_unknown() -> None:
    assert [cap(4_000).is_passed_by(more) for more in (0, 6_000, 6_001)] == [False, False, True]
    assert [cap(12_000).is_passed_by(more) for more in (0, 1)] == [False, True]
    assert not cap(None, known_minor=20_000, why_unknown="Why.").is_passed_by(1)


def test_a_maximum_of_nothing_is_spent_at_once() -> None:
    assert (cap(0, most=0).percent, cap(0, most=0).is_reached) == (100, True)


def test_a_doubt_is_said_before_that_figures_are_old() -> None:
    assert cap(5).doubt == ""
    assert cap(5, is_current=False).doubt == "The ad spend was last synced more than a day ago."
    assert cap(None, why_unknown="Why.", is_current=False).doubt == "Why."
    assert cap(None, why_unknown="Why.").doubt == "Why."


def test_json_has_money_as_text_and_null_for_what_is_not_known() -> None:
    def money(amount: str) -> dict[str, str]:
        return {"amount": amount, "currency": "USD"}

    assert cap(2_500, as_of=AT).to_json() == {
        "cap": money("100.00"), "spent": money("25.00"), "known": money("25.00"), "left": money("75.00"),
        "percent": 25, "as_of": AT.isoformat(), "why_unknown": None,
    }  # fmt: skip
    assert cap(None, known_minor=300, why_unknown="Why.").to_json() == {
        "cap": money("100.00"), "spent": None, "known": money("3.00"), "left": None, "percent": None,
        "as_of": None, "why_unknown": "Why.",
    }  # fmt: skip
    assert cap(0).to_json()["spent"] == money("0.00")


# --- Which one a day counts under ----------------------------------------------------------------------------------

ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Australia/Lord_Howe"]
MARCH = datetime(
    2026, 3, 1, tzinfo=UTC
)  # New York's clocks change on the 8th, Berlin's on the 29th
moments = st.integers(0, 40 * 24 * 4).map(lambda quarters: MARCH + timedelta(minutes=15 * quarters))


def covering(
    agreement: int | None, start: datetime, end: datetime, *, is_own: bool = True, **more: object
) -> CandidateRight:
    right = Right(paid_allowed=True, starts_at=start, ends_at=end, hold_until=end)
    return CandidateRight(agreement, right, is_own, **more)  # type: ignore[arg-type]


@st.composite
def candidates(draw: st.DrawFn) -> list[CandidateRight]:
    """Rights of several agreements in any order, some general, some replaced."""
    return [
        covering(
            number,
            *sorted([draw(moments), draw(moments)]),
            is_own=draw(st.booleans()),
            superseded_at=draw(st.none() | moments),
        )
        for number in range(draw(st.integers(1, 4)))
    ]


@pytest.mark.slow
@given(rights=candidates(), number=st.integers(-1, 42), zone=st.sampled_from(ZONES))
def test_a_day_that_a_right_touches_counts_under_exactly_one_agreement_that_touches_it(
    rights: list[CandidateRight], number: int, zone: str
) -> None:
    day = MARCH.date() + timedelta(days=number)
    begin, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    quarters = (end - begin) // timedelta(minutes=15)
    in_force = [
        {
            each.agreement
            for each in rights
            if each.right.starts_at <= begin + timedelta(minutes=15 * quarter) < each.right.ends_at
        }
        for quarter in range(quarters)
    ]
    found = counts_under(rights, day, zone)
    earliest: set[int | None] = next((each for each in in_force if each), {None})
    assert found in earliest


@given(
    cuts=st.lists(moments, min_size=2, max_size=6, unique=True).map(sorted),
    zone=st.sampled_from(ZONES),
)
def test_of_rights_in_a_row_each_day_from_the_first_to_the_last_counts_once(
    cuts: list[datetime], zone: str
) -> None:
    row = [covering(number, *span) for number, span in enumerate(pairwise(cuts))]
    first, last = day_in(cuts[0], zone), day_in(cuts[-1] - timedelta.resolution, zone)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [counts_under(row, day, zone) for day in days]
    assert None not in found
    assert found == sorted(found)  # type: ignore[type-var]
    assert counts_under(row, first - timedelta(days=1), zone) is None
    assert counts_under(row, last + timedelta(days=1), zone) is None


def test_of_rights_that_overlap_the_one_that_running_ads_go_by_gets_the_day() -> None:
    days = [MARCH + timedelta(days=number) for number in range(20)]
    noon = days[5].date()
    general = covering(1, days[0], days[19], is_own=False)
    own = covering(2, days[2], days[9])
    assert counts_under([own, general], noon, "UTC") == 2
    assert counts_under([general], noon, "UTC") == 1
    assert counts_under([own, covering(3, days[2], days[12])], noon, "UTC") == 3
    assert counts_under([covering(3, days[2], days[12]), own], noon, "UTC") == 3
    assert counts_under([own, covering(3, days[2], days[9])], noon, "UTC") == 3
    assert counts_under([own, covering(None, days[2], days[12])], noon, "UTC") is None
    replaced = covering(3, days[2], days[12], superseded_at=days[5])
    assert counts_under([own, replaced], noon, "UTC") == 2
    assert counts_under([own, replaced], days[4].date(), "UTC") == 3
    assert counts_under([replaced], noon, "UTC") == 3


def test_a_day_on_which_one_right_follows_another_counts_under_the_one_it_begins_with() -> None:
    day = MARCH + timedelta(days=5)
    earlier = covering(1, MARCH, day + timedelta(hours=8), is_own=False)
    later = covering(2, day + timedelta(hours=8), day + timedelta(days=9))
    assert counts_under([earlier, later], day.date(), "UTC") == 1
    assert counts_under([later], day.date(), "UTC") == 2


def test_an_ad_can_have_spent_from_the_day_it_was_made_to_the_one_its_schedule_ends_on() -> None:
    first, last = date(2026, 3, 3), date(2026, 3, 20)
    zone = "America/New_York"  # five hours behind UTC
    assert AdRun().days_within(first, last, zone) == (first, last)
    made, end = datetime(2026, 3, 6, 4, tzinfo=UTC), datetime(2026, 3, 7, 5, tzinfo=UTC)
    assert AdRun(made, end).days_within(first, last, zone) == (date(2026, 3, 5), date(2026, 3, 6))
    later = end + timedelta(seconds=1)
    assert AdRun(made, later).days_within(first, last, zone) == (date(2026, 3, 5), date(2026, 3, 7))
    assert AdRun(made, end).days_within(first, date(2026, 3, 4), zone) is None
    assert AdRun(made, end).days_within(date(2026, 3, 7), last, zone) is None
    assert AdRun(end, end).days_within(first, last, zone) is None
    assert AdRun(made_at=made).days_within(first, last, zone) == (date(2026, 3, 5), last)
    assert AdRun(ends_at=end).days_within(first, last, zone) == (first, date(2026, 3, 6))
    in_one_day = AdRun(made, made + timedelta(hours=1))
    assert in_one_day.days_within(first, last, zone) == (date(2026, 3, 5), date(2026, 3, 5))


def test_an_ad_goes_on_after_a_moment_while_it_is_on_and_its_schedule_has_not_ended() -> None:
    assert AdRun().goes_on_after(AT)
    assert not AdRun(is_on=False).goes_on_after(AT)
    assert not AdRun(ends_at=AT).goes_on_after(AT)
    assert AdRun(ends_at=AT + timedelta(seconds=1)).goes_on_after(AT)
