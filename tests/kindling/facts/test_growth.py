"""A lake of an earlier version is read as it is and grows; one of a later version is refused by name.

`old_lake` was written by Kindling when the schemas were of version 1; `rows.json` beside it says what it holds.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from kindling.commands import doctor
from kindling.errors import KindlingError
from kindling.facts import lake
from kindling.facts import queries as facts
from kindling.facts.schema import (
    AD_DAYS,
    COUNT,
    COUNTERS,
    DAY,
    INSTANT,
    ORDERS,
    TABLES,
    TEXT,
    Column,
    LakeMismatchError,
    Table,
)
from kindling.money import service as money
from kindling.workspaces.models import AdAccount, Connection, Member, Role, User, Workspace

OLD_LAKE = Path(__file__).parent / "old_lake"
WORKSPACE, ADVERTISER = 41, "7000000000000000001"
ACCOUNT = f"{WORKSPACE}-{ADVERTISER}"
AD, POST = "1700000000000000000", "7400000000000000001"
FIRST, LAST = date(2026, 1, 30), date(2026, 2, 2)
NEW = {each.name for each in AD_DAYS.columns if each.since > 1}


@pytest.fixture
def old_lake(database: None) -> None:
    """A copy of the lake of version 1 where the platform looks for its own."""
    shutil.copytree(
        OLD_LAKE, Path(str(settings.KINDLING_LAKE_URL)), ignore=shutil.ignore_patterns("rows.json")
    )


def written(table: Table) -> list[dict[str, Any]]:
    """What the old lake holds of the table, as it was written."""
    parse = {DAY: date.fromisoformat, INSTANT: datetime.fromisoformat}
    kinds = {each.name: each.type for each in table.columns}
    rows = json.loads((OLD_LAKE / "rows.json").read_text())[table.name]
    return [
        {
            name: parse.get(kinds[name], lambda same: same)(value) if value is not None else None
            for name, value in row.items()
        }
        for row in rows
    ]


def stored(table: Table) -> pa.Table:
    """Every row of the table as queries see it, in the order of their ids."""
    keys = ["day", "ad_id"] if "day" in table.names else ["order_id"]
    with facts.reading(table) as (rows,):
        return rows.order_by(keys).to_pyarrow()


def commits(table: Table) -> int:
    return DeltaTable(lake.location(table)).version()


def carried(table: Table) -> str | None:
    """The version that the table itself names."""
    return DeltaTable(lake.location(table)).metadata().configuration.get(lake.VERSION_PROPERTY)


class TestTheSchema:
    @pytest.mark.parametrize("table", TABLES, ids=lambda each: each.name)
    def test_changes_no_column_that_is_on_disks_already(self, table: Table) -> None:
        old = pa.schema(DeltaTable(OLD_LAKE / table.name).schema().to_arrow())
        ours = [(each.name, each.type) for each in table.columns if each.since == 1]
        assert ours == [(each.name, each.type) for each in old]


@pytest.mark.usefixtures("old_lake")
class TestAnOldLake:
    @pytest.mark.parametrize("table", TABLES, ids=lambda each: each.name)
    def test_is_read_without_a_write_and_new_columns_are_typed_nulls(self, table: Table) -> None:
        before = commits(table)
        rows = stored(table)
        assert rows.schema.equals(table.arrow)
        new = {each.name: None for each in table.columns if each.since > 1}
        assert rows.to_pylist() == [row | new for row in written(table)]
        assert commits(table) == before

    @pytest.mark.slow
    def test_answers_every_query_with_what_is_known_of_it(self) -> None:
        days = written(AD_DAYS)
        mine = [row for row in days if row["ad_id"] == AD]
        known = [name for name in ("spend_minor", *COUNTERS) if name not in NEW]
        sums = {name: sum(row[name] for row in mine) for name in known} | dict.fromkeys(NEW)
        assert facts.ad_totals(ACCOUNT, FIRST, LAST, ad_ids=[AD]) == {AD: sums}
        (spent,) = [row for row in facts.spend_totals([ACCOUNT]) if row["ad_id"] == AD]
        assert {name: spent[name] for name in sums} == sums
        by_day = facts.spend_by_day([ACCOUNT], first_day=FIRST, last_day=LAST)
        assert sum(by_day.values()) == sum(row["spend_minor"] for row in days)
        assert sum(facts.spend_by_post(ACCOUNT, FIRST, LAST)[POST].values()) == sums["spend_minor"]
        orders = facts.order_totals(WORKSPACE)
        assert sum(row["net_minor"] for row in orders) == sum(
            row["net_minor"] for row in written(ORDERS)
        )
        assert facts.sold_posts(WORKSPACE) == {POST}
        assert facts.unowned_orders(WORKSPACE) == 1
        assert facts.orders_of(WORKSPACE, months=["2026-02"]).num_rows == 3

    @pytest.mark.slow
    def test_gives_the_profit_page_the_same_figures_before_and_after_it_grew(self) -> None:
        client, workspace = a_team_of_the_old_lake()
        now = datetime(2026, 3, 1, tzinfo=UTC)

        def figures() -> tuple[list[dict[str, Any]], str]:
            page = client.get(reverse("money:profit", args=[workspace.slug]) + "?by=post")
            assert page.status_code == 200
            table = money.profit(workspace, by="post", now=now)
            spent = sum(row["spend_minor"] for row in written(AD_DAYS))
            assert table.total.books.ad_spend == spent
            assert f"{spent / 100:.2f}" in page.content.decode()
            return table.to_json(), page.content.decode().split("</nav>")[-1]

        before = figures()[0]
        assert lake.migrate() == ["ad_days", "orders"]
        assert figures()[0] == before

    def test_is_brought_up_to_date_once_and_no_file_is_touched(self) -> None:
        before = [lake.files(table) for table in TABLES]
        assert not lake.is_current(AD_DAYS)
        assert lake.migrate() == ["ad_days", "orders"]
        assert lake.is_current(AD_DAYS)
        assert (carried(AD_DAYS), carried(ORDERS)) == (
            str(AD_DAYS.version),
            str(ORDERS.version),
        )
        assert lake.migrate() == []
        assert [lake.files(table) for table in TABLES] == before
        assert stored(AD_DAYS).to_pylist() == [row | dict.fromkeys(NEW) for row in written(AD_DAYS)]

    def test_grows_with_the_first_write_and_keeps_its_other_rows(self) -> None:
        kept = [row | dict.fromkeys(NEW) for row in written(AD_DAYS) if row["day"] != FIRST]
        fresh = written(AD_DAYS)[0] | dict.fromkeys(NEW, 5)
        fresh.pop("month")
        lake.replace_ad_days(ACCOUNT, FIRST, FIRST, [fresh])
        assert carried(AD_DAYS) == str(AD_DAYS.version)
        assert stored(AD_DAYS).to_pylist() == [fresh | {"month": "2026-01"}, *kept]

    def test_takes_orders_in_as_before(self) -> None:
        lines = [row for row in written(ORDERS) if row["order_id"] != "O-1"]
        lake.replace_orders(WORKSPACE, {"2026-02": lines})
        new = {each.name: None for each in ORDERS.columns if each.since > 1}
        assert stored(ORDERS).to_pylist() == [row | new for row in lines]

    def test_keeps_its_rows_through_tidying(self) -> None:
        lake.migrate()
        lake.replace_ad_days("41-9", FIRST, FIRST, [{"account": "41-9", "day": FIRST, "reach": 3}])
        lake.tidy(AD_DAYS)
        assert facts.ad_days([ACCOUNT], first_day=None, last_day=None) == [
            row | dict.fromkeys(NEW) for row in written(AD_DAYS)
        ]

    def test_is_named_by_the_doctor_until_it_is_migrated(self) -> None:
        assert [(each.level, "kindling migrate" in each.message) for each in doctor._lake()] == [
            ("warn", True)
        ]
        lake.migrate()
        assert [each.level for each in doctor._lake()] == ["ok"]


def a_team_of_the_old_lake() -> tuple[Client, Workspace]:
    """The workspace and ad account that the old lake is of, and its owner's browser."""
    workspace = Workspace.objects.create(pk=WORKSPACE, slug="old", name="Old", currency="USD")
    connection = Connection.objects.create(workspace=workspace, name="TikTok", app_id="1")
    AdAccount.objects.create(
        workspace=workspace, connection=connection, advertiser_id=ADVERTISER, name="Old",
        currency="USD", timezone="UTC",
    )  # fmt: skip
    owner = User.objects.create_user("owner@old.example")
    Member.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
    client = Client()
    client.force_login(owner)
    return client, workspace


@pytest.mark.usefixtures("database")
class TestANewLake:
    def test_carries_the_version_of_its_schema_from_the_start(self) -> None:
        lake.replace_ad_days("41-1", FIRST, FIRST, [{"account": "41-1", "day": FIRST}])
        assert carried(AD_DAYS) == str(AD_DAYS.version)
        assert lake.migrate() == []

    def test_is_not_made_by_looking_or_by_migrating(self) -> None:
        assert lake.migrate() == []
        assert all(lake.is_current(table) for table in TABLES)
        assert not Path(lake.location(AD_DAYS)).exists()


def make_newer(table: Table) -> None:
    DeltaTable(lake.location(table)).alter.set_table_properties(
        {lake.VERSION_PROPERTY: "99"}, raise_if_not_exists=False
    )


def write_day() -> None:
    lake.replace_ad_days(ACCOUNT, FIRST, FIRST, [])


@pytest.mark.usefixtures("old_lake")
class TestALakeThatDoesNotFit:
    @pytest.mark.parametrize(
        "use", [lambda: stored(AD_DAYS), write_day, lake.migrate, lambda: lake.tidy(AD_DAYS)],
        ids=["read", "write", "migrate", "tidy"],
    )  # fmt: skip
    def test_because_it_is_of_a_newer_kindling_is_refused_by_name_and_left_alone(
        self, use: Any
    ) -> None:
        make_newer(AD_DAYS)
        before = commits(AD_DAYS)
        with pytest.raises(LakeMismatchError) as refused:
            use()
        assert isinstance(refused.value, KindlingError)
        assert "ad_days" in refused.value.message
        assert "version 99, written by a newer Kindling" in refused.value.message
        assert f"up to {AD_DAYS.version}" in refused.value.message
        assert "Run the newer Kindling" in refused.value.next_step
        assert commits(AD_DAYS) == before

    def test_is_bad_news_from_the_doctor_and_on_the_profit_page(self) -> None:
        make_newer(AD_DAYS)
        assert [(each.level, "newer Kindling" in each.message) for each in doctor._lake()] == [
            ("bad", True)
        ]
        client, workspace = a_team_of_the_old_lake()
        page = client.get(reverse("money:profit", args=[workspace.slug]))
        assert page.status_code == 503
        assert "newer Kindling" in page.content.decode()

    def test_as_a_column_has_another_type_is_refused_by_its_name(self) -> None:
        changed = tuple(
            replace(each, type=TEXT) if each.name == "clicks" else each for each in AD_DAYS.columns
        )
        with pytest.raises(LakeMismatchError, match="clicks is int64 instead of string"):
            lake.opened(replace(AD_DAYS, columns=changed))

    def test_as_it_is_partitioned_otherwise_is_refused(self) -> None:
        with pytest.raises(LakeMismatchError, match="by account, month instead of account"):
            lake.opened(replace(AD_DAYS, partitions=("account",)))

    def test_as_its_version_is_no_number_is_refused(self) -> None:
        DeltaTable(lake.location(ORDERS)).alter.set_table_properties(
            {lake.VERSION_PROPERTY: "two"}, raise_if_not_exists=False
        )
        with pytest.raises(LakeMismatchError, match="'two' as its schema version"):
            lake.is_current(ORDERS)


@pytest.mark.usefixtures("old_lake")
@pytest.mark.slow
class TestAtOnce:
    def test_two_processes_that_evolve_end_with_one_valid_table(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "kindling.settings")
        monkeypatch.setenv("KINDLING_LAKE_URL", str(settings.KINDLING_LAKE_URL))
        before = commits(AD_DAYS)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            done = [each.result() for each in [pool.submit(lake.migrate) for _ in range(2)]]
        assert sorted(done) == [[], ["ad_days", "orders"]]
        assert commits(AD_DAYS) == before + 2  # the version, the columns
        assert lake.is_current(AD_DAYS)
        assert len(stored(AD_DAYS)) == len(written(AD_DAYS))

    def test_one_that_finds_another_had_evolved_in_between_looks_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened, looks = lake.opened, []

        def overtaken(table: Table) -> DeltaTable | None:
            found = opened(table)
            looks.append(table.name)
            if len(looks) == 1:
                assert lake.evolve(table)
            return found

        monkeypatch.setattr(lake, "opened", overtaken)
        assert not lake.evolve(AD_DAYS)
        assert len(looks) == 3  # its own, the other's, its own again
        assert lake.is_current(AD_DAYS)

    def test_a_writer_does_not_write_into_a_table_that_became_newer_meanwhile(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lake.migrate()
        opened, looks = lake.opened, []

        def overtaken(table: Table) -> DeltaTable | None:
            found = opened(table)
            looks.append(table.name)
            if len(looks) == 2:  # after the look of `evolve`, before the write
                make_newer(table)
            return found

        monkeypatch.setattr(lake, "opened", overtaken)
        with pytest.raises(LakeMismatchError, match="newer Kindling"):
            lake.replace_ad_days(ACCOUNT, FIRST, FIRST, [{"account": ACCOUNT, "day": FIRST}])
        monkeypatch.undo()
        files = DeltaTable(lake.location(AD_DAYS)).to_pyarrow_table()
        assert files.num_rows == len(written(AD_DAYS))

    def test_a_server_that_forks_after_migrating_can_read(self) -> None:
        """Delta's threads do not survive a fork, and the web server forks."""
        code = """
import multiprocessing, sys
from kindling.facts import lake, queries
def read():
    rows = queries.ad_days([sys.argv[1]], first_day=None, last_day=None)
    sys.exit(len(rows))
if __name__ == "__main__":
    assert lake.migrate_apart() == ["ad_days", "orders"]
    child = multiprocessing.get_context("fork").Process(target=read)
    child.start(); child.join()
    print(child.exitcode)
"""
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "server.py")
            script.write_text(code)
            env = {
                "DJANGO_SETTINGS_MODULE": "kindling.settings",
                "KINDLING_DATA_DIR": folder,
                "KINDLING_LAKE_URL": str(settings.KINDLING_LAKE_URL),
                "PYTHONPATH": str(Path(lake.__file__).parents[2]),
            }
            run = subprocess.run(
                [sys.executable, str(script), ACCOUNT], env=env, capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip
        assert run.stdout.strip() == str(len(written(AD_DAYS))), run.stderr


KINDS = st.sampled_from([COUNT, TEXT, DAY, INSTANT])


@pytest.mark.slow
class TestAnySetOfAddedColumns:
    @given(kinds=st.lists(KINDS, min_size=1, max_size=6), writes_first=st.booleans())
    @effort(max_examples=12, deadline=None)
    def test_leaves_old_rows_equal(self, kinds: list[pa.DataType], writes_first: bool) -> None:
        added = tuple(
            Column(f"added_{number}", kind, "", "", since=AD_DAYS.version + 1)
            for number, kind in enumerate(kinds)
        )
        grown = Table(AD_DAYS.name, (*AD_DAYS.columns, *added), AD_DAYS.partitions)
        nulls = {each.name: None for each in added}
        rows = written(AD_DAYS)
        with tempfile.TemporaryDirectory() as folder, override_settings(KINDLING_LAKE_URL=folder):
            write_deltalake(
                lake.location(AD_DAYS), pa.Table.from_pylist(rows, schema=AD_DAYS.arrow),
                partition_by=list(AD_DAYS.partitions),
            )  # fmt: skip
            old = [row | nulls for row in stored(AD_DAYS).to_pylist()]
            assert stored(grown).to_pylist() == old
            if not writes_first:
                assert lake.evolve(grown)
                assert stored(grown).to_pylist() == old
            last = {**rows[-1], "ad_id": "9", "day": LAST}
            lake._replace(
                grown, f"account = '{ACCOUNT}' AND month = '2026-02' AND ad_id = '9'", [last]
            )
            assert stored(grown).to_pylist() == [*old, dict.fromkeys(grown.names) | last]
            assert stored(grown).schema.equals(grown.arrow)
