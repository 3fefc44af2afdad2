"""A team whose ads have run for three days, with the comments under them read."""

from __future__ import annotations

from typing import Any

import pytest
from sample_team import Team

from kindling.comments import service, sync
from kindling.comments.models import Comment


@pytest.fixture
def commented(team: Team) -> Team:
    return team.stages.after("commented", do=lambda: read_comments(team))


def read_comments(team: Team) -> Team:
    plan = team.apply(team.approved(team.launchable(2, days=30)))
    assert plan.state == "applied"
    team.sandbox.advance(days=4)
    team.read()
    sync.sync_ad_account(team.account, at=team.now)
    return team


@pytest.fixture
def comment(commented: Team) -> Comment:
    """A comment of somebody at the top of its thread under an ad; nobody has labelled it."""
    row = Comment.objects.filter(parent_id="", is_ours=False, ad__isnull=False, is_hidden=False)
    found = row.order_by("pk").first()
    assert found is not None
    Comment.objects.filter(pk=found.pk).update(category="", label="", confidence=0)
    return opened(commented, found.comment_id)


def opened(team: Team, comment_id: str) -> Comment:
    return service.find_comment(team.workspace, comment_id)


def at_tiktok(team: Team, item_id: str) -> list[dict[str, Any]]:
    """Comments of a post in the sandbox's own truth."""
    return list(team.sandbox.get(f"truth/comments/?item_id={item_id}")["comments"])
