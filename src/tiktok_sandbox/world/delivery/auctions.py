"""Ad delivery: which ads run this hour, what they win in the auction, and what viewers do.

One hour is a handful of array operations over (ads, kinds of viewers); only orders are drawn one by
one, and those only when somebody reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.ads.budgets import TRAFFIC
from tiktok_sandbox.world.comments.climate import climate_shift
from tiktok_sandbox.world.delivery.eligible_ads import (
    NO_BUDGET,
    PER_CLICK,
    PER_NOTHING,
    PER_ORDER,
    PER_THOUSAND,
    PER_VIEW,
    TO_BUY,
    TO_CLICK,
    EligibleAds,
)
from tiktok_sandbox.world.delivery.market import Market
from tiktok_sandbox.world.delivery.orders import place_ad_orders
from tiktok_sandbox.world.delivery.pacing import allow
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR
from tiktok_sandbox.world.ledgers.tally import Snapshot
from tiktok_sandbox.world.posts.response import SPARK, Rates, rates
from tiktok_sandbox.world.posts.traits import views_of
from tiktok_sandbox.world.randomness.columns import (
    FloatArray,
    IntArray,
    Stream,
    normals,
    poisson,
    uniforms,
)
from tiktok_sandbox.world.state.hours import Hour
from tiktok_sandbox.world.world import World

EXPLORE = 0.25
"""Share of the mean that every ad of a group gets beside its own expectation; our own."""
LEARNED_AT_START = 0.3
ACTS = (
    ("clicks", "click"),
    ("likes", "like"),
    ("comments", "comment"),
    ("shares", "share"),
    ("favorites", "favorite"),
    ("follows", "follow"),
    ("profile_visits", "profile_visit"),
)
QUARTILE_COUNTS = ("views_p25", "views_p50", "views_p75", "views_p100")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateForecast:
    """What the platform calculates with until the next refresh, for every eligible ad.

    rates : shape (ads, segments); reach_shares : how delivery spreads over kinds of viewers,
    rows sum to 1; weight : expected result, for sharing an ad group's target
    """

    rates: Rates
    reach_shares: FloatArray
    weight: FloatArray


def forecast_rates(world: World, eligible: EligibleAds, known: Snapshot) -> RateForecast:
    """Rates from the sums of the last refresh: social proof, wear, learning, optimisation."""
    numbers = world.family.delivery
    learned = 1 - np.exp(-known.group_orders[eligible.group] / numbers.learning_events)
    goal = eligible.group_goal[eligible.group]
    people = np.array([kind.share for kind in world.family.segments])
    creative = world.tally.creative[eligible.post]
    frequency = known.creative_views[creative] / (numbers.audience * people)
    lift = numbers.optimised_low + (numbers.optimised_high - numbers.optimised_low) * learned
    buying = np.where(goal == TO_BUY, lift, 1.0)
    clicking = np.where(goal == TO_CLICK, numbers.click_optimised, 1.0)
    likes = np.where(eligible.mode == SPARK, known.post_likes[eligible.post], 0.0)
    views = views_of(
        world.traits,
        eligible.post,
        mode=eligible.mode,
        likes=likes,
        frequency=frequency,
        buying=buying[:, None] * (1 + frequency) ** -numbers.buy_wear,
        clicking=clicking[:, None] * (1 + frequency) ** -numbers.click_wear,
        talk=climate_shift(world)[eligible.post],
    )
    found = rates(world.family.response, views)
    expected = _expected(world, eligible, found, goal=goal, learned=learned)
    skill = numbers.sharpness * (LEARNED_AT_START + (1 - LEARNED_AT_START) * learned)
    pull = (expected / expected.mean(axis=1, keepdims=True)) ** skill[:, None]
    shares = people * eligible.group_segments[eligible.group] * pull
    shares /= shares.sum(axis=1, keepdims=True)
    return RateForecast(rates=found, reach_shares=shares, weight=(shares * expected).sum(axis=1))


def _expected(
    world: World, eligible: EligibleAds, found: Rates, *, goal: IntArray, learned: FloatArray
) -> FloatArray:
    """Results per impression as the platform guesses them: the guess is noisy until it has learned."""
    by_goal = np.select(
        [(goal == TO_BUY)[:, None], (goal == TO_CLICK)[:, None]],
        [found.click * found.purchase, found.click],
        found.view_6s,
    )
    noise = world.family.delivery.learning_noise * np.sqrt(1 - learned)
    guess = normals(world.seed, "learning", 0, len(world.state.ads))[eligible.number]
    expected: FloatArray = by_goal * np.exp(noise * guess)[:, None] + 1e-12
    return expected


def deliver_ads(
    world: World, hour: Hour, eligible: EligibleAds, forecast: RateForecast, market: Market
) -> None:
    """One hour of advertising: spend within every budget, responses, and orders."""
    world.tally.open_days(hour.local_day)
    live = _live(eligible, hour)
    if not len(live):
        return
    spend, views = _buy(world, hour, eligible, forecast, market, live=live)
    shown = views.sum(axis=1) > 0
    if shown.any():
        _book(
            world,
            hour,
            eligible,
            forecast,
            live=live[shown],
            spend=spend[shown],
            views=views[shown],
        )


def _live(eligible: EligibleAds, hour: Hour) -> IntArray:
    """Places of the ads whose window covers the whole hour and whose dayparting allows it."""
    slot = hour.local_weekday[eligible.account] * 24 + hour.local_hour[eligible.account]
    return np.flatnonzero(
        (eligible.from_second <= hour.start)
        & (hour.end <= eligible.until_second)
        & (hour.end <= eligible.group_end[eligible.group])
        & eligible.group_hours[eligible.group, slot]
    )


def _buy(
    world: World,
    hour: Hour,
    eligible: EligibleAds,
    forecast: RateForecast,
    market: Market,
    *,
    live: IntArray,
) -> tuple[IntArray, IntArray]:
    """Minor units spent, shape (live,), and impressions by kind of viewer, (live, segments)."""
    numbers = world.family.delivery
    groups = eligible.group[live]
    members = np.bincount(groups, minlength=len(eligible.group_daily))
    allowed = allow(world, eligible, hour, np.flatnonzero(members))
    weight = forecast.weight[live]
    total = np.bincount(groups, weights=weight, minlength=len(members))
    part = (weight + EXPLORE * (total / np.maximum(members, 1))[groups]) / (
        (1 + EXPLORE) * total[groups]
    )
    shares = part[:, None] * forecast.reach_shares[live]
    people = np.array([kind.share for kind in world.family.segments])
    traffic = TRAFFIC[hour.local_hour[eligible.account[live]]] / TRAFFIC.sum()
    chances = numbers.audience * numbers.slots * traffic[:, None] * part[:, None] * people
    chances = chances * eligible.group_segments[groups]
    price = _price_level(world, hour, eligible, live)
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = allowed.target[groups][:, None] * shares / (chances * price[:, None] / 1000)
    won = market.share_for(np.nan_to_num(wanted))
    won = np.minimum(won, _most_by_bid(eligible, forecast, market, live=live, price=price))
    drawn = uniforms(world.seed, "ad.views", hour.tick, len(world.state.ads) * len(people))
    luck = drawn.reshape(-1, len(people))[eligible.number[live]]
    views = poisson(chances * won, luck)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.nan_to_num(market.cost_of(won) / won) * price[:, None] / 1000
    cost = (views * paid).sum(axis=1)
    keep = np.ones(len(live))
    for place, left in (
        (groups, allowed.group_left),
        (eligible.campaign[live], allowed.campaign_left),
        (eligible.account[live], allowed.account_left),
    ):
        keep *= _cut(cost * keep, place, left)
    spend = np.floor(cost * keep).astype(np.int64)
    views = np.floor(views * keep[:, None]).astype(np.int64)
    # A fraction of a minor unit buys nothing, and nothing shown costs nothing.
    views[spend == 0] = 0
    spend[views.sum(axis=1) == 0] = 0
    return spend, views


def _cut(cost: FloatArray, place: IntArray, left: IntArray) -> FloatArray:
    """The share of each ad's cost that still fits into what its group, campaign or account has."""
    asked = np.bincount(place, weights=cost, minlength=len(left))
    with np.errstate(divide="ignore", invalid="ignore"):
        fits = np.where((left == NO_BUDGET) | (asked <= left), 1.0, left / asked)
    result: FloatArray = fits[place]
    return result


def _price_level(world: World, hour: Hour, eligible: EligibleAds, live: IntArray) -> FloatArray:
    """The rivals' median eCPM this hour in minor units, seen by each ad; a Spark Ad's is lower."""
    numbers = world.family.delivery
    everybody = normals(world.seed, "market", hour.tick, len(world.state.advertisers))
    own = normals(world.seed, "ad.market", hour.tick, len(world.state.ads))[eligible.number[live]]
    noise = numbers.market_noise * (everybody[eligible.account[live]] + own)
    credit = np.where(eligible.mode[live] == SPARK, 1 + numbers.spark_credit, 1.0)
    level: FloatArray = numbers.rival_cpm_minor * np.exp(noise) / credit
    return level


def _most_by_bid(
    eligible: EligibleAds,
    forecast: RateForecast,
    market: Market,
    *,
    live: IntArray,
    price: FloatArray,
) -> FloatArray:
    """The largest share of opportunities the ad's bid can win, shape (live, segments)."""
    groups = eligible.group[live]
    kind, bid = eligible.group_bid_kind[groups][:, None], eligible.group_bid[groups][:, None]
    if (kind == PER_NOTHING).all():
        return np.ones((len(live), 1))
    found = forecast.rates
    click, view = found.click[live], found.view_6s[live]
    per_thousand = np.select(
        [kind == PER_CLICK, kind == PER_THOUSAND, kind == PER_VIEW, kind == PER_ORDER],
        [bid * click * 1000, bid, bid * view * 1000, bid * click * found.purchase[live] * 1000],
        np.inf,
    )
    share = market.share_of_bid(per_thousand / price[:, None])
    return np.where(kind == PER_NOTHING, 1.0, share)


def draw_responses(
    stream: Stream, views: FloatArray | IntArray, found: Rates, *, shown: IntArray
) -> tuple[dict[str, IntArray], FloatArray]:
    """Counts of what viewers did, and purchases per click.

    views : by kind of viewer, shape (rows, segments), only their proportions matter;
    shown : all of them, shape (rows,)
    Counts are drawn from the mean rate of the row's viewers: the sum over kinds of viewers has
    that mean exactly, and a variance that differs by the spread of rates between kinds only.
    """
    mix = views / views.sum(axis=1, keepdims=True)

    def mean(rate: FloatArray) -> FloatArray:
        mixed: FloatArray = (mix * rate).sum(axis=1)
        return mixed

    view_2s, click = mean(found.view_2s), mean(found.click)
    counts = stream.thinned(
        shown, {"views_2s": view_2s} | {name: mean(getattr(found, rate)) for name, rate in ACTS}
    )
    counts["watch_seconds"] = np.rint(shown * mean(found.watch_seconds)).astype(np.int64)
    counts |= stream.thinned(
        counts["views_2s"], {"views_6s": np.clip(mean(found.view_6s) / view_2s, 0, 1)}
    )
    before, base = counts["views_2s"], view_2s
    for name, rate in zip(QUARTILE_COUNTS, found.quartiles, strict=True):
        share = mean(rate)
        counts |= stream.thinned(before, {name: np.clip(share / base, 0, 1)})
        before, base = counts[name], share
    with np.errstate(divide="ignore", invalid="ignore"):
        purchase = np.nan_to_num(mean(found.click * found.purchase) / click)
    return counts, purchase


def _book(
    world: World,
    hour: Hour,
    eligible: EligibleAds,
    forecast: RateForecast,
    *,
    live: IntArray,
    spend: IntArray,
    views: IntArray,
) -> None:
    numbers = eligible.number[live]
    stream = Stream(
        seed=world.seed, name="ad", tick=hour.tick, count=len(world.state.ads), places=numbers
    )
    counts, purchase = draw_responses(
        stream, views, at_places(forecast.rates, live), shown=views.sum(axis=1)
    )
    ticks = np.full(len(live), hour.tick, dtype=np.int64)
    columns = {
        "tick": ticks,
        "ad": numbers,
        "post": eligible.post[live],
        "spend_minor": spend,
        "impressions": views.sum(axis=1),
        **counts,
    }
    world.ad_hours.append(np.stack([columns[name] for name in AD_HOUR], axis=1))
    world.ad_audiences.append(np.concatenate([np.stack([ticks, numbers], axis=1), views], axis=1))
    world.tally.book_ads(
        numbers=numbers,
        posts=eligible.post[live],
        spend=spend,
        likes=counts["likes"],
        views=views,
    )
    bought = stream.thinned(counts["clicks"], {"orders": purchase})["orders"]
    buyers = np.flatnonzero(bought)
    if len(buyers):
        place_ad_orders(world, hour, eligible, places=live[buyers], counts=bought[buyers])
        world.tally.book_orders(numbers[buyers], bought[buyers])


def at_places(found: Rates, places: IntArray) -> Rates:
    """The rates of some rows, in their order."""
    if len(places) == len(found.view_2s):
        return found
    return Rates(
        quartiles=found.quartiles[:, places],
        **{name: getattr(found, name)[places] for name in Rates.__slots__ if name != "quartiles"},
    )
