"""Lanes follow the evidence, products come from a file: every verdict and refusal has its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.errors import ConflictError, InvalidInputError
from kindling.posts.evidence import chances, lanes
from kindling.posts.models import LaneMove, Post
from kindling.posts.reading import captions
from kindling.posts.rules import (
    Lane,
    item_id_from,
    sku_in_caption,
)
from kindling.products import service as products
from kindling.products.models import Product

NOW = datetime(2026, 3, 20, tzinfo=UTC)


class TestALane:
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
        opened = chances.open_library

        def meanwhile(*given: Any, **named: Any) -> Any:
            found = opened(*given, **named)
            kept = Post.objects.get(pk=post.pk)
            lanes.move_by_hand(team.manager, kept, Lane.KEEP_OUT, "Not ours.", at=team.now)
            return found

        monkeypatch.setattr(chances, "open_library", meanwhile)
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
