"""An account that is connected by the team's own link is the creator's, or nothing changes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.test import Client
from django.urls import reverse
from sample_team import PLAIN, Team

from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import InvalidInputError
from kindling.posts import rules
from kindling.posts.models import Post
from kindling.posts.reading import sources
from kindling.workspaces.models import AuditEntry


@pytest.fixture
def post(team: Team) -> Post:
    """A creator's public post on record that TikTok once showed."""
    team.shop()
    Post.objects.update(status=rules.PUBLIC)
    return Post.objects.select_related("creator").get(item_id=team.plain_posts()[0]["item_id"])


def somebody_else(post: Post) -> Creator:
    found = Creator.objects.exclude(pk=post.creator_id).exclude(is_own=True).first()
    assert found is not None
    return found


class TestTheTeamsLink:
    def test_keeps_the_creators_own_account(self, team: Team, post: Post) -> None:
        kept = team.connect_creator(post.creator.handle)
        assert CreatorGrant.objects.get() == kept
        assert post.item_id in sources.listed_in_account(kept, at=team.now)

    def test_leaves_the_good_grant_as_it_is_where_another_account_consents(
        self, team: Team, post: Post
    ) -> None:
        good = team.connect_creator(post.creator.handle)
        with pytest.raises(
            InvalidInputError, match=f"none of the known posts of @{post.creator.handle}"
        ):
            team.connect_creator(post.creator.handle, account=somebody_else(post).handle)
        kept = CreatorGrant.objects.get()
        assert (kept.pk, kept.open_id, kept.access_token) == (
            good.pk, good.open_id, good.access_token,
        )  # fmt: skip
        assert post.item_id in sources.listed_in_account(kept, at=team.now)
        assert AuditEntry.objects.filter(action="creator connected TikTok").count() == 1

    def test_keeps_no_other_account_where_there_was_none(self, team: Team, post: Post) -> None:
        with pytest.raises(InvalidInputError):
            team.connect_creator(post.creator.handle, account=somebody_else(post).handle)
        assert not CreatorGrant.objects.exists()

    def test_keeps_no_account_that_shows_somebody_else_s_posts(
        self, team: Team, post: Post
    ) -> None:
        Post.objects.filter(creator=post.creator).update(status=rules.NOT_SEEN)
        with pytest.raises(InvalidInputError):
            team.connect_creator(post.creator.handle, account=somebody_else(post).handle)
        assert not CreatorGrant.objects.exists()

    def test_does_not_end_the_grant_of_whose_account_it_is(self, team: Team, post: Post) -> None:
        theirs = team.connect_creator(somebody_else(post).handle)
        with pytest.raises(InvalidInputError):
            team.connect_creator(post.creator.handle, account=somebody_else(post).handle)
        assert sources.listed_in_account(theirs, at=team.now)

    def test_connects_the_same_account_again_when_its_posts_are_listed_no_more(
        self, team: Team, post: Post
    ) -> None:
        good = team.connect_creator(post.creator.handle)
        Post.objects.filter(creator=post.creator).update(item_id="7599999999999999999")
        again = team.connect_creator(post.creator.handle)
        assert (again.pk, again.open_id) == (good.pk, good.open_id)

    @pytest.mark.parametrize(
        "status", [rules.NOT_LISTED, rules.NOT_SEEN, "USER_DELETE", "ONLY_AUTHOR_SEE"]
    )
    def test_asks_no_proof_of_posts_that_no_list_shows(
        self, team: Team, post: Post, status: str
    ) -> None:
        Post.objects.filter(creator=post.creator).delete()
        Post.objects.create(
            workspace=team.workspace, creator=post.creator, item_id="7599999999999999999",
            status=status, source="code", first_seen_at=team.now, seen_at=team.now,
        )  # fmt: skip
        assert team.connect_creator(post.creator.handle).creator == post.creator

    def test_says_on_the_page_whose_posts_are_missing(self, team: Team, post: Post) -> None:
        browser = Client()
        assert team.manager.user is not None
        browser.force_login(team.manager.user)
        where = reverse("creators:connect", args=[team.workspace.slug, post.creator.handle])
        page = browser.get(where, {"connection": team.account.connection_id})
        told = parse_qs(urlsplit(page.context["consent_url"]).query)
        form = {name: told[name][0] for name in ("redirect_uri", "state", "scope")}
        answer = httpx.post(
            f"{team.sandbox.url}/v2/auth/authorize",
            data={**form, "handle": somebody_else(post).handle},
            trust_env=False,
            verify=PLAIN,
        )
        back = urlsplit(answer.headers["location"])
        said = browser.get(f"{back.path}?{back.query}")
        assert said.status_code == 422
        assert f"none of the known posts of @{post.creator.handle}" in said.content.decode()
        assert not CreatorGrant.objects.exists()
