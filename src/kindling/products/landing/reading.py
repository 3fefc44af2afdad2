"""Reads a product's name, price and stock from a page: schema.org, OpenGraph, or selectors a person set. Pure.

Searched in this order: selectors, JSON-LD, microdata, OpenGraph; each only for what those before did not tell.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from price_parser import Price
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from kindling.kit.money import parse_amount
from kindling.products.landing.rules import PageFacts, PageProblem, Selectors

MOST_TEXT = 300
MOST_NODES = 5_000  # of one page's JSON-LD
LEAST_TEXT = 200  # letters of a page that says something without its scripts
OUT_OF_STOCK = ("outofstock", "soldout", "discontinued")
IN_STOCK = ("instock", "limitedavailability", "onlineonly", "instoreonly", "preorder", "backorder")
OUT_WORDS = (
    "out of stock",
    "sold out",
    "agotado",
    "ausverkauft",
    "épuisé",
    "esaurito",
    "unavailable",
)
IN_WORDS = (
    "in stock",
    "add to cart",
    "add to bag",
    "buy now",
    "disponible",
    "auf lager",
    "verfügbar",
)
NO_SELECTORS = Selectors()
CSS_PRODUCT = '[itemtype*="schema.org/Product"]'


def check_selector(css: str) -> bool:
    """Whether a CSS selector can be used."""
    try:
        LexborHTMLParser("<p></p>").css_first(css)
    except (SelectolaxError, ValueError):
        return False
    return True


def read_page(
    body: bytes, *, currency: str, sku: str = "", selectors: Selectors = NO_SELECTORS
) -> tuple[PageFacts, PageProblem]:
    """What a page says of its product, and why that is nothing.

    currency : the product's own, for a price that stands without one
    sku : of several products on the page the one of this SKU is taken
    """
    tree = LexborHTMLParser(body)
    found = PageFacts()
    for facts in (
        _by_selectors(tree, selectors, currency=currency),
        _by_json_ld(tree, currency=currency, sku=sku),
        _by_microdata(tree, currency=currency),
        _by_opengraph(tree, currency=currency),
    ):
        found = _joined(found, facts)
    if found.found_by:
        return found, PageProblem.NONE
    return found, _why_nothing(tree)


def _joined(first: PageFacts, then: PageFacts) -> PageFacts:
    """Both; what the first tells stands, and a price keeps its own currency."""
    has_price = first.price_minor is not None
    return PageFacts(
        title=first.title or then.title,
        sku=first.sku or then.sku,
        price_minor=first.price_minor if has_price else then.price_minor,
        currency=first.currency if has_price else then.currency,
        in_stock=then.in_stock if first.in_stock is None else first.in_stock,
        found_by=first.found_by or then.found_by,
    )


def _why_nothing(tree: LexborHTMLParser) -> PageProblem:
    has_scripts = tree.css_first("script") is not None
    for each in tree.css("script, style, noscript, template"):
        each.decompose()
    text = tree.body.text(separator=" ", strip=True) if tree.body else ""
    if has_scripts and len(text) < LEAST_TEXT:
        return PageProblem.NEEDS_JAVASCRIPT
    return PageProblem.NOTHING_FOUND


# --- One way each -------------------------------------------------------------------------------------------------


def _by_selectors(tree: LexborHTMLParser, given: Selectors, *, currency: str) -> PageFacts:
    def text_at(css: str) -> str:
        try:
            node = tree.css_first(css) if css else None
        except (SelectolaxError, ValueError):
            return ""
        return _told(node) if node is not None else ""

    title, price, stock = text_at(given.title), text_at(given.price), text_at(given.stock)
    facts = _with_price(PageFacts(title=title, in_stock=_stock_words(stock)), price, "", currency)
    return _named(facts, "selectors")


def _by_json_ld(tree: LexborHTMLParser, *, currency: str, sku: str) -> PageFacts:
    products = []
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            told = json.loads(node.text())
            products += [each for each in _dicts(told) if _is_product(each)]
        except (ValueError, RecursionError):
            continue
    chosen = next(
        (each for each in products if sku and _text(each.get("sku")).casefold() == sku.casefold()),
        products[0] if products else None,
    )
    if chosen is None:
        return PageFacts()
    facts = PageFacts(title=_text(chosen.get("name")), sku=_text(chosen.get("sku")))
    for offer in _dicts(chosen.get("offers")):
        if facts.price_minor is None:
            price = offer.get("price", offer.get("lowPrice"))
            facts = _with_price(facts, _text(price), _text(offer.get("priceCurrency")), currency)
        if facts.in_stock is None:
            facts = replace(facts, in_stock=_availability(_text(offer.get("availability"))))
    return _named(facts, "json-ld")


def _by_microdata(tree: LexborHTMLParser, *, currency: str) -> PageFacts:
    products = tree.css(CSS_PRODUCT)
    if not products:
        return PageFacts()

    def prop(name: str) -> str:
        found = products[0].css(f'[itemprop="{name}"]')
        return _told(found[0]) if found else ""

    facts = PageFacts(
        title=prop("name"), sku=prop("sku"), in_stock=_availability(prop("availability"))
    )
    return _named(_with_price(facts, prop("price"), prop("priceCurrency"), currency), "microdata")


def _by_opengraph(tree: LexborHTMLParser, *, currency: str) -> PageFacts:
    told: dict[str, str] = {}
    for node in tree.css("meta[property][content]"):
        name, value = node.attributes.get("property") or "", node.attributes.get("content") or ""
        told.setdefault(name.removeprefix("og:").lower(), value.strip()[:MOST_TEXT])
    price = told.get("product:price:amount") or told.get("price:amount", "")
    code = told.get("product:price:currency") or told.get("price:currency", "")
    if not price and told.get("type", "") not in {"product", "product.item", "og:product"}:
        return PageFacts()
    stock = told.get("product:availability") or told.get("availability", "")
    facts = PageFacts(
        title=told.get("title", ""), sku=told.get("product:retailer_item_id", ""),
        in_stock=_availability(stock),
    )  # fmt: skip
    return _named(_with_price(facts, price, code, currency), "opengraph")


# --- Values -------------------------------------------------------------------------------------------------------


def _named(facts: PageFacts, found_by: str) -> PageFacts:
    is_told = (
        facts.title or facts.sku or facts.price_minor is not None or facts.in_stock is not None
    )
    return replace(facts, found_by=found_by) if is_told else facts


def _with_price(facts: PageFacts, price: str, code: str, currency: str) -> PageFacts:
    """With a price as a shop writes it. code : its currency, "" where that stands in the price or nowhere"""
    own = code.upper() if len(code) == 3 else currency
    parsed = Price.fromstring(price[:MOST_TEXT], currency_hint=code or None)
    for text in (price, str(parsed.amount)):
        try:
            return replace(facts, price_minor=parse_amount(text, own), currency=own)
        except ValueError:
            continue
    return facts


def _availability(text: str) -> bool | None:
    """What schema.org's and OpenGraph's words for stock mean."""
    word = text.rpartition("/")[2].casefold().replace(" ", "").replace("_", "")
    if word in OUT_OF_STOCK or word == "oos":
        return False
    return True if word in IN_STOCK else None


def _stock_words(text: str) -> bool | None:
    """What people write about stock, by a selector of theirs."""
    said = text.casefold()
    if any(each in said for each in OUT_WORDS):
        return False
    return True if any(each in said for each in IN_WORDS) else _availability(text)


def _told(node: LexborNode) -> str:
    """What an element says: by its attributes of schema.org, else its text."""
    marks = node.attributes
    value = marks.get("content") or (marks.get("href") if node.tag == "link" else None)
    return (value or node.text(separator=" ", strip=True)).strip()[:MOST_TEXT]


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).strip()[:MOST_TEXT]


def _is_product(told: dict[str, Any]) -> bool:
    kind = told.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return any(each in {"Product", "ProductGroup", "IndividualProduct"} for each in kinds)


def _dicts(told: Any) -> Iterator[dict[str, Any]]:
    """Every object in what JSON-LD says, the outer ones first; of a page without end only the first thousands."""
    waiting, seen = [told], 0
    while waiting and seen < MOST_NODES:
        each = waiting.pop(0)
        seen += 1
        if isinstance(each, dict):
            yield each
            waiting += [value for value in each.values() if isinstance(value, (dict, list))]
        elif isinstance(each, list):
            waiting += [value for value in each if isinstance(value, (dict, list))]
