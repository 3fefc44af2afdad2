"""Captions of posts, in the creator's language, as a function of the draws they are given."""

from __future__ import annotations

from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.texts.grammar import Choices, fill, grammar
from tiktok_sandbox.world.texts.names import Names, names_of

INVITES, OFFERS, CAPITALS, DOTTED = 0.45, 0.25, 0.6, 0.4
FEWEST_TAGS, MOST_TAGS = 2, 4


def write_caption(draws: Draws, *, language: str, title: str, sku: str, is_disclosed: bool) -> str:
    """A hook, sometimes an invitation and an offer, the disclosure if there is one, and hashtags.

    The product is named as people name it, its SKU never; a disclosed caption holds #ad.
    """
    words = grammar(language)
    slots = (_introduced(names_of(title, sku=sku, language=language)), words.slots)
    hook = fill(draws, draws.pick(words.captions), *slots)
    parts = [hook[:1].upper() + hook[1:] if draws.chance(CAPITALS) else hook]
    parts += [
        fill(draws, f"{{{name}}}", *slots)
        for name, share in (("invite", INVITES), ("offer", OFFERS))
        if draws.chance(share)
    ]
    text = _joined(parts, " · " if draws.chance(DOTTED) else ". ")
    disclosure = [fill(draws, "{disclosure}", *slots)] if is_disclosed else []
    return " ".join([text, *disclosure, *_tags(draws, words.slots["tag"])])


def _introduced(names: Names) -> Names:
    """Names for somebody who has not heard of the product yet: never "the glow one"."""
    thing = tuple(name for name in names["thing"] if not name.endswith((" one", " ones")))
    return names | {"thing": thing or names["thing"]}


def _joined(parts: list[str], separator: str) -> str:
    """Parts as one line; a sentence that ends by itself gets no second stop."""
    text = parts[0]
    for part in parts[1:]:
        is_ended = text.endswith(("?", "!", ".", "。"))
        text += (" " if is_ended and separator == ". " else separator) + part
    return text


def _tags(draws: Draws, known: Choices) -> list[str]:
    """Some different hashtags, in any order."""
    left = list(known)
    count = FEWEST_TAGS + int(draws.unit() * (MOST_TAGS - FEWEST_TAGS + 1))
    return [left.pop(int(draws.unit() * len(left))) for _ in range(count)]
