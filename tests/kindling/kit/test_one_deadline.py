"""One deadline is one day and one minute everywhere: in sentences, on pages, in the calendar, across all zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kindling.kit.templatetags import kit as filters
from kindling.kit.time import day_in, day_words, instant_words, start_of_day, zone

ZONES = (
    "Pacific/Pago_Pago", "America/Los_Angeles", "America/New_York", "America/St_Johns", "UTC", "Europe/Berlin",
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati",
)  # fmt: skip
# Around day ends, and the hours in which clocks change in the zones above.
MOMENTS = tuple(
    datetime(2026, month, day, hour, minute, tzinfo=UTC)
    for month, day in ((3, 8), (3, 29), (4, 4), (10, 4), (10, 25), (11, 1), (12, 31))
    for hour, minute in ((0, 0), (9, 59), (10, 0), (13, 59), (14, 0), (23, 59))
)


@pytest.mark.parametrize("name", ZONES)
class TestADeadline:
    def test_has_the_same_words_in_a_sentence_and_on_a_page(self, name: str) -> None:
        with timezone.override(zone(name)):
            for moment in MOMENTS:
                assert day_words(moment, name) == filters.plain_day(moment)
                shown = str(filters.instant(moment))
                assert instant_words(moment, name) in shown
                assert instant_words(moment, name)[:18] in str(filters.stop_by(moment))

    def test_is_in_utc_for_whoever_hovers(self, name: str) -> None:
        with timezone.override(zone(name)):
            for moment in MOMENTS:
                assert f"{moment:%Y-%m-%d %H:%M}" in str(filters.instant(moment)).replace("T", " ")

    @given(moment=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (the zone is the third argument)
    def test_falls_on_the_day_that_its_zone_counts(self, name: str, moment: datetime) -> None:
        day = day_in(moment, name)
        assert start_of_day(day, name) <= moment < start_of_day(day + timedelta(days=1), name)
        assert day_words(moment, name) == f"{day:%d %b %Y}"
