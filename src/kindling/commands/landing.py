"""Landing pages: what a page says of its product."""

from __future__ import annotations

import sys

import click

from kindling.commands.common import (
    REFUSED,
    actor,
    as_option,
    command,
    json_option,
    out,
    print_json,
)
from kindling.kit.money import written


@click.group("landing-page")
def landing_page() -> None:
    """The pages that ads lead to."""


@landing_page.command("check")
@click.argument("page", metavar="SKU|URL")
@json_option
@as_option
@command
def check(page: str, as_json: bool, email: str | None, workspace: str | None) -> None:
    """Read a landing page now: of a product by its SKU, or any address.

    Ends with 1 where visitors cannot reach it either.
    """
    from kindling import clock
    from kindling.products.landing import service
    from kindling.products.landing.rules import PROBLEM_WORDS

    who = actor(email, workspace)
    answer = service.check(who, page, now=clock.now())
    facts = answer.facts
    price = None if facts.price_minor is None else written(facts.price_minor, facts.currency)
    if as_json:
        print_json("kindling.landing-page/1", **answer.to_json())
    else:
        out.print(PROBLEM_WORDS.get(answer.problem, f"The page answers {answer.status}."))
        stock = {True: "in stock", False: "out of stock", None: "no word of its stock"}
        if facts.found_by:
            told = (facts.title or "no title", price or "no price", stock[facts.in_stock])
            out.print(
                f"It says: {', '.join(told)} (found by {facts.found_by}).",
                markup=False,  # a page's own words
            )
    if answer.is_broken:
        sys.exit(REFUSED)


COMMANDS = [landing_page]
