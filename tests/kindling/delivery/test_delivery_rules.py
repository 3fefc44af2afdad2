"""Who must stop and when, which days are fetched, and what TikTok's status words mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.agreements.rights.rules import ClockName, PaidWindow, RightProblem, SpendCap
from kindling.delivery import rules
from kindling.delivery.rules import MAY_RUN, RunningAd, Verdict, judge, status_words, wanted_end

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
ENDED = (RightProblem.ENDED, "The usage right has ended.")
NOT_PAID = (RightProblem.NOT_PAID, "The right excludes ads.")
MISSING = (RightProblem.MISSING, "No usage right is on record.")
NO_HOLD = (RightProblem.NO_HOLD, "No hold is agreed.")


def judged(**changed: Any) -> rules.Judgement:
    """What the guard makes of an ad a second before its window ends, once `changed`."""
    return judge(replace(AD, **changed), now=NOON - SECOND)


class TestAnAdThatRuns:
    """R59 and invariant (a): it is stopped on knowledge, and what is not on record is asked about."""

    def test_goes_on_while_permission_right_and_window_hold(self) -> None:
        assert judged() == MAY_RUN
        assert (MAY_RUN.verdict, MAY_RUN.reason, MAY_RUN.rests_on_tiktok) == (
            Verdict.MAY_RUN, "", False,
        )  # fmt: skip
        assert MAY_RUN.next_step == ""
        assert [each.value for each in Verdict] == ["may_run", "stop", "unknown"]  # the API's words

    def test_stops_at_the_end_of_its_window_and_is_told_why(self) -> None:
        found = judge(AD, now=NOON)
        assert found.verdict is Verdict.STOP
        assert found.reason == (
            "The stop-by time, 20 Mar 2026, 12:00 UTC, has passed. "
            "Ends first: hold period, 21 Mar 2026, 12:00 UTC."
        )
        assert found.next_step == "Renew what ends first."

    def test_is_told_the_time_in_the_workspace_s_zone(self) -> None:
        found = judge(replace(AD, zone="Asia/Tokyo"), now=NOON)
        assert "20 Mar 2026, 21:00 JST" in found.reason
        assert "21 Mar 2026, 21:00 JST" in found.reason

    @pytest.mark.parametrize("clock", list(ClockName))
    def test_rests_on_tiktok_where_the_authorization_s_own_end_decides(
        self, clock: ClockName
    ) -> None:
        found = judge(replace(AD, window=replace(WINDOW, bound_by=clock)), now=NOON)
        assert found.rests_on_tiktok == (clock is ClockName.AUTHORIZATION)

    def test_goes_on_without_a_window(self) -> None:
        assert judged(window=None) == MAY_RUN

    def test_stops_when_the_permission_is_lost_once_tiktok_says_so_again(self) -> None:
        found = judged(permission_lost="revoked")
        assert (found.verdict, found.reason) == (
            Verdict.STOP, "The ad authorization is revoked.",
        )  # fmt: skip
        assert found.rests_on_tiktok
        assert "new video code" in found.next_step

    def test_is_unknown_when_no_permission_is_on_record(self) -> None:
        found = judged(has_permission=False)
        assert found.verdict is Verdict.UNKNOWN
        assert found.reason == "No ad authorization of this post is on record."
        assert found.rests_on_tiktok
        assert "video code" in found.next_step

    @pytest.mark.parametrize("problem", [MISSING, NO_HOLD])
    def test_is_unknown_when_the_right_is_not_on_record(
        self, problem: tuple[RightProblem, str]
    ) -> None:
        found = judged(rights_problems=(problem,))
        assert (found.verdict, found.reason) == (Verdict.UNKNOWN, problem[1])
        assert not found.rests_on_tiktok
        assert "agreement" in found.next_step

    @pytest.mark.parametrize("known", [ENDED, NOT_PAID])
    def test_stops_when_the_right_on_record_does_not_cover_it(
        self, known: tuple[RightProblem, str]
    ) -> None:
        found = judged(rights_problems=(NO_HOLD, known, ENDED))
        assert (found.verdict, found.reason) == (Verdict.STOP, known[1])
        assert "usage rights" in found.next_step

    def test_stops_at_the_agreed_maximum_of_ad_spend(self) -> None:
        cap = SpendCap(7, "Spring video", 10_000, "USD", 9_999)
        assert judged(cap=cap) == MAY_RUN
        found = judged(cap=replace(cap, spent_minor=10_000))
        assert found.verdict is Verdict.STOP
        assert found.reason == "The agreed maximum ad spend, $100.00, is reached: $100.00 spent."
        assert found.next_step == "Agree on a higher maximum with the creator."
        assert judged(cap=replace(cap, spent_minor=10_000), is_own_post=True) == MAY_RUN
        assert (
            judged(cap=replace(cap, spent_minor=10_000, is_current=False)).verdict is Verdict.STOP
        )

    def test_is_unknown_while_the_spend_under_the_maximum_is(self) -> None:
        cap = SpendCap(7, "Spring video", 10_000, "USD", None, why_unknown="Days are missing.")
        found = judged(cap=cap)
        assert (found.verdict, found.has_known_end) == (Verdict.UNKNOWN, True)
        assert "Days are missing." in found.reason
        assert found.next_step == "Sync the ad account, or pause the ad yourself."
        assert not judged(has_permission=False).has_known_end

    def test_is_told_the_first_of_several_things_that_are_not_on_record(self) -> None:
        found = judged(rights_problems=(MISSING, NO_HOLD))
        assert (found.reason, found.has_known_end) == (MISSING[1], False)

    def test_stops_at_its_window_also_where_something_else_is_unknown(self) -> None:
        unclear = replace(AD, has_permission=False, rights_problems=(MISSING,))
        assert judge(unclear, now=NOON).verdict is Verdict.STOP

    @pytest.mark.parametrize(
        "changed", [{"has_permission": False}, {"rights_problems": (ENDED, MISSING)}]
    )
    def test_of_the_brand_s_own_post_needs_no_permission_on_record_and_no_right(
        self, changed: dict[str, Any]
    ) -> None:
        assert judged(is_own_post=True, **changed) == MAY_RUN

    def test_of_the_brand_s_own_post_stops_with_its_permission_and_its_window(self) -> None:
        own = replace(AD, is_own_post=True)
        lost = judged(is_own_post=True, permission_lost="identity blocked")
        assert lost.reason == "The ad authorization is identity blocked."
        assert judge(own, now=NOON).verdict is Verdict.STOP

    def test_that_is_no_spark_ad_is_left_alone(self) -> None:
        other = replace(AD, is_spark=False, permission_lost="revoked")
        assert judge(other, now=NOON + DAY) == MAY_RUN


class TestMinutesPastTheStopByTime:
    STOP_BY = datetime(2026, 3, 9, 12, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("starts", "ends", "at", "minutes"),
        [
            (None, None, 95, 95),
            (None, None, 0, 0),
            (None, None, -30, 0),
            (-600, 60, 2_880, 60),  # TikTok ended it by itself while no worker ran
            (-600, -10, 2_880, 0),
            (30, None, 95, 65),
            (200, None, 95, 0),
        ],
    )
    def test_are_those_in_which_its_ad_group_could_deliver(
        self, starts: int | None, ends: int | None, at: int, minutes: int
    ) -> None:
        def moment(after: int | None) -> datetime | None:
            return None if after is None else self.STOP_BY + timedelta(minutes=after)

        found = rules.minutes_past(
            self.STOP_BY, starts_at=moment(starts), ends_at=moment(ends),
            at=self.STOP_BY + timedelta(minutes=at),
        )  # fmt: skip
        assert found == minutes

    def test_are_none_without_a_stop_by_time(self) -> None:
        assert rules.minutes_past(None, starts_at=None, ends_at=None, at=self.STOP_BY) == 0


class TestTheEndOfAnAdGroup:
    """R59: never after the earliest clock of its post, never past what a person approved."""

    def wanted(self, **changed: Any) -> datetime | None:
        facts: dict[str, Any] = {
            "ends_at": NOON, "flight_end": None, "set_by_us": False, "window": WINDOW,
        }  # fmt: skip
        return wanted_end(**{**facts, **changed})

    def test_is_pulled_back_to_the_window(self) -> None:
        assert self.wanted(ends_at=NOON + SECOND) == NOON

    def test_is_set_where_there_was_none(self) -> None:
        assert self.wanted(ends_at=None) == NOON

    @pytest.mark.parametrize("ends_at", [NOON, NOON - SECOND])
    def test_stays_where_it_is_early_enough(self, ends_at: datetime) -> None:
        assert self.wanted(ends_at=ends_at) is None

    def test_stays_without_a_window(self) -> None:
        assert self.wanted(ends_at=None, window=None) is None

    def test_goes_on_with_a_renewed_permission_up_to_its_own_end(self) -> None:
        cut = {"ends_at": NOON - 5 * DAY, "set_by_us": True}
        assert self.wanted(**cut, flight_end=NOON + DAY) == NOON
        assert self.wanted(**cut, flight_end=NOON - 2 * DAY) == NOON - 2 * DAY
        assert self.wanted(**cut, flight_end=NOON + DAY, window=None) == NOON + DAY

    def test_that_a_person_chose_at_tiktok_is_left(self) -> None:
        assert self.wanted(ends_at=NOON - DAY, flight_end=NOON, set_by_us=False) is None

    def test_that_nobody_approved_is_never_set_later(self) -> None:
        assert self.wanted(ends_at=NOON - DAY, set_by_us=True) is None

    @given(
        ends=st.none() | st.integers(-50, 50), flight=st.none() | st.integers(-50, 50),
        last=st.none() | st.integers(-50, 50), ours=st.booleans(),
    )  # fmt: skip
    def test_is_never_past_the_window_nor_past_what_was_approved(
        self, ends: int | None, flight: int | None, last: int | None, ours: bool
    ) -> None:
        def day(number: int | None) -> datetime | None:
            return None if number is None else NOON + number * DAY

        held, approved, stop_by = day(ends), day(flight), day(last)
        window = replace(WINDOW, ends_at=stop_by) if stop_by else None
        found = wanted_end(ends_at=held, flight_end=approved, set_by_us=ours, window=window)
        if found is None:
            assert stop_by is None or (held is not None and held <= stop_by)
            return
        assert stop_by is None or found <= stop_by
        assert held is None or found < held or (approved is not None and found <= approved and ours)
        again = wanted_end(ends_at=found, flight_end=approved, set_by_us=True, window=window)
        assert again is None


class TestAFlightThatItsPlanEnds:
    def offered(self, **changed: Any) -> bool:
        facts: dict[str, Any] = {
            "ends_at": NOON + 7 * DAY, "flight_end": NOON + 7 * DAY, "now": NOON,
            "window": replace(WINDOW, ends_at=NOON + 14 * DAY),
        }  # fmt: skip
        return rules.may_be_extended(**{**facts, **changed})

    def test_is_offered_for_extension_in_its_last_week(self) -> None:
        assert self.offered()
        assert self.offered(window=None)
        assert not self.offered(now=NOON - SECOND)
        assert not self.offered(now=NOON + 7 * DAY)
        assert self.offered(now=NOON + 7 * DAY - SECOND)

    def test_is_not_offered_where_little_more_is_allowed(self) -> None:
        assert not self.offered(window=replace(WINDOW, ends_at=NOON + 14 * DAY - SECOND))

    def test_is_not_meant_where_something_else_ends_it(self) -> None:
        assert not self.offered(ends_at=NOON + 6 * DAY)
        assert not self.offered(ends_at=None)


class TestTheDaysToFetch:
    """R66: conversions come up to 7 days late, so 8 days are read again."""

    TODAY = date(2026, 3, 20)

    def days(self, **known: Any) -> tuple[date, date]:
        facts: dict[str, Any] = {"since": None, "last_complete": None}
        return rules.report_window(today=self.TODAY, **{**facts, **known})

    @pytest.mark.parametrize(
        ("known", "first"),
        [
            ({}, date(2025, 12, 20)),  # 90 days back
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

    @given(since=st.none() | st.dates(), last=st.none() | st.dates())
    def test_never_begin_after_today(self, since: date | None, last: date | None) -> None:
        first, until = self.days(since=since, last_complete=last)
        assert first <= until == self.TODAY


class TestObjectives:
    @pytest.mark.parametrize(
        ("objective", "label"),
        [
            ("TRAFFIC", "Traffic"),
            ("WEB_CONVERSIONS", "Conversions"),
            ("REACH", "Reach"),
            ("VIDEO_VIEWS", "Video views"),
            ("ENGAGEMENT", "Community interaction"),
            ("PRODUCT_SALES", "Shop"),
            ("LEAD_GENERATION", "Leads"),
            ("APP_PROMOTION", "App promotion"),
            ("SOMETHING_NEW", "Something new"),
        ],
    )
    def test_are_named_as_in_ads_manager(self, objective: str, label: str) -> None:
        assert rules.objective_label(objective) == label


class TestStatusWords:
    def test_know_which_ads_were_stopped_by_tiktok_or_the_creator(self) -> None:
        assert set(rules.REFUSED) == {
            "AD_STATUS_AUDIT_DENY",
            "AD_STATUS_ASSET_AUTHORIZATION_LOST",
            "AD_STATUS_ADGROUP_ASSET_AUTHORIZATION_LOST",
            "AD_STATUS_CREATOR_AUTHORIZATION_REVOKED",
        }

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
