"""What an ad of an approved plan can still spend under an agreed maximum. Nothing here is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from kindling.agreements.rights.rules import SpendCap
from kindling.launches.planning import spend_caps

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ITEM = "7561217414655688790"


def ad(external_id: str = "", zone: str = "UTC") -> Any:
    """An ad whose group runs from noon to noon for three days with 25.00 a day."""
    group = {
        "kind": "adgroup",
        "key": "adgroup-2",
        "parent": "campaign-1",
        "item_id": ITEM,
        "payload": {"budget_minor": 2_500, "schedule_start_time": "2026-03-02 12:00:00"},
        "flight_end": "2026-03-05 12:00:00",
    }
    other = {
        **group,
        "key": "adgroup-1",
        "item_id": "1",
        "payload": {**group["payload"], "budget_minor": 9},
    }  # type: ignore[dict-item]
    planned = {"kind": "ad", "key": "ad-2", "parent": "adgroup-2", "item_id": ITEM}
    plan = SimpleNamespace(
        content={"objects": [other, group, planned]}, ad_account=SimpleNamespace(timezone=zone)
    )
    return SimpleNamespace(payload={"tiktok_item_id": ITEM}, plan=plan, external_id=external_id)


class TestWhatAnAdCanStillSpend:
    @pytest.mark.parametrize(
        ("since", "days"), [(-DAY, 4), (0 * DAY, 4), (DAY, 3), (2.5 * DAY, 1), (3 * DAY, 0)]
    )
    def test_is_its_budget_on_each_day_that_is_left(self, since: timedelta, days: int) -> None:
        assert spend_caps._rest(ad(), since=NOON + since) == days * 2_500

    def test_is_of_the_days_of_its_account(self) -> None:
        assert spend_caps._rest(ad(zone="Etc/GMT+12"), since=NOON) == 3 * 2_500

    @pytest.mark.parametrize(("least", "budget"), [(3_000, 3_000), (2_000, 2_500), (0, 2_500)])
    def test_is_more_where_its_budget_was_raised_and_never_less(
        self, least: int, budget: int
    ) -> None:
        found = ad()
        assert spend_caps._rest(found, since=NOON, least=least) == 4 * budget
        assert spend_caps._rest(found, since=NOON) == 4 * 2_500  # the plan stays as it was approved


class TestSinceWhenItCounts:
    @staticmethod
    def cap(as_of: datetime | None) -> SpendCap:
        return SpendCap(6, "Spring video", 10_000, "USD", 0, as_of=as_of)

    @pytest.mark.parametrize(
        ("as_of", "since"), [(NOON - DAY, NOON - DAY), (None, NOON), (NOON + DAY, NOON)]
    )
    def test_is_the_last_figure_for_an_ad_that_may_run(
        self, as_of: datetime | None, since: datetime
    ) -> None:
        assert spend_caps._since(ad("17"), self.cap(as_of), now=NOON) == since

    def test_is_now_for_one_that_was_not_made_yet(self) -> None:
        assert spend_caps._since(ad(), self.cap(NOON - DAY), now=NOON) == NOON
