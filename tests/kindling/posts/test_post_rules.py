"""Lanes: what a post has earned, at every threshold of the gate. Source: domain reference §5."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from kindling.posts import rules
from kindling.posts.rules import Evidence, Lane, LanePolicy, LaneVerdict, judge, sku_in_caption

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def verdict(*, policy: LanePolicy | None = None, **changed: Any) -> LaneVerdict:
    """The verdict on a proven post, but for `changed`."""
    facts: dict[str, Any] = {
        "status": "HESITATE_RECOMMEND",
        "posted_at": NOON - timedelta(days=5),
        "views": 5_000,
        "snapshot_at": NOON - HOUR,
        "chance": 0.41,
        "learnt_from": 12,
        **changed,
    }
    status, posted_at = facts.pop("status"), facts.pop("posted_at")
    return judge(
        status=status,
        posted_at=posted_at,
        evidence=Evidence(**facts),
        now=NOON,
        policy=policy or LanePolicy(),
    )


class TestTheGate:
    def test_opens_for_a_proven_post_and_shows_its_parts(self) -> None:
        found = verdict()
        assert found.lane is Lane.SPARK_READY
        assert found.reason == "41% chance of paying on 5,000 views."
        assert found.numbers == {
            "views": 5_000,
            "snapshot_at": "2026-03-20T11:00:00+00:00",
            "chance": 0.41,
            "learnt_from": 12,
            "sceptics": None,
            "age_hours": 120.0,
        }

    @pytest.mark.parametrize("status", ["HESITATE_RECOMMEND", "ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"])
    def test_opens_for_public_and_private_posts(self, status: str) -> None:
        assert verdict(status=status).lane is Lane.SPARK_READY

    @pytest.mark.parametrize(
        "status", ["USER_DELETE", "AUDIT_DELETE", "ONLY_USER_PASS", "NOT_LISTED", ""]
    )
    def test_keeps_out_what_cannot_be_used(self, status: str) -> None:
        found = verdict(status=status)
        assert found.lane is Lane.KEEP_OUT
        assert "cannot be used" in found.reason

    def test_waits_for_a_post_that_nobody_has_seen(self) -> None:
        found = verdict(status="NOT_SEEN")
        assert found.lane is Lane.ORGANIC_TEST
        assert "Not seen" in found.reason

    @pytest.mark.parametrize(
        ("below", "at", "words"),
        [
            (
                {"posted_at": NOON - 48 * HOUR + SECOND},
                {"posted_at": NOON - 48 * HOUR},
                "Too new: judged after 48 h",
            ),
            (
                {"snapshot_at": NOON - 72 * HOUR - SECOND},
                {"snapshot_at": NOON - 72 * HOUR},
                "out of date",
            ),
            ({"views": 999}, {"views": 1_000}, "999 views; at least 1,000 are needed"),
            (
                {"chance": 0.344},
                {"chance": 0.35},
                "34% chance of paying; at least 35% is needed.",
            ),
        ],
    )
    def test_opens_at_each_threshold_and_not_below(
        self, below: dict[str, Any], at: dict[str, Any], words: str
    ) -> None:
        assert verdict(**at).lane is Lane.SPARK_READY
        found = verdict(**below)
        assert found.lane is Lane.ORGANIC_TEST
        assert words in found.reason

    @pytest.mark.parametrize(
        ("missing", "words"),
        [
            ("views", "No organic metrics"),
            ("snapshot_at", "No organic metrics"),
            ("chance", "Not enough posts"),
        ],
    )
    def test_waits_where_a_number_is_not_known(self, missing: str, words: str) -> None:
        found = verdict(**{missing: None})
        assert found.lane is Lane.ORGANIC_TEST
        assert words in found.reason
        assert found.numbers[missing] is None

    def test_does_not_ask_the_age_of_a_post_that_tells_none(self) -> None:
        found = verdict(posted_at=None)
        assert found.lane is Lane.SPARK_READY
        assert found.numbers["age_hours"] is None

    def test_rounds_the_age_to_a_tenth_of_an_hour(self) -> None:
        assert verdict(posted_at=NOON - timedelta(hours=50, minutes=4)).numbers["age_hours"] == 50.1

    def test_takes_the_thresholds_that_a_workspace_sets(self) -> None:
        strict = LanePolicy(
            min_age=96 * HOUR, max_snapshot_age=HOUR, min_views=5_000, ready_from=0.4
        )
        assert verdict(policy=strict).lane is Lane.SPARK_READY
        young = verdict(policy=strict, posted_at=NOON - 95 * HOUR)
        assert "after 96 h" in young.reason
        assert (
            "4,999 views; at least 5,000 are needed" in verdict(policy=strict, views=4_999).reason
        )
        assert "at least 40% is needed" in verdict(policy=strict, chance=0.39).reason

    def test_keeps_out_what_hardly_pays_once_the_account_has_shown_it(self) -> None:
        hopeless = verdict(chance=0.029, learnt_from=10)
        assert hopeless.lane is Lane.KEEP_OUT
        assert hopeless.reason == "3% chance of paying; under 3% stays out."
        assert verdict(chance=0.03, learnt_from=10).lane is Lane.ORGANIC_TEST
        assert verdict(chance=0.029, learnt_from=9).lane is Lane.ORGANIC_TEST

    def test_keeps_out_what_many_doubt_however_good_its_chance(self) -> None:
        doubted = verdict(sceptics=0.151, chance=0.9)
        assert doubted.lane is Lane.KEEP_OUT
        assert doubted.reason == "At least 15% of its comments are critical; 15% is the most."
        assert verdict(sceptics=0.15).lane is Lane.SPARK_READY


class TestAnAdsOnlyTest:
    POST: ClassVar[dict[str, Any]] = {
        "lane": Lane.ORGANIC_TEST, "status": "HESITATE_RECOMMEND", "views": 999,
        "posted_at": NOON - timedelta(days=7), "now": NOON, "policy": LanePolicy(),
    }  # fmt: skip

    def test_is_proposed_for_a_post_that_will_not_get_its_views_by_itself(self) -> None:
        assert rules.wants_ads_only_test(**self.POST)

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"lane": Lane.SPARK_READY}, {"lane": Lane.DARK_TEST}, {"status": "ONLY_AUTHOR_SEE"},
            {"views": 1_000}, {"views": None}, {"posted_at": None},
            {"posted_at": NOON - timedelta(days=7) + SECOND},
        ],
    )  # fmt: skip
    def test_is_not_proposed_otherwise(self, otherwise: dict[str, Any]) -> None:
        assert not rules.wants_ads_only_test(**self.POST | otherwise)


class TestNotes:
    def test_that_the_policy_wants_are_named_where_they_are_missing(self) -> None:
        policy = LanePolicy(needs=frozenset({"hook", "handoff_note", "offer"}))
        assert rules.missing_notes({"hook": "Cold open", "offer": " "}, policy) == [
            "Offer",
            "Hand-off note",
        ]
        assert rules.missing_notes({}, LanePolicy()) == []


class TestTheStatuses:
    def test_are_told_apart_as_private_and_gone(self) -> None:
        assert {"ONLY_AUTHOR_SEE", "ONLY_FRIEND_SEE"} == rules.PRIVATE
        assert {"USER_DELETE", "AUDIT_DELETE", "ONLY_USER_PASS"} == rules.GONE
        assert rules.PRIVATE | rules.GONE | {rules.NOT_LISTED} == rules.UNAVAILABLE

    @pytest.mark.parametrize(
        ("status", "label"),
        [
            ("HESITATE_RECOMMEND", "Public"),
            ("NOT_SEEN", "Not seen on TikTok yet"),
            ("NOT_LISTED", "No longer listed by the creator's account"),
            ("ONLY_AUTHOR_SEE", "Private"),
            ("ONLY_FRIEND_SEE", "Visible to friends only"),
            ("USER_DELETE", "Deleted by the creator"),
            ("AUDIT_DELETE", "Removed by TikTok"),
            ("ONLY_USER_PASS", "Hidden by TikTok"),
        ],
    )
    def test_are_shown_as_people_say_them(self, status: str, label: str) -> None:
        assert rules.status_label(status) == label

    def test_that_are_not_known_are_shown_readable(self) -> None:
        assert rules.status_label("SELF_SEE_ONLY") == "Self see only"

    @pytest.mark.parametrize("status", [rules.PUBLIC, *sorted(rules.UNAVAILABLE)])
    def test_that_decide_a_lane_have_a_name(self, status: str) -> None:
        assert status in rules.STATUS_LABELS

    def test_of_our_own_are_none_of_tiktok_s(self) -> None:
        assert (rules.NOT_SEEN, rules.NOT_LISTED) == ("NOT_SEEN", "NOT_LISTED")

    def test_of_lanes_are_those_of_the_domain(self) -> None:
        assert [each.value for each in Lane] == [
            "organic_test", "spark_ready", "keep_out", "dark_test",
        ]  # fmt: skip
        assert [each.value for each in Lane] == rules.LANES

    def test_of_lanes_have_these_names_on_pages(self) -> None:
        assert rules.LANE_LABELS == {
            "organic_test": "Organic test", "spark_ready": "Spark-ready",
            "keep_out": "Keep out of paid", "dark_test": "Ads-only test",
        }  # fmt: skip


class TestTheProductOfACaption:
    SKUS = ["GLOW-SERUM", "KNIT-THROW", "MUG_2"]

    @pytest.mark.parametrize(
        ("caption", "sku"),
        [
            ("Honest look at it #glow-serum", "GLOW-SERUM"),
            ("[GLOW-SERUM], since you ask", "GLOW-SERUM"),
            ("my #mug_2!", "MUG_2"),
            ("GLOW-SERUM or KNIT-THROW?", ""),
            ("GLOW-SERUMS", ""),
            ("nothing tagged", ""),
            ("", ""),
        ],
    )
    def test_is_the_only_one_it_tags(self, caption: str, sku: str) -> None:
        assert sku_in_caption(caption, self.SKUS) == sku
