"""Answers to outreach, read from a mailbox over IMAP. Mails are marked as seen, never moved or deleted."""

from __future__ import annotations

import imaplib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from kindling.creators.models import Creator
from kindling.errors import PlatformError
from kindling.notices import service as notices
from kindling.notices.models import Mail
from kindling.outreach import mail_kinds
from kindling.outreach import service as outreach
from kindling.outreach.mail_kinds import Incoming, MailKind
from kindling.outreach.models import Enrolment, OutreachMessage

log = logging.getLogger(__name__)
MOST_MAILS = 200
MOST_BYTES = 262_144  # of one mail: its headers and reports stand at the beginning
TIMEOUT_SECONDS = 30
# Who answers without naming the mail does so soon; older mails tell nothing where several workspaces wrote.
LATELY = timedelta(days=30)
WAITING = {Enrolment.State.ACTIVE, Enrolment.State.FINISHED}
LEFT = {Mail.State.SENT, Mail.State.UNCLEAR}


@contextmanager
def _mailbox(url: str) -> Iterator[imaplib.IMAP4]:
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "imaps"
    kind = imaplib.IMAP4_SSL if is_tls else imaplib.IMAP4
    box = kind(host, parts.port or (993 if is_tls else 143), timeout=TIMEOUT_SECONDS)
    try:
        box.login(unquote(parts.username or ""), unquote(parts.password or ""))
        folder = unquote(parts.path.lstrip("/")) or "INBOX"
        answer, _ = box.select('"' + folder.replace("\\", "").replace('"', "") + '"')
        if answer != "OK":
            raise imaplib.IMAP4.error("the folder cannot be opened")
        yield box
    finally:
        try:
            box.logout()
        except (OSError, imaplib.IMAP4.error):
            log.info("the mailbox closed the connection")


def read(url: str, *, at: datetime) -> dict[str, int]:
    """Take the unseen mails of the mailbox; how many of each kind were there.

    A mail is marked as seen after it was taken: one that a crash interrupts is taken again, to no other effect.
    raises : PlatformError when the mailbox cannot be read; it names no address and no password
    """
    counts = dict.fromkeys((str(kind) for kind in MailKind), 0)
    try:
        with _mailbox(url) as box:
            for uid in _unseen(box):
                mail = mail_kinds.read(_fetched(box, uid))
                record_answer(mail, at=at)
                counts[mail.kind] += 1
                box.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")
    except (OSError, imaplib.IMAP4.error) as error:
        raise PlatformError(
            f"The reply mailbox cannot be read ({type(error).__name__}).",
            next_step="Check KINDLING_INBOX_URL.",
            can_retry=True,
        ) from None
    return counts


def _unseen(box: imaplib.IMAP4) -> list[str]:
    _, found = box.uid("SEARCH", "UNSEEN")
    uids = (found[0] or b"").split() if found else []
    return [uid.decode() for uid in uids[:MOST_MAILS]]


def _fetched(box: imaplib.IMAP4, uid: str) -> bytes:
    _, parts = box.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def record_answer(mail: Incoming, *, at: datetime) -> Creator | None:
    """What one mail changes: an answer or a bounce ends the outreach to its creator. Returns whose it was.

    One that names no mail of ours and may be meant for several workspaces changes nothing; people are told.
    """
    if mail.kind is MailKind.AUTOMATIC:
        return None
    creator = _by_reference(mail)
    if creator is None and mail.kind is MailKind.REPLY and mail.sender:
        creator = _by_address(mail.sender, at=at)
    if creator is None:
        return None
    if mail.kind is MailKind.REPLY:
        outreach.note_reply(creator, at=at)
    else:
        outreach.note_bounce(creator, at=at)
    return creator


def _by_reference(mail: Incoming) -> Creator | None:
    """Whose the mail is that this one names."""
    if not mail.answers:
        return None
    sent = OutreachMessage.objects.filter(mail__message_id__in=mail.answers)
    found = sent.select_related("enrolment__creator__workspace").first()
    return found.enrolment.creator if found else None


def _by_address(sender: str, *, at: datetime) -> Creator | None:
    """Who has this address and may be answering: in the one workspace that waits for it, else that wrote lately.

    All workspaces read the same mailbox, so where several wrote to an address only a person can tell. A mail that
    never left is not answered.
    """
    written = list(
        OutreachMessage.objects.filter(mail__to__iexact=sender, mail__state__in=LEFT)
        .select_related("mail", "enrolment__creator__workspace")
        .order_by("-made_at", "-pk")[:MOST_MAILS]
    )
    waiting = [each for each in written if each.enrolment.state in WAITING] or written
    lately = [each for each in waiting if _left_since(each, at - LATELY)]
    for found in (waiting, lately):
        if len({each.enrolment.creator.workspace_id for each in found}) == 1:
            return found[0].enrolment.creator
    for creator in _newest_of_each_workspace(lately or waiting):
        _leave_to_people(creator, at=at)
    return None


def _left_since(message: OutreachMessage, begin: datetime) -> bool:
    mail = message.mail
    return mail is not None and (mail.sent_at or mail.created_at) >= begin


def _newest_of_each_workspace(messages: Iterable[OutreachMessage]) -> Iterable[Creator]:
    found: dict[int, Creator] = {}
    for each in messages:
        found.setdefault(each.enrolment.creator.workspace_id, each.enrolment.creator)
    return found.values()


def _leave_to_people(creator: Creator, *, at: datetime) -> None:
    """Nothing of the mail is told but that one came: it may be meant for somebody else."""
    notices.notify(
        creator.workspace,
        key=outreach.may_have_answered(creator),
        roles=("creator_manager",),
        title=f"@{creator.handle} may have answered: an e-mail from their address could not be matched to a message.",
        next_step="Check the mailbox; if it is an answer to you, choose Replied in their sequence.",
        path=f"creators/@{creator.handle}/",
        at=at,
        urgency=3,
    )
