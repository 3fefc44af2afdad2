"""What becomes of a call that fails: which error, what it says, and whether it is repeated."""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import date, timedelta

import pytest
from scripted_server import CODE, TOKEN, FakeClock, Seen, Stub, no_rows, ok, refuse

from tiktok_business import (
    AdGroupId,
    AdId,
    AdvertiserId,
    AioHttpTransport,
    CampaignCreate,
    ConflictError,
    DuplicateRequestError,
    Effect,
    ForbiddenError,
    IdentityId,
    IdentityType,
    IncompleteListError,
    InvalidRequestError,
    ItemId,
    LostReplyError,
    MalformedAnswerError,
    NotFoundError,
    Objective,
    OutcomeUnknownError,
    Pace,
    PlatformFaultError,
    QuotaReachedError,
    RateLimitedError,
    ReauthorizationNeededError,
    RefusedError,
    Retry,
    Secret,
    SparkCodeError,
    SparkCodeProblem,
    SparkPullCreative,
    Switch,
    TikTok,
    TikTokError,
    TokenExpiredError,
    UnreachableError,
    UnsupportedError,
    WhoActs,
    WrongRouteError,
)
from tiktok_business.errors import PartialAnswerError
from tiktok_business.protocol.codes import CODES, Again, refusal

ADVERTISER = AdvertiserId("7000000000000000001")
CAMPAIGN = CampaignCreate(name="sample", objective=Objective.TRAFFIC)


async def list_campaigns(tiktok: TikTok) -> list[str]:
    return [campaign.campaign_id async for campaign in tiktok.campaigns.each(ADVERTISER)]


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "error"),
        [
            (40000, InvalidRequestError),
            (40001, ForbiddenError),
            (40002, InvalidRequestError),
            (40007, NotFoundError),
            (40008, UnsupportedError),
            (40050, DuplicateRequestError),
            (40101, ReauthorizationNeededError),
            (40102, TokenExpiredError),
            (40104, ReauthorizationNeededError),
            (40105, ReauthorizationNeededError),
            (40110, ReauthorizationNeededError),
            (40502, QuotaReachedError),
            (99999, RefusedError),
        ],
    )
    async def test_final_codes_raise_their_error_after_one_call(
        self, stub: Stub, tiktok: TikTok, code: int, error: type[RefusedError]
    ) -> None:
        stub.answers(refuse(code, "The campaign 17 is not good."))
        with pytest.raises(error) as caught:
            await list_campaigns(tiktok)
        assert type(caught.value) is error
        assert caught.value.wire_code == code
        assert caught.value.request_id == f"r-{code}"
        assert caught.value.endpoint == "/campaign/get/"
        assert "The campaign 17 is not good." in str(caught.value)
        assert len(stub.seen) == 1

    @pytest.mark.parametrize("code", [50000, 50002, 51010, 52001, 60001, 40201])
    async def test_reads_are_repeated_after_the_platforms_own_faults(
        self, stub: Stub, tiktok: TikTok, code: int
    ) -> None:
        stub.answers(refuse(code), refuse(code), no_rows())
        assert await list_campaigns(tiktok) == []
        assert len(stub.seen) == 3

    async def test_patience_ends_with_the_last_error(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(refuse(50000))
        with pytest.raises(PlatformFaultError):
            await list_campaigns(tiktok)
        assert len(stub.seen) == Retry().attempts

    @pytest.mark.parametrize("code", sorted(CODES))
    def test_every_code_of_the_table_makes_an_error_with_its_number(
        self, code: int, clock: FakeClock
    ) -> None:
        error = refusal(code, "", endpoint="/x/", request_id="r", now=clock.now())
        assert error.wire_code == code
        assert CODES[code].meaning in str(error)

    def test_no_code_that_needs_a_person_is_repeated(self) -> None:
        assert {CODES[n].again for n in (40104, 40105, 40110)} == {Again.REAUTHORIZE}


class TestSparkCodes:
    @pytest.mark.parametrize(
        ("message", "problem", "who"),
        [
            ("Post code is incorrect", SparkCodeProblem.CODE_MALFORMED, WhoActs.CREATOR),
            ("auth_code_expired", SparkCodeProblem.CODE_EXPIRED, WhoActs.CREATOR),
            ("Error: video_deleted.", SparkCodeProblem.VIDEO_DELETED, WhoActs.PICK_ANOTHER_POST),
        ],
    )
    async def test_the_message_tells_who_must_act(
        self, stub: Stub, tiktok: TikTok, message: str, problem: SparkCodeProblem, who: WhoActs
    ) -> None:
        stub.answers(refuse(40002, message))
        with pytest.raises(SparkCodeError) as caught:
            await tiktok.tt_video.authorize(ADVERTISER, CODE)
        assert caught.value.problem is problem
        assert caught.value.problem.who_acts is who
        assert caught.value.problem.next_step
        assert len(stub.seen) == 1

    async def test_looking_at_a_code_is_repeated_when_tiktok_failed_to_check_it(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(
            refuse(40002, "call_rpc_fail"), ok({"item_info": {"item_id": "73", "status": "x"}})
        )
        assert (await tiktok.tt_video.info(ADVERTISER, CODE)).item_id == "73"

    def test_every_problem_has_a_next_step(self) -> None:
        assert all(problem.next_step and problem.who_acts for problem in SparkCodeProblem)


class TestRateLimits:
    async def test_a_per_second_limit_is_waited_out_even_for_a_create(
        self, stub: Stub, tiktok: TikTok, clock: FakeClock
    ) -> None:
        stub.answers(refuse(40100, "reaches QPS limit"), ok({"campaign_id": "17"}))
        assert (await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)).campaign_id == "17"
        assert clock.slept == [1.0]

    async def test_a_per_minute_limit_is_raised_to_those_who_cannot_wait(
        self, stub: Stub, tiktok: TikTok, clock: FakeClock
    ) -> None:
        stub.answers(refuse(40100, "App's QPM (601) reaches QPM limit 600"))
        with pytest.raises(RateLimitedError) as caught:
            await list_campaigns(tiktok)
        assert caught.value.retry_after == timedelta(minutes=5)
        assert clock.slept == []

    async def test_a_per_minute_limit_is_waited_out_by_a_worker(
        self, stub: Stub, clock: FakeClock
    ) -> None:
        stub.answers(refuse(40100, "QPM"), no_rows())
        async with TikTok(
            access_token=TOKEN,
            app="a",
            base_url=stub.url,
            pace=Pace.off(),
            retry=Retry.worker(),
            clock=clock,
        ) as tiktok:
            assert await list_campaigns(tiktok) == []
        assert clock.slept == [300.0]

    async def test_a_daily_limit_names_the_wait_until_midnight_utc(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(refuse(40100, "QPD limit reached"))
        with pytest.raises(RateLimitedError) as caught:
            await list_campaigns(tiktok)
        assert caught.value.retry_after == timedelta(hours=12)

    async def test_a_write_conflict_is_repeated_and_then_succeeds(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(refuse(40202), ok({"campaign_id": "17"}))
        assert (await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)).campaign_id == "17"

    async def test_a_conflict_that_stays_is_raised(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(refuse(40202))
        with pytest.raises(ConflictError) as caught:
            await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)
        assert caught.value.effect is Effect.NONE


class TestLostReplies:
    @pytest.mark.parametrize("reply", [None, 408, 500, 502, b"<html>", b'{"code":0,"mess'])
    async def test_a_create_is_never_sent_twice(
        self, stub: Stub, tiktok: TikTok, reply: object
    ) -> None:
        stub.answers(reply)
        with pytest.raises(OutcomeUnknownError) as caught:
            await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)
        assert caught.value.effect is Effect.UNKNOWN
        assert len(stub.seen) == 1

    @pytest.mark.parametrize("code", [50000, 60001, 51000])
    async def test_a_fault_while_writing_leaves_the_outcome_unknown(
        self, stub: Stub, tiktok: TikTok, code: int
    ) -> None:
        stub.answers(refuse(code))
        creative = SparkPullCreative(name="x", item_id=ItemId("1"), identity_id=IdentityId("i"))
        with pytest.raises(OutcomeUnknownError) as caught:
            await tiktok.ads.create(ADVERTISER, AdGroupId("2"), [creative])
        assert caught.value.request_id == f"r-{code}"
        assert isinstance(caught.value.__cause__, PlatformFaultError)
        assert len(stub.seen) == 1

    @pytest.mark.parametrize("reply", [None, 408, 503, b"", b"[]"])
    async def test_a_read_is_sent_again(self, stub: Stub, tiktok: TikTok, reply: object) -> None:
        stub.answers(reply, no_rows())
        assert await list_campaigns(tiktok) == []
        assert len(stub.seen) >= 2

    async def test_a_read_that_never_answers_says_that_asking_again_is_safe(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(502)
        with pytest.raises(LostReplyError, match="asking again is safe"):
            await list_campaigns(tiktok)

    async def test_switching_is_sent_again_for_it_sets_a_state(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(500, ok({"ad_ids": ["1"], "status": "DISABLE"}))
        switched = await tiktok.ads.set_status(ADVERTISER, [AdId("1")], Switch.DISABLE)
        assert switched.done == ("1",)
        assert len(stub.seen) == 2

    async def test_a_slow_create_is_unknown_and_a_slow_read_is_lost(self) -> None:
        gone = asyncio.Semaphore(0)

        async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(-1)
            writer.close()
            await writer.wait_closed()
            gone.release()

        server = await asyncio.start_server(swallow, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with TikTok(
            access_token=TOKEN,
            app="a",
            base_url=url,
            retry=Retry.never(),
            transport=AioHttpTransport(timeout=timedelta(milliseconds=50)),
        ) as tiktok:
            with pytest.raises(OutcomeUnknownError):
                await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)
            with pytest.raises(LostReplyError):
                await list_campaigns(tiktok)
        for _ in range(2):
            await gone.acquire()
        server.close()
        await server.wait_closed()

    async def test_a_refused_connection_says_that_nothing_was_sent(self, clock: FakeClock) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{taken.getsockname()[1]}"
            async with TikTok(access_token=TOKEN, app="a", base_url=url, clock=clock) as tiktok:
                with pytest.raises(UnreachableError) as caught:
                    await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)
        assert caught.value.effect is Effect.NONE
        assert len(clock.slept) == Retry().attempts - 1

    @pytest.mark.parametrize("status", [301, 404, 405])
    async def test_a_wrong_route_is_neither_followed_nor_repeated(
        self, stub: Stub, tiktok: TikTok, status: int
    ) -> None:
        stub.answers(status)
        with pytest.raises(WrongRouteError) as caught:
            await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)
        assert caught.value.http_status == status
        assert len(stub.seen) == 1


class TestTokens:
    async def test_an_expired_token_is_refreshed_once(self, stub: Stub, clock: FakeClock) -> None:
        async def renew() -> Secret:
            return Secret("fresh")

        stub.answers(refuse(40102, "expired"), no_rows())
        async with TikTok(
            access_token=TOKEN, app="a", base_url=stub.url, refresh_token=renew, clock=clock
        ) as tiktok:
            assert await list_campaigns(tiktok) == []
        assert [seen.headers["Access-Token"] for seen in stub.seen] == [TOKEN, "fresh"]

    async def test_a_fresh_token_that_is_refused_too_is_not_renewed_forever(
        self, stub: Stub, clock: FakeClock
    ) -> None:
        async def renew() -> Secret:
            return Secret("fresh")

        stub.answers(refuse(40102, "expired"))
        async with TikTok(
            access_token=TOKEN, app="a", base_url=stub.url, refresh_token=renew, clock=clock
        ) as tiktok:
            with pytest.raises(TokenExpiredError):
                await list_campaigns(tiktok)
        assert len(stub.seen) == 2

    async def test_calls_that_come_back_together_renew_it_once(
        self, stub: Stub, clock: FakeClock
    ) -> None:
        renewals = 0

        async def renew() -> Secret:
            nonlocal renewals
            renewals += 1
            await asyncio.sleep(0.01)
            return Secret(f"fresh-{renewals}")

        def answer(seen: Seen) -> object:
            is_old = seen.headers["Access-Token"] == TOKEN
            return refuse(40102, "expired") if is_old else no_rows()

        stub.answers(answer)
        async with TikTok(
            access_token=TOKEN,
            app="a",
            base_url=stub.url,
            refresh_token=renew,
            clock=clock,
            pace=Pace.off(),
        ) as tiktok:
            assert await asyncio.gather(*(list_campaigns(tiktok) for _ in range(5))) == [[]] * 5
        assert renewals == 1


class TestLyingAnswers:
    async def test_that_nest_without_end_are_a_lost_reply(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(b'{"code":0,"data":' + b"[" * 100_000)
        with pytest.raises(LostReplyError):
            await list_campaigns(tiktok)
        with pytest.raises(OutcomeUnknownError):
            await tiktok.campaigns.create(ADVERTISER, CAMPAIGN)

    @pytest.mark.parametrize(
        "data",
        [
            [1, 2],
            {"list": {"a": 1}, "page_info": {"total_number": 1}},
            {"list": [{"campaign_name": "no id"}], "page_info": {"total_number": 1}},
            {"list": [{"campaign_id": True}], "page_info": {"total_number": 1}},
            {"list": [{"campaign_id": "1", "create_time": "soon"}]},
            {"list": [{"campaign_id": "1", "budget": "a lot"}]},
            {"list": ["x"]},
        ],
    )
    async def test_data_that_breaks_the_contract_is_named(
        self, stub: Stub, tiktok: TikTok, data: object
    ) -> None:
        stub.answers(ok(data))
        with pytest.raises(MalformedAnswerError, match="not as documented"):
            await list_campaigns(tiktok)

    async def test_a_list_that_ends_too_early_is_loud(self, stub: Stub, tiktok: TikTok) -> None:
        def answer(seen: Seen) -> object:
            rows = [{"campaign_id": "1"}] if seen.query["page"] == "1" else []
            return ok({"list": rows, "page_info": {"total_number": 3}})

        stub.answers(answer)
        with pytest.raises(IncompleteListError, match="announced 3 objects and gave 1"):
            await list_campaigns(tiktok)

    async def test_a_cursor_that_stands_still_is_loud(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(ok({"video_list": [], "has_more": True, "cursor": "5"}))
        with pytest.raises(IncompleteListError, match="stands still"):
            async for _ in tiktok.identities.each_video(
                ADVERTISER, IdentityId("i"), IdentityType.AUTH_CODE
            ):
                pass

    async def test_a_partial_read_is_an_error_and_not_a_short_list(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(refuse(20001, "some failed", {"list": [{"campaign_id": "1"}]}))
        with pytest.raises(PartialAnswerError):
            await list_campaigns(tiktok)

    async def test_fewer_ads_than_asked_for_is_an_error(self, stub: Stub, tiktok: TikTok) -> None:
        stub.answers(ok({"ad_ids": ["1"]}))
        creative = SparkPullCreative(name="x", item_id=ItemId("1"), identity_id=IdentityId("i"))
        with pytest.raises(MalformedAnswerError) as caught:
            await tiktok.ads.create(ADVERTISER, AdGroupId("2"), [creative, creative])
        assert caught.value.effect is Effect.UNKNOWN


class TestSecrecy:
    async def test_no_error_log_or_repr_holds_a_token_or_a_code(
        self, stub: Stub, tiktok: TikTok, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        stub.answers(refuse(50000, f"bad {CODE} with {TOKEN}"))
        texts = [repr(tiktok.__dict__)]
        for call in (
            tiktok.tt_video.info(ADVERTISER, CODE),
            tiktok.tt_video.authorize(ADVERTISER, CODE, CODE),
            tiktok.reports.daily(
                ADVERTISER, date(2026, 11, 1), date(2026, 11, 2), metrics=["spend"]
            ).__anext__(),
        ):
            with pytest.raises(TikTokError) as caught:
                await call
            error: BaseException | None = caught.value
            while error is not None:
                texts += [str(error), repr(error), repr(vars(error))]
                error = error.__cause__
        texts += [caplog.text]
        everything = "\n".join(texts)
        assert TOKEN not in everything
        assert CODE.strip("#") not in everything
        assert "•••" in everything

    async def test_an_answer_that_holds_a_code_prints_a_mask(
        self, stub: Stub, tiktok: TikTok
    ) -> None:
        stub.answers(ok({"item_info": {"item_id": "73", "auth_code": CODE, "status": "x"}}))
        post = await tiktok.tt_video.info(ADVERTISER, CODE)
        assert post.auth_code is not None
        assert post.auth_code.reveal() == CODE
        assert CODE not in repr(post)
        assert CODE not in f"{post.auth_code} {post.auth_code!r} {[post.auth_code]}"
