"""Use cases of authorizations after intake: read the platform, extend, release, look at what is at risk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from kindling.agreements import service as agreements
from kindling.agreements.models import UsageRight
from kindling.agreements.rules import PaidWindow, problems_of_right
from kindling.authorizations import rules
from kindling.authorizations.models import Authorization, AuthorizationEvent, Binding, Kind
from kindling.authorizations.rules import Reading, SpendAtRisk, State
from kindling.authorizations.secrets import digest_of
from kindling.creators import service as creators
from kindling.errors import ConflictError, InvalidInputError, NotFoundError, PlatformError
from kindling.facts import queries as facts
from kindling.kit.time import day_in
from kindling.posts import service as posts
from kindling.posts.models import Post
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record
from tiktok_business import AdvertiserId, BusinessId, Days, ItemId, TikTok, TikTokError, VideoInfo

RISK_DAYS = 3  # full days whose mean spend stands for "per day"


# --- Moving through the life cycle ----------------------------------------------------------------------


@transaction.atomic
def move(
    authorization: Authorization,
    to: State,
    *,
    at: datetime,
    source: str,
    actor: Actor | None = None,
    evidence: dict[str, Any] | None = None,
    **learnt: Any,
) -> Authorization:
    """Change state and facts together, with the event that says why. Raises ConflictError for no such step.

    learnt : further fields that this reading tells, e.g. ends_at
    """
    row = Authorization.objects.select_for_update().get(pk=authorization.pk)
    current = State(row.state)
    rules.check_move(current, to)
    diagnosis = rules.diagnose_reading(to)
    moved_end = "ends_at" in learnt and row.ends_at is not None and learnt["ends_at"] != row.ends_at
    facts_of_event = dict(evidence or {})
    if moved_end:
        facts_of_event["ends_at_before"] = row.ends_at.isoformat() if row.ends_at else None
        facts_of_event["ends_at_after"] = (
            learnt["ends_at"].isoformat() if learnt["ends_at"] else None
        )
    for name, value in learnt.items():
        setattr(row, name, value)
    row.problem = diagnosis.message if diagnosis else ""
    row.next_step = diagnosis.next_step if diagnosis else ""
    if current is not to:
        row.state, row.state_since = to, at
    row.save()
    if current is not to or moved_end:
        AuthorizationEvent.objects.create(
            authorization=row,
            at=at,
            actor=actor.user if actor else None,
            source=source,
            from_state=current,
            to_state=to,
            evidence=facts_of_event,
        )
    return row


# --- Reading the platform ---------------------------------------------------------------------------------


def read_platform(workspace: Workspace, *, at: datetime) -> list[str]:
    """Take posts and permissions from every source; returns the problems, one sentence each.

    One broken grant does not keep the others from being read.
    """
    problems = []
    for grant in creators.grants(workspace):
        try:
            posts.import_from_grant(grant, at=at)
        except PlatformError as error:
            problems.append(f"@{grant.creator.handle}: {error}")
    for ad_account in workspaces.ad_accounts(workspace):
        try:
            cover_own_posts(ad_account, at=at)
            poll(ad_account, at=at)
        except PlatformError as error:
            problems.append(f"{ad_account.name}: {error}")
    posts.judge_lanes(workspace, now=at)
    return problems


def cover_own_posts(ad_account: AdAccount, *, at: datetime) -> None:
    """Posts of a linked account need no code (R36): keep an own-post authorization for each."""
    for linked in posts.import_own_posts(ad_account, at=at):
        for post in linked.posts:
            authorization, is_new = Authorization.objects.get_or_create(
                workspace=ad_account.workspace,
                post=post,
                kind=Kind.OWN,
                defaults={"state": State.BOUND, "state_since": at, "created_at": at, "read_at": at},
            )
            if is_new:
                _first_event(authorization, at=at, evidence={"identity_type": linked.identity_type})
            _bind(
                authorization, ad_account, linked.identity_id, linked.identity_type, at=at,
                is_live=linked.is_available,
            )  # fmt: skip
            if not is_new:
                _move_own(authorization, ad_account, is_available=linked.is_available, at=at)


def _move_own(
    authorization: Authorization, ad_account: AdAccount, *, is_available: bool, at: datetime
) -> None:
    has_ads = Binding.objects.filter(authorization=authorization, has_ads=True).exists()
    state = State.IN_USE if has_ads else State.BOUND
    if not is_available:
        state = State.IDENTITY_BLOCKED
    elif authorization.post.status in rules.GONE:
        state = State.POST_UNAVAILABLE
    move(authorization, state, at=at, source="platform", read_at=at)


def poll(ad_account: AdAccount, *, at: datetime) -> int:
    """Read every binding of the ad account and move each permission to what TikTok says; returns how many.

    Bindings made elsewhere (in Ads Manager) are taken in as well.
    """
    rows = read_bindings(ad_account)
    seen = set()
    for row in rows:
        seen.add(row.item_id)
        _take_reading(ad_account, row, at=at)
    missing = Authorization.objects.filter(
        bindings__ad_account=ad_account, kind=Kind.CODE, workspace=ad_account.workspace
    ).exclude(post__item_id__in=seen)
    for authorization in missing.exclude(state__in=[State.RELEASED, State.REVOKED]).select_related(
        "post"
    ):
        reading = Reading(
            listed=False,
            auth_status="",
            item_status=authorization.post.status,
            ends_at=authorization.ends_at,
            has_running_ads=False,
        )
        state = rules.state_from(reading, current=State(authorization.state), now=at)
        Binding.objects.filter(authorization=authorization, ad_account=ad_account).update(
            is_live=False, read_at=at
        )
        if state is State.REVOKED and _is_live_elsewhere(authorization, ad_account):
            continue
        move(authorization, state, at=at, source="platform", evidence={"listed": False}, read_at=at)
    return len(rows)


def read_bindings(ad_account: AdAccount, *, item_id: str | None = None) -> list[VideoInfo]:
    """What TikTok lists as bound to the ad account: the truth about bindings. Raises PlatformError."""
    advertiser = AdvertiserId(ad_account.advertiser_id)

    async def read(client: TikTok) -> list[VideoInfo]:
        return await tiktok.gather_list(client.tt_video.each(advertiser, keyword=item_id))

    try:
        return tiktok.ask(ad_account, read)
    except TikTokError as error:
        raise tiktok.as_platform_error(error) from error


def _take_reading(ad_account: AdAccount, row: VideoInfo, *, at: datetime) -> None:
    post = posts.take_post(ad_account.workspace, as_seen(row), source="code", at=at)
    authorization = Authorization.objects.filter(post=post, kind=Kind.CODE).first()
    if authorization is None:
        authorization = take_binding(
            ad_account, post, row, at=at, evidence={"found": "in the ad account"}
        )
    if State(authorization.state) is State.RELEASED:
        return  # given back: TikTok may still list it for a while; only a new code brings it back
    binding = _bind(
        authorization, ad_account, row.identity_id or "", row.identity_type, at=at,
        is_live=row.authorization.status == "AUTHORIZED",
    )  # fmt: skip
    reading = Reading(
        listed=True,
        auth_status=row.authorization.status or "AUTHORIZED",
        item_status=row.status,
        ends_at=row.authorization.ends_at,
        has_running_ads=binding.has_ads,
    )
    state = rules.state_from(reading, current=State(authorization.state), now=at)
    if state is State.REVOKED and _is_live_elsewhere(authorization, ad_account):
        return
    move(
        authorization,
        state,
        at=at,
        source="platform",
        evidence={"ad_auth_status": row.authorization.status, "item_status": row.status},
        starts_at=row.authorization.starts_at,
        ends_at=row.authorization.ends_at,
        granted_days=_granted(row),
        read_at=at,
    )


def _is_live_elsewhere(authorization: Authorization, ad_account: AdAccount) -> bool:
    """Whether another ad account still lists the permission: unbound in one is not withdrawn by the creator."""
    others = Binding.objects.filter(authorization=authorization, is_live=True)
    return others.exclude(ad_account=ad_account).exists()


def as_seen(row: VideoInfo) -> posts.Seen:
    """A binding's post in the words of the post library."""
    return posts.Seen(
        item_id=row.item_id,
        handle=row.creator_name,
        item_type=row.item_type,
        caption=row.text,
        status=row.status,
        duration_seconds=row.video.duration_seconds if row.video else None,
        duet_or_stitch_of=row.duet_of or row.stitch_of or "",
    )


def _granted(row: VideoInfo) -> int | None:
    start, end = row.authorization.starts_at, row.authorization.ends_at
    return rules.granted_days(start, end) if start and end else None


@transaction.atomic
def take_binding(
    ad_account: AdAccount,
    post: Post,
    row: VideoInfo,
    *,
    at: datetime,
    code: str = "",
    requested_days: int | None = None,
    actor: Actor | None = None,
    evidence: dict[str, Any] | None = None,
) -> Authorization:
    """Write down a code that TikTok has bound: its post, dates, identity. A new code replaces the old one."""
    held = code or (row.auth_code.reveal() if row.auth_code else "")
    facts_told: dict[str, Any] = {
        "code": held,
        "code_hint": rules.mask(held) if held else "",
        "code_digest": _free_digest(post, held),
        "starts_at": row.authorization.starts_at,
        "ends_at": row.authorization.ends_at,
        "granted_days": _granted(row),
        "read_at": at,
    }
    if requested_days:
        facts_told["requested_days"] = requested_days
    authorization, is_new = Authorization.objects.get_or_create(
        workspace=ad_account.workspace,
        post=post,
        kind=Kind.CODE,
        defaults={"state": State.BOUND, "state_since": at, "created_at": at, **facts_told},
    )
    if is_new:
        _first_event(authorization, at=at, actor=actor, evidence=evidence)
    elif State(authorization.state) not in rules.USABLE:
        authorization = move(
            authorization, State.BOUND, at=at, source="person" if actor else "platform", actor=actor,
            evidence=evidence, **facts_told,
        )  # fmt: skip
    else:
        Authorization.objects.filter(pk=authorization.pk).update(**facts_told)
        authorization.refresh_from_db()
    _bind(authorization, ad_account, row.identity_id or "", row.identity_type, at=at, is_live=True)
    return authorization


def _free_digest(post: Post, code: str) -> str:
    """The digest by which the code is found again; "" when another post holds it (one code, one post: R18)."""
    if not code:
        return ""
    digest = digest_of(code)
    elsewhere = Authorization.objects.filter(workspace=post.workspace, code_digest=digest)
    return "" if elsewhere.exclude(post=post).exists() else digest


def _first_event(
    authorization: Authorization,
    *,
    at: datetime,
    actor: Actor | None = None,
    evidence: dict[str, Any] | None = None,
) -> None:
    AuthorizationEvent.objects.create(
        authorization=authorization,
        at=at,
        actor=actor.user if actor else None,
        source="person" if actor else "platform",
        to_state=authorization.state,
        evidence=evidence or {},
    )


def _bind(
    authorization: Authorization,
    ad_account: AdAccount,
    identity_id: str,
    identity_type: str,
    *,
    at: datetime,
    is_live: bool,
) -> Binding:
    binding, _ = Binding.objects.update_or_create(
        authorization=authorization,
        ad_account=ad_account,
        defaults={
            "identity_id": identity_id,
            "identity_type": identity_type,
            "is_live": is_live,
            "read_at": at,
        },
        create_defaults={
            "identity_id": identity_id,
            "identity_type": identity_type,
            "is_live": is_live,
            "read_at": at,
            "bound_at": at,
        },
    )
    return binding


def note_ads(ad_account: AdAccount, item_ids: Iterable[str], *, at: datetime) -> None:
    """Remember which posts the account's ads use: a permission with ads is "in use". Told by delivery."""
    used = set(item_ids)
    bindings = Binding.objects.filter(ad_account=ad_account).select_related("authorization__post")
    for binding in bindings:
        has_ads = binding.authorization.post.item_id in used
        if has_ads == binding.has_ads:
            continue
        Binding.objects.filter(pk=binding.pk).update(has_ads=has_ads)
        state = State(binding.authorization.state)
        if state in {State.BOUND, State.IN_USE}:
            move(
                binding.authorization, State.IN_USE if has_ads else State.BOUND, at=at, source="platform",
                evidence={"has_ads": has_ads},
            )  # fmt: skip


def is_due(workspace: Workspace, *, now: datetime) -> bool:
    """Whether any permission of the workspace wants to be read again, by how near its end is."""
    rows = Authorization.objects.filter(workspace=workspace).exclude(state=State.RELEASED)
    return any(
        read_at is None
        or now - read_at >= rules.poll_every(state=State(state), ends_at=ends_at, now=now)
        for state, ends_at, read_at in rows.values_list("state", "ends_at", "read_at")
    )


# --- Renewing and giving back -----------------------------------------------------------------------------


def ask_renewal(
    actor: Actor, authorization: Authorization, *, days: int, at: datetime
) -> Authorization:
    """Extend the permission: at once where the creator connected, else note that the creator was asked.

    raises : InvalidInputError for days TikTok does not offer, PlatformError when the extension failed
    """
    actor.require(Action.TAKE_CODES)
    if days not in {option.value for option in Days}:
        offered = ", ".join(str(option.value) for option in Days)
        raise InvalidInputError(
            f"TikTok does not offer {days} days.", next_step=f"Choose one of {offered}."
        )
    if authorization.kind != Kind.CODE:
        raise InvalidInputError("An own post needs no renewal.")
    grant = getattr(authorization.post.creator, "grant", None)
    if grant is None or not grant.access_token:
        if State(authorization.state) not in {State.EXPIRING, State.RENEWAL_REQUESTED}:
            raise ConflictError(
                "This permission is not about to end.",
                next_step="Ask once it is marked as expiring.",
            )
        row = move(authorization, State.RENEWAL_REQUESTED, at=at, source="person", actor=actor,
                   evidence={"requested_days": days}, requested_days=days)  # fmt: skip
        record(
            actor,
            "asked for renewal",
            f"post {authorization.post.item_id}",
            at=at,
            after={"days": days},
        )
        return row
    token = creators.fresh_token(grant, at=at)

    async def extend(client: TikTok) -> str:
        await client.post_authorization.extend(
            BusinessId(grant.open_id),
            ItemId(authorization.post.item_id),
            authorization_days=Days(days),
        )
        return ""

    try:
        tiktok.ask_as_creator(grant.connection, token, extend)
    except TikTokError as error:
        raise tiktok.as_platform_error(error) from error
    record(
        actor,
        "extended permission",
        f"post {authorization.post.item_id}",
        at=at,
        after={"days": days},
    )
    for binding in authorization.bindings.select_related(
        "ad_account__connection", "ad_account__workspace"
    ):
        poll(binding.ad_account, at=at)
    authorization.refresh_from_db()
    return authorization


def release(actor: Actor, authorization: Authorization, *, at: datetime) -> Authorization:
    """Give a permission that has ended back: unbind it at TikTok, keep the record (R38)."""
    actor.require(Action.TAKE_CODES)
    if State(authorization.state) not in rules.LOST or authorization.kind != Kind.CODE:
        raise ConflictError(
            "Only a permission that has ended can be given back.", next_step="Wait until it ends."
        )
    for binding in authorization.bindings.select_related("ad_account__connection"):
        _unbind(binding, authorization.post.item_id)
    row = move(authorization, State.RELEASED, at=at, source="person", actor=actor)
    record(actor, "released permission", f"post {authorization.post.item_id}", at=at)
    return row


def _unbind(binding: Binding, item_id: str) -> None:
    advertiser = AdvertiserId(binding.ad_account.advertiser_id)

    async def unbind(client: TikTok) -> None:
        await client.tt_video.unbind(advertiser, ItemId(item_id))

    try:
        tiktok.ask(binding.ad_account, unbind)
    except TikTokError as error:
        raise tiktok.as_platform_error(error) from error


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
    rights_problems: tuple[str, ...]

    @property
    def state(self) -> State:
        return State(self.authorization.state)

    def binding_in(self, ad_account: AdAccount) -> Binding | None:
        """Its live binding in this ad account, if it has one."""
        bindings = self.authorization.bindings.all()
        return next(
            (each for each in bindings if each.ad_account_id == ad_account.pk and each.is_live),
            None,
        )

    def days_left(self, now: datetime) -> float | None:
        """Days until money must stop; negative when it should have stopped; None without any end."""
        return None if self.window is None else (self.window.ends_at - now) / timedelta(days=1)


def find_authorization(workspace: Workspace, pk: int) -> Authorization:
    found = (
        Authorization.objects.select_related("post__creator__grant", "workspace")
        .filter(workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError(
            "There is no such permission here.", next_step="Look in Authorizations."
        )
    return found


def permissions(
    workspace: Workspace, *, now: datetime, states: Sequence[State] = (), search: str = ""
) -> list[Permission]:
    """Every permission with its paid window and spend at risk, the earliest end first.

    The number of queries does not grow with the rows.
    """
    rows: QuerySet[Authorization] = (
        Authorization.objects.filter(workspace=workspace)
        .select_related("post__creator__grant")
        .prefetch_related(Prefetch("bindings", Binding.objects.select_related("ad_account")))
    )
    if states:
        rows = rows.filter(state__in=states)
    if search:
        word = search.strip().lstrip("@")
        rows = rows.filter(
            Q(post__creator__handle__icontains=word) | Q(post__item_id__startswith=word)
        )
    found = list(rows)
    return _with_windows(workspace, found, now=now)


def find_permission(workspace: Workspace, pk: int, *, now: datetime) -> Permission:
    """One permission with its window. Raises NotFoundError."""
    row = find_authorization(workspace, pk)
    return _with_windows(workspace, [row], now=now)[0]


def _with_windows(
    workspace: Workspace, found: list[Authorization], *, now: datetime
) -> list[Permission]:
    rights = agreements.rights_of_posts(
        workspace, [(row.post.creator_id, row.post.item_id) for row in found]
    )
    spend = spend_by_post(workspace, now=now)
    result = []
    for row in found:
        is_own = row.kind == Kind.OWN
        right = rights.get((row.post.creator_id, row.post.item_id))
        problems = () if is_own else tuple(problems_of_right(agreements.as_rule(right), now=now))
        result.append(
            Permission(
                authorization=row,
                post=row.post,
                right=right,
                window=agreements.window(
                    workspace, right=right, authorization_ends_at=row.ends_at, is_own=is_own
                ),
                at_risk=rules.spend_at_risk(spend.get(row.post.item_id, [0] * RISK_DAYS)),
                currency=workspace.currency,
                rights_problems=problems,
            )
        )
    far = now + timedelta(days=36_500)
    return sorted(result, key=lambda each: each.window.ends_at if each.window else far)


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


def spend_by_post(workspace: Workspace, *, now: datetime) -> dict[str, list[int]]:
    """Spend of the last full days per post, minor units of the workspace's currency.

    Accounts in another currency are left out of the sum: no rate is on record for them.
    """
    spend: dict[str, list[int]] = {}
    for account in workspaces.ad_accounts(workspace):
        if account.currency != workspace.currency:
            continue
        last = day_in(now, account.timezone) - timedelta(days=1)
        first = last - timedelta(days=RISK_DAYS - 1)
        for item_id, by_day in facts.spend_by_post(account.lake_key, first, last).items():
            days = [by_day.get(first + timedelta(days=number), 0) for number in range(RISK_DAYS)]
            held = spend.get(item_id, [0] * RISK_DAYS)
            spend[item_id] = [one + other for one, other in zip(held, days, strict=True)]
    return spend
