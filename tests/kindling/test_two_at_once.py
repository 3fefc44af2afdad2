"""Two who do the same thing at the same moment: one of them does it, the other is told, or finds it done.

SQLite lets one of two transactions begin. On PostgreSQL both run, and neither sees what the other has not ended yet.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from at_once import at_once, kinds
from desk import Desk, desk
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import pre_save
from sample_team import Team

import kindling
import postgres
from kindling.agreements import samples
from kindling.agreements import service as agreements
from kindling.agreements.breaches import service as breaches
from kindling.agreements.contract import transitions
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.models import (
    Agreement,
    AgreementVersion,
    Breach,
    Payable,
    Sample,
    UsageRight,
)
from kindling.agreements.payments.rules import SampleState
from kindling.creators import directory
from kindling.creators.models import Creator, HandleChange
from kindling.errors import ConflictError
from kindling.kit.money import Money
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.notices import mail, service
from kindling.notices.models import Mail, Notice
from kindling.outreach import sequences
from kindling.outreach import service as outreach
from kindling.outreach.models import Enrolment, OutreachMessage
from kindling.workspaces.models import AuditEntry

__all__ = ["desk"]


def saving_at_once(saved: type[Model], *acts: Callable[[], Any]) -> list[Any]:
    """`at_once`, where each act waits a moment before it saves a row of `saved`."""

    def linger(**_: object) -> None:
        time.sleep(0.1)

    pre_save.connect(linger, sender=saved)
    try:
        return at_once(*acts)
    finally:
        pre_save.disconnect(linger, sender=saved)


def agreed(desk: Desk) -> Agreement:
    terms = Terms(content_fee_minor=30_000)
    draft = agreements.create(
        desk.manager, desk.creator(), title="Spring", terms=terms, at=desk.now
    )
    version = agreements.offer(desk.manager, draft, at=desk.now)
    return agreements.consent(
        version, as_name="Ana", ip="192.0.2.7", agent="Sample browser", at=desk.now
    ).agreement


class TestANotice:
    def test_of_one_key_is_opened_once(self, desk: Desk) -> None:
        def notify() -> Notice:
            return service.notify(
                desk.workspace, key="one", roles=["owner"], title="x", next_step="x", path="", at=desk.now
            )  # fmt: skip

        first, second = saving_at_once(Notice, notify, notify)
        assert first == second
        assert Mail.objects.count() == 1

    def test_of_one_key_is_mailed_once(self, desk: Desk) -> None:
        def post() -> Mail:
            return mail.post(
                desk.workspace, key="one", to="a@shop.example", subject="x", text="x", at=desk.now
            )

        first, second = saving_at_once(Mail, post, post)
        assert first == second


class TestABreach:
    def open(self, desk: Desk) -> Breach:
        return breaches.open_breach(
            desk.manager, desk.creator(), kind="other", evidence="Seen.", item_id="7400000000000000001",
            at=desk.now,
        )  # fmt: skip

    def test_is_opened_once(self, desk: Desk) -> None:
        desk.creator()
        first, second = saving_at_once(Breach, lambda: self.open(desk), lambda: self.open(desk))
        assert first == second

    def test_is_one_where_kindling_suspects_what_a_person_opens(self, desk: Desk) -> None:
        right = UsageRight.objects.create(
            workspace=desk.workspace, creator=desk.creator(), starts_at=desk.now, recorded_at=desk.now,
            ends_at=desk.now + timedelta(days=30), paid_allowed=False,
        )  # fmt: skip

        def suspect() -> Breach | None:
            return breaches.suspect(
                right, kind="other", evidence="A sign.", item_id="7400000000000000001",
                happened_at=desk.now, at=desk.now,
            )  # fmt: skip

        saving_at_once(Breach, suspect, lambda: self.open(desk))
        assert not Breach.objects.get().is_suspected
        assert "Seen." in Breach.objects.get().evidence

    def test_is_made_good_in_one_way(self, desk: Desk) -> None:
        """A refund that is owed beside a waiver is money given away."""
        pk = self.open(desk).pk
        Breach.objects.update(refund_minor=5_000, currency="USD", unused_days=5, term_days=30)

        def resolve(remedy: str) -> Breach:
            return breaches.resolve(
                desk.manager, Breach.objects.get(pk=pk), remedy=remedy, resolution="Agreed.", at=desk.now
            )  # fmt: skip

        found = saving_at_once(Breach, lambda: resolve("refund"), lambda: resolve("waived"))
        assert kinds(found) == ["Breach", "ConflictError"]
        is_refunded = Breach.objects.get().remedy == "refund"
        assert Payable.objects.filter(kind="refund").exists() == is_refunded


class TestAUsageRight:
    """Seen by reading: each renewal wrote the end that it had read, so the shorter one could take days back."""

    def right(self, desk: Desk, item_id: str) -> UsageRight:
        version = agreed(desk).versions.get()
        return UsageRight.objects.create(
            workspace=desk.workspace, creator=desk.creator(), version=version, item_id=item_id,
            starts_at=desk.now, ends_at=desk.now + timedelta(days=30), paid_allowed=True,
            recorded_at=desk.now,
        )  # fmt: skip

    def renew(self, desk: Desk, pk: int, days: int) -> Callable[[], UsageRight]:
        """One renewal, of the right as it was read beforehand."""
        right = UsageRight.objects.get(pk=pk)
        return lambda: agreements.renew(
            right, key=f"renewal-{days}", item_id="7400000000000000001",
            until=desk.now + timedelta(days=30 + days), price_minor=1_000, days=days, by=None, at=desk.now,
        )  # fmt: skip

    @pytest.mark.parametrize("item_id", ["7400000000000000001", ""], ids=["of a post", "general"])
    @pytest.mark.parametrize("days", [(30, 10), (10, 30)], ids=str)
    def test_renewed_twice_keeps_the_later_end(
        self, desk: Desk, item_id: str, days: tuple[int, int]
    ) -> None:
        pk = self.right(desk, item_id).pk
        first, second = (self.renew(desk, pk, each) for each in days)
        found = saving_at_once(UsageRight, first, second)
        assert kinds(found) == ["UsageRight", "UsageRight"]
        post = UsageRight.objects.get(item_id="7400000000000000001")
        assert post.ends_at == desk.now + timedelta(days=60)
        assert Payable.objects.filter(kind="renewal").count() == 2

    def test_that_was_renewed_since_it_was_read_keeps_the_later_end(self, desk: Desk) -> None:
        pk = self.right(desk, "7400000000000000001").pk
        longer, shorter = self.renew(desk, pk, 30), self.renew(desk, pk, 10)
        longer()
        shorter()
        assert UsageRight.objects.get().ends_at == desk.now + timedelta(days=60)

    @pytest.mark.parametrize("item_id", ["7400000000000000001", ""], ids=["of a post", "general"])
    def test_renewed_while_a_new_version_is_agreed_keeps_the_days(
        self, desk: Desk, item_id: str
    ) -> None:
        """Seen by reading: the version that replaced the right took over the end that it had read before."""
        right = self.right(desk, item_id)
        agreement = Agreement.objects.get()
        terms = replace(agreement.versions.get().content, start_trigger=StartTrigger.DATE)
        terms = replace(terms, start_on=desk.now.date(), final_approval=True)
        draft = agreements.revise(desk.manager, agreement, terms=terms, at=desk.now)
        version = agreements.offer(desk.manager, draft, at=desk.now)

        def agree() -> AgreementVersion:
            time.sleep(0.05)  # the renewal holds the right by then
            return agreements.consent(
                version, as_name="Ana", ip="192.0.2.7", agent="Sample browser", at=desk.now
            )

        found = saving_at_once(UsageRight, self.renew(desk, right.pk, 30), agree)
        assert kinds(found) == ["AgreementVersion", "UsageRight"]
        post = UsageRight.objects.get(item_id="7400000000000000001", superseded_at=None)
        assert post.final_approval
        assert post.ends_at >= desk.now + timedelta(days=59)  # terms of dates count from midnight


class TestASample:
    def test_is_sent_once(self, desk: Desk) -> None:
        planned = samples.plan(
            desk.manager, agreed(desk), sku="SOAP", quantity=1, value=Money(900, "USD"), at=desk.now
        )

        def send() -> Sample:
            found = samples.find(desk.workspace, planned.pk)
            return samples.move(desk.manager, found, SampleState.SENT, at=desk.now)

        assert kinds(saving_at_once(Sample, send, send)) == ["ConflictError", "Sample"]


class TestOutreach:
    def sequence(self, desk: Desk) -> Any:
        template = sequences.save_template(
            desk.manager, name="one", language="en", channel="shop", subject="", text="Hello.",
            at=desk.now,
        )  # fmt: skip
        return sequences.make_sequence(
            desk.manager, name="Spring", steps=[(template, 0)], at=desk.now
        )

    def test_takes_a_creator_in_once(self, desk: Desk) -> None:
        desk.creator()
        sequence = self.sequence(desk)

        def enrol() -> int:
            return outreach.enrol(desk.manager, sequence, ["sample.ana"], at=desk.now).count

        assert sorted(saving_at_once(Enrolment, enrol, enrol)) == [0, 1]

    def test_by_hand_never_passes_the_shops_quota(self, desk: Desk) -> None:
        handles = [desk.creator(name).handle for name in ("sample.ana", "sample.ben")]
        outreach.enrol(desk.manager, self.sequence(desk), handles, at=desk.now)
        outreach.run(desk.workspace, at=desk.now)
        outreach.set_limits(
            desk.manager, mails_a_day=1, mails_an_hour=1, shop_messages_a_week=1, at=desk.now
        )
        first, second = OutreachMessage.objects.values_list("pk", flat=True)

        def send(pk: int) -> OutreachMessage:
            return outreach.sent_by_hand(desk.manager, pk, at=desk.now)

        found = saving_at_once(OutreachMessage, lambda: send(first), lambda: send(second))
        assert kinds(found) == ["ConflictError", "OutreachMessage"]

    @pytest.mark.slow
    def test_by_hand_is_noted_once(self, desk: Desk) -> None:
        outreach.enrol(desk.manager, self.sequence(desk), [desk.creator().handle], at=desk.now)
        outreach.run(desk.workspace, at=desk.now)
        pk = OutreachMessage.objects.get().pk

        def send() -> OutreachMessage:
            return outreach.sent_by_hand(desk.manager, pk, at=desk.now)

        assert kinds(saving_at_once(OutreachMessage, send, send)) == [
            "NotFoundError",
            "OutreachMessage",
        ]


class TestAPlan:
    @pytest.mark.slow
    @pytest.mark.parametrize("is_same", [True, False])
    def test_of_one_token_is_kept_once(self, team: Team, is_same: bool) -> None:
        """Two plans whose objects have the same names could take over each other's at TikTok."""
        (post,) = team.launchable(1)
        content, _ = launches.draft(team.buyer, team.account, team._spec([post]), at=team.now)
        one, other = content.to_json(), content.to_json()
        if not is_same:
            other["name"] += " again"

        def store(given: dict[str, Any]) -> Plan:
            return launches.store(team.buyer, team.account, given, at=team.now)

        found = saving_at_once(Plan, lambda: store(one), lambda: store(other))
        assert kinds(found) == (["Plan", "Plan"] if is_same else ["ConflictError", "Plan"])
        assert Plan.objects.count() == 1
        assert AuditEntry.objects.filter(action="planned launch").count() == 1


class TestAnAgreement:
    """On SQLite one of the two transactions begins; on PostgreSQL both run."""

    def offered(self, desk: Desk) -> AgreementVersion:
        draft = agreements.create(
            desk.manager, desk.creator(), title="Spring", terms=Terms(), at=desk.now
        )
        return agreements.offer(desk.manager, draft, at=desk.now)

    def consent(self, desk: Desk, version: AgreementVersion) -> AgreementVersion:
        return agreements.consent(
            version, as_name="Ana", ip="192.0.2.7", agent="Sample browser", at=desk.now
        )

    def test_offered_while_it_is_written_anew_keeps_the_text_that_was_offered(
        self, desk: Desk
    ) -> None:
        draft = agreements.create(
            desk.manager, desk.creator(), title="Spring", terms=Terms(), at=desk.now
        )
        other = Terms(term_days=90)
        found = saving_at_once(
            AgreementVersion,
            lambda: agreements.offer(
                desk.manager, AgreementVersion.objects.get(pk=draft.pk), at=desk.now
            ),
            lambda: agreements.revise(
                desk.manager, Agreement.objects.get(), terms=other, at=desk.now
            ),
        )
        stored = AgreementVersion.objects.get()
        offered = AuditEntry.objects.get(action="offered agreement")
        assert (stored.offered_at, stored.is_unaltered) == (desk.now, True)
        assert offered.after["terms_hash"] == stored.terms_hash
        assert kinds(found) in [
            ["AgreementVersion", "AgreementVersion"],  # written first, then offered as written
            ["AgreementVersion", "ConflictError"],
        ]

    def test_agreed_to_while_it_is_ended_gives_no_right_beside_the_end(self, desk: Desk) -> None:
        first = self.consent(desk, self.offered(desk))
        terms = Terms(start_trigger=StartTrigger.DATE, start_on=desk.now.date(), kill_fee_minor=100)
        draft = agreements.revise(desk.manager, first.agreement, terms=terms, at=desk.now)
        second = agreements.offer(desk.manager, draft, at=desk.now)
        saving_at_once(
            AgreementVersion,
            lambda: self.consent(desk, AgreementVersion.objects.get(pk=second.pk)),
            lambda: agreements.end(
                desk.manager, Agreement.objects.get(), reason="No budget.", with_kill_fee=True, at=desk.now
            ),
        )  # fmt: skip
        assert Agreement.objects.get().state == AgreementState.ENDED
        assert not UsageRight.objects.filter(superseded_at=None).exists()

    def test_for_one_post_covers_one_of_two_that_go_live(self, desk: Desk) -> None:
        self.consent(desk, self.offered(desk))
        posts = ("7400000000000000001", "7400000000000000002")
        one, other = (
            lambda item_id=item_id: agreements.note_post_live(desk.creator(), item_id, desk.now)
            for item_id in posts
        )
        found = saving_at_once(UsageRight, one, other)
        assert kinds(found) == ["NoneType", "UsageRight"]

    @pytest.mark.parametrize(
        "meanwhile",
        [{"offered_at": True}, {"withdrawn_at": True}, {"recorded_because": "On paper."}],
        ids=str,
    )
    def test_draft_that_is_saved_undoes_nothing_that_others_wrote(
        self, desk: Desk, meanwhile: dict[str, Any]
    ) -> None:
        """Seen by reading: a whole row was saved, as it had been read before."""
        draft = agreements.create(
            desk.manager, desk.creator(), title="Spring", terms=Terms(), at=desk.now
        )
        told = {name: desk.now if it is True else it for name, it in meanwhile.items()}

        def write(**_: object) -> None:
            AgreementVersion.objects.filter(pk=draft.pk).update(**told)

        pre_save.connect(write, sender=AgreementVersion)
        try:
            agreements.revise(desk.manager, draft.agreement, terms=Terms(term_days=90), at=desk.now)
        finally:
            pre_save.disconnect(write, sender=AgreementVersion)
        stored = AgreementVersion.objects.get()
        assert {name: getattr(stored, name) for name in told} == told
        assert stored.content.term_days == 90

    def test_changed_since_it_was_read_is_not_moved(self, desk: Desk) -> None:
        agreement = self.offered(desk).agreement
        Agreement.objects.update(state=AgreementState.WITHDRAWN)
        with pytest.raises(ConflictError, match="meanwhile"):
            transitions.move(agreement, AgreementState.AGREED, at=desk.now)
        assert Agreement.objects.get().state == AgreementState.WITHDRAWN


class TestACreator:
    def test_is_renamed_once_and_every_handle_still_finds_them(self, desk: Desk) -> None:
        desk.creator()

        def rename(new: str) -> Callable[[], Creator]:
            creator = Creator.objects.get()
            return lambda: directory.rename(desk.manager, creator, new, at=desk.now)

        found = at_once(rename("sample.one"), rename("sample.two"))
        assert kinds(found) == ["ConflictError", "Creator"]
        change = HandleChange.objects.get()
        assert (change.old, change.new) == ("sample.ana", Creator.objects.get().handle)

    def test_is_merged_into_another_once(self, desk: Desk) -> None:
        one, other = desk.creator(), desk.creator("sample.ben")

        def merge(whose: Creator, into: Creator) -> Callable[[], Creator]:
            return lambda: directory.merge(
                desk.manager, whose, into, reason="The same.", at=desk.now
            )

        found = at_once(merge(one, other), merge(other, one))
        assert kinds(found) == ["Creator", "NotFoundError"]
        assert Creator.objects.count() == 1

    def test_is_merged_as_they_stand_now(self, desk: Desk) -> None:
        """Seen by reading: the whole row was saved, as the page had read it."""
        one, other = desk.creator(language="es"), desk.creator("sample.ben")
        Creator.objects.filter(pk=other.pk).update(
            opted_out_at=desk.now, handle="sample.benny", display_name="Ben"
        )
        Creator.objects.filter(pk=one.pk).update(email="ana@creator.example")
        directory.merge(desk.manager, one, other, reason="The same.", at=desk.now)
        kept = Creator.objects.get()
        assert (kept.opted_out_at, kept.handle, kept.display_name) == (
            desk.now, "sample.benny", "Ben",
        )  # fmt: skip
        assert (kept.email, kept.language) == ("ana@creator.example", "es")

    def test_is_changed_where_a_person_changed_something(self, desk: Desk) -> None:
        read = desk.creator(email="ana@creator.example")
        Creator.objects.filter(pk=read.pk).update(handle="sample.new", opted_out_at=desk.now)
        facts = directory.Facts(email="ana@creator.example", display_name="Ana")
        directory.change(desk.manager, read, facts, at=desk.now)
        kept = Creator.objects.get()
        assert (kept.handle, kept.display_name) == ("sample.new", "Ana")
        assert AuditEntry.objects.filter(action="changed creator").get().subject == "@sample.new"


class TestALock:
    @pytest.mark.slow
    def test_never_makes_rows_that_name_the_locked_one_wait(self) -> None:
        """A plain FOR UPDATE does, on PostgreSQL: two who each hold one row and add to the other's wait in a circle."""
        found = [
            f"{path.name}:{node.lineno}"
            for path in Path(kindling.__file__).parent.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "select_for_update"
            and not any(each.arg == "no_key" for each in node.keywords)
        ]
        assert found == []

    @postgres.ABOUT_POSTGRES
    def test_of_an_answered_version_lets_a_right_of_it_be_written(self, desk: Desk) -> None:
        version = agreed(desk).versions.get()

        def write() -> UsageRight:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            return UsageRight.objects.create(
                workspace=desk.workspace, creator=desk.creator(), version=version, item_id="1",
                starts_at=desk.now, recorded_at=desk.now, ends_at=desk.now, paid_allowed=True,
            )  # fmt: skip

        with transaction.atomic():
            transitions.reread(version, AgreementState(version.state))
            assert kinds(at_once(write)) == ["UsageRight"]
