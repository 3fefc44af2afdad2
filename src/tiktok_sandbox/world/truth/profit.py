"""Profit: what every order, post, creator and product earned, to the minor unit.

Rules (docs/reference/sandbox-truth.md says the same):
net revenue = gross - discount - refund; shipping and tax are 0 in this world.
Each fee = net revenue x rate, rounded half up to the minor unit, per order.
Cost of goods and fulfilment are per unit and stay even after a refund.
Commission = net revenue x the rate of the collaboration in force when the order was placed, else
of the post's deal, for orders of a creator's post, organic or spark; none for the brand's own
posts and direct orders.
Creator fee = the post's content fee, due when it is posted.
A spark order belongs to the ad's post. Money is never converted: a row has one currency.
Only what has happened by now counts: orders placed, refunds booked, hours delivered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np

from tiktok_sandbox.world.creators.collaborations import commission_of
from tiktok_sandbox.world.delivery.measures import reported_rows
from tiktok_sandbox.world.delivery.orders import read_orders
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.world import World

SPEND = AD_HOUR.index("spend_minor")


@dataclass(slots=True, kw_only=True)
class ProfitLine:
    """What an order, post, creator or product earned and cost, in minor units of its currency."""

    currency: str
    orders: int = 0
    units: int = 0
    net_revenue_minor: int = 0
    cogs_minor: int = 0
    fulfilment_minor: int = 0
    platform_fee_minor: int = 0
    payment_fee_minor: int = 0
    commission_minor: int = 0
    creator_fee_minor: int = 0
    ad_spend_minor: int = 0

    @property
    def profit_minor(self) -> int:
        costs = (
            self.cogs_minor
            + self.fulfilment_minor
            + self.platform_fee_minor
            + self.payment_fee_minor
            + self.commission_minor
            + self.creator_fee_minor
            + self.ad_spend_minor
        )
        return self.net_revenue_minor - costs

    def as_row(self) -> dict[str, object]:
        return {**asdict(self), "profit_minor": self.profit_minor}


def rate_of(minor: int, basis_points: int) -> int:
    """minor x basis points, rounded half up; minor is never negative."""
    return (minor * basis_points + 5000) // 10_000


def visible_refund(order: Order, now: datetime) -> int:
    return order.refund_minor if order.refunded_at is not None and order.refunded_at <= now else 0


def money_of(world: World, order: Order, now: datetime) -> dict[str, int]:
    """What one order brings and costs as it stands at `now`."""
    product = world.state.products[order.sku]
    net = order.gross_minor - order.discount_minor - visible_refund(order, now)
    return {
        "net_revenue_minor": net,
        "cogs_minor": product.unit_cost_minor * order.quantity,
        "fulfilment_minor": product.fulfilment_cost_minor * order.quantity,
        "platform_fee_minor": rate_of(net, product.platform_fee_bp),
        "payment_fee_minor": rate_of(net, product.payment_fee_bp),
        "commission_minor": rate_of(net, commission_of(world, order)[0]),
    }


class ProfitTables:
    """Rows by whatever key the callers group on; None is "no post"."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str | None, str], ProfitLine] = {}

    def row(self, key: str | None, currency: str) -> ProfitLine:
        return self.rows.setdefault((key, currency), ProfitLine(currency=currency))

    def add_order(self, key: str | None, order: Order, money: dict[str, int]) -> None:
        row = self.row(key, order.currency)
        row.orders += 1
        row.units += order.quantity
        for name, minor in money.items():
            setattr(row, name, getattr(row, name) + minor)


def compute_profit(world: World, *, now: datetime) -> dict[str, list[dict[str, object]]]:
    """The books by post, by creator and by product."""
    posts = world.state.posts
    kept = {"post": ProfitTables(), "creator": ProfitTables(), "product": ProfitTables()}

    def keys(item_id: str | None, sku: str | None) -> dict[str, str | None]:
        post = posts[item_id] if item_id is not None else None
        return {
            "post": item_id,
            "creator": post.handle if post else None,
            "product": sku if sku is not None else (post.sku if post else None),
        }

    for order in visible_orders(world, now):
        money = money_of(world, order, now)
        for kind, key in keys(order.item_id, order.sku).items():
            kept[kind].add_order(key, order, money)
    for deal in world.state.deals.values():
        if posts[deal.item_id].posted_at <= now:
            for kind, key in keys(deal.item_id, None).items():
                kept[kind].row(key, deal.currency).creator_fee_minor += deal.content_fee_minor
    for (item_id, currency), minor in spend_by_post(world, now).items():
        for kind, key in keys(item_id, None).items():
            kept[kind].row(key, currency).ad_spend_minor += minor
    return {
        "by_post": _printed(world, kept["post"], "item_id"),
        "by_creator": _printed(world, kept["creator"], "handle"),
        "by_product": _printed(world, kept["product"], "sku"),
    }


def visible_orders(world: World, now: datetime) -> list[Order]:
    """Orders placed by now, oldest first."""
    return read_orders(world, until=now)


def spend_by_post(world: World, now: datetime) -> dict[tuple[str, str], int]:
    """(item_id, account currency) → minor units spent in hours that reports show by now."""
    items, accounts = list(world.state.posts), list(world.state.advertisers.values())
    rows = reported_rows(world, until=now)
    keys = np.stack([rows[:, 2], world.tally.ad_account[rows[:, 1]]], axis=1)
    distinct, inverse = np.unique(keys, axis=0, return_inverse=True)
    sums = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(sums, inverse.ravel(), rows[:, SPEND])
    spent: dict[tuple[str, str], int] = {}
    for (post, account), minor in zip(distinct.tolist(), sums.tolist(), strict=True):
        key = (items[post], accounts[account].currency)
        spent[key] = spent.get(key, 0) + minor
    return spent


def _printed(world: World, books: ProfitTables, name: str) -> list[dict[str, object]]:
    rows = sorted(books.rows.items(), key=lambda item: (item[0][0] or "", item[0][1]))
    printed: list[dict[str, object]] = []
    for (key, _), book in rows:
        named: dict[str, object] = {name: key}
        if name == "item_id":
            named["handle"] = world.state.posts[key].handle if key is not None else None
        printed.append(named | book.as_row())
    return printed
