"""Nothing grows without bound: each table with a time is trimmed, or named as kept, and the trimmers trim."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from deltalake import DeltaTable
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import DateField
from django.utils import timezone

from kindling.creators.models import Creator
from kindling.delivery import sync
from kindling.delivery.models import SyncRun
from kindling.facts import lake
from kindling.facts import queries as facts
from kindling.facts.schema import AD_DAYS
from kindling.jobs import discovery, engine, tasks
from kindling.jobs.registry import JobRequest, registry
from kindling.notices import mail
from kindling.notices.models import Mail
from kindling.posts.evidence import snapshots
from kindling.posts.models import Post, PostSnapshot
from kindling.workspaces.models import AdAccount, Connection, Workspace

PAGE = Path(__file__).parents[3] / "docs/explanation/growth.md"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RECORD = timedelta(days=settings.KINDLING_RECORD_DAYS)


class TestThePage:
    def test_names_every_table_with_a_time_once(self) -> None:
        timed = {
            model._meta.label
            for model in apps.get_models()
            if any(isinstance(each, DateField) for each in model._meta.concrete_fields)
        }
        labels = {model._meta.label for model in apps.get_models()}
        named = [each for each in re.findall(r"`(\w+\.\w+)`", PAGE.read_text()) if each in labels]
        assert sorted(named) == sorted(timed)

    @pytest.mark.usefixtures("database")
    def test_names_trimmers_that_are_due_every_day(self) -> None:
        discovery.load()
        trimmed = PAGE.read_text().split("## Kept for good")[0]
        tasks_named = {each for each in re.findall(r"`(\w+\.\w+)`", trimmed) if each[0].islower()}
        trimmers = tasks_named & set(registry.names())
        assert {"jobs.tidy", "delivery.forget_runs", "posts.thin_snapshots"} <= trimmers
        daily = {wish.task for wish in registry.wishes(NOW)}
        assert trimmers - daily <= {"tracker.forget_sheets"}  # due only where a sheet is old


@pytest.fixture
def workspace(database: None) -> Workspace:
    return Workspace.objects.create(slug="sample", name="Sample", currency="USD")


@pytest.mark.usefixtures("database")
class TestAFinishedJob:
    def put(self, key: str, status: str, age: timedelta) -> None:
        engine.enqueue(JobRequest("sample", key, {"number": 1}))
        asked = int((timezone.now() - age).timestamp() * 1000)
        table = self.table()
        with engine._shared_engine().begin() as store:
            store.execute(
                sa.update(table)
                .where(table.c.workflow_uuid == key)
                .values(status=status, created_at=asked)
            )

    def table(self) -> sa.TableClause:
        schema = None if settings.KINDLING_JOBS_URL.startswith("sqlite") else "dbos"
        columns = [sa.column(name) for name in ("workflow_uuid", "status", "created_at")]
        return sa.table("workflow_status", *columns, schema=schema)

    def keys(self) -> set[str]:
        with engine._shared_engine().begin() as store:
            return set(store.scalars(sa.select(self.table().c.workflow_uuid)))

    @pytest.mark.slow
    def test_is_forgotten_after_a_time_and_an_open_one_never(self) -> None:
        for status in engine.OVER + engine.OPEN:
            self.put(f"old-{status}", status, RECORD + DAY)
            self.put(f"new-{status}", status, RECORD - DAY)
        before = self.keys()
        tasks.tidy()
        assert before - self.keys() == {f"old-{status}" for status in engine.OVER}
        engine._client().delete_workflows(list(self.keys()))

    @pytest.mark.slow
    def test_is_forgotten_however_many_there_are(self) -> None:
        for number in range(5):
            self.put(f"old-{number}", "SUCCESS", RECORD + DAY)
        gone = engine.forget_finished(before=timezone.now() - RECORD, at_once=2)
        assert gone == 5
        assert engine.forget_finished(before=timezone.now() - RECORD, at_once=2) == 0


@pytest.mark.usefixtures("database")
def test_a_sign_in_that_ran_out_is_forgotten() -> None:
    for key, left in (("over", -DAY), ("open", DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + left)
    tasks.tidy()
    assert Session.objects.get().session_key == "open"


class TestARunOfASync:
    def test_is_forgotten_but_for_the_first_the_last_and_the_last_complete(
        self, workspace: Workspace
    ) -> None:
        connection = Connection.objects.create(workspace=workspace, name="TikTok", app_id="1")
        account = AdAccount.objects.create(
            workspace=workspace, connection=connection, advertiser_id="7", name="One",
            currency="USD", timezone="UTC",
        )  # fmt: skip
        for kind in SyncRun.Kind.values:
            for days in range(10, 0, -1):
                SyncRun.objects.create(
                    ad_account=account, kind=kind, started_at=NOW - days * DAY, is_complete=days > 4
                )
        assert sync.forget_runs(before=NOW - 20 * DAY) == 0
        sync.forget_runs(before=NOW)
        left = [(run.kind, (NOW - run.started_at).days) for run in SyncRun.objects.order_by("pk")]
        assert left == [(kind, days) for kind in SyncRun.Kind.values for days in (10, 5, 1)]

    def test_of_lately_stays(self, workspace: Workspace) -> None:
        self.test_is_forgotten_but_for_the_first_the_last_and_the_last_complete(workspace)
        assert sync.forget_runs(before=NOW) == 0


class TestAText:
    def test_of_a_mail_that_did_not_go_out_is_wiped_and_the_mail_stays(
        self, workspace: Workspace
    ) -> None:
        for state in Mail.State:
            for age in (1, 9):
                Mail.objects.create(
                    workspace=workspace, key=f"{state}-{age}", to="ana@shop.example", subject="Hello",
                    text="Your link.", message_id=f"{state}-{age}", state=state, created_at=NOW - age * DAY,
                )  # fmt: skip
        assert mail.forget_texts(before=NOW - 5 * DAY) == 2
        assert Mail.objects.count() == 2 * len(Mail.State)
        wiped = {each.key for each in Mail.objects.all() if not each.text}
        assert wiped == {"failed-9", "unclear-9"}


class TestASnapshot:
    def test_of_long_ago_is_one_a_day_and_the_last_before_the_first_ad_stays(
        self, workspace: Workspace
    ) -> None:
        creator = Creator.objects.create(workspace=workspace, handle="sample.ana", created_at=NOW)
        posts = [
            Post.objects.create(
                workspace=workspace, creator=creator, item_id=item, first_seen_at=NOW, seen_at=NOW
            )
            for item in ("1", "2")
        ]
        start = datetime(2026, 1, 1, tzinfo=UTC)
        for post in posts:
            for number in range(8):  # every six hours of two days; the first ad ran in the second
                PostSnapshot.objects.create(
                    post=post, taken_at=start + timedelta(hours=6 * number), views=number, likes=0,
                    comments=0, shares=0, before_first_boost=number < 6,
                )  # fmt: skip
        before = {post.pk: snapshots.organic_snapshot(post) for post in posts}
        assert snapshots.thin_snapshots(before=start) == 0
        assert snapshots.thin_snapshots(before=start + timedelta(days=1)) == 2 * 3
        snapshots.thin_snapshots(before=start + timedelta(days=2))
        for post in posts:
            left = post.snapshots.order_by("taken_at").values_list("views", flat=True)
            assert list(left) == [3, 5, 7]
            assert snapshots.organic_snapshot(post) == before[post.pk]
        assert snapshots.thin_snapshots(before=NOW) == 0


@pytest.mark.usefixtures("database")
class TestTheLake:
    @pytest.mark.slow
    def test_forgets_old_entries_of_its_log_and_keeps_its_rows(self) -> None:
        day = NOW.date()
        for spend in range(12):
            row = {"account": "1-2", "day": day, "ad_id": "3", "spend_minor": spend}
            lake.replace_ad_days("1-2", day, day, [row])
        log = Path(lake.location(AD_DAYS), "_delta_log")
        old = (timezone.now() - timedelta(days=40)).timestamp()
        for each in log.glob("*.json"):
            os.utime(each, (old, old))
        entries = len(list(log.glob("*.json")))
        lake.tidy(AD_DAYS)
        assert len(list(log.glob("*.json"))) < entries
        (row,) = facts.ad_days(["1-2"], first_day=None, last_day=None)
        assert row["spend_minor"] == 11
        lake.replace_ad_days("1-2", day, day, [row | {"spend_minor": 12}])
        assert DeltaTable(lake.location(AD_DAYS)).version() > 12
