"""Exchanges that were recorded, what is not in them, and what a replay answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from tiktok_sandbox.app import create_app
from tiktok_sandbox.cli import main
from tiktok_sandbox.runtime.exchanges import Recorder, RecordingError, read_recording, replay_app
from tiktok_sandbox.server import free_port
from tiktok_sandbox.world.drawing.build import build_world

API = "/open_api/v1.3"


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox.test")


class Session:
    """One client's calls: what it sent that nobody may read, and what it was answered."""

    def __init__(
        self, client: httpx.AsyncClient, *, token: str = "", advertiser_id: str = ""
    ) -> None:
        self.client, self.token, self.advertiser_id = client, token, advertiser_id

    async def get(self, path: str, **query: object) -> Any:
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in query.items()}
        params = {"advertiser_id": self.advertiser_id, **texts}
        headers = {"Access-Token": self.token}
        return (await self.client.get(API + path, params=params, headers=headers)).json()

    async def post(self, path: str, **body: object) -> Any:
        whole = {"advertiser_id": self.advertiser_id, **body}
        headers = {"Access-Token": self.token}
        return (await self.client.post(API + path, json=whole, headers=headers)).json()


async def walk(session: Session, code: str, *, request_id: str = "1") -> list[Any]:
    """Calls of every kind: a code, one call twice with a change between, a refusal."""
    names = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_INFINITE"}
    return [
        await session.get("/campaign/get/", page_size=10, fields=["campaign_name"]),
        await session.post("/campaign/create/", campaign_name="A", request_id=request_id, **names),
        await session.get("/campaign/get/", fields=["campaign_name"], page_size=10),
        await session.post("/tt_video/authorize/", auth_code=code),
        await session.get("/tt_video/info/", auth_code=code),
        await session.post("/campaign/create/", campaign_name=""),
    ]


@pytest.fixture
async def recorded(tmp_path: Path) -> tuple[Path, list[Any], list[str], str]:
    """The file, the answers as they were, the secrets, the advertiser."""
    world = build_world(seed=7)
    app, file = create_app(world, tier="off"), tmp_path / "exchanges.jsonl"
    recorder = Recorder(app, file)
    async with client_of(recorder) as client:
        grant = (await client.post("/sandbox/v1/grants/ads/", json={})).json()
        handle = next(iter(world.state.creators))
        posts = (await client.get(f"/phone/v1/creators/{handle}/posts/")).json()["posts"]
        item_id = posts[0]["item_id"]
        made = await client.post(f"/phone/v1/posts/{item_id}/code/", json={"days": 30})
        code, token = made.json()["auth_code"], grant["access_token"]
        advertiser_id = grant["advertiser_ids"][0]
        session = Session(client, token=token, advertiser_id=advertiser_id)
        answers = await walk(session, code)
        secret = world.state.app.secret
        await session.get("/oauth2/advertiser/get/", app_id=world.state.app.app_id, secret=secret)
    recorder.close()
    return file, answers, [token, code, secret], advertiser_id


Recorded = tuple[Path, list[Any], list[str], str]


class TestRecording:
    def test_holds_what_went_over_the_wire_in_its_order(self, recorded: Recorded) -> None:
        exchanges = read_recording(recorded[0])
        paths = [each["path"].removeprefix(API) for each in exchanges]
        assert paths[:3] == ["/campaign/get/", "/campaign/create/", "/campaign/get/"]
        assert len(paths) == 7
        assert not any("sandbox" in path or "phone" in path for path in paths)
        assert exchanges[1]["parameters"]["campaign_name"] == "A"
        assert exchanges[1]["answer"]["code"] == 0

    def test_holds_no_token_secret_or_code(self, recorded: Recorded) -> None:
        text = recorded[0].read_text(encoding="utf-8")
        for secret in recorded[2]:
            assert secret not in text
            assert json.dumps(secret)[1:-1] not in text
        assert '"auth_code": "masked"' in text

    async def test_holds_the_shop_too_and_replays_it_under_another_signature(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "shop.jsonl"
        recorder = Recorder(create_app(build_world(seed=7), tier="off"), file)
        path, body = "/order/202309/orders/search", {"order_status": "DELIVERED"}

        async def ask(client: httpx.AsyncClient, token: str, stamp: str) -> Any:
            signed = {"page_size": "5", "timestamp": stamp, "sign": f"s{stamp}"}
            headers = {"x-tts-access-token": token}
            return await client.post(path, params=signed, json=body, headers=headers)

        async with client_of(recorder) as client:
            token = (await client.post("/sandbox/v1/grants/shop/", json={})).json()["access_token"]
            before = (await ask(client, token, "1")).json()
        recorder.close()
        assert token not in file.read_text(encoding="utf-8")
        async with client_of(replay_app(read_recording(file))) as client:
            assert (await ask(client, "another", "2")).json() == before

    def test_does_not_write_over_a_file(self, recorded: Recorded) -> None:
        with pytest.raises(RecordingError, match="name another file"):
            Recorder(create_app(build_world()), recorded[0])

    def test_refuses_a_file_that_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "other.jsonl"
        file.write_text('{"method": "GET"}\n', encoding="utf-8")
        with pytest.raises(RecordingError, match=r"line 1 of .* is no exchange"):
            read_recording(file)
        answer = CliRunner().invoke(main, ["replay", str(file)])
        assert (answer.exit_code, "line 1" in answer.output) == (1, True)
        answer = CliRunner().invoke(main, ["serve", "--record", str(file)])
        assert (answer.exit_code, "name another file" in answer.output) == (1, True)


class TestReplay:
    async def test_answers_the_same_calls_as_they_were_answered(self, recorded: Recorded) -> None:
        file, answers, _, advertiser_id = recorded
        async with client_of(replay_app(read_recording(file))) as client:
            session = Session(client, token="another", advertiser_id=advertiser_id)
            replayed = await walk(session, "#another/code=", request_id="2")
        assert [each["code"] for each in replayed] == [each["code"] for each in answers]
        # The same call twice: the first answer knew no campaign, the second did.
        assert [len(replayed[n]["data"]["list"]) for n in (0, 2)] == [0, 1]
        assert replayed[:3] == answers[:3]

    async def test_says_what_was_never_recorded(self, recorded: Recorded) -> None:
        file, _, _, advertiser_id = recorded
        async with client_of(replay_app(read_recording(file))) as client:
            session = Session(client, advertiser_id=advertiser_id)
            unknown = await session.get("/adgroup/get/")
            other = await session.get("/campaign/get/", page_size=11)
            for _ in range(2):
                last = await session.get("/campaign/get/", page_size=10, fields=["campaign_name"])
            over = await session.get("/campaign/get/", page_size=10, fields=["campaign_name"])
        assert unknown["code"] == other["code"] == over["code"] == 40002
        assert "was never recorded" in unknown["message"]
        assert "with other parameters only" in other["message"]
        assert last["code"] == 0
        assert "was recorded 2 times" in over["message"]


@contextmanager
def started(*words: str) -> Iterator[str]:
    """A command of tiktok-sandbox that serves on a free port; its address. It must end well."""
    port = free_port()
    command = [sys.executable, "-m", "tiktok_sandbox.cli", *words, "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            deadline = time.monotonic() + 30
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, "nobody answers"
                    time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            printed = server.communicate(timeout=20)[0]
    assert server.returncode == 0, printed


@pytest.mark.slow
def test_the_commands_record_and_replay(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.jsonl"
    path = API + "/campaign/get/?advertiser_id=1"
    with started("serve", "--record", str(file)) as url:
        answer = httpx.get(url + path, trust_env=False)
    with started("replay", str(file)) as url:
        replayed = httpx.get(url + path, trust_env=False)
    assert answer.json()["code"] != 0
    assert (replayed.status_code, replayed.json()) == (answer.status_code, answer.json())
