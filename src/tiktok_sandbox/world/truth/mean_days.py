"""The world by its means, a day at a time: what plans of daily spends are expected to bring.

The same rates, wear, learning, prices and auction as the hours have, with expectations in the place of
draws. Many plans are followed at once.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.eligible_ads import TO_BUY
from tiktok_sandbox.world.delivery.forecast import (
    LEARNED_AT_START,
    LEAST_RATE,
    SIX_SECOND_PART,
    learned_from,
    picks,
)
from tiktok_sandbox.world.delivery.market import make_market
from tiktok_sandbox.world.delivery.prices import (
    calendar_buying,
    calendar_prices,
    crowd_prices,
    product_prices,
    segment_prices,
    video_prices,
)
from tiktok_sandbox.world.delivery.wear import wear_of
from tiktok_sandbox.world.posts.response import SPARK, Rates, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.posts.waves import bar_of, segment_shares
from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray
from tiktok_sandbox.world.state.hours import HOURS_A_DAY, hours_of
from tiktok_sandbox.world.world import World


class MeanDays:
    """Posts of a world, each as one Spark Ad for purchases in its own ad group of the first account.

    places : numbers of the posts; worth : minor units that an order of each leaves before ads
    """

    def __init__(self, world: World, places: IntArray, worth: FloatArray, *, days: int) -> None:
        family = world.family
        self.world, self.places, self.worth = world, places, worth
        world.tally.follow(world)
        self.market = make_market(family.delivery)
        self.people = segment_shares(family)
        self.persons = family.delivery.audience * self.people
        self.chances = self.persons * family.delivery.slots
        creative = world.tally.creative[places]
        self.level: FloatArray = (
            family.delivery.rival_cpm_minor
            / (1 + family.delivery.spark_credit)
            * product_prices(family, world.seed, world.traits.product[places])
            * video_prices(family, world.seed, creative)
        )
        self.prices = segment_prices(family)
        self.usual = bar_of(family).typical[SIX_SECOND_PART]
        self.talk = climate_shift(world)[places]
        self.likes = world.tally.post_likes[places].astype(np.float64)
        self.seen = self._seen(creative)
        # Of what a day brings the part that the last refresh knows of, on the mean of the day.
        self.so_far = (1 - family.delivery.refresh_hours / HOURS_A_DAY) / 2
        self.price_by_day, self.willing_by_day = self._calendar(days)

    def _seen(self, creative: IntArray) -> FloatArray:
        """Views each video has had per person, by kind of viewer."""
        found = np.zeros((len(creative), len(self.people)))
        for (_, video), row in self.world.tally.exposure_row.items():
            found[creative == video] += self.world.tally.exposures[row] / self.persons
        return found

    def _calendar(self, days: int) -> tuple[FloatArray, FloatArray]:
        """Factors of price and of buying on each day, shape (days,).

        Spending follows traffic, so an hour's price counts as much as what it buys: the mean is harmonic.
        What luck in prices adds is the mean of one over a log-normal.
        """
        family, first = self.world.family, self.world.state.ticks_done
        hours = hours_of(self.world.state, first, days * HOURS_A_DAY)
        luck = np.exp(family.delivery.market_noise**2)
        # Views that the same money buys in each hour, by traffic and price.
        bought = TRAFFIC[hours.local_hour[:, 0]] / calendar_prices(family, hours)[:, 0]
        willing = calendar_buying(family, hours)[:, 0]
        by_day = (-1, HOURS_A_DAY)
        views = bought.reshape(by_day).sum(axis=1)
        price = TRAFFIC.sum() / views / luck
        return price, (bought * willing).reshape(by_day).sum(axis=1) / views

    def run(self, spend: FloatArray, *, is_alone: bool = False) -> tuple[FloatArray, FloatArray]:
        """Expected orders and minor units really spent, shape (plans, days, posts) like `spend`.

        is_alone : leave out what ads of one account do to each other's prices
        """
        plans, days, posts = spend.shape
        kinds = len(self.people)
        orders, paid = np.zeros(spend.shape), np.zeros(spend.shape)
        shape = (plans, posts)
        seen = np.broadcast_to(self.seen, (*shape, kinds)).copy()
        likes = np.broadcast_to(self.likes, shape).copy()
        bought, last_orders, last_likes = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        last_views, recent = np.zeros((*shape, kinds)), np.zeros((plans, kinds))
        for day in range(days):
            plan, post = np.nonzero(spend[:, day] > 0)
            crowd = np.ones((plans, kinds))
            if not is_alone:
                crowd = crowd_prices(self.world.family, self._expected_crowd(spend, day, recent))
            last_orders_now, last_likes_now = np.zeros(shape), np.zeros(shape)
            last_views_now = np.zeros_like(last_views)
            if len(plan):
                at = (plan, post)
                # A part of a day's own effect is there on the mean of it: about that of the day before, or
                # where there was none, what a first look at the day says.
                own = last_orders[at].copy(), last_likes[at].copy(), last_views[at].copy()
                is_new = np.flatnonzero(own[2].sum(axis=1) == 0)
                rows = np.arange(len(plan))
                for chosen in (is_new, rows) if len(is_new) else (rows,):
                    here = plan[chosen], post[chosen]
                    found, views, cost = self.day(
                        post[chosen],
                        spend[plan[chosen], day, post[chosen]],
                        price=float(self.price_by_day[day]),
                        crowd=crowd[plan[chosen]],
                        seen=seen[here] + self.so_far * own[2][chosen] / self.persons,
                        likes=likes[here] + self.so_far * own[1][chosen],
                        learned=learned_from(
                            self.world.family, bought[here] + self.so_far * own[0][chosen]
                        ),
                    )
                    sold = (views * found.click * found.purchase).sum(axis=1)
                    own[0][chosen] = sold * self.willing_by_day[day]
                    own[1][chosen] = (views * found.like).sum(axis=1)
                    own[2][chosen] = views
                last_orders_now[at], last_likes_now[at], last_views_now[at] = own
                orders[plan, day, post], paid[plan, day, post] = last_orders_now[at], cost
            last_orders, last_likes, last_views = last_orders_now, last_likes_now, last_views_now
            bought, likes = bought + last_orders, likes + last_likes
            seen = seen + last_views / self.persons
            recent = last_views.sum(axis=1)
        return orders, paid

    def _expected_crowd(self, spend: FloatArray, day: int, recent: FloatArray) -> FloatArray:
        """Views of each plan's last 24 hours, on the mean of the day, shape (plans, segments)."""
        today = spend[:, day].sum(axis=1)
        if not day:
            usual = self.level.mean() * self.price_by_day[day]
            first: FloatArray = (today * 1000 / usual * self.so_far)[:, None] * self.people
            return first
        before = spend[:, day - 1].sum(axis=1)
        growth = np.divide(today, before, out=np.ones_like(today), where=before > 0)
        # What was shown in the last 24 hours: of today so much, of yesterday the rest.
        expected: FloatArray = recent * (1 + self.so_far * (growth - 1))[:, None]
        return expected

    def day(
        self,
        post: IntArray,
        spend: FloatArray,
        *,
        price: float,
        crowd: FloatArray,
        seen: FloatArray,
        likes: FloatArray,
        learned: FloatArray,
    ) -> tuple[Rates, FloatArray, FloatArray]:
        """Rates, views by kind of viewer and cost of rows on a day with this factor of price."""
        family = self.world.family
        goal = np.full(len(post), TO_BUY)
        buying, clicking = picks(family, goal, learned)
        found = self._rates(post, likes=likes, seen=seen, buying=buying)
        level = self.level[post] * (buying * clicking) ** family.delivery.contest
        level = level[:, None] * self.prices * crowd * price
        level = level / (found.view_6s / self.usual) ** family.delivery.quality_power
        skill = family.delivery.sharpness * (LEARNED_AT_START + (1 - LEARNED_AT_START) * learned)
        value = skill[:, None] * np.log(found.click * found.purchase + LEAST_RATE)
        heights = (value - np.log(level)) / self.market.spread
        heights -= heights.mean(axis=1, keepdims=True)
        weights = self.chances * level / 1000
        raised = heights + self.market.raise_for(heights, weights, spend)[:, None]
        views = self.chances * self.market.share_at(raised)
        cost: FloatArray = (weights * self.market.cost_at(raised)).sum(axis=1)
        return found, views, np.minimum(cost, spend)

    def _rates(
        self, post: IntArray, *, likes: FloatArray, seen: FloatArray, buying: FloatArray
    ) -> Rates:
        wear = wear_of(self.world.family, seen)
        views = views_of(
            self.world.traits,
            self.places[post],
            mode=SPARK,
            likes=likes,
            frequency=wear.frequency,
            buying=buying[:, None] * wear.buy,
            clicking=wear.click,
            talk=self.talk[post],
        )
        return rates(self.world.family.response, views)


def first_days(world: World, places: IntArray) -> IntArray:
    """In how many days each post is there, 0 for what is published already."""
    posts = list(world.state.posts.values())
    waits = [(posts[place].posted_at - world.now) / timedelta(days=1) for place in places]
    return np.array([max(0, int(np.ceil(wait))) for wait in waits], dtype=np.int64)


def is_open(first: IntArray, days: int) -> BoolArray:
    """On which days each post can be advertised, shape (days, posts)."""
    opened: BoolArray = np.arange(days)[:, None] >= first
    return opened
