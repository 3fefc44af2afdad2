"""Terms are one value with one canonical text, read the same from JSON, from the form and by people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from kindling.agreements.contract import fields, terms
from kindling.agreements.contract.terms import (
    MakeGood,
    Medium,
    PayFrom,
    RenewalKind,
    StartTrigger,
    Terms,
    TermsError,
)
from kindling.agreements.contract.wording import (
    COUNTED,
    LANGUAGES,
    LOCALE,
    SENTENCES,
    Words,
    _Refuse,
    describe,
)
from kindling.agreements.forms import TermsForm
from kindling.errors import InvalidInputError
from kindling.kit.forms import InvalidFormError

few = settings(max_examples=20, deadline=None)  # one set of terms has fifty parts
words = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=30).map(str.strip)
lines = st.lists(words.filter(bool), max_size=3).map(tuple)
amounts = st.integers(0, 10**10)
days = st.integers(1, 3_650)
dates = st.dates(date(2025, 1, 1), date(2030, 1, 1))


def sent(typed: Mapping[str, object]) -> TermsForm:
    return TermsForm(RequestFactory().post("/", dict(typed)), start=Terms())


@st.composite
def good_terms(draw: st.DrawFn) -> Terms:
    """Terms that may be offered."""
    trigger = draw(st.sampled_from(StartTrigger))
    start = draw(dates) if trigger is StartTrigger.DATE else None
    renewal = draw(st.sampled_from(RenewalKind))
    listed = draw(st.dictionaries(days, amounts, min_size=1, max_size=3))
    has_term, hold = draw(st.booleans()), draw(st.sampled_from(["days", "until", "none"]))
    excludes = draw(st.booleans())
    content_fee = draw(amounts)
    bonus = draw(amounts)
    return Terms(
        sku=draw(words),
        item_ids=tuple(draw(st.lists(st.from_regex(r"[0-9]{19}", fullmatch=True), max_size=3))),
        deliverables=draw(st.integers(1, 20)),
        media=(Medium.PAID_FROM_CREATOR, *draw(st.sets(st.sampled_from(list(Medium)[:2])))),
        territory=tuple(draw(st.lists(st.sampled_from(["US", "CA", "DE"]), max_size=3))),
        start_trigger=trigger,
        start_on=start,
        first_spend_within_days=draw(days),
        term_days=draw(days) if has_term else None,
        end_on=None if has_term else date(2031, 1, 1),
        renewal=renewal,
        renewal_prices=() if renewal is RenewalKind.NONE else tuple(sorted(listed.items())),
        hold_days=draw(days) if hold == "days" else None,
        hold_until=draw(dates) if hold == "until" else None,
        hold_renews=draw(st.booleans()),
        final_approval=draw(st.booleans()),
        disclosure_words=draw(words),
        allowed_claims=draw(lines),
        forbidden_claims=draw(lines),
        exclusivity_days=draw(days) if excludes else None,
        exclusivity_competitors=("GlowCo", *draw(lines)) if excludes else draw(lines),
        currency=draw(st.sampled_from(["USD", "JPY", "KWD"])),
        content_fee_minor=content_fee,
        rights_fee_minor=draw(amounts),
        commission_organic_bp=draw(st.none() | st.integers(0, 10_000)),
        commission_ads_bp=draw(st.none() | st.integers(0, 10_000)),
        bonus_minor=bonus,
        bonus_text="For 100 orders." if bonus else "",
        sample_value_minor=draw(amounts),
        payment_days=draw(days),
        pay_from=draw(st.sampled_from(PayFrom)),
        code_after_payment=bool(content_fee) and draw(st.booleans()),
        spend_cap_minor=draw(st.none() | amounts),
        kill_fee_minor=draw(amounts),
        make_good=draw(st.sampled_from(MakeGood)),
        other_clauses=draw(lines),
    )


class TestTerms:
    @pytest.mark.slow
    @few
    @given(good_terms())
    def test_come_back_equal_from_their_canonical_text(self, agreed: Terms) -> None:
        assert terms.problems(agreed) == {}
        assert terms.from_json(json.loads(json.dumps(terms.to_json(agreed)))) == agreed

    @few
    @given(good_terms())
    def test_come_back_equal_from_the_form(self, agreed: Terms) -> None:
        assert sent(fields.show(agreed)).checked()["terms"] == agreed

    @few
    @given(good_terms())
    def test_are_hashed_over_exactly_what_is_stored(self, agreed: Terms) -> None:
        stored = json.loads(json.dumps(terms.to_json(agreed)))
        text = json.dumps(stored, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert terms.terms_hash(agreed) == hashlib.sha256(text.encode()).hexdigest()
        assert terms.stored_hash(stored) == terms.terms_hash(agreed)

    def test_of_an_older_version_keep_their_hash_when_a_term_is_added(self) -> None:
        older = {name: value for name, value in terms.to_json(Terms()).items() if name != "sku"}
        consented_to = terms.stored_hash(older)
        assert terms.from_json(older) == Terms()
        assert terms.stored_hash(older) == consented_to != terms.terms_hash(Terms())

    def test_have_another_hash_when_any_one_term_changes(self) -> None:
        changed = {
            "deliverables": 2, "media": (Medium.SHOP_ADS,), "term_days": 31, "hold_days": 31,
            "forbidden_claims": ("It heals.",), "content_fee_minor": 1, "final_approval": True,
        }  # fmt: skip
        hashes = {terms.terms_hash(replace(Terms(), **{n: v})) for n, v in changed.items()}  # type: ignore[arg-type]
        assert len(hashes | {terms.terms_hash(Terms())}) == len(changed) + 1

    def test_start_from_usual_values_that_can_be_offered(self) -> None:
        assert terms.problems(Terms()) == {}
        assert (Terms().term_days, Terms().hold_days) == (30, 30)

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("media", {"media": ()}),
            ("media", {"media": (Medium.OTHER_SITES,)}),
            ("paid_amplification", {"paid_amplification": False}),
            ("territory", {"territory": ("usa",)}),
            ("item_ids", {"item_ids": ("https://x",)}),
            ("term_days", {"term_days": None}),
            ("term_days", {"end_on": date(2026, 5, 1)}),
            ("start_on", {"start_trigger": StartTrigger.DATE}),
            ("start_on", {"start_on": date(2026, 5, 1)}),
            ("hold_until", {"hold_until": date(2026, 5, 1)}),
            ("hold_days", {"hold_days": 0}),
            ("exclusivity_competitors", {"exclusivity_days": 30}),
            ("currency", {"currency": "usd"}),
            ("renewal_prices", {"renewal_prices": ((30, 1), (7, 1))}),
            ("renewal_prices", {"renewal": RenewalKind.AUTO}),
            ("bonus_text", {"bonus_minor": 1}),
            ("code_after_payment", {"code_after_payment": True}),
            ("content_fee_minor", {"content_fee_minor": -1}),
            ("commission_ads_bp", {"commission_ads_bp": 10_001}),
            ("deliverables", {"deliverables": 0}),
            ("disclosure_words", {"disclosure_words": "x" * 2_001}),
        ],
    )
    def test_that_cannot_stand_name_the_field(self, field: str, change: dict[str, object]) -> None:
        assert field in terms.problems(replace(Terms(), **change))  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("term_days", "30"), ("media", "shop_ads"), ("media", ["billboards"]),
            ("start_on", "soon"), ("final_approval", 1), ("currency", 7), ("colour", "red"),
            ("content_fee_minor", True), ("renewal_prices", [[30]]), ("version", 2),
        ],
    )  # fmt: skip
    def test_of_a_wrong_kind_are_refused_by_name(self, name: str, value: object) -> None:
        with pytest.raises(TermsError) as refused:
            terms.from_json({name: value})
        assert list(refused.value.problems) == [name]


class TestTheForm:
    def test_has_a_field_for_every_term(self) -> None:
        assert {each.name for each in fields.FIELDS} == {each.name for each in fields_of(Terms)}

    def test_says_every_wrong_field_at_once(self) -> None:
        typed = {
            "term_days": "a month", "content_fee_minor": "12.345", "kill_fee_minor": "1.500,00",
            "commission_ads_bp": "ten", "renewal_prices": "30 days 120", "start_on": "1899-12-31",
            "pay_from": "the moon", "media": ["billboards"], "payment_days": "",
        }  # fmt: skip
        form = sent({**fields.show(Terms()), **typed})
        with pytest.raises(InvalidFormError, match="8 more fields need a correction"):
            form.checked()
        assert set(form.errors) == set(typed)
        for name in typed:
            assert f'id="{name}_error"' in form[name].as_field_group()

    def test_reads_amounts_in_the_currency_that_is_typed_with_them(self) -> None:
        typed = {**fields.show(Terms()), "currency": " jpy", "content_fee_minor": "1,500"}
        read = sent(typed).checked()["terms"]
        assert (read.currency, read.content_fee_minor) == ("JPY", 1_500)

    def test_shows_faults_between_terms_where_they_are_and_opens_their_group(self) -> None:
        form = sent({**fields.show(Terms()), "exclusivity_days": "30"})
        assert not {each["title"]: each["is_open"] for each in form.groups()}["Exclusivity"]
        form.mark(InvalidInputError("Wrong.", exclusivity_competitors="Name the competitors."))
        assert {each["title"]: each["is_open"] for each in form.groups()}["Exclusivity"]
        assert "Name the competitors." in form["exclusivity_competitors"].as_field_group()

    def test_reads_prices_as_people_write_them(self) -> None:
        typed = {**fields.show(Terms()), "renewal_prices": "30 = 120.00\n60 days: 200"}
        assert sent(typed).checked()["terms"].renewal_prices == ((30, 12_000), (60, 20_000))

    def test_shows_what_a_new_version_changes_in_words(self) -> None:
        after = replace(Terms(), term_days=60, final_approval=True, media=(Medium.SHOP_ADS,))
        seen = {each.label: (each.before, each.after) for each in fields.diff(Terms(), after)}
        assert seen == {
            "Allowed use": ("Ads from the creator's handle (Spark)", "Shop ads"),
            "Term (days)": ("30", "60"),
            "Creator approves the final ad": ("no", "yes"),
        }


class TestTheWords:
    OTHERS = tuple(each for each in LANGUAGES if each != "en")

    def catalogue(self, language: str) -> dict[object, object]:
        with (LOCALE / language / "LC_MESSAGES/contract.po").open("rb") as file:
            return {each.id: each.string for each in read_po(file) if each.id}

    @pytest.mark.parametrize("language", OTHERS)
    def test_are_in_the_catalogue_and_no_others(self, language: str) -> None:
        assert set(self.catalogue(language)) == {*SENTENCES.values(), *COUNTED.values()}

    @pytest.mark.parametrize("language", OTHERS)
    def test_leave_the_same_places_to_fill_in(self, language: str) -> None:
        def places(text: str) -> set[str]:
            return {part.split("}")[0] for part in text.split("{")[1:]}

        for said, translated in self.catalogue(language).items():
            one = said if isinstance(said, str) else said[0]  # type: ignore[index]  # a plural: a pair
            for each in [translated] if isinstance(translated, str) else translated:  # type: ignore[attr-defined]
                assert each
                assert places(each) == places(one)

    def test_are_refused_rather_than_said_in_english(self) -> None:
        with pytest.raises(LookupError, match="has no translation"):
            Words(_Refuse())

    @few
    @given(good_terms(), st.sampled_from(["en", "es", "pt"]))
    def test_say_every_amount_and_claim_that_was_agreed(self, agreed: Terms, language: str) -> None:
        text = "\n".join(line for each in describe(agreed, language) for line in each.lines)
        for claim in (*agreed.allowed_claims, *agreed.forbidden_claims):
            assert claim in text
        if agreed.spend_cap_minor is not None:
            assert text.count(agreed.currency) >= 1
        assert str(agreed.revocation_notice_days) in text

    @pytest.mark.parametrize(
        ("changed", "says"),
        [
            ({}, True),
            ({"hold_renews": False}, False),
            ({"hold_days": None}, False),
            ({"hold_days": None, "hold_until": date(2026, 5, 1)}, True),
            ({"renewal": RenewalKind.NONE}, False),
        ],
    )
    def test_say_whether_a_renewed_term_keeps_the_post_up(
        self, changed: dict[str, Any], says: bool
    ) -> None:
        text = str(describe(replace(Terms(), **changed)))
        assert ("until the renewed term ends" in text) == says

    def test_say_plainly_when_there_is_no_hold(self) -> None:
        text = str(describe(replace(Terms(), hold_days=None)))
        assert "the brand will not advertise it" in text
