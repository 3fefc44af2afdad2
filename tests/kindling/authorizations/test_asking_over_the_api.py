"""Codes, requests and renewals over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from sample_team import Team

from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.models import Authorization, Intake, Renewal
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces

pytestmark = pytest.mark.slow


def told(team: Team, path: str, body: dict[str, Any] | None = None) -> Any:
    token = workspaces.issue_token(team.owner, name="test", at=team.now)
    return Client().post(
        f"/api/v1/{path}", body or {}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip


@pytest.fixture
def item_id(team: Team) -> str:
    """A creator's public post on record that no code was made for."""
    team.shop()
    found: str = team.plain_posts()[0]["item_id"]
    post = Post.objects.select_related("creator").get(item_id=found)
    post.creator.email = "creator@shop.example"
    post.creator.save()
    return found


def test_a_creator_is_asked_for_a_code(team: Team, item_id: str) -> None:
    wanted = {
        "item_id": item_id, "days": 60, "through": "email",
        "ad_account": team.account.advertiser_id,
    }  # fmt: skip
    answer = told(team, "authorizations/requests", wanted)
    assert answer.status_code == 201, answer.json()
    row = Authorization.objects.get(pk=answer.json()["id"])
    assert (answer.json()["state"], row.requested_days) == ("requested", 60)


def test_codes_are_taken_in_and_tried_again(team: Team, item_id: str) -> None:
    body = {"ad_account": team.account.advertiser_id, "codes": [{"code": team.code(item_id)}]}
    answer = told(team, "codes", body)
    assert answer.status_code == 202, answer.json()
    assert answer.json()["id"] == Intake.objects.get().pk
    intakes.process_batch(answer.json()["id"])
    Intake.objects.get().rows.update(outcome="retry")
    again = told(team, f"codes/{answer.json()['id']}/retry")
    assert again.status_code == 202, again.json()


def test_a_renewal_is_asked_for_at_another_price_with_a_reason(team: Team, item_id: str) -> None:
    team.paste(team.code(item_id))
    pk = Authorization.objects.get(post__item_id=item_id).pk
    wanted = {"days": 30, "price": "55.00", "reason": "As agreed\0 by phone."}
    answer = told(team, f"authorizations/{pk}/renewals", wanted)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["price"] == {"amount": "55.00", "currency": "USD"}
    renewal = Renewal.objects.get()
    assert (renewal.pk, renewal.price_source) == (
        answer.json()["id"],
        "manual: As agreed by phone.",
    )
