"""Template filters: times in the active zone with UTC on hover, amounts with the currency's sign."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from kindling.kit.templatetags import kit
from kindling.kit.time import zone

MOMENT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


class TestATime:
    def test_is_shown_in_the_active_zone_and_in_utc_on_hover(self) -> None:
        with timezone.override(zone("America/New_York")):
            shown = kit.instant(MOMENT)
        assert shown == (
            '<time datetime="2026-03-02T02:30:00Z" title="01 Mar 2026, 21:30 EST = 2026-03-02 02:30 UTC">'
            "01 Mar 2026, 21:30 EST</time>"
        )

    def test_has_the_day_of_the_active_zone(self) -> None:
        with timezone.override(zone("America/New_York")):
            assert ">01 Mar 2026</time>" in kit.day(MOMENT)
            assert kit.plain_day(MOMENT) == "01 Mar 2026"
        with timezone.override(zone("Europe/Berlin")):
            assert kit.plain_day(MOMENT) == "02 Mar 2026"
        assert kit.day(date(2026, 3, 2)) == "02 Mar 2026"

    def test_to_stop_by_is_shown_to_the_minute(self) -> None:
        with timezone.override(zone("Europe/Berlin")):
            midnight = datetime(2026, 3, 9, 23, tzinfo=UTC)
            assert ">10 Mar 2026, 00:00</time>" in kit.stop_by(midnight)
        assert kit.stop_by(None) == kit.DASH

    def test_is_written_in_the_active_language(self) -> None:
        with translation.override("es"):
            assert kit.plain_day(date(2026, 1, 2)) == "02 Ene 2026"

    @pytest.mark.parametrize(
        ("gap", "words"),
        [
            (timedelta(minutes=-33), "33 min ago"),
            (timedelta(hours=1), "in 1 hour"),
            (timedelta(days=3, hours=5), "in 3 days"),
            (timedelta(seconds=-20), "less than a minute ago"),
        ],
    )
    def test_is_relative_where_near(self, gap: timedelta, words: str) -> None:
        shown = kit.away(MOMENT + gap, MOMENT)
        assert f">{words}</time>" in shown
        assert "UTC" in shown

    @pytest.mark.parametrize("missing", [None, ""])
    def test_that_is_missing_is_a_dash(self, missing: str | None) -> None:
        shown = [kit.instant(missing), kit.away(missing, MOMENT), kit.day(missing)]  # type: ignore[arg-type]  # templates give ""
        assert shown == [kit.DASH] * 3


class TestAnAmount:
    @pytest.mark.parametrize(
        ("minor", "currency", "words"),
        [
            (123_456_789, "USD", "$1,234,567.89"),
            (-300, "EUR", "-€3.00"),
            (1_250, "JPY", "¥1,250"),
            (1_200, "CHF", "CHF 12.00"),
            (None, "USD", kit.DASH),
        ],
    )
    def test_has_its_sign_and_thousands(self, minor: int | None, currency: str, words: str) -> None:
        assert kit.money(minor, currency) == words
