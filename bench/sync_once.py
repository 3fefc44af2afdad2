"""One report sync in a process of its own: `python -m bench.sync_once WHO URL [EXPECTED_ROWS]`.

Prints JSON: seconds, rows, total spend (so that the contestants' work can be compared) and the
growth of peak memory over what the imports took. WHO is client, client_float, sdk or bare.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from bench.metric_names import METRICS

ADVERTISER = "7000000000000000001"
PAGE_SIZE = 1000
CONNECTIONS = 20

Outcome = tuple[int, Decimal]


def client(url: str, expected_rows: int | None, money: type[Decimal] | type[float]) -> Outcome:
    """Our client, its ordinary daily report."""
    from tiktok_business import AdvertiserId, Pace, TikTok

    async def sync() -> Outcome:
        rows, spend = 0, Decimal(0)
        async with TikTok(access_token="T", app="bench", base_url=url, pace=Pace.off()) as tiktok:
            async for page in tiktok.reports.daily(
                AdvertiserId(ADVERTISER),
                date(2026, 10, 1),
                date(2026, 10, 31),
                metrics=METRICS,
                expected_rows=expected_rows,
                money=money,
            ):
                rows += len(page)
                spend += Decimal(str(round(sum(page.columns["spend"]), 2)))
        return rows, spend

    return asyncio.run(sync())


def sdk(url: str, expected_rows: int | None) -> Outcome:
    """The official SDK, page after page, as its examples do."""
    import business_api_client

    configuration = business_api_client.Configuration()
    configuration.host = url
    reporting = business_api_client.ReportingApi(business_api_client.ApiClient(configuration))
    rows, spend, page, pages = 0, Decimal(0), 1, 1
    while page <= pages:
        answer = reporting.report_integrated_get(
            "BASIC",
            "T",
            advertiser_id=ADVERTISER,
            service_type="AUCTION",
            data_level="AUCTION_AD",
            dimensions=["ad_id", "stat_time_day"],
            metrics=list(METRICS),
            start_date="2026-10-01",
            end_date="2026-10-30",
            page=page,
            page_size=PAGE_SIZE,
        )
        data = answer["data"]
        pages = data["page_info"]["total_page"]
        rows += len(data["list"])
        spend += sum(Decimal(row["metrics"]["spend"]) for row in data["list"])
        page += 1
    return rows, spend


def bare(url: str, expected_rows: int | None) -> Outcome:
    """No client at all: sockets that read the same bytes and look at none. The server's limit."""
    rows = expected_rows or 0
    address = urlsplit(url)

    async def fetch(numbers: list[int]) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**22)
        for number in numbers:
            writer.write(f"GET /?page={number} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
        writer.close()
        await writer.wait_closed()

    async def fetch_all() -> None:
        numbers = list(range(1, -(-rows // PAGE_SIZE) + 1))
        shares = [numbers[place::CONNECTIONS] for place in range(CONNECTIONS)]
        await asyncio.gather(*(fetch(share) for share in shares if share))

    asyncio.run(fetch_all())
    return rows, Decimal(0)


def peak_bytes() -> int:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Warm the imports, sync once, print."""
    who, url = sys.argv[1], sys.argv[2]
    expected_rows = int(sys.argv[3]) if len(sys.argv) > 3 else None
    contestants: dict[str, Callable[[], Outcome]] = {
        "client": lambda: client(url, expected_rows, Decimal),
        "client_float": lambda: client(url, expected_rows, float),
        "sdk": lambda: sdk(url, expected_rows),
        "bare": lambda: bare(url, expected_rows),
    }
    import tiktok_business  # noqa: F401 - imports are not what is measured

    if who == "sdk":
        import business_api_client  # noqa: F401 - as above
    before = peak_bytes()
    start = time.perf_counter()
    rows, spend = contestants[who]()
    seconds = time.perf_counter() - start
    outcome = {
        "seconds": seconds,
        "rows": rows,
        "spend": str(spend),
        "grown": peak_bytes() - before,
    }
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
