"""The command line over a prepared workspace: exit codes, JSON shapes, the same answer when asked again."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result
from django.test import Client
from sample_team import Team

import postgres
from kindling.access.models import PortalLink
from kindling.agreements.models import UsageRight
from kindling.authorizations.models import Intake
from kindling.cli import main
from kindling.commands import operations
from kindling.creators.models import Creator
from kindling.kit import child_process
from kindling.launches import service as launches
from kindling.launches.models import AdApproval, Plan
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Connection, User

FOREIGN = "#Zk3uRandomButWellFormedCode9d/+L4m="
ORDERS = "order_id,ordered_at,sku,quantity,currency,gross\n"
DONE, REFUSED, USAGE, PARTLY = 0, 1, 2, 3
Run = Callable[..., Result]


@pytest.fixture
def run(team: Team) -> Run:
    """`kindling …` in this process, as the workspace's only owner."""

    def command(*words: str, given: str = "", env: dict[str, str] | None = None) -> Result:
        result = CliRunner(env=env or {}).invoke(main, list(words), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return command


def document(result: Result, schema: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(result.stdout)
    assert body["schema"] == schema
    return body


class TestTheCommandLine:
    def test_loads_neither_django_nor_the_areas_to_show_its_help(self) -> None:
        program = (
            "import sys; from kindling.cli import main; main(['--help'], standalone_mode=False); "
            "print([name for name in sys.modules if name.startswith(('django', 'kindling.workspaces'))])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("[]\n"), done.stdout


class TestPortalLink:
    def test_prints_a_link_that_opens_the_creators_pages(self, team: Team, run: Run) -> None:
        team.shop()
        link = run("portal-link", "@sample.ana", "--as", team.manager.user.email).stdout.strip()
        path = "/" + link.split("/", 3)[3]
        assert Client().get(path).status_code == 200
        assert PortalLink.objects.get().created_by == team.manager.user

    def test_is_for_those_alone_who_manage_creators(self, team: Team, run: Run) -> None:
        team.shop()
        result = run("portal-link", "sample.ana", "--as", team.finance.user.email)
        assert result.exit_code == REFUSED
        assert not PortalLink.objects.exists()


class TestCodesImport:
    def test_takes_a_file_in_and_says_what_became_of_each_row(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        file = tmp_path / "codes.csv"
        file.write_text(f"code,handle\n{code},\n{FOREIGN},\n")
        account = ["--ad-account", team.account.advertiser_id]
        result = run("codes", "import", str(file), *account, "--json")
        assert result.exit_code == PARTLY
        rows = document(result, "kindling.codes/1")["rows"]
        assert [(row["line"], row["outcome"]) for row in rows] == [(2, "applied"), (3, "refused")]
        assert rows[1]["next_step"]
        assert code not in result.output
        assert FOREIGN not in result.output
        again = run("codes", "import", str(file), *account)
        assert again.exit_code == PARTLY
        assert "already" in again.output

    def test_reads_standard_input_and_may_only_look(self, team: Team, run: Run) -> None:
        words = ["codes", "import", "-", "--ad-account", team.account.advertiser_id, "--json"]
        result = run(*words, "--dry-run", given=f"{FOREIGN}\n")
        assert result.exit_code == DONE
        assert document(result, "kindling.codes/1")["dry_run"] is True
        assert Intake.objects.count() == 0
        assert run(*words, given="nonsense\n").exit_code == REFUSED

    def test_asks_which_account_is_meant_where_there_are_several(
        self, team: Team, run: Run
    ) -> None:
        result = run("codes", "import", "-", given=f"{FOREIGN}\n")
        assert result.exit_code == REFUSED
        assert team.account.advertiser_id in result.stderr

    def test_names_a_file_that_is_not_there(self, team: Team, run: Run) -> None:
        account = ["--ad-account", team.account.advertiser_id]
        result = run("codes", "import", "no-such-file.csv", *account)
        assert result.exit_code == REFUSED
        assert "no-such-file.csv" in result.stderr


class TestATracker:
    SHEET = (
        "Creator,Video,Usage until,Whitelisting,Spark code\n"
        "@Sample.Ana,https://www.tiktok.com/@sample.ana/video/7000000000000000001,2027-03-01,yes,\n"
        "@sample.bo,https://www.tiktok.com/@sample.bo/video/7000000000000000002,someday,yes,\n"
    )

    def test_is_explained_row_by_row_before_anything_is_written(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "tracker.csv"
        file.write_text(self.SHEET)
        looked = run("import-tracker", str(file), "--dry-run", "--json")
        assert looked.exit_code == PARTLY
        body = json.loads(looked.stdout)
        assert [row["line"] for row in body["rows"]] == [2, 3]
        assert body["rows"][1]["outcome"] in {"partly", "refused"}
        assert not Post.objects.filter(item_id="7000000000000000001").exists()
        assert run("import-tracker", str(file)).exit_code == PARTLY
        assert Post.objects.filter(item_id="7000000000000000001").exists()

    def test_reads_every_sheet_or_the_ones_that_are_named(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        file, book = tmp_path / "tracker.xlsx", openpyxl.Workbook()
        for name in ("March", "April", "Cover"):
            sheet = book.create_sheet(name)
            sheet.append(["Handle", "E-mail", "Mood"] if name != "Cover" else ["Sample"])
            sheet.append([f"sample.{name.lower()}", "a@shop.example", "good"])
        book.save(file)
        looked = run("import-tracker", str(file), "--dry-run")
        for shown in ("March 2", "April 2", "Mood", "skipped"):
            assert shown in looked.stdout
        body = json.loads(
            run("import-tracker", str(file), "--dry-run", "--json", "--sheet", "April").stdout
        )
        assert [(row["sheet"], row["line"]) for row in body["rows"]] == [("April", 2)]
        assert {each["name"]: each["skipped"] for each in body["sheets"]}[
            "March"
        ] == "You left the sheet out."

    def test_takes_a_person_s_word_for_the_header_and_its_columns(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "tracker.csv"
        file.write_text("creator,post,code\nWho,Contact\nsample.ana,ana@shop.example\n")
        told = ["--header-line", "2", "--column", "handle=Who", "--column", "email=2"]
        looked = run("import-tracker", str(file), "--dry-run", "--json", *told)
        assert [row["handle"] for row in json.loads(looked.stdout)["rows"]] == ["sample.ana"]
        wrong = run("import-tracker", str(file), "--dry-run", "--column", "Who")
        assert "--column handle=Who" in wrong.stderr


class TestPlanAndApply:
    @pytest.mark.slow
    def test_write_a_plan_apply_it_and_change_nothing_the_second_time(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        (post,) = team.launchable(1)
        spec, plan = tmp_path / "spec.yaml", tmp_path / "plan.json"
        spec.write_text(
            f"name: Sample\nad_account: '{team.account.advertiser_id}'\n"
            f"posts: ['{post.item_id}']\ndaily_budget: '60.00'\ndays: 14\n"
        )
        made = run("plan", str(spec), "-o", str(plan))
        assert made.exit_code == DONE, made.output
        assert "15 calendar days of the ad account" in " ".join(made.output.split())
        assert team.held("campaign") == []
        assert json.loads(plan.read_text())["schema"] == "kindling.plan/2"
        first = run("apply", str(plan), "--yes", "--json")
        assert first.exit_code == DONE, first.output
        objects = document(first, "kindling.apply/1")["objects"]
        assert [each["state"] for each in objects] == ["enabled"] * 3
        second = run("apply", str(plan), "--yes", "--json")
        assert second.exit_code == DONE
        assert document(second, "kindling.apply/1")["objects"] == objects
        assert [len(team.held(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 1]

    @pytest.mark.slow
    def test_of_a_big_budget_needs_a_second_person(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        (post,) = team.launchable(1)
        spec, plan = tmp_path / "spec.yaml", tmp_path / "plan.json"
        spec.write_text(
            f"ad_account: '{team.account.advertiser_id}'\nposts: ['{post.item_id}']\n"
            "daily_budget: '900.00'\n"
        )
        assert run("plan", str(spec), "-o", str(plan)).exit_code == DONE
        alone = run("apply", str(plan), "--yes")
        assert alone.exit_code == REFUSED
        assert "second approver" in alone.stderr
        assert team.held("campaign") == []
        assert team.buyer.user is not None
        both = run("apply", str(plan), "--yes", "--as", team.buyer.user.email)
        assert both.exit_code == DONE, both.output

    def test_stop_at_a_person_who_says_no(self, team: Team, run: Run, tmp_path: Path) -> None:
        plan = team.plan(team.launchable(1))
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(plan.content))
        assert run("apply", str(file), given="n\n").exit_code != DONE
        assert team.held("campaign") == []

    def test_ask_the_creators_who_approve_the_final_ad(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        (post,) = team.launchable(1)
        UsageRight.objects.filter(item_id=post.item_id).update(final_approval=True)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(content.to_json()))
        assert team.manager.user is not None
        ask = ("ask-creators", str(file), "--json")
        for who in (team.manager.user.email, "nobody@shop.example"):
            assert run(*ask, "--as", who).exit_code == REFUSED
        stranger = User.objects.create_user("x@other.example")
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=stranger, currency="USD", timezone="UTC", at=team.now
        )
        for told in (["--workspace", other.slug], ["--as", "x@other.example"]):
            assert run(*ask, *told).exit_code == REFUSED
        assert not Plan.objects.exists()
        assert not AdApproval.objects.exists()
        mine = (*ask, "--workspace", team.workspace.slug)
        asked = document(run(*mine), "kindling.ask-creators/1")["asked"]
        expected = {"handle": post.creator.handle, "item_id": post.item_id, "is_mailed": False}
        assert asked == [expected]
        row = AdApproval.objects.get()
        assert (row.plan.state, row.asked_by) == (Plan.State.DRAFT, team.owner.user)
        again = run(*mine)
        assert (again.exit_code, AdApproval.objects.count()) == (REFUSED, 1)
        assert "No creator of this plan has to be asked" in again.stderr

    @pytest.mark.parametrize("email", ["ana@creators.example", ""])
    def test_name_the_creators_who_are_asked_without_a_mail(
        self, team: Team, run: Run, tmp_path: Path, email: str
    ) -> None:
        """Seen: it said that each gets a mail."""
        (post,) = team.launchable(1)
        UsageRight.objects.filter(item_id=post.item_id).update(final_approval=True)
        Creator.objects.filter(pk=post.creator_id).update(email=email)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(content.to_json()))
        said = run("ask-creators", str(file))
        assert said.exit_code == DONE, said.output
        assert (f"No mail to @{post.creator.handle}" in said.output) == (not email)

    @pytest.mark.parametrize("text", ["not json", "[]", "{}", '{"schema": "kindling.plan/1"}'])
    def test_refuse_a_file_that_is_no_plan(
        self, team: Team, run: Run, tmp_path: Path, text: str
    ) -> None:
        file = tmp_path / "plan.json"
        file.write_text(text)
        result = run("apply", str(file), "--yes")
        assert result.exit_code == REFUSED
        assert result.stderr

    def test_refuse_a_plan_that_was_changed_by_hand(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        content = team.plan(team.launchable(1)).content
        content["objects"][1]["payload"]["budget_minor"] = 10_000_000
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(content))
        result = run("apply", str(file), "--yes")
        assert result.exit_code == REFUSED
        assert team.held("campaign") == []

    def test_show_every_check_of_a_post(self, team: Team, run: Run) -> None:
        (post,) = team.launchable(1)
        words = ["preflight", post.item_id, "--ad-account", team.account.advertiser_id, "--json"]
        result = run(*words)
        assert result.exit_code == DONE, result.output
        assert len(document(result, "kindling.preflight/1")["checks"]) >= 15


class TestRunningAds:
    @pytest.mark.slow
    def test_are_paused_listed_and_resumed(self, team: Team, run: Run) -> None:
        team.apply(team.approved(team.launchable(1)))
        team.read()
        ad_id = team.held("ad")[0]["ad_id"]
        mine = ("--as", str(team.buyer.user and team.buyer.user.email))
        assert run("pause", ad_id, "--reason", "Spends without selling.", *mine).exit_code == DONE
        assert team.held("ad")[0]["operation_status"] == "DISABLE"
        (row,) = document(run("stopped", "--json", *mine), "kindling.stopped/1")["ads"]
        assert (row["ad_id"], row["reason"]) == (ad_id, "Spends without selling.")
        assert run("resume", ad_id, *mine).exit_code == DONE
        assert team.held("ad")[0]["operation_status"] == "ENABLE"
        assert document(run("stopped", "--json", *mine), "kindling.stopped/1")["ads"] == []
        assert run("resume", ad_id, *mine).exit_code == REFUSED

    @pytest.mark.slow
    def test_are_judged_and_protected_as_a_person_chooses(self, team: Team, run: Run) -> None:
        team.apply(team.approved(team.launchable(1)))
        account = ("--ad-account", team.account.advertiser_id)
        lead = (*account, "--as", str(team.owner.user and team.owner.user.email))
        found = document(run("protection", "--read", "--json", *lead), "kindling.protection/1")
        assert (found["mode"], [each["verdict"] for each in found["ads"]]) == (
            "launched", ["may_run"],
        )  # fmt: skip
        UsageRight.objects.update(paid_allowed=False)
        asked = run("protection", "--mode", "all", *lead, given="n\n")
        assert asked.exit_code != DONE
        assert "Stop these 1 ads" in asked.output
        assert run("protection", "--mode", "all", "--yes", *lead).exit_code == DONE
        team.account.refresh_from_db()
        assert team.account.protection == "all"


class TestLooking:
    @pytest.mark.parametrize(
        ("words", "schema"),
        [
            (["five"], "kindling.five/1"),
            (["posts"], "kindling.posts/1"),
            (["alerts"], "kindling.alerts/1"),
            (["risk", "--days", "60"], "kindling.risk/1"),
            (["profit", "--by", "creator"], "kindling.profit/1"),
        ],
    )
    def test_prints_a_versioned_document_and_a_table(
        self, team: Team, run: Run, words: list[str], schema: str
    ) -> None:
        team.launchable(1)
        result = run(*words, "--json")
        assert result.exit_code == DONE, result.output
        document(result, schema)
        assert run(*words).exit_code == DONE

    @pytest.mark.slow
    def test_of_what_is_at_risk_shows_the_permissions_that_end(self, team: Team, run: Run) -> None:
        team.launchable(1, days=7)
        body = document(run("risk", "--days", "14", "--json"), "kindling.risk/1")
        assert body["authorizations"]
        assert all(row["ends_first"] for row in body["authorizations"])

    def test_without_a_workspace_says_how_to_make_one(self, database: None) -> None:
        result = CliRunner().invoke(main, ["five"])
        assert result.exit_code == REFUSED
        assert "kindling workspace" in result.stderr

    def test_as_a_stranger_is_refused(self, run: Run) -> None:
        assert run("five", "--as", "nobody@shop.example").exit_code == REFUSED


class TestListToAFile:
    def test_defuses_what_a_spreadsheet_would_run(self, team: Team, run: Run) -> None:
        team.launchable(1)
        Post.objects.update(lane_reason='=HYPERLINK("https://shop.example")')
        result = run("list", "posts", "--columns", "post,reason", "-o", "-")
        assert result.exit_code == DONE, result.output
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert rows
        assert {row["reason"][:2] for row in rows} == {"'="}

    @pytest.mark.parametrize("by", ["product", "creator", "post", "ad"])
    def test_writes_profit_in_every_view(
        self, team: Team, run: Run, tmp_path: Path, by: str
    ) -> None:
        team.launchable(1)
        file = tmp_path / f"{by}.csv"
        assert run("list", "profit", "--where", f"by={by}", "-o", str(file)).exit_code == DONE
        assert file.exists()

    def test_refuses_another_kind_of_file(self, run: Run) -> None:
        assert run("list", "posts", "-o", "posts.pdf").exit_code == REFUSED


class TestOrdersImport:
    @pytest.mark.slow
    def test_takes_the_good_rows_and_says_so_by_its_exit_code(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        team.shop()
        good = "A-1,2026-03-01T10:00:00Z,GLOW-SERUM,1,USD,34.00\n"
        file = tmp_path / "orders.csv"
        file.write_text(ORDERS + good)
        assert run("orders", "import", str(file)).exit_code == DONE
        file.write_text(ORDERS + good + good.replace("A-1", "A-2").replace("GLOW-SERUM", "NO"))
        result = run("orders", "import", str(file), "--json")
        assert result.exit_code == PARTLY
        body = document(result, "kindling.orders/1")
        assert (body["unchanged"], body["refused"]) == (1, 1)
        assert body["problems"][0]["line"] == 3
        file.write_text(ORDERS + good.replace("GLOW-SERUM", "NO"))
        assert run("orders", "import", str(file)).exit_code == REFUSED
        file.write_text("id\n1\n")
        wrong = run("orders", "import", str(file))
        assert wrong.exit_code == REFUSED
        assert "lacks the columns" in wrong.stderr


class TestSync:
    @pytest.mark.slow
    def test_reads_everything_and_says_when_it_could_not(self, team: Team, run: Run) -> None:
        team.apply(team.approved(team.launchable(1)))
        team.sandbox.advance(days=1)
        result = run("sync", "--json")
        assert result.exit_code == DONE, result.output
        assert document(result, "kindling.sync/1")["complete"] is True
        team.fault("error", "/report/integrated/get/", code=40002)
        broken = run("sync", "--json")
        assert broken.exit_code == PARTLY
        body = document(broken, "kindling.sync/1")
        assert body["complete"] is False
        assert body["problems"]


class TestKeepingIt:
    @postgres.ABOUT_POSTGRES
    def test_leaves_the_backup_of_postgresql_to_its_own_program(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        done = run("backup", str(tmp_path / "backup.tar.gz"))
        assert done.exit_code == REFUSED
        assert "pg_dump" in done.stderr

    @postgres.ABOUT_SQLITE
    def test_backs_up_and_restores_into_an_empty_folder_only(
        self, team: Team, run: Run, tmp_path: Path
    ) -> None:
        file, folder = tmp_path / "backup.tar.gz", tmp_path / "restored"
        assert run("backup", str(file)).exit_code == DONE
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        env = {"KINDLING_DATA_DIR": str(folder)}
        assert run("restore", str(file), env=env).exit_code == DONE
        assert {"app.db", "field.key", "secret.key"} <= {path.name for path in folder.iterdir()}
        assert stat.S_IMODE((folder / "field.key").stat().st_mode) == 0o600
        again = run("restore", str(file), env=env)
        assert again.exit_code == REFUSED
        assert "not empty" in again.stderr

    def test_refuses_a_file_that_is_no_backup(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "x.tar.gz"
        file.write_text("nothing")
        env = {"KINDLING_DATA_DIR": str(tmp_path / "restored")}
        assert run("restore", str(file), env=env).exit_code == REFUSED

    def test_is_looked_over_by_the_doctor(self, team: Team, run: Run) -> None:
        healthy = run("doctor")
        assert healthy.exit_code == DONE, healthy.output
        assert "is safe for WAL databases" in healthy.output
        Connection.objects.update(state=Connection.State.BROKEN, problem="TikTok: no more.")
        sick = run("doctor")
        assert sick.exit_code == PARTLY
        assert "TikTok: no more." in sick.output


class TestAServer:
    def test_ends_though_the_interrupt_got_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Seen once: a demo that was told to end as it began to serve went on for half an hour."""
        web = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            stdin=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        told = threading.Event()
        told.set()
        monkeypatch.setattr(operations, "_is_ended", told)
        monkeypatch.setattr(child_process, "start", lambda *given: web)
        operations.serve_beside("127.0.0.1", 0, 1)
        assert web.poll() is not None


class TestPeople:
    @pytest.mark.slow
    def test_are_made_with_a_workspace_and_a_token(self, run: Run) -> None:
        strong = "a-long-and-unusual-sentence\n"
        assert run("user", "new@shop.example", "--password-stdin", given=strong).exit_code == DONE
        words = ["workspace", "second-shop", "--name", "Second", "--owner", "new@shop.example"]
        assert run(*words).exit_code == DONE
        assert run(*words).exit_code == REFUSED
        as_them = ["-w", "second-shop", "--as", "new@shop.example"]
        assert run("token", *as_them).output.startswith("kd_")
        assert run("five", *as_them, "--json").exit_code == DONE

    @pytest.mark.slow
    def test_get_no_weak_password_and_no_unknown_zone(self, run: Run) -> None:
        weak = run("user", "new@shop.example", "--password-stdin", given="short\n")
        assert weak.exit_code == REFUSED
        words = ["workspace", "x", "--name", "X", "--owner", "owner@shop.example"]
        assert run(*words, "--timezone", "Mars/Olympus").exit_code == REFUSED


class TestList:
    def test_says_which_lists_there_are(self, run: Run, team: Team) -> None:
        told = run("list").stdout
        assert "authorizations" in told
        assert "spend_at_risk" in told

    def test_shows_the_rows_that_the_page_shows(self, run: Run, team: Team) -> None:
        posts = team.launchable(2)
        found = document(
            run("list", "posts", "--where", "lane=spark_ready", "--json"), "kindling.list/1"
        )
        assert {row["post"] for row in found["rows"]} >= {each.item_id for each in posts}
        one = document(
            run("list", "posts", "--search", posts[0].item_id, "--json"), "kindling.list/1"
        )
        assert [row["post"] for row in one["rows"]] == [posts[0].item_id]
        assert (
            posts[0].item_id in run("list", "posts", "--columns", "sku", "--sort", "-views").stdout
        )

    def test_writes_all_rows_to_a_file(self, run: Run, team: Team, tmp_path: Path) -> None:
        team.launchable(2)
        for ending in ("csv", "xlsx", "parquet"):
            file = tmp_path / f"posts.{ending}"
            assert run("list", "posts", "--limit", "1", "-o", str(file)).exit_code == DONE
            assert file.stat().st_size
        rows = list(csv.DictReader(io.StringIO((tmp_path / "posts.csv").read_text("utf-8-sig"))))
        assert len(rows) == Post.objects.count()

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (("nothing",), "Use one of"),
            (("posts", "--where", "lane"), "FILTER=VALUE"),
            (("posts", "--where", "lane=nowhere"), "is not a choice"),
            (("posts", "--sort", "nothing"), "cannot be sorted"),
            (("posts", "--columns", "post,nothing"), "no column 'nothing'"),
            (("posts", "-o", "posts.doc"), ".parquet"),
        ],
    )  # fmt: skip
    def test_says_what_it_does_not_have(
        self, run: Run, team: Team, words: tuple[str, ...], says: str
    ) -> None:
        result = run("list", *words)
        assert result.exit_code == REFUSED
        assert says in " ".join(result.stderr.split())
