"""Outreach: who is in a sequence, when it ends for them, and sending what is due. Only e-mail goes out by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext

from kindling.creators import service
from kindling.creators.models import Creator
from kindling.errors import ConflictError, InvalidInputError, NotFoundError
from kindling.kit.time import day_in, start_of_day
from kindling.notices import mail
from kindling.notices import service as notices
from kindling.outreach import log, rules
from kindling.outreach.models import (
    Enrolment,
    OutreachChannel,
    OutreachLimits,
    OutreachMessage,
    OutreachTemplate,
    Sequence,
)
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, check_again, record, system_actor

State = Enrolment.State
SALT = "outreach-opt-out"
MOST_AT_ONCE = 500


# --- Enrolling ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How many were enrolled, and why each other one was not: handle and reason."""

    count: int
    left_out: tuple[tuple[str, str], ...]


@transaction.atomic
def enrol(
    actor: Actor, sequence: Sequence, handles: Iterable[str], *, product: str = "", at: datetime
) -> Enrolled:
    """Put creators into a sequence. Who opted out, has no address for its mails or is in it is left out."""
    actor.require(Action.REACH_OUT)
    wanted = list(
        dict.fromkeys(each.strip().lower().lstrip("@") for each in handles if each.strip())
    )
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise InvalidInputError(
            f"Name 1 to {MOST_AT_ONCE} creators.", next_step="Enter their handles, one per line."
        )
    needs_email = sequence.steps.filter(template__channel=OutreachChannel.EMAIL).exists()
    count, left_out = 0, []
    for handle in wanted:
        try:
            creator = service.find_creator(actor.workspace, handle)
        except NotFoundError:
            left_out.append((handle, "not in the directory"))
            continue
        reason = _why_not(creator, sequence, needs_email=needs_email)
        if reason:
            left_out.append((creator.handle, reason))
            continue
        _, is_new = Enrolment.objects.get_or_create(
            sequence=sequence, creator=creator,
            defaults={
                "product": product.strip()[:120], "enrolled_by": actor.user, "enrolled_at": at,
                "due_at": _due(sequence, 1, at),
            },
        )  # fmt: skip
        count += is_new
    record(actor, "enrolled creators", sequence.name, at=at, after={"enrolled": count})
    return Enrolled(count, tuple(left_out))


def _why_not(creator: Creator, sequence: Sequence, *, needs_email: bool) -> str:
    if creator.opted_out_at:
        return "opted out"
    if creator.is_own:
        return "is the brand's own account"
    if needs_email and not creator.email:
        return "has no e-mail address"
    return "is already enrolled" if sequence.enrolments.filter(creator=creator).exists() else ""


def _due(sequence: Sequence, number: int, after: datetime) -> datetime:
    """When a step is due: its days after the one before, in working hours of the workspace's zone."""
    step = sequence.steps.get(number=number)
    moment = after + timedelta(days=step.wait_days)
    return rules.next_working_time(moment, sequence.workspace.timezone)


# --- Ending ------------------------------------------------------------------------------------------------------


def _end(rows: QuerySet[Enrolment], state: State, *, at: datetime, because: str = "") -> int:
    """End enrolments; what waited to be sent for them, by hand or by mail, is dropped."""
    pks = list(rows.values_list("pk", flat=True))
    messages = OutreachMessage.objects.filter(enrolment__in=pks)
    messages.filter(sent_at=None, mail=None).delete()
    mails = messages.exclude(mail=None).values_list("mail", flat=True)
    mail.cancel(mails, because=log.BECAUSE[state])
    return Enrolment.objects.filter(pk__in=pks).update(
        state=state, due_at=None, ended_at=at, because=because[:200]
    )


@transaction.atomic
def note_reply(creator: Creator, *, at: datetime, by: Actor | None = None) -> int:
    """The creator answered: every sequence of the workspace stops for them. Returns how many."""
    if by is not None:
        by.require(Action.REACH_OUT)
    Creator.objects.filter(pk=creator.pk).update(replied_at=at)
    running = Enrolment.objects.filter(creator=creator, state__in=[State.ACTIVE, State.FINISHED])
    count = _end(running, State.REPLIED, at=at)
    notices.settle(creator.workspace, key=may_have_answered(creator), at=at)
    actor = by or system_actor(creator.workspace)
    record(actor, "creator replied", f"@{creator.handle}", at=at, after={"stopped": count})
    return count


def may_have_answered(creator: Creator) -> str:
    """The key of the notice that asks people whether a mail was this creator's answer (`inbox`)."""
    return f"answer-{creator.pk}"


@transaction.atomic
def note_bounce(creator: Creator, *, at: datetime) -> int:
    """The creator's address does not take mail: nothing more is sent to it."""
    running = Enrolment.objects.filter(creator=creator, state__in=[State.ACTIVE, State.FINISHED])
    count = _end(running, State.BOUNCED, at=at, because="The e-mail address bounced.")
    record(system_actor(creator.workspace), "mail bounced", f"@{creator.handle}", at=at)
    return count


@transaction.atomic
def stop(actor: Actor, enrolment: Enrolment, *, reason: str, at: datetime) -> None:
    """Take one creator out of a sequence, with the reason that others read beside it."""
    actor.require(Action.REACH_OUT)
    if not reason.strip():
        raise InvalidInputError("A reason is required.", next_step="Give a short reason.")
    mine = Enrolment.objects.filter(pk=enrolment.pk, state=State.ACTIVE)
    if not _end(mine, State.STOPPED, at=at, because=reason.strip()):
        raise ConflictError("This has already ended.", next_step="Reload the list.")
    record(actor, "stopped outreach", f"@{enrolment.creator.handle}", at=at, reason=reason.strip())


def find_enrolment(workspace: Workspace, pk: int) -> Enrolment:
    found = (
        Enrolment.objects.select_related("creator", "sequence")
        .filter(sequence__workspace=workspace, pk=pk)
        .first()
    )
    if found is None:
        raise NotFoundError("This enrolment was not found.", next_step="Open Outreach to see all.")
    return found


# --- Opting out --------------------------------------------------------------------------------------------------


def opt_out_url(creator: Creator) -> str:
    """The address by which a creator opts out without signing in. It never ends."""
    facts = {"w": creator.workspace_id, "c": creator.pk, "h": creator.handle}
    return mail.page_url(f"out/{signing.dumps(facts, salt=SALT, compress=True)}/")


def creator_of_opt_out(signed: str) -> Creator:
    """Whose opt-out address this is. One merged into another since is found by the former handle."""
    try:
        facts = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        facts = {}
    rows = Creator.objects.select_related("workspace")
    found = rows.filter(pk=facts.get("c"), workspace=facts.get("w")).first()
    if found is None and facts:
        workspace = Workspace.objects.filter(pk=facts["w"]).first()
        found = service.find_creator(workspace, facts["h"]) if workspace else None
    if found is None:
        raise NotFoundError(
            "This link is not valid.", next_step="Answer the e-mail and ask to stop."
        )
    return found


@transaction.atomic
def opt_out(creator: Creator, *, at: datetime, by: Actor | None = None, reason: str = "") -> None:
    """No outreach for this creator ever again, from any sequence. Mails about running permissions still go."""
    if by is not None:
        by.require(Action.REACH_OUT)
    if creator.opted_out_at is None:
        Creator.objects.filter(pk=creator.pk).update(opted_out_at=at)
        actor = by or system_actor(creator.workspace)
        words = reason or "by the unsubscribe link"
        record(actor, "creator opted out", f"@{creator.handle}", at=at, reason=words)
    running = Enrolment.objects.filter(creator=creator, state__in=[State.ACTIVE, State.FINISHED])
    _end(running, State.OPTED_OUT, at=at)


# --- Limits ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Budget:
    """What may still be sent now, and of what."""

    limits: OutreachLimits
    sent_today: int
    sent_this_hour: int
    shop_this_week: int

    @property
    def mails_left(self) -> int:
        return rules.mails_left(
            sent_today=self.sent_today,
            sent_this_hour=self.sent_this_hour,
            a_day=self.limits.mails_a_day,
            an_hour=self.limits.mails_an_hour,
        )

    @property
    def left_today(self) -> int:
        return max(0, self.limits.mails_a_day - self.sent_today)

    @property
    def shop_left(self) -> int:
        return rules.shop_left(
            sent_this_week=self.shop_this_week, quota=self.limits.shop_messages_a_week
        )


def budget(workspace: Workspace, *, at: datetime) -> Budget:
    """Mails of the workspace's day and of the last hour; Shop messages of the quota's week, the exempt not counted."""
    limits = OutreachLimits.objects.filter(workspace=workspace).first()
    mine = OutreachMessage.objects.filter(enrolment__sequence__workspace=workspace)
    mails = mine.filter(channel=OutreachChannel.EMAIL)
    today = start_of_day(day_in(at, workspace.timezone), workspace.timezone)
    week = rules.quota_week(at, workspace.timezone)
    shop = mine.filter(
        channel=OutreachChannel.SHOP, sent_at__gte=week,
        enrolment__creator__replied_at=None, enrolment__creator__sold_at=None,
    )  # fmt: skip
    return Budget(
        limits=limits or OutreachLimits(workspace=workspace),
        sent_today=mails.filter(made_at__gte=today).count(),
        sent_this_hour=mails.filter(made_at__gt=at - timedelta(hours=1)).count(),
        shop_this_week=shop.count(),
    )


@transaction.atomic
def set_limits(
    actor: Actor, *, mails_a_day: int, mails_an_hour: int, shop_messages_a_week: int, at: datetime
) -> None:
    """Change how much the workspace sends."""
    actor.require(Action.REACH_OUT)
    given = {
        "mails_a_day": mails_a_day,
        "mails_an_hour": mails_an_hour,
        "shop_messages_a_week": shop_messages_a_week,
    }
    if any(not 0 <= number <= 100_000 for number in given.values()):
        raise InvalidInputError(
            "Limits must be numbers from 0 to 100,000.", next_step="Correct the numbers."
        )
    OutreachLimits.objects.update_or_create(workspace=actor.workspace, defaults=given)
    record(actor, "set outreach limits", "outreach", at=at, after=given)


# --- Sending -----------------------------------------------------------------------------------------------------


def run(workspace: Workspace, *, at: datetime) -> int:
    """Make what is due: mails within the limits, messages by hand into their list. Returns how many.

    Safe to run again at any point: a step has one message, and a message one mail, by their keys.
    """
    if not rules.is_working_time(at, workspace.timezone):
        return 0
    left, made = budget(workspace, at=at).mails_left, 0
    due = Enrolment.objects.filter(
        sequence__workspace=workspace, sequence__is_on=True, state=State.ACTIVE, due_at__lte=at
    ).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        used = _advance(pk, may_mail=left > 0, at=at)
        left -= used is OutreachChannel.EMAIL
        made += used is not None
    return made


@transaction.atomic
def _advance(pk: int, *, may_mail: bool, at: datetime) -> OutreachChannel | None:
    """Make the message of an enrolment's next step; None when nothing was made."""
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("sequence__workspace", "creator", "enrolled_by")
        .get(pk=pk)
    )
    if enrolment.state != State.ACTIVE or enrolment.due_at is None:
        return None
    mine = Enrolment.objects.filter(pk=pk)
    creator, step = enrolment.creator, enrolment.sequence.steps.get(number=enrolment.step)
    if creator.opted_out_at:
        _end(mine, State.OPTED_OUT, at=at)
        return None
    template = in_language(step.template, creator.language)
    if template.channel == OutreachChannel.EMAIL:
        if not creator.email:
            _end(mine, State.STOPPED, at=at, because="There is no e-mail address.")
            return None
        if not (may_mail and mail.is_set_up()):
            return None
    message = _message(enrolment, template, at=at)
    if template.channel != OutreachChannel.EMAIL:
        mine.update(due_at=None)  # a person sends it; the next step waits for that
        return OutreachChannel(template.channel)
    message.mail = mail.post(
        creator.workspace,
        key=log.key_of(enrolment),
        to=creator.email,
        subject=message.subject,
        text=message.text + "\n\n-- \n" + _footer(creator),
        at=at,
        unsubscribe_url=opt_out_url(creator),
    )
    message.sent_at = at
    message.save(update_fields=["mail", "sent_at"])
    _next_step(enrolment, at=at)
    return OutreachChannel.EMAIL


def in_language(template: OutreachTemplate, language: str) -> OutreachTemplate:
    """The template of the same name and channel in the creator's language, where there is one."""
    if template.language == language:
        return template
    if not language:
        return template
    other = OutreachTemplate.objects.filter(
        workspace_id=template.workspace_id, name=template.name, channel=template.channel,
        language=language,
    )  # fmt: skip
    return other.first() or template


def _message(enrolment: Enrolment, template: OutreachTemplate, *, at: datetime) -> OutreachMessage:
    creator = enrolment.creator
    values = {
        "creator": creator.display_name or f"@{creator.handle}",
        "handle": f"@{creator.handle}",
        "brand": creator.workspace.name,
        "product": enrolment.product,
        "sender": str(enrolment.enrolled_by or creator.workspace.name),
    }
    made, _ = OutreachMessage.objects.get_or_create(
        enrolment=enrolment,
        number=enrolment.step,
        defaults={
            "channel": template.channel,
            "subject": " ".join(rules.filled(template.subject, values).split())[:200],
            "text": rules.filled(template.text, values),
            "made_at": at,
        },
    )
    return made


def _footer(creator: Creator) -> str:
    facts = {"brand": creator.workspace.name, "url": opt_out_url(creator)}
    with translation.override(mail.spoken(creator.language)):
        words = gettext(
            "You get this e-mail because %(brand)s would like to work with you. Unsubscribe: %(url)s"
        )
    return words % facts + "\n"


def _next_step(enrolment: Enrolment, *, at: datetime) -> None:
    number = enrolment.step + 1
    mine = Enrolment.objects.filter(pk=enrolment.pk)
    if enrolment.sequence.steps.filter(number=number).exists():
        mine.update(step=number, due_at=_due(enrolment.sequence, number, at))
    else:
        mine.update(state=State.FINISHED, due_at=None, ended_at=at)


# --- By hand -----------------------------------------------------------------------------------------------------


def to_send_by_hand(workspace: Workspace) -> QuerySet[OutreachMessage]:
    """Messages a person has to copy and send, the oldest first."""
    return (
        OutreachMessage.objects.filter(
            enrolment__sequence__workspace=workspace, enrolment__state=State.ACTIVE,
            enrolment__creator__opted_out_at=None, sent_at=None, mail=None,
        )
        .select_related("enrolment__creator", "enrolment__sequence")
        .order_by("made_at", "pk")
    )  # fmt: skip


@transaction.atomic
def sent_by_hand(actor: Actor, pk: int, *, at: datetime) -> OutreachMessage:
    """A person has sent it: text, who and when are kept, and the next step starts to wait.

    raises : NotFoundError when there is no such message (any more); ConflictError when the Shop's quota is used up
    """
    actor = check_again(actor, Action.REACH_OUT)  # two at once would pass the quota
    found = to_send_by_hand(actor.workspace).filter(pk=pk).first()
    if found is None:
        raise NotFoundError(
            "This message is no longer open.",
            next_step="The creator may have answered; reload the list.",
        )
    if found.channel == OutreachChannel.SHOP:
        _check_quota(actor.workspace, found, at=at)
    found.sent_at, found.sent_by = at, actor.user
    found.save(update_fields=["sent_at", "sent_by"])
    _next_step(found.enrolment, at=at)
    creator = found.enrolment.creator
    record(
        actor, "sent message manually", f"@{creator.handle}", at=at,
        after={"channel": found.channel, "step": found.number},
    )  # fmt: skip
    return found


def _check_quota(workspace: Workspace, message: OutreachMessage, *, at: datetime) -> None:
    creator = message.enrolment.creator
    unanswered = OutreachMessage.objects.filter(
        enrolment__creator=creator, channel=OutreachChannel.SHOP
    ).exclude(sent_at=None)
    is_fine = rules.may_write_in_shop(
        left=budget(workspace, at=at).shop_left,
        sent_unanswered=unanswered.count(),
        has_replied=creator.replied_at is not None,
        has_sold=creator.sold_at is not None,
    )
    if not is_fine:
        raise ConflictError(
            f"TikTok Shop allows no more messages to @{creator.handle} now: the weekly quota is used up, or "
            f"{rules.MESSAGES_BEFORE_REPLY} messages had no answer.",
            next_step="Wait until Sunday, or for an answer.",
        )
