"""Each check of preflight on a real plan: what makes it fail, what makes it pass, what makes it unknown.

What TikTok knows is changed at the sandbox (creators' phones, Ads Manager, faults) and read by Kindling; what people
agreed is changed where Kindling keeps it. The rules themselves stand in test_every_check.py.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from campaign_kinds import pixel
from sample_team import Team

from kindling.agreements.models import UsageRight
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.models import Authorization
from kindling.briefs.models import Brief, Decision, Deliverable, Draft
from kindling.briefs.reviews.service import AI, CLAIMS, DISCLOSURE
from kindling.launches import creator_approval
from kindling.launches.checks import service as checks
from kindling.launches.checks.checklist import CHECKS
from kindling.launches.checks.rules import CheckVerdict, Result
from kindling.launches.models import Plan
from kindling.posts.evidence import lanes
from kindling.posts.models import Post, PostPolicy
from kindling.posts.rules import Lane
from kindling.products.models import Product
from kindling.workspaces.models import Workspace
from tiktok_sandbox.wire.ads import ads as ads_of_sandbox

PASS, FAIL, UNKNOWN = CheckVerdict.PASS, CheckVerdict.FAIL, CheckVerdict.UNKNOWN
Results = Sequence[Result]
Step = Callable[[Team, Plan], Results | None]
"""Changes something; what it answers is judged, and without an answer the plan is checked afterwards."""
ALWAYS = "its fact is a column of Kindling's own, so it is always known"
OF_THE_PLAN = "it is written in the plan"


# --- Steps ------------------------------------------------------------------------------------------------------


def leave(team: Team, plan: Plan) -> None:
    """The plan as it is."""


def item(plan: Plan) -> str:
    return str(next(each["item_id"] for each in plan.content["objects"] if each["kind"] == "ad"))


def told(changed: dict[str, Any], team: Team) -> dict[str, Any]:
    """Columns with their values. changed : a value, or a function of the team"""
    return {name: each(team) if callable(each) else each for name, each in changed.items()}


def phone(act: str) -> Step:
    def step(team: Team, plan: Plan) -> None:
        team.sandbox.phone(f"posts/{item(plan)}/{act}/", {})
        polling.read_platform(team.workspace, at=team.now)

    return step


def fault(path: str) -> Step:
    return lambda team, plan: team.fault("error", path, code=50000, times=50)


def post(**changed: Any) -> Step:
    def step(team: Team, plan: Plan) -> None:
        Post.objects.filter(item_id=item(plan)).update(**told(changed, team))

    return step


def right(**changed: Any) -> Step:
    def step(team: Team, plan: Plan) -> None:
        rows = UsageRight.objects.filter(item_id__in=["", item(plan)])
        assert rows.update(**told(changed, team))

    return step


def product(**changed: Any) -> Step:
    def step(team: Team, plan: Plan) -> None:
        Product.objects.update(**changed)

    return step


def then(*steps: Step) -> Step:
    def step(team: Team, plan: Plan) -> Results | None:
        return [each(team, plan) for each in steps][-1]

    return step


def content(kind: str = "adgroup", *, whole: dict[str, Any] | None = None, **payload: Any) -> Step:
    """The plan with other payloads of one kind, as somebody would have to write it past the forms."""

    def step(team: Team, plan: Plan) -> Results:
        told = copy.deepcopy(plan.content) | (whole or {})
        for thing in told["objects"]:
            if thing["kind"] == kind:
                thing |= {"name": payload.pop("name")} if "name" in payload else {}
                thing["payload"] |= payload
        return checks.run_preflight(team.workspace, team.account, told, now=team.now, row=plan)

    return step


def planned_again(before: Step, **more: object) -> Step:
    """Another plan of the same post, made after a change."""

    def step(team: Team, plan: Plan) -> Results:
        before(team, plan)
        again = team.plan([Post.objects.get(item_id=item(plan))], **more)
        return checks.check_plan(again, now=team.now)

    return step


def music(**changed: Any) -> Step:
    def step(team: Team, plan: Plan) -> None:
        posts = team.sandbox.app.state.hub.world.state.posts
        for name, value in changed.items():
            setattr(posts[item(plan)], name, value)

    return step


def reviewed(
    outcomes: dict[str, str] | None = None, *, brand: str = "approve", legal: str = "approve"
) -> Step:
    """The post is a deliverable whose current draft was decided on. outcomes : of the draft's checks, by their names"""

    def step(team: Team, plan: Plan) -> None:
        at, creator = team.now, Post.objects.get(item_id=item(plan)).creator
        brief = Brief.objects.create(
            workspace=team.workspace, ai_rule="declare", created_at=at, changed_at=at
        )
        work = Deliverable.objects.create(
            workspace=team.workspace, brief=brief, brief_version=1, creator=creator, title="Sample",
            draft_due_at=at, post_due_at=at, rounds_allowed=2, state_since=at, created_at=at,
            state="draft_in", item_id=item(plan),
        )  # fmt: skip
        draft = Draft.objects.create(
            deliverable=work, round_number=1, at=at, review_due_at=at, by_label="Sample creator"
        )
        told = {DISCLOSURE: "pass", AI: "pass", CLAIMS: "pass"} | (outcomes or {})
        found = [{"name": name, "outcome": outcome} for name, outcome in told.items()]
        for side, verdict in (("brand", brand), ("legal", legal)):
            if verdict:
                Decision.objects.create(
                    draft=draft, side=side, verdict=verdict, by_label="Sample", at=at, checks=found
                )

    return step


def asked_creator(answer: bool | None) -> Step:
    def step(team: Team, plan: Plan) -> None:
        right(final_approval=True)(team, plan)
        creator = Post.objects.get(item_id=item(plan)).creator
        creator.email = "ana@creator.example"
        creator.save(update_fields=["email"])
        (row,) = creator_approval.ask(team.buyer, plan, at=team.now)
        if answer is not None:
            creator_approval.answer(
                row.creator, row.pk, seen=row.shown_hash, is_approved=answer,
                reason="" if answer else "Another cut.", at=team.now,
            )  # fmt: skip

    return step


def without_permission(team: Team, plan: Plan) -> None:
    Authorization.objects.filter(post__item_id=item(plan)).delete()


def room(ads: int) -> Step:
    def step(team: Team, plan: Plan) -> Results:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ads_of_sandbox, "ADS_PER_IDENTITY", ads)
            return checks.check_plan(plan, now=team.now)

    return step


def optimised(event: str) -> Step:
    """The ad group optimises for an event of a pixel to which a purchase came just now."""
    return lambda team, plan: content(pixel_id=pixel(team), optimization_event=event)(team, plan)


def lane(to: Lane) -> Step:
    def step(team: Team, plan: Plan) -> None:
        row = Post.objects.get(item_id=item(plan))
        lanes.move_by_hand(team.manager, row, to, "Sample", at=team.now)

    return step


def wanted_notes(team: Team, plan: Plan) -> None:
    PostPolicy.objects.create(
        workspace=team.workspace, min_age_hours=48, min_views=1_000, ready_from=35,
        keep_out_below=3, most_sceptics=15, needs=["hook"],
    )  # fmt: skip


def maximum(cap_minor: int) -> Step:
    return lambda team, plan: team.agree_maximum(item(plan), cap_minor)


def launched(team: Team, plan: Plan) -> Results:
    mine = Post.objects.get(item_id=item(plan))
    team.apply(team.approved([mine]))
    return checks.check_plan(plan, now=team.now)


def second_person(approver: str) -> Step:
    def step(team: Team, plan: Plan) -> Results:
        Workspace.objects.filter(pk=team.workspace.pk).update(second_person_above_minor=1_000)
        row = Plan.objects.select_related("workspace", "ad_account").get(pk=plan.pk)
        user = getattr(team, approver).user if approver else None
        return checks.check_with_caps(row, now=team.now, approver=user)[0]

    return step


# --- The table --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """unknown : or why the check is never unknown. passes : where the plan as it is does not"""

    title: str
    fails: Step
    unknown: Step | str
    passes: Step = leave


NARROW = {"age_groups": ["AGE_18_24"], "gender": "GENDER_FEMALE"}
ROWS = [
    Row("Post can be used", phone("delete"), ALWAYS),
    Row(
        "Not refused by TikTok",
        post(refused_because="A story.", refused_at=lambda team: team.now),
        ALWAYS,
    ),
    Row("Ad authorization covers the flight", phone("revoke"), ALWAYS),
    Row(
        "Usage rights cover paid use",
        right(territory=["DE"]),
        then(right(territory=["US"]), content(location_ids=["12345"])),
        right(territory=["US"]),
    ),
    Row("Hold period covers the flight", right(hold_until=lambda team: team.now), ALWAYS),
    Row("Caption matches the approved text", post(approved_caption="Other words"), ALWAYS),
    Row(
        "Music cleared for the countries and dates",
        music(music_id="72", music_licensed=False),
        fault("/identity/music/authorization/"),
        music(music_id="72", music_licensed=True),
    ),
    Row(
        "Disclosure as the brief requires",
        reviewed({DISCLOSURE: "fail"}),
        leave,
        reviewed(),
    ),
    Row(
        "Agreed disclosure in the caption",
        right(disclosure_words="#sponsored"),
        then(right(disclosure_words="#ad"), post(caption="")),
        then(right(disclosure_words="#ad"), post(caption="Calm skin #ad")),
    ),
    Row("Approved by brand and legal", reviewed(legal="reject"), leave, reviewed()),
    Row(
        "Approved by the creator",
        asked_creator(answer=False),
        asked_creator(answer=None),
        asked_creator(answer=True),
    ),
    Row("Claims inside the brief", reviewed({CLAIMS: "fail"}), leave, reviewed()),
    Row(
        "TikTok account is healthy",
        lambda team, plan: Authorization.objects.update(state="identity_blocked") and None,
        without_permission,
    ),
    Row("TikTok account has room for ads", room(0), fault("/asset/bind/quota/"), room(1)),
    Row(
        "Original of a duet or stitch is authorized",
        then(post(duet_or_stitch_of="756"), phone("revoke")),
        ALWAYS,
        post(duet_or_stitch_of="756"),
    ),
    Row("Post is public", phone("friends"), ALWAYS),
    Row("Product and landing page", product(stock=0), ALWAYS),
    Row(
        "Landing page answers",
        planned_again(product(landing_url="https://shop.example/p/NONE")),
        planned_again(product(landing_url="https://elsewhere.invalid/p/x")),
    ),
    Row(
        "Landing page shows the product",
        product(price_minor=100),
        planned_again(product(landing_url="https://elsewhere.invalid/p/x")),
    ),
    Row(
        "UTM parameters in the landing page",
        content("ad", landing_page_url="https://shop.example/p/x?utm_source=tiktok"),
        OF_THE_PLAN,
    ),
    Row(
        "Event of the pixel was seen",
        optimised("ON_WEB_REGISTER"),
        then(fault("/pixel/event/stats/"), optimised("SHOPPING")),
        optimised("SHOPPING"),
    ),
    Row(
        "Call to action and content fit the objective",
        content("ad", call_to_action=""),
        OF_THE_PLAN,
    ),
    Row(
        "Budget at or above TikTok's minimum",
        content(budget_minor=1_999),
        content(whole={"currency": "KWD"}),
    ),
    Row(
        "Budget enough for learning",
        leave,
        content(whole={"currency": "KWD"}),
        planned_again(leave, daily_budget="100.00"),
    ),
    Row(
        "Agreed maximum ad spend",
        maximum(10_000),
        then(maximum(10_000), content(whole={"currency": "EUR"})),
        maximum(1_000_000),
    ),
    Row("Audience is broad", content(**NARROW), content(gender="GENDER_FEMALE")),
    Row(
        "Usage rights and video code end together",
        leave,
        ALWAYS,
        right(ends_at=lambda team: team.now + timedelta(days=20)),
    ),
    Row("Organic performance", lane(Lane.ORGANIC_TEST), ALWAYS),
    Row("Not kept out of paid", lane(Lane.KEEP_OUT), ALWAYS),
    Row("Hand-off notes", wanted_notes, ALWAYS),
    Row(
        "Comments are answered and friendly",
        post(read_comments=40, sceptical_comments=20),
        post(read_comments=0, comments=5),
        post(read_comments=40, sceptical_comments=1),
    ),
    Row("Not already live in another ad", launched, ALWAYS),
    Row("Creator's commission", right(commission_ads_bp=0), right(commission_bp=None)),
    Row("Ad's name follows the convention and is unique", content("ad", name="My ad"), OF_THE_PLAN),
    Row("AI content declared", reviewed({AI: "fail"}), leave, reviewed()),
    Row("Margin per order", product(unit_cost_minor=100_000), post(sku="GONE")),
    Row(
        "Second person confirms the spend",
        second_person("buyer"),
        second_person(""),
        second_person("finance"),
    ),
]
BY_TITLE = pytest.mark.parametrize("row", ROWS, ids=[row.title for row in ROWS])


@pytest.fixture
def plan(team: Team) -> Plan:
    return team.plan(team.launchable(1))


def verdict(row: Row, step: Step, team: Team, plan: Plan) -> Result:
    results = step(team, plan)
    if results is None:
        plan.refresh_from_db()
        results = checks.check_plan(plan, now=team.now)
    (found,) = [each for each in results if each.title == row.title]
    return found


class TestEachCheckOfAPlan:
    def test_has_a_row(self) -> None:
        assert sorted(row.title for row in ROWS) == sorted(each.title for each in CHECKS)

    @BY_TITLE
    def test_fails(self, row: Row, team: Team, plan: Plan) -> None:
        found = verdict(row, row.fails, team, plan)
        assert (found.verdict, bool(found.next_step)) == (FAIL, True), found.message

    @BY_TITLE
    def test_passes(self, row: Row, team: Team, plan: Plan) -> None:
        found = verdict(row, row.passes, team, plan)
        assert (found.verdict, found.next_step) == (PASS, ""), found.message

    @pytest.mark.parametrize(
        "row", [row for row in ROWS if not isinstance(row.unknown, str)], ids=lambda row: row.title
    )
    def test_is_unknown(self, row: Row, team: Team, plan: Plan) -> None:
        assert not isinstance(row.unknown, str)
        found = verdict(row, row.unknown, team, plan)
        assert (found.verdict, bool(found.next_step)) == (UNKNOWN, True), found.message
