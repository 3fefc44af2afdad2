"""Which clause a breach breaks, whether fees are paid back for it, and for which days. Nothing here is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kindling.agreements.breaches import service as breaches
from kindling.agreements.contract.terms import MakeGood, Terms, to_json
from kindling.agreements.models import AgreementVersion, Breach, Payable, UsageRight
from kindling.agreements.payments.fees import PaidTerm

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
Kind = Breach.Kind


def right(terms: Terms | None = None, **changed: Any) -> UsageRight:
    facts: dict[str, Any] = {
        "paid_allowed": True,
        "ends_at": NOON + 30 * DAY,
        "hold_until": NOON + 60 * DAY,
        **changed,
    }
    version = None if terms is None else AgreementVersion(pk=4, terms=to_json(terms))
    return UsageRight(version=version, **facts)


def is_broken(kind: str, found: UsageRight, *, when: datetime = NOON) -> bool:
    return breaches._is_broken(found, kind, when)


class TestAClause:
    @pytest.mark.parametrize("kind", [Kind.DELETED, Kind.HIDDEN])
    def test_of_the_hold_is_broken_until_it_ends(self, kind: str) -> None:
        assert is_broken(kind, right(), when=NOON + 60 * DAY - SECOND)
        assert not is_broken(kind, right(), when=NOON + 60 * DAY)
        assert not is_broken(kind, right(hold_until=None))

    def test_of_paid_use_is_broken_by_a_withdrawal_before_its_end(self) -> None:
        assert is_broken(Kind.REVOKED, right(), when=NOON + 30 * DAY - SECOND)
        assert not is_broken(Kind.REVOKED, right(), when=NOON + 30 * DAY)
        assert not is_broken(Kind.REVOKED, right(paid_allowed=False))

    @pytest.mark.parametrize(
        ("kind", "kept", "lacking"),
        [
            (Kind.NO_DISCLOSURE, {"disclosure_duty": True}, {"disclosure_duty": False}),
            (Kind.CLAIM, {"forbidden_claims": ("cures acne",)}, {"forbidden_claims": ()}),
            (Kind.EXCLUSIVITY, {"exclusivity_days": 30}, {"exclusivity_days": None}),
        ],
    )
    def test_that_the_terms_lack_cannot_be_broken(
        self, kind: str, kept: dict[str, Any], lacking: dict[str, Any]
    ) -> None:
        assert is_broken(kind, right(Terms(**kept))) is True
        assert is_broken(kind, right(Terms(**lacking))) is False
        assert is_broken(kind, right()) is False  # imported: its terms are not known

    @pytest.mark.parametrize("kind", [Kind.NOT_DELIVERED, Kind.OTHER])
    def test_of_no_name_is_any_right_s(self, kind: str) -> None:
        assert is_broken(kind, right(hold_until=None, paid_allowed=False))


class TestARefund:
    @pytest.mark.parametrize(
        ("make_good", "provides"),
        [
            (MakeGood.REFUND, True),
            (MakeGood.EITHER, True),
            (MakeGood.REPLACEMENT, False),
            (MakeGood.NONE, False),
        ],
    )
    def test_is_what_the_terms_say(self, make_good: MakeGood, provides: bool) -> None:
        found = right(Terms(make_good=make_good))
        assert breaches._provides_refund(Kind.DELETED, found) is provides
        assert breaches._provides_refund(Kind.EXCLUSIVITY, found) is False

    def test_of_an_imported_right_is_not_ruled_out(self) -> None:
        assert breaches._provides_refund(Kind.DELETED, right()) is True


class TestWhatWasPaidFor:
    @staticmethod
    def renewal(minor: int, days: int, state: str = "paid") -> Payable:
        return Payable(amount_minor=minor, days=days, state=state)

    def terms(
        self, monkeypatch: pytest.MonkeyPatch, days: int, *renewals: Payable
    ) -> list[PaidTerm]:
        monkeypatch.setattr(breaches, "_renewals_of", lambda right: list(renewals))
        found = right(content_fee_minor=700, rights_fee_minor=300)
        return breaches._terms_of(found, days=days)

    def test_is_the_first_term_and_each_renewal_for_its_days(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        more = [self.renewal(500, 20), self.renewal(400, 10, "due")]
        assert self.terms(monkeypatch, 30) == [PaidTerm(1_000, 30)]
        assert self.terms(monkeypatch, 60, *more) == [
            PaidTerm(1_000, 30), PaidTerm(500, 20), PaidTerm(400, 10),
        ]  # fmt: skip

    def test_is_nothing_for_the_days_of_a_renewal_that_was_called_off(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = self.terms(monkeypatch, 50, self.renewal(500, 20, "cancelled"))
        assert found == [PaidTerm(1_000, 30), PaidTerm(0, 20)]

    @pytest.mark.parametrize("days", [20, 19, 21])
    def test_leaves_the_first_term_one_day_at_least(
        self, monkeypatch: pytest.MonkeyPatch, days: int
    ) -> None:
        first, _ = self.terms(monkeypatch, days, self.renewal(500, 20))
        assert first == PaidTerm(1_000, 1)
