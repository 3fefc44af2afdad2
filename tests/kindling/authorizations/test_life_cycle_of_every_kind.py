"""Whatever the platform and people do, the laws of the life cycle hold for every kind of permission (§3 a-d).

(a) nothing is in use without a licence that covers it, (b) every step is on record with time, source and evidence,
(c) what TikTok says beats what anybody typed, (d) the clocks stay apart. And in the sandbox's truth no ad is
delivered past its last safe moment once Kindling has looked.
"""

from __future__ import annotations

import contextlib
import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sample_team import Team
from stages import State as Saved

from kindling.agreements.models import UsageRight
from kindling.authorizations import service
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import by_hand, daily, polling, rules
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import (
    Authorization,
    AuthorizationEvent,
    AuthorizationKind,
    IntakeRow,
)
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.delivery import guard, sync
from kindling.delivery.models import Ad
from kindling.errors import KindlingError
from kindling.launches import service as launches
from kindling.posts import service as posts
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.posts.rules import Lane
from tiktok_sandbox.server import SandboxError

KINDS = (
    AuthorizationKind.CODE,
    AuthorizationKind.CODE,
    AuthorizationKind.TIKTOK_ONE,
    AuthorizationKind.BUSINESS_CENTER,
    AuthorizationKind.AFFILIATE_MASS,
    AuthorizationKind.LINKED_ACCOUNT,
    AuthorizationKind.OWN,
)
TIKTOK_ONE, AFFILIATE = (
    KINDS.index(AuthorizationKind.TIKTOK_ONE),
    KINDS.index(AuthorizationKind.AFFILIATE_MASS),
)
LINKED = [
    KINDS.index(kind)
    for kind in (
        AuthorizationKind.BUSINESS_CENTER,
        AuthorizationKind.LINKED_ACCOUNT,
        AuthorizationKind.OWN,
    )
]
which = st.integers(0, len(KINDS) - 1)
days = st.sampled_from([7, 30, 60])
# By which kinds of permission an ad of each identity type lives.
LIVES_BY = {
    "AUTH_CODE": (AuthorizationKind.CODE, AuthorizationKind.TIKTOK_ONE),
    "BC_AUTH_TT": (AuthorizationKind.BUSINESS_CENTER,),
    "TT_USER": (AuthorizationKind.LINKED_ACCOUNT, AuthorizationKind.OWN),
}


def machine_for(team: Team, items: list[str], furnished: Saved) -> type[RuleBasedStateMachine]:
    """The machine over one furnished team; every run starts from the same saved state."""

    class Lives(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            team.stages.put_back(furnished)
            self.events = 0

        # --- People and the platform ---------------------------------------------------------------

        def on_phone(self, number: int, act: str, **body: object) -> None:
            with contextlib.suppress(SandboxError):  # the app refuses what makes no sense
                team.sandbox.phone(f"posts/{items[number]}/{act}/", body)

        def row(self, number: int) -> Authorization:
            return Authorization.objects.select_related(
                "post__creator__grant", "workspace", "wanted_in"
            ).get(workspace=team.workspace, post__item_id=items[number], kind=KINDS[number])

        @rule(hours=st.sampled_from([1, 8, 24, 72, 200]))
        def time_passes(self, hours: int) -> None:
            team.sandbox.advance(hours=hours)

        @rule(number=which, granted=days)
        def a_creator_extends(self, number: int, granted: int) -> None:
            self.on_phone(number, "extend", days=granted)

        @rule(number=which, act=st.sampled_from(["revoke", "hide", "show", "delete"]))
        def a_creator_acts_on_the_phone(self, number: int, act: str) -> None:
            self.on_phone(number, act)

        @rule(number=which, granted=days)
        def a_creator_sends_a_new_code(self, number: int, granted: int) -> None:
            with contextlib.suppress(SandboxError):
                made = team.sandbox.phone(f"posts/{items[number]}/code/", {"days": granted})
                team.paste(str(made["auth_code"]))

        @rule(
            number=st.sampled_from(LINKED),
            is_linked=st.booleans(),
            health=st.sampled_from(["AVAILABLE", "AVAILABLE", "IS_PRIVATE_ACCOUNT"]),
        )
        def an_account_is_linked_or_not(self, number: int, is_linked: bool, health: str) -> None:
            told = link(team, self.row(number).post, KINDS[number], is_linked=is_linked)
            team.sandbox.post("accounts/", {**told, "available_status": health})

        @rule(number=which, wanted=days)
        def the_team_asks_for_a_code(self, number: int, wanted: int) -> None:
            post = Post.objects.select_related("creator").get(item_id=items[number])
            through = "tiktok_one" if number == TIKTOK_ONE else "dm"
            with contextlib.suppress(KindlingError):
                requests.ask(
                    team.manager, post, days=wanted, through=through, ad_account=team.account,
                    at=team.now,
                )  # fmt: skip

        @rule(number=which, wanted=days, answer=st.sampled_from(["accept", "decline", "wait"]))
        def the_team_asks_for_a_renewal(self, number: int, wanted: int, answer: str) -> None:
            with contextlib.suppress(KindlingError):
                renewal = renewals.ask_renewal(
                    team.manager, self.row(number), days=wanted, at=team.now
                )
                if answer == "accept":
                    renewals.accept(renewal, as_name="Sample creator", at=team.now)
                elif answer == "decline":
                    renewals.decline(renewal, reason="No.", at=team.now)

        @rule(number=which)
        def the_team_gives_a_permission_back(self, number: int) -> None:
            with contextlib.suppress(KindlingError):
                by_hand.release(team.manager, self.row(number), at=team.now)

        @rule(left=st.integers(-2, 6))
        def a_collaboration_is_noted_or_ends(self, left: int) -> None:
            with contextlib.suppress(KindlingError):
                if left < 0:
                    by_hand.end_consent(
                        team.manager, self.row(AFFILIATE), reason="Off.", at=team.now
                    )
                else:
                    by_hand.note_consent(
                        team.manager,
                        self.row(AFFILIATE).post,
                        collab_ends_at=team.now + timedelta(days=left),
                        at=team.now,
                    )

        @rule(number=which, left=st.integers(-48, 240), paid=st.booleans())
        def an_agreement_is_corrected(self, number: int, left: int, paid: bool) -> None:
            end = team.now + timedelta(hours=left)
            UsageRight.objects.filter(item_id=items[number]).update(ends_at=end, paid_allowed=paid)

        # --- Kindling looks, as its worker does ----------------------------------------------------

        def look(self) -> None:
            at = team.now
            with contextlib.suppress(KindlingError):
                requests.read_tiktok_one(team.workspace, at=at)
            work_off(team)
            assert polling.read_platform(team.workspace, at=at) == []
            daily.sweep(team.workspace, now=at)
            requests.remind(team.workspace, now=at)
            renewals.remind(team.workspace, now=at)
            sync.sync_account(team.account, at=at)
            guard.guard(team.workspace, now=at)

        @invariant()
        def the_laws_hold(self) -> None:
            self.look()
            now, truth = team.now, team.truth()
            self.every_step_is_on_record()
            self.platform_facts_win(truth, now)
            self.clocks_stay_apart(now)
            self.nothing_spends_past_its_last_safe_moment(truth, now)

        def every_step_is_on_record(self) -> None:
            """(b): the history of every permission is one unbroken chain that ends where it stands."""
            for row in Authorization.objects.all():
                steps = list(row.events.order_by("id"))
                assert steps[0].from_state == ""
                for earlier, later in itertools.pairwise(steps):
                    assert later.from_state == earlier.to_state, row
                    assert later.at >= earlier.at
                assert steps[-1].to_state == row.state, row
                assert all(step.source and step.at for step in steps)
            assert AuthorizationEvent.objects.count() >= self.events, "history only grows"
            self.events = AuthorizationEvent.objects.count()

        def platform_facts_win(self, truth: dict, now: datetime) -> None:  # type: ignore[type-arg]  # JSON
            """(c): a permission is usable only if the world says so, whatever was typed."""
            held = {
                each["item_id"]: each
                for each in truth["authorizations"]
                if each["bound_advertiser_ids"] and each["deleted_at"] is None
            }
            for row in Authorization.objects.filter(
                kind__in=["code", "tiktok_one"], state__in=list(rules.USABLE)
            ).select_related("post"):
                code = held[row.post.item_id]
                assert datetime.fromisoformat(code["auth_end"]) > now
                assert row.ends_at == datetime.fromisoformat(code["auth_end"])

        def clocks_stay_apart(self, now: datetime) -> None:
            """(d): licence, hold and permission keep their own ends; the window is their earliest, reckoned."""
            for each in service.permissions(team.workspace, now=now):
                row, right = each.authorization, each.right
                ends = [row.ends_at] if row.ends_at else []
                if row.kind == AuthorizationKind.AFFILIATE_MASS and row.collab_ends_at:
                    ends.append(row.collab_ends_at)
                if right and row.kind != AuthorizationKind.OWN:
                    ends += [right.ends_at, *([right.hold_until] if right.hold_until else [])]
                earliest = min(ends) - timedelta(hours=24) if ends else None
                assert (each.window.ends_at if each.window else None) == earliest
                assert (row.lost_at is not None) == (row.state in rules.LOST)
                stop = min(filter(None, [earliest, row.lost_at]), default=None)
                assert row.paid_until == stop, "the lists' index follows the clocks, or the loss"
                assert (each.stop_by.at if each.stop_by else None) == stop

        def nothing_spends_past_its_last_safe_moment(self, truth: dict, now: datetime) -> None:  # type: ignore[type-arg]  # JSON
            """(a), and the law of money: what delivers has a permission in use, a licence, and time left."""
            for ad in truth["ads"]:
                if ad["delivering"]:
                    identity_type = Ad.objects.get(ad_id=ad["ad_id"]).identity_type
                    rows = Authorization.objects.filter(
                        post__item_id=ad["item_id"], kind__in=LIVES_BY[identity_type]
                    )
                    assert any(self.may_run(row, now) for row in rows.select_related("post")), ad

        def may_run(self, row: Authorization, now: datetime) -> bool:
            ends = [row.ends_at]
            if row.kind != AuthorizationKind.OWN:  # nobody licenses the brand's own posts to it
                right = UsageRight.objects.get(item_id=row.post.item_id, version=None)
                if not right.paid_allowed:
                    return False
                ends += [right.ends_at, right.hold_until]
            left = [end - timedelta(hours=24) for end in ends if end]
            return State(row.state) in rules.USABLE and all(now < end for end in left)

    return Lives


def link(team: Team, post: Post, kind: str, *, is_linked: bool) -> dict[str, object]:
    """What the sandbox is told so that a post's account is linked in the kind's way, or no more."""
    told: dict[str, object] = {"handle": post.creator.handle}
    if kind == AuthorizationKind.BUSINESS_CENTER:
        return told | {"business_center": is_linked}
    return told | {"advertiser_ids": [team.account.advertiser_id] if is_linked else []}


def work_off(team: Team) -> None:
    """Codes that came in otherwise than by paste, as the worker takes them."""
    open_rows = IntakeRow.objects.filter(intake__workspace=team.workspace, outcome="waiting")
    for pk in open_rows.values_list("intake", flat=True).distinct():
        intakes.process_batch(pk)


class TestTheLifeCycleOfEveryKind:
    @pytest.mark.slow
    def test_keeps_its_laws_whatever_happens(self, team: Team) -> None:
        items = self.furnish(team)
        team.sandbox.advance(hours=6)
        team.read()
        assert sum(ad["delivering"] for ad in team.truth()["ads"]) == 6
        for item, kind in zip(items, KINDS, strict=True):
            assert Authorization.objects.filter(post__item_id=item, kind=kind).exists(), kind
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine_for(team, items, team.stages.save()),
            settings=settings(
                max_examples=5,
                stateful_step_count=12,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def furnish(self, team: Team) -> list[str]:
        """One post of every kind of permission (item ids, as KINDS), all launched but the affiliate's."""
        coded = team.launchable(2)
        by_answer = self.asked_in_tiktok_one(team, coded)
        team.shop()
        handles = {post.creator.handle: post for post in self.others(team, [*coded, by_answer])}
        for number, post in enumerate(handles.values()):
            kind = (AuthorizationKind.BUSINESS_CENTER, AuthorizationKind.LINKED_ACCOUNT)[number % 2]
            team.sandbox.post("accounts/", link(team, post, kind, is_linked=True))
        polling.read_platform(team.workspace, at=team.now)
        used = [*coded, by_answer]
        by_center, by_account, own_post = (
            self.clear(team, kind, used)
            for kind in (
                AuthorizationKind.BUSINESS_CENTER,
                AuthorizationKind.LINKED_ACCOUNT,
                AuthorizationKind.OWN,
            )
        )
        launched = [*used, by_center, by_account, own_post]
        shop_post = self.others(team, launched)[0]
        assert team.apply(team.approved(launched, days=28)).state == "applied"
        by_hand.note_consent(
            team.manager, shop_post, collab_ends_at=team.now + timedelta(days=20), at=team.now
        )
        chosen = [*used, by_center, shop_post, by_account, own_post]
        return [post.item_id for post in chosen]

    def asked_in_tiktok_one(self, team: Team, used: list[Post]) -> Post:
        """A post whose creator said yes in TikTok One."""
        connection = team.account.connection
        connection.tiktok_one_id = team.sandbox.get("world/")["tcm_account_id"]
        connection.save()
        public = {each["item_id"] for each in team.plain_posts()}
        found = [post for post in self.others(team, used) if post.item_id in public]
        for post in found[:3]:
            requests.ask(
                team.manager, post, days=60, through="tiktok_one", ad_account=team.account,
                at=team.now,
            )  # fmt: skip
        team.sandbox.advance(days=4)
        requests.read_tiktok_one(team.workspace, at=team.now)
        work_off(team)
        return self.clear(team, AuthorizationKind.TIKTOK_ONE, used)

    def clear(self, team: Team, kind: str, used: list[Post]) -> Post:
        """A post with a permission of this kind that nothing keeps from being launched."""
        rows = Authorization.objects.filter(kind=kind, state=State.BOUND).exclude(
            post__item_id__in=[post.item_id for post in used]
        )
        found = [row.post for row in rows.select_related("post__creator").order_by("post__item_id")]
        for post in found:
            lanes.move_by_hand(team.manager, post, Lane.SPARK_READY, "Watched it.", at=team.now)
            if not post.sku:
                # No caption of the brand's own posts says what they show: a person does.
                sku = team.sandbox.app.state.hub.world.state.posts[post.item_id].sku
                posts.set_sku(team.manager, post, sku, at=team.now)
        _, results = launches.draft(team.buyer, team.account, team._spec(found), at=team.now)
        blocked = {result.item_id for result in results if result.blocks}
        return next(post for post in found if post.item_id not in blocked)

    def others(self, team: Team, used: list[Post]) -> list[Post]:
        """Further posts of creators with a licence for ads, oldest first."""
        rights = UsageRight.objects.filter(paid_allowed=True).exclude(item_id="")
        wanted = set(rights.values_list("item_id", flat=True)) - {post.item_id for post in used}
        found = Post.objects.filter(creator__is_own=False, item_id__in=wanted).exclude(sku="")
        return list(found.select_related("creator").order_by("posted_at", "item_id"))
