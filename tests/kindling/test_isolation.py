"""A second workspace sees nothing of the first, through no service function."""

from __future__ import annotations

from datetime import datetime

import pytest
from sample_team import Team

from kindling.authorizations import service as authorizations
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.models import Authorization, Intake
from kindling.conversions import service as conversions
from kindling.creators import grants
from kindling.creators import service as creators
from kindling.delivery import service as delivery
from kindling.errors import NotFoundError
from kindling.launches import service as launches
from kindling.launches.checks import service as checks
from kindling.lists import service as lists
from kindling.lists.query import opened_in_batches, read_wanted, rows_of
from kindling.lists.rules import ALL
from kindling.lists.spec import ListSpec, Scope, all_lists
from kindling.money import service as money
from kindling.posts import service as posts
from kindling.products import service as products
from kindling.today import five as today
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import User
from kindling.workspaces.service import Actor

pytestmark = pytest.mark.slow


@pytest.fixture
def busy(team: Team) -> Team:
    """The first workspace, with something in every area."""
    return team.stages.after("busy", do=lambda: fill(team))


def fill(team: Team) -> Team:
    team.connect_creator("sample.ana")
    plan = team.apply(team.approved(team.launchable(1)))
    assert plan.state == "applied"
    team.sandbox.advance(days=2)
    team.read()
    team.orders()
    workspaces.issue_token(team.owner, name="sample", at=team.now)
    return team


@pytest.fixture
def stranger(team: Team) -> Actor:
    """The owner of a second workspace."""
    user = User.objects.create_user("owner@other.example")
    workspaces.create_workspace(
        slug="other-shop", name="Other", owner=user, currency="USD", timezone="UTC", at=team.now
    )
    return workspaces.actor_for(user, "other-shop")


OWN = {"members", "audit"}  # what every workspace has of its own


def listed(spec: ListSpec, scope: Scope) -> list[dict[str, object]]:
    """All rows of a list, as files and the API tell them."""
    wanted = read_wanted(
        spec, {each.name: ALL for each in spec.filters if each.unless and each.has_all}, scope
    )
    rows = rows_of(spec, wanted, scope)
    return [
        each for some in opened_in_batches(spec, rows, scope) for each in lists.to_json(spec, some)
    ]


def seen_by(actor: Actor, team: Team, now: datetime) -> dict[str, object]:
    """Whatever the list functions show to somebody, by the function's name."""
    place = actor.workspace
    five = today.five(place, now=now)
    answers = today.to_json(five)["five"]
    return {
        "creators": list(creators.directory(place)),
        "grants": grants.grants(place),
        "products": products.products(place),
        "library": list(posts.library(place)),
        "listing": posts.library_rows(place),
        "lanes": posts.lane_counts(place),
        "permissions": authorizations.permissions(place, now=now),
        "spend": authorizations.spend_by_post(place, now=now),
        "intakes": intakes.recent(place),
        "inventory": checks.inventory(place, team.account, now=now),
        "plans": list(launches.plans(place)),
        "ads": delivery.all_ads(place, now=now),
        "series": delivery.series(place, now=now),
        "sync": delivery.last_sync(place) or (),
        "imports": list(conversions.imports(place)),
        **{f"profit by {by}": money.profit(place, by=by, now=now).rows for by in money.CUTS},
        **{f"five: {question}": rows for question, rows in answers.items() if question != "profit"},
        "profit": [row for rows in answers["profit"].values() for row in rows],
        **{
            f"list {spec.name}": listed(spec, Scope(actor, now))
            for spec in all_lists()
            if spec.name not in OWN
        },
        "ad accounts": workspaces.ad_accounts(place),
        "connections": workspaces.connections(actor),
        "tokens": workspaces.tokens_of(actor),
    }


class TestASecondWorkspace:
    def test_sees_nothing_in_any_list(self, busy: Team, stranger: Actor) -> None:
        now = busy.now
        mine = seen_by(busy.owner, busy, now)
        may_be_empty = {"five: expiring"}
        empty = {name for name, rows in mine.items() if not rows}
        filled = {"list ads", "list posts", "list authorizations", "list codes", "list profit"}
        assert not empty & filled
        assert {name for name in empty - may_be_empty if not name.startswith("list ")} == set()
        theirs = seen_by(stranger, busy, now)
        assert {name: rows for name, rows in theirs.items() if rows} == {}

    def test_has_people_and_an_audit_trail_of_its_own(self, busy: Team, stranger: Actor) -> None:
        emails = [each.user.email for each in workspaces.members(stranger.workspace)]
        assert emails == ["owner@other.example"]
        trail = [entry.action for entry in workspaces.audit_trail(stranger.workspace)]
        assert trail == ["created workspace"]

    def test_finds_nothing_by_its_number(self, busy: Team, stranger: Actor) -> None:
        place, now = stranger.workspace, busy.now
        permission = Authorization.objects.filter(workspace=busy.workspace).first()
        intake = Intake.objects.filter(workspace=busy.workspace).first()
        plan = launches.plans(busy.workspace)[0]
        ad = delivery.all_ads(busy.workspace, now=now)[0].ad
        assert permission is not None
        assert intake is not None
        item = permission.post.item_id
        for look in (
            lambda: authorizations.find_authorization(place, permission.pk),
            lambda: authorizations.find_permission(place, permission.pk, now=now),
            lambda: intakes.find_intake(place, intake.pk),
            lambda: launches.find_plan(place, plan.pk),
            lambda: checks.posts_of(place, [item]),
            lambda: posts.find_post(place, item),
            lambda: creators.find_creator(place, "sample.ana"),
            lambda: delivery.find_ad(place, ad.ad_id),
            lambda: workspaces.find_connection(stranger, busy.account.connection_id),
            lambda: workspaces.find_ad_account(stranger, busy.account.advertiser_id),
            lambda: workspaces.revoke_token(
                stranger, workspaces.tokens_of(busy.owner)[0].pk, at=now
            ),
        ):
            with pytest.raises(NotFoundError):
                look()

    def test_cannot_be_entered_by_a_member_of_the_first(self, busy: Team, stranger: Actor) -> None:
        assert busy.buyer.user is not None
        with pytest.raises(NotFoundError):
            workspaces.actor_for(busy.buyer.user, stranger.workspace.slug)

    def test_cannot_apply_a_plan_file_of_the_first(self, busy: Team, stranger: Actor) -> None:
        content = launches.plans(busy.workspace)[0].content
        with pytest.raises(NotFoundError):
            launches.account_of_plan(stranger, content)
