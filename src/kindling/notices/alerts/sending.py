"""Alerts out: every due one of a webhook in one message, each once.

They are marked before the message leaves. A process that dies then, or a connection that is lost while it leaves,
makes them unclear, and they are not sent again by themselves: the notice is open in Kindling, and an urgent one that
nobody takes on is escalated. An address that cannot be reached is tried again (`notices.rules.WAITS`), with everything
that waits for it, the oldest first; after two days what waited is given up and says so. An address that takes no
messages any more (401, 403, 404, 410, a redirect, a private network) is switched off, and the owners are told.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from kindling.kit import guarded_fetch
from kindling.kit.guarded_fetch import FetchError, Refused
from kindling.notices import mail, service
from kindling.notices.alerts import rules
from kindling.notices.alerts.queue import OWN_TROUBLE
from kindling.notices.alerts.rules import Line, Outcome
from kindling.notices.models import Alert, Webhook
from kindling.workspaces.models import Role

log = logging.getLogger(__name__)
State = Alert.State
SECONDS, MOST_BYTES = 10, 64 * 1024
TOLD_AFTER = 3  # failures in a row, some 20 minutes
WRONG_ADDRESS = frozenset({Refused.LINK, Refused.PLAIN_HTTP, Refused.PRIVATE})


def send(pk: int, *, at: datetime) -> int:
    """Send what is due to a webhook; returns how many alerts the message had."""
    webhook = Webhook.objects.select_related("workspace").get(pk=pk)
    rows = _claim(webhook, at=at)
    if not rows:
        return 0
    outcome, problem, retry_after = _post(webhook, _text(webhook, rows))
    _keep(webhook, rows, outcome, problem, retry_after, at=at)
    return len(rows)


def send_test(webhook: Webhook) -> str:
    """Send a sample message now; returns why it did not arrive, "" where it did."""
    text = rules.plain(webhook.workspace.name) + ": this is a test message of Kindling."
    return _post(webhook, text)[1]


def waiting(*, at: datetime, limit: int = 200) -> list[int]:
    """Webhooks that have something to send now."""
    tried = Q(webhook__next_try_at=None) | Q(webhook__next_try_at__lte=at)
    rows = Alert.objects.filter(tried, state=State.WAITING, due_at__lte=at, webhook__is_on=True)
    return list(rows.order_by("webhook").values_list("webhook", flat=True).distinct()[:limit])


def forget(*, before: datetime) -> int:
    """Delete alerts that were due before then; returns how many. Their notices stay."""
    return Alert.objects.filter(due_at__lt=before).exclude(state=State.WAITING).delete()[0]


@transaction.atomic
def _claim(webhook: Webhook, *, at: datetime) -> list[Alert]:
    """Mark what leaves now; what is over or too old is not sent. Empty while the address is off or waits."""
    now = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if not now.is_on or (now.next_try_at is not None and now.next_try_at > at):
        return []
    due = Alert.objects.filter(webhook=webhook, state=State.WAITING, due_at__lte=at)
    over = due.filter(Q(notice__done_at__isnull=False))
    over |= due.filter(kind=Alert.Kind.ESCALATED, notice__taken_at__isnull=False)
    _note(over, State.CANCELLED, problem="The notice was resolved or taken on before.")
    old = due.filter(due_at__lt=at - rules.MOST_AGE)
    _note(old, State.FAILED, problem="The address could not be reached for two days.")
    rows = list(due.select_related("notice").order_by("due_at", "pk")[: rules.MOST_IN_ONE])
    for row in rows:
        row.attempts += 1
        row.state = State.UNCLEAR
        row.problem = "Kindling stopped while it was sent."
    Alert.objects.bulk_update(rows, ["attempts", "state", "problem"])
    return rows


def _text(webhook: Webhook, rows: Sequence[Alert]) -> str:
    slug = webhook.workspace.slug
    return rules.message(
        webhook.workspace.name,
        (
            Line(
                title=row.notice.title,
                next_step=row.notice.next_step,
                owner=row.notice.owner,
                url=mail.page_url(f"w/{slug}/{row.notice.path}"),
                is_escalated=row.kind == Alert.Kind.ESCALATED,
            )
            for row in rows
        ),
    )


def _post(webhook: Webhook, text: str) -> tuple[Outcome, str, str]:
    """What became of a message: the outcome, why in words without the address, and the Retry-After header."""
    try:
        answer = guarded_fetch.post(
            webhook.address,
            json.dumps({"text": text}).encode(),
            trusted=settings.KINDLING_WEBHOOK_HOST,
            most_bytes=MOST_BYTES,
            seconds=SECONDS,
            headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "Kindling"},
        )
    except FetchError as error:
        if error.may_have_arrived and error.why is not Refused.CERTIFICATE:
            return Outcome.UNCLEAR, "The connection was lost before an answer came.", ""
        outcome = Outcome.STOPPED if error.why in WRONG_ADDRESS else Outcome.LATER
        return outcome, _WORDS.get(error.why, "The address could not be reached."), ""
    outcome = rules.outcome_of(answer.status)
    if outcome is Outcome.SENT:
        return outcome, "", ""
    return outcome, f"The server answered {answer.status}.", answer.headers.get("retry-after", "")


_WORDS = {
    Refused.LINK: "The address is not one of the web.",
    Refused.PLAIN_HTTP: "The address is not https.",
    Refused.PRIVATE: "The address leads into a private network.",
    Refused.NAME: "The address's server is not known.",
    Refused.CERTIFICATE: "The server's certificate is not valid.",
    Refused.TOO_SLOW: "The server did not answer in time.",
}
_STATES = {
    Outcome.SENT: State.SENT,
    Outcome.LATER: State.WAITING,
    Outcome.REFUSED: State.FAILED,
    Outcome.STOPPED: State.FAILED,
    Outcome.UNCLEAR: State.UNCLEAR,
}


@transaction.atomic
def _keep(
    webhook: Webhook,
    rows: Sequence[Alert],
    outcome: Outcome,
    problem: str,
    retry_after: str,
    *,
    at: datetime,
) -> None:
    """Write what became of the alerts, and of the address for the next ones."""
    mine = Alert.objects.filter(pk__in=[row.pk for row in rows], state=State.UNCLEAR)
    _note(mine, _STATES[outcome], problem=problem, sent_at=at if outcome is Outcome.SENT else None)
    found = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if outcome is Outcome.SENT:
        found.attempts, found.next_try_at, found.last_sent_at = 0, None, at
    elif outcome is not Outcome.REFUSED:
        found.attempts += 1
        found.next_try_at = rules.next_try_at(
            attempts=found.attempts, now=at, retry_after=retry_after
        )
    found.problem = problem
    found.is_on = found.is_on and outcome is not Outcome.STOPPED
    found.save(update_fields=["attempts", "next_try_at", "last_sent_at", "problem", "is_on"])
    if outcome is Outcome.SENT:
        service.settle(found.workspace, key=trouble_key(found), at=at)
        return
    log.warning("webhook %s: %s", found.pk, problem)
    if outcome is Outcome.STOPPED or found.attempts >= TOLD_AFTER:
        _tell(found, at=at)


def _tell(webhook: Webhook, *, at: datetime) -> None:
    is_off = not webhook.is_on
    service.notify(
        webhook.workspace,
        key=trouble_key(webhook),
        roles=(Role.OWNER,),
        title=f"Alerts do not reach {webhook.name}: {webhook.problem}",
        next_step="Correct its address, and switch it on again."
        if is_off
        else "Look whether its server runs; Kindling tries again for two days.",
        path=f"workspace/notices/webhooks/{webhook.pk}/",
        at=at,
        urgency=2,
    )


def trouble_key(webhook: Webhook) -> str:
    return f"{OWN_TROUBLE}{webhook.pk}"


def _note(rows: object, state: Alert.State, **facts: object) -> None:
    rows.update(state=state, **facts)  # type: ignore[attr-defined]
