"""Payments take two people and a reference, samples count as costs, breaches are made good."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest
from deals import PAID, Deal

from kindling.agreements import samples, service, tasks
from kindling.agreements.breaches import service as breaches
from kindling.agreements.consent.evidence import ExtraSection, evidence_pack
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import StartTrigger
from kindling.agreements.models import Breach, Payable, Sample, UsageRight
from kindling.agreements.payments import payables
from kindling.agreements.payments.rules import SampleState
from kindling.creators import service as creators
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.kit.money import Money
from kindling.notices.models import Notice
from kindling.workspaces.models import AuditEntry
from kindling.workspaces.service import system_actor

POST = "7400000000000000001"
FROM_MARCH = replace(PAID, start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 1))


@pytest.fixture
def fee(deal: Deal) -> Payable:
    """A content fee of 300.00 USD, above the workspace's limit of 200.00, made by the manager's offer."""
    deal.agreed()
    return payables.find(deal.workspace, Payable.objects.get(kind="content_fee").pk)


class TestAPayment:
    def test_is_approved_then_paid_with_its_reference(self, deal: Deal, fee: Payable) -> None:
        payables.approve(deal.finance, fee, invoice_number="INV-1", at=deal.now)
        payables.pay(deal.owner, fee, reference="SEPA 77", at=deal.now)
        fee.refresh_from_db()
        assert (fee.state, fee.reference, fee.invoice_number) == ("paid", "SEPA 77", "INV-1")
        assert (fee.approved_by, fee.paid_by) == (deal.finance.user, deal.owner.user)
        actions = AuditEntry.objects.values_list("action", flat=True)
        assert {"approved payable", "paid payable"} <= set(actions)

    def test_is_settled_by_those_who_may_only(self, deal: Deal, fee: Payable) -> None:
        for nobody in (deal.manager, deal.viewer):
            with pytest.raises(NotAllowedError):
                payables.approve(nobody, fee, at=deal.now)
            with pytest.raises(NotAllowedError):
                payables.pay(nobody, fee, reference="1", at=deal.now)

    @pytest.mark.parametrize(
        ("amount", "currency", "refused"),
        [(20_000, "USD", False), (20_001, "USD", True), (-20_001, "USD", True), (1, "EUR", True)],
    )
    def test_above_the_limit_is_not_approved_by_who_made_it(
        self, deal: Deal, fee: Payable, amount: int, currency: str, refused: bool
    ) -> None:
        Payable.objects.filter(pk=fee.pk).update(
            amount_minor=amount, currency=currency, created_by=deal.owner.user
        )
        mine = payables.find(deal.workspace, fee.pk)
        if refused:
            with pytest.raises(NotAllowedError):
                payables.approve(deal.owner, mine, at=deal.now)
            payables.approve(deal.finance, mine, at=deal.now)
        else:
            payables.approve(deal.owner, mine, at=deal.now)
        mine.refresh_from_db()
        assert mine.state == "approved"

    def test_is_not_paid_before_it_is_approved_nor_twice(self, deal: Deal, fee: Payable) -> None:
        with pytest.raises(ConflictError):
            payables.pay(deal.owner, fee, reference="1", at=deal.now)
        payables.approve(deal.finance, fee, at=deal.now)
        payables.pay(deal.owner, fee, reference="1", at=deal.now)
        with pytest.raises(ConflictError):
            payables.pay(deal.owner, fee, reference="2", at=deal.now)

    def test_needs_a_reference_and_a_cancellation_a_reason(self, deal: Deal, fee: Payable) -> None:
        payables.approve(deal.finance, fee, at=deal.now)
        with pytest.raises(InvalidInputError):
            payables.pay(deal.owner, fee, reference=" ", at=deal.now)
        with pytest.raises(InvalidInputError):
            payables.cancel(deal.finance, fee, reason="", at=deal.now)
        payables.cancel(deal.finance, fee, reason="Never delivered.", at=deal.now)
        fee.refresh_from_db()
        assert (fee.state, fee.cancelled_because) == ("cancelled", "Never delivered.")

    def test_that_is_overdue_is_told_to_finance_once(self, deal: Deal, fee: Payable) -> None:
        deal.clock.pass_by(days=31)
        for _ in range(2):
            tasks.tell_overdue()
        assert Notice.objects.filter(title__startswith="Overdue").count() == 2  # two fees
        payables.approve(deal.finance, fee, at=deal.now)
        payables.pay(deal.owner, fee, reference="1", at=deal.now)
        assert Notice.objects.filter(title__startswith="Overdue", done_at=None).count() == 1

    @pytest.mark.parametrize(
        ("kind", "amount", "what"),
        [("content_fee", Money(1_000, "USD"), "x"), ("bonus", Money(0, "USD"), "x"),
         ("bonus", Money(-500, "USD"), "x"), ("bonus", Money(1_000, "EUR"), "x"),
         ("bonus", Money(1_000, "USD"), " ")],
    )  # fmt: skip
    def test_by_hand_is_a_bonus_commission_or_kill_fee_above_zero(
        self, deal: Deal, fee: Payable, kind: str, amount: Money, what: str
    ) -> None:
        assert fee.agreement is not None
        with pytest.raises(InvalidInputError):
            payables.add(
                deal.manager, fee.agreement, kind=kind, amount=amount, what=what, due_in_days=30,
                at=deal.now,
            )  # fmt: skip

    def test_is_shown_to_the_creator_without_goods_and_cancelled_ones(
        self, deal: Deal, fee: Payable
    ) -> None:
        payables.cancel(deal.finance, fee, reason="Not owed.", at=deal.now)
        assert fee.agreement is not None
        shipped = samples.plan(
            deal.manager,
            fee.agreement,
            sku="SERUM",
            quantity=1,
            value=Money(4_000, "USD"),
            at=deal.now,
        )
        samples.move(deal.manager, shipped, SampleState.SENT, at=deal.now)
        assert [each.kind for each in service.payables_of(deal.creator)] == ["rights_fee"]


class TestTotals:
    def test_are_kept_apart_by_currency_and_by_what_is_late(self, deal: Deal, fee: Payable) -> None:
        deal.agreed(replace(PAID, currency="EUR", rights_fee_minor=0, content_fee_minor=100))
        deal.clock.pass_by(days=31)
        books, other = payables.totals(deal.workspace, now=deal.now)
        assert (books.open, books.overdue) == (Money(36_000, "USD"), Money(36_000, "USD"))
        assert (other.open, other.paid) == (Money(100, "EUR"), Money(0, "EUR"))


class TestASample:
    def planned(self, deal: Deal) -> Sample:
        return samples.plan(
            deal.manager, deal.agreed().agreement, sku="SERUM", quantity=2, value=Money(8_000, "USD"),
            note="Size M", at=deal.now,
        )  # fmt: skip

    def test_is_a_cost_once_it_is_sent_and_none_when_it_comes_back(self, deal: Deal) -> None:
        sample = self.planned(deal)
        assert not Payable.objects.filter(kind="sample").exists()
        samples.move(
            deal.manager,
            sample,
            SampleState.SENT,
            carrier="Post",
            tracking_number="T1",
            at=deal.now,
        )
        cost = Payable.objects.get(kind="sample")
        assert (cost.amount_minor, cost.state) == (8_000, "paid")
        samples.move(deal.manager, sample, SampleState.RETURNED, at=deal.now)
        cost.refresh_from_db()
        assert cost.state == "cancelled"

    def test_keeps_the_date_of_every_step(self, deal: Deal) -> None:
        sample = self.planned(deal)
        sent = deal.clock.pass_by(days=1)
        samples.move(deal.manager, sample, SampleState.SENT, at=sent)
        arrived = deal.clock.pass_by(days=2)
        samples.move(deal.manager, sample, SampleState.DELIVERED, at=arrived)
        sample.refresh_from_db()
        assert (sample.sent_at, sample.delivered_at, sample.lost_at) == (sent, arrived, None)

    @pytest.mark.parametrize("to", [SampleState.DELIVERED, SampleState.RETURNED, SampleState.LOST])
    def test_goes_nowhere_before_it_was_sent(self, deal: Deal, to: SampleState) -> None:
        with pytest.raises(ConflictError):
            samples.move(deal.manager, self.planned(deal), to, at=deal.now)


def renewed(deal: Deal, price_minor: int, *, days: int = 30) -> UsageRight:
    """The right of the post, renewed for a price."""
    right = UsageRight.objects.filter(item_id=POST, superseded_at=None).first()
    right = right or service.note_post_live(deal.creator, POST, deal.now)
    assert right is not None
    return service.renew(
        right, key="renewal-1", item_id=POST, until=right.ends_at + timedelta(days=days),
        price_minor=price_minor, days=days, by=None, at=deal.now,
    )  # fmt: skip


def lost(deal: Deal, kind: str = "deleted") -> Breach:
    return service.open_breach(
        system_actor(deal.workspace), deal.creator, kind=kind, item_id=POST, evidence="Gone.",
        at=deal.now,
    )  # fmt: skip


def pay_back(deal: Deal, breach: Breach) -> Breach:
    return breaches.resolve(
        deal.manager, breach, remedy="refund", resolution="Agreed.", at=deal.now
    )


class TestABreach:
    def opened(self, deal: Deal, **more: object) -> Breach:
        deal.agreed()
        service.note_post_live(deal.creator, POST, deal.now)
        deal.clock.pass_by(days=10)
        return service.open_breach(
            system_actor(deal.workspace), deal.creator, kind="deleted", item_id=POST,
            evidence="TikTok shows USER_DELETE.", at=deal.now, **more,
        )  # fmt: skip

    def test_reckons_the_refund_of_the_days_not_had(self, deal: Deal) -> None:
        breach = self.opened(deal)
        assert (breach.unused_days, breach.term_days) == (20, 30)
        assert breach.refund_minor == 24_000  # (300.00 + 60.00) × 20 / 30

    @pytest.mark.parametrize(
        ("state", "lost_after", "refund"),
        [
            ("due", 30, 5_000),
            ("paid", 30, 5_000),
            ("paid", 45, 2_500),
            ("paid", 15, 5_000 + 18_000),
            ("cancelled", 30, 0),
            ("cancelled", 15, 18_000),
        ],
    )
    def test_refunds_a_renewals_price_for_the_renewals_days(
        self, deal: Deal, state: str, lost_after: int, refund: int
    ) -> None:
        """Seen by reading: the price of the renewal was not counted, and the first fee's was stretched over it."""
        deal.agreed()
        renewed(deal, 5_000)
        Payable.objects.filter(kind="renewal").update(state=state)
        deal.clock.pass_by(days=lost_after)
        breach = lost(deal)
        assert (breach.unused_days, breach.term_days) == (60 - lost_after, 60)
        assert breach.refund_minor == refund

    def test_keeps_a_renewal_under_a_new_version(self, deal: Deal) -> None:
        first = deal.agreed()
        renewed(deal, 5_000)
        deal.clock.pass_by(days=1)
        terms = replace(PAID, final_approval=True)
        draft = service.revise(deal.manager, first.agreement, terms=terms, at=deal.now)
        deal.consent(service.offer(deal.manager, draft, at=deal.now))
        deal.clock.pass_by(days=29)
        assert lost(deal).refund_minor == 5_000

    @pytest.mark.parametrize("first", ["deleted", "no_disclosure"])
    def test_pays_the_same_days_back_once(self, deal: Deal, first: str) -> None:
        """Seen by reading: each of two breaches of one post refunded the fees."""
        deal.agreed()
        service.note_post_live(deal.creator, POST, deal.now)
        deal.clock.pass_by(days=10)
        second = "deleted" if first == "no_disclosure" else "no_disclosure"
        one, other = lost(deal, first), lost(deal, second)
        pay_back(deal, one)
        with pytest.raises(InvalidInputError, match="paid these days back"):
            pay_back(deal, other)
        assert Payable.objects.get(kind="refund").amount_minor == -24_000

    def test_pays_a_renewal_back_that_came_after_another_refund(self, deal: Deal) -> None:
        deal.agreed()
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        deal.clock.pass_by(days=10)
        pay_back(deal, lost(deal))
        renewed(deal, 5_000)
        deal.clock.pass_by(days=35)
        pay_back(deal, lost(deal, "hidden"))
        amounts = Payable.objects.filter(kind="refund").order_by("pk")
        assert list(amounts.values_list("amount_minor", flat=True)) == [-24_000, -2_500]

    def test_marks_the_agreement_and_tells_manager_and_legal(self, deal: Deal) -> None:
        breach = self.opened(deal)
        assert breach.agreement is not None
        assert deal.again(breach.agreement).state == AgreementState.BREACHED
        notice = Notice.objects.get(title__startswith="Breach")
        assert (notice.roles[:2], notice.urgency) == (["creator_manager", "legal"], 1)

    def test_seen_again_is_the_same_one(self, deal: Deal) -> None:
        breach = self.opened(deal)
        again = service.open_breach(
            system_actor(deal.workspace), deal.creator, kind="deleted", item_id=POST,
            evidence="Seen again.", at=deal.now,
        )  # fmt: skip
        assert again.pk == breach.pk

    def test_of_an_imported_right_needs_no_agreement(self, deal: Deal) -> None:
        breach = service.open_breach(
            system_actor(deal.workspace), deal.creator, kind="revoked", item_id=POST,
            evidence="The code is gone.", at=deal.now,
        )  # fmt: skip
        assert (breach.agreement, breach.refund_minor) == (None, 0)

    def test_paid_back_is_a_payable_below_zero(self, deal: Deal) -> None:
        breach = self.opened(deal)
        breaches.resolve(
            deal.manager, breach, remedy="refund", resolution="Agreed by mail.", at=deal.now
        )
        owed = Payable.objects.get(kind="refund")
        assert (owed.amount_minor, owed.state) == (-24_000, "due")
        assert breach.agreement is not None
        assert deal.again(breach.agreement).state == AgreementState.AGREED
        assert not Notice.objects.filter(title__startswith="Breach", done_at=None).exists()

    def test_made_good_by_a_replacement_names_the_post(self, deal: Deal) -> None:
        breach = self.opened(deal)
        with pytest.raises(InvalidInputError):
            breaches.resolve(
                deal.manager, breach, remedy="replacement", resolution="New one.", at=deal.now
            )
        breaches.resolve(
            deal.manager, breach, remedy="replacement", resolution="New one.",
            replacement_item_id="7400000000000000009", at=deal.now,
        )  # fmt: skip
        breach.refresh_from_db()
        assert breach.replacement_item_id == "7400000000000000009"

    def test_is_resolved_once(self, deal: Deal) -> None:
        breach = self.opened(deal)
        breaches.resolve(deal.manager, breach, remedy="waived", resolution="Ill.", at=deal.now)
        with pytest.raises(ConflictError):
            breaches.resolve(deal.manager, breach, remedy="refund", resolution="No.", at=deal.now)

    def test_needs_evidence(self, deal: Deal) -> None:
        with pytest.raises(InvalidInputError):
            service.open_breach(deal.manager, deal.creator, kind="other", evidence=" ", at=deal.now)

    def test_is_not_opened_by_a_viewer(self, deal: Deal) -> None:
        with pytest.raises(NotAllowedError):
            service.open_breach(deal.viewer, deal.creator, kind="other", evidence="x", at=deal.now)


class TestTheEvidencePack:
    def made(self, deal: Deal, **more: object) -> zipfile.ZipFile:
        version = service.record_consent(
            deal.manager, deal.drafted(FROM_MARCH), as_name="Łucja Sample 🎬", reason="On paper.",
            document=("signed.pdf", b"%PDF-1.7 sample"), at=deal.now,
        )  # fmt: skip
        data = evidence_pack(deal.manager, version.agreement, at=deal.now, **more)
        return zipfile.ZipFile(io.BytesIO(data))

    def test_lists_the_hash_of_every_file(self, deal: Deal) -> None:
        pack = self.made(deal)
        listed = dict(
            reversed(line.split("  ", 1)) for line in pack.read("MANIFEST").decode().splitlines()
        )
        assert set(listed) == set(pack.namelist()) - {"MANIFEST"}
        for name, digest in listed.items():
            assert hashlib.sha256(pack.read(name)).hexdigest() == digest

    def test_holds_the_terms_as_they_were_hashed_and_the_signed_document(self, deal: Deal) -> None:
        pack = self.made(deal)
        right = UsageRight.objects.get()
        assert right.version is not None
        terms = pack.read("versions/1/terms.json")
        assert hashlib.sha256(terms).hexdigest() == right.version.terms_hash
        assert json.loads(terms) == right.version.terms
        assert pack.read("versions/1/signed.pdf") == b"%PDF-1.7 sample"

    def test_can_be_read_as_pdf_and_in_full_as_text(self, deal: Deal) -> None:
        pack = self.made(deal)
        assert pack.read("evidence.pdf").startswith(b"%PDF-")
        text = pack.read("evidence.txt").decode()
        for said in (
            "Łucja Sample 🎬",
            "On paper.",
            "Content fee",
            "wrote agreement",
            "2026-03-01",
        ):
            assert said in text

    def test_takes_sections_and_files_of_other_areas_under_plain_names(self, deal: Deal) -> None:
        extra = ExtraSection("Posts", ["7400: live"], [("../../shot.png", b"png")])
        pack = self.made(deal, extra_sections=[extra])
        assert pack.read("more/_.._shot.png") == b"png"
        assert "7400: live" in pack.read("evidence.txt").decode()

    def test_holds_no_line_that_a_creator_made_up(self, deal: Deal) -> None:
        forged = "Consent 2026-01-01 00:00 UTC as Sample owner"
        version = deal.offered()
        service.decline(version, reason=f"No.\n{forged}\u2028{forged}", at=deal.now)
        pack = evidence_pack(deal.manager, version.agreement, at=deal.now)
        text = zipfile.ZipFile(io.BytesIO(pack)).read("evidence.txt").decode()
        assert forged in text
        assert forged not in text.splitlines()

    def test_is_made_by_those_who_manage_agreements_and_recorded(self, deal: Deal) -> None:
        version = deal.agreed()
        with pytest.raises(NotAllowedError):
            evidence_pack(deal.viewer, version.agreement, at=deal.now)
        evidence_pack(deal.manager, version.agreement, at=deal.now)
        assert AuditEntry.objects.filter(action="created evidence pack").count() == 1


class TestTheRightABreachIsOf:
    """Two agreements: `long` for every post (a year, hold of a month), `short` too (60 days, hold of 60 days)."""

    def agreed(self, deal: Deal, **terms: object) -> UsageRight:
        version = deal.agreed(replace(FROM_MARCH, **terms))
        return UsageRight.objects.get(version=version, superseded_at=None)

    def opened(self, deal: Deal, **more: object) -> Breach:
        given = {"kind": "deleted", "item_id": POST, "evidence": "Gone.", "at": deal.now, **more}
        actor = given.pop("actor", system_actor(deal.workspace))
        return service.open_breach(actor, deal.creator, **given)

    def test_is_the_one_whose_hold_it_breaks(self, deal: Deal) -> None:
        self.agreed(deal, term_days=365, hold_days=30)
        short = self.agreed(deal, term_days=60, hold_days=60)
        deal.clock.pass_by(days=40)
        assert self.opened(deal).right == short

    def test_is_the_one_that_forbids_the_claim(self, deal: Deal) -> None:
        self.agreed(deal, term_days=365)
        claims = self.agreed(deal, forbidden_claims=("cures acne",))
        assert self.opened(deal, kind="claim").right == claims

    def test_is_the_one_in_force_on_that_day(self, deal: Deal) -> None:
        first = self.agreed(deal, hold_days=90, term_days=90)
        gone = deal.clock.pass_by(days=5)
        deal.clock.pass_by(days=5)
        assert first.version is not None
        longer = replace(FROM_MARCH, term_days=365, hold_days=365)
        draft = service.revise(
            deal.manager, deal.again(first.version.agreement), terms=longer, at=deal.now
        )
        deal.consent(service.offer(deal.manager, draft, at=deal.now))
        breach = self.opened(deal, happened_at=gone)
        assert (breach.right, breach.term_days) == (first, 90)

    @pytest.mark.parametrize(("kind", "item_id"), [("not_delivered", ""), ("deleted", POST)])
    def test_is_not_taken_for_that_of_another_agreement(
        self, deal: Deal, kind: str, item_id: str
    ) -> None:
        first, second = (deal.agreed(PAID).agreement for _ in range(2))
        for agreement in (first, second):
            service.record_post_live(
                deal.manager, agreement, item_id=POST, live_at=deal.now, at=deal.now
            )
        seen = {"kind": kind, "item_id": item_id, "at": deal.now}
        opened = breaches.open_breach(
            deal.manager, deal.creator, agreement=first, evidence="One.", **seen
        )
        with pytest.raises(ConflictError, match="another agreement"):
            breaches.open_breach(
                deal.manager, deal.creator, agreement=second, evidence="Two.", **seen
            )
        breaches.resolve(deal.manager, opened, remedy="waived", resolution="Let be.", at=deal.now)
        again = breaches.open_breach(
            deal.manager, deal.creator, agreement=second, evidence="Two.", **seen
        )
        assert (again.agreement, again.evidence) == (second, "Two.")

    def test_is_of_the_agreement_a_person_opened_it_in(self, deal: Deal) -> None:
        self.agreed(deal, term_days=365, hold_days=365)
        short = self.agreed(deal)
        assert short.version is not None
        mine = short.version.agreement
        breach = self.opened(deal, actor=deal.manager, agreement=mine)
        assert (breach.right, breach.agreement) == (short, mine)

    def test_is_the_post_s_own_before_a_general_one(self, deal: Deal) -> None:
        self.agreed(deal, term_days=365, hold_days=365)
        own = self.agreed(deal, item_ids=(POST,))
        assert self.opened(deal).right == own

    def test_is_an_agreement_s_before_an_imported_one(self, deal: Deal) -> None:
        agreed = self.agreed(deal, item_ids=(POST,))
        UsageRight.objects.create(
            workspace=deal.workspace, creator=deal.creator, item_id=POST, paid_allowed=True,
            starts_at=deal.now, ends_at=deal.now + timedelta(days=900), currency="USD",
            source="import", recorded_at=deal.now,
        )  # fmt: skip
        assert self.opened(deal, kind="revoked").right == agreed

    def test_is_asked_of_a_person_where_several_fit(self, deal: Deal) -> None:
        self.agreed(deal)
        second = self.agreed(deal)
        with pytest.raises(InvalidInputError, match="several"):
            self.opened(deal, actor=deal.manager)
        assert not Breach.objects.exists()
        breach = self.opened(deal, actor=deal.manager, right=second.pk)
        assert second.version is not None
        assert (breach.right, breach.agreement) == (second, second.version.agreement)

    def test_is_asked_of_a_person_where_none_covered_the_post_that_day(self, deal: Deal) -> None:
        ended = self.agreed(deal)
        deal.clock.pass_by(days=100)
        with pytest.raises(InvalidInputError, match="no usage rights"):
            self.opened(deal, actor=deal.manager)
        assert self.opened(deal, actor=deal.manager, right=ended.pk).right == ended

    def test_is_no_other_creator_s(self, deal: Deal) -> None:
        self.agreed(deal)
        self.agreed(deal)
        elsewhere = creators.record_creator(
            deal.workspace, handle="sample.ben", at=deal.now, source="test"
        )
        theirs = UsageRight.objects.create(
            workspace=deal.workspace, creator=elsewhere, paid_allowed=True, starts_at=deal.now,
            ends_at=deal.now, currency="USD", source="test", recorded_at=deal.now,
        )  # fmt: skip
        with pytest.raises(NotFoundError):
            self.opened(deal, actor=deal.manager, right=theirs.pk)

    def test_is_left_to_a_person_where_kindling_cannot_tell(self, deal: Deal) -> None:
        rights = {self.agreed(deal), self.agreed(deal)}
        breach = self.opened(deal)
        assert (breach.right, breach.agreement, breach.refund_minor) == (None, None, 0)
        notice = Notice.objects.get(title__startswith="Breach")
        assert "assign the breach" in notice.next_step
        chosen = rights.pop()
        breaches.choose_right(deal.manager, breach, right=chosen.pk, at=deal.now)
        breach.refresh_from_db()
        assert chosen.version is not None
        assert (breach.right, breach.agreement) == (chosen, chosen.version.agreement)
        assert breach.refund_minor == 36_000 * breach.unused_days // 30
        assert deal.again(chosen.version.agreement).state == AgreementState.BREACHED
