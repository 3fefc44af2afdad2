"""Lanes: what a post has earned, at every threshold of the gate. Source: domain reference §5."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

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
        "social_engagement_rate": 0.052,
        "percentile": 0.8,
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
        assert found.reason == "5.2% engagement on 5,000 views, better than 80% of your posts."
        assert found.numbers == {
            "views": 5_000,
            "snapshot_at": "2026-03-20T11:00:00+00:00",
            "social_engagement_rate": 0.052,
            "percentile": 0.8,
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
                {"percentile": 0.49},
                {"percentile": 0.5},
                "5.2% engagement, better than 49% of your posts; at least 50% is needed",
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
            ("social_engagement_rate", "Not enough posts"),
            ("percentile", "Not enough posts"),
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
            min_age=96 * HOUR, max_snapshot_age=HOUR, min_views=5_000, min_percentile=0.8
        )
        assert verdict(policy=strict).lane is Lane.SPARK_READY
        young = verdict(policy=strict, posted_at=NOON - 95 * HOUR)
        assert "after 96 h" in young.reason
        assert (
            "4,999 views; at least 5,000 are needed" in verdict(policy=strict, views=4_999).reason
        )
        assert "at least 80% is needed" in verdict(policy=strict, percentile=0.79).reason


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
