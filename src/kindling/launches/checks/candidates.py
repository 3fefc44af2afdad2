"""Posts with the answers of all checks: the facts of each, loaded together, and what the checks say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import SpendCap
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import Binding
from kindling.authorizations.service import Permission
from kindling.briefs.reviews import service as reviews
from kindling.launches import rules
from kindling.launches.checks import checklist
from kindling.launches.checks.post import NOT_LIVE
from kindling.launches.checks.rules import CheckVerdict, Launch, Level, Result
from kindling.launches.models import PlannedObject
from kindling.launches.planning import music as music_answers
from kindling.launches.rules import CreatorAnswer
from kindling.posts import service as post_service
from kindling.posts.evidence.policy import policy_of
from kindling.posts.models import Post
from kindling.posts.rules import Lane, missing_notes
from kindling.products import service as products
from kindling.products.models import Product
from kindling.workspaces.models import AdAccount, Workspace

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
    apart_from = next((each.apart_from_plan for each in flights.values()), None)
    live = _live_names(workspace, posts, apart_from=apart_from)
    reviewed = reviews.reviews_of_posts(workspace, items=items)
    candidates, policy = [], policy_of(workspace)
    for post in posts:
        flight = flights[post.item_id]
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
            bound_to_account=binding_of(permission, ad_account) is not None,
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
            landing_url=flight.landing_url or landing_url_of(post, product),
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


def _live_names(
    workspace: Workspace, posts: Sequence[Post], *, apart_from: int | None
) -> dict[int, tuple[str, ...]]:
    """By post the names of the plans whose ads of it were made."""
    rows = PlannedObject.objects.filter(
        plan__workspace=workspace,
        kind=PlannedObject.Kind.AD,
        state__in=[PlannedObject.State.CREATED, PlannedObject.State.ENABLED],
    )
    if len(posts) <= music_answers.MANY_POSTS:
        rows = rows.filter(post__in=[post.pk for post in posts])
    if apart_from is not None:
        rows = rows.exclude(plan_id=apart_from)
    names: dict[int, tuple[str, ...]] = {}
    for post_pk, name in rows.exclude(post=None).values_list("post_id", "plan__name"):
        names[post_pk] = (*names.get(post_pk, ()), name)
    return names
