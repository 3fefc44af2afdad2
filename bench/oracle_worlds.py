"""Does any policy earn more than the oracle says? Random worlds, the same for every policy."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from msgspec.structs import replace

from bench.row import Case, Result
from tiktok_sandbox.world.ads.ready_made import add_ad, add_adgroup, add_campaign, authorize
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.drawing.build import build_world, read_family
from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.passing.hours import advance_to
from tiktok_sandbox.world.state.entities import AdGroup
from tiktok_sandbox.world.truth.mean_days import MeanDays, first_days, is_open
from tiktok_sandbox.world.truth.oracle import STEP_MINOR, Plan, improved, oracle
from tiktok_sandbox.world.truth.what_if import contribution_minor, eligible
from tiktok_sandbox.world.world import World

FAMILIES = ("reference", "clickbait", "quick-fatigue", "sceptical")
WORLDS, POSTS, DAYS, BUDGET_MINOR = 200, 40, 14, 150_000
FIRST_SEED = 1000
# Of the policy that stops: what it starts with, and for how many days it looks.
START_MINOR, LOOK_DAYS = 3000, 2
Floats = np.ndarray[Any, np.dtype[np.float64]]
Policy = Callable[["Game", int], Floats]


@dataclass(slots=True)
class Game:
    """A world in which a policy says each morning what every post may spend.

    items : posts that may be sparked; worth : minor units an order of each leaves; model : the world by
    its means; plan : the oracle's
    """

    world: World
    items: list[str]
    worth: Floats
    model: MeanDays
    plan: Plan
    better: Floats
    days: int
    budget_minor: int

    def spent(self) -> Floats:
        return self._by_post(self.world.ad_hours.rows, 2, "spend_minor")

    def reported_orders(self) -> Floats:
        orders = self.world.orders
        rows = orders.rows[orders.column("source") == PAID]
        seen = rows[rows[:, orders.place("placed_second")] <= self.world.now.timestamp()]
        found = np.bincount(seen[:, orders.place("post")], minlength=len(self.world.state.posts))
        return np.asarray(found[self._places()], dtype=np.float64)

    def _by_post(self, rows: Any, key: int, column: str) -> Floats:
        values = rows[:, self.world.ad_hours.place(column)]
        sums = np.bincount(rows[:, key], weights=values, minlength=len(self.world.state.posts))
        return np.asarray(sums[self._places()], dtype=np.float64)

    def _places(self) -> Any:
        return np.array([self.world.post_number(item_id) for item_id in self.items])

    def profit(self) -> float:
        """What the ads' orders leave, whenever they come, less what the ads cost; minor units."""
        orders = self.world.orders
        rows = orders.rows[orders.column("source") == PAID]
        sold = np.bincount(rows[:, orders.place("post")], minlength=len(self.world.state.posts))
        return float((sold[self._places()] * self.worth).sum() - self.spent().sum())


def family_of(name: str, *, posts: int = POSTS) -> Family:
    """A family whose posts are all there at the start, and in which nobody acts by himself."""
    base = read_family(name)
    return replace(
        base,
        posts=replace(base.posts, count=posts, older=posts, specials=False, unlicensed_share=0.0),
        habits=replace(base.habits, delete=0.0, hide=0.0, revoke=0.0, recaption=0.0, moderated=0.0),
        deals=replace(base.deals, paid_allowed_share=1.0),
    )


def start(family: Family, seed: int, *, days: int, budget_minor: int) -> Game:
    """A fresh world with the oracle's plan for it."""
    world = build_world(family=family, seed=seed)
    items = eligible(world, world.now)
    places = np.array([world.post_number(item_id) for item_id in items])
    worth = contribution_minor(world, places)
    model = MeanDays(world, places, worth, days=max(days, 28))
    plan = oracle(world, budget_minor=budget_minor, days=days, items=items)
    spend = np.zeros((days, len(items)))
    for place, item_id in enumerate(items):
        if item_id in plan.daily_minor:
            spend[:, place] = plan.daily_minor[item_id]
    opened = is_open(first_days(world, places), days)
    better, _ = improved(model, spend, opened, budget_minor=budget_minor, attempt=1)
    return Game(world, items, worth, model, plan, better, days, budget_minor)


def play(game: Game, policy: Policy) -> float:
    """The profit of a policy in a fresh copy of the game's world."""
    world = build_world(family=game.world.family, seed=game.world.seed)
    mine = Game(
        world,
        game.items,
        game.worth,
        game.model,
        game.plan,
        game.better,
        game.days,
        game.budget_minor,
    )
    advertiser_id = next(iter(world.state.advertisers))
    campaign = add_campaign(world, advertiser_id)
    groups: dict[int, AdGroup] = {}
    for day in range(game.days):
        wanted = policy(mine, day)
        assert wanted.sum() <= game.budget_minor + 1
        for place in sorted({*np.flatnonzero(wanted > 0).tolist(), *groups}):
            if place not in groups:
                authorize(world, mine.items[place], advertiser_id)
                groups[place] = add_adgroup(world, campaign, start_at=world.now)
                add_ad(world, groups[place], mine.items[place])
            group = groups[place]
            group.operation_status = "ENABLE" if wanted[place] else "DISABLE"
            group.fields |= {"budget": max(wanted[place], STEP_MINOR) / 100}
        advance_to(world, world.now + timedelta(days=1))
    return mine.profit()


def own_plan(game: Game, day: int) -> Floats:
    rows = [game.plan.daily_minor.get(item, [0] * game.days)[day] for item in game.items]
    return np.array(rows, dtype=np.float64)


def climbed(game: Game, day: int) -> Floats:
    return np.asarray(game.better[day], dtype=np.float64)


def greedy(game: Game, day: int) -> Floats:
    """Knows everything and gives the next step to the post that would earn most with it today."""
    levels = np.arange(1, 16) * float(STEP_MINOR)
    plans = np.broadcast_to(levels[:, None, None], (len(levels), game.days, len(game.items)))
    orders, paid = game.model.run(plans, is_alone=True)
    earned = (orders * game.worth - paid).sum(axis=1)
    gains = np.diff(np.concatenate([np.zeros((1, earned.shape[1])), earned]), axis=0)
    spend, level = np.zeros(earned.shape[1]), np.zeros(earned.shape[1], dtype=np.int64)
    for _ in range(int(game.budget_minor // STEP_MINOR)):
        ahead = gains[np.minimum(level, len(levels) - 1), np.arange(len(level))]
        ahead = np.where(level < len(levels), ahead, -np.inf)
        best = int(ahead.argmax())
        if ahead[best] <= 0:
            break
        level[best] += 1
        spend[best] += STEP_MINOR
    return spend


def equal(game: Game, day: int) -> Floats:
    each = game.budget_minor // len(game.items) // STEP_MINOR * STEP_MINOR
    return np.full(len(game.items), float(each))


def stop_at_cpa(game: Game, day: int) -> Floats:
    """Starts every post alike and after two days stops what costs more per order than an order leaves."""
    each = min(float(START_MINOR), game.budget_minor / len(game.items))
    if day < LOOK_DAYS:
        return np.full(len(game.items), each)
    orders, spent = game.reported_orders(), game.spent()
    keeps = orders * game.worth > spent
    if not keeps.any():
        return np.zeros(len(game.items))
    share = min(game.budget_minor / keeps.sum(), 4 * each)
    return np.where(keeps, share, 0.0)


POLICIES: dict[str, Policy] = {
    "oracle's plan": own_plan,
    "climbed from it": climbed,
    "greedy, all known": greedy,
    "equal": equal,
    "stop at CPA": stop_at_cpa,
}


def run(pairs: int) -> Result:
    """The row; `pairs` is not used, worlds are paired by their seed."""
    return compare(WORLDS)


def compare(worlds: int) -> Result:
    """So many worlds, the families in turn."""
    said, bound = [], []
    earned: dict[str, list[float]] = {name: [] for name in POLICIES}
    for number in range(worlds):
        family = family_of(FAMILIES[number % len(FAMILIES)])
        game = start(family, FIRST_SEED + number, days=DAYS, budget_minor=BUDGET_MINOR)
        said.append(game.plan.profit_minor / 100)
        bound.append(game.plan.bound_minor / 100)
        for name, policy in POLICIES.items():
            earned[name].append(play(game, policy) / 100)
        if number % 20 == 19:
            print(f"  {number + 1} of {worlds} worlds …", file=sys.stderr)
    oracle_mean, bound_mean = float(np.mean(said)), float(np.mean(bound))
    cases = []
    for name, profits in earned.items():
        gap = np.array(said) - np.array(profits)
        error = float(gap.std() / np.sqrt(len(gap)))
        cases.append(
            Case(
                label=name,
                ours=f"oracle says {oracle_mean:,.0f}",
                theirs=f"earned {np.mean(profits):,.0f} (oracle ahead by {gap.mean():,.0f} ± {error:,.0f})",
                ratio=oracle_mean / float(np.mean(profits)) if np.mean(profits) > 0 else None,
                target=None,
            )
        )
    beaten = sum(
        max(each) > limit
        for each, limit in zip(zip(*earned.values(), strict=True), bound, strict=True)
    )
    return Result(
        name="oracle_worlds",
        against="policies in the same worlds",
        cases=cases,
        notes=[
            f"{worlds} worlds of {', '.join(FAMILIES)}; {POSTS} posts, {DAYS} days, "
            f"{BUDGET_MINOR / 100:,.0f} a day; profit in the account's currency.",
            f"Bound {bound_mean:,.0f}: the oracle is {1 - oracle_mean / bound_mean:.0%} below it; "
            f"{beaten} of {worlds} worlds had a policy above it.",
        ],
    )
