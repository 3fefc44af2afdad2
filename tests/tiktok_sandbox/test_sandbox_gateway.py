"""The door: routes, verbs, tokens, envelopes, limits, faults (tiktok-api.md §§1-3, §14.1, §14.7)."""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from sandbox_team import Team, http_status

from ads_manager import PREFIX
from tiktok_sandbox.runtime.limits import MINUTE_PENALTY_SECONDS, Limiter, OverLimitError, limit_of
from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS
from tiktok_sandbox.wire.protocol.calls import Endpoint


class TestDoor:
    @pytest.mark.parametrize("path", ["/ad/get", "/ad/get//", "//ad//get/", "/ad//get"])
    def test_answers_other_slashes_by_default_and_404_in_plain_text_when_strict(
        self, team: Team, path: str
    ) -> None:
        assert team.call("GET", path)["code"] == 0
        team.sandbox.post("behaviour/", {"profile": "strict"})
        assert http_status(team.sandbox.url + PREFIX + path) == (404, "404 page not found")
        team.sandbox.post("behaviour/", {"profile": "lenient"})
        assert team.call("GET", path)["code"] == 0

    def test_lets_each_slash_be_strict_by_itself(self, team: Team) -> None:
        team.sandbox.post("behaviour/", {"missing_slash": "not_found"})
        assert http_status(team.sandbox.url + PREFIX + "/ad/get")[0] == 404
        assert team.call("GET", "//ad/get//")["code"] == 0
        team.sandbox.post(
            "behaviour/", {"missing_slash": "answered", "double_slashes": "not_found"}
        )
        assert team.call("GET", "/ad/get")["code"] == 0
        assert http_status(team.sandbox.url + PREFIX + "//ad/get/")[0] == 404

    @pytest.mark.parametrize("path", ["/no/such/path", "", "/"])
    def test_answers_404_in_plain_text_where_there_is_nothing(self, team: Team, path: str) -> None:
        assert http_status(team.sandbox.url + PREFIX + path) == (404, "404 page not found")
        other = team.sandbox.url + "/open_api/v1.2/ad/get/"
        assert http_status(other) == (404, "404 page not found")

    def test_answers_an_address_with_two_slashes_before_the_version(self, team: Team) -> None:
        address = team.sandbox.url + "//open_api//v1.3/user/info/"
        answer = httpx.get(address, headers={"Access-Token": team.token}, trust_env=False)
        assert answer.json()["code"] == 0

    def test_reads_the_parameters_of_a_get_in_its_body_unless_strict(self, team: Team) -> None:
        address = team.sandbox.url + PREFIX + "/campaign/get/"
        asked = {"advertiser_id": team.advertiser_id, "filtering": {"campaign_name": "none"}}

        def answer() -> dict[str, object]:
            headers = {"Access-Token": team.token}
            reply = httpx.request("GET", address, json=asked, headers=headers, trust_env=False)
            return dict(reply.json())

        assert answer()["code"] == 0
        team.sandbox.post("behaviour/", {"profile": "strict"})
        assert answer()["code"] == 40002

    def test_refuses_a_parameter_that_comes_twice(self, team: Team) -> None:
        address = team.sandbox.url + PREFIX + "/advertiser/info/"
        pairs = [("advertiser_ids", "1"), ("advertiser_ids", "2")]
        headers = {"Access-Token": team.token}
        reply = httpx.get(address, params=pairs, headers=headers, trust_env=False).json()
        assert (reply["code"], reply["message"]) == (40002, "error unmarshaling parameter")

    def test_says_what_is_wrong_with_a_token_in_the_query(self, team: Team) -> None:
        refusal = team.refused("GET", "/user/info/", token="", access_token=team.token)
        assert refusal == (40104, "The access_token is empty.")

    def test_every_answer_has_a_trace_id_of_its_own(self, team: Team) -> None:
        found = set()
        for _ in range(3):
            address = team.sandbox.url + PREFIX + "/user/info/"
            reply = httpx.get(address, trust_env=False)
            found.add(reply.headers["x-tt-trace-id"])
            assert reply.headers["X-TT-LOGID"] == reply.json()["request_id"]
        assert len(found) == 3

    def test_answers_405_to_the_wrong_verb(self, sandbox: SandboxServer) -> None:
        assert http_status(sandbox.url + PREFIX + "/ad/get/", method="POST")[0] == 405

    def test_asks_for_a_token(self, team: Team) -> None:
        code, message = team.refused("GET", "/ad/get/", token="")
        assert code == 40104
        assert "Access-Token" in message

    def test_refuses_an_unknown_token(self, team: Team) -> None:
        assert team.refused("GET", "/ad/get/", token="unknown")[0] == 40105

    def test_refuses_a_revoked_token(self, team: Team) -> None:
        app = team.world["app"]
        fields = {"app_id": app["app_id"], "secret": app["secret"], "access_token": team.token}
        team.post("/oauth2/revoke_token/", **fields)
        assert team.refused("GET", "/ad/get/")[0] == 40105

    def test_refuses_an_advertiser_the_token_does_not_cover(self, team: Team) -> None:
        wanted = {"advertiser_ids": [team.advertiser_id]}
        narrow = team.sandbox.post("grants/ads/", wanted)["access_token"]
        refusal = team.refused("GET", "/ad/get/", token=narrow, advertiser_id=team.eu_advertiser_id)
        assert refusal[0] == 40001

    def test_names_the_missing_field(self, team: Team) -> None:
        code, message = team.refused("POST", "/campaign/create/", objective_type="TRAFFIC")
        assert (code, message) == (40002, "Missing required field(s): campaign_name")

    def test_takes_numbers_where_ids_are_strings_and_answers_strings(self, team: Team) -> None:
        campaign_id = team.campaign()
        found = team.get("/campaign/get/", filtering={"campaign_ids": [int(campaign_id)]})
        assert [row["campaign_id"] for row in found["list"]] == [campaign_id]

    def test_carries_a_request_id_of_about_32_characters(self, team: Team) -> None:
        answer = team.call("GET", "/user/info/")
        assert len(answer["request_id"]) == 32
        assert answer["request_id"].startswith("20260302")

    def test_refuses_a_body_that_is_not_json(self, sandbox: SandboxServer) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port)
        connection.request("POST", PREFIX + "/ad/create/", body=b"{oops")
        assert b'"code":40000' in connection.getresponse().read()
        connection.close()


class TestRateLimits:
    def test_refuses_the_eleventh_call_of_a_second_on_basic(self) -> None:
        with SandboxServer(tier="basic") as sandbox:
            team = Team(sandbox)
            answers = [team.call("GET", "/user/info/") for _ in range(14)]
        codes = [answer["code"] for answer in answers]
        assert codes[:10] == [0] * 10
        assert 40100 in codes[10:]
        assert "QPS" in next(a["message"] for a in answers if a["code"] == 40100)

    def test_counts_every_endpoint_by_itself(self) -> None:
        limiter = Limiter("basic")
        for _ in range(10):
            limiter.check(app_id="a", path="/ad/get/", advertiser_id=None, real=0.0)
        limiter.check(app_id="a", path="/adgroup/get/", advertiser_id=None, real=0.0)

    def test_lets_an_even_pace_through_for_ever(self) -> None:
        limiter = Limiter("basic")
        for call in range(2000):
            limiter.check(app_id="a", path="/ad/get/", advertiser_id=None, real=call / 9.9)

    def test_allows_five_ads_a_second_on_basic_and_recovers_in_the_next(self) -> None:
        limiter = Limiter("basic")
        for _ in range(5):
            limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=0.0)
        with pytest.raises(OverLimitError, match="QPS limit 5"):
            limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=0.0)
        limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=1.0)

    def test_closes_the_endpoint_for_five_minutes_over_the_minute_limit(self) -> None:
        limiter = Limiter("basic")
        real = 0.0
        # Five a second is twice what the minute allows for long.
        while (refusal := _refusal(limiter, real)) is None:
            real += 0.2
        assert "QPM limit 150" in refusal
        assert 29 < real < 31
        with pytest.raises(OverLimitError, match="QPM"):
            limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=real + 60)
        later = real + MINUTE_PENALTY_SECONDS + 1
        limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=later)

    def test_lets_no_minute_have_more_than_its_calls(self) -> None:
        limiter, passed, real = Limiter("basic"), [], 0.0
        while real < 1000:
            with suppress(OverLimitError):
                limiter.check(app_id="a", path="/ad/get/", advertiser_id=None, real=real)
                passed.append(real)
            real += 0.05
        most = max(sum(1 for at in passed if start <= at < start + 60) for start in passed[::50])
        assert most == 600

    @pytest.mark.parametrize(
        ("tier", "second", "minute"),
        [("basic", 5, 150), ("advanced", 10, 200), ("premium", 10, 300), ("ultimate", 15, 300)],
    )
    def test_has_the_limits_of_ad_create_by_tier(self, tier: str, second: int, minute: int) -> None:
        limit = limit_of(tier, "/ad/create/")
        assert limit is not None
        assert (limit.per_second, limit.per_minute) == (second, minute)

    def test_takes_one_report_task_a_second_and_500_an_hour_or_as_the_older_table_has_it(
        self,
    ) -> None:
        asked = {"app_id": "a", "path": "/report/task/create/"}
        limiter = Limiter("basic")
        limiter.check(**asked, advertiser_id="7", real=0.0)
        with pytest.raises(OverLimitError, match="QPS limit 1"):
            limiter.check(**asked, advertiser_id="7", real=0.1)
        limiter = Limiter("ultimate")
        for call in range(500):
            limiter.check(**asked, advertiser_id="7", real=2.0 * call)
        with pytest.raises(OverLimitError, match="500 report tasks an hour"):
            limiter.check(**asked, advertiser_id="7", real=1010.0)
        limiter.check(**asked, advertiser_id="8", real=1012.0)
        older = Limiter("basic")
        for _ in range(2):
            older.check(**asked, advertiser_id="7", real=0.0, has_new_task_limits=False)

    def test_names_the_advertiser_when_its_own_limit_is_reached(self) -> None:
        limiter = Limiter("ultimate")
        asked = {"app_id": "a", "path": "/tt_video/authorize/", "advertiser_id": "7"}
        for _ in range(5):
            limiter.check(**asked, real=0.0)
        with pytest.raises(OverLimitError, match=r"Advertiser \(7\)'s QPS") as refusal:
            limiter.check(**asked, real=0.0)
        assert refusal.value.scope == "advertiser"

    def test_answers_40133_over_the_limit_of_one_advertiser(self, team: Team) -> None:
        team.sandbox.post("tier/", {"tier": "ultimate"})
        path = "/tt_video/authorize/"
        codes = [team.call("POST", path, auth_code="#none")["code"] for _ in range(20)]
        team.sandbox.post("tier/", {"tier": "off"})
        assert 40133 not in codes[:5]
        assert 40133 in codes[5:]

    def test_can_be_switched_off_while_running(self, team: Team) -> None:
        team.sandbox.post("tier/", {"tier": "basic"})
        team.sandbox.post("tier/", {"tier": "off"})
        assert {team.call("GET", "/user/info/")["code"] for _ in range(30)} == {0}


def _refusal(limiter: Limiter, real: float) -> str | None:
    try:
        limiter.check(app_id="a", path="/ad/create/", advertiser_id=None, real=real)
    except OverLimitError as error:
        return error.message
    return None


class TestFaults:
    def test_carries_the_call_out_when_only_the_reply_is_dropped(self, team: Team) -> None:
        plan = {"path": "/campaign/create/", "kind": "drop_reply", "times": 1}
        team.sandbox.post("faults/", plan)
        with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
            team.campaign("Lost reply")
        assert [row["campaign_name"] for row in team.get("/campaign/get/")["list"]] == [
            "Lost reply"
        ]
        team.campaign("Next one")

    @pytest.mark.slow
    def test_carries_out_what_it_received_when_the_caller_has_gone(self, team: Team) -> None:
        plan = {"path": "/campaign/create/", "kind": "delay", "seconds": 0.2}
        team.sandbox.post("faults/", plan)
        body = json.dumps(
            {
                "advertiser_id": team.advertiser_id,
                "objective_type": "TRAFFIC",
                "campaign_name": "Gone caller",
            }
        )
        head = (
            f"POST {PREFIX}/campaign/create/ HTTP/1.1\r\nHost: sandbox\r\n"
            f"Access-Token: {team.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", team.sandbox.port)) as caller:
            caller.sendall((head + body).encode())
            # The fault is used up once the request has been read; then the caller gives up.
            while team.sandbox.get("faults/")["faults"]:
                time.sleep(0.005)
        deadline = time.monotonic() + 5
        while not team.get("/campaign/get/")["list"] and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(team.get("/campaign/get/")["list"]) == 1

    def test_answers_a_planned_code_without_effect_as_often_as_told(self, team: Team) -> None:
        plan = {"path": "/campaign/create/", "kind": "error", "code": 40100, "times": 2}
        team.sandbox.post("faults/", plan)
        fields = {"objective_type": "TRAFFIC", "campaign_name": "x"}
        codes = [team.call("POST", "/campaign/create/", **fields)["code"] for _ in range(3)]
        assert codes == [40100, 40100, 0]
        assert len(team.get("/campaign/get/")["list"]) == 1

    def test_can_fail_with_http_500(self, team: Team) -> None:
        team.sandbox.post("faults/", {"path": "/ad/get/", "kind": "http_500"})
        assert http_status(team.sandbox.url + PREFIX + "/ad/get/")[0] == 500

    def test_refuses_a_fault_nobody_knows(self, sandbox: SandboxServer) -> None:
        with pytest.raises(SandboxError, match="kind"):
            sandbox.post("faults/", {"path": "/ad/get/", "kind": "explode"})


class TestRequestIds:
    def test_refuses_the_same_request_id_within_ten_seconds(self, team: Team) -> None:
        team.campaign("One", request_id="1")
        fields = {"objective_type": "TRAFFIC", "campaign_name": "One", "request_id": "1"}
        assert team.refused("POST", "/campaign/create/", **fields)[0] == 40050

    def test_allows_a_name_twice_only_with_another_request_id(self, team: Team) -> None:
        team.campaign("One", request_id="1")
        team.campaign("One", request_id="2")
        fields = {"objective_type": "TRAFFIC", "campaign_name": "One"}
        assert team.refused("POST", "/campaign/create/", **fields)[0] == 40002

    def test_makes_a_second_ad_when_a_create_is_sent_again(self, team: Team) -> None:
        made = team.launch()
        again = team.ad(made["adgroup_id"], made["item_id"], made["identity_id"])
        assert again != made["ad_id"]


class TestWrongTypes:
    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
    @pytest.mark.parametrize("value", [[], {}, [{}], "x", -1, True, "\u2603", 1e30])
    def test_get_an_error_code_and_never_a_crash(
        self, crowded: Team, endpoint: Endpoint, value: object
    ) -> None:
        given = dict.fromkeys(FIELDS, value) | {"advertiser_id": crowded.advertiser_id}
        token = crowded.creator_token if endpoint.holder == "creator" else None
        answer = crowded.call(endpoint.method, endpoint.path, token=token, **given)
        assert isinstance(answer["code"], int)


FIELDS = (
    "campaign_id",
    "campaign_ids",
    "adgroup_id",
    "adgroup_ids",
    "ad_ids",
    "ad_id",
    "creatives",
    "filtering",
    "fields",
    "page",
    "dimensions",
    "metrics",
    "data_level",
    "report_type",
    "auth_code",
    "item_id",
    "item_ids",
    "identity_id",
    "identity_type",
    "budget",
    "operation_status",
    "advertiser_ids",
    "business_id",
    "cursor",
    "count",
    "max_count",
    "filters",
    "keyword",
)


@pytest.fixture(scope="module")
def crowded() -> Iterator[Team]:
    with SandboxServer(seed=7) as sandbox:
        team = Team(sandbox)
        team.launch()
        handle = team.world["creators"][0]["handle"]
        code = sandbox.post("grants/creator/", {"handle": handle})["auth_code"]
        app = team.world["app"]
        team.creator_token = team.post(
            "/tt_user/oauth2/token/",
            client_id=app["client_key"],
            client_secret=app["client_secret"],
            grant_type="authorization_code",
            auth_code=code,
            redirect_uri="https://shop.example/back",
        )["access_token"]
        yield team


class TestADroppedReply:
    @pytest.mark.slow
    def test_leaves_no_file_open_behind(self) -> None:
        with SandboxServer(seed=7) as sandbox:

            def lose_one() -> int:
                sandbox.post("faults/", {"path": "/campaign/create/", "kind": "drop_reply"})
                with pytest.raises(httpx.HTTPError):
                    httpx.post(
                        f"{sandbox.url}/open_api/v1.3/campaign/create/", json={}, trust_env=False
                    )
                return len(list(Path("/dev/fd").iterdir()))

            lose_one()
            before = lose_one()
            after = [lose_one() for _ in range(5)][-1]
        assert after <= before + 2
