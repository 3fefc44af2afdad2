"""The oracle: the best that could be expected of a buyer who knows the truth, and a bound on it.

The plan says what to spend on each post on each day, as a buyer may: at least STEP_MINOR, at most a
budget a day, started and stopped at will. Its profit is expected in `mean_days`, with learning, wear,
crowd and calendar as the world runs them. All plans come from lists that only grow with horizon and
budget, so the best of them never falls. Clicks within the horizon count, whenever their orders come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray
from tiktok_sandbox.world.truth.bound import bound_of
from tiktok_sandbox.world.truth.mean_days import MeanDays, first_days, is_open
from tiktok_sandbox.world.truth.what_if import contribution_minor
from tiktok_sandbox.world.world import World

STEP_MINOR = 2000
"""Least daily budget of an ad group, and the step in which plans count [T]."""
EVEN_STEPS, GROWTH = 20, 1.05
# Steps a day of one post, and the horizons that plans are made for.
LEVELS = (*range(1, 13), 14, 16, 18, 20, 23, 26, 30, 35, 40, 45, 50)
HORIZONS = (2, 4, 7, 14, 28)
# How much dearer the account's own crowd may make everything; a plan is made for each.
CROWDS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0)
# Horizons and budgets at which plans are improved; one that is further from the best is not.
ROUND_DAYS = (1, 2, 3, 4, 5, 7, 10, 14, 21, 28, 30, 45, 60, 90, 180, 365)
ROUND_BUDGETS_MINOR = tuple(
    sorted(base * 10**power for base in (100, 150, 200, 300, 500, 700) for power in range(1, 8))
)
NEAR = 0.93
ROUNDS, TRIES, SPARE = 14, 48, 6
MOVES = (-3, -2, -1, 1, 2, 3)
POWERS = (0.5, 1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The oracle's plan: item_id → minor units for each day; its expected profit, and the bound.

    profit_minor : what the plan is expected to earn, or up to 7 % less where saying so would let a smaller
    question earn more than a larger one
    bound_minor : more than any plan can be expected to earn; gap : by how much of the bound the plan is
    below it, 0 to 1, None where the bound is 0
    """

    daily_minor: dict[str, list[int]]
    profit_minor: float
    bound_minor: float
    gap: float | None
    budget_minor: int
    days: int


def oracle(world: World, *, budget_minor: int, days: int, items: Sequence[str]) -> Plan:
    """The best plan over these posts, which may be published later, and the bound."""
    if not items or budget_minor < STEP_MINOR:
        return _printed(items, np.zeros((days, len(items))), 0.0, 0.0, budget_minor)
    places = np.array([world.post_number(item_id) for item_id in items])
    worth = contribution_minor(world, places)
    model = MeanDays(world, places, worth, days=max(days, HORIZONS[-1]))
    first = first_days(world, places)
    bases = Bases(model, first, budget_minor=budget_minor, days=days)
    spend, best = bases.best(budget_minor=budget_minor, days=days)
    # Better plans are looked for at round horizons and budgets only, so that every larger question
    # has the same ones to choose from.
    climbed: dict[tuple[int, bytes], tuple[FloatArray, float]] = {}
    for horizon in [each for each in ROUND_DAYS if each <= days]:
        for budget in [each for each in ROUND_BUDGETS_MINOR if each <= budget_minor]:
            plan, profit = bases.best(budget_minor=budget, days=horizon)
            if profit < NEAR * best or profit <= 0:
                continue
            # A larger budget that the plan does not use gives the same plan to begin with.
            key = horizon, plan.tobytes()
            if key not in climbed:
                opened = is_open(first, horizon)
                climbed[key] = improved(model, plan, opened, budget_minor=budget)
            plan, better = climbed[key]
            better = min(better, profit / NEAR)
            if better > best:
                best, spend = better, np.zeros_like(spend)
                spend[:horizon] = plan
    bound = bound_of(model, first, budget_minor=budget_minor, days=days)
    return _printed(items, spend, best, max(bound, best), budget_minor)


class Bases:
    """Plans of constant spends, each with what it is expected to earn by each day."""

    def __init__(self, model: MeanDays, first: IntArray, *, budget_minor: int, days: int) -> None:
        self._days: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        opened = is_open(first, days)
        for levels in candidates(model, first, budget_minor=budget_minor):
            plans = (levels[:, None, :] * STEP_MINOR * opened).astype(np.float64)
            orders, paid = model.run(plans)
            earned = np.cumsum((orders * model.worth - paid).sum(axis=2), axis=1)
            self._days.append((plans, earned, levels.sum(axis=1) * STEP_MINOR))

    def best(self, *, budget_minor: int, days: int) -> tuple[FloatArray, float]:
        """The best plan within horizon and budget, shape (days, posts), stopped where that is better."""
        count = self._days[0][0].shape[2]
        best, spend = 0.0, np.zeros((days, count))
        for plans, earned, dearest in self._days:
            within = np.flatnonzero(dearest <= budget_minor)
            if not len(within):
                continue
            reached = earned[within, :days]
            plan, last = np.unravel_index(int(reached.argmax()), reached.shape)
            if reached[plan, last] > best:
                best = float(reached[plan, last])
                rows = plans[within[plan], :days]
                spend = np.where(np.arange(days)[:, None] <= last, rows, 0.0)
        return spend, best


def improved(
    model: MeanDays, spend: FloatArray, opened: BoolArray, *, budget_minor: int, attempt: int = 0
) -> tuple[FloatArray, float]:
    """A better plan near this one, shape (days, posts), and its expected profit: hill climbing.

    attempt : another number tries other plans
    """
    random = np.random.Generator(np.random.Philox(key=len(spend) + 1000 * attempt))
    used = np.flatnonzero(spend.any(axis=0))
    good = np.union1d(used, np.argsort(-spend.sum(axis=0))[: len(used) + SPARE])
    best = _profits(model, spend[None])[0]
    for _ in range(ROUNDS):
        tried = [_moved(model, random, spend, used=used, good=good) for _ in range(TRIES)]
        plans = np.stack(tried) * opened
        plans = plans[plans.sum(axis=2).max(axis=1) <= budget_minor]
        if not len(plans):
            continue
        profits = _profits(model, plans)
        if profits.max() > best:
            best, spend = float(profits.max()), plans[int(profits.argmax())]
    return spend, float(best)


def _profits(model: MeanDays, plans: FloatArray) -> FloatArray:
    orders, paid = model.run(plans)
    profits: FloatArray = (orders * model.worth - paid).sum(axis=(1, 2))
    return profits


def _moved(
    model: MeanDays,
    random: np.random.Generator,
    spend: FloatArray,
    *,
    used: IntArray,
    good: IntArray,
) -> FloatArray:
    """A plan beside this one: more or less money on some days, on one post or on all, in steps."""
    plan, days = spend.copy(), len(spend)
    first = int(random.integers(days))
    last = int(random.integers(first, days)) + 1
    kind = random.random()
    if kind < 0.35:
        post = random.choice(good)
        by = STEP_MINOR * random.choice(MOVES)
        plan[first:last, post] = np.maximum(0.0, plan[first:last, post] + by)
    elif kind < 0.5:
        giver, taker = random.choice(used), random.choice(good)
        moved = np.minimum(plan[first:last, giver], 2.0 * STEP_MINOR)
        plan[first:last, giver] -= moved
        plan[first:last, taker] += moved
    else:
        # On the days on which people buy and rivals do not, or from some day on.
        favour = model.willing_by_day[:days] / model.price_by_day[:days]
        shape = (favour / favour.mean()) ** random.choice(POWERS)
        if kind < 0.75:
            shape = np.where((np.arange(days) >= first) & (np.arange(days) < last), 1.0, 0.0)
            shape = 1.0 + shape * random.choice((-0.3, -0.15, 0.15, 0.3, 0.6))
        plan = plan * shape[:, None]
    stepped: FloatArray = np.round(plan / STEP_MINOR) * STEP_MINOR
    return stepped


def _printed(
    items: Sequence[str], spend: FloatArray, profit: float, bound: float, budget_minor: int
) -> Plan:
    rows = {item_id: spend[:, place].astype(int).tolist() for place, item_id in enumerate(items)}
    return Plan(
        daily_minor={item_id: days for item_id, days in rows.items() if any(days)},
        profit_minor=round(profit, 2),
        bound_minor=round(bound, 2),
        gap=round(1 - profit / bound, 4) if bound > 0 else None,
        budget_minor=budget_minor,
        days=len(spend),
    )


def budgets_up_to(budget_minor: int) -> list[int]:
    """Steps a day for which plans are made: every one at first, then 5 % apart."""
    steps = list(range(1, EVEN_STEPS + 1))
    while steps[-1] < budget_minor // STEP_MINOR:
        steps.append(max(steps[-1] + 1, int(steps[-1] * GROWTH)))
    return [each for each in steps if each <= budget_minor // STEP_MINOR]


def candidates(model: MeanDays, first: IntArray, *, budget_minor: int) -> Sequence[IntArray]:
    """Plans as steps a day of each post, arrays of shape (plans, posts), one for each horizon.

    What a post earns alone is known for each level; how much dearer the others make it is tried. The
    best choice under a budget is then a knapsack, exact for these steps.
    """
    levels = np.array(LEVELS)
    posts = len(model.places)
    longest = HORIZONS[-1]
    alone = (levels * STEP_MINOR)[:, None, None] * is_open(first, longest)
    orders, paid = model.run(alone.astype(np.float64), is_alone=True)
    budgets = budgets_up_to(budget_minor)
    found = []
    for horizon in HORIZONS:
        sold = orders[:, :horizon].sum(axis=1) * model.worth
        cost = paid[:, :horizon].sum(axis=1)
        plans = []
        for crowd in CROWDS:
            gains = _at_crowd(levels, sold, crowd) - cost
            plans += _knapsack(gains, levels, budgets)
        found.append(np.unique(np.stack(plans), axis=0).reshape(-1, posts))
    return found


def _at_crowd(levels: IntArray, sold: FloatArray, crowd: float) -> FloatArray:
    """What each level sells when everything is so much dearer: what less money buys, (levels, posts)."""
    if crowd == 1.0:
        return sold
    known = np.concatenate([[0], levels])
    sums = np.concatenate([np.zeros((1, sold.shape[1])), sold])
    return np.stack(
        [np.interp(levels / crowd, known, sums[:, post]) for post in range(sold.shape[1])], axis=1
    )


def _knapsack(gains: FloatArray, levels: IntArray, budgets: Sequence[int]) -> list[IntArray]:
    """Steps per post that maximise the sum of gains, shape (posts,), for each budget in steps."""
    capacity, posts = budgets[-1], gains.shape[1]
    best = np.zeros(capacity + 1)
    taken = np.zeros((posts, capacity + 1), dtype=np.int64)
    options = np.concatenate([[0], levels[levels <= capacity]])
    rooms = np.arange(capacity + 1) - options[:, None]
    for post in range(posts):
        gain = np.concatenate([[0.0], gains[: len(options) - 1, post]])
        if gain.max() <= 0:
            continue
        with_it = np.where(rooms >= 0, best[np.maximum(rooms, 0)] + gain[:, None], -np.inf)
        choice = with_it.argmax(axis=0)
        taken[post], best = options[choice], with_it[choice, np.arange(capacity + 1)]
    plans = []
    for budget in budgets:
        plan, left = np.zeros(posts, dtype=np.int64), budget
        for post in reversed(range(posts)):
            plan[post] = taken[post, left]
            left -= int(plan[post])
        plans.append(plan)
    return plans
