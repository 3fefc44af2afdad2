"""Asking creators for codes and for more days: who is told, what it costs, what is read back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sample_team import Team

from kindling.access import service as access
from kindling.access.models import PortalLink
from kindling.agreements.models import Breach, Payable, UsageRight
from kindling.authorizations import service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import by_hand, polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, Intake, IntakeRow, Renewal
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.creators import service as creators
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, PlatformError
from kindling.jobs import engine
from kindling.jobs.registry import JobRequest
from kindling.kit.money import Money
from kindling.notices import service as notices
from kindling.notices.models import Mail, Notice
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from tiktok_business import ItemId
from tiktok_business.resources.tiktok_one import Answer, PostRequest


@pytest.fixture
def post(team: Team) -> Post:
    """A creator's public post on record that no code was made for."""
    team.shop()
    item_id = team.plain_posts()[0]["item_id"]
    found = Post.objects.select_related("creator").get(item_id=item_id)
    found.creator.email = "creator@shop.example"
    found.creator.save()
    return found


def asked(team: Team, post: Post, *, through: str = "email", days: int = 60) -> Authorization:
    return requests.ask(
        team.manager, post, days=days, through=through, ad_account=team.account, at=team.now
    )


class TestARequest:
    def test_by_mail_sends_the_creator_one_magic_link(self, team: Team, post: Post) -> None:
        row = asked(team, post)
        assert (row.state, row.requested_days) == (State.REQUESTED, 60)
        assert Mail.objects.filter(to="creator@shop.example").count() == 1
        assert PortalLink.objects.filter(creator=post.creator).count() == 1

    def test_needs_a_role_and_days_that_tiktok_offers(self, team: Team, post: Post) -> None:
        with pytest.raises(NotAllowedError):
            requests.ask(
                team.finance, post, days=30, through="dm", ad_account=team.account, at=team.now
            )
        with pytest.raises(InvalidInputError, match="does not offer"):
            asked(team, post, days=31)

    def test_without_an_address_says_what_to_do(self, team: Team, post: Post) -> None:
        post.creator.email = ""
        with pytest.raises(InvalidInputError, match="no e-mail address"):
            asked(team, post)
        assert not Authorization.objects.filter(post=post).exists()

    @pytest.mark.slow
    def test_is_reminded_of_after_1_3_and_7_days_and_then_no_more(
        self, team: Team, post: Post
    ) -> None:
        asked(team, post)
        sent = []
        for _ in range(12):
            team.sandbox.advance(days=1)
            sent.append(requests.remind(team.workspace, now=team.now))
            assert requests.remind(team.workspace, now=team.now) == 0, "twice in one moment"
        assert [number for number, was in enumerate(sent, start=1) if was] == [1, 3, 7]
        (left,) = Notice.objects.filter(workspace=team.workspace, done_at=None)
        assert "has not answered" in left.title
        assert left.owner == "creator manager"

    def test_of_a_creator_with_too_many_links_is_reminded_of_by_hand(
        self, team: Team, post: Post
    ) -> None:
        asked(team, post)
        team.sandbox.advance(days=2)
        for _ in range(access.MOST_LINKS_A_DAY):
            access.make_link(post.creator, purpose="test", at=team.now)
        assert requests.remind(team.workspace, now=team.now) == 1
        (left,) = notices.open_notices(team.workspace)
        assert "yourself" in left.next_step

    def test_that_is_declined_stops_the_reminders_and_tells_the_manager(
        self, team: Team, post: Post
    ) -> None:
        row = asked(team, post)
        requests.decline(post.creator, row, reason="Not this one.", at=team.now)
        team.sandbox.advance(days=4)
        assert requests.remind(team.workspace, now=team.now) == 0
        row.refresh_from_db()
        assert (row.state, row.declined_because) == (State.NOT_REQUESTED, "Not this one.")
        assert any("declined" in each.title for each in notices.open_notices(team.workspace))

    def test_is_answered_by_a_code_that_goes_through_every_step(
        self, team: Team, post: Post
    ) -> None:
        row = asked(team, post)
        code = team.code(post.item_id, days=30)
        intake = requests.send_code(post.creator, row, code, at=team.now)
        intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert (row.state, row.requested_days, row.granted_days) == (State.BOUND, 60, 30)
        steps = list(row.events.order_by("id").values_list("to_state", flat=True))
        assert steps == ["not_requested", "requested", "received", "verified", "bound"]

    def test_is_answered_by_a_wrong_code_and_the_manager_is_told(
        self, team: Team, post: Post
    ) -> None:
        row = asked(team, post)
        other = team.plain_posts()[3]["item_id"]
        intake = requests.send_code(post.creator, row, team.code(other), at=team.now)
        intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert row.state == State.INVALID
        assert any("does not work" in each.title for each in notices.open_notices(team.workspace))

    def test_for_a_covered_post_is_refused(self, team: Team, post: Post) -> None:
        team.paste(team.code(post.item_id))
        with pytest.raises(ConflictError, match="already authorized"):
            asked(team, post, through="dm")


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], object]) -> None:
    """Let something happen after TikTok answered a call (`tiktok.ask`, …) and before that is written down."""
    real = getattr(tiktok, name)

    def slowly(*args: Any, **more: Any) -> Any:
        try:
            return real(*args, **more)
        finally:
            happens()

    monkeypatch.setattr(tiktok, name, slowly)


class TestAConnectedCreatorsAnswer:
    """The code is made at TikTok in between, so anything may have happened meanwhile."""

    @pytest.fixture
    def row(self, team: Team, post: Post) -> Authorization:
        team.connect_creator(post.creator.handle)
        row = asked(team, post)
        return requests.find_request(row.post.creator, row.pk)

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
        """Let something happen after TikTok made the code and before its answer is written down."""
        meanwhile(monkeypatch, "ask_as_creator", happens)

    def test_that_is_yes_outruns_no_worker(
        self, team: Team, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def at_once(wish: JobRequest) -> None:
            if wish.task == intakes.TASK:
                intakes.process_batch(wish.arguments["intake"])

        monkeypatch.setattr(engine, "enqueue", at_once)
        requests.allow(row.post.creator, row, days=60, at=team.now)
        row.refresh_from_db()
        assert row.state == State.BOUND
        steps = list(row.events.order_by("id").values_list("to_state", flat=True))
        assert steps == ["not_requested", "requested", "received", "verified", "bound"]

    def test_that_is_yes_to_what_was_bound_meanwhile_is_no_error(
        self, team: Team, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code = team.code(row.post.item_id)
        self.meanwhile(monkeypatch, lambda: team.paste(code))
        assert requests.allow(row.post.creator, row, days=60, at=team.now) is None
        row.refresh_from_db()
        assert row.state == State.BOUND
        assert not Intake.objects.exclude(sent_by_creator=None).exists()

    def test_that_was_no_is_not_turned_by_a_stale_tab(self, team: Team, row: Authorization) -> None:
        requests.decline(row.post.creator, row, reason="No.", at=team.now)
        with pytest.raises(ConflictError, match="answered"):
            requests.allow(row.post.creator, row, days=60, at=team.now)
        with pytest.raises(ConflictError, match="answered"):
            requests.send_code(row.post.creator, row, "#" + "SampleCode" * 3, at=team.now)
        assert team.truth()["authorizations"] == []
        assert not Intake.objects.exists()

    def test_that_is_no_while_the_code_is_made_binds_nothing(
        self, team: Team, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def decline() -> None:
            requests.decline(row.post.creator, row, reason="No.", at=team.now)

        self.meanwhile(monkeypatch, decline)
        with pytest.raises(ConflictError, match="answered"):
            requests.allow(row.post.creator, row, days=60, at=team.now)
        row.refresh_from_db()
        assert row.state == State.NOT_REQUESTED
        assert not Intake.objects.exists()

    def test_that_turns_to_no_before_the_worker_comes_binds_nothing(
        self, team: Team, row: Authorization
    ) -> None:
        intake = requests.allow(row.post.creator, row, days=60, at=team.now)
        assert intake is not None
        requests.decline(row.post.creator, row, reason="No.", at=team.now)
        intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert row.state == State.NOT_REQUESTED
        (told,) = intake.rows.all()
        assert (told.outcome, told.code) == ("refused", "")
        assert "declined" in told.message
        assert not any(each["bound_advertiser_ids"] for each in team.truth()["authorizations"])

    @pytest.mark.slow
    def test_that_tiktok_could_not_bind_yet_is_told_and_can_still_turn_to_no(
        self, team: Team, row: Authorization
    ) -> None:
        team.fault("http_500", "/tt_video/authorize/", times=20)
        intake = requests.send_code(row.post.creator, row, team.code(row.post.item_id), at=team.now)
        intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert (intake.rows.get().outcome, row.state) == ("retry", State.RECEIVED)
        assert list(requests.requests_to(row.post.creator)) == [row]
        told = notices.open_notices(team.workspace)
        assert any("is not bound yet" in each.title for each in told)
        requests.decline(row.post.creator, row, reason="No.", at=team.now)
        with pytest.raises(InvalidInputError):
            intakes.try_again(team.manager, intake, at=team.now)
        assert not any(each["bound_advertiser_ids"] for each in team.truth()["authorizations"])

    @pytest.mark.slow
    def test_that_tiktok_binds_at_the_second_try_ends_the_telling(
        self, team: Team, row: Authorization
    ) -> None:
        team.fault("http_500", "/tt_video/info/", times=8)
        intake = requests.send_code(row.post.creator, row, team.code(row.post.item_id), at=team.now)
        intakes.process_batch(intake.pk)
        assert any("is not bound yet" in e.title for e in notices.open_notices(team.workspace))
        while intake.rows.get().outcome == "retry":
            intakes.try_again(team.manager, intake, at=team.now)
            intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert row.state == State.BOUND
        assert not any("is not bound" in e.title for e in notices.open_notices(team.workspace))

    def test_that_turns_to_no_while_the_worker_looks_binds_nothing(
        self, team: Team, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        intake = requests.allow(row.post.creator, row, days=60, at=team.now)
        assert intake is not None

        def decline() -> None:
            if IntakeRow.objects.get().outcome == "waiting":
                requests.decline(row.post.creator, row, reason="No.", at=team.now)

        meanwhile(monkeypatch, "ask", decline)
        intakes.process_batch(intake.pk)
        row.refresh_from_db()
        assert row.state == State.NOT_REQUESTED
        assert not any(each["bound_advertiser_ids"] for each in team.truth()["authorizations"])

    def test_that_is_no_to_what_is_bound_says_how_to_take_it_back(
        self, team: Team, row: Authorization
    ) -> None:
        team.paste(team.code(row.post.item_id))
        with pytest.raises(ConflictError, match="already") as refused:
            requests.decline(row.post.creator, row, reason="No.", at=team.now)
        assert "TikTok" in refused.value.next_step


class TestTikTokOne:
    @pytest.fixture(autouse=True)
    def _account(self, team: Team) -> None:
        connection = team.account.connection
        connection.tiktok_one_id = team.sandbox.get("world/")["tcm_account_id"]
        connection.save()

    @pytest.mark.slow
    def test_brings_the_code_with_the_creators_yes(self, team: Team) -> None:
        team.shop()
        answered = {}
        for told in team.plain_posts()[:4]:
            post = Post.objects.select_related("creator").get(item_id=told["item_id"])
            asked(team, post, through="tiktok_one", days=30)
        team.sandbox.advance(days=4)
        assert requests.read_tiktok_one(team.workspace, at=team.now) == 4
        for intake in intakes.Intake.objects.all():
            intakes.process_batch(intake.pk)
        for row in Authorization.objects.filter(kind="tiktok_one"):
            answered[row.post.item_id] = row.state
        assert set(answered.values()) <= {"bound", "not_requested"}
        assert "bound" in answered.values()

    @pytest.mark.slow
    def test_that_says_no_to_what_was_bound_meanwhile_keeps_no_other_answer_back(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team.shop()
        first, second = (
            asked(
                team,
                Post.objects.select_related("creator").get(item_id=told["item_id"]),
                through="tiktok_one",
                days=30,
            )
            for told in team.plain_posts()[:2]
        )
        code = team.code(first.post.item_id)
        real = tiktok.ask
        declined = PostRequest(
            item_id=ItemId("1"),
            answer=Answer.REJECTED,
            auth_code=None,
            starts_at=None,
            ends_at=None,
        )

        def both_said_no(*args: Any, **more: Any) -> Any:
            if not Intake.objects.exists():
                monkeypatch.setattr(tiktok, "ask", real)
                team.paste(code)
                monkeypatch.setattr(tiktok, "ask", both_said_no)
            return declined

        monkeypatch.setattr(tiktok, "ask", both_said_no)
        assert requests.read_tiktok_one(team.workspace, at=team.now) == 2
        for row in (first, second):
            row.refresh_from_db()
        assert (first.state, second.state) == (State.BOUND, State.NOT_REQUESTED)

    def test_that_loses_its_reply_is_looked_up_and_not_asked_again(
        self, team: Team, post: Post
    ) -> None:
        team.fault("drop_reply", "/tcm/tt_video/apply/", times=1)
        row = asked(team, post, through="tiktok_one", days=30)
        assert row.state == State.REQUESTED
        team.sandbox.advance(days=4)
        assert requests.read_tiktok_one(team.workspace, at=team.now) == 1

    def test_that_never_heard_of_the_request_gives_it_back(self, team: Team, post: Post) -> None:
        team.fault("drop_request", "/tcm/tt_video/apply/", times=1)
        row = asked(team, post, through="tiktok_one", days=30)
        requests.read_tiktok_one(team.workspace, at=team.now)
        row.refresh_from_db()
        assert row.state == State.NOT_REQUESTED

    def test_that_never_heard_of_it_takes_nothing_from_a_code_that_came_in_meanwhile(
        self, team: Team, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        team.fault("drop_request", "/tcm/tt_video/apply/", times=1)
        row = asked(team, post, through="tiktok_one", days=30)
        mine = Authorization.objects.filter(pk=row.pk)
        meanwhile(monkeypatch, "ask", lambda: mine.update(state=State.RECEIVED))
        requests.read_tiktok_one(team.workspace, at=team.now)
        row.refresh_from_db()
        assert row.state == State.RECEIVED


@pytest.fixture
def bound(team: Team, post: Post) -> Authorization:
    team.paste(team.code(post.item_id, days=7))
    return Authorization.objects.get(post=post)


def renewed(team: Team, row: Authorization, **more: object) -> Renewal:
    return renewals.ask_renewal(team.manager, row, days=30, at=team.now, **more)  # type: ignore[arg-type]


class TestARenewal:
    def test_of_a_connected_creator_is_extended_at_their_yes_and_read_back(
        self, team: Team, bound: Authorization
    ) -> None:
        team.connect_creator(bound.post.creator.handle)
        before = bound.ends_at
        renewal = renewed(team, bound)
        assert renewal.state == "asked"
        renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        bound.refresh_from_db()
        renewal.refresh_from_db()
        assert before is not None
        assert bound.ends_at == before + timedelta(days=30)
        assert (renewal.state, renewal.ends_at_after) == ("extended", bound.ends_at)
        assert bound.events.first().from_state == "extended"

    def test_of_another_creator_is_done_when_the_new_end_is_read(
        self, team: Team, bound: Authorization
    ) -> None:
        renewal = renewed(team, bound)
        renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        team.sandbox.phone(f"posts/{bound.post.item_id}/extend/", {"days": 30})
        polling.poll(team.account, at=team.now)
        renewal.refresh_from_db()
        assert renewal.state == "extended"

    def test_whose_end_does_not_move_in_a_day_wants_a_fresh_code(
        self, team: Team, bound: Authorization
    ) -> None:
        renewals.accept(renewed(team, bound), as_name="Sample Ana", at=team.now)
        team.sandbox.advance(hours=25)
        assert renewals.remind(team.workspace, now=team.now) == 1
        (notice,) = [
            each for each in notices.open_notices(team.workspace) if "has not changed" in each.title
        ]
        assert "new video code" in notice.next_step

    def test_with_a_lost_reply_is_looked_up_and_adds_its_days_once(
        self, team: Team, bound: Authorization
    ) -> None:
        team.connect_creator(bound.post.creator.handle)
        before = bound.ends_at
        renewal = renewed(team, bound)
        team.fault("drop_reply", "/business/post/authorize/", times=1)
        renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        bound.refresh_from_db()
        assert before is not None
        assert bound.ends_at == before + timedelta(days=30)

    def test_whose_extension_fails_for_now_keeps_the_yes(
        self, team: Team, bound: Authorization
    ) -> None:
        team.connect_creator(bound.post.creator.handle)
        renewal = renewed(team, bound)
        team.fault("error", "/business/post/authorize/", code=50000, times=20)
        with pytest.raises(PlatformError):
            renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        renewal.refresh_from_db()
        assert renewal.state == "accepted"

    def test_that_tiktok_refuses_is_over_and_owes_nothing(
        self, team: Team, bound: Authorization
    ) -> None:
        team.connect_creator(bound.post.creator.handle)
        renewal = renewed(team, bound)
        team.fault("error", "/business/post/authorize/", code=40002, times=1)
        with pytest.raises(PlatformError):
            renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        renewal.refresh_from_db()
        assert (renewal.state, renewals.find_open(bound)) == ("refused", None)
        assert not Payable.objects.filter(kind="renewal").exists()
        bound.refresh_from_db()
        assert bound.state != State.RENEWAL_REQUESTED
        (notice,) = Notice.objects.filter(key=f"renewal-{renewal.pk}-refused")
        assert "did not extend" in notice.title
        assert renewed(team, bound).state == "asked"

    def test_that_cannot_help_says_so_before_it_is_asked(
        self, team: Team, bound: Authorization
    ) -> None:
        def said() -> str:
            found = service.find_permission(team.workspace, bound.pk, now=team.now)
            return renewals.why_it_cannot_help(found, now=team.now)

        assert said() == ""
        right = UsageRight.objects.filter(item_id__in=["", bound.post.item_id])
        right.filter(creator=bound.post.creator).delete()
        UsageRight.objects.create(
            workspace=team.workspace, creator=bound.post.creator, item_id=bound.post.item_id,
            paid_allowed=True, starts_at=team.now - timedelta(days=1),
            ends_at=team.now + timedelta(days=3), hold_until=team.now + timedelta(days=90),
            currency="USD", source="test", recorded_at=team.now,
        )  # fmt: skip
        assert "end date of the usage rights comes first" in said()

    def test_is_answered_once(self, team: Team, bound: Authorization) -> None:
        renewal = renewed(team, bound)
        renewals.decline(renewal, reason="No.", at=team.now)
        with pytest.raises(ConflictError, match="already answered"):
            renewals.accept(renewal, as_name="Sample Ana", at=team.now)

    @pytest.mark.parametrize("way", ["decline", "withdraw"])
    def test_answered_in_another_tab_is_not_ended_by_a_stale_one(
        self, team: Team, bound: Authorization, way: str
    ) -> None:
        stale = renewed(team, bound)
        renewals.accept(Renewal.objects.get(pk=stale.pk), as_name="Sample Ana", at=team.now)
        ends = {
            "decline": lambda: renewals.decline(stale, reason="No.", at=team.now),
            "withdraw": lambda: renewals.withdraw(team.manager, stale, at=team.now),
        }
        with pytest.raises(ConflictError, match="already answered"):
            ends[way]()
        assert Renewal.objects.get(pk=stale.pk).state == "accepted"

    def test_of_a_creator_with_too_many_links_is_reminded_of_by_notice(
        self, team: Team, bound: Authorization
    ) -> None:
        renewed(team, bound)
        while PortalLink.objects.count() < access.MOST_LINKS_A_DAY:
            access.make_link(bound.post.creator, purpose="test", at=team.now)
        assert renewals.remind(team.workspace, now=team.now) == 1
        assert any(
            "has not answered" in each.title for each in notices.open_notices(team.workspace)
        )

    def test_that_is_declined_is_told_and_the_permission_runs_out(
        self, team: Team, bound: Authorization
    ) -> None:
        renewals.decline(renewed(team, bound), reason="No.", at=team.now)
        bound.refresh_from_db()
        assert bound.state == State.EXPIRING
        assert any(
            "declined to renew" in each.title for each in notices.open_notices(team.workspace)
        )

    def test_by_hand_above_the_agreed_price_needs_who_may_approve_spend_and_a_reason(
        self, team: Team, bound: Authorization
    ) -> None:
        price = Money(12_500, "USD")
        with pytest.raises(InvalidInputError, match="needs a reason"):
            renewed(team, bound, price=price)
        with pytest.raises(NotAllowedError):
            renewed(team, bound, price=price, reason="She asked for more.")
        renewal = renewals.ask_renewal(
            team.buyer, bound, days=30, price=price, reason="She asked for more.", at=team.now
        )
        renewals.accept(renewal, as_name="Sample Ana", at=team.now)
        team.sandbox.phone(f"posts/{bound.post.item_id}/extend/", {"days": 30})
        polling.poll(team.account, at=team.now)
        (owed,) = Payable.objects.filter(kind="renewal")
        assert (owed.amount_minor, owed.currency) == (12_500, "USD")
        polling.poll(team.account, at=team.now)
        assert Payable.objects.filter(kind="renewal").count() == 1

    @pytest.mark.slow
    def test_is_reminded_of_14_7_3_and_1_days_before_the_last_safe_moment(
        self, team: Team, post: Post
    ) -> None:
        UsageRight.objects.update(
            ends_at=team.now + timedelta(days=90), hold_until=team.now + timedelta(days=90)
        )
        team.paste(team.code(post.item_id, days=30))
        row = Authorization.objects.get(post=post)
        assert row.paid_until is not None
        renewed(team, row)
        reminded = []
        for _ in range(31):
            team.sandbox.advance(days=1)
            if renewals.remind(team.workspace, now=team.now):
                reminded.append((row.paid_until - team.now) / timedelta(days=1))
        assert [
            lead - 1 < left <= lead for lead, left in zip((14, 7, 3, 1), reminded, strict=True)
        ] == [True] * 4

    def test_that_brought_fewer_days_owes_nothing_and_a_person_looks(
        self, team: Team, bound: Authorization
    ) -> None:
        renewal = renewals.ask_renewal(
            team.buyer, bound, days=60, price=Money(12_500, "USD"), reason="Agreed.", at=team.now
        )
        team.sandbox.phone(f"posts/{bound.post.item_id}/extend/", {"days": 7})
        polling.poll(team.account, at=team.now)
        renewal.refresh_from_db()
        assert renewal.state == "asked"
        assert not Payable.objects.filter(kind="renewal").exists()
        assert any(
            "60 days were requested" in each.title for each in notices.open_notices(team.workspace)
        )

    def test_whose_yes_led_to_nothing_can_be_taken_back_after_a_day(
        self, team: Team, bound: Authorization
    ) -> None:
        renewal = renewals.accept(renewed(team, bound), as_name="Sample Ana", at=team.now)
        with pytest.raises(ConflictError):
            renewals.withdraw(team.manager, renewal, at=team.now)
        team.sandbox.advance(hours=25)
        renewals.withdraw(team.manager, renewal, at=team.now)
        assert renewals.find_open(bound) is None


class TestALoss:
    def test_within_the_hold_opens_a_breach_and_tells_manager_buyer_and_legal(
        self, team: Team, bound: Authorization
    ) -> None:
        team.sandbox.phone(f"posts/{bound.post.item_id}/revoke/", {})
        polling.poll(team.account, at=team.now)
        bound.refresh_from_db()
        assert bound.state == State.REVOKED
        (breach,) = Breach.objects.all()
        assert (breach.kind, breach.item_id) == ("revoked", bound.post.item_id)
        roles = {role for each in notices.open_notices(team.workspace) for role in each.roles}
        assert {"creator_manager", "media_buyer", "legal"} <= roles

    def test_that_ends_closes_its_notice(self, team: Team, bound: Authorization) -> None:
        team.sandbox.phone(f"posts/{bound.post.item_id}/revoke/", {})
        polling.poll(team.account, at=team.now)
        key = f"permission-{bound.pk}-lost"
        assert Notice.objects.filter(key=key, done_at=None).count() == 1
        team.paste(team.code(bound.post.item_id))
        assert Notice.objects.filter(key=key, done_at=None).count() == 0

    def test_asks_for_the_guard_at_once(self, team: Team, bound: Authorization) -> None:
        from kindling.jobs.models import Intent

        team.sandbox.phone(f"posts/{bound.post.item_id}/revoke/", {})
        polling.poll(team.account, at=team.now)
        assert Intent.objects.filter(task="delivery.guard").exists()


class TestALinkedCreator:
    @pytest.mark.slow
    def test_of_the_business_center_needs_no_code_but_a_licence(self, team: Team) -> None:
        team.shop()
        handle = Post.objects.select_related("creator").first().creator.handle  # type: ignore[union-attr]  # the shop names posts
        team.sandbox.post("accounts/", {"handle": handle, "business_center": True})
        polling.read_platform(team.workspace, at=team.now)
        rows = Authorization.objects.filter(kind="business_center", post__creator__handle=handle)
        assert rows.count() > 0
        bindings = [binding for each in rows for binding in each.bindings.all()]
        assert {each.identity_type for each in bindings} == {"BC_AUTH_TT"}
        assert not creators.find_creator(team.workspace, handle).is_own
        team.sandbox.post("accounts/", {"handle": handle, "business_center": False})
        polling.read_platform(team.workspace, at=team.now)
        assert set(rows.values_list("state", flat=True)) == {"identity_blocked"}

    @pytest.mark.slow
    def test_that_goes_private_blocks_its_permissions(self, team: Team) -> None:
        team.shop()
        handle = Post.objects.select_related("creator").first().creator.handle  # type: ignore[union-attr]  # the shop names posts
        told = {"handle": handle, "business_center": True}
        team.sandbox.post("accounts/", told)
        polling.read_platform(team.workspace, at=team.now)
        team.sandbox.post("accounts/", {**told, "available_status": "IS_PRIVATE_ACCOUNT"})
        polling.read_platform(team.workspace, at=team.now)
        states = Authorization.objects.filter(kind="business_center").values_list(
            "state", flat=True
        )
        assert set(states) == {"identity_blocked"}


class TestAnAffiliateConsent:
    def test_ends_with_its_collaboration(self, team: Team, post: Post) -> None:
        row = by_hand.note_consent(
            team.manager, post, collab_ends_at=team.now + timedelta(days=3), at=team.now
        )
        team.sandbox.advance(days=4)
        polling.end_collaborations(team.workspace, at=team.now)
        row.refresh_from_db()
        assert row.state == State.COLLAB_ENDED
        assert "Ask for a video code" in row.next_step

    def test_needs_a_product(self, team: Team, post: Post) -> None:
        post.sku = ""
        with pytest.raises(InvalidInputError, match="product link"):
            by_hand.note_consent(team.manager, post, collab_ends_at=None, at=team.now)
