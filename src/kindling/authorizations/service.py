"""Looking at permissions: with the window that binds each, and the money behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import accumulate
from typing import Protocol

from django.core.cache import cache
from django.db.models import (
    Case,
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rights.rules import PaidWindow, RightProblem, problems_of_right
from kindling.agreements.rights.wording import RIGHT_PROBLEMS
from kindling.authorizations.lifecycle import rules
from kindling.authorizations.lifecycle.gap_wording import GAPS
from kindling.authorizations.lifecycle.rules import Diagnosis, Gap, SpendAtRisk, State
from kindling.authorizations.lifecycle.windows import StopBy, gap_of, stop_by, window_of
from kindling.authorizations.models import (
    Authorization,
    AuthorizationEvent,
    AuthorizationKind,
    Binding,
)
from kindling.creators.models import Creator
from kindling.errors import NotFoundError
from kindling.facts import gaps
from kindling.facts import queries as facts
from kindling.facts.schema import LakeDamagedError
from kindling.kit.money import Money, sums_by_currency
from kindling.kit.time import day_in, start_of_day
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import AdAccount, Workspace

MANY_POSTS = 1_000  # more are not named in a query
COUNTS_KEPT_SECONDS = 60
log = logging.getLogger(__name__)
# SQLite and PostgreSQL disagree about where rows without an end come unless they are told.
EARLIEST_END_FIRST = F("paid_until").asc(nulls_last=True)
RISK_DAYS = 3  # full days whose mean spend stands for "per day"


# --- Looking ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Permission:
    """An authorization as people look at it: with the window that binds it and the money behind it."""

    authorization: Authorization
    post: Post
    right: UsageRight | None
    window: PaidWindow | None
    at_risk: SpendAtRisk
    currency: str
    spend_a_day: list[Money]
    rights_problems: tuple[RightProblem, ...]
    gap: Gap | None
    bindings: Sequence[Binding]

    @property
    def state(self) -> State:
        return State(self.authorization.state)

    @property
    def spends(self) -> bool:
        """Whether any money depends on it."""
        return spends(self.authorization)

    @property
    def rights_sentences(self) -> list[str]:
        """What is wrong with its usage right, in sentences."""
        return [str(RIGHT_PROBLEMS[each]) for each in self.rights_problems]

    @property
    def gap_sentence(self) -> str:
        """Its gap as a sentence; "" without one."""
        return str(GAPS[self.gap]) if self.gap else ""

    def binding_in(self, ad_account: AdAccount) -> Binding | None:
        """Its live binding in this ad account, if it has one."""
        return next(
            (
                each
                for each in self.bindings
                if each.ad_account_id == ad_account.pk and each.is_live
            ),
            None,
        )

    @property
    def stop_by(self) -> StopBy | None:
        """When its ads must stop; None without any end. `window` is what the clocks alone would allow."""
        return stop_by(self.authorization, self.window)

    def is_ending(self, before: datetime) -> bool:
        """Whether it was lost, or its ads must stop before then."""
        return rules.is_ending(self.state, self.stop_by.at if self.stop_by else None, before=before)

    def days_left(self, now: datetime) -> float | None:
        """Days until money must stop; negative when it should have stopped; None without any end."""
        return None if self.stop_by is None else (self.stop_by.at - now) / timedelta(days=1)


def find_authorization(workspace: Workspace, pk: int) -> Authorization:
    found = (
        Authorization.objects.select_related("post__creator__grant", "workspace", "wanted_in")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "This authorization was not found.", next_step="Open Authorizations to see all."
        )
    return found


def list_authorizations(
    workspace: Workspace,
    *,
    states: Iterable[State] = (),
    kind: str = "",
    gap: str = "",
    search: str = "",
) -> QuerySet[Authorization]:
    """Permissions for a list, the earliest end first, ordered by the sweep's index so that a page reads its rows only.

    search : part of a handle, or the beginning of a post id
    """
    rows: QuerySet[Authorization] = Authorization.objects.filter(workspace=workspace)
    wanted = list(states)
    if wanted:
        rows = rows.filter(state__in=wanted)
    if kind:
        rows = rows.filter(kind=kind)
    if gap:
        rows = rows.filter(gap=gap)
    return matching(rows, search, workspace=workspace).order_by(EARLIEST_END_FIRST, "pk")


def matching(
    rows: QuerySet[Authorization], search: str, *, workspace: Workspace
) -> QuerySet[Authorization]:
    """Those whose creator's handle or post's id is searched for; all of them for ""."""
    word = search.strip().lstrip("@")
    if not word:
        return rows
    # Creators are few beside permissions: found first, so that no join runs over all of them.
    named = Creator.objects.filter(workspace=workspace, handle__icontains=word).values("pk")
    is_named = Q(post__creator__in=named)
    return rows.filter(is_named | Q(post__item_id__startswith=word) if word.isdigit() else is_named)


def counts_by_state(workspace: Workspace) -> dict[State, int]:
    """How many permissions stand in each state. Counted once after each event, whoever asks how often."""
    return workspaces.once(workspace, "permissions by state", partial(_counts_by_state, workspace))


def _counts_by_state(workspace: Workspace) -> dict[State, int]:
    newest = AuthorizationEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    key = f"permissions-by-state-{workspace.pk}-{newest}"
    counts: dict[State, int] | None = cache.get(key)
    if counts is None:
        counts = _count(workspace)
        cache.set(key, counts, timeout=COUNTS_KEPT_SECONDS)
    return counts


def _count(workspace: Workspace) -> dict[State, int]:
    rows = Authorization.objects.filter(workspace=workspace).order_by()
    counted = rows.values_list("state").annotate(number=Count("pk"))
    return {State(state): number for state, number in counted}


def count_usable(workspace: Workspace) -> int:
    """How many permissions can be used now."""
    return sum(
        count for state, count in counts_by_state(workspace).items() if state in rules.USABLE
    )


def opened(
    workspace: Workspace, rows: Iterable[Authorization], *, now: datetime
) -> list[Permission]:
    """These permissions with window and money, in the order given. The queries do not grow with the rows."""
    found = opened_by_key(workspace, {"": [row.pk for row in rows]}, now=now)
    return found[""]


def opened_by_key(
    workspace: Workspace, keys: Mapping[str, Sequence[int]], *, now: datetime
) -> dict[str, list[Permission]]:
    """`opened` for several lists together, by their names: the queries grow neither with the rows nor the lists."""
    wanted = {pk for some in keys.values() for pk in some}
    rows = _with_relations(Authorization.objects.filter(pk__in=wanted))
    found = {each.authorization.pk: each for each in _with_windows(workspace, list(rows), now=now)}
    return {name: [found[pk] for pk in some if pk in found] for name, some in keys.items()}


# What is shown of permissions: half a list's time went into reading the other columns, and secrets would be decrypted
# row by row. Whoever needs another column of a row reads it from that row.
SHOWN = (
    "workspace", "kind", "state", "state_since", "lost_at", "starts_at", "ends_at", "collab_ends_at", "paid_until",
    "bound_by", "gap", "risk_minor", "risk_other", "code_hint", "requested_days", "granted_days", "problem",
    "next_step", "read_at", "post__workspace", "post__item_id", "post__item_type", "post__caption", "post__status",
    "post__still_version", "post__has_clip", "post__creator__workspace", "post__creator__handle",
)  # fmt: skip


def _with_relations(rows: QuerySet[Authorization]) -> QuerySet[Authorization]:
    return rows.select_related("post__creator").only(*SHOWN)


def permissions_of(
    workspace: Workspace,
    posts: Sequence[Post],
    *,
    now: datetime,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
) -> list[Permission]:
    """The permissions of posts that are open already, with their creators: neither is read again.

    rights : of the posts, where they have just been read
    """
    opened_posts = {post.pk: post for post in posts}
    rows: QuerySet[Authorization] = Authorization.objects.filter(workspace=workspace)
    if len(opened_posts) <= MANY_POSTS:
        rows = rows.filter(post__in=list(opened_posts))
    found = []
    columns = ["post", *(name for name in SHOWN if not name.startswith("post__"))]
    for row in rows.only(*columns).order_by():
        post = opened_posts.get(row.post_id)
        if post is not None:
            row.post = post
            found.append(row)
    return _earliest_end_first(_with_windows(workspace, found, now=now, rights=rights), now=now)


def _earliest_end_first(found: list[Permission], *, now: datetime) -> list[Permission]:
    far = now + timedelta(days=36_500)
    return sorted(
        found,
        key=lambda each: (each.stop_by.at if each.stop_by else far, each.authorization.pk),
    )


def permissions(
    workspace: Workspace,
    *,
    now: datetime,
    states: Sequence[State] = (),
    search: str = "",
    items: Iterable[str] | None = None,
) -> list[Permission]:
    """Every permission with its paid window and spend at risk, the earliest end first.

    items : only those of these posts. The number of queries does not grow with the rows.
    """
    rows = _with_relations(list_authorizations(workspace, states=states, search=search))
    if items is not None:
        # The posts first, and no order: else the database walks the index of the list for rows that are few.
        posts = Post.objects.filter(workspace=workspace, item_id__in=set(items))
        rows = rows.filter(post__in=list(posts.values_list("pk", flat=True))).order_by()
    return _earliest_end_first(_with_windows(workspace, list(rows), now=now), now=now)


def events_of_post(post: Post, *, most: int = 30) -> QuerySet[AuthorizationEvent]:
    """What became of every authorization of a post, the newest first."""
    rows = AuthorizationEvent.objects.filter(authorization__post=post)
    return rows.select_related("actor", "authorization")[:most]


def find_permission(workspace: Workspace, pk: int, *, now: datetime) -> Permission:
    """One permission with its window. Raises NotFoundError."""
    row = find_authorization(workspace, pk)
    return _with_windows(workspace, [row], now=now)[0]


def _with_windows(
    workspace: Workspace,
    found: list[Authorization],
    *,
    now: datetime,
    rights: Mapping[tuple[int, str], UsageRight] | None = None,
) -> list[Permission]:
    """The window is computed for `now`; the money is what the sweep wrote after the last sync, as in every list."""
    if rights is None:
        keys = [(row.post.creator_id, row.post.item_id) for row in found]
        rights = agreements.rights_of_posts(workspace, keys, now=now)
    # Not prefetched: Django makes a query of each row then, even of those it never asks.
    bindings: dict[int, list[Binding]] = {}
    for binding in Binding.objects.filter(authorization__in=[row.pk for row in found]).order_by(
        "pk"
    ):
        bindings.setdefault(binding.authorization_id, []).append(binding)
    margin = timedelta(hours=workspace.safety_margin_hours)
    result = []
    for row in found:
        is_own = row.kind == AuthorizationKind.OWN
        right = rights.get((row.post.creator_id, row.post.item_id))
        problems = () if is_own else tuple(problems_of_right(agreements.as_rule(right), now=now))
        result.append(
            Permission(
                authorization=row,
                post=row.post,
                right=right,
                window=window_of(row, right, margin=margin),
                at_risk=SpendAtRisk(row.risk_minor, RISK_DAYS),
                currency=workspace.currency,
                spend_a_day=spend_a_day(row, workspace.currency),
                rights_problems=problems,
                gap=gap_of(row, right, is_right_good=not problems, now=now),
                bindings=bindings.get(row.pk, ()),
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class RiskDay:
    """Spend a day that stops on one day, and what has stopped since today by then, minor units."""

    day: date
    ends: int
    stops_minor: int
    stopped_by_then_minor: int


def risk_by_day(workspace: Workspace, *, now: datetime, days: int = 30) -> list[RiskDay]:
    """Spend at risk per day ahead: what stops when permissions that end that day are not renewed.

    Counts what `at_risk` lists. The first day also holds what was lost or should have stopped. One query.
    """
    today = day_in(now, workspace.timezone)
    ends = [start_of_day(today + timedelta(days=n + 1), workspace.timezone) for n in range(days)]
    rows = at_risk(workspace, now=now, days=days).order_by()
    counts, sums = [0] * days, [0] * days
    for day, number, risk_minor in (
        rows.annotate(number=Case(_FIRST_DAY, default=_number_of(ends)))
        .values_list("number")
        .annotate(Count("pk"), Sum("risk_minor"))
    ):
        counts[day], sums[day] = number, risk_minor
    so_far = list(accumulate(sums))
    return [RiskDay(today + timedelta(days=n), counts[n], sums[n], so_far[n]) for n in range(days)]


_FIRST_DAY = When(state__in=list(rules.LOST), then=Value(0))  # whatever the index says yet


def _number_of(ends: Sequence[datetime], first: int = 0) -> Case | Value:
    """Which span a row's paid_until is in, by halving: five comparisons for thirty days."""
    if len(ends) == 1:
        return Value(first)
    half = len(ends) // 2
    return Case(
        When(paid_until__lt=ends[half - 1], then=_number_of(ends[:half], first)),
        default=_number_of(ends[half:], first + half),
    )


def ends_before(workspace: Workspace, *, now: datetime, days: int) -> datetime:
    """The end of `days` whole days in the workspace's zone, today being the first."""
    return start_of_day(day_in(now, workspace.timezone) + timedelta(days=days), workspace.timezone)


def ending(
    workspace: Workspace, *, now: datetime, days: int = rules.DEFAULT_LEAD.days
) -> QuerySet[Authorization]:
    """Permissions that were lost, or must stop being paid for within `days`: every figure of them is of these rows."""
    before = ends_before(workspace, now=now, days=days)
    return Authorization.objects.filter(
        Q(state__in=list(rules.LOST)) | Q(state__in=list(rules.USABLE), paid_until__lt=before),
        workspace=workspace,
    ).order_by(EARLIEST_END_FIRST, "pk")


def count_ending(
    workspace: Workspace, *, now: datetime, days: int = rules.DEFAULT_LEAD.days
) -> int:
    """How many `ending` has. Those that were lost pile up over the years; they are counted once after each event."""
    lost = sum(count for state, count in counts_by_state(workspace).items() if state in rules.LOST)
    return lost + count_usable_ending(workspace, now=now, days=days)


def count_usable_ending(
    workspace: Workspace, *, now: datetime, days: int = rules.DEFAULT_LEAD.days
) -> int:
    """How many of `ending` can still be used."""
    return workspaces.once(
        workspace,
        ("usable ending", now, days),
        partial(_count_usable_ending, workspace, now=now, days=days),
    )


def _count_usable_ending(workspace: Workspace, *, now: datetime, days: int) -> int:
    before = ends_before(workspace, now=now, days=days)
    rows = Authorization.objects.filter(workspace=workspace, paid_until__lt=before)
    return rows.filter(state__in=list(rules.USABLE)).count()


def worst_ending(
    workspace: Workspace, *, now: datetime, rows: int, days: int = rules.DEFAULT_LEAD.days
) -> list[int]:
    """The first of `ending` by key: the most money of the workspace's currency first, then the earliest end."""
    found = ending(workspace, now=now, days=days)
    spending = found.filter(risk_minor__gt=0).order_by("-risk_minor", EARLIEST_END_FIRST, "pk")
    keys = list(spending.values_list("pk", flat=True)[:rows])
    if len(keys) < rows:  # the others come after all of these, in the order of the index
        others = found.filter(risk_minor__lte=0).values_list("pk", flat=True)
        keys += others[: rows - len(keys)]
    return keys


def at_risk(workspace: Workspace, *, now: datetime, days: int) -> QuerySet[Authorization]:
    """Those of `ending` that spend, the most money of the workspace's currency first."""
    spends = Q(risk_minor__gt=0)
    if _bills_in_other_currencies(workspace):
        spends |= ~Q(risk_other={})
    return ending(workspace, now=now, days=days).filter(spends).order_by("-risk_minor", "pk")


def _bills_in_other_currencies(workspace: Workspace) -> bool:
    """Asked first: only then are the rows read, and not the index alone."""
    return any(
        account.currency != workspace.currency for account in workspaces.ad_accounts(workspace)
    )


def diagnoses() -> list[tuple[State, Diagnosis]]:
    """Every state that wants somebody, with what to do."""
    found = [(state, rules.diagnose_reading(state)) for state in State]
    return [(state, diagnosis) for state, diagnosis in found if diagnosis]


def risk_total(workspace: Workspace, *, now: datetime, days: int = rules.DEFAULT_LEAD.days) -> int:
    """Spend a day behind the permissions of `ending`, minor units."""
    rows = ending(workspace, now=now, days=days).filter(
        risk_minor__gt=0
    )  # by the index of these few
    return int(rows.aggregate(total=Sum("risk_minor"))["total"] or 0)


def risk_totals(
    workspace: Workspace, *, now: datetime, days: int = rules.DEFAULT_LEAD.days
) -> list[Money]:
    """Spend a day behind the permissions of `ending`: the workspace's currency first, then every other one."""
    return list(
        workspaces.once(
            workspace, ("risk", now, days), partial(_risk_totals, workspace, now=now, days=days)
        )
    )


def _risk_totals(workspace: Workspace, *, now: datetime, days: int) -> list[Money]:
    spend = [Money(risk_total(workspace, now=now, days=days), workspace.currency)]
    if _bills_in_other_currencies(workspace):
        rows = ending(workspace, now=now, days=days).exclude(risk_other={})
        for held in rows.values_list("risk_other", flat=True):
            spend += [Money(minor, currency) for currency, minor in held.items()]
    return sums_by_currency(spend, workspace.currency)


class HasRisk(Protocol):
    """Where the spend behind a permission stands: a row of the table, or the sweep's excerpt of it."""

    @property
    def risk_minor(self) -> int: ...
    @property
    def risk_other(self) -> dict[str, int]: ...


def spends(row: HasRisk) -> bool:
    """Whether any money depends on a permission, in whichever currency."""
    return bool(row.risk_minor or any(row.risk_other.values()))


def spend_a_day(row: HasRisk, currency: str) -> list[Money]:
    """What depends on one permission: in the workspace's currency first, then in every other one."""
    others = (Money(minor, other) for other, minor in row.risk_other.items())
    return sums_by_currency([Money(row.risk_minor, currency), *others], currency)


def best_by_item(
    permissions: Iterable[Permission], *, ad_account: AdAccount | None = None
) -> dict[str, Permission]:
    """One permission per post: usable before lost, bound to `ad_account` before not, then the longest lasting."""

    def worth(permission: Permission) -> tuple[bool, bool, float]:
        is_bound = ad_account is not None and permission.binding_in(ad_account) is not None
        window = permission.window
        ends = window.ends_at.timestamp() if window else float("inf")
        return permission.state in rules.USABLE, is_bound, ends

    best: dict[str, Permission] = {}
    for permission in permissions:
        held = best.get(permission.post.item_id)
        if held is None or worth(permission) > worth(held):
            best[permission.post.item_id] = permission
    return best


IDENTITY_OF = {
    AuthorizationKind.CODE: "AUTH_CODE",
    AuthorizationKind.TIKTOK_ONE: "AUTH_CODE",
    AuthorizationKind.OWN: "TT_USER",
    AuthorizationKind.LINKED_ACCOUNT: "TT_USER",
    AuthorizationKind.BUSINESS_CENTER: "BC_AUTH_TT",
    AuthorizationKind.AFFILIATE_MASS: "TTS_TT",
}


def best_by_identity(permissions: Iterable[Permission]) -> dict[tuple[str, str], Permission]:
    """One permission per (post, identity type of an ad): an ad lives by the kind of permission it was made with.

    A consent for the shop's campaigns does not keep an ad alive whose code has ended.
    """
    groups: dict[str, list[Permission]] = {}
    for each in permissions:
        groups.setdefault(IDENTITY_OF[AuthorizationKind(each.authorization.kind)], []).append(each)
    return {
        (item_id, identity): best
        for identity, group in groups.items()
        for item_id, best in best_by_item(group).items()
    }


def paid_until_of(workspace: Workspace, item_id: str, identity_type: str) -> Subquery:
    """The sweep's `paid_until` of the permission that an ad lives by, for an order in SQL; see `best_by_identity`.

    item_id, identity_type : the names of the columns of the outer query
    """
    identity = Case(
        *(When(kind=kind, then=Value(name)) for kind, name in IDENTITY_OF.items()),
        default=Value(""),
    )
    is_usable = Case(When(state__in=list(rules.USABLE), then=Value(0)), default=Value(1))
    rows = (
        Authorization.objects.filter(
            workspace=workspace, post__workspace=workspace, post__item_id=OuterRef(item_id)
        )
        .annotate(identity=identity, place=is_usable)
        .filter(identity=OuterRef(identity_type))
    )
    best = rows.order_by("place", F("paid_until").desc(nulls_first=True), "pk")
    return Subquery(best.values("paid_until")[:1])


Spend = dict[str, dict[str, list[int]]]


def spend_by_post(workspace: Workspace, *, now: datetime) -> Spend | None:
    """Spend of the last full days by post and currency, minor units; no rate is on record to add currencies up.

    None when the lake cannot be read or lacks one of the days: what was known before stays then, and nothing that
    guards money waits for a repair.
    """
    try:
        return _spend_by_post(workspace, now=now)
    except LakeDamagedError:
        log.warning("the lake cannot be read; spend at risk stays as it was")
        return None


def _spend_by_post(workspace: Workspace, *, now: datetime) -> Spend | None:
    spend: Spend = {}
    accounts = workspaces.ad_accounts(workspace)
    missing = gaps.ad_days_missing([account.lake_key for account in accounts])
    for account in accounts:
        last = day_in(now, account.timezone) - timedelta(days=1)
        first = last - timedelta(days=RISK_DAYS - 1)
        if any(first <= day <= last for day in missing[account.lake_key]):
            return None
        for item_id, by_day in facts.spend_by_post(account.lake_key, first, last).items():
            days = [by_day.get(first + timedelta(days=number), 0) for number in range(RISK_DAYS)]
            currencies = spend.setdefault(item_id, {})
            held = currencies.get(account.currency, [0] * RISK_DAYS)
            currencies[account.currency] = [
                one + other for one, other in zip(held, days, strict=True)
            ]
    return spend
