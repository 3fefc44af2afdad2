"""A sample team with something on every page, and browsers of people in each role."""

from __future__ import annotations

import pytest
from django.test import Client
from furnished import Browser, Furnished
from sample_team import Team

from kindling.authorizations.models import Authorization, Intake
from kindling.delivery import service as delivery
from kindling.delivery.models import Ad
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User


@pytest.fixture
def furnished(team: Team) -> Furnished:
    return team.stages.after("furnished", do=lambda: furnish(team))


def furnish(team: Team) -> Furnished:
    launched, planned = team.launchable(2)
    team.apply(team.approved([launched]))
    delivery.sync(team.account, at=team.now)
    codes = Authorization.objects.exclude(code="").values_list("code", flat=True)
    return Furnished(
        team=team,
        post=launched,
        plan=team.plan([planned]),
        authorization=Authorization.objects.get(post=planned, kind="code"),
        intake=Intake.objects.latest("pk"),
        ad=Ad.objects.get(item_id=launched.item_id),
        codes=tuple(codes),
    )


@pytest.fixture
def browser(team: Team) -> Browser:
    """A signed-in browser of a member in the given role, hired on the spot."""

    def signed_in(role: str) -> Client:
        email = f"{role}@shop.example"
        if role != "owner":
            workspaces.add_member(team.owner, email=email, role=role, at=team.now)
        client = Client(raise_request_exception=True)
        client.force_login(User.objects.get(email=email))
        return client

    return signed_in
