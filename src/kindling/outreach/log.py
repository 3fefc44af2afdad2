"""What outreach sent or was about to send: whether a mail may still leave, the log of it, and a creator's timeline."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse

from kindling.creators.events import Event
from kindling.creators.models import Creator
from kindling.notices.models import Mail
from kindling.outreach.models import Enrolment, OutreachMessage
from kindling.workspaces.models import Workspace

State = Enrolment.State
BY_HAND = "hand"
KEY = "outreach-"  # the key of every mail of a sequence begins so
ENDS = {
    State.REPLIED: "Answered",
    State.OPTED_OUT: "Opted out of",
    State.BOUNCED: "E-mail bounced in",
}
BECAUSE = {
    State.REPLIED: "The creator had already answered.",
    State.OPTED_OUT: "The creator had opted out.",
    State.BOUNCED: "The e-mail address bounced.",
    State.STOPPED: "The sequence was stopped for this creator.",
}


def key_of(enrolment: Enrolment) -> str:
    """The key of the mail of the step to come: a step has one."""
    return f"{KEY}{enrolment.pk}-{enrolment.step}"


def why_not_any_more(mail: Mail) -> str:
    """Why a mail of a sequence is not to leave any more, as things stand now; "" while it is wanted."""
    message = (
        OutreachMessage.objects.filter(mail=mail, mail__workspace=mail.workspace_id)
        .select_related("enrolment__creator")
        .first()
    )
    if message is None:
        return "The creator is no longer in the directory."
    enrolment = message.enrolment
    if enrolment.creator.opted_out_at is not None:
        return BECAUSE[State.OPTED_OUT]
    return BECAUSE.get(State(enrolment.state), "")


def messages(workspace: Workspace, *, state: str = "") -> QuerySet[OutreachMessage]:
    """Everything that was mailed, was about to be, or was sent by hand; the newest first.

    state : a mail's state to see alone, `BY_HAND` for what people sent, "" for everything
    """
    mine = OutreachMessage.objects.filter(enrolment__sequence__workspace=workspace)
    found = mine.exclude(mail=None, sent_at=None)
    return (
        of_state(found, state)
        .select_related(
            "mail", "sent_by", "enrolment__creator", "enrolment__sequence", "enrolment__enrolled_by"
        )
        .order_by("-made_at", "-pk")
    )


def of_state(messages: QuerySet[OutreachMessage], state: str) -> QuerySet[OutreachMessage]:
    """Those of a mail's state, or that people sent (`BY_HAND`); all for ""."""
    if state == BY_HAND:
        return messages.filter(mail=None)
    return messages.filter(mail__state=state) if state else messages


# --- On a creator's timeline -------------------------------------------------------------------------------------


def events_of(workspace: Workspace, creator: Creator, *, most: int) -> Iterator[Event]:
    """Messages by mail and by hand, answers, bounces and opt-outs: subjects, never texts. The newest `most` of each."""
    for message in messages(workspace).filter(enrolment__creator=creator)[:most]:
        found = _event(message, workspace.slug)
        if found is not None:
            yield found
    ended = Enrolment.objects.filter(
        sequence__workspace=workspace, creator=creator, state__in=list(ENDS)
    ).exclude(ended_at=None)
    for each in ended.select_related("sequence").order_by("-ended_at")[:most]:
        if each.ended_at:
            url = reverse("outreach:sequence", args=[workspace.slug, each.sequence_id])
            words = f"{ENDS[State(each.state)]} outreach “{each.sequence.name}”"
            yield Event(each.ended_at, "outreach", words, f"@{creator.handle}", url)


def _event(message: OutreachMessage, slug: str) -> Event | None:
    """What became of one message; None while its mail waits."""
    enrolment, mail = message.enrolment, message.mail
    url = reverse("outreach:sequence", args=[slug, enrolment.sequence_id])
    about = (
        f"“{message.subject}”"
        if message.subject
        else f"{enrolment.sequence.name}, step {message.number}"
    )
    if mail is None:
        words = f"{message.get_channel_display()}: {about}"
        who = str(message.sent_by or "")
        return Event(message.sent_at or message.made_at, "outreach", words, who, url)
    if mail.state == Mail.State.WAITING:
        return None
    who = str(enrolment.enrolled_by or "")
    if mail.state == Mail.State.SENT:
        return Event(mail.sent_at or message.made_at, "outreach", f"Mail: {about}", who, url)
    because = f" ({mail.problem.rstrip('.')})" if mail.problem else ""
    words = f"Mail: {about}. {mail.get_state_display()}{because}"
    return Event(message.made_at, "outreach", words, who, url)
