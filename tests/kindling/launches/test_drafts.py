"""Drafts are changed, copied and compared with TikTok; launches are undone. All on the sandbox."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from campaign_kinds import approved, pixel, planned, told, uploaded
from django.test import Client
from sample_team import Team

from kindling.delivery import undo as undoing
from kindling.delivery.models import Ad, Pause
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.launches import service
from kindling.launches.drafts import service as drafts
from kindling.launches.models import Plan, PlanTemplate
from kindling.launches.planning import edits
from kindling.launches.sending import drift
from kindling.notices.models import Notice
from kindling.posts.models import Post

pytestmark = pytest.mark.slow


def draft_of(team: Team, posts: list[Post], **more: Any) -> Plan:
    given = {
        "name": "Spring",
        "posts": [post.item_id for post in posts],
        "daily_budget": "60",
        **more,
    }
    return planned(team, given)


def change(team: Team, plan: Plan, make: drafts.Change, digest: str = "") -> Plan:
    return drafts.change(team.buyer, plan, make, digest=digest or plan.digest, at=team.now)


class TestADraft:
    def test_loses_a_post_with_its_money_and_keeps_its_token(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = draft_of(team, [first, second])
        token, before = plan.content["token"], plan.digest
        plan = change(team, plan, partial(edits.without_post, item_id=first.item_id))
        assert (plan.daily_budget_minor, plan.content["token"]) == (6_000, token)
        assert plan.digest != before
        assert plan.checks == []
        ads = plan.objects_planned.filter(kind="ad")
        assert [each.post for each in ads] == [second]

    def test_gets_a_campaign_of_another_type(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = draft_of(team, [first])
        campaign = {
            "objective": "conversions", "type": "smart_plus", "posts": [second.item_id],
            "pixel_id": pixel(team), "event": "SHOPPING",
        }  # fmt: skip
        plan = change(team, plan, partial(edits.with_campaign, campaign=campaign))
        assert [each.kind for each in plan.objects_planned.all()] == [
            "campaign", "adgroup", "ad", "campaign", "adgroup", "smart_ad", "ad",
        ]  # fmt: skip

    def test_that_was_changed_meanwhile_is_looked_at_again(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = draft_of(team, [first, second])
        stale = plan.digest
        plan = change(team, plan, partial(edits.without_post, item_id=first.item_id))
        with pytest.raises(ConflictError, match="changed or approved meanwhile"):
            change(
                team, plan, partial(edits.with_campaign, campaign={"posts": [first.item_id]}), stale
            )
        assert plan.objects_planned.filter(kind="ad").count() == 1

    def test_that_is_approved_is_not_changed(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = draft_of(team, [first, second])
        service.approve(team.finance, plan, digest=plan.digest, at=team.now)
        with pytest.raises(ConflictError, match="changed or approved meanwhile"):
            change(team, plan, partial(edits.without_post, item_id=first.item_id))
        assert plan.objects_planned.filter(kind="ad").count() == 2

    def test_that_cannot_be_planned_stays_as_it_was(self, team: Team) -> None:
        (post,) = team.launchable(1)
        plan = draft_of(team, [post])
        with pytest.raises(InvalidInputError, match="needs a pixel"):
            change(
                team, plan,
                partial(edits.with_changed_campaign, number=1,
                        campaign={"objective": "conversions", "posts": [post.item_id]}),
            )  # fmt: skip
        assert Plan.objects.get(pk=plan.pk).digest == plan.digest

    def test_from_a_file_is_changed_in_its_file(self, team: Team) -> None:
        (post,) = team.launchable(1)
        plan = team.plan([post])
        Plan.objects.filter(pk=plan.pk).update(spec=None)  # as `kindling apply` keeps a file
        plan.refresh_from_db()
        with pytest.raises(ConflictError, match="came from a file"):
            change(team, plan, partial(edits.without_post, item_id=post.item_id))

    def test_is_changed_by_those_who_plan(self, team: Team) -> None:
        (post,) = team.launchable(1)
        plan = draft_of(team, [post])
        with pytest.raises(NotAllowedError):
            drafts.change(team.manager, plan, lambda _: {}, digest=plan.digest, at=team.now)

    def test_is_copied_with_a_token_of_its_own(self, team: Team) -> None:
        (post,) = team.launchable(1)
        plan = draft_of(team, [post])
        made = drafts.copy(team.buyer, plan, at=team.now)
        assert (made.name, made.state) == ("Spring (copy)", Plan.State.DRAFT)
        assert made.content["token"] != plan.content["token"]


class TestATemplate:
    def test_is_planned_from_with_other_posts(self, team: Team) -> None:
        first, second = team.launchable(2)
        plan = draft_of(team, [first], objective="reach", days=9)
        made = drafts.save_template(team.buyer, plan, 1, name=" Reach ", at=team.now)
        given = {**made.spec, "posts": [second.item_id]}
        plan = change(team, plan, partial(edits.with_campaign, campaign=given))
        campaign = plan.content["objects"][3]
        assert (campaign["objective"], plan.spec["campaigns"][1]["days"]) == ("reach", 9)

    def test_has_its_name_once(self, team: Team) -> None:
        (post,) = team.launchable(1)
        plan = draft_of(team, [post])
        drafts.save_template(team.buyer, plan, 1, name="Reach", at=team.now)
        with pytest.raises(ConflictError, match="template named Reach already"):
            drafts.save_template(team.buyer, plan, 1, name="Reach", at=team.now)
        with pytest.raises(InvalidInputError, match="needs a name"):
            drafts.save_template(team.buyer, plan, 1, name=" ", at=team.now)
        found = PlanTemplate.objects.get()
        drafts.delete_template(team.buyer, found, at=team.now)
        with pytest.raises(NotFoundError):
            drafts.find_template(team.workspace, found.pk or 0)


class TestALaunchThatIsUndone:
    def test_stops_its_ads_of_every_type_and_nothing_else(self, team: Team) -> None:
        posts = team.launchable(5)
        other = team.apply(team.approved(posts[4:]))
        plan = team.apply(approved(team, told(team, posts[:4], uploaded(team))))
        done = undoing.undo(team.buyer, plan, reason="Wrong week", at=team.now)
        assert (done.stopped, done.unconfirmed) == (5, ())
        mine = set(plan.objects_planned.filter(kind="ad").values_list("external_id", flat=True))
        rows = Ad.objects.filter(ad_account=team.account)
        assert {ad.ad_id for ad in rows if ad.operation_status == "DISABLE"} == mine
        assert Pause.objects.filter(reason="Wrong week", is_confirmed=True).count() == 5
        spared = other.objects_planned.get(kind="ad").external_id
        assert spared in team.switched_on()
        assert undoing.undo(team.buyer, plan, reason="", at=team.now).stopped == 0

    def test_is_one_that_was_applied(self, team: Team) -> None:
        plan = draft_of(team, team.launchable(1))
        with pytest.raises(ConflictError, match="has started nothing"):
            undoing.undo(team.buyer, plan, reason="", at=team.now)


class TestAPlanBesideTikTok:
    def test_differs_in_nothing_after_it_was_applied(self, team: Team) -> None:
        posts = team.launchable(5)
        plan = team.apply(approved(team, told(team, posts, uploaded(team))))
        assert drift.differences(plan) == []

    def test_differs_in_what_was_changed_there_and_tells_the_buyer_once(self, team: Team) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        rows = {row.kind: row for row in plan.objects_planned.all()}
        team.in_ads_manager(
            "adgroup/update", adgroup_id=rows["adgroup"].external_id, adgroup_name="my group"
        )
        team.in_ads_manager(
            "adgroup/budget/update",
            budget=[{"adgroup_id": rows["adgroup"].external_id, "budget": 90}],
        )
        team.in_ads_manager(
            "ad/status/update", ad_ids=[rows["ad"].external_id], operation_status="DISABLE"
        )
        told_now = [(each.row.kind, each.what, each.now) for each in drift.differences(plan)]
        assert told_now == [
            ("adgroup", "Name", "my group"),
            ("adgroup", "Daily budget", "$90.00"),
            ("ad", "Switch", "off"),
        ]
        assert drift.tell(plan, at=team.now) == drift.tell(plan, at=team.now) == 2
        notice = Notice.objects.get(key=f"plan-{plan.pk}-drift")
        assert "2 settings changed at TikTok" in notice.title
        assert "can no longer be read back" in notice.title
        assert drift.in_flight(at=team.now) == [plan]
        assert drift.in_flight(at=team.now + timedelta(days=60)) == []

    def test_says_what_is_gone(self, team: Team) -> None:
        plan = team.apply(team.approved(team.launchable(1)))
        ad = plan.objects_planned.get(kind="ad")
        team.in_ads_manager("ad/status/update", ad_ids=[ad.external_id], operation_status="DELETE")
        assert [(each.what, each.now) for each in drift.differences(plan)] == [("Exists", "no")]


class TestThePages:
    def test_change_a_draft_and_keep_a_template(self, team: Team, client: Client) -> None:
        first, second, third = team.launchable(3)
        plan = draft_of(team, [first, second])
        assert team.buyer.user is not None
        client.force_login(team.buyer.user)
        base = f"/w/{team.workspace.slug}/plans/{plan.pk}/"
        page = client.get(base).content.decode()
        assert f"{base}campaigns/1/" in page
        assert "Sponsored" in page

        form = client.get(f"{base}campaigns/new/").content.decode()
        assert third.item_id in form
        assert second.item_id not in form
        sent = {
            "digest": plan.digest, "objective": "reach", "type": "manual", "posts": [third.item_id],
            "daily_budget": "80", "days": "7", "countries": ["US"], "gender": "female",
        }  # fmt: skip
        answer = client.post(f"{base}campaigns/new/", sent)
        assert answer.status_code == 302, answer.content.decode()
        plan.refresh_from_db()
        assert plan.daily_budget_minor == 20_000
        late = client.post(f"{base}posts/{first.item_id}/remove/", {"digest": "old"})
        assert late.status_code == 409
        client.post(f"{base}posts/{first.item_id}/remove/", {"digest": plan.digest})
        plan.refresh_from_db()
        assert plan.daily_budget_minor == 14_000
        assert first.item_id in client.get(f"{base}posts/{second.item_id}/swap/").content.decode()
        client.post(
            f"{base}posts/{second.item_id}/swap/", {"digest": plan.digest, "post": first.item_id}
        )
        client.post(f"{base}campaigns/2/template/", {"name": "Reach week"})
        kept = PlanTemplate.objects.get()
        filled = client.get(f"{base}campaigns/new/", {"template": kept.pk}).content.decode()
        assert '<option value="reach" selected>' in filled
        assert 'value="80.00"' in filled
        assert (
            "Reach week"
            in client.get(f"/w/{team.workspace.slug}/plans/templates/").content.decode()
        )
        plan.refresh_from_db()
        client.post(f"{base}campaigns/2/remove/", {"digest": plan.digest})
        plan.refresh_from_db()
        items = {each.post.item_id for each in plan.objects_planned.filter(kind="ad") if each.post}
        assert items == {first.item_id}
        copied = client.post(f"{base}copy/")
        assert client.get(copied["location"]).status_code == 200
