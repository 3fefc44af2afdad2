"""Asking creators for permission: who asked whom for how long, reminders, and what the creator answers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from kindling.access import service as access
from kindling.agreements import service as agreements
from kindling.authorizations.codes import intake as intakes
from kindling.authorizations.codes.intake import CodeRow
from kindling.authorizations.codes.offered_days import check_days
from kindling.authorizations.lifecycle import rules, transitions
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import (
    CODED,
    Authorization,
    AuthorizationKind,
    Intake,
    RequestChannel,
)
from kindling.briefs import deliverables as briefs
from kindling.creators.models import Creator
from kindling.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknownError,
    PlatformError,
    RefusedError,
)
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.posts.models import Post
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record
from tiktok_business import Answer, ItemId, PostRequest, TikTok

# What a creator can still answer.
ANSWERABLE = (State.REQUESTED, State.RECEIVED, State.INVALID)


def gaps_before_asking(workspace: Workspace, post: Post) -> list[str]:
    """What must be settled before the code is asked for: final caption, approved draft, agreed price (R25, §3)."""
    if post.creator.is_own:
        return ["This is the brand's own post: it needs no video code when the account is linked."]
    gaps = briefs.gaps_before_code(workspace, post.item_id)
    if post.refused_at is not None:
        gaps.insert(0, f"TikTok refused this post: {post.refused_because}")
    if agreements.waits_for_payment(post.creator, post.item_id):
        gaps.append(
            "The agreement says the video code comes after payment, and the fee is not paid yet."
        )
    return gaps


def ask(
    actor: Actor,
    post: Post,
    *,
    days: int,
    through: str,
    ad_account: AdAccount,
    at: datetime,
) -> Authorization:
    """Ask a post's creator for its code; by e-mail with a magic link, or noted as sent by hand.

    raises : InvalidInputError for days TikTok does not offer or a creator without an address, ConflictError while
    something is open before it (draft, caption, price) or the post is covered already
    """
    actor.require(Action.TAKE_CODES)
    check_days(days)
    if through == RequestChannel.TIKTOK_ONE:
        return _ask_through_tiktok_one(actor, post, days=days, ad_account=ad_account, at=at)
    if through not in RequestChannel.values:
        raise InvalidInputError(
            "Choose how to ask the creator.",
            next_step="Choose e-mail, portal link or message.",
            field="through",
        )
    if through == RequestChannel.EMAIL and not post.creator.email:
        raise InvalidInputError(
            f"@{post.creator.handle} has no e-mail address on record.",
            next_step="Add an address to the creator, or send the portal link yourself.",
            field="through",
        )
    _check_gaps(actor.workspace, post)
    with transaction.atomic():
        row = _asked(
            actor,
            post,
            AuthorizationKind.CODE,
            days=days,
            through=through,
            ad_account=ad_account,
            at=at,
        )
        if through == RequestChannel.EMAIL:
            _mail(row, key=f"ask-{row.pk}-{int(at.timestamp())}", at=at)
    return row


def _check_gaps(workspace: Workspace, post: Post) -> None:
    gaps = gaps_before_asking(workspace, post)
    if gaps:
        raise ConflictError(gaps[0], next_step="Do this first, then ask for the code.")


def _asked(
    actor: Actor,
    post: Post,
    kind: AuthorizationKind,
    *,
    days: int,
    through: str,
    ad_account: AdAccount,
    at: datetime,
) -> Authorization:
    row = _requested(actor.workspace, post, kind, at=at)
    if State(row.state) in rules.USABLE:
        raise ConflictError(
            "This post is already authorized.", next_step="Ask for a renewal instead."
        )
    row = transitions.move(
        row, State.REQUESTED, at=at, source="person", actor=actor,
        evidence={"requested_days": days, "through": through},
        requested_days=days, asked_by=actor.user, asked_at=at, asked_through=through,
        reminders=0, declined_because="", wanted_in=ad_account,
    )  # fmt: skip
    record(
        actor, "asked for authorization", f"post {post.item_id}", at=at,
        after={"days": days, "through": through},
    )  # fmt: skip
    return row


# --- Through TikTok One -----------------------------------------------------------------------------------------


def _ask_through_tiktok_one(
    actor: Actor, post: Post, *, days: int, ad_account: AdAccount, at: datetime
) -> Authorization:
    """Ask through the marketplace, where accepting authorizes the post (R34). A lost reply is looked up, not resent."""
    account_id = ad_account.connection.tiktok_one_id
    if not account_id:
        raise InvalidInputError(
            "This connection has no TikTok One account id.",
            next_step="Add the id under Workspace, or ask in another way.",
            field="through",
        )
    _check_gaps(actor.workspace, post)
    with transaction.atomic():
        row = _asked(
            actor, post, AuthorizationKind.TIKTOK_ONE, days=days, through=RequestChannel.TIKTOK_ONE,
            ad_account=ad_account, at=at,
        )  # fmt: skip

    async def apply(client: TikTok) -> None:
        await client.tiktok_one.apply(account_id, ItemId(post.item_id), authorization_days=days)

    try:
        tiktok.ask(ad_account, apply)
    except OutcomeUnknownError:
        pass  # it may have been asked: `read_tiktok_one` finds out, and says so when TikTok knows of no request
    except PlatformError as problem:
        transitions.move(
            row, State.NOT_REQUESTED, at=at, source="platform",
            evidence={"refused": problem.message},
        )  # fmt: skip
        raise
    return row


def read_tiktok_one(workspace: Workspace, *, at: datetime) -> int:
    """See what creators answered through TikTok One; an accepted post's code is added. Returns how many answered."""
    rows = Authorization.objects.filter(
        workspace=workspace, kind=AuthorizationKind.TIKTOK_ONE, state=State.REQUESTED
    ).select_related("post__creator", "wanted_in__connection", "wanted_in__workspace", "workspace")
    asked = [(row, row.wanted_in) for row in rows if row.wanted_in is not None]
    with tiktok.sessions(account for _, account in asked):
        return sum(_read_answer(row, account, at=at) for row, account in asked)


def _read_answer(row: Authorization, account: AdAccount, *, at: datetime) -> int:
    account_id, item = account.connection.tiktok_one_id, ItemId(row.post.item_id)

    async def status(client: TikTok) -> PostRequest:
        return await client.tiktok_one.status(account_id, item)

    try:
        told = tiktok.ask(account, status)
    except RefusedError:
        with transaction.atomic():
            held = Authorization.objects.select_for_update(no_key=True).get(pk=row.pk)
            if held.state == State.REQUESTED:  # nothing else came in while TikTok was asked
                transitions.move(
                    row, State.NOT_REQUESTED, at=at, source="platform",
                    evidence={"refused": "TikTok One knows of no such request"},
                )  # fmt: skip
        return 0
    except PlatformError:
        return 0  # asked again at the next reading
    if told.answer == Answer.REJECTED:
        with suppress(ConflictError):  # answered another way while TikTok was asked
            decline(row.post.creator, row, reason="Declined in TikTok One.", at=at)
        return 1
    if told.auth_code is None:
        return 0
    given = CodeRow(
        line=1, code=told.auth_code.reveal(), handle=row.post.creator.handle,
        post=row.post.item_id, days=str(row.requested_days or ""),
    )  # fmt: skip
    with suppress(ConflictError):  # somebody's code was added meanwhile
        _take_answer(row.post.creator, row, given, through="tiktok_one", at=at)
    return 1


def _requested(
    workspace: Workspace, post: Post, kind: AuthorizationKind, *, at: datetime
) -> Authorization:
    """The row that a request is written to: a post has one code at a time, however it was asked for (R18)."""
    row = Authorization.objects.filter(workspace=workspace, post=post, kind__in=CODED).first()
    if row is not None and row.kind != kind and State(row.state) not in rules.USABLE:
        Authorization.objects.filter(pk=row.pk).update(kind=kind)
        row.kind = kind
    if row is None:
        row = Authorization.objects.create(
            workspace=workspace, post=post, kind=kind, state=State.NOT_REQUESTED,
            state_since=at, created_at=at,
        )  # fmt: skip
        transitions.first_event(row, at=at, source="person", evidence={"found": post.source})
    return row


def _mail(row: Authorization, *, key: str, at: datetime) -> None:
    creator = row.post.creator
    subject, text = mail.written(
        "authorizations/mail/ask",
        language=creator.language,
        brand=row.workspace.name,
        item_id=row.post.item_id,
        days=row.requested_days,
        link=access.make_link(creator, purpose=f"code for post {row.post.item_id}", at=at),
    )
    mail.post(row.workspace, key=key, to=creator.email, subject=subject, text=text, at=at)


# --- Reminding ------------------------------------------------------------------------------------------------


def remind(workspace: Workspace, *, now: datetime) -> int:
    """Remind of requests unanswered for 1, 3 and 7 days; after the last one the manager is told. Returns how many."""
    waiting = Authorization.objects.filter(
        workspace=workspace,
        state=State.REQUESTED,
        asked_at__lte=now - rules.REMINDERS_AFTER[0],
        reminders__lt=len(rules.REMINDERS_AFTER),
    ).select_related("post__creator", "workspace")
    sent = 0
    for row in waiting:
        if row.asked_at is None or not rules.reminder_due(
            asked_at=row.asked_at, reminders=row.reminders, now=now
        ):
            continue
        sent += _remind(row, now=now)
    return sent


@transaction.atomic
def _remind(row: Authorization, *, now: datetime) -> int:
    number = row.reminders + 1
    is_mine = Authorization.objects.filter(pk=row.pk, reminders=row.reminders).update(
        reminders=number
    )
    if not is_mine:
        return 0
    by_mail = row.asked_through == RequestChannel.EMAIL and bool(row.post.creator.email)
    if by_mail:
        stamp = int(row.asked_at.timestamp()) if row.asked_at else 0
        try:
            _mail(row, key=f"remind-{row.pk}-{stamp}-{number}", at=now)
        except ConflictError:  # too many links for them today: the others are reminded all the same
            by_mail = False
    is_last = number == len(rules.REMINDERS_AFTER)
    if is_last or not by_mail:
        handle = row.post.creator.handle
        notices.notify(
            row.workspace,
            key=f"request-{row.pk}-{number}",
            roles=("creator_manager",),
            title=f"@{handle} has not answered the request for post {row.post.item_id}.",
            next_step="Call them, or choose another post."
            if is_last
            else "Send them a reminder yourself.",
            path=f"authorizations/{row.pk}/",
            at=now,
            urgency=3,
        )
    return 1


# --- The creator answers (through the portal) -------------------------------------------------------------------


def open_requests(workspace: Workspace) -> QuerySet[Authorization]:
    """What waits for a creator, asked longest ago first."""
    return (
        Authorization.objects.filter(workspace=workspace, state__in=ANSWERABLE)
        .select_related("post__creator", "asked_by", "wanted_in")
        .order_by("asked_at", "pk")
    )


def requests_to(creator: Creator) -> QuerySet[Authorization]:
    """What a creator was asked for and has not answered."""
    return (
        Authorization.objects.filter(
            workspace=creator.workspace,
            post__creator=creator,
            state__in=ANSWERABLE,
        )
        .select_related("post", "wanted_in")
        .order_by("asked_at")
    )


def find_request(creator: Creator, pk: int) -> Authorization:
    row = requests_to(creator).filter(pk=pk).first()
    if row is None:
        raise NotFoundError("This request was not found.", next_step="Go back to your list.")
    return row


def send_code(creator: Creator, row: Authorization, code: str, *, at: datetime) -> Intake:
    """A creator pastes the code of a requested post. Raises InvalidInputError for what is no code."""
    _check_answerable(creator, row)
    try:
        rules.clean_code(code)
    except ValueError as error:
        raise InvalidInputError(
            str(error), next_step="Copy the whole code and try again."
        ) from None
    given = CodeRow(
        line=1, code=code, handle=creator.handle, post=row.post.item_id,
        days=str(row.requested_days or ""),
    )  # fmt: skip
    return _take_answer(creator, row, given, through="portal", at=at)


def allow(creator: Creator, row: Authorization, *, days: int, at: datetime) -> Intake | None:
    """A connected creator says yes to a request: the code is made for the days they chose, and added.

    returns : None when a code of the post was bound while this one was made; then there is nothing left to do
    raises : ConflictError when they declined meanwhile; a code that was made is then not added
    """
    _check_answerable(creator, row)
    given = intakes.make_code_row(row.post, days=days, at=at)
    row.refresh_from_db(fields=["state"])
    if State(row.state) in rules.USABLE:
        return None
    return _take_answer(creator, row, given, through="connection", at=at)


def _check_answerable(creator: Creator, row: Authorization) -> None:
    """A tab may be older than the answer in another one: what counts is how the request stands now."""
    if row.post.creator_id != creator.pk or row.wanted_in is None:
        raise NotFoundError("This request was not found.", next_step="Go back to your list.")
    row.refresh_from_db(fields=["state"])
    _check_open(row)


def _check_open(row: Authorization) -> None:
    state = State(row.state)
    if state in rules.USABLE or state is State.VERIFIED:
        raise ConflictError(
            "This post is already authorized.",
            next_step="To withdraw it, delete the code in TikTok: three dots on the post, Ad settings.",
        )
    if state not in ANSWERABLE:
        raise ConflictError("You have already answered this.", next_step="Go back to your list.")


@transaction.atomic
def _take_answer(
    creator: Creator, row: Authorization, given: CodeRow, *, through: str, at: datetime
) -> Intake:
    """Move the request on and add its code, both or none: a worker never acts in between."""
    held = Authorization.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    _check_open(held)
    assert row.wanted_in is not None  # noqa: S101 - every caller has asked
    transitions.move(
        held, State.RECEIVED, at=at, source="creator", evidence={"sent_through": through}
    )
    return intakes.receive_from_creator(creator, row.wanted_in, given, at=at)


@transaction.atomic
def decline(creator: Creator, row: Authorization, *, reason: str, at: datetime) -> Authorization:
    """A creator would rather not. Nobody reminds them any more; the manager is told.

    A code that they sent before and no worker has taken up yet is dropped.
    raises : ConflictError when it was answered in another tab, or the code is bound
    """
    if row.post.creator_id != creator.pk:
        raise NotFoundError("This request was not found.", next_step="Go back to your list.")
    held = Authorization.objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)
    _check_open(held)
    intakes.take_back(creator, row.post)
    moved = transitions.move(
        held, State.NOT_REQUESTED, at=at, source="creator", evidence={"declined": True},
        declined_because=reason.strip()[:500],
    )  # fmt: skip
    notices.notify(
        creator.workspace,
        key=f"request-{row.pk}-declined",
        roles=("creator_manager", "media_buyer"),
        title=f"@{creator.handle} declined the request for post {row.post.item_id}.",
        next_step="Talk to them, or choose another post.",
        path=f"authorizations/{row.pk}/",
        at=at,
        urgency=3,
    )
    return moved
