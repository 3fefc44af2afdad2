"""Who comments: people who come back to a creator or a brand, and people who pass by once.

A person is a function of (seed, pool, place in the pool), and keeps name, language and ways of
typing under every post. A few regulars write most of what regulars write.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tiktok_sandbox.world.families.family import Conversation
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.entities import Post
from tiktok_sandbox.world.texts.grammar import handle
from tiktok_sandbox.world.texts.languages import AUDIENCE, creator_language
from tiktok_sandbox.world.world import World

# Of the regulars' comments, those by people who follow the brand and not one creator.
BRAND_SHARE = 0.2
SKEW = 2.5
PEOPLE_REMEMBERED = 20_000
Pool = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who comments. care : in [0, 1), how carefully he types."""

    handle: str
    display_name: str
    user_id: str
    language: str
    is_mixed: bool
    care: float


@lru_cache(maxsize=PEOPLE_REMEMBERED)
def person(seed: int, pool: Pool, home: str, numbers: Conversation) -> Person:
    """Somebody of a pool whose home language most of its people speak."""
    draws = Draws(seed, "person", *pool, home)
    name = handle(draws)
    language = home if draws.chance(numbers.home_share) else draws.weighted(AUDIENCE)
    return Person(
        handle=name,
        display_name=name.removeprefix("sample.").replace(".", " ").title(),
        user_id=f"68{int(draws.unit() * 10**17):017d}",
        language=language,
        is_mixed=draws.chance(numbers.mixed_share),
        care=draws.unit(),
    )


def commenter(
    draws: Draws, *, seed: int, creator: str, home: str, place: Pool, numbers: Conversation
) -> Person:
    """A regular of the creator or the brand, or somebody whom only this place in a thread knows."""
    is_regular, is_brands, u = draws.chance(numbers.returning), draws.unit(), draws.unit()
    if not is_regular or not numbers.regulars:
        return person(seed, place, home, numbers)
    pool = "brand" if is_brands < BRAND_SHARE else f"of {creator}"
    return person(seed, (pool, int(numbers.regulars * u**SKEW)), home, numbers)


def creator_of(world: World, post: Post) -> Person:
    """The post's owner, as somebody who comments."""
    owner = world.creator_of(post)
    foreign = world.family.conversation.foreign_creators
    return Person(
        handle=owner.handle,
        display_name=owner.display_name,
        user_id=owner.identity_id,
        language=creator_language(
            world.seed, owner.handle, is_brand=owner.is_brand, foreign=foreign
        ),
        is_mixed=False,
        care=0.0,
    )


def answering(world: World, handle: str) -> float:
    """How often this creator answers, between 0 and twice the family's mean."""
    mean = world.family.conversation.answering
    return min(1.0, 2 * mean * Draws(world.seed, "creator.answers", handle).unit())
