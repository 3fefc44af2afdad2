"""What the contract says of withdrawals, refunds, samples and commissions is read where it matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from deals import PAID, Deal

from kindling.agreements import samples, service
from kindling.agreements.breaches import service as breaches
from kindling.agreements.contract.terms import MakeGood, StartTrigger, Terms
from kindling.agreements.models import Breach, UsageRight
from kindling.errors import InvalidInputError
from kindling.kit.money import Money

POST = "7561217414655688790"
DATED = replace(PAID, item_ids=(POST,), start_trigger=StartTrigger.DATE, start_on=date(2026, 3, 2))


def opened(deal: Deal, terms: Terms, kind: str) -> Breach:
    deal.agreed(terms)
    deal.clock.pass_by(days=3)
    return service.open_breach(
        deal.manager, deal.creator, kind=kind, evidence="It is gone.", item_id=POST, at=deal.now
    )


class TestAWithdrawal:
    @pytest.mark.parametrize(("days", "is_named"), [(14, True), (0, False)])
    def test_without_the_agreed_notice_is_named(
        self, deal: Deal, days: int, is_named: bool
    ) -> None:
        breach = opened(deal, replace(DATED, revocation_notice_days=days), "revoked")
        words = "The agreement asks for 14 days' notice before a withdrawal; none is on record."
        assert (words in breach.evidence) == is_named
        assert breach.evidence.startswith("It is gone.")

    def test_is_the_only_breach_that_a_notice_belongs_to(self, deal: Deal) -> None:
        assert opened(deal, DATED, "deleted").evidence == "It is gone."


class TestARefund:
    @pytest.mark.parametrize("make_good", [MakeGood.EITHER, MakeGood.REFUND])
    def test_is_due_where_the_agreement_provides_for_one(
        self, deal: Deal, make_good: MakeGood
    ) -> None:
        assert opened(deal, replace(DATED, make_good=make_good), "deleted").refund_minor > 0

    @pytest.mark.parametrize("make_good", [MakeGood.REPLACEMENT, MakeGood.NONE])
    def test_is_refused_where_it_does_not(self, deal: Deal, make_good: MakeGood) -> None:
        breach = opened(deal, replace(DATED, make_good=make_good), "deleted")
        assert breach.refund_minor == 0
        with pytest.raises(InvalidInputError, match="provides for no refund"):
            breaches.resolve(
                deal.manager, breach, remedy="refund", resolution="Pay back.", at=deal.now
            )
        assert breaches.resolve(
            deal.manager, breach, remedy="waived", resolution="Fine.", at=deal.now
        ).resolved_at


class TestASample:
    @pytest.mark.parametrize(
        ("given", "minor"), [(None, 2_400), (Money(3_000, "USD"), 3_000), (Money(0, "USD"), 0)]
    )
    def test_is_worth_what_was_agreed_unless_somebody_says_otherwise(
        self, deal: Deal, given: Money | None, minor: int
    ) -> None:
        agreement = deal.agreed(replace(DATED, sample_value_minor=2_400)).agreement
        found = samples.plan(
            deal.manager, agreement, sku="SERUM", quantity=1, value=given, at=deal.now
        )
        assert found.value_minor == minor


class TestACommission:
    @pytest.mark.parametrize(
        ("organic", "ads", "of_organic", "of_ads"),
        [
            (None, None, None, None), (1_500, None, 1_500, 1_500), (None, 500, None, 500),
            (1_500, 500, 1_500, 500), (1_500, 0, 1_500, 0),
        ],
    )  # fmt: skip
    def test_of_sales_by_ads_may_be_another(
        self, deal: Deal, organic: int | None, ads: int | None, of_organic: int | None,
        of_ads: int | None,
    ) -> None:  # fmt: skip
        deal.agreed(replace(DATED, commission_organic_bp=organic, commission_ads_bp=ads))
        right = UsageRight.objects.get()
        assert service.commission_bp(right, of_ads=False) == of_organic
        assert service.commission_bp(right, of_ads=True) == of_ads
        assert right.ends_at - right.starts_at == timedelta(days=30)
