"""Checks whose answers lie elsewhere: at TikTok, in what was synced, in the comment inbox, with a second person."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from campaign_kinds import own_handle, planned, uploaded
from django.conf import settings
from sample_team import Team

from kindling.comments.models import Comment
from kindling.delivery import sync
from kindling.delivery.models import Ad
from kindling.launches import service
from kindling.launches.checks import pixel_events, readers
from kindling.launches.checks import service as checks
from kindling.launches.checks.rules import CheckVerdict, Result
from kindling.launches.models import Plan
from kindling.launches.planning import content as contents
from kindling.posts.models import Post
from kindling.products.landing.rules import page_of
from kindling.products.models import LandingPageAnswer, Product
from kindling.workspaces.models import Workspace
from tiktok_sandbox.wire.ads import ads as ads_of_sandbox

PASS, FAIL, UNKNOWN = CheckVerdict.PASS, CheckVerdict.FAIL, CheckVerdict.UNKNOWN


def of_plan(plan: Plan, title: str, now: Any) -> Result:
    (found,) = [each for each in checks.check_plan(plan, now=now) if each.title == title]
    return found


def of_post(team: Team, post: Post, title: str) -> Result:
    (candidate,) = checks.check_posts(team.workspace, team.account, [post], now=team.now)
    (found,) = [each for each in candidate.results if each.title == title]
    return found


class TestTheLandingPage:
    def test_is_read_when_a_plan_is_made_and_again_when_its_answer_is_old(self, team: Team) -> None:
        plan = team.plan(team.launchable(1))
        assert of_plan(plan, "Landing page shows the product", team.now).verdict is PASS
        page = page_of(contents.ads(plan.content)[0]["payload"]["landing_page_url"])
        answers = LandingPageAnswer.objects.filter(url=page)
        stamp = answers.get().asked_at
        of_plan(plan, "Landing page answers", team.now)
        assert answers.get().asked_at == stamp
        old = team.now - timedelta(days=2)
        answers.update(asked_at=old)
        assert of_plan(plan, "Landing page answers", team.now).verdict is PASS
        assert answers.get().asked_at > old

    def test_that_is_gone_keeps_the_ad_from_being_approved(self, team: Team) -> None:
        (post,) = team.launchable(1)
        Product.objects.update(landing_url="https://shop.example/p/NONE")
        plan = team.plan([post])
        found = of_plan(plan, "Landing page answers", team.now)
        assert (found.verdict, found.blocks) == (FAIL, True)
        assert "answers 404" in found.message

    def test_that_only_this_server_cannot_read_does_not(self, team: Team) -> None:
        (post,) = team.launchable(1)
        Product.objects.update(landing_url="https://elsewhere.invalid/p/x")
        plan = team.plan([post])
        found = of_plan(plan, "Landing page answers", team.now)
        assert (found.verdict, found.blocks) == (UNKNOWN, False)
        assert "could not be reached" in found.message

    def test_is_never_asked_for_by_inventory(self, team: Team) -> None:
        (post,) = team.launchable(1)
        LandingPageAnswer.objects.all().delete()
        found = of_post(team, post, "Landing page answers")
        assert (found.verdict, found.blocks) == (UNKNOWN, False)
        assert not LandingPageAnswer.objects.exists()


class TestThePixelSEvent:
    @pytest.fixture
    def content(self, team: Team) -> dict[str, Any]:
        """A plan whose ad group optimises for orders at a new pixel."""
        team.in_ads_manager("pixel/create", pixel_name="Shop")
        plan = team.plan(team.launchable(1))
        content = copy.deepcopy(plan.content)
        for thing in content["objects"]:
            if thing["kind"] == "adgroup":
                thing["payload"] |= {
                    "pixel_id": self.pixel(team)["pixel_id"],
                    "optimization_event": "SHOPPING",
                }
        return content

    def pixel(self, team: Team) -> dict[str, Any]:
        answer = httpx.get(
            f"{team.sandbox.url}/open_api/v1.3/pixel/list/",
            params={"advertiser_id": team.account.advertiser_id, "name": "Shop"},
            headers={"Access-Token": team.account.connection.access_token},
            trust_env=False,
        ).json()
        found: dict[str, Any] = answer["data"]["pixels"][0]
        return found

    def result(self, team: Team, content: dict[str, Any]) -> Result:
        results = checks.run_preflight(team.workspace, team.account, content, now=team.now)
        (found,) = [each for each in results if each.title == "Event of the pixel was seen"]
        return found

    def test_that_never_came_fails_and_that_came_passes(
        self, team: Team, content: dict[str, Any]
    ) -> None:
        assert self.result(team, content).verdict is FAIL
        team.in_ads_manager(
            "event/track",
            event_source="web",
            event_source_id=self.pixel(team)["pixel_code"],
            data=[
                {
                    "event": "Purchase", "event_time": int(team.now.timestamp()), "event_id": "o-1",
                    "page": {"url": "https://shop.example/thanks"}, "user": {"ttp": "cookie"},
                    "properties": {"currency": "USD", "value": 20.0},
                }
            ],
        )  # fmt: skip
        found = self.result(team, content)
        assert found.verdict is PASS
        assert "1 × SHOPPING" in found.message

    def test_of_which_tiktok_says_nothing_is_unknown_and_blocks(
        self, team: Team, content: dict[str, Any]
    ) -> None:
        team.fault("error", "/pixel/event/stats/", code=50000, times=50)
        found = self.result(team, content)
        assert (found.verdict, found.blocks) == (UNKNOWN, True)

    def test_is_not_asked_about_without_a_pixel(self, team: Team) -> None:
        plan = team.plan(team.launchable(1))
        assert pixel_events.read(team.account, plan.content, now=team.now) == {}


class TestAdsThatTikTokLists:
    def test_count_as_live_whoever_made_them(self, team: Team) -> None:
        launched, other = team.launchable(2)
        team.apply(team.approved([launched]))
        sync.sync_account(team.account, at=team.now)
        title = "Not already live in another ad"
        assert of_post(team, other, title).verdict is PASS
        Ad.objects.update(item_id=other.item_id, ad_id="made-by-hand", name="By hand")
        found = of_post(team, other, title)
        assert found.verdict is FAIL
        assert "By hand" in found.message
        Ad.objects.update(operation_status="DISABLE")
        assert of_post(team, other, title).verdict is PASS

    def test_of_a_plan_s_own_do_not_count_against_it(self, team: Team) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        sync.sync_account(team.account, at=team.now)
        for title in (
            "Not already live in another ad",
            "Ad's name follows the convention and is unique",
        ):
            assert of_plan(plan, title, team.now).verdict is PASS

    def test_keep_a_name_from_being_used_twice(self, team: Team) -> None:
        launched, other = team.launchable(2)
        team.apply(team.approved([launched]))
        sync.sync_account(team.account, at=team.now)
        plan = team.plan([other])
        title = "Ad's name follows the convention and is unique"
        assert of_plan(plan, title, team.now).verdict is PASS
        name = plan.objects_planned.get(kind="ad").name
        Ad.objects.update(name=name)
        found = of_plan(plan, title, team.now)
        assert found.blocks
        assert Ad.objects.get().ad_id in found.message

    def test_are_counted_for_each_identity(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (post,) = team.launchable(1)
        title = "TikTok account has room for ads"
        assert of_post(team, post, title).verdict is UNKNOWN
        team.apply(team.approved([post]))
        sync.sync_account(team.account, at=team.now)
        found = of_post(team, post, title)
        assert (found.verdict, found.evidence["ads"]) == (PASS, 1)
        monkeypatch.setattr(settings, "KINDLING_ADS_PER_IDENTITY", 1)
        assert of_post(team, post, title).verdict is FAIL


class TestRoomForAds:
    TITLE = "TikTok account has room for ads"

    def test_is_what_tiktok_says_for_the_ads_that_a_plan_is_yet_to_make(self, team: Team) -> None:
        plan = team.plan(team.launchable(1))
        found = of_plan(plan, self.TITLE, team.now)
        assert (found.verdict, found.evidence) == (PASS, {"left": 10_000, "wanted": 1})

    def test_that_is_used_up_keeps_the_plan_from_being_approved(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ads_of_sandbox, "ADS_PER_IDENTITY", 0)
        found = of_plan(team.plan(team.launchable(1)), self.TITLE, team.now)
        assert (found.verdict, found.blocks) == (FAIL, True)
        assert "TikTok allows 0 more ads of this TikTok account" in found.message

    def test_is_counted_in_what_was_synced_where_tiktok_does_not_say(self, team: Team) -> None:
        team.fault("error", "/asset/bind/quota/", code=50000, times=50)
        plan = team.plan(team.launchable(1))
        assert of_plan(plan, self.TITLE, team.now).verdict is UNKNOWN
        sync.sync_account(team.account, at=team.now)
        found = of_plan(plan, self.TITLE, team.now)
        assert (found.verdict, found.evidence) == (PASS, {"ads": 0, "most": 10_000})

    def test_does_not_count_ads_that_the_plan_has_made(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        monkeypatch.setattr(ads_of_sandbox, "ADS_PER_IDENTITY", 1)
        found = checks.check_in_flight(plan, now=team.now)
        assert not [each for each in found if each.title == self.TITLE and each.blocks]


class TestAnUpload:
    def results(self, team: Team, **more: Any) -> dict[str, Result]:
        wish = {"video_id": uploaded(team).video_id, "handle": own_handle(team), "text": "Words"}
        given = {"objective": "traffic", "daily_budget": "50.00", "days": 5}
        given |= {"uploads": [wish | more]}
        plan = planned(team, given)
        return {each.title: each for each in checks.check_plan(plan, now=team.now)}

    def test_passes_the_checks_of_its_page_budget_name_and_account(self, team: Team) -> None:
        team.shop()
        product = Product.objects.order_by("pk")[0]
        found = self.results(team, sku=product.sku)
        assert [each.message for each in found.values() if each.blocks] == []
        assert found["Landing page shows the product"].verdict is PASS
        assert found["Margin per order"].verdict is PASS
        assert found["TikTok account has room for ads"].evidence["wanted"] == 1

    def test_that_leads_to_a_page_that_is_gone_is_kept_from_being_approved(
        self, team: Team
    ) -> None:
        found = self.results(team, landing_url="https://shop.example/p/NONE")
        assert found["Landing page answers"].blocks
        assert not found["Product and landing page"].blocks

    def test_below_tiktok_s_minimum_is_kept_from_being_approved(self, team: Team) -> None:
        plan_of = planned(
            team,
            {
                "objective": "reach", "daily_budget": "50.00",
                "uploads": [
                    {"video_id": uploaded(team).video_id, "handle": own_handle(team), "text": "Words"}
                ],
            },
        )  # fmt: skip
        content = copy.deepcopy(plan_of.content)
        for thing in content["objects"]:
            if thing["kind"] == "adgroup":
                thing["payload"]["budget_minor"] = 1_999
        results = checks.run_preflight(team.workspace, team.account, content, now=team.now)
        (found,) = [each for each in results if each.title == "Budget at or above TikTok's minimum"]
        assert found.blocks


class TestOverdueComments:
    def test_warn_before_more_people_see_the_post(self, team: Team) -> None:
        (post,) = team.launchable(1)
        title = "Comments are answered and friendly"
        Post.objects.filter(pk=post.pk).update(comments=0)
        post.refresh_from_db()
        assert of_post(team, post, title).verdict is PASS
        for number in range(settings.KINDLING_COMMENT_BACKLOG):
            Comment.objects.create(
                workspace=team.workspace, post=post, item_id=post.item_id, comment_id=f"c{number}",
                text="Where?", written_at=team.now, seen_at=team.now,
                due_at=team.now - timedelta(hours=1),
            )  # fmt: skip
        found = of_post(team, post, title)
        assert (found.verdict, found.blocks) == (FAIL, False)
        assert f"{settings.KINDLING_COMMENT_BACKLOG} comments wait" in found.message

    def test_are_unknown_where_nobody_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readers._Readers, "overdue", None)
        assert readers.overdue_comments(Workspace(), items=[], now=datetime.now(UTC)) is None


class TestASecondPerson:
    TITLE = "Second person confirms the spend"

    def test_is_announced_on_a_draft_and_given_by_an_approval(self, team: Team) -> None:
        Workspace.objects.update(second_person_above_minor=1)
        team.workspace.refresh_from_db()
        plan = service.find_plan(team.workspace, team.plan(team.launchable(1)).pk)
        draft = of_plan(plan, self.TITLE, team.now)
        assert (draft.verdict, draft.blocks) == (UNKNOWN, False)
        approved = service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        (kept,) = [each for each in approved.checks if each["title"] == self.TITLE]
        assert kept["verdict"] == "pass"
        assert of_plan(approved, self.TITLE, team.now).verdict is PASS

    def test_that_is_missing_keeps_the_ad_off_when_it_is_applied(self, team: Team) -> None:
        plan = team.plan(team.launchable(1))
        Plan.objects.filter(pk=plan.pk).update(
            state=Plan.State.APPROVED, approved_by=team.buyer.user, approved_at=team.now
        )
        Workspace.objects.update(second_person_above_minor=1)
        done = team.apply(service.find_plan(team.workspace, plan.pk))
        assert done.state == Plan.State.PARTLY
        assert team.switched_on() == set()
        assert self.TITLE in done.objects_planned.get(kind="ad").message

    def test_is_not_needed_below_the_limit(self, team: Team) -> None:
        plan = team.plan(team.launchable(1))
        Workspace.objects.update(second_person_above_minor=10**9)
        found = of_plan(service.find_plan(team.workspace, plan.pk), self.TITLE, team.now)
        assert found.verdict is PASS
