"""Brands ask, creators answer late or never: the same in every run, saved or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sandbox_phone import Phone
from sandbox_team import Team

from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.families.family import Habits

pytestmark = pytest.mark.slow


def server(**habits: float) -> SandboxServer:
    """A demo world whose creators have these habits."""
    family = msgspec.structs.replace(read_family("demo"), habits=Habits(**habits))
    return SandboxServer(world=build_world(family=family, seed=7, clock="manual"))


def ask(sandbox: SandboxServer, item_id: str, kind: str = "code", days: object = 30) -> Any:
    return sandbox.phone(f"posts/{item_id}/request/", {"kind": kind, "days": days})


def chat(sandbox: SandboxServer, handle: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = sandbox.phone(f"creators/{handle}/messages/")["messages"]
    return messages


def answers(sandbox: SandboxServer, handle: str) -> list[dict[str, Any]]:
    return [line for line in chat(sandbox, handle) if line["from"] == "creator"]


class TestAsking:
    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({"kind": "favour", "days": 30}, "bad_request"),
            ({"days": 30}, "bad_request"),
            ({"kind": "code", "days": 8}, "bad_duration"),
            ({"kind": "code", "days": "many"}, "bad_duration"),
        ],
    )
    def test_refuses_what_no_creator_could_do(
        self, team: Team, body: dict[str, object], error: str
    ) -> None:
        item_id = team.plain_post()["item_id"]
        with pytest.raises(SandboxError, match=error) as refused:
            team.sandbox.phone(f"posts/{item_id}/request/", body)
        assert refused.value.status == 409

    def test_knows_no_other_posts_and_creators(self, sandbox: SandboxServer) -> None:
        with pytest.raises(SandboxError, match="post_not_found") as refused:
            ask(sandbox, "7" * 19)
        assert refused.value.status == 404
        with pytest.raises(SandboxError, match="creator_not_found"):
            chat(sandbox, "nobody.at.all")

    def test_does_not_tell_when_an_answer_will_come(self, team: Team) -> None:
        post = team.plain_post()
        asked = ask(team.sandbox, post["item_id"])
        assert set(asked) == {"request_id", "item_id", "kind", "days", "asked_at"}
        heard = team.sandbox.phone(f"creators/{post['handle']}/messages/")
        assert heard["standing_requests"] == [asked]
        assert [line["from"] for line in heard["messages"]] == ["brand"]


class TestAnswer:
    def test_comes_late_with_a_code_that_can_be_bound(self) -> None:
        with server(answer_hours=20, answer_sigma=0.0) as sandbox:
            team = Team(sandbox)
            post = team.plain_post()
            ask(sandbox, post["item_id"], days=60)
            sandbox.advance(hours=19)
            assert answers(sandbox, post["handle"]) == []
            sandbox.advance(hours=1)
            (answer,) = answers(sandbox, post["handle"])
            assert answer["sent_at"] == "2026-03-02 20:00:00"
            assert answer["auth_code"] in answer["text"]
            team.post("/tt_video/authorize/", auth_code=answer["auth_code"])
            row = team.get("/tt_video/list/")["list"][0]
            assert row["auth_info"]["auth_end_time"] == "2026-05-01 19:59:59"

    def test_is_dated_by_its_own_hour_however_far_the_clock_jumps(self) -> None:
        with server(answer_hours=20, answer_sigma=0.0) as sandbox:
            post = Team(sandbox).plain_post()
            ask(sandbox, post["item_id"])
            sandbox.advance(days=9)
            assert answers(sandbox, post["handle"])[0]["sent_at"] == "2026-03-02 20:00:00"

    def test_never_comes_from_those_who_never_answer(self) -> None:
        with server(never_share=1.0) as sandbox:
            post = Team(sandbox).plain_post()
            ask(sandbox, post["item_id"])
            sandbox.advance(days=15)
            assert answers(sandbox, post["handle"]) == []
            heard = sandbox.phone(f"creators/{post['handle']}/messages/")
            assert len(heard["standing_requests"]) == 1

    def test_spreads_log_normally_around_its_median(self) -> None:
        with server(answer_hours=10, answer_sigma=1.0) as sandbox:
            item_id = Team(sandbox).plain_post()["item_id"]
            for _ in range(200):
                ask(sandbox, item_id)
            waits = sorted(
                (request.answer_at - request.asked_at).total_seconds() / 3600
                for request in sandbox.world.state.requests
                if request.answer_at is not None
            )
        # Quartiles of a log-normal: the median times exp(±0.6745); within a quarter for 200 draws.
        for place, expected in ((50, 10 / 1.963), (100, 10.0), (150, 10 * 1.963)):
            assert waits[place] == pytest.approx(expected, rel=0.25)

    def test_extends_and_sends_the_same_code_again(self) -> None:
        with server(answer_hours=1, answer_sigma=0.0) as sandbox:
            team = Team(sandbox)
            post = team.plain_post()
            code = team.code_for(post["item_id"], 7)
            ask(sandbox, post["item_id"], "extend")
            ask(sandbox, post["item_id"], "code")
            sandbox.advance(hours=2)
            extended, sent = answers(sandbox, post["handle"])
            assert "2026-04-07 23:59:59 UTC" in extended["text"]
            assert extended["auth_code"] is None
            assert sent["auth_code"] == code

    def test_renews_a_code_that_has_lapsed_before_sending_it(self) -> None:
        with server(answer_hours=1, answer_sigma=0.0) as sandbox:
            team = Team(sandbox)
            post = team.plain_post()
            code = team.code_for(post["item_id"], 7)
            sandbox.advance(days=10)
            ask(sandbox, post["item_id"])
            sandbox.advance(hours=1)
            assert answers(sandbox, post["handle"])[0]["auth_code"] == code
            team.post("/tt_video/authorize/", auth_code=code)

    @pytest.mark.parametrize(
        ("kind", "act", "words"),
        [("code", "delete", "The post is deleted"), ("extend", "", "The post has no code")],
    )
    def test_tells_what_the_rules_refuse(self, kind: str, act: str, words: str) -> None:
        with server(answer_hours=1, answer_sigma=0.0) as sandbox:
            post = Team(sandbox).plain_post()
            ask(sandbox, post["item_id"], kind)
            if act:
                sandbox.phone(f"posts/{post['item_id']}/{act}/", {})
            sandbox.advance(hours=1)
            (answer,) = answers(sandbox, post["handle"])
            assert words in answer["text"]
            assert answer["auth_code"] is None

    def test_lets_ads_run_again_after_an_extension(self) -> None:
        with server(answer_hours=20, answer_sigma=0.0) as sandbox:
            team = Team(sandbox)
            made = team.launch(days=7)
            sandbox.advance(days=8)
            assert team.ad_status(made["ad_id"]) == "AD_STATUS_ASSET_AUTHORIZATION_LOST"
            before = team.impressions()
            ask(sandbox, made["item_id"], "extend")
            sandbox.advance(days=2)
            assert team.ad_status(made["ad_id"]) == "AD_STATUS_DELIVERY_OK"
            assert team.impressions() > before


class TestSameWorld:
    def test_answers_alike_whatever_else_is_asked(self) -> None:
        with server() as alone, server() as busy:
            first, second = (Team(alone).plain_post(number)["item_id"] for number in (0, 1))
            ask(alone, first)
            ask(busy, second)
            ask(busy, first, "extend")
            ask(busy, first)
            told = [
                next(r for r in s.world.state.requests if (r.item_id, r.kind) == (first, "code"))
                for s in (alone, busy)
            ]
            assert told[0].answer_at == told[1].answer_at

    @pytest.mark.slow
    def test_goes_on_the_same_after_save_and_load(self) -> None:
        with server(answer_hours=30) as first, SandboxServer(seed=9) as second:
            posts = [Team(first).plain_post(number) for number in range(4)]
            for post in posts:
                ask(first, post["item_id"])
            first.advance(hours=20)
            second.write("load/", first.read("save/"))
            first.advance(days=12)
            for _ in range(24):
                second.advance(hours=12)
            for post in posts:
                assert chat(first, post["handle"]) == chat(second, post["handle"])
            assert sum(len(answers(first, post["handle"])) for post in posts) >= 3
            assert first.get("truth/") == second.get("truth/")


class TestAnsweringByHand:
    @pytest.fixture
    def asked(self) -> Iterator[tuple[Phone, str, str]]:
        """The phone, the post and a standing request for its code, due in an hour."""
        with server(answer_hours=1, answer_sigma=0.0) as sandbox:
            post = Team(sandbox).plain_post()
            request = ask(sandbox, post["item_id"])
            yield Phone(sandbox, post["handle"]), post["item_id"], request["request_id"]

    def test_happens_at_once(self, asked: tuple[Phone, str, str]) -> None:
        phone, _, request_id = asked
        inbox = phone.open("notifications/").text
        assert "Sample Brand asks for your code for 30 days" in inbox
        screen = phone.press(f"requests/{request_id}/accept/")
        assert "Answered." in screen.text
        (answer,) = answers(phone.sandbox, phone.handle)
        assert answer["auth_code"] in screen.text
        phone.sandbox.advance(hours=3)
        assert len(answers(phone.sandbox, phone.handle)) == 1

    def test_may_decline(self, asked: tuple[Phone, str, str]) -> None:
        phone, item_id, request_id = asked
        assert "I would rather not" in phone.press(f"requests/{request_id}/decline/").text
        phone.sandbox.advance(hours=3)
        post = next(
            each
            for each in phone.sandbox.phone(f"creators/{phone.handle}/posts/")["posts"]
            if each["item_id"] == item_id
        )
        assert post["auth_code_status"] is None

    def test_tells_what_the_rules_refuse(self, asked: tuple[Phone, str, str]) -> None:
        phone, item_id, request_id = asked
        phone.press(f"posts/{item_id}/delete/")
        screen = phone.press(f"requests/{request_id}/accept/")
        assert "You answered that it does not work: The post is deleted." in screen.text

    def test_is_not_possible_twice_or_on_another_phone(self, asked: tuple[Phone, str, str]) -> None:
        phone, _, request_id = asked
        other = Phone(phone.sandbox, phone.sandbox.get("world/")["brand"]["handle"])
        assert other.press(f"requests/{request_id}/accept/").status == 404
        assert phone.press(f"requests/{request_id}/perhaps/").status == 404
        assert phone.press(f"requests/{request_id}/accept/").status == 200
        assert phone.press(f"requests/{request_id}/accept/").status == 404
