"""What an attacker, a careless hand or a lying platform tries, and what must not come of it."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import OperationalError
from django.test import Client
from sample_team import Team

import postgres
from kindling.authorizations import service as authorizations
from kindling.authorizations.codes.intake import CodeRow
from kindling.authorizations.lifecycle import polling
from kindling.commands.operations import backup
from kindling.conversions import service as conversions
from kindling.creators import service as creators
from kindling.delivery import guard, sync
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError
from kindling.jobs import lease
from kindling.jobs.models import Intent, Lease
from kindling.launches import service as launches
from kindling.launches.checks import service as checks
from kindling.launches.models import Plan
from kindling.launches.planning import specs
from kindling.launches.sending import apply as applying
from kindling.money import service as money
from kindling.posts import service as posts
from kindling.posts.models import Post
from kindling.posts.reading import sources
from kindling.products import service as products
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import Workspace
from tiktok_business import Advertiser, Identity, VideoInfo
from tiktok_business import Post as WirePost
from tiktok_business.protocol.fields import Fields

Tamper = Callable[[dict[str, Any]], None]


def thing(content: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in content["objects"] if each["key"] == key)


def hide_a_budget(content: dict[str, Any]) -> None:
    """A second ad group below zero keeps the sum under the four-eyes limit."""
    group = thing(content, "adgroup-1")
    off_balance = copy.deepcopy(group)
    off_balance["key"] = "adgroup-2"
    off_balance["name"] += "0"
    off_balance["payload"]["budget_minor"] = 6_000 - 5_000_000
    group["payload"]["budget_minor"] = 5_000_000
    content["objects"].append(off_balance)


def send_another_post(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["payload"]["tiktok_item_id"] = "7000000000000000001"


def show_another_amount(content: dict[str, Any]) -> None:
    content["daily_budget"] = "1.00"


def drop_the_token(content: dict[str, Any]) -> None:
    content["token"] = ""


def name_two_alike(content: dict[str, Any]) -> None:
    twin = copy.deepcopy(thing(content, "ad-1"))
    twin["key"] = "ad-2"
    content["objects"].append(twin)


def hang_an_ad_on_the_campaign(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["parent"] = "campaign"


def write_half_a_cent(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_minor"] = 6000.9


def write_infinity(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_minor"] = float("inf")


def spend_from_the_campaign(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["budget_mode"] = "BUDGET_MODE_INFINITE"


def start_never(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["schedule_start_time"] = "soon"


def aim_outside_the_countries(content: dict[str, Any]) -> None:
    thing(content, "adgroup-1")["payload"]["location_ids"] = ["2921044"]


def leave_the_payload_out(content: dict[str, Any]) -> None:
    thing(content, "ad-1")["payload"] = None


class TestAPlanFileEditedByHand:
    """`kindling apply` takes a file: what was checked and shown must be what is sent."""

    @pytest.mark.parametrize(
        "tamper",
        [
            hide_a_budget,
            send_another_post,
            show_another_amount,
            drop_the_token,
            name_two_alike,
            hang_an_ad_on_the_campaign,
            write_half_a_cent,
            write_infinity,
            spend_from_the_campaign,
            start_never,
            aim_outside_the_countries,
            leave_the_payload_out,
        ],
    )
    def test_is_refused(self, team: Team, tamper: Tamper) -> None:
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        written = copy.deepcopy(content.to_json())
        tamper(written)
        with pytest.raises(InvalidInputError, match="The plan is damaged"):
            launches.store(team.buyer, team.account, written, at=team.now)
        assert Plan.objects.count() == 0

    def test_may_not_take_the_names_of_a_plan_on_record(self, team: Team) -> None:
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        first = content.to_json()
        launches.store(team.buyer, team.account, first, at=team.now)
        second = {**copy.deepcopy(first), "name": "the same again"}
        with pytest.raises(ConflictError, match="token"):
            launches.store(team.buyer, team.account, second, at=team.now)


class TestTheFourEyesRule:
    def test_takes_two_where_the_limit_is_in_another_currency(self, team: Team) -> None:
        (post,) = team.launchable(1)
        Workspace.objects.update(currency="JPY", second_person_above_minor=20_000)
        plan = launches.find_plan(team.workspace, team.plan([post]).pk)
        with pytest.raises(NotAllowedError, match="second approver"):
            launches.approve(team.buyer, plan, digest=plan.digest, at=team.now)
        assert launches.approve(team.finance, plan, digest=plan.digest, at=team.now)


class TestAnAdHeldBack:
    @pytest.mark.slow
    def test_goes_on_with_the_next_apply_once_its_check_passes(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("error", "/identity/music/authorization/", code=40002)
        assert team.apply(plan).state == Plan.State.PARTLY
        ads = plan.objects_planned.filter(kind="ad")
        assert sorted(ad.state for ad in ads) == ["enabled", "held"]
        assert team.apply(plan).state == Plan.State.APPLIED

    @pytest.mark.slow
    def test_goes_on_once_its_ad_group_is_taken(self, team: Team) -> None:
        plan = team.approved(team.launchable(2))
        team.fault("error", "/adgroup/create/", code=40002)
        assert team.apply(plan).state == Plan.State.PARTLY
        assert team.apply(plan).state == Plan.State.APPLIED
        assert [len(team.held(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 2, 2]

    @pytest.mark.slow
    def test_stays_off_while_its_check_fails(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = team.approved([first, second])
        team.sandbox.phone(f"posts/{second.item_id}/delete/", {})
        team.apply(plan)
        assert team.apply(plan).state == Plan.State.PARTLY
        on = [ad["tiktok_item_id"] for ad in team.held("ad") if ad["operation_status"] == "ENABLE"]
        assert on == [first.item_id]


class TestAskingForAnApply:
    def test_runs_again_at_the_same_instant_of_a_clock_that_stands(self, team: Team) -> None:
        plan = team.approved(team.launchable(1))
        at = team.now
        launches.ask_apply(team.buyer, plan, at=at)
        Plan.objects.update(state=Plan.State.PARTLY)
        launches.ask_apply(team.buyer, plan, at=at)
        assert Intent.objects.filter(task=launches.APPLY_TASK).count() == 2


class TestOneBadValue:
    """…is answered in its row or its field: the good rows go through, and no page breaks."""

    @pytest.mark.parametrize("days", ["-5", "0", "99999999999999999999", "3.5", "soon"])
    def test_in_a_row_of_codes_does_not_stop_the_others(self, team: Team, days: str) -> None:
        good = team.code(team.plain_posts()[0]["item_id"])
        rows = [CodeRow(2, "#" + "a" * 40, days=days), CodeRow(3, good, days="30")]
        outcomes = [row.outcome for row in team.take(rows).rows.all()]
        assert outcomes == ["refused", "applied"]

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("gross", "1e30"),
            ("gross", "1e999999"),
            ("gross", "99999999999999999999.00"),
            ("quantity", "99999999999999999999"),
            ("ordered_at", "0001-01-01T00:00:00+14:00"),
        ],
    )
    def test_in_a_row_of_orders_does_not_stop_the_others(
        self, team: Team, column: str, value: str
    ) -> None:
        team.shop()
        team.sandbox.advance(days=3)
        header, good = team.sandbox.text("shop/orders.csv").splitlines()[:2]
        names, cells = header.split(","), good.split(",")
        bad = dict(zip(names, cells, strict=True)) | {column: value, "order_id": "bad"}
        text = "\n".join([header, ",".join(bad[name] for name in names), good])
        result = conversions.import_orders(
            team.finance, text.encode(), file_name="orders.csv", at=team.now
        )
        assert (result.taken, [problem.line for problem in result.problems]) == (1, [2])

    @pytest.mark.parametrize(
        ("column", "value"),
        [("stock", "99999999999999999999"), ("stock", "-1"), ("commission_percent", "1e999999")],
    )
    def test_in_a_row_of_products_does_not_stop_the_others(
        self, team: Team, column: str, value: str
    ) -> None:
        header, good = team.sandbox.text("shop/products.csv").splitlines()[:2]
        names, cells = header.split(","), good.split(",")
        bad = dict(zip(names, cells, strict=True)) | {column: value, "sku": "BAD"}
        text = "\n".join([header, ",".join(bad[name] for name in names), good])
        result = products.import_products(team.owner, text.encode(), at=team.now)
        assert (result.taken, [problem.line for problem in result.problems]) == (1, [2])

    @pytest.mark.parametrize(
        ("name", "value"), [("daily_budget", "1e30"), ("start", "9999-12-31T23:59:59-12:00")]
    )
    def test_in_a_specification_is_named(self, team: Team, name: str, value: str) -> None:
        given = {"posts": ["7000000000000000001"], name: value}
        with pytest.raises(InvalidInputError, match=name):
            specs.from_mapping(given, account=team.account, workspace=team.workspace, now=team.now)

    def test_in_the_days_of_profit_is_named(self, team: Team) -> None:
        for first, last in ((date.min, None), (None, date.max)):
            with pytest.raises(InvalidInputError, match="year is out of range"):
                money.profit(
                    team.workspace, by="post", now=team.now, first_day=first, last_day=last
                )


class TestAnOddName:
    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["", "Sample Brand & Co.", "<b>ana</b>", "имя"])
    def test_of_a_creator_does_not_stop_the_reading(
        self, team: Team, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team.paste(*(team.code(post["item_id"]) for post in team.plain_posts()[:2]))
        Post.objects.all().delete()
        real, named = polling.as_seen, []

        def odd(row: VideoInfo) -> posts.PostFacts:
            named.append(row.item_id)
            return replace(real(row), handle=name if len(named) == 1 else real(row).handle)

        monkeypatch.setattr(polling, "as_seen", odd)
        assert polling.read_platform(team.workspace, at=team.now) == []
        assert Post.objects.get(item_id=named[0]).creator.handle == f"post.{named[0]}"
        assert Post.objects.filter(authorizations__kind="code").count() == 2

    def test_of_a_linked_account_never_makes_a_creator_the_brands_own(self, team: Team) -> None:
        creator = creators.record_creator(
            team.workspace, handle="sample.ana", at=team.now, source="hand"
        )
        told = {"identity_id": "1f-AB", "identity_type": "TT_USER", "display_name": "sample.ana"}
        identity = Identity.from_wire(Fields(told, "sample"))
        post = WirePost.from_wire(Fields({"item_id": "7000000000000000009"}, "sample"))
        (taken,) = sources._record_linked(team.workspace, identity, [post], at=team.now)
        creator.refresh_from_db()
        assert taken.creator.handle == "id.1fab"
        assert (creator.is_own, taken.creator.is_own) == (False, True)


class TestALease:
    @pytest.mark.slow
    def test_outlives_a_fault_of_its_heart(
        self, database: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease, "LENGTH", timedelta(seconds=0.4))
        renew, beats = lease.Hold.renew, []

        def stumbling(hold: lease.Hold) -> bool:
            beats.append(hold)
            if len(beats) == 1:
                raise OperationalError("database is locked")
            return renew(hold)

        monkeypatch.setattr(lease.Hold, "renew", stumbling)
        with lease.held("account-1"):
            deadline = time.monotonic() + 5
            while len(beats) < 3:
                assert time.monotonic() < deadline
                time.sleep(0.01)

    def test_taken_over_while_the_machine_slept_stops_the_first_holder(
        self, database: None
    ) -> None:
        with lease.held("account-1") as hold:
            hold.check()
            Lease.objects.update(holder="another")
            with pytest.raises(ConflictError, match="took over"):
                hold.check()

    def test_taken_over_keeps_an_apply_from_sending(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = team.approved(team.launchable(1))
        launches.start_apply(team.buyer, plan, at=team.now)
        taken_over = lambda: Lease.objects.update(holder="another")  # noqa: E731 (one call)
        with pytest.raises(ConflictError):
            applying.apply(plan.pk, on_object=taken_over)
        assert [len(team.held(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 0, 0]

    @pytest.mark.slow
    def test_of_somebody_else_does_not_keep_the_guard_from_stopping(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(guard, "PATIENCE_SECONDS", 0)
        team.apply(team.approved(team.launchable(1)))
        sync.sync_account(team.account, at=team.now)
        later = team.now + timedelta(days=60)
        with lease.held(f"account-{team.account.pk}"):
            made = guard.guard(team.workspace, now=later)
        assert [pause.is_confirmed for pause in made] == [True]


class TestADoor:
    @pytest.mark.parametrize(
        "path",
        ["email/", "signup/", "password/reset/", "password/reset/key/1-a-b/", "confirm-email/x/"],
    )
    def test_that_needs_mail_is_closed(self, team: Team, path: str) -> None:
        """A new address would need a proof, and a reset link would be printed where logs go."""
        for client in (Client(), Client()):
            assert client.get(f"/accounts/{path}").status_code == 404
            client.force_login(team.owner.user)
            asked = {"email": "boss@shop.example", "action_add": ""}
            assert client.post(f"/accounts/{path}", asked).status_code == 404

    @pytest.mark.parametrize(
        "address",
        [
            "https://evil.example\\@business-api.tiktok.com",
            "https://x:y@business-api.tiktok.com",
            "https://business-api.tiktok.com/?x=",
            "https://business-api.tiktok.com#",
            "http://business-api.tiktok.com",
            "https://business-api.tiktok.com.evil.example",
            "https://business-api.tiktok.com:port",
        ],
    )
    def test_to_another_host_is_no_connection(self, team: Team, address: str) -> None:
        with pytest.raises(InvalidInputError, match="not an allowed address"):
            workspaces.save_connection(
                team.owner, name="other", base_url=address, app_id="1", app_secret="s", at=team.now
            )


class TestABackup:
    @postgres.ABOUT_SQLITE
    def test_is_private_even_over_a_file_that_was_not(self, database: None, tmp_path: Path) -> None:
        target = tmp_path / "backup.tar.gz"
        target.touch(mode=0o644)
        result = CliRunner().invoke(backup, [str(target)])
        assert result.exit_code == 0, result.output
        assert target.stat().st_mode & 0o777 == 0o600


class TestTheLastSafeMoment:
    """A plan's ad group never ends after it (R59), whoever wrote the end and whatever happened since."""

    def results(self, team: Team, content: dict[str, Any]) -> list[str]:
        found = checks.run_preflight(team.workspace, team.account, content, now=team.now)
        return [result.message for result in found if result.blocks]

    def test_blocks_an_end_written_by_hand_behind_it(self, team: Team) -> None:
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        written = content.to_json()
        assert self.results(team, written) == []
        (permission,) = [
            each
            for each in authorizations.permissions(team.workspace, now=team.now)
            if each.post.pk == post.pk
        ]
        assert permission.window is not None
        late = permission.window.ends_at + timedelta(hours=1)
        payload = thing(written, "adgroup-1")["payload"]
        payload["schedule_end_time"] = f"{late:%Y-%m-%d %H:%M:%S}"
        (message,) = self.results(team, written)
        assert "the stop-by time" in message

    def test_blocks_a_plan_whose_window_became_shorter_before_it_is_applied(
        self, team: Team
    ) -> None:
        plan = team.approved(team.launchable(1))
        Workspace.objects.update(safety_margin_hours=20 * 24)
        assert team.apply(launches.find_plan(team.workspace, plan.pk)).state == Plan.State.PARTLY
        assert "the stop-by time" in plan.objects_planned.get(kind="ad").message
        assert [ad["operation_status"] for ad in team.held("ad")] == ["DISABLE"]

    def test_that_has_passed_blocks_a_new_plan(self, team: Team) -> None:
        (post,) = team.launchable(1)
        Workspace.objects.update(safety_margin_hours=60 * 24)
        workspace = Workspace.objects.get()
        plan = team.plan([post])
        results = checks.check_plan(launches.find_plan(workspace, plan.pk), now=team.now)
        messages = [result.message for result in results if result.blocks]
        assert any("the stop-by time" in message for message in messages)


class TestAWorkspace:
    def test_keeps_its_last_owner(self, team: Team) -> None:
        assert team.owner.user is not None
        with pytest.raises(ConflictError, match="needs an owner"):
            workspaces.add_member(
                team.owner, email=team.owner.user.email, role="viewer", at=team.now
            )
        workspaces.add_member(team.owner, email="second@shop.example", role="owner", at=team.now)
        workspaces.add_member(team.owner, email=team.owner.user.email, role="viewer", at=team.now)

    @pytest.mark.parametrize("zone", ["", "Nowhere/At", "../../etc/passwd"])
    def test_takes_no_ad_account_whose_days_cannot_be_placed(
        self, team: Team, zone: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = {"name": "Odd", "currency": "USD", "timezone": zone, "status": "STATUS_ENABLE"}
        odd = [
            Advertiser.from_wire(Fields({**told, "advertiser_id": each}, "sample"))
            for each in (team.account.advertiser_id, "7000000000000000099")
        ]
        monkeypatch.setattr(tiktok, "read_advertisers", lambda *_: odd)
        assert workspaces.take_ad_accounts(team.account.connection, ["any"]) == []
        before = team.account.timezone
        team.account.refresh_from_db()
        assert team.account.timezone == before
