"""The feed: one post three ways, with the counts that reports and statistics have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_creator import CreatorApp
from sandbox_phone import visit
from sandbox_team import PUBLIC, Team
from sandbox_uploads import push, push_creative, upload_image

from tiktok_sandbox.server import SandboxError, SandboxServer

METRICS = ["impressions", "clicks", "likes", "comments", "shares"]


class Both:
    """A post that ran four days as a Spark Ad and as an ads-only ad; nobody moves the time on."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.team = Team(sandbox)
        made = self.team.launch()
        self.item_id, self.spark_ad = made["item_id"], made["ad_id"]
        self.handle = next(
            post["handle"] for post in self.team.posts() if post["item_id"] == self.item_id
        )
        video = self.team.post(
            "/file/video/ad/upload/",
            upload_type="UPLOAD_BY_VIDEO_ID",
            video_id=f"v10{self.item_id}",
        )[0]
        group = self.team.adgroup(self.team.campaign("Ads-only"))
        creative = push_creative(self.team, video["video_id"], upload_image(self.team))
        self.dark_ad = str(push(self.team, group, creative)["ad_id"])
        sandbox.advance(days=4)
        for number in (self.spark_ad, self.dark_ad):
            self.team.switch("ad", number, "DISABLE")
        self.sandbox = sandbox
        self.feed: dict[str, Any] = sandbox.phone(f"feed/{self.item_id}/")

    def page(self, query: str = "") -> str:
        return visit(f"{self.sandbox.url}/phone/feed/{self.item_id}/{query}").text


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with SandboxServer(seed=7, clock="manual") as running:
        yield Both(running)


class TestCounts:
    def test_equal_the_reports_of_either_ad(self, both: Both) -> None:
        rows = both.team.report(by=None, metrics=METRICS)
        reported = {
            row["dimensions"]["ad_id"]: {name: int(row["metrics"][name]) for name in METRICS}
            for row in rows
        }
        for name, ad_id in (("spark", both.spark_ad), ("ads_only", both.dark_ad)):
            shown = {metric: both.feed[name][metric] for metric in METRICS}
            assert shown == reported[ad_id]
            assert shown["impressions"] > 0

    def test_share_the_posts_counters_between_organic_and_spark(self, both: Both) -> None:
        post, free, paid = both.feed["post"], both.feed["organic"], both.feed["spark"]
        assert post["views"] == free["views"] + paid["impressions"]
        for name in ("likes", "comments", "shares"):
            assert post[name] == free[name] + paid[name]

    @pytest.mark.slow
    def test_equal_the_creators_statistics_a_day_later(self) -> None:
        with SandboxServer(seed=7, clock="manual") as sandbox:
            team = Team(sandbox)
            made = team.launch()
            sandbox.advance(days=3)
            feed = sandbox.phone(f"feed/{made['item_id']}/")["post"]
            sandbox.advance(days=1)
            app = CreatorApp(team, sandbox.world.state.posts[made["item_id"]].handle)
            video = app.get(
                "/business/video/list/",
                fields=["item_id", "video_views", "likes", "comments", "shares"],
                filters={"video_ids": [made["item_id"]]},
            )["videos"][0]
            assert feed["views"] == video["video_views"] > 0
            assert all(feed[name] == video[name] for name in ("likes", "comments", "shares"))


class TestThread:
    def test_holds_the_newest_comments_and_none_of_the_ads_only_ones(self, both: Both) -> None:
        app = CreatorApp(both.team, both.handle)
        listed = {row["comment_id"] for row in app.comments(both.item_id)}
        shown = both.feed["post"]["newest_comments"]
        assert {row["comment_id"] for row in shown} <= listed
        dates = [row["created_at"] for row in shown]
        assert dates == sorted(dates, reverse=True)
        dark = both.feed["ads_only"]["newest_comments"]
        assert dark
        assert not {row["comment_id"] for row in dark} & listed

    def test_starts_with_the_newest_one_of_all(self, both: Both) -> None:
        rows = CreatorApp(both.team, both.handle).comments(both.item_id)
        newest = max(str(row["create_time"]) for row in rows)
        (first,) = [row for row in rows if str(row["create_time"]) == newest]
        assert both.feed["post"]["newest_comments"][0]["comment_id"] == first["comment_id"]


class TestPage:
    def test_shows_three_cards_with_the_counts_of_the_json(self, both: Both) -> None:
        text = both.page()
        organic, rest = text.split(" Spark Ad ", 1)
        assert "Organic" in organic
        assert rest.count("Sponsored") == 2
        assert rest.count("Shop now") == 2
        for number in (
            both.feed["organic"]["views"],
            both.feed["spark"]["impressions"],
            both.feed["ads_only"]["impressions"],
            both.feed["post"]["likes"],
        ):
            assert f"{number:,}" in text
        assert "one post, one set of counters, one comment thread" in text
        assert "nothing of them reaches the public post" in text
        assert both.feed["post"]["newest_comments"][0]["username"] in text

    def test_tells_the_truth_only_when_asked(self, both: Both) -> None:
        assert "truth_per_thousand" not in both.feed
        assert "The sandbox knows" not in both.page()
        asked = both.sandbox.phone(f"feed/{both.item_id}/?truth=1")["truth_per_thousand"]
        formats = both.sandbox.get(f"truth/formats/?item_id={both.item_id}")
        assert asked == formats["per_thousand"]
        text = both.page("?truth=1")
        assert text.count("The sandbox knows") == 2
        assert f"{asked['spark']['clicks']:.2f}" in text
        assert f"{asked['ads_only']['clicks']:.2f}" in text

    def test_lists_posts_with_ads_first(self, both: Both) -> None:
        html = visit(f"{both.sandbox.url}/phone/feed/").html
        used, everything = html.split("All posts", 1)
        assert used.count('class="tile"') == 1
        assert both.item_id in used
        assert everything.count('class="tile"') == len(list(both.sandbox.world.visible_posts()))

    def test_says_what_is_missing_where_no_ad_ran(self, both: Both) -> None:
        post = both.team.plain_post()
        feed = both.sandbox.phone(f"feed/{post['item_id']}/")
        assert feed["spark"]["ads"] == feed["ads_only"]["ads"] == []
        done = {step["text"]: step["is_done"] for step in feed["spark"]["missing"]}
        assert done["Make the post public"]
        assert not done["Bind the code: POST /tt_video/authorize/"]
        text = visit(f"{both.sandbox.url}/phone/feed/{post['item_id']}/").text
        assert text.count("This post never ran this way.") == 2
        assert "POST /file/video/ad/upload/" in text
        assert f"tiktok_item_id {post['item_id']}" in text

    def test_counts_no_steps_down_for_what_ran(self, both: Both) -> None:
        assert both.feed["spark"]["missing"] == both.feed["ads_only"]["missing"] == []

    def test_knows_neither_other_posts_nor_ads_only_ones(self, both: Both) -> None:
        (dark,) = {row["item_id"] for row in both.feed["ads_only"]["ads"]}
        for item_id in ("7" * 19, dark):
            with pytest.raises(SandboxError, match="post_not_found") as refused:
                both.sandbox.phone(f"feed/{item_id}/")
            assert refused.value.status == 404
            assert visit(f"{both.sandbox.url}/phone/feed/{item_id}/").status == 404

    def test_ticks_off_the_steps_that_are_done(self, team: Team) -> None:
        posts = team.sandbox.world.state.posts
        public = team.posts(status=PUBLIC, item_type="VIDEO")
        item_id = next(p["item_id"] for p in public if posts[p["item_id"]].music_licensed)
        team.bind(item_id)
        steps = team.sandbox.phone(f"feed/{item_id}/")["spark"]["missing"]
        assert [step["is_done"] for step in steps] == [True, True, True, False]
