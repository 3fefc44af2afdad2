"""The list of posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from kindling.lists.rules import Kind
from kindling.lists.spec import (
    Column,
    Done,
    Filter,
    ListAction,
    ListSpec,
    Scope,
    one_by_one,
    register,
)
from kindling.posts import service
from kindling.posts.evidence import lanes
from kindling.posts.evidence.lanes import Placement
from kindling.posts.evidence.policy import policy_of
from kindling.posts.forms import StatusForm
from kindling.posts.models import LANES, Post
from kindling.posts.rules import NOTES, Lane
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor


def _counts(scope: Scope) -> Mapping[str, int]:
    return service.lane_counts(scope.workspace)


def _of_lane(rows: QuerySet[Post], lane: str, _scope: Scope) -> QuerySet[Post]:
    return rows.filter(lane=lane)


def _suggested(rows: QuerySet[Post], _lane: str, scope: Scope) -> QuerySet[Post]:
    return rows.filter(service.lacks_views(policy_of(scope.workspace), now=scope.now))


def _note(name: str) -> Callable[[Post], str | None]:
    return lambda row: getattr(row, name) or None


def _found(rows: QuerySet[Post], search: str, scope: Scope) -> QuerySet[Post]:
    return service.matching(rows, search, workspace=scope.workspace)


def _name(post: Post) -> str:
    return f"@{post.creator.handle}, post {post.item_id}"


def _move(actor: Actor, posts: list[Post], values: Mapping[str, Any], at: datetime) -> Done:
    def move(post: Post) -> object:
        before = lanes.move_by_hand(actor, post, values["lane"], values["reason"], at=at)
        after = Placement(values["lane"], values["reason"].strip(), by_hand=True)
        return None if before == after else {"post": post.pk, "before": before, "after": after}

    return one_by_one(posts, _name, move)


def _put_back(actor: Actor, moves: list[dict[str, Any]], at: datetime) -> Done:
    posts = Post.objects.select_related("creator").in_bulk([each["post"] for each in moves])

    def put_back(move: dict[str, Any]) -> object:
        before, after = Placement(*move["before"]), Placement(*move["after"])
        lanes.put_back(actor, move["post"], before=before, after=after, at=at)
        return move["post"]

    return one_by_one(moves, lambda move: _name(posts[move["post"]]), put_back)


SET_STATUS = ListAction(
    name="set_status",
    label="Set status",
    does="The status set by hand overrides the automatic one. The reason is saved in the history of each post.",
    action=Action.MOVE_LANES,
    fields=lambda _: StatusForm().fields,
    do=_move,
    said=lambda count: "1 post has another status." if count == 1 else f"{count:,} posts have another status.",
    undo=_put_back,
)  # fmt: skip

POSTS = register(
    ListSpec(
        name="posts",
        title="Posts",
        page="posts:list",
        rows=lambda scope: service.library(scope.workspace),
        order="newest first",
        row_template="posts/row.html",
        tile_template="posts/tile.html",
        link=lambda scope, row: reverse("profiles:post", args=[scope.workspace.slug, row.item_id]),
        search=_found,
        search_hint="Creator, post id or SKU",
        actions=(SET_STATUS,),
        row_name=_name,
        filters=(
            Filter(
                "lane", "Status", lambda _: [(str(key), str(label)) for key, label in LANES],
                _of_lane, counts=_counts, is_tabs=True,
            ),
            Filter(
                "suggested", "Suggested", lambda _: [(Lane.DARK_TEST, "Ads-only test")], _suggested,
            ),
        ),
        columns=(
            Column("post", "Post", lambda row: row.item_id, sort="item_id", is_title=True),
            Column("handle", "Creator", lambda row: row.creator.handle, is_shown=False),
            Column("status", "Status", lambda row: row.get_lane_display()),
            Column("reason", "Reason", lambda row: row.lane_reason, is_shown=False),
            Column("at_tiktok", "At TikTok", lambda row: row.status_label, is_shown=False),
            Column("chance", "Chance of paying", lambda row: row.chance, Kind.SHARE, sort="chance"),
            Column("sku", "SKU", lambda row: row.sku or None, sort="sku"),
            *(
                Column(name, label, _note(name), is_shown=False)
                for name, label in NOTES.items() if name != "sku"
            ),
            Column("views", "Views", lambda row: row.views, Kind.COUNT, sort="views", is_main=True),
            Column("likes", "Likes", lambda row: row.likes, Kind.COUNT, sort="likes"),
            Column("comments", "Comments", lambda row: row.comments, Kind.COUNT, sort="comments"),
            Column("shares", "Shares", lambda row: row.shares, Kind.COUNT, sort="shares"),
            Column("posted", "Posted", lambda row: row.posted_at, Kind.INSTANT, sort="posted_at"),
            Column("seconds", "Length in seconds", lambda row: row.duration_seconds, Kind.COUNT, is_shown=False),
        ),
    )
)  # fmt: skip
