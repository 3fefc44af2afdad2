"""The creator's phone as pages: every act, every refusal in words, what is shown and what is not."""

from __future__ import annotations

import html

import pytest
from sandbox_phone import Phone, visit
from sandbox_team import Team

from tiktok_sandbox.phone.pages import NEXT, SCREENS
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.world.state.behaviour import Behaviour

ACTS = ("ads", *NEXT)


def phone_of(team: Team, item_id: str) -> Phone:
    handle = next(post["handle"] for post in team.posts() if post["item_id"] == item_id)
    return Phone(team.sandbox, handle)


@pytest.fixture
def item_id(team: Team) -> str:
    return str(team.plain_post()["item_id"])


@pytest.fixture
def phone(team: Team, item_id: str) -> Phone:
    return phone_of(team, item_id)


def code_status(team: Team, item_id: str) -> object:
    return next(p for p in team.posts() if p["item_id"] == item_id)["auth_code_status"]


class TestWhosePhone:
    def test_is_chosen_among_all_creators_and_the_brand(self, sandbox: SandboxServer) -> None:
        text = visit(f"{sandbox.url}/phone/").text
        world = sandbox.get("world/")
        assert all(f"@{each['handle']}" in text for each in world["creators"])
        assert f"@{world['brand']['handle']}" in text

    @pytest.mark.parametrize("screen", sorted(SCREENS))
    def test_does_not_open_somebody_elses_post(self, team: Team, item_id: str, screen: str) -> None:
        other = Phone(team.sandbox, str(team.world["brand"]["handle"]))
        path = f"posts/{item_id}/{screen}/" if screen else f"posts/{item_id}/"
        assert other.open(path).status == 404
        assert Phone(team.sandbox, "nobody.at.all").open(path).status == 404

    @pytest.mark.parametrize("act", ACTS)
    def test_does_not_press_buttons_of_somebody_elses_post(
        self, team: Team, item_id: str, act: str
    ) -> None:
        other = Phone(team.sandbox, str(team.world["brand"]["handle"]))
        assert other.press(f"posts/{item_id}/{act}/", on="on", days=30, text="x").status == 404
        assert team.plain_post()["item_id"] == item_id

    def test_has_no_button_that_nobody_made(self, phone: Phone, item_id: str) -> None:
        assert phone.press(f"posts/{item_id}/request/").status == 404
        assert phone.open(f"posts/{item_id}/secrets/").status == 404

    def test_runs_no_script_but_the_copy_button(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        for path in ("", "notifications/", "messages/", f"posts/{item_id}/ads/"):
            screen = phone.open(path)
            assert "script-src" not in screen.policy
            assert "<script" not in screen.html
            assert " style=" not in screen.html
        code = phone.open(f"posts/{item_id}/code/")
        assert "script-src 'self'" in code.policy
        assert 'src="/phone/copy.js"' in code.html


class TestAuthorization:
    def test_starts_with_the_switch_and_a_duration(
        self, team: Team, phone: Phone, item_id: str
    ) -> None:
        before = phone.open(f"posts/{item_id}/ads/")
        assert 'role="switch"' in before.html
        assert all(f"{days} days" in before.text for days in (7, 30, 60, 365))
        after = phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        assert "Ad authorization is on." in after.text
        assert "Authorized until Tuesday 31 March 2026" in after.text
        assert "Ends in 30 days: 2026-03-31 23:59:59 UTC" in after.text
        assert code_status(team, item_id) == "NOT_USED"

    def test_shows_the_code_on_its_own_page_alone(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        code = phone.sandbox.world.state.codes[-1].auth_code
        assert code in html.unescape(phone.open(f"posts/{item_id}/code/").html)
        for path in (
            "",
            "notifications/",
            "messages/",
            f"posts/{item_id}/",
            f"posts/{item_id}/ads/",
            f"posts/{item_id}/revoke/",
        ):
            assert code not in html.unescape(phone.open(path).html)

    def test_has_no_code_to_show_before(self, phone: Phone, item_id: str) -> None:
        screen = phone.open(f"posts/{item_id}/code/")
        assert "This post has no code" in screen.text
        assert "<script" not in screen.html

    def test_is_extended_with_the_same_code(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        code = phone.sandbox.world.state.codes[-1].auth_code
        screen = phone.press(f"posts/{item_id}/extend/", days=7)
        assert "Extended. The code stays the same." in screen.text
        assert "2026-04-07 23:59:59 UTC" in screen.text
        assert phone.sandbox.world.state.codes[-1].auth_code == code

    def test_asks_once_more_before_it_is_turned_off(
        self, team: Team, phone: Phone, item_id: str
    ) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        asked = phone.press(f"posts/{item_id}/ads/")
        assert "Turn off ad authorization?" in asked.text
        assert code_status(team, item_id) == "NOT_USED"
        done = phone.press(f"posts/{item_id}/revoke/")
        assert "Ad authorization is off and the code is deleted." in done.text
        assert code_status(team, item_id) == "DELETED"

    def test_cannot_be_turned_off_while_an_ad_runs(self, team: Team) -> None:
        made = team.launch()
        phone = phone_of(team, made["item_id"])
        screen = phone.press(f"posts/{made['item_id']}/revoke/")
        assert screen.status == 409
        assert "An ad uses this post, so its code cannot be deleted." in screen.text

    def test_refuses_a_duration_nobody_offers(self, phone: Phone, item_id: str) -> None:
        screen = phone.press(f"posts/{item_id}/code/", days=8)
        assert screen.status == 409
        assert "8 days are not offered; choose one of 7, 30, 60, 365." in screen.text
        assert phone.press(f"posts/{item_id}/code/", days="soon").status == 409

    def test_refuses_a_second_code_and_an_extension_of_none(
        self, phone: Phone, item_id: str
    ) -> None:
        assert "Create one first" in phone.press(f"posts/{item_id}/extend/", days=7).text
        phone.press(f"posts/{item_id}/code/", days=7)
        again = phone.press(f"posts/{item_id}/code/", days=7)
        assert (again.status, "has a code already" in again.text) == (409, True)

    @pytest.mark.slow
    def test_says_when_it_ended(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/code/", days=7)
        phone.sandbox.advance(days=10)
        text = phone.open(f"posts/{item_id}/ads/").text
        assert "Authorization ended 3 days ago" in text
        assert "Ended 3 days ago: 2026-03-08 23:59:59 UTC" in text


class TestPost:
    def test_is_made_private_and_public_again(self, team: Team, phone: Phone, item_id: str) -> None:
        hidden = phone.press(f"posts/{item_id}/hide/")
        assert "Only you can see this post now." in hidden.text
        assert "Private" in phone.open().text
        shown = phone.press(f"posts/{item_id}/show/")
        assert "Everyone can see this post now." in shown.text

    def test_is_deleted_after_one_more_question(self, phone: Phone, item_id: str) -> None:
        assert "Delete this post?" in phone.open(f"posts/{item_id}/delete/").text
        gone = phone.press(f"posts/{item_id}/delete/")
        assert "Deleted by you" in gone.text
        assert "Delete post" not in gone.text
        refused = phone.press(f"posts/{item_id}/code/", days=30)
        assert (refused.status, "The post is deleted." in refused.text) == (409, True)
        assert phone.press(f"posts/{item_id}/show/").status == 409

    @pytest.mark.parametrize("act", ["hide", "delete"])
    def test_cannot_be_taken_away_from_a_running_ad_where_the_platform_refuses_it(
        self, act: str
    ) -> None:
        behaviour = Behaviour(removal_while_in_use="refused")
        with SandboxServer(seed=7, clock="manual", behaviour=behaviour) as sandbox:
            made = Team(sandbox).launch()
            handle = sandbox.world.state.posts[made["item_id"]].handle
            screen = Phone(sandbox, handle).press(f"posts/{made['item_id']}/{act}/")
        assert screen.status == 409
        assert "An ad uses this post. Ask for the ad to be deleted first." in screen.text

    def test_has_its_caption_edited_until_it_is_authorized(
        self, phone: Phone, item_id: str
    ) -> None:
        words = "Sample words with <b>marks</b> & more"
        saved = phone.press(f"posts/{item_id}/caption/", text=words)
        assert "The caption is saved." in saved.text
        assert html.escape(words) in saved.html
        assert words not in saved.html
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        assert "so its caption is final" in phone.open(f"posts/{item_id}/caption/").text
        refused = phone.press(f"posts/{item_id}/caption/", text="Other words")
        assert (refused.status, "so its caption is final" in refused.text) == (409, True)
        assert "Other words" in refused.text

    def test_tells_what_speaks_against_an_ad(self, team: Team, item_id: str) -> None:
        phone = phone_of(team, item_id)
        post = phone.sandbox.world.state.posts[item_id]
        post.is_disclosed = post.music_licensed = True
        fine = phone.open(f"posts/{item_id}/").text
        assert "Commercial content disclosure on" in fine
        assert "Sound licensed for ads" in fine
        post.is_disclosed = post.music_licensed = False
        wrong = phone.open(f"posts/{item_id}/").text
        assert "Commercial content disclosure off" in wrong
        assert "Sound not licensed for ads" in wrong


class TestNotifications:
    @pytest.mark.slow
    def test_remind_of_the_end_as_it_comes_near(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=30)
        for quiet, left in ((15, 14), (6, 7), (3, 3), (1, 1)):
            phone.sandbox.advance(days=quiet)
            words = f"Ad authorization ends in {left} day"
            assert words not in phone.open("notifications/").text
            phone.sandbox.advance(days=1)
            assert words in phone.open("notifications/").text

    def test_remind_of_no_day_before_the_authorization_began(
        self, phone: Phone, item_id: str
    ) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=7)
        phone.sandbox.advance(days=4)
        text = phone.open("notifications/").text
        assert "ends in 3 days" in text
        assert "ends in 7 days" not in text

    @pytest.mark.slow
    def test_stop_reminding_once_extended(self, phone: Phone, item_id: str) -> None:
        phone.press(f"posts/{item_id}/ads/", on="on", days=7)
        phone.sandbox.advance(days=8)
        assert "Ad authorization ended" in phone.open("notifications/").text
        phone.press(f"posts/{item_id}/extend/", days=30)
        assert "Nothing new." in phone.open("notifications/").text

    def test_tell_of_a_promotion_once_review_let_the_ad_run(self, team: Team) -> None:
        made = team.launch()
        phone = phone_of(team, made["item_id"])
        assert "being promoted" not in phone.open("notifications/").text
        team.sandbox.advance(hours=3)
        text = phone.open("notifications/").text
        assert "Your post is being promoted Sample Brand" in text
