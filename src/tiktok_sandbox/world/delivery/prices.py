"""What rivals bid: by kind of viewer, hour, weekday and season, by product and ad, and by crowd.

Their level is a product of factors. Which of them are published and which are ours stands in
docs/explanation/the-simulated-world.md.
"""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.posts.waves import segment_shares
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, hashed_normals
from tiktok_sandbox.world.state.hours import Hours


def segment_prices(family: Family) -> FloatArray:
    """Rivals' level for each kind of viewer, relative, shape (segments,)."""
    return np.array([kind.price for kind in family.segments])


def calendar_prices(family: Family, hours: Hours) -> FloatArray:
    """Rivals' level in each hour on each account's wall clock, shape (hours, accounts)."""
    season = family.season
    level: FloatArray = (
        np.array(season.month_price)[hours.local_month]
        * np.array(season.weekday_price)[hours.local_weekday]
        * np.array(season.hour_price)[hours.local_hour]
    )
    return level


def calendar_buying(family: Family, hours: Hours) -> FloatArray:
    """How willing people are to buy, shape (hours, accounts)."""
    season = family.season
    factor: FloatArray = (
        np.array(season.month_buying)[hours.local_month]
        * np.array(season.weekday_buying)[hours.local_weekday]
    )
    return factor


def product_prices(family: Family, seed: int, products: IntArray) -> FloatArray:
    """How contested the market of each product is, shape like `products`; median 1."""
    draws = hashed_normals(seed, "market.product", products + 1)
    factor: FloatArray = np.exp(family.delivery.product_sigma * draws)
    return factor


def video_prices(family: Family, seed: int, creatives: IntArray) -> FloatArray:
    """What is dear or cheap about the people a video appeals to; median 1.

    It belongs to the video, so that nobody gets a cheaper ad by making the same one again.
    """
    draws = hashed_normals(seed, "market.video", creatives)
    factor: FloatArray = np.exp(family.delivery.video_sigma * draws)
    return factor


def crowd_prices(family: Family, views: FloatArray) -> FloatArray:
    """What an account pays for having shown its ads so often already.

    views : its impressions of the last day to each kind of viewer, shape (…, segments)
    Source of the shape: science.md §2.4, CPM(s) = c0·(1 + s/400)^.35 in dollars a day; at 8 a
    thousand and 400,000 people that is .125 views a person.
    """
    numbers = family.delivery
    people = numbers.audience * segment_shares(family)
    factor: FloatArray = (1 + views / people / numbers.crowd_views) ** numbers.crowd_power
    return factor
