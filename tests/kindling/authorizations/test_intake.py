"""Codes taken in over the true wire: good ones are bound once, bad ones say what to do."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client
from sample_team import Team
from stored import files_of

from kindling import clock
from kindling.authorizations import service as authorizations
from kindling.authorizations import tasks
from kindling.authorizations.codes import bind
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.models import Authorization, Binding, Intake, IntakeRow
from kindling.authorizations.requests import ask as requests
from kindling.creators import directory
from kindling.creators.models import Creator
from kindling.errors import ConflictError, FileProblemError, InvalidInputError, NotAllowedError
from kindling.jobs import lease
from kindling.jobs.lease import LostLeaseError
from kindling.jobs.models import Lease
from kindling.jobs.registry import registry
from kindling.posts import service as posts
from kindling.workspaces.models import Connection

Outcome = IntakeRow.Outcome
FOREIGN = "#Zk3uRandomButWellFormedCode9d/+L4m="


def only(intake: Intake) -> IntakeRow:
    (row,) = intake.rows.all()
    return row


def assert_refused(row: IntakeRow, *words: str) -> None:
    assert row.outcome == Outcome.REFUSED, (row.outcome, row.message)
    assert row.next_step.endswith(".")
    for word in words:
        assert word in f"{row.message} {row.next_step}"
    assert row.code == ""


def bound_at_tiktok(team: Team) -> list[str]:
    return [
        row["item_id"]
        for row in team.truth()["authorizations"]
        if team.account.advertiser_id in row["bound_advertiser_ids"]
    ]


class TestAGoodCode:
    def test_is_verified_bound_and_written_down(self, team: Team) -> None:
        post = team.plain_posts()[0]
        row = only(team.paste(team.code(post["item_id"], days=30)))
        assert (row.outcome, row.item_id) == (Outcome.APPLIED, post["item_id"])
        permission = Authorization.objects.get(post__item_id=post["item_id"])
        (truth,) = team.truth()["authorizations"]
        assert permission.ends_at is not None
        assert f"{permission.ends_at:%Y-%m-%dT%H:%M:%SZ}" == truth["auth_end"]
        assert permission.granted_days == 30
        assert bound_at_tiktok(team) == [post["item_id"]]

    def test_pasted_again_is_here_already_and_bound_once(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        team.paste(code)
        again = only(team.paste(code))
        assert again.outcome == Outcome.APPLIED
        assert "already" in again.message
        assert Binding.objects.count() == Authorization.objects.count() == 1

    def test_pasted_again_under_a_former_handle_is_here_already(self, team: Team) -> None:
        post = team.plain_posts()[0]
        code = team.code(post["item_id"])
        team.paste(code)
        creator = Creator.objects.get(handle=post["handle"])
        directory.rename(team.manager, creator, "sample.renamed", at=team.now)
        row = only(team.paste("code,handle", f"{code},{post['handle']}"))
        assert (row.outcome, row.message) == (
            Outcome.APPLIED,
            "This video code is already bound to the ad account.",
        )

    def test_that_ads_manager_has_bound_is_taken_over(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        team.in_ads_manager("tt_video/authorize", auth_code=code)
        assert only(team.paste(code)).outcome == Outcome.APPLIED
        assert Binding.objects.count() == 1

    def test_says_when_fewer_days_were_granted_than_asked_for(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"], days=7)
        row = only(team.paste("code,days", f"{code},60"))
        assert row.outcome == Outcome.APPLIED
        assert "granted 7 of 60 days" in row.message

    @pytest.mark.slow
    def test_of_a_duet_is_bound_with_the_other_posts_code(self, team: Team) -> None:
        team.sandbox.advance(days=12)
        duet, origin = duet_and_origin(team)
        rows = f"{team.code(duet)},{team.code(origin)}"
        row = only(team.paste("code,original_post_code", rows))
        assert (row.outcome, row.item_id) == (Outcome.APPLIED, duet), row.message


def duet_and_origin(team: Team) -> tuple[str, str]:
    """The duet of the sample world: the second post after the epoch, of the last one before it."""
    epoch = team.sandbox.get("world/")["epoch"][:10]
    everything = team.posts_on_phones()
    before = [post for post in everything if post["posted_at"] < epoch]
    after = [post for post in everything if post["posted_at"] >= epoch]
    return after[1]["item_id"], before[-1]["item_id"]


class TestABadCode:
    @pytest.mark.parametrize(
        "pasted",
        ["hello", "#short", "https://www.tiktok.com/@sample.ana", "%231Ea2bcde3fUM%2Fx%2ByL"],
    )
    def test_that_is_none_is_answered_without_asking_tiktok(self, team: Team, pasted: str) -> None:
        assert_refused(only(team.paste(pasted)), "Correct this line")

    def test_that_tiktok_does_not_know_is_refused(self, team: Team) -> None:
        assert_refused(only(team.paste(FOREIGN)), "incorrect")

    @pytest.mark.slow
    def test_that_has_expired_asks_for_an_extension(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"], days=7)
        team.sandbox.advance(days=8)
        assert_refused(only(team.paste(code)), "extend")

    def test_that_the_creator_took_back_is_refused(self, team: Team) -> None:
        item = team.plain_posts()[0]["item_id"]
        code = team.code(item)
        team.sandbox.phone(f"posts/{item}/revoke/", {})
        assert_refused(only(team.paste(code)), "deleted")

    def test_of_a_deleted_post_is_refused(self, team: Team) -> None:
        item = team.plain_posts()[0]["item_id"]
        code = team.code(item)
        team.sandbox.phone(f"posts/{item}/delete/", {})
        assert_refused(only(team.paste(code)), "deleted")

    def test_of_another_post_than_expected_is_not_bound(self, team: Team) -> None:
        first, second = (post["item_id"] for post in team.plain_posts()[:2])
        row = only(team.paste("code,post", f"{team.code(first)},{second}"))
        assert_refused(row, first, second)
        assert bound_at_tiktok(team) == []

    @pytest.mark.parametrize("column", ["post", "handle"])
    def test_that_is_here_already_but_not_what_was_asked_is_refused(
        self, team: Team, column: str
    ) -> None:
        first = team.plain_posts()[0]
        second = next(each for each in team.plain_posts() if each["handle"] != first["handle"])
        code = team.code(first["item_id"])
        team.paste(code)
        wanted = {"post": second["item_id"], "handle": second["handle"]}[column]
        named = {"post": first["item_id"], "handle": first["handle"]}[column]
        row = only(team.paste(f"code,{column}", f"{code},{wanted}"))
        assert_refused(row, wanted, named)
        again = only(team.paste(f"code,{column}", f"{code},{named}"))
        assert (again.outcome, again.message) == (
            Outcome.APPLIED, "This video code is already bound to the ad account.",
        )  # fmt: skip

    def test_of_another_creator_than_expected_is_not_bound(self, team: Team) -> None:
        post = team.plain_posts()[0]
        row = only(team.paste("code,handle", f"{team.code(post['item_id'])},@sample.nobody"))
        assert_refused(row, post["handle"], "sample.nobody")
        assert bound_at_tiktok(team) == []

    @pytest.mark.slow
    def test_of_a_story_is_refused(self, team: Team) -> None:
        team.sandbox.advance(days=12)
        epoch = team.sandbox.get("world/")["epoch"][:10]
        story = next(post for post in team.posts_on_phones() if post["posted_at"] >= epoch)
        assert_refused(only(team.paste(team.code(story["item_id"]))), "tor")

    @pytest.mark.slow
    def test_of_a_story_is_remembered_with_the_post_and_not_asked_for_again(
        self, team: Team
    ) -> None:
        team.sandbox.advance(days=12)
        epoch = team.sandbox.get("world/")["epoch"][:10]
        story = next(post for post in team.posts_on_phones() if post["posted_at"] >= epoch)
        facts = posts.PostFacts(item_id=story["item_id"], handle=story["handle"])
        post = posts.record_post(team.workspace, facts, source="test", at=team.now)
        team.paste("code,post", f"{team.code(story['item_id'])},{story['item_id']}")
        post.refresh_from_db()
        assert post.refused_at is not None
        assert "Stories cannot be advertised" in post.refused_because
        with pytest.raises(ConflictError, match="TikTok refused this post"):
            requests.ask(
                team.manager, post, days=30, through="dm", ad_account=team.account, at=team.now
            )
        posts.allow_again(team.manager, post, reason="It is a video now.", at=team.now)
        post.refresh_from_db()
        assert not any(
            "refused" in each for each in requests.gaps_before_asking(team.workspace, post)
        )

    @pytest.mark.slow
    def test_of_a_duet_alone_asks_for_the_other_code(self, team: Team) -> None:
        team.sandbox.advance(days=12)
        duet, _ = duet_and_origin(team)
        assert_refused(only(team.paste(team.code(duet))), "original_post_code")


class TestASheet:
    def test_takes_the_good_rows_and_names_every_bad_one(self, team: Team) -> None:
        first, second = team.plain_posts()[:2]
        good, other = team.code(first["item_id"]), team.code(second["item_id"])
        sheet = [
            "Code;Handle;Post;Days",
            f"{good};@{first['handle']};{first['item_id']};30",
            f"{good};;;",
            "nonsense;;;",
            f"{other};not a handle!;;",
            f"{other};;12;",
            f"{other};;;soon",
            f"{FOREIGN};;;",
            ";;;",
            f"{other};;https://www.tiktok.com/@{second['handle']}/video/{second['item_id']};30",
        ]
        intake = team.take(intakes.rows_of_file("\n".join(sheet).encode()))
        outcomes = [(row.line, row.outcome) for row in intake.rows.all()]
        assert [line for line, outcome in outcomes if outcome == Outcome.APPLIED] == [2, 10]
        assert [line for line, outcome in outcomes if outcome == Outcome.REFUSED] == [
            *range(3, 9),
        ]
        for row in intake.rows.filter(outcome=Outcome.REFUSED):
            assert row.message.endswith(".")
            assert row.next_step.endswith(".")
            assert good not in row.message + row.next_step
            assert other not in row.message + row.next_step
        assert sorted(bound_at_tiktok(team)) == sorted([first["item_id"], second["item_id"]])

    def test_with_the_wrong_columns_is_refused_as_a_whole(self, team: Team) -> None:
        with pytest.raises(FileProblemError, match="lacks the column code"):
            intakes.rows_of_sheet(b"kode,handle\n#1Ea2bcde3fUM/x+yL4m=,ana\n")

    def test_that_is_empty_says_so(self, team: Team) -> None:
        with pytest.raises(FileProblemError, match="No video code"):
            intakes.receive(team.manager, team.account, [], at=team.now)
        assert Intake.objects.count() == 0

    def test_that_is_too_long_is_to_be_split(self, team: Team) -> None:
        rows = [intakes.CodeRow(line, "x") for line in range(intakes.MAX_ROWS + 1)]
        with pytest.raises(FileProblemError, match="too many"):
            intakes.receive(team.manager, team.account, rows, at=team.now)

    def test_is_not_for_everybody(self, team: Team) -> None:
        rows = intakes.rows_of_paste(FOREIGN)
        with pytest.raises(NotAllowedError):
            intakes.receive(team.finance, team.account, rows, at=team.now)

    def test_looked_at_dry_stores_and_sends_nothing(self, team: Team) -> None:
        looked = intakes.preview_rows(intakes.rows_of_paste(f"{FOREIGN}\nnonsense\n{FOREIGN}"))
        assert [outcome for _, _, outcome, _ in looked] == ["waiting", "refused", "refused"]
        assert FOREIGN not in str(looked)
        assert Intake.objects.count() == 0

    def test_of_a_spreadsheet_in_utf_16_is_read(self, team: Team) -> None:
        rows = intakes.rows_of_file(f"code\thandle\n{FOREIGN}\tana\n".encode("utf-16"))
        assert [(row.line, row.handle) for row in rows] == [(2, "ana")]


class TestThePageOfABatch:
    def test_shows_what_came_with_each_code_beside_its_answer(self, team: Team) -> None:
        good, other = team.plain_posts()[:2]
        code, other_code = team.code(good["item_id"], days=30), team.code(other["item_id"])
        intake = team.paste(
            "code,handle,days",
            f"{code},{good['handle']},60",
            f"{other_code},sample.somebody.else,30",
        )
        client = Client()
        client.force_login(team.manager.user)
        page = client.get(f"/w/{team.workspace.slug}/authorizations/batches/{intake.pk}/")
        rows = page.content.decode().split("<tbody>")[1].split("</tr>")
        assert "60 days wanted" in rows[0]
        assert rows[0].count(f"@{good['handle']}") == 2, "as given, and of the post it is bound to"
        assert "granted 30 of 60 days" in rows[0]
        assert "@sample.somebody.else" in rows[1]
        assert code not in page.content.decode()


class TestALostReply:
    def test_of_the_binding_call_is_reconciled_and_bound_once(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        team.fault("drop_reply", "/tt_video/authorize/")
        row = only(team.paste(code))
        assert row.outcome == Outcome.APPLIED
        assert Binding.objects.count() == 1

    @pytest.mark.slow
    def test_of_a_call_that_had_no_effect_ends_safe_to_retry_then_bound(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        team.fault("http_500", "/tt_video/authorize/", times=9)
        intake = team.paste(code)
        assert only(intake).outcome == Outcome.RETRY
        assert only(intake).next_step
        httpx.delete(f"{team.sandbox.url}/sandbox/v1/faults/", trust_env=False)
        intakes.try_again(team.manager, intake, at=team.now)
        intakes.process_batch(intake.pk)
        assert only(intake).outcome == Outcome.APPLIED
        assert len(bound_at_tiktok(team)) == 1

    @pytest.mark.parametrize("sent", [True, False])
    def test_by_a_crash_while_sending_is_settled_at_the_next_run(
        self, team: Team, sent: bool
    ) -> None:
        item = team.plain_posts()[0]["item_id"]
        code = team.code(item)
        rows = intakes.rows_of_paste(code)
        intake = intakes.receive(team.manager, team.account, rows, at=team.now)
        # As a process leaves it that dies right before, or right after, the call goes out.
        intake.rows.update(outcome=Outcome.SENDING, item_id=item)
        if sent:
            team.in_ads_manager("tt_video/authorize", auth_code=code)
        intakes.process_batch(intake.pk)
        if not sent:
            assert only(intake).outcome == Outcome.RETRY
            intakes.try_again(team.manager, intake, at=team.now)
            intakes.process_batch(intake.pk)
        assert only(intake).outcome == Outcome.APPLIED
        assert bound_at_tiktok(team) == [item]
        assert Binding.objects.count() == 1


class TestABatchUnderWay:
    """Seen: a job that lost its lease left the batch running for ever, and no row could be tried again."""

    @pytest.fixture
    def intake(self, team: Team) -> Intake:
        """Two codes that were added; their job has not begun."""
        codes = [team.code(post["item_id"]) for post in team.plain_posts()[:2]]
        rows = intakes.rows_of_paste("\n".join(codes))
        return intakes.receive(team.manager, team.account, rows, at=team.now)

    def test_is_asked_for_again_where_nobody_works_on_it(self, intake: Intake) -> None:
        (wish,) = tasks.stranded_codes(clock.now())
        assert (wish.task, wish.arguments) == (intakes.TASK, {"intake": intake.pk})
        registry.run(wish.task, wish.arguments)
        assert intakes.progress(intake)["applied"] == 2
        assert list(tasks.stranded_codes(clock.now())) == []

    def test_is_left_to_whoever_works_on_it(self, intake: Intake) -> None:
        with lease.held(f"account-{intake.ad_account_id}"):
            assert list(tasks.stranded_codes(clock.now())) == []

    def test_is_left_by_a_process_that_lost_its_lease(
        self, intake: Intake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its other codes are the next holder's."""
        settled = bind.settle_row

        def slow(*given: Any) -> None:
            settled(*given)
            Lease.objects.update(holder="another")

        monkeypatch.setattr(bind, "settle_row", slow)
        with pytest.raises(LostLeaseError):
            intakes.process_batch(intake.pk)
        assert intakes.progress(intake)["waiting"] == 1
        monkeypatch.undo()
        Lease.objects.all().delete()
        (wish,) = tasks.stranded_codes(clock.now())
        registry.run(wish.task, wish.arguments)
        assert intakes.progress(intake)["applied"] == 2

    @pytest.mark.parametrize(
        ("place", "outcome"), [("_look_up", Outcome.RETRY), ("_bind_at_tiktok", Outcome.RECONCILE)]
    )
    def test_goes_on_after_a_fault_with_one_code(
        self,
        team: Team,
        intake: Intake,
        place: str,
        outcome: IntakeRow.Outcome,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        works, broken = getattr(bind, place), []

        def breaks_once(*given: Any) -> Any:
            if not broken:
                broken.append(True)
                raise ZeroDivisionError
            return works(*given)

        monkeypatch.setattr(bind, place, breaks_once)
        with pytest.raises(ZeroDivisionError):
            intakes.process_batch(intake.pk)
        first, second = intake.rows.order_by("pk")
        assert (first.outcome, second.outcome) == (outcome, Outcome.APPLIED)
        assert "fault of Kindling's own" in first.message
        intake.refresh_from_db()
        assert intake.finished_at is not None
        intakes.try_again(team.manager, intake, at=team.now)
        intakes.process_batch(intake.pk)
        if outcome is Outcome.RECONCILE:  # looked up, and not there
            intakes.try_again(team.manager, intake, at=team.now)
            intakes.process_batch(intake.pk)
        assert intakes.progress(intake)["applied"] == 2


class TestAPlatformThatFails:
    def test_by_being_away_loses_no_code(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        Connection.objects.update(base_url="http://127.0.0.1:9")
        intake = team.paste(code)
        row = only(intake)
        assert row.outcome == Outcome.RETRY
        assert "again" in row.next_step
        assert row.code == code
        Connection.objects.update(base_url=team.sandbox.url)
        intakes.try_again(team.manager, intake, at=team.now)
        intakes.process_batch(intake.pk)
        assert only(intake).outcome == Outcome.APPLIED
        assert only(intake).code == ""

    def test_by_listing_nothing_after_accepting_is_not_believed(self, team: Team) -> None:
        """The list lags or lies: the accepted call counts, and the post stays bound once."""
        code = team.code(team.plain_posts()[0]["item_id"])
        team.fault("error", "/tt_video/list/", code=40002)
        intake = team.paste(code)
        row = only(intake)
        if row.outcome != Outcome.APPLIED:
            assert row.outcome in {Outcome.RETRY, Outcome.RECONCILE}
            intakes.try_again(team.manager, intake, at=team.now)
            intakes.process_batch(intake.pk)
        assert only(intake).outcome == Outcome.APPLIED
        assert Binding.objects.count() == 1

    def test_by_refusing_the_token_keeps_the_code_and_says_who_must_connect_again(
        self, team: Team
    ) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        connection = Connection.objects.get()
        connection.access_token = "revoked-token-of-nobody"
        connection.save()
        intake = team.paste(code)
        row = only(intake)
        assert row.outcome == Outcome.RETRY
        assert row.code == code
        assert "connect TikTok again" in row.next_step
        connection.refresh_from_db()
        assert connection.state == Connection.State.BROKEN
        assert connection.problem

    def test_by_withholding_the_ad_account_says_so(self, team: Team) -> None:
        world = team.sandbox.get("world/")
        other = world["advertisers"][1]["advertiser_id"]
        grant = team.sandbox.post("grants/ads/", {"advertiser_ids": [other]})
        connection = Connection.objects.get()
        connection.access_token = grant["access_token"]
        connection.save()
        row = only(team.paste(team.code(team.plain_posts()[0]["item_id"])))
        assert row.outcome in {Outcome.REFUSED, Outcome.RETRY}
        assert row.message
        assert row.next_step.endswith(".")
        assert bound_at_tiktok(team) == []


class TestTryingAgain:
    def test_is_refused_where_every_row_is_settled(self, team: Team) -> None:
        intake = team.paste("nonsense")
        with pytest.raises(InvalidInputError, match="can be retried"):
            intakes.try_again(team.manager, intake, at=team.now)


class TestAStoredCode:
    def test_is_not_readable_in_the_files_on_disk(self, team: Team) -> None:
        code = team.code(team.plain_posts()[0]["item_id"])
        intakes.receive(team.manager, team.account, intakes.rows_of_paste(code), at=clock.now())
        files = files_of(settings.DATA_DIR)
        assert files
        assert not [name for name, content in files.items() if code.encode() in content]
        assert authorizations.permissions(team.workspace, now=team.now) == []
