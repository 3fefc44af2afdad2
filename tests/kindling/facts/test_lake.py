"""Facts are replaced whole: again is the same, side by side is no loss."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from kindling.facts import lake
from kindling.facts import queries as facts
from kindling.facts.schema import AD_DAYS

pytestmark = pytest.mark.usefixtures("database")
FIRST = date(2026, 1, 30)


def row(account: str, day: date, spend: int, ad: str = "a") -> dict[str, Any]:
    counters = dict.fromkeys(
        ("impressions", "clicks", "conversions", "video_views_2s", "video_views_6s",
         "video_views_p100", "likes", "comments", "shares", "follows"), 0,
    )  # fmt: skip
    return {
        "account": account, "day": day, "ad_id": ad, "adgroup_id": None, "campaign_id": None,
        "item_id": None, "currency": "USD", "spend_minor": spend, **counters,
    }  # fmt: skip


def days_of(account: str) -> dict[date, int]:
    rows = facts.ad_days([account], first_day=None, last_day=None)
    return {each["day"]: each["spend_minor"] for each in rows}


def span(account: str, spends: list[int]) -> list[dict[str, Any]]:
    return [row(account, FIRST + timedelta(days=n), spend) for n, spend in enumerate(spends)]


class TestReplacingDays:
    @pytest.mark.slow
    def test_is_the_same_when_done_again_and_crosses_months(self) -> None:
        rows = span("71", [1, 2, 3, 4])
        for _ in range(2):
            assert lake.replace_ad_days("71", FIRST, FIRST + timedelta(days=3), rows) == 4
        assert list(days_of("71").values()) == [1, 2, 3, 4]

    def test_touches_no_other_day_and_no_other_account(self) -> None:
        lake.replace_ad_days("71", FIRST, FIRST + timedelta(days=3), span("71", [1, 2, 3, 4]))
        lake.replace_ad_days("72", FIRST, FIRST, [row("72", FIRST, 9)])
        middle = FIRST + timedelta(days=1)
        lake.replace_ad_days("71", middle, middle, [row("71", middle, 20)])
        assert list(days_of("71").values()) == [1, 20, 3, 4]
        assert list(days_of("72").values()) == [9]

    def test_empties_days_that_have_no_rows_any_more(self) -> None:
        lake.replace_ad_days("71", FIRST, FIRST + timedelta(days=1), span("71", [1, 2]))
        lake.replace_ad_days("71", FIRST, FIRST, [])
        assert days_of("71") == {FIRST + timedelta(days=1): 2}

    @pytest.mark.parametrize(
        "stray", [row("72", FIRST, 1), row("71", FIRST + timedelta(days=1), 1)]
    )
    def test_refuses_a_row_that_does_not_belong_and_writes_nothing(
        self, stray: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError, match="does not belong"):
            lake.replace_ad_days("71", FIRST, FIRST, [row("71", FIRST, 1), stray])
        assert days_of("71") == {}

    @pytest.mark.slow
    def test_of_accounts_at_the_same_time_loses_nothing(self) -> None:
        accounts = [f"7{number}" for number in range(6)]
        lake.replace_ad_days("70", FIRST, FIRST, [row("70", FIRST, 0)])

        def write(account: str) -> None:
            for spend in (1, 2):
                lake.replace_ad_days(account, FIRST, FIRST, [row(account, FIRST, spend)])

        with ThreadPoolExecutor(max_workers=3) as pool:
            list(pool.map(write, accounts))
        assert {account: days_of(account)[FIRST] for account in accounts} == dict.fromkeys(
            accounts, 2
        )

    def test_reads_as_nothing_before_the_first_write(self) -> None:
        assert days_of("71") == {}
        assert facts.spend_by_post("71", FIRST, FIRST) == {}
        assert facts.ad_totals("71", FIRST, FIRST, ad_ids=["a"]) == {}
        assert facts.order_totals(1) == []

    def test_before_the_first_write_hands_no_python_object_to_the_database(self) -> None:
        # Scanned by DuckDB's own threads, one deadlocks a worker that reads in two threads.
        facts.spend_by_post("71", FIRST, FIRST)
        named = facts._connection().raw_sql(
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        )
        assert [name for (name,) in named.fetchall() if "memtable" in name] == []

    def test_keeps_its_rows_through_tidying(self) -> None:
        for spend in (1, 2, 3):
            lake.replace_ad_days("71", FIRST, FIRST, [row("71", FIRST, spend)])
        lake.tidy(AD_DAYS)
        assert days_of("71") == {FIRST: 3}


class TestSpend:
    def test_of_ads_without_a_post_is_kept_apart(self) -> None:
        rows = [row("71", FIRST, 5), {**row("71", FIRST, 7, ad="b"), "item_id": "7" * 19}]
        lake.replace_ad_days("71", FIRST, FIRST, rows)
        assert facts.spend_by_post("71", FIRST, FIRST) == {"": {FIRST: 5}, "7" * 19: {FIRST: 7}}


class TestTwoWorkspacesOnOneAdvertiser:
    def test_keep_their_days_apart(self) -> None:
        lake.replace_ad_days("1-71", FIRST, FIRST, [row("1-71", FIRST, 5)])
        lake.replace_ad_days("2-71", FIRST, FIRST, [])
        assert days_of("1-71") == {FIRST: 5}
        assert days_of("2-71") == {}
