"""Whatever people do and whenever: an hour is booked only when its ad was allowed all through it.

What is allowed is asked of the statuses that the API shows, not of the engine's own windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sandbox_team import PUBLIC, Team

from tiktok_sandbox.server import SandboxError, SandboxServer
from tiktok_sandbox.world.ads.statuses import ad_status
from tiktok_sandbox.world.state.behaviour import Behaviour
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

pytestmark = pytest.mark.slow

RUNNING = {
    "AD_STATUS_DELIVERY_OK",
    "AD_STATUS_BUDGET_EXCEED",
    "AD_STATUS_CAMPAIGN_EXCEED",
    "AD_STATUS_BALANCE_EXCEED",
}
SAMPLE = timedelta(minutes=10)
HOUR = timedelta(hours=1)
LANDING = "https://shop.example/p/x"
LOOSE = Behaviour(revoke_while_in_use="stops_ads", unbind_live="allowed")


class Watched:
    """Two accounts, two campaigns, several ads; and a record of when each ad might not run."""

    def __init__(self, sandbox: SandboxServer, *, manual: bool) -> None:
        sandbox.post("reset/", {"seed": 7})
        sandbox.post("behaviour/", {"resume_after_extension": "manual" if manual else "automatic"})
        self.team = Team(sandbox)
        self.world: World = sandbox.app.state.hub.world
        # (number of the ad, hour) → a status in which it must not run; the posts it had.
        self.barred: dict[tuple[int, int], str] = {}
        self.posts: dict[tuple[int, int], set[str]] = defaultdict(set)
        plain = self.team.posts(status=PUBLIC, item_type="VIDEO", auth_code_status=None)
        self.items: list[str] = [post["item_id"] for post in plain[:5]]
        self.accounts = [self.team.advertiser_id, self.team.eu_advertiser_id]
        self.codes: dict[str, str] = {}
        self.identities: dict[str, str] = {}
        for item in self.items:
            self.codes[item] = self.team.code_for(item, 7)
        for item in self.items:
            for account in self.accounts:
                self.call("/tt_video/authorize/", account, auth_code=self.codes[item])
            info = self.team.get("/tt_video/info/", auth_code=self.codes[item])
            self.identities[item] = info["user_info"]["identity_id"]
        self.groups: list[tuple[str, str, str]] = []
        self.ads: list[tuple[str, str, str]] = []
        for place, account in enumerate(self.accounts):
            campaign = self.team.campaign(advertiser_id=account)
            for number in range(2):
                group = self.team.adgroup(
                    campaign, adgroup_name=f"Group {number}", budget=60, advertiser_id=account
                )
                self.groups.append((account, campaign, group))
                for item in self.items[place + number : place + number + 2]:
                    self.new_ad(account, group, item)

    def call(self, path: str, account: str, **given: Any) -> int:
        return int(self.team.call("POST", path, advertiser_id=account, **given)["code"])

    def phone(self, item: str, act: str, **given: object) -> None:
        try:
            self.team.sandbox.phone(f"posts/{item}/{act}/", given)
        except SandboxError as refused:
            if refused.status not in (400, 409):
                raise

    def new_ad(self, account: str, group: str, item: str) -> None:
        creative = self.team.creative(item, self.identities[item], landing_page_url=LANDING)
        made = self.team.call(
            "POST", "/ad/create/", advertiser_id=account, adgroup_id=group, creatives=[creative]
        )
        if made["code"] == 0:
            self.ads.append((account, group, made["data"]["ad_ids"][0]))

    def wait(self, minutes: int) -> None:
        """Let time pass; what stands now is asked for every moment of it, before it passes."""
        start, end = self.world.now, self.world.now + timedelta(minutes=minutes)
        moment = start
        while moment <= end:
            with self.world.standing_at(moment):
                for ad in self.world.state.ads.values():
                    self.look(ad, moment)
            moment += SAMPLE
        self.team.sandbox.advance(hours=minutes / 60)

    def look(self, ad: Ad, moment: datetime) -> None:
        hour = (ad.number, (moment - self.world.state.epoch) // HOUR)
        self.posts[hour].add(ad.item_id)
        status = ad_status(self.world, ad)
        if status not in RUNNING:
            self.barred[hour] = status
        slots = self.world.state.adgroups[ad.adgroup_id].fields.get("dayparting")
        local = moment.astimezone(self.world.zone(ad.advertiser_id))
        place = local.weekday() * 48 + local.hour * 2 + local.minute // 30
        if isinstance(slots, str) and "1" in slots and slots[place] == "0":
            self.barred[hour] = "outside its dayparts"

    def act(self, name: str, which: int, other: int) -> None:
        item = self.items[which % len(self.items)]
        account, campaign, group = self.groups[which % len(self.groups)]
        owner, ad_group, ad = self.ads[which % len(self.ads)]
        now = self.world.now.astimezone(UTC)
        operation = ("ENABLE", "DISABLE", "ENABLE", "DELETE")[other % 4]
        if name in ("extend", "code"):
            self.phone(item, name, days=7)
        elif name in ("revoke", "hide", "show", "delete"):
            self.phone(item, name)
        elif name == "unbind":
            self.call("/tt_video/unbind/", account, item_id=item)
        elif name == "bind":
            self.call("/tt_video/authorize/", account, auth_code=self.codes[item])
        elif name == "ad":
            self.call("/ad/status/update/", owner, ad_ids=[ad], operation_status=operation)
        elif name == "group":
            self.call(
                "/adgroup/status/update/", account, adgroup_ids=[group], operation_status=operation
            )
        elif name == "campaign":
            operation = ("ENABLE", "DISABLE")[other % 2]
            self.call(
                "/campaign/status/update/",
                account,
                campaign_ids=[campaign],
                operation_status=operation,
            )
        elif name == "end":
            moment = (now + timedelta(minutes=17 * (other % 20) + 1)).strftime("%Y-%m-%d %H:%M:%S")
            self.call("/adgroup/update/", account, adgroup_id=group, schedule_end_time=moment)
        elif name == "dayparts":
            day = "".join("01"[(hour + other) % 3 > 0] * 2 for hour in range(24))
            self.call("/adgroup/update/", account, adgroup_id=group, dayparting=day * 7)
        elif name == "move":
            to = self.items[other % len(self.items)]
            creative = self.team.creative(to, self.identities[to], landing_page_url=LANDING)
            changed = [creative | {"ad_id": ad}]
            self.call("/ad/update/", owner, adgroup_id=ad_group, creatives=changed)
        elif name == "new":
            self.new_ad(account, group, item)
        else:
            raise AssertionError(name)

    def check(self) -> None:
        posts = list(self.world.state.posts)
        columns = (self.world.ad_hours.column(name).tolist() for name in ("tick", "ad", "post"))
        for tick, number, post in zip(*columns, strict=True):
            assert (number, tick) not in self.barred, (number, tick, self.barred[number, tick])
            assert self.posts[number, tick] == {posts[post]}, (number, tick)


ACTS = (
    *("extend", "code", "revoke", "hide", "show", "delete", "unbind", "bind"),
    *("ad", "group", "campaign", "end", "dayparts", "move", "new"),
)
steps = st.tuples(
    st.integers(1, 200), st.sampled_from(ACTS), st.integers(0, 60), st.integers(0, 60)
)


@pytest.fixture(scope="module")
def shared() -> Iterator[SandboxServer]:
    with SandboxServer(seed=7, behaviour=LOOSE) as running:
        yield running


class TestAnHourOfAnAd:
    def test_is_not_bought_when_its_daypart_opened_within_it(self, team: Team) -> None:
        made = team.launch(dayparting=("11" * 18 + "00" * 6) * 7)
        team.sandbox.post("clock/advance/", {"to": "2026-03-04T00:00:00Z"})
        zone = team.sandbox.app.state.hub.world.zone(team.advertiser_id)
        local = datetime(2026, 3, 4, 18, 40, tzinfo=zone).astimezone(UTC)
        team.sandbox.post("clock/advance/", {"to": local.isoformat()})
        before = len(team.sandbox.app.state.hub.world.ad_hours)
        team.post("/adgroup/update/", adgroup_id=made["adgroup_id"], dayparting="1" * 336)
        team.sandbox.advance(hours=0.5)
        assert len(team.sandbox.app.state.hub.world.ad_hours) == before
        # The day's budget went to the hours that were open; the next day has its own.
        team.sandbox.advance(hours=7)
        assert len(team.sandbox.app.state.hub.world.ad_hours) > before

    def test_is_not_bought_when_a_lost_ad_was_taken_up_within_it(
        self, team: Team, sandbox: SandboxServer
    ) -> None:
        made = team.launch(1)
        sandbox.post("behaviour/", {"resume_after_extension": "manual"})
        sandbox.advance(days=1)
        sandbox.phone(f"posts/{made['item_id']}/hide/", {})
        sandbox.phone(f"posts/{made['item_id']}/show/", {})
        sandbox.advance(hours=2.5)
        before = len(sandbox.app.state.hub.world.ad_hours)
        team.switch("ad", made["ad_id"], "ENABLE")
        sandbox.advance(hours=0.5)
        assert len(sandbox.app.state.hub.world.ad_hours) == before
        sandbox.advance(hours=2)
        assert len(sandbox.app.state.hub.world.ad_hours) > before

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(manual=st.booleans(), acts=st.lists(steps, min_size=10, max_size=30))
    def test_is_booked_only_when_the_ad_was_allowed_all_through_it(
        self,
        shared: SandboxServer,
        manual: bool,
        acts: list[tuple[int, str, int, int]],
    ) -> None:
        watched = Watched(shared, manual=manual)
        # Reviews take hours, and codes are made to lapse soon.
        watched.wait(60 * 30)
        for minutes, name, which, other in acts:
            watched.act(name, which, other)
            watched.wait(minutes)
        watched.wait(60 * 3)
        assert len(watched.world.ad_hours)
        watched.check()
