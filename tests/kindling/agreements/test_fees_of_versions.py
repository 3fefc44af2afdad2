"""A new version's fees are for what is still open: what a live post is owed, and was paid, stays as it is."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from deals import PAID, Deal
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kindling.agreements import service
from kindling.agreements.contract.terms import PayFrom, Terms
from kindling.agreements.models import Agreement, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.errors import InvalidInputError

POST, OTHER_POST, THIRD_POST = (f"740000000000000000{last}" for last in (1, 2, 3))
BY_POST = replace(
    PAID, deliverables=2, content_fee_minor=30_000, rights_fee_minor=0, pay_from=PayFrom.POST_LIVE
)


def revised(deal: Deal, agreement: Agreement, terms: Terms) -> None:
    draft = service.revise(deal.manager, deal.again(agreement), terms=terms, at=deal.now)
    deal.consent(service.offer(deal.manager, draft, at=deal.now))


def live(deal: Deal, agreement: Agreement, item_id: str) -> None:
    service.record_post_live(
        deal.manager, deal.again(agreement), item_id=item_id, live_at=deal.now, at=deal.now
    )


def paid(deal: Deal, item_id: str) -> None:
    for fee in Payable.objects.filter(item_id=item_id, state="due"):
        payables.approve(deal.finance, fee, at=deal.now)
        payables.pay(deal.finance, fee, reference="SEPA 1", at=deal.now)


def standing(kind: str = "content_fee") -> list[tuple[str, str, int]]:
    rows = Payable.objects.filter(kind=kind).exclude(state="cancelled").order_by("pk")
    return list(rows.values_list("state", "item_id", "amount_minor"))


class TestANewVersion:
    def test_of_the_same_fees_leaves_a_paid_post_and_the_open_one_as_they_were(
        self, deal: Deal
    ) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        paid(deal, POST)
        revised(deal, agreement, replace(BY_POST, final_approval=True))
        assert standing() == [("paid", POST, 15_000), ("expected", "", 15_000)]

    @pytest.mark.parametrize("fee", [20_000, 50_000])
    def test_pays_its_content_fee_for_open_posts_only(self, deal: Deal, fee: int) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        revised(deal, agreement, replace(BY_POST, content_fee_minor=fee))
        assert standing() == [("due", POST, 15_000), ("expected", "", fee // 2)]
        live(deal, agreement, OTHER_POST)
        assert standing()[1] == ("due", OTHER_POST, fee // 2)

    def test_with_more_posts_makes_a_fee_for_each_that_is_new(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        paid(deal, POST)
        revised(deal, agreement, replace(BY_POST, deliverables=4, content_fee_minor=60_000))
        assert standing() == [("paid", POST, 15_000), *[("expected", "", 15_000)] * 3]

    def test_that_raises_the_rights_fee_owes_the_difference_on_its_own(self, deal: Deal) -> None:
        terms = replace(BY_POST, content_fee_minor=0, rights_fee_minor=12_000)
        agreement = deal.agreed(terms).agreement
        live(deal, agreement, POST)
        paid(deal, POST)
        revised(deal, agreement, replace(terms, term_days=60, rights_fee_minor=20_000))
        expected = [("paid", POST, 6_000), ("due", POST, 4_000), ("expected", "", 10_000)]
        assert standing("rights_fee") == expected
        more = Payable.objects.get(state="due")
        assert "version 2" in more.what

    def test_that_lowers_the_rights_fee_takes_nothing_back(self, deal: Deal) -> None:
        terms = replace(BY_POST, content_fee_minor=0, rights_fee_minor=12_000)
        agreement = deal.agreed(terms).agreement
        live(deal, agreement, POST)
        revised(deal, agreement, replace(terms, rights_fee_minor=2_000))
        assert standing("rights_fee") == [("due", POST, 6_000), ("expected", "", 1_000)]

    def test_refunds_by_the_fee_the_live_post_was_bought_for(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        revised(deal, agreement, replace(BY_POST, content_fee_minor=90_000))
        right = UsageRight.objects.get(item_id=POST, superseded_at=None)
        assert right.content_fee_minor == 15_000

    def test_that_names_other_posts_pays_for_all_of_its_own(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        paid(deal, POST)
        revised(deal, agreement, replace(BY_POST, item_ids=(OTHER_POST, THIRD_POST)))
        assert standing() == [("paid", POST, 15_000), *[("expected", "", 15_000)] * 2]

    def test_paid_with_the_consent_owes_the_open_posts_at_once(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        paid(deal, POST)
        revised(deal, agreement, replace(BY_POST, pay_from=PayFrom.CONSENT))
        assert standing() == [("paid", POST, 15_000), ("due", "", 15_000)]

    def test_paid_by_the_post_uses_up_what_was_paid_with_the_consent(self, deal: Deal) -> None:
        whole = replace(BY_POST, pay_from=PayFrom.CONSENT)
        agreement = deal.agreed(whole).agreement
        fee = Payable.objects.get()
        payables.approve(deal.finance, fee, at=deal.now)
        live(deal, agreement, POST)
        revised(deal, agreement, replace(BY_POST, deliverables=3, content_fee_minor=45_000))
        assert standing() == [("approved", "", 30_000), ("expected", "", 15_000)]

    def test_paid_by_the_post_owes_live_posts_what_nobody_approved(self, deal: Deal) -> None:
        whole = replace(BY_POST, pay_from=PayFrom.CONSENT)
        agreement = deal.agreed(whole).agreement
        live(deal, agreement, POST)
        revised(deal, agreement, replace(BY_POST, content_fee_minor=50_000))
        assert standing() == [("due", POST, 15_000), ("expected", "", 25_000)]

    @pytest.mark.parametrize("pay_from", list(PayFrom))
    def test_stays_in_the_currency_of_what_is_owed(self, deal: Deal, pay_from: PayFrom) -> None:
        """Or the dollars that were approved would count as that many euros."""
        terms = replace(BY_POST, pay_from=pay_from)
        agreement = deal.agreed(terms).agreement
        with pytest.raises(InvalidInputError, match="another currency"):
            revised(deal, agreement, replace(terms, currency="EUR"))
        assert {row.currency for row in Payable.objects.all()} == {"USD"}
        for fee in Payable.objects.all():
            payables.cancel(deal.finance, fee, reason="In euros then.", at=deal.now)
        revised(deal, agreement, replace(terms, currency="EUR"))
        assert deal.again(agreement).is_in_force

    def test_keeps_a_bonus_that_was_earned(self, deal: Deal) -> None:
        terms = replace(PAID, bonus_minor=5_000, bonus_text="100 orders")
        agreement = deal.agreed(terms).agreement
        payables.earn(deal.manager, Payable.objects.get(kind="bonus"), at=deal.now)
        revised(deal, agreement, replace(terms, bonus_minor=8_000))
        assert standing("bonus") == [("due", "", 5_000), ("expected", "", 3_000)]

    def test_does_not_bring_back_a_fee_that_was_called_off(self, deal: Deal) -> None:
        agreement = deal.agreed(BY_POST).agreement
        live(deal, agreement, POST)
        fee = Payable.objects.get(state="due")
        payables.cancel(deal.finance, fee, reason="Not as briefed.", at=deal.now)
        revised(deal, agreement, BY_POST)
        assert standing() == [("expected", "", 15_000)]


fees = st.integers(0, 90_000)
versions = st.tuples(st.just("version"), fees, fees, st.integers(1, 4))
steps = st.lists(
    st.one_of(versions, st.tuples(st.sampled_from(["live", "approve", "pay"]), st.integers(0, 5))),
    max_size=8,
)
_names = count(7_500_000_000_000_000_000)


def ceiling(fee: int, posts: int) -> int:
    return -(-fee // posts)


@pytest.mark.slow
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(first=versions, steps=steps)
def test_no_post_costs_more_than_was_agreed_when_it_went_live_and_no_paid_row_changes(
    deal: Deal, first: tuple[str, int, int, int], steps: list[tuple[object, ...]]
) -> None:
    def terms(content: int, rights: int, posts: int) -> Terms:
        return replace(
            BY_POST, content_fee_minor=content, rights_fee_minor=rights, deliverables=posts
        )

    now_in_force = terms(*first[1:])
    agreement = deal.agreed(now_in_force).agreement
    rows = Payable.objects.filter(agreement=agreement)
    content: dict[str, int] = {}  # the most each live post may cost
    rights: dict[str, int] = {}
    for step in steps:
        closed = list(rows.filter(state="paid").order_by("pk").values())
        if step[0] == "version":
            now_in_force = terms(*step[1:])  # type: ignore[arg-type]
            revised(deal, agreement, now_in_force)
            posts = now_in_force.deliverables
            # Rights are paid per term: a version that gives live posts a new term may cost more for them.
            for item_id in rights:
                share = now_in_force.rights_fee_minor // posts
                rights[item_id] = max(rights[item_id], share)
        elif step[0] == "live" and len(content) < now_in_force.deliverables:
            item_id = str(next(_names))
            live(deal, agreement, item_id)
            posts = now_in_force.deliverables
            content[item_id] = ceiling(now_in_force.content_fee_minor, posts)
            rights[item_id] = ceiling(now_in_force.rights_fee_minor, posts)
        elif step[0] in {"approve", "pay"}:
            wanted = rows.filter(state="due" if step[0] == "approve" else "approved")
            for row in wanted.order_by("pk")[: int(step[1])]:  # type: ignore[call-overload]
                if step[0] == "approve":
                    payables.approve(deal.finance, row, at=deal.now)
                else:
                    payables.pay(deal.owner, row, reference="SEPA 1", at=deal.now)
        kept = rows.filter(pk__in=[row["id"] for row in closed])
        assert list(kept.order_by("pk").values()) == closed
        for kind, most in (("content_fee", content), ("rights_fee", rights)):
            of_kind = rows.filter(kind=kind).exclude(state="cancelled")
            for item_id, limit in most.items():
                cost = sum(of_kind.filter(item_id=item_id).values_list("amount_minor", flat=True))
                assert cost <= limit
            waiting = list(of_kind.filter(item_id="").values_list("amount_minor", flat=True))
            fee = getattr(now_in_force, f"{kind}_minor")
            open_posts = max(0, now_in_force.deliverables - len(most))
            assert len(waiting) <= open_posts
            assert sum(waiting) <= open_posts * ceiling(fee, now_in_force.deliverables)
            assert sum(waiting) >= open_posts * (fee // now_in_force.deliverables)
