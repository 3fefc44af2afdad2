"""Above the workspace's limit whoever set an amount does not approve it, in one piece or in several."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from at_once import at_once
from deals import PAID, Deal
from django.test import Client

from kindling.agreements import service
from kindling.agreements.models import Agreement, Payable
from kindling.agreements.payments import payables
from kindling.agreements.payments.rules import PayableState
from kindling.errors import ConflictError, NotAllowedError
from kindling.kit.money import Money, parse_amount
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User, Workspace
from kindling.workspaces.service import Actor

POST = "7400000000000000001"


@pytest.fixture
def agreement(deal: Deal) -> Agreement:
    return deal.agreed(replace(PAID, content_fee_minor=0, rights_fee_minor=0)).agreement


def added(
    deal: Deal, agreement: Agreement, amount: str, *, by: Actor | None = None, kind: str = "bonus"
) -> Payable:
    """The limit of the sample workspace is 200.00."""
    return payables.add(
        by or deal.owner, agreement, kind=kind, amount=Money(parse_amount(amount, "USD"), "USD"),
        what="Thanks", due_in_days=0, at=deal.now,
    )  # fmt: skip


class TestWhatWasAddedByHand:
    @pytest.mark.parametrize(("second", "refused"), [("100.00", False), ("100.01", True)])
    def test_is_added_up_within_the_agreement(
        self, deal: Deal, agreement: Agreement, second: str, refused: bool
    ) -> None:
        first = added(deal, agreement, "100.00")
        payables.approve(deal.owner, first, at=deal.now)
        another = added(deal, agreement, second, kind="commission")
        if refused:
            with pytest.raises(NotAllowedError, match="second approver"):
                payables.approve(deal.owner, another, at=deal.now)
            payables.approve(deal.finance, another, at=deal.now)
        else:
            payables.approve(deal.owner, another, at=deal.now)

    def test_goes_by_the_limit_as_it_is_when_it_is_approved(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        fee = payables.find(deal.workspace, added(deal, agreement, "150.00").pk)
        Workspace.objects.update(second_person_above_minor=10_000)
        with pytest.raises(NotAllowedError, match="second approver"):
            payables.approve(deal.owner, fee, at=deal.now)

    def test_counts_what_was_paid_in_the_thirty_days_before(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        first = added(deal, agreement, "150.00")
        payables.approve(deal.owner, first, at=deal.now)
        payables.pay(deal.owner, first, reference="SEPA 1", at=deal.now)
        deal.clock.pass_by(days=29)
        soon = added(deal, agreement, "150.00")
        with pytest.raises(NotAllowedError):
            payables.approve(deal.owner, soon, at=deal.now)
        payables.cancel(deal.owner, soon, reason="Not now.", at=deal.now)
        deal.clock.pass_by(days=2)
        payables.approve(deal.owner, added(deal, agreement, "150.00"), at=deal.now)

    def test_is_never_taken_for_what_somebody_adds_at_the_same_moment(
        self, deal: Deal, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither sees the row of the other yet, as on PostgreSQL before either has ended."""
        first = added(deal, agreement, "10.00")
        rows = Payable.objects
        monkeypatch.setattr(rows, "filter", lambda **_: rows.none())
        second = added(deal, agreement, "20.00", by=deal.manager)
        assert (first.amount_minor, second.amount_minor) == (1_000, 2_000)

    def test_leaves_out_other_agreements_and_what_versions_made_owed(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        other = deal.agreed(PAID).agreement
        added(deal, other, "150.00")
        payables.approve(deal.owner, added(deal, agreement, "150.00"), at=deal.now)

    def test_shows_on_its_page_that_a_second_person_is_needed(
        self, deal: Deal, agreement: Agreement, client: Client
    ) -> None:
        client.force_login(User.objects.get(email="owner@shop.example"))
        added(deal, agreement, "150.00")
        page = f"/w/{deal.workspace.slug}/payments/"
        assert "A second person must approve" not in client.get(page).content.decode()
        added(deal, agreement, "150.00")
        assert client.get(page).content.decode().count("A second person must approve") == 2


class TestWhatAVersionMadeOwed:
    def test_is_not_approved_by_who_offered_it(self, deal: Deal) -> None:
        draft = deal.drafted()
        deal.consent(service.offer(deal.owner, draft, at=deal.now))
        fee = Payable.objects.get(kind="content_fee")
        with pytest.raises(NotAllowedError):
            payables.approve(deal.owner, fee, at=deal.now)
        payables.approve(deal.finance, fee, at=deal.now)

    def test_is_not_approved_by_who_recorded_it_as_agreed_elsewhere(self, deal: Deal) -> None:
        service.record_consent(
            deal.owner, deal.drafted(), as_name="Sample Ana", reason="On paper.", at=deal.now
        )
        fee = Payable.objects.get(kind="content_fee")
        with pytest.raises(NotAllowedError):
            payables.approve(deal.owner, fee, at=deal.now)

    def test_for_more_days_is_not_approved_by_who_offered_their_price(self, deal: Deal) -> None:
        terms = replace(PAID, content_fee_minor=0, rights_fee_minor=0)
        deal.consent(service.offer(deal.owner, deal.drafted(terms), at=deal.now))
        right = service.note_post_live(deal.creator, POST, deal.now)
        assert right is not None
        service.renew(
            right, key="renewal-1", item_id=POST, until=right.ends_at, price_minor=90_000,
            days=30, by=None, at=deal.now,
        )  # fmt: skip
        with pytest.raises(NotAllowedError):
            payables.approve(deal.owner, Payable.objects.get(), at=deal.now)


class TestAPayment:
    """Seen: one person approved and paid 300 alone."""

    def test_above_the_limit_is_not_sent_by_who_approved_it(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        fee = added(deal, agreement, "200.01")
        payables.approve(deal.finance, fee, at=deal.now)
        with pytest.raises(NotAllowedError, match="because you approved it"):
            payables.pay(deal.finance, fee, reference="SEPA 1", at=deal.now)
        fee.refresh_from_db()
        assert fee.state == "approved"
        payables.pay(deal.owner, fee, reference="SEPA 1", at=deal.now)

    def test_up_to_the_limit_takes_one_person(self, deal: Deal, agreement: Agreement) -> None:
        fee = added(deal, agreement, "200.00")
        payables.approve(deal.finance, fee, at=deal.now)
        payables.pay(deal.finance, fee, reference="SEPA 1", at=deal.now)

    def test_goes_by_the_limit_that_the_workspace_sets(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        fee = added(deal, agreement, "300.00")
        payables.approve(deal.finance, fee, at=deal.now)
        deal.workspace.pay_second_person_above_minor = 30_000
        deal.workspace.save()
        payables.pay(deal.finance, fee, reference="SEPA 1", at=deal.now)

    def test_in_pieces_is_added_up_to_what_the_same_person_approved_and_paid(
        self, deal: Deal, agreement: Agreement
    ) -> None:
        """Seen: one person approved and paid ten bonuses of 200.00 alone."""
        first, second = (
            added(deal, agreement, amount, by=deal.manager) for amount in ("150.00", "50.01")
        )
        for each in (first, second):
            payables.approve(deal.finance, each, at=deal.now)
        payables.pay(deal.finance, first, reference="SEPA 1", at=deal.now)
        with pytest.raises(NotAllowedError, match="because you approved it"):
            payables.pay(deal.finance, second, reference="SEPA 2", at=deal.now)
        payables.pay(deal.owner, second, reference="SEPA 2", at=deal.now)
        third = added(deal, agreement, "50.00", by=deal.manager)
        payables.approve(deal.finance, third, at=deal.now)
        # What somebody else approved or paid took two people already.
        payables.pay(deal.finance, third, reference="SEPA 3", at=deal.now)

    def test_in_pieces_leaves_out_other_agreements(self, deal: Deal, agreement: Agreement) -> None:
        other = deal.agreed(PAID).agreement
        for each in (agreement, other):
            piece = added(deal, each, "150.00", by=deal.manager)
            payables.approve(deal.finance, piece, at=deal.now)
            payables.pay(deal.finance, piece, reference="SEPA 1", at=deal.now)

    @pytest.mark.slow
    def test_and_its_cancellation_at_once_are_one_of_them(
        self, deal: Deal, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Seen on PostgreSQL: each waited for the other, and one of them ended in an error."""
        fee = added(deal, agreement, "10.00")
        payables.approve(deal.finance, fee, at=deal.now)
        row, workspace, patience = (
            Event(),
            Event(),
            0.3,
        )  # SQLite lets only one begin: then nobody comes
        move, check_again = payables._move, workspaces.check_again

        def moving(payable: Payable, to: PayableState) -> None:
            move(payable, to)
            if to is PayableState.CANCELLED:
                row.set()
                workspace.wait(patience)

        def checking(actor: Actor, action: workspaces.Action) -> Actor:
            found = check_again(actor, action)
            workspace.set()
            row.wait(patience)
            return found

        monkeypatch.setattr(payables, "_move", moving)
        monkeypatch.setattr(workspaces, "check_again", checking)

        one, other = (payables.find(deal.workspace, fee.pk) for _ in range(2))
        found = at_once(
            lambda: payables.cancel(deal.owner, one, reason="No.", at=deal.now),
            lambda: payables.pay(deal.owner, other, reference="SEPA 1", at=deal.now),
        )
        assert [isinstance(each, ConflictError) for each in found].count(True) == 1, found
