"""Every step of the life cycle is written here: state, facts, event, and who is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kindling.agreements import service as agreements
from kindling.agreements.models import Payable, UsageRight
from kindling.agreements.payments import payables
from kindling.authorizations.codes.code_digest import digest_of
from kindling.authorizations.lifecycle import rules, windows
from kindling.authorizations.lifecycle.rules import State
from kindling.authorizations.models import (
    CODED,
    Authorization,
    AuthorizationEvent,
    AuthorizationKind,
    Binding,
    Renewal,
)
from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.kit.money import Money
from kindling.kit.time import day_words
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.posts import rules as post_rules
from kindling.posts.models import Post
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import Actor, system_actor
from tiktok_business import VideoInfo

GUARD = "delivery.guard"  # a task of an area to the right, so it is asked for by name
# Who is told of a loss, the owner of the next step first, and how urgent it is.
TOLD = {
    State.EXPIRED: (("creator_manager", "media_buyer"), 2),
    State.REVOKED: (("creator_manager", "media_buyer", "legal"), 1),
    State.POST_UNAVAILABLE: (("creator_manager", "media_buyer", "legal"), 1),
    State.IDENTITY_BLOCKED: (("media_buyer", "creator_manager"), 1),
    State.COLLAB_ENDED: (("creator_manager", "media_buyer"), 2),
}
OPEN_RENEWAL = (Renewal.State.ASKED, Renewal.State.ACCEPTED)
ENDS_TOLD = ("creator_manager", "media_buyer")


@transaction.atomic
def move(
    authorization: Authorization,
    to: State,
    *,
    at: datetime,
    source: str,
    actor: Actor | None = None,
    evidence: dict[str, Any] | None = None,
    **changes: Any,
) -> Authorization:
    """Change state and facts together, with the event that says why. Raises ConflictError for no such step.

    A reading that began before what is on record (`read_at`) changes nothing.
    changes : further fields to write, e.g. ends_at
    """
    row = Authorization.objects.select_for_update(no_key=True).get(pk=authorization.pk)
    read_at = changes.get("read_at")
    if read_at is not None and row.read_at is not None and read_at < row.read_at:
        return row
    current = State(row.state)
    rules.check_transition(current, to)
    before = row.ends_at
    changes |= _advice(to)
    is_as_known = _is_as_known(row, to, changes)
    for name, value in changes.items():
        setattr(row, name, value)
    moved_end = "ends_at" in changes and before is not None and changes["ends_at"] != before
    facts = dict(evidence or {})
    if moved_end:
        facts["ends_at_before"] = before.isoformat() if before else None
        facts["ends_at_after"] = row.ends_at.isoformat() if row.ends_at else None
    row.next_read_at = rules.next_poll_at(
        state=to, ends_at=row.ends_at, read_at=row.read_at or at, now=at
    )
    if is_as_known:  # most readings of most permissions: nothing follows from them
        row.save(update_fields=["read_at", "next_read_at"])
        return row
    if current is not to:
        row.state, row.state_since = to, at
        row.lost_at = (row.lost_at or at) if to in rules.LOST else None
    row.save(update_fields=["state", "state_since", "lost_at", "next_read_at", *changes])
    steps = [(current, to)]
    if moved_end and row.ends_at and before and row.ends_at > before and to in rules.USABLE:
        # An extension is a step of its own in the history (§3), passed through at once.
        steps = [(current, State.EXTENDED), (State.EXTENDED, to)]
        _settle_renewal(row, before=before, at=at)
        notices.settle_all(row.workspace, keys=renew_keys(row.pk, before).values(), at=at)
        request_guard(row, at=at)  # flights that were cut short go on as far as it reaches now
    if current is not to or moved_end:
        for left, entered in steps:
            _record_event(
                row, at=at, actor=actor, source=source, left=left, entered=entered, facts=facts
            )
    windows.index(row.workspace, [row], now=at)
    if current is not to:
        _notify(row, left=current, at=at)
    return row


def _advice(state: State) -> dict[str, str]:
    """What is wrong in this state and what to do, as it is stored."""
    diagnosis = rules.diagnose_reading(state)
    return {
        "problem": diagnosis.message if diagnosis else "",
        "next_step": diagnosis.next_step if diagnosis else "",
    }


def _is_as_known(row: Authorization, to: State, told: Mapping[str, Any]) -> bool:
    return State(row.state) is to and all(
        getattr(row, name) == value for name, value in told.items() if name != "read_at"
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a reading tells of one authorization: the state it gives, and its facts."""

    state: State
    facts: dict[str, Any]


@transaction.atomic
def note_as_known(told: Mapping[int, Told], *, at: datetime) -> set[int]:
    """Note the readings that change nothing, all together; what the others tell is for `move`.

    A reading that began before what is on record changes nothing either.
    told : by authorization
    returns : the authorizations that need no `move`
    """
    same, due = set(), defaultdict(list)
    rows = Authorization.objects.select_for_update(no_key=True).filter(pk__in=told).order_by("pk")
    for row in rows:
        found = told[row.pk]
        if row.read_at is not None and at < row.read_at:
            same.add(row.pk)
        elif _is_as_known(row, found.state, {**found.facts, **_advice(found.state)}):
            same.add(row.pk)
            due[
                rules.next_poll_at(state=found.state, ends_at=row.ends_at, read_at=at, now=at)
            ].append(row.pk)
    for next_read_at, keys in due.items():
        Authorization.objects.filter(pk__in=keys).update(read_at=at, next_read_at=next_read_at)
    return same


def note_read(lost: QuerySet[Authorization], *, at: datetime) -> None:
    """TikTok shows these lost permissions as they are on record: only when they are read again changes."""
    rows = Authorization.objects.filter(pk__in=lost.values("pk"), state__in=rules.LOST)
    rows.update(read_at=at, next_read_at=at + rules.POLL_LOST)


def _record_event(
    row: Authorization,
    *,
    at: datetime,
    actor: Actor | None,
    source: str,
    left: State | None,
    entered: State,
    facts: dict[str, Any],
) -> None:
    AuthorizationEvent.objects.create(
        authorization=row,
        at=at,
        actor=actor.user if actor else None,
        source=source,
        from_state=left or "",
        to_state=entered,
        evidence=facts,
    )


def first_event(
    authorization: Authorization,
    *,
    at: datetime,
    actor: Actor | None = None,
    source: str = "",
    evidence: dict[str, Any] | None = None,
) -> None:
    _record_event(
        authorization,
        at=at,
        actor=actor,
        source=source or ("person" if actor else "platform"),
        left=None,
        entered=State(authorization.state),
        facts=evidence or {},
    )


# --- What time alone changes ---------------------------------------------------------------------------------

BATCH = 2000


@dataclass(frozen=True, slots=True)
class ClockMove:
    """One step that the daily sweep found due: the state it saw, the state the clock asks for, and the end."""

    pk: int
    seen: State
    to: State
    ends_at: datetime | None


def move_by_clock(workspace: Workspace, moves: Sequence[ClockMove], *, at: datetime) -> None:
    """Write many steps at once. A row that TikTok or a person moved meanwhile is left as it is."""
    ended: list[int] = []
    for start in range(0, len(moves), BATCH):
        with transaction.atomic():
            events = []
            for step in moves[start : start + BATCH]:
                rules.check_transition(step.seen, step.to)
                is_mine = Authorization.objects.filter(
                    pk=step.pk, state=step.seen, ends_at=step.ends_at
                ).update(
                    state=step.to,
                    state_since=at,
                    lost_at=at if step.to in rules.LOST else None,
                    next_read_at=at,  # TikTok decides: it may have been extended unseen
                    **_advice(step.to),
                )
                if is_mine:
                    ended += [step.pk] if step.to in rules.LOST else []
                    evidence = {"ends_at": step.ends_at.isoformat() if step.ends_at else None}
                    events.append(
                        AuthorizationEvent(
                            authorization_id=step.pk, at=at, source="clock", from_state=step.seen,
                            to_state=step.to, evidence=evidence,
                        )
                    )  # fmt: skip
            AuthorizationEvent.objects.bulk_create(events, batch_size=BATCH)
    _after_ends(workspace, ended, at=at)


def _after_ends(workspace: Workspace, ended: Sequence[int], *, at: datetime) -> None:
    """What follows when time alone ended permissions: as in `_notify`, but one guard, and one notice (the sweep's)."""
    for start in range(0, len(ended), BATCH):
        batch = ended[start : start + BATCH]
        notices.settle_all(workspace, keys=[f"permission-{pk}-ends" for pk in batch], at=at)
        rows = Authorization.objects.filter(pk__in=batch, bindings__has_ads=True).distinct()
        for row in rows.select_related("workspace", "post__creator"):
            _mail_creator(row, at=at)
    if ended:
        with transaction.atomic():
            _request_guard(workspace, key=f"clock-{ended[0]}", at=at)


# --- Who is told --------------------------------------------------------------------------------------------


def _notify(row: Authorization, *, left: State, at: datetime) -> None:
    """Open the notices of a new state and close those it ends; ads of a lost permission stop now."""
    workspace, state = row.workspace, State(row.state)
    post = row.post
    about, path = f"@{post.creator.handle}, post {post.item_id}", f"authorizations/{row.pk}/"
    if state not in rules.LOST:
        notices.settle(workspace, key=f"permission-{row.pk}-lost", at=at)
    if state not in {State.EXPIRING, State.RENEWAL_REQUESTED}:
        notices.settle(workspace, key=f"permission-{row.pk}-ends", at=at)
    if state in TOLD and left in rules.USABLE:
        roles, urgency = TOLD[state]
        notices.notify(
            workspace,
            key=f"permission-{row.pk}-lost",
            roles=roles,
            title=f"{about}: {row.problem}",
            next_step=row.next_step,
            path=path,
            at=at,
            urgency=urgency if row.has_ads else 4,
        )
        request_guard(row, at=at)
        _open_breach(row, state, at=at)
        if row.has_ads:
            _mail_creator(row, at=at)
    elif state is State.EXPIRING and row.has_ads:
        notices.notify(
            workspace,
            key=f"permission-{row.pk}-ends",
            roles=ENDS_TOLD,
            title=f"{about}: the authorization ends{_on(row.ends_at, workspace)}.",
            next_step="Ask for a renewal, or plan a replacement post.",
            path=path,
            at=at,
            urgency=2,
        )


def _on(moment: datetime | None, workspace: Workspace) -> str:
    return f" {day_words(moment, workspace.timezone)}" if moment else " soon"


BREACHES = {
    State.REVOKED: ("revoked", "TikTok no longer lists the video code, or shows it as withdrawn."),
    State.POST_UNAVAILABLE: ("hidden", "TikTok shows the post as: {status}."),
}


def _open_breach(row: Authorization, state: State, *, at: datetime) -> None:
    """A code withdrawn, or a post taken away, within the hold is the agreement's business (§3, make-good)."""
    right = _right(row, at=at)
    if state not in BREACHES or right is None or right.hold_until is None or right.hold_until <= at:
        return
    kind, evidence = BREACHES[state]
    if row.post.status == "USER_DELETE":
        kind = "deleted"
    if row.post.status in {"AUDIT_DELETE", "ONLY_USER_PASS"}:
        return  # TikTok took it down: that is nobody's breach before a person has looked
    agreements.open_breach(
        system_actor(row.workspace), row.post.creator, kind=kind, item_id=row.post.item_id, at=at,
        evidence=evidence.format(status=post_rules.status_label(row.post.status)),
    )  # fmt: skip


def request_guard(row: Authorization, *, at: datetime) -> None:
    """Ask for the guard at once instead of at its next hour: every minute of a lost permission is money."""
    _request_guard(row.workspace, key=str(row.pk), at=at)


def note_stop(
    workspace: Workspace, pk: int | None, *, ad_id: str, reason: str, at: datetime
) -> None:
    """Keep in the permission's history that an ad living by it was stopped, if there is one. Told by delivery."""
    row = pk and Authorization.objects.filter(workspace=workspace, pk=pk).first()
    if not row:
        return
    _record_event(
        row, at=at, actor=None, source="guard", left=State(row.state), entered=State(row.state),
        facts={"stopped_ad": ad_id, "reason": reason},
    )  # fmt: skip


def _request_guard(workspace: Workspace, *, key: str, at: datetime) -> None:
    outbox.ask(
        JobRequest(
            GUARD,
            f"guard-{workspace.pk}-{key}-{int(at.timestamp())}",
            {"workspace": workspace.pk},
            lane=f"guard-{workspace.pk}",
        )
    )


def _mail_creator(row: Authorization, *, at: datetime) -> None:
    creator = row.post.creator
    if not creator.email or creator.is_own:
        return
    subject, text = mail.written(
        "authorizations/mail/ended",
        language=creator.language,
        item_id=row.post.item_id,
        brand=row.workspace.name,
    )
    mail.post(
        row.workspace,
        key=f"permission-{row.pk}-ended-{int(at.timestamp())}",
        to=creator.email,
        subject=subject,
        text=text,
        at=at,
    )


def renew_keys(pk: int, ends_at: datetime) -> dict[int, str]:
    """Per lead time the key of the notice that a renewal should be asked for, for this end of a permission."""
    return {days: f"permission-{pk}-renew-{ends_at:%Y%m%d}-{days}" for days in rules.LEAD_DAYS}


def _settle_renewal(row: Authorization, *, before: datetime, at: datetime) -> None:
    """The end moved: the open renewal is done if these are its days, and what it cost becomes payable.

    Fewer days than were asked for are not what the price is for: the renewal stays open and a person looks.
    """
    renewal = row.renewals.filter(state__in=OPEN_RENEWAL).first()
    if renewal is None or row.ends_at is None:
        return
    start = renewal.ends_at_before or before
    if not rules.covers_renewal(before=start, after=row.ends_at, days=renewal.days):
        added = rules.granted_days(start, row.ends_at)
        notices.notify(
            row.workspace,
            key=f"renewal-{renewal.pk}-short",
            roles=("creator_manager",),
            title=f"@{row.post.creator.handle} extended post {row.post.item_id} by {added} days; "
            f"{renewal.days} days were requested.",
            next_step="Talk to the creator; no payment is due. Withdraw the renewal request to ask again.",
            path=f"authorizations/{row.pk}/",
            at=at,
            urgency=3,
        )
        return
    is_mine = row.renewals.filter(pk=renewal.pk, state__in=OPEN_RENEWAL).update(
        state=Renewal.State.EXTENDED, ended_at=at, ends_at_before=before, ends_at_after=row.ends_at
    )
    if not is_mine:
        return  # withdrawn or refused while TikTok was read
    notices.settle(row.workspace, key=f"renewal-{renewal.pk}-short", at=at)
    notices.settle(row.workspace, key=f"renewal-{renewal.pk}", at=at)
    notices.settle(row.workspace, key=f"renewal-{renewal.pk}-stuck", at=at)
    _make_renewal_payable(row, renewal, at=at)


def _make_renewal_payable(row: Authorization, renewal: Renewal, *, at: datetime) -> None:
    """The licence follows the code to its new end, and the price becomes payable, once."""
    key = f"renewal-{renewal.pk}"
    right = _right(row, at=at)
    if right is not None and right.version_id and row.ends_at is not None:
        agreements.renew(
            right, key=key, item_id=row.post.item_id, until=row.ends_at,
            price_minor=renewal.price_minor, days=renewal.days, by=renewal.asked_by, at=at,
        )  # fmt: skip
    elif renewal.price_minor:
        payables.make(
            None, row.post.creator, key=key, kind=Payable.Kind.RENEWAL,
            what=f"Renewal, {renewal.days} days, post {row.post.item_id}",
            amount=Money(renewal.price_minor, renewal.currency), by=renewal.asked_by, at=at,
            due_at=at, item_id=row.post.item_id,
        )  # fmt: skip


def _right(row: Authorization, *, at: datetime) -> UsageRight | None:
    key = (row.post.creator_id, row.post.item_id)
    return agreements.rights_of_posts(row.workspace, [key], now=at).get(key)


# --- Writing bindings down ----------------------------------------------------------------------------------


def days_granted(info: VideoInfo) -> int | None:
    start, end = info.authorization.starts_at, info.authorization.ends_at
    return rules.granted_days(start, end) if start and end else None


@transaction.atomic
def record_binding(
    ad_account: AdAccount,
    post: Post,
    info: VideoInfo,
    *,
    at: datetime,
    code: str = "",
    requested_days: int | None = None,
    actor: Actor | None = None,
    evidence: dict[str, Any] | None = None,
) -> Authorization:
    """Write down a code that TikTok has bound: its post, dates, identity. A new code replaces the old one."""
    held = code or (info.auth_code.reveal() if info.auth_code else "")
    facts_told: dict[str, Any] = {
        "code": held,
        "code_hint": rules.mask(held) if held else "",
        "code_digest": _free_digest(post, held),
        "starts_at": info.authorization.starts_at,
        "ends_at": info.authorization.ends_at,
        "granted_days": days_granted(info),
        "read_at": at,
    }
    if requested_days:
        facts_told["requested_days"] = requested_days
    authorization = Authorization.objects.filter(
        workspace=ad_account.workspace, post=post, kind__in=CODED
    ).first()
    # TikTok binds the code of a private post too; as every reading, this one says that no ad may run with it.
    entered = State.POST_UNAVAILABLE if info.status in rules.UNAVAILABLE else State.BOUND
    if authorization is None:
        authorization = Authorization.objects.create(
            workspace=ad_account.workspace, post=post, kind=AuthorizationKind.CODE,
            state=entered, state_since=at, lost_at=at if entered in rules.LOST else None, created_at=at,
            next_read_at=at + rules.POLL_FAR, **facts_told,
        )  # fmt: skip
        first_event(authorization, at=at, actor=actor, evidence=evidence)
    elif State(authorization.state) not in rules.USABLE:
        authorization = move(
            authorization, entered, at=at, source="person" if actor else "platform", actor=actor,
            evidence=evidence, **facts_told,
        )  # fmt: skip
    else:
        # The state stays until the next reading; an end that moved settles the open renewal as any extension does.
        authorization = move(
            authorization, State(authorization.state), at=at,
            source="person" if actor else "platform", actor=actor, evidence=evidence, **facts_told,
        )  # fmt: skip
    windows.index(ad_account.workspace, [authorization], now=at)
    bind(authorization, ad_account, info.identity_id or "", info.identity_type, at=at, is_live=True)
    return authorization


def _free_digest(post: Post, code: str) -> str:
    """The digest by which the code is found again; "" when another post holds it (one code, one post: R18)."""
    if not code:
        return ""
    digest = digest_of(code)
    elsewhere = Authorization.objects.filter(workspace=post.workspace, code_digest=digest)
    return "" if elsewhere.exclude(post=post).exists() else digest


def bind(
    authorization: Authorization,
    ad_account: AdAccount,
    identity_id: str,
    identity_type: str,
    *,
    at: datetime,
    is_live: bool,
    business_center_id: str = "",
) -> Binding:
    told = {
        "identity_id": identity_id,
        "identity_type": identity_type,
        "business_center_id": business_center_id,
        "is_live": is_live,
        "read_at": at,
    }
    binding, _ = Binding.objects.update_or_create(
        authorization=authorization,
        ad_account=ad_account,
        defaults=told,
        create_defaults={**told, "bound_at": at},
    )
    return binding
