"""Read what TikTok says of every permission, and move each to it. Platform facts beat typed ones (§3, c)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from kindling.authorizations.lifecycle import rules, transitions
from kindling.authorizations.lifecycle.rules import PlatformReading, State
from kindling.authorizations.models import CODED, LINKED, Authorization, AuthorizationKind, Binding
from kindling.creators import grants
from kindling.errors import PlatformError
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest, slot
from kindling.posts import service as posts
from kindling.posts.evidence import lanes
from kindling.posts.models import Post
from kindling.posts.reading import exclusivity, sources, stills
from kindling.posts.reading.sources import LinkedAccount
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from tiktok_business import AdvertiserId, ItemId, TikTok, VideoInfo

READ_TASK = "authorizations.read"
ROWS_A_PAGE = 50  # of /tt_video/list/: reading the whole list costs one call per that many bindings
BATCH = 500  # readings looked at together


def read_platform(workspace: Workspace, *, at: datetime) -> list[str]:
    """Take posts and permissions from every source; returns the problems, one sentence each.

    One broken grant does not keep the others from being read.
    """
    problems, looks = list[str](), stills.Looks()
    for grant in grants.grants(workspace):
        try:
            sources.import_from_grant(grant, at=at, looks=looks)
        except PlatformError as error:
            problems.append(f"@{grant.creator.handle}: {error}")
    ad_accounts = workspaces.ad_accounts(workspace)
    with tiktok.sessions(ad_accounts):
        for ad_account in ad_accounts:
            try:
                cover_linked_posts(ad_account, at=at, looks=looks)
                poll(ad_account, at=at, looks=looks)
            except PlatformError as error:
                problems.append(f"{ad_account.name}: {error}")
    end_collaborations(workspace, at=at)
    lanes.judge_lanes(workspace, now=at)
    exclusivity.find_breaches(workspace, at=at)
    stills.keep(workspace, looks, at=at)
    return problems


def request_reading(workspace: Workspace, *, at: datetime) -> None:
    """Ask for a whole reading in the background, once an hour at most."""
    outbox.ask(
        JobRequest(
            READ_TASK,
            f"read-{workspace.pk}-asked-{slot(at, seconds=3600)}",
            {"workspace": workspace.pk},
            lane=f"workspace-{workspace.pk}",
        )
    )


# --- Accounts that are linked -------------------------------------------------------------------------------


def cover_linked_posts(
    ad_account: AdAccount, *, at: datetime, looks: stills.Looks | None = None
) -> None:
    """Posts of linked accounts need no code (R34, R36): keep a permission for each.

    The brand's own account, a creator's account linked to the ad account, or one linked to the Business Center.
    An account that is linked no more takes its permissions with it; a post that a linked account does not show any
    more is unavailable.
    """
    seen: set[int] = set()
    accounts = sources.import_own_posts(ad_account, at=at, looks=looks)
    for linked in accounts:
        as_known = _note_linked_as_known(ad_account, linked, but=seen, at=at)
        seen.update(as_known.values())
        for post in linked.posts:
            if post.pk in as_known:
                continue
            kind = _kind_of(linked, is_own=post.creator.is_own)
            is_hidden = post.status in rules.UNAVAILABLE
            authorization, is_new = Authorization.objects.get_or_create(
                workspace=ad_account.workspace,
                post=post,
                kind=kind,
                defaults={
                    "state": State.POST_UNAVAILABLE if is_hidden else State.BOUND, "state_since": at,
                    "lost_at": at if is_hidden else None,
                    "created_at": at, "read_at": at, "next_read_at": at + rules.POLL_FAR,
                },
            )  # fmt: skip
            if authorization.pk in seen:
                continue  # linked twice, to the account and to its Business Center: the account's own link counts
            seen.add(authorization.pk)
            if is_new:
                evidence = {"identity_type": linked.identity_type}
                transitions.first_event(authorization, at=at, evidence=evidence)
            transitions.bind(
                authorization, ad_account, linked.identity_id, linked.identity_type, at=at,
                is_live=linked.is_available, business_center_id=linked.business_center_id,
            )  # fmt: skip
            if not is_new:
                has_ads = Binding.objects.filter(authorization=authorization, has_ads=True).exists()
                state = _linked_state(post, linked, has_ads=has_ads)
                transitions.move(
                    authorization, state, at=at, source="platform", read_at=at,
                    evidence={"item_status": post.status},
                )  # fmt: skip
    shown = {linked.identity_id for linked in accounts if linked.is_open}
    _note_unlinked(ad_account, seen, shown=shown, at=at)


def _note_linked_as_known(
    ad_account: AdAccount, linked: LinkedAccount, *, but: set[int], at: datetime
) -> dict[int, int]:
    """Note together the posts of a linked account whose permission reads as on record.

    but : permissions that another link has told of
    returns : the permission of each such post
    """
    rows = {post.pk: post for post in linked.posts}
    told, posts_of = {}, {}
    for start in range(0, len(rows), BATCH):
        bindings = _bindings_of(ad_account, list(rows)[start : start + BATCH])
        with_ads = set(
            Binding.objects.filter(
                authorization__in=[each.authorization_id for each in bindings], has_ads=True
            ).values_list("authorization_id", flat=True)
        )
        for binding in bindings:
            row = binding.authorization
            post = rows[row.post_id]
            names = (linked.identity_id, linked.identity_type, linked.business_center_id)
            is_same = row.kind == _kind_of(linked, is_own=post.creator.is_own)
            if is_same and row.pk not in but and _reads(binding) == (*names, linked.is_available):
                state = _linked_state(post, linked, has_ads=row.pk in with_ads)
                told[row.pk] = transitions.Told(state, {})
                posts_of[row.pk] = post.pk
    return {posts_of[pk]: pk for pk in _note_as_known(ad_account, told, at=at)}


def _linked_state(post: Post, linked: LinkedAccount, *, has_ads: bool) -> State:
    if not linked.is_available:
        return State.IDENTITY_BLOCKED
    if post.status in rules.UNAVAILABLE:
        return State.POST_UNAVAILABLE
    return State.IN_USE if has_ads else State.BOUND


def _bindings_of(ad_account: AdAccount, post_ids: Sequence[int]) -> list[Binding]:
    found = Binding.objects.filter(ad_account=ad_account, authorization__post__in=post_ids)
    return list(found.select_related("authorization"))


def _reads(binding: Binding) -> tuple[str, str, str, bool]:
    """What a reading tells of a binding, as on record."""
    return (
        binding.identity_id, binding.identity_type, binding.business_center_id, binding.is_live,
    )  # fmt: skip


def _note_as_known(
    ad_account: AdAccount, told: Mapping[int, transitions.Told], *, at: datetime
) -> set[int]:
    """Note the readings that change nothing, and their bindings, together; returns their permissions."""
    same: set[int] = set()
    keys = list(told)
    for start in range(0, len(keys), BATCH):
        some = {pk: told[pk] for pk in keys[start : start + BATCH]}
        found = transitions.note_as_known(some, at=at)
        Binding.objects.filter(ad_account=ad_account, authorization__in=found).update(read_at=at)
        same |= found
    return same


def _kind_of(linked: LinkedAccount, *, is_own: bool) -> AuthorizationKind:
    if is_own:
        return AuthorizationKind.OWN
    is_center = linked.identity_type == "BC_AUTH_TT"
    return AuthorizationKind.BUSINESS_CENTER if is_center else AuthorizationKind.LINKED_ACCOUNT


def _note_unlinked(ad_account: AdAccount, seen: set[int], *, shown: set[str], at: datetime) -> None:
    """Permissions by a link that TikTok does not show for this ad account any more.

    shown : accounts that are linked still and show their posts; what they do not show is hidden or deleted
    """
    gone = Binding.objects.filter(
        ad_account=ad_account, authorization__kind__in=LINKED, is_live=True
    ).exclude(authorization_id__in=seen)
    for binding in gone.select_related("authorization__post__creator", "authorization__workspace"):
        Binding.objects.filter(pk=binding.pk).update(is_live=False, read_at=at)
        if _is_live_elsewhere(binding.authorization, ad_account):
            continue
        is_linked = binding.identity_id in shown
        if is_linked:
            posts.note_not_listed(binding.authorization.post, at=at)
        state = State.POST_UNAVAILABLE if is_linked else State.IDENTITY_BLOCKED
        transitions.move(
            binding.authorization, state, at=at, source="platform",
            evidence={"linked": is_linked, "listed": False}, read_at=at,
        )  # fmt: skip


# --- Codes --------------------------------------------------------------------------------------------------


def poll(ad_account: AdAccount, *, at: datetime, looks: stills.Looks | None = None) -> int:
    """Read every binding of the ad account and move each permission to what TikTok says; returns how many.

    Bindings made elsewhere (in Ads Manager) are recorded as well.
    """
    rows = read_bindings(ad_account)
    _take_readings(ad_account, rows, at=at, looks=looks)
    mine = _of_account(ad_account).exclude(post__item_id__in={row.item_id for row in rows})
    _note_missing(ad_account, mine, at=at, is_alone=False)
    return len(rows)


def poll_due(ad_account: AdAccount, *, at: datetime) -> int:
    """Read what is due by its own cadence: one by one while few are, the whole list when that costs less."""
    everything = _of_account(ad_account)
    due = list(
        everything.filter(next_read_at__lte=at).values_list("post__item_id", flat=True)[:1000]
    )
    if not due:
        return 0
    if len(due) > 1 + everything.count() // ROWS_A_PAGE:
        return poll(ad_account, at=at)
    with tiktok.session(ad_account):
        for item_id in due:
            poll_one(ad_account, item_id, at=at)
    return len(due)


def poll_one(ad_account: AdAccount, item_id: str, *, at: datetime) -> None:
    """Read one post's binding in an ad account. Raises PlatformError."""
    rows = [row for row in read_bindings(ad_account, item_id=item_id) if row.item_id == item_id]
    _take_readings(ad_account, rows, at=at)
    if not rows:
        mine = _of_account(ad_account).filter(post__item_id=item_id)
        _note_missing(ad_account, mine, at=at, is_alone=True)


def _of_account(ad_account: AdAccount) -> QuerySet[Authorization]:
    return Authorization.objects.filter(
        bindings__ad_account=ad_account, kind__in=CODED, workspace=ad_account.workspace
    )


def _note_missing(
    ad_account: AdAccount, missing: QuerySet[Authorization], *, at: datetime, is_alone: bool
) -> None:
    """Permissions that TikTok did not list.

    A list takes a while and may skip a row whose place moved meanwhile: what it lacks is asked for alone before it
    counts, and what was read or bound after it began is left.
    is_alone : the post was asked for alone
    """
    older = missing.exclude(read_at__gt=at)
    transitions.note_read(
        older.filter(state=State.REVOKED), at=at
    )  # as known; looked at again tomorrow
    rows = older.exclude(state__in=[State.RELEASED, State.REVOKED, *rules.AWAITING_CODE])
    for authorization in rows.select_related("post__creator", "workspace"):
        if not is_alone and _is_listed(ad_account, authorization.post.item_id):
            continue
        reading = PlatformReading(
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
        transitions.move(
            authorization, state, at=at, source="platform", evidence={"listed": False}, read_at=at
        )


def _is_listed(ad_account: AdAccount, item_id: str) -> bool:
    return any(row.item_id == item_id for row in read_bindings(ad_account, item_id=item_id))


def read_bindings(ad_account: AdAccount, *, item_id: str | None = None) -> list[VideoInfo]:
    """What TikTok lists as bound to the ad account: the truth about bindings. Raises PlatformError."""
    advertiser = AdvertiserId(ad_account.advertiser_id)

    async def read(client: TikTok) -> list[VideoInfo]:
        return await tiktok.gather_list(client.tt_video.each(advertiser, keyword=item_id))

    return tiktok.ask(ad_account, read)


def unbind(binding: Binding, item_id: str) -> None:
    """Take a post off the ad account's list (R38). Raises PlatformError."""
    advertiser = AdvertiserId(binding.ad_account.advertiser_id)

    async def ask(client: TikTok) -> None:
        await client.tt_video.unbind(advertiser, ItemId(item_id))

    tiktok.ask(binding.ad_account, ask)


def _take_readings(
    ad_account: AdAccount,
    rows: Sequence[VideoInfo],
    *,
    at: datetime,
    looks: stills.Looks | None = None,
) -> None:
    """Take what TikTok lists; most of it reads as on record and is noted together."""
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        found = posts.record_posts(
            ad_account.workspace, [as_seen(row) for row in some], source="code", at=at
        )
        by_post = {post.pk: row for post, row in zip(found, some, strict=True)}
        if looks is not None:
            for post, row in zip(found, some, strict=True):
                looks.add_video(post, row.video, server=ad_account.connection.base_url)
        as_known = _note_codes_as_known(ad_account, by_post, at=at)
        for post, row in zip(found, some, strict=True):
            if post.pk not in as_known:
                _take_reading(ad_account, post, row, at=at)


def _note_codes_as_known(
    ad_account: AdAccount, rows: Mapping[int, VideoInfo], *, at: datetime
) -> set[int]:
    """Note together the bindings that read as on record. rows and returns : by their posts' keys"""
    told, posts_of = {}, {}
    for binding in _bindings_of(ad_account, list(rows)):
        authorization = binding.authorization
        row, current = rows[authorization.post_id], State(authorization.state)
        names = (row.identity_id or "", row.identity_type, "")
        if (
            authorization.kind in CODED
            and current in rules.USABLE
            and _reads(binding) == (*names, True)
        ):
            reading = _reading_of(row, has_ads=binding.has_ads)
            state = rules.state_from(reading, current=current, now=at)
            told[authorization.pk] = transitions.Told(state, _facts_of(row))
            posts_of[authorization.pk] = authorization.post_id
    return {posts_of[pk] for pk in _note_as_known(ad_account, told, at=at)}


def _reading_of(row: VideoInfo, *, has_ads: bool) -> PlatformReading:
    return PlatformReading(
        listed=True,
        auth_status=row.authorization.status or "AUTHORIZED",
        item_status=row.status,
        ends_at=row.authorization.ends_at,
        has_running_ads=has_ads,
    )


def _facts_of(row: VideoInfo) -> dict[str, Any]:
    """The dates that a reading writes into the permission."""
    return {
        "starts_at": row.authorization.starts_at,
        "ends_at": row.authorization.ends_at,
        "granted_days": transitions.days_granted(row),
    }


def _take_reading(ad_account: AdAccount, post: Post, row: VideoInfo, *, at: datetime) -> None:
    authorization = Authorization.objects.filter(post=post, kind__in=CODED).first()
    reading = _reading_of(row, has_ads=False)
    is_awaited = authorization is not None and State(authorization.state) in rules.AWAITING_CODE
    if authorization is None or (is_awaited and rules.gives_permission(reading, now=at)):
        authorization = transitions.record_binding(
            ad_account, post, row, at=at, evidence={"found": "in the ad account"}
        )
    elif is_awaited:
        return  # a code that ended stays listed for a while; the new one is still to come
    if State(authorization.state) is State.RELEASED:
        return  # given back: TikTok may still list it for a while; only a new code brings it back
    binding = transitions.bind(
        authorization, ad_account, row.identity_id or "", row.identity_type, at=at,
        is_live=row.authorization.status == "AUTHORIZED",
    )  # fmt: skip
    reading = replace(reading, has_running_ads=binding.has_ads)
    state = rules.state_from(reading, current=State(authorization.state), now=at)
    if state is State.REVOKED and _is_live_elsewhere(authorization, ad_account):
        return
    transitions.move(
        authorization,
        state,
        at=at,
        source="platform",
        evidence={"ad_auth_status": row.authorization.status, "item_status": row.status},
        read_at=at,
        **_facts_of(row),
    )


def _is_live_elsewhere(authorization: Authorization, ad_account: AdAccount) -> bool:
    """Whether another ad account still lists the permission: unbound in one is not withdrawn by the creator."""
    others = Binding.objects.filter(authorization=authorization, is_live=True)
    return others.exclude(ad_account=ad_account).exists()


def as_seen(row: VideoInfo) -> posts.PostFacts:
    """A binding's post in the words of the post library."""
    return posts.PostFacts(
        item_id=row.item_id,
        handle=row.creator_name,
        item_type=row.item_type,
        caption=row.text,
        status=row.status,
        duration_seconds=row.video.duration_seconds if row.video else None,
        duet_or_stitch_of=row.duet_of or row.stitch_of or "",
    )


# --- Affiliate consents ---------------------------------------------------------------------------------------


def end_collaborations(workspace: Workspace, *, at: datetime) -> int:
    """Consents whose collaboration is over, or whose post is gone or hidden (R74). No call tells it: dates do.

    One whose post is public again comes back while its collaboration lasts.
    """
    rows = Authorization.objects.filter(
        workspace=workspace,
        kind=AuthorizationKind.AFFILIATE_MASS,
        state__in=[*rules.USABLE, State.POST_UNAVAILABLE],
    ).select_related("post__creator", "workspace")
    ended = 0
    for row in rows:
        is_over = row.collab_ends_at is not None and row.collab_ends_at <= at
        to = rules.state_of_consent(State(row.state), item_status=row.post.status, is_over=is_over)
        if to is not State(row.state):
            transitions.move(row, to, at=at, source="clock", evidence={"collab_ended": is_over})
            ended += to in rules.LOST
    return ended


def note_ads(ad_account: AdAccount, item_ids: Iterable[str], *, at: datetime) -> None:
    """Remember which posts the account's ads use: a permission with ads is "in use". Told by delivery."""
    used = set(item_ids)
    bindings = Binding.objects.filter(ad_account=ad_account)
    differing = bindings.filter(
        Q(has_ads=True) | Q(authorization__post__item_id__in=used)
    ).select_related("authorization__post__creator", "authorization__workspace")
    for binding in differing:
        has_ads = binding.authorization.post.item_id in used
        if has_ads == binding.has_ads:
            continue
        Binding.objects.filter(pk=binding.pk).update(has_ads=has_ads)
        state = State(binding.authorization.state)
        if state in {State.BOUND, State.IN_USE}:
            transitions.move(
                binding.authorization, State.IN_USE if has_ads else State.BOUND, at=at, source="platform",
                evidence={"has_ads": has_ads},
            )  # fmt: skip
