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
from django.conf import settings as settings_of
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sample_team import Team
from stages import Rows

from kindling.agreements.models import UsageRight
from kindling.authorizations import by_hand, reading, renewals, requests, rules, service, sweep
from kindling.authorizations.models import Authorization, AuthorizationEvent, Kind
from kindling.authorizations.rules import State
from kindling.delivery import service as delivery
from kindling.delivery.models import Ad
from kindling.errors import KindlingError
from kindling.posts import service as posts
from kindling.posts.models import Post
from kindling.posts.rules import Lane
from tiktok_sandbox.server import SandboxError

which = st.integers(0, 4)
days = st.sampled_from([7, 30, 60])
KINDS = (Kind.CODE, Kind.CODE, Kind.CODE, Kind.BUSINESS_CENTER, Kind.AFFILIATE_MASS)


def machine_for(
    team: Team, items: list[str], linked: str, world: bytes, rows: Rows
) -> type[RuleBasedStateMachine]:
    """The machine over one furnished team; every run starts from the same saved world and rows."""

    class Lives(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            team.sandbox._send("POST", "/sandbox/v1/load/", world)
            rows.put_back()
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

        @rule(is_linked=st.booleans(), health=st.sampled_from(["AVAILABLE", "IS_PRIVATE_ACCOUNT"]))
        def an_account_is_linked_or_not(self, is_linked: bool, health: str) -> None:
            told = {"handle": linked, "business_center": is_linked, "available_status": health}
            team.sandbox.post("accounts/", told)

        @rule(number=which, wanted=days)
        def the_team_asks_for_a_code(self, number: int, wanted: int) -> None:
            post = Post.objects.select_related("creator").get(item_id=items[number])
            with contextlib.suppress(KindlingError):
                requests.ask(
                    team.manager,
                    post,
                    days=wanted,
                    through="dm",
                    ad_account=team.account,
                    at=team.now,
                )

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
                    by_hand.end_consent(team.manager, self.row(4), reason="Off.", at=team.now)
                else:
                    by_hand.note_consent(
                        team.manager,
                        self.row(4).post,
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
            assert reading.read_platform(team.workspace, at=at) == []
            sweep.sweep(team.workspace, now=at)
            requests.remind(team.workspace, now=at)
            renewals.remind(team.workspace, now=at)
            delivery.sync(team.account, at=at)
            delivery.guard(team.workspace, now=at)

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
                if row.kind == Kind.AFFILIATE_MASS and row.collab_ends_at:
                    ends.append(row.collab_ends_at)
                if right and row.kind != Kind.OWN:
                    ends += [right.ends_at, *([right.hold_until] if right.hold_until else [])]
                earliest = min(ends) - timedelta(hours=24) if ends else None
                assert (each.window.ends_at if each.window else None) == earliest
                assert row.paid_until == earliest, "the lists' index follows the clocks"

        def nothing_spends_past_its_last_safe_moment(self, truth: dict, now: datetime) -> None:  # type: ignore[type-arg]  # JSON
            """(a), and the law of money: what delivers has a permission in use, a licence, and time left."""
            kinds = {"AUTH_CODE": ("code", "tiktok_one"), "BC_AUTH_TT": ("business_center",)}
            for ad in truth["ads"]:
                if not ad["delivering"]:
                    continue
                rows = Authorization.objects.filter(
                    post__item_id=ad["item_id"],
                    kind__in=kinds[Ad.objects.get(ad_id=ad["ad_id"]).identity_type],
                )
                (row,) = rows.select_related("post")
                right = UsageRight.objects.get(item_id=ad["item_id"], version=None)
                assert State(row.state) in rules.USABLE
                assert right.paid_allowed
                ends = [right.ends_at, right.hold_until, row.ends_at]
                assert now < min(end for end in ends if end) - timedelta(hours=24)

    return Lives


class TestTheLifeCycleOfEveryKind:
    @pytest.mark.slow
    def test_keeps_its_laws_whatever_happens(self, team: Team) -> None:
        chosen = team.launchable(3)
        codes = [post.item_id for post in chosen]
        linked_post, shop_post = self.others(team, codes)
        linked = linked_post.creator.handle
        team.sandbox.post("accounts/", {"handle": linked, "business_center": True})
        reading.read_platform(team.workspace, at=team.now)
        posts.move_by_hand(team.manager, linked_post, Lane.SPARK_READY, "Watched it.", at=team.now)
        plan = team.apply(team.approved([*chosen, linked_post], days=28))
        assert plan.state == "applied"
        by_hand.note_consent(
            team.manager, shop_post, collab_ends_at=team.now + timedelta(days=20), at=team.now
        )
        team.sandbox.advance(hours=6)
        team.read()
        assert sum(ad["delivering"] for ad in team.truth()["ads"]) == 4
        items = [*codes, linked_post.item_id, shop_post.item_id]
        assert Authorization.objects.filter(post=linked_post, kind=Kind.BUSINESS_CENTER).exists()
        rows = Rows([settings_of.DATA_DIR / "app.db", settings_of.DATA_DIR / "jobs.db"])
        world = team.sandbox._send("GET", "/sandbox/v1/save/", None)
        machine = machine_for(team, items, linked, world, rows)
        try:
            run_state_machine_as_test(  # type: ignore[no-untyped-call]
                machine,
                settings=settings(
                    max_examples=8,
                    stateful_step_count=10,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            rows.close()

    def others(self, team: Team, codes: list[str]) -> tuple[Post, Post]:
        """Two further posts with a licence: a public one of an account to be linked, one of an affiliate."""
        public = {each["item_id"] for each in team.plain_posts()}
        used = set(Post.objects.filter(item_id__in=codes).values_list("creator_id", flat=True))
        licensed = set(UsageRight.objects.exclude(item_id="").values_list("item_id", flat=True))
        rest = [
            post
            for post in Post.objects.filter(creator__is_own=False)
            .exclude(sku="")
            .select_related("creator")
            .order_by("item_id")
            if post.item_id in licensed - set(codes)
        ]
        first = next(
            each for each in rest if each.item_id in public and each.creator_id not in used
        )
        return first, next(each for each in rest if each.creator_id != first.creator_id)
