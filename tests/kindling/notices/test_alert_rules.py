"""When alerts go out, what a message says, what an answer means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kindling.notices.alerts import rules
from kindling.notices.alerts.rules import Hours, Line, Outcome

ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"]
)
HOUR = st.none() | st.integers(0, 23)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)  # noqa: DTZ001 (naive bounds)
)  # fmt: skip
WISHES = st.builds(Hours, digest_hour=HOUR, quiet_from=HOUR, quiet_to=HOUR, wakes=st.booleans())
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class TestWhenAnAlertIsDue:
    @given(MOMENTS, st.integers(1, 5), WISHES, ZONES)
    def test_is_never_in_quiet_hours_unless_it_breaks_through(
        self, at: datetime, urgency: int, hours: Hours, zone: str
    ) -> None:
        assume((hours.quiet_from is None) == (hours.quiet_to is None))
        due = rules.due_at(at, urgency=urgency, hours=hours, zone=zone)
        assert at <= due <= at + timedelta(days=2, hours=2)
        if urgency == 1 and hours.wakes:
            assert due == at
        else:
            assert not rules.is_quiet(due, hours=hours, zone=zone)

    @given(MOMENTS, st.integers(2, 5), st.integers(0, 23), ZONES)
    def test_waits_for_the_hour_of_the_digest(
        self, at: datetime, urgency: int, hour: int, zone: str
    ) -> None:
        due = rules.due_at(at, urgency=urgency, hours=Hours(digest_hour=hour), zone=zone)
        local = due.astimezone(ZoneInfo(zone))
        assert at < due <= at + timedelta(hours=26)
        assert local.minute == 0
        is_skipped = local.hour == (hour + 1) % 24  # clocks jump over it once a year
        assert local.hour == hour or is_skipped

    @pytest.mark.parametrize(
        ("hour", "start", "end", "is_quiet"),
        [
            (23, 22, 7, True), (0, 22, 7, True), (6, 22, 7, True), (7, 22, 7, False), (21, 22, 7, False),
            (13, 13, 14, True), (14, 13, 14, False), (12, 12, 12, False), (12, None, None, False),
            (22, 22, 7, True), (12, None, 13, False), (12, 11, None, False),
        ],
    )  # fmt: skip
    def test_is_quiet_from_one_hour_up_to_another_over_midnight_too(
        self, hour: int, start: int | None, end: int | None, is_quiet: bool
    ) -> None:
        moment, hours = NOON.replace(hour=hour), Hours(quiet_from=start, quiet_to=end)
        assert rules.is_quiet(moment, hours=hours, zone="UTC") is is_quiet

    def test_after_a_night_is_when_quiet_hours_end(self) -> None:
        hours = Hours(quiet_from=22, quiet_to=7)
        night = NOON.replace(hour=23)
        due = rules.due_at(night, urgency=2, hours=hours, zone="UTC")
        assert due == NOON.replace(day=3, hour=7)

    def test_at_a_digest_inside_quiet_hours_is_when_they_end(self) -> None:
        hours = Hours(digest_hour=6, quiet_from=22, quiet_to=8)
        assert rules.due_at(NOON, urgency=3, hours=hours, zone="UTC") == NOON.replace(day=3, hour=8)

    @pytest.mark.parametrize(("day", "expected"), [(28, 7), (29, 7)])
    def test_keeps_the_hour_of_clocks_over_a_change_of_time(self, day: int, expected: int) -> None:
        at = datetime(2026, 3, day, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
        hours = Hours(quiet_from=22, quiet_to=7)
        due = rules.due_at(at, urgency=2, hours=hours, zone="Europe/Berlin")
        local = due.astimezone(ZoneInfo("Europe/Berlin"))
        assert (local.day, local.hour) == (day, expected)


class TestTheLastDigest:
    @given(MOMENTS, st.integers(0, 23), HOUR, HOUR, ZONES)
    def test_is_past_not_quiet_and_at_most_two_days_old(
        self, now: datetime, hour: int, start: int | None, end: int | None, zone: str
    ) -> None:
        assume((start is None) == (end is None))
        hours = Hours(hour, start, end)
        found = rules.last_digest(now, hours=hours, zone=zone)
        assert now - timedelta(days=2, hours=2) <= found <= now
        assert not rules.is_quiet(found, hours=hours, zone=zone)

    @given(MOMENTS, st.integers(0, 23), ZONES)
    def test_stays_the_same_until_the_next_one(self, now: datetime, hour: int, zone: str) -> None:
        hours = Hours(digest_hour=hour)
        found = rules.last_digest(now, hours=hours, zone=zone)
        assert rules.last_digest(found, hours=hours, zone=zone) == found
        later = rules.due_at(found, urgency=3, hours=hours, zone=zone)
        assert found < now + timedelta(seconds=1)
        assert later > now
        assert rules.last_digest(later, hours=hours, zone=zone) == later


class TestTheMessage:
    LINE = Line("An ad <stopped>", "Ask @sample.ana & go.", "media buyer", "https://k.example/w/s/")

    def test_says_what_happened_what_to_do_who_and_where(self) -> None:
        assert rules.message("Sample shop", [self.LINE]) == (
            "Sample shop\n\nAn ad &lt;stopped&gt;\nAsk @\u200bsample.ana &amp; go. (media buyer)\n"
            "https://k.example/w/s/"
        )

    def test_of_several_says_how_many(self) -> None:
        for count in (2, 3):
            told = rules.message("Sample shop", [self.LINE] * count)
            assert told.startswith(f"Sample shop: {count} notices\n\n")

    def test_that_is_escalated_says_so(self) -> None:
        line = Line("Title", "Step", "", "https://k.example/", is_escalated=True)
        assert "Not taken on yet: Title\nStep\n" in rules.message("Sample", [line])

    @given(st.text(max_size=300))
    def test_lets_no_text_mention_anybody_or_write_markup(self, text: str) -> None:
        told = rules.plain(text)
        assert not any(each in told for each in "<>\n\r")
        assert all(told[at + 1 : at + 2] == "\u200b" for at, each in enumerate(told) if each == "@")

    def test_is_never_longer_than_chats_take(self) -> None:
        frame = len(rules.message("Sample", [Line("", "", "", "")]))
        for more, ends in ((0, "x"), (1, "…")):
            url = "x" * (rules.LONGEST_TEXT - frame + more)
            text = rules.message("Sample", [Line("", "", "", url)])
            assert (len(text), text[-2], text[-1]) == (rules.LONGEST_TEXT, "x", ends)


class TestTheAnswer:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (199, Outcome.REFUSED), (200, Outcome.SENT), (299, Outcome.SENT), (300, Outcome.STOPPED),
            (399, Outcome.STOPPED), (400, Outcome.REFUSED),
            (401, Outcome.STOPPED), (403, Outcome.STOPPED), (404, Outcome.STOPPED), (408, Outcome.LATER),
            (410, Outcome.STOPPED), (413, Outcome.REFUSED), (425, Outcome.LATER), (429, Outcome.LATER),
            (499, Outcome.REFUSED), (500, Outcome.LATER), (503, Outcome.LATER),
        ],
    )  # fmt: skip
    def test_says_what_became_of_the_message(self, status: int, outcome: Outcome) -> None:
        assert rules.outcome_of(status) is outcome

    @given(st.integers(0, 50), st.text(max_size=9))
    def test_is_asked_for_again_within_two_days(self, attempts: int, header: str) -> None:
        at = rules.next_try_at(attempts=attempts, now=NOON, retry_after=header)
        assert NOON + timedelta(minutes=5) <= at <= NOON + rules.MOST_AGE

    @pytest.mark.parametrize(
        ("attempts", "header", "minutes"),
        [
            (0, "", 5), (1, "", 5), (2, "", 15), (3, "", 60), (7, "", 1_440), (8, "", 1_440),
            (1, "3600", 60), (3, "60", 60), (1, "x", 5), (1, "-1", 5),
            (1, "172799", 172_799 / 60), (1, "172801", 2_880), (1, "1000000", 5),
        ],
    )  # fmt: skip
    def test_waits_longer_each_time_or_as_long_as_the_server_says(
        self, attempts: int, header: str, minutes: float
    ) -> None:
        at = rules.next_try_at(attempts=attempts, now=NOON, retry_after=header)
        assert at == NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("roles", "of_webhook", "serves"),
    [(["owner"], [], True), (["owner"], ["owner", "legal"], True), (["owner"], ["legal"], False)],
)
def test_a_webhook_serves_its_roles_and_without_any_all(
    roles: list[str], of_webhook: list[str], serves: bool
) -> None:
    assert rules.serves(roles, of_webhook) is serves


def test_limits_are_those_of_the_page_and_of_chats() -> None:
    assert (rules.NOW, rules.URGENT, rules.MOST_IN_ONE, rules.LONGEST_TEXT) == (1, 2, 20, 3_500)
    assert timedelta(days=2) == rules.MOST_AGE
    assert Hours(None, None, None, True) == rules.AT_ONCE == Hours()
    assert rules.next_try_at(attempts=1, now=NOON, retry_after="") == NOON + timedelta(minutes=5)
    assert rules.next_try_at(attempts=1, now=NOON, retry_after="900000") == NOON + rules.MOST_AGE
