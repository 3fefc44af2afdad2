"""A lake that lost something is never silently smaller: a gap is shown, or the answer is refused; and it heals."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle import daily
from kindling.cli import main
from kindling.commands import doctor
from kindling.conversions import service as conversions
from kindling.delivery import guard, sync
from kindling.delivery import service as delivery
from kindling.delivery.models import SyncRun
from kindling.facts import copies, gaps, lake
from kindling.facts import queries as facts
from kindling.facts.models import BookedMonth, SyncedDay
from kindling.facts.schema import AD_DAYS, ORDERS, LakeDamagedError, Table
from kindling.money import service as money
from kindling.today import five as today

pytestmark = pytest.mark.slow  # worlds that lose days and heal

FIRST = date(2026, 3, 1)
REFUSED = 1


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


class TestDaysMissing:
    def test_are_those_that_differ_and_those_between_that_nobody_synced(self) -> None:
        recorded = {day(0): (2, 50), day(1): (0, 0), day(2): (1, 7), day(4): (1, 9)}
        held = {day(0): (2, 49), day(2): (1, 7), day(4): (2, 9), day(9): (1, 1)}
        assert gaps.missing_days(recorded, held) == [day(0), day(3), day(4)]
        assert gaps.missing_days({}, held) == []

    def test_are_named_as_spans(self) -> None:
        assert gaps.spans([day(5), day(0), day(1), day(5)]) == [(day(0), day(1)), (day(5), day(5))]
        assert gaps.month_span("2026-02") == (date(2026, 2, 1), date(2026, 2, 28))
        said = str(gaps.Gap("Sample account", day(0), day(1)))
        assert "Sample account" in said
        assert "01 Mar 2026 to 02 Mar 2026" in said
        assert "kindling repair" in said


@pytest.fixture
def sold(team: Team) -> Team:
    """A team with two ads that ran for twelve days, and the shop's orders."""
    return team.stages.after("sold", do=lambda: sell(team))


def sell(team: Team) -> Team:
    team.apply(team.approved(team.launchable(2, days=30)))
    team.sandbox.advance(days=12)
    team.read()
    team.orders()
    return team


@pytest.fixture(autouse=True)
def _no_copies_of_others() -> None:
    """A stage puts the database and the lake back; copies of orders of other tests are not of it."""
    shutil.rmtree(settings.DATA_DIR / "orders", ignore_errors=True)


@pytest.fixture
def copied(sold: Team) -> Team:
    """`sold`, with the copies of its orders where they belong."""
    for row in BookedMonth.objects.filter(workspace_id=sold.workspace.pk):
        rows = facts.orders_of(sold.workspace.pk, months=[row.month]).to_pylist()
        copies.save(sold.workspace.pk, row.month, rows)
    return sold


def spend(team: Team) -> int:
    return money.profit(team.workspace, by="post", now=team.now).total.books.ad_spend


def owner_of(team: Team) -> Client:
    client = Client()
    client.force_login(team.owner.user)  # type: ignore[arg-type]
    return client


def url(team: Team, name: str) -> str:
    return reverse(name, args=[team.workspace.slug])


PAGES = ["delivery:live", "money:profit", "today:home"]


def parquet_of(table: Table) -> Path:
    """The newest file of the table that counts."""
    return max((Path(each) for each in lake.files(table)), key=lambda each: each.stat().st_mtime_ns)


def delete_folder() -> None:
    shutil.rmtree(Path(str(settings.KINDLING_LAKE_URL)))


def delete_last_commit() -> None:
    """The log's newest entries are lost, as after a copy that broke off: an older table remains."""
    logs = sorted(Path(lake.location(AD_DAYS), "_delta_log").glob("*.json"))
    for each in logs[1:]:
        each.unlink()


def delete_file() -> None:
    parquet_of(AD_DAYS).unlink()


def garble_file() -> None:
    parquet_of(AD_DAYS).write_bytes(b"no parquet at all" * 20)


def garble_log() -> None:
    for each in Path(lake.location(AD_DAYS), "_delta_log").glob("*.json"):
        each.write_text("{{{ nothing of json")


SHOWN = [delete_folder, delete_last_commit]
REFUSING = [delete_file, garble_file, garble_log]
named = {"ids": lambda each: each.__name__}


class TestALakeThatLostDays:
    @pytest.mark.parametrize("damage", SHOWN, **named)
    def test_is_said_beside_every_figure(self, sold: Team, damage: Callable[[], None]) -> None:
        assert delivery.list_gaps(sold.workspace) == []
        damage()
        assert delivery.list_gaps(sold.workspace)
        assert money.profit(sold.workspace, by="post", now=sold.now).gaps
        body = today.to_json(today.five(sold.workspace, now=sold.now))
        assert "kindling repair" in body["gaps"][0]["next_step"]
        client = owner_of(sold)
        for name in PAGES:
            page = client.get(url(sold, name))
            assert page.status_code == 200
            assert "are missing for" in page.content.decode(), name
        run = CliRunner().invoke(main, ["profit", "--json"])
        assert json.loads(run.stdout)["gaps"]
        assert "are missing for" in CliRunner().invoke(main, ["profit"]).stderr
        for name in ("ads", "profit"):
            run = CliRunner().invoke(main, ["list", name, "-o", "-"])
            assert (run.exit_code, "are missing for" in run.stderr) == (0, True), name

    def test_shows_no_zero_for_what_is_not_held(self, sold: Team) -> None:
        assert all(
            each.spend and each.spend_today for each in delivery.live(sold.workspace, now=sold.now)
        )
        delete_folder()
        ads = delivery.live(sold.workspace, now=sold.now)
        assert ads
        assert {(each.spend, each.spend_today) for each in ads} == {(None, None)}
        assert all(each.to_json()["has_gaps"] for each in ads)
        assert delivery.spend_today(sold.workspace, now=sold.now) is None
        series = dict(delivery.series(sold.workspace, now=sold.now))
        assert series[max(series)] is None

    @pytest.mark.parametrize("damage", REFUSING, **named)
    def test_or_cannot_be_read_is_a_clear_page_and_no_number(
        self, sold: Team, damage: Callable[[], None]
    ) -> None:
        damage()
        client = owner_of(sold)
        for name in PAGES:
            page = client.get(url(sold, name))
            assert page.status_code == 503, name
            assert "kindling repair" in page.content.decode()
        run = CliRunner().invoke(main, ["profit"])
        assert (run.exit_code, run.stdout) == (REFUSED, "")
        assert "kindling repair" in run.stderr

    @pytest.mark.parametrize("damage", SHOWN + REFUSING, **named)
    def test_does_not_keep_ads_from_being_stopped_nor_risk_from_being_known(
        self, sold: Team, damage: Callable[[], None]
    ) -> None:
        daily.sweep(sold.workspace, now=sold.now)
        risks = {
            each.pk: each.risk_minor for each in authorizations.list_authorizations(sold.workspace)
        }
        assert any(risks.values())
        damage()
        daily.sweep(sold.workspace, now=sold.now)
        guard.guard(sold.workspace, now=sold.now)
        after = {
            each.pk: each.risk_minor for each in authorizations.list_authorizations(sold.workspace)
        }
        assert after == risks

    def test_is_no_gap_while_a_sync_is_writing(
        self, sold: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Any] = []
        replace = lake.replace_ad_days

        def written(account: str, first: date, last: date, rows: Any) -> int:
            count = replace(account, first, last, rows)
            seen.append(gaps.ad_days_missing([account])[account])
            return count

        monkeypatch.setattr(lake, "replace_ad_days", written)
        sold.sandbox.advance(days=1)
        assert sync.sync_account(sold.account, at=sold.now).is_complete
        assert seen == [[]]

    def test_does_not_keep_kindling_from_starting(self, sold: Team) -> None:
        garble_log()
        error = pickle.loads(pickle.dumps(LakeDamagedError("ad_days", "garbled")))  # noqa: S301 - ours
        assert (error.code, "ad_days" in error.message) == ("lake_damaged", True)
        with pytest.raises(LakeDamagedError):
            lake.migrate()
        done = CliRunner().invoke(main, ["migrate"])
        assert (done.exit_code, done.stdout) == (3, "")
        assert "kindling repair" in done.stderr


class TestASyncAfterALoss:
    def test_reaches_back_to_the_first_gap(self, sold: Team) -> None:
        before = spend(sold)
        delete_folder()
        run = sync.sync_account(sold.account, at=sold.now)
        assert run.is_complete
        assert delivery.list_gaps(sold.workspace) == []
        assert spend(sold) == before

    def test_of_some_of_the_days_does_not_claim_to_be_complete(self, sold: Team) -> None:
        delete_folder()
        since = sold.now.date() - timedelta(days=3)
        run = sync.sync_account(sold.account, at=sold.now, since=since)
        assert not run.is_complete
        assert "missing in part" in run.problem
        assert "kindling repair" in run.problem
        assert sync.sync_account(sold.account, at=sold.now).is_complete

    def test_reaches_back_to_days_that_a_first_sync_left_out(self, team: Team) -> None:
        team.apply(team.approved(team.launchable(1, days=30)))
        team.sandbox.advance(days=12)
        SyncRun.objects.all().delete()
        SyncedDay.objects.all().delete()
        shutil.rmtree(Path(str(settings.KINDLING_LAKE_URL)), ignore_errors=True)
        first = sync.sync_account(team.account, at=team.now, since=team.now.date())
        assert not first.is_complete
        assert sync.sync_account(team.account, at=team.now).is_complete
        assert spend(team) == sum(row["spend_minor"] for row in team.truth()["ad_days"])

    @pytest.mark.parametrize("damage", REFUSING, **named)
    def test_that_cannot_write_ends_and_says_so(
        self, sold: Team, damage: Callable[[], None]
    ) -> None:
        damage()
        run = sync.sync_account(sold.account, at=sold.now)
        assert run.finished_at is not None
        assert not run.is_complete
        assert "kindling repair" in run.problem


class TestOrdersThatWereLost:
    def test_are_a_gap_until_their_copy_is_booked_again(self, copied: Team) -> None:
        team, before = copied, facts.orders_of(copied.workspace.pk).sort_by("order_id").to_pylist()
        assert before
        delete_folder()
        assert gaps.order_gaps(team.workspace.pk)
        assert conversions.refill(team.workspace, at=team.now) == []
        assert gaps.order_gaps(team.workspace.pk) == []
        assert facts.orders_of(team.workspace.pk).sort_by("order_id").to_pylist() == before

    def test_come_back_before_a_file_is_imported_and_keep_their_costs(self, copied: Team) -> None:
        team, before = copied, facts.order_totals(copied.workspace.pk)
        delete_folder()
        team.workspace.refresh_from_db()
        result = team.orders()
        assert (result.taken, result.changed) == (0, 0)
        assert sorted(map(str, facts.order_totals(team.workspace.pk))) == sorted(map(str, before))

    def test_without_a_copy_stay_a_gap_until_as_many_are_imported(self, sold: Team) -> None:
        delete_folder()
        (month, *_) = gaps.order_months_missing(sold.workspace.pk)
        line = f"A-1,{month}-01T10:00:00Z,GLOW-SERUM,1,USD,34.00\n"
        head = "order_id,ordered_at,sku,quantity,currency,gross\n"
        conversions.import_orders(
            sold.finance, (head + line).encode(), file_name="few.csv", at=sold.now
        )
        assert month in gaps.order_months_missing(sold.workspace.pk)
        sold.orders()
        assert gaps.order_months_missing(sold.workspace.pk) == []

    def test_have_a_copy_that_says_when_it_is_garbled(self, copied: Team) -> None:
        (path, *_) = (settings.DATA_DIR / "orders").rglob("*.parquet")
        data = bytearray(path.read_bytes())
        data[30:60] = b"\xff" * 30
        path.write_bytes(bytes(data))
        assert copies.load(int(path.parent.name), path.stem) is None


class TestTheDoctor:
    def bad(self) -> list[str]:
        return [each.message for each in doctor._lake() if each.level == "bad"]

    @pytest.mark.parametrize("damage", SHOWN + REFUSING, **named)
    def test_finds_every_damage(self, sold: Team, damage: Callable[[], None]) -> None:
        assert self.bad() == []
        damage()
        assert self.bad()
        run = CliRunner().invoke(main, ["doctor"])
        assert run.exit_code == REFUSED
        assert "kindling repair" in run.output

    @pytest.mark.parametrize(
        ("damage", "word"), [(delete_file, "missing"), (garble_file, "garbled")]
    )
    def test_names_the_table_the_file_and_its_days(
        self, sold: Team, damage: Callable[[], None], word: str
    ) -> None:
        name = parquet_of(AD_DAYS).name
        damage()
        said = " ".join(self.bad())
        assert "ad_days" in said
        assert name in said
        assert word in said
        assert f"{sold.now:%b %Y}" in said


class TestRepair:
    def run(self) -> Any:
        return CliRunner().invoke(main, ["repair", "--json"])

    @pytest.mark.parametrize("damage", SHOWN + REFUSING, **named)
    def test_makes_every_figure_what_it_was(self, copied: Team, damage: Callable[[], None]) -> None:
        team = copied
        before, orders = spend(team), facts.order_totals(team.workspace.pk)
        damage()
        done = self.run()
        assert done.exit_code == 0, done.output
        body = json.loads(done.stdout)
        assert body["schema"] == "kindling.repair/1"
        assert body["left"] == []
        assert spend(team) == before
        assert sorted(map(str, facts.order_totals(team.workspace.pk))) == sorted(map(str, orders))
        assert delivery.list_gaps(team.workspace) == []
        assert CliRunner().invoke(main, ["repair"]).exit_code == 0

    @pytest.mark.parametrize("damage", [delete_file, garble_file, garble_log], **named)
    def test_sets_what_is_damaged_aside_and_deletes_nothing(
        self, copied: Team, damage: Callable[[], None]
    ) -> None:
        damage()
        left = {path.name for path in Path(lake.location(AD_DAYS)).rglob("*.parquet")}
        (kept,) = json.loads(self.run().stdout)["set_aside"]
        assert {path.name for path in Path(kept).rglob("*.parquet")} == left

    def test_keeps_the_days_of_an_account_that_cannot_be_synced(self, copied: Team) -> None:
        other = f"{copied.workspace.pk}-999"
        row = {"account": other, "day": FIRST, "ad_id": "1", "currency": "USD", "spend_minor": 7}
        lake.replace_ad_days(other, FIRST, FIRST, [row])
        mine = [Path(each) for each in lake.files(AD_DAYS) if other not in each]
        mine[0].unlink()
        assert self.run().exit_code == 0
        (kept,) = facts.ad_days([other], first_day=None, last_day=None)
        assert kept["spend_minor"] == 7

    def test_says_what_it_could_not_bring_back(self, sold: Team) -> None:
        delete_folder()
        sold.fault("error", "/report/integrated/get/", code=40002)
        done = self.run()
        assert done.exit_code == 3
        left = " ".join(json.loads(done.stdout)["left"])
        assert sold.account.name in left
        assert "orders" in left.lower()
        assert "import" in left.lower()

    def test_of_orders_alone_is_by_their_copies(self, copied: Team) -> None:
        parquet_of(ORDERS).write_bytes(b"garbled")
        with pytest.raises(LakeDamagedError):
            facts.order_totals(copied.workspace.pk)
        assert self.run().exit_code == 0
        assert gaps.order_gaps(copied.workspace.pk) == []
