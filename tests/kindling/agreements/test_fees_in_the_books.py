"""Content fees in the books of profit, when the rights they were paid for end before their time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from deals import PAID, Deal

from kindling.agreements import service
from kindling.agreements.contract.terms import PayFrom
from kindling.agreements.models import Agreement, Payable
from kindling.agreements.payments import payables
from kindling.money import service as money

POST, OTHER = "7561217414655688790", "7561217414655688791"
TWO_POSTS = replace(PAID, deliverables=2, kill_fee_minor=5_000)
BY_POST = replace(TWO_POSTS, pay_from=PayFrom.POST_LIVE)
LIVE_ON, NEXT_DAY = date(2026, 3, 2), date(2026, 3, 3)


def fees(deal: Deal, day: date | None = None) -> int:
    """The creator fees in the books of one day, or of all."""
    table = money.profit(deal.workspace, by="post", now=deal.now, first_day=day, last_day=day)
    assert table.total.books.profit == -table.total.books.creator_fee
    return table.total.books.creator_fee


def approve(deal: Deal) -> None:
    for each in Payable.objects.filter(state="due", kind="content_fee"):
        payables.approve(deal.finance, each, at=deal.now)


def pay(deal: Deal) -> None:
    approve(deal)
    for each in Payable.objects.filter(state="approved"):
        payables.pay(deal.owner, each, reference="Bank 1", at=deal.now)


def call_off(deal: Deal, agreement: Agreement) -> None:
    service.end(deal.manager, agreement, reason="No budget.", with_kill_fee=True, at=deal.now)


class TestTheContentFeeOfACalledOffAgreement:
    """Seen by reading: the kill fee took every content fee of the agreement out of days that were closed."""

    @pytest.mark.parametrize("settled", [approve, pay], ids=["approved", "paid"])
    @pytest.mark.parametrize("terms", [TWO_POSTS, BY_POST], ids=["from consent", "from the post"])
    def test_that_was_settled_stays_in_the_books_of_its_day(
        self, deal: Deal, terms: object, settled: Callable[[Deal], None]
    ) -> None:
        agreement = deal.agreed(terms).agreement  # type: ignore[arg-type]
        service.note_post_live(deal.creator, POST, deal.now)
        settled(deal)
        deal.clock.pass_by(days=3)
        before = (fees(deal), fees(deal, LIVE_ON), fees(deal, NEXT_DAY))
        assert before == (15_000, 15_000, 0)
        call_off(deal, agreement)
        assert (fees(deal), fees(deal, LIVE_ON), fees(deal, NEXT_DAY)) == before

    @pytest.mark.parametrize("terms", [TWO_POSTS, BY_POST], ids=["from consent", "from the post"])
    def test_that_fell_away_leaves_them(self, deal: Deal, terms: object) -> None:
        agreement = deal.agreed(terms).agreement  # type: ignore[arg-type]
        service.note_post_live(deal.creator, POST, deal.now)
        assert fees(deal) == 15_000
        call_off(deal, agreement)
        assert fees(deal) == 0

    def test_is_that_of_the_posts_that_were_settled(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        service.note_post_live(deal.creator, POST, deal.now)
        pay(deal)
        service.note_post_live(deal.creator, OTHER, deal.now)
        assert fees(deal) == 30_000
        call_off(deal, agreement)
        table = money.profit(deal.workspace, by="post", now=deal.now)
        assert table.total.books.creator_fee == 15_000

    def test_counts_once_where_a_newer_version_stood_before(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        service.note_post_live(deal.creator, POST, deal.now)
        pay(deal)
        revise(deal, agreement, final_approval=True)
        assert fees(deal) == 15_000
        call_off(deal, agreement)
        assert fees(deal) == 15_000


def revise(deal: Deal, agreement: Agreement, **changed: object) -> None:
    deal.clock.pass_by(days=1)
    terms = replace(BY_POST, **changed)  # type: ignore[arg-type]
    draft = service.revise(deal.manager, agreement, terms=terms, at=deal.now)
    deal.consent(service.offer(deal.manager, draft, at=deal.now))


def test_a_fee_stays_in_the_books_where_a_newer_version_leaves_its_post_out(deal: Deal) -> None:
    agreement = deal.agreed(BY_POST).agreement
    service.note_post_live(deal.creator, POST, deal.now)
    pay(deal)
    revise(deal, agreement, item_ids=(OTHER,))
    assert fees(deal, LIVE_ON) == 15_000
    deal.clock.pass_by(days=1)
    assert fees(deal, LIVE_ON + timedelta(days=1)) == 0
