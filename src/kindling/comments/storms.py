"""Say when a post gets more criticism than its own past: a notice with an owner, closed when it is over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from kindling.comments import rules
from kindling.comments.models import Comment
from kindling.comments.rules import PAST, RECENT, Storm
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import COMMUNITY, MEDIA_BUYER, OWNER


def watch(workspace: Workspace, *, now: datetime) -> dict[str, Storm]:
    """Look at every post with comments of the last day; returns the storms by item id."""
    rows = Comment.objects.filter(
        workspace=workspace, is_ours=False, parent_id="", written_at__gt=now - RECENT - PAST
    ).exclude(category="")
    of_post: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for item_id, written_at, category in rows.values_list("item_id", "written_at", "category"):
        of_post[item_id].append((written_at, category in rules.CRITICISM))
    posts = {
        post.item_id: post
        for post in Post.objects.filter(
            workspace=workspace, item_id__in=list(of_post)
        ).select_related("creator")
    }
    found = {}
    for item_id, comments in of_post.items():
        post = posts.get(item_id)
        storm = rules.storm_of(comments, posted_at=post.posted_at if post else None, now=now)
        if storm is not None:
            found[item_id] = storm
    for item_id, storm in found.items():
        _tell(workspace, item_id, posts.get(item_id), storm, at=now)
    _settle(workspace, set(of_post) - set(found), at=now)
    return found


def _tell(
    workspace: Workspace, item_id: str, post: Post | None, storm: Storm, *, at: datetime
) -> None:
    whose = f"the post of @{post.creator.handle}" if post else f"post {item_id}"
    before = "" if storm.before is None else f"; {storm.before:.0%} before"
    notices.notify(
        workspace,
        key=f"comment-storm-{item_id}",
        roles=(COMMUNITY, MEDIA_BUYER, OWNER),
        title=(
            f"Criticism rises under {whose}: {storm.critical} of {storm.n} comments in 24 hours "
            f"({storm.low:.0%} to {storm.high:.0%}){before}."
        ),
        next_step="Answer the questions behind it; pause the ad if it goes on.",
        path=f"comments/?post={item_id}&show=all",
        at=at,
        urgency=2,
    )


def _settle(workspace: Workspace, item_ids: Iterable[str], *, at: datetime) -> None:
    keys = [f"comment-storm-{item_id}" for item_id in item_ids]
    notices.settle_all(workspace, keys=keys, at=at)
