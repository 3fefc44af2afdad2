"""What a page says of its product is read in the ways shops say it, and never invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindling.launches.planning import utm
from kindling.products.landing.reading import check_selector, read_page
from kindling.products.landing.rules import (
    ADDED,
    PROBLEM_WORDS,
    PageAnswer,
    PageFacts,
    PageProblem,
    Selectors,
    is_same_product,
    page_of,
    prices_in,
)


def ld(*told: object) -> bytes:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(each)}</script>' for each in told
    )
    return f"<html><body><h1>Serum</h1>{scripts}</body></html>".encode()


OFFER = {
    "@type": "Offer",
    "price": "29.90",
    "priceCurrency": "USD",
    "availability": "https://schema.org/InStock",
}
SERUM = {"@type": "Product", "name": "Glow serum", "sku": "GLOW", "offers": OFFER}
FOUND = PageFacts("Glow serum", "GLOW", 2990, "USD", True, "json-ld")


class TestAPage:
    @pytest.mark.parametrize(
        "told",
        [
            SERUM,
            {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, SERUM]},
            [SERUM],
            {**SERUM, "@type": ["Product", "Thing"]},
            {**SERUM, "offers": [OFFER, {**OFFER, "price": "99"}]},
            {
                **SERUM,
                "offers": {
                    "@type": "AggregateOffer",
                    "lowPrice": 29.9,
                    "priceCurrency": "USD",
                    "offers": [OFFER],
                },
            },
        ],
    )
    def test_tells_its_product_in_json_ld(self, told: object) -> None:
        assert read_page(ld(told), currency="USD") == (FOUND, PageProblem.NONE)

    def test_of_several_products_is_read_for_the_one_of_the_sku(self) -> None:
        other = {**SERUM, "name": "Other", "sku": "OTHER"}
        found, _ = read_page(ld(other, SERUM), currency="USD", sku="glow")
        assert found == FOUND

    def test_tells_its_product_in_microdata(self) -> None:
        body = (
            b'<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Glow serum</h1>'
            b'<meta itemprop="sku" content="GLOW"><span itemprop="price" content="29.90">29,90</span>'
            b'<meta itemprop="priceCurrency" content="EUR">'
            b'<link itemprop="availability" href="https://schema.org/OutOfStock"></div>'
        )
        assert read_page(body, currency="USD")[0] == PageFacts(
            "Glow serum", "GLOW", 2990, "EUR", False, "microdata"
        )

    def test_tells_its_product_in_opengraph(self) -> None:
        body = (
            b'<meta property="og:type" content="product"><meta property="og:title" content="Glow serum">'
            b'<meta property="product:price:amount" content="29.90">'
            b'<meta property="product:price:currency" content="USD">'
            b'<meta property="product:availability" content="in stock">'
        )
        assert read_page(body, currency="USD")[0] == PageFacts(
            "Glow serum", "", 2990, "USD", True, "opengraph"
        )

    def test_is_read_where_a_person_said(self) -> None:
        body = "<p class=n>Glow serum</p><b id=p>1.299,00 €</b><i class=s>Sold out</i>".encode()
        found, problem = read_page(body, currency="EUR", selectors=Selectors(".n", "#p", ".s"))
        assert found == PageFacts("Glow serum", "", 129_900, "EUR", False, "selectors")
        assert problem is PageProblem.NONE

    def test_s_selectors_come_before_what_the_page_says_by_itself(self) -> None:
        body = ld(SERUM).replace(b"<h1>Serum</h1>", b"<b>$19.00</b>")
        found, _ = read_page(body, currency="USD", selectors=Selectors(price="b"))
        assert (found.price_minor, found.title, found.found_by) == (1900, "Glow serum", "selectors")

    def test_that_is_drawn_by_scripts_needs_javascript(self) -> None:
        body = b'<div id="root"></div><script src="/app.js"></script>'
        assert read_page(body, currency="USD") == (PageFacts(), PageProblem.NEEDS_JAVASCRIPT)

    def test_with_much_text_beside_its_scripts_needs_none(self) -> None:
        body = b"<p>" + b"word " * 80 + b"</p><script>var a = 1</script>"
        assert read_page(body, currency="USD")[1] is PageProblem.NOTHING_FOUND

    def test_with_little_text_beside_long_scripts_needs_them(self) -> None:
        body = b"<p>Loading</p><script>" + b"var a = 1;" * 80 + b"</script>"
        assert read_page(body, currency="USD")[1] is PageProblem.NEEDS_JAVASCRIPT

    @pytest.mark.parametrize(
        ("words", "stock"),
        [("Sold out", False), ("Add to cart", True), ("InStock", True), ("Ships soon", None)],
    )
    def test_says_its_stock_in_people_s_words(self, words: str, stock: bool | None) -> None:
        found, _ = read_page(
            f"<i>{words}</i>".encode(), currency="USD", selectors=Selectors(stock="i")
        )
        assert found.in_stock is stock

    def test_that_says_nothing_of_a_product_is_said_so(self) -> None:
        assert read_page(b"<p>" + b"word " * 100 + b"</p>", currency="USD") == (
            PageFacts(), PageProblem.NOTHING_FOUND,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "broken",
        [
            "{",
            "[" * 5000,
            '{"@type": "Product", "offers": "soon", "name": 7, "sku": {}}',
            "null",
            '"x"',
        ],
    )
    def test_of_broken_json_ld_is_read_by_what_is_left(self, broken: str) -> None:
        body = f'<script type="application/ld+json">{broken}</script>'.encode() + b"<b>$5</b>"
        found, _ = read_page(body, currency="USD", selectors=Selectors(price="b"))
        assert found.price_minor == 500

    @given(st.binary(max_size=400))
    def test_of_any_bytes_is_read_without_an_error(self, body: bytes) -> None:
        found, problem = read_page(body, currency="USD", selectors=Selectors("h1", "b", "i"))
        assert bool(found.found_by) == (problem is PageProblem.NONE)

    @given(st.integers(1, 10_000_000), st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
    def test_tells_every_price_to_its_last_digit(self, minor: int, currency: str) -> None:
        digits = {"JPY": 0, "KWD": 3}.get(currency, 2)
        price = f"{minor / 10**digits:.{digits}f}"
        told = {**SERUM, "offers": {"price": price, "priceCurrency": currency}}
        assert read_page(ld(told), currency="USD")[0].price_minor == minor


class TestASelector:
    @pytest.mark.parametrize("css", [".price", "#a > b", "[itemprop=price]"])
    def test_that_can_be_used_is_taken(self, css: str) -> None:
        assert check_selector(css)

    @pytest.mark.parametrize("css", ["div[", "..", "a >>"])
    def test_that_is_none_is_refused(self, css: str) -> None:
        assert not check_selector(css)


class TestTheSameProduct:
    @pytest.mark.parametrize(
        ("facts", "same"),
        [
            (PageFacts(sku="glow-serum"), True),
            (PageFacts(title="The Glow Serum, 30 ml"), True),
            (PageFacts(title="Garden chair"), False),
            (PageFacts(title="Garden chair", sku="GLOW-SERUM"), True),
            (PageFacts(title="Serum of another house, in glass, for sale, big"), True),
            (PageFacts(), None),
        ],
    )
    def test_is_known_by_its_sku_or_the_words_of_its_title(
        self, facts: PageFacts, same: bool | None
    ) -> None:
        found = is_same_product(
            facts, sku="GLOW-SERUM", title="Glow serum", url="https://a.example/x"
        )
        assert found is same

    @pytest.mark.parametrize(
        ("title", "theirs", "same"),
        [
            ("Big red cup", "Big blue plate", None),
            ("Big red cup", "Big red plate", True),
            ("An ox", "An ox", None),
            ("Tea cup", "Cup", True),
            ("", "Cup", None),
        ],
    )
    def test_shares_half_of_the_words_that_say_something(
        self, title: str, theirs: str, same: bool | None
    ) -> None:
        found = is_same_product(
            PageFacts(title=theirs), sku="Q", title=title, url="https://a.example/x"
        )
        assert found is same

    @pytest.mark.parametrize(
        ("facts", "url", "same"),
        [
            (PageFacts(title="Suero"), "https://a.example/x", False),
            (PageFacts(title="Suero"), "https://a.example/GLOW/", True),
            (PageFacts(sku="OTHER"), "https://a.example/glow", True),
            (PageFacts(price_minor=5, currency="USD"), "https://a.example/glow", None),
            (PageFacts(title="Suero"), "https://[::1", False),
        ],
    )
    def test_needs_more_than_an_address(
        self, facts: PageFacts, url: str, same: bool | None
    ) -> None:
        assert is_same_product(facts, sku="GLOW", title="Serum", url=url) is same

    def test_without_a_sku_is_not_known_by_an_address(self) -> None:
        found = is_same_product(
            PageFacts(title="Suero"), sku="", title="", url="https://a.example//"
        )
        assert found is None

    def test_is_known_by_the_sku_in_its_address(self) -> None:
        url = "https://a.example/p/glow-serum"
        found = is_same_product(PageFacts(title="Suero"), sku="GLOW-SERUM", title="Glow", url=url)
        assert found is True


class TestAnAddress:
    def test_is_of_one_page_whatever_is_added_for_an_ad(self) -> None:
        url = "https://Shop.example/p/x?size=2&utm_source=tiktok&utm_content=__CID__&cr=ana&post=1&sku=X#top"
        assert page_of(url) == "https://shop.example/p/x?size=2"

    @pytest.mark.parametrize(
        "url", ["", "shop.example", "ftp://a.example/", "https://", "https://[::1"]
    )
    def test_that_is_none_has_no_page(self, url: str) -> None:
        assert page_of(url) == ""

    @pytest.mark.parametrize(
        ("url", "page"),
        [
            (" https://a.example ", "https://a.example/"),
            ("http://a.example/x", "http://a.example/x"),
            ("https://a.example/x?a=&b=1%2F2", "https://a.example/x?a=&b=1%2F2"),
        ],
    )
    def test_is_written_in_one_way(self, url: str, page: str) -> None:
        assert page_of(url) == page

    @pytest.mark.parametrize("name", sorted(ADDED))
    def test_loses_each_parameter_of_an_ad(self, name: str) -> None:
        assert page_of(f"https://a.example/x?{name}=1") == "https://a.example/x"

    def test_loses_what_kindling_adds_to_an_ad_s_address(self) -> None:
        added = utm.landing_url("https://a.example/x?size=2", handle="ana", item_id="1", sku="X")
        assert page_of(added) == "https://a.example/x?size=2"


class TestAnAnswer:
    AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
    BROKEN = ("not_https", "status", "certificate", "private", "redirects")

    def answer(self, problem: PageProblem, facts: PageFacts = FOUND) -> PageAnswer:
        return PageAnswer(
            "https://a.example/x", "https://a.example/y", 200, problem, facts, self.AT
        )

    @pytest.mark.parametrize("problem", PageProblem)
    def test_is_broken_where_visitors_would_meet_it_too(self, problem: PageProblem) -> None:
        assert self.answer(problem).is_broken is (problem.value in self.BROKEN)
        is_read = problem.value in {"", "needs_javascript", "nothing_found"}
        assert self.answer(problem).is_read is is_read

    @pytest.mark.parametrize("problem", [each for each in PageProblem if each])
    def test_has_a_sentence_for_every_problem(self, problem: PageProblem) -> None:
        assert PROBLEM_WORDS[problem].endswith(".")
        assert problem.value.replace("_", "").isalpha()

    def test_is_told_to_programs(self) -> None:
        assert self.answer(PageProblem.NONE).to_json() == {
            "url": "https://a.example/x", "final_url": "https://a.example/y", "status": 200,
            "problem": None, "title": "Glow serum", "sku": "GLOW", "price": "29.90", "currency": "USD",
            "in_stock": True, "found_by": "json-ld", "asked_at": "2026-03-02T12:00:00+00:00",
        }  # fmt: skip

    def test_of_nothing_is_told_as_nothing(self) -> None:
        empty = PageAnswer("https://a.example/x", "", 0, PageProblem.TOO_SLOW, PageFacts(), self.AT)
        told = empty.to_json()
        assert told.pop("url") == "https://a.example/x"
        assert told.pop("problem") == "too_slow"
        assert told.pop("asked_at") == "2026-03-02T12:00:00+00:00"
        assert set(told.values()) == {None}


class TestPricesInAText:
    @pytest.mark.parametrize(
        ("text", "currency", "found"),
        [
            ("Only $29.90 today", "USD", [2990]),
            ("29.90 USD or $ 35", "USD", [2990, 3500]),
            ("CA$29 is not it", "USD", []),
            ("for €15", "EUR", [1500]),
            ("¥1,250!", "JPY", [1250]),
            ("I bought 3 of them", "USD", []),
            ("", "USD", []),
        ],
    )
    def test_are_those_with_the_currency_s_sign(
        self, text: str, currency: str, found: list[int]
    ) -> None:
        assert prices_in(text, currency) == found
