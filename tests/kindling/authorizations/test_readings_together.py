"""A reading of many bindings: what reads as on record is noted together, what differs goes its own way."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from sample_team import Team

from kindling.authorizations.lifecycle import polling, transitions
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.lifecycle.transitions import Told
from kindling.authorizations.models import Authorization, AuthorizationEvent, Binding


def queries_of_a_poll(team: Team) -> int:
    team.sandbox.advance(hours=1)
    with CaptureQueriesContext(connection) as found:
        polling.poll(team.account, at=team.now)
    return len(found)


def test_of_twice_as_many_bindings_asks_no_more_queries(team: Team) -> None:
    posts = [each["item_id"] for each in team.plain_posts()[:6]]
    team.paste(*(team.code(each) for each in posts[:2]))
    polling.poll(team.account, at=team.now)
    few = queries_of_a_poll(team)
    team.paste(*(team.code(each) for each in posts[2:]))
    polling.poll(team.account, at=team.now)
    assert queries_of_a_poll(team) <= few + 2


def test_keeps_when_it_was_and_writes_no_event(team: Team) -> None:
    posts = [each["item_id"] for each in team.plain_posts()[:3]]
    team.paste(*(team.code(each) for each in posts))
    polling.poll(team.account, at=team.now)
    events = AuthorizationEvent.objects.count()
    team.sandbox.advance(hours=1)
    at = team.now
    polling.poll(team.account, at=at)
    assert AuthorizationEvent.objects.count() == events
    assert set(Authorization.objects.values_list("read_at", flat=True)) == {at}
    assert set(Binding.objects.values_list("read_at", flat=True)) == {at}
    assert all(row.next_read_at and row.next_read_at > at for row in Authorization.objects.all())


def test_takes_the_one_that_differs_among_many_that_do_not(team: Team) -> None:
    posts = [each["item_id"] for each in team.plain_posts()[:3]]
    team.paste(*(team.code(each) for each in posts))
    polling.poll(team.account, at=team.now)
    before = Authorization.objects.get(post__item_id=posts[1]).ends_at
    team.sandbox.phone(f"posts/{posts[1]}/extend/", {"days": 30})
    team.sandbox.phone(f"posts/{posts[2]}/revoke/", {})
    team.sandbox.advance(hours=1)
    polling.poll(team.account, at=team.now)
    found = {row.post.item_id: row for row in Authorization.objects.select_related("post")}
    assert found[posts[0]].state == State.BOUND
    assert before is not None
    assert found[posts[1]].ends_at == before + timedelta(days=30)
    assert found[posts[2]].state == State.REVOKED


def test_leaves_what_changed_since_it_looked_to_a_step_of_its_own(team: Team) -> None:
    (item,) = [each["item_id"] for each in team.plain_posts()[:1]]
    team.paste(team.code(item))
    polling.poll(team.account, at=team.now)
    row = Authorization.objects.get()
    told = Told(
        State(row.state),
        {"starts_at": row.starts_at, "ends_at": row.ends_at, "granted_days": row.granted_days},
    )
    Authorization.objects.update(state=State.RENEWAL_REQUESTED)
    team.sandbox.advance(hours=1)
    assert transitions.note_as_known({row.pk: told}, at=team.now) == set()
    Authorization.objects.update(state=row.state)
    assert transitions.note_as_known({row.pk: told}, at=team.now) == {row.pk}


def test_that_began_before_what_is_on_record_changes_nothing(team: Team) -> None:
    (item,) = [each["item_id"] for each in team.plain_posts()[:1]]
    team.paste(team.code(item))
    team.sandbox.advance(hours=1)
    polling.poll(team.account, at=team.now)
    row = Authorization.objects.get()
    late = Told(State.BOUND, {"ends_at": None})
    assert transitions.note_as_known({row.pk: late}, at=team.now - timedelta(hours=2)) == {row.pk}
    row.refresh_from_db()
    assert row.ends_at is not None
