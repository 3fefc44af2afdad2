"""The list of posts."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet
from django.urls import reverse

from kindling.lists.rules import Kind
from kindling.lists.spec import Column, Filter, ListSpec, Scope, register
from kindling.posts import service
from kindling.posts.models import LANES, Post


def _counts(scope: Scope) -> Mapping[str, int]:
    return service.lane_counts(scope.workspace)


def _of_lane(rows: QuerySet[Post], lane: str, _scope: Scope) -> QuerySet[Post]:
    return rows.filter(lane=lane)


def _found(rows: QuerySet[Post], search: str, scope: Scope) -> QuerySet[Post]:
    return service.matching(rows, search, workspace=scope.workspace)


POSTS = register(
    ListSpec(
        name="posts",
        title="Posts",
        page="posts:list",
        rows=lambda scope: service.library(scope.workspace),
        order="newest first",
        row_template="posts/row.html",
        link=lambda scope, row: reverse("profiles:post", args=[scope.workspace.slug, row.item_id]),
        search=_found,
        search_hint="Creator, post id or SKU",
        filters=(
            Filter(
                "lane", "Status", lambda _: [(str(key), str(label)) for key, label in LANES],
                _of_lane, counts=_counts, is_tabs=True,
            ),
        ),
        columns=(
            Column("post", "Post", lambda row: row.item_id, sort="item_id", is_title=True),
            Column("handle", "Creator", lambda row: row.creator.handle, is_shown=False),
            Column("status", "Status", lambda row: row.get_lane_display()),
            Column("reason", "Reason", lambda row: row.lane_reason, is_shown=False),
            Column("at_tiktok", "At TikTok", lambda row: row.status_label, is_shown=False),
            Column("sku", "SKU", lambda row: row.sku or None, sort="sku"),
            Column("views", "Views", lambda row: row.views, Kind.COUNT, sort="views"),
            Column("likes", "Likes", lambda row: row.likes, Kind.COUNT, sort="likes"),
            Column("comments", "Comments", lambda row: row.comments, Kind.COUNT, sort="comments"),
            Column("shares", "Shares", lambda row: row.shares, Kind.COUNT, sort="shares"),
            Column("posted", "Posted", lambda row: row.posted_at, Kind.INSTANT, sort="posted_at"),
            Column("seconds", "Length in seconds", lambda row: row.duration_seconds, Kind.COUNT, is_shown=False),
        ),
    )
)  # fmt: skip
