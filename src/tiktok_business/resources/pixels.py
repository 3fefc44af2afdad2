"""`/pixel/event/stats/`: which events a pixel took. Source: reference tiktok-api §12, §17; pixel_*.yml.

The official pages leave the answer's shape open; this is the one that clients in production read.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from tiktok_business.ids import AdvertiserId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Caller


@dataclass(frozen=True, slots=True)
class Pixels:
    """What pixels of an ad account took."""

    caller: Caller

    async def event_counts(
        self, advertiser_id: AdvertiserId, pixel_id: str, *, first: date, last: date
    ) -> dict[str, int]:
        """How often each event came from the first to the last day, by the name ad groups optimise for.

        An event that is not listed did not come. first, last : at most 30 days apart
        """
        query = {
            "advertiser_id": advertiser_id,
            "pixel_ids": [pixel_id],
            "date_range": json.dumps(
                {"start_date": first.isoformat(), "end_date": last.isoformat()}
            ),
        }
        data = await self.caller.get(endpoints.PIXEL_STATS, query, advertiser=advertiser_id)
        counts: Counter[str] = Counter()
        for pixel in data.children("list"):
            for row in pixel.children("statistics"):
                name = row.find_text("pixel_event_type") or row.find_text("custom_event_type")
                if name:
                    counts[name] += row.integer("total_count") or 0
        return dict(counts)
