"""Lists that change while their pages are read: whole, or an error, and no object twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from scripted_server import FakeClock, Seen, Stub, ok

from tiktok_business import (
    AdvertiserId,
    BusinessId,
    IdentityId,
    IdentityType,
    IncompleteListError,
    MalformedAnswerError,
    Pace,
    Retry,
    TikTok,
)

ADVERTISER = AdvertiserId("7000000000000000001")
FEW = 50  # bound posts come fifty to a page


def bound(item: str) -> dict[str, Any]:
    return {"item_info": {"item_id": item, "auth_code": f"#code-of-{item}"}, "auth_info": {}}


@dataclass
class Moving:
    """A list at TikTok to which something happens before a call, counted from 1."""

    items: list[str]
    before: dict[int, Callable[[list[str]], None]] = field(default_factory=dict)
    calls: int = 0

    def __call__(self, seen: Seen) -> dict[str, Any]:
        self.calls += 1
        self.before.get(self.calls, lambda _: None)(self.items)
        size = int(seen.query["page_size"])
        first = (int(seen.query["page"]) - 1) * size
        shown = [bound(item) for item in self.items[first : first + size]]
        return ok({"list": shown, "page_info": {"total_number": len(self.items)}})


def items(count: int) -> list[str]:
    return [str(1000 + number) for number in range(count)]


async def read(tiktok: TikTok) -> list[str]:
    return [post.item_id async for post in tiktok.tt_video.each(ADVERTISER)]


def take_first(found: list[str]) -> None:
    del found[0]


def add_first(found: list[str]) -> None:
    found.insert(0, "1")


def add_last(found: list[str]) -> None:
    found.append("9999")


def swap_first_for_a_new_last(found: list[str]) -> None:
    take_first(found)
    add_last(found)


class TestAListThatMoves:
    @pytest.mark.parametrize("change", [take_first, add_first, add_last, swap_first_for_a_new_last])
    @pytest.mark.parametrize("call", [2, 3])
    async def test_is_given_as_it_stands_after_the_change_and_each_object_once(
        self, stub: Stub, tiktok: TikTok, change: Callable[[list[str]], None], call: int
    ) -> None:
        listing = Moving(items(3 * FEW), {call: change})
        stub.answers(listing)
        assert await read(tiktok) == listing.items

    async def test_does_not_hide_an_object_when_one_goes_and_another_comes(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        # The total is the same before and after, and no object comes twice.
        stub.answers(Moving(items(2 * FEW), {2: swap_first_for_a_new_last}))
        assert str(1000 + FEW) in await read(tiktok)

    async def test_is_an_error_while_it_does_not_come_to_rest(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(
            Moving(items(3 * FEW), dict.fromkeys(range(1, 100), swap_first_for_a_new_last))
        )
        with pytest.raises(IncompleteListError, match="fetch the list again"):
            await read(tiktok)

    async def test_is_read_as_often_as_the_retry_allows(self, stub: Stub, clock: FakeClock) -> None:
        listing = Moving(items(2 * FEW), dict.fromkeys(range(1, 100), swap_first_for_a_new_last))
        stub.answers(listing)
        async with TikTok(
            access_token="t",
            app="app",
            base_url=stub.url,
            pace=Pace.off(),
            retry=Retry(readings=3),
            clock=clock,
        ) as tiktok:
            with pytest.raises(IncompleteListError):
                await read(tiktok)
        assert listing.calls == 3 * 2
        assert clock.slept  # whoever is at work gets the time to finish

    async def test_gives_nothing_before_it_is_whole(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(Moving(items(2 * FEW), dict.fromkeys(range(1, 100), take_first)))
        with pytest.raises(IncompleteListError):
            await anext(tiktok.tt_video.each(ADVERTISER))


class TestAListAtRest:
    async def test_of_one_page_costs_one_call(self, stub: Stub, tiktok: TikTok) -> None:
        listing = Moving(items(FEW))
        stub.answers(listing)
        assert await read(tiktok) == listing.items
        assert listing.calls == 1

    async def test_of_several_pages_is_read_twice(self, stub: Stub, tiktok: TikTok) -> None:
        listing = Moving(items(2 * FEW + 1))
        stub.answers(listing)
        assert await read(tiktok) == listing.items
        assert listing.calls == 2 * 3

    async def test_may_have_pages_shorter_than_asked_for(self, stub: Stub, tiktok: TikTok) -> None:
        listing = Moving(items(25))

        def answer(seen: Seen) -> dict[str, Any]:
            seen.query["page_size"] = "10"
            return listing(seen)

        stub.answers(answer)
        assert await read(tiktok) == listing.items


class TestAListThatLies:
    @pytest.mark.parametrize("total", [0, 1, 3])
    async def test_with_another_total_than_its_rows_is_an_error(
        self, stub: Stub, tiktok: TikTok, total: int
    ) -> None:
        def answer(seen: Seen) -> dict[str, Any]:
            rows = [bound("1"), bound("2")] if seen.query["page"] == "1" else []
            return ok({"list": rows, "page_info": {"total_number": total}})

        stub.answers(answer)
        with pytest.raises(IncompleteListError, match=f"announced {total} objects and gave 2"):
            await read(tiktok)

    async def test_with_the_same_page_for_every_number_is_an_error(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        rows = [bound(item) for item in items(FEW)]
        stub.answers(ok({"list": rows, "page_info": {"total_number": 2 * FEW}}))
        with pytest.raises(IncompleteListError, match="same object twice"):
            await read(tiktok)

    @pytest.mark.parametrize("data", [None, {}, {"list": []}, {"page_info": {}}])
    async def test_without_a_total_is_no_empty_list(
        self, stub: Stub, tiktok: TikTok, data: object
    ) -> None:
        stub.answers({**ok(), "data": data})
        with pytest.raises(MalformedAnswerError, match="total_number"):
            await read(tiktok)

    async def test_of_linked_accounts_without_its_rows_is_no_empty_list(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({}))
        with pytest.raises(MalformedAnswerError, match="identity_list"):
            async for _ in tiktok.identities.each(ADVERTISER):
                pass

    async def test_by_cursor_without_saying_whether_there_is_more_is_no_empty_list(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({}))
        with pytest.raises(MalformedAnswerError, match="has_more"):
            async for _ in tiktok.business_videos.each(BusinessId("b")):
                pass


def by_offset(found: list[str], before: dict[int, Callable[[list[str]], None]]) -> Any:
    """The posts of a code's identity, three to a page; the cursor counts them."""
    calls = 0

    def answer(seen: Seen) -> dict[str, Any]:
        nonlocal calls
        calls += 1
        before.get(calls, lambda _: None)(found)
        start = int(seen.query.get("cursor", "0"))
        shown = found[start : start + 3]
        end = start + len(shown)
        rows = [{"item_id": item, "item_type": "VIDEO", "status": "x"} for item in shown]
        return ok({"video_list": rows, "cursor": str(end), "has_more": end < len(found)})

    return answer


async def read_identity(tiktok: TikTok, kind: IdentityType) -> list[str]:
    posts = tiktok.identities.each_video(ADVERTISER, IdentityId("i"), kind)
    return [post.item_id async for post in posts]


class TestAListByCursor:
    @pytest.mark.parametrize("change", [take_first, add_first, add_last, swap_first_for_a_new_last])
    async def test_whose_cursor_counts_is_given_as_it_stands_after_a_change(
        self, stub: Stub, tiktok: TikTok, change: Callable[[list[str]], None]
    ) -> None:
        found = items(8)
        stub.answers(by_offset(found, {2: change}))
        assert await read_identity(tiktok, IdentityType.AUTH_CODE) == found

    async def test_whose_cursor_is_a_time_is_read_once_and_gives_each_object_once(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        # A page that begins with the post its cursor was taken from.
        pages = {None: (["1", "2"], "20", True), "20": (["2", "3"], "30", False)}

        def answer(seen: Seen) -> dict[str, Any]:
            shown, cursor, has_more = pages[seen.query.get("cursor")]
            rows = [{"item_id": item, "item_type": "VIDEO", "status": "x"} for item in shown]
            return ok({"video_list": rows, "cursor": cursor, "has_more": has_more})

        stub.answers(answer)
        assert await read_identity(tiktok, IdentityType.TT_USER) == ["1", "2", "3"]
        assert len(stub.seen) == 2

    async def test_whose_cursors_go_in_a_circle_is_an_error(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        following = {None: "5", "5": "7", "7": "5"}

        def answer(seen: Seen) -> dict[str, Any]:
            cursor = following[seen.query.get("cursor")]
            return ok({"video_list": [], "cursor": cursor, "has_more": True})

        stub.answers(answer)
        with pytest.raises(IncompleteListError, match="stands still"):
            await read_identity(tiktok, IdentityType.TT_USER)


class TestRetry:
    def test_refuses_fewer_readings_than_a_list_of_several_pages_needs(self) -> None:
        with pytest.raises(ValueError, match="at least 2"):
            Retry(readings=1)
