"""An agreement is written, offered, answered, followed by rights and payments, and ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from deals import PAID, Deal

from kindling.agreements import service
from kindling.agreements.consent import documents
from kindling.agreements.contract.rules import AgreementState
from kindling.agreements.contract.terms import Medium, PayFrom, StartTrigger, Terms, terms_hash
from kindling.agreements.models import Agreement, AgreementVersion, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.agreements.rights import service as rights
from kindling.authorizations.requests.ask import gaps_before_asking
from kindling.creators import service as creators
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError
from kindling.kit.money import Money
from kindling.notices.models import Notice
from kindling.posts.models import Post
from kindling.workspaces.models import AuditEntry

POST, OTHER_POST = "7400000000000000001", "7400000000000000002"
FROM_MARCH = replace(PAID, start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 1))
DAY = timedelta(days=1)


class TestAVersion:
    def test_is_closed_with_name_time_place_and_hash(self, deal: Deal) -> None:
        version = deal.agreed()
        version.refresh_from_db()
        assert version.consented_at == deal.now
        assert (version.consented_as, version.consent_ip) == ("Sample Ana", "192.0.2.7")
        assert version.terms_hash == terms_hash(PAID)
        assert version.is_unaltered
        assert deal.again(version.agreement).state == AgreementState.AGREED

    @pytest.mark.parametrize("way", ["save", "update", "bulk", "delete", "delete all"])
    def test_never_changes_once_consented_to(self, deal: Deal, way: str) -> None:
        version = deal.agreed()
        everything = AgreementVersion.objects.all()
        version.terms = {"version": 1}
        ways = {
            "save": version.save,
            "update": lambda: everything.update(terms={}),
            "bulk": lambda: everything.filter(pk=version.pk).update(consented_as="Somebody"),
            "delete": version.delete,
            "delete all": everything.delete,
        }
        with pytest.raises(ConflictError):
            ways[way]()
        assert AgreementVersion.objects.get(pk=version.pk).content == PAID

    def test_is_not_consented_to_twice(self, deal: Deal) -> None:
        version = deal.agreed()
        with pytest.raises(ConflictError):
            deal.consent(version)
        assert Payable.objects.filter(kind="content_fee").count() == 1

    def test_needs_the_name_of_who_consents(self, deal: Deal) -> None:
        version = deal.offered()
        with pytest.raises(InvalidInputError):
            service.consent(version, as_name=" ", ip=None, agent="", at=deal.now)
        assert deal.again(version.agreement).state == AgreementState.OFFERED

    @pytest.mark.parametrize("state", ["draft", "withdrawn", "declined"])
    def test_that_is_not_offered_cannot_be_consented_to(self, deal: Deal, state: str) -> None:
        version = deal.drafted() if state == "draft" else deal.offered()
        if state == "withdrawn":
            service.withdraw(deal.manager, version, reason="Wrong price.", at=deal.now)
        if state == "declined":
            service.decline(version, reason="Too little.", at=deal.now)
        with pytest.raises(ConflictError):
            deal.consent(version)

    def test_whose_stored_text_was_tampered_with_is_not_consented_to(self, deal: Deal) -> None:
        version = deal.offered()
        AgreementVersion.objects.filter(pk=version.pk).update(
            terms={**version.terms, "content_fee_minor": 1}
        )
        with pytest.raises(ConflictError):
            deal.consent(version)

    def test_that_is_with_the_creator_is_not_rewritten(self, deal: Deal) -> None:
        version = deal.offered()
        with pytest.raises(ConflictError):
            service.revise(deal.manager, version.agreement, terms=Terms(), at=deal.now)

    def test_that_is_a_draft_is_rewritten_in_place(self, deal: Deal) -> None:
        version = deal.drafted()
        again = service.revise(deal.manager, version.agreement, terms=Terms(), at=deal.now)
        assert (again.pk, again.content) == (version.pk, Terms())

    def test_that_is_new_leaves_the_one_in_force_in_force_until_consent(self, deal: Deal) -> None:
        first = deal.agreed(FROM_MARCH)
        longer = replace(FROM_MARCH, term_days=60)
        second = service.revise(deal.manager, first.agreement, terms=longer, at=deal.now)
        service.offer(deal.manager, second, at=deal.now)
        agreement = deal.again(first.agreement)
        assert agreement.state == AgreementState.AGREED
        assert service.version_in_force(agreement) == first
        service.decline(second, reason="Too long.", at=deal.now)
        assert service.version_in_force(deal.again(agreement)) == first
        assert UsageRight.objects.get(superseded_at=None).version == first

    def test_that_is_new_takes_over_rights_and_open_fees_at_consent(self, deal: Deal) -> None:
        first = deal.agreed(FROM_MARCH)
        dearer = replace(FROM_MARCH, term_days=60, content_fee_minor=40_000)
        second = service.revise(deal.manager, first.agreement, terms=dearer, at=deal.now)
        deal.consent(service.offer(deal.manager, second, at=deal.now))
        right = UsageRight.objects.get(superseded_at=None)
        assert (right.version, right.ends_at - right.starts_at) == (second, 60 * DAY)
        owed = Payable.objects.filter(kind="content_fee").exclude(state="cancelled").get()
        assert owed.amount_minor == 40_000

    def test_asks_only_for_the_rest_of_a_fee_that_was_paid(self, deal: Deal) -> None:
        first = deal.agreed(FROM_MARCH)
        Payable.objects.filter(kind="content_fee").update(state="paid")
        dearer = replace(FROM_MARCH, content_fee_minor=40_000)
        second = service.revise(deal.manager, first.agreement, terms=dearer, at=deal.now)
        deal.consent(service.offer(deal.manager, second, at=deal.now))
        assert Payable.objects.get(kind="content_fee", state="due").amount_minor == 10_000


class TestAnAgreement:
    def test_is_offered_to_its_creator_only(self, deal: Deal) -> None:
        version = deal.offered()
        other = creators.record_creator(
            deal.workspace, handle="sample.ben", at=deal.now, source="test"
        )
        assert service.offered_to(deal.creator) == [version]
        assert service.offered_to(other) == []
        assert service.agreements_of(other) == []

    def test_is_shown_to_the_creator_only_after_it_was_offered(self, deal: Deal) -> None:
        deal.drafted()
        assert service.agreements_of(deal.creator) == []
        offered = deal.offered()
        assert service.agreements_of(deal.creator) == [offered.agreement]

    def test_is_written_by_those_who_may(self, deal: Deal) -> None:
        for nobody in (deal.viewer, deal.finance):
            with pytest.raises(NotAllowedError):
                service.create(nobody, deal.creator, title="x", terms=PAID, at=deal.now)

    def test_with_terms_that_cannot_stand_is_not_written(self, deal: Deal) -> None:
        with pytest.raises(InvalidInputError):
            deal.drafted(replace(PAID, media=()))
        assert not Agreement.objects.exists()

    def test_is_audited_with_the_creator_as_who_consented(self, deal: Deal) -> None:
        version = deal.agreed()
        entry = AuditEntry.objects.get(action="agreed")
        assert (entry.actor_label, entry.subject) == ("@sample.ana", version.agreement.subject)
        assert entry.after == {
            "version": 1, "terms_hash": version.terms_hash, "consented_as": "Sample Ana",
        }  # fmt: skip

    def test_signed_elsewhere_keeps_the_document_under_a_random_name(self, deal: Deal) -> None:
        version = service.record_consent(
            deal.manager, deal.drafted(), as_name="Sample Ana", reason="Signed on paper.",
            document=("../../etc/Signed <Ana>.exe", b"%PDF-1.7 sample"), at=deal.now,
        )  # fmt: skip
        assert version.document is not None
        assert version.document.name == "Signed _Ana_.pdf"
        assert "Signed" not in version.document.file.name
        assert documents.read(version.document) == b"%PDF-1.7 sample"
        assert (version.recorded_by, version.consent_ip) == (deal.manager.user, None)

    @pytest.mark.parametrize("data", [b"", b"<html>", b"MZ%PDF-", b"%PDF-" + b"x" * (20 << 20)])
    def test_signed_elsewhere_takes_a_pdf_of_bearable_size_only(
        self, deal: Deal, data: bytes
    ) -> None:
        version = deal.drafted()
        with pytest.raises(InvalidInputError):
            service.record_consent(
                deal.manager, version, as_name="Sample Ana", reason="Paper.",
                document=("a.pdf", data), at=deal.now,
            )  # fmt: skip
        assert deal.again(version.agreement).state == AgreementState.DRAFT

    def test_tells_the_manager_when_it_is_declined(self, deal: Deal) -> None:
        service.decline(deal.offered(), reason="Too little.", at=deal.now)
        notice = Notice.objects.get(done_at=None)
        assert notice.owner == "creator manager"
        assert "declined" in notice.title

    def test_killed_by_the_brand_owes_the_kill_fee_and_nothing_else(self, deal: Deal) -> None:
        version = deal.agreed(replace(FROM_MARCH, kill_fee_minor=5_000))
        service.end(
            deal.manager, version.agreement, reason="Campaign cancelled.", with_kill_fee=True,
            at=deal.now,
        )  # fmt: skip
        owed = Payable.objects.exclude(state="cancelled").get()
        assert (owed.kind, owed.amount_minor) == ("kill_fee", 5_000)
        assert service.rights_of_creator(deal.creator) == []

    def test_that_ended_takes_no_new_version(self, deal: Deal) -> None:
        version = deal.agreed()
        service.end(deal.manager, version.agreement, reason="Over.", at=deal.now)
        with pytest.raises(ConflictError):
            service.revise(deal.manager, version.agreement, terms=PAID, at=deal.now)


class TestRights:
    def of(self, deal: Deal, item_id: str = POST) -> UsageRight | None:
        key = (deal.creator.pk, item_id)
        return service.rights_of_posts(deal.workspace, [key], now=deal.now).get(key)

    def test_with_a_date_cover_every_post_at_once(self, deal: Deal) -> None:
        deal.agreed(FROM_MARCH)
        right = self.of(deal)
        assert right is not None
        assert (right.item_id, right.starts_at.date()) == ("", date(2026, 3, 1))

    def test_of_a_draft_or_an_offer_do_not_exist(self, deal: Deal) -> None:
        deal.offered(FROM_MARCH)
        assert self.of(deal) is None

    def test_start_when_the_post_is_live_and_only_once(self, deal: Deal) -> None:
        deal.agreed()
        assert self.of(deal) is None
        live = deal.clock.pass_by(days=3)
        service.note_post_live(deal.creator, POST, live)
        service.note_post_live(deal.creator, POST, live + DAY)
        right = self.of(deal)
        assert right is not None
        assert (right.starts_at, right.ends_at) == (live, live + 30 * DAY)
        assert UsageRight.objects.count() == 1

    def test_cover_as_many_posts_as_were_agreed(self, deal: Deal) -> None:
        deal.agreed()
        service.note_post_live(deal.creator, POST, deal.now)
        assert service.note_post_live(deal.creator, OTHER_POST, deal.now) is None

    def test_do_not_cover_a_post_from_before_unless_it_is_named(self, deal: Deal) -> None:
        before = deal.now
        deal.clock.pass_by(days=1)
        deal.agreed()
        assert service.note_post_live(deal.creator, POST, before) is None
        deal.agreed(replace(PAID, item_ids=(POST,)))
        right = service.note_post_live(deal.creator, POST, before)
        assert right is not None
        assert right.starts_at == deal.now  # the term runs from the consent, not from before it

    def test_of_one_post_go_before_general_ones_even_when_they_allow_less(self, deal: Deal) -> None:
        deal.agreed(FROM_MARCH)
        organic = replace(
            FROM_MARCH, item_ids=(POST,), media=(Medium.ORGANIC_REPOST,), paid_amplification=False
        )
        deal.agreed(organic)
        right = self.of(deal)
        assert right is not None
        assert not right.paid_allowed

    def test_of_two_agreements_are_those_that_hold_now(self, deal: Deal) -> None:
        deal.agreed(FROM_MARCH)
        later = replace(FROM_MARCH, start_on=date(2026, 6, 1))
        deal.agreed(later)
        right = self.of(deal)
        assert right is not None
        assert right.starts_at.date() == date(2026, 3, 1)

    def test_keep_the_start_of_a_live_post_in_a_new_version(self, deal: Deal) -> None:
        first = deal.agreed()
        live = deal.clock.pass_by(days=1)
        service.note_post_live(deal.creator, POST, live)
        deal.clock.pass_by(days=5)
        longer = replace(PAID, term_days=90, hold_days=90)
        second = service.revise(deal.manager, first.agreement, terms=longer, at=deal.now)
        deal.consent(service.offer(deal.manager, second, at=deal.now))
        right = self.of(deal)
        assert right is not None
        assert (right.starts_at, right.ends_at) == (live, live + 90 * DAY)

    @pytest.mark.parametrize(
        ("first", "then", "held"), [(90, 90, 90), (90, 120, 120), (90, 30, 60), (30, 90, 90)]
    )
    def test_are_held_as_the_new_version_says_whatever_was_renewed(
        self, deal: Deal, first: int, then: int, held: int
    ) -> None:
        version = deal.agreed(replace(PAID, hold_days=first))
        live = deal.clock.pass_by(days=1)
        right = service.note_post_live(deal.creator, POST, live)
        assert right is not None
        service.renew(
            right, key="renewal-1", item_id=POST, until=right.ends_at + 30 * DAY, price_minor=0,
            days=30, by=None, at=deal.now,
        )  # fmt: skip
        assert self.held(deal) == live + max(first, 60) * DAY
        terms = replace(PAID, hold_days=then, final_approval=True)
        draft = service.revise(deal.manager, version.agreement, terms=terms, at=deal.now)
        deal.consent(service.offer(deal.manager, draft, at=deal.now))
        assert self.held(deal) == live + held * DAY

    @pytest.mark.parametrize(("renews", "held"), [(True, 60), (False, 30)])
    def test_that_are_renewed_are_held_longer_only_where_the_terms_say_so(
        self, deal: Deal, renews: bool, held: int
    ) -> None:
        deal.agreed(replace(PAID, hold_renews=renews))
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        service.renew(
            right, key="renewal-1", item_id=POST, until=right.ends_at + 30 * DAY, price_minor=0,
            days=30, by=None, at=deal.now,
        )  # fmt: skip
        assert self.held(deal) == deal.now + held * DAY

    def held(self, deal: Deal) -> datetime | None:
        right = self.of(deal)
        assert right is not None
        return right.hold_until


class TestARenewal:
    def test_is_priced_from_the_version_in_force(self, deal: Deal) -> None:
        deal.agreed(FROM_MARCH)
        offer = service.renewal_offer(deal.workspace, deal.creator, POST, 30, now=deal.now)
        assert offer is not None
        assert (offer.price, offer.source) == (Money(12_000, "USD"), "price list, 30 days")
        assert offer.usual is not None
        assert offer.usual.days == 30

    def test_costs_nothing_for_days_the_term_covers_anyway(self, deal: Deal) -> None:
        deal.agreed(replace(FROM_MARCH, term_days=90))  # to 30 May
        ends_at = deal.now + 7 * DAY
        inside = service.renewal_offer(
            deal.workspace, deal.creator, POST, 30, permission_ends_at=ends_at, now=deal.now
        )
        assert inside is not None
        assert (inside.price_minor, inside.paid_days) == (0, 0)

    def test_is_not_offered_without_an_agreement(self, deal: Deal) -> None:
        assert service.renewal_offer(deal.workspace, deal.creator, POST, 30, now=deal.now) is None

    def test_moves_right_and_hold_and_owes_its_price_once(self, deal: Deal) -> None:
        deal.agreed()
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        until = right.ends_at + 30 * DAY
        for _ in range(2):
            right = service.renew(
                right, key="renewal-1", item_id=POST, until=until, price_minor=12_000, days=30,
                by=deal.manager.user, at=deal.now,
            )  # fmt: skip
        assert (right.ends_at, right.hold_until) == (until, until)
        assert Payable.objects.get(kind="renewal").amount_minor == 12_000

    def test_of_one_post_leaves_the_general_right_as_it_was(self, deal: Deal) -> None:
        deal.agreed(FROM_MARCH)
        general = UsageRight.objects.get()
        until = general.ends_at + 30 * DAY
        service.renew(
            general, key="renewal-1", item_id=POST, until=until, price_minor=0, days=30,
            by=None, at=deal.now,
        )  # fmt: skip
        ends = {each.item_id: each.ends_at for each in UsageRight.objects.all()}
        assert ends == {"": general.ends_at, POST: until}

    def test_is_kept_when_a_new_version_follows(self, deal: Deal) -> None:
        first = deal.agreed()
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        until = right.ends_at + 30 * DAY
        service.renew(
            right, key="renewal-1", item_id=POST, until=until, price_minor=0, days=30, by=None,
            at=deal.now,
        )  # fmt: skip
        second = service.revise(
            deal.manager, first.agreement, terms=replace(PAID, final_approval=True), at=deal.now
        )
        deal.consent(service.offer(deal.manager, second, at=deal.now))
        again = UsageRight.objects.get(superseded_at=None)
        assert again.ends_at == until

    @pytest.mark.parametrize("is_of_post", [True, False], ids=["of the post", "general"])
    def test_that_comes_just_after_a_new_version_is_of_the_right_that_stands(
        self, deal: Deal, is_of_post: bool
    ) -> None:
        """Seen by reading: the fee was owed, and the days went to the right that had been replaced."""
        first = deal.agreed(PAID if is_of_post else FROM_MARCH)
        right = service.note_post_live(deal.creator, POST, deal.now) or UsageRight.objects.get()
        terms = replace(first.content, final_approval=True)
        deal.consent(
            service.offer(
                deal.manager,
                service.revise(deal.manager, first.agreement, terms=terms, at=deal.now),
                at=deal.now,
            )
        )
        until = right.ends_at + 30 * DAY
        service.renew(
            right, key="renewal-1", item_id=POST, until=until, price_minor=12_000, days=30,
            by=None, at=deal.now,
        )  # fmt: skip
        again = UsageRight.objects.get(superseded_at=None, item_id=POST)
        assert (again.ends_at, again.final_approval) == (until, True)
        assert not UsageRight.objects.filter(version=first, ends_at=until).exists()
        assert Payable.objects.filter(kind="renewal").count() == 1

    def test_that_comes_just_after_a_version_of_other_posts_owes_nothing(self, deal: Deal) -> None:
        first = deal.agreed()
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        terms = replace(PAID, item_ids=(OTHER_POST,))
        second = service.revise(deal.manager, first.agreement, terms=terms, at=deal.now)
        deal.consent(service.offer(deal.manager, second, at=deal.now))
        service.renew(
            right, key="renewal-1", item_id=POST, until=right.ends_at + 30 * DAY, price_minor=12_000,
            days=30, by=None, at=deal.now,
        )  # fmt: skip
        assert not Payable.objects.filter(kind="renewal").exists()
        assert UsageRight.objects.get(pk=right.pk).ends_at == right.ends_at

    def test_of_a_post_by_the_general_right_keeps_days_that_were_added_meanwhile(
        self, deal: Deal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between finding the post's own right and locking it, as on PostgreSQL."""
        deal.agreed(FROM_MARCH)
        general = UsageRight.objects.get()
        longer = general.ends_at + 60 * DAY
        make_right = rights.make_right

        def make_and_be_late(*given: Any, **known: Any) -> UsageRight:
            made = make_right(*given, **known)
            UsageRight.objects.filter(pk=made.pk).update(ends_at=longer)
            return made

        monkeypatch.setattr(rights, "make_right", make_and_be_late)
        service.renew(
            general, key="renewal-1", item_id=POST, until=general.ends_at + 30 * DAY, price_minor=0,
            days=30, by=None, at=deal.now,
        )  # fmt: skip
        assert UsageRight.objects.get(item_id=POST).ends_at == longer


AFTER_PAYMENT = replace(PAID, deliverables=2, pay_from=PayFrom.POST_LIVE, code_after_payment=True)


class TestTheReleaseFee:
    def waits(self, deal: Deal, item_id: str = POST) -> bool:
        return service.waits_for_payment(deal.creator, item_id)

    def pay(self, **wanted: object) -> None:
        fees = Payable.objects.filter(kind__in=["content_fee", "rights_fee"])
        assert fees.filter(**wanted).update(state="paid")

    def test_holds_the_code_back_until_it_is_paid(self, deal: Deal) -> None:
        version = deal.agreed(replace(PAID, code_after_payment=True))
        assert self.waits(deal)
        assert service.has_unpaid_release_fee(version.agreement)
        self.pay(kind="content_fee")
        assert self.waits(deal)
        self.pay(kind="rights_fee")
        assert not self.waits(deal)
        assert not service.has_unpaid_release_fee(version.agreement)

    def test_holds_nothing_back_where_it_was_not_agreed(self, deal: Deal) -> None:
        version = deal.agreed()
        assert not self.waits(deal)
        assert not service.has_unpaid_release_fee(version.agreement)

    def test_of_one_post_holds_no_other_post_back(self, deal: Deal) -> None:
        """Seen by reading: the second post's fee, not even due, locked the code of the first, which was paid."""
        version = deal.agreed(AFTER_PAYMENT)
        service.note_post_live(deal.creator, POST, deal.now)
        assert self.waits(deal)
        self.pay(item_id=POST)
        assert not self.waits(deal)
        assert self.waits(deal, OTHER_POST)  # the fee that waits for a post may be its own
        service.note_post_live(deal.creator, OTHER_POST, deal.now)
        assert self.waits(deal, OTHER_POST)
        assert service.has_unpaid_release_fee(version.agreement)
        self.pay(item_id=OTHER_POST)
        assert not self.waits(deal, OTHER_POST)

    def test_is_asked_about_post_by_post_before_a_code_is_asked_for(self, deal: Deal) -> None:
        deal.agreed(AFTER_PAYMENT)
        service.note_post_live(deal.creator, POST, deal.now)
        self.pay(item_id=POST)

        def gaps(item_id: str) -> list[str]:
            post = Post(workspace=deal.workspace, creator=deal.creator, item_id=item_id)
            return [each for each in gaps_before_asking(deal.workspace, post) if "payment" in each]

        assert (len(gaps(POST)), len(gaps(OTHER_POST))) == (0, 1)

    def test_called_off_for_a_post_holds_it_back_no_longer(self, deal: Deal) -> None:
        deal.agreed(AFTER_PAYMENT)
        service.note_post_live(deal.creator, POST, deal.now)
        Payable.objects.filter(item_id=POST).update(state="cancelled")
        assert not self.waits(deal)

    def test_of_another_agreement_holds_no_post_back_that_a_right_names(self, deal: Deal) -> None:
        deal.agreed(AFTER_PAYMENT)
        service.note_post_live(deal.creator, POST, deal.now)
        self.pay(item_id=POST)
        deal.agreed(replace(AFTER_PAYMENT, item_ids=(OTHER_POST,)))
        assert not self.waits(deal)
        assert self.waits(deal, OTHER_POST)

    def test_of_named_posts_holds_no_other_back(self, deal: Deal) -> None:
        deal.agreed(replace(AFTER_PAYMENT, item_ids=(OTHER_POST,)))
        assert not self.waits(deal)

    def test_paid_for_all_posts_releases_the_posts_it_was_for(self, deal: Deal) -> None:
        first = deal.agreed(replace(AFTER_PAYMENT, pay_from=PayFrom.CONSENT))
        self.pay()
        service.note_post_live(deal.creator, POST, deal.now)
        more = replace(AFTER_PAYMENT, deliverables=3, content_fee_minor=45_000)
        draft = service.revise(deal.manager, first.agreement, terms=more, at=deal.now)
        deal.consent(service.offer(deal.manager, draft, at=deal.now))
        assert not self.waits(deal)
        assert self.waits(deal, OTHER_POST)


class TestFees:
    def test_counted_from_the_consent_are_due_after_the_payment_days(self, deal: Deal) -> None:
        deal.agreed()
        rows = {each.kind: each for each in Payable.objects.all()}
        assert {kind: each.amount_minor for kind, each in rows.items()} == {
            "content_fee": 30_000, "rights_fee": 6_000,
        }  # fmt: skip
        assert {each.due_at for each in rows.values()} == {deal.now + 30 * DAY}

    def test_counted_from_the_posts_fall_due_post_by_post(self, deal: Deal) -> None:
        deal.agreed(replace(PAID, deliverables=2, rights_fee_minor=0, pay_from=PayFrom.POST_LIVE))
        assert set(Payable.objects.values_list("state", flat=True)) == {"expected"}
        for _ in range(2):
            service.note_post_live(deal.creator, POST, deal.now)
        due = Payable.objects.get(state="due")
        assert (due.amount_minor, due.item_id) == (15_000, POST)

    def test_of_posts_share_the_content_fee_among_their_rights(self, deal: Deal) -> None:
        deal.agreed(replace(PAID, deliverables=2, content_fee_minor=30_001))
        service.note_post_live(deal.creator, POST, deal.now)
        service.note_post_live(deal.creator, OTHER_POST, deal.now)
        fees = UsageRight.objects.values_list("content_fee_minor", flat=True)
        assert sorted(fees) == [15_000, 15_001]

    def test_of_a_bonus_wait_until_it_is_earned(self, deal: Deal) -> None:
        deal.agreed(replace(PAID, bonus_minor=1_000, bonus_text="100 orders"))
        assert Payable.objects.get(kind="bonus").state == "expected"

    def test_of_a_live_post_stay_due_under_a_new_version(self, deal: Deal) -> None:
        terms = replace(PAID, deliverables=2, rights_fee_minor=0, pay_from=PayFrom.POST_LIVE)
        agreement = deal.agreed(terms).agreement
        service.note_post_live(deal.creator, "7400000000000000001", deal.now)
        service.revise(deal.manager, agreement, terms=replace(terms, term_days=60), at=deal.now)
        newest = service.newest_version(deal.again(agreement))
        deal.consent(service.offer(deal.manager, newest, at=deal.now))
        fees = Payable.objects.filter(kind="content_fee").exclude(state="cancelled")
        assert sorted(fees.values_list("state", "item_id", "amount_minor")) == [
            ("due", "7400000000000000001", 15_000),
            ("expected", "", 15_000),
        ]

    def test_added_by_hand_outlast_a_new_version_and_are_no_part_of_its_fees(
        self, deal: Deal
    ) -> None:
        terms = replace(PAID, bonus_minor=5_000, bonus_text="A million views")
        agreement = deal.agreed(terms).agreement
        by_hand = payables.add(
            deal.manager, agreement, kind="bonus", amount=Money(5_000, "USD"), what="Thanks", due_in_days=0,
            at=deal.now,
        )  # fmt: skip
        payables.approve(deal.finance, by_hand, at=deal.now)
        waiting = payables.add(
            deal.manager, agreement, kind="bonus", amount=Money(1_000, "USD"), what="More", due_in_days=0,
            at=deal.now,
        )  # fmt: skip
        service.revise(deal.manager, agreement, terms=replace(terms, term_days=60), at=deal.now)
        newest = service.newest_version(deal.again(agreement))
        deal.consent(service.offer(deal.manager, newest, at=deal.now))
        waiting.refresh_from_db()
        assert waiting.state == "due"
        agreed = Payable.objects.get(key=f"version-{newest.pk}-bonus")
        assert (agreed.amount_minor, agreed.state) == (5_000, "expected")
