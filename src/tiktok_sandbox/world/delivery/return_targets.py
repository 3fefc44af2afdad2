"""GMV Max follows its return target: what it bids for an order, set anew every midnight UTC.

A bid is what an order brings ÷ the target × a factor. Impressions that would cost more than they
bring are not bought, so a target out of reach spends little. The factor learns from the campaign's own
return of the last week: above the target it rises and buys more, below it falls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.delivery.measures import conversion_rows
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray
from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.world import World

KIND = "gmv_max"
HOURS_A_DAY, WINDOW_DAYS = 24, 7
# Ours: how quickly the factor follows, how far it goes, how many orders it takes to be believed.
GAIN, LEAST_FACTOR, MOST_FACTOR, PRIOR_ORDERS = 0.5, 0.2, 5.0, 3.0
FACTOR = "return_factor"
TICK_COLUMN, SPEND_COLUMN = AD_HOUR.index("tick"), AD_HOUR.index("spend_minor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A campaign's week, in minor units.

    due : the spend whose orders can have come in by now; by_view : of value, credited by a view
    """

    spend: float
    due: float
    value: float
    by_view: float
    orders: int

    @property
    def forecast(self) -> float:
        """Value once everybody who clicked has bought; who is credited by a view does so at once."""
        return (self.value - self.by_view) * self.spend / self.due + self.by_view


def follow_return_targets(world: World) -> bool:
    """At midnight UTC, set every GMV Max campaign's bid anew; whether there was one."""
    if world.state.ticks_done % HOURS_A_DAY:
        return False
    found = [
        campaign
        for campaign in world.state.campaigns.values()
        if campaign.kind == KIND and not campaign.is_deleted
    ]
    sold = conversion_rows(world, until=world.now) if found else None
    for campaign in found:
        _learn(world, campaign, sold)
    return bool(found)


def _learn(world: World, campaign: Campaign, sold: IntArray | None) -> None:
    """Move the campaign's factor towards its target by the return of its last week, and bid."""
    target, group = target_of(campaign), _group(world, campaign)
    seen, factor = return_of(world, campaign, sold), factor_of(group)
    if target and seen.spend:
        prior = PRIOR_ORDERS * order_value(world, group, seen)
        factor *= ((seen.forecast + prior) / (target * seen.spend + prior)) ** GAIN
    else:
        # Nothing to learn from: what was learned is half forgotten, or it would never try again.
        factor **= GAIN
    group.fields = group.fields | {FACTOR: min(max(factor, LEAST_FACTOR), MOST_FACTOR)}
    set_bid(world, campaign, seen)


def set_bid(world: World, campaign: Campaign, seen: Return | None = None) -> None:
    """What the campaign's hidden ad group bids for an order; nothing without a target."""
    target, group = target_of(campaign), _group(world, campaign)
    if not target:
        group.fields = group.fields | {"bid_type": "BID_TYPE_NO_BID"}
        return
    seen = seen or return_of(world, campaign)
    bid = order_value(world, group, seen) / target * factor_of(group)
    group.fields = group.fields | {
        "bid_type": "BID_TYPE_CUSTOM",
        "conversion_bid_price": max(0.01, round(bid / 100, 2)),
    }


def target_of(campaign: Campaign) -> float:
    """The return (gross revenue ÷ cost) the campaign wants, 0 without one."""
    return float(str(campaign.fields.get("roas_bid") or 0))


def factor_of(group: AdGroup) -> float:
    return float(str(group.fields.get(FACTOR, 1.0)))


def _group(world: World, campaign: Campaign) -> AdGroup:
    return world.find.groups_of_campaign(campaign.campaign_id)[0]


def order_value(world: World, group: AdGroup, seen: Return) -> float:
    """Minor units an order brings: as the prices say, and more and more as the campaign has seen."""
    goods, shop = world.state.products, world.family.shop
    ads = [ad for ad in world.find.ads_of_group(group.adgroup_id) if not ad.is_deleted]
    skus = [world.state.posts[ad.item_id].sku for ad in ads]
    prices = [goods[sku].price_minor for sku in skus if sku in goods]
    units = sum((number + 1) * share for number, share in enumerate(shop.quantities))
    kept = 1 - shop.discount_share * shop.discount_bp / 10_000
    guess = units * kept * (sum(prices) / len(prices) if prices else 0.0)
    return (seen.value + PRIOR_ORDERS * guess) / (seen.orders + PRIOR_ORDERS)


def return_of(world: World, campaign: Campaign, sold: IntArray | None = None) -> Return:
    """What the campaign spent in the last week and what reports credit to it by now.

    sold : rows of everything that is credited, if they have been read already
    """
    last = world.state.ticks_done
    numbers = np.array(
        [
            ad.number
            for group in world.find.groups_of_campaign(campaign.campaign_id)
            for ad in world.find.ads_of_group(group.adgroup_id)
        ],
        dtype=np.int64,
    )
    first = max(0, last - WINDOW_DAYS * HOURS_A_DAY)
    rows = world.ad_hours.since(first).astype(np.int64)
    rows = rows[np.isin(rows[:, 1], numbers)]
    sold = conversion_rows(world, until=world.now) if sold is None else sold
    sold = sold[(sold[:, 0] >= first) & np.isin(sold[:, 1], numbers)]
    spend = rows[:, SPEND_COLUMN]
    return Return(
        spend=float(spend.sum()),
        due=float((spend * _come_in(world, rows[:, TICK_COLUMN], last)).sum()),
        value=float(sold[:, 3].sum()),
        by_view=float(sold[:, 5].sum()),
        orders=len(sold),
    )


def _come_in(world: World, ticks: IntArray, last: int) -> FloatArray:
    """Share of each hour's orders that people have placed by now, going by how long they wait."""
    waits = np.cumsum(world.family.shop.delay_days)
    days = np.clip((last - ticks) // HOURS_A_DAY, 0, len(waits) - 1)
    share: FloatArray = waits[days]
    return share
