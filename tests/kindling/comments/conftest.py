"""A team whose ads have run for four days, with the comments under them read."""

from __future__ import annotations

import pytest
from commented_posts import opened, read_comments
from sample_team import Team

from kindling.comments.models import Comment


@pytest.fixture
def commented(team: Team) -> Team:
    return team.stages.after("commented", do=lambda: read_comments(team))


@pytest.fixture
def comment(commented: Team) -> Comment:
    """A comment of a person at the top of its thread under an ad; it has no category."""
    row = Comment.objects.filter(parent_id="", is_ours=False, ad__isnull=False, is_hidden=False)
    found = row.order_by("pk").first()
    assert found is not None
    Comment.objects.filter(pk=found.pk).update(category="", label="", confidence=0)
    return opened(commented, found.comment_id)
