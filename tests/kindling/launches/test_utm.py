"""Landing addresses carry who and what brought the visitor, and are read back. Source: domain reference §9."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.launches.planning import utm

ITEM = "7561217414655688790"
OURS = {
    "utm_source": "tiktok", "utm_medium": "paid_social", "utm_campaign": "__CAMPAIGN_NAME__",
    "utm_content": "__CID__", "utm_term": "__AID__", "cr": "sample.ana", "post": ITEM,
    "sku": "glow-serum",
}  # fmt: skip


def made(base: str) -> str:
    return utm.landing_url(base, handle="sample.ana", item_id=ITEM, sku="GLOW-SERUM")


class TestALandingAddress:
    def test_is_the_page_with_the_default_template(self) -> None:
        assert made("https://shop.example/serum") == (
            "https://shop.example/serum?utm_source=tiktok&utm_medium=paid_social"
            "&utm_campaign=__CAMPAIGN_NAME__&utm_content=__CID__&utm_term=__AID__"
            f"&cr=sample.ana&post={ITEM}&sku=glow-serum"
        )

    def test_is_read_back(self) -> None:
        assert utm.read(made("https://shop.example/serum")) == OURS

    def test_keeps_what_else_the_page_wants_and_its_fragment(self) -> None:
        url = made("https://shop.example/serum?variant=a%20b#reviews")
        assert utm.read(url) == {"variant": "a b", **OURS}
        assert "variant=a%20b&" in url
        assert url.endswith("#reviews")

    def test_takes_our_parameters_anew_where_the_page_has_them(self) -> None:
        url = made("https://shop.example/?utm_source=mail&cr=somebody&post=1&sku=x")
        assert utm.read(url) == OURS
        assert url.count("utm_source=") == 1

    def test_escapes_what_would_start_another_parameter(self) -> None:
        assert "next=%2Fa%26b" in made("https://shop.example/?next=%2Fa%26b")

    def test_of_a_bare_host_leads_to_its_first_page(self) -> None:
        assert made("  https://shop.example  ").startswith("https://shop.example/?utm_source=")

    @pytest.mark.parametrize(
        "base", ["", "http://shop.example/", "shop.example", "https://", "ftp://shop.example"]
    )
    def test_is_https_and_names_a_host(self, base: str) -> None:
        with pytest.raises(ValueError, match="is not an https address"):
            made(base)

    @given(
        handle=st.text(max_size=24), sku=st.text(max_size=24),
        path=st.text(st.sampled_from("abc/-_."), max_size=12),
    )  # fmt: skip
    def test_holds_only_small_letters_digits_dots_dashes_and_underscores_of_ours(
        self, handle: str, sku: str, path: str
    ) -> None:
        url = utm.landing_url(f"https://shop.example/{path}", handle=handle, item_id=ITEM, sku=sku)
        read = utm.read(url)
        assert urlsplit(url).path == f"/{path}"
        assert read["post"] == ITEM
        for name in ("cr", "sku"):
            assert re.fullmatch(r"[a-z0-9._-]*", read.get(name, ""))


class TestAValue:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("GLOW SERUM", "glow-serum"),
            ("sample.ana_2", "sample.ana_2"),
            ("@sample", "sample"),
            ("-a-", "a"),
            ("é", ""),
        ],
    )
    def test_is_lower_case_and_plain(self, text: str, value: str) -> None:
        assert utm.value(text) == value


class TestTheMacros:
    def test_are_those_that_tiktok_fills(self) -> None:
        assert utm.MACROS == (
            "__CAMPAIGN_NAME__", "__CAMPAIGN_ID__", "__AID_NAME__", "__AID__", "__CID_NAME__",
            "__CID__", "__PLACEMENT__",
        )  # fmt: skip

    def test_reach_tiktok_as_they_are(self) -> None:
        used = [text for _, text in utm.TEMPLATE if text.startswith("__")]
        assert set(used) <= set(utm.MACROS)
        assert all(f"={macro}&" in made("https://shop.example/") for macro in used)


class TestReadingAnAddress:
    def test_finds_names_in_whatever_case_they_were_written(self) -> None:
        assert utm.read("https://shop.example/?UTM_Medium=Paid_Social") == {
            "utm_medium": "Paid_Social"
        }

    @pytest.mark.parametrize("url", ["", "https://shop.example/", "https://[broken"])
    def test_finds_nothing_where_there_is_none(self, url: str) -> None:
        assert utm.read(url) == {}
