"""Posts with the answers of all checks: the facts of each, loaded together, and what the checks say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Self

import numpy as np
from django.conf import settings

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import SpendCap
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Binding
from kindling.authorizations.service import Permission
from kindling.briefs.reviews import service as reviews
from kindling.launches import rules
from kindling.launches.checks import checklist, readers
from kindling.launches.checks.post import NOT_LIVE
from kindling.launches.checks.readers import ListedAds
from kindling.launches.checks.rules import (
    EVERYBODY,
    Audience,
    CheckVerdict,
    CommentsSeen,
    Launch,
    Level,
    Limits,
    Result,
    Room,
    SecondPerson,
)
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning.music import MANY_POSTS
from kindling.launches.rules import CreatorAnswer
from kindling.posts import service as post_service
from kindling.posts.evidence.policy import policy_of
from kindling.posts.models import Post
from kindling.posts.rules import Lane, LanePolicy, missing_notes
from kindling.products import service as products
from kindling.products.landing import service as landing
from kindling.products.landing.rules import page_of
from kindling.products.models import Product
from kindling.workspaces.models import AdAccount, Workspace
from spark_measure import wilson_interval

LANES_IN_ORDER = (Lane.SPARK_READY, Lane.ORGANIC_TEST, Lane.DARK_TEST, Lane.KEEP_OUT)


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
        return any(each.title == NOT_LIVE for each in self.warnings)


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
    objective: str = ""
    optimization_goal: str = ""
    call_to_action: str = ""
    pixel_id: str = ""
    optimization_event: str = ""
    events_seen: int | None = None
    audience: Audience = EVERYBODY
    ad_name: str = ""
    second_person: SecondPerson | None = None
    room: Room | None = None


def check_flights(
    workspace: Workspace,
    ad_account: AdAccount,
    posts: Sequence[Post],
    flights: Mapping[str, Flight],
    *,
    music: dict[str, str],
    asked: Mapping[str, datetime] | None = None,
    capped: Mapping[str, tuple[SpendCap, int]],
    answers: Mapping[str, CreatorAnswer] | None = None,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
    now: datetime,
) -> list[Candidate]:
    """The checks of posts, each for its flight.

    flights : by item id; all of one plan, or of none

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
    others = OtherAds.read(workspace, ad_account, posts, flights)
    reviewed = reviews.reviews_of_posts(workspace, items=items)
    urls = {
        post.item_id: flights[post.item_id].landing_url or landing_url_of(post, known.get(post.sku))
        for post in posts
    }
    pages = landing.kept(workspace, urls.values(), now=now)
    seen = _comments_of(workspace, posts, now=now)
    candidates, policy = [], policy_of(workspace)
    limits = limits_of(policy)
    for post in posts:
        flight = flights[post.item_id]
        permission = permissions.get(post.item_id)
        right = rights.get((post.creator_id, post.item_id))
        product = known.get(post.sku)
        commission_bp = agreements.commission_bp(right, of_ads=True) if right else None
        own_bp = agreements.commission_bp(right, of_ads=False) if right else None
        binding = binding_of(permission, ad_account)
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
            bound_to_account=binding is not None,
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
            landing_url=urls[post.item_id],
            page=pages.get(page_of(urls[post.item_id])),
            product_title=product.title if product else "",
            price_minor=product.price_minor if product else None,
            price_currency=product.currency if product else "",
            wants_landing_page=flight.wants_landing_page,
            daily_budget_minor=flight.daily_budget_minor,
            currency=flight.currency,
            live_in=others.of_post(post),
            named_alike=others.named_alike(flight.ad_name),
            identity_ads=others.of_identity(binding),
            ads_seen_at=others.listed.seen_at,
            comments=seen[post.item_id],
            has_comments=bool(post.comments),
            organic_commission_bp=own_bp,
            objective=flight.objective,
            optimization_goal=flight.optimization_goal,
            call_to_action=flight.call_to_action,
            pixel_id=flight.pixel_id,
            optimization_event=flight.optimization_event,
            events_seen=flight.events_seen,
            audience=flight.audience,
            ad_name=flight.ad_name,
            second_person=flight.second_person,
            room=flight.room,
            limits=limits,
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
        candidates.append(Candidate(post, permission, checklist.run(launch), launch.music_asked_at))
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


def landing_url_of(post: Post, product: Product | None) -> str:
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


def binding_of(permission: Permission | None, ad_account: AdAccount) -> Binding | None:
    return permission.binding_in(ad_account) if permission else None


def _is_available(permission: Permission | None, ad_account: AdAccount) -> bool | None:
    if permission is None:
        return None
    return (
        permission.state is not State.IDENTITY_BLOCKED
        and binding_of(permission, ad_account) is not None
    )


@dataclass(frozen=True, slots=True)
class OtherAds:
    """Other ads of these posts: of other plans, and those that TikTok lists and no plan made.

    ours : by post the names of other plans whose ads of it were made
    launched : TikTok's ids of the ads that plans made of these posts; own : of those, this plan's
    planned_alike : by the name of an ad the other plans that have one of that name
    """

    listed: ListedAds
    ours: Mapping[int, tuple[str, ...]]
    launched: frozenset[str]
    own: frozenset[str]
    planned_alike: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(
        cls,
        workspace: Workspace,
        ad_account: AdAccount,
        posts: Sequence[Post],
        flights: Mapping[str, Flight],
    ) -> Self:
        is_few = len(posts) <= MANY_POSTS
        items = [post.item_id for post in posts] if is_few else None
        names = [each.ad_name for each in flights.values() if each.ad_name]
        apart_from = next((each.apart_from_plan for each in flights.values()), None)
        rows = PlannedObject.objects.filter(
            plan__workspace=workspace, kind=PlannedObject.Kind.AD
        ).exclude(external_id="")
        if is_few:
            rows = rows.filter(post__in=[post.pk for post in posts])
        ours: dict[int, tuple[str, ...]] = {}
        launched, own = set[str](), set[str]()
        made = rows.values_list(
            "post_id", "plan_id", "plan__name", "state", "external_id", "strays"
        )
        for post_pk, plan_pk, name, state, ad_id, strays in made:
            launched |= {ad_id, *strays}
            if plan_pk == apart_from:
                own |= {ad_id, *strays}
            elif post_pk is not None and state in {"created", "enabled"}:
                ours[post_pk] = (*ours.get(post_pk, ()), name)
        return cls(
            listed=readers.ads_listed(ad_account, items=items, names=names),
            ours=ours,
            launched=frozenset(launched),
            own=frozenset(own),
            planned_alike=_planned_alike(ad_account, names, apart_from=apart_from),
        )

    def of_post(self, post: Post) -> tuple[str, ...]:
        elsewhere = (
            each.name
            for each in self.listed.running.get(post.item_id, ())
            if each.ad_id not in self.launched
        )
        return (*self.ours.get(post.pk, ()), *elsewhere)

    def named_alike(self, name: str) -> tuple[str, ...]:
        listed = (each for each in self.listed.named.get(name, ()) if each not in self.own)
        return (*self.planned_alike.get(name, ()), *listed)

    def of_identity(self, binding: Binding | None) -> int | None:
        if binding is None or self.listed.seen_at is None:
            return None
        return self.listed.per_identity.get(binding.identity_id, 0)


def _planned_alike(
    ad_account: AdAccount, names: Sequence[str], *, apart_from: int | None
) -> dict[str, tuple[str, ...]]:
    """By the name of an ad the other plans of the ad account, not cancelled, that have one of that name."""
    if not names:
        return {}
    rows = PlannedObject.objects.filter(
        plan__ad_account=ad_account, kind=PlannedObject.Kind.AD, name__in=names
    ).exclude(plan__state=Plan.State.CANCELLED)
    if apart_from is not None:
        rows = rows.exclude(plan=apart_from)
    found: dict[str, tuple[str, ...]] = {}
    for name, plan in rows.values_list("name", "plan__name"):
        found[name] = (*found.get(name, ()), plan)[:3]
    return found


def _comments_of(
    workspace: Workspace, posts: Sequence[Post], *, now: datetime
) -> dict[str, CommentsSeen]:
    """What is known of the comments of each post, by item id."""
    items = [post.item_id for post in posts] if len(posts) <= MANY_POSTS else None
    waiting = readers.overdue_comments(workspace, items=items, now=now)
    read = np.array([post.read_comments for post in posts], dtype=np.int64)
    critical = np.array([post.sceptical_comments for post in posts], dtype=np.int64)
    lows = wilson_interval(np.minimum(critical, read), np.maximum(read, 1))[:, 0]
    return {
        post.item_id: CommentsSeen(
            read=post.read_comments,
            critical=post.sceptical_comments,
            critical_low=float(low) if post.read_comments else None,
            overdue=None if waiting is None else waiting.get(post.item_id, 0),
        )
        for post, low in zip(posts, lows, strict=True)
    }


def limits_of(policy: LanePolicy) -> Limits:
    return Limits(
        ads_per_identity=settings.KINDLING_ADS_PER_IDENTITY,
        narrowed_by=settings.KINDLING_NARROWED_BY,
        backlog=settings.KINDLING_COMMENT_BACKLOG,
        most_criticism=policy.most_sceptics,
    )
