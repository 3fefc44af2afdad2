"""Renewals: what more days cost by the agreement, who was asked, reminders, and the new end read back (R30)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from kindling.access import service as access
from kindling.agreements.rights.rules import ClockName
from kindling.authorizations.codes.offered_days import check_days, offered_days
from kindling.authorizations.lifecycle import polling, rules
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.lifecycle.transitions import OPEN_RENEWAL, move, renew_keys
from kindling.authorizations.models import CODED, Authorization, Renewal
from kindling.authorizations.requests.prices import NOT_AGREED, Price, price_of
from kindling.authorizations.service import Permission
from kindling.creators import grants
from kindling.creators.models import Creator, CreatorGrant
from kindling.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PlatformError,
    RefusedError,
)
from kindling.kit.money import Money
from kindling.kit.time import day_words, instant_words
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.workspaces import tiktok
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import BusinessId, ItemId, TikTok


def ask_renewal(
    actor: Actor,
    authorization: Authorization,
    *,
    days: int,
    at: datetime,
    price: Money | None = None,
    reason: str = "",
) -> Renewal:
    """Ask the creator for more days at the agreed price, by mail when there is an address.

    A creator who agreed to automatic renewals and connected TikTok is extended at once; everybody else decides.
    price : only where it differs from the agreement's; more needs a reason and somebody who may approve spend
    raises : InvalidInputError, ConflictError, NotAllowedError, PlatformError when an immediate extension failed
    """
    actor.require(Action.TAKE_CODES)
    check_days(days)
    if authorization.kind not in CODED:
        raise InvalidInputError(
            f"This authorization ({authorization.get_kind_display()}) has no end date to extend.",
            next_step="Nothing to do: it stays valid as long as the account is linked.",
        )
    if State(authorization.state) not in rules.USABLE | {State.EXPIRED}:
        raise ConflictError(
            f"This authorization is {authorization.get_state_display().lower()}.",
            next_step="Ask for a new video code instead.",
        )
    agreed = price_of(authorization, days, now=at)
    chosen = _chosen(actor, agreed, price, reason)
    with transaction.atomic():
        renewal = _open(actor, authorization, days=days, price=chosen, at=at)
    grant = getattr(authorization.post.creator, "grant", None)
    if renewal.is_auto and _can_extend(grant):
        accept(renewal, as_name=f"@{authorization.post.creator.handle} (agreed in advance)", at=at)
        renewal.refresh_from_db()
    return renewal


def open_by_itself(row: Authorization, *, days: int, price: Price, at: datetime) -> Renewal:
    """Open a renewal that the agreement renews by itself, and extend it at once where the creator is connected.

    Nobody raises spend here: the price was agreed to by both sides. Raises ConflictError, PlatformError.
    """
    with transaction.atomic():
        renewal = _open(system_actor(row.workspace), row, days=days, price=price, at=at)
    if _can_extend(getattr(row.post.creator, "grant", None)):
        accept(renewal, as_name=f"@{row.post.creator.handle} (agreed in advance)", at=at)
        renewal.refresh_from_db()
    return renewal


def why_it_cannot_help(permission: Permission, *, now: datetime) -> str:
    """Why more days from TikTok would not move the stop-by time, for whoever is about to ask; "" where they would.

    An agreement that renews the usage rights together with the code moves both.
    """
    window, right = permission.window, permission.right
    workspace = permission.authorization.workspace
    if window is None or window.bound_by is ClockName.AUTHORIZATION:
        return ""
    ends_at = permission.authorization.ends_at
    if ends_at is None or window.clock_ends_at > ends_at:
        return ""
    is_covered = right is not None and right.version_id is not None
    offer = price_of(permission.authorization, offered_days()[0], now=now)
    if is_covered and offer.source != NOT_AGREED:
        return ""
    return (
        f"The end date of the {window.bound_by.label.lower()} comes first, on "
        f"{day_words(window.clock_ends_at, workspace.timezone)}: "
        "agree on more time for it before you renew the video code."
    )


def _can_extend(grant: CreatorGrant | None) -> bool:
    return grant is not None and bool(grant.access_token)


def _chosen(actor: Actor, agreed: Price, price: Money | None, reason: str) -> Price:
    if price is None or price.minor == agreed.minor:
        return agreed
    if price.currency != agreed.currency or price.minor < 0:
        raise InvalidInputError(
            f"The price must be in {agreed.currency}.",
            next_step="Correct the price.",
            field="price",
        )
    if not reason.strip():
        raise InvalidInputError(
            "A price that differs from the agreement needs a reason.",
            next_step="Give a short reason.",
            field="reason",
        )
    if price.minor > agreed.minor:
        actor.require(Action.APPROVE_SPEND)
    return Price(price.minor, price.currency, f"manual: {reason.strip()[:150]}")


def _open(
    actor: Actor, authorization: Authorization, *, days: int, price: Price, at: datetime
) -> Renewal:
    # Locked, so that a person and the lead time that open one at the same moment make one.
    Authorization.objects.select_for_update(no_key=True).get(pk=authorization.pk)
    if authorization.renewals.filter(state__in=OPEN_RENEWAL).exists():
        raise ConflictError(
            "A renewal request for this authorization is already open.",
            next_step="Wait for the answer, or withdraw the request first.",
        )
    renewal = Renewal.objects.create(
        authorization=authorization, days=days, price_minor=price.minor, currency=price.currency,
        price_source=price.source, is_auto=price.is_auto, asked_by=actor.user, asked_at=at,
        ends_at_before=authorization.ends_at,
    )  # fmt: skip
    move(
        authorization,
        State.RENEWAL_REQUESTED
        if State(authorization.state) in rules.USABLE
        else State(authorization.state),
        at=at,
        source="person" if actor.user else "clock",
        actor=actor,
        evidence={"requested_days": days, "price": str(Money(price.minor, price.currency))},
        requested_days=days,
    )
    record(
        actor, "asked for renewal", f"post {authorization.post.item_id}", at=at,
        after={"days": days, "price": str(Money(price.minor, price.currency)), "source": price.source},
    )  # fmt: skip
    if authorization.ends_at is not None:
        keys = renew_keys(authorization.pk, authorization.ends_at)
        notices.settle_all(authorization.workspace, keys=keys.values(), at=at)
    # One that renews by itself still needs the creator's hand where TikTok is not connected.
    is_done_at_once = price.is_auto and _can_extend(
        getattr(authorization.post.creator, "grant", None)
    )
    if authorization.post.creator.email and not is_done_at_once:
        _mail(renewal, key=f"renewal-{renewal.pk}", at=at)
    return renewal


def _mail(renewal: Renewal, *, key: str, at: datetime) -> None:
    row = renewal.authorization
    creator = row.post.creator
    price = str(Money(renewal.price_minor, renewal.currency)) if renewal.price_minor else ""
    subject, text = mail.written(
        "authorizations/mail/renew",
        language=creator.language,
        brand=row.workspace.name,
        item_id=row.post.item_id,
        days=renewal.days,
        end=day_words(row.ends_at, row.workspace.timezone) if row.ends_at else "",
        price=price,
        link=access.make_link(creator, purpose=f"renewal of post {row.post.item_id}", at=at),
    )
    mail.post(row.workspace, key=key, to=creator.email, subject=subject, text=text, at=at)


@transaction.atomic
def withdraw(actor: Actor, renewal: Renewal, *, at: datetime) -> Renewal:
    """Take a renewal back that was not answered, or whose yes showed no new end for a day."""
    actor.require(Action.TAKE_CODES)
    if not _close(renewal, Renewal.State.LAPSED, at=at, is_stuck=_is_stuck(renewal, at)):
        raise ConflictError("This renewal was already answered.", next_step="Open the history.")
    _back_to_expiring(renewal, at=at)
    record(actor, "withdrew renewal request", f"post {renewal.authorization.post.item_id}", at=at)
    return renewal


def _close(
    renewal: Renewal,
    to: Renewal.State,
    *,
    at: datetime,
    because: str = "",
    is_stuck: bool = False,
) -> bool:
    """End a renewal nobody answered yet; False when it was answered meanwhile, whatever the given row still says.

    is_stuck : its yes led to nothing, so it may end as well
    """
    still = [Renewal.State.ASKED, *([Renewal.State.ACCEPTED] if is_stuck else [])]
    is_mine = Renewal.objects.filter(pk=renewal.pk, state__in=still).update(
        state=to, ended_at=at, declined_because=because
    )
    renewal.refresh_from_db()
    return bool(is_mine)


def _back_to_expiring(renewal: Renewal, *, at: datetime) -> None:
    row = renewal.authorization
    row.refresh_from_db()
    if State(row.state) is State.RENEWAL_REQUESTED:
        near = row.ends_at is not None and row.ends_at - at <= rules.DEFAULT_LEAD
        to = State.EXPIRING if near else State.IN_USE if row.has_ads else State.BOUND
        move(row, to, at=at, source="person")


def can_withdraw(renewal: Renewal, *, at: datetime) -> bool:
    """Whether a renewal may be taken back now: not answered, or its yes led to nothing for a day."""
    if renewal.state == Renewal.State.ACCEPTED:
        return _is_stuck(renewal, at)
    return renewal.state == Renewal.State.ASKED


def _is_stuck(renewal: Renewal, at: datetime) -> bool:
    """Whether its yes showed no new end for a day."""
    accepted_at = renewal.accepted_at
    return accepted_at is not None and rules.is_stuck(accepted_at=accepted_at, now=at)


def find_open(authorization: Authorization) -> Renewal | None:
    return authorization.renewals.filter(state__in=OPEN_RENEWAL).first()


def open_renewal(authorization: Authorization) -> Renewal:
    found = find_open(authorization)
    if found is None:
        raise NotFoundError(
            "No renewal request for this authorization is open.", next_step="Ask for a renewal."
        )
    return found


def open_renewals(workspace: Workspace) -> QuerySet[Renewal]:
    """Renewals that wait for a creator or for the new end, the earliest end first."""
    return (
        Renewal.objects.filter(authorization__workspace=workspace, state__in=OPEN_RENEWAL)
        .select_related("authorization__post__creator")
        .order_by("ends_at_before", "pk")
    )


# --- The creator answers ------------------------------------------------------------------------------------------


def renewals_for(creator: Creator) -> QuerySet[Renewal]:
    """What a creator was asked to renew and is still open, the earliest end first."""
    return (
        Renewal.objects.filter(
            authorization__workspace=creator.workspace,
            authorization__post__creator=creator,
            state__in=OPEN_RENEWAL,
        )
        .select_related("authorization__post__creator__grant", "authorization__workspace")
        .order_by("ends_at_before", "pk")
    )


def find_renewal(creator: Creator, pk: int) -> Renewal:
    renewal = renewals_for(creator).filter(pk=pk).first()
    if renewal is None:
        raise NotFoundError("This request was not found.", next_step="Go back to your list.")
    return renewal


def accept(renewal: Renewal, *, as_name: str, at: datetime) -> Renewal:
    """The creator says yes. Connected: extended now and the new end read back; else they extend in the app.

    raises : ConflictError when it was answered; PlatformError when TikTok did not extend it: a refusal closes the
        renewal, so nothing is owed and another can be asked; anything else keeps the yes
    """
    claimed = Renewal.objects.filter(pk=renewal.pk, state=Renewal.State.ASKED).update(
        state=Renewal.State.ACCEPTED, accepted_at=at, accepted_by=as_name[:120]
    )
    if not claimed:
        raise ConflictError("You have already answered this.", next_step="Go back to your list.")
    renewal.refresh_from_db()
    row = renewal.authorization
    grant = getattr(row.post.creator, "grant", None)
    if grant is not None and _can_extend(grant):
        extend_now(renewal, grant, at=at)
    return renewal


def extend_now(renewal: Renewal, grant: CreatorGrant, *, at: datetime) -> None:
    """Move the end through the creator's own connection, then read it back: the read end counts (R30).

    Extending adds days each time it is called, so a lost answer is looked up and never sent again.
    """
    row = renewal.authorization
    token = grants.fresh_token(grant, at=at)
    before = row.ends_at

    async def extend(client: TikTok) -> None:
        await client.post_authorization.extend(
            BusinessId(grant.open_id),
            ItemId(row.post.item_id),
            authorization_days=renewal.days,
        )

    problem: PlatformError | None = None
    try:
        tiktok.ask_as_creator(grant.connection, token, extend)
    except PlatformError as error:
        problem = error
    _read_back(row, at=at)
    row.refresh_from_db()
    has_moved = row.ends_at is not None and (before is None or row.ends_at > before)
    if problem is not None and not has_moved:
        if isinstance(problem, RefusedError) and not problem.can_retry:
            _refused(renewal, problem, at=at)
        raise problem


@transaction.atomic
def _refused(renewal: Renewal, problem: PlatformError, *, at: datetime) -> None:
    """TikTok will not extend the code: the renewal is over, and what it would have cost is not owed."""
    is_mine = Renewal.objects.filter(pk=renewal.pk, state=Renewal.State.ACCEPTED).update(
        state=Renewal.State.REFUSED, ended_at=at, declined_because=problem.message[:500]
    )
    renewal.refresh_from_db()
    if not is_mine:
        return
    row = renewal.authorization
    _back_to_expiring(renewal, at=at)
    notices.notify(
        row.workspace,
        key=f"renewal-{renewal.pk}-refused",
        roles=("creator_manager", "media_buyer"),
        title=f"TikTok did not extend the code of @{row.post.creator.handle}, "
        f"post {row.post.item_id}: {problem.message}",
        next_step="Ask for a new video code, or plan a replacement post.",
        path=f"authorizations/{row.pk}/",
        at=at,
        urgency=2,
    )


def _read_back(row: Authorization, *, at: datetime) -> None:
    bindings = row.bindings.select_related("ad_account__connection", "ad_account__workspace")
    accounts = [binding.ad_account for binding in bindings]
    with tiktok.sessions(accounts):
        for account in accounts:
            try:
                polling.poll_one(account, row.post.item_id, at=at)
            except PlatformError:
                continue  # the next reading shows it; what was asked is on record


@transaction.atomic
def decline(renewal: Renewal, *, reason: str, at: datetime) -> Renewal:
    """The creator says no. The permission runs out; manager and buyer plan the replacement."""
    if not _close(renewal, Renewal.State.DECLINED, at=at, because=reason.strip()[:500]):
        raise ConflictError("You have already answered this.", next_step="Go back to your list.")
    row = renewal.authorization
    _back_to_expiring(renewal, at=at)
    notices.notify(
        row.workspace,
        key=f"renewal-{renewal.pk}",
        roles=("creator_manager", "media_buyer"),
        title=f"@{row.post.creator.handle} declined to renew post {row.post.item_id}.",
        next_step="Plan a replacement post; the ads stop by the stop-by date.",
        path=f"authorizations/{row.pk}/",
        at=at,
        urgency=2,
    )
    return renewal


# --- Reminding ----------------------------------------------------------------------------------------------------


def remind(workspace: Workspace, *, now: datetime) -> int:
    """Remind of open renewals 14, 7, 3 and 1 days before the end, and name those that are stuck. Returns how many."""
    open_now = Renewal.objects.filter(
        authorization__workspace=workspace, state__in=OPEN_RENEWAL
    ).select_related("authorization__post__creator", "authorization__workspace")
    return sum(_remind(renewal, now=now) for renewal in open_now)


@transaction.atomic
def _remind(renewal: Renewal, *, now: datetime) -> int:
    row = renewal.authorization
    if row.ends_at is None:
        return 0
    # One that has run out may still be extended (R30); one that was withdrawn may not.
    is_over = State(row.state) in rules.LOST - {State.EXPIRED}
    if is_over and renewal.state == Renewal.State.ASKED:
        _close(renewal, Renewal.State.LAPSED, at=now)
        return 0
    if renewal.state == Renewal.State.ACCEPTED:
        return _name_stuck(renewal, now=now)
    end = row.paid_until or row.ends_at
    lead = rules.lead_due(ends_at=end, reminded=tuple(renewal.reminded), now=now)
    if lead is None:
        return 0
    renewal.reminded = [*renewal.reminded, lead]
    renewal.save(update_fields=["reminded"])
    if row.post.creator.email:
        # One creator's many links must not end the reminding of everybody behind them; the notice goes anyhow.
        with suppress(ConflictError):
            _mail(renewal, key=f"renewal-{renewal.pk}-{lead}", at=now)
    notices.notify(
        workspace=row.workspace,
        key=f"renewal-{renewal.pk}",
        roles=("creator_manager", "media_buyer"),
        title=f"@{row.post.creator.handle} has not answered the renewal of post {row.post.item_id}; "
        f"ads stop by {instant_words(end, row.workspace.timezone)}.",
        next_step="Call them, or plan a replacement post.",
        path=f"authorizations/{row.pk}/",
        at=now,
        urgency=1 if lead <= 3 else 3,
    )
    return 1


def _name_stuck(renewal: Renewal, *, now: datetime) -> int:
    if not _is_stuck(renewal, now):
        return 0
    row = renewal.authorization
    notices.notify(
        row.workspace,
        key=f"renewal-{renewal.pk}-stuck",
        roles=("creator_manager",),
        title=f"@{row.post.creator.handle} agreed to renew post {row.post.item_id}, but the end date has not changed.",
        next_step="Ask for a new video code: an extension with no new end date after a day did not work.",
        path=f"authorizations/{row.pk}/",
        at=now,
        urgency=2,
    )
    return 1
