"""A step of the life cycle: what is written down, who is told, what stops, what is a breach, what is owed.

The rows here are never stored: what would leave for the database is caught where it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from kindling.agreements import service as agreements
from kindling.agreements.models import AgreementVersion, Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.authorizations.lifecycle import transitions, windows
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Authorization, AuthorizationEvent, Renewal
from kindling.creators.models import Creator
from kindling.errors import ConflictError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.money import Money
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces.models import User, Workspace
from kindling.workspaces.service import Actor

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ITEM = "7561217414655688790"
GLOW = Workspace(pk=1, slug="glow", name="Glow")
ANN = User(pk=5, email="ann@shop.example")


class Caught:
    """What left for other areas: notices opened and settled, mails, tasks, breaches, payables, events."""

    def __init__(self) -> None:
        self.notices: list[dict[str, Any]] = []
        self.settled: list[str] = []
        self.mails: list[dict[str, Any]] = []
        self.tasks: list[JobRequest] = []
        self.breaches: list[dict[str, Any]] = []
        self.payables: list[dict[str, Any]] = []
        self.renewed: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.indexed: list[Authorization] = []
        self.saved: list[Any] = []
        self.saved_fields: set[str] = set()
        self.right: UsageRight | None = None


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Caught:
    found = Caught()

    def rights_of_posts(
        workspace: Workspace, keys: list[tuple[int, str]], *, now: datetime
    ) -> dict[tuple[int, str], UsageRight]:
        assert (workspace, now) == (GLOW, NOON)
        assert keys == [(2, ITEM)]
        return {keys[0]: found.right} if found.right else {}

    def note(workspace: Workspace, **facts: Any) -> None:
        assert workspace is GLOW
        found.notices.append(facts)

    def settle(workspace: Workspace, *, key: str, at: datetime) -> None:
        assert (workspace, at) == (GLOW, NOON)
        found.settled.append(key)

    def settle_all(workspace: Workspace, *, keys: Iterable[str], at: datetime) -> None:
        found.settled.extend(keys)

    monkeypatch.setattr(notices, "settle_all", settle_all)
    monkeypatch.setattr(notices, "notify", note)
    monkeypatch.setattr(notices, "settle", settle)
    monkeypatch.setattr(mail, "written", lambda name, **facts: (name, str(facts)))
    monkeypatch.setattr(mail, "post", lambda workspace, **facts: found.mails.append(facts))
    monkeypatch.setattr(outbox, "ask", found.tasks.append)
    monkeypatch.setattr(agreements, "rights_of_posts", rights_of_posts)
    monkeypatch.setattr(
        agreements,
        "open_breach",
        lambda actor, creator, **facts: found.breaches.append(
            {"actor": actor.label, "creator": creator.handle, **facts}
        ),
    )
    monkeypatch.setattr(
        agreements, "renew", lambda right, **facts: found.renewed.append({"right": right, **facts})
    )
    monkeypatch.setattr(
        payables,
        "make",
        lambda agreement, creator, **facts: found.payables.append(
            {"agreement": agreement, "creator": creator.handle, **facts}
        ),
    )
    monkeypatch.setattr(
        windows, "index", lambda workspace, rows, *, now: found.indexed.extend(rows)
    )

    def save(self: Authorization, *, update_fields: list[str]) -> None:
        found.saved.append(self)
        found.saved_fields = set(update_fields)

    monkeypatch.setattr(Authorization, "save", save)
    monkeypatch.setattr(
        AuthorizationEvent,
        "objects",
        SimpleNamespace(create=lambda **facts: found.events.append(facts)),
    )
    return found


def post(**changed: Any) -> Post:
    facts: dict[str, Any] = {"email": "ana@mail.example", "is_own": False, **changed}
    creator = Creator(
        pk=2, workspace=GLOW, handle="sample.ana", language="es",
        email=facts["email"], is_own=facts["is_own"],
    )  # fmt: skip
    status = facts.get("status", "HESITATE_RECOMMEND")
    return Post(pk=3, workspace=GLOW, creator=creator, item_id=ITEM, status=status)


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> Authorization:
    """A code in use that ends in a week, with an ad."""
    monkeypatch.setattr(Authorization, "has_ads", True)
    return Authorization(
        pk=7, workspace=GLOW, post=post(), kind="code", state="in_use", ends_at=NOON + 7 * DAY,
        read_at=NOON - DAY, problem="The reason.", next_step="The step.",
    )  # fmt: skip


def tell(row: Authorization, state: str, *, left: str = "in_use", status: str = "") -> None:
    row.state = state
    if status:
        row.post.status = status
    transitions._notify(row, left=State(left), at=NOON)


LOSSES = {
    "expired": (("creator_manager", "media_buyer"), 2),
    "revoked": (("creator_manager", "media_buyer", "legal"), 1),
    "post_unavailable": (("creator_manager", "media_buyer", "legal"), 1),
    "identity_blocked": (("media_buyer", "creator_manager"), 1),
    "collab_ended": (("creator_manager", "media_buyer"), 2),
}
USABLE = ["bound", "in_use", "expiring", "renewal_requested", "extended"]


class TestALostPermission:
    @pytest.mark.parametrize("state", LOSSES)
    def test_is_told_to_its_roles_the_owner_of_the_next_step_first(
        self, caught: Caught, row: Authorization, state: str
    ) -> None:
        tell(row, state)
        roles, urgency = LOSSES[state]
        assert caught.notices == [
            {
                "key": "permission-7-lost",
                "roles": roles,
                "title": f"@sample.ana, post {ITEM}: The reason.",
                "next_step": "The step.",
                "path": "authorizations/7/",
                "at": NOON,
                "urgency": urgency,
            }
        ]

    @pytest.mark.parametrize("left", USABLE)
    def test_stops_its_ads_at_once_whichever_state_it_was_in(
        self, caught: Caught, row: Authorization, left: str
    ) -> None:
        tell(row, "expired", left=left)
        key = f"guard-1-7-{int(NOON.timestamp())}"
        assert caught.tasks == [JobRequest("delivery.guard", key, {"workspace": 1}, lane="guard-1")]

    def test_writes_to_the_creator_whose_ads_stopped(
        self, caught: Caught, row: Authorization
    ) -> None:
        tell(row, "expired")
        (sent,) = caught.mails
        told = "{'language': 'es', 'item_id': '" + ITEM + "', 'brand': 'Glow'}"
        assert sent == {
            "key": f"permission-7-ended-{int(NOON.timestamp())}",
            "to": "ana@mail.example",
            "subject": "authorizations/mail/ended",
            "text": told,
            "at": NOON,
        }

    @pytest.mark.parametrize("changed", [{"email": ""}, {"is_own": True}])
    def test_writes_to_nobody_without_an_address_and_not_to_the_brand_itself(
        self, caught: Caught, row: Authorization, changed: dict[str, Any]
    ) -> None:
        row.post = post(**changed)
        tell(row, "expired")
        assert caught.mails == []
        assert len(caught.notices) == 1

    def test_without_ads_is_less_urgent_and_nobody_s_ads_stopped(
        self, caught: Caught, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Authorization, "has_ads", False)
        tell(row, "revoked")
        assert [each["urgency"] for each in caught.notices] == [4]
        assert caught.mails == []
        assert len(caught.tasks) == 1

    @pytest.mark.parametrize("left", ["requested", "verified", "expired", "released"])
    def test_that_could_not_be_used_before_is_no_news(
        self, caught: Caught, row: Authorization, left: str
    ) -> None:
        tell(row, "revoked", left=left)
        assert (caught.notices, caught.tasks, caught.mails) == ([], [], [])

    def test_keeps_its_notice_open(self, caught: Caught, row: Authorization) -> None:
        tell(row, "revoked")
        assert caught.settled == ["permission-7-ends"]


class TestAPermissionThatEndsSoon:
    def test_is_told_while_ads_run(self, caught: Caught, row: Authorization) -> None:
        tell(row, "expiring")
        assert caught.notices == [
            {
                "key": "permission-7-ends",
                "roles": ("creator_manager", "media_buyer"),
                "title": f"@sample.ana, post {ITEM}: the authorization ends 09 Mar 2026.",
                "next_step": "Ask for a renewal, or plan a replacement post.",
                "path": "authorizations/7/",
                "at": NOON,
                "urgency": 2,
            }
        ]
        assert caught.tasks == []

    def test_is_no_news_without_ads(
        self, caught: Caught, row: Authorization, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Authorization, "has_ads", False)
        tell(row, "expiring")
        assert caught.notices == []

    @pytest.mark.parametrize(
        ("state", "settled"),
        [
            ("expiring", ["permission-7-lost"]),
            ("renewal_requested", ["permission-7-lost"]),
            ("bound", ["permission-7-lost", "permission-7-ends"]),
            ("in_use", ["permission-7-lost", "permission-7-ends"]),
            ("released", ["permission-7-lost", "permission-7-ends"]),
        ],
    )
    def test_settles_what_its_state_ends(
        self, caught: Caught, row: Authorization, state: str, settled: list[str]
    ) -> None:
        tell(row, state)
        assert caught.settled == settled


class TestABreach:
    """§3 and §4: a code withdrawn or a post taken away within the hold is the agreement's business."""

    @pytest.fixture(autouse=True)
    def _held(self, caught: Caught) -> None:
        caught.right = UsageRight(hold_until=NOON + SECOND)

    @pytest.mark.parametrize(
        ("state", "status", "kind", "evidence"),
        [
            ("revoked", "HESITATE_RECOMMEND", "revoked", "no longer lists the video code"),
            ("revoked", "USER_DELETE", "deleted", "no longer lists the video code"),
            (
                "post_unavailable",
                "USER_DELETE",
                "deleted",
                "shows the post as: Deleted by the creator.",
            ),
            ("post_unavailable", "NOT_LISTED", "hidden", "as: No longer listed by the creator's"),
            ("post_unavailable", "ONLY_AUTHOR_SEE", "hidden", "shows the post as: Private."),
            ("post_unavailable", "ONLY_FRIEND_SEE", "hidden", "as: Visible to friends only."),
        ],
    )
    def test_is_opened_by_what_the_creator_did(
        self, caught: Caught, row: Authorization, state: str, status: str, kind: str, evidence: str
    ) -> None:
        tell(row, state, status=status)
        (found,) = caught.breaches
        assert evidence in found.pop("evidence")
        assert found == {
            "actor": "Kindling", "creator": "sample.ana", "kind": kind, "item_id": ITEM, "at": NOON,
        }  # fmt: skip

    @pytest.mark.parametrize("status", ["AUDIT_DELETE", "ONLY_USER_PASS"])
    @pytest.mark.parametrize("state", ["post_unavailable", "revoked"])
    def test_is_none_where_tiktok_took_the_post_down(
        self, caught: Caught, row: Authorization, state: str, status: str
    ) -> None:
        tell(row, state, status=status)
        assert caught.breaches == []
        assert len(caught.notices) == 1

    @pytest.mark.parametrize("state", ["expired", "identity_blocked", "collab_ended"])
    def test_is_none_where_nobody_broke_a_promise(
        self, caught: Caught, row: Authorization, state: str
    ) -> None:
        tell(row, state)
        assert caught.breaches == []

    @pytest.mark.parametrize("hold", [NOON, NOON - DAY, None])
    def test_is_none_once_the_hold_is_over_or_was_never_agreed(
        self, caught: Caught, row: Authorization, hold: datetime | None
    ) -> None:
        caught.right = UsageRight(hold_until=hold)
        tell(row, "revoked")
        assert caught.breaches == []

    def test_is_none_without_a_right(self, caught: Caught, row: Authorization) -> None:
        caught.right = None
        tell(row, "revoked")
        assert caught.breaches == []


@pytest.fixture
def step(row: Authorization, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`move` without its transaction, on a row that was locked."""

    def lock(*, no_key: bool) -> SimpleNamespace:
        assert no_key  # else nobody could write a row that refers to it meanwhile
        return SimpleNamespace(get=lambda pk: row if pk == 7 else None)

    monkeypatch.setattr(Authorization, "objects", SimpleNamespace(select_for_update=lock))
    monkeypatch.setattr(transitions, "_settle_renewal", lambda row, **facts: None)

    def take(to: str, **facts: Any) -> Authorization:
        facts = {"at": NOON, "source": "platform", **facts}
        result: Authorization = transitions.move.__wrapped__(row, State(to), **facts)  # type: ignore[attr-defined]
        return result

    return take


class TestAStep:
    def test_changes_state_and_facts_together_and_says_why(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        changed = step("revoked", evidence={"listed": False}, read_at=NOON)
        assert changed is row
        assert (row.state, row.state_since, row.read_at) == (State.REVOKED, NOON, NOON)
        assert "withdrew" in row.problem
        assert "agreement" in row.next_step
        assert row.next_read_at == NOON + DAY
        assert caught.saved == [row]
        assert caught.indexed == [row]
        assert caught.events == [
            {
                "authorization": row,
                "at": NOON,
                "actor": None,
                "source": "platform",
                "from_state": "in_use",
                "to_state": "revoked",
                "evidence": {"listed": False},
            }
        ]
        assert [each["key"] for each in caught.notices] == ["permission-7-lost"]

    def test_by_a_person_names_them(self, caught: Caught, step: Any) -> None:
        step("released", source="person", actor=Actor(GLOW, ANN, "owner", "Ann"))
        assert (caught.events[0]["actor"], caught.events[0]["source"]) == (ANN, "person")

    def test_that_the_life_cycle_does_not_have_changes_nothing(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        with pytest.raises(ConflictError):
            step("requested", read_at=NOON)
        assert (row.state, caught.saved, caught.events) == ("in_use", [], [])

    def test_to_a_state_without_a_problem_clears_the_last_one(
        self, row: Authorization, step: Any, caught: Caught
    ) -> None:
        step("bound")
        assert (row.problem, row.next_step) == ("", "")

    def test_to_where_it_is_writes_down_the_reading_and_nothing_else(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        row.state_since, row.problem, row.next_step = NOON - DAY, "", ""
        assert step("in_use", read_at=NOON) is row
        assert (row.state_since, caught.saved) == (NOON - DAY, [row])
        assert (caught.events, caught.notices, caught.settled) == ([], [], [])
        assert row.next_read_at == NOON + timedelta(hours=6)
        assert caught.indexed == []

    def test_to_where_it_is_with_another_problem_is_written_whole(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        row.state_since, row.problem = NOON - DAY, "TikTok did not answer."
        step("in_use", read_at=NOON)
        assert (row.problem, caught.indexed) == ("", [row])
        assert row.state_since == NOON - DAY
        assert (caught.events, caught.notices, caught.settled) == ([], [], [])

    def test_to_another_state_with_the_same_facts_is_taken(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        row.problem, row.next_step = "", ""
        step("bound")
        assert (row.state, row.state_since) == (State.BOUND, NOON)
        assert [each["to_state"] for each in caught.events] == ["bound"]

    @pytest.mark.parametrize("to", ["revoked", "in_use"])
    def test_saves_everything_that_it_changed(
        self, caught: Caught, row: Authorization, step: Any, to: str
    ) -> None:
        row.state_since, row.problem, row.next_step = NOON - DAY, "", ""
        before = dict(vars(row))
        step(to, read_at=NOON)
        changed = {name for name, value in vars(row).items() if before[name] != value}
        assert changed > {"read_at"}
        assert caught.saved_fields >= changed

    def test_by_a_reading_that_began_before_the_last_one_changes_nothing(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        assert step("revoked", read_at=NOON - DAY - SECOND) is row
        assert (row.state, row.read_at) == ("in_use", NOON - DAY)
        assert (caught.saved, caught.events, caught.notices) == ([], [], [])

    @pytest.mark.parametrize("last", [None, NOON - DAY])
    def test_by_a_reading_as_young_as_the_last_one_or_the_first_is_taken(
        self, caught: Caught, row: Authorization, step: Any, last: datetime | None
    ) -> None:
        row.read_at = last
        step("revoked", read_at=NOON - DAY)
        assert (row.state, caught.saved) == (State.REVOKED, [row])

    def test_counts_the_next_reading_from_the_last_one(
        self, row: Authorization, step: Any, caught: Caught
    ) -> None:
        step("in_use")
        assert row.next_read_at == NOON - DAY + timedelta(hours=6)
        row.read_at = None
        step("in_use")
        assert row.next_read_at == NOON + timedelta(hours=6)

    def test_with_a_later_end_passes_through_extended(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        step("in_use", ends_at=NOON + 37 * DAY)
        steps = [(each["from_state"], each["to_state"]) for each in caught.events]
        assert steps == [("in_use", "extended"), ("extended", "in_use")]
        assert [each["evidence"] for each in caught.events] == [
            {
                "ends_at_before": "2026-03-09T12:00:00+00:00",
                "ends_at_after": "2026-04-08T12:00:00+00:00",
            }
        ] * 2

    @pytest.mark.parametrize(
        ("to", "ends_at"),
        [
            ("in_use", NOON + 6 * DAY),  # an earlier end
            ("in_use", None),  # none any more
            ("revoked", NOON + 37 * DAY),  # a later one of a lost permission
        ],
    )
    def test_with_any_other_end_is_one_step(
        self, caught: Caught, step: Any, to: str, ends_at: datetime | None
    ) -> None:
        step(to, ends_at=ends_at)
        steps = [(each["from_state"], each["to_state"]) for each in caught.events]
        assert steps == [("in_use", to)]
        after = ends_at.isoformat() if ends_at else None
        assert caught.events[0]["evidence"]["ends_at_after"] == after

    def test_with_the_same_end_is_no_news(self, caught: Caught, step: Any) -> None:
        step("in_use", ends_at=NOON + 7 * DAY)
        assert caught.events == []

    def test_with_its_first_end_is_no_extension(
        self, caught: Caught, row: Authorization, step: Any
    ) -> None:
        row.ends_at = None
        step("in_use", ends_at=NOON + 7 * DAY)
        assert caught.events == []
        assert row.ends_at == NOON + 7 * DAY

    def test_with_a_later_end_settles_the_renewal(
        self, row: Authorization, step: Any, caught: Caught, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settled: list[dict[str, Any]] = []
        monkeypatch.setattr(
            transitions, "_settle_renewal", lambda row, **facts: settled.append(facts)
        )
        step("in_use", ends_at=NOON + 6 * DAY)
        assert settled == []
        step("in_use", ends_at=NOON + 37 * DAY)
        assert settled == [{"before": NOON + 6 * DAY, "at": NOON}]
        assert f"permission-{row.pk}-renew-20260308-14" in caught.settled
        assert [each.task for each in caught.tasks] == ["delivery.guard"]  # flights go on


class TestTheFirstEvent:
    @pytest.mark.parametrize(
        ("actor", "source", "noted"),
        [
            (None, "", "platform"),
            (Actor(GLOW, ANN, "owner", "Ann"), "", "person"),
            (None, "clock", "clock"),
        ],
    )
    def test_says_where_a_permission_came_from(
        self, caught: Caught, row: Authorization, actor: Actor | None, source: str, noted: str
    ) -> None:
        transitions.first_event(row, at=NOON, actor=actor, source=source, evidence={"a": 1})
        (event,) = caught.events
        assert event == {
            "authorization": row,
            "at": NOON,
            "actor": actor.user if actor else None,
            "source": noted,
            "from_state": "",
            "to_state": "in_use",
            "evidence": {"a": 1},
        }

    def test_may_have_no_evidence(self, caught: Caught, row: Authorization) -> None:
        transitions.first_event(row, at=NOON)
        assert caught.events[0]["evidence"] == {}


@pytest.fixture
def renewal(monkeypatch: pytest.MonkeyPatch) -> Renewal:
    """The open renewal of the permission: 30 days for 120.00."""
    found = Renewal(pk=12, days=30, price_minor=12_000, currency="EUR", asked_by=ANN, state="asked")
    asked: list[list[str]] = []

    def filter_(*, state__in: list[str], pk: int = 12) -> SimpleNamespace:
        asked.append(state__in)
        is_open = found.state in state__in

        def update(**facts: Any) -> int:
            for name, value in facts.items() if is_open else ():
                setattr(found, name, value)
            return int(is_open)

        return SimpleNamespace(first=lambda: found if is_open else None, update=update)

    monkeypatch.setattr(Authorization, "renewals", SimpleNamespace(filter=filter_))
    return found


def extend(row: Authorization, days: float) -> None:
    before = row.ends_at
    assert before is not None
    row.ends_at = before + timedelta(days=days)
    transitions._settle_renewal(row, before=before, at=NOON)


class TestARenewal:
    @pytest.mark.parametrize("state", ["asked", "accepted"])
    def test_is_done_when_its_days_have_come(
        self, caught: Caught, row: Authorization, renewal: Renewal, state: str
    ) -> None:
        renewal.state = state
        extend(row, 30)
        assert (renewal.state, renewal.ended_at) == ("extended", NOON)
        assert (renewal.ends_at_before, renewal.ends_at_after) == (NOON + 7 * DAY, NOON + 37 * DAY)
        assert caught.settled == ["renewal-12-short", "renewal-12", "renewal-12-stuck"]
        assert caught.notices == []

    @pytest.mark.parametrize("state", ["extended", "declined", "lapsed"])
    def test_that_is_closed_is_left_alone(
        self, caught: Caught, row: Authorization, renewal: Renewal, state: str
    ) -> None:
        renewal.state = state
        extend(row, 30)
        assert (renewal.ended_at, caught.settled, caught.payables) == (None, [], [])

    def test_that_was_withdrawn_while_tiktok_was_read_is_not_paid(
        self,
        caught: Caught,
        row: Authorization,
        renewal: Renewal,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        meanwhile = SimpleNamespace(first=lambda: renewal, update=lambda **_: 0)
        withdrawn = SimpleNamespace(filter=lambda **_: meanwhile)
        monkeypatch.setattr(Authorization, "renewals", withdrawn)
        extend(row, 30)
        assert (caught.settled, caught.payables, caught.renewed) == ([], [], [])

    def test_of_a_permission_without_an_end_is_left_alone(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        row.ends_at = None
        transitions._settle_renewal(row, before=NOON, at=NOON)
        assert (renewal.ended_at, caught.settled) == (None, [])

    def test_stays_open_and_unpaid_when_fewer_days_came(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        extend(row, 7)
        assert renewal.state == "asked"
        assert (renewal.ended_at, caught.settled, caught.payables) == (None, [], [])
        assert caught.notices == [
            {
                "key": "renewal-12-short",
                "roles": ("creator_manager",),
                "title": f"@sample.ana extended post {ITEM} by 7 days; 30 days were requested.",
                "next_step": "Talk to the creator; no payment is due. Withdraw the renewal request to ask again.",
                "path": "authorizations/7/",
                "at": NOON,
                "urgency": 3,
            }
        ]

    def test_counts_from_the_end_it_was_asked_at(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        # Ten days came before, twenty come now: together they are the thirty asked for.
        renewal.ends_at_before = NOON - 3 * DAY
        extend(row, 20)
        assert renewal.state == "extended"
        assert renewal.ends_at_before == NOON + 7 * DAY

    def test_without_an_agreement_owes_its_price_once(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        extend(row, 30)
        assert caught.payables == [
            {
                "agreement": None,
                "creator": "sample.ana",
                "key": "renewal-12",
                "kind": Payable.Kind.RENEWAL,
                "what": f"Renewal, 30 days, post {ITEM}",
                "amount": Money(12_000, "EUR"),
                "by": ANN,
                "at": NOON,
                "due_at": NOON,
                "item_id": ITEM,
            }
        ]
        assert caught.renewed == []

    def test_for_nothing_owes_nothing(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        renewal.price_minor = 0
        extend(row, 30)
        assert (renewal.state, caught.payables) == ("extended", [])

    @pytest.mark.parametrize("price", [12_000, 0])
    def test_under_an_agreement_lets_the_right_follow_the_code(
        self, caught: Caught, row: Authorization, renewal: Renewal, price: int
    ) -> None:
        renewal.price_minor = price
        caught.right = UsageRight(version=AgreementVersion(pk=4))
        extend(row, 30)
        assert caught.renewed == [
            {
                "right": caught.right,
                "key": "renewal-12",
                "item_id": ITEM,
                "until": NOON + 37 * DAY,
                "price_minor": price,
                "days": 30,
                "by": ANN,
                "at": NOON,
            }
        ]
        assert caught.payables == []

    def test_under_an_imported_right_owes_its_price_by_itself(
        self, caught: Caught, row: Authorization, renewal: Renewal
    ) -> None:
        caught.right = UsageRight(version=None)
        extend(row, 30)
        assert (len(caught.payables), caught.renewed) == (1, [])


class TestTheDaysGranted:
    @pytest.mark.parametrize(
        ("start", "end", "days"),
        [
            (NOON, NOON + 30 * DAY - SECOND, 30),
            (None, NOON, None),
            (NOON, None, None),
            (None, None, None),
        ],
    )
    def test_are_those_that_tiktok_tells(
        self, start: datetime | None, end: datetime | None, days: int | None
    ) -> None:
        window = SimpleNamespace(starts_at=start, ends_at=end)
        assert transitions.days_granted(SimpleNamespace(authorization=window)) == days  # type: ignore[arg-type]
