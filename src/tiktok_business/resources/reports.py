"""`/report/integrated/get/`: what ads did, day by day.

Source: reference pages 1740302848100353, 1738864915188737, v1.3. Report days are in the ad
account's time zone. Figures come about 30 minutes late and are corrected daily; reach and
frequency take about 16 hours.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tiktok_business.errors import IncompleteReportError, PartialAnswerError
from tiktok_business.ids import AdvertiserId
from tiktok_business.protocol import endpoints
from tiktok_business.protocol.calls import Call, Caller
from tiktok_business.resources.metrics import CORE_METRICS
from tiktok_business.resources.report_pages import DAY, PageDecoder, RawPage, ReportPage

LARGEST_PAGE = 1000
# Source: "Run a synchronous report": at most 30 days with stat_time_day, 365 without.
DAYS_PER_CALL_DAILY = 30
DAYS_PER_CALL = 365
# A page that does not fit the others is asked for again this often before giving up.
SECOND_LOOKS = 2


class Level(StrEnum):
    """Whose figures the rows are."""

    AD = "AUCTION_AD"
    ADGROUP = "AUCTION_ADGROUP"
    CAMPAIGN = "AUCTION_CAMPAIGN"
    ADVERTISER = "AUCTION_ADVERTISER"

    @property
    def id_dimension(self) -> str:
        """The dimension that names the object of a row."""
        return f"{self.value.removeprefix('AUCTION_').lower()}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuery:
    """A report to fetch, from `start` to before `end`, in days of the account's time zone.

    expected_rows : a guess, e.g. yesterday's count; lets the first calls leave together instead
        of waiting for the first page's total. A wrong guess costs calls, never rows
    money : type of money columns; float is faster and right to 15 digits
    """

    advertiser_id: AdvertiserId
    start: date
    end: date
    level: Level = Level.AD
    dimensions: Sequence[str]
    metrics: Sequence[str] = CORE_METRICS
    filtering: Sequence[Mapping[str, object]] = ()
    page_size: int = LARGEST_PAGE
    concurrency: int = 20
    expected_rows: int | None = None
    money: type[Decimal] | type[float] = Decimal
    extra: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"the report's end {self.end} is not after its start {self.start}")
        if not 1 <= self.page_size <= LARGEST_PAGE:
            raise ValueError(f"page_size is 1 to {LARGEST_PAGE}, not {self.page_size}")
        if self.concurrency < 1:
            raise ValueError(f"concurrency is at least 1, not {self.concurrency}")
        if not self.metrics:
            raise ValueError("name at least one metric")

    @classmethod
    def daily(
        cls,
        advertiser_id: AdvertiserId,
        start: date,
        end: date,
        *,
        level: Level = Level.AD,
        **options: Any,
    ) -> ReportQuery:
        """A report of one row per object and day; options are fields of the query."""
        return cls(
            advertiser_id=advertiser_id,
            start=start,
            end=end,
            level=level,
            dimensions=(level.id_dimension, DAY),
            **options,
        )

    def spans(self) -> Iterator[tuple[date, date]]:
        """The days in pieces TikTok accepts, half open."""
        longest = DAYS_PER_CALL_DAILY if DAY in self.dimensions else DAYS_PER_CALL
        start = self.start
        while start < self.end:
            end = min(start + timedelta(days=longest), self.end)
            yield start, end
            start = end

    def to_wire(self, start: date, end: date) -> dict[str, object]:
        """Parameters of one span without the page. TikTok's end date is inclusive."""
        return {
            "advertiser_id": self.advertiser_id,
            "service_type": "AUCTION",
            "report_type": "BASIC",
            "data_level": self.level,
            "dimensions": list(self.dimensions),
            "metrics": list(self.metrics),
            "start_date": start.isoformat(),
            "end_date": (end - timedelta(days=1)).isoformat(),
            "filtering": list(self.filtering) or None,
            "page_size": self.page_size,
            **self.extra,
        }


@dataclass(frozen=True, slots=True)
class Reports:
    """Synchronous reports of an ad account."""

    caller: Caller

    async def daily(
        self,
        advertiser_id: AdvertiserId,
        start: date,
        end: date,
        *,
        metrics: Sequence[str] = CORE_METRICS,
        level: Level = Level.AD,
        filtering: Sequence[Mapping[str, object]] = (),
        page_size: int = LARGEST_PAGE,
        concurrency: int = 20,
        expected_rows: int | None = None,
        money: type[Decimal] | type[float] = Decimal,
    ) -> AsyncGenerator[ReportPage, None]:
        """Yield pages of one row per object and day, from `start` to before `end`.

        Rows exist only where TikTok has data. See `each_page` for completeness and memory.
        """
        query = ReportQuery.daily(
            advertiser_id,
            start,
            end,
            level=level,
            metrics=metrics,
            filtering=filtering,
            page_size=page_size,
            concurrency=concurrency,
            expected_rows=expected_rows,
            money=money,
        )
        async with aclosing(self.each_page(query)) as pages:
            async for page in pages:
                yield page

    async def read(self, query: ReportQuery) -> list[ReportPage]:
        """Every page of a report, in order, held in memory.

        A span that does not add up, because it changed while it was read, is read again from its first page, as
        often as `Retry.readings` allows.

        raises : IncompleteReportError when it does not come to rest
        """
        decoder = PageDecoder(query.dimensions, query.metrics, money=query.money)
        return [
            page
            for start, end in query.spans()
            for page in await self._read_span(query, decoder, start, end)
        ]

    async def _read_span(
        self, query: ReportQuery, decoder: PageDecoder, start: date, end: date
    ) -> list[ReportPage]:
        readings = 0
        while True:
            readings += 1
            span = _Span(self.caller, query, decoder, start, end)
            try:
                async with aclosing(span.pages()) as pages:
                    return [page async for page in pages]
            except IncompleteReportError:
                if readings >= self.caller.retry.readings:
                    raise
            await self.caller.clock.sleep(
                self.caller.retry.backoff(readings) / timedelta(seconds=1)
            )

    async def each_page(self, query: ReportQuery) -> AsyncGenerator[ReportPage, None]:
        """Yield every page of a report, in order, all rows or an error.

        At most `concurrency` pages are in flight or waiting to be taken, so of the report only
        the ids and days of its rows are kept in memory. Spans longer than TikTok allows are split.

        raises : IncompleteReportError when totals or page lengths do not add up, even after a
            second look, or when a row comes twice: discard the span's rows and fetch it again
        """
        decoder = PageDecoder(query.dimensions, query.metrics, money=query.money)
        for start, end in query.spans():
            span = _Span(self.caller, query, decoder, start, end)
            async with aclosing(span.pages()) as pages:
                async for page in pages:
                    yield page


@dataclass(slots=True)
class _Span:
    """One span being fetched: a sliding window of page requests, handed out in order."""

    caller: Caller
    query: ReportQuery
    decoder: PageDecoder
    start: date
    end: date
    _tasks: dict[int, asyncio.Task[tuple[RawPage, str]]] = field(default_factory=dict)
    _next: int = 1
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    async def pages(self) -> AsyncGenerator[ReportPage, None]:
        try:
            self._send_up_to(self._page_count(self.query.expected_rows or 1))
            first, _ = await self._tasks[1]
            total = first.total_rows
            count = self._page_count(total)
            for number in range(1, count + 1):
                self._send_up_to(count)
                raw, request_id = await self._tasks.pop(number)
                if not self._fits(raw, number, total):
                    raw, request_id = await self._fetch_again(number, total)
                page = self._finish(raw, request_id, number, count)
                self._check_new(page, request_id)
                yield page
        finally:
            await self._stop()

    def _page_count(self, rows: int) -> int:
        return -(-rows // self.query.page_size)

    def _send_up_to(self, last: int) -> None:
        """Start requests while the window has room."""
        while self._next <= last and len(self._tasks) < self.query.concurrency:
            self._tasks[self._next] = asyncio.create_task(self._fetch(self._next))
            self._next += 1

    async def _fetch(self, number: int) -> tuple[RawPage, str]:
        call = Call(
            endpoints.REPORT_GET,
            query={**self.query.to_wire(self.start, self.end), "page": number},
            advertiser=self.query.advertiser_id,
        )
        envelope = await self.caller.perform(call, self.decoder.decode)
        if envelope.is_partial:
            raise PartialAnswerError(
                "TikTok gave only a part of the report; fetch the span again",
                endpoint=endpoints.REPORT_GET.path,
                wire_code=envelope.code,
                request_id=envelope.request_id,
            )
        return envelope.data, envelope.request_id

    def _fits(self, raw: RawPage, number: int, total: int) -> bool:
        size = self.query.page_size
        return raw.total_rows == total and len(raw.metrics) == min(
            size, total - (number - 1) * size
        )

    async def _fetch_again(self, number: int, total: int) -> tuple[RawPage, str]:
        for _ in range(SECOND_LOOKS):
            raw, request_id = await self._fetch(number)
            if self._fits(raw, number, total):
                return raw, request_id
        raise IncompleteReportError(
            f"the report of {self.start} to before {self.end} does not add up: page {number} has "
            f"{len(raw.metrics)} rows of {raw.total_rows}, page 1 said {total} in all. It may have "
            "changed meanwhile: discard these rows and fetch the span again",
            endpoint=endpoints.REPORT_GET.path,
            request_id=request_id,
        )

    def _finish(self, raw: RawPage, request_id: str, number: int, count: int) -> ReportPage:
        columns = self.decoder.columns(raw, request_id=request_id)
        return ReportPage(self.start, self.end, number, count, raw.total_rows, columns)

    def _check_new(self, page: ReportPage, request_id: str) -> None:
        """Rows that move between pages while the total stays the same: one that comes twice hides another."""
        before = len(self._seen)
        self._seen.update(zip(*(page.columns[name] for name in self.query.dimensions), strict=True))
        if len(self._seen) == before + len(page):
            return
        raise IncompleteReportError(
            f"the report of {self.start} to before {self.end} does not add up: a row of page {page.number} came "
            "before. It may have changed meanwhile: discard these rows and fetch the span again",
            endpoint=endpoints.REPORT_GET.path,
            request_id=request_id,
        )

    async def _stop(self) -> None:
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
