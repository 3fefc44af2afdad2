"""When outreach may go out, how much of it, and what its texts may hold (R82)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kindling.outreach import rules

SECOND = timedelta(seconds=1)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant of March 2026: the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


class TestAText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Hello {{ creator }}",
            "{{handle}} {{  brand  }} {{product}} {{ sender }}",
            "{ fine }",
        ],
    )
    def test_may_hold_the_variables(self, text: str) -> None:
        rules.check_text(text)

    def test_with_an_unknown_variable_is_refused_by_name(self) -> None:
        with pytest.raises(
            ValueError,
            match=r"\{\{ price \}\} is not a variable; there are creator, handle, brand, product, sender",
        ):
            rules.check_text("{{ creator }} {{ price }} {{ other }}")

    @pytest.mark.parametrize(
        "text", ["{{ creator", "creator }}", "{{ creator.email }}", "{% if creator %}", "{{ 1 }}"]
    )
    def test_with_anything_else_in_braces_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="nothing else in braces"):
            rules.check_text(text)

    def test_is_filled_once(self) -> None:
        values = {"creator": "{{ brand }}", "brand": "Glow"}
        assert rules.filled("{{creator}} and {{ brand }}", values) == "{{ brand }} and Glow"

    def test_is_filled_with_nothing_where_nothing_is_known(self) -> None:
        assert rules.filled("Hello {{ creator }}!", {}) == "Hello !"

    def test_s_variables_are_explained(self) -> None:
        assert all(rules.VARIABLES.values())


class TestWorkingTime:
    """Ours: Monday to Friday, 9 to 18 where the creator is."""

    @pytest.mark.parametrize(
        ("at", "works"),
        [
            (utc(2, 9), True),
            (utc(2, 9) - SECOND, False),
            (utc(2, 18) - SECOND, True),
            (utc(2, 18), False),
            (utc(6, 12), True),  # a Friday
            (utc(7, 12), False),
            (utc(8, 12), False),
        ],
    )
    def test_is_from_nine_to_six_on_weekdays(self, at: datetime, works: bool) -> None:
        assert rules.is_working_time(at, "UTC") is works

    def test_is_that_of_the_zone(self) -> None:
        assert rules.is_working_time(utc(2, 0), "Asia/Tokyo")  # nine o'clock there
        assert not rules.is_working_time(utc(2, 12), "Asia/Tokyo")

    @pytest.mark.parametrize(
        ("at", "begins"),
        [
            (utc(2, 11, 30), utc(2, 11, 30)),
            (utc(2, 8, 59), utc(2, 9)),
            (utc(2, 0), utc(2, 9)),
            (utc(2, 18), utc(3, 9)),
            (utc(6, 18), utc(9, 9)),  # Friday evening: Monday
            (utc(7, 8), utc(9, 9)),
            (utc(7, 12), utc(9, 9)),
            (utc(8, 23), utc(9, 9)),
        ],
    )
    def test_begins_again_at_nine_of_the_next_working_day(
        self, at: datetime, begins: datetime
    ) -> None:
        assert rules.next_working_time(at, "UTC") == begins

    def test_begins_by_the_clock_of_the_zone_and_is_told_in_the_zone_it_was_asked_in(self) -> None:
        found = rules.next_working_time(utc(2, 23), "America/New_York")  # 18 o'clock there
        assert found == utc(3, 14)
        assert found.tzinfo is UTC


class TestTheQuotaOfMails:
    @pytest.mark.parametrize(
        ("today", "this_hour", "left"),
        [(0, 0, 25), (140, 0, 10), (0, 20, 5), (150, 0, 0), (149, 25, 0), (160, 30, 0)],
    )
    def test_is_what_both_limits_leave(self, today: int, this_hour: int, left: int) -> None:
        found = rules.mails_left(
            sent_today=today,
            sent_this_hour=this_hour,
            a_day=rules.MAILS_A_DAY,
            an_hour=rules.MAILS_AN_HOUR,
        )
        assert found == left


class TestTheQuotaOfTheShop:
    def test_starts_at_a_thousand_messages_and_six_steps_at_most(self) -> None:
        assert (rules.NEW_SELLER_MESSAGES, rules.MOST_STEPS) == (1_000, 6)

    @pytest.mark.parametrize(
        ("at", "began"),
        [
            (utc(8), utc(8)),
            (utc(8) - SECOND, utc(1)),
            (utc(11, 15), utc(8)),
            (utc(14, 23, 59), utc(8)),
        ],
    )
    def test_is_renewed_on_sunday(self, at: datetime, began: datetime) -> None:
        assert rules.quota_week(at, "UTC") == began

    def test_is_renewed_on_the_zone_s_sunday(self) -> None:
        # Sunday 8 March begins at 05:00 UTC in New York, and summer time begins that night.
        found = rules.quota_week(utc(8, 5), "America/New_York")
        assert found == utc(8, 5)
        assert found.tzinfo is UTC
        assert rules.quota_week(utc(8, 4), "America/New_York") == utc(1, 5)

    @pytest.mark.parametrize(("sent", "left"), [(0, 10), (9, 1), (10, 0), (12, 0)])
    def test_is_never_below_nothing(self, sent: int, left: int) -> None:
        assert rules.shop_left(sent_this_week=sent, quota=10) == left

    @pytest.mark.parametrize(
        ("left", "unanswered", "may"), [(1, 4, True), (1, 5, False), (0, 0, False), (1, 0, True)]
    )
    def test_lets_five_messages_go_before_an_answer(
        self, left: int, unanswered: int, may: bool
    ) -> None:
        found = rules.may_write_in_shop(
            left=left, sent_unanswered=unanswered, has_replied=False, has_sold=False
        )
        assert found is may

    @pytest.mark.parametrize(("has_replied", "has_sold"), [(True, False), (False, True)])
    def test_does_not_count_for_those_who_answered_or_sell(
        self, has_replied: bool, has_sold: bool
    ) -> None:
        assert rules.may_write_in_shop(
            left=0, sent_unanswered=9, has_replied=has_replied, has_sold=has_sold
        )
