"""Each check of preflight: one launch that passes it, one that fails it, one of which it does not know.

A check that cannot be unknown says why instead. The details of each stand in test_preflight.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from test_preflight import APPROVED, GOOD, NOON, OPEN, RIGHT

from kindling.agreements.rights.rules import SpendCap
from kindling.briefs.rules import PostReview
from kindling.launches.checks import checklist
from kindling.launches.checks.rules import (
    CHECKS,
    Audience,
    CheckVerdict,
    CommentsSeen,
    Level,
    Result,
    Room,
    SecondPerson,
)
from kindling.launches.planning import minimums
from kindling.launches.rules import CreatorAnswer
from kindling.posts.rules import Lane
from kindling.products.landing.rules import PageProblem
from kindling.workspaces.rules import EVERYBODY

PAGE = GOOD.page
assert PAGE is not None
CAP = SpendCap(7, "Spring video", 10_000, "USD", 4_000)
ALWAYS = "its fact is a column of Kindling's own, so it is always known"


def page(**changed: Any) -> dict[str, Any]:
    return {"page": replace(PAGE, **changed)}


def facts(**changed: Any) -> dict[str, Any]:
    return page(facts=replace(PAGE.facts, **changed))  # type: ignore[union-attr]


def review(**changed: Any) -> dict[str, Any]:
    told = {"disclosure": "pass", "ai": "pass", "claims": "pass"} | changed
    return {"review": PostReview(APPROVED, APPROVED, **told)}


@dataclass(frozen=True)
class Row:
    """Changes of a good launch. unknown : or why the check is never unknown. passes : beside the good launch"""

    title: str
    fails: dict[str, Any]
    unknown: dict[str, Any] | str
    passes: dict[str, Any] | None = None


ROWS = [
    Row("Post can be used", {"item_type": "STORY"}, ALWAYS),
    Row("Not refused by TikTok", {"refused_at": NOON, "refused_because": "A story."}, ALWAYS),
    Row("Ad authorization covers the flight", {"authorization_state": "expired"}, ALWAYS),
    Row(
        "Usage rights cover paid use",
        {"countries": ("DE",)},
        {"unknown_locations": ("12345",)},
        {"countries": ("CA",)},
    ),
    Row("Hold period covers the flight", {"right": replace(RIGHT, hold_until=NOON)}, ALWAYS),
    Row("Caption matches the approved text", {"caption": "Another text"}, ALWAYS),
    Row(
        "Music cleared for the countries and dates",
        {"music": "AUTHORIZATION_MISSING"},
        {"music": None},
    ),
    Row("Disclosure as the brief requires", review(disclosure="fail"), {"review": None}),
    Row(
        "Agreed disclosure in the caption",
        {"right": replace(RIGHT, disclosure_words="#sponsored")},
        {"right": replace(RIGHT, disclosure_words="#ad"), "caption": ""},
        {"right": replace(RIGHT, disclosure_words="#ad")},
    ),
    Row(
        "Approved by brand and legal",
        {"review": PostReview(APPROVED, OPEN)},
        {"review": None},
    ),
    Row(
        "Approved by the creator",
        {
            "right": replace(RIGHT, final_approval=True),
            "creator_answer": CreatorAnswer.REFUSED,
        },
        {"right": replace(RIGHT, final_approval=True), "creator_answer": CreatorAnswer.ASKED},
        {"right": replace(RIGHT, final_approval=True), "creator_answer": CreatorAnswer.APPROVED},
    ),
    Row("Claims inside the brief", review(claims="fail"), review(claims=""), review(claims="warn")),
    Row("TikTok account is healthy", {"identity_available": False}, {"identity_available": None}),
    Row(
        "TikTok account has room for ads",
        {"room": Room(left=2, wanted=3)},
        {"identity_ads": None},
        {"room": Room(left=3, wanted=3), "identity_ads": 10_000},
    ),
    Row(
        "Original of a duet or stitch is authorized",
        {"duet_or_stitch_of": "756", "authorization_state": "verified"},
        ALWAYS,
        {"duet_or_stitch_of": "756"},
    ),
    Row("Post is public", {"post_status": "ONLY_FRIEND_SEE"}, ALWAYS),
    Row("Product and landing page", {"stock": 0}, ALWAYS, {"wants_landing_page": False}),
    Row("Landing page answers", page(problem=PageProblem.STATUS, status=404), {"page": None}),
    Row(
        "Landing page shows the product",
        facts(title="Garden chair", sku="CHAIR"),
        page(problem=PageProblem.NEEDS_JAVASCRIPT),
    ),
    Row(
        "UTM parameters in the landing page",
        {"landing_url": "https://shop.example/serum?utm_source=tiktok"},
        "the address is part of the plan",
    ),
    Row(
        "Event of the pixel was seen",
        {"pixel_id": "72", "optimization_event": "SHOPPING", "events_seen": 0},
        {"pixel_id": "72", "optimization_event": "SHOPPING", "events_seen": None},
        {"pixel_id": "72", "optimization_event": "SHOPPING", "events_seen": 1},
    ),
    Row(
        "Call to action and content fit the objective",
        {"call_to_action": ""},
        "objective and call to action are part of the plan",
    ),
    Row(
        "Budget at or above TikTok's minimum",
        {"daily_budget_minor": 1_999},
        {"currency": "KWD"},
        {"daily_budget_minor": 2_000},
    ),
    Row(
        "Budget enough for learning",
        {"daily_budget_minor": 9_999},
        {"currency": "KWD"},
        {"is_planned": False, "daily_budget_minor": 2_000},
    ),
    Row(
        "Agreed maximum ad spend",
        {"cap": CAP, "most_minor": 6_001},
        {"cap": CAP, "currency": "EUR"},
        {"cap": CAP, "most_minor": 6_000},
    ),
    Row(
        "Audience is broad",
        {"audience": Audience(age_groups=("AGE_18_24",), gender="GENDER_FEMALE")},
        {"audience": Audience(gender="GENDER_FEMALE")},
        {"audience": Audience(gender="GENDER_UNLIMITED")},
    ),
    Row(
        "Usage rights and video code end together",
        {"authorization_ends_at": NOON + timedelta(days=20)},
        ALWAYS,
    ),
    Row("Organic performance", {"lane": Lane.ORGANIC_TEST}, ALWAYS),
    Row("Not kept out of paid", {"lane": Lane.KEEP_OUT}, ALWAYS),
    Row("Hand-off notes", {"missing_notes": ("Hook",)}, ALWAYS),
    Row(
        "Comments are answered and friendly",
        {"comments": CommentsSeen(read=40, critical=20, critical_low=0.35, overdue=0)},
        {"comments": CommentsSeen(read=0, critical=0, critical_low=None, overdue=0)},
        {"comments": CommentsSeen(0, 0, None, 9), "has_comments": False},
    ),
    Row("Not already live in another ad", {"live_in": ("Spring",)}, ALWAYS),
    Row("Creator's commission", {"commission_bp": 0}, {"commission_bp": None}, {"is_own": True}),
    Row(
        "Ad's name follows the convention and is unique",
        {"ad_name": "My ad"},
        "the name is part of the plan",
        {"ad_name": ""},
    ),
    Row("AI content declared", review(ai="fail"), review(ai="")),
    Row("Margin per order", {"contribution_minor": 0}, {"contribution_minor": None}),
    Row(
        "Second person confirms the spend",
        {"second_person": SecondPerson.MISSING},
        {"second_person": SecondPerson.NEEDED},
        {"second_person": SecondPerson.GIVEN},
    ),
]  # fmt: skip
BY_TITLE = pytest.mark.parametrize("row", ROWS, ids=[row.title for row in ROWS])


def result(row: Row, changed: dict[str, Any]) -> Result:
    (found,) = [each for each in checklist.run(replace(GOOD, **changed)) if each.title == row.title]
    return found


class TestEveryCheck:
    def test_has_a_row(self) -> None:
        assert sorted(row.title for row in ROWS) == sorted(each.title for each in CHECKS)

    def test_of_the_twenty_five_is_there(self) -> None:
        assert {each.number for each in CHECKS} == set(range(1, 26))

    @BY_TITLE
    def test_passes(self, row: Row) -> None:
        for changed in ({}, row.passes or {}):
            found = result(row, changed)
            assert (found.verdict, found.next_step) == (CheckVerdict.PASS, "")
            assert found.message

    @BY_TITLE
    def test_fails_and_says_who_does_what(self, row: Row) -> None:
        found = result(row, row.fails)
        assert found.verdict is CheckVerdict.FAIL
        assert found.owner in EVERYBODY
        assert found.next_step.endswith(".")
        assert found.message

    @BY_TITLE
    def test_is_unknown_or_cannot_be(self, row: Row) -> None:
        if isinstance(row.unknown, str):
            assert row.unknown
            return
        found = result(row, row.unknown)
        assert found.verdict is CheckVerdict.UNKNOWN
        assert found.next_step.endswith(".")

    @BY_TITLE
    def test_counts_until_its_facts_are_too_old(self, row: Row) -> None:
        found = result(row, {})
        assert NOON < found.expires_at <= NOON + timedelta(hours=24)


class TestTheLandingPage:
    ANSWERS = next(row for row in ROWS if row.title == "Landing page answers")
    SHOWS = next(row for row in ROWS if row.title == "Landing page shows the product")

    @pytest.mark.parametrize("problem", [each for each in PageProblem if each])
    def test_that_visitors_cannot_reach_blocks_and_any_other_trouble_warns(
        self, problem: PageProblem
    ) -> None:
        changed = page(problem=problem, status=404)
        found = result(self.ANSWERS, changed)
        if replace(PAGE, problem=problem).is_broken:
            assert (found.verdict, found.blocks) == (CheckVerdict.FAIL, True)
        else:
            assert not found.blocks
        assert not result(self.SHOWS, changed).blocks

    def test_of_a_page_that_nobody_read_does_not_block(self) -> None:
        for row in (self.ANSWERS, self.SHOWS):
            found = result(row, {"page": None})
            assert (found.level, found.blocks) == (Level.WARN, False)

    @pytest.mark.parametrize(
        ("changed", "blocks", "words"),
        [
            (facts(in_stock=False), True, "out of stock"),
            (
                facts(price_minor=3_000),
                True,
                "The page says $30.00, more than the product's $29.00",
            ),
            (facts(price_minor=2_800), False, "less than the product's $29.00"),
            ({"caption": "Now $25.00 #ad"}, False, "The caption says $25.00 and the page $29.00"),
            (facts(title="Garden chair", sku=""), True, "shows “Garden chair”, not Glow serum"),
        ],
    )
    def test_that_shows_something_else_is_told(
        self, changed: dict[str, Any], blocks: bool, words: str
    ) -> None:
        found = result(self.SHOWS, changed)
        assert (found.verdict, found.blocks) == (CheckVerdict.FAIL, blocks)
        assert words in found.message

    @pytest.mark.parametrize(
        "changed",
        [
            facts(price_minor=None),
            facts(currency="EUR"),
            facts(title="", sku=""),
            {"price_minor": None},
        ],
    )
    def test_of_which_something_is_not_known_asks_for_a_selector(
        self, changed: dict[str, Any]
    ) -> None:
        found = result(self.SHOWS, changed)
        assert (found.verdict, found.blocks) == (CheckVerdict.UNKNOWN, False)
        assert "Set a selector" in found.next_step

    def test_that_states_the_caption_s_price_passes(self) -> None:
        assert result(self.SHOWS, {"caption": "$29.00, was $40.00"}).verdict is CheckVerdict.PASS

    def test_counts_for_a_day_from_when_it_was_read(self) -> None:
        assert result(self.ANSWERS, {}).expires_at == PAGE.asked_at + timedelta(days=1)


class TestRoomForAds:
    ROW = next(row for row in ROWS if row.title == "TikTok account has room for ads")

    def test_that_tiktok_denies_blocks(self) -> None:
        found = result(self.ROW, {"room": Room(left=2, wanted=3)})
        assert (found.blocks, found.evidence) == (True, {"left": 2, "wanted": 3})
        assert "allows 2 more ads of this TikTok account, and the plan makes 3" in found.message

    @pytest.mark.parametrize(
        ("ads", "verdict"), [(9_999, CheckVerdict.PASS), (10_000, CheckVerdict.FAIL)]
    )
    def test_that_is_only_counted_warns(self, ads: int, verdict: CheckVerdict) -> None:
        found = result(self.ROW, {"identity_ads": ads})
        assert (found.verdict, found.blocks) == (verdict, False)

    def test_that_nobody_knows_does_not_block(self) -> None:
        assert not result(self.ROW, {"identity_ads": None}).blocks


class TestAnUpload:
    ROW = next(row for row in ROWS if row.title == "Product and landing page")

    def test_without_a_product_warns_where_a_post_blocks(self) -> None:
        found = result(self.ROW, {"product_known": False, "is_upload": True})
        assert (found.verdict, found.blocks) == (CheckVerdict.UNKNOWN, False)
        assert result(self.ROW, {"product_known": False}).blocks

    def test_is_asked_what_needs_no_post_no_creator_and_no_agreement(self) -> None:
        assert sorted({each.number for each in CHECKS if each.of_uploads}) == [
            9, 12, 13, 14, 15, 16, 22, 24, 25,
        ]  # fmt: skip


class TestTheContent:
    ROW = next(row for row in ROWS if row.title.startswith("Call to action"))

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            (
                {"item_type": "CAROUSEL", "optimization_goal": "ENGAGED_VIEW"},
                "Photos have no video views",
            ),
            ({"item_type": "CAROUSEL", "objective": "video_views"}, "Photos have no video views"),
            ({"landing_url": ""}, "needs a landing page"),
        ],
    )
    def test_that_does_not_fit_blocks(self, changed: dict[str, Any], words: str) -> None:
        found = result(self.ROW, changed)
        assert found.blocks
        assert words in found.message

    def test_of_photos_fits_traffic(self) -> None:
        assert not result(self.ROW, {"item_type": "CAROUSEL"}).blocks


class TestTheTipForLearning:
    ROW = next(row for row in ROWS if row.title == "Budget enough for learning")

    @pytest.mark.parametrize(
        ("changed", "least"),
        [
            ({}, 10_000),
            ({"optimization_goal": "CONVERT"}, 12_500),
            ({"optimization_goal": "CONVERT", "contribution_minor": None}, 20_000),
            ({"optimization_goal": "VALUE", "contribution_minor": -1}, 20_000),
            ({"currency": "JPY"}, 10_000),
        ],
    )
    def test_is_ten_orders_or_tiktok_s_own_figure(
        self, changed: dict[str, Any], least: int
    ) -> None:
        assert (
            result(self.ROW, {**changed, "daily_budget_minor": least}).verdict is CheckVerdict.PASS
        )
        short = result(self.ROW, {**changed, "daily_budget_minor": least - 1})
        assert (short.verdict, short.blocks) == (CheckVerdict.FAIL, False)

    @pytest.mark.parametrize("currency", sorted(minimums.FACTORS))
    def test_is_known_in_every_currency_with_a_minimum(self, currency: str) -> None:
        found = result(self.ROW, {"currency": currency})
        assert found.verdict is not CheckVerdict.UNKNOWN


class TestOverdueComments:
    ROW = next(row for row in ROWS if row.title.startswith("Comments"))

    @pytest.mark.parametrize(
        ("overdue", "verdict"),
        [(9, CheckVerdict.PASS), (10, CheckVerdict.FAIL), (None, CheckVerdict.UNKNOWN)],
    )
    def test_warn_from_the_tenth_on(self, overdue: int | None, verdict: CheckVerdict) -> None:
        seen = CommentsSeen(read=40, critical=2, critical_low=0.01, overdue=overdue)
        assert result(self.ROW, {"comments": seen}).verdict is verdict


class TestAName:
    ROW = next(row for row in ROWS if row.title.startswith("Ad's name"))

    def test_that_another_ad_has_blocks_and_names_it(self) -> None:
        found = result(self.ROW, {"named_alike": ("1234",)})
        assert found.blocks
        assert "1234" in found.message
