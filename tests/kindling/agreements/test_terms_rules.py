"""Every bound of every term of an agreement, on both sides, with the sentence that a person reads."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from kindling.agreements.contract import terms
from kindling.agreements.contract.terms import (
    MakeGood,
    Medium,
    PayFrom,
    RenewalKind,
    StartTrigger,
    Terms,
    TermsError,
)

DAY = date(2026, 5, 1)
# What a new agreement starts from, as stored.
USUAL = {
    "version": 1, "sku": "", "item_ids": [], "deliverables": 1, "media": ["paid_from_creator"],
    "paid_amplification": True, "territory": [],
    "start_trigger": "post_live", "start_on": None, "first_spend_within_days": 90,
    "term_days": 30, "end_on": None, "renewal": "option", "notice_days": 7,
    "renewal_prices": [], "hold_days": 30, "hold_until": None, "hold_renews": True,
    "revocation_notice_days": 14, "final_approval": False,
    "disclosure_duty": True, "disclosure_words": "#ad",
    "music_warranty": True, "allowed_claims": [], "forbidden_claims": [],
    "exclusivity_days": None, "exclusivity_competitors": [], "currency": "USD", "content_fee_minor": 0,
    "rights_fee_minor": 0, "commission_organic_bp": None, "commission_ads_bp": None,
    "bonus_minor": 0, "bonus_text": "", "sample_value_minor": 0, "payment_days": 30,
    "pay_from": "consent", "code_after_payment": False, "spend_cap_minor": None,
    "kill_fee_minor": 0, "make_good": "either", "other_clauses": [],
}  # fmt: skip
# Another value of every term, as stored.
OTHER = {
    "sku": "GLOW-SERUM", "item_ids": ["7561217414655688790"], "deliverables": 3,
    "media": ["shop_ads", "organic_repost", "paid_from_brand", "other_sites"],
    "paid_amplification": False, "territory": ["US"],
    "start_trigger": "date", "start_on": "2026-05-01", "first_spend_within_days": 60,
    "term_days": None, "end_on": "2026-06-01", "renewal": "auto", "notice_days": 14,
    "renewal_prices": [[7, 4000], [30, 12000]], "hold_days": None, "hold_until": "2026-07-01", "hold_renews": False,
    "revocation_notice_days": 30, "final_approval": True, "disclosure_duty": False,
    "disclosure_words": "#werbung", "music_warranty": False, "allowed_claims": ["Brightens."],
    "forbidden_claims": ["Heals."],
    "exclusivity_days": 30, "exclusivity_competitors": ["X"],
    "currency": "EUR", "content_fee_minor": 1, "rights_fee_minor": 2, "commission_organic_bp": 3,
    "commission_ads_bp": 4, "bonus_minor": 5, "bonus_text": "For 100 orders.",
    "sample_value_minor": 6, "payment_days": 7, "pay_from": "post_live",
    "code_after_payment": True, "spend_cap_minor": 8, "kill_fee_minor": 9, "make_good": "refund",
    "other_clauses": ["The law of Texas holds."],
}  # fmt: skip


def wrong(**changed: Any) -> dict[str, str]:
    return terms.problems(replace(Terms(), **changed))


class TestTermsAsJson:
    def test_start_from_the_usual(self) -> None:
        assert terms.to_json(Terms()) == USUAL
        assert terms.from_json({}) == Terms()
        assert terms.from_json(USUAL) == Terms()
        assert type(terms.to_json(Terms())["renewal"]) is str

    @pytest.mark.parametrize("name", [each.name for each in fields(Terms)])
    def test_hold_every_term(self, name: str) -> None:
        read = terms.from_json({name: OTHER[name]})
        assert terms.to_json(read) == {**USUAL, name: OTHER[name]}

    def test_are_read_into_their_kinds(self) -> None:
        read = terms.from_json(OTHER)
        assert (read.start_on, read.hold_until) == (DAY, date(2026, 7, 1))
        assert read.media[0] is Medium.SHOP_ADS
        assert read.start_trigger is StartTrigger.DATE
        assert read.renewal is RenewalKind.AUTO
        assert read.make_good is MakeGood.REFUND
        assert read.pay_from is PayFrom.POST_LIVE
        assert read.renewal_prices == ((7, 4_000), (30, 12_000))

    def test_have_one_hash(self) -> None:
        text = json.dumps(USUAL, sort_keys=True, separators=(",", ":"))
        assert terms.terms_hash(Terms()) == hashlib.sha256(text.encode()).hexdigest()
        assert terms.terms_hash(Terms()) != terms.terms_hash(Terms(sku="a"))
        letters = json.dumps(
            {**USUAL, "sku": "é"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        assert terms.terms_hash(Terms(sku="é")) == hashlib.sha256(letters.encode()).hexdigest()

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"version": 2}, "Terms of version 2 are not known"),
            ({"colour": "red"}, "There is no term called 'colour'"),
            ({"colour": 7}, "There is no term called 'colour'"),
            ({"final_approval": 1}, "Expected true or false, got a whole number"),
            ({"renewal": 7}, "Expected text, got a whole number."),
            ({"territory": {}}, "Expected a list, got an object"),
            ({"term_days": 1.5}, "Expected a whole number or nothing, got a number with decimals"),
            ({"sku": 7}, "Expected text, got a whole number"),
            ({"term_days": "30"}, "Expected a whole number or nothing, got text"),
            ({"content_fee_minor": True}, "Expected a whole number, got true or false"),
            ({"content_fee_minor": None}, "Expected a whole number, got nothing"),
            ({"territory": "US"}, "Expected a list, got text"),
            ({"territory": ["US", 1]}, "Entry 2: Expected text, got a whole number"),
            ({"media": ["tv"]}, "Invalid choice 'tv'; use one of organic_repost, paid_from_brand"),
            ({"renewal": "never"}, "Invalid choice 'never'; use one of none, option, auto"),
            ({"start_on": "soon"}, "Invalid date, write it like 2026-05-01"),
            ({"renewal_prices": [["30", 1]]}, "Entry 1: Expected a whole number, got text"),
            ({"renewal_prices": [[30]]}, "Expected a list of length 2, got 1"),
        ],
    )
    def test_of_a_wrong_kind_are_refused_in_words(self, given: dict[str, Any], words: str) -> None:
        with pytest.raises(TermsError) as refusal:
            terms.from_json(given)
        ((name, message),) = refusal.value.problems.items()
        assert name in given
        assert words in message
        assert message.endswith(".")
        assert str(refusal.value) == message

    def test_name_every_wrong_field_at_once(self) -> None:
        with pytest.raises(TermsError) as refusal:
            terms.from_json({"sku": 7, "colour": "red", "version": 1})
        assert set(refusal.value.problems) == {"sku", "colour"}
        assert "; " in str(refusal.value)


class TestTheKindsOfTerms:
    def test_are_stored_by_these_codes(self) -> None:
        assert [each.value for each in Medium] == [
            "organic_repost", "paid_from_brand", "paid_from_creator", "shop_ads", "other_sites",
        ]  # fmt: skip
        assert [each.value for each in StartTrigger] == ["post_live", "first_spend", "date"]
        assert [each.value for each in RenewalKind] == ["none", "option", "auto"]
        assert [each.value for each in MakeGood] == ["replacement", "refund", "either", "none"]
        assert [each.value for each in PayFrom] == ["consent", "post_live"]


AMOUNTS = [
    "content_fee_minor", "rights_fee_minor", "bonus_minor", "sample_value_minor",
    "spend_cap_minor", "kill_fee_minor",
]  # fmt: skip
DAYS = [
    "deliverables", "first_spend_within_days", "term_days", "notice_days", "hold_days",
    "revocation_notice_days", "exclusivity_days", "payment_days",
]  # fmt: skip
RATES = ["commission_organic_bp", "commission_ads_bp"]
BOUNDS = (
    [(name, 10**12) for name in AMOUNTS]
    + [(name, 3_650) for name in DAYS]
    + [(name, 10_000) for name in RATES]
)


class TestANumber:
    @pytest.mark.parametrize(("name", "most"), BOUNDS)
    def test_is_at_most_what_can_be_meant(self, name: str, most: int) -> None:
        more = {"bonus_text": "For orders.", "exclusivity_competitors": ("X",)}
        assert wrong(**{**more, name: most}) == {}
        assert "in a valid range, not below zero" in wrong(**{**more, name: most + 1})[name]

    @pytest.mark.parametrize(("name", "most"), BOUNDS)
    def test_is_never_below_zero(self, name: str, most: int) -> None:
        assert name in wrong(**{name: -1})

    @pytest.mark.parametrize("name", [*AMOUNTS, *RATES, "notice_days", "payment_days"])
    def test_may_be_zero(self, name: str) -> None:
        assert wrong(**{name: 0}) == {}

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("deliverables", "at least one post"),
            ("term_days", "at least one day"),
            ("hold_days", "at least one day"),
        ],
    )
    def test_that_counts_something_is_one_at_least(self, name: str, words: str) -> None:
        assert words in wrong(**{name: 0})[name]
        assert wrong(**{name: 1}) == {}


class TestAText:
    @pytest.mark.parametrize("name", ["sku", "bonus_text", "disclosure_words"])
    def test_has_at_most_2_000_characters(self, name: str) -> None:
        assert wrong(**{name: "a" * 2_000}) == {}
        assert "2,000 characters" in wrong(**{name: "a" * 2_001})[name]

    @pytest.mark.parametrize("name", ["other_clauses", "allowed_claims", "forbidden_claims"])
    def test_in_a_list_has_no_more_and_a_list_at_most_100(self, name: str) -> None:
        assert wrong(**{name: ("a" * 2_000,) * 100}) == {}
        assert "2,000 characters" in wrong(**{name: ("a", "a" * 2_001)})[name]
        assert "at most 100" in wrong(**{name: ("a",) * 101})[name]


class TestTheUse:
    @pytest.mark.parametrize("medium", [Medium.PAID_FROM_CREATOR, Medium.SHOP_ADS])
    def test_from_the_creator_s_handle_and_paid_amplification_go_together(
        self, medium: Medium
    ) -> None:
        assert wrong(media=(medium,)) == {}
        unticked = wrong(media=(medium, Medium.OTHER_SITES), paid_amplification=False)
        assert "select this too, or remove that use" in unticked["paid_amplification"]

    @pytest.mark.parametrize(
        "medium", [Medium.ORGANIC_REPOST, Medium.PAID_FROM_BRAND, Medium.OTHER_SITES]
    )
    def test_elsewhere_is_no_paid_amplification(self, medium: Medium) -> None:
        assert wrong(media=(medium,), paid_amplification=False) == {}
        assert "also choose that use" in wrong(media=(medium,))["media"]

    def test_is_of_one_kind_at_least(self) -> None:
        found = wrong(media=(), paid_amplification=False)
        assert "at least one way" in found["media"]

    @pytest.mark.parametrize("code", ["us", "USA", "U", "U1", "Us"])
    def test_is_limited_to_countries_of_two_capital_letters(self, code: str) -> None:
        assert wrong(territory=("US", "CA")) == {}
        assert "two capital letters" in wrong(territory=("US", code))["territory"]

    def test_is_of_posts_named_by_their_digits(self) -> None:
        assert wrong(item_ids=("1" * 32,)) == {}
        assert "digits only" in wrong(item_ids=("1", "1" * 33))["item_ids"]
        assert "digits only" in wrong(item_ids=("7x",))["item_ids"]


class TestTheTerm:
    def test_has_days_or_a_last_day_and_not_both(self) -> None:
        assert wrong(term_days=None, end_on=DAY) == {}
        assert "either the days of the term or" in wrong(term_days=None)["term_days"]
        assert "either the days of the term or" in wrong(end_on=DAY)["term_days"]

    def test_starts_on_a_date_only_where_it_says_so(self) -> None:
        on_a_date = {"start_trigger": StartTrigger.DATE}
        assert wrong(**on_a_date, start_on=DAY) == {}
        assert "enter the date" in wrong(**on_a_date)["start_on"]
        assert "Remove the date" in wrong(start_on=DAY)["start_on"]

    def test_does_not_end_before_it_starts(self) -> None:
        dated = {"start_trigger": StartTrigger.DATE, "start_on": DAY, "term_days": None}
        assert wrong(**dated, end_on=DAY) == {}
        assert "ends before it starts" in wrong(**dated, end_on=date(2026, 4, 30))["end_on"]

    def test_from_the_first_spend_says_by_when(self) -> None:
        spend = {"start_trigger": StartTrigger.FIRST_SPEND}
        assert wrong(**spend, first_spend_within_days=1) == {}
        late = wrong(**spend, first_spend_within_days=0)
        assert "must spend" in late["first_spend_within_days"]
        assert wrong(first_spend_within_days=0) == {}

    def test_s_hold_has_days_or_a_last_day_or_neither(self) -> None:
        assert wrong(hold_days=None, hold_until=DAY) == {}
        assert wrong(hold_days=None) == {}
        assert "either the days of the hold" in wrong(hold_until=DAY)["hold_until"]

    def test_s_exclusivity_says_what_it_is_about(self) -> None:
        assert wrong(exclusivity_days=30, exclusivity_competitors=("X",)) == {}
        assert "Name the competitors" in wrong(exclusivity_days=30)["exclusivity_competitors"]
        assert wrong(exclusivity_days=0) == {}


class TestTheMoney:
    @pytest.mark.parametrize("code", ["usd", "US", "USDD", "U5D", "ÄÖÜ"])
    def test_is_in_a_currency_of_three_capital_letters(self, code: str) -> None:
        assert wrong(currency="EUR") == {}
        assert "three capital letters" in wrong(currency=code)["currency"]

    @pytest.mark.parametrize(
        ("prices", "words"),
        [
            (((30, 1), (7, 1)), "shortest first"),
            (((7, 1), (7, 2)), "each number of days once"),
            (((0, 1),), "a number of days and a price"),
            (((3_651, 1),), "a number of days and a price"),
            (((7, -1),), "a number of days and a price"),
            (((7, 10**12 + 1),), "a number of days and a price"),
        ],
    )
    def test_of_renewals_is_a_list_of_days_and_prices(
        self, prices: tuple[tuple[int, int], ...], words: str
    ) -> None:
        assert words in wrong(renewal_prices=prices)["renewal_prices"]

    def test_of_renewals_may_be_anything_within_its_bounds(self) -> None:
        assert wrong(renewal_prices=((1, 0), (7, 5), (3_650, 10**12))) == {}

    def test_of_renewals_is_there_where_it_renews_by_itself_and_nowhere_without_renewal(
        self,
    ) -> None:
        listed = ((30, 1),)
        assert wrong(renewal=RenewalKind.AUTO, renewal_prices=listed) == {}
        assert "enter the price" in wrong(renewal=RenewalKind.AUTO)["renewal_prices"]
        assert wrong(renewal=RenewalKind.NONE) == {}
        none = wrong(renewal=RenewalKind.NONE, renewal_prices=listed)
        assert "no renewal" in none["renewal_prices"]

    @pytest.mark.parametrize("text", ["", "  "])
    def test_of_a_bonus_says_what_for(self, text: str) -> None:
        assert wrong(bonus_minor=1, bonus_text="For 100 orders.") == {}
        assert "condition for the bonus" in wrong(bonus_minor=1, bonus_text=text)["bonus_text"]

    @pytest.mark.parametrize("fee", ["content_fee_minor", "rights_fee_minor"])
    def test_that_a_code_waits_for_is_there(self, fee: str) -> None:
        assert wrong(code_after_payment=True, **{fee: 1}) == {}
        assert "no fee" in wrong(code_after_payment=True)["code_after_payment"]

    def test_that_a_code_waits_for_may_be_two_equal_fees(self) -> None:
        both = {"content_fee_minor": 5_000, "rights_fee_minor": 5_000}
        assert wrong(code_after_payment=True, **both) == {}


class TestChecking:
    def test_gives_good_terms_back(self) -> None:
        assert terms.check(Terms()) == Terms()

    def test_raises_every_problem_of_bad_ones(self) -> None:
        with pytest.raises(TermsError) as refusal:
            terms.check(Terms(currency="usd", deliverables=0))
        assert set(refusal.value.problems) == {"currency", "deliverables"}
