"""Text from the outside: signs that nobody sees are taken out before anything is read or compared."""

from __future__ import annotations

import re
import unicodedata

# Zero-width signs, soft hyphens, marks of direction and of byte order, control characters but tab and line ends.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
# The joiner that builds one emoji out of several stays between them.
_LONE_JOINER = re.compile("(?<![\u2190-\U0010ffff])\u200d|\u200d(?![\u2190-\U0010ffff])")
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")


def without_hidden(text: str) -> str:
    """The text as it looks: without hidden signs, every kind of blank as a plain one, accents in one piece."""
    seen = _LONE_JOINER.sub("", _HIDDEN.sub("", text))
    return unicodedata.normalize("NFC", _BLANKS.sub(" ", seen))
