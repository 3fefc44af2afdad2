"""Several rows of a list at once: only one's own, only who may, each by itself, and taken back where it can be."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from furnished import Browser, Furnished
from sample_team import Team

from kindling.agreements.models import Payable
from kindling.authorizations.models import Authorization, Renewal
from kindling.creators import directory
from kindling.creators.models import Creator
from kindling.delivery.models import Pause
from kindling.errors import ConflictError, NotAllowedError, NotFoundError
from kindling.lists import actions
from kindling.lists.models import Undo
from kindling.lists.spec import ListAction, ListSpec, Scope, all_lists, is_query
from kindling.notices import service as notices
from kindling.notices.models import Notice
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.rules import ALLOWED, EVERYBODY

ALL = [(spec, action) for spec in all_lists() for action in spec.actions]
NAMES = [f"{spec.name}: {action.name}" for spec, action in ALL]


def address(team: Team, spec: ListSpec | str, action: str, **told: str) -> str:
    name = spec if isinstance(spec, str) else spec.name
    url = reverse("lists:act", args=[team.workspace.slug, name, action])
    return f"{url}?{urlencode(told)}" if told else url


def messages(answer: Any) -> list[str]:
    return [str(each) for each in answer.context["messages"]]


def undo_address(answer: Any) -> str:
    return next(each.extra_tags for each in answer.context["messages"] if each.extra_tags)


def set_status(client: Client, team: Team, keys: list[int], **more: Any) -> Any:
    told = {"key": keys, "lane": "keep_out", "reason": "Off brand.", "go": "1", **more}
    return client.post(address(team, "posts", "set_status"), told, follow=True)


class TestWhoMay:
    @pytest.mark.parametrize(("spec", "action"), ALL, ids=NAMES)
    def test_is_not_nobody(self, furnished: Furnished, spec: ListSpec, action: ListAction) -> None:
        answer = Client().post(address(furnished.team, spec, action.name), {"key": [1]})
        assert "/accounts/login/" in answer.url

    @pytest.mark.parametrize(("spec", "action"), ALL, ids=NAMES)
    def test_is_not_somebody_of_another_workspace(
        self, furnished: Furnished, spec: ListSpec, action: ListAction
    ) -> None:
        stranger = User.objects.create_user("owner@other.example")
        workspaces.create_workspace(
            slug="other-shop", name="Other", owner=stranger, currency="USD", timezone="UTC", at=furnished.team.now
        )  # fmt: skip
        client = Client()
        client.force_login(stranger)
        answer = client.post(address(furnished.team, spec, action.name), {"key": [1]})
        assert answer.status_code == 404

    @pytest.mark.parametrize(("spec", "action"), ALL, ids=NAMES)
    def test_is_who_may_do_it_to_one(
        self, furnished: Furnished, browser: Browser, spec: ListSpec, action: ListAction
    ) -> None:
        for role in EVERYBODY - ALLOWED[action.action]:
            url = address(furnished.team, spec, action.name)
            assert browser(role).post(url, {"key": [1], "go": "1"}).status_code == 403
            shown = browser(role).get(spec.address(furnished.slug, {}))
            assert url not in shown.content.decode()

    def test_touches_no_row_of_another_workspace(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        stranger = User.objects.create_user("owner@other.example")
        workspaces.create_workspace(
            slug="other-shop", name="Other", owner=stranger, currency="USD", timezone="UTC", at=furnished.team.now
        )  # fmt: skip
        client = Client()
        client.force_login(stranger)
        url = reverse("lists:act", args=["other-shop", "posts", "set_status"])
        told = {"key": [furnished.post.pk], "lane": "keep_out", "reason": "Mine.", "go": "1"}
        answer = client.post(url, told, follow=True)
        assert messages(answer) == ["No rows are selected. Select at least one."]
        before = furnished.post.lane
        furnished.post.refresh_from_db()
        assert furnished.post.lane == before != "keep_out"


class TestOnPages:
    @pytest.mark.parametrize(("spec", "action"), ALL, ids=NAMES)
    def test_every_list_with_actions_has_boxes_that_belong_to_its_form(
        self, furnished: Furnished, browser: Browser, spec: ListSpec, action: ListAction
    ) -> None:
        rows = spec.rows(_scope(furnished.team))
        assert is_query(rows)
        page = browser("owner").get(_everything(furnished, spec)).content.decode()
        if not rows.exists():
            assert "select-" not in page
            return
        assert f'<form id="select-{spec.name}"' in page
        assert f'form="select-{spec.name}"' in page
        assert f'formaction="{address(furnished.team, spec, action.name)}' in page

    @pytest.mark.parametrize(
        "spec", list(dict.fromkeys(spec for spec, _ in ALL)), ids=lambda each: each.name
    )
    def test_names_the_boxes_of_rows_without_a_query_for_each(
        self, furnished: Furnished, spec: ListSpec
    ) -> None:
        scope = _scope(furnished.team)
        opened = spec.opened(scope, list(spec.rows(scope)))
        assert opened or spec.name in {"spend-at-risk", "stopped-ads"}
        with CaptureQueriesContext(connection) as asked:
            names = [spec.row_name(each) for each in opened]
        assert len(asked) == 0
        assert all(names)

    def test_asks_before_it_acts_and_names_the_rows(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = address(furnished.team, "posts", "set_status")
        page = browser("owner").post(url, {"key": [furnished.post.pk]})
        assert page.status_code == 200
        assert furnished.post.item_id in page.content.decode()
        furnished.post.refresh_from_db()
        assert furnished.post.lane != "keep_out"

    def test_keeps_what_was_typed_where_something_is_missing(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = address(furnished.team, "posts", "set_status")
        told = {"key": [furnished.post.pk], "lane": "keep_out", "reason": "", "go": "1"}
        page = browser("owner").post(url, told)
        found = page.content.decode()
        assert page.status_code == 422
        assert '<option value="keep_out" selected>' in found
        assert f'name="key" value="{furnished.post.pk}"' in found

    @pytest.mark.parametrize("keys", [[], ["x"], ["-1"], ["9" * 40], ["1 OR 1=1"]])
    def test_says_what_is_wrong_with_a_selection(
        self, furnished: Furnished, browser: Browser, keys: list[str]
    ) -> None:
        answer = browser("owner").post(
            address(furnished.team, "posts", "set_status"), {"key": keys}, follow=True
        )
        assert answer.status_code in {200, 422}
        found = answer.content.decode()
        assert "No rows are selected" in found or "A selected row is unknown" in found

    def test_does_not_know_an_action_that_is_not_there(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url = address(furnished.team, "posts", "delete")
        assert browser("owner").post(url, {"key": [1]}).status_code == 404


class TestPosts:
    def test_get_another_status_and_are_put_back(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client, posts = browser("media_buyer"), list(Post.objects.order_by("pk")[:3])
        before = {each.pk: (each.lane, each.lane_reason, each.lane_by_hand) for each in posts}
        answer = set_status(client, furnished.team, [each.pk for each in posts])
        assert messages(answer) == ["3 posts have another status."]
        assert set(Post.objects.filter(pk__in=before).values_list("lane", flat=True)) == {
            "keep_out"
        }
        back = client.post(undo_address(answer), follow=True)
        assert messages(back) == ["Undone for 3 rows."]
        after = Post.objects.filter(pk__in=before)
        assert {
            each.pk: (each.lane, each.lane_reason, each.lane_by_hand) for each in after
        } == before

    def test_are_changed_by_the_filter_where_everything_is_selected(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        wanted = Post.objects.filter(lane="spark_ready")
        keys, others = (
            set(wanted.values_list("pk", flat=True)),
            Post.objects.exclude(lane="spark_ready"),
        )
        left = dict(others.values_list("pk", "lane"))
        assert keys
        assert left
        told = {"everything": "1", "lane": "keep_out", "reason": "Season over.", "go": "1"}
        url = address(furnished.team, "posts", "set_status", lane="spark_ready")
        browser("owner").post(url, told)
        assert set(Post.objects.filter(pk__in=keys).values_list("lane", flat=True)) == {"keep_out"}
        assert dict(Post.objects.filter(pk__in=left).values_list("pk", "lane")) == left

    def test_that_came_after_the_question_are_left_alone(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        url, client = address(furnished.team, "posts", "set_status"), browser("owner")
        Post.objects.update(lane="organic_test", lane_by_hand=False)
        late = Post.objects.order_by("pk").first()
        assert late is not None
        Post.objects.filter(pk=late.pk).update(lane="spark_ready")
        asked = client.post(f"{url}?lane=organic_test", {"everything": "1"}).content.decode()
        keys = re.findall(r'name="key" value="(\d+)"', asked)
        assert str(late.pk) not in keys
        Post.objects.filter(pk=late.pk).update(lane="organic_test")
        told = {"key": keys, "lane": "keep_out", "reason": "Season over.", "go": "1"}
        client.post(f"{url}?lane=organic_test", told)
        late.refresh_from_db()
        assert late.lane == "organic_test"
        assert Post.objects.filter(lane="keep_out").count() == len(keys)

    def test_stay_as_somebody_has_placed_them_since(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, client = furnished.team, browser("owner")
        first, second = Post.objects.order_by("pk")[:2]
        answer = set_status(client, team, [first.pk, second.pk])
        first.refresh_from_db()
        lanes.move_by_hand(team.manager, first, "spark_ready", "It sells.", at=team.now)
        said = messages(client.post(undo_address(answer), follow=True))
        assert said[0] == "Undone."
        assert "changed again in the meantime" in said[1]
        first.refresh_from_db()
        assert (first.lane, first.lane_reason) == ("spark_ready", "It sells.")

    def test_are_put_back_once_and_only_by_who_moved_them(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team = furnished.team
        answer = set_status(browser("owner"), team, [furnished.post.pk])
        undo = Undo.objects.latest("pk")
        assert undo_address(answer).endswith(f"/{undo.pk}/")
        with pytest.raises(NotFoundError):
            actions.take_back(team.buyer, undo.pk, at=team.now)
        actions.take_back(team.owner, undo.pk, at=team.now)
        with pytest.raises(ConflictError):
            actions.take_back(team.owner, undo.pk, at=team.now)

    def test_are_not_put_back_by_who_may_not_move_them_any_more(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team = furnished.team
        set_status(browser("media_buyer"), team, [furnished.post.pk])
        undo = Undo.objects.latest("pk")
        viewer = workspaces.actor_for(undo.member.user, team.workspace.slug)
        team.workspace.members.filter(pk=undo.member_id).update(role="viewer")
        with pytest.raises(NotAllowedError):
            actions.take_back(
                workspaces.actor_for(undo.member.user, viewer.workspace.slug), undo.pk, at=team.now
            )
        assert Undo.objects.get(pk=undo.pk).undone_at is None

    def test_are_at_most_so_many(
        self, furnished: Furnished, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions, "MOST_ACTED", 2)
        url = address(furnished.team, "posts", "set_status")
        answer = browser("owner").post(url, {"everything": "1"}, follow=True)
        assert "more than 2. Narrow the list" in messages(answer)[0]

    def test_may_be_as_many_as_the_rules_say(self, furnished: Furnished, browser: Browser) -> None:
        keys = [furnished.post.pk, *range(10**9, 10**9 + actions.MOST_ACTED - 1)]
        answer = set_status(browser("owner"), furnished.team, keys)
        assert answer.status_code == 200
        assert messages(answer)[0] == "1 post has another status."

    def test_that_left_the_list_are_told(self, furnished: Furnished, browser: Browser) -> None:
        answer = set_status(browser("owner"), furnished.team, [furnished.post.pk, 999_999])
        assert messages(answer) == ["1 post has another status.", f"1 row: {actions.GONE}"]


class TestNotices:
    def test_are_done_and_open_again(self, furnished: Furnished, browser: Browser) -> None:
        team, client = furnished.team, browser("owner")
        rows = [_notice(team, "one"), _notice(team, "two")]
        url = address(team, "notices", "mark_as_done")
        answer = client.post(url, {"key": [each.pk for each in rows]}, follow=True)
        assert messages(answer) == ["2 notices are marked as done."]
        again = _notice(team, "two")
        assert again.pk != rows[1].pk
        said = messages(client.post(undo_address(answer), follow=True))
        assert said[0] == "Undone."
        assert "The same has come up again since." in said[1]
        rows[0].refresh_from_db()
        assert rows[0].done_at is None
        assert rows[0].done_by is None


class TestCreators:
    def test_get_tags_and_lose_only_those_again(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, client = furnished.team, browser("creator_manager")
        first, second = Creator.objects.filter(workspace=team.workspace).order_by("pk")[:2]
        directory.tag(team.manager, first, add=["spring"], at=team.now)
        told = {"key": [first.pk, second.pk], "tags": "Spring, gifted", "go": "1"}
        answer = client.post(address(team, "creators", "add_tags"), told, follow=True)
        assert messages(answer) == ["The tags of 2 creators are changed."]
        assert _tags(first) == _tags(second) == {"spring", "gifted"}
        client.post(undo_address(answer))
        assert _tags(first) == {"spring"}
        assert _tags(second) == set()

    def test_lose_tags_and_get_them_back(self, furnished: Furnished, browser: Browser) -> None:
        team, client = furnished.team, browser("creator_manager")
        first, second = Creator.objects.filter(workspace=team.workspace).order_by("pk")[:2]
        directory.tag(team.manager, first, add=["spring"], at=team.now)
        told = {"key": [first.pk, second.pk], "tags": "spring", "go": "1"}
        answer = client.post(address(team, "creators", "remove_tags"), told, follow=True)
        assert messages(answer) == ["The tags of 1 creator are changed."]
        assert _tags(first) == set()
        client.post(undo_address(answer))
        assert _tags(first) == {"spring"}

    def test_need_a_tag(self, furnished: Furnished, browser: Browser) -> None:
        told = {"key": [furnished.post.creator_id], "tags": " , ", "go": "1"}
        url = address(furnished.team, "creators", "add_tags")
        assert browser("creator_manager").post(url, told).status_code == 422


class TestAds:
    def test_stop_at_tiktok_and_those_that_are_off_are_told(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, client = furnished.team, browser("media_buyer")
        told = {"key": [furnished.ad.pk], "reason": "Out of stock.", "go": "1"}
        url = address(team, "ads", "pause", show="all")
        answer = client.post(url, told, follow=True)
        assert messages(answer) == ["1 ad is paused at TikTok."]
        assert not [each for each in answer.context["messages"] if each.extra_tags]
        pause = Pause.objects.latest("pk")
        assert (pause.ad_id, pause.reason, pause.is_confirmed) == (
            furnished.ad.pk, "Out of stock.", True,
        )  # fmt: skip
        again = client.post(url, told, follow=True)
        assert messages(again)[0].endswith("It is off already.")
        assert Pause.objects.filter(ad=furnished.ad).count() == 1

    def test_whose_pause_nobody_confirmed_are_told_and_stay_open(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team = furnished.team
        team.fault("drop_reply", "/ad/status/update/", times=99)
        told = {"key": [furnished.ad.pk], "reason": "Out of stock.", "go": "1"}
        answer = browser("media_buyer").post(address(team, "ads", "pause"), told, follow=True)
        (said,) = messages(answer)
        assert said.endswith(
            "TikTok did not confirm the pause. Try again, or pause it in TikTok Ads Manager."
        )
        assert Pause.objects.get(ad=furnished.ad).is_confirmed is None


class TestAuthorizations:
    def test_are_asked_to_renew_and_the_others_say_why_not(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team = furnished.team
        rows = list(Authorization.objects.filter(kind="code").order_by("pk")[:2])
        Authorization.objects.filter(pk=rows[1].pk).update(state="revoked")
        told = {"key": [each.pk for each in rows], "days": "30", "go": "1"}
        url = address(team, "authorizations", "ask_to_renew")
        said = messages(browser("media_buyer").post(url, told, follow=True))
        assert said[0] == "1 renewal is asked for."
        assert said[1].endswith(
            ": This authorization is revoked. Ask for a new video code instead."
        )
        assert [each.authorization_id for each in Renewal.objects.all()] == [rows[0].pk]


class TestPayments:
    def test_above_the_limit_are_left_to_a_second_person(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        team, row = furnished.team, furnished.payable
        type(team.workspace).objects.filter(pk=team.workspace.pk).update(
            second_person_above_minor=1
        )
        maker = workspaces.actor_for(row.created_by, team.workspace.slug)
        team.workspace.members.filter(user=maker.user).update(role="finance")
        Payable.objects.filter(pk=row.pk).update(state="due")
        client = Client()
        client.force_login(row.created_by)
        url = address(team, "payments", "approve")
        page = client.post(url, {"key": [row.pk]})
        assert "You approve these amounts" in page.content.decode()
        said = messages(client.post(url, {"key": [row.pk], "go": "1"}, follow=True))
        assert "needs a second approver" in said[0]
        assert Payable.objects.get(pk=row.pk).state == "due"
        said = messages(browser("owner").post(url, {"key": [row.pk], "go": "1"}, follow=True))
        assert said == ["1 payment is approved."]


class TestUndo:
    def test_is_forgotten_after_a_day(self, furnished: Furnished) -> None:
        at = furnished.undo.made_at
        assert actions.forget_undos(at=at + timedelta(hours=23)) == 0
        assert actions.forget_undos(at=at + timedelta(hours=25)) == 1


def _scope(team: Team) -> Any:
    return Scope(team.owner, team.now)


def _everything(furnished: Furnished, spec: ListSpec) -> str:
    chosen = {each.name: "all" for each in spec.filters if each.unless}
    return f"{spec.address(furnished.slug, {})}?{urlencode(chosen)}"


def _notice(team: Team, key: str) -> Notice:
    return notices.notify(
        team.workspace, key=key, roles=["owner"], title=f"Sample {key}", next_step="Look.",
        path="posts/", at=team.now,
    )  # fmt: skip


def _tags(creator: Creator) -> set[str]:
    return set(creator.tags.values_list("name", flat=True))
