"""What people did to comments: the only part of threads that is kept; the rest is drawn when read."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.world.state.entities import Record


class WrittenComment(Record, kw_only=True):
    """A comment posted through the API. parent_id is the comment it answers, if any."""

    comment_id: str
    item_id: str
    parent_id: str | None
    text: str
    handle: str
    display_name: str
    user_id: str
    created_at: datetime
    advertiser_id: str | None = None
    ad_id: str | None = None
    is_deleted: bool = False


class ExportTask(Record, kw_only=True):
    """A CSV made on request; it is ready from the second time anyone asks for its status."""

    task_id: str
    advertiser_id: str
    kind: str
    text: str
    checks: int = 0


class CommentActs(Record, kw_only=True):
    """hidden, liked : comment ids; blocked_words : advertiser → word → since when."""

    hidden: dict[str, bool] = {}
    liked: dict[str, bool] = {}
    written: dict[str, WrittenComment] = {}
    blocked_words: dict[str, dict[str, datetime]] = {}
    exports: dict[str, ExportTask] = {}
