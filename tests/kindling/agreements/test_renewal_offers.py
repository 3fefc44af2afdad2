"""What more days cost: only those that the term does not cover already are paid for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from kindling.agreements.contract.terms import RenewalKind, Terms, to_json
from kindling.agreements.models import Agreement, AgreementVersion, UsageRight
from kindling.agreements.rights import service as rights
from kindling.agreements.rights.renewals import RenewalOffer, renewal_offer
from kindling.creators.models import Creator
from kindling.kit.money import Money
from kindling.workspaces.models import Workspace

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ITEM = "7561217414655688790"
GLOW = Workspace(pk=1, slug="glow", name="Glow")
ANA = Creator(pk=2, workspace=GLOW, handle="sample.ana")
TERMS = Terms(renewal_prices=((30, 12_000),), currency="EUR", notice_days=14)


class Deal:
    """A right that ends in forty days, and the version it follows from."""

    def __init__(self) -> None:
        self.version = AgreementVersion(
            pk=4, agreement=Agreement(pk=6, state="agreed"), terms=to_json(TERMS)
        )
        self.right: UsageRight | None = UsageRight(version=self.version, ends_at=NOON + 40 * DAY)

    def offer(self, days: int = 30, **known: Any) -> RenewalOffer | None:
        return renewal_offer(GLOW, ANA, ITEM, days, now=NOON, **known)

    def paid_days(self, days: int, permission_ends_at: datetime | None) -> int:
        found = self.offer(days, permission_ends_at=permission_ends_at)
        assert found is not None
        return found.paid_days


@pytest.fixture
def deal(monkeypatch: pytest.MonkeyPatch) -> Deal:
    made = Deal()

    def rights_of_posts(
        workspace: Workspace, keys: list[tuple[int, str]], *, now: datetime
    ) -> dict[tuple[int, str], UsageRight]:
        assert (workspace, keys, now) == (GLOW, [(2, ITEM)], NOON)
        return {keys[0]: made.right} if made.right else {}

    def select_related(name: str) -> SimpleNamespace:
        assert name == "agreement"
        return SimpleNamespace(get=lambda pk: made.version if pk == 4 else None)

    monkeypatch.setattr(rights, "rights_of_posts", rights_of_posts)
    stored = SimpleNamespace(select_related=select_related)
    monkeypatch.setattr(AgreementVersion, "objects", stored)
    return made


class TestAnOffer:
    def test_says_what_the_days_cost_and_why(self, deal: Deal) -> None:
        found = deal.offer(30)
        assert found is not None
        assert (found.version, found.right) == (deal.version, deal.right)
        assert (found.days, found.paid_days) == (30, 30)
        assert (found.price_minor, found.currency, found.price) == (
            12_000, "EUR", Money(12_000, "EUR"),
        )  # fmt: skip
        assert (found.source, found.is_auto) == ("price list, 30 days", False)
        assert found.notice_days == 14
        assert found.usual is not None
        assert found.usual.days == 30

    def test_says_when_it_renews_by_itself(self, deal: Deal) -> None:
        terms = Terms(renewal_prices=((30, 12_000),), renewal=RenewalKind.AUTO)
        deal.version.terms = to_json(terms)
        found = deal.offer(30)
        assert found is not None
        assert found.is_auto

    @pytest.mark.parametrize("state", ["agreed", "breached"])
    def test_is_there_while_the_agreement_is_in_force(self, deal: Deal, state: str) -> None:
        deal.version.agreement.state = state
        assert deal.offer() is not None

    @pytest.mark.parametrize("state", ["draft", "offered", "declined", "withdrawn", "ended"])
    def test_is_none_of_an_agreement_that_is_not(self, deal: Deal, state: str) -> None:
        deal.version.agreement.state = state
        assert deal.offer() is None

    def test_is_none_without_a_right(self, deal: Deal) -> None:
        deal.right = None
        assert deal.offer() is None

    def test_is_none_of_a_right_without_an_agreement(self, deal: Deal) -> None:
        deal.right = UsageRight(version=None, ends_at=NOON)
        assert deal.offer() is None

    def test_is_none_where_the_agreement_names_no_price(self, deal: Deal) -> None:
        deal.version.terms = to_json(Terms())
        assert deal.offer() is None


class TestThePaidDays:
    @pytest.mark.parametrize(
        ("code_left", "days", "paid"),
        [
            # The right runs 40 days: of 30 days after a code that ends on day 40 all are paid,
            (40 * DAY, 30, 30),
            # after one that ends on day 30 only the 20 beyond the right,
            (30 * DAY, 30, 20),
            # after one that ends on day 10 none,
            (10 * DAY, 30, 0),
            (5 * DAY, 30, 0),
            # of one that outlasts the right all, and no day of its own term.
            (60 * DAY, 30, 30),
            # A day begun is paid whole; windows are a second short of the day.
            (10 * DAY + SECOND, 30, 1),
            (11 * DAY, 30, 1),
            (11 * DAY + SECOND, 30, 2),
            (40 * DAY - SECOND, 30, 30),
        ],
    )
    def test_are_those_beyond_the_right(
        self, deal: Deal, code_left: timedelta, days: int, paid: int
    ) -> None:
        assert deal.paid_days(days, NOON + code_left) == paid

    def test_are_all_where_no_end_of_the_code_is_known(self, deal: Deal) -> None:
        assert deal.paid_days(30, None) == 30

    def test_are_priced_by_themselves(self, deal: Deal) -> None:
        found = deal.offer(30, permission_ends_at=NOON + 30 * DAY)
        assert found is not None
        # 20 days of the 30-day price of 120.00
        assert (found.paid_days, found.price_minor) == (20, 8_000)
        assert found.source == "per day from the 30-day price"

    def test_that_are_none_cost_nothing(self, deal: Deal) -> None:
        found = deal.offer(30, permission_ends_at=NOON + 10 * DAY)
        assert found is not None
        assert (found.price_minor, found.is_auto) == (0, False)
        assert found.source == "already covered by the paid term"
        assert found.price == Money(0, "EUR")

    def test_that_are_none_cost_nothing_also_where_no_price_is_named(self, deal: Deal) -> None:
        deal.version.terms = to_json(Terms())
        found = deal.offer(30, permission_ends_at=NOON + 10 * DAY)
        assert found is not None
        assert (found.paid_days, found.price_minor) == (0, 0)
