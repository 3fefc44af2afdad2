"""Plans over the API: made, read, approved and applied by the tokens of those who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from sample_team import Team

from kindling.launches.models import Plan
from kindling.workspaces import service as workspaces
from kindling.workspaces.service import Actor


def told(team: Team, actor: Actor, path: str, body: dict[str, Any] | None = None) -> Any:
    token = workspaces.issue_token(actor, name="test", at=team.now)
    return Client().post(
        f"/api/v1/plans{path}", body or {}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


@pytest.mark.slow
def test_a_plan_is_made_approved_and_applied(team: Team) -> None:
    """Seen: making one stored it, and then ended in an error; nothing had ever posted one in the tests."""
    (post,) = team.launchable(1)
    spec = {
        "ad_account": team.account.advertiser_id, "posts": [post.item_id],
        "daily_budget": "60.00", "name": "Spring \ud83d sale",
    }  # fmt: skip
    made = told(team, team.buyer, "", spec)
    assert made.status_code == 201, made.json()
    assert (made.json()["name"], made.json()["state"]) == ("Spring  sale", "draft")
    pk = made.json()["id"]
    approved = told(team, team.finance, f"/{pk}/approve", {"digest": made.json()["digest"]})
    assert (approved.status_code, approved.json()["state"]) == (200, "approved")
    applied = told(team, team.buyer, f"/{pk}/apply")
    assert (applied.status_code, applied.json()["state"]) == (202, "applying")
    assert Plan.objects.get().pk == pk
