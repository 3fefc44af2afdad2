"""A mail that the server did not take waits longer each time, and not for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kindling.notices import rules
from kindling.notices.rules import Answer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestAFault:
    @pytest.mark.parametrize(
        ("code", "is_about_mail", "has_begun", "answer"),
        [
            (421, True, False, Answer.LATER),
            (450, True, True, Answer.LATER),
            (499, True, False, Answer.LATER),
            (500, True, False, Answer.REFUSED),
            (550, True, True, Answer.REFUSED),
            (535, False, False, Answer.LATER),  # a wrong password is nothing about the mail
            (None, False, False, Answer.LATER),
            (None, True, False, Answer.LATER),
            (None, False, True, Answer.UNCLEAR),
            (421, False, False, Answer.LATER),
        ],
    )
    def test_says_what_became_of_the_mail(
        self, code: int | None, is_about_mail: bool, has_begun: bool, answer: Answer
    ) -> None:
        found = rules.answer_of(code, is_about_mail=is_about_mail, has_begun=has_begun)
        assert found is answer


class TestTheNextTry:
    def test_comes_later_each_time_and_ends_within_two_days(self) -> None:
        waits = []
        for attempts in range(1, len(rules.WAITS) + 1):
            again = rules.next_try_at(attempts=attempts, now=NOW)
            assert again is not None
            waits.append(again - NOW)
        assert waits == sorted(set(waits))
        assert waits == [timedelta(minutes=each) for each in (5, 15, 60, 180, 360, 720, 1440)]
        assert sum(waits, timedelta()) <= timedelta(days=2)
        assert rules.next_try_at(attempts=len(rules.WAITS) + 1, now=NOW) is None
