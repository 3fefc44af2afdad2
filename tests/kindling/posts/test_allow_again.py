"""A post that TikTok refused is allowed again by a person, with a reason: on its page, in the API, from the shell."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.cli import main
from kindling.posts import service
from kindling.posts.models import Post
from kindling.workspaces.models import AuditEntry


@pytest.fixture
def refused(team: Team) -> Post:
    team.shop()
    post = Post.objects.filter(workspace=team.workspace).exclude(creator__is_own=True)[0]
    service.note_refusal(team.workspace, post.item_id, "It is a story.", at=team.now)
    post.refresh_from_db()
    return post


def desk(team: Team) -> Client:
    client = Client()
    assert team.manager.user is not None
    client.force_login(team.manager.user)
    return client


class TestARefusedPost:
    def test_says_so_on_its_page_and_is_allowed_again_there(
        self, team: Team, refused: Post
    ) -> None:
        slug, client = team.workspace.slug, desk(team)
        page = client.get(reverse("profiles:post", args=[slug, refused.item_id])).content.decode()
        assert "TikTok refused this post" in page
        assert "It is a story." in page
        url = reverse("profiles:allow_again", args=[slug, refused.item_id])
        assert client.post(url, {"reason": " "}).status_code == 422
        assert client.post(url, {"reason": "It is a video now."}).status_code == 302
        refused.refresh_from_db()
        assert refused.refused_at is None
        entry = AuditEntry.objects.get(action="allowed post again")
        assert (entry.reason, entry.actor) == ("It is a video now.", team.manager.user)

    def test_is_allowed_again_from_the_command_line(self, team: Team, refused: Post) -> None:
        mine = ["--as", str(team.manager.user.email)]  # type: ignore[union-attr]
        run = CliRunner().invoke
        done = run(main, ["allow-again", refused.item_id, "--reason", "A video now.", *mine])
        assert done.exit_code == 0, done.output
        refused.refresh_from_db()
        assert refused.refused_at is None
        theirs = ["--as", str(team.finance.user.email)]  # type: ignore[union-attr]
        again = run(main, ["allow-again", refused.item_id, "--reason", "x", *theirs])
        assert again.exit_code == 1
