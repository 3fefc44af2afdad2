"""A post that is private, for friends only or not shown any more is noticed by the next reading, and comes back."""

from __future__ import annotations

import dataclasses

import pytest
from sample_team import Team

from kindling.agreements.models import Breach, UsageRight
from kindling.authorizations.lifecycle import by_hand, polling
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization
from kindling.notices.models import Notice
from kindling.posts import rules as post_rules
from kindling.posts.models import Post
from kindling.posts.reading import sources

VANISHES = ["hide", "friends", "delete"]


@pytest.fixture
def coded(team: Team) -> Authorization:
    """A post with a code, and a right that holds it."""
    (post, *_) = team.launchable(1)
    right = UsageRight.objects.get(item_id=post.item_id)
    assert right.hold_until is not None
    assert right.hold_until > team.now
    return Authorization.objects.get(post=post)


def link(team: Team) -> Post:
    """A public post of the shop's agreements that is held; its account is linked to the Business Center."""
    team.shop()
    public = [each["item_id"] for each in team.plain_posts()]
    held = UsageRight.objects.filter(item_id__in=public, hold_until__gt=team.now).first()
    assert held is not None
    post = Post.objects.select_related("creator").get(item_id=held.item_id)
    team.sandbox.post("accounts/", {"handle": post.creator.handle, "business_center": True})
    polling.read_platform(team.workspace, at=team.now)
    return post


@pytest.fixture
def linked(team: Team) -> Authorization:
    return Authorization.objects.select_related("post").get(post=link(team), kind="business_center")


def assert_noticed(row: Authorization) -> None:
    row.refresh_from_db()
    assert row.state == State.POST_UNAVAILABLE
    notice = Notice.objects.get(key=f"permission-{row.pk}-lost", done_at=None)
    assert {"creator_manager", "media_buyer", "legal"} <= set(notice.roles)


class TestAPostWithACode:
    @pytest.mark.slow
    @pytest.mark.parametrize("act", VANISHES)
    def test_is_noticed_with_a_breach_of_its_hold(
        self, team: Team, coded: Authorization, act: str
    ) -> None:
        team.sandbox.phone(f"posts/{coded.post.item_id}/{act}/", {})
        polling.read_platform(team.workspace, at=team.now)
        assert_noticed(coded)
        breach = Breach.objects.get(item_id=coded.post.item_id)
        assert breach.kind == ("deleted" if act == "delete" else "hidden")

    @pytest.mark.slow
    @pytest.mark.parametrize("act", ["hide", "friends"])
    def test_is_noticed_within_two_polls_of_its_own_cadence(
        self, team: Team, coded: Authorization, act: str
    ) -> None:
        team.sandbox.phone(f"posts/{coded.post.item_id}/{act}/", {})
        for _ in range(2):
            team.sandbox.advance(hours=24)
            polling.poll_due(team.account, at=team.now)
        assert_noticed(coded)

    @pytest.mark.parametrize("act", ["hide", "friends"])
    def test_comes_back_when_it_is_public_again(
        self, team: Team, coded: Authorization, act: str
    ) -> None:
        team.sandbox.phone(f"posts/{coded.post.item_id}/{act}/", {})
        polling.poll(team.account, at=team.now)
        assert_noticed(coded)
        team.sandbox.phone(f"posts/{coded.post.item_id}/show/", {})
        polling.poll(team.account, at=team.now)
        coded.refresh_from_db()
        assert coded.state == State.BOUND
        assert not Notice.objects.filter(key=f"permission-{coded.pk}-lost", done_at=None).exists()

    def test_that_is_hidden_and_whose_code_is_withdrawn_is_withdrawn(
        self, team: Team, coded: Authorization
    ) -> None:
        for act in ("hide", "revoke"):
            team.sandbox.phone(f"posts/{coded.post.item_id}/{act}/", {})
            polling.poll(team.account, at=team.now)
        coded.refresh_from_db()
        assert coded.state == State.REVOKED


class TestAPostOfALinkedAccount:
    @pytest.mark.slow
    @pytest.mark.parametrize("act", VANISHES)
    def test_is_noticed_with_a_breach_of_its_hold(
        self, team: Team, linked: Authorization, act: str
    ) -> None:
        team.sandbox.phone(f"posts/{linked.post.item_id}/{act}/", {})
        polling.read_platform(team.workspace, at=team.now)
        assert_noticed(linked)
        breach = Breach.objects.get(item_id=linked.post.item_id)
        assert breach.kind == ("deleted" if act == "delete" else "hidden")

    @pytest.mark.slow
    def test_comes_back_when_it_is_public_again(self, team: Team, linked: Authorization) -> None:
        for act, state in (("friends", State.POST_UNAVAILABLE), ("show", State.BOUND)):
            team.sandbox.phone(f"posts/{linked.post.item_id}/{act}/", {})
            polling.read_platform(team.workspace, at=team.now)
            linked.refresh_from_db()
            assert linked.state == state

    @pytest.mark.slow
    def test_that_its_account_does_not_show_any_more_is_unavailable_and_not_unlinked(
        self, team: Team, linked: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = sources.import_own_posts

        def without(*args: object, **more: object) -> list[sources.LinkedAccount]:
            return [
                dataclasses.replace(
                    each, posts=[post for post in each.posts if post.pk != linked.post_id]
                )
                for each in real(*args, **more)  # type: ignore[arg-type]  # passed on as they came
            ]

        others = Authorization.objects.filter(kind="business_center").exclude(pk=linked.pk)
        before = list(others.order_by("pk").values_list("state", flat=True))
        with monkeypatch.context() as patch:
            patch.setattr(sources, "import_own_posts", without)
            polling.read_platform(team.workspace, at=team.now)
        assert_noticed(linked)
        assert Post.objects.get(pk=linked.post_id).status == post_rules.NOT_LISTED
        assert list(others.order_by("pk").values_list("state", flat=True)) == before
        polling.read_platform(team.workspace, at=team.now)
        linked.refresh_from_db()
        assert linked.state == State.BOUND

    def test_that_is_private_when_it_is_first_seen_is_never_bound(self, team: Team) -> None:
        team.shop()
        other = Post.objects.select_related("creator").get(item_id=team.plain_posts()[0]["item_id"])
        team.sandbox.phone(f"posts/{other.item_id}/hide/", {})
        team.sandbox.post("accounts/", {"handle": other.creator.handle, "business_center": True})
        polling.read_platform(team.workspace, at=team.now)
        row = Authorization.objects.get(post=other, kind="business_center")
        assert row.state == State.POST_UNAVAILABLE
        assert not Notice.objects.filter(key=f"permission-{row.pk}-lost").exists()


class TestACodeOfAPrivatePost:
    """Seen: each new code set the permission to bound, and the next reading took it back, day after day."""

    def test_is_bound_at_tiktok_but_never_usable_here(self, team: Team) -> None:
        post = team.plain_posts()[0]
        code = team.code(post["item_id"])
        team.sandbox.phone(f"posts/{post['item_id']}/hide/", {})
        row = team.paste(code).rows.get()
        assert row.outcome == row.Outcome.APPLIED
        assert "The post is not public" in row.message
        found = Authorization.objects.get(post__item_id=post["item_id"])
        assert (found.state, found.lost_at is not None) == (State.POST_UNAVAILABLE, True)

    def test_leaves_the_state_where_the_last_reading_put_it(self, team: Team) -> None:
        post = team.plain_posts()[0]
        team.paste(team.code(post["item_id"]))
        team.sandbox.phone(f"posts/{post['item_id']}/hide/", {})
        polling.read_platform(team.workspace, at=team.now)
        found = Authorization.objects.get(post__item_id=post["item_id"])
        assert found.state == State.POST_UNAVAILABLE
        was_bound = found.events.filter(to_state=State.BOUND).count()
        team.sandbox.phone(f"posts/{post['item_id']}/revoke/", {})
        team.paste(team.code(post["item_id"], days=60))
        found.refresh_from_db()
        assert found.state == State.POST_UNAVAILABLE
        assert found.events.filter(to_state=State.BOUND).count() == was_bound


class TestAPostOfAnAffiliateConsent:
    def test_that_its_account_lists_no_more_is_noticed_and_comes_back(self, team: Team) -> None:
        team.shop()
        right = UsageRight.objects.exclude(item_id="").first()
        assert right is not None
        post = Post.objects.get(item_id=right.item_id)
        row = by_hand.note_consent(team.manager, post, collab_ends_at=None, at=team.now)
        for status, state in (
            (post_rules.NOT_LISTED, State.POST_UNAVAILABLE),
            (post_rules.PUBLIC, State.BOUND),
        ):
            Post.objects.filter(pk=post.pk).update(status=status)
            polling.end_collaborations(team.workspace, at=team.now)
            row.refresh_from_db()
            assert row.state == state
