"""Approvals, payments, demotions and new limits at the same moment, over HTTP: no limit is ever passed.

Two servers share the database. Each seed is one schedule: who asks for what, and how many milliseconds later. Every
such request writes its line of the audit trail with the workspace locked, so the trail's order is the order in which
they happened; it is read again here line by line, by rules written anew. Two dozen schedules run with the slow tests;
`make soak SEEDS=500 SOAK=tests/kindling/test_interleavings.py` runs many, with DB=postgres on PostgreSQL.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test import Client
from sample_team import PLAIN, Team

from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Terms
from kindling.agreements.models import Agreement, Payable
from kindling.agreements.payments import payables
from kindling.creators import service as creators
from kindling.kit import child_process
from kindling.kit.money import Money
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import ApiToken, AuditEntry, Member, User, Workspace
from kindling.workspaces.service import Actor
from tiktok_sandbox.server import free_port

pytestmark = pytest.mark.slow
SEEDS = int(os.environ.get("SOAK_SEEDS", "24"))
TALLY = Path(__file__).parents[2] / ".pytest_cache"
SPENDERS = {"owner", "media_buyer", "finance"}
SETTLERS = {"owner", "finance"}
AMOUNTS = (6_000, 9_000, 10_000, 11_000, 15_000, 20_000, 20_001)
LIMITS = ("99.99", "100.00", "150.00", "200.00", "300.00")
CROSS_SITE = "a" * 32


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a schedule: after so many seconds, by whom (an e-mail address), for what."""

    after: float
    by: str
    method: str
    path: str
    body: dict[str, str]
    line: tuple[str, str] = (
        "",
        "",
    )  # action and subject of the line it writes, where it is an approval or a payment


@dataclass(frozen=True, slots=True)
class Desk:
    """The rows that schedules are about, and how to ask the servers for something."""

    team: Team
    servers: list[str]
    plans: list[Plan]
    payables: list[Payable]
    tokens: dict[str, str]
    session: str
    members: dict[str, Member]

    def lay_out(self, chance: random.Random) -> dict[str, str]:
        """Everything undecided, with amounts and limits of this schedule. Returns the limits as they are typed."""
        limits = {name: chance.choice(LIMITS) for name in ("plan_limit", "payment_limit")}
        Workspace.objects.filter(pk=self.team.workspace.pk).update(
            second_person_above_minor=minor(limits["plan_limit"]),
            pay_second_person_above_minor=minor(limits["payment_limit"]),
        )
        for member in self.members.values():
            member.save()  # the role it came with
        ApiToken.objects.update(revoked_at=None)
        for plan in self.plans:
            plan.daily_budget_minor = chance.choice(AMOUNTS)
            plan.save()
        for payable in self.payables:
            payable.amount_minor = chance.choice(AMOUNTS)
            if payable.state == "approved":
                payable.approved_by = chance.choice([self.team.owner, self.team.finance]).user
            payable.save()
        return limits

    def send(self, request: Request) -> int:
        time.sleep(request.after)
        url = random.choice(self.servers) + request.path
        headers, cookies = {"Authorization": f"Bearer {self.tokens[request.by]}"}, {}
        given: dict[str, Any] = {"json": request.body}
        if not request.path.startswith("/api/"):
            headers = {"X-CSRFToken": CROSS_SITE}
            cookies = {"sessionid": self.session, "csrftoken": CROSS_SITE}
            given = {"data": request.body}
        with httpx.Client(
            headers=headers, cookies=cookies, trust_env=False, verify=PLAIN, timeout=60
        ) as browser:
            return browser.request(request.method, url, **given).status_code

    def schedule(self, chance: random.Random) -> list[Request]:
        """Approvals and payments by whoever may come by, a demotion and a new limit among them."""

        def at(longest: float) -> float:
            return chance.uniform(0, longest)

        owner, buyer, finance = map(name_of, (self.team.owner, self.team.buyer, self.team.finance))
        found = []
        for plan in self.plans:
            for by in chance.sample([buyer, buyer, owner, finance], chance.choice([1, 1, 2])):
                path, body = f"/api/v1/plans/{plan.pk}/approve", {"digest": plan.digest}
                found.append(
                    Request(at(0.05), by, "POST", path, body, ("approved spend", plan.name))
                )
        for payable in self.payables:
            what = "approve" if payable.state == "due" else "pay"
            word = "approved payable" if what == "approve" else "paid payable"
            for by in chance.sample([owner, finance], chance.choice([1, 2])):
                path = f"/api/v1/agreements/payments/{payable.pk}/{what}"
                body = {"invoice_number": "R 1"} if what == "approve" else {"reference": "SEPA 1"}
                found.append(Request(at(0.2), by, "POST", path, body, (word, str(payable.pk))))
        page = f"/w/{self.team.workspace.slug}/workspace/members"
        for whom in chance.sample([buyer, finance], chance.choice([0, 1, 1, 2])):
            path, body = chance.choice(
                [("role", {"role": "viewer"}), ("role", {"role": "reviewer"}), ("deactivate", {})]
            )
            where = f"{page}/{self.members[whom].pk}/{path}/"
            found.append(Request(at(0.2), owner, "POST", where, body))
        for name in chance.sample(["plan_limit", "payment_limit"], chance.choice([0, 1, 2])):
            body = {name: chance.choice(LIMITS)}
            found.append(Request(at(0.2), owner, "PATCH", "/api/v1/workspace", body))
        return found


@dataclass
class Books:
    """What happened, line by line of the audit trail, and whether it was permitted at that moment.

    alone : what each person approved alone of their own plans; approvers : who approved each payable
    """

    plan_limit: int
    payment_limit: int
    roles: dict[str, str]
    plans: dict[str, Plan]
    payables: dict[str, Payable]
    approvers: dict[str, str]
    alone: Counter[str] = field(default_factory=Counter)
    lines: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def read(self, entry: AuditEntry) -> None:
        who, after = email(entry.actor), entry.after or {}
        if entry.action == "set role":
            self.roles[entry.subject] = after["role"]
        elif entry.action == "deactivated member":
            self.roles[entry.subject] = ""
        elif entry.action == "changed settings":
            self.plan_limit = minor(after.get("plan_limit", as_typed(self.plan_limit)))
            self.payment_limit = minor(after.get("payment_limit", as_typed(self.payment_limit)))
        elif entry.action == "approved spend":
            self._spend(who, self.plans[entry.subject])
            self.lines[entry.action, entry.subject, who] += 1
        elif entry.action in {"approved payable", "paid payable"}:
            key = str(after["payable"])
            (self._owed if entry.action == "approved payable" else self._paid)(who, key)
            self.lines[entry.action, key, who] += 1

    def _spend(self, who: str, plan: Plan) -> None:
        assert self.roles[who] in SPENDERS, f"{who} approved {plan} as {self.roles[who]!r}"
        if email(plan.created_by) == who:
            self.alone[who] += plan.daily_budget_minor
            assert self.alone[who] <= self.plan_limit, f"{who} approved {self.alone[who]} alone"

    def _owed(self, who: str, key: str) -> None:
        assert self.roles[who] in SETTLERS, f"{who} approved payment {key} as {self.roles[who]!r}"
        mine = self.payables[key]
        together = sum(
            each.amount_minor
            for each in self.payables.values()
            if each.agreement_id == mine.agreement_id
        )
        if email(mine.created_by) == who:
            assert together <= self.plan_limit, f"{who} approved {together} of their own"
        self.approvers[key] = who

    def _paid(self, who: str, key: str) -> None:
        assert self.roles[who] in SETTLERS, f"{who} paid {key} as {self.roles[who]!r}"
        if self.payables[key].amount_minor > self.payment_limit:
            assert self.approvers[key] != who, f"{who} approved and paid {key}"


def email(user: User | None) -> str:
    return user.email if user else ""


def name_of(actor: Actor) -> str:
    return email(actor.user)


def minor(typed: str) -> int:
    return round(float(typed) * 100)


def as_typed(amount: int) -> str:
    return f"{amount / 100:.2f}"


@pytest.fixture
def desk(team: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    posts = team.launchable(4)
    spec = {"daily_budget": "60.00"}
    plans = [team.plan([post], name=f"Sample {n}", **spec) for n, post in enumerate(posts[:3])]
    mine = team._spec(posts[3:], name="Sample 3", **spec)
    plans.append(launches.plan(team.owner, team.account, mine, at=team.now))
    first, second, third = (agreed(team, title) for title in ("First", "Second", "Third"))
    owed = [bonus(team.owner, each, team) for each in (first, first, second)]
    owed += [  # to be paid by one of two who come at once
        payables.approve(team.finance, bonus(by, third, team), at=team.now)
        for by in (team.owner, team.manager)
    ]
    actors = {name_of(each): each for each in (team.owner, team.buyer, team.finance)}
    tokens = {
        name: workspaces.issue_token(each, name="race", at=team.now)
        for name, each in actors.items()
    }
    members = {
        each.user.email: each
        for each in Member.objects.filter(workspace=team.workspace).select_related("user")
    }
    browser = Client()
    browser.force_login(team.owner.user)
    monkeypatch.setenv("KINDLING_CLOCK", team.sandbox.url)
    monkeypatch.setenv("KINDLING_LOG_LEVEL", "ERROR")
    with serving() as one, serving() as other:
        yield Desk(
            team, [one, other], plans, owed, tokens, browser.cookies["sessionid"].value, members
        )


def agreed(team: Team, title: str) -> Agreement:
    creator = creators.record_creator(
        team.workspace, handle="sample.race", at=team.now, source="test"
    )
    terms = Terms(content_fee_minor=0, rights_fee_minor=0)
    draft = agreements.create(team.manager, creator, title=title, terms=terms, at=team.now)
    version = agreements.offer(team.manager, draft, at=team.now)
    return agreements.consent(
        version, as_name="Sample", ip="192.0.2.7", agent="Sample browser", at=team.now
    ).agreement


def bonus(by: Actor, agreement: Agreement, team: Team) -> Payable:
    return payables.add(
        by,
        agreement,
        kind="bonus",
        amount=Money(6_000, "USD"),
        what="Thanks",
        due_in_days=0,
        at=team.now,
    )


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """`kindling serve` on this process's database."""
    port = free_port()
    server = child_process.start(
        "kindling.cli", "serve", "--port", str(port), "--threads", "6", quiet=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server)
        yield url
    finally:
        child_process.stop(server)


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{url}/accounts/login/", trust_env=False, verify=PLAIN, timeout=5)
            return
        assert server.poll() is None, "the server ended by itself"
        assert time.monotonic() < deadline, f"{url} does not answer"
        time.sleep(0.1)


def test_no_order_of_approvals_demotions_and_payments_passes_a_limit(desk: Desk) -> None:
    tally: Counter[str] = Counter()
    with ThreadPoolExecutor(16) as pool:
        for seed in range(SEEDS):
            tally.update(walk(desk, seed, pool))
    TALLY.mkdir(exist_ok=True)
    (TALLY / f"interleavings-{connection.vendor}.json").write_text(json.dumps(tally, indent=2))
    assert tally["carried out"] > SEEDS
    assert tally["refused"] > SEEDS


def walk(desk: Desk, seed: int, pool: ThreadPoolExecutor) -> Counter[str]:
    """One schedule, and whether all that came of it was permitted. Returns what there was of each kind."""
    chance = random.Random(seed)
    limits = desk.lay_out(chance)
    before = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    schedule = desk.schedule(chance)
    answers = list(pool.map(desk.send, schedule))
    told = f"seed {seed}, {limits}: {list(zip(schedule, answers, strict=True))}"
    assert set(answers) <= {200, 302, 401, 403, 409}, told
    books = Books(
        minor(limits["plan_limit"]),
        minor(limits["payment_limit"]),
        {name: each.role for name, each in desk.members.items()},
        {plan.name: plan for plan in desk.plans},
        {str(each.pk): each for each in desk.payables},
        {str(each.pk): email(each.approved_by) for each in desk.payables},
    )
    lines = list(AuditEntry.objects.filter(pk__gt=before).order_by("pk").select_related("actor"))
    try:
        for entry in lines:
            books.read(entry)
    except AssertionError as error:
        raise AssertionError(f"{error}; {told}") from None
    done = [each for each, status in zip(schedule, answers, strict=True) if status == 200]
    said = Counter((*each.line, each.by) for each in done if each.line[0])
    assert said == books.lines, told  # whoever heard yes is on record once, and nobody else
    assert_rows_agree(desk, books, told)
    return Counter(
        {
            "schedules": 1,
            "requests": len(schedule),
            "carried out": sum(status in {200, 302} for status in answers),
            "refused": sum(status > 400 for status in answers),
            "demotions": sum(each.action in {"set role", "deactivated member"} for each in lines),
            "new limits": sum(each.action == "changed settings" for each in lines),
            "approved spend": sum(each.action == "approved spend" for each in lines),
            "approved payments": sum(each.action == "approved payable" for each in lines),
            "paid": sum(each.action == "paid payable" for each in lines),
        }
    )


def assert_rows_agree(desk: Desk, books: Books, told: str) -> None:
    """Each row is decided once, by whom the trail names."""
    approved = {
        ("approved spend", plan.name, email(plan.approved_by))
        for plan in Plan.objects.filter(state=Plan.State.APPROVED).select_related("approved_by")
    }
    rows = Payable.objects.filter(pk__in=books.payables).select_related("approved_by", "paid_by")
    was_approved = {each.pk for each in desk.payables if each.state == "approved"}
    for row in rows:
        if row.state in {"approved", "paid"} and row.pk not in was_approved:
            approved.add(("approved payable", str(row.pk), email(row.approved_by)))
        if row.state == "paid":
            approved.add(("paid payable", str(row.pk), email(row.paid_by)))
    assert Counter(approved) == books.lines, told
