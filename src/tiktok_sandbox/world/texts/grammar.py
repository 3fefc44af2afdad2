"""Grammars: skeletons with slots, slots within slots, one file of `data/` per language.

Every text is a function of the draws it is given. All sentences are ours and plainly synthetic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from tiktok_sandbox.world.randomness.single import Draws

Choices = tuple[str, ...]
Slots = Mapping[str, Choices]

LANGUAGES = ("en", "es", "de", "pt", "fr", "it", "id", "ja", "ar")
SEPARATOR = " / "
MOST_SKELETONS_REMEMBERED = 16_384


class Grammar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language. Choices stand on lines of their own or between " / ".

    {slot} is filled from slots, {a|b|} is one of these, the last one empty.
    letters : "latin" has capitals and slips of the finger; "other" is left as it is
    pause : between a sentence and its ending; gap : between words; question : the mark
    connectors : between two sentences
    slots : what fills {slot}; comments : category → skeletons; answers : category → a creator's
    answers to it; captions : skeletons of captions; unnamed : what a product of unknown name is
    called, by slot
    """

    letters: Literal["latin", "other"]
    pause: str
    gap: str
    question: str
    connectors: Choices
    slots: dict[str, Choices]
    comments: dict[str, Choices]
    answers: dict[str, Choices]
    captions: Choices
    unnamed: dict[str, Choices]


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    letters: Literal["latin", "other"] = "latin"
    pause: str = " "
    gap: str = " "
    question: str = "?"
    connectors: Choices = (". ", ", ", "... ", "! ", " – ")
    slots: dict[str, str]
    comments: dict[str, str]
    answers: dict[str, str]
    captions: str
    unnamed: dict[str, str]


class Signs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What no language owns: emoji by category, and parts of made-up account names."""

    emoji: dict[str, str]
    handle_heads: str
    handle_tails: str


def data(name: str) -> bytes:
    """A file of `data/`, whole."""
    return files(__package__).joinpath("data", name).read_bytes()


def split(block: str) -> Choices:
    """The choices of a block: one per line, or several with " / " between them."""
    found = [part.strip() for line in block.splitlines() for part in line.split(SEPARATOR)]
    return tuple(part for part in found if part)


def split_all(blocks: Mapping[str, str]) -> dict[str, Choices]:
    return {name: split(block) for name, block in blocks.items()}


@cache
def grammar(language: str) -> Grammar:
    """The grammar of one of LANGUAGES, read when first needed."""
    file = msgspec.yaml.decode(data(f"{language}.yaml"), type=_File)
    return Grammar(
        letters=file.letters,
        pause=file.pause,
        gap=file.gap,
        question=file.question,
        connectors=file.connectors,
        slots=split_all(file.slots),
        comments=split_all(file.comments),
        answers=split_all(file.answers),
        captions=split(file.captions),
        unnamed=split_all(file.unnamed),
    )


@cache
def signs() -> tuple[dict[str, Choices], Choices, Choices]:
    """Emoji by category, heads and tails of account names."""
    file = msgspec.yaml.decode(data("signs.yaml"), type=Signs)
    return split_all(file.emoji), split(file.handle_heads), split(file.handle_tails)


def handle(draws: Draws) -> str:
    """A made-up account name."""
    number = int(draws.unit() * 1000)
    _, heads, tails = signs()
    return f"sample.{draws.pick(heads)}.{draws.pick(tails)}{number:03d}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A gap in a skeleton: the name of what fills it, or the skeletons of which one does."""

    name: str
    choices: Choices = ()


@lru_cache(maxsize=MOST_SKELETONS_REMEMBERED)
def parse(skeleton: str) -> tuple[str | Slot, ...]:
    """Text and slots in the order they stand in. Raises ValueError when braces do not match."""
    parts: list[str | Slot] = []
    start = 0
    for place, inner in _braces(skeleton):
        if place > start:
            parts.append(skeleton[start:place])
        start = place + len(inner) + 2
        choices = _alternatives(inner)
        parts.append(Slot(inner) if len(choices) == 1 else Slot("", choices))
    if start < len(skeleton):
        parts.append(skeleton[start:])
    return tuple(parts)


def _braces(skeleton: str) -> Iterator[tuple[int, str]]:
    """Where each outermost pair of braces opens, and what it holds."""
    depth = opened = 0
    for place, letter in enumerate(skeleton):
        if letter == "{":
            opened = opened if depth else place
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield opened, skeleton[opened + 1 : place]
        if depth < 0:
            break
    if depth:
        raise ValueError(f"braces do not match: {skeleton}")


def _alternatives(inner: str) -> Choices:
    """Split at every bar that stands in no further braces."""
    parts, depth = [""], 0
    for letter in inner:
        depth += (letter == "{") - (letter == "}")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return tuple(parts)


def fill(draws: Draws, skeleton: str, *slots: Slots) -> str:
    """The skeleton with every slot filled; the first of `slots` that knows a slot fills it.

    Raises KeyError when none does.
    """
    return "".join(
        part if isinstance(part, str) else _filled(draws, part, slots) for part in parse(skeleton)
    )


def _filled(draws: Draws, slot: Slot, slots: tuple[Slots, ...]) -> str:
    if slot.choices:
        return fill(draws, draws.pick(slot.choices), *slots)
    if slot.name.startswith("friend"):
        return "@" + handle(draws)
    for known in slots:
        if slot.name in known:
            return fill(draws, draws.pick(known[slot.name]), *slots)
    raise KeyError(slot.name)
