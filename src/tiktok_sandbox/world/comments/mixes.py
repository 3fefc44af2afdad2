"""What comments are about: the share of each category, by the post and by what people did there."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tiktok_sandbox.world.comments.moods import UNMOVED, Mood
from tiktok_sandbox.world.comments.writing import ANSWER
from tiktok_sandbox.world.state.entities import Post

# Share of each kind under a post of middling qualities; ours, after the taxonomy of science.md §7.
SHARES = {
    "purchase_question": 0.16,
    "purchase_proof": 0.05,
    "praise": 0.30,
    "tag_friend": 0.12,
    "product_question": 0.10,
    "complaint": 0.05,
    "scepticism": 0.07,
    "spam": 0.04,
    "hate": 0.01,
    "off_topic": 0.10,
}
# How the shares move, as powers of e: with climate (-1 to 1), with looking like an ad (0 to 1)
# instead of TYPICAL_NATIVE, and with how strongly the post persuades.
BY_CLIMATE = {
    "scepticism": -1.2,
    "complaint": -1.0,
    "hate": -0.8,
    "praise": 0.6,
    "purchase_proof": 0.4,
}
BY_POLISH = {"scepticism": 1.8, "praise": -0.4, "tag_friend": -0.6}
BY_PERSUASION = {"purchase_question": 0.8, "purchase_proof": 0.6}
IN_ADS = {"scepticism": 1.3, "spam": 1.4, "tag_friend": 0.7}
TYPICAL_NATIVE = 0.7
# What people reply: factors on the shares, by the category of the comment they reply to.
TO_QUESTION = {
    "purchase_proof": 3.0,
    "purchase_question": 1.2,
    "product_question": 1.2,
    "complaint": 1.3,
    "praise": 0.6,
    "tag_friend": 0.2,
    "off_topic": 0.3,
}
TO_CRITICISM = {
    "complaint": 2.5,
    "scepticism": 2.5,
    "purchase_proof": 2.0,
    "praise": 0.6,
    "purchase_question": 0.3,
    "tag_friend": 0.2,
    "off_topic": 0.4,
}
TO_OTHERS = {"tag_friend": 0.3, "purchase_question": 0.8}
IN_REPLY = {
    "purchase_question": TO_QUESTION,
    "product_question": TO_QUESTION,
    "complaint": TO_CRITICISM,
    "scepticism": TO_CRITICISM,
    ANSWER: {"praise": 1.5, "purchase_proof": 2.0, "tag_friend": 0.2, "off_topic": 0.5},
}
# What creators answer, as factors on how often they answer at all.
ANSWERED = {
    "purchase_question": 1.0,
    "product_question": 1.0,
    "complaint": 0.6,
    "scepticism": 0.4,
    "purchase_proof": 0.25,
    "praise": 0.25,
}
# Whom readers side with: likes follow the climate of the thread.
VALENCE = {
    "praise": 1.0,
    "purchase_proof": 1.0,
    "scepticism": -1.0,
    "complaint": -1.0,
    "hate": -1.0,
}
MOST_LIKES = 5000


def mix(post: Post, *, in_ad: bool = False, mood: Mood = UNMOVED) -> dict[str, float]:
    """Share of each category among a post's top-level comments; sums to 1."""
    climate = post.qualities.climate + mood.climate
    polish = TYPICAL_NATIVE - post.qualities.native
    weights = {
        name: share
        * math.exp(
            BY_CLIMATE.get(name, 0.0) * climate
            + BY_POLISH.get(name, 0.0) * polish
            + BY_PERSUASION.get(name, 0.0) * post.qualities.persuade
        )
        * (IN_ADS.get(name, 1.0) if in_ad else 1.0)
        for name, share in SHARES.items()
    }
    for name, share in mood.quieter.items():
        silent = weights[name] * share
        weights[name] -= silent
        if name == "purchase_question":
            weights["purchase_proof"] += silent * mood.turned
    return _whole(weights)


def in_reply(shares: Mapping[str, float], answered: str) -> dict[str, float]:
    """Share of each category among people's replies to a comment of category `answered`."""
    factors = IN_REPLY.get(answered, TO_OTHERS)
    return _whole({name: share * factors.get(name, 1.0) for name, share in shares.items()})


def _whole(weights: Mapping[str, float]) -> dict[str, float]:
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def likes(post: Post, category: str, u: float) -> int:
    """Heavy tailed: most comments have none, a few have thousands."""
    sides = math.exp(0.8 * post.qualities.climate * VALENCE.get(category, 0.0))
    return min(MOST_LIKES, int(sides * ((1 - u) ** -0.9 - 1)))
