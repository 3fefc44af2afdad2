"""Members: another role, no access for a while, leaving; the last owner; and signing in on the record."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from sample_team import Team

from kindling.access import members
from kindling.authorizations import feeds
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices import service as notices
from kindling.notices.models import Mail
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, Member, User

PASSWORD = "correct horse battery"


@pytest.fixture
def viewer(team: Team) -> Member:
    User.objects.create_user("viewer@shop.example", PASSWORD, name="Vera")
    return workspaces.add_member(
        team.owner, email="viewer@shop.example", role="viewer", at=team.now
    )


def owner_of(team: Team) -> Member:
    return Member.objects.get(workspace=team.workspace, role="owner")


class TestARole:
    def test_is_changed_in_place_and_recorded(self, team: Team, viewer: Member) -> None:
        members.set_role(team.owner, viewer.pk, role="finance", at=team.now)
        viewer.refresh_from_db()
        assert viewer.role == "finance"
        entry = AuditEntry.objects.filter(action="set role").latest("pk")
        assert (entry.before, entry.after) == ({"role": "viewer"}, {"role": "finance"})
        count = AuditEntry.objects.count()
        members.set_role(team.owner, viewer.pk, role="finance", at=team.now)
        assert AuditEntry.objects.count() == count

    def test_that_does_not_exist_is_refused(self, team: Team, viewer: Member) -> None:
        with pytest.raises(InvalidInputError, match="not a role"):
            members.set_role(team.owner, viewer.pk, role="king", at=team.now)

    def test_is_an_owners_to_give(self, team: Team, viewer: Member) -> None:
        for work in (members.deactivate, members.reactivate):
            with pytest.raises(NotAllowedError):
                work(team.manager, viewer.pk, at=team.now)
        with pytest.raises(NotAllowedError):
            members.set_role(team.manager, viewer.pk, role="owner", at=team.now)


class TestTheLastOwner:
    def test_stays_one(self, team: Team, viewer: Member) -> None:
        owner, at = owner_of(team), team.now
        for work in (
            lambda: members.set_role(team.owner, owner.pk, role="viewer", at=at),
            lambda: members.deactivate(team.owner, owner.pk, at=at),
            lambda: workspaces.remove_member(team.owner, email=owner.user.email, at=at),
            lambda: workspaces.add_member(team.owner, email=owner.user.email, role="viewer", at=at),
        ):
            with pytest.raises(ConflictError, match="needs an owner"):
                work()
        owner.refresh_from_db()
        assert (owner.role, owner.deactivated_at) == ("owner", None)

    def test_counts_only_owners_who_can_act(self, team: Team, viewer: Member) -> None:
        members.set_role(team.owner, viewer.pk, role="owner", at=team.now)
        members.deactivate(team.owner, viewer.pk, at=team.now)
        with pytest.raises(ConflictError):
            members.deactivate(team.owner, owner_of_pk(team), at=team.now)
        members.reactivate(team.owner, viewer.pk, at=team.now)
        members.deactivate(team.owner, owner_of_pk(team), at=team.now)


def owner_of_pk(team: Team) -> int:
    return Member.objects.get(workspace=team.workspace, user=team.owner.user).pk


class TestADeactivatedMember:
    def test_has_no_way_in_at_once_and_stays_on_the_list(self, team: Team, viewer: Member) -> None:
        slug, user, at = team.workspace.slug, viewer.user, team.now
        actor = workspaces.actor_for(user, slug)
        token = workspaces.issue_token(actor, name="x", at=at)
        key = feeds.make_feed(actor, at=at).rsplit("/", 1)[1].removesuffix(".ics")
        client = Client()
        client.force_login(user)
        assert client.get(f"/w/{slug}/").status_code == 200
        members.deactivate(team.owner, viewer.pk, at=at)
        assert client.get(f"/w/{slug}/").status_code == 404
        assert workspaces.actor_for_token(token, at=at) is None
        assert workspaces.workspaces_of(user) == []
        with pytest.raises(NotFoundError):
            feeds.workspace_of(key)
        with pytest.raises(NotAllowedError), transaction.atomic():
            workspaces.check_again(actor, workspaces.Action.SEE)
        assert viewer in workspaces.members(team.workspace)

    def test_gets_no_mail_of_notices(self, team: Team, viewer: Member) -> None:
        members.set_role(team.owner, viewer.pk, role="legal", at=team.now)
        members.deactivate(team.owner, viewer.pk, at=team.now)
        notices.notify(
            team.workspace, key="x", roles=("legal",), title="T", next_step="N", path="",
            at=team.now, urgency=1,
        )  # fmt: skip
        assert not Mail.objects.filter(to=viewer.user.email).exists()

    def test_comes_back_with_the_role_and_without_the_old_tokens(
        self, team: Team, viewer: Member
    ) -> None:
        token = workspaces.issue_token(
            workspaces.actor_for(viewer.user, team.workspace.slug), name="x", at=team.now
        )
        members.deactivate(team.owner, viewer.pk, at=team.now)
        members.reactivate(team.owner, viewer.pk, at=team.now)
        assert workspaces.actor_for(viewer.user, team.workspace.slug).role == "viewer"
        assert workspaces.actor_for_token(token, at=team.now) is None
        actions = list(AuditEntry.objects.values_list("action", flat=True)[:2])
        assert actions == ["reactivated member", "deactivated member"]

    def test_of_one_workspace_still_works_in_another(self, team: Team, viewer: Member) -> None:
        other = workspaces.create_workspace(
            slug="other", name="Other", owner=viewer.user, currency="USD", timezone="UTC",
            at=team.now,
        )  # fmt: skip
        members.deactivate(team.owner, viewer.pk, at=team.now)
        assert workspaces.workspaces_of(viewer.user) == [other]


class TestThePage:
    def test_changes_roles_in_place_and_asks_before_it_removes(
        self, team: Team, viewer: Member
    ) -> None:
        client = Client()
        client.force_login(team.owner.user)  # type: ignore[arg-type]
        slug = team.workspace.slug
        text = client.get(reverse("members:list", args=[slug])).content.decode()
        assert f'id="role-{viewer.pk}"' in text
        assert "Remove viewer@shop.example?" in text
        client.post(reverse("members:set_role", args=[slug, viewer.pk]), {"role": "legal"})
        viewer.refresh_from_db()
        assert viewer.role == "legal"
        client.post(reverse("members:deactivate", args=[slug, viewer.pk]))
        text = client.get(reverse("members:list", args=[slug])).content.decode()
        assert "Deactivated" in text
        client.post(reverse("members:remove", args=[slug, viewer.pk]))
        assert not Member.objects.filter(pk=viewer.pk).exists()

    def test_says_why_the_last_owner_stays(self, team: Team) -> None:
        client = Client()
        client.force_login(team.owner.user)  # type: ignore[arg-type]
        url = reverse("members:set_role", args=[team.workspace.slug, owner_of(team).pk])
        answer = client.post(url, {"role": "viewer"})
        assert answer.status_code == 409
        assert "needs an owner" in answer.content.decode()

    def test_of_members_of_another_workspace_is_not_there(self, team: Team, viewer: Member) -> None:
        other = User.objects.create_user("o@other.example")
        workspaces.create_workspace(
            slug="other", name="O", owner=other, currency="USD", timezone="UTC", at=team.now
        )
        with pytest.raises(NotFoundError):
            members.set_role(
                workspaces.actor_for(other, "other"), viewer.pk, role="owner", at=team.now
            )


class TestSigningIn:
    def sign_in(self, password: str, email: str = "viewer@shop.example") -> None:
        Client().post("/accounts/login/", {"login": email, "password": password})

    def test_is_on_the_record_of_the_workspaces_of_that_user(
        self, team: Team, viewer: Member
    ) -> None:
        workspaces.create_workspace(
            slug="other", name="Other", owner=User.objects.create_user("o@other.example"),
            currency="USD", timezone="UTC", at=team.now,
        )  # fmt: skip
        self.sign_in(PASSWORD)
        (entry,) = AuditEntry.objects.filter(action="signed in")
        assert (entry.workspace, entry.actor) == (team.workspace, viewer.user)

    def test_that_failed_is_too_without_the_password(self, team: Team, viewer: Member) -> None:
        self.sign_in("not the password at all")
        self.sign_in("whatever it is", email="nobody@shop.example")
        (entry,) = AuditEntry.objects.filter(action="failed to sign in")
        assert (entry.subject, entry.actor, entry.actor_label) == (
            "viewer@shop.example", None, members.NOBODY,
        )  # fmt: skip
        assert "not the password" not in str(AuditEntry.objects.values())
