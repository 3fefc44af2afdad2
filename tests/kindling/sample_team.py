"""A sample team that walks the path of one post through the platform's own services."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from stages import Stages

from kindling import clock
from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import StartTrigger, Terms
from kindling.agreements.models import UsageRight
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import CodeRow
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.models import Intake
from kindling.conversions import service as conversions
from kindling.creators import grants
from kindling.creators import service as creators
from kindling.creators.models import CreatorGrant
from kindling.delivery import sync
from kindling.delivery.models import Ad
from kindling.launches import service as launches
from kindling.launches.models import Plan
from kindling.launches.planning import specs
from kindling.launches.sending import apply as applying
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.posts.reading import sources
from kindling.posts.rules import Lane
from kindling.products import service as products
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Role, User, Workspace
from kindling.workspaces.service import Actor
from tiktok_sandbox.server import SandboxServer

CALLBACK = "http://127.0.0.1/callback"
PUBLIC = "HESITATE_RECOMMEND"
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no certificates to load: the sandbox speaks HTTP


@dataclass(frozen=True, slots=True)
class Team:
    """Sample people of one workspace with an ad account, and the creators' phones."""

    sandbox: SandboxServer
    stages: Stages
    workspace: Workspace
    owner: Actor
    manager: Actor
    buyer: Actor
    finance: Actor
    account: AdAccount

    @property
    def now(self) -> datetime:
        return clock.now()

    # --- Creators' phones ---------------------------------------------------------------------------

    def posts_on_phones(self, **wanted: object) -> list[dict[str, Any]]:
        """Every creator's post by now, oldest first, with these fields."""
        found = []
        for creator in self.sandbox.get("world/")["creators"]:
            found += self.sandbox.phone(f"creators/{creator['handle']}/posts/")["posts"]
        found.sort(key=lambda post: (post["posted_at"], post["item_id"]))
        return [post for post in found if all(post[name] == is_ for name, is_ in wanted.items())]

    def plain_posts(self) -> list[dict[str, Any]]:
        """Public videos that no code was made for yet."""
        return self.posts_on_phones(status=PUBLIC, item_type="VIDEO", auth_code_status=None)

    def code(self, item_id: str, *, days: int = 30) -> str:
        return str(self.sandbox.phone(f"posts/{item_id}/code/", {"days": days})["auth_code"])

    # --- Taking things in ---------------------------------------------------------------------------

    def paste(self, *codes: str) -> Intake:
        """Codes pasted by the manager and worked off, as the worker would."""
        return self.take(intakes.rows_of_paste("\n".join(codes)))

    def take(self, rows: list[CodeRow]) -> Intake:
        intake = intakes.receive(self.manager, self.account, rows, at=self.now)
        intakes.process_batch(intake.pk)
        intake.refresh_from_db()
        return intake

    def shop(self) -> None:
        """Products and agreements of the brand."""
        self.stages.after("shop", self.workspace.pk, do=self._shop)

    def _shop(self) -> None:
        products.import_products(
            self.owner, self.sandbox.text("shop/products.csv").encode(), at=self.now
        )
        deals = self.sandbox.text("shop/deals.csv").encode()
        sources.import_agreements(self.manager, deals, at=self.now)

    def connect_creator(self, handle: str, *, account: str = "") -> CreatorGrant:
        """The creator allows the app on the consent page; posts and codes come without copying then.

        account : whose account it is they are signed in to, if not their own
        """
        at = self.now
        creator = creators.record_creator(self.workspace, handle=handle, at=at, source="import")
        url = grants.consent_url(self.manager, self.account.connection, creator, callback=CALLBACK)
        asked = parse_qs(urlsplit(url).query)
        form = {name: asked[name][0] for name in ("redirect_uri", "state", "scope")}
        answer = httpx.post(
            f"{self.sandbox.url}/v2/auth/authorize",
            data={**form, "handle": account or handle},
            trust_env=False,
            verify=PLAIN,
        )
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        connection, whose = grants.facts_of_state(self.manager, back["state"][0])
        return grants.finish_consent(
            self.manager, connection, whose, auth_code=back["code"][0], callback=CALLBACK, at=at
        )

    def orders(self) -> conversions.ImportResult:
        """The shop's orders by now."""
        data = self.sandbox.text("shop/orders.csv").encode()
        return conversions.import_orders(self.finance, data, file_name="orders.csv", at=self.now)

    def read(self) -> None:
        """Everything TikTok shows, as the worker reads it."""
        polling.read_platform(self.workspace, at=self.now)
        sync.sync_account(self.account, at=self.now)

    # --- Launching ----------------------------------------------------------------------------------

    def launchable(self, count: int, *, days: int = 30) -> list[Post]:
        """Posts with code, rights and lane, so that nothing blocks their launch."""
        step = ("launchable", self.workspace.pk, self.account.pk, count, days)
        return self.stages.after(*step, do=lambda: self._launchable(count, days))

    def _launchable(self, count: int, days: int) -> list[Post]:
        self.shop()
        spare = self.plain_posts()[: count + 3]
        self.paste(*(self.code(post["item_id"], days=days) for post in spare))
        bound = Post.objects.filter(workspace=self.workspace, authorizations__isnull=False)
        chosen = sorted(bound.select_related("creator"), key=lambda post: post.item_id)
        for post in chosen:
            lanes.move_by_hand(self.manager, post, Lane.SPARK_READY, "Watched it.", at=self.now)
        _, results = launches.draft(self.buyer, self.account, self._spec(chosen), at=self.now)
        blocked = {result.item_id for result in results if result.blocks}
        clear = [post for post in chosen if post.item_id not in blocked]
        assert len(clear) >= count, f"only {len(clear)} posts can be launched"
        return clear[:count]

    def _spec(self, chosen: list[Post], **more: object) -> Any:
        return specs.from_mapping(
            self._told(chosen, **more), account=self.account, workspace=self.workspace, now=self.now
        )

    def _told(self, chosen: list[Post], **more: object) -> dict[str, Any]:
        return {
            "name": "Sample launch",
            "posts": [post.item_id for post in chosen],
            "daily_budget": "60.00",
            "days": 14,
            **more,
        }

    def agree_maximum(self, item_id: str, cap_minor: int) -> None:
        """A maximum ad spend, consented to six days ago, in place of every other right to the post."""
        UsageRight.objects.filter(item_id=item_id).delete()
        start = self.now - timedelta(days=6)
        terms = Terms(
            item_ids=(item_id,), start_trigger=StartTrigger.DATE, start_on=start.date(),
            term_days=60, hold_days=60, spend_cap_minor=cap_minor, disclosure_duty=False,
        )  # fmt: skip
        creator = Post.objects.select_related("creator").get(item_id=item_id).creator
        version = agreements.create(self.manager, creator, title="Capped", terms=terms, at=start)
        agreements.record_consent(
            self.manager, version, as_name="Sample", reason="On paper.", at=start
        )

    def first_ad(self) -> Ad:
        """The oldest ad that a sync has read."""
        rows = Ad.objects.select_related("post__creator", "adgroup", "ad_account__connection")
        return rows.filter(ad_account__workspace=self.workspace).order_by("ad_id")[0]

    def plan(self, chosen: list[Post], **more: object) -> Plan:
        """A plan as the buyer draws it."""
        told = specs.kept(self._told(chosen, **more))
        wanted = self._spec(chosen, **more)
        return launches.plan(self.buyer, self.account, wanted, at=self.now, told=told)

    def approved(self, chosen: list[Post], **more: object) -> Plan:
        """A plan that finance has approved."""
        plan = self.plan(chosen, **more)
        return launches.approve(self.finance, plan, digest=plan.digest, at=self.now)

    def apply(self, plan: Plan) -> Plan:
        """The plan, applied in this process as the command line does."""
        launches.start_apply(self.buyer, plan, at=self.now)
        applying.run(plan.pk)
        plan.refresh_from_db()
        return plan

    # --- What TikTok holds, asked without Kindling's client ---------------------------------------------

    def held(self, kind: str) -> list[dict[str, Any]]:
        """Every campaign, adgroup or ad of the ad account, as TikTok's own list shows it."""
        answer = httpx.get(
            f"{self.sandbox.url}/open_api/v1.3/{kind}/get/",
            params={"advertiser_id": self.account.advertiser_id, "page_size": 100},
            headers={"Access-Token": self.account.connection.access_token},
            trust_env=False,
            verify=PLAIN,
        ).json()
        assert answer["code"] == 0, answer["message"]
        found: list[dict[str, Any]] = answer["data"]["list"]
        return found

    def in_ads_manager(self, path: str, **body: object) -> None:
        """What somebody does there, without Kindling. path : of the API, such as "ad/status/update"."""
        answer = httpx.post(
            f"{self.sandbox.url}/open_api/v1.3/{path}/",
            json={"advertiser_id": self.account.advertiser_id, **body},
            headers={"Access-Token": self.account.connection.access_token},
            trust_env=False,
            verify=PLAIN,
        ).json()
        assert answer["code"] == 0, answer["message"]

    def switched_on(self, kind: str = "ad") -> set[str]:
        """Their ids, as far as they are switched on."""
        rows = self.held(kind)
        return {row[f"{kind}_id"] for row in rows if row["operation_status"] == "ENABLE"}

    # --- The sandbox's truth ------------------------------------------------------------------------

    def fault(self, kind: str, path: str, **more: object) -> None:
        self.sandbox.post("faults/", {"kind": kind, "path": path, **more})

    def truth(self) -> Any:
        return self.sandbox.get("truth/")


def make_team(
    sandbox: SandboxServer,
    stages: Stages,
    *,
    slug: str = "sample-shop",
    domain: str = "shop.example",
    currency: str = "USD",
) -> Team:
    """A workspace with one person per role, its ad account connected by the real consent."""
    at = clock.now()
    owner = User.objects.create_user(f"owner@{domain}", name="Sample owner")
    workspace = workspaces.create_workspace(
        slug=slug, name=slug, owner=owner, currency="USD", timezone="America/New_York", at=at
    )
    lead = workspaces.actor_for(owner, slug)

    def hire(role: str) -> Actor:
        member = workspaces.add_member(lead, email=f"{role}@{domain}", role=role, at=at)
        return workspaces.actor_for(member.user, slug)

    accounts = connect(sandbox, lead, at=at)
    return Team(
        sandbox=sandbox,
        stages=stages,
        workspace=workspace,
        owner=lead,
        manager=hire(Role.CREATOR_MANAGER),
        buyer=hire(Role.MEDIA_BUYER),
        finance=hire(Role.FINANCE),
        account=next(each for each in accounts if each.currency == currency),
    )


def connect(sandbox: SandboxServer, owner: Actor, *, at: datetime) -> list[AdAccount]:
    """Connect TikTok as a person does: consent page, callback, exchange."""
    app = sandbox.get("world/")["app"]
    connection = workspaces.save_connection(
        owner,
        name="Sandbox",
        base_url=sandbox.url,
        app_id=app["app_id"],
        app_secret=app["secret"],
        client_key=app["client_key"],
        client_secret=app["client_secret"],
        at=at,
    )
    asked = parse_qs(urlsplit(workspaces.consent_url(connection, callback=CALLBACK)).query)
    form = {name: asked[name][0] for name in ("redirect_uri", "state")}
    answer = httpx.post(f"{sandbox.url}/portal/auth", data=form, trust_env=False, verify=PLAIN)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    found = workspaces.connection_of_state(owner, back["state"][0])
    workspaces.finish_consent(owner, found, auth_code=back["auth_code"][0], at=at)
    return workspaces.ad_accounts(owner.workspace)
