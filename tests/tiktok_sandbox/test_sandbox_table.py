"""Every endpoint of the table: nobody, somebody else's, wrong verbs, slashes, types and lengths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_team import Team, http_status

from ads_manager import PREFIX
from tiktok_sandbox.server import SandboxServer
from tiktok_sandbox.wire.endpoints import ENDPOINTS
from tiktok_sandbox.wire.protocol.calls import Endpoint
from tiktok_sandbox.wire.protocol.fields import Field

HELD = [endpoint for endpoint in ENDPOINTS if endpoint.holder != "nobody"]
OF_ACCOUNTS = [
    endpoint
    for endpoint in ENDPOINTS
    if endpoint.holder == "advertiser"
    and any(field.name == "advertiser_id" and field.required for field in endpoint.takes)
]
FORMED = [endpoint for endpoint in HELD if endpoint.takes and endpoint.holder == "advertiser"]


def path_of(endpoint: Endpoint) -> str:
    return endpoint.path


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with SandboxServer(seed=7) as sandbox:
        yield Team(sandbox)


def sample(field: Field) -> object:
    """A value of the declared form; what it means is another matter."""
    if field.kind == "text":
        return field.choices[0] if field.choices else "1"
    if field.kind in ("integer", "number"):
        return max(1, int(field.low or 0))
    if field.kind == "list":
        inner = field.items or field
        return [sample(inner) for _ in range(max(1, field.least))]
    if field.kind == "object":
        return {inner.name: sample(inner) for inner in field.fields if inner.required}
    plain = {"boolean": True, "moment": "2026-03-03 00:00:00", "day": "2026-03-03", "file": "x"}
    return plain[field.kind]


def form(endpoint: Endpoint, **given: object) -> dict[str, object]:
    """All that the endpoint requires, in the declared form."""
    fields = {field.name: sample(field) for field in endpoint.takes if field.required}
    fields.pop("advertiser_id", None)
    return fields | given


class TestDoor:
    @pytest.mark.parametrize("endpoint", ENDPOINTS, ids=path_of)
    def test_needs_the_verb_and_strictly_the_slash(self, team: Team, endpoint: Endpoint) -> None:
        team.sandbox.post("behaviour/", {"profile": "strict"})
        address = team.sandbox.url + PREFIX + endpoint.path
        other = "POST" if endpoint.method == "GET" else "GET"
        assert http_status(address, method=other)[0] == 405
        assert http_status(address.rstrip("/"), method=endpoint.method) == (
            404,
            "404 page not found",
        )

    @pytest.mark.parametrize("endpoint", HELD, ids=path_of)
    def test_is_closed_to_nobody(self, team: Team, endpoint: Endpoint) -> None:
        assert team.refused(endpoint.method, endpoint.path, token="")[0] == 40104
        assert team.refused(endpoint.method, endpoint.path, token="unknown")[0] == 40105

    @pytest.mark.parametrize("endpoint", OF_ACCOUNTS, ids=path_of)
    def test_is_closed_to_somebody_elses_account(self, team: Team, endpoint: Endpoint) -> None:
        wanted = {"advertiser_ids": [team.eu_advertiser_id]}
        narrow = team.sandbox.post("grants/ads/", wanted)["access_token"]
        refusal = team.refused(endpoint.method, endpoint.path, token=narrow, **form(endpoint))
        assert refusal[0] == 40001, refusal


class TestForm:
    @pytest.mark.parametrize("endpoint", FORMED, ids=path_of)
    def test_names_what_is_missing(self, team: Team, endpoint: Endpoint) -> None:
        for field in endpoint.takes:
            if not field.required:
                continue
            given = form(endpoint, advertiser_id=team.advertiser_id) | {field.name: None}
            if endpoint.method == "GET":
                given[field.name] = ""
            code, message = team.refused(endpoint.method, endpoint.path, **given)
            assert (code, field.name in message) == (40002, True), message

    @pytest.mark.parametrize("endpoint", FORMED, ids=path_of)
    def test_refuses_wrong_types_and_unknown_words(self, team: Team, endpoint: Endpoint) -> None:
        for field in endpoint.takes:
            if field.kind == "file" or (field.kind == "text" and not field.choices):
                continue
            wrong: object = "\u2603"
            if field.kind in ("list", "object"):
                wrong = 7
            given = form(endpoint) | {field.name: wrong}
            code, message = team.refused(endpoint.method, endpoint.path, **given)
            assert (code, field.name in message) == (40002, True), message

    @pytest.mark.parametrize("endpoint", FORMED, ids=path_of)
    def test_refuses_what_is_too_long(self, team: Team, endpoint: Endpoint) -> None:
        for field in endpoint.takes:
            if field.most is None or field.most > 2000:
                continue
            if field.kind == "text":
                given = form(endpoint) | {field.name: "x" * (field.most + 1)}
            else:
                given = form(endpoint) | {field.name: ["1"] * (field.most + 1)}
            code, message = team.refused(endpoint.method, endpoint.path, **given)
            expected = 40011 if field.kind == "list" and field.most >= 100 else 40002
            assert (code, field.name in message) == (expected, True), message

    @pytest.mark.parametrize("endpoint", FORMED, ids=path_of)
    def test_answers_every_well_formed_call(self, team: Team, endpoint: Endpoint) -> None:
        answer = team.call(endpoint.method, endpoint.path, **form(endpoint))
        assert isinstance(answer["code"], int)


class TestTable:
    def test_has_each_path_once(self) -> None:
        assert len({endpoint.path for endpoint in ENDPOINTS}) == len(ENDPOINTS)

    def test_declares_what_every_endpoint_takes(self) -> None:
        bare = {endpoint.path for endpoint in ENDPOINTS if not endpoint.takes}
        assert bare <= {"/user/info/"}
