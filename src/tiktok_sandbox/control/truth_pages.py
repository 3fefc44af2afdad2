"""The truth page by page: one part of the document, some of its rows at a time.

All pages of a part, put together, are that part of the whole document as long as `now` is the same.
What has to be summed for a part is remembered from page to page while nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_sandbox.control import truth_document
from tiktok_sandbox.control.bodies import BadRequestError
from tiktok_sandbox.control.truth_document import head
from tiktok_sandbox.runtime.hub import Hub
from tiktok_sandbox.world.truth.profit import compute_profit, visible_orders
from tiktok_sandbox.world.world import World

FEWEST, USUAL, MOST = 1, 1_000, 10_000
BOOKS = ("by_post", "by_creator", "by_product")
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Part:
    """all : everything the part is about, in order; rows : what is printed of some of it"""

    all: Callable[[World], Sequence[Any]]
    rows: Callable[[World, Sequence[Any]], Sequence[Row]]


def _as_they_are(world: World, rows: Sequence[Row]) -> Sequence[Row]:
    return rows


PARTS: dict[str, Part] = {
    "posts": Part(lambda world: list(world.visible_posts()), truth_document.post_rows),
    "authorizations": Part(
        lambda world: range(len(world.state.codes)), truth_document.authorization_rows
    ),
    "ads": Part(lambda world: list(world.state.ads.values()), truth_document.ad_rows),
    "ad_days": Part(truth_document.ad_days, _as_they_are),
    "orders": Part(lambda world: visible_orders(world, world.now), truth_document.order_rows),
    "events": Part(truth_document.events, _as_they_are),
}


def page(hub: Hub, asked: Mapping[str, str]) -> dict[str, object]:
    """`part`, `after` (the `next` of the page before) and `limit`. Raises BadRequestError."""
    name = asked.get("part", "")
    if name not in PARTS and name not in BOOKS:
        raise BadRequestError(f"part must be one of {', '.join([*PARTS, *BOOKS])}")
    first = _number(asked, "after", low=0, high=2**53, usual=0)
    limit = _number(asked, "limit", low=FEWEST, high=MOST, usual=USUAL)
    world = hub.current()
    everything = _everything(hub, world, name)
    chosen = everything[first : first + limit]
    last = first + len(chosen)
    return {
        **head(world),
        "part": name,
        "total": len(everything),
        "next": last if last < len(everything) else None,
        "rows": PARTS[name].rows(world, chosen) if name in PARTS else chosen,
    }


def _everything(hub: Hub, world: World, name: str) -> Sequence[Any]:
    if name in BOOKS:
        books = hub.answers.cached(
            ("truth", "books"), stamp=hub.stamp(), make=lambda: compute_profit(world, now=world.now)
        )
        return books[name]
    return hub.answers.cached(
        ("truth", name), stamp=hub.stamp(), make=lambda: PARTS[name].all(world)
    )


def _number(asked: Mapping[str, str], name: str, *, low: int, high: int, usual: int) -> int:
    text = asked.get(name, str(usual))
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise BadRequestError(f"{name} must be a whole number from {low} to {high}")
    return int(text)
