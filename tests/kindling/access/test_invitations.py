"""Invitations: shown once, for one person, one week and one role; new people make an account, others sign in."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from at_once import at_once
from django.test import Client, override_settings
from django.urls import reverse
from sample_team import Team

from kindling.access import invitations, members
from kindling.access.models import Invitation
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.notices.models import Mail
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AuditEntry, Member, User

PASSWORD = "correct horse battery"


def key_of(url: str) -> str:
    return urlsplit(url).path.strip("/").split("/")[1]


def invited(team: Team, *, role: str = "finance", email: str = "") -> str:
    return key_of(invitations.invite(team.owner, role=role, email=email, at=team.now))


def path(key: str) -> str:
    return reverse("join", args=[key])


def role_of(email: str) -> str:
    return Member.objects.get(user__email=email).role


class TestALink:
    @pytest.mark.slow
    def test_makes_an_account_with_the_role_and_signs_in(self, team: Team) -> None:
        key, client = invited(team), Client()
        assert "invites you as finance" in client.get(path(key)).content.decode()
        answer = client.post(
            path(key), {"email": "New@shop.example", "name": "Nina", "password": PASSWORD}
        )
        assert answer["Location"] == reverse("today:home", args=[team.workspace.slug])
        assert client.get(answer["Location"]).status_code == 200
        assert role_of("new@shop.example") == "finance"
        actions = set(AuditEntry.objects.values_list("action", flat=True))
        assert {"invited member", "joined workspace", "signed in"} <= actions

    def test_works_once(self, team: Team) -> None:
        key = invited(team)
        form = {"email": "a@shop.example", "name": "A", "password": PASSWORD}
        assert Client().post(path(key), form).status_code == 302
        answer = Client().post(path(key), {**form, "email": "b@shop.example"})
        assert answer.status_code == 404
        assert "already used" in answer.content.decode()
        assert not User.objects.filter(email="b@shop.example").exists()

    def test_is_not_used_up_by_looking_and_no_cache_keeps_it(self, team: Team) -> None:
        key = invited(team)
        for _ in range(3):
            answer = Client().get(path(key))
            assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
        assert Invitation.objects.get().used_at is None

    def test_ends_after_a_week(self, team: Team) -> None:
        key = invited(team)
        assert invitations.find(key, at=team.now + timedelta(days=7, seconds=-1))
        with pytest.raises(NotFoundError):
            invitations.find(key, at=team.now + timedelta(days=7))

    @pytest.mark.slow
    def test_that_is_used_and_withdrawn_at_once_ends_once(
        self, team: Team, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Both lock the workspace first. In another order each waited for the other on PostgreSQL."""
        key, user = invited(team), User.objects.create_user("new@shop.example", name="Nina")
        invitation, begun, patience = Invitation.objects.get(), Event(), 0.3
        check_again, find = workspaces.check_again, invitations.find

        def checking(*given: Any) -> Any:
            found = check_again(*given)
            begun.wait(patience)  # until the other holds what it locks first
            return found

        def finding(*given: Any, **more: Any) -> Any:
            begun.set()
            return find(*given, **more)

        monkeypatch.setattr(workspaces, "check_again", checking)
        monkeypatch.setattr(invitations, "find", finding)

        found = at_once(
            lambda: invitations.withdraw(team.owner, invitation.pk, at=team.now),
            lambda: invitations.accept(key, user, at=team.now),
        )
        assert [isinstance(each, NotFoundError) for each in found].count(True) == 1, found

    def test_ends_when_it_is_withdrawn(self, team: Team) -> None:
        key = invited(team)
        invitations.withdraw(team.owner, Invitation.objects.get().pk, at=team.now)
        assert Client().get(path(key)).status_code == 404
        with pytest.raises(NotFoundError):
            invitations.withdraw(team.owner, Invitation.objects.get().pk, at=team.now)

    def test_ends_when_who_invited_is_no_owner_any_more(self, team: Team) -> None:
        boss = workspaces.add_member(team.owner, email="b@shop.example", role="owner", at=team.now)
        actor = workspaces.actor_for(boss.user, team.workspace.slug)
        key = key_of(invitations.invite(actor, role="owner", at=team.now))
        members.set_role(team.owner, boss.pk, role="viewer", at=team.now)
        assert Client().get(path(key)).status_code == 404

    def test_is_stored_as_a_digest_alone_and_shown_once(self, team: Team) -> None:
        client = Client()
        client.force_login(team.owner.user)  # type: ignore[arg-type]
        url = reverse("members:invite", args=[team.workspace.slug])
        answer = client.post(url, {"role": "viewer", "how": "link"})
        assert answer["Cache-Control"] == "no-store"
        text = answer.content.decode()
        key = text.split("/join/")[1].split("/")[0]
        assert invitations.find(key, at=team.now)
        page = client.get(reverse("members:list", args=[team.workspace.slug])).content.decode()
        assert key not in page
        assert key not in str(list(Invitation.objects.values()) + list(AuditEntry.objects.values()))

    def test_role_cannot_be_chosen_by_who_uses_it(self, team: Team) -> None:
        form = {"email": "a@shop.example", "name": "A", "password": PASSWORD, "role": "owner"}
        Client().post(path(invited(team, role="viewer")), form)
        assert role_of("a@shop.example") == "viewer"

    def test_guessed_is_closed(self, database: None) -> None:
        assert Client().get(path("guess")).status_code == 404

    @pytest.mark.parametrize(
        ("form", "field", "reason"),
        [
            ({"email": "no address", "name": "A", "password": PASSWORD}, "email", "valid e-mail"),
            ({"email": "a@shop.example", "name": " ", "password": PASSWORD}, "name", "required"),
            ({"email": "a@b.example", "name": "A" * 121, "password": PASSWORD}, "name", "at most"),
            ({"email": "a@shop.example", "name": "A", "password": "short"}, "password", "short"),
            ({"email": "a@shop.example", "name": "A", "password": ""}, "password", "required"),
        ],
    )
    def test_says_what_is_missing_and_keeps_the_rest(
        self, team: Team, form: dict[str, str], field: str, reason: str
    ) -> None:
        key = invited(team)
        answer = Client().post(path(key), form)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert reason in re.findall(f'id="{field}_error">([^<]*)', text)[0]
        assert f'value="{form["email"]}"' in text
        assert PASSWORD not in text
        assert invitations.find(key, at=team.now)


class TestSomebodyWithAnAccount:
    @pytest.fixture
    def known(self, team: Team) -> User:
        return User.objects.create_user("known@other.example", PASSWORD)

    def test_joins_with_it_after_signing_in(self, team: Team, known: User) -> None:
        key, client = invited(team, email=known.email), Client()
        text = client.get(path(key)).content.decode()
        assert "Sign in with it to join" in text
        assert 'type="password"' not in text
        client.force_login(known)
        assert client.post(path(key)).status_code == 302
        assert role_of(known.email) == "finance"

    def test_is_not_taken_over_by_who_has_the_link(self, team: Team, known: User) -> None:
        for email in ("", known.email):
            with pytest.raises(ConflictError, match="has an account already"):
                invitations.accept_as_new(
                    invited(team, email=email), email=known.email, name="M", password="x" * 20,
                    at=team.now,
                )  # fmt: skip
        known.refresh_from_db()
        assert known.check_password(PASSWORD)

    def test_without_a_password_in_another_workspace_is_not_taken_over(self, team: Team) -> None:
        other = workspaces.create_workspace(
            slug="other", name="O", owner=User.objects.create_user("o@other.example"),
            currency="USD", timezone="UTC", at=team.now,
        )  # fmt: skip
        their_owner = workspaces.actor_for(User.objects.get(email="o@other.example"), other.slug)
        workspaces.add_member(their_owner, email="c@other.example", role="viewer", at=team.now)
        with pytest.raises(ConflictError):
            invitations.accept_as_new(
                invited(team), email="c@other.example", name="M", password=PASSWORD, at=team.now
            )

    def test_cannot_use_somebody_elses(self, team: Team, known: User) -> None:
        key, client = invited(team, email="nina@shop.example"), Client()
        client.force_login(known)
        answer = client.post(path(key))
        assert answer.status_code == 409
        assert "is for nina@shop.example" in answer.content.decode()
        assert invitations.find(key, at=team.now)

    def test_who_is_a_member_already_keeps_the_role(self, team: Team) -> None:
        key = invited(team, role="viewer")
        with pytest.raises(ConflictError, match="already"):
            invitations.accept(key, team.buyer.user, at=team.now)  # type: ignore[arg-type]
        assert role_of(team.buyer.user.email) == "media_buyer"  # type: ignore[union-attr]

    def test_who_is_deactivated_stays_out(self, team: Team) -> None:
        buyer = Member.objects.get(user=team.buyer.user)
        members.deactivate(team.owner, buyer.pk, at=team.now)
        with pytest.raises(ConflictError, match="deactivated"):
            invitations.accept(invited(team), buyer.user, at=team.now)


class TestAnInvitation:
    def test_is_an_owners(self, team: Team) -> None:
        with pytest.raises(NotAllowedError):
            invitations.invite(team.manager, role="viewer", at=team.now)
        key = invited(team)
        assert key
        with pytest.raises(NotAllowedError):
            invitations.withdraw(team.manager, Invitation.objects.get().pk, at=team.now)

    @pytest.mark.parametrize(
        ("role", "email", "error"),
        [("king", "", InvalidInputError), ("viewer", "no address", InvalidInputError)],
    )
    def test_needs_a_role_and_a_valid_address(
        self, team: Team, role: str, email: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            invitations.invite(team.owner, role=role, email=email, at=team.now)

    def test_of_a_member_is_refused(self, team: Team) -> None:
        with pytest.raises(ConflictError, match="member already"):
            invitations.invite(
                team.owner,
                role="viewer",
                email=team.buyer.user.email,
                at=team.now,  # type: ignore[union-attr]
            )

    def test_goes_out_by_mail_where_there_is_a_server(self, team: Team) -> None:
        with override_settings(KINDLING_MAIL_URL="smtp://mail.example"):
            url = invitations.invite(
                team.owner, role="legal", email="Nina@shop.example", by_mail=True, at=team.now
            )
        mail = Mail.objects.get(to="nina@shop.example")
        assert url in mail.text
        assert "as legal" in mail.text
        invitations.withdraw(team.owner, Invitation.objects.get().pk, at=team.now)
        mail.refresh_from_db()
        assert (mail.state, mail.text) == (Mail.State.CANCELLED, "")

    def test_by_mail_without_a_server_says_what_to_do(self, team: Team) -> None:
        client = Client()
        client.force_login(team.owner.user)  # type: ignore[arg-type]
        url = reverse("members:invite", args=[team.workspace.slug])
        form = {"role": "legal", "how": "mail", "email": "nina@shop.example"}
        answer = client.post(url, form)
        assert answer.status_code == 409
        assert "Create a link" in answer.content.decode()
        assert 'value="nina@shop.example"' in answer.content.decode()
        assert not Invitation.objects.exists()
