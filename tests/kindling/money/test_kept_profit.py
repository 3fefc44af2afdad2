"""Profit of large books is kept until what it rests on changes, and says of when it is; small books never are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.delivery import sync
from kindling.facts import booking, lake
from kindling.facts.kept import Shelf, kept
from kindling.facts.schema import AD_DAYS
from kindling.money import service as money
from kindling.money.service import ProfitTable
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces


@pytest.fixture
def spent(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """Books with lines, and every book large enough to be kept."""
    team.apply(team.approved(team.launchable(1)))
    team.sandbox.advance(hours=30)
    sync.sync_account(team.account, at=team.now)
    monkeypatch.setattr(money, "KEPT_LINES", 0)
    monkeypatch.setattr(money, "_tables", Shelf(most=8))
    return team


def profit(team: Team, *, by: str = "product", **later: float) -> ProfitTable:
    return money.profit(team.workspace, by=by, now=noon(team) + timedelta(**later))


def noon(team: Team) -> Any:
    """A time at the beginning of a quarter of an hour."""
    return team.now.replace(minute=0, second=0, microsecond=0)


class TestLargeBooks:
    def test_are_calculated_once_for_all_who_ask(
        self, spent: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = profit(spent)
        assert before.total.books.ad_spend > 0
        monkeypatch.setattr(money, "_lines", None)  # would fail if it were called
        again = profit(spent, minutes=14)
        assert again == before
        assert again.calculated_at == noon(spent)

    @pytest.mark.parametrize("by", money.CUTS)
    def test_are_what_small_ones_are(
        self, spent: Team, by: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        large = [profit(spent, by=by) for _ in range(2)][1]
        monkeypatch.setattr(money, "KEPT_LINES", 10_000)
        monkeypatch.setattr(money, "_tables", Shelf(most=8))
        small = profit(spent, by=by)
        assert large.is_kept
        assert not small.is_kept
        assert large.to_json() == small.to_json()

    def test_are_calculated_anew_after_a_sync(self, spent: Team) -> None:
        before = profit(spent)
        key, day = spent.account.lake_key, spent.now.date()
        booking.book_ad_days(key, day - timedelta(days=3), day, [], at=spent.now)
        assert profit(spent).total.books.ad_spend == 0 < before.total.books.ad_spend

    def test_are_calculated_anew_after_a_change(self, spent: Team) -> None:
        profit(spent)
        Post.objects.filter(workspace=spent.workspace).update(sku="SAMPLE-NEW")
        assert "SAMPLE-NEW" not in {row.key for row in profit(spent).rows}
        workspaces.record(spent.owner, "tagged post", "all", at=spent.now)
        assert "SAMPLE-NEW" in {row.key for row in profit(spent).rows}

    def test_are_calculated_anew_after_a_quarter_of_an_hour(self, spent: Team) -> None:
        profit(spent)
        later = profit(spent, minutes=15)
        assert later.calculated_at == noon(spent) + timedelta(minutes=15)

    def test_say_on_the_pages_when_they_were_calculated(
        self, spent: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = Client()
        assert spent.owner.user is not None
        client.force_login(spent.owner.user)
        pages = [
            reverse(name, args=[spent.workspace.slug]) for name in ("money:profit", "today:home")
        ]
        for url in pages:
            assert "alculated" in client.get(url).content.decode()
        monkeypatch.setattr(money, "KEPT_LINES", 10_000)
        monkeypatch.setattr(money, "_tables", Shelf(most=8))
        for url in pages:
            assert "alculated" not in client.get(url).content.decode()


class TestWhatIsKept:
    def test_is_asked_anew_when_a_file_of_the_lake_is_lost(self, spent: Team) -> None:
        asked: list[int] = []

        def compute() -> int:
            asked.append(1)
            return len(asked)

        assert [kept("sample", (AD_DAYS,), compute) for _ in range(2)] == [1, 1]
        stamp = lake.stamp(AD_DAYS)
        file = lake.files(AD_DAYS)[0].removeprefix("file://")
        with open(file, "ab") as out:  # noqa: PTH123
            out.write(b"x")
        assert lake.stamp(AD_DAYS) != stamp
        assert kept("sample", (AD_DAYS,), compute) == 2

    def test_is_no_more_than_it_has_room_for(self) -> None:
        shelf: Shelf[int] = Shelf(most=2)
        for number in range(3):
            shelf.keep(number, "now", number)
            shelf.find(0, "now")
        assert [shelf.find(number, "now") for number in range(3)] == [0, None, 2]
        assert shelf.find(0, "later") is None
