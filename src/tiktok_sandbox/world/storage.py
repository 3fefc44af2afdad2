"""A world as one file: save, load, continue as if nothing had happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

import msgspec

from tiktok_sandbox.world.behaviour import Behaviour
from tiktok_sandbox.world.clock import TICK
from tiktok_sandbox.world.ledger import AD_HOUR, POST_HOUR, Ledger
from tiktok_sandbox.world.orders import book_conversion
from tiktok_sandbox.world.world import State, World

SCHEMA = "tiktok-sandbox.world/1"


class WorldFileError(ValueError):
    """The bytes are not a world this version can read."""


class WorldFile(msgspec.Struct, kw_only=True):
    """What the file holds, as MessagePack. It contains the world's secrets."""

    schema: str
    now_real: float
    behaviour: dict[str, object]
    state: State
    ad_hours: bytes
    post_hours: bytes


def save(world: World) -> bytes:
    """The world as bytes; the clock stands at its present instant."""
    return msgspec.msgpack.encode(
        WorldFile(
            schema=SCHEMA,
            now_real=world.real(),
            behaviour=asdict(world.behaviour),
            state=world.state,
            ad_hours=world.ad_hours.to_bytes(),
            post_hours=world.post_hours.to_bytes(),
        )
    )


def load(data: bytes, *, real: Callable[[], float] = time.time) -> World:
    """A world from bytes; time goes on from the saved instant. Raises WorldFileError."""
    try:
        file = msgspec.msgpack.decode(data, type=WorldFile)
        if file.schema != SCHEMA:
            raise WorldFileError(f"the file is {file.schema}, this version reads {SCHEMA}")
        behaviour = msgspec.convert(file.behaviour, Behaviour)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise WorldFileError(f"this is not a world file: {error}") from None
    now = file.state.clock.now(real=file.now_real)
    file.state.clock.at_anchor, file.state.clock.real_anchor = now, real()
    world = World(file.state, behaviour=behaviour, real=real)
    world.ad_hours = Ledger.from_bytes(AD_HOUR, file.ad_hours)
    world.post_hours = Ledger.from_bytes(POST_HOUR, file.post_hours)
    _rebuild(world)
    return world


def _rebuild(world: World) -> None:
    """Running sums and the conversion ledger follow from what was saved."""
    ads = list(world.state.ads.values())
    columns = (
        world.ad_hours.column(name) for name in ("tick", "ad", "post", "spend_minor", "impressions")
    )
    items = list(world.state.posts)
    for tick, ad, post, minor, shown in zip(*columns, strict=True):
        world.count_delivery(
            ads[ad],
            item_id=items[post],
            at=world.tick_start(int(tick)),
            spend_minor=int(minor),
            impressions=int(shown),
        )
    for order in world.state.orders:
        if order.ad_id is not None:
            tick = (order.clicked_at - world.state.epoch) // TICK
            book_conversion(world, order, tick=tick, number=world.state.ads[order.ad_id].number)
