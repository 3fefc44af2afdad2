"""What outreach sent or was about to send: whether a mail may still leave, and the log of all of it."""

from __future__ import annotations

from django.db.models import QuerySet

from kindling.creators.models import Enrolment, OutreachMessage
from kindling.workspaces.models import Mail, Workspace

State = Enrolment.State
BY_HAND = "hand"
KEY = "outreach-"  # the key of every mail of a sequence begins so
BECAUSE = {
    State.REPLIED: "They had answered.",
    State.OPTED_OUT: "They had opted out.",
    State.BOUNCED: "Their address does not take mail.",
    State.STOPPED: "The sequence was stopped for them.",
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
        return "Its creator is not in the directory any more."
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
    if state == BY_HAND:
        found = found.filter(mail=None)
    elif state:
        found = found.filter(mail__state=state)
    return found.select_related(
        "mail", "sent_by", "enrolment__creator", "enrolment__sequence"
    ).order_by("-made_at", "-pk")
