"""Exports of comments and blocked words as CSV tasks. Source: tiktok-api.md §10, [Y]."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tiktok_sandbox.wire.comments.ads import (
    ADVERTISER,
    SELECTION,
    chosen_comments,
    own_comment,
    rows,
)
from tiktok_sandbox.wire.protocol.calls import Call, Data, Document, Endpoint
from tiktok_sandbox.wire.protocol.errors import TASK_NOT_READY, WireError, not_found
from tiktok_sandbox.wire.protocol.fields import choice, ids, integer, many, text
from tiktok_sandbox.wire.protocol.parameters import time_text
from tiktok_sandbox.world.state.comments import ExportTask

LANGUAGES = ("EN", "JA", "ZH")
MOST_COMMENTS = 1000
Columns = Mapping[str, tuple[str, str, str]]
COMMENT_COLUMNS: Columns = {
    "comment_id": ("Comment ID", "コメントID", "评论ID"),
    "content": ("Comment", "コメント", "评论内容"),
    "comment_type": ("Type", "種類", "类型"),
    "comment_status": ("Status", "ステータス", "状态"),
    "likes": ("Likes", "いいね", "点赞数"),
    "replies": ("Replies", "返信", "回复数"),
    "create_time": ("Time", "日時", "时间"),
    "user_name": ("User", "ユーザー", "用户"),
    "ad_id": ("Ad ID", "広告ID", "广告ID"),
    "ad_name": ("Ad name", "広告名", "广告名称"),
    "tiktok_item_id": ("Post ID", "投稿ID", "帖子ID"),
}
WORD_COLUMNS: Columns = {
    "word": ("Blocked word", "ブロック単語", "屏蔽词"),
    "since": ("Since", "追加日時", "添加时间"),
}
COMMENTS, WORDS = "comments", "blocked_words"


def comment_task_create(call: Call) -> Data:
    """Export the comments named by id, or those the filters choose."""
    account = call.advertiser()
    wanted = call.parameters.ids("comment_ids", most=MOST_COMMENTS)
    if wanted:
        chosen = [own_comment(call, account.advertiser_id, number) for number in wanted]
    else:
        call.parameters.require("search_field", "search_value", "start_time", "end_time")
        chosen = chosen_comments(call)
    return _task(call, COMMENTS, COMMENT_COLUMNS, rows(call, chosen))


def word_task_create(call: Call) -> Data:
    """Export the account's blocked words, or those of them that are named."""
    account = call.advertiser()
    book = call.world.state.comment_acts.blocked_words.get(account.advertiser_id, {})
    wanted = {str(word) for word in call.parameters.items("blocked_words")}
    found: list[dict[str, object]] = [
        {"word": word, "since": time_text(since)}
        for word, since in book.items()
        if not wanted or word in wanted
    ]
    return _task(call, WORDS, WORD_COLUMNS, found)


def _task(call: Call, kind: str, columns: Columns, table: Iterable[Mapping[str, object]]) -> Data:
    language = LANGUAGES.index(call.parameters.choice("lang", LANGUAGES, "EN"))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([titles[language] for titles in columns.values()])
    writer.writerows([_cell(line[name]) for name in columns] for line in table)
    task = ExportTask(
        task_id=call.world.next_id("export", prefix="70"),
        advertiser_id=call.advertiser().advertiser_id,
        kind=kind,
        text=out.getvalue(),
    )
    call.world.state.comment_acts.exports[task.task_id] = task
    return {"task_id": task.task_id}


def _cell(value: object) -> str:
    """Text that a spreadsheet shows and never runs as a formula."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _find(call: Call, kind: str) -> ExportTask:
    account, number = call.advertiser(), call.parameters.text("task_id")
    task = call.world.state.comment_acts.exports.get(number)
    if task is None or task.kind != kind or task.advertiser_id != account.advertiser_id:
        raise not_found("task", number)
    return task


def _check(call: Call, kind: str) -> Data:
    """The first look finds it running, every later one done."""
    task = _find(call, kind)
    task.checks += 1
    return {"task_id": task.task_id, "status": "RUNNING" if task.checks == 1 else "SUCCEED"}


def _download(call: Call, kind: str) -> Document:
    task = _find(call, kind)
    if task.checks < 2:
        raise WireError(TASK_NOT_READY, "The task is not ready yet; check its status.")
    return Document(content=task.text.encode())


def comment_task_check(call: Call) -> Data:
    return _check(call, COMMENTS)


def comment_task_download(call: Call) -> Document:
    return _download(call, COMMENTS)


def word_task_check(call: Call) -> Data:
    return _check(call, WORDS)


def word_task_download(call: Call) -> Document:
    return _download(call, WORDS)


LANG = choice("lang", *LANGUAGES)
TASK = (ADVERTISER, text("task_id", required=True))

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/comment/task/create/",
        handler=comment_task_create,
        section="10",
        takes=(
            ADVERTISER,
            *(replace(field, required=False) for field in SELECTION),
            ids("comment_ids", most=MOST_COMMENTS),
            LANG,
        ),
    ),
    Endpoint(
        method="GET",
        path="/comment/task/check/",
        handler=comment_task_check,
        section="10",
        takes=(*TASK, integer("source")),
        limits="Running at the first look, done at the second",
    ),
    Endpoint(
        method="GET",
        path="/comment/task/download/",
        handler=comment_task_download,
        section="10",
        takes=TASK,
    ),
    Endpoint(
        method="POST",
        path="/blockedword/task/create/",
        handler=word_task_create,
        section="10",
        takes=(ADVERTISER, many("blocked_words"), LANG),
    ),
    Endpoint(
        method="GET",
        path="/blockedword/task/check/",
        handler=word_task_check,
        section="10",
        takes=TASK,
        limits="Running at the first look, done at the second",
    ),
    Endpoint(
        method="GET",
        path="/blockedword/task/download/",
        handler=word_task_download,
        section="10",
        takes=TASK,
    ),
)
