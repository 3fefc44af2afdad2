"""The sample team's days: what people would do, done through the same services as pages and commands.

Nothing here reaches into the tables to fake an outcome. The only knowledge beyond the product's is the
creators' phones: somebody has to make codes, extend, withdraw.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from kindling.authorizations import service as authorizations
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import USABLE, State
from kindling.authorizations.models import IntakeRow
from kindling.authorizations.requests import renewals
from kindling.authorizations.service import Permission
from kindling.conversions import service as conversions
from kindling.creators import grants
from kindling.creators import service as creators
from kindling.delivery import service as delivery
from kindling.delivery import stops, sync
from kindling.demo import briefing
from kindling.demo.people import Team
from kindling.demo.sandbox import Sandbox
from kindling.errors import KindlingError
from kindling.jobs import engine, worker
from kindling.launches import service as launches
from kindling.launches.checks import service as checks
from kindling.launches.planning import readiness, specs
from kindling.launches.rules import Spec
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.posts.reading import sources
from kindling.posts.rules import Lane
from kindling.products import service as products
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Connection

CALLBACK = "http://127.0.0.1/callback"
STEP_HOURS = 8
CONNECTED = 8  # creators who connect TikTok; the others paste codes
DAYS_GRANTED = (30, 7, 30, 60)
PLAN_DAYS = (3, 7, 11, 15)
POSTS_PER_PLAN = 5
PICKS = 3
FAIR_CHANCE_MINOR = 25_000
BUDGET = "60.00"
DRAIN_SECONDS = 120.0
Say = Callable[[str], object]


class Scenario:
    """Walks the path day by day; `say` gets one sentence per thing that happened."""

    account: AdAccount

    def __init__(self, sandbox: Sandbox, say: Say, team: Team) -> None:
        self.sandbox = sandbox
        self.say = say
        self.team = team
        self.world = sandbox.get("/sandbox/v1/world/")
        self.phone_handles: list[str] = []

    @property
    def now(self) -> datetime:
        return self.sandbox.now()

    def walk(self, days: int, *, on_day: Callable[[], object] = lambda: None) -> None:
        """The whole path. on_day : called after each simulated day, to show progress"""
        self.open()
        for number in range(1, days + 1):
            self.day(number)
            on_day()
        self.close()

    # --- Day 0 ------------------------------------------------------------------------------------------------

    def connect(self) -> Connection:
        """The developer app at the simulated TikTok; one of an earlier run gets the address of this one."""
        app = self.world["app"]
        return workspaces.save_connection(
            self.team.owner,
            name="Sandbox",
            base_url=self.sandbox.url,
            app_id=app["app_id"],
            app_secret=app["secret"],
            client_key=app["client_key"],
            client_secret=app["client_secret"],
            at=self.now,
        )

    def _ad_account(self) -> AdAccount:
        connection, owner = self.connect(), self.team.owner
        code, state = self.sandbox.allow_ads(workspaces.consent_url(connection, callback=CALLBACK))
        accounts = workspaces.finish_consent(
            owner, workspaces.connection_of_state(owner, state), auth_code=code, at=self.now
        )
        self.say(f"Connected {len(accounts)} ad accounts of the simulated TikTok.")
        return next(each for each in accounts if each.currency == self.team.workspace.currency)

    def open(self) -> None:
        """The ad account, products, agreements, and the creators who connect their accounts."""
        self.account = self._ad_account()
        taken = products.import_products(
            self.team.finance, self.sandbox.file("/sandbox/v1/shop/products.csv"), at=self.now
        )
        self.say(f"Imported {taken.taken} products with their costs.")
        self._agreements()
        connection = self.account.connection
        for number, each in enumerate(self.world["creators"]):
            creator = creators.record_creator(
                self.team.workspace,
                handle=each["handle"],
                at=self.now,
                source="import",
                display_name=each["display_name"],
                followers=each["followers"],
            )
            if number >= CONNECTED:
                self.phone_handles.append(each["handle"])
                continue
            manager = self.team.manager
            url = grants.consent_url(manager, connection, creator, callback=CALLBACK)
            code, state = self.sandbox.allow_creator(url, handle=creator.handle)
            found, whose = grants.facts_of_state(manager, state)
            grants.finish_consent(
                manager, found, whose, auth_code=code, callback=CALLBACK, at=self.now
            )
        self.say(
            f"{CONNECTED} creators connected TikTok; {len(self.phone_handles)} will send codes."
        )
        briefing.order_content(self.team, at=self.now, say=self.say)
        self.work()

    def work(self) -> None:
        """One beat of the worker: what is due is queued, worked off, done."""
        worker.pulse(self.now)
        engine.drain(timeout_seconds=DRAIN_SECONDS)

    # --- Every day --------------------------------------------------------------------------------------------

    def day(self, number: int) -> None:
        """A simulated day: four beats of the worker, and people at work after the second."""
        for beat in range(24 // STEP_HOURS):
            self.sandbox.advance(hours=STEP_HOURS)
            self.work()
            if beat == 1:
                self._people(number)

    def _people(self, number: int) -> None:
        self._agreements()
        self._orders()
        if number + 1 in PLAN_DAYS:
            self._pick_by_hand(number)
        self._codes(number)
        self._renewals(number)
        if number in PLAN_DAYS:
            self._launch(number)
        if number == 12:
            self._withdraw()
        if number >= 8 and number % 4 == 0:
            self._stop_losers()
        engine.drain(timeout_seconds=DRAIN_SECONDS)

    def _agreements(self) -> None:
        data = self.sandbox.file("/sandbox/v1/shop/deals.csv")
        sources.import_agreements(self.team.manager, data, at=self.now)

    def take_orders(self) -> conversions.ImportResult:
        """Import what the shop sold until now, and give orders their post; the shop does not stop with the days."""
        result = conversions.import_orders(
            self.team.finance,
            self.sandbox.file("/sandbox/v1/shop/orders.csv"),
            file_name="orders.csv",
            at=self.now,
        )
        conversions.reattribute(self.team.workspace, at=self.now)
        return result

    def _orders(self) -> None:
        result = self.take_orders()
        if result.taken or result.changed:
            self.say(f"Orders: {result.taken} new, {result.changed} restated.")

    def close(self) -> None:
        """Bring everything up to the last minute, so that the answers are complete."""
        self._agreements()
        for account in workspaces.ad_accounts(self.team.workspace):
            sync.sync_account(account, at=self.now)
        polling.read_platform(self.team.workspace, at=self.now)
        readiness.read_music(self.team.workspace, now=self.now)
        self._orders()
        briefing.bring_drafts(self.team, at=self.now)

    # --- Codes ------------------------------------------------------------------------------------------------

    def _codes(self, number: int) -> None:
        covered = {
            each.post.pk
            for each in authorizations.permissions(self.team.workspace, now=self.now)
            if each.state in USABLE or each.state is State.REVOKED
        }
        # What TikTok refused once (a story, a duet) is not asked for again.
        refused = set(
            IntakeRow.objects.filter(
                intake__workspace=self.team.workspace, outcome=IntakeRow.Outcome.REFUSED
            ).values_list("item_id", flat=True)
        )
        pasted, made = [], 0
        for post in Post.objects.filter(workspace=self.team.workspace).select_related(
            "creator__grant"
        ):
            if post.pk in covered or post.creator.is_own or post.item_id in refused:
                continue
            days = DAYS_GRANTED[int(post.item_id[-2:]) % len(DAYS_GRANTED)]
            if post.creator.handle in self.phone_handles:
                code = self._phone_code(post.item_id, days)
                if code:
                    pasted.append(f"{code},{post.creator.handle},{post.item_id},{days}")
            elif post.lane == Lane.SPARK_READY:
                made += self._make_code(post, days)
        if pasted:
            rows = intakes.rows_of_paste("\n".join(["code,handle,post,days", *pasted]))
            intake = intakes.receive(self.team.manager, self.account, rows, at=self.now)
            engine.drain(timeout_seconds=DRAIN_SECONDS)
            counts = intakes.progress(intake)
            self.say(f"Day {number}: {len(pasted)} codes pasted, {counts['applied']} applied.")
        if made:
            self.say(f"Day {number}: {made} codes made through connected accounts.")

    def _phone_code(self, item_id: str, days: int) -> str:
        try:
            return str(
                self.sandbox.post(f"/phone/v1/posts/{item_id}/code/", days=days)["auth_code"]
            )
        except Exception:  # the creator's app refuses (deleted, story, …): nobody sends a code then
            return ""

    def _make_code(self, post: Post, days: int) -> int:
        try:
            intakes.make_code(self.team.manager, post, self.account, days=days, at=self.now)
        except KindlingError as error:
            self.say(f"@{post.creator.handle}: {error.message}")
            return 0
        return 1

    def _pick_by_hand(self, number: int) -> None:
        """The manager trusts her eye too: posts that may run but whose numbers are thin or average."""
        open_to_paid = [
            each.post
            for each in checks.inventory(self.team.workspace, self.account, now=self.now)
            if each.post.lane == Lane.ORGANIC_TEST
            and not each.post.lane_by_hand
            and all(
                result.number in {2, 6, 9} for result in each.blocking
            )  # lacks a permission at most, and so an answer about its music
            and (each.post.posted_at is None or self.now - each.post.posted_at > timedelta(days=1))
        ]
        for post in sorted(open_to_paid, key=lambda each: each.item_id)[:PICKS]:
            lanes.move_by_hand(
                self.team.manager,
                post,
                Lane.SPARK_READY,
                "Watched it; worth a small test.",
                at=self.now,
            )
            self.say(f"Day {number}: @{post.creator.handle}'s post picked by hand.")

    # --- Renewals and endings -----------------------------------------------------------------------------------

    def _renewals(self, number: int) -> None:
        lapses = self.phone_handles[-1]  # one creator never answers: that permission lapses
        for each in authorizations.permissions(
            self.team.workspace, now=self.now, states=[State.EXPIRING, State.RENEWAL_REQUESTED]
        ):
            left = each.days_left(self.now)
            if (
                left is None
                or left > 4
                or each.post.creator.handle == lapses
                or each.rights_problems
            ):
                continue
            if each.state is State.RENEWAL_REQUESTED:
                self._extend_on_phone(each, number)
                continue
            try:
                renewals.ask_renewal(self.team.manager, each.authorization, days=30, at=self.now)
            except KindlingError as error:
                self.say(f"Renewal for @{each.post.creator.handle}: {error.message}")
                continue
            self.say(f"Day {number}: renewal asked of @{each.post.creator.handle}.")

    def _extend_on_phone(self, permission: Permission, number: int) -> None:
        self.sandbox.post(f"/phone/v1/posts/{permission.post.item_id}/extend/", days=30)
        self.say(f"Day {number}: @{permission.post.creator.handle} extended.")

    def _withdraw(self) -> None:
        """One creator takes a code back that no ad uses (TikTok allows it only then)."""
        for each in authorizations.permissions(
            self.team.workspace, now=self.now, states=[State.BOUND]
        ):
            if each.authorization.kind == "code":
                self.sandbox.post(f"/phone/v1/posts/{each.post.item_id}/revoke/")
                self.say(f"@{each.post.creator.handle} withdrew a code.")
                return

    # --- Launching ----------------------------------------------------------------------------------------------

    def _launch(self, number: int) -> None:
        readiness.read_music(self.team.workspace, now=self.now)
        ready = [
            each
            for each in checks.inventory(self.team.workspace, self.account, now=self.now)
            if each.is_ready
            and each.post.lane == Lane.SPARK_READY
            and each.post.first_boosted_at is None
        ][:POSTS_PER_PLAN]
        if not ready:
            self.say(f"Day {number}: nothing is ready to launch.")
            return
        items = [each.post.item_id for each in ready]
        _, results = launches.draft(
            self.team.buyer, self.account, self._spec(number, items), at=self.now
        )
        blocked = {result.item_id for result in results if result.blocks}
        items = [item for item in items if item not in blocked]
        if not items:
            self.say(f"Day {number}: preflight blocks every post.")
            return
        spec = self._spec(number, items)
        plan = launches.plan(self.team.buyer, self.account, spec, at=self.now)
        try:
            launches.approve(self.team.finance, plan, digest=plan.digest, at=self.now)
        except KindlingError as error:
            self.say(f"Day {number}: {error}")
            return
        launches.ask_apply(self.team.buyer, plan, at=self.now)
        engine.drain(timeout_seconds=DRAIN_SECONDS)
        plan.refresh_from_db()
        self.say(f"Day {number}: plan of {len(items)} posts: {plan.get_state_display().lower()}.")

    def _spec(self, number: int, items: list[str]) -> tuple[Spec, ...]:
        wanted = {
            "name": f"Day {number} launch",
            "posts": items,
            "daily_budget": BUDGET,
            "days": 28,
        }
        return specs.from_mapping(
            wanted, account=self.account, workspace=self.team.workspace, now=self.now
        )

    def _stop_losers(self) -> None:
        """The buyer stops ads that had a fair chance: twice the break-even spent per order, or no order at all."""
        known = products.products(self.team.workspace)
        for each in delivery.live(self.team.workspace, now=self.now):
            product = known.get(each.ad.post.sku) if each.ad.post else None
            if product is None or each.spend is None or each.spend.minor < FAIR_CHANCE_MINOR:
                continue
            break_even = products.contribution_minor(product, commission_bp=None)
            cost = each.cpa
            if cost is None or cost.minor > 2 * break_even:
                stops.pause(self.team.buyer, each.ad, reason="Spends without selling.", at=self.now)
                self.say(f"Paused an ad of @{each.handle}: spends without selling.")
