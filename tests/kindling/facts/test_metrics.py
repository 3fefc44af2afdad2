"""Every metric follows from its one line: column, report, sum, quotient, API, page and dictionary."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kindling.delivery.api import AdOut
from kindling.facts import lake
from kindling.facts import queries as facts
from kindling.facts.metrics import (
    BY_COLUMN,
    DERIVED,
    METRICS,
    ON_LIVE_PAGE,
    REPORTED,
    AdMetrics,
    Derived,
    Reported,
    Unit,
)
from kindling.facts.schema import AD_DAYS, TABLES
from kindling.kit.money import Money
from tiktok_business.resources.metrics import MetricKind, metric_kind
from tiktok_sandbox.wire.reports.metrics import is_metric

DICTIONARY = Path(__file__).resolve().parents[3] / "docs/reference/facts.md"
ACCOUNT, FIRST = "1-71", date(2026, 1, 1)
SUMS = {
    "spend_minor": 1_005, "impressions": 3_000, "clicks": 60, "conversions": 4, "video_views_2s": 900,
    "video_views_6s": 300, "video_views_p100": 150, "reach": 2_000,
}  # fmt: skip


class TestADerivedMetric:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("thumb_stop_rate", 0.3),
            ("hold_rate", 0.333333),
            ("six_second_rate", 0.1),
            ("completion_rate", 0.05),
            ("ctr", 0.02),
            ("cvr", 0.066667),
            ("cpm", Money(335, "USD")),
            ("cpc", Money(17, "USD")),
            ("cpa", Money(251, "USD")),
            ("frequency", 1.5),
        ],
    )
    def test_is_the_quotient_of_two_sums(self, name: str, value: object) -> None:
        assert AdMetrics(SUMS, "USD")[name] == value

    def test_all_are_tried_here(self) -> None:
        assert len(DERIVED) == 10

    @pytest.mark.parametrize("metric", DERIVED, ids=lambda each: each.name)
    @pytest.mark.parametrize("unknown", ["zero below", "below", "above", "all"])
    def test_is_undefined_where_a_part_is_unknown_or_nothing_to_divide_by(
        self, metric: Derived, unknown: str
    ) -> None:
        cases: dict[str, dict[str, int | None]] = {
            "zero below": {metric.bottom: 0}, "below": {metric.bottom: None},
            "above": {metric.top: None}, "all": dict.fromkeys(SUMS),
        }  # fmt: skip
        assert AdMetrics({**SUMS, **cases[unknown]}, "USD")[metric.name] is None
        assert AdMetrics({}, "USD")[metric.name] is None

    @pytest.mark.parametrize("metric", DERIVED, ids=lambda each: each.name)
    def test_is_zero_where_nothing_came_of_something(self, metric: Derived) -> None:
        value = AdMetrics({**SUMS, metric.top: 0}, "USD")[metric.name]
        assert value == (Money(0, "USD") if metric.unit is Unit.MONEY else 0)

    @pytest.mark.parametrize("metric", DERIVED, ids=lambda each: each.name)
    def test_divides_stored_columns(self, metric: Derived) -> None:
        assert {metric.top, metric.bottom} <= set(BY_COLUMN)

    def test_of_money_is_refused_for_a_share(self) -> None:
        with pytest.raises(TypeError, match="ctr is no money"):
            AdMetrics(SUMS, "USD").money("ctr")


class TestTheRegistry:
    @pytest.mark.parametrize("metric", REPORTED, ids=lambda each: each.name)
    def test_names_a_column_a_report_metric_of_the_same_kind_and_one_the_sandbox_answers(
        self, metric: Reported
    ) -> None:
        (column,) = [each for each in AD_DAYS.columns if each.name == metric.column]
        assert (column.since, column.about) == (metric.since, metric.about)
        assert (metric_kind(metric.wire) is MetricKind.MONEY) == (metric.unit is Unit.MONEY)
        assert is_metric(metric.wire)

    def test_uses_the_words_of_the_field(self) -> None:
        assert [each.label for each in DERIVED] == [
            "Thumb-stop rate", "Hold rate", "6-second view rate", "Completion rate", "CTR", "CVR", "CPM",
            "CPC", "CPA", "Frequency",
        ]  # fmt: skip
        assert [each.name for each in ON_LIVE_PAGE] == [
            "spend", "conversions", "thumb_stop_rate", "ctr", "cpa",
        ]  # fmt: skip

    def test_names_each_metric_and_each_report_metric_once(self) -> None:
        assert len(METRICS) == len(REPORTED) + len(DERIVED)
        assert len({each.wire for each in REPORTED}) == len(BY_COLUMN) == len(REPORTED)

    def test_is_what_the_api_says_of_an_ad(self) -> None:
        assert set(METRICS) <= set(AdOut.model_fields)
        assert set(AdMetrics(SUMS, "USD").to_json()) == set(METRICS)
        assert AdMetrics(SUMS, "USD").to_json()["cpa"] == {"amount": "2.51", "currency": "USD"}

    def test_and_every_column_are_in_the_dictionary_with_unit_source_and_settling(self) -> None:
        text = DICTIONARY.read_text()
        for table in TABLES:
            part = text.split(f"## {table.name}\n")[1].split("\n## ")[0]
            assert f"Version {table.version}." in part
            for each in table.columns:
                (row,) = [
                    line for line in part.splitlines() if line.startswith(f"| `{each.name}` ")
                ]
                cells = [cell.strip() for cell in row.strip("|").split("|")]
                assert all(cells), row
                assert cells[1:] == [
                    str(each.type), each.unit, each.about, each.source, each.settles, str(each.since),
                ]  # fmt: skip
        part = text.split("## Metrics\n")[1]
        for metric in METRICS.values():
            assert f"| {metric.label} | `{metric.name}` |" in part


def day(number: int, ad: str = "a", **known: int | None) -> dict[str, Any]:
    return {
        "account": ACCOUNT, "day": FIRST + timedelta(days=number), "ad_id": ad, "currency": "USD",
        "spend_minor": 10, "impressions": 100, **known,
    }  # fmt: skip


@pytest.mark.usefixtures("database")
class TestASum:
    def of(self, *rows: dict[str, Any]) -> AdMetrics:
        last = FIRST + timedelta(days=9)
        lake.replace_ad_days(ACCOUNT, FIRST, last, rows)
        totals = facts.ad_totals(ACCOUNT, FIRST, last, ad_ids=["a"])
        return AdMetrics(totals["a"], "USD")

    def test_is_known_only_where_every_day_is(self) -> None:
        found = self.of(day(0, clicks=None), day(1, clicks=4), day(2, clicks=5))
        assert (found["clicks"], found["ctr"]) == (None, None)
        assert (found["impressions"], found["spend"]) == (300, Money(30, "USD"))

    def test_of_known_days_adds_them_up(self) -> None:
        found = self.of(day(0, clicks=0), day(1, clicks=4), day(2, "b", clicks=50))
        assert (found["clicks"], found["ctr"]) == (4, 0.02)

    def test_of_reach_is_that_of_one_day_and_of_several_days_undefined(self) -> None:
        one = self.of(day(0, reach=80), day(0, "b", reach=60))
        assert (one["reach"], one["frequency"]) == (80, 1.25)
        several = self.of(day(0, reach=80), day(1, reach=80))
        assert (several["reach"], several["frequency"]) == (None, None)

    def test_over_ads_and_posts_keeps_what_is_unknown_unknown(self) -> None:
        self.of(
            day(0, clicks=3, reach=9), day(1, clicks=None, reach=9), day(0, "b", clicks=4, reach=7)
        )
        found = {row["ad_id"]: row for row in facts.spend_totals([ACCOUNT])}
        assert (found["a"]["clicks"], found["a"]["reach"], found["a"]["spend_minor"]) == (
            None,
            None,
            20,
        )
        assert (found["b"]["clicks"], found["b"]["reach"], found["b"]["spend_minor"]) == (4, 7, 10)
