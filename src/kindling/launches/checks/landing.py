"""Checks of the product and of the page that the ad leads to. Pure."""

from __future__ import annotations

from typing import Any

from kindling.kit.money import written
from kindling.kit.time import instant_words
from kindling.launches.checks.rules import Answer, Launch, Level, check
from kindling.launches.planning import utm
from kindling.products.landing.rules import (
    PROBLEM_WORDS,
    PageAnswer,
    PageProblem,
    is_same_product,
    prices_in,
)
from kindling.workspaces.rules import FINANCE, MEDIA_BUYER

SET_SELECTORS = (
    "Set a selector for the product's page under Products, or look at the page yourself."
)


@check(
    12,
    "Product and landing page",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Set the post's SKU, and correct the product's stock or page.",
    of_uploads=True,
)
def _landing(launch: Launch) -> Answer:
    facts = {"sku": launch.sku, "stock": launch.stock, "landing_url": launch.landing_url}
    if not launch.wants_landing_page:
        return Answer(True, "This objective needs no landing page.", facts)
    if not launch.product_known and launch.is_upload:
        words = "No product is noted for the video: its page, stock and margin are not checked."
        return Answer(None, words, facts, is_warning=True, next_step="Give the upload an SKU.")
    if not launch.product_known:
        return Answer(False, "The post has no product. Set its SKU.", facts)
    if not launch.landing_url.startswith("https://"):
        return Answer(
            False, "The landing page is not an https address. Correct the product.", facts
        )
    if launch.stock is not None and launch.stock <= 0:
        return Answer(False, "The product is out of stock. Restock or choose another post.", facts)
    return Answer(True, "The product is in stock and has an https landing page.", facts)


def _asked(launch: Launch, page: PageAnswer) -> str:
    return f"read {instant_words(page.asked_at, launch.zone)}"


@check(
    12,
    "Landing page answers",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Open the page yourself, and correct its address.",
    of_uploads=True,
)
def _answers(launch: Launch) -> Answer:
    """A page that only this server could not read warns: shops turn programs away, and no launch waits for that."""
    page = launch.page
    if not launch.wants_landing_page:
        return Answer(True, "This objective needs no landing page.", {})
    if page is None:
        return Answer(
            None,
            "The landing page was not read within a day. It is read when a plan is made.",
            {},
            is_warning=True,
            next_step="Read it now under Products, or make a plan.",
        )
    facts = _page_facts(page)
    if page.is_read:
        return Answer(
            True, f"The page answers 200 over https ({_asked(launch, page)}).", facts,
            known_at=page.asked_at,
        )  # fmt: skip
    words = PROBLEM_WORDS[page.problem]
    if page.problem is PageProblem.STATUS:
        words = f"The page answers {page.status}, not 200."
    if page.is_broken:
        return Answer(
            False, f"{words} Correct it before the launch.", facts, known_at=page.asked_at
        )
    return Answer(
        None, f"{words} Open it yourself.", facts, is_warning=True,
        next_step="Open the page yourself, then read it again.", known_at=page.asked_at,
    )  # fmt: skip


def _page_facts(page: PageAnswer) -> dict[str, Any]:
    return {
        "url": page.url,
        "final_url": page.final_url,
        "status": page.status,
        "problem": page.problem.value,
        "asked_at": page.asked_at.isoformat(),
    }


@check(
    12,
    "Landing page shows the product",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Correct the product's page, price or stock.",
    of_uploads=True,
)
def _shows(launch: Launch) -> Answer:
    page = launch.page
    if not launch.wants_landing_page:
        return Answer(True, "This objective needs no landing page.", {})
    if page is None or not page.is_read:
        return _unread("The page is not read, so what it shows is unknown.", page)
    facts = {
        **_page_facts(page),
        "title": page.facts.title,
        "price_minor": page.facts.price_minor,
        "currency": page.facts.currency,
        "in_stock": page.facts.in_stock,
        "found_by": page.facts.found_by,
    }
    if page.problem is not PageProblem.NONE:
        return _unread(PROBLEM_WORDS[page.problem], page, facts)
    if page.facts.in_stock is False:
        return Answer(
            False, "The page says that it is out of stock.", facts, known_at=page.asked_at
        )
    is_same = is_same_product(
        page.facts, sku=launch.sku, title=launch.product_title, url=page.final_url or page.url
    )
    if is_same is False:
        words = f"The page shows “{page.facts.title}”, not {launch.product_title or launch.sku}."
        return Answer(False, words, facts, known_at=page.asked_at)
    if is_same is None:
        return _unread("Which product the page shows is unknown.", page, facts)
    return _price(launch, page, facts)


def _unread(words: str, page: PageAnswer | None, facts: dict[str, Any] | None = None) -> Answer:
    return Answer(
        None, words, facts or {}, is_warning=True, next_step=SET_SELECTORS,
        known_at=page.asked_at if page else None,
    )  # fmt: skip


def _price(launch: Launch, page: PageAnswer, facts: dict[str, Any]) -> Answer:
    """The page's price beside the product's and the one that the caption states."""
    told, currency, at = page.facts.price_minor, page.facts.currency, page.asked_at
    if told is None:
        return _unread(
            "The page shows the product and no price that Kindling can read.", page, facts
        )
    on_page = written(told, currency)
    if launch.price_minor is None or launch.price_currency != currency:
        return _unread(
            f"The page says {on_page}; no price of the product in {currency} is on record.",
            page,
            facts,
        )
    ours = written(launch.price_minor, currency)
    if told > launch.price_minor:
        return Answer(
            False, f"The page says {on_page}, more than the product's {ours}.", facts, known_at=at
        )
    stated = prices_in(launch.caption, currency)
    if stated and told not in stated:
        named = ", ".join(written(each, currency) for each in stated)
        return Answer(
            False, f"The caption says {named} and the page {on_page}.", facts, is_warning=True,
            next_step="Correct the page, or choose a post that states the right price.", known_at=at,
        )  # fmt: skip
    if told < launch.price_minor:
        return Answer(
            False, f"The page says {on_page}, less than the product's {ours}: margins are of the product's price.",
            facts, is_warning=True, next_step="Correct the product's price, or the page.", known_at=at,
        )  # fmt: skip
    return Answer(
        True,
        f"The page shows the product for {on_page}, in stock as far as it says.",
        facts,
        known_at=at,
    )


UTM_NAMES = frozenset(name for name, _ in utm.TEMPLATE)


@check(
    13,
    "UTM parameters in the landing page",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Plan again: Kindling writes them into the address.",
    of_uploads=True,
)
def _utm(launch: Launch) -> Answer:
    if not launch.wants_landing_page or not launch.is_planned:
        return Answer(True, "Kindling writes them into the address of every ad that has one.", {})
    told = utm.read(launch.landing_url)
    missing = sorted(name for name in UTM_NAMES if not told.get(name))
    if missing:
        return Answer(False, f"The address lacks {', '.join(missing)}.", {"missing": missing})
    return Answer(True, "The address names the campaign, the ad group and the ad.", {})


@check(
    13,
    "Event of the pixel was seen",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Test the pixel on the shop's page, or optimise for another event.",
    of_uploads=True,
)
def _event(launch: Launch) -> Answer:
    facts = {
        "pixel": launch.pixel_id, "event": launch.optimization_event, "seen": launch.events_seen,
    }  # fmt: skip
    if not launch.pixel_id and not launch.optimization_event:
        return Answer(True, "The ad group optimises for no event of a pixel.", {})
    if not launch.pixel_id or not launch.optimization_event:
        return Answer(False, "A pixel and its event must be chosen together.", facts)
    if launch.events_seen is None:
        return Answer(
            None, "TikTok did not say whether the event came. Run preflight again.", facts,
            next_step="Run preflight again.",
        )  # fmt: skip
    if launch.events_seen == 0:
        return Answer(
            False, f"No {launch.optimization_event} came to the pixel yesterday or today.", facts
        )
    words = f"{launch.events_seen:,} × {launch.optimization_event} came yesterday and today."
    return Answer(True, words, facts)


VIEW_GOALS = frozenset({"ENGAGED_VIEW", "ENGAGED_VIEW_FIFTEEN"})  # of seconds of a video


@check(
    14,
    "Call to action and content fit the objective",
    Level.BLOCK,
    owner=MEDIA_BUYER,
    next_step="Choose another objective, or another post.",
    of_uploads=True,
)
def _fits(launch: Launch) -> Answer:
    facts = {
        "objective": launch.objective, "goal": launch.optimization_goal,
        "call_to_action": launch.call_to_action, "type": launch.item_type,
    }  # fmt: skip
    if not launch.is_planned:
        return Answer(
            True, "The objective and the call to action are chosen when a plan is made.", {}
        )
    if not launch.call_to_action:
        return Answer(
            False, "The ad has no call to action.", facts, next_step="Choose a call to action."
        )
    is_of_views = launch.optimization_goal in VIEW_GOALS or launch.objective == "video_views"
    if launch.item_type == "CAROUSEL" and is_of_views:
        return Answer(
            False, "Photos have no video views. Choose another objective, or a video.", facts
        )
    if launch.wants_landing_page and not launch.landing_url:
        return Answer(
            False, "This objective needs a landing page, and the ad has none.", facts,
            next_step="Set a landing page.",
        )  # fmt: skip
    return Answer(True, "The call to action is chosen, and the content fits the objective.", facts)


@check(
    21,
    "Creator's commission",
    Level.WARN,
    owner=FINANCE,
    next_step="Tell the creator, or agree on a commission for ads.",
)
def _commission(launch: Launch) -> Answer:
    """An ad can pay the creator less than their own post would (R80, R81): that is said before, not after."""
    if launch.is_own:
        return Answer(True, "The brand's own post pays no commission.", {})
    by_ads, own = launch.commission_bp, launch.organic_commission_bp
    facts = {"ads_bp": by_ads, "organic_bp": own}
    if by_ads is None:
        return Answer(
            None, "No commission is on record, so what the creator earns is unknown.", facts
        )
    if own is not None and by_ads < own:
        return Answer(
            False,
            f"The creator earns {by_ads / 100:g}% of sales by this ad, and {own / 100:g}% of the post's own.",
            facts,
        )
    return Answer(True, f"The creator earns {by_ads / 100:g}% of sales by this ad.", facts)
