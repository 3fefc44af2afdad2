"""`blockedword/*`: words that hide comments by themselves. Source: tiktok-api.md §10, [Y]."""

from __future__ import annotations

from datetime import datetime

from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint, one_page
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.fields import many, pages, text
from tiktok_sandbox.world.state.clock import whole_seconds

LONGEST_WORD, MOST_WORDS, MOST_AT_ONCE, MOST_PER_PAGE = 80, 1000, 200, 500


def words_list(call: Call) -> Data:
    words = list(_book(call))
    shown, info = one_page(call.parameters, words, most=MOST_PER_PAGE)
    return {"list": [{"bw_content": word} for word in shown], "page_info": info}


def words_create(call: Call) -> Data:
    """Add words; those that stand already stay as they are."""
    words, book = _given(call), _book(call)
    if len(book.keys() | set(words)) > MOST_WORDS:
        raise invalid("blocked_words", f"An ad account can block {MOST_WORDS} words")
    book = call.world.state.comment_acts.blocked_words.setdefault(
        call.parameters.text("advertiser_id"), book
    )
    for word in words:
        book.setdefault(word, whole_seconds(call.world.now))
    return {"blocked_words": words}


def words_update(call: Call) -> Data:
    book = _book(call)
    old, new = (
        call.parameters.text("old_word"),
        _clean("new_word", call.parameters.text("new_word")),
    )
    if old not in book:
        raise not_found("blocked word", old)
    if new in book:
        raise invalid("new_word", "The word is blocked already")
    book[new] = book.pop(old)
    return {"old_word": old, "new_word": new}


def words_delete(call: Call) -> Data:
    """Remove words; comments that only they hid are shown again."""
    book, words = _book(call), _given(call)
    unknown = [word for word in words if word not in book]
    if unknown:
        raise not_found("blocked word", unknown[0])
    for word in words:
        del book[word]
    return {"blocked_words": words}


def words_check(call: Call) -> Data:
    book = _book(call)
    return {"results": [{"word": word, "blocked": word in book} for word in _given(call)]}


def _book(call: Call) -> dict[str, datetime]:
    account = call.advertiser()
    return call.world.state.comment_acts.blocked_words.get(account.advertiser_id, {})


def _given(call: Call) -> list[str]:
    found = [_clean("blocked_words", str(word)) for word in call.parameters.items("blocked_words")]
    return list(dict.fromkeys(found))


def _clean(name: str, word: str) -> str:
    cleaned = " ".join(word.split())
    if not cleaned or len(cleaned) > LONGEST_WORD:
        raise invalid(name, f"Each word has 1 to {LONGEST_WORD} characters")
    return cleaned


ADVERTISER = text("advertiser_id", required=True)
WORDS = many(
    "blocked_words", text("word", most=LONGEST_WORD), required=True, least=1, most=MOST_AT_ONCE
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/blockedword/list/",
        handler=words_list,
        section="10",
        takes=(ADVERTISER, *pages(most=MOST_PER_PAGE)),
        limits="Limits of words and length are ours",
    ),
    Endpoint(
        method="POST",
        path="/blockedword/create/",
        handler=words_create,
        section="10",
        takes=(ADVERTISER, WORDS),
    ),
    Endpoint(
        method="POST",
        path="/blockedword/update/",
        handler=words_update,
        section="10",
        takes=(
            ADVERTISER,
            text("old_word", required=True, most=LONGEST_WORD),
            text("new_word", required=True, most=LONGEST_WORD),
        ),
    ),
    Endpoint(
        method="POST",
        path="/blockedword/delete/",
        handler=words_delete,
        section="10",
        takes=(ADVERTISER, WORDS),
    ),
    Endpoint(
        method="GET",
        path="/blockedword/check/",
        handler=words_check,
        section="10",
        takes=(ADVERTISER, WORDS),
    ),
)
