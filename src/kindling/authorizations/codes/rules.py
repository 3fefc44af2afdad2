"""Video codes inside other text: a chat, an e-mail, a cell with two of them. Pure; no message repeats a code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from kindling.authorizations.lifecycle.rules import CODE, clean_code
from kindling.kit.text import without_hidden

# With its #: not the part of an address that follows a #, and no hashtag, which has letters only.
_MARKED = re.compile(r"(?<![A-Za-z0-9/&?.%#])#[A-Za-z0-9+/_-]{16,}={0,3}")
# Without it, a word that nothing but a code looks like.
_BARE = re.compile(r"(?<![^\s:*>\"'“(])[A-Za-z0-9+/_-]{30,}={0,3}(?![^\s,;.*\"'”)])")
_RUN = re.compile(r"[A-Za-z0-9+/=_%-]{8,}")
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class FoundCodes:
    """The codes of a text, in their order, and the text around them with every code hidden. Codes are secrets."""

    codes: tuple[str, ...] = field(repr=False)
    rest: str


def codes_in(text: str) -> FoundCodes:
    """Every code that free text holds; words and hashtags are none."""
    seen = without_hidden(text)
    spans = [each.span() for each in _MARKED.finditer(seen) if _is_code(each[0])]
    spans += [each.span() for each in _BARE.finditer(seen) if _is_mixed(each[0])]
    spans.sort()
    codes, rest, at = [], [], 0
    for start, end in spans:
        code = seen[start:end]
        if seen[start - 1 : start] == "_" and code.endswith("_"):  # _slanted_ in a chat
            code = code[:-1]
        codes.append(code)
        rest += [seen[at:start], HIDDEN]
        at = end
    return FoundCodes(tuple(codes), "".join([*rest, seen[at:]]))


def _is_code(letters: str) -> bool:
    return bool(re.search(r"[0-9+/=]", letters))


def _is_mixed(word: str) -> bool:
    return all(re.search(each, word) for each in ("[a-z]", "[A-Z]", "[0-9]"))


def has_words(text: str) -> bool:
    """Whether there are words of a person in it, as in a chat, and not only codes and their pieces."""
    return any(re.fullmatch(r"[^\W\d_]{2,}[.,:;!?)]*", each) for each in text.split())


def is_remark(line: str) -> bool:
    """Whether a line of a chat that holds no code is words, and no code that was mistyped."""
    seen = without_hidden(line).strip()
    # A # with digits and capitals behind it was meant to be a code; hashtags are written small.
    if re.search(r"(?<!\S)(?:%23|#(?=\S*\d)(?=\S*[A-Z]))\S{3,}", seen):
        return False
    return has_words(seen) or len(seen) < 16 or bool(re.search(r"://|@|#|[^\x00-\x7f]", seen))


def codes_of_cell(text: str) -> tuple[str, ...]:
    """The codes of one cell: one as a rule, more where somebody wrote two of them. Raises ValueError."""
    seen = without_hidden(text)
    found = codes_in(seen)
    marks = seen.count("#")
    if marks > 1:
        if len(found.codes) != marks:
            raise ValueError(
                "The cell has several video codes, and not all of them can be read; "
                "write each in a line of its own, whole, starting with #"
            )
        return tuple(dict.fromkeys(found.codes))
    pieces = [
        each for each in re.split(r"[\s,;|]+", seen) if _is_code(each) and CODE.fullmatch(each)
    ]
    if len(pieces) > 1:
        raise ValueError(
            "The cell has several video codes that cannot be told apart, or one with a blank in it; "
            "write each in a line of its own, starting with #"
        )
    if len(found.codes) == 1:
        (code,) = found.codes
        # A code that a blank broke in two goes on with letters and digits mixed; what else stands there are remarks.
        after = re.match(r"\s+([\w+/=-]+)", found.rest.partition(HIDDEN)[2])
        if code.endswith("=") or not after or after[1].isalpha() or after[1].isdigit():
            return (code,)
    return (clean_code(seen),)


def without_secrets(text: str) -> str:
    """Text that may be shown: codes, and every word that could be a part of one, are hidden."""
    pieces = re.split(r"(\s+)", codes_in(text).rest)
    return "".join(HIDDEN if _may_be_secret(each) else each for each in pieces).strip()


def _may_be_secret(word: str) -> bool:
    if word[:1] in {"#", "%"} and len(word) > 4:
        return True
    return any(
        re.search(r"\d", run) and re.search(r"[A-Za-z+=]", run) for run in _RUN.findall(word)
    )
