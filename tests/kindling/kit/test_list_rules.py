"""What a click on a header asks for, and what an address of a list says."""

from __future__ import annotations

from kindling.lists import rules
from kindling.lists.rules import FileFormat, Kind, Wanted, next_sort


def test_numbers_are_sorted_largest_first_then_turned_round_then_as_before() -> None:
    assert next_sort("", "views", is_number=True) == "-views"
    assert next_sort("-views", "views", is_number=True) == "views"
    assert next_sort("views", "views", is_number=True) == ""


def test_texts_are_sorted_from_a_then_turned_round_then_as_before() -> None:
    assert next_sort("-views", "handle", is_number=False) == "handle"
    assert next_sort("handle", "handle", is_number=False) == "-handle"
    assert next_sort("-handle", "handle", is_number=False) == ""


def test_an_address_says_what_is_wanted_and_nothing_empty() -> None:
    wanted = Wanted("ana", {"state": "lost"}, "-views")
    assert wanted.query() == {"q": "ana", "state": "lost", "sort": "-views"}
    assert wanted.query(state="", sort="") == {"q": "ana"}
    assert wanted.query(lane="dark_test") == {**wanted.query(), "lane": "dark_test"}
    assert Wanted().query() == {}


def test_amounts_counts_and_shares_are_numbers() -> None:
    assert {kind for kind in Kind if kind.is_number} == {
        Kind.COUNT, Kind.MONEY, Kind.SHARE, Kind.NUMBER,
    }  # fmt: skip


def test_kinds_and_formats_are_named_as_the_api_tells_them() -> None:
    assert [str(kind) for kind in Kind] == [
        "text", "count", "money", "share", "number", "day", "instant", "yes",
    ]  # fmt: skip
    assert [str(each) for each in FileFormat] == ["csv", "xlsx", "parquet"]


def test_limits_are_those_that_the_handbook_promises() -> None:
    assert (rules.AT_ONCE, rules.KEPT_DAYS, rules.XLSX_ROWS) == (5_000, 7, 1_048_575)
    assert (rules.MOST_ACTED, rules.UNDO_DAYS, rules.ALL) == (1_000, 1, "all")
    assert (rules.MOST_VIEWS, rules.MOST_NAME, rules.MOST_SEARCH) == (20, 60, 200)
