"""Use cases of launches: what is ready and why not, preflight, plan, review, approval."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import SpendCap
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Binding
from kindling.authorizations.service import Permission
from kindling.briefs.reviews import service as reviews
from kindling.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from kindling.jobs import lease, outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.time import days_touched
from kindling.launches import creator_approval, preflight, rules
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.planning import music, spend_caps
from kindling.launches.preflight import MAXIMUM_SPEND, CheckVerdict, Launch, Level, Result
from kindling.launches.rules import CreatorAnswer, PlanContent, PostToLaunch, Spec
from kindling.launches.sending import flights
from kindling.posts import service as post_service
from kindling.posts.evidence.policy import policy_of
from kindling.posts.models import Post
from kindling.posts.rules import Lane, missing_notes
from kindling.products import service as products
from kindling.products.models import Product
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action, needs_second_person
from kindling.workspaces.service import Actor, record

APPLY_TASK = "launches.apply"
READ_ADS_TASK = "delivery.read_ads"  # of an area to the right, so it is asked for by name
MUSIC_TASK = "launches.read_music"
LANES_IN_ORDER = (Lane.SPARK_READY, Lane.ORGANIC_TEST, Lane.DARK_TEST, Lane.KEEP_OUT)
PREVIEW_DAYS = 7  # the flight that Inventory assumes when it says what is ready


@dataclass(frozen=True)
class Candidate:
    """A post of the inventory: ready, or the reasons why not.

    music_asked_at : when TikTok answered about its music, where that is an earlier answer
    """

    post: Post
    permission: Permission | None
    results: list[Result]
    music_asked_at: datetime | None = None

    @cached_property
    def blocking(self) -> list[Result]:
        return [result for result in self.results if result.blocks]

    @cached_property
    def warnings(self) -> list[Result]:
        return [
            result
            for result in self.results
            if result.level is Level.WARN and result.verdict is not CheckVerdict.PASS
        ]

    @property
    def is_ready(self) -> bool:
        return not self.blocking

    @property
    def place(self) -> int:
        """Where it stands in Inventory: with a permission first, then by status, then by how much blocks it."""
        return (
            10_000 * (self.permission is None)
            + 1_000 * LANES_IN_ORDER.index(Lane(self.post.lane))
            + len(self.blocking)
        )

    @property
    def is_live(self) -> bool:
        """Whether an ad of another plan already runs with this post."""
        return any(each.title == preflight.NOT_LIVE for each in self.warnings)


# --- Inventory and preflight --------------------------------------------------------------------------------


def inventory(workspace: Workspace, ad_account: AdAccount, *, now: datetime) -> list[Candidate]:
    """Every post with its checks for a week's flight from now, the ready ones first.

    Asks nothing of TikTok: of the music it knows the answers that are kept (`readiness.read_music` asks).
    """
    posts = Post.objects.filter(workspace=workspace).select_related("creator")
    candidates = check_posts(workspace, ad_account, list(posts), now=now)
    return sorted(candidates, key=lambda each: (not each.is_ready, each.place, each.post.item_id))


def check_posts(
    workspace: Workspace, ad_account: AdAccount, posts: Sequence[Post], *, now: datetime
) -> list[Candidate]:
    """These posts, with their creators, as Inventory checks them, in the order given."""
    flight = Flight(
        start=now,
        end=now + timedelta(days=PREVIEW_DAYS),
        countries=(),
        wants_landing_page=True,
        daily_budget_minor=rules.MIN_ADGROUP_MINOR,
        currency=ad_account.currency,
    )
    kept = music.kept_answers(ad_account, now=now, item_ids=[post.item_id for post in posts])
    days = days_touched(flight.start, flight.end, ad_account.timezone)
    most = flight.daily_budget_minor * days
    keys = [(post.creator_id, post.item_id) for post in posts]
    rights = agreements.rights_of_posts(workspace, keys, now=now)
    caps = spend_caps.of_posts(workspace, posts, now=now, rights=rights)
    return _check(
        workspace,
        ad_account,
        posts,
        flight,
        rights=rights,
        music={item_id: each.status for item_id, each in kept.items()},
        asked={item_id: each.asked_at for item_id, each in kept.items()},
        capped={item_id: (cap, most) for item_id, cap in caps.items()},
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Flight:
    """When, where and with how much money posts would run."""

    start: datetime
    end: datetime
    countries: tuple[str, ...]
    wants_landing_page: bool
    daily_budget_minor: int
    currency: str
    landing_url: str = ""
    apart_from_plan: int | None = None
    locations: tuple[str, ...] = ()
    is_planned: bool = False  # its end is written in a plan, and sent as it stands there


def _check(
    workspace: Workspace,
    ad_account: AdAccount,
    posts: Sequence[Post],
    flight: Flight,
    *,
    music: dict[str, str],
    asked: Mapping[str, datetime] | None = None,
    capped: Mapping[str, tuple[SpendCap, int]],
    answers: Mapping[str, CreatorAnswer] | None = None,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
    now: datetime,
) -> list[Candidate]:
    """The checks of posts for a flight.

    music, asked : TikTok's music_status by item id, and when it answered, where that was earlier
    capped : by item id the cap that counts for a post, and what could be spent from now on under it
    rights : of the posts, where they have just been read
    answers : the creators', by item id; None while there is no stored plan to ask about
    """
    items = [post.item_id for post in posts]
    if rights is None:
        keys = [(post.creator_id, post.item_id) for post in posts]
        rights = agreements.rights_of_posts(workspace, keys, now=now)
    permissions = best_permissions(workspace, ad_account, posts, now=now, rights=rights)
    known = products.products(workspace)
    live = _live_names(workspace, posts, apart_from=flight.apart_from_plan)
    reviewed = reviews.reviews_of_posts(workspace, items=items)
    candidates, policy = [], policy_of(workspace)
    for post in posts:
        permission = permissions.get(post.item_id)
        right = rights.get((post.creator_id, post.item_id))
        product = known.get(post.sku)
        commission_bp = agreements.commission_bp(right, of_ads=True) if right else None
        cap, most = capped.get(post.item_id, (None, 0))
        launch = Launch(
            now=now,
            zone=workspace.timezone,
            item_id=post.item_id,
            handle=post.creator.handle,
            item_type=post.item_type,
            post_status=post.status,
            caption=post.caption,
            approved_caption=post.approved_caption,
            is_own=post.creator.is_own,
            duet_or_stitch_of=post.duet_or_stitch_of,
            authorization_state=permission.authorization.state if permission else None,
            authorization_ends_at=permission.authorization.ends_at if permission else None,
            bound_to_account=_binding(permission, ad_account) is not None,
            identity_available=_is_available(permission, ad_account),
            right=agreements.as_rule(right),
            window=permission.window if permission else None,
            flight_start=flight.start,
            flight_end=_flight_end(flight, permission),
            countries=flight.countries,
            unknown_locations=rules.unknown_locations(flight.locations),
            missing_notes=tuple(missing_notes(post_service.notes_of(post), policy)),
            music=music.get(post.item_id),
            music_asked_at=(asked or {}).get(post.item_id),
            lane=post.lane,
            lane_reason=post.lane_reason,
            sku=post.sku,
            product_known=product is not None,
            stock=product.stock if product else None,
            landing_url=flight.landing_url or _landing_url(post, product),
            wants_landing_page=flight.wants_landing_page,
            daily_budget_minor=flight.daily_budget_minor,
            currency=flight.currency,
            live_in=live.get(post.pk, ()),
            contribution_minor=_contribution(product, commission_bp, post),
            commission_bp=commission_bp,
            review=reviewed.get(post.item_id),
            refused_because=post.refused_because,
            refused_at=post.refused_at,
            wants_review=workspace.wants_review,
            cap=cap,
            most_minor=most,
            creator_answer=None if answers is None else answers.get(post.item_id),
            is_planned=flight.is_planned,
        )
        candidates.append(Candidate(post, permission, preflight.run(launch), launch.music_asked_at))
    return candidates


def _flight_end(flight: Flight, permission: Permission | None) -> datetime:
    """When the post's ad group would stop: where it is yet to be planned, with the paid window at the latest (R59).

    A plan on record ends when it says so, whatever became of the window since. A window that is closed, or
    shorter than a day, is no flight: then the wished end is judged and blocks.
    """
    if flight.is_planned or permission is None or permission.window is None:
        return flight.end
    shortest = flight.start + timedelta(days=1)
    return (
        min(flight.end, permission.window.ends_at)
        if permission.window.ends_at >= shortest
        else flight.end
    )


def _landing_url(post: Post, product: Product | None) -> str:
    """Where the post's ads lead: what is noted on the post, else its product's page."""
    return post.landing_url or (product.landing_url if product else "")


def _contribution(product: Product | None, commission_bp: int | None, post: Post) -> int | None:
    if product is None:
        return None
    return products.contribution_minor(
        product, commission_bp=0 if post.creator.is_own else commission_bp
    )


def best_permissions(
    workspace: Workspace,
    ad_account: AdAccount,
    posts: Sequence[Post],
    *,
    now: datetime,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
) -> dict[str, Permission]:
    """By item id the permission that serves each post best in this ad account."""
    found = authorizations.permissions_of(workspace, posts, now=now, rights=rights)
    return authorizations.best_by_item(found, ad_account=ad_account)


def _binding(permission: Permission | None, ad_account: AdAccount) -> Binding | None:
    return permission.binding_in(ad_account) if permission else None


def _is_available(permission: Permission | None, ad_account: AdAccount) -> bool | None:
    if permission is None:
        return None
    return (
        permission.state is not State.IDENTITY_BLOCKED
        and _binding(permission, ad_account) is not None
    )


def _live_names(
    workspace: Workspace, posts: Sequence[Post], *, apart_from: int | None
) -> dict[int, tuple[str, ...]]:
    """By post the names of the plans whose ads of it were made."""
    rows = PlannedObject.objects.filter(
        plan__workspace=workspace,
        kind=PlannedObject.Kind.AD,
        state__in=[PlannedObject.State.CREATED, PlannedObject.State.ENABLED],
    )
    if len(posts) <= music.MANY_POSTS:
        rows = rows.filter(post__in=[post.pk for post in posts])
    if apart_from is not None:
        rows = rows.exclude(plan_id=apart_from)
    names: dict[int, tuple[str, ...]] = {}
    for post_pk, name in rows.exclude(post=None).values_list("post_id", "plan__name"):
        names[post_pk] = (*names.get(post_pk, ()), name)
    return names


# --- Planning -------------------------------------------------------------------------------------------------


def plan(actor: Actor, ad_account: AdAccount, spec: Spec, *, at: datetime) -> Plan:
    """Build, check and store a plan. Nothing is sent. Blocking checks do not stop a draft, only its approval."""
    actor.require(Action.PLAN)
    content, _ = draft(actor, ad_account, spec, at=at)
    return store(actor, ad_account, content.to_json(), at=at)


def draft(
    actor: Actor, ad_account: AdAccount, spec: Spec, *, at: datetime
) -> tuple[PlanContent, list[Result]]:
    """The plan a specification leads to and its checks, without storing anything."""
    actor.require(Action.PLAN)
    rules.check_spec(spec, now=at)
    posts = posts_of(actor.workspace, spec.item_ids)
    permissions = best_permissions(actor.workspace, ad_account, posts, now=at)
    known = products.products(actor.workspace)
    to_launch = [
        _to_launch(post, permissions.get(post.item_id), ad_account, known.get(post.sku))
        for post in posts
    ]
    content = rules.build(
        spec,
        to_launch,
        advertiser_id=ad_account.advertiser_id,
        currency=ad_account.currency,
        token=secrets.token_hex(4),
    )
    return content, run_preflight(actor.workspace, ad_account, content.to_json(), now=at)


def posts_of(workspace: Workspace, item_ids: Iterable[str]) -> list[Post]:
    """The posts in the order asked for. Raises NotFoundError naming those the library does not hold."""
    wanted = list(item_ids)
    found = {
        post.item_id: post
        for post in Post.objects.filter(workspace=workspace, item_id__in=wanted).select_related(
            "creator"
        )
    }
    missing = [item_id for item_id in wanted if item_id not in found]
    if missing:
        raise NotFoundError(
            f"Not in the library: {', '.join(missing)}.",
            next_step="Add the video code or connect the creator.",
        )
    return [found[item_id] for item_id in wanted]


def _to_launch(
    post: Post, permission: Permission | None, ad_account: AdAccount, product: Product | None
) -> PostToLaunch:
    binding = _binding(permission, ad_account)
    if binding is None:
        raise InvalidInputError(
            f"Post {post.item_id} of @{post.creator.handle} has no ad authorization bound to {ad_account.name}.",
            next_step="Add its video code for this ad account first.",
        )
    return PostToLaunch(
        item_id=post.item_id,
        item_type=post.item_type,
        handle=post.creator.handle,
        sku=post.sku,
        landing_url=_landing_url(post, product),
        identity_id=binding.identity_id,
        identity_type=binding.identity_type,
        business_center_id=binding.business_center_id,
        duration_seconds=post.duration_seconds,
        window=permission.window if permission else None,
    )


def run_preflight(
    workspace: Workspace,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    now: datetime,
    row: Plan | None = None,
) -> list[Result]:
    """Every check for every post of a plan, with music asked of TikTok for the plan's places and dates.

    row : the stored plan, which its ads do not compete with, and whose creators may have been asked
    """
    return _preflight(workspace, ad_account, content, now=now, row=row)[0]


def _preflight(
    workspace: Workspace,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    now: datetime,
    row: Plan | None,
) -> tuple[list[Result], dict[str, SpendCap]]:
    """The results of all checks, and the caps by item id that they rest on."""
    ads = contents.ads(content)
    posts = posts_of(workspace, [ad["item_id"] for ad in ads])
    cleared = music.read(ad_account, content)
    caps = spend_caps.of_posts(workspace, posts, now=now)
    capped = spend_caps.with_planned(
        workspace, caps, content, zone=ad_account.timezone, row=row, now=now
    )
    answers = creator_approval.answers(row) if row else None
    results: list[Result] = []
    for post, ad in zip(posts, ads, strict=True):
        group = contents.parent(content, ad)["payload"]
        flight = Flight(
            start=contents.instant(group["schedule_start_time"]),
            end=contents.instant(group["schedule_end_time"]),
            countries=tuple(content["countries"]),
            locations=tuple(group["location_ids"]),
            wants_landing_page=rules.OBJECTIVES[content["objective"]].wants_landing_page,
            daily_budget_minor=group["budget_minor"],
            currency=content["currency"],
            landing_url=ad["payload"].get("landing_page_url", ""),
            apart_from_plan=row.pk if row else None,
            is_planned=True,
        )
        candidate = _check(
            workspace, ad_account, [post], flight,
            music=cleared, capped=capped, answers=answers, now=now,
        )[0]  # fmt: skip
        results += candidate.results
    return results, caps


@transaction.atomic
def store(
    actor: Actor,
    ad_account: AdAccount,
    content: dict[str, Any],
    *,
    at: datetime,
) -> Plan:
    """Keep a plan as a draft with its objects. The same content again is the same plan."""
    actor.require(Action.PLAN)
    contents.check(content, advertiser_id=ad_account.advertiser_id, currency=ad_account.currency)
    digest = rules.digest(content)
    # Two at once would not see each other's plan, nor each other's token.
    Workspace.objects.select_for_update(no_key=True).get(pk=actor.workspace.pk)
    known = Plan.objects.filter(workspace=actor.workspace, digest=digest).first()
    if known is not None:
        return known
    _refuse_same_token(actor.workspace, content["token"])
    row = Plan.objects.create(
        workspace=actor.workspace,
        ad_account=ad_account,
        name=content["name"],
        content=content,
        digest=digest,
        daily_budget_minor=content["daily_budget_minor"],
        currency=content["currency"],
        created_by=actor.user,
        created_at=at,
    )
    named = {thing["item_id"] for thing in content["objects"] if thing["kind"] == "ad"}
    posts = {
        post.item_id: post
        for post in Post.objects.filter(workspace=actor.workspace, item_id__in=named)
    }
    PlannedObject.objects.bulk_create(
        PlannedObject(
            plan=row,
            position=position,
            kind=thing["kind"],
            key=thing["key"],
            parent_key=thing["parent"],
            name=thing["name"],
            payload=thing["payload"],
            post=posts.get(thing["item_id"]) if thing["kind"] == "ad" else None,
        )
        for position, thing in enumerate(content["objects"])
    )
    record(actor, "planned launch", row.name, at=at, after=_figures(row))
    return row


def _refuse_same_token(workspace: Workspace, token: str) -> None:
    """Two plans with the same names could adopt each other's objects after a lost reply."""
    twin = Plan.objects.filter(workspace=workspace, content__token=token)
    other = twin.exclude(state=Plan.State.CANCELLED).first()
    if other is not None:
        raise ConflictError(
            f"Another plan, {other.name}, already uses this plan's token.",
            next_step="Make a new plan with `kindling plan`, or cancel the other plan first.",
        )


def check_plan(row: Plan, *, now: datetime) -> list[Result]:
    """Run preflight on a stored plan and keep the results with it."""
    return check_with_caps(row, now=now)[0]


def check_with_caps(row: Plan, *, now: datetime) -> tuple[list[Result], dict[str, SpendCap]]:
    """`check_plan`, with the caps by item id that the results rest on."""
    results, caps = _preflight(row.workspace, row.ad_account, row.content, now=now, row=row)
    Plan.objects.filter(pk=row.pk).update(
        checks=[result.to_json() for result in results], checked_at=now
    )
    row.checks, row.checked_at = [result.to_json() for result in results], now
    return results, caps


# --- Approval ---------------------------------------------------------------------------------------------------


def wants_second_person(row: Plan, workspace: Workspace) -> bool:
    """Whether the four-eyes rule holds for a plan, by the workspace's limit as it is now."""
    return needs_second_person(
        daily_budget_minor=row.daily_budget_minor,
        limit_minor=workspace.second_person_above_minor,
        is_in_books_currency=row.currency == workspace.currency,
    )


def _check_four_eyes(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Raise NotAllowedError for a person's own plan above the limit, alone or with what they approved alone."""
    is_mine = actor.user is not None and row.created_by_id == actor.user.pk
    if is_mine and (
        wants_second_person(row, actor.workspace) or _splits_the_limit(actor, row, at=at)
    ):
        raise NotAllowedError(
            "With the spend you already approved alone today, this plan needs a second approver.",
            next_step="Ask another owner, media buyer or finance member to approve it.",
        )


def _splits_the_limit(actor: Actor, row: Plan, *, at: datetime) -> bool:
    """Whether the plan passes the limit together with the person's own plans they approved alone in a day."""
    alone = Plan.objects.filter(
        workspace=row.workspace,
        created_by=actor.user,
        approved_by=actor.user,
        approved_at__gt=at - timedelta(days=1),
    ).exclude(state=Plan.State.CANCELLED)
    before = alone.aggregate(sum=Sum("daily_budget_minor"))["sum"] or 0
    return before + row.daily_budget_minor > actor.workspace.second_person_above_minor


def approve(actor: Actor, row: Plan, *, digest: str, at: datetime) -> Plan:
    """A named person confirms the spend (R60). Above the workspace's limit it must be a second person (A5).

    digest : of the plan the person read; another one means that it is not the plan on record
    """
    actor.require(Action.APPROVE_SPEND)
    if digest != row.digest:
        raise ConflictError(
            "The plan has changed since you opened it.", next_step="Open it again and review it."
        )
    _check_four_eyes(actor, row, at=at)
    results, caps = check_with_caps(row, now=at)
    blocking = [result for result in results if result.blocks]
    if blocking:
        first = blocking[0]
        raise ConflictError(
            f"{len(blocking)} check{'s' if len(blocking) > 1 else ''} block the plan. "
            f"Post {first.item_id}, {first.title}: {first.message}",
            next_step="Solve them or plan without these posts.",
        )
    with transaction.atomic():
        # Once more where it is written: several plans may be approved at the same moment.
        actor = workspaces.check_again(actor, Action.APPROVE_SPEND)
        _check_four_eyes(actor, row, at=at)
        spend_caps.check(row, caps, at=at)
        changed = Plan.objects.filter(pk=row.pk, state=Plan.State.DRAFT, digest=digest).update(
            state=Plan.State.APPROVED, approved_by=actor.user, approved_at=at
        )
        if not changed:
            raise ConflictError(
                "The plan is no longer a draft.", next_step="Open it to see its state."
            )
        record(actor, "approved spend", row.name, at=at, after=_figures(row))
    row.refresh_from_db()
    return row


def cancel(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Drop a plan before anything of it was sent."""
    actor.require(Action.PLAN)
    with transaction.atomic():
        changed = Plan.objects.filter(
            pk=row.pk, state__in=[Plan.State.DRAFT, Plan.State.APPROVED]
        ).update(state=Plan.State.CANCELLED, finished_at=at)
        if not changed:
            raise ConflictError(
                "The plan is already being applied.", next_step="Pause its ads on the Live page."
            )
        creator_approval.withdraw_all(row, at=at)
        record(actor, "cancelled plan", row.name, at=at)


@transaction.atomic
def start_apply(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Mark an approved or partly applied plan as being applied.

    raises : ConflictError for any other, and while a creator has not approved an ad that waits for them
    """
    actor = workspaces.check_again(actor, Action.APPLY)
    held = (
        Plan.objects.select_for_update(of=("self",), no_key=True)
        .select_related("workspace")
        .get(pk=row.pk)
    )
    creator_approval.check_answers(held, at=at)
    changed = Plan.objects.filter(
        pk=row.pk, state__in=[Plan.State.APPROVED, Plan.State.PARTLY]
    ).update(state=Plan.State.APPLYING, problem="")
    _protect_launches(actor, row.ad_account, at=at)
    if not changed and row.state != Plan.State.APPLYING:
        raise ConflictError(
            f"A plan that is {row.get_state_display().lower()} cannot be applied.",
            next_step="Approve it first.",
        )
    record(actor, "applied plan", row.name, at=at, after=_figures(row))
    row.refresh_from_db()


def _protect_launches(actor: Actor, ad_account: AdAccount, *, at: datetime) -> None:
    """What Kindling launches it also stops in time, unless a person chose that the account is only observed."""
    changed = AdAccount.objects.filter(
        pk=ad_account.pk, protection=AdAccount.Protection.OBSERVE, is_protection_chosen=False
    ).update(protection=AdAccount.Protection.LAUNCHED)
    if changed:
        record(
            actor, "changed protection", ad_account.name, at=at,
            reason="First launch in this ad account.",
            before={"mode": "observe"}, after={"mode": "launched"},
        )  # fmt: skip


@transaction.atomic
def ask_apply(actor: Actor, row: Plan, *, at: datetime) -> None:
    """Apply in the background. Asking again goes on where it stopped; nothing is made twice."""
    start_apply(actor, row, at=at)
    # A key of its own per asking: after an apply that ended in part, the same instant may ask again.
    key = f"apply-{row.pk}-{row.digest[:12]}-{secrets.token_hex(6)}"
    outbox.ask(
        JobRequest(APPLY_TASK, key, {"plan": row.pk}, lane=lease.of_account(row.ad_account_id))
    )


def blocks_of_ad(ad_account: AdAccount, ad_id: str, *, now: datetime) -> list[Result]:
    """The checks that stand against an ad that a plan launched, as they are now; none for any other ad."""
    row = flights.launched_ad(ad_account, ad_id)
    if row is None:
        return []
    item_id = row.payload["tiktok_item_id"]
    results = run_preflight(row.plan.workspace, ad_account, row.plan.content, now=now, row=row.plan)
    # What its plan can spend was approved and is partly spent: `spend_caps.check_resume` counts what is left.
    return [
        result
        for result in results
        if result.blocks and result.item_id == item_id and result.title != MAXIMUM_SPEND
    ]


def _figures(row: Plan) -> dict[str, Any]:
    return {
        "daily_budget_minor": row.daily_budget_minor,
        "currency": row.currency,
        "digest": row.digest,
        "ads": len(contents.ads(row.content)),
    }


# --- Looking ------------------------------------------------------------------------------------------------------


def plans(workspace: Workspace) -> QuerySet[Plan]:
    return Plan.objects.filter(workspace=workspace).select_related(
        "ad_account", "created_by", "approved_by"
    )


def counts_by_state(workspace: Workspace) -> dict[str, int]:
    """How many plans there are in each state."""
    rows = Plan.objects.filter(workspace=workspace).order_by()
    return dict(rows.values_list("state").annotate(count=Count("pk")))


def find_plan(workspace: Workspace, pk: int) -> Plan:
    found = (
        Plan.objects.select_related(
            "ad_account__connection",
            "ad_account__workspace",
            "workspace",
            "created_by",
            "approved_by",
        )
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This plan was not found.", next_step="Open Plans to see all plans.")
    return found


def account_of_plan(actor: Actor, content: object) -> AdAccount:
    """The ad account a plan file is for. Raises InvalidInputError for what is no plan."""
    if not isinstance(content, dict):
        raise InvalidInputError(
            "This file is not a plan.", next_step="Make one with `kindling plan`."
        )
    return workspaces.find_ad_account(actor, str(content.get("advertiser_id", "")))


def find_plan_by_pk(pk: int) -> Plan:
    """For background work, which was asked for inside one workspace."""
    return Plan.objects.select_related(
        "ad_account__connection", "ad_account__workspace", "workspace", "created_by", "approved_by"
    ).get(pk=pk)
