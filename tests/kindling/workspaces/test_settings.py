"""What a workspace decides: who may change it, what is refused, that it is recorded, and the same by every way in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from sample_team import Team

from kindling.authorizations.lifecycle import rules as authorization_rules
from kindling.cli import main
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError
from kindling.jobs.models import Intent
from kindling.money import booked
from kindling.workspaces import service as workspaces
from kindling.workspaces import settings
from kindling.workspaces.models import AuditEntry, Workspace
from kindling.workspaces.service import Actor

GOOD = {
    "name": "Glow Lab", "timezone": "Europe/Berlin", "currency": "EUR", "safety_margin_hours": "48",
    "plan_limit": "1,500.00", "payment_limit": "0", "wants_review": "yes",
    "comment_hours": "6", "asks_for_comments": "yes", "escalate_hours": "2",
}  # fmt: skip


def page_of(actor: Actor) -> tuple[Client, str]:
    client = Client()
    assert actor.user is not None
    client.force_login(actor.user)
    return client, reverse("workspaces:settings", args=[actor.workspace.slug])


class TestTheSettings:
    def test_are_changed_at_once_and_recorded_with_before_and_after(self, team: Team) -> None:
        settings.change(team.owner, GOOD, at=team.now)
        place = Workspace.objects.get(pk=team.workspace.pk)
        assert settings.values(place) == {**GOOD, "plan_limit": "1500.00", "payment_limit": "0.00"}
        entry = AuditEntry.objects.get(action="changed settings")
        assert entry.before["safety_margin_hours"] == "24"
        assert entry.after["safety_margin_hours"] == "48"
        assert entry.actor == team.owner.user

    def test_that_stay_the_same_leave_no_record(self, team: Team) -> None:
        settings.change(team.owner, settings.values(team.workspace), at=team.now)
        assert not AuditEntry.objects.filter(action="changed settings").exists()

    @pytest.mark.parametrize(
        ("name", "text", "reason"),
        [
            ("name", "  ", "needs a name"),
            ("name", "x" * 121, "at most 120"),
            ("timezone", "Berlin", "not a time zone"),
            ("timezone", "../etc/passwd", "not a time zone"),
            ("currency", "Euro", "three letters"),
            ("wants_review", "perhaps", "neither yes nor no"),
            ("safety_margin_hours", "-1", "0 to 336"),
            ("safety_margin_hours", "337", "0 to 336"),
            ("safety_margin_hours", "1.5", "0 to 336"),
            ("plan_limit", "1,500", "two ways"),
            ("plan_limit", "-1", "below zero"),
            ("payment_limit", "many", "not an amount"),
            ("colour", "red", "no setting 'colour'"),
        ],
    )
    def test_are_refused_with_the_reason_and_all_stay(
        self, team: Team, name: str, text: str, reason: str
    ) -> None:
        before = settings.values(team.workspace)
        with pytest.raises(InvalidInputError, match=reason):
            settings.change(team.owner, {"safety_margin_hours": "3", name: text}, at=team.now)
        assert settings.values(Workspace.objects.get(pk=team.workspace.pk)) == before

    def test_name_every_problem_at_once(self, team: Team) -> None:
        with pytest.raises(InvalidInputError) as refused:
            settings.change(team.owner, {"name": "", "timezone": "x"}, at=team.now)
        assert "Name: " in refused.value.message
        assert "Time zone: " in refused.value.message

    def test_are_an_owners(self, team: Team) -> None:
        for actor in (team.manager, team.buyer, team.finance):
            with pytest.raises(NotAllowedError):
                settings.change(actor, {"name": "Mine"}, at=team.now)

    def test_are_not_of_somebody_who_was_an_owner_when_the_page_was_opened(
        self, team: Team
    ) -> None:
        boss = workspaces.add_member(team.owner, email="b@shop.example", role="owner", at=team.now)
        gone = workspaces.actor_for(boss.user, team.workspace.slug)
        workspaces.remove_member(team.owner, email="b@shop.example", at=team.now)
        with pytest.raises(NotAllowedError):
            settings.change(gone, {"name": "Mine"}, at=team.now)

    def test_of_the_margin_ask_for_new_stop_by_dates(self, team: Team) -> None:
        settings.change(team.owner, {"name": "Other"}, at=team.now)
        assert not Intent.objects.filter(task=settings.SWEEP, key__contains="settings").exists()
        settings.change(team.owner, {"safety_margin_hours": "48"}, at=team.now)
        asked = Intent.objects.get(task=settings.SWEEP, key__contains="settings")
        assert asked.arguments["arguments"] == {"workspace": team.workspace.pk}

    def test_of_limits_keep_their_amount_in_a_currency_without_cents(self, team: Team) -> None:
        assert team.workspace.second_person_above_minor == 20_000
        place = settings.change(team.owner, {"currency": "JPY"}, at=team.now)
        assert place.second_person_above_minor == 200
        assert settings.values(place)["plan_limit"] == "200"

    @given(minor=st.integers(0, 10**12))
    def test_read_what_they_show(self, minor: int) -> None:
        place = Workspace(currency="USD", second_person_above_minor=minor)
        limit = settings.BY_NAME["plan_limit"]
        assert limit.read(limit.text(place), "USD") == minor


class TestTheCurrency:
    def test_stays_once_money_is_booked_and_says_why(self, team: Team) -> None:
        assert booked.booked(team.workspace) == ""
        assert settings.why_currency_stays(team.workspace) == ""
        team.shop()
        assert booked.booked(team.workspace) == "products and usage rights"
        with pytest.raises(ConflictError, match="products and usage rights are booked"):
            settings.change(team.owner, {"currency": "EUR"}, at=team.now)
        settings.change(team.owner, {"currency": "USD", "name": "Same"}, at=team.now)

    def test_says_so_beside_its_field(self, team: Team) -> None:
        team.shop()
        client, url = page_of(team.owner)
        text = client.get(url).content.decode()
        assert "amounts are never converted" in text
        assert "readonly" in text


class TestThePage:
    def test_keeps_what_was_typed_when_it_is_refused(self, team: Team) -> None:
        client, url = page_of(team.owner)
        answer = client.post(url, {**GOOD, "timezone": "Mars/Base"})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert 'value="Mars/Base"' in text
        assert 'value="Glow Lab"' in text
        assert "data-problem" in text

    @pytest.mark.parametrize(
        ("name", "typed", "says"),
        [
            ("name", "", "needs a name"),
            ("name", "n" * 121, "at most 120 characters"),
            ("timezone", "<b>Mars</b>", "is not a time zone"),
            ("currency", "مال", "is not a currency"),
            ("safety_margin_hours", "9" * 30, "is not a whole number of hours"),
            ("plan_limit", "1.500,00", "can be read in two ways"),
            ("payment_limit", "-1", "below zero"),
            ("wants_review", "perhaps", "Select a valid choice"),
        ],
    )
    def test_says_at_its_field_what_is_wrong(
        self, team: Team, name: str, typed: str, says: str
    ) -> None:
        client, url = page_of(team.owner)
        answer = client.post(url, {**GOOD, name: typed})
        assert answer.status_code == 422
        found = re.findall(f'id="{name}_error">([^<]*)<', answer.content.decode())
        assert says in found[0]
        team.workspace.refresh_from_db()
        assert team.workspace.name != "Glow Lab"

    def test_changes_only_what_was_sent(self, team: Team) -> None:
        client, url = page_of(team.owner)
        before = team.workspace.timezone
        assert client.post(url, {"name": "Another name"}).status_code == 302
        team.workspace.refresh_from_db()
        assert (team.workspace.name, team.workspace.timezone) == ("Another name", before)

    def test_saves_and_comes_back(self, team: Team) -> None:
        client, url = page_of(team.owner)
        assert client.post(url, GOOD)["Location"] == url
        assert 'value="1500.00"' in client.get(url).content.decode()

    def test_shows_everybody_and_takes_from_owners_alone(self, team: Team) -> None:
        client, url = page_of(team.buyer)
        text = client.get(url).content.decode()
        assert "Safety margin" in text
        assert '<input id="name"' not in text
        assert client.post(url, GOOD).status_code == 403
        assert settings.values(Workspace.objects.get())["name"] != GOOD["name"]

    def test_shows_what_is_fixed_protection_and_who_may_do_what(self, team: Team) -> None:
        client, url = page_of(team.buyer)
        text = client.get(url).content.decode()
        assert f"{authorization_rules.DEFAULT_LEAD.days} days before the end" in text
        assert reverse("delivery:protection_list", args=[team.workspace.slug]) in text
        assert "Approve spend" in text


class TestTheOtherWays:
    def test_the_api_shows_and_changes_them(self, team: Team) -> None:
        token = workspaces.issue_token(team.owner, name="test", at=team.now)
        client = Client(headers={"Authorization": f"Bearer {token}"})

        def patch(**body: Any) -> Any:
            return client.patch(
                "/api/v1/workspace", json.dumps(body), content_type="application/json"
            )

        assert client.get("/api/v1/workspace").json()["safety_margin_hours"] == "24"
        answer = patch(safety_margin_hours=48, plan_limit="$1,500.00")
        assert answer.status_code == 200
        assert (answer.json()["safety_margin_hours"], answer.json()["plan_limit"]) == (
            "48",
            "1500.00",
        )
        assert patch(timezone="nowhere").status_code == 422
        assert patch(protection="all").status_code == 422
        theirs = workspaces.issue_token(team.buyer, name="test", at=team.now)
        client = Client(headers={"Authorization": f"Bearer {theirs}"})
        assert patch(name="x").status_code == 403

    def test_the_command_line_shows_and_changes_them(self, team: Team) -> None:
        run = CliRunner().invoke
        done = run(
            main, ["settings", "--set", "safety_margin_hours=12", "--set", "name=A=B", "--json"]
        )
        assert done.exit_code == 0, done.output
        body = json.loads(done.stdout)
        assert (body["schema"], body["name"]) == ("kindling.settings/1", "A=B")
        assert Workspace.objects.get().safety_margin_hours == 12
        assert "safety_margin_hours" in run(main, ["settings"]).stdout
        for words in (["--set", "name"], ["--set", "colour=red"]):
            assert run(main, ["settings", *words]).exit_code == 1
        mine = ["--as", str(team.buyer.user.email), "--set", "name=x"]  # type: ignore[union-attr]
        assert run(main, ["settings", *mine]).exit_code == 1
