"""Outreach: what goes out when, that it stops, and that nobody is written to against their will."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from desk import Desk
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kindling.creators import directory
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.notices.models import Mail, Notice
from kindling.outreach import inbox, log, mail_kinds, rules, sequences
from kindling.outreach import service as outreach
from kindling.outreach.mail_kinds import MailKind
from kindling.outreach.models import Enrolment, OutreachMessage, Sequence
from kindling.profiles import timeline
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from tiktok_sandbox.server import free_port

State = Enrolment.State


@pytest.fixture
def server(settings: object) -> Iterator[list[object]]:
    """A mail server of the standard kind on a free port; the list holds the mails it took."""
    taken: list[object] = []

    class Keep:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            taken.append(envelope)
            return "250 OK"

    port = free_port()
    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    settings.KINDLING_MAIL_URL = "smtp://127.0.0.1"  # type: ignore[attr-defined]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_HOST = "127.0.0.1"  # type: ignore[attr-defined]
    settings.EMAIL_PORT = port  # type: ignore[attr-defined]
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False  # type: ignore[attr-defined]
    settings.EMAIL_HOST_USER = ""  # type: ignore[attr-defined]
    yield taken
    controller.stop()


def made(desk: Desk, *channels: str, name: str = "Spring") -> Sequence:
    steps = []
    for number, channel in enumerate(channels, start=1):
        template = sequences.save_template(
            desk.manager, name=f"{name} {number}", language="en", channel=channel,
            subject="{{ brand }} and {{ handle }}", text="Hello {{ creator }}, about {{ product }}.",
            at=desk.now,
        )  # fmt: skip
        steps.append((template, 0 if number == 1 else 3))
    return sequences.make_sequence(desk.manager, name=name, steps=steps, at=desk.now)


def enrolled(desk: Desk, *channels: str) -> Enrolment:
    desk.creator(email="ana@shop.example")
    outreach.enrol(
        desk.manager, made(desk, *channels), ["@sample.ana"], product="Soap", at=desk.now
    )
    return Enrolment.objects.get()


def send_all(desk: Desk) -> None:
    for pk in mail.waiting(at=desk.now):
        mail.send(pk, at=desk.now)


class TestTexts:
    @pytest.mark.parametrize("text", ["{{ password }}", "{% debug %}", "{{ creator.email }}", "}}"])
    def test_hold_variables_of_the_list_and_nothing_else(self, desk: Desk, text: str) -> None:
        with pytest.raises(InvalidInputError):
            sequences.save_template(
                desk.manager,
                name="x",
                language="en",
                channel="dm",
                subject="",
                text=text,
                at=desk.now,
            )

    @pytest.mark.slow
    @given(st.text(), st.text())
    def test_never_read_a_value_as_a_variable(self, name: str, brand: str) -> None:
        result = rules.filled("{{ creator }}|{{brand}}", {"creator": name, "brand": brand})
        assert result == f"{name}|{brand}"

    def test_are_in_the_creator_s_language_where_there_is_one(self, desk: Desk) -> None:
        enrolment = enrolled(desk, "dm")
        sequences.save_template(
            desk.manager, name="Spring 1", language="es", channel="dm", subject="",
            text="Hola {{ creator }}", at=desk.now,
        )  # fmt: skip
        Creator.objects.update(language="es")
        outreach.run(desk.workspace, at=desk.now)
        assert enrolment.messages.get().text == "Hola @sample.ana"


class TestAMail:
    def test_goes_out_with_its_opt_out_and_by_a_real_server(
        self, desk: Desk, server: list[object]
    ) -> None:
        enrolled(desk, "email")
        outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        sent = server[0].content.decode()  # type: ignore[attr-defined]
        assert server[0].rcpt_tos == ["ana@shop.example"]  # type: ignore[attr-defined]
        assert "Hello @sample.ana, about Soap." in sent
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in sent
        assert "/out/" in sent
        assert Enrolment.objects.get().state == State.FINISHED

    def test_is_sent_once_however_often_the_task_runs(
        self, desk: Desk, server: list[object]
    ) -> None:
        enrolled(desk, "email", "email")
        for _ in range(3):
            outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        assert len(server) == 1

    def test_follows_after_its_days_in_working_hours(
        self, desk: Desk, server: list[object]
    ) -> None:
        enrolled(desk, "email", "email")
        outreach.run(desk.workspace, at=desk.now)  # a Tuesday
        assert Enrolment.objects.get().due_at == datetime(2026, 3, 13, 12, tzinfo=UTC)
        desk.clock.pass_by(days=4)  # a Saturday
        assert outreach.run(desk.workspace, at=desk.now) == 0
        desk.clock.pass_by(days=2)
        assert outreach.run(desk.workspace, at=desk.now) == 1

    def test_keeps_to_the_hour_s_limit(self, desk: Desk, server: list[object]) -> None:
        sequence = made(desk, "email")
        for number in range(4):
            desk.creator(f"sample.{number}", email=f"{number}@shop.example")
        outreach.enrol(desk.manager, sequence, [f"sample.{n}" for n in range(4)], at=desk.now)
        outreach.set_limits(
            desk.manager, mails_a_day=3, mails_an_hour=2, shop_messages_a_week=5, at=desk.now
        )
        assert outreach.run(desk.workspace, at=desk.now) == 2
        assert outreach.run(desk.workspace, at=desk.now) == 0
        assert outreach.run(desk.workspace, at=desk.clock.pass_by(hours=2)) == 1
        assert outreach.run(desk.workspace, at=desk.clock.pass_by(hours=2)) == 0
        assert outreach.run(desk.workspace, at=desk.clock.pass_by(hours=20)) == 1

    def test_waits_while_there_is_no_server(self, desk: Desk) -> None:
        enrolled(desk, "email")
        assert outreach.run(desk.workspace, at=desk.now) == 0
        assert not Mail.objects.exists()
        assert Enrolment.objects.get().state == State.ACTIVE

    def test_does_not_go_from_a_held_sequence(self, desk: Desk, server: list[object]) -> None:
        enrolment = enrolled(desk, "email")
        sequences.switch(desk.manager, enrolment.sequence, is_on=False, at=desk.now)
        assert outreach.run(desk.workspace, at=desk.now) == 0


class TestOptingOut:
    def test_by_the_link_takes_a_press_not_a_look(self, desk: Desk, server: list[object]) -> None:
        enrolled(desk, "email", "email")
        outreach.run(desk.workspace, at=desk.now)
        path = "/out/" + outreach.opt_out_url(Creator.objects.get()).split("/out/")[1]
        scanner = Client(enforce_csrf_checks=True)
        assert scanner.get(path).status_code == 200
        assert Creator.objects.get().opted_out_at is None
        answer = scanner.post(path, {"List-Unsubscribe": "One-Click"})
        assert "Done" in answer.content.decode()
        assert Creator.objects.get().opted_out_at == desk.now
        assert Enrolment.objects.get().state == State.OPTED_OUT
        desk.clock.pass_by(days=10)
        assert outreach.run(desk.workspace, at=desk.now) == 0

    def test_holds_for_every_sequence_ever_after(self, desk: Desk) -> None:
        ana = desk.creator(email="ana@shop.example")
        outreach.opt_out(ana, at=desk.now)
        done = outreach.enrol(desk.manager, made(desk, "dm"), ["sample.ana"], at=desk.now)
        assert done.left_out == (("sample.ana", "opted out"),)

    def test_link_cannot_be_forged(self, desk: Desk) -> None:
        assert Client().get("/out/forged/").status_code == 404
        signed = outreach.opt_out_url(desk.creator()).split("/out/")[1].strip("/")
        with pytest.raises(NotFoundError):
            outreach.creator_of_opt_out(signed[:-2] + "xx")

    def test_between_planning_and_sending_still_counts(
        self, desk: Desk, server: list[object]
    ) -> None:
        enrolled(desk, "email")
        Creator.objects.update(opted_out_at=desk.now)
        outreach.run(desk.workspace, at=desk.now)
        assert not Mail.objects.exists()
        assert Enrolment.objects.get().state == State.OPTED_OUT


class TestAMailThatWaits:
    """It was made while it was wanted; what counts is whether it still is when it would leave."""

    @pytest.fixture
    def waiting(self, desk: Desk, server: list[object]) -> Enrolment:
        enrolment = enrolled(desk, "email")
        outreach.run(desk.workspace, at=desk.now)
        enrolment.refresh_from_db()
        assert Mail.objects.get().state == Mail.State.WAITING
        return enrolment

    @pytest.mark.parametrize(
        ("happens", "because"),
        [
            (outreach.opt_out, "The creator had opted out."),
            (outreach.note_reply, "The creator had already answered."),
            (outreach.note_bounce, "The e-mail address bounced."),
        ],
    )
    def test_is_dropped_with_the_reason_in_the_same_step(
        self,
        desk: Desk,
        server: list[object],
        browser: Client,
        waiting: Enrolment,
        happens: Callable[..., object],
        because: str,
    ) -> None:
        happens(waiting.creator, at=desk.now)
        held = Mail.objects.get()
        assert (held.state, held.problem, held.text) == ("cancelled", because, "")
        send_all(desk)
        mail.send(held.pk, at=desk.now)
        assert server == []
        page = browser.get(desk.where("outreach:log")).content.decode()
        assert because in page
        assert "Not sent" in page

    def test_is_asked_about_again_when_it_leaves(
        self, desk: Desk, server: list[object], waiting: Enrolment
    ) -> None:
        # Whatever wrote the opt-out, and whenever: an import, a merge, another process.
        Creator.objects.update(opted_out_at=desk.now)
        send_all(desk)
        held = Mail.objects.get()
        assert (held.state, held.problem, held.text) == (
            "cancelled",
            "The creator had opted out.",
            "",
        )
        assert server == []

    def test_is_not_sent_to_one_merged_into_who_opted_out(
        self, desk: Desk, server: list[object], waiting: Enrolment
    ) -> None:
        into = desk.creator("sample.two", opted_out_at=desk.now)
        directory.merge(desk.manager, waiting.creator, into, reason="One.", at=desk.now)
        send_all(desk)
        assert Mail.objects.get().state == Mail.State.CANCELLED
        assert server == []

    def test_is_not_tried_again_after_an_opt_out_while_the_server_was_away(
        self, desk: Desk, server: list[object], waiting: Enrolment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(_: Mail) -> None:
            outreach.opt_out(waiting.creator, at=desk.now)  # it is on its way, so it is not dropped
            raise ConnectionRefusedError

        with monkeypatch.context() as patch:
            patch.setattr(mail, "_hand_over", away)
            assert mail.send(Mail.objects.get().pk, at=desk.now).state == Mail.State.WAITING
        desk.clock.pass_by(minutes=6)
        send_all(desk)
        assert Mail.objects.get().state == Mail.State.CANCELLED
        assert server == []

    def test_is_not_sent_when_its_creator_is_gone(
        self, desk: Desk, server: list[object], waiting: Enrolment
    ) -> None:
        waiting.creator.delete()
        send_all(desk)
        assert Mail.objects.get().state == Mail.State.CANCELLED
        assert server == []

    def test_that_is_sent_stays_sent(
        self, desk: Desk, server: list[object], waiting: Enrolment
    ) -> None:
        send_all(desk)
        outreach.opt_out(waiting.creator, at=desk.now)
        assert Mail.objects.get().state == Mail.State.SENT
        assert len(server) == 1

    def test_about_a_permission_goes_in_spite_of_an_opt_out(
        self, desk: Desk, server: list[object], waiting: Enrolment
    ) -> None:
        mail.post(
            desk.workspace, key="ask-1-1", to="ana@shop.example", subject="A", text="B", at=desk.now
        )
        outreach.opt_out(waiting.creator, at=desk.now)
        send_all(desk)
        assert len(server) == 1


class TestTheLog:
    def test_shows_mails_and_messages_by_hand_of_this_workspace_alone(
        self, desk: Desk, server: list[object], browser: Client
    ) -> None:
        enrolled(desk, "email", "dm")
        outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        desk.clock.pass_by(days=3)
        outreach.run(desk.workspace, at=desk.now)
        outreach.sent_by_hand(
            desk.manager, OutreachMessage.objects.get(channel="dm").pk, at=desk.now
        )
        url = desk.where("outreach:log")
        assert browser.get(url).content.decode().count("Spring</a>, step") == 2
        assert "step 2" in browser.get(url, {"state": "hand"}).content.decode()
        assert "step 2" not in browser.get(url, {"state": "sent"}).content.decode()
        assert "Nothing matches" in browser.get(url, {"state": "failed"}).content.decode()
        elsewhere = workspaces.create_workspace(
            slug="other", name="Other", owner=desk.owner.user, currency="USD", timezone="UTC", at=desk.now
        )  # fmt: skip
        assert not log.messages(elsewhere).exists()

    @pytest.mark.slow
    def test_asks_no_more_questions_for_more_messages(
        self, desk: Desk, server: list[object], browser: Client, django_assert_max_num_queries: Any
    ) -> None:
        sequence = made(desk, "email")
        for number in range(8):
            desk.creator(f"sample.{number}", email=f"{number}@shop.example")
        outreach.enrol(desk.manager, sequence, [f"sample.{n}" for n in range(8)], at=desk.now)
        outreach.run(desk.workspace, at=desk.now)
        with django_assert_max_num_queries(12):
            browser.get(desk.where("outreach:log"))


class TestTheTimeline:
    def words(self, desk: Desk) -> list[tuple[str, str]]:
        found = timeline.of_creator(desk.workspace, Creator.objects.get(handle="sample.ana"))
        return [(each.words, each.who) for each in found if each.kind == "outreach"]

    def test_tells_of_mails_messages_by_hand_and_the_answer(
        self, desk: Desk, server: list[object], browser: Client
    ) -> None:
        enrolment = enrolled(desk, "email", "dm")
        outreach.run(desk.workspace, at=desk.now)
        assert self.words(desk) == [], "nothing has happened yet"
        send_all(desk)
        outreach.run(desk.workspace, at=desk.clock.pass_by(days=3))
        by_hand = OutreachMessage.objects.get(channel="dm")
        outreach.sent_by_hand(desk.manager, by_hand.pk, at=desk.now)
        outreach.note_reply(enrolment.creator, at=desk.clock.pass_by(hours=1))
        who, subject = str(desk.manager.user), "“Sample shop and @sample.ana”"
        assert self.words(desk) == [
            ("Answered outreach “Spring”", "@sample.ana"),
            (f"Direct message, sent manually: {subject}", who),
            (f"Mail: {subject}", who),
        ]
        page = browser.get(desk.where("profiles:creator", "sample.ana")).content.decode()
        assert "Direct message, sent manually" in page
        assert "about Soap" not in page, "subjects alone, no texts"

    def test_tells_why_a_mail_was_not_sent(self, desk: Desk, server: list[object]) -> None:
        enrolment = enrolled(desk, "email")
        outreach.run(desk.workspace, at=desk.now)
        outreach.opt_out(enrolment.creator, at=desk.now)
        told = [words for words, _ in self.words(desk)]
        assert "Opted out of outreach “Spring”" in told
        assert any(words.endswith("Not sent (The creator had opted out)") for words in told)

    @pytest.mark.slow
    def test_asks_no_more_questions_for_more_messages(
        self, desk: Desk, server: list[object], django_assert_num_queries: Any
    ) -> None:
        ana = desk.creator(email="ana@shop.example")
        for number in range(5):
            sequence = made(desk, "email", name=f"Round {number}")
            outreach.enrol(desk.manager, sequence, ["sample.ana"], at=desk.now)
            outreach.run(desk.workspace, at=desk.now)
            send_all(desk)
            if number != 3:
                outreach.note_reply(ana, at=desk.now)
            with django_assert_num_queries(2):
                assert list(log.events_of(desk.workspace, ana, most=500))

    def test_is_of_this_workspace_alone(self, desk: Desk, server: list[object]) -> None:
        enrolled(desk, "email")
        outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        elsewhere = workspaces.create_workspace(
            slug="other", name="Other", owner=desk.owner.user, currency="USD", timezone="UTC", at=desk.now
        )  # fmt: skip
        assert not list(log.events_of(elsewhere, Creator.objects.get(), most=500))


class TestByHand:
    def test_waits_for_a_person_who_is_then_on_record(self, desk: Desk, browser: Client) -> None:
        enrolment = enrolled(desk, "dm", "dm")
        outreach.run(desk.workspace, at=desk.now)
        page = browser.get(desk.where("outreach:home")).content.decode()
        assert "Hello @sample.ana, about Soap." in page
        message = OutreachMessage.objects.get()
        browser.post(desk.where("outreach:by_hand", message.pk))
        message.refresh_from_db()
        assert message.sent_at == desk.now
        assert message.sent_by is not None
        enrolment.refresh_from_db()
        assert enrolment.step == 2
        assert enrolment.due_at is not None
        assert browser.post(desk.where("outreach:by_hand", message.pk)).status_code == 404

    def test_keeps_to_the_shop_s_quota_unless_they_answered(self, desk: Desk) -> None:
        enrolment = enrolled(desk, "shop")
        outreach.set_limits(
            desk.manager, mails_a_day=1, mails_an_hour=1, shop_messages_a_week=0, at=desk.now
        )
        outreach.run(desk.workspace, at=desk.now)
        message = enrolment.messages.get()
        with pytest.raises(ConflictError):
            outreach.sent_by_hand(desk.manager, message.pk, at=desk.now)
        Creator.objects.update(replied_at=desk.now)
        outreach.sent_by_hand(desk.manager, message.pk, at=desk.now)

    @pytest.mark.parametrize("exempt", ["replied_at", "sold_at"])
    def test_to_an_exempt_creator_takes_nothing_from_the_shop_s_quota(
        self, desk: Desk, exempt: str
    ) -> None:
        enrolment = enrolled(desk, "shop")
        outreach.run(desk.workspace, at=desk.now)
        outreach.sent_by_hand(desk.manager, enrolment.messages.get().pk, at=desk.now)
        assert outreach.budget(desk.workspace, at=desk.now).shop_this_week == 1
        Creator.objects.update(**{exempt: desk.now})
        assert outreach.budget(desk.workspace, at=desk.now).shop_this_week == 0

    def test_is_not_for_reviewers(self, desk: Desk) -> None:
        enrolled(desk, "dm")
        with pytest.raises(NotAllowedError):
            outreach.sent_by_hand(desk.reviewer, 1, at=desk.now)


class TestAnAnswer:
    def answer(self, **headers: str) -> bytes:
        message = EmailMessage()
        message["From"] = headers.pop("sender", "Ana <ana@shop.example>")
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content("Yes, gladly.")
        return message.as_bytes()

    def mailed(self, desk: Desk) -> Mail:
        enrolled(desk, "email", "email")
        outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        return Mail.objects.get()

    def test_to_the_mail_stops_every_step(self, desk: Desk, server: list[object]) -> None:
        sent = self.mailed(desk)
        raw = self.answer(In_Reply_To=sent.message_id, sender="other@elsewhere.example")
        inbox.record_answer(mail_kinds.read(raw), at=desk.now)
        assert Enrolment.objects.get().state == State.REPLIED
        assert Creator.objects.get().replied_at == desk.now

    def test_from_the_address_counts_too(self, desk: Desk, server: list[object]) -> None:
        self.mailed(desk)
        inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now)
        assert Enrolment.objects.get().state == State.REPLIED

    @pytest.fixture
    def neighbour(self, desk: Desk, server: list[object]) -> Desk:
        """Another workspace of the same installation, whose creator has the same address."""
        owner = User.objects.create_user("owner@other.example", name="Other owner")
        workspace = workspaces.create_workspace(
            slug="other-shop", name="Other shop", owner=owner, currency="USD", timezone="UTC", at=desk.now
        )  # fmt: skip
        actor = workspaces.actor_for(owner, workspace.slug)
        return dataclasses.replace(desk, workspace=workspace, owner=actor, manager=actor)

    def written_to(self, desk: Desk, handle: str) -> Creator:
        """A creator of Ana's address, mailed now."""
        creator = desk.creator(handle, email="ana@shop.example")
        outreach.enrol(desk.manager, made(desk, "email", "email"), [handle], at=desk.now)
        outreach.run(desk.workspace, at=desk.now)
        send_all(desk)
        return creator

    def states(self) -> list[str]:
        return list(Enrolment.objects.order_by("pk").values_list("state", flat=True))

    def test_from_the_address_of_several_workspaces_is_left_to_people(
        self, desk: Desk, neighbour: Desk
    ) -> None:
        self.written_to(desk, "sample.ana")
        self.written_to(neighbour, "sample.anna")
        raw = self.answer(Subject="Secret offer of mine")
        for _ in range(2):
            assert inbox.record_answer(mail_kinds.read(raw), at=desk.now) is None
        assert self.states() == ["active", "active"]
        told = {each.workspace.slug: each for each in Notice.objects.all()}
        assert set(told) == {"sample-shop", "other-shop"}
        assert len(told) == Notice.objects.count()
        assert "@sample.ana may" in told["sample-shop"].title
        assert "@sample.anna may" in told["other-shop"].title
        for notice in told.values():
            assert "Secret" not in notice.title + notice.next_step
            assert "gladly" not in notice.title + notice.next_step

    def test_that_people_settle_ends_the_asking(self, desk: Desk, neighbour: Desk) -> None:
        ana = self.written_to(desk, "sample.ana")
        self.written_to(neighbour, "sample.anna")
        inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now)
        outreach.note_reply(ana, at=desk.now, by=desk.manager)
        assert not notices.open_notices(desk.workspace)
        assert len(notices.open_notices(neighbour.workspace)) == 1
        assert self.states() == ["replied", "active"]

    def test_goes_to_the_one_workspace_that_waits_for_it(self, desk: Desk, neighbour: Desk) -> None:
        ana = self.written_to(desk, "sample.ana")
        anna = self.written_to(neighbour, "sample.anna")
        outreach.opt_out(anna, at=desk.now)  # the newest mail is theirs, but they wait for nothing
        assert inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now) == ana
        anna.refresh_from_db()
        assert anna.replied_at is None

    def test_is_of_no_workspace_whose_mail_has_not_left(self, desk: Desk, neighbour: Desk) -> None:
        ana = self.written_to(desk, "sample.ana")
        outreach.note_reply(ana, at=desk.now)
        anna = neighbour.creator("sample.anna", email="ana@shop.example")
        outreach.enrol(neighbour.manager, made(neighbour, "email"), [anna.handle], at=desk.now)
        outreach.run(neighbour.workspace, at=desk.now)
        assert inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now) == ana
        anna.refresh_from_db()
        assert anna.replied_at is None

    def test_that_comes_after_the_end_is_kept_all_the_same(
        self, desk: Desk, server: list[object]
    ) -> None:
        ana = self.written_to(desk, "sample.ana")
        outreach.stop(desk.manager, Enrolment.objects.get(), reason="Enough.", at=desk.now)
        assert inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now) == ana
        ana.refresh_from_db()
        assert ana.replied_at == desk.now

    def test_goes_to_the_one_workspace_that_wrote_lately(self, desk: Desk, neighbour: Desk) -> None:
        self.written_to(desk, "sample.ana")
        desk.clock.pass_by(days=35)
        anna = self.written_to(neighbour, "sample.anna")
        assert inbox.record_answer(mail_kinds.read(self.answer()), at=desk.now) == anna
        assert self.states() == ["active", "replied"]

    def test_that_names_its_mail_is_clear_among_several(self, desk: Desk, neighbour: Desk) -> None:
        ana = self.written_to(desk, "sample.ana")
        self.written_to(neighbour, "sample.anna")
        named = Mail.objects.get(workspace=desk.workspace).message_id
        raw = self.answer(In_Reply_To=named)
        assert inbox.record_answer(mail_kinds.read(raw), at=desk.now) == ana
        assert self.states() == ["replied", "active"]

    def test_of_a_machine_is_none(self, desk: Desk, server: list[object]) -> None:
        sent = self.mailed(desk)
        raw = self.answer(In_Reply_To=sent.message_id, Auto_Submitted="auto-replied")
        inbox.record_answer(mail_kinds.read(raw), at=desk.now)
        assert Enrolment.objects.get().state == State.ACTIVE

    def test_of_a_stranger_changes_nothing(self, desk: Desk, server: list[object]) -> None:
        self.mailed(desk)
        assert (
            inbox.record_answer(mail_kinds.read(self.answer(sender="x@else.example")), at=desk.now)
            is None
        )

    def test_that_is_a_bounce_stops_mails_to_the_address(
        self, desk: Desk, server: list[object]
    ) -> None:
        sent = self.mailed(desk)
        raw = (
            "From: MAILER-DAEMON@shop.example\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
            "--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; shop.example\r\n\r\n"
            "Final-Recipient: rfc822; ana@shop.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
            f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {sent.message_id}\r\n\r\n--b--\r\n"
        ).encode()
        read = mail_kinds.read(raw)
        assert read.kind is MailKind.BOUNCE
        inbox.record_answer(read, at=desk.now)
        assert Enrolment.objects.get().state == State.BOUNCED

    def test_is_marked_by_hand_where_there_is_no_mailbox(self, desk: Desk, browser: Client) -> None:
        enrolment = enrolled(desk, "dm")
        browser.post(desk.where("outreach:end", enrolment.pk), {"what": "replied"})
        enrolment.refresh_from_db()
        assert enrolment.state == State.REPLIED

    def test_is_stopped_only_with_a_reason_that_the_sequence_shows(
        self, desk: Desk, browser: Client
    ) -> None:
        enrolment = enrolled(desk, "dm")
        url = desk.where("outreach:end", enrolment.pk)
        refused = browser.post(url, {"what": "stopped", "reason": " "})
        assert refused.status_code == 422
        enrolment.refresh_from_db()
        assert enrolment.state == State.ACTIVE
        shown = browser.post(url, {"what": "stopped", "reason": "Moved abroad."}, follow=True)
        assert "Moved abroad." in shown.content.decode()
        enrolment.refresh_from_db()
        assert (enrolment.state, enrolment.because) == (State.STOPPED, "Moved abroad.")

    @pytest.mark.parametrize("byte", [b"\x00", b"\xff", b"\xed\xa0\x80"])
    def test_with_bytes_no_database_takes_names_nobody(self, byte: bytes) -> None:
        # PostgreSQL raises for a NUL: the mail would stay unseen, and stop every later reading.
        raw = (
            b"From: a"
            + byte
            + b"@shop.example\r\nIn-Reply-To: <x"
            + byte
            + b"y@shop.example>\r\n\r\nHi"
        )
        read = mail_kinds.read(raw)
        assert (read.answers, read.sender) == ((), "")

    @given(st.binary(max_size=2_000))
    def test_of_any_bytes_is_read_without_a_fall(self, raw: bytes) -> None:
        assert mail_kinds.read(raw).kind in MailKind


MOMENTS = st.integers(0, 366 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


class TestTheRules:
    @given(
        MOMENTS,
        st.sampled_from(["UTC", "America/New_York", "Asia/Tokyo"]),
    )
    def test_find_a_working_hour_that_is_never_earlier(self, at: datetime, zone: str) -> None:
        found = rules.next_working_time(at, zone)
        assert found >= at
        assert rules.is_working_time(found, zone)
        assert found - at <= timedelta(days=4)

    @given(MOMENTS)
    def test_begin_the_quota_s_week_on_the_last_sunday(self, at: datetime) -> None:
        begin = rules.quota_week(at, "UTC")
        assert begin.weekday() == rules.SUNDAY
        assert timedelta(0) <= at - begin < timedelta(days=7)

    @given(*[st.integers(0, 500)] * 4)
    def test_never_leave_more_than_either_limit(self, a: int, b: int, c: int, d: int) -> None:
        left = rules.mails_left(sent_today=a, sent_this_hour=b, a_day=c, an_hour=d)
        assert 0 <= left <= min(c, d)
        assert a + left <= max(a, c)
        assert b + left <= max(b, d)

    @given(st.integers(0, 10), st.integers(0, 10), st.booleans(), st.booleans())
    def test_write_in_the_shop_only_within_r82(
        self, left: int, sent: int, replied: bool, sold: bool
    ) -> None:
        may = rules.may_write_in_shop(
            left=left, sent_unanswered=sent, has_replied=replied, has_sold=sold
        )
        assert may == (replied or sold or (left > 0 and sent < 5))


class TestThePages:
    def test_lead_from_a_template_over_a_sequence_to_the_first_message(
        self, desk: Desk, browser: Client
    ) -> None:
        desk.creator(email="ana@shop.example")
        typed = {
            "name": "Hi",
            "language": "en",
            "channel": "dm",
            "subject": "",
            "text": "Hi {{ creator }}",
        }
        seen = browser.post(desk.where("outreach:add_template"), typed | {"preview": "1"})
        assert "Hi Sample Ana" in seen.content.decode()
        browser.post(desk.where("outreach:add_template"), typed)
        template = desk.workspace.outreach_templates.get()
        answer = browser.post(
            desk.where("outreach:add_sequence"),
            {"name": "S", "template1": template.pk, "days1": "0"},
        )
        page = browser.post(
            answer["Location"] + "enrol/", {"handles": "@sample.ana\nnobody"}, follow=True
        ).content.decode()
        assert "1 enrolled." in page
        assert "@nobody not in the directory." in page

    def test_refuse_a_wrong_variable_and_keep_the_text(self, desk: Desk, browser: Client) -> None:
        typed = {
            "name": "Hi",
            "language": "en",
            "channel": "dm",
            "subject": "",
            "text": "{{ oops }}",
        }
        answer = browser.post(desk.where("outreach:add_template"), typed)
        assert answer.status_code == 422
        assert "{{ oops }}" in answer.content.decode()
