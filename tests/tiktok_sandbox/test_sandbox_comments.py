"""Comments: one thread, seen by the creator and by the advertiser (tiktok-api.md §§9, 10)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_creator import CreatorApp
from sandbox_team import Team

from tiktok_sandbox.phone.feed import compare_post, feed_answer
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.comments import threads
from tiktok_sandbox.world.comments.mixes import mix
from tiktok_sandbox.world.comments.writing import ANSWER, CATEGORIES
from tiktok_sandbox.world.delivery.measures import post_totals
from tiktok_sandbox.world.drawing.build import build_world
from tiktok_sandbox.world.storage import load, save
from tiktok_sandbox.world.world import World

PERIOD = {"start_time": "2026-03-01", "end_time": "2026-04-30"}


class Promoted:
    """A post that has been a Spark Ad for some days, its creator's app and its team."""

    def __init__(self, sandbox: SandboxServer, ids: dict[str, str] | None = None) -> None:
        self.sandbox, self.team = sandbox, Team(sandbox)
        if ids is None:
            self.ids = self.team.launch(budget=2000, schedule_start_time=self.team.now)
            sandbox.advance(days=4)
        else:
            self.ids = ids
        self.world: World = sandbox.app.state.hub.world
        post = self.world.state.posts[self.ids["item_id"]]
        self.creator = CreatorApp(self.team, post.handle)

    def ad_comments(self, **given: object) -> list[dict[str, Any]]:
        fields: dict[str, object] = {
            "search_field": "ADGROUP_ID",
            "search_value": self.ids["adgroup_id"],
            "page_size": 100,
        }
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = self.team.get("/comment/list/", page=page, **fields | PERIOD | given)
            found += answer["comments"]
            if page >= answer["page_info"]["total_page"]:
                return found
            page += 1

    def all_comments(self) -> list[dict[str, Any]]:
        top = self.creator.comments(self.ids["item_id"])
        replies = []
        for comment in top:
            if comment["replies"]:
                replies += self.creator.get(
                    "/business/comment/reply/list/",
                    video_id=self.ids["item_id"],
                    comment_id=comment["comment_id"],
                    max_count=30,
                )["comments"]
        return top + replies


@pytest.fixture(scope="module")
def shared() -> Iterator[Promoted]:
    with SandboxServer(seed=7) as sandbox:
        yield Promoted(sandbox)


@pytest.fixture
def promoted(shared: Promoted) -> Iterator[Promoted]:
    """A world of its own for tests that change something, as the shared one was."""
    with SandboxServer(world=load(save(shared.world))) as sandbox:
        yield Promoted(sandbox, shared.ids)


class TestThread:
    def test_holds_one_comment_for_every_one_counted(self, shared: Promoted) -> None:
        item_id = shared.ids["item_id"]
        counted = post_totals(shared.world, shared.world.now)[item_id]
        assert counted["paid"]["comments"] > 0
        found = shared.all_comments()
        assert len({comment["comment_id"] for comment in found}) == counted["total"]["comments"]
        assert len(found) == counted["total"]["comments"]

    def test_is_as_long_as_the_count_of_every_post(self, shared: Promoted) -> None:
        totals = post_totals(shared.world, shared.world.now)
        lengths = {item: len(threads.Thread(shared.world, item)) for item in totals}
        assert lengths == {item: found["total"]["comments"] for item, found in totals.items()}

    def test_lists_under_the_ad_what_came_through_the_ad(self, shared: Promoted) -> None:
        counted = post_totals(shared.world, shared.world.now)[shared.ids["item_id"]]
        seen = shared.ad_comments()
        assert len(seen) == counted["paid"]["comments"]
        whole = {comment["comment_id"]: comment["text"] for comment in shared.all_comments()}
        assert {c["comment_id"]: c["content"] for c in seen}.items() <= whole.items()

    @pytest.mark.slow
    def test_never_changes_as_time_goes_on(self, promoted: Promoted) -> None:
        before = {c["comment_id"]: (c["text"], c["likes"]) for c in promoted.all_comments()}
        promoted.sandbox.advance(days=1)
        promoted.creator.connect()
        after = {c["comment_id"]: (c["text"], c["likes"]) for c in promoted.all_comments()}
        assert before.items() <= after.items()
        assert len(after) > len(before)

    def test_answers_come_after_what_they_answer(self, shared: Promoted) -> None:
        comments = threads.comments_of(shared.world, shared.ids["item_id"])
        times = {comment.comment_id: comment.created_at for comment in comments}
        replies = [comment for comment in comments if comment.parent_id is not None]
        assert replies
        assert all(times[str(c.parent_id)] < c.created_at for c in replies)

    def test_is_the_same_in_every_process_of_the_seed(self, shared: Promoted) -> None:
        world = load(save(shared.world))
        item_id = shared.ids["item_id"]
        assert threads.comments_of(world, item_id) == threads.comments_of(shared.world, item_id)

    def test_finds_every_comment_by_its_id(self, shared: Promoted) -> None:
        for comment in threads.comments_of(shared.world, shared.ids["item_id"]):
            assert threads.find_comment(shared.world, comment.comment_id) == comment


class TestTexts:
    def test_turn_sceptical_with_the_climate_and_with_polish(self) -> None:
        world = build_world(seed=7)
        post = next(iter(world.state.posts.values()))
        post.qualities.climate, post.qualities.native = -0.8, 0.1
        hostile = mix(post)
        post.qualities.climate, post.qualities.native = 0.8, 0.9
        friendly = mix(post)
        assert hostile["scepticism"] > 4 * friendly["scepticism"]
        assert friendly["praise"] > hostile["praise"]

    def test_ask_to_buy_more_often_when_the_post_persuades(self) -> None:
        world = build_world(seed=7)
        post = next(iter(world.state.posts.values()))
        post.qualities.persuade = -1.0
        dull = mix(post)["purchase_question"]
        post.qualities.persuade = 1.0
        assert mix(post)["purchase_question"] > 2 * dull

    def test_are_true_to_the_shares_they_are_drawn_from(self, shared: Promoted) -> None:
        comments = threads.comments_of(shared.world, shared.ids["item_id"])
        truth = threads.comment_truth(shared.world, shared.ids["item_id"])
        assert truth["counts"] == dict.fromkeys((*CATEGORIES, ANSWER), 0) | dict(
            Counter(str(comment.category) for comment in comments)
        )


class TestTruth:
    def test_is_never_on_the_wire(self, shared: Promoted) -> None:
        item_id = shared.ids["item_id"]
        seen = shared.ad_comments()
        thread = shared.team.get(
            "/comment/reference/", comment_id=seen[0]["comment_id"], comment_type="COMMENT"
        )
        fields = {"search_field": "ADGROUP_ID", "search_value": shared.ids["adgroup_id"]}
        task = shared.team.post("/comment/task/create/", **fields | PERIOD)
        export = shared.world.state.comment_acts.exports[task["task_id"]].text
        feed = feed_answer(shared.world, compare_post(shared.world, item_id, with_truth=False))
        words = set(_words([seen, shared.all_comments(), thread, feed]))
        words |= {cell for line in csv.reader(io.StringIO(export)) for cell in line}
        assert seen[0]["content"] in words
        assert not words & {*CATEGORIES, ANSWER, "mixed", "category", "language", "climate"}


def _words(value: Any) -> Iterator[str]:
    """Every name and every text in an answer."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)
    elif isinstance(value, str):
        yield value


class TestModeration:
    def test_hides_on_one_side_what_was_hidden_on_the_other(self, promoted: Promoted) -> None:
        first, second = (c["comment_id"] for c in promoted.ad_comments()[:2])
        item_id = promoted.ids["item_id"]
        promoted.team.post("/comment/status/update/", comment_ids=[first], operation="HIDDEN")
        promoted.creator.post(
            "/business/comment/hide/", comment_id=second, video_id=item_id, action="HIDE"
        )
        hidden = {c["comment_id"] for c in promoted.ad_comments(comment_status=["HIDDEN"])}
        assert hidden == {first, second}
        public = {c["comment_id"] for c in promoted.creator.comments(item_id, status="PUBLIC")}
        assert not {first, second} & public

    def test_stays_over_save_and_load(self, promoted: Promoted) -> None:
        number = promoted.ad_comments()[0]["comment_id"]
        promoted.team.post("/comment/status/update/", comment_ids=[number], operation="HIDDEN")
        world = load(save(promoted.world))
        assert threads.is_hidden(world, threads.get_comment(world, number))

    def test_shows_again_what_was_hidden(self, promoted: Promoted) -> None:
        number = promoted.ad_comments()[0]["comment_id"]
        for operation in ("HIDDEN", "PUBLIC"):
            promoted.team.post("/comment/status/update/", comment_ids=[number], operation=operation)
        assert promoted.ad_comments(comment_status=["HIDDEN"]) == []

    def test_refuses_what_another_account_would_hide(self, promoted: Promoted) -> None:
        number = promoted.ad_comments()[0]["comment_id"]
        given = {"comment_ids": [number], "operation": "HIDDEN"}
        other = promoted.team.eu_advertiser_id
        refusal = promoted.team.refused(
            "POST", "/comment/status/update/", advertiser_id=other, **given
        )
        assert refusal[0] == 40007

    def test_hides_by_blocked_word_and_shows_again_without_it(self, promoted: Promoted) -> None:
        comments = promoted.ad_comments()
        word = next(w for c in comments for w in c["content"].split() if w.isalpha())
        promoted.team.post("/blockedword/create/", blocked_words=[word.upper()])
        hit = [c for c in promoted.ad_comments() if c["hit_blockedword"]]
        assert hit
        assert all(word.lower() in c["content"].lower() for c in hit)
        assert {c["comment_status"] for c in hit} == {"HIDDEN"}
        code, message = promoted.team.refused(
            "POST",
            "/comment/status/update/",
            comment_ids=[hit[0]["comment_id"]],
            operation="PUBLIC",
        )
        assert (code, "blocked word" in message) == (40002, True)
        promoted.team.post("/blockedword/delete/", blocked_words=[word.upper()])
        assert not any(c["hit_blockedword"] for c in promoted.ad_comments())

    def test_matches_whole_words_only(self) -> None:
        assert threads.pattern(("ad",)).search("this is an AD!")
        assert not threads.pattern(("ad",)).search("I had one")


class TestReplies:
    @pytest.mark.slow
    def test_show_in_the_lists_and_in_the_posts_total(self, promoted: Promoted) -> None:
        item_id = promoted.ids["item_id"]
        promoted.sandbox.advance(days=2)
        promoted.creator.connect()
        before = self._total(promoted)
        asked = promoted.ad_comments(comment_type=["COMMENT"])[0]
        made = promoted.creator.post(
            "/business/comment/reply/create/",
            video_id=item_id,
            comment_id=asked["comment_id"],
            text="It is in the sample shop!",
        )
        replies = promoted.creator.get(
            "/business/comment/reply/list/", video_id=item_id, comment_id=asked["comment_id"]
        )["comments"]
        assert made["comment_id"] in {reply["comment_id"] for reply in replies}
        assert made["owner"] is True
        thread = promoted.team.get(
            "/comment/reference/", comment_id=asked["comment_id"], comment_type="COMMENT"
        )["comments"]
        assert made["comment_id"] in {comment["comment_id"] for comment in thread}
        promoted.team.switch("ad", promoted.ids["ad_id"], "DISABLE")
        promoted.sandbox.advance(days=2)
        promoted.creator.connect()
        assert self._total(promoted) >= before + 1

    @staticmethod
    def _total(promoted: Promoted) -> int:
        fields = ["item_id", "comments"]
        filters = {"video_ids": [promoted.ids["item_id"]]}
        rows = promoted.creator.get("/business/video/list/", fields=fields, filters=filters)
        return int(rows["videos"][0]["comments"])

    def test_are_the_brands_when_the_creator_allowed_it(self, promoted: Promoted) -> None:
        given = self._reply(promoted)
        made = promoted.team.post("/comment/post/", **given)
        assert made["comment"]["comment_id"] == made["comment_id"]
        row = next(c for c in promoted.ad_comments() if c["comment_id"] == made["comment_id"])
        assert (row["can_delete"], row["is_auth_comment_manage_scope"]) == (True, True)
        target = {k: given[k] for k in ("ad_id", "tiktok_item_id", "identity_type", "identity_id")}
        promoted.team.post("/comment/delete/", comment_id=made["comment_id"], **target)
        assert made["comment_id"] not in {c["comment_id"] for c in promoted.ad_comments()}

    def test_are_refused_without_the_creators_scope(self, promoted: Promoted) -> None:
        promoted.sandbox.post("behaviour/", {"replies_as_creator": "refused"})
        assert promoted.team.refused("POST", "/comment/post/", **self._reply(promoted))[0] == 40001

    @staticmethod
    def _reply(promoted: Promoted) -> dict[str, object]:
        return {
            "ad_id": promoted.ids["ad_id"],
            "tiktok_item_id": promoted.ids["item_id"],
            "identity_type": "AUTH_CODE",
            "identity_id": promoted.ids["identity_id"],
            "comment_id": promoted.ad_comments()[0]["comment_id"],
            "comment_type": "REPLY",
            "text": "Thanks, see the sample shop.",
        }

    def test_are_as_long_as_the_setting_says(self, promoted: Promoted) -> None:
        given = {"video_id": promoted.ids["item_id"], "text": "x" * 200}
        promoted.creator.post("/business/comment/create/", **given)
        promoted.sandbox.post("behaviour/", {"comment_length": "150"})
        assert promoted.creator.refused("POST", "/business/comment/create/", **given)[0] == 40002

    def test_and_hidden_comments_are_kept_as_acts_on_the_thread(self, promoted: Promoted) -> None:
        given = self._reply(promoted)
        promoted.team.post("/comment/post/", **given)
        hidden = promoted.ad_comments()[1]["comment_id"]
        promoted.team.post("/comment/status/update/", comment_ids=[hidden], operation="HIDDEN")
        acts = promoted.world.state.comment_acts.log
        assert [(act.kind, act.comment_id) for act in acts] == [
            ("answer", given["comment_id"]),
            ("hide", hidden),
        ]
        truth = promoted.sandbox.get(f"truth/comments/?item_id={promoted.ids['item_id']}")
        categories = {each["comment_id"]: each["category"] for each in truth["comments"]}
        assert [act.category for act in acts] == [categories[act.comment_id] for act in acts]

    def test_of_other_people_cannot_be_deleted(self, shared: Promoted) -> None:
        number = shared.ad_comments()[0]["comment_id"]
        refusal = shared.creator.refused("POST", "/business/comment/delete/", comment_id=number)
        assert refusal[0] == 40001


class TestLists:
    def test_sort_by_likes(self, shared: Promoted) -> None:
        likes = [c["likes"] for c in shared.ad_comments(sort_field="LIKES", sort_type="DESC")]
        assert likes == sorted(likes, reverse=True)

    def test_tell_replies_from_comments(self, shared: Promoted) -> None:
        kinds = Counter(c["comment_type"] for c in shared.ad_comments())
        assert len(shared.ad_comments(comment_type=["REPLY"])) == kinds["REPLY"]
        assert len(shared.ad_comments(comment_type=["ALL"])) == sum(kinds.values())

    def test_keep_to_the_days_asked_for(self, shared: Promoted) -> None:
        day = shared.ad_comments(start_time="2026-03-03", end_time="2026-03-03")
        assert day
        assert {comment["create_time"][:10] for comment in day} == {"2026-03-03"}

    def test_need_the_creators_scope(self, shared: Promoted) -> None:
        narrow = CreatorApp(shared.team, shared.creator.handle, scope="video.list")
        given = {"video_id": shared.ids["item_id"]}
        assert narrow.refused("GET", "/business/comment/list/", **given)[0] == 40130

    def test_export_as_csv_once_the_task_is_done(self, shared: Promoted) -> None:
        fields = {"search_field": "ADGROUP_ID", "search_value": shared.ids["adgroup_id"]}
        task = shared.team.post("/comment/task/create/", **fields | PERIOD)
        assert shared.team.refused("GET", "/comment/task/download/", **task)[0] == 40201
        states = [shared.team.get("/comment/task/check/", **task)["status"] for _ in range(2)]
        assert states == ["RUNNING", "SUCCEED"]
        text = self._download(shared, "/comment/task/download/", task["task_id"])
        lines = list(csv.reader(io.StringIO(text)))
        assert lines[0][0] == "Comment ID"
        assert {line[0] for line in lines[1:]} == {c["comment_id"] for c in shared.ad_comments()}

    @staticmethod
    def _download(shared: Promoted, path: str, task_id: str) -> str:
        import urllib.request
        from urllib.parse import urlencode

        query = urlencode({"advertiser_id": shared.team.advertiser_id, "task_id": task_id})
        request = urllib.request.Request(  # noqa: S310 - our own http server
            f"{shared.sandbox.url}/open_api/v1.3{path}?{query}",
            headers={"Access-Token": shared.team.token},
        )
        with urllib.request.urlopen(request) as reply:  # noqa: S310 - our own http server
            assert reply.headers["Content-Type"].startswith("text/csv")
            return str(reply.read().decode())


class TestBlockedWords:
    def test_can_be_listed_changed_and_checked(self, team: Team) -> None:
        team.post("/blockedword/create/", blocked_words=["scam", "fake  ad", "scam"])
        assert team.get("/blockedword/list/")["list"] == [
            {"bw_content": "scam"},
            {"bw_content": "fake ad"},
        ]
        team.post("/blockedword/update/", old_word="scam", new_word="rip off")
        found = team.get("/blockedword/check/", blocked_words=["scam", "rip off"])["results"]
        assert found == [{"word": "scam", "blocked": False}, {"word": "rip off", "blocked": True}]

    def test_belong_to_one_account(self, team: Team) -> None:
        team.post("/blockedword/create/", blocked_words=["scam"])
        other = team.get("/blockedword/list/", advertiser_id=team.eu_advertiser_id)
        assert other["list"] == []
        assert team.refused("GET", "/blockedword/list/", page_size=501)[0] == 40002

    def test_refuse_to_delete_what_is_not_there(self, team: Team) -> None:
        assert team.refused("POST", "/blockedword/delete/", blocked_words=["x"])[0] == 40007
