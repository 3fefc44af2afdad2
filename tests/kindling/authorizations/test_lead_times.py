"""As a permission that earns comes to its end: it renews by itself where agreed, else somebody is told in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sample_team import Team

from kindling.agreements.models import Payable
from kindling.authorizations.models import Authorization, Binding
from kindling.authorizations.requests import lead_times, renewals
from kindling.authorizations.requests.prices import NOT_AGREED, Price
from kindling.notices.models import Mail, Notice
from kindling.posts.models import Post
from kindling.posts.rules import Lane

DAY = timedelta(days=1)


@pytest.fixture
def earning(team: Team) -> Authorization:
    """A code of seven days with an ad, so that it ends soon from the start."""
    team.shop()
    item_id = team.plain_posts()[0]["item_id"]
    team.paste(team.code(item_id, days=7))
    row = Authorization.objects.get(post__item_id=item_id)
    Binding.objects.filter(authorization=row).update(has_ads=True)
    Authorization.objects.filter(pk=row.pk).update(state="expiring", risk_minor=4_200)
    row.refresh_from_db()
    return row


@pytest.fixture
def by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def agreed(row: Authorization, days: int, *, now: datetime) -> Price:
        if days != 30:
            return Price(0, "USD", NOT_AGREED)
        return Price(12_000, "USD", "price list, 30 days", is_auto=True)

    monkeypatch.setattr(lead_times, "price_of", agreed)


@pytest.mark.usefixtures("by_itself")
class TestARenewalByItself:
    def test_is_extended_at_once_where_the_creator_is_connected(
        self, team: Team, earning: Authorization
    ) -> None:
        team.connect_creator(earning.post.creator.handle)
        before = earning.ends_at
        assert before is not None
        assert lead_times.open_due(team.workspace, now=team.now) == 1
        earning.refresh_from_db()
        assert earning.ends_at == before + 30 * DAY
        assert earning.renewals.get().state == "extended"
        assert Payable.objects.get(kind="renewal").amount_minor == 12_000

    def test_asks_for_the_creator_s_hand_where_not(
        self, team: Team, earning: Authorization
    ) -> None:
        earning.post.creator.email = "ana@creator.example"
        earning.post.creator.save()
        assert lead_times.open_due(team.workspace, now=team.now) == 1
        assert earning.renewals.get().state == "asked"
        assert Mail.objects.filter(to="ana@creator.example").count() == 1

    def test_is_opened_once_and_not_again_after_a_no(
        self, team: Team, earning: Authorization
    ) -> None:
        lead_times.open_due(team.workspace, now=team.now)
        assert lead_times.open_due(team.workspace, now=team.now) == 0
        renewals.decline(earning.renewals.get(), reason="No.", at=team.now)
        Authorization.objects.filter(pk=earning.pk).update(state="expiring")
        assert lead_times.open_due(team.workspace, now=team.now) == 0

    def test_is_not_for_a_permission_without_ads(self, team: Team, earning: Authorization) -> None:
        Binding.objects.update(has_ads=False)
        assert lead_times.open_due(team.workspace, now=team.now) == 0


class TestAReminder:
    def told(self) -> list[str]:
        rows = Notice.objects.filter(key__contains="-renew-", done_at=None)
        return [row.title for row in rows]

    def test_comes_once_at_each_lead_time_with_the_spend(
        self, team: Team, earning: Authorization
    ) -> None:
        end = earning.paid_until or earning.ends_at
        assert end is not None
        counts = []
        for days in (6.5, 6.4, 2.9, 2.5, 0.9, 0.5):
            counts.append(lead_times.remind_to_renew(team.workspace, now=end - days * DAY))
            assert len(self.told()) == 1
        assert counts == [1, 0, 1, 0, 1, 0]
        assert "$42.00 a day" in self.told()[0]

    def test_ends_when_a_renewal_is_asked_for(self, team: Team, earning: Authorization) -> None:
        lead_times.remind_to_renew(team.workspace, now=team.now)
        assert len(self.told()) == 1
        renewals.ask_renewal(team.manager, earning, days=30, at=team.now)
        assert self.told() == []
        assert lead_times.remind_to_renew(team.workspace, now=team.now) == 0

    def test_names_a_post_that_could_replace_it(self, team: Team, earning: Authorization) -> None:
        free = team.plain_posts()[0]["item_id"]
        team.paste(team.code(free, days=60))
        Post.objects.filter(item_id__in=[free, earning.post.item_id]).update(
            sku="SAMPLE-1", lane=Lane.SPARK_READY
        )
        earning.refresh_from_db()
        earning.post.refresh_from_db()
        lead_times.remind_to_renew(team.workspace, now=team.now)
        assert free in Notice.objects.get(key__contains="-renew-", done_at=None).next_step

    def test_names_none_where_none_is_free(self, team: Team, earning: Authorization) -> None:
        lead_times.remind_to_renew(team.workspace, now=team.now)
        step = Notice.objects.get(key__contains="-renew-", done_at=None).next_step
        assert step == "Ask for a renewal."
