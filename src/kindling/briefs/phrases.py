"""Phrases in texts, and captions compared: accents, case, small inflections and spaces do not matter. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

import snowballstemmer

# Characters that nobody sees: a word with one inside is still that word.
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff"
_WORD = re.compile(rf"#\d+|[\w{_UNSEEN}]+(?:['’][\w{_UNSEEN}]+)*")
# Scripts written without spaces between words: phrases are looked for as they stand.
_NO_SPACES = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_STEMMERS = {
    "en": "english",
    "es": "spanish",
    "de": "german",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
}

# Words that may stand inside a phrase: "cures my acne" is "cures acne".
_SMALL = frozenset(
    {
        "a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "all", "any", "this",
        "el", "la", "los", "las", "un", "una", "mi", "mis", "tu", "tus", "su", "sus", "todo", "toda",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found in a text: which one, the words as written there, and where they start (from 0)."""

    phrase: str
    found: str
    start: int


def fold(text: str) -> str:
    """The text as it is compared: one width, no accents, no case, no unseen characters."""
    plain = unicodedata.normalize("NFKD", text)
    kept = (each for each in plain if not unicodedata.combining(each))
    return re.sub(f"[{_UNSEEN}]", "", "".join(kept)).casefold().replace("’", "'")


@cache
def _forms(word: str, language: str) -> frozenset[str]:
    """What a word is compared by: itself, and its stems with and without accents."""
    plain = fold(word).removesuffix("'s")
    name = _STEMMERS.get(language)
    if name is None:
        return frozenset({plain})
    stem = snowballstemmer.stemmer(name).stemWord
    seen = re.sub(f"[{_UNSEEN}]", "", unicodedata.normalize("NFKC", word)).lower()
    return frozenset({plain, stem(plain), fold(stem(seen))})


def find_phrases(text: str, phrases: Iterable[str], *, language: str = "en") -> list[Hit]:
    """Every place where one of the phrases stands, in the order of the text.

    Whole words only: "cure" is not in "secure". "cured" and "cures" are "cure"; what stands between two words
    of a phrase (spaces, hyphens, line breaks, an article or "my") does not matter.
    language : en, es, de, fr, it or pt bring their inflections; any other is compared word by word
    """
    words = list(_WORD.finditer(text))
    forms = [_forms(each[0], language) for each in words]
    hits = []
    for phrase in phrases:
        if _NO_SPACES.search(phrase):
            hits += _as_it_stands(text, phrase)
            continue
        wanted = [_forms(each[0], language) for each in _WORD.finditer(phrase)]
        for first in range(len(words)) if wanted else ():
            last = _last_of(wanted, forms, first)
            if last is not None:
                start, end = words[first].start(), words[last].end()
                hits.append(Hit(phrase, text[start:end], start))
    return sorted(hits, key=lambda hit: (hit.start, hit.phrase))


def _last_of(wanted: list[frozenset[str]], forms: list[frozenset[str]], first: int) -> int | None:
    """Where a phrase that starts at `first` ends; None when it does not stand there."""
    at = first
    for number, form in enumerate(wanted):
        while number and at < len(forms) and not form & forms[at] and forms[at] & _SMALL:
            at += 1
        if at >= len(forms) or not form & forms[at]:
            return None
        at += 1
    return at - 1


def _as_it_stands(text: str, phrase: str) -> list[Hit]:
    return [
        Hit(phrase, found[0], found.start())
        for found in re.finditer(re.escape(phrase.strip()), text, re.IGNORECASE)
    ]


def says(text: str, words: str) -> bool:
    """Whether a text says these words: its hashtags as they are, the rest word by word."""
    tags = {fold(tag) for tag in re.findall(r"#\w+", text)}
    rest = re.sub(r"#\w+", " ", words).strip()
    has_tags = all(fold(tag) in tags for tag in re.findall(r"#\w+", words))
    return has_tags and (not rest or bool(find_phrases(text, [rest], language="")))


def sentences(text: str) -> list[str]:
    """The sentences or lines of a text, without blanks around them."""
    parts = re.split(r"(?<=[.!?…])\s+|[\n\r]+", text)
    return [part.strip() for part in parts if part.strip()]


def word_count(lines: Iterable[str]) -> int:
    return sum(len(_WORD.findall(line)) for line in lines)


_CUE_TIME = re.compile(r"^\s*(?:\d+:)?\d+:\d+[.,]\d+\s+-->.*$")


def spoken_text(given: str) -> str:
    """The words of a transcript: an .srt or .vtt loses its numbers, times, headers and tags; text stays."""
    if "-->" not in given:
        return given.strip()
    kept = []
    for block in re.split(r"\n\s*\n", given.replace("\r\n", "\n").replace("\r", "\n")):
        lines = block.split("\n")
        starts = [number for number, line in enumerate(lines) if _CUE_TIME.match(line)]
        if starts:
            kept += [re.sub(r"<[^>]*>", "", line).strip() for line in lines[starts[0] + 1 :]]
    return "\n".join(line for line in kept if line)


# --- Captions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a comparison. kind : "same", "gone" (only approved) or "new" (only live)"""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Drift:
    """How a live caption differs from the approved one, word by word."""

    pieces: tuple[Piece, ...]

    @property
    def sentence(self) -> str:
        """What changed, as one sentence of at most some 200 characters."""
        told = [
            f"{'removed' if piece.kind == 'gone' else 'added'}: “{_short(piece.text)}”"
            for piece in self.pieces
            if piece.kind != "same"
        ]
        more = f" and {len(told) - 3} more" if len(told) > 3 else ""
        return "; ".join(told[:3]).capitalize() + more + "."


def _short(text: str) -> str:
    return text if len(text) <= 50 else text[:49] + "…"


def settle_caption(text: str) -> str:
    """A caption as captions are compared: composed characters, none unseen, single spaces."""
    seen = re.sub(f"[{_UNSEEN}]", "", unicodedata.normalize("NFC", text))
    return " ".join(seen.split())


def caption_drift(approved: str, live: str) -> Drift | None:
    """What changed between the approved and the live caption; None when they read the same.

    Spaces, line breaks and how a character is encoded do not count; words, case, signs and hashtags do.
    """
    was, is_now = settle_caption(approved).split(), settle_caption(live).split()
    if was == is_now:
        return None
    pieces = []
    matcher = SequenceMatcher(None, was, is_now, autojunk=False)
    for kind, left, left_end, right, right_end in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", " ".join(was[left:left_end])))
            continue
        if left_end > left:
            pieces.append(Piece("gone", " ".join(was[left:left_end])))
        if right_end > right:
            pieces.append(Piece("new", " ".join(is_now[right:right_end])))
    return Drift(tuple(pieces))
