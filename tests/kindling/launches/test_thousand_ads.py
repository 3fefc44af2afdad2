"""A plan of a thousand ads of every type, applied under rate limits while TikTok loses, refuses and shows old lists."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

import pytest
from campaign_kinds import KINDS, approved, own_handle, told, uploaded
from django.conf import settings
from sample_team import Team

from kindling.delivery import guard
from kindling.delivery.models import Pause
from kindling.errors import PlatformError
from kindling.launches.models import AdVideo, Plan
from kindling.workspaces import tiktok
from tiktok_business import Pace
from tiktok_business.protocol import pacing
from tiktok_sandbox.runtime import history, limits
from tiktok_sandbox.world.ads import materials

pytestmark = pytest.mark.slow
ADS, GROUPS, IN_GROUP = 1_000, 15, 50
# Calls a second, a minute and a day. TikTok's own for ads would make the test last seven minutes.
FAST = (100, 6_000, 864_000)
FAULTS: list[dict[str, Any]] = [
    {"kind": "drop_reply", "path": "*/create/", "probability": 0.02, "seed": 1},
    {"kind": "drop_request", "path": "*/create/", "probability": 0.02, "seed": 2},
    {"kind": "http_500", "path": "*/create/", "probability": 0.02, "seed": 3, "status": 502},
    {"kind": "error", "path": "*/create/", "probability": 0.02, "seed": 4, "code": 40100},
    {"kind": "error", "path": "*/update/", "probability": 0.05, "seed": 5, "code": 50000},
    {"kind": "stale_list", "path": "*/get/", "probability": 0.2, "seed": 6},
]


@pytest.fixture
def plan(team: Team) -> Plan:
    """Approved: campaigns of all types with 6 ads, 750 uploads in 15 ad groups, and 244 in one each."""
    posts = team.launchable(5)
    given = told(team, posts, uploaded(team))
    handle = own_handle(team)
    uploads = [
        {"video_id": each, "handle": handle, "text": f"Sample {number}"}
        for number, each in enumerate(library(team, ADS - 6))
    ]
    given["campaigns"] += [
        {
            "objective": "video_views", "together": True,
            "uploads": uploads[start : start + IN_GROUP],
        }
        for start in range(0, GROUPS * IN_GROUP, IN_GROUP)
    ]  # fmt: skip
    given["campaigns"].append({"objective": "reach", "uploads": uploads[GROUPS * IN_GROUP :]})
    return approved(team, given)


def world(team: Team) -> Any:
    """The sandbox's own world: what TikTok truly has."""
    return team.sandbox.app.state.hub.world


def library(team: Team, count: int) -> list[str]:
    """Ids of videos that lie in the library already."""
    files: dict[str, Any] = {"advertiser_id": team.account.advertiser_id}
    cover = materials.add_image(
        world(team), file_name="sample.png", signature="c0", size=9, **files
    )
    rows = []
    for number in range(count):
        name, signature = f"sample-{number}.mp4", f"{number:032x}"
        video = materials.add_video(world(team), file_name=name, signature=signature, **files)
        rows.append(
            AdVideo(
                ad_account=team.account, file_name=name, signature=signature, seconds=12.0,
                video_id=video.video_id, cover_id=cover.image_id, state=AdVideo.State.READY,
                created_at=team.now,
            )
        )  # fmt: skip
    AdVideo.objects.bulk_create(rows)
    return [row.video_id for row in rows]


def tell_apart(plan: Plan, world: Any) -> dict[str, dict[str, int]]:
    """By kind the names of which TikTok has more (or, below zero, fewer) switched on than the plan has."""
    state, advertiser = world.state, plan.ad_account.advertiser_id
    held = {
        "campaign": state.campaigns.values(),
        "adgroup": state.adgroups.values(),
        "ad": [each for each in state.ads.values() if each.smart_plus_ad_id is None],
        "smart_ad": state.smart_plus_ads.values(),
    }
    found: dict[str, dict[str, int]] = {}
    for kind, rows in held.items():
        mine = [row for row in rows if row.advertiser_id == advertiser and not row.is_deleted]
        on = Counter(
            row.fields[f"{kind.removeprefix('smart_')}_name"]
            for row in mine
            if row.operation_status == "ENABLE"
        )
        of_plan = plan.objects_planned.filter(kind=kind).exclude(parent_key__startswith="smart-ad")
        on.subtract(of_plan.values_list("name", flat=True))
        found[kind] = {name: count for name, count in on.items() if count}
    return found


def over_budget(plan: Plan, truth: Any) -> dict[tuple[str, str], int]:
    """What ad groups spent on a day over their approved budget, by their id and the day, in minor units."""
    rows = plan.objects_planned.filter(kind="adgroup")
    budgets = {row.external_id: row.payload["budget_minor"] for row in rows}
    group_of = {each["ad_id"]: each["adgroup_id"] for each in truth["ads"]}
    spent: Counter[tuple[str, str]] = Counter()
    for row in truth["ad_days"]:
        spent[group_of[row["ad_id"]], row["day"]] += row["spend_minor"]
    assert spent.keys() <= {(group, day) for group in budgets for _, day in spent}
    assert spent.total() > 0
    return {key: over for key, minor in spent.items() if (over := minor - budgets[key[0]]) > 0}


class TestAThousandAds:
    def test_are_made_once_within_the_approved_budget_and_none_is_stopped(
        self, team: Team, plan: Plan, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert plan.objects_planned.filter(kind="ad").count() == ADS
        monkeypatch.setattr(settings, "KINDLING_SETTLE_SECONDS", 0.005)
        pace = Pace(pacing.Limit(*FAST))
        monkeypatch.setattr(tiktok, "pace_for", lambda connection: pace)
        monkeypatch.setitem(limits.BY_TIER, "/ad/create/", {"ultimate": limits.Limit(*FAST)})
        monkeypatch.setitem(limits.TIERS, "ultimate", limits.Limit(*FAST))
        monkeypatch.setattr(history, "MOST_KEPT", 2)  # of a world this large 32 take five gigabytes
        team.sandbox.post("tier/", {"tier": "ultimate"})
        for fault in FAULTS:
            team.sandbox.post("faults/", {**fault, "times": None})
        tries = 1
        while team.apply(plan).state != Plan.State.APPLIED:
            tries += 1
            assert tries < 20, plan.problem
        # What a stale list hid may exist twice, switched off: nothing but the plan's own objects is on.
        assert tell_apart(plan, world(team)) == {kind: {} for kind in (*KINDS, "smart_ad")}
        groups = world(team).state.adgroups.values()
        on = [each for each in groups if each.operation_status == "ENABLE"]
        budgets = sum(round(100 * float(str(each.fields["budget"]))) for each in on)
        assert budgets == plan.daily_budget_minor

        # A day with stale and partial lists: the guard stops none of them, and none spends more than its budget.
        for _ in range(4):
            team.sandbox.advance(hours=6)
            with contextlib.suppress(PlatformError):
                team.read()
            guard.guard(team.workspace, now=team.now)
        team.sandbox.delete("faults/")
        assert not Pause.objects.exists()
        assert tell_apart(plan, world(team)) == {kind: {} for kind in (*KINDS, "smart_ad")}
        assert over_budget(plan, team.truth()) == {}
