"""Handles, posts, countries and tags as people write them, and what stands for an account that tells no handle."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.creators import rules
from kindling.creators.rules import (
    AccountMismatch,
    clean_handle,
    handle_of_id,
    item_id_from,
    read_country,
    read_tags,
    stands_for_id,
)

ITEM = "7561217414655688790"


class TestAHandle:
    @pytest.mark.parametrize(
        "text",
        [
            "sample.ana", "@sample.ana", " @Sample.Ana ", "https://www.tiktok.com/@sample.ana",
            "http://tiktok.com/@sample.ana", "m.tiktok.com/@sample.ana/video/123?lang=en",
            "https://www.tiktok.com/@sample.ana?lang=en", "TIKTOK.com/@SAMPLE.ANA",
        ],
    )  # fmt: skip
    def test_is_read_from_what_people_paste(self, text: str) -> None:
        assert clean_handle(text) == "sample.ana"

    @pytest.mark.parametrize("handle", ["a", "a" * 24, "a_1.b"])
    def test_has_up_to_24_letters_digits_stops_and_underscores(self, handle: str) -> None:
        assert clean_handle(handle) == handle

    @pytest.mark.parametrize(
        "text", ["", "@", "a" * 25, "a b", "ana!", "née", "https://example.com/@ana", "a-b"]
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a TikTok handle; write it like @name"):
            clean_handle(text)

    @given(handle=st.from_regex(rules.HANDLE, fullmatch=True))
    def test_stays_as_it_is_when_it_is_read_again(self, handle: str) -> None:
        assert clean_handle("https://www.tiktok.com/@" + handle) == handle


class TestWhatStandsForAHandle:
    def test_is_the_id_s_letters_and_digits_as_long_as_a_handle(self) -> None:
        assert handle_of_id("id.-000ABC_def/ghi") == "id.000abcdefghi"
        assert handle_of_id("id." + "x" * 40) == "id." + "x" * 21

    @pytest.mark.parametrize(
        ("handle", "stands"),
        [("id.000abc", True), ("post.75612", True), ("ida.000", False), ("sample.id.", False)],
    )
    def test_is_told_from_a_handle(self, handle: str, stands: bool) -> None:
        assert stands_for_id(handle) is stands


class TestAMention:
    @pytest.mark.parametrize(
        ("caption", "handles"),
        [
            ("Thanks @Glow.Shop and @sample_ana!", {"glow.shop", "sample_ana"}),
            ("Thanks @glow.shop.", {"glow.shop"}),
            ("Thanks @glow.shop...", {"glow.shop"}),
            ("@glow.shop first, @GLOW.SHOP again", {"glow.shop"}),
            ("Write to ana@mail.example or see https://shop.example/@ana", set()),
            (f"@{24 * 'a'} and @{25 * 'b'}", {24 * "a"}),
            ("A lone @ and @.. and @a", set()),
            ("", set()),
        ],
    )
    def test_is_a_handle_that_a_caption_names_with_an_at(
        self, caption: str, handles: set[str]
    ) -> None:
        assert rules.mentions(caption) == handles


class TestAPostsId:
    @pytest.mark.parametrize(
        "text",
        [
            ITEM, f" {ITEM} ", f"https://www.tiktok.com/@sample.ana/video/{ITEM}",
            f"https://www.tiktok.com/@sample.ana/photo/{ITEM}?lang=en", f"x/video/{ITEM}/",
            f"x/video/{ITEM}#comments",
        ],
    )  # fmt: skip
    def test_is_read_from_an_id_or_an_address(self, text: str) -> None:
        assert item_id_from(text) == ITEM

    @pytest.mark.parametrize("digits", [15, 20])
    def test_has_15_to_20_digits(self, digits: int) -> None:
        assert item_id_from("7" * digits) == "7" * digits

    @pytest.mark.parametrize(
        "text", ["", "7" * 14, "7" * 21, f"@ana/{ITEM}", f"video {ITEM}", f"{ITEM}x", "soon"]
    )
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a TikTok post; paste its address"):
            item_id_from(text)


class TestACountry:
    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("AR", "argentina"), ("AT", "austria|österreich"), ("AU", "australia"),
            ("BR", "brazil|brasil"), ("CA", "canada"), ("CH", "switzerland|schweiz"),
            ("CL", "chile"), ("CO", "colombia"), ("DE", "germany|deutschland|alemania"),
            ("ES", "spain|españa|spanien"), ("FR", "france|francia"),
            ("GB", "uk|united kingdom|great britain|england"), ("IE", "ireland"),
            ("IT", "italy|italia"), ("JP", "japan"), ("MX", "mexico|méxico"), ("NL", "netherlands"),
            ("PL", "poland"), ("PT", "portugal"), ("US", "usa|united states|estados unidos"),
        ],
    )  # fmt: skip
    def test_is_read_from_its_names_in_english_spanish_and_german(
        self, code: str, names: str
    ) -> None:
        for name in names.split("|"):
            assert read_country(name) == code
            assert read_country(f" {name.upper()}\n") == code

    @pytest.mark.parametrize("text", ["SE", "se", " Se "])
    def test_is_read_from_its_two_letters(self, text: str) -> None:
        assert read_country(text) == "SE"

    @pytest.mark.parametrize("text", ["", " ", "U", "USX", "U5", "Atlantis", "U S"])
    def test_is_nothing_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a country; write its two letters, like US"):
            read_country(text)

    @given(code=st.from_regex(rules.COUNTRY, fullmatch=True))
    def test_that_was_read_is_read_again_as_itself(self, code: str) -> None:
        read = read_country(code.lower())
        assert read == ("GB" if code == "UK" else code)
        assert read_country(read) == read


class TestTags:
    @pytest.mark.parametrize("between", [",", ";", "|", "\n", " , ", ";;", ", #"])
    def test_stand_apart_by_comma_semicolon_bar_or_line(self, between: str) -> None:
        assert read_tags(f"skin care{between}food") == ["skin care", "food"]

    @pytest.mark.parametrize(
        "text", ["Skin Care", "#skin care", " ##Skin \t care ", "# skin care", "#SKIN CARE"]
    )
    def test_are_lower_case_words_one_space_apart_without_a_hash(self, text: str) -> None:
        assert read_tags(text) == ["skin care"]

    def test_keep_a_hash_within(self) -> None:
        assert read_tags("c#, top#1") == ["c#", "top#1"]

    def test_keep_the_order_written_and_are_told_once(self) -> None:
        assert read_tags("night, Beauty, NIGHT, beauty") == ["night", "beauty"]

    def test_have_forty_characters_at_most_and_never_end_in_a_space(self) -> None:
        assert read_tags("x" * 41 + "," + "y" * 40) == ["x" * 40, "y" * 40]
        assert read_tags("x" * 39 + " y") == ["x" * 39]

    @pytest.mark.parametrize("text", ["", " ", ",;|\n", "#", "# #"])
    def test_of_nothing_are_none(self, text: str) -> None:
        assert read_tags(text) == []

    @given(text=st.text(st.sampled_from("aB é#\t ,|;\n"), max_size=60))
    def test_stay_as_they_are_when_they_are_read_again(self, text: str) -> None:
        once = read_tags(text)
        assert read_tags("\n".join(once)) == once


class TestTheNumbers:
    def test_renew_a_token_two_hours_ahead(self) -> None:
        assert timedelta(hours=2) == rules.RENEW_AHEAD

    @pytest.mark.parametrize(("code", "fits"), [("US", True), ("us", False), ("USA", False)])
    def test_of_a_country_are_two_capital_letters(self, code: str, fits: bool) -> None:
        assert bool(rules.COUNTRY.fullmatch(code)) is fits

    def test_of_doubts_are_kept_by_these_words(self) -> None:
        assert [each.value for each in AccountMismatch] == ["shows_none", "is_another"]
