"""Lanes follow the evidence, products come from a file: every verdict and refusal has its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.errors import ConflictError, InvalidInputError
from kindling.posts.evidence import lanes
from kindling.posts.models import LaneMove, Post
from kindling.posts.reading import captions
from kindling.posts.rules import (
    Evidence,
    Lane,
    LanePolicy,
    LaneVerdict,
    item_id_from,
    judge,
    sku_in_caption,
)
from kindling.products import service as products
from kindling.products.models import Product

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def verdict(**changed: Any) -> LaneVerdict:
    evidence = {
        "views": 5_000, "snapshot_at": NOW - timedelta(hours=1), "social_engagement_rate": 0.05,
        "percentile": 0.8, **changed.pop("evidence", {}),
    }  # fmt: skip
    known = {"status": "HESITATE_RECOMMEND", "posted_at": NOW - timedelta(days=5), **changed}
    return judge(evidence=Evidence(**evidence), now=NOW, policy=LanePolicy(), **known)


class TestALane:
    def test_is_spark_ready_for_a_post_that_beats_its_peers(self) -> None:
        found = verdict()
        assert found.lane is Lane.SPARK_READY
        assert "80%" in found.reason

    @pytest.mark.parametrize(
        ("changed", "lane", "word"),
        [
            ({"status": "USER_DELETE"}, Lane.KEEP_OUT, "deleted"),
            ({"status": "NOT_LISTED"}, Lane.KEEP_OUT, "deleted"),
            ({"status": "NOT_SEEN"}, Lane.ORGANIC_TEST, "Not seen"),
            (
                {"posted_at": NOW - timedelta(hours=47)},
                Lane.ORGANIC_TEST,
                "Too new: judged after 48 h",
            ),
            ({"evidence": {"views": None}}, Lane.ORGANIC_TEST, "No organic metrics"),
            ({"evidence": {"views": 999}}, Lane.ORGANIC_TEST, "999"),
            (
                {"evidence": {"snapshot_at": NOW - timedelta(days=4)}},
                Lane.ORGANIC_TEST,
                "out of date",
            ),
            ({"evidence": {"percentile": None}}, Lane.ORGANIC_TEST, "Not enough posts"),
            ({"evidence": {"percentile": 0.49}}, Lane.ORGANIC_TEST, "at least 50%"),
        ],
    )
    def test_waits_or_stays_out_for_a_reason(
        self, changed: dict[str, Any], lane: Lane, word: str
    ) -> None:
        found = verdict(**changed)
        assert found.lane is lane
        assert word in found.reason

    def test_by_hand_needs_a_reason_and_beats_the_evidence(self, team: Team) -> None:
        team.paste(team.code(team.plain_posts()[0]["item_id"]))
        post = Post.objects.get(authorizations__isnull=False)
        with pytest.raises(InvalidInputError, match="needs a reason"):
            lanes.move_by_hand(team.manager, post, Lane.KEEP_OUT, " ", at=team.now)
        with pytest.raises(InvalidInputError, match="not a status"):
            lanes.move_by_hand(team.manager, post, "moon", "Why not.", at=team.now)
        lanes.move_by_hand(team.manager, post, Lane.KEEP_OUT, "Off brand.", at=team.now)
        lanes.judge_lanes(team.workspace, now=team.now)
        post.refresh_from_db()
        assert (post.lane, post.lane_reason) == (Lane.KEEP_OUT, "Off brand.")
        assert LaneMove.objects.filter(post=post).latest("pk").actor == team.manager.user

    def test_by_hand_stays_though_a_judgement_was_under_way(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post = team.launchable(1)[0]
        Post.objects.filter(pk=post.pk).update(lane=Lane.ORGANIC_TEST, lane_by_hand=False)
        evidence = lanes.evidence_of

        def meanwhile(posts: list[Post]) -> Any:
            found = evidence(posts)
            kept = Post.objects.get(pk=post.pk)
            lanes.move_by_hand(team.manager, kept, Lane.KEEP_OUT, "Not ours.", at=team.now)
            return found

        monkeypatch.setattr(lanes, "evidence_of", meanwhile)
        lanes.judge_lanes(team.workspace, now=team.now)
        post.refresh_from_db()
        assert (post.lane, post.lane_by_hand) == (Lane.KEEP_OUT, True)


class TestACaption:
    def test_is_approved_by_whoever_read_it_and_not_the_one_that_came_since(
        self, team: Team, client: Client
    ) -> None:
        post = team.launchable(1)[0]
        seen = captions.version_of(post)
        Post.objects.filter(pk=post.pk).update(caption="Other words #ad")
        client.force_login(team.manager.user)
        page = reverse("profiles:approve_caption", args=[team.workspace.slug, post.item_id])
        client.post(page, {"version": seen})
        post.refresh_from_db()
        assert post.approved_caption != "Other words #ad"
        with pytest.raises(ConflictError, match="changed since"):
            captions.approve_caption(team.manager, post, seen=seen, at=team.now)
        client.post(page, {"version": captions.version_of(post)})
        post.refresh_from_db()
        assert post.approved_caption == "Other words #ad"


class TestAPostsName:
    @pytest.mark.parametrize(
        "text",
        [
            "7561217414655688790",
            " https://www.tiktok.com/@sample.ana/video/7561217414655688790?x=1",
        ],
    )
    def test_is_its_id_or_its_address(self, text: str) -> None:
        assert item_id_from(text) == "7561217414655688790"

    def test_is_nothing_else(self) -> None:
        with pytest.raises(ValueError, match="not a TikTok post"):
            item_id_from("https://vm.tiktok.com/abc")

    def test_tags_the_one_product_that_the_caption_names(self) -> None:
        skus = ["GLOW-SERUM", "KNIT-THROW"]
        assert sku_in_caption("Honest look at it [GLOW-SERUM] #ad", skus) == "GLOW-SERUM"
        assert sku_in_caption("GLOW-SERUM or KNIT-THROW?", skus) == ""


class TestAProductFile:
    def test_takes_good_rows_and_names_the_others(self, team: Team) -> None:
        good, *_ = team.sandbox.text("shop/products.csv").splitlines()[1:]
        head = team.sandbox.text("shop/products.csv").splitlines()[0]
        sku = good.split(",")[0]
        bad = [
            good.replace(sku, ""),
            good.replace("USD", "DOLLARS"),
            good.replace(",2.00,", ",200.00,"),
            good.rpartition(",")[0] + ",many",
        ]
        data = "\n".join([head, good, *bad]).encode()
        result = products.import_products(team.owner, data, at=team.now)
        assert result.taken == 1
        assert [problem.line for problem in result.problems] == [3, 4, 5, 6]
        assert Product.objects.get().sku == sku
