"""A world as one file: save, load, continue as if nothing had happened.

A file is one line with the version, 32 bytes of SHA-256, and MessagePack; the checksum is over all
the rest, so a byte that changed anywhere is refused instead of being another truth.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import asdict

import msgspec
import numpy as np

from tiktok_sandbox.world.ads.outages import unheard
from tiktok_sandbox.world.delivery.orders import PAID
from tiktok_sandbox.world.delivery.organic import BEFORE
from tiktok_sandbox.world.drawing.business import add_sample_business
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR, CONVERSION, ORDER, POST_HOUR, Ledger
from tiktok_sandbox.world.passing.hours import snapshot_at
from tiktok_sandbox.world.randomness.columns import BoolArray, IntArray
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.state.hours import hours_of
from tiktok_sandbox.world.state.state import State
from tiktok_sandbox.world.world import World

SCHEMA = "tiktok-sandbox.world/5"
VERSION_LINE = SCHEMA.encode() + b"\n"
CHECKSUM_BYTES = 32
# Of MessagePack without a checksum, as files were before /3; what it could say of itself follows.
OLD_SCHEMAS = b"tiktok-sandbox.world/1", b"tiktok-sandbox.world/2"
OLD_START = 64
RECENT_HOURS = 50


class WorldFileError(ValueError):
    """The bytes are not a world this version can read."""


class WorldFile(msgspec.Struct, kw_only=True):
    """What the file holds, as MessagePack. It contains the world's secrets."""

    now_real: float
    behaviour: dict[str, object]
    state: State
    ad_hours: bytes
    ad_audiences: bytes
    post_hours: bytes
    orders: bytes
    conversions: bytes


def save(world: World) -> bytes:
    """The world as bytes; the clock stands at its present instant."""
    content = msgspec.msgpack.encode(
        WorldFile(
            now_real=world.real(),
            behaviour=asdict(world.behaviour),
            state=world.state,
            ad_hours=world.ad_hours.to_bytes(),
            ad_audiences=world.ad_audiences.to_bytes(),
            post_hours=world.post_hours.to_bytes(),
            orders=world.orders.to_bytes(),
            conversions=world.conversions.to_bytes(),
        )
    )
    return VERSION_LINE + _checksum(content) + content


def load(data: bytes, *, real: Callable[[], float] = time.time) -> World:
    """A world from bytes; time goes on from the saved instant. Raises WorldFileError."""
    content = content_of(data)
    try:
        file = msgspec.msgpack.decode(content, type=WorldFile)
        behaviour = msgspec.convert(file.behaviour, Behaviour)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise WorldFileError(f"this is not a world file: {error}") from None
    try:
        return _world_of(file, behaviour=behaviour, real=real)
    except (KeyError, IndexError, ValueError, TypeError, ArithmeticError, StopIteration) as error:
        # Well formed, but its parts do not fit together: damaged, or written by another hand.
        raise WorldFileError(f"this world file is damaged: {type(error).__name__}") from None


def _checksum(content: bytes) -> bytes:
    return hashlib.sha256(VERSION_LINE + content).digest()


def content_of(data: bytes) -> bytes:
    """The MessagePack of a file whose version and checksum are right. Raises WorldFileError."""
    if not data.startswith(VERSION_LINE):
        raise WorldFileError(_other_kind(data))
    start = len(VERSION_LINE) + CHECKSUM_BYTES
    content = data[start:]
    if not hmac.compare_digest(data[len(VERSION_LINE) : start], _checksum(content)):
        raise WorldFileError("this world file is damaged: its checksum does not fit its content")
    return content


def _other_kind(data: bytes) -> str:
    """Why bytes that do not begin with our version line are refused."""
    for old in OLD_SCHEMAS:
        if old in data[:OLD_START]:
            return (
                f"the file is {old.decode()}, of a time when saves had no checksum; this version "
                f"reads {SCHEMA} only: draw the world anew from its family and seed"
            )
    first = data[: len(VERSION_LINE) + 8].partition(b"\n")[0]
    if first.startswith(SCHEMA.encode().rpartition(b"/")[0] + b"/"):
        return f"the file is {first.decode('ascii', 'replace')}, this version reads {SCHEMA}"
    return "this is not a world file"


def _world_of(file: WorldFile, *, behaviour: Behaviour, real: Callable[[], float]) -> World:
    now = file.state.clock.now(real=file.now_real)
    file.state.clock.at_anchor, file.state.clock.real_anchor = now, real()
    add_sample_business(file.state)
    world = World(file.state, behaviour=behaviour, real=real)
    world.ad_hours = Ledger.from_bytes(AD_HOUR, file.ad_hours)
    world.ad_audiences = Ledger.from_bytes(world.ad_audiences.columns, file.ad_audiences)
    world.post_hours = Ledger.from_bytes(POST_HOUR, file.post_hours)
    world.orders = Ledger.from_bytes(ORDER, file.orders)
    world.conversions = Ledger.from_bytes(CONVERSION, file.conversions)
    _rebuild(world)
    return world


def _rebuild(world: World) -> None:
    """Running sums follow from the ledgers: those of the last refresh first, then the rest."""
    done = world.state.ticks_done
    refresh = world.family.delivery.refresh_hours
    refreshed = (done - 1) // refresh * refresh if done else None
    world.tally.follow(world)
    if refreshed is None:
        _add_up(world, BEFORE, done)
    else:
        _add_up(world, BEFORE, refreshed)
        world.known = snapshot_at(world, refreshed)
        _add_up(world, refreshed, done)


def _add_up(world: World, first: int, last: int) -> None:
    """Book the ledgers' hours from `first` to before `last` again."""
    tally = world.tally
    posts = _between(world.post_hours, first, last)
    likes = world.post_hours.place("likes")
    tally.book_posts(posts[:, 1], posts[:, likes])
    delivered = _between(world.ad_hours, first, last)
    seen = _between(world.ad_audiences, first, last)
    place = {name: world.ad_hours.place(name) for name in AD_HOUR}
    if last > 0:
        # Of the days before the last one only the sums of the whole life are needed.
        tally.open_days(hours_of(world.state, last - 1, 1).local_day[0])
        numbers, ticks = delivered[:, place["ad"]], delivered[:, 0]
        tally.book_ads(
            numbers=numbers,
            posts=delivered[:, place["post"]],
            spend=delivered[:, place["spend_minor"]],
            likes=delivered[:, place["likes"]],
            views=seen[:, 2:],
            exposures=tally.exposure_rows(tally.ad_group[numbers], delivered[:, place["post"]]),
            is_today=_is_today(world, ticks, tally.ad_account[numbers]),
        )
    sold = _between(world.orders, first, last)
    paid = sold[sold[:, world.orders.place("source")] == PAID]
    numbers = paid[:, world.orders.place("ref")]
    silent = unheard(world, ads=numbers, ticks=paid[:, 0])
    tally.book_orders(numbers, np.where(silent, 0, 1))


def _is_today(world: World, ticks: IntArray, accounts: IntArray) -> BoolArray:
    """Which hours are of the account's open day; only those of the last two days can be."""
    found = np.zeros(len(ticks), dtype=bool)
    recent = np.flatnonzero(ticks > (ticks[-1] if len(ticks) else 0) - RECENT_HOURS)
    if len(recent):
        first = int(ticks[recent].min())
        days = hours_of(world.state, first, int(ticks[recent].max()) - first + 1).local_day
        own = accounts[recent]
        found[recent] = days[ticks[recent] - first, own] == world.tally.account_day[own]
    return found


def _between(ledger: Ledger, first: int, last: int) -> IntArray:
    low, high = ledger.places(first, last)
    return ledger.rows[low:high].astype(np.int64)
