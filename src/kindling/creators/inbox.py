"""Answers to outreach, read from a mailbox over IMAP. Mails are marked as seen, never moved or deleted."""

from __future__ import annotations

import imaplib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import unquote, urlsplit

from kindling.creators import incoming, outreach
from kindling.creators.incoming import Incoming, Kind
from kindling.creators.models import Creator, OutreachMessage
from kindling.errors import PlatformError

log = logging.getLogger(__name__)
MOST_MAILS = 200
MOST_BYTES = 262_144  # of one mail: its headers and reports stand at the beginning
TIMEOUT_SECONDS = 30


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
            log.info("the mailbox closed the line first")


def read(url: str, *, at: datetime) -> dict[str, int]:
    """Take the unseen mails of the mailbox; how many of each kind were there.

    A mail is marked as seen after it was taken: one that a crash interrupts is taken again, to no other effect.
    raises : PlatformError when the mailbox cannot be read; it names no address and no password
    """
    counts = dict.fromkeys((str(kind) for kind in Kind), 0)
    try:
        with _mailbox(url) as box:
            for uid in _unseen(box):
                mail = incoming.read(_fetched(box, uid))
                take(mail, at=at)
                counts[mail.kind] += 1
                box.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")
    except (OSError, imaplib.IMAP4.error) as error:
        raise PlatformError(
            f"The mailbox for answers cannot be read ({type(error).__name__}).",
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


def take(mail: Incoming, *, at: datetime) -> Creator | None:
    """What one mail changes: an answer or a bounce ends the outreach to its creator. Returns whose it was."""
    if mail.kind is Kind.AUTOMATIC:
        return None
    creator = _whose(mail)
    if creator is None:
        return None
    if mail.kind is Kind.REPLY:
        outreach.note_reply(creator, at=at)
    else:
        outreach.note_bounce(creator, at=at)
    return creator


def _whose(mail: Incoming) -> Creator | None:
    """By the mail it answers; else, for an answer, by the address that outreach was sent to last."""
    sent = OutreachMessage.objects.exclude(mail=None).select_related(
        "enrolment__creator__workspace"
    )
    found = sent.filter(mail__message_id__in=mail.answers).first() if mail.answers else None
    if found is None and mail.kind is Kind.REPLY and mail.sender:
        found = sent.filter(mail__to__iexact=mail.sender).order_by("-made_at").first()
    return found.enrolment.creator if found else None
