"""Threads: one comment for every comment the engine counted, drawn only when somebody reads it.

What a comment says, who wrote it, when, and how many like it is a function of (seed, post, hour,
source, place in the hour) alone: any two reads agree, and later hours change nothing earlier. Only
what people do to comments is kept (`State.comment_acts`). Ads-only posts have threads of their own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice

import numpy as np

from tiktok_sandbox.world.comments.texts import LANGUAGES, handle, write
from tiktok_sandbox.world.ledgers.comment_counts import ORGANIC
from tiktok_sandbox.world.randomness.columns import key
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import TICK, whole_seconds
from tiktok_sandbox.world.state.entities import Ad, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

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
# Whom readers side with: likes follow the climate of the thread.
VALENCE = {
    "praise": 1.0,
    "purchase_proof": 1.0,
    "scepticism": -1.0,
    "complaint": -1.0,
    "hate": -1.0,
}
REPLY_SHARE, MOST_LIKES = 0.18, 5000
DRAWN, WRITTEN = "72", "73"
ROOM_BITS, PLACE_BITS = 56, 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as it stands. source is an ad's number or ORGANIC; number its place in the thread.

    category and language are the truth of a drawn comment; None for one written through the API
    """

    comment_id: str
    item_id: str
    number: int
    source: int
    created_at: datetime
    text: str
    username: str
    display_name: str
    user_id: str
    likes: int
    parent_id: str | None
    category: str | None = None
    language: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.parent_id is not None


class Thread:
    """The drawn comments of one post, by their number; nothing is drawn before it is asked for."""

    def __init__(self, world: World, item_id: str) -> None:
        self.world = world
        self.post = world.state.posts[item_id]
        self.post_number = world.post_number(item_id)
        self._hours = world.comment_counts.of_post(
            self.post_number, post_hours=world.post_hours, ad_hours=world.ad_hours
        )
        self._ends = np.cumsum(self._hours[:, 2]) if len(self._hours) else np.zeros(0, np.int64)
        self._parents: dict[int, int | None] = {}
        self._drawn: dict[int, Comment] = world.comment_counts.remembered(self.post_number)
        self._thing = _thing(world, self.post)
        self._weights = (mix(self.post), mix(self.post, in_ad=True))

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def numbers_from(self, sources: set[int]) -> Iterator[int]:
        """Numbers of the comments that came through these ads."""
        for (_, source, count), end in zip(self._hours.tolist(), self._ends.tolist(), strict=True):
            if source in sources:
                yield from range(end - count, end)

    def numbers_in(self, tick: int) -> Iterator[int]:
        """Numbers of the comments of one hour."""
        for (hour, _, count), end in zip(self._hours.tolist(), self._ends.tolist(), strict=True):
            if hour == tick:
                yield from range(end - count, end)

    def place(self, number: int) -> tuple[int, int, int, int]:
        """(tick, source, place in the hour, comments of that hour)."""
        row = int(np.searchsorted(self._ends, number, side="right"))
        tick, source, count = (int(value) for value in self._hours[row])
        return tick, source, number - (int(self._ends[row]) - count), count

    def parent(self, number: int) -> int | None:
        """The top-level comment that this one answers, if it is a reply."""
        if number not in self._parents:
            draws = Draws(self.world.seed, "reply", self.post.item_id, number)
            earlier = int(draws.unit() * number) if draws.chance(REPLY_SHARE) and number else None
            if earlier is not None:
                above = self.parent(earlier)
                earlier = earlier if above is None else above
            self._parents[number] = earlier
        return self._parents[number]

    def comment(self, number: int) -> Comment:
        found = self._drawn.get(number)
        if found is None:
            found = self._drawn[number] = self._draw(number)
        return found

    def _draw(self, number: int) -> Comment:
        tick, source, ordinal, _ = self.place(number)
        draws = Draws(self.world.seed, "comment", self.post.item_id, tick, source, ordinal)
        weights = self._weights[source != ORGANIC]
        category, language = draws.weighted(weights), draws.weighted(LANGUAGES)
        liked, user = draws.unit(), draws.unit()
        username = handle(draws)
        text = write(draws, category=category, language=language, thing=self._thing)
        parent = self.parent(number)
        return Comment(
            comment_id=self.id_of(number),
            item_id=self.post.item_id,
            number=number,
            source=source,
            created_at=self.created(number),
            text=text,
            username=username,
            display_name=username.removeprefix("sample.").replace(".", " ").title(),
            user_id=f"68{int(user * 10**17):017d}",
            likes=_likes(self.post, category, liked),
            parent_id=None if parent is None else self.id_of(parent),
            category=category,
            language=language,
        )

    def created(self, number: int) -> datetime:
        """Inside its hour, and after what it answers.

        What came before the epoch is spread over the post's life until then, early ones first.
        """
        tick, source, ordinal, count = self.place(number)
        offset = Draws(self.world.seed, "comment.time", self.post.item_id, *(tick, source, ordinal))
        share = (ordinal + offset.unit()) / count
        if tick >= 0:
            at = self.world.tick_start(tick) + share * TICK
        else:
            at = self.post.posted_at + share**2 * (self.world.state.epoch - self.post.posted_at)
        parent = self.parent(number)
        if parent is not None:
            at = max(at, self.created(parent) + timedelta(seconds=1))
        return whole_seconds(at)

    def id_of(self, number: int) -> str:
        return encode(self.world.seed, self.post_number, number)

    def __iter__(self) -> Iterator[Comment]:
        return (self.comment(number) for number in range(len(self)))


def _thing(world: World, post: Post) -> str:
    product = world.state.products.get(post.sku)
    return " ".join(product.title.lower().split()[-2:]) if product else "thing"


def mix(post: Post, *, in_ad: bool = False) -> dict[str, float]:
    """Share of each category under a post; sums to 1."""
    q, polish = post.qualities.climate, TYPICAL_NATIVE - post.qualities.native
    weights = {
        name: share
        * math.exp(
            BY_CLIMATE.get(name, 0.0) * q
            + BY_POLISH.get(name, 0.0) * polish
            + BY_PERSUASION.get(name, 0.0) * post.qualities.persuade
        )
        * (IN_ADS.get(name, 1.0) if in_ad else 1.0)
        for name, share in SHARES.items()
    }
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


def _likes(post: Post, category: str, u: float) -> int:
    """Heavy tailed: most comments have none, a few have thousands."""
    sides = math.exp(0.8 * post.qualities.climate * VALENCE.get(category, 0.0))
    return min(MOST_LIKES, int(sides * ((1 - u) ** -0.9 - 1)))


@lru_cache(maxsize=16)
def _scramble(seed: int) -> tuple[int, int, int]:
    """Factor, its inverse and offset modulo 2**ROOM_BITS, so that ids do not tell the order."""
    first, second = key(seed, "comment.id")
    factor = (first | 1) % 2**ROOM_BITS
    return factor, pow(factor, -1, 2**ROOM_BITS), second % 2**ROOM_BITS


def encode(seed: int, post: int, number: int) -> str:
    """A comment's id: 19 digits that hold the post and the place in its thread."""
    factor, _, offset = _scramble(seed)
    return f"{DRAWN}{((post << PLACE_BITS | number) * factor + offset) % 2**ROOM_BITS:017d}"


def decode(seed: int, comment_id: str) -> tuple[int, int] | None:
    """(post, number) of a drawn comment's id; None when it is not one."""
    if not re.fullmatch(DRAWN + r"\d{17}", comment_id):
        return None
    value = int(comment_id[len(DRAWN) :])
    if value >= 2**ROOM_BITS:
        return None
    _, inverse, offset = _scramble(seed)
    whole = (value - offset) * inverse % 2**ROOM_BITS
    return whole >> PLACE_BITS, whole % 2**PLACE_BITS


def find_comment(world: World, comment_id: str) -> Comment | None:
    """A comment that stands, drawn or written."""
    written = world.state.comment_acts.written.get(comment_id)
    if written is not None:
        return None if written.is_deleted else _as_comment(world, comment_id)
    place = decode(world.seed, comment_id)
    if place is None or place[0] >= len(world.state.posts):
        return None
    thread = Thread(world, next(islice(world.state.posts, place[0], None)))
    return thread.comment(place[1]) if place[1] < len(thread) else None


def get_comment(world: World, comment_id: str) -> Comment:
    """Raises RefusedError comment_not_found."""
    found = find_comment(world, comment_id)
    if found is None:
        raise RefusedError("comment_not_found", f"The comment {comment_id} does not exist.")
    return found


def _as_comment(world: World, comment_id: str) -> Comment:
    written = world.state.comment_acts.written[comment_id]
    ad = world.state.ads.get(written.ad_id) if written.ad_id else None
    return Comment(
        comment_id=comment_id,
        item_id=written.item_id,
        number=-1,
        source=ad.number if ad is not None else ORGANIC,
        created_at=written.created_at,
        text=written.text,
        username=written.handle,
        display_name=written.display_name,
        user_id=written.user_id,
        likes=0,
        parent_id=written.parent_id,
    )


def written_comments(world: World, item_id: str) -> list[Comment]:
    """Comments written through the API that stand under a post, oldest first."""
    return [
        _as_comment(world, written.comment_id)
        for written in world.state.comment_acts.written.values()
        if written.item_id == item_id and not written.is_deleted
    ]


def comments_of(world: World, item_id: str) -> list[Comment]:
    """Every comment that stands under a post: drawn ones, then written ones."""
    return [*Thread(world, item_id), *written_comments(world, item_id)]


def written_total(world: World, item_id: str, at: datetime) -> int:
    """Comments written through the API by `at` that stand: what the ledgers do not know of."""
    return sum(
        comment.item_id == item_id and not comment.is_deleted and comment.created_at <= at
        for comment in world.state.comment_acts.written.values()
    )


def likes_of(world: World, comment: Comment) -> int:
    return comment.likes + int(comment.comment_id in world.state.comment_acts.liked)


def source_ad(world: World, comment: Comment) -> Ad | None:
    """The ad through which the comment came."""
    return world.find.ads()[comment.source] if comment.source != ORGANIC else None


def hits_blocked_word(world: World, comment: Comment) -> bool:
    """Does it hold a word that an advertiser of this thread has blocked?"""
    words = blocked_words(world, comment)
    return bool(words) and pattern(tuple(sorted(words))).search(comment.text) is not None


def blocked_words(world: World, comment: Comment) -> set[str]:
    """Words of the account whose ad brought the comment; of all accounts that advertise the post
    when Behaviour lets advertisers see whole threads."""
    book = world.state.comment_acts.blocked_words
    if not book:
        return set()
    ad = source_ad(world, comment)
    accounts = {ad.advertiser_id} if ad is not None else set()
    if world.behaviour.ad_comments == "whole_thread":
        accounts = {user.advertiser_id for user in world.find.ads_of_post(comment.item_id)}
    return {word for account in accounts for word in book.get(account, {})}


@lru_cache(maxsize=256)
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words and phrases, in any case (R83)."""
    inner = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)", re.IGNORECASE)


def is_hidden(world: World, comment: Comment) -> bool:
    return comment.comment_id in world.state.comment_acts.hidden or hits_blocked_word(
        world, comment
    )


def comment_truth(world: World, item_id: str) -> dict[str, object]:
    """What the wire never says of a thread: its climate, true categories and languages."""
    post = world.state.posts[item_id]
    comments = list(Thread(world, item_id))
    counts = dict.fromkeys(SHARES, 0)
    for comment in comments:
        counts[str(comment.category)] += 1
    return {
        "item_id": item_id,
        "climate": post.qualities.climate,
        "native": post.qualities.native,
        "expected_shares": {name: round(share, 6) for name, share in mix(post).items()},
        "counts": counts,
        "comments": [
            {
                "comment_id": comment.comment_id,
                "category": comment.category,
                "language": comment.language,
                "text": comment.text,
                "likes": comment.likes,
            }
            for comment in comments
        ],
    }
