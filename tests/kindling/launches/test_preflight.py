"""Every preflight check passes, fails, and is unknown where it must be, on both sides of its boundary.

What each check demands is from domain reference §6, by its number there; the rules are those it names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kindling.agreements.rights.rules import ClockName, PaidWindow, Right, SpendCap
from kindling.briefs.rules import PostReview, SideState
from kindling.launches.checks import checklist
from kindling.launches.checks.rules import (
    CheckVerdict,
    CommentsSeen,
    Launch,
    Level,
    Result,
    SecondPerson,
)
from kindling.launches.rules import CreatorAnswer
from kindling.products.landing.rules import PageAnswer, PageFacts, PageProblem

PASS, FAIL, UNKNOWN = CheckVerdict.PASS, CheckVerdict.FAIL, CheckVerdict.UNKNOWN
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
START, END = NOON + timedelta(hours=1), NOON + timedelta(days=14)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RIGHT = Right(
    paid_allowed=True,
    starts_at=NOON - DAY,
    ends_at=NOON + timedelta(days=30),
    hold_until=NOON + timedelta(days=30),
    territory=("US", "CA"),
)
GOOD = Launch(
    now=NOON,
    item_id="7561217414655688790",
    handle="sample.ana",
    item_type="VIDEO",
    post_status="HESITATE_RECOMMEND",
    caption="Honest look at the serum #ad",
    approved_caption="Honest look at the serum #ad",
    is_own=False,
    duet_or_stitch_of="",
    authorization_state="bound",
    authorization_ends_at=NOON + timedelta(days=30),
    bound_to_account=True,
    identity_available=True,
    right=RIGHT,
    window=PaidWindow(NOON + timedelta(days=29), ClockName.HOLD, NOON + timedelta(days=30)),
    flight_start=START,
    flight_end=END,
    countries=("US",),
    music="WITH_FULL_AUTHORIZATION",
    lane="spark_ready",
    lane_reason="5.0% engagement on 5,000 views.",
    sku="GLOW-SERUM",
    product_known=True,
    stock=1,
    landing_url="https://shop.example/serum?utm_source=tiktok&utm_medium=paid_social"
    "&utm_campaign=__CAMPAIGN_NAME__&utm_content=__CID__&utm_term=__AID__",
    wants_landing_page=True,
    daily_budget_minor=10_000,
    currency="USD",
    live_in=(),
    contribution_minor=1_250,
    commission_bp=1_500,
    review=PostReview(
        SideState.APPROVED, SideState.APPROVED, disclosure="pass", ai="pass", claims="pass"
    ),
    wants_review=False,
    refused_because="",
    refused_at=None,
    objective="traffic",
    optimization_goal="CLICK",
    call_to_action="SHOP_NOW",
    ad_name="260302_sample_us_glow-serum_sample.ana_688790_spark-pull_na_na_na_na_15s_260401_v1-0a1b2c3d-1",
    page=PageAnswer(
        "https://shop.example/serum", "https://shop.example/serum", 200, PageProblem.NONE,
        PageFacts("Glow serum", "GLOW-SERUM", 2_900, "USD", True, "json-ld"), NOON - timedelta(hours=2),
    ),
    product_title="Glow serum",
    price_minor=2_900,
    price_currency="USD",
    identity_ads=3,
    ads_seen_at=NOON - timedelta(minutes=10),
    comments=CommentsSeen(read=40, critical=2, critical_low=0.01, overdue=0),
    has_comments=True,
    organic_commission_bp=1_500,
    second_person=SecondPerson.NOT_NEEDED,
)  # fmt: skip
TITLES = {
    1: "Post can be used", 2: "Ad authorization covers the flight", 3: "Usage rights cover paid use",
    4: "Hold period covers the flight", 5: "Caption matches the approved text",
    6: "Music cleared for the countries and dates", 7: "Disclosure as the brief requires",
    8: "Approved by brand and legal", 9: "TikTok account is healthy",
    10: "Original of a duet or stitch is authorized", 11: "Post is public",
    12: "Product and landing page", 15: "Budget at or above TikTok's minimum",
    17: "Usage rights and video code end together", 20: "Not already live in another ad",
    23: "AI content declared", 24: "Margin per order",
}  # fmt: skip


def result(title: str, **changed: Any) -> Result:
    """The result of the check with this title, for a launch that is good but for `changed`."""
    found = [each for each in checklist.run(replace(GOOD, **changed)) if each.title == title]
    assert len(found) == 1
    return found[0]


def check(number: int, **changed: Any) -> Result:
    return result(TITLES[number], **changed)


class TestPreflight:
    def test_passes_a_launch_that_nothing_speaks_against(self) -> None:
        found = checklist.run(GOOD)
        assert {each.verdict for each in found} == {PASS}
        assert not any(each.blocks for each in found)

    def test_asks_the_checks_of_the_checklist_in_the_order_of_their_numbers(self) -> None:
        assert [(each.number, each.title, each.level.value) for each in checklist.run(GOOD)] == [
            (1, "Not refused by TikTok", "block"),
            (1, "Post can be used", "block"),
            (2, "Ad authorization covers the flight", "block"),
            (3, "Usage rights cover paid use", "block"),
            (4, "Hold period covers the flight", "block"),
            (5, "Caption matches the approved text", "block"),
            (6, "Music cleared for the countries and dates", "block"),
            (7, "Agreed disclosure in the caption", "block"),
            (7, "Disclosure as the brief requires", "block"),
            (8, "Approved by brand and legal", "block"),
            (8, "Approved by the creator", "block"),
            (8, "Claims inside the brief", "block"),
            (9, "TikTok account has room for ads", "block"),
            (9, "TikTok account is healthy", "block"),
            (10, "Original of a duet or stitch is authorized", "block"),
            (11, "Post is public", "block"),
            (12, "Landing page answers", "block"),
            (12, "Landing page shows the product", "block"),
            (12, "Product and landing page", "block"),
            (13, "Event of the pixel was seen", "block"),
            (13, "UTM parameters in the landing page", "block"),
            (14, "Call to action and content fit the objective", "block"),
            (15, "Agreed maximum ad spend", "block"),
            (15, "Budget at or above TikTok's minimum", "block"),
            (15, "Budget enough for learning", "warn"),
            (16, "Audience is broad", "warn"),
            (17, "Usage rights and video code end together", "warn"),
            (18, "Hand-off notes", "block"),
            (18, "Not kept out of paid", "block"),
            (18, "Organic performance", "warn"),
            (19, "Comments are answered and friendly", "warn"),
            (20, "Not already live in another ad", "warn"),
            (21, "Creator's commission", "warn"),
            (22, "Ad's name follows the convention and is unique", "block"),
            (23, "AI content declared", "block"),
            (24, "Margin per order", "warn"),
            (25, "Second person confirms the spend", "block"),
        ]

    @pytest.mark.parametrize("title", [*TITLES.values(), "Not kept out of paid"])
    def test_says_something_in_words_about_every_good_launch(self, title: str) -> None:
        assert result(title).message.endswith(".")


class TestAResult:
    def test_counts_for_a_day_and_names_its_post(self) -> None:
        found = check(6)
        assert (found.checked_at, found.expires_at) == (NOON, NOON + timedelta(hours=24))
        assert found.item_id == GOOD.item_id

    @pytest.mark.parametrize(
        ("level", "verdict", "blocks"),
        [
            (Level.BLOCK, PASS, False),
            (Level.BLOCK, FAIL, True),
            (Level.BLOCK, UNKNOWN, True),
            (Level.WARN, FAIL, False),
            (Level.WARN, UNKNOWN, False),
        ],
    )
    def test_of_a_blocking_check_blocks_unless_it_passed(
        self, level: Level, verdict: CheckVerdict, blocks: bool
    ) -> None:
        assert replace(check(6), level=level, verdict=verdict).blocks is blocks

    @pytest.mark.parametrize(
        ("music", "verdict"),
        [("WITHOUT_SONG_ID", "pass"), ("AUTHORIZATION_MISSING", "fail"), (None, "unknown")],
    )
    def test_names_its_verdict_in_json(self, music: str | None, verdict: str) -> None:
        assert check(6, music=music).to_json()["verdict"] == verdict

    def test_is_stored_as_json(self) -> None:
        assert check(6, music=None).to_json() == {
            "number": 6,
            "title": "Music cleared for the countries and dates",
            "level": "block",
            "verdict": "unknown",
            "message": "TikTok did not answer the music check. Run preflight again.",
            "evidence": {"music_status": None, "creator_confirmed": False},
            "item_id": "7561217414655688790",
            "checked_at": "2026-03-02T12:00:00+00:00",
            "expires_at": "2026-03-03T12:00:00+00:00",
            "owner": "media_buyer",
            "next_step": "Run preflight again.",
        }


class TestThePost:
    """Check 1: it exists, its type is eligible, its status is usable (R13, R15, R39)."""

    @pytest.mark.parametrize("kind", ["VIDEO", "CAROUSEL"])
    @pytest.mark.parametrize("status", ["HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"])
    def test_passes_when_it_is_there_and_a_video_or_photos(self, kind: str, status: str) -> None:
        found = check(1, item_type=kind, post_status=status)
        assert found.verdict is PASS
        assert found.evidence == {"status": status, "type": kind}
        assert "The post exists" in found.message

    def test_fails_for_a_story(self) -> None:
        found = check(1, item_type="STORY")
        assert found.verdict is FAIL
        assert found.message == "STORY posts cannot be Spark Ads. Choose another post."

    @pytest.mark.parametrize(
        "status", ["USER_DELETE", "AUDIT_DELETE", "ONLY_USER_PASS", "NOT_SEEN", ""]
    )
    def test_fails_when_it_is_deleted_taken_down_or_under_review(self, status: str) -> None:
        found = check(1, post_status=status)
        assert found.verdict is FAIL
        assert "deleted" in found.message


class TestTheAuthorization:
    """Check 2: bound to this ad account and valid past the flight's end (R21, R59)."""

    @pytest.mark.parametrize("state", ["bound", "in_use", "expiring", "renewal_requested"])
    def test_passes_in_every_state_that_tiktok_delivers_in(self, state: str) -> None:
        found = check(2, authorization_state=state)
        assert found.verdict is PASS
        assert found.evidence == {"state": state, "ends_at": "2026-04-01T12:00:00+00:00"}
        assert "Bound" in found.message

    def test_fails_when_there_is_none(self) -> None:
        found = check(2, authorization_state=None, authorization_ends_at=None)
        assert found.verdict is FAIL
        assert found.evidence == {"state": None, "ends_at": None}
        assert "No ad authorization" in found.message

    @pytest.mark.parametrize(
        "state",
        ["not_requested", "requested", "received", "invalid", "verified", "expired", "revoked",
         "post_unavailable", "identity_blocked", "collab_ended", "released"],
    )  # fmt: skip
    def test_fails_in_every_other_state_and_names_it(self, state: str) -> None:
        found = check(2, authorization_state=state)
        assert found.verdict is FAIL
        assert f"The ad authorization is {state.replace('_', ' ')}." in found.message

    def test_fails_when_another_ad_account_holds_it(self) -> None:
        found = check(2, bound_to_account=False)
        assert found.verdict is FAIL
        assert "not bound to this ad account" in found.message

    def test_passes_when_it_ends_with_the_flight(self) -> None:
        assert check(2, authorization_ends_at=END).verdict is PASS

    def test_fails_when_it_ends_a_second_before_the_flight(self) -> None:
        found = check(2, authorization_ends_at=END - SECOND)
        assert found.verdict is FAIL
        assert "ends before the flight" in found.message

    def test_passes_without_an_end(self) -> None:
        assert check(2, authorization_ends_at=None).verdict is PASS

    def test_passes_when_the_paid_window_ends_with_the_flight(self) -> None:
        assert check(2, window=PaidWindow(END, ClockName.HOLD, END + DAY)).verdict is PASS

    def test_fails_when_the_paid_window_ends_a_second_before_the_flight(self) -> None:
        found = check(2, window=PaidWindow(END - SECOND, ClockName.HOLD, END + DAY))
        assert found.verdict is FAIL
        assert "16 Mar 2026, 11:59 UTC" in found.message
        assert "(Hold period ends first)" in found.message

    def test_passes_without_a_paid_window(self) -> None:
        assert check(2, window=None).verdict is PASS

    def test_passes_for_a_flight_of_one_second(self) -> None:
        assert check(2, flight_start=END - SECOND).verdict is PASS

    def test_fails_when_nothing_of_the_flight_is_left(self) -> None:
        found = check(2, flight_start=END)
        assert found.verdict is FAIL
        assert "The stop-by date has passed" in found.message


class TestTheUsageRight:
    """Check 3: covers paid use, the territory and the dates (§4)."""

    def test_passes_when_it_covers_the_countries_and_the_flight(self) -> None:
        found = check(3, countries=("US", "CA"))
        assert found.verdict is PASS
        assert found.evidence == {
            "ends_at": "2026-04-01T12:00:00+00:00",
            "territory": ["US", "CA"],
        }

    def test_passes_for_the_brand_s_own_post_without_any(self) -> None:
        found = check(3, is_own=True, right=None)
        assert found.verdict is PASS
        assert "own post" in found.message

    def test_fails_without_one(self) -> None:
        found = check(3, right=None)
        assert found.verdict is FAIL
        assert found.message == (
            "No usage rights are on record for this post. Record the agreement first."
        )

    @pytest.mark.parametrize(
        ("changed", "problem"),
        [
            ({"paid_allowed": False}, "do not cover paid use"),
            ({"starts_at": START + SECOND}, "have not started"),
            ({"ends_at": START}, "have ended"),
        ],
    )
    def test_fails_when_it_does_not_allow_paid_use_at_the_start_of_the_flight(
        self, changed: dict[str, Any], problem: str
    ) -> None:
        found = check(3, right=replace(RIGHT, **changed))
        assert found.verdict is FAIL
        assert problem in found.message

    def test_names_everything_that_speaks_against_it(self) -> None:
        found = check(3, right=replace(RIGHT, paid_allowed=False, ends_at=START))
        assert found.message == (
            "The usage rights do not cover paid use. The usage rights have ended. "
            "Record the agreement first."
        )

    @pytest.mark.parametrize("hold", [None, NOON])
    def test_leaves_the_hold_to_the_next_check(self, hold: datetime | None) -> None:
        assert check(3, right=replace(RIGHT, hold_until=hold)).verdict is PASS

    def test_fails_for_a_country_outside_the_territory_and_names_it(self) -> None:
        found = check(3, countries=("US", "FR", "DE"))
        assert found.verdict is FAIL
        assert "No usage rights for DE, FR." in found.message

    def test_is_unknown_for_a_location_of_a_country_that_is_not_on_record(self) -> None:
        found = check(3, countries=("US",), unknown_locations=("2643743", "5128581"))
        assert (found.verdict, found.blocks) == (UNKNOWN, True)
        assert "US, CA only, and the country of location 2643743, 5128581 is" in found.message
        assert found.evidence["locations"] == ["2643743", "5128581"]

    def test_passes_with_such_a_location_without_a_territory(self) -> None:
        right = replace(RIGHT, territory=())
        assert check(3, right=right, unknown_locations=("2643743",)).verdict is PASS

    def test_passes_everywhere_without_a_territory(self) -> None:
        assert check(3, right=replace(RIGHT, territory=()), countries=("FR",)).verdict is PASS

    def test_passes_when_it_ends_with_the_flight(self) -> None:
        assert check(3, right=replace(RIGHT, ends_at=END)).verdict is PASS

    def test_fails_when_it_ends_a_second_before_the_flight(self) -> None:
        found = check(3, right=replace(RIGHT, ends_at=END - SECOND))
        assert found.verdict is FAIL
        assert "end before the flight" in found.message


class TestTheHold:
    """Check 4: no paid launch without a signed hold period that covers the flight (§4)."""

    def test_passes_when_it_ends_with_the_flight(self) -> None:
        found = check(4, right=replace(RIGHT, hold_until=END))
        assert found.verdict is PASS
        assert found.evidence == {"hold_until": "2026-03-16T12:00:00+00:00"}
        assert "keeps the post public" in found.message

    def test_fails_when_it_ends_a_second_before_the_flight(self) -> None:
        found = check(4, right=replace(RIGHT, hold_until=END - SECOND))
        assert found.verdict is FAIL
        assert "ends before the flight" in found.message

    @pytest.mark.parametrize("right", [None, replace(RIGHT, hold_until=None)])
    def test_fails_without_one(self, right: Right | None) -> None:
        found = check(4, right=right)
        assert found.verdict is FAIL
        assert "No hold period agreed" in found.message

    def test_passes_for_the_brand_s_own_post(self) -> None:
        found = check(4, is_own=True, right=None)
        assert found.verdict is PASS
        assert "brand" in found.message


class TestTheCaption:
    """Check 5: final, and equal to the approved text (R25)."""

    def test_passes_when_it_is_the_approved_one(self) -> None:
        found = check(5)
        assert found.verdict is PASS
        assert "is the approved caption" in found.message
        assert found.evidence == {"live": GOOD.caption, "approved": GOOD.approved_caption}

    def test_fails_when_it_differs(self) -> None:
        found = check(5, caption="Cures acne in a day")
        assert found.verdict is FAIL
        assert "differs" in found.message

    def test_fails_when_there_is_none_where_one_was_approved(self) -> None:
        assert check(5, caption="").verdict is FAIL

    def test_passes_where_no_text_was_approved(self) -> None:
        found = check(5, approved_caption="", caption="Whatever it says")
        assert found.verdict is PASS
        assert "No approved caption" in found.message

    def test_keeps_the_first_300_characters_of_both_as_evidence(self) -> None:
        found = check(5, caption="a" * 301, approved_caption="b" * 301)
        assert found.evidence == {"live": "a" * 300, "approved": "b" * 300}


class TestTheMusic:
    """Check 6: TikTok's three answers (R44), and none."""

    @pytest.mark.parametrize(
        ("status", "verdict", "word"),
        [
            ("WITH_FULL_AUTHORIZATION", PASS, "is cleared for ads"),
            ("WITHOUT_SONG_ID", PASS, "is cleared for ads"),
            ("AUTHORIZATION_MISSING", FAIL, "not cleared"),
            (None, UNKNOWN, "did not answer"),
        ],
    )
    def test_is_judged_by_tiktok_s_answer(
        self, status: str | None, verdict: CheckVerdict, word: str
    ) -> None:
        found = check(6, music=status)
        assert found.verdict is verdict
        assert word in found.message
        assert found.evidence == {"music_status": status, "creator_confirmed": False}
        assert found.blocks is (verdict is not PASS)


class TestTheAccountBehindThePost:
    """Check 9: its identity is healthy (R36, R37)."""

    @pytest.mark.parametrize(
        ("available", "verdict", "word"),
        [
            (True, PASS, "allows ads"),
            (False, FAIL, "blocks ads"),
            (None, UNKNOWN, "once an ad authorization is on record"),
        ],
    )
    def test_is_judged_by_what_tiktok_says_of_it(
        self, available: bool | None, verdict: CheckVerdict, word: str
    ) -> None:
        found = check(9, identity_available=available)
        assert found.verdict is verdict
        assert word in found.message


class TestADuetOrStitch:
    """Check 10: the original post is authorized too (R14)."""

    def test_passes_for_a_post_that_stands_alone(self) -> None:
        found = check(10, authorization_state=None)
        assert found.verdict is PASS
        assert "not a duet or stitch" in found.message

    @pytest.mark.parametrize("state", ["bound", "in_use", "expiring", "renewal_requested"])
    def test_passes_when_tiktok_bound_it(self, state: str) -> None:
        found = check(10, duet_or_stitch_of="7561217414655688791", authorization_state=state)
        assert found.verdict is PASS
        assert found.evidence == {"origin": "7561217414655688791"}
        assert "together" in found.message

    @pytest.mark.parametrize("state", [None, "received", "revoked"])
    def test_fails_when_tiktok_did_not(self, state: str | None) -> None:
        found = check(10, duet_or_stitch_of="7561217414655688791", authorization_state=state)
        assert found.verdict is FAIL
        assert "video code of the original post" in found.message


class TestAPrivatePost:
    """Check 11: it would go public, so it blocks without consent (R26)."""

    @pytest.mark.parametrize("status", ["ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"])
    def test_fails(self, status: str) -> None:
        found = check(11, post_status=status)
        assert found.verdict is FAIL
        assert found.blocks
        assert "private" in found.message

    def test_that_is_public_passes(self) -> None:
        found = check(11)
        assert found.verdict is PASS
        assert "public already" in found.message


class TestTheProduct:
    """Check 12: the right product, in stock, with an https page."""

    def test_passes_with_one_left_in_stock(self) -> None:
        found = check(12, stock=1)
        assert found.verdict is PASS
        assert found.evidence == {
            "sku": "GLOW-SERUM", "stock": 1, "landing_url": GOOD.landing_url,
        }  # fmt: skip
        assert "in stock" in found.message

    @pytest.mark.parametrize("stock", [0, -1])
    def test_fails_with_none_in_stock(self, stock: int) -> None:
        found = check(12, stock=stock)
        assert found.verdict is FAIL
        assert "out of stock" in found.message

    def test_passes_when_nobody_counts_the_stock(self) -> None:
        assert check(12, stock=None).verdict is PASS

    @pytest.mark.parametrize("url", ["", "http://shop.example/serum", "shop.example"])
    def test_fails_without_an_https_page(self, url: str) -> None:
        found = check(12, landing_url=url)
        assert found.verdict is FAIL
        assert "not an https address" in found.message

    def test_fails_when_the_post_names_no_product(self) -> None:
        found = check(12, product_known=False)
        assert found.verdict is FAIL
        assert "has no product" in found.message

    def test_passes_without_any_where_the_objective_needs_no_page(self) -> None:
        found = check(12, wants_landing_page=False, product_known=False, landing_url="", stock=0)
        assert found.verdict is PASS
        assert "needs no landing page" in found.message


class TestTheBudget:
    """Check 15: an ad group's daily minimum is 20.00 (R53)."""

    def test_passes_at_the_minimum(self) -> None:
        found = check(15, daily_budget_minor=2_000)
        assert found.verdict is PASS
        assert found.evidence == {"daily_budget_minor": 2_000, "minimum_minor": 2_000}
        assert "meets TikTok's minimum" in found.message

    def test_fails_one_cent_below_it(self) -> None:
        found = check(15, daily_budget_minor=1_999)
        assert found.verdict is FAIL
        assert "at least $20.00 a day" in found.message

    def test_is_told_in_the_currency_s_own_digits(self) -> None:
        found = check(15, daily_budget_minor=1_999, currency="JPY")
        assert "at least ¥2,000 a day" in found.message


class TestTheEndsOfRightAndCode:
    """Check 17: rights that outlast the code are a warning."""

    def test_pass_when_they_end_together(self) -> None:
        found = check(17)
        assert found.verdict is PASS
        assert found.evidence == {
            "code_ends": "2026-04-01T12:00:00+00:00",
            "right_ends": "2026-04-01T12:00:00+00:00",
        }
        assert "as long as the usage rights" in found.message

    def test_fail_when_the_code_ends_a_second_before_the_right(self) -> None:
        found = check(17, authorization_ends_at=RIGHT.ends_at - SECOND)
        assert found.verdict is FAIL
        assert not found.blocks
        assert "extension" in found.message

    @pytest.mark.parametrize("changed", [{"right": None}, {"authorization_ends_at": None}])
    def test_pass_when_one_of_them_is_not_there(self, changed: dict[str, Any]) -> None:
        found = check(17, **changed)
        assert found.verdict is PASS
        assert found.message == "Nothing to compare."


class TestTheLane:
    """Check 18: evidence below the gate is a warning, keep-out blocks (§5)."""

    def test_of_proven_posts_passes(self) -> None:
        found = result("Organic performance")
        assert found.verdict is PASS
        assert found.message == "5.0% engagement on 5,000 views."
        assert found.evidence == {"lane": "spark_ready"}

    @pytest.mark.parametrize("lane", ["organic_test", "dark_test", "keep_out"])
    def test_of_any_other_post_is_a_warning(self, lane: str) -> None:
        found = result("Organic performance", lane=lane)
        assert found.verdict is FAIL
        assert not found.blocks

    def test_without_a_reason_says_that_nothing_was_looked_at(self) -> None:
        found = result("Organic performance", lane="organic_test", lane_reason="")
        assert found.message == "The organic metrics were not evaluated yet."

    def test_keep_out_blocks_and_says_why(self) -> None:
        found = result("Not kept out of paid", lane="keep_out", lane_reason="Off brand.")
        assert found.verdict is FAIL
        assert found.blocks
        assert found.message == "Kept out of paid: Off brand."
        assert found.evidence == {"lane": "keep_out"}

    @pytest.mark.parametrize("lane", ["organic_test", "dark_test", "spark_ready"])
    def test_other_than_keep_out_does_not_block(self, lane: str) -> None:
        found = result("Not kept out of paid", lane=lane)
        assert found.verdict is PASS
        assert found.evidence == {"lane": lane}


class TestTheNotes:
    """Check 18: what the post policy wants said before a launch."""

    def test_pass_where_the_policy_wants_nothing_more(self) -> None:
        assert result("Hand-off notes").verdict is PASS

    def test_block_and_name_what_is_missing(self) -> None:
        found = result("Hand-off notes", missing_notes=("Hook", "Hand-off note"))
        assert found.verdict is FAIL
        assert found.blocks
        assert found.message == (
            "Required by the post policy and missing: Hook, Hand-off note. Write them on the post."
        )
        assert found.evidence == {"missing": ["Hook", "Hand-off note"]}


class TestTheSamePostElsewhere:
    """Check 20: self-competition is a warning."""

    def test_passes_when_no_other_ad_runs_it(self) -> None:
        found = check(20)
        assert found.verdict is PASS
        assert "No other ad" in found.message

    def test_warns_and_names_three_of_the_ads(self) -> None:
        found = check(20, live_in=("A", "B", "C", "D"))
        assert found.verdict is FAIL
        assert not found.blocks
        assert "already live in A, B, C:" in found.message


class TestTheMoneyLeftPerOrder:
    """Check 24: contribution at or below zero is a warning."""

    def test_passes_from_the_first_cent(self) -> None:
        found = check(24, contribution_minor=1)
        assert found.verdict is PASS
        assert "break-even CPA is $0.01" in found.message
        assert found.evidence == {"contribution_minor": 1, "commission_bp": 1_500}

    @pytest.mark.parametrize(("minor", "amount"), [(0, "$0.00"), (-125, "-$1.25")])
    def test_warns_when_nothing_is_left(self, minor: int, amount: str) -> None:
        found = check(24, contribution_minor=minor)
        assert found.verdict is FAIL
        assert not found.blocks
        assert f"leaves {amount} before ad spend" in found.message

    def test_is_told_in_the_currency_s_own_digits(self) -> None:
        assert "is ¥1,250" in check(24, currency="JPY").message

    def test_is_unknown_when_the_costs_are_not_known(self) -> None:
        found = check(24, contribution_minor=None)
        assert found.verdict is UNKNOWN
        assert not found.blocks
        assert "are unknown" in found.message


OPEN, REFUSED, APPROVED, NOT_NEEDED = (
    SideState.OPEN, SideState.REFUSED, SideState.APPROVED, SideState.NOT_NEEDED,
)  # fmt: skip


class TestARefusal:
    def test_by_tiktok_is_remembered_and_blocks(self) -> None:
        found = result(
            "Not refused by TikTok",
            refused_because="Stories cannot be advertised.",
            refused_at=NOON,
        )
        assert (found.verdict, found.blocks) == (FAIL, True)
        assert "02 Mar 2026: Stories cannot be advertised." in found.message
        assert found.evidence == {
            "refused_at": NOON.isoformat(), "because": "Stories cannot be advertised.",
        }  # fmt: skip

    def test_that_was_none_does_not(self) -> None:
        found = result("Not refused by TikTok")
        assert (found.verdict, found.evidence) == (PASS, {})
        assert "has not refused" in found.message


class TestTheReviews:
    """Checks 7, 8 and 23 read what brand and legal decided about the draft."""

    @pytest.mark.parametrize(
        ("brand", "legal", "verdict", "words"),
        [
            (APPROVED, APPROVED, PASS, "approved by everybody"),
            (APPROVED, NOT_NEEDED, PASS, "approved by everybody"),
            (APPROVED, OPEN, FAIL, "not approved by legal yet"),
            (OPEN, APPROVED, FAIL, "not approved by brand yet"),
            (OPEN, OPEN, FAIL, "not approved by brand and legal yet"),
            (REFUSED, APPROVED, FAIL, "refused by brand."),
            (APPROVED, REFUSED, FAIL, "refused by legal."),
            (REFUSED, OPEN, FAIL, "refused by brand."),
            (REFUSED, REFUSED, FAIL, "refused by brand and legal."),
        ],
    )
    def test_of_both_sides_must_be_approved(
        self, brand: SideState, legal: SideState, verdict: CheckVerdict, words: str
    ) -> None:
        found = check(8, review=PostReview(brand, legal))
        assert (found.verdict, found.level) == (verdict, Level.BLOCK)
        assert words in found.message
        assert found.evidence == {"brand": brand.value, "legal": legal.value}

    @pytest.mark.parametrize("number", [7, 23])
    @pytest.mark.parametrize(
        ("outcome", "override", "verdict"),
        [
            ("pass", "", PASS),
            ("pass", "Looks right.", PASS),
            ("fail", "", FAIL),
            ("fail", "Spoken in the first second.", PASS),
            ("warn", "", UNKNOWN),
            ("", "", UNKNOWN),
        ],
    )
    def test_of_the_draft_count_as_they_stood_when_brand_approved(
        self, number: int, outcome: str, override: str, verdict: CheckVerdict
    ) -> None:
        review = PostReview(
            APPROVED, NOT_NEEDED, override=override,
            **{"disclosure": "pass", "ai": "pass", {7: "disclosure", 23: "ai"}[number]: outcome},
        )  # fmt: skip
        found = check(number, review=review)
        assert (found.verdict, found.level) == (verdict, Level.BLOCK)
        assert found.evidence == {"outcome": outcome, "brand": "approved", "reason": override}
        said = {
            ("pass", 7): "has the disclosure that the brief requires",
            ("pass", 23): "declares its AI-generated parts",
            ("fail", 7): "does not have the disclosure",
            ("fail", 23): "not declared, or not allowed",
        }.get((outcome, number), "is not known")
        assert (override or said if outcome == "fail" else said) in found.message
        assert (override in found.message) is (
            (verdict is PASS and outcome == "fail") or not override
        )

    @pytest.mark.parametrize("number", [7, 8, 23])
    @pytest.mark.parametrize(("wants_review", "blocks"), [(True, True), (False, False)])
    def test_that_are_none_are_unknown_and_the_policy_decides(
        self, number: int, wants_review: bool, blocks: bool
    ) -> None:
        found = check(number, review=None, wants_review=wants_review)
        assert (found.verdict, found.blocks) == (UNKNOWN, blocks)
        assert "no deliverable" in found.message


class TestTheAgreedMaximum:
    CAP = SpendCap(7, "Spring video", 10_000, "USD", 4_000)

    def answer(self, cap: SpendCap | None, most: int, **changed: Any) -> Result:
        return result("Agreed maximum ad spend", cap=cap, most_minor=most, **changed)

    def test_is_no_question_where_none_is_agreed(self) -> None:
        for found in (self.answer(None, 10**9), self.answer(self.CAP, 10**9, is_own=True)):
            assert found.verdict is PASS
            assert "No maximum ad spend is agreed" in found.message

    def test_asks_for_nothing_where_nothing_is_planned(self) -> None:
        found = result("Agreed maximum ad spend", cap=self.CAP)
        assert "can spend $0.00; $60.00 of the agreed $100.00 is left" in found.message

    @pytest.mark.parametrize(("most", "verdict"), [(6_000, PASS), (6_001, FAIL)])
    def test_holds_for_what_the_plan_can_spend(self, most: int, verdict: CheckVerdict) -> None:
        found = self.answer(self.CAP, most)
        assert found.verdict is verdict
        assert "$60.00" in found.message
        assert found.evidence["percent"] == 40
        assert (found.evidence["agreement"], found.evidence["planned_minor"]) == (7, most)

    @pytest.mark.parametrize("most", [6_000, 6_001])
    def test_says_whether_other_plans_are_counted(self, most: int) -> None:
        planned = self.answer(self.CAP, most).message
        assert planned.startswith("With what else is approved under the agreement the plan can")
        assumed = self.answer(self.CAP, most, is_planned=False).message
        assert assumed.startswith("A week at TikTok's minimum budget can spend $60.0")
        assert "without what other plans can spend" in assumed
        assert "approved" not in assumed

    def test_that_is_reached_is_said_so(self) -> None:
        found = self.answer(replace(self.CAP, spent_minor=10_000), 0)
        assert found.verdict is FAIL
        assert "is reached" in found.message

    def test_of_which_the_rest_is_not_known_is_unknown_and_blocks(self) -> None:
        for cap, why in (
            (replace(self.CAP, spent_minor=None, why_unknown="Days are missing."), "Days are"),
            (replace(self.CAP, is_current=False), "The ad spend was last synced"),
        ):
            found = self.answer(cap, 1)
            assert (found.verdict, found.blocks) == (UNKNOWN, True)
            assert f"What is left of the agreed $100.00 is unknown. {why}" in found.message

    @pytest.mark.parametrize(("is_planned", "who"), [(True, "plan"), (False, "ad account")])
    def test_in_another_currency_is_unknown(self, is_planned: bool, who: str) -> None:
        found = self.answer(self.CAP, 1, currency="EUR", is_planned=is_planned)
        assert found.verdict is UNKNOWN
        assert f"The {who} spends EUR and the agreed maximum is in USD" in found.message


class TestTheCreatorsApproval:
    ASKED_FOR = replace(RIGHT, final_approval=True)

    def answer(self, given: CreatorAnswer | None, **changed: Any) -> Result:
        more = {"right": self.ASKED_FOR, "creator_answer": given, **changed}
        return result("Approved by the creator", **more)

    def test_is_no_question_where_the_agreement_does_not_ask_for_it(self) -> None:
        for changed in ({"right": RIGHT}, {"right": None}, {"is_own": True}):
            found = self.answer(CreatorAnswer.REFUSED, **changed)
            assert found.verdict is PASS
            assert "does not ask for" in found.message

    @pytest.mark.parametrize(
        ("given", "word", "verdict", "words"),
        [
            (CreatorAnswer.APPROVED, "approved", PASS, "The creator approved this ad"),
            (CreatorAnswer.REFUSED, "refused", FAIL, "The creator refused this ad"),
            (CreatorAnswer.CHANGED, "changed", FAIL, "has changed since the creator was asked"),
            (CreatorAnswer.ASKED, "asked", UNKNOWN, "@sample.ana was asked to approve the ad"),
            (CreatorAnswer.NOT_ASKED, "not_asked", UNKNOWN, "approval of the ad. Ask for it."),
            (None, None, UNKNOWN, "ask for it when the plan is made"),
        ],
    )
    def test_blocks_until_it_is_given_and_says_what_is_missing(
        self, given: CreatorAnswer | None, word: str | None, verdict: CheckVerdict, words: str
    ) -> None:
        found = self.answer(given)
        assert found.verdict is verdict
        assert found.blocks == (verdict is not PASS)
        assert words in found.message
        assert found.evidence == {"answer": word}

    def test_only_warns_before_there_is_a_plan_to_ask_about(self) -> None:
        found = self.answer(None, is_planned=False)
        assert (found.verdict, found.blocks) == (UNKNOWN, False)


class TestTheAgreedUse:
    @pytest.mark.parametrize(
        ("media", "verdict"),
        [
            ((), PASS),  # imported rights: the use is not on record beyond "paid"
            (("paid_from_creator",), PASS),
            (("organic_repost", "paid_from_creator"), PASS),
            (("shop_ads",), FAIL),
            (("shop_ads", "other_sites"), FAIL),
        ],
    )
    def test_holds_ads_from_the_creators_handle(
        self, media: tuple[str, ...], verdict: CheckVerdict
    ) -> None:
        found = check(3, right=replace(RIGHT, media=media))
        assert found.verdict is verdict
        if verdict is FAIL:
            allowed = {1: "Shop ads", 2: "Shop ads, other sites"}[len(media)]
            assert f"from the creator's handle, only: {allowed}. Agree on" in found.message
            assert found.evidence == {"media": list(media)}


class TestTheAgreedDisclosure:
    def answer(self, words: str, caption: str, **changed: Any) -> Result:
        right = replace(RIGHT, disclosure_words=words)
        return result("Agreed disclosure in the caption", right=right, caption=caption, **changed)

    @pytest.mark.parametrize(
        ("words", "caption", "verdict", "said"),
        [
            ("", "Anything", PASS, "asks for no words"),
            ("#ad", "A serum #ad", PASS, "says “#ad”, as agreed"),
            ("#ad", "A serum #AD.", PASS, "says “#ad”, as agreed"),
            ("#ad", "This ad is mine", FAIL, "lacks “#ad”, which"),
            ("#ad", "A serum #adorable", FAIL, "lacks “#ad”, which"),
            ("Paid partnership #ad", "A paid partnership with Sample #ad", PASS, "as agreed"),
            ("Paid partnership #ad", "With Sample #ad", FAIL, "lacks “Paid partnership #ad”"),
            ("#ad", "", UNKNOWN, "asks for “#ad” in it"),
        ],
    )
    def test_is_looked_for_in_the_live_caption(
        self, words: str, caption: str, verdict: CheckVerdict, said: str
    ) -> None:
        found = self.answer(words, caption)
        assert (found.verdict, found.level) == (verdict, Level.BLOCK)
        assert said in found.message
        assert found.evidence == ({"agreed": words, "live": caption} if words else {})

    def test_keeps_no_more_than_300_letters_of_a_caption_as_evidence(self) -> None:
        found = self.answer("#ad", 299 * "a" + "bc")
        assert found.evidence["live"] == 299 * "a" + "b"

    def test_is_not_asked_of_own_posts(self) -> None:
        assert self.answer("#ad", "Anything", is_own=True).verdict is PASS

    def test_is_no_question_without_a_right(self) -> None:
        found = result("Agreed disclosure in the caption", right=None, caption="Anything")
        assert (found.verdict, found.evidence) == (PASS, {})


class TestAMusicWarranty:
    def test_says_whom_to_ask_when_the_music_is_not_cleared(self) -> None:
        right = replace(RIGHT, music_warranty=True)
        found = check(6, music="AUTHORIZATION_MISSING", right=right)
        assert "ask them first" in found.message
        assert found.evidence["creator_confirmed"]
        assert "ask them" not in check(6, music="AUTHORIZATION_MISSING").message


class TestAnEarlierAnswerAboutTheMusic:
    ASKED_AT = NOON - DAY

    def test_counts_and_is_told_with_its_time_in_the_workspace_s_zone(self) -> None:
        found = check(6, music_asked_at=self.ASKED_AT, zone="Europe/Berlin")
        assert found.verdict is PASS
        assert "for this flight, as TikTok said 01 Mar 2026, 13:00 CET." in found.message
        assert found.evidence["asked_at"] == "2026-03-01T12:00:00+00:00"

    def test_is_not_spoken_of_where_tiktok_answered_now(self) -> None:
        found = check(6)
        assert found.message == "The music is cleared for ads for this flight."
        assert "asked_at" not in found.evidence

    def test_counts_in_inventory_too(self) -> None:
        found = check(6, music_asked_at=self.ASKED_AT, is_planned=False)
        assert found.verdict is PASS

    def test_that_is_missing_in_inventory_is_asked_for_by_itself(self) -> None:
        found = check(6, music=None, is_planned=False)
        assert (found.verdict, found.blocks) == (UNKNOWN, True)
        assert "not asked about the music in the last three days" in found.message
        assert "Run preflight" not in found.message
