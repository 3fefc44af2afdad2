"""Every term is read by a check outside the contract, or is a clause that the text says people keep (decision 0026)."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

import kindling
from kindling.agreements.contract.terms import NAMES, Terms
from kindling.agreements.contract.wording import LANGUAGES, describe
from kindling.agreements.models import UsageRight
from kindling.agreements.rights import service as rights

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOURCE = Path(kindling.__file__).parent
RIGHTS = "agreements/rights/service.py:make_right"  # kept on the usage right; what reads it there is the second entry
# Term → where its value leaves the contract, and for what is kept on a right: what decides with it.
READ_BY: dict[str, tuple[str, str]] = {
    "sku": (RIGHTS, ""),
    "item_ids": ("agreements/rights/service.py:covers", ""),
    "deliverables": ("agreements/rights/service.py:covers", ""),
    "media": (RIGHTS, "launches/checks/rights.py:_right"),
    "paid_amplification": (RIGHTS, "agreements/rights/rules.py:problems_of_right paid_allowed"),
    "territory": (RIGHTS, "launches/checks/rights.py:_right"),
    "start_trigger": ("agreements/rights/service.py:make_rights", ""),
    "start_on": ("agreements/rights/service.py:make_rights", ""),
    "first_spend_within_days": ("agreements/rights/rules.py:waiting_span", ""),
    "term_days": ("agreements/rights/rules.py:span", ""),
    "end_on": ("agreements/rights/rules.py:span", ""),
    "renewal": ("agreements/payments/fees.py:renewal_price", ""),
    "notice_days": ("agreements/rights/renewals.py:", ""),
    "renewal_prices": ("agreements/payments/fees.py:", ""),
    "hold_days": ("agreements/rights/rules.py:_hold", ""),
    "hold_renews": ("agreements/rights/rules.py:renewed_span", ""),
    "hold_until": ("agreements/rights/rules.py:_hold", ""),
    "revocation_notice_days": ("agreements/breaches/service.py:_missing_notice", ""),
    "final_approval": (RIGHTS, "launches/checks/review.py:_by_creator"),
    "disclosure_duty": ("agreements/breaches/service.py:_is_broken", ""),
    "disclosure_words": (RIGHTS, "launches/checks/review.py:_disclosure_words"),
    "music_warranty": (RIGHTS, "launches/checks/rights.py:_music"),
    "allowed_claims": ("briefs/deliverables.py:", ""),
    "forbidden_claims": ("briefs/deliverables.py:", ""),
    "exclusivity_days": ("agreements/rights/exclusivity.py:exclusivities", ""),
    "exclusivity_competitors": ("agreements/rights/exclusivity.py:exclusivities", ""),
    "currency": (RIGHTS, "agreements/rights/caps.py:_capped_agreement"),
    "content_fee_minor": ("agreements/payments/due_fees.py:of_consent", ""),
    "rights_fee_minor": ("agreements/payments/due_fees.py:of_consent", ""),
    "commission_organic_bp": (RIGHTS, "agreements/rights/service.py:commission_bp commission_bp"),
    "commission_ads_bp": (RIGHTS, "agreements/rights/service.py:commission_bp"),
    "bonus_minor": ("agreements/payments/due_fees.py:of_consent", ""),
    "bonus_text": ("agreements/payments/due_fees.py:of_consent", ""),
    "sample_value_minor": ("agreements/samples.py:_agreed_value", ""),
    "payment_days": ("agreements/payments/due_fees.py:", ""),
    "pay_from": ("agreements/payments/due_fees.py:", ""),
    "code_after_payment": ("agreements/payments/due_fees.py:_gives_codes_after_payment", ""),
    "spend_cap_minor": (RIGHTS, "agreements/rights/caps.py:_capped_agreement"),
    "kill_fee_minor": ("agreements/service.py:_kill", ""),
    "make_good": ("agreements/breaches/service.py:_provides_refund", ""),
}
CLAUSES = {"other_clauses"}


@cache
def reads(place: str) -> frozenset[str]:
    """The attributes that a function reads, or all of a module's where only its file is named."""
    file, _, function = place.partition(":")
    tree = ast.parse((SOURCE / file).read_text())
    nodes = [
        node
        for node in ast.walk(tree)
        if not function or (isinstance(node, ast.FunctionDef) and node.name == function)
    ]
    assert nodes, f"{file} has no function {function}"
    return frozenset(
        each.attr
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)
    )


class TestEveryTerm:
    def test_is_read_by_a_check_or_is_a_clause(self) -> None:
        assert READ_BY.keys() | CLAUSES == set(NAMES), "name the check that reads a new term"
        assert not READ_BY.keys() & CLAUSES

    @pytest.mark.parametrize("name", READ_BY)
    def test_is_read_where_the_table_says(self, name: str) -> None:
        place, decides = READ_BY[name]
        assert not place.startswith("agreements/contract/")
        assert name in reads(place), f"{place} does not read {name}"
        where, _, column = decides.partition(" ")
        if place == RIGHTS and name != "sku":
            assert where, f"{name} is only kept: name what decides with it"
        if where:
            assert (column or name) in reads(where), f"{where} does not read {column or name}"

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_that_is_a_clause_is_told_apart_in_the_text(self, language: str) -> None:
        sentence = "The creator hands over the raw files."
        (last,) = describe(Terms(other_clauses=(sentence,)), language)[-1:]
        assert last.lines == (sentence,)
        assert "Kindling" in last.title
        assert all("Kindling" not in each.title for each in describe(Terms(), language))


def test_whatever_the_rules_look_at_of_a_right_is_a_column_of_it() -> None:
    columns = {each.name for each in UsageRight._meta.get_fields()}
    assert set(rights.RULE_COLUMNS) <= columns
    stored = UsageRight(
        paid_allowed=True, starts_at=NOON, ends_at=NOON, hold_until=None, territory=["US"], media=["shop_ads"],
        final_approval=True, disclosure_words="#ad", music_warranty=True,
    )  # fmt: skip
    rule = rights.as_rule(stored)
    assert rule is not None
    assert (rule.territory, rule.media, rule.disclosure_words) == (("US",), ("shop_ads",), "#ad")
    assert rights.rule_of(getattr(stored, name) for name in rights.RULE_COLUMNS) == rule
