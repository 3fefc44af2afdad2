"""Each role's first screen answers its jobs, notices reach their owner, and the audit trail can be searched."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from furnished import Browser, Furnished
from sample_team import Team

from kindling.authorizations.lifecycle import polling
from kindling.lists.query import read_wanted, rows_of
from kindling.lists.spec import Scope, find_list
from kindling.notices import service as notices
from kindling.notices.models import Mail, Notice
from kindling.today import role_cards
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, Member, Role

# Domain reference §8: what each role needs first on the screen. docs/reference/roles.md names the pages.
FIRST = {
    Role.CREATOR_MANAGER: ("Pipeline", "Waiting on creators", "Renewals"),
    Role.REVIEWER: ("Waiting for your decision", "Missing usage rights"),
    Role.LEGAL: ("Waiting for your decision", "Missing usage rights"),
    Role.MEDIA_BUYER: ("Ready to launch", "Live ads to stop soon", "Plans"),
    Role.COMMUNITY: ("Comments", "Live ads to stop soon", "Notices"),
    Role.FINANCE: ("Payments", "Plans"),
    Role.OWNER: ("Plans", "Payments", "Renewals"),
}


class TestTheFirstScreen:
    @pytest.mark.parametrize("role", list(FIRST))
    def test_has_what_the_role_needs_first(
        self, role: str, furnished: Furnished, browser: Browser
    ) -> None:
        page = browser(role).get(f"/w/{furnished.slug}/").content.decode()
        headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
        for title in FIRST[Role(role)]:
            assert title in headings, title
        assert headings.index(FIRST[Role(role)][0]) < headings.index("What needs you now")

    @pytest.mark.slow
    @pytest.mark.parametrize("role", list(FIRST))
    def test_leads_to_pages_that_the_role_may_open(
        self, role: str, furnished: Furnished, browser: Browser
    ) -> None:
        client = browser(role)
        member = Member.objects.select_related("user").get(user__email=f"{role}@shop.example")
        actor = workspaces.actor_for(member.user, furnished.slug)
        for card in role_cards.role_cards(actor, now=furnished.team.now):
            for url in (card.url, *(line.url for line in card.lines)):
                assert client.get(url).status_code == 200, url

    def test_counts_what_is_there(self, furnished: Furnished) -> None:
        cards = {
            card.key: card
            for card in role_cards.role_cards(furnished.team.manager, now=furnished.team.now)
        }
        assert int(cards["pipeline"].figure) == 1
        assert int(cards["waiting"].figure) == 0


class TestANotice:
    def told(self, furnished: Furnished, **more: object) -> Notice:
        return notices.notify(
            furnished.team.workspace,
            key="sample",
            roles=("media_buyer", "legal"),
            title="Something happened.",
            next_step="Look at it.",
            path="authorizations/",
            at=furnished.team.now,
            **more,  # type: ignore[arg-type]
        )

    def test_is_told_once_while_it_is_open(self, furnished: Furnished) -> None:
        assert self.told(furnished).pk == self.told(furnished).pk

    def test_stands_on_the_owners_screen_and_not_on_others(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        self.told(furnished)
        url = f"/w/{furnished.slug}/workspace/notices/"
        assert "Something happened." in browser("media_buyer").get(url).content.decode()
        assert "Something happened." not in browser("finance").get(url).content.decode()

    def test_is_over_when_somebody_dealt_with_it(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        row = self.told(furnished)
        client = browser("legal")
        url = f"/w/{furnished.slug}/workspace/notices/{row.pk}/done/"
        assert client.post(url).status_code == 302
        row.refresh_from_db()
        assert row.done_by is not None
        assert client.post(url).status_code == 404
        assert self.told(furnished).pk != row.pk, "it may happen again"

    def test_is_mailed_to_the_members_of_its_roles_who_want_mail(
        self, furnished: Furnished
    ) -> None:
        before = set(Mail.objects.values_list("pk", flat=True))
        Member.objects.filter(role="media_buyer").update(wants_mail=True)
        self.told(furnished, urgency=1)
        sent = Mail.objects.exclude(pk__in=before)
        assert set(sent.values_list("to", flat=True)) == {"media_buyer@shop.example"}

    def test_of_a_loss_says_who_does_what(self, furnished: Furnished) -> None:
        team = furnished.team
        item = furnished.authorization.post.item_id
        team.sandbox.phone(f"posts/{item}/revoke/", {})
        polling.poll(team.account, at=team.now)
        (row,) = Notice.objects.filter(key=f"permission-{furnished.authorization.pk}-lost")
        assert row.owner == "creator manager"
        assert row.next_step.startswith("Check the agreement")


class TestTheAuditTrail:
    def test_is_found_by_action_day_and_word(self, furnished: Furnished) -> None:
        team, today = furnished.team, furnished.team.now.date()
        (entry, *_) = self.found(team, action="added codes")
        assert entry.action == "added codes"
        assert self.found(team, **{"from": f"{today + timedelta(days=3)}"}) == []
        assert entry in self.found(team, to=f"{today}", q=entry.subject)
        assert "added codes" in workspaces.audit_actions(team.workspace)

    def test_is_found_by_a_creator_with_what_was_done_about_their_posts_and_agreements(
        self, furnished: Furnished
    ) -> None:
        creator = furnished.post.creator
        subjects = {each.subject for each in self.found(furnished.team, q=f"@{creator.handle}")}
        assert {furnished.post.item_id, f"post {furnished.post.item_id}"} & subjects
        assert furnished.version.agreement.subject in subjects
        other = furnished.plan.name
        assert not any(
            each.subject == other for each in self.found(furnished.team, q=creator.handle)
        )
        assert other in {each.subject for each in self.found(furnished.team, q=other)}

    def found(self, team: Team, **told: str) -> list[AuditEntry]:
        scope = Scope(team.owner, team.now)
        spec = find_list("audit")
        return list(rows_of(spec, read_wanted(spec, told, scope), scope))

    def test_is_exported_as_it_is_filtered_and_holds_no_secret(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        answer = browser("finance").get(
            f"/w/{furnished.slug}/lists/audit/export/?action=added+codes"
        )
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["entry"] for row in rows} == {"added codes"}
        for code in furnished.codes:
            assert code not in answer.content.decode()


class TestAMember:
    @pytest.mark.slow
    def test_who_left_is_out_and_the_record_stays(
        self, furnished: Furnished, browser: Browser
    ) -> None:
        client = browser("viewer")
        assert client.get(f"/w/{furnished.slug}/").status_code == 200
        workspaces.remove_member(
            furnished.team.owner, email="viewer@shop.example", at=furnished.team.now
        )
        assert client.get(f"/w/{furnished.slug}/").status_code == 404
        trail = TestTheAuditTrail().found(furnished.team, q="viewer@shop.example")
        assert {"set role", "removed member"} <= {entry.action for entry in trail}

    def test_who_is_the_last_owner_stays(self, furnished: Furnished, browser: Browser) -> None:
        owner = Member.objects.get(user__email="owner@shop.example")
        answer = browser("owner").post(f"/w/{furnished.slug}/workspace/members/{owner.pk}/remove/")
        assert answer.status_code == 409
        assert "needs an owner" in answer.content.decode()
