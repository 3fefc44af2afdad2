"""What a received mail is: an answer, a bounce, or a machine's note. Pure; the mail is untrusted."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from enum import StrEnum
from typing import Any, cast

# Printable ASCII only: ours are, and a NUL in one is an error to PostgreSQL that would stop every later reading.
_ID = re.compile(r"<[!-;=?-~]{3,200}>")
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")
MOST_IDS = 50


class MailKind(StrEnum):
    REPLY = "reply"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Incoming:
    """`answers`: message ids it refers to; `sender`: whose address it gives, lower case, "" for none."""

    kind: MailKind
    answers: tuple[str, ...]
    sender: str


def read(raw: bytes) -> Incoming:
    """Never raises for anything a stranger may send: what cannot be read counts as a machine's note."""
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        return _read(message)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The parser keeps most damage as defects; some headers raise only when they are read.
        return Incoming(MailKind.AUTOMATIC, (), "")


def _read(message: EmailMessage) -> Incoming:
    sender = parseaddr(str(message.get("From", "")))[1].lower()
    sender = "" if _NOT_PRINTABLE.search(sender) else sender
    ids = _ids(message)
    if message.get_content_type() == "multipart/report":
        failed, original = _report(message)
        return Incoming(MailKind.BOUNCE if failed else MailKind.AUTOMATIC, original or ids, sender)
    if _is_automatic(message):
        return Incoming(MailKind.AUTOMATIC, ids, sender)
    return Incoming(MailKind.REPLY, ids, sender)


def _ids(message: Any) -> tuple[str, ...]:
    found = [
        each
        for name in ("In-Reply-To", "References")
        for value in message.get_all(name, [])
        for each in _ID.findall(str(value))
    ]
    return tuple(dict.fromkeys(found[:MOST_IDS]))


def _is_automatic(message: EmailMessage) -> bool:
    """RFC 3834: anything but "no" in Auto-Submitted; and what out-of-office programs wrote before it."""
    submitted = str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    is_old_kind = any(message.get(name) for name in ("X-Autoreply", "X-Autorespond"))
    return submitted != "no" or precedence in {"bulk", "junk", "auto_reply", "list"} or is_old_kind


def _report(message: EmailMessage) -> tuple[bool, tuple[str, ...]]:
    """Whether a delivery failed for good (RFC 3464: Action failed), and the id of the mail it is about."""
    failed, ids = False, []
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            blocks = part.get_payload()
            for block in blocks if isinstance(blocks, list) else []:
                failed |= str(cast(Any, block).get("Action", "")).strip().lower() == "failed"
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            ids += _ID.findall(_original_id(part))
    return failed, tuple(ids[:MOST_IDS])


def _original_id(part: Any) -> str:
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload()
        return str(inner[0].get("Message-ID", "")) if isinstance(inner, list) and inner else ""
    text = part.get_content()
    found = re.search(r"^message-id:\s*(\S+)", str(text), re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""
