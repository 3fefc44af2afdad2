"""The world: its state, its ledgers and running sums, its indexes, and what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.ledgers.comment_counts import CommentCounts
from tiktok_sandbox.world.ledgers.ledger import (
    AD_HOUR,
    CONVERSION,
    ORDER,
    POST_HOUR,
    Ledger,
    audience_columns,
)
from tiktok_sandbox.world.ledgers.tally import Snapshot, Tally
from tiktok_sandbox.world.posts.traits import Traits, traits_of
from tiktok_sandbox.world.posts.waves import Waves, bar_of, plan_waves
from tiktok_sandbox.world.randomness.columns import IdMint, IntArray
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.state.clock import TICK
from tiktok_sandbox.world.state.entities import (
    Creator,
    Post,
)
from tiktok_sandbox.world.state.indexes import Indexes
from tiktok_sandbox.world.state.state import State


class World:
    """One simulated TikTok in memory. Not for several threads: the server calls it in turn.

    real : seconds of the real clock since 1970, passed in so that tests need not wait
    """

    def __init__(
        self,
        state: State,
        *,
        behaviour: Behaviour | None = None,
        real: Callable[[], float] = time.time,
    ) -> None:
        self.state = state
        self.find = Indexes(state)
        self.behaviour = behaviour or Behaviour()
        self.real = real
        self.mint = IdMint(state.seed)
        self.ad_hours = Ledger(AD_HOUR)
        self.post_hours = Ledger(POST_HOUR)
        self.ad_audiences = Ledger(audience_columns(len(state.recipe.segments)))
        self.orders = Ledger(ORDER)
        self.conversions = Ledger(CONVERSION)
        self.tally = Tally(len(state.recipe.segments))
        self.comment_counts = CommentCounts()
        self._post_numbers = {item_id: number for number, item_id in enumerate(state.posts)}
        self._landings = {text: number for number, text in enumerate(state.landings)}
        self._traits: Traits | None = None
        self._waves: Waves | None = None
        # Hours before this tick are kept as days, see folding.
        self.folded_until = 0
        # (identifier, value as sent) → row of the buyer's order; of how many orders, see matching.
        self.buyer_orders: dict[tuple[str, str], int] = {}
        self.buyers_known = 0
        self._standing_at: datetime | None = None
        # Sums as of the last refresh of rates, see passing.Stage.
        self.known: Snapshot | None = None

    @property
    def family(self) -> Family:
        """What this world was drawn from."""
        return self.state.recipe

    @property
    def now(self) -> datetime:
        """What the clock says; while hours are still to be simulated, the end of the last one that was."""
        if self._standing_at is not None:
            return self._standing_at
        told, done = self.clock_time, self.tick_start(self.state.ticks_done)
        return told if told - done < TICK else done

    @property
    def clock_time(self) -> datetime:
        """What the clock says, whether or not the hours until then have been simulated."""
        return self.state.clock.now(real=self.real())

    def set_clock(self, mode: str) -> None:
        """Change how fast time runs from `now` on. Raises ClockModeError."""
        now = self.now
        self.state.clock.set_mode(mode, real=self.real())
        self.state.clock.at_anchor = now

    @contextmanager
    def standing_at(self, instant: datetime) -> Iterator[None]:
        """For what happens while time passes: `now` is the end of the hour being simulated.

        Otherwise a long step would date everything at its end, and be another world than short ones.
        """
        self._standing_at = instant
        try:
            yield
        finally:
            self._standing_at = None

    @property
    def seed(self) -> int:
        return self.state.seed

    def tick_start(self, tick: int) -> datetime:
        return self.state.epoch + tick * TICK

    def next_id(self, purpose: str, *, prefix: str) -> str:
        self.state.minted += 1
        return self.mint.digits(purpose, self.state.minted, prefix=prefix)

    def next_token(self, purpose: str) -> str:
        self.state.minted += 1
        return self.mint.token(purpose, self.state.minted)

    def visible_posts(
        self, handle: str | None = None, *, with_ads_only: bool = False
    ) -> Iterator[Post]:
        """Posts that have been published by now, whatever became of them since."""
        now = self.now
        for post in self.state.posts.values():
            if post.posted_at > now or (handle is not None and post.handle != handle):
                continue
            if with_ads_only or not post.ads_only:
                yield post

    def add_post(self, post: Post) -> int:
        """Add a post to the world; returns its number."""
        number = self._post_numbers[post.item_id] = len(self.state.posts)
        self.state.posts[post.item_id] = post
        return number

    def zone(self, advertiser_id: str) -> ZoneInfo:
        return ZoneInfo(self.state.advertisers[advertiser_id].timezone)

    def local_day(self, instant: datetime, advertiser_id: str) -> str:
        return instant.astimezone(self.zone(advertiser_id)).date().isoformat()

    @property
    def traits(self) -> Traits:
        """The posts as columns; made again when there are more of them."""
        if self._traits is None or len(self._traits) != len(self.state.posts):
            self._traits = traits_of(self)
        return self._traits

    @property
    def waves(self) -> Waves:
        """How far each post gets for free; planned again when there are more posts."""
        if self._waves is None or len(self._waves) != len(self.state.posts):
            bar = bar_of(self.family)
            self._waves = plan_waves(self.family, self.traits, bar, seed=self.seed)
        return self._waves

    def forget_counts(self) -> None:
        """Read the ledgers' comments anew: rows were put in other places."""
        self.comment_counts = CommentCounts()

    def landing_number(self, text: str) -> int:
        """The number under which orders remember this landing page."""
        number = self._landings.get(text)
        if number is None:
            number = self._landings[text] = len(self.state.landings)
            self.state.landings.append(text)
        return number

    def renumber_landings(self, known: int, first: int) -> IntArray:
        """Number the landing pages after the first `known` by the orders since the tick `first`.

        The orders of several hours come by what caused them; the numbers are those they would have
        had hour by hour. Returns the new number of every old one.
        """
        numbers = np.arange(len(self.state.landings))
        pages = self.orders.since(first)[:, self.orders.place("landing")].astype(np.int64)
        found, where = np.unique(pages, return_index=True)
        is_new = found >= known
        order = found[is_new][np.argsort(where[is_new])]
        rest = np.setdiff1d(numbers[known:], order)
        order = np.concatenate([order, rest])
        numbers[order] = np.arange(known, len(numbers))
        self.orders.put("landing", numbers[pages])
        self.state.landings[known:] = [self.state.landings[number] for number in order.tolist()]
        self._landings = {text: number for number, text in enumerate(self.state.landings)}
        return numbers

    def creative_number(self, item_id: str) -> int:
        """The number of the post whose video this one shows: mostly its own."""
        source = self.state.posts[item_id].creative_of
        return self.post_number(source if source in self._post_numbers else item_id)

    def post_number(self, item_id: str) -> int:
        """The post's place in creation order; ledgers name posts by it."""
        return self._post_numbers[item_id]

    def creator_of(self, post: Post) -> Creator:
        return self.state.creators[post.handle]
