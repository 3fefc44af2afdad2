"""Campaigns of every type are planned together, applied exactly once, synced, stopped and resumed."""

from __future__ import annotations

from typing import Any

import pytest
from campaign_kinds import (
    approved,
    held,
    listed,
    own_handle,
    pixel,
    planned,
    told,
    uploaded,
    wanted,
)
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.delivery import resume, stops
from kindling.delivery.budgets import service as budgets
from kindling.delivery.budgets.rules import Lowering
from kindling.delivery.models import Ad
from kindling.errors import InvalidInputError, NotFoundError
from kindling.launches.models import AdVideo, Plan, PlannedObject
from kindling.launches.planning import videos

pytestmark = pytest.mark.slow
State = PlannedObject.State


def everything(team: Team) -> Plan:
    posts = team.launchable(5)
    return approved(team, told(team, posts, uploaded(team)))


class TestAPlanOfEveryType:
    def test_is_applied_once_synced_stopped_and_resumed(self, team: Team) -> None:
        plan = everything(team)
        assert team.apply(plan).state == Plan.State.APPLIED, plan.problem
        assert held(team) == wanted(plan)

        search = next(
            each for each in listed(team, "campaign") if each["objective_type"] == "TRAFFIC"
        )
        assert search["is_search_campaign"] is True
        groups = {each["optimization_goal"]: each for each in listed(team, "adgroup")}
        assert groups["ENGAGED_VIEW"]["age_groups"] == ["AGE_18_24", "AGE_25_34"]
        assert groups["CONVERT"]["pixel_id"] == pixel(team)
        assert groups["CONVERT"]["conversion_bid_price"] == 15
        push = next(each for each in listed(team, "ad") if each["video_id"])
        assert push["dark_post_status"] == "ON"

        team.read()
        synced = Ad.objects.filter(ad_account=team.account, is_gone=False)
        assert synced.count() == 6
        smart = synced.exclude(smart_ad_id="")
        rows = plan.objects_planned.filter(external_id__in=smart.values_list("ad_id"))
        assert {row.post.item_id for row in rows if row.post} == set(
            smart.values_list("item_id", flat=True)
        )

        first, second = smart.order_by("ad_id")
        stops.pause(team.buyer, first, reason="Sample", at=team.now)
        switches = dict(held(team)["material"])
        assert (switches[first.item_id], switches[second.item_id]) == ("DISABLE", "ENABLE")
        first.refresh_from_db()
        assert resume.resume(team.buyer, first, at=team.now).resumed_at is not None
        assert dict(held(team)["material"])[first.item_id] == "ENABLE"

    def test_waits_for_a_smart_ad_that_a_stale_list_does_not_show(self, team: Team) -> None:
        plan = everything(team)
        team.fault("stale_list", "/smart_plus/ad/get/", seconds=3_600, times=2)
        assert team.apply(plan).state == Plan.State.APPLIED
        assert held(team) == wanted(plan)

    def test_has_a_smart_ad_group_whose_budget_is_lowered(self, team: Team) -> None:
        team.apply(everything(team))
        team.read()
        ad = Ad.objects.filter(ad_account=team.account).exclude(smart_ad_id="")[0]
        done = budgets.lower_ad(team.buyer, ad, Lowering(percent=20), reason="Sample", at=team.now)
        assert (done.is_done, done.problem) == (True, "")
        (group,) = listed(team, "smart_plus/adgroup")
        assert group["budget"] == 48

    @pytest.mark.parametrize("path", [
        "/smart_plus/campaign/create/", "/smart_plus/adgroup/create/", "/smart_plus/ad/create/",
        "/campaign/create/", "/adgroup/create/", "/ad/create/",
    ])  # fmt: skip
    def test_has_each_object_once_after_a_lost_reply(self, team: Team, path: str) -> None:
        plan = everything(team)
        team.fault("drop_reply", path, times=1)
        assert team.apply(plan).state == Plan.State.APPLIED
        assert held(team) == wanted(plan)

    def test_leaves_a_blocked_post_of_a_smart_ad_off_and_runs_the_others(self, team: Team) -> None:
        plan = everything(team)
        blocked = plan.objects_planned.filter(parent_key="smart-ad-1").first()
        assert blocked is not None
        item_id = blocked.payload["tiktok_item_id"]
        UsageRight.objects.filter(item_id=item_id).update(hold_until=team.now)
        assert team.apply(plan).state == Plan.State.PARTLY
        materials = dict(held(team)["material"])
        assert materials.pop(item_id) == "DISABLE"
        assert set(materials.values()) == {"ENABLE"}
        smart = [each["operation_status"] for each in listed(team, "smart_plus/ad")]
        assert smart == ["ENABLE"]
        blocked.refresh_from_db()
        assert (blocked.state, blocked.message.startswith("Hold period")) == (State.HELD, True)

    def test_goes_on_with_the_others_where_tiktok_refuses_a_campaign(self, team: Team) -> None:
        plan = everything(team)
        team.fault("error", "/smart_plus/campaign/create/", code=40002, times=1)
        assert team.apply(plan).state == Plan.State.PARTLY
        states = {row.key: row.state for row in plan.objects_planned.all()}
        assert states["campaign-4"] == State.REFUSED
        assert {states["adgroup-4"], states["smart-ad-1"]} == {State.HELD}
        assert states["ad-1"] == states["campaign-1"] == State.ENABLED
        assert team.apply(plan).state == Plan.State.APPLIED
        assert held(team) == wanted(plan)


class TestAnUpload:
    def test_is_in_the_library_once_whatever_became_of_the_reply(self, team: Team) -> None:
        team.fault("drop_reply", "/file/video/ad/upload/", times=1)
        video = uploaded(team)
        assert (video.state, bool(video.cover_id)) == (AdVideo.State.READY, True)
        assert uploaded(team).pk == video.pk
        assert AdVideo.objects.count() == 1

    def test_of_another_kind_of_file_is_refused(self, team: Team) -> None:
        with pytest.raises(InvalidInputError, match="is not a video that TikTok takes"):
            videos.upload(team.buyer, team.account, b"words", file_name="sample.txt", at=team.now)

    def test_is_published_by_the_brand_s_own_account_only(self, team: Team) -> None:
        (post,) = team.launchable(1)
        given = {
            "objective": "reach",
            "uploads": [
                {
                    "video_id": uploaded(team).video_id,
                    "handle": post.creator.handle,
                    "text": "Words",
                }
            ],
        }
        with pytest.raises(InvalidInputError, match="is published by the brand's own account"):
            planned(team, given)
        given["uploads"][0] |= {"handle": own_handle(team), "video_id": "v999"}  # type: ignore[index]
        with pytest.raises(InvalidInputError, match="is not in the library"):
            planned(team, given)


class TestWhatExistsAtTikTok:
    def made(self, team: Team) -> tuple[str, str, list[Any]]:
        posts = team.launchable(2)
        plan = team.apply(team.approved(posts[:1]))
        rows = {row.kind: row.external_id for row in plan.objects_planned.all()}
        return rows["campaign"], rows["adgroup"], posts

    def test_gets_a_further_ad_and_keeps_its_own_settings(self, team: Team) -> None:
        campaign_id, adgroup_id, posts = self.made(team)
        given = {"posts": [posts[1].item_id], "campaign_id": campaign_id, "adgroup_id": adgroup_id}
        plan = approved(team, given)
        assert plan.daily_budget_minor == 6_000
        assert team.apply(plan).state == Plan.State.APPLIED
        assert [len(listed(team, kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 2]
        assert {each["adgroup_id"] for each in listed(team, "ad")} == {adgroup_id}

    def test_is_added_to_only_as_it_was_approved(self, team: Team) -> None:
        campaign_id, adgroup_id, posts = self.made(team)
        given = {"posts": [posts[1].item_id], "campaign_id": campaign_id, "adgroup_id": adgroup_id}
        plan = approved(team, given)
        team.in_ads_manager(
            "adgroup/budget/update", budget=[{"adgroup_id": adgroup_id, "budget": 900}]
        )
        assert team.apply(plan).state == Plan.State.PARTLY
        group = plan.objects_planned.get(kind="adgroup")
        assert (group.state, group.message) == (
            State.HELD, "The ad group's budget is now 900.0, and 60.00 was approved.",
        )  # fmt: skip
        assert len(listed(team, "ad")) == 1

    def test_that_tiktok_does_not_have_is_refused(self, team: Team) -> None:
        campaign_id, _, posts = self.made(team)
        for more in ({"campaign_id": "5"}, {"campaign_id": campaign_id, "adgroup_id": "5"}):
            with pytest.raises(NotFoundError, match="TikTok has no"):
                planned(team, {"posts": [posts[1].item_id], **more})

    def test_of_another_objective_is_refused(self, team: Team) -> None:
        campaign_id, _, posts = self.made(team)
        given = {"posts": [posts[1].item_id], "campaign_id": campaign_id, "objective": "reach"}
        with pytest.raises(InvalidInputError, match="has another objective"):
            planned(team, given)
