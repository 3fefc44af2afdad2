"""Both of TikTok's pagings, read to the end or not at all.

A: `page` and `page_size`, with `page_info.total_number`. B: `cursor` and `has_more`.

Pages are cut out of a list that lives on. When an object goes, those behind it move up, and the first of the next
page is on none of the pages that were read. So a list is given only once it is at rest: each page announced the same
total, no object came twice, as many came as were announced, and, if it took more than one page, two readings in a row
found the same objects. The second reading is for an object that goes while another comes: no total tells of that.
A cursor that is a time does not move when objects go, so one reading is enough there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from tiktok_business.errors import IncompleteListError
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.endpoints import Endpoint
from tiktok_business.protocol.fields import Fields

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _Reading(Generic[Row]):
    """A list from its first page to its last.

    rows : by the key of each
    problem : why these cannot be all, "" when nothing speaks against it
    """

    rows: dict[Hashable, Row]
    pages: int
    request_id: str
    problem: str = ""


async def each_numbered(
    caller: Caller,
    endpoint: Endpoint,
    query: Mapping[str, object],
    read: Callable[[Fields], Row],
    key: Callable[[Row], Hashable],
    *,
    advertiser: str,
    page_size: int,
    list_name: str = "list",
    has_total: bool = True,
) -> AsyncIterator[Row]:
    """Yield every object of a list that is paged by number, each once, after all have come.

    read : makes an object of a row
    key : what tells two objects apart, whatever else changes about them
    has_total : False where TikTok's totals are known to be wrong; a short page is then the last
    raises : IncompleteListError when the list does not come to rest in as many readings as `Retry.readings` allows
    """

    async def once() -> _Reading[Row]:
        rows: dict[Hashable, Row] = {}
        page, total, problem = 1, None, ""
        while True:
            asked = {**query, "page": page, "page_size": page_size}
            data = await caller.get(endpoint, asked, advertiser=advertiser)
            here = [read(row) for row in data.children(list_name)]
            problem = problem or _add(rows, here, key)
            if not has_total and list_name not in data.values:
                data.refuse(list_name, "missing")
            if has_total:
                announced = _announced(data)
                if total is not None and announced != total:
                    problem = problem or f"announced {total} objects and then {announced}"
                total = announced
            is_last = len(here) < page_size if total is None else len(rows) >= total or not here
            if problem or is_last:
                break
            page += 1
        if not problem and total is not None and len(rows) != total:
            problem = f"announced {total} objects and gave {len(rows)}"
        return _Reading(rows, page, data.request_id, problem)

    for row in await _at_rest(caller, endpoint, once):
        yield row


async def each_by_cursor(
    caller: Caller,
    endpoint: Endpoint,
    query: Mapping[str, object],
    read: Callable[[Fields], Row],
    key: Callable[[Row], Hashable],
    *,
    advertiser: str,
    list_name: str,
    is_offset: bool = False,
) -> AsyncIterator[Row]:
    """Yield every object of a list that is paged by cursor, each once, after all have come.

    read, key : as of `each_numbered`
    is_offset : whether the cursor counts objects; otherwise it is a time
    raises : IncompleteListError when TikTok promises more and gives a cursor it gave before, or when a list with
        offsets does not come to rest in as many readings as `Retry.readings` allows
    """

    async def once() -> _Reading[Row]:
        rows: dict[Hashable, Row] = {}
        cursors: list[str] = []
        problem = ""
        while True:
            asked = {**query, "cursor": cursors[-1] if cursors else None}
            data = await caller.get(endpoint, asked, advertiser=advertiser)
            repeated = _add(rows, [read(row) for row in data.children(list_name)], key)
            # A time may name the object it was taken from, which then begins the next page too.
            problem = repeated if is_offset else ""
            has_more = data.flag("has_more")
            if has_more is None:
                data.refuse("has_more", "missing")
            if problem or not has_more:
                break
            following = data.text("cursor")
            if not following or following in cursors:
                problem = "promises more objects, but its cursor stands still"
                break
            cursors.append(following)
        return _Reading(rows, len(cursors) + 1 if is_offset else 1, data.request_id, problem)

    for row in await _at_rest(caller, endpoint, once):
        yield row


def _announced(data: Fields) -> int:
    """The total of a page. An answer that lacks it is no list, and not an empty one."""
    info = data.child("page_info")
    total = info.integer("total_number")
    if total is None:
        info.refuse("total_number", "missing")
    return total


def _add(rows: dict[Hashable, Row], here: list[Row], key: Callable[[Row], Hashable]) -> str:
    """Add a page's objects to those before it; says what is wrong when one of them came already."""
    before = len(rows)
    rows.update((key(row), row) for row in here)
    return "" if len(rows) == before + len(here) else "gave the same object twice"


async def _at_rest(
    caller: Caller, endpoint: Endpoint, once: Callable[[], Awaitable[_Reading[Row]]]
) -> list[Row]:
    """The objects of a list, read as often as it takes for it to stand still."""
    previous: _Reading[Row] | None = None
    problem = ""
    for number in range(caller.retry.readings):
        if problem:
            # Somebody is at work on it.
            await caller.clock.sleep(caller.retry.backoff(number) / timedelta(seconds=1))
        reading = await once()
        problem = reading.problem
        if not problem:
            if reading.pages == 1 or (previous and previous.rows.keys() == reading.rows.keys()):
                return list(reading.rows.values())
            if previous is not None:
                problem = "gave other objects when asked again"
        previous = None if reading.problem else reading
    raise IncompleteListError(
        f"TikTok {problem or 'gave the list whole only once'}: fetch the list again",
        endpoint=endpoint.path,
        request_id=reading.request_id,
    )
