"""Apply holds each planned object exactly once, whatever dies or gets lost on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from campaign_kinds import approved, held, told, uploaded, wanted
from django.conf import settings
from django.test import Client
from django.urls import reverse
from sample_team import Team
from stages import Database, Rows

import postgres
from kindling.errors import PostRefusedError
from kindling.launches import service as launches
from kindling.launches import tasks
from kindling.launches.checks import service as checks
from kindling.launches.models import Plan
from kindling.launches.sending import apply as applying
from kindling.launches.sending import calls, lookups
from kindling.notices.models import Notice

KINDS = ("campaign", "adgroup", "ad")
HERE = Path(__file__).parent


def assert_exactly_once(team: Team, names: dict[str, list[str]], context: str = "") -> None:
    """TikTok holds every planned object once, by its name, and each is switched on."""
    for kind in KINDS:
        held = team.held(kind)
        assert sorted(each[f"{kind}_name"] for each in held) == names[kind], context
        assert {each["operation_status"] for each in held} == {"ENABLE"}, context


def names_of(plan: Plan) -> dict[str, list[str]]:
    rows = list(plan.objects_planned.all())
    return {kind: sorted(row.name for row in rows if row.kind == kind) for kind in KINDS}


def copy_of(database: Path, to: Path) -> None:
    """A consistent copy, without the journal that an earlier death left beside the target."""
    for leftover in to.parent.glob(f"{to.name}*"):
        leftover.unlink()
    with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(to)) as copy:
        live.backup(copy)


@pytest.fixture
def folder_like_ours(
    tmp_path: Path, _databases: list[Database], _empty: list[Rows]
) -> Callable[[], Path]:
    """Makes a data folder with our rows and keys, a lake of its own and a job store without a job.

    On PostgreSQL the rows are not in it: processes work on the databases of this one.
    """

    def make() -> Path:
        folder = tmp_path / "data"
        folder.mkdir(mode=0o700)
        for key in ("secret.key", "field.key"):
            shutil.copy(settings.DATA_DIR / key, folder / key)
        if postgres.SERVER:
            _databases[1].put_back(_empty[1])
        else:
            copy_of(settings.DATA_DIR / "app.db", folder / "app.db")
        return folder

    return make


def environment(folder: Path, team: Team, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "KINDLING_DATA_DIR": str(folder),
        "KINDLING_CLOCK": team.sandbox.url,
        "KINDLING_LOG_LEVEL": "ERROR",
        **more,
    }


@contextmanager
def dying_appliers(folder: Path, team: Team) -> Iterator[Callable[[int, int], dict[str, Any]]]:
    """A function (plan, step) that applies in a process which dies at that step."""
    command = [sys.executable, str(HERE / "killed_apply.py")]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(folder, team),
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def apply(plan: int, step: int) -> dict[str, Any]:
            server.stdin.write(f"{plan} {step}\n")
            server.stdin.flush()
            answer: dict[str, Any] = json.loads(server.stdout.readline())
            return answer

        yield apply
        server.stdin.close()


def said_by(folder: Path, asked: str, *, of: str = "app") -> list[tuple[Any, ...]]:
    """What a database of a folder answers, past Django. of : app or jobs"""
    if postgres.SERVER:
        name = {"app": "KINDLING_DATABASE_URL", "jobs": "KINDLING_JOBS_URL"}[of]
        with psycopg.connect(
            os.environ[name], autocommit=True, options="-c search_path=public,dbos"
        ) as live:
            found = live.execute(asked)
            return found.fetchall() if found.description else []
    with closing(sqlite3.connect(folder / f"{of}.db")) as rows:
        answer = rows.execute(asked).fetchall()
        rows.commit()
        return answer


def rows_in(folder: Path) -> tuple[str, set[str]]:
    """The plan's state and the states of its objects."""
    ((plan,),) = said_by(folder, "SELECT state FROM launches_plan")
    return plan, {state for (state,) in said_by(folder, "SELECT state FROM launches_plannedobject")}


class TestAProcessKilledMidApply:
    @pytest.mark.slow
    @pytest.mark.parametrize(("kinds", "stride"), [("manual", 1), ("every", 3)])
    def test_leaves_every_object_once_after_a_restart_at_every_step(
        self, team: Team, folder_like_ours: Callable[[], Path], kinds: str, stride: int
    ) -> None:
        if kinds == "manual":
            plan = team.approved(team.launchable(2))
        else:
            plan = approved(team, told(team, team.launchable(5), uploaded(team)))
        launches.start_apply(team.buyer, plan, at=team.now)
        names = wanted(plan)
        world = httpx.get(f"{team.sandbox.url}/sandbox/v1/save/", trust_env=False).content
        folder = folder_like_ours()
        database, start = team.stages.databases[0], folder.with_name("start.db")
        rows = database.rows()
        if not postgres.SERVER:
            copy_of(folder / "app.db", start)

        def begin_again() -> None:
            httpx.post(
                f"{team.sandbox.url}/sandbox/v1/load/", content=world, trust_env=False
            ).raise_for_status()
            if postgres.SERVER:
                database.put_back(rows)
            else:
                copy_of(start, folder / "app.db")

        with dying_appliers(folder, team) as apply:
            whole = apply(plan.pk, 0)
            assert whole["exit"] == 0, whole
            steps = int(whole["told"])
            assert steps >= 25
            assert held(team) == names, "without any death"
            for step in range(1, steps + 1, stride):
                begin_again()
                death = apply(plan.pk, step)
                assert death["exit"] == -signal.SIGKILL, death
                context = f"killed at step {step}, {death['told']}"
                assert apply(plan.pk, 0)["exit"] == 0, context
                assert held(team) == names, context
                assert rows_in(folder) == ("applied", {"enabled"}), context

    @pytest.mark.slow
    def test_is_finished_by_the_restarted_worker(
        self, team: Team, folder_like_ours: Callable[[], Path]
    ) -> None:
        plan = team.approved(team.launchable(2))
        names = names_of(plan)
        launches.ask_apply(team.buyer, plan, at=team.now)
        folder = folder_like_ours()
        # The job store is new, as after a crash before the hand-over: the wish in the outbox is all there is.
        said_by(folder, "UPDATE jobs_intent SET handed_over_at = NULL, created_at = '2026-01-01'")
        said_by(folder, "DELETE FROM jobs_intent WHERE task != 'launches.apply'")
        team.fault("delay", "/adgroup/create/", seconds=2)
        with worker(folder, team) as first:
            wait_until(lambda: bool(team.held("campaign")), first)
            first.kill()
            first.wait()
        assert rows_in(folder)[0] == "applying"
        with worker(folder, team) as second:
            wait_until(lambda: rows_in(folder)[0] == "applied", second)
            second.terminate()
            assert second.wait(timeout=30) == 0
        assert rows_in(folder) == ("applied", {"enabled"})
        assert_exactly_once(team, names)

    @pytest.mark.slow
    def test_is_finished_within_a_minute_by_another_worker(
        self, team: Team, folder_like_ours: Callable[[], Path]
    ) -> None:
        plan = team.approved(team.launchable(2))
        names = names_of(plan)
        launches.ask_apply(team.buyer, plan, at=team.now)
        folder = folder_like_ours()
        said_by(folder, "DELETE FROM jobs_intent WHERE task != 'launches.apply'")
        said_by(folder, "UPDATE jobs_intent SET handed_over_at = NULL, created_at = '2126-01-01'")
        team.fault("delay", "/adgroup/create/", seconds=2)
        with worker(folder, team, name="one") as one, worker(folder, team, name="two") as two:
            wait_until(lambda: workers_seen(folder) == {"one", "two"}, one)
            said_by(folder, "UPDATE jobs_intent SET created_at = '2026-01-01'")
            wait_until(lambda: bool(team.held("campaign")), one)
            first, second = (one, two) if worker_at_work(folder) == "one" else (two, one)
            first.kill()
            first.wait()
            assert rows_in(folder)[0] == "applying"
            wait_until(lambda: rows_in(folder)[0] == "applied", second, seconds=60)
        assert rows_in(folder) == ("applied", {"enabled"})
        assert_exactly_once(team, names)


def workers_seen(folder: Path) -> set[str]:
    """The names of the workers that beat in the platform's database."""
    found = said_by(folder, "SELECT executor FROM jobs_heartbeat")
    return {executor.rpartition("-")[0] for (executor,) in found}


def worker_at_work(folder: Path) -> str:
    """The name of the worker that runs the apply."""
    asked = "SELECT executor_id FROM workflow_status WHERE workflow_uuid LIKE 'apply-%'"
    asked += " AND status = 'PENDING'"  # the other is the worker's own second look
    ((executor,),) = said_by(folder, asked, of="jobs")
    return str(executor).rpartition("-")[0]


@contextmanager
def worker(folder: Path, team: Team, *, name: str = "one") -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "kindling.cli", "worker"]
    env = environment(folder, team, KINDLING_PULSE_SECONDS="1", KINDLING_WORKER_ID=name)
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(
    is_so: Callable[[], bool], process: subprocess.Popen[bytes], *, seconds: float = 60
) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


class TestALostReply:
    @pytest.mark.parametrize("path", ["/campaign/create/", "/adgroup/create/", "/ad/create/"])
    @pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.slow)])
    def test_of_a_create_call_makes_nothing_twice(self, team: Team, path: str, times: int) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("drop_reply", path, times=times)
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))

    @pytest.mark.slow
    def test_of_every_create_call_makes_nothing_twice(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        for kind in KINDS:
            team.fault("drop_reply", f"/{kind}/create/", times=100)
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", KINDS)
    def test_of_a_switch_ends_switched_on_at_the_latest_when_asked_again(
        self, team: Team, kind: str
    ) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("drop_reply", f"/{kind}/status/update/", times=20)
        team.apply(plan)
        clear_faults(team)
        if plan.state != Plan.State.APPLIED:
            assert plan.state == Plan.State.PARTLY
            assert "try again" in plan.problem.lower()
            team.apply(plan)
        assert plan.state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))


AS_BEFORE: dict[str, Any] = {"since": "simulated", "seconds": 3600}  # the fault was planned


class TestALostReplyAndAStaleList:
    """A list that does not show what the lost call has made: of ads, which TikTok makes twice when sent twice."""

    @pytest.mark.slow
    def test_make_nothing_twice_while_the_last_look_sees_it(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        team.fault("stale_list", "/ad/get/", times=len(lookups.LOOKS) - 1, **AS_BEFORE)
        team.fault("drop_reply", "/ad/create/")
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))
        assert not Notice.objects.filter(key=f"plan-{plan.pk}-strays").exists()

    @pytest.mark.slow
    def test_that_no_look_sees_leave_a_duplicate_that_is_off_and_reported(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        team.fault("stale_list", "/ad/get/", times=len(lookups.LOOKS), **AS_BEFORE)
        team.fault("drop_reply", "/ad/create/")
        assert team.apply(plan).state == Plan.State.APPLIED
        row = plan.objects_planned.get(kind="ad")
        held = {each["ad_id"]: each["operation_status"] for each in team.held("ad")}
        (stray,) = set(held) - {row.external_id}
        assert row.strays == [stray]
        assert held == {row.external_id: "ENABLE", stray: "DISABLE"}
        notice = Notice.objects.get(key=f"plan-{plan.pk}-strays")
        assert notice.roles == ["media_buyer"]
        browser = Client()
        browser.force_login(team.buyer.user)
        url = reverse("launches:plan", args=[team.workspace.slug, plan.pk])
        assert url.endswith(notice.path)
        page = browser.get(url).content.decode()
        assert stray in page

    @pytest.mark.slow
    def test_are_looked_up_again_later_and_reported_once(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        team.fault("stale_list", "/ad/get/", times=len(lookups.LOOKS) + 1, **AS_BEFORE)
        team.fault("drop_reply", "/ad/create/")
        team.apply(plan)
        row = plan.objects_planned.get(kind="ad")
        assert row.strays == []
        (wish,) = tasks.stray_looks(team.now)
        for _ in range(2):
            tasks.strays(**wish.arguments)
        row.refresh_from_db()
        assert len(row.strays) == 1
        assert Notice.objects.filter(key=f"plan-{plan.pk}-strays").count() == 1
        assert list(tasks.stray_looks(team.now + timedelta(days=1, seconds=1))) == []

    @pytest.mark.slow
    def test_leave_the_oldest_of_two_to_be_adopted(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        team.fault("stale_list", "/ad/get/", times=len(lookups.LOOKS), **AS_BEFORE)
        team.fault("drop_reply", "/ad/create/", times=2)
        assert team.apply(plan).state == Plan.State.APPLIED
        row = plan.objects_planned.get(kind="ad")
        ids = sorted((each["ad_id"] for each in team.held("ad")), key=int)
        assert len(ids) == 2
        assert [row.external_id, *row.strays] == ids

    def test_of_a_plan_without_any_ask_nothing_more(self, team: Team) -> None:
        team.apply(team.approved(team.launchable(1)))
        assert list(tasks.stray_looks(team.now)) == []


def clear_faults(team: Team) -> None:
    httpx.delete(f"{team.sandbox.url}/sandbox/v1/faults/", trust_env=False).raise_for_status()


@pytest.mark.slow
class TestACallThatFails:
    @pytest.mark.parametrize("path", ["/campaign/create/", "/adgroup/create/", "/ad/create/"])
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "http_500"},
            pytest.param({"kind": "error", "code": 50000}, marks=pytest.mark.slow),
        ],
    )
    def test_on_tiktoks_side_is_made_once_in_the_end(
        self, team: Team, path: str, fault: dict[str, object]
    ) -> None:
        plan = team.approved(team.launchable(1))
        team.sandbox.post("faults/", {**fault, "path": path, "times": 2})
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))

    def test_for_one_ad_holds_up_only_that_ad(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("error", "/ad/create/", code=40002)
        assert team.apply(plan).state == Plan.State.PARTLY
        states = {row.key: row.state for row in plan.objects_planned.filter(kind="ad")}
        assert sorted(states.values()) == ["enabled", "refused"]
        refused = plan.objects_planned.get(state="refused")
        assert refused.message
        assert refused.request_id
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))

    def test_because_of_its_post_is_remembered_until_tiktok_takes_it(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (post,) = team.launchable(1)
        plan = team.approved([post])
        real = calls.make

        def refuse(account: Any, plan: Any, row: Any, parent: Any) -> str:
            if row.kind == "ad":
                raise PostRefusedError(
                    "TikTok: mention_multiple_videos.", next_step="Choose another."
                )
            return real(account, plan, row, parent)

        with monkeypatch.context() as patch:
            patch.setattr(calls, "make", refuse)
            assert team.apply(plan).state == Plan.State.PARTLY
        post.refresh_from_db()
        assert "mention_multiple_videos" in post.refused_because
        (candidate,) = [
            each
            for each in checks.inventory(team.workspace, team.account, now=team.now)
            if each.post.pk == post.pk
        ]
        assert "Not refused by TikTok" in {each.title for each in candidate.blocking}
        assert team.apply(plan).state == Plan.State.APPLIED
        post.refresh_from_db()
        assert (post.refused_because, post.refused_at) == ("", None)

    def test_while_tiktok_is_away_leaves_a_plan_that_goes_on_later(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = team.approved(team.launchable(1))
        launches.start_apply(team.buyer, plan, at=team.now)
        connection = team.account.connection
        type(connection).objects.filter(pk=connection.pk).update(base_url="http://127.0.0.1:9")
        applying.run(plan.pk)
        plan.refresh_from_db()
        assert plan.state == Plan.State.PARTLY
        assert plan.problem
        type(connection).objects.filter(pk=connection.pk).update(base_url=team.sandbox.url)
        plan = launches.find_plan(team.workspace, plan.pk)
        assert team.apply(plan).state == Plan.State.APPLIED
        assert_exactly_once(team, names_of(plan))


class TestApplyingAgain:
    @pytest.mark.slow
    def test_an_applied_plan_is_refused_and_changes_nothing(self, team: Team) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        applying.run(plan.pk)
        assert_exactly_once(team, names_of(plan))

    @pytest.mark.slow
    def test_holds_back_an_ad_whose_post_was_deleted_meanwhile(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = team.approved([first, second])
        team.sandbox.phone(f"posts/{second.item_id}/delete/", {})
        team.apply(plan)
        assert plan.state == Plan.State.PARTLY
        delivered = {each["tiktok_item_id"] for each in team.held("ad")}
        assert delivered == {first.item_id}
