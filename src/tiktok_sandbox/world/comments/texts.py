"""Texts of comments: category, language and mood become a sentence, as a pure function of draws.

Slang, typos, emoji, sarcasm, negated intent and code-switching are part of the sentences and of
how people type them (science.md §7). Every text is ours and plainly synthetic.
"""

from __future__ import annotations

import re

from tiktok_sandbox.world.comments.words import Words, word_lists
from tiktok_sandbox.world.randomness.single import Draws

LANGUAGES = {"en": 0.64, "es": 0.14, "de": 0.09, "pt": 0.08, "mixed": 0.05}
HOME_LANGUAGES = ("es", "de", "pt")
LONGEST = 150
SLOT = re.compile(r"\{(\w+)\}")
# How people type: share of comments with each habit.
NO_CAPITALS, SHOUTING, EMOJIS, TYPO, STRETCHED, TWICE = 0.62, 0.03, 0.42, 0.09, 0.07, 0.35


def handle(draws: Draws) -> str:
    """A made-up account name."""
    number = int(draws.unit() * 1000)
    lists = word_lists()
    head, tail = draws.pick(lists.handle_heads), draws.pick(lists.handle_tails)
    return f"sample.{head}.{tail}{number:03d}"


def write(draws: Draws, *, category: str, language: str, thing: str) -> str:
    """One comment of at most 150 characters; language is a key of LANGUAGES."""
    if language == "mixed":
        text = _switched(draws, category=category, thing=thing)
    else:
        text = _sentence(draws, category=category, language=language, thing=thing)
    return _typed(draws, text, category=category)[:LONGEST]


def _switched(draws: Draws, *, category: str, thing: str) -> str:
    """Two languages in one breath, as people do who speak both."""
    first = draws.pick(HOME_LANGUAGES)
    text = _sentence(draws, category=category, language=first, thing=thing)
    words = word_lists().words
    if draws.chance(0.5):
        return f"{text} {draws.pick(words['en']['end'])}"
    opening = draws.pick(words[first]["hey"])
    return f"{opening} {_sentence(draws, category=category, language='en', thing=thing)}"


def _sentence(draws: Draws, *, category: str, language: str, thing: str) -> str:
    words = word_lists().words[language]
    text = draws.pick(word_lists().sentences[language][category])
    # A slot's words may hold {thing} in turn, so two rounds.
    for _ in range(2):
        text = SLOT.sub(lambda found: _fill(draws, found.group(1), words, thing), text)
    return text


def _fill(draws: Draws, slot: str, words: Words, thing: str) -> str:
    if slot == "thing":
        return thing
    if slot.startswith("friend"):
        return handle(draws)
    return draws.pick(words[slot])


def _typed(draws: Draws, text: str, *, category: str) -> str:
    habits = [draws.unit() for _ in range(6)]
    if habits[0] < NO_CAPITALS:
        text = text.lower()
    elif habits[1] < SHOUTING:
        text = text.upper()
    else:
        text = text[:1].upper() + text[1:]
    if habits[2] < TYPO:
        text = _mistyped(draws, text)
    if habits[3] < STRETCHED and text[-1:].isalpha():
        text += text[-1] * (1 + int(draws.unit() * 4))
    if category.endswith("question") and not text.endswith("?"):
        text += draws.pick(("?", "??", "", " ?", "?!"))
    if habits[4] < EMOJIS:
        emoji = draws.pick(word_lists().emoji[category])
        text += " " + emoji * (1 + int(habits[5] < TWICE) + int(habits[5] < TWICE / 4))
    return text


def _mistyped(draws: Draws, text: str) -> str:
    """One slip: two letters swapped, one left out, or one doubled; never inside a handle."""
    places = [
        i
        for i in range(1, len(text) - 2)
        if text[i].isalpha() and text[i + 1].isalpha() and "@" not in text[: i + 1].split(" ")[-1]
    ]
    if not places:
        return text
    i, kind = draws.pick(places), draws.unit()
    if kind < 0.4:
        return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    if kind < 0.75:
        return text[:i] + text[i + 1 :]
    return text[:i] + text[i] + text[i:]
