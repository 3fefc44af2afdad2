"""How people type: case, slips of the finger, stretched letters, question marks, emoji."""

from __future__ import annotations

from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.texts.grammar import Grammar, signs

# Shares of comments with each habit; of people, with NO_CAPITALS and SHOUTING.
NO_CAPITALS, SHOUTING, EMOJIS, TYPO, STRETCHED, TWICE = 0.62, 0.03, 0.42, 0.09, 0.07, 0.35
QUESTION_MARKS = ("?", "??", "", " ?", "?!")


def typed(draws: Draws, text: str, *, category: str, words: Grammar, care: float) -> str:
    """A sentence of this grammar as somebody types it. care : in [0, 1), of the person"""
    habits = [draws.unit() for _ in range(4)]
    if words.letters == "latin":
        text = _latin(draws, text, habits, care=care)
    if category.endswith("question") and text[-1:] not in "?？؟":
        text += draws.pick(QUESTION_MARKS).replace("?", words.question)
    if habits[2] < EMOJIS:
        emoji = draws.pick(signs()[0][category])
        text += " " + emoji * (1 + int(habits[3] < TWICE) + int(habits[3] < TWICE / 4))
    return text


def _latin(draws: Draws, text: str, habits: list[float], *, care: float) -> str:
    if care < NO_CAPITALS:
        text = text.lower()
    elif care < NO_CAPITALS + SHOUTING:
        text = text.upper()
    else:
        text = text[:1].upper() + text[1:]
    if habits[0] < TYPO:
        text = _mistyped(draws, text)
    if habits[1] < STRETCHED and text[-1:].isalpha():
        text += text[-1] * (1 + int(draws.unit() * 4))
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
