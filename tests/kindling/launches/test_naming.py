"""Names of campaigns, ad groups and ads are generated and parsed back. Source: domain reference §9."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.launches.planning import naming
from kindling.launches.planning.naming import AdName

AD = AdName(
    on=date(2026, 3, 2),
    brand="Glow & Co",
    market="us",
    sku="GLOW-SERUM",
    creator="sample.ana",
    item_id="7561217414655688790",
    rights_end=date(2026, 4, 1),
    version="v1-ab12-3",
    length_seconds=14.6,
)
NAMED = {
    "date": "260302", "brand": "glow-co", "market": "us", "sku": "glow-serum",
    "creator": "sample.ana", "post6": "688790", "format": "spark-pull", "usecase": "na",
    "angle": "na", "hook": "na", "offer": "na", "length": "15s", "rights_end": "260401",
    "version": "v1-ab12-3",
}  # fmt: skip


class TestANameField:
    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ("Glow & Co", "glow-co"),
            ("sample.ana", "sample.ana"),
            ("under_score", "under-score"),
            ("--already--dashed--", "already-dashed"),
            ("Ünïcode 9", "n-code-9"),
            ("🔥", "na"),
            ("", "na"),
        ],
    )
    def test_is_lower_case_letters_digits_dots_and_dashes(self, text: str, field: str) -> None:
        assert naming.field(text) == field

    @given(text=st.text(max_size=60))
    def test_is_never_empty_and_never_holds_the_separator(self, text: str) -> None:
        assert re.fullmatch(r"[a-z0-9.-]+", naming.field(text))

    @given(text=st.text(max_size=60))
    def test_stays_as_it_is_when_it_is_made_a_field_again(self, text: str) -> None:
        assert naming.field(naming.field(text)) == naming.field(text)


class TestAnAdsName:
    def test_says_every_field_of_the_convention_in_its_order(self) -> None:
        assert AD.render() == (
            "260302_glow-co_us_glow-serum_sample.ana_688790_spark-pull_na_na_na_na_15s_260401_v1-ab12-3"
        )

    def test_is_parsed_back(self) -> None:
        assert naming.parse(AD.render(), naming.AD_FIELDS) == NAMED

    def test_holds_the_creative_fields_where_they_are_known(self) -> None:
        tagged = replace(
            AD, format="adsonly", usecase="gym bag", angle="testimonial", hook="Q1", offer="-20%"
        )
        parsed = naming.parse(tagged.render(), naming.AD_FIELDS)
        assert parsed == {
            **NAMED, "format": "adsonly", "usecase": "gym-bag", "angle": "testimonial",
            "hook": "q1", "offer": "20",
        }  # fmt: skip

    @pytest.mark.parametrize("seconds", [None, 0.0])
    def test_says_na_for_what_is_not_known(self, seconds: float | None) -> None:
        parsed = naming.parse(
            replace(AD, length_seconds=seconds, rights_end=None).render(), naming.AD_FIELDS
        )
        assert parsed == {**NAMED, "length": "na", "rights_end": "na"}

    @given(
        brand=st.text(max_size=30), sku=st.text(max_size=30), creator=st.text(max_size=24),
        day=st.dates(date(2020, 1, 1), date(2060, 1, 1)),
    )  # fmt: skip
    def test_is_parsed_back_whatever_people_wrote(
        self, brand: str, sku: str, creator: str, day: date
    ) -> None:
        name = replace(AD, brand=brand, sku=sku, creator=creator, on=day).render()
        parsed = naming.parse(name, naming.AD_FIELDS)
        assert parsed is not None
        assert parsed["post6"] == "688790"
        assert parsed["date"] == day.strftime("%y%m%d")


class TestAName:
    def test_is_at_most_512_characters_long(self) -> None:
        assert len(naming.join("a" * 512)) == 512
        assert len(naming.join("a" * 600, "b")) == 512

    def test_of_a_campaign_has_the_convention_s_fields(self) -> None:
        assert naming.parse("glow_us_traffic_test_broad_2603_v1", naming.CAMPAIGN_FIELDS) == {
            "brand": "glow", "market": "us", "objective": "traffic", "strategy": "test",
            "audience": "broad", "yymm": "2603", "version": "v1",
        }  # fmt: skip

    def test_of_an_ad_group_has_the_convention_s_fields(self) -> None:
        assert naming.parse("broad_click_nobid_tiktok_688790_test_v1", naming.ADGROUP_FIELDS) == {
            "audience": "broad", "optimisation": "click", "bid": "nobid", "placement": "tiktok",
            "post6": "688790", "test": "test", "version": "v1",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "edited",
        [
            "broad_click_nobid_tiktok_688790_test",  # a field taken out
            "broad_click_nobid_tiktok_688790_test_v1_new",  # one put in
            "Broad_click_nobid_tiktok_688790_test_v1",  # a capital letter
            "broad_click_nobid_tiktok_688790_test_",  # one emptied
            "my ad group",
        ],
    )
    def test_that_somebody_edited_is_not_parsed(self, edited: str) -> None:
        assert naming.parse(edited, naming.ADGROUP_FIELDS) is None
