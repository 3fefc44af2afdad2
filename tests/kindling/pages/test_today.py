"""Today shows what is so now: nothing of it is kept from the request before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from furnished import Browser, Furnished

from kindling.authorizations.models import Authorization
from kindling.delivery.models import Ad
from kindling.launches.models import Plan
from kindling.posts.models import Post


def home(furnished: Furnished, browser: Browser) -> Any:
    return browser("owner").get(f"/w/{furnished.slug}/").context


def titles(context: Any) -> list[str]:
    return [line.need.title for line in (*context["needs"], *context["more_needs"])]


def test_a_plan_that_was_approved_waits_for_its_apply(
    furnished: Furnished, browser: Browser
) -> None:
    name = furnished.plan.name
    assert f"Plan {name} waits for approval." in titles(home(furnished, browser))
    Plan.objects.filter(pk=furnished.plan.pk).update(state=Plan.State.APPROVED)
    after = titles(home(furnished, browser))
    assert f"Plan {name} is approved but not applied." in after
    assert f"Plan {name} waits for approval." not in after


def test_an_authorization_that_was_lost_is_a_need_and_counted(
    furnished: Furnished, browser: Browser
) -> None:
    row = furnished.authorization
    before = home(furnished, browser)
    lost = f"@{row.post.creator.handle}, post {row.post.item_id}: authorization revoked"
    assert not [each for each in titles(before) if each.startswith(lost)]
    Authorization.objects.filter(pk=row.pk).update(
        state="revoked", state_since=furnished.team.now, lost_at=furnished.team.now
    )
    after = home(furnished, browser)
    assert [each for each in titles(after) if each.startswith(lost)]


def test_an_ad_that_runs_and_a_post_that_came_are_counted(
    furnished: Furnished, browser: Browser
) -> None:
    before = home(furnished, browser)["answers"]
    Ad.objects.filter(pk=furnished.ad.pk).update(secondary_status="AD_STATUS_DELIVERY_OK")
    Post.objects.create(
        workspace=furnished.team.workspace, creator=furnished.post.creator, item_id="7999999999999999999",
        status="HESITATE_RECOMMEND", posted_at=furnished.team.now + timedelta(seconds=-1), source="test",
        first_seen_at=furnished.team.now, seen_at=furnished.team.now,
    )  # fmt: skip
    after = home(furnished, browser)["answers"]
    assert after.live_count == before.live_count + 1
    assert after.posted_count == before.posted_count + 1
    assert after.posted[0].item_id == "7999999999999999999"
