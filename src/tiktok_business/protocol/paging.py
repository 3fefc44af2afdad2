"""Both of TikTok's pagings, read to the end or not at all.

A: `page` and `page_size`, with `page_info.total_number`. B: `cursor` and `has_more`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from tiktok_business.errors import IncompleteListError
from tiktok_business.protocol.calls import Caller
from tiktok_business.protocol.endpoints import Endpoint
from tiktok_business.protocol.fields import Fields


async def each_numbered(
    caller: Caller,
    endpoint: Endpoint,
    query: Mapping[str, object],
    *,
    advertiser: str,
    page_size: int,
    list_name: str = "list",
    has_total: bool = True,
) -> AsyncIterator[Fields]:
    """Yield every object of a list that is paged by number.

    has_total : False where TikTok's totals are known to be wrong; a short page is then the last
    raises : IncompleteListError when fewer objects came than TikTok announced
    """
    page, seen = 1, 0
    while True:
        data = await caller.get(
            endpoint, {**query, "page": page, "page_size": page_size}, advertiser=advertiser
        )
        rows = list(data.children(list_name))
        for row in rows:
            yield row
        seen += len(rows)
        total = (data.child("page_info").integer("total_number") or 0) if has_total else None
        if total is None:
            if len(rows) < page_size:
                return
        elif seen >= total:
            return
        elif not rows:
            raise IncompleteListError(
                f"TikTok announced {total} objects and gave {seen}: fetch the list again",
                endpoint=endpoint.path,
                request_id=data.request_id,
            )
        page += 1


async def each_by_cursor(
    caller: Caller,
    endpoint: Endpoint,
    query: Mapping[str, object],
    *,
    advertiser: str,
    list_name: str,
) -> AsyncIterator[Fields]:
    """Yield every object of a list that is paged by cursor.

    raises : IncompleteListError when TikTok promises more and the cursor stands still
    """
    cursor: str | None = None
    while True:
        data = await caller.get(endpoint, {**query, "cursor": cursor}, advertiser=advertiser)
        for row in data.children(list_name):
            yield row
        if not data.flag("has_more"):
            return
        following = data.text("cursor")
        if not following or following == cursor:
            raise IncompleteListError(
                "TikTok promises more objects but its cursor stands still: fetch the list again",
                endpoint=endpoint.path,
                request_id=data.request_id,
            )
        cursor = following
