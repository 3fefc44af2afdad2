"""Comments under the ads of a team, as the tests reach them."""

from __future__ import annotations

from typing import Any

from sample_team import Team

from kindling.comments import service, sync
from kindling.comments.models import Comment


def read_comments(team: Team) -> Team:
    """Two ads that have run for four days, with the comments under them read."""
    plan = team.apply(team.approved(team.launchable(2, days=30)))
    assert plan.state == "applied"
    team.sandbox.advance(days=4)
    team.read()
    sync.sync_ad_account(team.account, at=team.now)
    return team


def opened(team: Team, comment_id: str) -> Comment:
    """A comment as a page opens it, as it is stored now."""
    return service.find_comment(team.workspace, comment_id)


def at_tiktok(team: Team, item_id: str) -> list[dict[str, Any]]:
    """Comments of a post in the sandbox's own truth."""
    return list(team.sandbox.get(f"truth/comments/?item_id={item_id}")["comments"])
