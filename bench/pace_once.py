"""One paced run: `python -m bench.pace_once URL SECONDS` asks for report pages without a pause.

Prints JSON: seconds from the first call to the end. The server counts the calls.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import date

from tiktok_business import AdvertiserId, Pace, TikTok


async def ask(url: str, seconds: float) -> float:
    """Keep the client busy for a while, with far more calls wanted than allowed."""
    start = time.monotonic()
    async with TikTok(access_token="T", app="bench", base_url=url, pace=Pace.basic()) as tiktok:

        async def worker() -> None:
            while time.monotonic() - start < seconds:
                pages = tiktok.reports.daily(
                    AdvertiserId("7000000000000000001"),
                    date(2026, 10, 1),
                    date(2026, 10, 31),
                    metrics=["spend"],
                )
                async for _ in pages:
                    pass

        await asyncio.gather(*(worker() for _ in range(20)))
    return time.monotonic() - start


if __name__ == "__main__":
    print(json.dumps({"seconds": asyncio.run(ask(sys.argv[1], float(sys.argv[2])))}))
