"""Who must stop and when, which days are fetched, and what TikTok's status words mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.rights.rules import ClockName, PaidWindow
from kindling.delivery import rules
from kindling.delivery.rules import RunningAd, reason_to_pause, shortened_end, status_words

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
WINDOW = PaidWindow(ends_at=NOON, bound_by=ClockName.HOLD, clock_ends_at=NOON + DAY)
AD = RunningAd(
    is_spark=True,
    is_own_post=False,
    has_permission=True,
    permission_lost="",
    window=WINDOW,
    rights_problems=(),
)


def reason(**changed: Any) -> str | None:
    """Why an ad that may run must stop a second before its window ends, once `changed`."""
    return reason_to_pause(replace(AD, **changed), now=NOON - SECOND)


class TestAnAdThatRuns:
    """R59 and invariant (a): no ad runs without a permission, a right and an open window."""

    def test_goes_on_while_all_three_hold(self) -> None:
        assert reason() is None

    def test_stops_at_the_end_of_its_window_and_is_told_why(self) -> None:
        assert reason_to_pause(AD, now=NOON) == (
            "The stop-by time, 20 Mar 2026 12:00 UTC, has passed: "
            "the hold period ends 21 Mar 2026 12:00 UTC."
        )

    def test_goes_on_without_a_window(self) -> None:
        assert reason(window=None) is None

    def test_stops_when_the_permission_is_lost(self) -> None:
        assert reason(permission_lost="revoked") == "The ad authorization is revoked."

    def test_stops_when_no_permission_is_on_record(self) -> None:
        assert reason(has_permission=False) == "No ad authorization for the post is on record."

    def test_stops_when_the_right_does_not_cover_it_and_names_the_first_problem(self) -> None:
        problems = ("The usage right has ended.", "The hold period has ended.")
        assert reason(rights_problems=problems) == "The usage right has ended."

    @pytest.mark.parametrize(
        "changed", [{"has_permission": False}, {"rights_problems": ("The usage right has ended.",)}]
    )
    def test_of_the_brand_s_own_post_needs_no_permission_on_record_and_no_right(
        self, changed: dict[str, Any]
    ) -> None:
        assert reason(is_own_post=True, **changed) is None

    def test_of_the_brand_s_own_post_stops_with_its_permission_and_its_window(self) -> None:
        own = replace(AD, is_own_post=True)
        lost = replace(own, permission_lost="identity blocked")
        assert (
            reason_to_pause(lost, now=NOON - SECOND) == "The ad authorization is identity blocked."
        )
        assert reason_to_pause(own, now=NOON) is not None

    def test_that_is_no_spark_ad_is_left_alone(self) -> None:
        other = replace(AD, is_spark=False, permission_lost="revoked")
        assert reason_to_pause(other, now=NOON + DAY) is None


class TestTheEndOfAnAdGroup:
    def test_is_pulled_back_to_the_window(self) -> None:
        assert shortened_end(ends_at=NOON + SECOND, window=WINDOW) == NOON

    def test_is_set_where_there_was_none(self) -> None:
        assert shortened_end(ends_at=None, window=WINDOW) == NOON

    @pytest.mark.parametrize("ends_at", [NOON, NOON - SECOND])
    def test_stays_where_it_is_early_enough(self, ends_at: datetime) -> None:
        assert shortened_end(ends_at=ends_at, window=WINDOW) is None

    def test_stays_without_a_window(self) -> None:
        assert shortened_end(ends_at=None, window=None) is None


class TestTheDaysToFetch:
    """R66: conversions come up to 7 days late, so 8 days are read again."""

    TODAY = date(2026, 3, 20)

    def days(self, **known: Any) -> tuple[date, date]:
        facts: dict[str, Any] = {"since": None, "last_complete": None, "first_ad_day": None}
        return rules.report_window(today=self.TODAY, **{**facts, **known})

    @pytest.mark.parametrize(
        ("known", "first"),
        [
            ({}, date(2025, 12, 20)),  # 90 days back
            ({"first_ad_day": date(2026, 3, 1)}, date(2026, 3, 1)),
            ({"first_ad_day": date(2026, 3, 20)}, date(2026, 3, 20)),
            ({"first_ad_day": date(2026, 3, 21)}, date(2025, 12, 20)),  # not a day to start from
            ({"first_ad_day": date(2025, 1, 1)}, date(2025, 12, 20)),
            ({"last_complete": date(2026, 3, 19)}, date(2026, 3, 12)),
            ({"last_complete": date(2026, 3, 12)}, date(2026, 3, 12)),
            ({"last_complete": date(2026, 3, 11)}, date(2026, 3, 11)),
            ({"since": date(2026, 3, 18)}, date(2026, 3, 18)),
            ({"since": date(2026, 3, 18), "last_complete": date(2026, 3, 1)}, date(2026, 3, 18)),
            ({"since": date(2026, 4, 1)}, date(2026, 3, 20)),
            (
                {"last_complete": date(2026, 3, 19), "first_missing": date(2026, 2, 3)},
                date(2026, 2, 3),
            ),
            (
                {"last_complete": date(2026, 3, 19), "first_missing": date(2026, 3, 19)},
                date(2026, 3, 12),
            ),
            ({"first_missing": date(2025, 11, 1)}, date(2025, 11, 1)),
            ({"first_missing": date(2026, 3, 1)}, date(2025, 12, 20)),
            ({"since": date(2026, 3, 18), "first_missing": date(2026, 2, 3)}, date(2026, 3, 18)),
        ],
    )
    def test_begin_where_something_may_have_changed(
        self, known: dict[str, Any], first: date
    ) -> None:
        assert self.days(**known) == (first, self.TODAY)

    @pytest.mark.parametrize(
        ("missing", "first_synced", "should_start", "first"),
        [
            ([], date(2026, 3, 1), None, None),
            ([], date(2026, 3, 1), date(2026, 3, 1), None),
            ([], date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 1)),
            ([date(2026, 3, 5)], date(2026, 3, 1), None, date(2026, 3, 5)),
            ([date(2026, 3, 5)], date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 1)),
            ([], None, date(2026, 2, 1), None),  # never synced: nothing is missing yet
        ],
    )
    def test_reach_back_to_the_first_missing_day(
        self,
        missing: list[date],
        first_synced: date | None,
        should_start: date | None,
        first: date | None,
    ) -> None:
        found = rules.first_missing_day(
            missing=missing, first_synced=first_synced, should_start=should_start
        )
        assert found == first

    @given(
        since=st.none() | st.dates(), last=st.none() | st.dates(), first_ad=st.none() | st.dates()
    )
    def test_never_begin_after_today(
        self, since: date | None, last: date | None, first_ad: date | None
    ) -> None:
        first, until = self.days(since=since, last_complete=last, first_ad_day=first_ad)
        assert first <= until == self.TODAY


class TestStatusWords:
    @pytest.mark.parametrize(
        ("status", "word"),
        [
            ("AD_STATUS_DELIVERY_OK", "Running"),
            ("AD_STATUS_AUDIT", "In review"),
            ("AD_STATUS_REAUDIT", "again"),
            ("AD_STATUS_AUDIT_DENY", "Rejected"),
            ("AD_STATUS_NOT_START", "Not started"),
            ("AD_STATUS_DONE", "Finished"),
            ("AD_STATUS_DISABLE", "Switched off"),
            ("AD_STATUS_ADGROUP_DISABLE", "Ad group"),
            ("AD_STATUS_CAMPAIGN_DISABLE", "Campaign"),
            ("AD_STATUS_BUDGET_EXCEED", "budget spent"),
            ("AD_STATUS_CAMPAIGN_EXCEED", "budget spent"),
            ("AD_STATUS_BALANCE_EXCEED", "no balance"),
            ("AD_STATUS_ASSET_AUTHORIZATION_LOST", "lost"),
            ("AD_STATUS_ADGROUP_ASSET_AUTHORIZATION_LOST", "lost"),
            ("AD_STATUS_CREATOR_AUTHORIZATION_REVOKED", "withdrawn"),
            ("AD_STATUS_MUSIC_AUTHORIZATION_MISSING", "not cleared"),
        ],
    )
    def test_say_what_tiktok_means(self, status: str, word: str) -> None:
        assert word in status_words(status)
        assert "Exceed" not in status_words(status)

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("AD_STATUS_PHONE_STOLEN", "Phone stolen"),
            ("SOMETHING_ELSE", "Something else"),
            ("", "Unknown"),
            ("AD_STATUS_", "Unknown"),
        ],
    )
    def test_show_an_unknown_status_rather_than_hide_it(self, status: str, words: str) -> None:
        assert status_words(status) == words
