"""Collaborations: which commission a creator's order pays, by the day it was placed.

An invitation of the creator for the product (target) goes before an open plan of the product, and
either before the contract of the post. The newest one counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import Order
from tiktok_sandbox.world.state.refusals import RefusedError
from tiktok_sandbox.world.state.shop import OPEN, TARGET, Collaboration
from tiktok_sandbox.world.world import World

LEAST_RATE, MOST_RATE = 100, 8000
FOREVER = datetime.max.replace(tzinfo=UTC)


def is_in_force(found: Collaboration, at: datetime) -> bool:
    return found.starts_at <= at and (found.ends_at is None or at < found.ends_at)


def collaboration_of(world: World, *, handle: str, sku: str, at: datetime) -> Collaboration | None:
    """The collaboration that sets what this creator earns for this product at `at`."""
    best: Collaboration | None = None
    for found in world.state.collaborations.values():
        if sku not in found.rates or not is_in_force(found, at):
            continue
        if found.kind == TARGET and handle in found.handles:
            best = found
        elif found.kind == OPEN and at < found.removed.get(handle, FOREVER):
            best = found if best is None or best.kind == OPEN else best
    return best


def commission_of(world: World, order: Order) -> tuple[int, str | None]:
    """Basis points an order pays its creator, and the collaboration they come from, if any."""
    post = world.state.posts.get(order.item_id or "")
    if post is None:
        return 0, None
    if not world.creator_of(post).is_brand:
        found = collaboration_of(world, handle=post.handle, sku=order.sku, at=order.placed_at)
        if found is not None:
            return found.rates[order.sku], found.collaboration_id
    deal = world.state.deals.get(post.item_id)
    return (deal.commission_bp if deal is not None else 0), None


def open_plan(world: World, *, sku: str, rate: int, fields: dict[str, object]) -> Collaboration:
    """Offer a product to every creator from now on. Raises RefusedError."""
    now = whole_seconds(world.now)
    _check(world, {sku: rate})
    if any(sku in found.rates for found in standing(world, OPEN, at=now)):
        raise RefusedError("already_open", f"{sku} is in an open collaboration already.")
    return _keep(world, OPEN, rates={sku: rate}, name=sku, ends_at=None, fields=fields)


def invite(
    world: World,
    *,
    name: str,
    rates: dict[str, int],
    handles: list[str],
    ends_at: datetime | None,
    fields: dict[str, object],
) -> Collaboration:
    """Offer products to some creators, from now until `ends_at`. Raises RefusedError."""
    now = whole_seconds(world.now)
    _check(world, rates)
    unknown = [handle for handle in handles if handle not in world.state.creators]
    if unknown or not handles:
        raise RefusedError("creator_not_found", f"No creators of this world: {unknown}")
    if ends_at is not None and ends_at <= now:
        raise RefusedError("bad_end", "The end must lie in the future.")
    return _keep(
        world, TARGET, rates=rates, name=name, handles=handles, ends_at=ends_at, fields=fields
    )


def conflicts_of(
    world: World, *, rates: dict[str, int], handles: list[str]
) -> list[tuple[str, str]]:
    """(handle, sku) pairs that an invitation in force holds already."""
    return [
        (handle, sku)
        for found in standing(world, TARGET, at=world.now)
        for handle in handles
        for sku in rates
        if handle in found.handles and sku in found.rates
    ]


def end(world: World, found: Collaboration) -> datetime:
    """End it at the next midnight UTC, if it does not end before; when that is."""
    now = whole_seconds(world.now).astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    found.ends_at = min(found.ends_at or midnight, midnight)
    found.modified_at = now
    return found.ends_at


def remove_creator(world: World, found: Collaboration, handle: str) -> None:
    """The creator earns nothing from this open plan for what sells from now on."""
    now = whole_seconds(world.now)
    found.removed.setdefault(handle, now)
    found.modified_at = now


def standing(world: World, kind: str, *, at: datetime) -> list[Collaboration]:
    """Collaborations of a kind that have not ended, oldest first."""
    return [
        found
        for found in world.state.collaborations.values()
        if found.kind == kind and (found.ends_at is None or at < found.ends_at)
    ]


def _check(world: World, rates: dict[str, int]) -> None:
    for sku, rate in rates.items():
        if sku not in world.state.products:
            raise RefusedError("product_not_found", f"There is no product {sku}.")
        if not LEAST_RATE <= rate <= MOST_RATE:
            raise RefusedError(
                "bad_rate", f"A commission rate lies between {LEAST_RATE} and {MOST_RATE}."
            )


def _keep(
    world: World,
    kind: str,
    *,
    rates: dict[str, int],
    name: str,
    ends_at: datetime | None,
    fields: dict[str, object],
    handles: list[str] | None = None,
) -> Collaboration:
    now = whole_seconds(world.now)
    made = Collaboration(
        collaboration_id=world.next_id(f"collaboration.{kind}", prefix="74"),
        kind=kind,
        name=name,
        rates=rates,
        handles=handles or [],
        starts_at=now,
        ends_at=ends_at,
        created_at=now,
        modified_at=now,
        fields=fields,
    )
    world.state.collaborations[made.collaboration_id] = made
    return made
