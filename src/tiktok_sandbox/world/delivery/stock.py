"""Stock: an order takes units, and when none are left nobody buys.

`Product.stock` is what is left after every order of the hours that have passed, and after those
who clicked earlier and come back to buy within the hour that comes next: they take theirs first.
Whoever wants more than is left buys nothing.
"""

from __future__ import annotations

import numpy as np

from tiktok_sandbox.world.randomness.columns import BoolArray, IntArray
from tiktok_sandbox.world.state.clock import TICK, seconds
from tiktok_sandbox.world.state.entities import Product
from tiktok_sandbox.world.state.hours import HOUR_SECONDS, HOURS_A_DAY
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.world import World

# Where an order stands in time that found nothing left: after the end of every calendar.
NEVER = 2**31 - 1
MOST_UNITS = 1_000_000_000
# More units than six hours of the shop, and of one ad, could sell.
LEAST_AHEAD, UNITS_PER_AD = 1000, 50


def take(world: World, products: IntArray, quantities: IntArray) -> BoolArray:
    """Take units for one order after another; which of them got theirs, shape (orders,)."""
    goods = list(world.state.products.values())
    got = np.ones(len(products), dtype=bool)
    wanted = np.bincount(products, weights=quantities, minlength=len(goods)).astype(np.int64)
    for place in np.flatnonzero(wanted).tolist():
        goods[place].stock -= int(wanted[place])
        if goods[place].stock < 0:
            goods[place].stock += int(wanted[place])
            mine = products == place
            got[mine] = _take_in_turn(goods[place], quantities[mine])
    return got


def _take_in_turn(product: Product, quantities: IntArray) -> BoolArray:
    got = np.zeros(len(quantities), dtype=bool)
    for number, quantity in enumerate(quantities.tolist()):
        if quantity <= product.stock:
            product.stock -= quantity
            got[number] = True
    return got


def may_buy(
    world: World, *, products: IntArray, quantities: IntArray, is_now: BoolArray
) -> BoolArray:
    """Which of this hour's buyers find what they want; those who buy at once take it.

    Who decides days later only needs to find something in stock now: his units are taken then.
    """
    stock = np.array([product.stock for product in world.state.products.values()])
    found: BoolArray = stock[products] > 0
    at_once = np.flatnonzero(is_now & found)
    found[at_once] = take(world, products[at_once], quantities[at_once])
    return found


def can_end(world: World, *, ads: int, hours: int) -> bool:
    """Could a product's stock end within so many hours? Then each of them has to be taken by itself."""
    soon = (LEAST_AHEAD + UNITS_PER_AD * ads) * max(1.0, hours / 6)
    return any(product.stock < soon for product in world.state.products.values())


def serve_who_come_back(world: World, tick: int, *, hours: int = 1) -> None:
    """Take the units of orders that earlier clicks place in hours from `tick` on, before anybody sees it.

    One that finds nothing left is never placed.
    """
    orders = world.orders
    reach = len(world.family.shop.delay_days) * HOURS_A_DAY + 1
    start = seconds(world.tick_start(tick))
    first, last = orders.places(max(0, tick - reach), tick)
    rows = orders.rows[first:last]
    placed = rows[:, orders.place("placed_second")].astype(np.int64)
    coming = np.flatnonzero((placed >= start) & (placed < start + hours * HOUR_SECONDS))
    if not len(coming):
        return
    coming = coming[np.argsort(placed[coming], kind="stable")]
    mine = rows[coming].astype(np.int64)
    got = take(world, mine[:, orders.place("product")], mine[:, orders.place("quantity")])
    orders.amend(first + coming[~got], "placed_second", NEVER)


def stock_of(world: World) -> dict[str, int]:
    """What is left of every product now, by SKU."""
    left = {sku: product.stock for sku, product in world.state.products.items()}
    for product, quantity in _set_aside(world).items():
        left[product] += quantity
    return left


def _set_aside(world: World) -> dict[str, int]:
    """Units taken already by orders that come later within the present hour."""
    orders, tick = world.orders, world.state.ticks_done
    reach = len(world.family.shop.delay_days) * HOURS_A_DAY + 1
    rows = orders.since(max(0, tick - reach)).astype(np.int64)
    placed = rows[:, orders.place("placed_second")]
    end = seconds(world.tick_start(tick) + TICK)
    later = rows[(placed > world.now.timestamp()) & (placed < end)]
    skus = list(world.state.products)
    found: dict[str, int] = {}
    for row in later.tolist():
        sku = skus[row[orders.place("product")]]
        found[sku] = found.get(sku, 0) + row[orders.place("quantity")]
    return found


def restock(world: World, sku: str, units: int) -> int:
    """Add units to a product's stock; what is left then. Raises RefusedError."""
    product = world.state.products.get(sku)
    if product is None:
        raise RefusedError("product_not_found", f"There is no product {sku}.")
    if not 0 <= units <= MOST_UNITS or product.stock + units > MOST_UNITS:
        raise RefusedError("bad_quantity", f"Units are a whole number from 0 to {MOST_UNITS}.")
    product.stock += units
    return stock_of(world)[sku]


def set_stock(world: World, sku: str, units: int) -> int:
    """Make this what is left of a product; what is left then. Raises RefusedError."""
    left = stock_of(world).get(sku, 0)
    product = world.state.products.get(sku)
    if product is None or units >= left:
        return restock(world, sku, units - left)
    if units < 0:
        raise RefusedError("bad_quantity", f"Units are a whole number from 0 to {MOST_UNITS}.")
    # What is set aside for the present hour is sold.
    product.stock = max(0, product.stock - (left - units))
    return stock_of(world)[sku]
