"""Text from the outside: what cannot be stored, and signs that nobody sees, are taken out before anything is read."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from kindling.errors import InvalidInputError

# Zero-width signs, soft hyphens, marks of direction and of byte order, control characters but tab and line ends.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
# The joiner that builds one emoji out of several stays between them.
_LONE_JOINER = re.compile("(?<![\u2190-\U0010ffff])\u200d|\u200d(?![\u2190-\U0010ffff])")
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
# Half of a pair of UTF-16 has no UTF-8, and PostgreSQL has no U+0000.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MOST_TEMPLATE_NAME = 80  # characters, as its column holds
MOST_REASON = 1_000  # characters of a reason that a person gives


def storable(value: Any) -> Any:
    """A text, or every text in lists and objects of JSON, without what no database or file can hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    return value


def without_hidden(text: str) -> str:
    """The text as it looks: without hidden signs, every kind of blank as a plain one, accents in one piece."""
    seen = _LONE_JOINER.sub("", _HIDDEN.sub("", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", seen))


def template_name(name: str) -> str:
    """A template's name as it is stored, on one line. Raises InvalidInputError for none, or one that is too long."""
    name = " ".join(name.split())
    if not name or len(name) > MOST_TEMPLATE_NAME:
        raise InvalidInputError(
            f"The template needs a name of at most {MOST_TEMPLATE_NAME} characters.",
            next_step="Enter a short name.",
            field="name",
        )
    return name
