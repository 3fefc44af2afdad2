"""A workspace in the middle of its work, everything that may be done in it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from sample_team import Team, connect

from kindling.agreements import service as agreements
from kindling.agreements.contract.terms import Terms
from kindling.agreements.models import Agreement, AgreementVersion, Breach, Payable, UsageRight
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.lifecycle import daily, polling
from kindling.authorizations.lifecycle.rules import AWAITING_CODE, LOST, USABLE
from kindling.authorizations.models import (
    CODED,
    Authorization,
    AuthorizationEvent,
    Binding,
    Intake,
    IntakeRow,
    Renewal,
)
from kindling.authorizations.requests import ask as requests
from kindling.authorizations.requests import renewals
from kindling.creators import grants
from kindling.creators.models import CreatorGrant
from kindling.delivery import guard, resume, stops, sync
from kindling.delivery.models import Ad, Pause
from kindling.facts import queries
from kindling.jobs import discovery
from kindling.jobs.models import Lease
from kindling.jobs.registry import registry
from kindling.kit.money import Money
from kindling.launches import service as launches
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.sending import apply as applying
from kindling.notices.models import Notice
from kindling.workspaces.models import Connection

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True)
class Scene:
    """Posts by the part they play; their item ids.

    live : its ad runs · held : its ad was stopped by a person
    launched : its plan is approved, not applied · drafted : its plan waits for approval
    ending : the end on record passes now; its creator has extended it, which nobody has read yet
    ended : its code has ended, another was asked for · sent : its new code waits in a batch
    """

    team: Team
    live: str
    held: str
    launched: str
    drafted: str
    ending: str
    ended: str
    sent: str
    approved: int
    draft: int
    batch: int
    offered: int
    written: int
    handle: str


def make_scene(team: Team) -> Scene:
    team.shop()
    short = [post["item_id"] for post in team.plain_posts()[:2]]
    team.paste(team.code(short[0], days=7), team.code(short[1], days=30))
    team.sandbox.advance(hours=30 * 24 - 2)
    posts = [post for post in team.launchable(4) if post.item_id not in short]
    live, held, launched, drafted = posts[:4]
    handle = live.creator.handle
    team.connect_creator(handle)
    team.apply(team.approved([live, held]))
    team.read()
    stops.pause(team.buyer, Ad.objects.get(item_id=held.item_id), reason="A look.", at=team.now)
    approved = team.approved([launched], name="Approved")
    draft = team.plan([drafted], name="Draft")
    ended, ending = (Authorization.objects.get(post__item_id=each) for each in short)
    requests.ask(
        team.manager, ended.post, days=30, through="dm", ad_account=team.account, at=team.now
    )
    renewals.ask_renewal(
        team.owner, ending, days=7, price=Money(2_500, "USD"), reason="By phone.", at=team.now
    )
    team.sandbox.phone(f"posts/{short[1]}/extend/", {"days": 7})
    sent = next(each["item_id"] for each in team.plain_posts() if each["item_id"] not in short)
    batch = intakes.receive(
        team.manager, team.account, intakes.rows_of_paste(team.code(sent)), at=team.now
    )
    terms = Terms(item_ids=(live.item_id,), content_fee_minor=30_000, term_days=60, hold_days=60)
    offered = agreements.offer(
        team.manager,
        agreements.create(team.manager, live.creator, title="Offered", terms=terms, at=team.now),
        at=team.now,
    )
    written = agreements.create(
        team.manager, held.creator, title="Draft", terms=replace(terms, item_ids=(held.item_id,)),
        at=team.now,
    )  # fmt: skip
    return Scene(
        team, live.item_id, held.item_id, launched.item_id, drafted.item_id, short[1], short[0],
        sent, approved.pk, draft.pk, batch.pk, offered.pk, written.pk, handle,
    )  # fmt: skip


# --- What may be done ---------------------------------------------------------------------------------------------


def do_poll(at: Scene) -> None:
    polling.poll(at.team.account, at=at.team.now)


def do_read(at: Scene) -> None:
    polling.read_platform(at.team.workspace, at=at.team.now)


def do_sync(at: Scene) -> None:
    sync.sync_account(at.team.account, at=at.team.now)


def do_guard(at: Scene) -> None:
    guard.guard(at.team.workspace, now=at.team.now)


def do_sweep(at: Scene) -> None:
    daily.sweep(at.team.workspace, now=at.team.now)


def do_intake(at: Scene) -> None:
    intakes.process_batch(at.batch)


def do_apply(at: Scene) -> None:
    launches.start_apply(at.team.buyer, Plan.objects.get(pk=at.approved), at=at.team.now)
    applying.run(at.approved)


def do_take_over(at: Scene) -> None:
    """Another process goes on with the plan that is being applied, if it is."""
    applying.run(at.approved)


def do_approve(at: Scene) -> None:
    plan = Plan.objects.get(pk=at.draft)
    launches.approve(at.team.finance, plan, digest=plan.digest, at=at.team.now)


def do_cancel(at: Scene) -> None:
    launches.cancel(at.team.buyer, Plan.objects.get(pk=at.approved), at=at.team.now)


def do_lose_lease(at: Scene) -> None:
    """The process slept for so long that its lease ran out; another job of the ad account came and went."""
    Lease.objects.all().delete()


def do_pause(at: Scene) -> None:
    ad = stored_ad(at.live)
    stops.pause(at.team.buyer, ad, reason="Enough.", at=at.team.now)


def do_resume(at: Scene) -> None:
    resume.resume(at.team.buyer, stored_ad(at.held), at=at.team.now)


def stored_ad(item_id: str) -> Ad:
    rows = Ad.objects.select_related("post", "adgroup", "ad_account__connection")
    return rows.select_related("ad_account__workspace").get(item_id=item_id)


def do_extension(at: Scene) -> None:
    """What the creator extended is read."""
    polling.poll_one(at.team.account, at.ending, at=at.team.now)


def do_revoke(at: Scene) -> None:
    """The creator of a post without ads withdraws its code, and the post is read."""
    at.team.sandbox.phone(f"posts/{at.drafted}/revoke/", {})
    polling.poll_one(at.team.account, at.drafted, at=at.team.now)


def do_withdraw(at: Scene) -> None:
    found = Renewal.objects.get(authorization__post__item_id=at.ending)
    renewals.withdraw(at.team.manager, found, at=at.team.now)


def do_new_code(at: Scene) -> None:
    """The creator who was asked deletes the code that ended and sends another."""
    at.team.sandbox.phone(f"posts/{at.ended}/revoke/", {})
    at.team.paste(at.team.code(at.ended))


def do_consent(at: Scene) -> None:
    version = AgreementVersion.objects.select_related("agreement").get(pk=at.offered)
    agreements.consent(
        version, as_name="Sample", ip="192.0.2.7", agent="Sample browser", at=at.team.now
    )


def do_take_offer_back(at: Scene) -> None:
    version = AgreementVersion.objects.select_related("agreement").get(pk=at.offered)
    agreements.withdraw(at.team.manager, version, reason="Other terms.", at=at.team.now)


def do_offer(at: Scene) -> None:
    version = AgreementVersion.objects.select_related("agreement").get(pk=at.written)
    agreements.offer(at.team.manager, version, at=at.team.now)


def do_write_terms(at: Scene) -> None:
    version = AgreementVersion.objects.select_related("agreement").get(pk=at.written)
    terms = replace(version.content, content_fee_minor=45_000)
    agreements.revise(at.team.manager, version.agreement, terms=terms, at=at.team.now)


def do_disconnect(at: Scene) -> None:
    grant = CreatorGrant.objects.select_related("creator__workspace", "connection")
    grants.drop_grant(grant.get(creator__handle=at.handle), at=at.team.now)


def do_refresh(at: Scene) -> None:
    """A token is renewed that is about to end."""
    grant = CreatorGrant.objects.select_related("creator", "connection")
    found = grant.filter(creator__handle=at.handle).first()
    if found is not None:
        grants.fresh_token(found, at=found.expires_at)


def do_connect_creator(at: Scene) -> None:
    at.team.connect_creator(at.handle)


def do_connect(at: Scene) -> None:
    """The owner connects TikTok anew; the token before is worth nothing any more."""
    connect(at.team.sandbox, at.team.owner, at=at.team.now)


def do_import(at: Scene) -> None:
    at.team.orders()


ACTS: dict[str, Callable[[Scene], None]] = {
    name.removeprefix("do_"): found for name, found in globals().items() if name.startswith("do_")
}


# --- What may be done at TikTok, without Kindling ---------------------------------------------------------------


def delete_first_ad(at: Scene) -> None:
    """Somebody deletes the ad that TikTok lists first."""
    first = at.team.held("ad")[0]["ad_id"]
    at.team.in_ads_manager("ad/status/update", ad_ids=[first], operation_status="DELETE")


# --- What came of it ----------------------------------------------------------------------------------------------


def settle(scene: Scene) -> None:
    """What the worker does within the next hours."""
    team = scene.team
    discovery.load()
    team.sandbox.advance(hours=2)
    for wish in registry.wishes(timezone.now()):
        if "-resume-" in wish.key:
            registry.run(wish.task, wish.arguments)
    polling.poll(team.account, at=team.now)
    sync.pull_entities(team.account, at=team.now)
    daily.sweep(team.workspace, now=team.now)
    guard.guard(team.workspace, now=team.now)


def day(moment: datetime | None) -> str:
    return f"{moment + DAY / 2:%m-%d}" if moment else ""


def view(scene: Scene) -> dict[str, list[Any]]:
    """What there is in the end, without ids, instants and texts that tell only in which order things happened."""
    team = scene.team

    def rows(found: Any, *names: str) -> list[tuple[Any, ...]]:
        return sorted(found.values_list(*names))

    return {
        "authorizations": [
            # Which of both it is depends on whether its renewal was still open when it was read.
            (item, state.replace("renewal_requested", "expiring"), day(ends_at), bool(code))
            for item, state, ends_at, code in rows(
                Authorization.objects, "post__item_id", "state", "ends_at", "code_hint"
            )
        ],
        "bindings": rows(Binding.objects, "authorization__post__item_id", "is_live", "has_ads"),
        "renewals": rows(Renewal.objects, "authorization__post__item_id", "state", "price_minor"),
        "codes": rows(IntakeRow.objects, "item_id", "outcome"),
        "batches": sorted(each is None for each in Intake.objects.values_list("finished_at", flat=True)),
        "rights": [
            (item, day(start), day(end), day(hold), gone is None)
            for item, start, end, hold, gone in sorted(
                UsageRight.objects.values_list(
                    "item_id", "starts_at", "ends_at", "hold_until", "superseded_at"
                ),
                key=str,
            )
        ],
        "agreements": rows(Agreement.objects, "title", "state"),
        "versions": [
            (title, number, terms, offered is not None, consented is not None, gone is not None)
            for title, number, terms, offered, consented, gone in sorted(
                AgreementVersion.objects.values_list(
                    "agreement__title", "number", "terms_hash", "offered_at", "consented_at",
                    "withdrawn_at",
                ),
                key=str,
            )
        ],
        "payables": rows(Payable.objects, "kind", "amount_minor", "item_id", "state"),
        "losses": rows(
            AuthorizationEvent.objects.filter(to_state__in=LOST),
            "authorization__post__item_id", "to_state",
        ),
        "breaches": rows(Breach.objects, "kind", "item_id", "is_suspected"),
        "grants": rows(CreatorGrant.objects, "creator__handle", "state"),
        "connections": rows(Connection.objects, "state"),
        "plans": rows(Plan.objects, "name", "state"),
        "objects": rows(PlannedObject.objects, "plan__name", "key", "state", "stopped_because"),
        "ads": rows(Ad.objects, "item_id", "operation_status", "is_gone"),
        "at TikTok": sorted(
            (each["ad_name"], each["operation_status"]) for each in team.held("ad")
        ),
        "notices": sorted({
            each.rstrip("0123456789-") for each in Notice.objects.values_list("key", flat=True)
        }),
        "orders": [len(queries.orders_of(team.workspace.pk))],
    }  # fmt: skip


def hidden_ads(scene: Scene) -> list[str]:
    """Ads that TikTok lists and Kindling takes for gone, a sentence each: at no moment may there be one."""
    listed = {each["ad_id"] for each in scene.team.held("ad")}
    gone = Ad.objects.filter(is_gone=True, ad_id__in=listed).values_list("item_id", flat=True)
    return [f"the ad of {item_id} is taken for gone" for item_id in sorted(gone)]


def broken_laws(scene: Scene, told: dict[str, Any]) -> list[str]:
    """What must hold whatever happened in whatever order; a sentence for each that does not (domain reference §3)."""
    team, found = scene.team, []
    listed = {
        row["item_id"]
        for row in team.truth()["authorizations"]
        if team.account.advertiser_id in row["bound_advertiser_ids"]
        and datetime.fromisoformat(row["auth_end"]) > team.now
        and row["code_status"] in {"IN_USE", "NOT_USED"}
    }
    for row in Authorization.objects.filter(kind__in=CODED).select_related("post"):
        is_usable, item_id = row.state in USABLE, row.post.item_id
        if is_usable != (item_id in listed):
            found.append(f"{item_id} is {row.state}; TikTok lists it: {item_id in listed}")
        if item_id == scene.ended and not is_usable and row.state not in AWAITING_CODE:
            found.append("the request for a new code is gone")
    if "applying" in {state for _, state in told["plans"]}:
        found.append("a plan is being applied by nobody")
    found += _ended_though_extended()
    wanted = {ad.item_id: ad for ad in Ad.objects.all()}
    stopped = set(
        Pause.objects.filter(is_confirmed=True, resumed_at=None).values_list(
            "ad__item_id", flat=True
        )
    )
    for item_id, ad in wanted.items():
        if ad.operation_status == "DISABLE" and item_id not in stopped:
            found.append(f"the ad of {item_id} is off and nobody says why")
        if ad.operation_status == "ENABLE" and item_id in stopped:
            found.append(f"the ad of {item_id} runs though it was stopped")
    return found


def _ended_though_extended() -> list[str]:
    """Authorizations that the clock ended although the end on record had been moved past that moment."""
    ends: dict[int, datetime] = {}
    found = []
    for event in AuthorizationEvent.objects.order_by("pk"):
        if "ends_at_after" in event.evidence:
            ends[event.authorization_id] = datetime.fromisoformat(event.evidence["ends_at_after"])
        end = ends.get(event.authorization_id)
        if (
            event.source == "clock"
            and event.to_state in LOST
            and end is not None
            and end > event.at
        ):
            found.append(f"authorization {event.authorization_id} was ended though it was extended")
    return found
