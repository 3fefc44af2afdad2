"""Alerts at a real server: each once, none lost while it is down, its address never told."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.cli import main as cli
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.jobs.models import Intent
from kindling.notices import mail, service, tasks
from kindling.notices.alerts import digests, escalation, sending, webhooks
from kindling.notices.alerts.queue import TASK
from kindling.notices.alerts.rules import Hours
from kindling.notices.alerts.webhooks import Draft
from kindling.notices.models import Alert, AlertPreference, Mail, Notice, Webhook
from kindling.workspaces.models import AuditEntry, Member, Workspace

State = Alert.State
SECRET = "T000/B000/very-secret-part"


class Chat:
    """A chat server: answers each message as it is told, and keeps those it took."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.statuses: list[int] = []
        self.headers: dict[str, str] = {}
        self.waits = 0.0
        chat = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = chat.statuses.pop(0) if chat.statuses else 200
                if status == 0:  # it has the message, and the answer is lost
                    chat.texts.append(json.loads(body)["text"])
                    self.connection.close()
                    return
                if status == 200:
                    chat.texts.append(json.loads(body)["text"])
                time.sleep(chat.waits)
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    for name, value in chat.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def chat(settings: Any) -> Iterator[Chat]:
    made = Chat()
    settings.KINDLING_WEBHOOK_HOST = made.url
    yield made
    made.close()


def hook(team: Team, chat: Chat, name: str = "#ads", **more: Any) -> Webhook:
    draft = Draft(name, f"{chat.url}/services/{SECRET}", **{"least_urgency": 3, **more})
    return webhooks.add(team.owner, draft, at=team.now)


def told(team: Team, key: str = "a", *, urgency: int = 2, at: datetime | None = None) -> Notice:
    return service.notify(
        team.workspace, key=key, roles=["media_buyer"], title=f"Notice {key}", next_step="Look.",
        path="live/", at=at or team.now, urgency=urgency,
    )  # fmt: skip


def states() -> list[str]:
    return list(Alert.objects.order_by("due_at", "pk").values_list("state", flat=True))


class TestAnAlert:
    def test_is_asked_for_with_its_notice_and_sent_once(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        told(team)
        assert Intent.objects.filter(task=TASK).count() == 1
        for _ in range(3):
            tasks.send_alerts(webhook=row.pk)
        (text,) = chat.texts
        assert text.startswith("sample-shop\n\nNotice a\nLook. (media buyer)\n")
        assert text.endswith("/w/sample-shop/live/")
        assert states() == [State.SENT]
        row.refresh_from_db()
        assert (row.attempts, row.problem, row.last_sent_at) == (0, "", team.now)

    def test_is_not_asked_for_twice_by_the_same_notice(self, team: Team, chat: Chat) -> None:
        hook(team, chat)
        told(team)
        told(team)
        assert Alert.objects.count() == 1

    @pytest.mark.parametrize(
        ("more", "wanted"),
        [({"roles": ["media_buyer"]}, 1), ({"roles": ["finance"]}, 0), ({"least_urgency": 1}, 0)],
    )
    def test_goes_only_where_its_role_and_urgency_are_wanted(
        self, team: Team, chat: Chat, more: dict[str, Any], wanted: int
    ) -> None:
        hook(team, chat, **more)
        told(team, urgency=2)
        assert Alert.objects.count() == wanted

    def test_of_another_workspace_does_not_come(self, team: Team, chat: Chat) -> None:
        hook(team, chat)
        other = Workspace.objects.create(slug="other", name="Other", currency="USD", timezone="UTC")
        service.notify(
            other, key="b", roles=["owner"], title="Theirs", next_step="Look.", path="live/",
            at=team.now, urgency=1,
        )  # fmt: skip
        assert not Alert.objects.exists()

    def test_of_a_notice_that_is_resolved_before_is_not_sent(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        notice = told(team)
        service.mark_done(team.buyer, notice.pk, at=team.now)
        assert sending.send(row.pk, at=team.now) == 0
        assert (states(), chat.texts) == ([State.CANCELLED], [])

    def test_waits_for_quiet_hours_to_end(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat, hours=Hours(quiet_from=0, quiet_to=23))
        told(team)
        told(team, "now", urgency=1)
        assert sending.send(row.pk, at=team.now) == 1
        assert "Notice now" in chat.texts[0]
        assert sending.send(row.pk, at=team.now + timedelta(days=1)) == 1
        assert "Notice a" in chat.texts[1]

    def test_waits_for_the_digest_in_which_all_come_together(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat, hours=Hours(digest_hour=9))
        for key in "abc":
            told(team, key)
        assert sending.send(row.pk, at=team.now) == 0
        assert sending.send(row.pk, at=team.now + timedelta(days=1)) == 3
        (text,) = chat.texts
        assert text.startswith("sample-shop: 3 notices")
        assert text.index("Notice a") < text.index("Notice b") < text.index("Notice c")

    def test_of_more_than_fit_go_in_several_messages(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        for number in range(45):
            told(team, f"{number:02}")
        tasks.send_alerts(webhook=row.pk)
        assert len(chat.texts) == 3
        assert set(states()) == {State.SENT}

    def test_is_forgotten_after_the_days_of_records_unless_it_waits(
        self, team: Team, chat: Chat
    ) -> None:
        row = hook(team, chat)
        told(team)
        sending.send(row.pk, at=team.now)
        told(team, "waits")
        assert sending.forget(before=team.now) == 0
        assert sending.forget(before=team.now + timedelta(days=1)) == 1
        assert states() == [State.WAITING]


class TestAServerThatIsDownForADay:
    def test_gets_everything_afterwards_once_and_in_order(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        start, hours = team.now, 0
        for hours in range(26):
            at = start + timedelta(hours=hours)
            told(team, f"{hours:02}", at=at)
            chat.statuses = [503] if hours < 24 else []
            if row.pk in sending.waiting(at=at):
                sending.send(row.pk, at=at)
            if hours == 12:
                assert Notice.objects.filter(key=f"webhook-{row.pk}", done_at=None).exists()
        at = start + timedelta(hours=48)
        while sending.send(row.pk, at=at):
            pass
        assert set(states()) == {State.SENT}
        text = "\n".join(chat.texts)
        places = [text.index(f"Notice {number:02}\n") for number in range(26)]
        assert places == sorted(places)
        assert all(text.count(f"Notice {number:02}\n") == 1 for number in range(26))
        assert not Notice.objects.filter(key=f"webhook-{row.pk}", done_at=None).exists()

    def test_for_more_than_two_days_loses_what_waited_and_says_so(
        self, team: Team, chat: Chat
    ) -> None:
        row = hook(team, chat)
        told(team)
        chat.close()
        sending.send(row.pk, at=team.now)
        sending.send(row.pk, at=team.now + timedelta(days=2, hours=1))
        alert = Alert.objects.get()
        assert (alert.state, alert.problem) == (
            State.FAILED, "The address could not be reached for two days.",
        )  # fmt: skip

    def test_is_not_asked_again_before_its_time(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        told(team)
        chat.statuses, chat.headers = [429], {"Retry-After": "1800"}
        sending.send(row.pk, at=team.now)
        row.refresh_from_db()
        assert row.next_try_at == team.now + timedelta(minutes=30)
        assert sending.send(row.pk, at=team.now + timedelta(minutes=29)) == 0
        assert sending.waiting(at=team.now + timedelta(minutes=29)) == []
        assert sending.send(row.pk, at=team.now + timedelta(minutes=30)) == 1


class TestAnAnswerThatIsLost:
    def test_leaves_the_alert_unclear_and_it_is_not_sent_again(
        self, team: Team, chat: Chat
    ) -> None:
        row = hook(team, chat)
        told(team)
        chat.statuses = [0]
        sending.send(row.pk, at=team.now)
        later = team.now + timedelta(days=1)
        assert sending.send(row.pk, at=later) == 0
        alert = Alert.objects.get()
        assert (alert.state, len(chat.texts)) == (State.UNCLEAR, 1)
        assert alert.problem == "The connection was lost before an answer came."

    def test_that_takes_too_long_is_one_too(
        self, team: Team, chat: Chat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sending, "SECONDS", 0.3)
        row = hook(team, chat)
        told(team)
        chat.waits = 1.0
        sending.send(row.pk, at=team.now)
        assert states() == [State.UNCLEAR]

    def test_with_the_process_sends_nothing_twice(
        self, team: Team, chat: Chat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = hook(team, chat)
        told(team)

        def die(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(sending, "_keep", die)
            with pytest.raises(KeyboardInterrupt):
                sending.send(row.pk, at=team.now)
        assert sending.send(row.pk, at=team.now) == 0
        assert (states(), len(chat.texts)) == ([State.UNCLEAR], 1)
        assert Alert.objects.get().problem == "Kindling stopped while it was sent."


class TestAnAddress:
    @pytest.mark.parametrize("status", [401, 403, 404, 410, 302])
    def test_that_takes_no_messages_is_switched_off_and_owners_are_told(
        self, team: Team, chat: Chat, status: int
    ) -> None:
        row = hook(team, chat)
        told(team)
        chat.statuses, chat.headers = [status], {"Location": "http://169.254.169.254/"}
        sending.send(row.pk, at=team.now)
        row.refresh_from_db()
        assert (row.is_on, states()) == (False, [State.FAILED])
        notice = Notice.objects.get(key=f"webhook-{row.pk}", done_at=None)
        assert (notice.roles, "#ads" in notice.title) == (["owner"], True)
        assert not Alert.objects.filter(notice=notice).exists()
        webhooks.switch(team.owner, row, is_on=True, at=team.now)
        notice.refresh_from_db()
        assert notice.done_at is not None

    def test_that_refuses_one_message_takes_the_next(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        told(team)
        chat.statuses = [400]
        sending.send(row.pk, at=team.now)
        told(team, "b")
        sending.send(row.pk, at=team.now)
        assert states() == [State.FAILED, State.SENT]

    @pytest.mark.parametrize(
        "address",
        ["http://chat.example/x", "https://me:word@chat.example/x", "chat.example", "https://", "",
         "https://chat.example/\nx", "https://chät.example/", "ftp://chat.example/", "https://[::1"],
    )  # fmt: skip
    def test_that_is_none_is_refused(self, team: Team, address: str) -> None:
        with pytest.raises(InvalidInputError, match="no https address"):
            webhooks.add(team.owner, Draft("#ads", address), at=team.now)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "[::1]"])
    def test_in_a_private_network_is_never_reached(self, team: Team, host: str) -> None:
        row = webhooks.add(team.owner, Draft("#ads", f"https://{host}/x"), at=team.now)
        assert webhooks.test(team.owner, row, at=team.now) == (
            "The address leads into a private network."
        )

    def test_is_in_no_page_log_audit_answer_or_export(
        self, team: Team, chat: Chat, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        row = hook(team, chat)
        told(team)
        chat.statuses = [404]
        sending.send(row.pk, at=team.now)
        client = Client()
        assert team.owner.user is not None
        client.force_login(team.owner.user)
        said = [caplog.text, str(list(AuditEntry.objects.values())), repr(webhooks.to_json(row))]
        for name in ("alerts", "sent_alerts", "webhook", "change_webhook", "list"):
            more = [row.pk] if "webhook" in name else []
            url = reverse(f"notices:{name}", args=["sample-shop", *more])
            said.append(client.get(url).content.decode())
        assert not any("very-secret" in each for each in said)
        assert Webhook.objects.get().address.endswith(SECRET)
        stored = Webhook.objects.extra(select={"raw": "address"}).values_list("raw", flat=True)[0]
        assert "very-secret" not in str(stored) or stored == row.address  # the field decrypts


class TestManagingWebhooks:
    def test_is_for_owners(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        draft = Draft("#b", "https://chat.example/x")
        for act in (
            lambda: webhooks.add(team.buyer, draft, at=team.now),
            lambda: webhooks.change(team.buyer, row, draft, at=team.now),
            lambda: webhooks.switch(team.buyer, row, is_on=False, at=team.now),
            lambda: webhooks.remove(team.buyer, row, at=team.now),
            lambda: webhooks.test(team.buyer, row, at=team.now),
        ):
            with pytest.raises(NotAllowedError):
                act()

    def test_keeps_the_address_where_none_is_given(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        webhooks.change(team.owner, row, Draft("#b", "", roles=("legal",)), at=team.now)
        found = webhooks.find(team.workspace, row.pk)
        assert (found.name, found.roles) == ("#b", ["legal"])
        assert found.address.endswith(SECRET)

    def test_has_each_name_once(self, team: Team, chat: Chat) -> None:
        hook(team, chat)
        with pytest.raises(ConflictError, match="named “#ads” already"):
            hook(team, chat)

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"roles": ("king",)}, "Unknown role: king"),
            ({"least_urgency": 6}, "Urgency is from 1"),
            ({"hours": Hours(quiet_from=3)}, "a beginning and an end"),
            ({"hours": Hours(digest_hour=24)}, "from 0 to 23"),
        ],
    )
    def test_says_what_is_wrong(self, team: Team, more: dict[str, Any], words: str) -> None:
        with pytest.raises(InvalidInputError, match=words):
            webhooks.add(team.owner, Draft("#a", "https://chat.example/x", **more), at=team.now)

    def test_removes_the_address_for_good(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat)
        told(team)
        webhooks.remove(team.owner, row, at=team.now)
        assert not Webhook.objects.exists()
        assert not Alert.objects.exists()
        with pytest.raises(NotFoundError):
            webhooks.find(team.workspace, row.pk)

    def test_is_listed_and_tested_from_the_command_line(self, team: Team, chat: Chat) -> None:
        hook(team, chat)

        def run(*words: str) -> tuple[int, str]:
            found = CliRunner().invoke(cli, [*words, "--as", "owner@shop.example"])
            return found.exit_code, found.output

        code, said = run("webhooks", "list")
        assert (code, "#ads" in said, "very-secret" in said) == (0, True, False)
        assert run("webhooks", "test", "#ads")[0] == 0
        assert chat.texts == ["sample-shop: this is a test message of Kindling."]
        chat.statuses = [500]
        assert run("webhooks", "test", "#ads") == (
            1,
            "It did not arrive. The server answered 500.\n",
        )


class TestTakingOn:
    def test_tells_the_others_and_stays_open(self, team: Team) -> None:
        notice = service.take(team.buyer, told(team).pk, at=team.now)
        assert (notice.taken_by, notice.done_at) == (team.buyer.user, None)
        with pytest.raises(ConflictError, match="is on it already"):
            service.take(team.manager, notice.pk, at=team.now)

    def test_can_be_given_back_by_who_took_it(self, team: Team) -> None:
        notice = service.take(team.buyer, told(team).pk, at=team.now)
        with pytest.raises(NotFoundError):
            service.give_back(team.manager, notice.pk, at=team.now)
        service.give_back(team.buyer, notice.pk, at=team.now)
        assert service.take(team.manager, notice.pk, at=team.now).taken_by == team.manager.user

    def test_is_not_possible_once_it_is_resolved(self, team: Team) -> None:
        notice = told(team)
        service.mark_done(team.buyer, notice.pk, at=team.now)
        with pytest.raises(NotFoundError):
            service.take(team.buyer, notice.pk, at=team.now)


class TestEscalation:
    @pytest.fixture(autouse=True)
    def server(self, settings: Any) -> None:
        settings.KINDLING_MAIL_URL = "smtp://127.0.0.1:1"

    def late(self, team: Team, hours: float = 4) -> datetime:
        return team.now + timedelta(hours=hours)

    def mails(self) -> list[str]:
        rows = Mail.objects.filter(key__startswith="escalated-")
        return list(rows.values_list("to", flat=True))

    def test_tells_the_owners_and_their_chat_once(self, team: Team, chat: Chat) -> None:
        row = hook(team, chat, roles=["owner"], least_urgency=2)
        told(team)
        assert escalation.escalate(at=self.late(team, 3.9)) == 0
        assert escalation.escalate(at=self.late(team)) == 1
        assert escalation.escalate(at=self.late(team, 9)) == 0
        assert self.mails() == ["owner@shop.example"]
        sending.send(row.pk, at=self.late(team))
        assert "Not taken on yet: Notice a" in chat.texts[0]

    def test_leaves_what_is_taken_on_resolved_or_not_urgent(self, team: Team) -> None:
        service.take(team.buyer, told(team, "taken").pk, at=team.now)
        service.mark_done(team.buyer, told(team, "done").pk, at=team.now)
        told(team, "slow", urgency=3)
        assert escalation.escalate(at=self.late(team)) == 0

    def test_is_off_where_the_workspace_says_so(self, team: Team) -> None:
        told(team)
        Workspace.objects.update(escalate_hours=0)
        assert escalation.escalate(at=self.late(team)) == 0


class TestTheWorker:
    def wishes(self, team: Team) -> list[str]:
        return [each.task for each in tasks.alerts(team.now)]

    def test_looks_while_a_digest_is_wanted_or_a_notice_waits_and_sends_what_is_due(
        self, team: Team, chat: Chat
    ) -> None:
        assert self.wishes(team) == []
        row = hook(team, chat)
        notice = told(team)
        assert self.wishes(team) == ["notices.watch", TASK]
        tasks.watch()
        tasks.send_alerts(webhook=row.pk)
        service.take(team.buyer, notice.pk, at=team.now)
        assert self.wishes(team) == []
        webhooks.set_my_hours(team.buyer, Hours(digest_hour=9), at=team.now)
        assert self.wishes(team) == ["notices.watch"]


class TestMailsToAMember:
    @pytest.fixture(autouse=True)
    def server(self, settings: Any) -> None:
        settings.KINDLING_MAIL_URL = "smtp://127.0.0.1:1"

    def mine(self, team: Team) -> list[Mail]:
        return list(Mail.objects.filter(to="media_buyer@shop.example").order_by("pk"))

    def test_come_at_once_without_a_wish(self, team: Team) -> None:
        told(team)
        (row,) = self.mine(team)
        assert (row.next_try_at, row.pk in mail.waiting(at=team.now)) == (None, True)

    def test_wait_for_quiet_hours_to_end_unless_they_are_urgent(self, team: Team) -> None:
        webhooks.set_my_hours(team.buyer, Hours(quiet_from=0, quiet_to=23), at=team.now)
        told(team)
        told(team, "now", urgency=1)
        waits, now = self.mine(team)
        assert now.next_try_at is None
        assert waits.next_try_at is not None
        assert waits.next_try_at > team.now
        assert mail.waiting(at=team.now) == [now.pk]

    def test_that_waited_are_not_sent_for_what_is_resolved(self, team: Team) -> None:
        webhooks.set_my_hours(team.buyer, Hours(quiet_from=0, quiet_to=23), at=team.now)
        service.mark_done(team.buyer, told(team).pk, at=team.now)
        (row,) = self.mine(team)
        assert row.next_try_at is not None
        found = mail.send(row.pk, at=row.next_try_at)
        assert (found.state, found.problem) == (
            Mail.State.CANCELLED, "The notice was resolved before.",
        )  # fmt: skip

    def test_are_gathered_in_a_digest_with_each_open_notice_once(self, team: Team) -> None:
        webhooks.set_my_hours(team.buyer, Hours(digest_hour=9), at=team.now)
        for key in "ab":
            told(team, key)
        service.mark_done(team.buyer, told(team, "done").pk, at=team.now)
        told(team, "now", urgency=1)
        assert [row.subject for row in self.mine(team)] == ["Notice now"]
        tomorrow = team.now + timedelta(days=1)
        assert digests.send_due(at=tomorrow) == 1
        assert digests.send_due(at=tomorrow + timedelta(minutes=5)) == 0
        _, digest = self.mine(team)
        assert digest.subject == "sample-shop: 2 notices"
        assert [digest.text.count(f"Notice {key}\n") for key in ("a", "b", "done", "now")] == [
            1,
            1,
            0,
            0,
        ]
        assert digests.send_due(at=tomorrow + timedelta(days=1)) == 0

    def test_are_none_for_who_wants_no_mail(self, team: Team) -> None:
        webhooks.set_my_hours(team.buyer, Hours(digest_hour=9), at=team.now)
        Member.objects.filter(user=team.buyer.user).update(wants_mail=False)
        told(team)
        assert digests.send_due(at=team.now + timedelta(days=1)) == 0
        assert AlertPreference.objects.count() == 1

    def test_are_each_member_s_own(self, team: Team) -> None:
        webhooks.set_my_hours(team.buyer, Hours(quiet_from=1, quiet_to=2), at=team.now)
        assert webhooks.my_hours(team.buyer) == Hours(quiet_from=1, quiet_to=2)
        assert webhooks.my_hours(team.manager) == Hours()
