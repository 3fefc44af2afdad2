"""Daily reports: complete or an error, typed columns, pages together but within a window."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import FakeClock, Seen, Stub, ok, refuse

from tiktok_business import (
    AdvertiserId,
    IncompleteReportError,
    InvalidRequestError,
    Level,
    MalformedAnswerError,
    PartialAnswerError,
    ReportPage,
    ReportQuery,
    TikTok,
)
from tiktok_business.resources.report_pages import PageDecoder

ADVERTISER = AdvertiserId("7000000000000000001")
START, END = date(2026, 10, 1), date(2026, 10, 31)
METRICS = ("spend", "impressions", "ad_name")
DAILY = ReportQuery.daily(ADVERTISER, START, END, metrics=METRICS, page_size=10)


def row(number: int, **metrics: object) -> dict[str, Any]:
    return {
        "dimensions": {"ad_id": str(number), "stat_time_day": "2026-10-02 00:00:00"},
        "metrics": {
            "spend": "76.73",
            "impressions": "1234",
            "ad_name": f"ad {number}",
            **metrics,
        },
    }


def page_of(rows: list[dict[str, Any]], total: int) -> dict[str, Any]:
    return ok({"list": rows, "page_info": {"total_number": total}})


def paged(total: int, size: int) -> Callable[[Seen], dict[str, Any]]:
    """A server that holds `total` rows and gives them in pages of `size`."""

    def answer(seen: Seen) -> dict[str, Any]:
        first = (int(seen.query["page"]) - 1) * size
        return page_of([row(n) for n in range(first, min(first + size, total))], total)

    return answer


async def fetch(tiktok: TikTok, **options: Any) -> list[ReportPage]:
    wanted = {"metrics": METRICS, "start": START, "end": END, **options}
    return [page async for page in tiktok.reports.daily(ADVERTISER, **wanted)]


class TestColumns:
    async def test_values_come_typed(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(page_of([row(5, spend="76.73")], 1))
        [page] = await fetch(tiktok)
        assert page.columns == {
            "ad_id": ["5"],
            "stat_time_day": [date(2026, 10, 2)],
            "spend": [Decimal("76.73")],
            "impressions": [1234.0],
            "ad_name": ["ad 5"],
        }
        assert next(iter(page.rows()))["spend"] == Decimal("76.73")

    async def test_money_may_be_asked_for_as_float(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(page_of([row(5)], 1))
        [page] = await fetch(tiktok, money=float)
        assert page.columns["spend"] == [76.73]

    @pytest.mark.parametrize("absent", ["-", None, ""])
    async def test_what_was_not_measured_is_none_and_never_zero(
        self, stub: Stub, tiktok: TikTok, absent: object
    ) -> None:
        stub.answers(page_of([row(1, spend=absent, impressions=absent), row(2)], 2))
        [page] = await fetch(tiktok)
        assert page.columns["spend"] == [None, Decimal("76.73")]
        assert page.columns["impressions"] == [None, 1234.0]

    async def test_a_name_with_quotes_and_dashes_stays_as_it_is(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        name = 'say "-" } or "-'
        stub.answers(page_of([row(1, ad_name=name, spend="-")], 1))
        [page] = await fetch(tiktok)
        assert page.columns["ad_name"] == [name]

    async def test_number_ids_and_numbers_are_taken_too(self, stub: Stub, tiktok: TikTok) -> None:
        odd = row(1, spend=76.73, impressions=12, ad_name="x")
        odd["dimensions"]["ad_id"] = 1678604629756978
        stub.answers(page_of([odd], 1))
        [page] = await fetch(tiktok)
        assert page.columns["ad_id"] == ["1678604629756978"]
        assert page.columns["spend"] == [Decimal("76.73")]
        assert page.columns["impressions"] == [12.0]

    @pytest.mark.parametrize("value", ["abc", "NaN", "Infinity", "1e999", [1], {"a": 1}, True])
    async def test_a_value_that_is_no_number_is_an_error(
        self, stub: Stub, tiktok: TikTok, value: object
    ) -> None:
        stub.answers(page_of([row(1, spend=value)], 1))
        with pytest.raises(MalformedAnswerError, match="spend"):
            await fetch(tiktok)

    @pytest.mark.parametrize("data", [{"list": {"a": 1}}, {"list": ["x"]}, [1]])
    async def test_rows_of_the_wrong_shape_are_an_error(
        self, stub: Stub, tiktok: TikTok, data: object
    ) -> None:
        stub.answers(ok(data))
        with pytest.raises(MalformedAnswerError, match="not where they should be"):
            await fetch(tiktok)
        assert len(stub.seen) == 1

    async def test_a_refusal_with_odd_data_keeps_its_code(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(refuse(40002, "no such metric", [1]))
        with pytest.raises(InvalidRequestError, match="no such metric"):
            await fetch(tiktok)

    async def test_a_row_without_its_id_is_an_error(self, stub: Stub, tiktok: TikTok) -> None:
        broken = row(1)
        del broken["dimensions"]["ad_id"]
        stub.answers(page_of([broken], 1))
        with pytest.raises(MalformedAnswerError, match="ad_id"):
            await fetch(tiktok)

    @pytest.mark.slow
    @settings(max_examples=60)
    @given(
        st.lists(
            st.tuples(
                st.decimals(-(10**9), 10**9, places=2) | st.none(),
                st.integers(0, 10**12) | st.none(),
                st.text(max_size=20).filter(lambda text: text != "-"),
            ),
            min_size=1,
            max_size=8,
        ),
        st.permutations(METRICS),
    )
    def test_any_values_in_any_order_of_metrics_survive(
        self, values: list[tuple[Decimal | None, int | None, str]], order: list[str]
    ) -> None:
        def text(value: object) -> str:
            return "-" if value is None else str(value)

        rows = []
        for spend, impressions, name in values:
            made = {"spend": text(spend), "impressions": text(impressions), "ad_name": name}
            rows.append(
                {"dimensions": {"ad_id": "1"}, "metrics": {key: made[key] for key in order}}
            )
        decoder = PageDecoder(("ad_id",), METRICS)
        body = json.dumps(page_of(rows, len(rows))).encode()
        for _ in range(2):
            page = decoder.decode(body).data
            columns = decoder.columns(page, request_id="")
            assert columns["spend"] == [spend for spend, _, _ in values]
            assert columns["impressions"] == [impressions for _, impressions, _ in values]
            assert columns["ad_name"] == [name for _, _, name in values]


class TestPages:
    @pytest.mark.parametrize("total", [0, 1, 9, 10, 11, 95, 100])
    @pytest.mark.parametrize("expected_rows", [None, 40, 1000])
    async def test_all_rows_come_in_order_whatever_was_expected(
        self, stub: Stub, tiktok: TikTok, total: int, expected_rows: int | None
    ) -> None:
        stub.answers(paged(total, 10))
        pages = await fetch(tiktok, page_size=10, concurrency=3, expected_rows=expected_rows)
        ids = [ad_id for page in pages for ad_id in page.columns["ad_id"]]
        assert ids == [str(n) for n in range(total)]
        assert [page.number for page in pages] == list(range(1, len(pages) + 1))

    async def test_no_more_pages_are_asked_for_than_the_window_holds(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(paged(100, 1))
        pages = tiktok.reports.daily(
            ADVERTISER, START, END, metrics=METRICS, page_size=1, concurrency=4
        )
        async for page in pages:
            assert len(stub.seen) <= page.number + 4
            if page.number == 10:
                break
        await pages.aclose()
        assert len(stub.seen) <= 14

    async def test_a_year_is_asked_for_in_pieces_of_thirty_days(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(paged(1, 1000))
        start, end = date(2026, 1, 1), date(2027, 1, 1)
        pages = await fetch(tiktok, start=start, end=end)
        spans = [
            (
                date.fromisoformat(seen.query["start_date"]),
                date.fromisoformat(seen.query["end_date"]),
            )
            for seen in stub.seen
        ]
        days = [
            first + timedelta(days=n)
            for first, last in spans
            for n in range((last - first).days + 1)
        ]
        assert days == [start + timedelta(days=n) for n in range(365)]
        assert max((last - first).days + 1 for first, last in spans) == 30
        assert len(pages) == len(spans)

    async def test_the_query_is_what_tiktok_documents(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(paged(0, 1000))
        await fetch(tiktok, level=Level.CAMPAIGN)
        query = stub.seen[0].query
        assert query["dimensions"] == '["campaign_id","stat_time_day"]'
        assert query["data_level"] == "AUCTION_CAMPAIGN"
        assert query["report_type"] == "BASIC"
        assert (query["start_date"], query["end_date"]) == ("2026-10-01", "2026-10-30")
        assert query["page_size"] == "1000"

    def test_an_empty_span_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not after"):
            ReportQuery(advertiser_id=ADVERTISER, start=END, end=END, dimensions=("ad_id",))


class TestCompleteness:
    async def test_a_total_that_changes_once_is_looked_at_again(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        good = paged(20, 10)
        lies = iter([True])

        def answer(seen: Seen) -> dict[str, Any]:
            if seen.query["page"] == "2" and next(lies, False):
                return page_of([row(1)], 21)
            return good(seen)

        stub.answers(answer)
        pages = await fetch(tiktok, page_size=10)
        assert sum(len(page) for page in pages) == 20

    @pytest.mark.parametrize(
        "second",
        [page_of([row(n) for n in range(10)], 21), page_of([row(1)], 20), page_of([], 20)],
    )
    async def test_a_report_that_does_not_add_up_is_loud(
        self, stub: Stub, tiktok: TikTok, second: dict[str, Any]
    ) -> None:
        good = paged(20, 10)
        stub.answers(lambda seen: second if seen.query["page"] == "2" else good(seen))
        with pytest.raises(IncompleteReportError, match="fetch the span again"):
            await fetch(tiktok, page_size=10)

    async def test_a_row_that_comes_twice_is_loud(self, stub: Stub, tiktok: TikTok) -> None:
        # Totals and lengths add up, but row 10 moved to a page that had been read: nothing else tells.
        good = paged(20, 10)
        moved = page_of([row(9), *(row(n) for n in range(11, 20))], 20)
        stub.answers(lambda seen: moved if seen.query["page"] == "2" else good(seen))
        with pytest.raises(IncompleteReportError, match="a row of page 2 came before"):
            await fetch(tiktok, page_size=10)

    async def test_a_span_that_moved_is_read_again_whole(self, stub: Stub, tiktok: TikTok) -> None:
        rows = [row(n) for n in range(20)]

        def answer(seen: Seen) -> dict[str, Any]:
            if len(stub.seen) == 2:
                del rows[0]  # page 1 was read
            first = (int(seen.query["page"]) - 1) * 10
            return page_of(rows[first : first + 10], len(rows))

        stub.answers(answer)
        pages = await tiktok.reports.read(DAILY)
        assert [ad_id for page in pages for ad_id in page.columns["ad_id"]] == [
            str(n) for n in range(1, 20)
        ]

    async def test_a_span_that_never_rests_is_loud_after_some_readings(
        self, stub: Stub, tiktok: TikTok, clock: FakeClock
    ) -> None:
        good = paged(20, 10)
        stub.answers(lambda seen: good(seen) if seen.query["page"] == "1" else page_of([], 21))
        with pytest.raises(IncompleteReportError, match="fetch the span again"):
            await tiktok.reports.read(DAILY)
        assert sum(seen.query["page"] == "1" for seen in stub.seen) == 4
        assert len(clock.slept) == 3

    async def test_a_partial_answer_is_loud(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(refuse(20001, "partly", page_of([row(1)], 1)["data"]))
        with pytest.raises(PartialAnswerError):
            await fetch(tiktok)

    @pytest.mark.parametrize("trouble", [502, None, b'{"code":0,"data":{"list":[{"dim'])
    async def test_a_lost_page_is_fetched_again(
        self, stub: Stub, tiktok: TikTok, trouble: object
    ) -> None:
        good = paged(30, 10)
        once = iter([trouble])

        def answer(seen: Seen) -> Any:
            return next(once, good(seen)) if seen.query["page"] == "2" else good(seen)

        stub.answers(answer)
        pages = await fetch(tiktok, page_size=10)
        assert sum(len(page) for page in pages) == 30
