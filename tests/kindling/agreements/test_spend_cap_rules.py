"""A maximum ad spend with what was spent under it: what is known, left, near, reached and in doubt."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kindling.agreements.rights.rules import SpendCap

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
