"""The OpenAPI description, and the whole table under schemathesis: no crash, valid envelopes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sandbox_creator import CreatorApp
from sandbox_team import Team

from tiktok_sandbox.cli import main
from tiktok_sandbox.describe.openapi import error_codes, openapi
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS, PREFIX
from tiktok_sandbox.wire.protocol.calls import Endpoint

QUIET = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Crowd:
    """A busy world, its tokens, and values that exist in it by the name of their parameter."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self.sandbox, team = sandbox, Team(sandbox)
        made = team.launch()
        brand = CreatorApp(team, team.world["brand"]["handle"])
        sandbox.advance(days=2)
        brand.connect()
        pixel = team.post("/pixel/create/", pixel_name="Sample pixel")
        self.tokens = {"advertiser": team.token, "creator": brand.token, "nobody": ""}
        app = team.world["app"]
        own = brand.get("/business/video/list/")["videos"][0]["item_id"]
        self.known: dict[str, Any] = {
            **made,
            "advertiser_id": team.advertiser_id,
            "advertiser_ids": [team.advertiser_id],
            "campaign_ids": [made["campaign_id"]],
            "adgroup_ids": [made["adgroup_id"]],
            "ad_ids": [made["ad_id"]],
            "tiktok_item_id": made["item_id"],
            "search_value": made["adgroup_id"],
            "business_id": brand.open_id,
            "video_id": own,
            "identity_type": "AUTH_CODE",
            "pixel_id": pixel["pixel_id"],
            "pixel_ids": [pixel["pixel_id"]],
            "pixel_code": pixel["pixel_code"],
            "event_source_id": pixel["pixel_code"],
            "tcm_account_id": team.world["tcm_account_id"],
            "app_id": app["app_id"],
            "secret": app["secret"],
            "client_id": app["client_key"],
            "client_secret": app["client_secret"],
        }
        # The calls must not take away what the next ones need.
        self.spared = {"/oauth2/revoke_token/", "/tt_user/oauth2/revoke/"}

    def filled(self, value: Any) -> Any:
        """The same value with what exists put in by name."""
        if isinstance(value, dict):
            return {name: self.known.get(name, self.filled(item)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        return value

    def send(self, case: Any) -> Any:
        path = case.operation.path.removeprefix(PREFIX)
        holder = next(e.holder for e in ENDPOINTS if e.path == path)
        if path not in self.spared:
            if isinstance(case.body, dict):
                case.body = self.filled(case.body)
            if case.query:
                case.query = self.query(case.query)
        with requests.Session() as session:
            session.trust_env = False
            return case.call(
                base_url=self.sandbox.url,
                session=session,
                headers={"Access-Token": self.tokens[holder]},
                timeout=30,
            )

    def query(self, given: Any) -> dict[str, Any]:
        query = {}
        for name, value in given.items():
            known = self.known.get(name, value)
            query[name] = json.dumps(known) if isinstance(known, list | dict) else known
        return query


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    with SandboxServer(seed=7) as sandbox:
        yield Crowd(sandbox)


SCHEMA = schemathesis.openapi.from_dict(openapi())


def check(answer: Any) -> None:
    """HTTP 200 with an envelope, or a document."""
    assert answer.status_code == 200, answer.text
    if "application/json" in answer.headers["content-type"][0]:
        envelope = answer.json()
        assert {"code", "message", "request_id"} <= set(envelope)
        assert isinstance(envelope["code"], int)
        assert envelope["code"] == 0 or envelope["message"] != "OK"


def cases(endpoint: Endpoint) -> Any:
    """Requests that fit the description of an endpoint."""
    return SCHEMA[PREFIX + endpoint.path][endpoint.method].as_strategy()


class TestEveryEndpoint:
    @pytest.mark.parametrize("endpoint", ENDPOINTS[::9], ids=lambda endpoint: endpoint.path)
    @settings(QUIET, max_examples=2)
    @given(data=st.data())
    def test_answers_an_envelope(
        self, crowd: Crowd, endpoint: Endpoint, data: st.DataObject
    ) -> None:
        check(crowd.send(data.draw(cases(endpoint))))

    @pytest.mark.slow
    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
    @settings(QUIET, max_examples=12)
    @given(data=st.data())
    def test_answers_an_envelope_whatever_it_is_sent(
        self, crowd: Crowd, endpoint: Endpoint, data: st.DataObject
    ) -> None:
        check(crowd.send(data.draw(cases(endpoint))))


class TestDocument:
    def test_describes_every_endpoint_and_its_parameters(self) -> None:
        paths = openapi()["paths"]
        assert isinstance(paths, dict)
        assert set(paths) == {PREFIX + endpoint.path for endpoint in ENDPOINTS}

    def test_is_what_the_server_and_the_command_answer(self, crowd: Crowd) -> None:
        served = crowd.sandbox.get("openapi.json")
        printed = json.loads(CliRunner().invoke(main, ["openapi"]).output)
        assert served == printed == json.loads(json.dumps(openapi()))

    def test_names_the_error_codes(self) -> None:
        codes = error_codes()
        assert {"0", "40002", "40100", "40104", "40133"} <= set(codes)
