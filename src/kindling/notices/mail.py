"""E-mail out: asked for in the transaction of the decision behind it, sent by the worker, once.

A mail is marked before it is handed to the server. One that was on its way when the process died is `unclear`
and never sent again by itself: a second copy of a request annoys, a second magic link confuses.
One that is no longer wanted while it waits is `cancelled`, and `problem` says why.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import make_msgid

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template import Context, Engine

from kindling.jobs import outbox
from kindling.jobs.registry import JobRequest
from kindling.notices.models import Mail
from kindling.workspaces.models import Workspace

log = logging.getLogger(__name__)
TASK = "notices.send_mail"
MOST_ATTEMPTS = 5
_checks: dict[str, Callable[[Mail], str]] = {}


def is_set_up() -> bool:
    """Whether this installation has a mail server (KINDLING_MAIL_URL)."""
    return bool(settings.KINDLING_MAIL_URL)


def page_url(path: str) -> str:
    """The address of a page for people outside: KINDLING_BASE_URL and the path."""
    return settings.KINDLING_BASE_URL.rstrip("/") + "/" + path.lstrip("/")


def written(name: str, *, language: str, **facts: object) -> tuple[str, str]:
    """Subject and text of the mail `<area>/mail/<what>` in a language: the template's first line, and the rest.

    Mails are plain text, so nothing is escaped for HTML; a language without a template is answered in English.
    """
    template = Engine.get_default().select_template([f"{name}.{language}.txt", f"{name}.en.txt"])
    subject, _, text = template.render(Context(facts, autoescape=False)).partition("\n")
    return subject.strip(), text.strip() + "\n"


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
) -> Mail:
    """Ask for one mail; a second one of the same key is the first. Without a server it says so at once.

    subject : one line; line breaks in it are taken out, so that nobody can add headers
    """
    known = Mail.objects.filter(workspace=workspace, key=key).first()
    if known is not None:
        return known
    mail = Mail.objects.create(
        workspace=workspace,
        key=key,
        to=to,
        subject=" ".join(subject.split())[:200],
        text=text if is_set_up() else "",
        unsubscribe_url=unsubscribe_url,
        message_id=make_msgid(domain="kindling.invalid"),
        state=Mail.State.WAITING if is_set_up() else Mail.State.NO_SERVER,
        created_at=at,
    )
    if is_set_up():
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


def send(pk: int, *, at: datetime) -> Mail:
    """Hand a waiting mail to the server; anything else is left as it is.

    A server that refuses the mail makes it `failed`; one that cannot be reached is asked again later. One that is
    not wanted any more (`check_before`) is cancelled instead.
    """
    mail = Mail.objects.select_related("workspace").get(pk=pk)
    if not _claim(mail):
        mail.refresh_from_db()
        return mail
    try:
        _hand_over(mail)
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPSenderRefused,
        ValueError,  # an address or a header that cannot be written: nothing has left
    ) as no:
        _keep(mail, Mail.State.FAILED, problem=_words(no))
    except (smtplib.SMTPConnectError, smtplib.SMTPAuthenticationError, ConnectionError) as away:
        is_last = mail.attempts + 1 >= MOST_ATTEMPTS
        _keep(mail, Mail.State.FAILED if is_last else Mail.State.WAITING, problem=_words(away))
    except (smtplib.SMTPException, OSError) as unknown:
        _keep(mail, Mail.State.UNCLEAR, problem=_words(unknown))
    else:
        _keep(mail, Mail.State.SENT, sent_at=at, text="", problem="")
    mail.refresh_from_db()
    return mail


@transaction.atomic
def _claim(mail: Mail) -> bool:
    """Mark the mail as leaving: a process that dies from here on leaves it unclear, not sent twice.

    Marking and asking whether it is still wanted are one step: who opts out afterwards was too late for this one.
    """
    is_mine = Mail.objects.filter(pk=mail.pk, state=Mail.State.WAITING).update(
        state=Mail.State.UNCLEAR, attempts=mail.attempts + 1
    )
    if not is_mine:
        return False
    found = [check(mail) for prefix, check in _checks.items() if mail.key.startswith(prefix)]
    because = next(filter(None, found), "")
    if because:
        _keep(mail, Mail.State.CANCELLED, text="", problem=because)
    return not because


def _hand_over(mail: Mail) -> None:
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    if mail.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message = EmailMessage(
        subject=mail.subject,
        body=mail.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[mail.to],
        headers=headers,
        connection=get_connection(),
    )
    message.send()


def _keep(mail: Mail, state: Mail.State, **facts: object) -> None:
    Mail.objects.filter(pk=mail.pk).update(state=state, **facts)
    if state is not Mail.State.SENT:
        log.warning("mail %s: %s", mail.pk, state)


def _words(error: Exception) -> str:
    """What the server said, without the addresses and texts a library may repeat."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__}{f' {code}' if code else ''}"


def waiting(*, limit: int = 200) -> list[int]:
    """Mails that still have to go out, the oldest first."""
    rows = Mail.objects.filter(state=Mail.State.WAITING).order_by("created_at")
    return list(rows.values_list("pk", flat=True)[:limit])
