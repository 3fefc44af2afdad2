"""The log of calls to TikTok: what each was and what came of it, no secret, bounded, never in the way."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from django.db import connection as database_connection
from django.db import transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from sample_team import Team

from kindling.workspaces import call_log, tiktok
from kindling.workspaces import service as workspaces
from kindling.workspaces.call_log import CallLog
from kindling.workspaces.models import Connection, TikTokCall
from tiktok_business import AdvertiserId, NotSentError, ReplyLostError, Request, Response, TikTok

SECRET, CODE = "sample-token-of-tiktok", "#SampleCode0123456789/+abc="


class Scripted:
    """A transport that answers as it was told."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer

    async def send(self, request: Request) -> Response:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        pass


def noted(connection: Connection, request: Request, answer: Response | Exception) -> TikTokCall:
    """What the log keeps of one request."""
    log = CallLog(connection)
    over = log.over(Scripted(answer))
    if isinstance(answer, Exception):
        with pytest.raises(type(answer)):
            asyncio.run(over.send(request))
    else:
        assert asyncio.run(over.send(request)) is answer
    log.write()
    return TikTokCall.objects.latest("pk")


def get(path: str) -> Request:
    return Request("GET", f"https://api.example/open_api/v1.3{path}", {"Access-Token": SECRET})


def reply(code: int, **more: object) -> Response:
    body = {"code": code, "message": SECRET, "request_id": "2026-1", "data": {"x": CODE}, **more}
    return Response(200, json.dumps(body).encode())


@pytest.fixture
def line(team: Team) -> Connection:
    TikTokCall.objects.all().delete()
    return team.account.connection


class TestACall:
    def test_is_kept_by_path_account_result_request_id_and_duration(self, line: Connection) -> None:
        found = noted(line, get("/ad/get/?advertiser_id=7001&auth_code=abc"), reply(0))
        assert (found.endpoint, found.advertiser_id) == ("/ad/get/", "7001")
        assert (found.result, found.code, found.request_id) == ("ok", 0, "2026-1")
        assert found.duration_ms >= 0
        assert found.workspace == line.workspace

    def test_names_the_ad_account_of_its_body(self, line: Connection) -> None:
        body = json.dumps({"advertiser_id": "7002", "auth_code": CODE}).encode()
        request = Request("POST", "https://api.example/open_api/v1.3/tt_video/authorize/", {}, body)
        assert noted(line, request, reply(40002)).advertiser_id == "7002"

    @pytest.mark.parametrize(
        ("answer", "result", "code"),
        [
            (reply(20001), "ok", 20001),
            (reply(40100), "refused", 40100),
            (Response(502, b"<html>"), "fault", None),
            (Response(200, b"\xff\xfe"), "fault", None),
            (Response(200, b'{"code":0,"data":' + b"[" * 100_000), "fault", None),
            (NotSentError("x"), "not_sent", None),
            (ReplyLostError("x"), "no_reply", None),
        ],
        ids=["partly", "refused", "fault", "garbage", "nested", "not sent", "lost"],
    )
    def test_says_what_came_of_it(
        self, line: Connection, answer: Response | Exception, result: str, code: int | None
    ) -> None:
        found = noted(line, get("/ad/get/"), answer)
        assert (found.result, found.code) == (result, code)

    def test_keeps_no_token_no_code_and_no_body(self, line: Connection) -> None:
        body = json.dumps({"advertiser_id": "7002", "auth_code": CODE, "secret": SECRET}).encode()
        url = f"https://api.example/open_api/v1.3/oauth2/access_token/?auth_code={SECRET}"
        noted(line, Request("POST", url, {"Access-Token": SECRET}, body), reply(0))
        text = str(list(TikTokCall.objects.values()))
        assert SECRET not in text
        assert CODE not in text

    def test_of_a_connection_that_is_gone_stops_nobody(self, line: Connection) -> None:
        log = CallLog(Connection(pk=999_999, workspace=line.workspace))
        asyncio.run(log.over(Scripted(reply(0))).send(get("/ad/get/")))
        log.write()
        assert TikTokCall.objects.count() == 0


class TestASession:
    def test_writes_all_its_calls_in_one_insert_at_its_end(
        self, team: Team, line: Connection
    ) -> None:
        async def work(client: TikTok) -> None:
            await client.advertisers.info([AdvertiserId(team.account.advertiser_id)])

        with (
            CaptureQueriesContext(database_connection) as seen,
            tiktok.session(team.account) as one,
        ):
            for _ in range(3):
                one.ask(work)
            assert TikTokCall.objects.count() == 0
        inserts = [
            each for each in seen if each["sql"].startswith('INSERT INTO "workspaces_tiktokcall"')
        ]
        assert len(inserts) == 1
        rows = list(TikTokCall.objects.all())
        assert [(row.endpoint, row.result) for row in rows] == [("/advertiser/info/", "ok")] * 3
        assert all(row.request_id for row in rows)

    def test_writes_a_refused_call_too(self, team: Team, line: Connection) -> None:
        Connection.objects.filter(pk=line.pk).update(access_token="not-a-token")
        team.account.connection.refresh_from_db()
        with pytest.raises(tiktok.PlatformError):
            tiktok.read_advertisers(team.account.connection, [team.account.advertiser_id])
        row = TikTokCall.objects.latest("pk")
        assert row.result == "refused"
        assert row.code

    def test_of_many_calls_does_not_wait_for_its_end(
        self, team: Team, line: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tiktok, "WRITE_EVERY", 2)

        async def work(client: TikTok) -> None:
            await client.advertisers.info([AdvertiserId(team.account.advertiser_id)])

        with tiktok.session(team.account) as one:
            for expected in (0, 2, 2, 4):
                one.ask(work)
                assert TikTokCall.objects.count() == expected

    def test_that_ends_inside_a_transaction_writes_after_it(
        self, team: Team, line: Connection
    ) -> None:
        async def work(client: TikTok) -> None:
            await client.advertisers.info([AdvertiserId(team.account.advertiser_id)])

        opened = tiktok.session(team.account)
        opened.__enter__().ask(work)
        with transaction.atomic():
            opened.__exit__(None, None, None)
            assert TikTokCall.objects.count() == 0
        assert TikTokCall.objects.count() == 1


class TestTheLog:
    def fill(self, team: Team, line: Connection, number: int, *, days: int = 0) -> None:
        TikTokCall.objects.bulk_create(
            TikTokCall(
                workspace=team.workspace, connection=line, at=team.now - timedelta(days=days),
                endpoint=f"/sample/{place}/", result="ok" if place % 2 else "refused",
                request_id=f"r-{place}", duration_ms=1,
            )
            for place in range(number)
        )  # fmt: skip

    def test_keeps_thirty_days(self, team: Team, line: Connection) -> None:
        self.fill(team, line, 3, days=31)
        self.fill(team, line, 2, days=29)
        assert call_log.trim(at=team.now) == 3
        assert TikTokCall.objects.count() == 2

    def test_keeps_the_newest_of_each_connection(
        self, team: Team, line: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(call_log, "MOST_KEPT", 5)
        other = Connection.objects.create(workspace=team.workspace, name="Other", app_id="1")
        self.fill(team, line, 8)
        self.fill(team, other, 4)
        assert call_log.trim(at=team.now) == 3
        assert TikTokCall.objects.filter(connection=line).count() == 5
        assert TikTokCall.objects.filter(connection=other).count() == 4
        assert call_log.trim(at=team.now) == 0

    def test_is_a_page_for_owners_and_media_buyers(self, team: Team, line: Connection) -> None:
        self.fill(team, line, 4)
        url = reverse("audit:calls", args=[team.workspace.slug])
        for actor, status in ((team.owner, 200), (team.buyer, 200), (team.finance, 403)):
            client = Client()
            client.force_login(actor.user)  # type: ignore[arg-type]
            assert client.get(url).status_code == status
        client = Client()
        client.force_login(team.buyer.user)  # type: ignore[arg-type]
        text = client.get(url, {"result": "failed"}).content.decode()
        assert "/sample/0/" in text
        assert "/sample/1/" not in text
        assert "/sample/3/" in client.get(url, {"q": "r-3"}).content.decode()

    def test_is_in_the_api(self, team: Team, line: Connection) -> None:
        self.fill(team, line, 4)
        token = workspaces.issue_token(team.buyer, name="x", at=team.now)
        client = Client(headers={"Authorization": f"Bearer {token}"})
        rows = client.get("/api/v1/workspace/calls?limit=3").json()["rows"]
        assert [row["endpoint"] for row in rows] == ["/sample/3/", "/sample/2/", "/sample/1/"]
        assert rows[0]["connection"] == line.name
        assert len(client.get("/api/v1/workspace/calls?only_failed=true").json()["rows"]) == 2
