"""Threads: one comment for every comment the engine counted, drawn only when somebody reads it.

What a comment says, who wrote it, when, and how many like it is a function of (seed, post, hour,
source, place in the hour) alone: any two reads agree, and later hours change nothing earlier. Only
what people do to comments is kept (`State.comment_acts`). Ads-only posts have threads of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, islice

from tiktok_sandbox.world.comments.climate import acts_under, mood_at, refreshed
from tiktok_sandbox.world.comments.ids import decode, encode
from tiktok_sandbox.world.comments.mixes import ANSWERED, in_reply, likes, mix
from tiktok_sandbox.world.comments.moods import UNMOVED, Mood
from tiktok_sandbox.world.comments.people import Person, answering, commenter, creator_of
from tiktok_sandbox.world.comments.writing import ANSWER, CATEGORIES, Product, answer, write
from tiktok_sandbox.world.ledgers.comment_counts import ORGANIC
from tiktok_sandbox.world.randomness.single import Draws
from tiktok_sandbox.world.state.clock import TICK, whole_seconds
from tiktok_sandbox.world.state.entities import Ad, Post
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.texts.languages import (
    ENGLISH,
    MIXED,
    country_language,
)
from tiktok_sandbox.world.world import World

REPLY_SHARE = 0.18
# Of replies to a reply, those by whoever wrote the comment they all stand under.
BACK_SHARE = 0.4
MIXING_SHARE = 0.7
WRITTEN = "73"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A comment's part in the conversation.

    answers : the comment it replies to, which may be a reply; top : the one they all stand under;
    is_back : by whoever wrote that one
    """

    category: str
    answers: int | None = None
    top: int | None = None
    is_back: bool = False


class Thread:
    """The drawn comments of one post, by their number; nothing is drawn before it is asked for."""

    def __init__(self, world: World, item_id: str) -> None:
        self.world = world
        self.post = world.state.posts[item_id]
        self.post_number = world.post_number(item_id)
        counts = world.comment_counts.of_post(
            self.post_number, post_hours=world.post_hours, ad_hours=world.ad_hours
        )
        # Plain lists: they are looked up one comment at a time.
        self._hours: list[tuple[int, int, int]] = [(t, s, n) for t, s, n in counts.tolist()]
        self._ends = list(accumulate(count for _, _, count in self._hours))
        self._turns: dict[int, Turn] = {}
        self._mixes: dict[tuple[int, bool], dict[str, float]] = {}
        self._acts = bool(acts_under(world, item_id))
        self._drawn: dict[int, Comment] = world.comment_counts.remembered(self.post_number)
        self._product = _product(world, self.post)
        self._creator = creator_of(world, self.post)
        self._answering = answering(world, self.post.handle)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def numbers_from(self, sources: set[int]) -> Iterator[int]:
        """Numbers of the comments that came through these ads."""
        for (_, source, count), end in zip(self._hours, self._ends, strict=True):
            if source in sources:
                yield from range(end - count, end)

    def numbers_in(self, tick: int) -> Iterator[int]:
        """Numbers of the comments of one hour."""
        for (hour, _, count), end in zip(self._hours, self._ends, strict=True):
            if hour == tick:
                yield from range(end - count, end)

    def place(self, number: int) -> tuple[int, int, int, int]:
        """(tick, source, place in the hour, comments of that hour)."""
        row = bisect_right(self._ends, number)
        tick, source, count = self._hours[row]
        return tick, source, number - (self._ends[row] - count), count

    def turn(self, number: int) -> Turn:
        """What a comment is in the conversation, without its text."""
        found = self._turns.get(number)
        if found is None:
            found = self._turns[number] = self._draw_turn(number)
        return found

    def _draw_turn(self, number: int) -> Turn:
        tick, source, ordinal, _ = self.place(number)
        replies = Draws(self.world.seed, "reply", self.post.item_id, number)
        earlier = int(replies.unit() * number) if replies.chance(REPLY_SHARE) and number else None
        chosen = Draws(self.world.seed, "comment.kind", self.post.item_id, tick, source, ordinal)
        shares = self._shares(tick, in_ad=source != ORGANIC)
        if earlier is None:
            return Turn(category=chosen.weighted(shares))
        before = self.turn(earlier)
        top = earlier if before.top is None else before.top
        if replies.chance(self._answering * ANSWERED.get(before.category, 0.0)):
            return Turn(category=ANSWER, answers=earlier, top=top)
        is_back = before.top is not None and replies.chance(BACK_SHARE)
        category = chosen.weighted(in_reply(shares, before.category))
        return Turn(category=category, answers=earlier, top=top, is_back=is_back)

    def _shares(self, tick: int, *, in_ad: bool) -> dict[str, float]:
        """Of categories in this hour, among comments that ads brought or others."""
        where = refreshed(self.world, tick) if self._acts else 0, in_ad
        if where not in self._mixes:
            self._mixes[where] = mix(self.post, in_ad=in_ad, mood=self._mood(tick))
        return self._mixes[where]

    def _mood(self, tick: int) -> Mood:
        return mood_at(self.world, self.post.item_id, tick) if self._acts else UNMOVED

    def parent(self, number: int) -> int | None:
        """The top-level comment that this one stands under, if it is a reply."""
        return self.turn(number).top

    def comment(self, number: int) -> Comment:
        found = self._drawn.get(number)
        if found is None:
            found = self._drawn[number] = self._draw(number)
        return found

    def author(self, number: int) -> Person:
        """Who wrote it: the creator, whoever opened the thread, a regular, or a passer-by."""
        turn = self.turn(number)
        if turn.category == ANSWER:
            return self._creator
        if turn.is_back and turn.top is not None:
            return self.author(turn.top)
        tick, source, ordinal, _ = self.place(number)
        place = (self.post.item_id, tick, source, ordinal)
        return commenter(
            Draws(self.world.seed, "comment.author", *place),
            seed=self.world.seed,
            creator=self.post.handle,
            home=self._home(source),
            place=place,
            numbers=self.world.family.conversation,
        )

    @property
    def author_language(self) -> str:
        """The language of the post's creator."""
        return self._creator.language

    def _home(self, source: int) -> str:
        """The language of most who come: the creator's, or that of the ad account's country."""
        if source == ORGANIC:
            return self._creator.language
        owner = self.world.find.ads()[source].advertiser_id
        return country_language(self.world.state.advertisers[owner].country)

    def _draw(self, number: int) -> Comment:
        tick, source, ordinal, _ = self.place(number)
        turn, author = self.turn(number), self.author(number)
        draws = Draws(self.world.seed, "comment", self.post.item_id, tick, source, ordinal)
        liked = draws.unit()
        language, text = self._write(draws, turn, author, tick=tick)
        return Comment(
            comment_id=self.id_of(number),
            item_id=self.post.item_id,
            number=number,
            source=source,
            created_at=self.created(number),
            text=text,
            username=author.handle,
            display_name=author.display_name,
            user_id=author.user_id,
            likes=likes(self.post, turn.category, liked),
            parent_id=None if turn.top is None else self.id_of(turn.top),
            category=turn.category,
            language=language,
        )

    def _write(self, draws: Draws, turn: Turn, author: Person, *, tick: int) -> tuple[str, str]:
        """Language and text."""
        answered = None if turn.answers is None else self.turn(turn.answers).category
        if turn.category == ANSWER and turn.answers is not None:
            # Creators answer people in English who do not share their language.
            asked = self.author(turn.answers).language
            language = author.language if asked == author.language else ENGLISH
            text = answer(draws, to=str(answered), language=language, product=self._product)
            return language, text
        is_mixed = author.is_mixed and draws.chance(MIXING_SHARE)
        hidden = self._mood(tick).hidden if turn.category == "scepticism" else 0.0
        text = write(
            draws,
            category=turn.category,
            language=author.language,
            product=self._product,
            care=author.care,
            answered=answered,
            is_mixed=is_mixed,
            about_hidden=hidden > 0 and draws.chance(hidden),
        )
        return (MIXED if is_mixed else author.language), text

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


def _product(world: World, post: Post) -> Product:
    found = world.state.products.get(post.sku)
    return Product(title=found.title, sku=found.sku) if found else Product()


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
    counts = dict.fromkeys((*CATEGORIES, ANSWER), 0)
    for comment in comments:
        counts[str(comment.category)] += 1
    return {
        "item_id": item_id,
        "climate": post.qualities.climate,
        "climate_shift": mood_at(world, item_id, world.state.ticks_done).climate,
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
