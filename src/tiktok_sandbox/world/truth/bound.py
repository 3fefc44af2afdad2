"""A bound on what any plan of daily spends can be expected to earn.

Left out is what can only cost a buyer: likes still to be collected (the better of the present ones and
all of them is taken), views that fall on some kinds of viewers more than on others, and learning that is
slower than the quickest way to the same number of views. What is left of a post is a path over the views
that its video has had, and every order of spends on it is tried, day by day. Ads of the account meet only
in what a day's money costs in all, with their crowd, and in the budget. Both bind through a price of
money: for any price, what posts earn above it plus what the day's money is worth at it above its cost
is at least what a plan earns (Lagrange); the lowest of these is printed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.delivery.forecast import learned_from
from tiktok_sandbox.world.delivery.prices import crowd_prices
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.truth.mean_days import MeanDays

LEARNINGS, STATES = 10, 24
LEAST_MINOR, RATIO = 500.0, 1.12
FINEST = 1.002
"""Between two spends of the grid a concave curve lies above its chord, by less than this factor."""
# Prices of a unit of money that are tried, and the money of a day.
LEAST_PRICE, MOST_PRICE, PRICES, MONEY = 1.0, 4.0, 31, 2001
MOST_WILLING = 1.5
HALF = 0.5
ALL_LIKES = 1e9


@dataclass(frozen=True, slots=True)
class _Table:
    """What a usual day brings at most: shape (posts, states, spends); states are views a person."""

    spends: FloatArray
    states: FloatArray
    orders: FloatArray
    views: FloatArray
    dearest: float


def bound_of(model: MeanDays, first: IntArray, *, budget_minor: int, days: int) -> float:
    """Minor units that no plan over these days can be expected to exceed."""
    steps = int(np.log(max(budget_minor / LEAST_MINOR, 1.0)) / np.log(RATIO)) + 1
    spends: FloatArray = LEAST_MINOR * np.power(RATIO, np.arange(steps + 1, dtype=np.float64))
    table = _table(model, spends, most=budget_minor * days)
    money = np.linspace(0.0, budget_minor, MONEY)
    costs = _whole_cost(model, money, table.dearest)
    best = np.inf
    for price in np.linspace(LEAST_PRICE, MOST_PRICE, PRICES):
        # What the day's money is worth at this price, less what it really costs, at its best.
        kept = np.where(costs <= budget_minor, price * money - costs, -np.inf).max()
        earned = _at_price(model, table, first, days, price=float(price))
        best = min(best, earned + days * float(kept))
    return best


def _whole_cost(model: MeanDays, money: FloatArray, per_view: float) -> FloatArray:
    """What a day really costs that would cost `money` without a crowd, at least.

    The account's views are at least the money over the dearest view; the crowd is the mean of the last
    24 hours, so half of a day's own views at least. Spreading views over kinds of viewers as people
    are spread crowds them the least (a convex sum).
    """
    views = (money / per_view * HALF)[:, None] * model.people
    crowd = crowd_prices(model.world.family, views)[:, 0]
    costs: FloatArray = money * crowd
    return costs


def _table(model: MeanDays, spends: FloatArray, *, most: float) -> _Table:
    """Orders and views by how often the video was seen and by spend, on a day of usual prices."""
    posts, kinds = len(model.places), len(model.people)
    persons = float(model.persons.sum())
    cheapest = float(model.level.min()) / 4 / 1000
    states = np.concatenate(
        [[0.0], np.geomspace(0.005, max(0.01, most / cheapest / persons), STATES - 1)]
    )
    known = np.linspace(0.0, 1.0, LEARNINGS)
    # The quickest way to so many views: every one at the rate of the least spend, learning as it goes.
    slow = _rows(model, np.arange(posts), states, known, spends[:1])
    rate = (slow[0] / slow[1])[..., 0]
    willing = float(model.willing_by_day.max())
    learned = _quickest(model, states, known, rate * willing, persons=persons)
    post, state, place = (axis.reshape(-1) for axis in np.indices((posts, STATES, len(spends))))
    spend = spends[place]
    orders, views, dear = np.zeros(len(post)), np.full(len(post), np.inf), 0.0
    for likes in (model.likes[post], np.full(len(post), ALL_LIKES)):
        found, shown, cost = model.day(
            post,
            spend,
            price=1.0,
            crowd=np.ones((len(post), kinds)),
            seen=model.seen[post] + states[state][:, None],
            likes=likes,
            learned=learned[post, state],
        )
        sold = (shown * found.click * found.purchase).sum(axis=1)
        orders, views = np.maximum(orders, sold), np.minimum(views, shown.sum(axis=1))
        may_pay = sold * model.worth[post] * MOST_WILLING > spend
        each = cost / shown.sum(axis=1)
        dear = max(dear, float(each[may_pay].max(initial=each.min())))
    shape = (posts, STATES, len(spends))
    return _Table(
        spends=spends,
        states=states,
        orders=FINEST * orders.reshape(shape),
        views=views.reshape(shape) / persons,
        dearest=dear,
    )


def _rows(
    model: MeanDays, posts: IntArray, states: FloatArray, known: FloatArray, spends: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Orders and views, shape (posts, states, learnings, spends), with the better likes."""
    shape = (len(posts), len(states), len(known), len(spends))
    row, state, place, amount = (axis.reshape(-1) for axis in np.indices(shape))
    post, seen, learned, spend = posts[row], states[state], known[place], spends[amount]
    best, views = np.zeros(len(post)), np.zeros(len(post))
    for likes in (model.likes[post], np.full(len(post), ALL_LIKES)):
        found, shown, _ = model.day(
            post,
            spend,
            price=1.0,
            crowd=np.ones((len(post), len(model.people))),
            seen=model.seen[post] + seen[:, None],
            likes=likes,
            learned=learned,
        )
        sold = (shown * found.click * found.purchase).sum(axis=1)
        views = np.where(sold > best, shown.sum(axis=1), views)
        best = np.maximum(best, sold)
    return best.reshape(shape), views.reshape(shape)


def _quickest(
    model: MeanDays, states: FloatArray, known: FloatArray, rate: FloatArray, *, persons: float
) -> FloatArray:
    """How much is learned at most after so many views, shape (posts, states)."""
    posts = np.arange(len(rate))
    orders = np.zeros(len(rate))
    found = np.zeros((len(rate), len(states)))
    for place in range(1, len(states)):
        views = (states[place] - states[place - 1]) * persons
        # Of the states between two the first is worn least; what is learned by the end is not yet known.
        for _ in range(LEARNINGS):
            now = learned_from(model.world.family, orders) * (len(known) - 1)
            above = np.minimum(np.ceil(now).astype(np.int64), len(known) - 1)
            orders = orders + rate[posts, place - 1, above] * views / LEARNINGS
        found[:, place] = learned_from(model.world.family, orders)
    return found


def _at_price(model: MeanDays, table: _Table, first: IntArray, days: int, *, price: float) -> float:
    """What all posts earn at most when a unit of money costs `price`."""
    states = table.states
    posts = np.arange(len(table.orders))[:, None, None]
    value = np.zeros(table.orders.shape[:2])
    worth = np.maximum(model.worth, 0.0)[:, None, None]
    for day in reversed(range(days)):
        factor = float(model.price_by_day[day])
        sold = _at_level(table.orders, table.spends, factor) * float(model.willing_by_day[day])
        shown = _at_level(table.views, table.spends, factor)
        later = np.minimum(states[:, None] + shown, states[-1] * 0.999999)
        below = np.searchsorted(states, later, side="right") - 1
        part = (later - states[below]) / (states[below + 1] - states[below])
        low, high = value[posts, below], value[posts, below + 1]
        found = worth * sold - price * table.spends + low + (high - low) * part
        is_there = (first <= day)[:, None]
        value = np.where(is_there, np.maximum(found.max(axis=2), value), value)
    return float(value[:, 0].sum())


def _at_level(amounts: FloatArray, spends: FloatArray, price: float) -> FloatArray:
    """What a day brings when everything costs `price` times as much: what less money buys."""
    if price == 1.0:
        return amounts
    ratio = np.log(spends[1] / spends[0])
    position = np.log(spends / price / spends[0]) / ratio
    below = np.clip(position.astype(np.int64), 0, len(spends) - 2)
    part = position - below
    low, high = amounts[:, :, below], amounts[:, :, below + 1]
    mixed: FloatArray = np.maximum(low + (high - low) * part, 0.0)
    return mixed
