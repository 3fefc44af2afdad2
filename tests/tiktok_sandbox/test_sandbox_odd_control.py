"""Odd orders to the control endpoints are answered with a reason, and the world goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sandbox_team import Team

from tiktok_sandbox.server import SandboxError, SandboxServer


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with SandboxServer(seed=7) as sandbox:
        made = Team(sandbox)
        made.launch()
        sandbox.advance(days=1)
        yield made


class TestControl:
    @pytest.mark.parametrize(
        ("path", "body", "named"),
        [
            ("reset/", {"seed": 2**70}, "seed"),
            ("reset/", {"seed": -1}, "seed"),
            ("behaviour/", {"code_days": ["x"]}, "code_days"),
            ("behaviour/", {"code_days": [[1]]}, "code_days"),
            ("behaviour/", {"code_days": []}, "code_days"),
            ("behaviour/", {"code_days": [0]}, "code_days"),
            ("grants/ads/", {"advertiser_ids": [[1]]}, "advertiser_ids"),
            ("clock/advance/", {"hours": "NaN"}, "hours"),
            ("clock/advance/", {"days": 1e300}, "days"),
        ],
    )
    def test_names_what_is_wrong(
        self, team: Team, path: str, body: dict[str, object], named: str
    ) -> None:
        with pytest.raises(SandboxError, match=named) as refused:
            team.sandbox.post(path, body)
        assert refused.value.status == 400

    def test_refuses_damaged_worlds_and_keeps_the_one_it_has(self, team: Team) -> None:
        whole = team.sandbox.read("save/")
        campaign_id = next(iter(team.sandbox.app.state.hub.world.state.campaigns)).encode()
        # An ad group of a campaign that is not there, and a file that ends too early.
        first, _, rest = whole.partition(campaign_id)
        damaged = first + b"1" * len(campaign_id) + rest
        for data in (damaged, whole[: len(whole) // 2], b"", b"\x93\x01\x02\x03"):
            with pytest.raises(SandboxError, match="world file") as refused:
                team.sandbox.write("load/", data)
            assert refused.value.status == 400
        assert team.get("/campaign/get/")["list"][0]["campaign_id"] == campaign_id.decode()
