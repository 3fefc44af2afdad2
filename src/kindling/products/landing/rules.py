"""What a landing page says of its product, and how that fits what we sell. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from kindling.kit.money import SIGNS, from_minor, parse_amount

# What Kindling adds to a landing address per ad (`launches.planning.utm`): the same page without it.
ADDED = frozenset(
    {"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "cr", "post", "sku"}
)
LEAST_WORD = 3  # letters of a title's word that says something


class PageProblem(StrEnum):
    """Why a page could not be read, or what is wrong with it."""

    NONE = ""
    NOT_HTTPS = "not_https"
    STATUS = "status"
    REFUSES = "refuses"
    CERTIFICATE = "certificate"
    PRIVATE = "private"
    REDIRECTS = "redirects"
    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    TOO_LONG = "too_long"
    NO_PAGE = "no_page"
    NEEDS_JAVASCRIPT = "needs_javascript"
    NOTHING_FOUND = "nothing_found"


BROKEN = frozenset(
    {
        PageProblem.NOT_HTTPS,
        PageProblem.STATUS,
        PageProblem.CERTIFICATE,
        PageProblem.PRIVATE,
        PageProblem.REDIRECTS,
    }
)
"""What a visitor would meet too; anything else may be between the page and this server alone."""
READ_BUT_UNCLEAR = frozenset({PageProblem.NEEDS_JAVASCRIPT, PageProblem.NOTHING_FOUND})
PROBLEM_WORDS = {
    PageProblem.NOT_HTTPS: "The page is not https, or leads on to a page that is not.",
    PageProblem.STATUS: "The page does not answer 200.",
    PageProblem.REFUSES: "The shop refuses to show the page to a program.",
    PageProblem.CERTIFICATE: "The page's certificate is not valid: browsers warn of it.",
    PageProblem.PRIVATE: "The page leads into a private network, which no visitor can reach.",
    PageProblem.REDIRECTS: "The page leads on too often, or nowhere.",
    PageProblem.ADDRESS: "The address, or one that it leads on to, is none that Kindling reads.",
    PageProblem.UNREACHABLE: "The page's server could not be reached.",
    PageProblem.TOO_SLOW: "The page came too slowly.",
    PageProblem.TOO_LONG: "The page is too long to be read.",
    PageProblem.NO_PAGE: "The address leads to a file that is no web page.",
    PageProblem.NEEDS_JAVASCRIPT: "The page needs JavaScript to show its product, which Kindling does not run.",
    PageProblem.NOTHING_FOUND: "The page names no product and no price that Kindling can read.",
}


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS selectors that a person set for a product's page; empty ones are not looked for."""

    title: str = ""
    price: str = ""
    stock: str = ""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What a page says. price_minor : in `currency`; in_stock : None where it does not say

    found_by : "json-ld", "microdata", "opengraph" or "selectors"
    """

    title: str = ""
    sku: str = ""
    price_minor: int | None = None
    currency: str = ""
    in_stock: bool | None = None
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What came of asking for a page. status : 0 where no answer came"""

    url: str
    final_url: str
    status: int
    problem: PageProblem
    facts: PageFacts
    asked_at: datetime

    @property
    def is_broken(self) -> bool:
        """Whether visitors would not get to the page either."""
        return self.problem in BROKEN

    @property
    def is_read(self) -> bool:
        """Whether the page itself was seen, with or without a product."""
        return self.problem is PageProblem.NONE or self.problem in READ_BUT_UNCLEAR

    def to_json(self) -> dict[str, Any]:
        """As the API and the command line tell it; what the page did not say is None."""
        facts = self.facts
        price = facts.price_minor
        return {
            "url": self.url,
            "final_url": self.final_url or None,
            "status": self.status or None,
            "problem": self.problem.value or None,
            "title": facts.title or None,
            "sku": facts.sku or None,
            "price": None if price is None else str(from_minor(price, facts.currency)),
            "currency": facts.currency or None,
            "in_stock": facts.in_stock,
            "found_by": facts.found_by or None,
            "asked_at": self.asked_at.isoformat(),
        }


def page_of(url: str) -> str:
    """The page of a landing address, without what is added for one ad. "" for what is no address of the web."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            return ""
        kept = [
            each for each in parse_qsl(parts.query, keep_blank_values=True) if each[0] not in ADDED
        ]
    except ValueError:
        return ""
    query = urlencode(kept, quote_via=quote, safe="")
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", query, ""))


def is_same_product(facts: PageFacts, *, sku: str, title: str, url: str) -> bool | None:
    """Whether a page shows this product: by its SKU, else by the words of its title. None where it does not say."""
    wanted = sku.casefold()
    if facts.sku and facts.sku.casefold() == wanted:
        return True
    ours, theirs = _words(title), _words(facts.title)
    if ours and theirs:
        shared = len(ours & theirs) / min(len(ours), len(theirs))
        if shared >= 0.5:
            return True
        if not shared and not _names(url, wanted):
            return False
    return True if _names(url, wanted) and (facts.title or facts.sku) else None


def _names(url: str, sku: str) -> bool:
    try:
        return bool(sku) and sku in urlsplit(url).path.casefold().split("/")
    except ValueError:
        return False


def _words(text: str) -> set[str]:
    return {each for each in re.findall(r"\w+", text.casefold()) if len(each) >= LEAST_WORD}


def prices_in(text: str, currency: str) -> list[int]:
    """The amounts of a currency that a text states with its sign or code, in minor units."""
    sign = re.escape(SIGNS.get(currency, currency))
    amount, code = r"(\d{1,7}(?:[.,]\d{1,3})*)", re.escape(currency)
    found = []
    for match in re.finditer(
        rf"(?<![\w$]){sign}\s?{amount}|{amount}\s?(?:{sign}|{code})(?!\w)", text
    ):
        try:
            found.append(parse_amount(match[1] or match[2], currency))
        except ValueError:
            continue
    return found
