"""What the checks of the product, its page, events and commission say, word by word, and what they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from test_preflight import GOOD, NOON, result

from kindling.launches.checks.landing import SET_SELECTORS
from kindling.launches.checks.rules import CheckVerdict, Level, Result
from kindling.products.landing.rules import PROBLEM_WORDS, PageProblem

PAGE = GOOD.page
assert PAGE is not None
READ_AT = NOON - timedelta(hours=2)
ADDRESS = {
    "url": "https://shop.example/serum", "final_url": "https://shop.example/serum", "status": 200,
    "problem": "", "asked_at": READ_AT.isoformat(),
}  # fmt: skip
SHOWN = {
    **ADDRESS, "title": "Glow serum", "price_minor": 2_900, "currency": "USD", "in_stock": True,
    "found_by": "json-ld",
}  # fmt: skip
NOTHING: dict[str, Any] = {}
PASS, FAIL, UNKNOWN = CheckVerdict.PASS, CheckVerdict.FAIL, CheckVerdict.UNKNOWN
Said = tuple[CheckVerdict, Level, str, str, dict[str, Any]]


def page(**changed: Any) -> dict[str, Any]:
    return {"page": replace(PAGE, **changed)}


def facts(**changed: Any) -> dict[str, Any]:
    return page(facts=replace(PAGE.facts, **changed))  # type: ignore[union-attr]


def said(found: Result) -> Said:
    return found.verdict, found.level, found.message, found.next_step, found.evidence


class TestTheProduct:
    TITLE, STEP = (
        "Product and landing page",
        "Set the post's SKU, and correct the product's stock or page.",
    )

    @pytest.mark.parametrize(
        ("changed", "verdict", "message"),
        [
            ({}, PASS, "The product is in stock and has an https landing page."),
            ({"stock": None}, PASS, "The product is in stock and has an https landing page."),
            ({"stock": 1}, PASS, "The product is in stock and has an https landing page."),
            (
                {"wants_landing_page": False, "stock": 0},
                PASS,
                "This objective needs no landing page.",
            ),
            ({"product_known": False}, FAIL, "The post has no product. Set its SKU."),
            (
                {"landing_url": "http://shop.example"},
                FAIL,
                "The landing page is not an https address. Correct the product.",
            ),
            ({"stock": 0}, FAIL, "The product is out of stock. Restock or choose another post."),
            ({"stock": -1}, FAIL, "The product is out of stock. Restock or choose another post."),
        ],
    )
    def test_is_told_with_its_stock_and_its_page(
        self, changed: dict[str, Any], verdict: CheckVerdict, message: str
    ) -> None:
        launch = replace(GOOD, **changed)
        evidence = {
            "sku": "GLOW-SERUM", "stock": launch.stock, "landing_url": launch.landing_url,
        }  # fmt: skip
        step = "" if verdict is PASS else self.STEP
        found = result(self.TITLE, **changed)
        assert said(found) == (verdict, Level.BLOCK, message, step, evidence)


class TestThePageS:
    """Answer to the program that read it."""

    TITLE = "Landing page answers"

    def test_good_answer_says_when_it_was_read_and_counts_from_then(self) -> None:
        found = result(self.TITLE)
        assert said(found)[:2] == (PASS, Level.BLOCK)
        assert found.message == "The page answers 200 over https (read 02 Mar 2026, 10:00 UTC)."
        assert (found.evidence, found.expires_at) == (ADDRESS, READ_AT + timedelta(days=1))

    def test_absence_is_not_asked_about_where_no_page_is_needed(self) -> None:
        found = result(self.TITLE, wants_landing_page=False, page=None)
        assert said(found) == (
            PASS, Level.BLOCK, "This objective needs no landing page.", "", NOTHING
        )  # fmt: skip

    def test_absence_warns_until_it_is_read(self) -> None:
        found = result(self.TITLE, page=None)
        assert said(found) == (
            UNKNOWN, Level.WARN, "The landing page was not read within a day. It is read when a plan is made.",
            "Read it now under Products, or make a plan.", NOTHING,
        )  # fmt: skip

    def test_status_is_told_as_a_number(self) -> None:
        found = result(self.TITLE, **page(problem=PageProblem.STATUS, status=404))
        assert said(found) == (
            FAIL, Level.BLOCK, "The page answers 404, not 200. Correct it before the launch.",
            "Open the page yourself, and correct its address.",
            {**ADDRESS, "status": 404, "problem": "status"},
        )  # fmt: skip
        assert found.expires_at == READ_AT + timedelta(days=1)

    @pytest.mark.parametrize(
        "problem",
        [
            PageProblem.NOT_HTTPS,
            PageProblem.CERTIFICATE,
            PageProblem.PRIVATE,
            PageProblem.REDIRECTS,
        ],
    )
    def test_fault_that_visitors_meet_blocks(self, problem: PageProblem) -> None:
        found = result(self.TITLE, **page(problem=problem))
        assert said(found)[:3] == (
            FAIL, Level.BLOCK, f"{PROBLEM_WORDS[problem]} Correct it before the launch."
        )  # fmt: skip

    @pytest.mark.parametrize(
        "problem",
        [PageProblem.REFUSES, PageProblem.UNREACHABLE, PageProblem.TOO_SLOW, PageProblem.NO_PAGE],
    )
    def test_fault_that_only_we_may_have_met_warns(self, problem: PageProblem) -> None:
        found = result(self.TITLE, **page(problem=problem))
        assert said(found)[:4] == (
            UNKNOWN, Level.WARN, f"{PROBLEM_WORDS[problem]} Open it yourself.",
            "Open the page yourself, then read it again.",
        )  # fmt: skip
        assert found.evidence == {**ADDRESS, "problem": problem.value}
        assert found.expires_at == READ_AT + timedelta(days=1)


class TestWhatThePageShows:
    TITLE, STEP = "Landing page shows the product", "Correct the product's page, price or stock."

    @pytest.mark.parametrize(
        ("changed", "message", "shown"),
        [
            ({"in_stock": False}, "The page says that it is out of stock.", {"in_stock": False}),
            (
                {"sku": "OTHER", "title": "Night cream"},
                "The page shows “Night cream”, not Glow serum.",
                {"title": "Night cream"},
            ),
            (
                {"price_minor": 2_901},
                "The page says $29.01, more than the product's $29.00.",
                {"price_minor": 2_901},
            ),
        ],
    )
    def test_blocks_where_it_is_not_what_is_sold(
        self, changed: dict[str, Any], message: str, shown: dict[str, Any]
    ) -> None:
        found = result(self.TITLE, **facts(**changed))
        assert said(found) == (FAIL, Level.BLOCK, message, self.STEP, {**SHOWN, **shown})
        assert found.expires_at == READ_AT + timedelta(days=1)

    def test_is_unknown_where_the_product_has_no_title(self) -> None:
        shown = facts(sku="OTHER", title="Night cream")
        found = result(self.TITLE, **shown, product_title="")
        assert said(found)[:3] == (
            UNKNOWN, Level.WARN, "Which product the page shows is unknown."
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            (
                {"caption": "Only $19.00 today"},
                "The caption says $19.00 and the page $29.00.",
            ),
            (
                facts(price_minor=2_899),
                "The page says $28.99, less than the product's $29.00: margins are of the product's price.",
            ),
        ],
    )
    def test_warns_where_prices_differ_and_nobody_is_misled(
        self, changed: dict[str, Any], message: str
    ) -> None:
        found = result(self.TITLE, **changed)
        assert said(found)[:3] == (FAIL, Level.WARN, message)
        assert found.next_step.startswith("Correct the p")
        assert found.evidence["title"] == "Glow serum"
        assert found.expires_at == READ_AT + timedelta(days=1)

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"page": None}, "The page is not read, so what it shows is unknown."),
            (
                page(problem=PageProblem.STATUS),
                "The page is not read, so what it shows is unknown.",
            ),
            (
                page(problem=PageProblem.NEEDS_JAVASCRIPT),
                PROBLEM_WORDS[PageProblem.NEEDS_JAVASCRIPT],
            ),
            (
                facts(price_minor=None),
                "The page shows the product and no price that Kindling can read.",
            ),
            (
                {"price_minor": None},
                "The page says $29.00; no price of the product in USD is on record.",
            ),
            (
                {"price_currency": "EUR"},
                "The page says $29.00; no price of the product in USD is on record.",
            ),
        ],
    )
    def test_warns_where_it_cannot_be_read(self, changed: dict[str, Any], message: str) -> None:
        found = result(self.TITLE, **changed)
        assert said(found)[:4] == (UNKNOWN, Level.WARN, message, SET_SELECTORS)

    @pytest.mark.parametrize("changed", [{}, {"caption": "For $29.00, once $39.00"}])
    def test_passes_with_the_price_that_is_stated(self, changed: dict[str, Any]) -> None:
        found = result(self.TITLE, **changed)
        assert said(found) == (
            PASS, Level.BLOCK, "The page shows the product for $29.00, in stock as far as it says.", "", SHOWN,
        )  # fmt: skip

    def test_is_not_asked_about_where_no_page_is_needed(self) -> None:
        found = result(self.TITLE, wants_landing_page=False, page=None)
        assert said(found)[:3] == (PASS, Level.BLOCK, "This objective needs no landing page.")
        assert found.evidence == NOTHING


class TestTheAddress:
    TITLE = "UTM parameters in the landing page"

    def test_names_what_it_lacks(self) -> None:
        found = result(self.TITLE, landing_url="https://shop.example/?utm_source=tiktok&utm_term=")
        missing = ["utm_campaign", "utm_content", "utm_medium", "utm_term"]
        assert said(found) == (
            FAIL, Level.BLOCK, f"The address lacks {', '.join(missing)}.",
            "Plan again: Kindling writes them into the address.", {"missing": missing},
        )  # fmt: skip

    @pytest.mark.parametrize("changed", [{"is_planned": False}, {"wants_landing_page": False}])
    def test_is_written_later_or_not_at_all(self, changed: dict[str, Any]) -> None:
        found = result(self.TITLE, landing_url="https://shop.example/", **changed)
        assert said(found) == (
            PASS, Level.BLOCK, "Kindling writes them into the address of every ad that has one.", "", NOTHING,
        )  # fmt: skip

    def test_passes_whole(self) -> None:
        assert said(result(self.TITLE)) == (
            PASS, Level.BLOCK, "The address names the campaign, the ad group and the ad.", "", NOTHING,
        )  # fmt: skip


class TestTheEventOfThePixel:
    TITLE = "Event of the pixel was seen"
    STEP = "Test the pixel on the shop's page, or optimise for another event."

    @pytest.mark.parametrize(
        ("pixel", "event", "seen", "verdict", "message", "step"),
        [
            ("", "", None, PASS, "The ad group optimises for no event of a pixel.", ""),
            ("72", "", 5, FAIL, "A pixel and its event must be chosen together.", STEP),
            ("", "SHOPPING", 5, FAIL, "A pixel and its event must be chosen together.", STEP),
            (
                "72", "SHOPPING", None, UNKNOWN,
                "TikTok did not say whether the event came. Run preflight again.", "Run preflight again.",
            ),
            ("72", "SHOPPING", 0, FAIL, "No SHOPPING came to the pixel yesterday or today.", STEP),
            ("72", "SHOPPING", 1, PASS, "1 × SHOPPING came yesterday and today.", ""),
            ("72", "SHOPPING", 1_200, PASS, "1,200 × SHOPPING came yesterday and today.", ""),
        ],
    )  # fmt: skip
    def test_is_told_with_how_often_it_came(
        self,
        pixel: str,
        event: str,
        seen: int | None,
        verdict: CheckVerdict,
        message: str,
        step: str,
    ) -> None:
        found = result(self.TITLE, pixel_id=pixel, optimization_event=event, events_seen=seen)
        evidence = {"pixel": pixel, "event": event, "seen": seen} if pixel or event else NOTHING
        assert said(found) == (verdict, Level.BLOCK, message, step, evidence)


class TestWhatFitsTheObjective:
    TITLE = "Call to action and content fit the objective"

    @pytest.mark.parametrize(
        ("changed", "verdict", "message", "step"),
        [
            ({}, PASS, "The call to action is chosen, and the content fits the objective.", ""),
            ({"call_to_action": ""}, FAIL, "The ad has no call to action.", "Choose a call to action."),
            (
                {"item_type": "CAROUSEL", "objective": "video_views", "optimization_goal": ""}, FAIL,
                "Photos have no video views. Choose another objective, or a video.",
                "Choose another objective, or another post.",
            ),
            (
                {"item_type": "CAROUSEL", "optimization_goal": "ENGAGED_VIEW_FIFTEEN"}, FAIL,
                "Photos have no video views. Choose another objective, or a video.",
                "Choose another objective, or another post.",
            ),
            ({"item_type": "CAROUSEL"}, PASS,
             "The call to action is chosen, and the content fits the objective.", ""),
            (
                {"landing_url": ""}, FAIL, "This objective needs a landing page, and the ad has none.",
                "Set a landing page.",
            ),
        ],
    )  # fmt: skip
    def test_is_told(
        self, changed: dict[str, Any], verdict: CheckVerdict, message: str, step: str
    ) -> None:
        launch = replace(GOOD, **changed)
        evidence = {
            "objective": launch.objective, "goal": launch.optimization_goal,
            "call_to_action": launch.call_to_action, "type": launch.item_type,
        }  # fmt: skip
        found = result(self.TITLE, **changed)
        assert said(found) == (verdict, Level.BLOCK, message, step, evidence)

    def test_is_chosen_when_a_plan_is_made(self) -> None:
        found = result(self.TITLE, is_planned=False, call_to_action="")
        assert said(found)[:3] == (
            PASS, Level.BLOCK, "The objective and the call to action are chosen when a plan is made.",
        )  # fmt: skip
        assert found.evidence == NOTHING


class TestTheCreatorsCommission:
    TITLE, STEP = "Creator's commission", "Tell the creator, or agree on a commission for ads."

    @pytest.mark.parametrize(
        ("by_ads", "own", "verdict", "message"),
        [
            (
                None,
                1_500,
                UNKNOWN,
                "No commission is on record, so what the creator earns is unknown.",
            ),
            (
                1_450,
                1_500,
                FAIL,
                "The creator earns 14.5% of sales by this ad, and 15% of the post's own.",
            ),
            (1_500, 1_500, PASS, "The creator earns 15% of sales by this ad."),
            (1_500, None, PASS, "The creator earns 15% of sales by this ad."),
        ],
    )
    def test_is_told_beside_that_of_the_post_itself(
        self, by_ads: int | None, own: int | None, verdict: CheckVerdict, message: str
    ) -> None:
        found = result(self.TITLE, commission_bp=by_ads, organic_commission_bp=own)
        step = "" if verdict is PASS else self.STEP
        evidence = {"ads_bp": by_ads, "organic_bp": own}
        assert said(found) == (verdict, Level.WARN, message, step, evidence)

    def test_is_none_for_the_brand_itself(self) -> None:
        found = result(self.TITLE, is_own=True, commission_bp=None)
        assert said(found) == (
            PASS, Level.WARN, "The brand's own post pays no commission.", "", NOTHING
        )  # fmt: skip
