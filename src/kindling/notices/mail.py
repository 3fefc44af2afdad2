"""E-mail out: asked for in the transaction of the decision behind it, sent by the worker, once.

A mail is marked before it is handed to the server. One that was on its way when the process died, or whose
connection was lost while the text left, is `unclear` and never sent again by itself: a second copy of a request
annoys, a second magic link confuses. One that the server refuses for now (4xx), and one that cannot be handed over
because no server can be reached, waits and is tried again (`rules.WAITS`); one refused for good (5xx) has failed.
One that is no longer wanted while it waits is `cancelled`, and `problem` says why.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template import Context, Engine
from django.utils import translation

from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.notices import rules
from kindling.notices.models import Mail
from kindling.workspaces.models import Workspace

log = logging.getLogger(__name__)
TASK = "notices.send_mail"
_checks: dict[str, Callable[[Mail], str]] = {}


def is_set_up() -> bool:
    """Whether this installation has a mail server (KINDLING_MAIL_URL)."""
    return bool(settings.KINDLING_MAIL_URL)


def page_url(path: str) -> str:
    """The address of a page for people outside: KINDLING_BASE_URL and the path."""
    return settings.KINDLING_BASE_URL.rstrip("/") + "/" + path.lstrip("/")


def written(name: str, *, language: str, **facts: object) -> tuple[str, str]:
    """Subject and text of the mail `<area>/mail/<what>` in a language: the template's first line, and the rest.

    Mails are plain text, so nothing is escaped for HTML; a language without a catalogue is answered in English.
    """
    template = Engine.get_default().get_template(f"{name}.txt")
    with translation.override(spoken(language)):
        written = template.render(Context(facts, autoescape=False))
    subject, _, text = written.partition("\n")
    return subject.strip(), text.strip() + "\n"


def spoken(language: str) -> str:
    """The language itself where Kindling speaks it, else English."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


@transaction.atomic
def post(
    workspace: Workspace,
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    unsubscribe_url: str = "",
    not_before: datetime | None = None,
) -> Mail:
    """Ask for one mail; a second one of the same key is the first. Without a server it says so at once.

    not_before : when it may leave, where that is later than now
    subject : one line; line breaks in it are taken out, so that nobody can add headers
    """
    mail, is_new = Mail.objects.get_or_create(
        workspace=workspace,
        key=key,
        defaults={
            "to": to,
            "subject": " ".join(subject.split())[:200],
            "text": text if is_set_up() else "",
            "unsubscribe_url": unsubscribe_url,
            "message_id": make_msgid(domain="kindling.invalid"),
            "state": Mail.State.WAITING if is_set_up() else Mail.State.NO_SERVER,
            "created_at": at,
            "next_try_at": not_before if not_before and not_before > at else None,
        },
    )
    if is_new and is_set_up() and mail.next_try_at is None:
        outbox.ask(JobRequest(TASK, f"mail-{mail.pk}", {"mail": mail.pk}, lane="mail"))
    return mail


def check_before(prefix: str, check: Callable[[Mail], str]) -> None:
    """Ask `check` about each mail whose key begins with `prefix` at the moment it would leave.

    check : answers why the mail is not to be sent any more, "" while it is
    """
    _checks[prefix] = check


def cancel(pks: Iterable[int], *, because: str) -> int:
    """Drop mails that still wait, in the transaction of the decision behind it; returns how many. One on its way goes.

    because : a sentence for people, kept with the mail
    """
    waiting = Mail.objects.filter(pk__in=pks, state=Mail.State.WAITING)
    return waiting.update(state=Mail.State.CANCELLED, text="", problem=because)


class MayHaveLeftError(Exception):
    """The connection was lost after the text of a mail had begun to leave."""


def send(pk: int, *, at: datetime) -> Mail:
    """Hand a waiting mail to the server; anything else, and one whose next try is not due, is left as it is.

    One that is not wanted any more (`check_before`) is cancelled instead.
    """
    mail = Mail.objects.select_related("workspace").get(pk=pk)
    if not _claim(mail, at=at):
        mail.refresh_from_db()
        return mail
    try:
        _hand_over(mail)
    except ValueError as no:  # an address or a header that cannot be written: nothing has left
        _keep(mail, Mail.State.FAILED, problem=f"It cannot be written ({type(no).__name__}).")
    except (MayHaveLeftError, smtplib.SMTPException, OSError) as fault:
        _keep_fault(mail, fault, at=at)
    else:
        _keep(mail, Mail.State.SENT, sent_at=at, next_try_at=None, text="", problem="")
    mail.refresh_from_db()
    return mail


def _keep_fault(mail: Mail, fault: Exception, *, at: datetime) -> None:
    """What follows from a fault of the server or of the way to it."""
    refusals = (smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
    answer = rules.answer_of(
        _code(fault),
        is_about_mail=isinstance(fault, refusals),
        has_begun=isinstance(fault, MayHaveLeftError),
    )
    if answer is rules.Answer.UNCLEAR:
        _keep(mail, Mail.State.UNCLEAR, problem=f"The connection was lost ({_words(fault)}).")
    elif answer is rules.Answer.REFUSED:
        _keep(mail, Mail.State.FAILED, problem=f"The mail server refused it ({_words(fault)}).")
    elif again := rules.next_try_at(attempts=mail.attempts + 1, now=at):
        problem = f"The mail server could not take it yet ({_words(fault)})."
        _keep(mail, Mail.State.WAITING, next_try_at=again, problem=problem)
    else:
        problem = f"The mail server did not take it in {mail.attempts + 1} tries ({_words(fault)})."
        _keep(mail, Mail.State.FAILED, problem=problem)


@transaction.atomic
def _claim(mail: Mail, *, at: datetime) -> bool:
    """Mark the mail as leaving: a process that dies from here on leaves it unclear, not sent twice.

    Marking and asking whether it is still wanted are one step: who opts out afterwards was too late for this one.
    """
    is_mine = (
        _due(at).filter(pk=mail.pk).update(state=Mail.State.UNCLEAR, attempts=mail.attempts + 1)
    )
    if not is_mine:
        return False
    found = [check(mail) for prefix, check in _checks.items() if mail.key.startswith(prefix)]
    because = next(filter(None, found), "")
    if because:
        _keep(mail, Mail.State.CANCELLED, text="", problem=because)
    return not because


def _hand_over(mail: Mail) -> None:
    """Give the mail to the server. Raises MayHaveLeftError when it is not known whether the server has it."""
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    connection = get_connection()
    message = EmailMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers=headers,
        connection=connection,
    )
    has_begun: Callable[[], bool] = bool
    try:
        connection.open()
        has_begun = _watch_text(connection)
        message.send()
    except smtplib.SMTPResponseException:
        raise  # the server has answered: it does not have the mail
    except (smtplib.SMTPException, OSError) as lost:
        if has_begun():
            raise MayHaveLeftError from lost
        raise
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.close()  # a goodbye that fails changes nothing about the mail


def _watch_text(connection: BaseEmailBackend) -> Callable[[], bool]:
    """A function that says whether the text has begun to leave; where that cannot be seen, it says yes."""
    smtp = getattr(connection, "connection", None)
    if not isinstance(smtp, smtplib.SMTP):
        return lambda: True
    begun: list[bool] = []
    leave = smtp.data

    def noted(msg: Any) -> tuple[int, bytes]:
        begun.append(True)
        return leave(msg)

    smtp.data = noted  # type: ignore[method-assign]
    return lambda: bool(begun)


def _keep(mail: Mail, state: Mail.State, **facts: object) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=state, **facts)
    if state is not Mail.State.SENT:
        log.warning("mail %s: %s", mail.pk, state)


def _code(fault: Exception) -> int | None:
    """The server's reply; of several recipients (there is one) the first one's."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return int(next(iter(fault.recipients.values()))[0])
    code = getattr(fault, "smtp_code", None)
    return int(code) if code is not None else None


def _words(fault: Exception) -> str:
    """What went wrong, without the addresses and texts a library may repeat."""
    code = _code(fault)
    cause = fault.__cause__ if isinstance(fault, MayHaveLeftError) else fault
    return f"{type(cause).__name__}{f' {code}' if code else ''}"


def forget_texts(*, before: datetime) -> int:
    """Wipe the texts of mails of before then that did not go out, or not for sure; returns how many.

    The mails themselves stay: they say who was written to, and keep the same mail from going out twice.
    """
    over = Mail.objects.filter(
        state__in=[Mail.State.FAILED, Mail.State.UNCLEAR], created_at__lt=before
    )
    return over.exclude(text="").update(text="")


def _due(at: datetime) -> QuerySet[Mail]:
    """Mails that wait and whose next try has come."""
    is_due = Q(next_try_at=None) | Q(next_try_at__lte=at)
    return Mail.objects.filter(is_due, state=Mail.State.WAITING)


def waiting(*, at: datetime, limit: int = 200) -> list[int]:
    """Mails that have to go out now, the oldest first."""
    return list(_due(at).order_by("created_at").values_list("pk", flat=True)[:limit])
