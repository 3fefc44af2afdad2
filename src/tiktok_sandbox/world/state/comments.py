"""What people did to comments: the only part of threads that is kept; the rest is drawn when read."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

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


class ThreadAct(Record, kw_only=True):
    """What a brand or a creator did about a drawn comment; kept for good, so that what followed stays.

    kind : answer, unanswer (the answer was deleted), hide, show; category : the comment's, true one
    reply_id : of the answer
    """

    at: datetime
    item_id: str
    comment_id: str
    category: str
    kind: Literal["answer", "unanswer", "hide", "show"]
    reply_id: str = ""


class ExportTask(Record, kw_only=True):
    """A CSV made on request; it is ready from the second time anyone asks for its status."""

    task_id: str
    advertiser_id: str
    kind: str
    text: str
    checks: int = 0


class CommentActs(Record, kw_only=True):
    """hidden, liked : comment ids; log : every act that moves a thread, oldest first;
    blocked_words : advertiser → word → since when.
    """

    hidden: dict[str, bool] = {}
    liked: dict[str, bool] = {}
    log: list[ThreadAct] = []
    written: dict[str, WrittenComment] = {}
    blocked_words: dict[str, dict[str, datetime]] = {}
    exports: dict[str, ExportTask] = {}
