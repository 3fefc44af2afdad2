"""What people write under posts: the word lists of `words.yaml`, read when first needed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

CATEGORIES = (
    "purchase_question",
    "purchase_proof",
    "praise",
    "tag_friend",
    "product_question",
    "complaint",
    "scepticism",
    "spam",
    "hate",
    "off_topic",
)

Words = dict[str, tuple[str, ...]]


class WordLists(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """words : language → slot → what fills it; sentences : language → category → sentences.

    `{thing}` is the product and `{friend}` a handle; both are filled by the caller.
    """

    words: dict[str, Words]
    sentences: dict[str, Words]
    emoji: Words
    handle_heads: tuple[str, ...]
    handle_tails: tuple[str, ...]


@cache
def word_lists() -> WordLists:
    content = files(__package__).joinpath("words.yaml").read_bytes()
    return msgspec.yaml.decode(content, type=WordLists)
