"""A stopped ad runs again only within what was agreed, and what people approved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sample_team import Team

from kindling.delivery import resume, stops
from kindling.delivery.models import Ad, AdGroup
from kindling.errors import ConflictError, PlatformError
from kindling.launches import service
from kindling.launches.models import PlannedObject

WHOLE = 90_000  # what a plan of 60.00 a day can spend on the 15 days that its flight touches


def stored(ad: Ad) -> Ad:
    rows = Ad.objects.select_related("post", "adgroup", "ad_account__connection")
    return rows.select_related("ad_account__workspace").get(pk=ad.pk)


class TestUnderAnAgreedMaximum:
    def paused(self, team: Team, *, cap_minor: int) -> Ad:
        """The only ad of an applied plan, stopped by a person."""
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, cap_minor)
        team.apply(team.approved([post]))
        team.read()
        ad = stored(Ad.objects.get())
        stops.pause(team.buyer, ad, reason="Another one instead.", at=team.now)
        return stored(ad)

    def another(self, team: Team, ad: Ad) -> str:
        """Approves and applies a second plan for the same post."""
        assert ad.post is not None
        return team.apply(team.approved([ad.post], name="Another")).state

    @pytest.mark.slow
    def test_an_ad_stays_off_that_another_plan_has_taken_the_place_of(self, team: Team) -> None:
        ad = self.paused(team, cap_minor=WHOLE)
        assert self.another(team, ad) == "applied"
        with pytest.raises(ConflictError, match=r"can spend \$1,800.00, and \$900.00"):
            resume.resume(team.buyer, ad, at=team.now)
        assert ad.ad_id not in team.switched_on()
        assert PlannedObject.objects.get(external_id=ad.ad_id).stopped_at is not None

    @pytest.mark.slow
    def test_an_ad_runs_again_where_it_is_large_enough_for_both(self, team: Team) -> None:
        ad = self.paused(team, cap_minor=2 * WHOLE)
        self.another(team, ad)
        assert resume.resume(team.buyer, ad, at=team.now).resumed_at

    @pytest.mark.slow
    def test_what_the_ad_spent_today_does_not_count_twice(self, team: Team) -> None:
        (post,) = team.launchable(1)
        team.agree_maximum(post.item_id, WHOLE)
        team.apply(team.approved([post]))
        team.sandbox.advance(hours=6)
        team.read()
        ad = stored(Ad.objects.get())
        stops.pause(team.buyer, ad, reason="A look.", at=team.now)
        assert resume.resume(team.buyer, stored(ad), at=team.now).resumed_at

    @pytest.mark.slow
    def test_a_budget_raised_in_ads_manager_counts_as_it_is(self, team: Team) -> None:
        ad = self.paused(team, cap_minor=WHOLE)
        ad.adgroup.budget_minor = 6_001
        with pytest.raises(ConflictError, match="of the agreed"):
            resume.resume(team.buyer, ad, at=team.now)

    @pytest.mark.slow
    def test_no_plan_is_approved_while_the_ad_is_being_switched_on(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ad = self.paused(team, cap_minor=WHOLE)
        assert ad.post is not None
        second, switch_on = team.plan([ad.post], name="Another"), resume._switch_on

        def meanwhile(ad: Ad) -> None:
            with pytest.raises(ConflictError, match="block the plan"):
                service.approve(team.finance, second, digest=second.digest, at=team.now)
            switch_on(ad)

        monkeypatch.setattr(resume, "_switch_on", meanwhile)
        assert resume.resume(team.buyer, ad, at=team.now).resumed_at

    @pytest.mark.slow
    def test_a_resume_that_tiktok_refuses_leaves_the_ad_stopped_on_its_plan(
        self, team: Team
    ) -> None:
        ad = self.paused(team, cap_minor=WHOLE)
        team.fault("error", "/ad/status/update/", code=40002, times=1)
        with pytest.raises(PlatformError):
            resume.resume(team.buyer, ad, at=team.now)
        row = PlannedObject.objects.get(external_id=ad.ad_id)
        assert (row.stopped_at is not None, row.stopped_because) == (True, "Another one instead.")


class TestBySomebodyAlone:
    """The workspace's limit for one person is 200.00 a day."""

    @pytest.fixture
    def paused(self, live: Team) -> list[Ad]:
        ads = [stored(ad) for ad in Ad.objects.order_by("ad_id")]
        for ad in ads:
            stops.pause(live.buyer, ad, reason="A look.", at=live.now)
        assert live.workspace.second_person_above_minor == 20_000
        return [stored(ad) for ad in ads]

    @pytest.mark.slow
    def test_ads_made_elsewhere_add_up_to_the_limit(self, live: Team, paused: list[Ad]) -> None:
        PlannedObject.objects.update(external_id="")
        AdGroup.objects.update(budget_minor=20_000)
        first, second = (stored(ad) for ad in paused)
        assert resume.resume(live.buyer, first, at=live.now).resumed_at
        waiting = resume.resume(live.buyer, second, at=live.now)
        assert (waiting.resumed_at, waiting.resume_asked_by) == (None, live.buyer.user)
        assert second.ad_id not in live.switched_on()
        assert resume.resume(live.owner, second, at=live.now).resumed_by == live.owner.user

    @pytest.mark.slow
    def test_they_add_up_within_the_workspaces_day(self, live: Team, paused: list[Ad]) -> None:
        PlannedObject.objects.update(external_id="")
        AdGroup.objects.update(budget_minor=20_000)
        first, second = (stored(ad) for ad in paused)
        resume.resume(live.buyer, first, at=live.now - timedelta(days=1))
        assert resume.resume(live.buyer, second, at=live.now).resumed_at

    @pytest.mark.slow
    def test_ads_of_one_group_share_its_budget(self, live: Team, paused: list[Ad]) -> None:
        PlannedObject.objects.update(external_id="")
        AdGroup.objects.update(budget_minor=20_000)
        Ad.objects.update(adgroup=paused[0].adgroup)
        for ad in paused:
            assert resume.resume(live.buyer, stored(ad), at=live.now).resumed_at

    @pytest.mark.slow
    def test_a_launched_ad_counts_once_its_budget_was_raised(
        self, live: Team, paused: list[Ad]
    ) -> None:
        first, second = paused
        AdGroup.objects.filter(pk=first.adgroup_id).update(budget_minor=20_001)
        assert not resume.resume(live.buyer, stored(first), at=live.now).resumed_at
        assert resume.resume(live.buyer, stored(second), at=live.now).resumed_at
