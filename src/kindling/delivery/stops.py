"""Switch ads off: for a person or for the guard. Each stop is on record before TikTok is asked.

An answer settles it: carried out, or not. Where nobody saw an answer, because the reply was lost or the process
died, the stop stays open (`is_confirmed` None) and is looked up at the guard's next run. So no ad is off that nobody
explains, and none is told twice.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from kindling.delivery import at_tiktok
from kindling.delivery.models import Ad, Pause
from kindling.errors import InvalidInputError, PlatformError, RefusedError
from kindling.launches.sending import flights
from kindling.workspaces.models import AdAccount
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import Switch

log = logging.getLogger(__name__)
UNCONFIRMED = "TikTok did not confirm the pause."
IF_UNCONFIRMED = "Try again, or pause it in TikTok Ads Manager."
IDS_A_LIST = 100  # as many as TikTok takes in one filter (reference tiktok-api, GET /ad/get/)


@dataclass(frozen=True, slots=True)
class Stop:
    """One ad to switch off, why, and on what evidence."""

    ad: Ad
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop after TikTok was asked; `is_news`: it was carried out and nobody else has told it."""

    pause: Pause
    is_news: bool


def pause(actor: Actor, ad: Ad, *, reason: str, at: datetime) -> Pause:
    """Switch an ad off at TikTok. Lowering spend never needs approval (R60). Raises PlatformError."""
    (made,) = pause_all(actor, [ad], reason=reason, at=at)
    if not made.is_confirmed:
        raise PlatformError(UNCONFIRMED, next_step=IF_UNCONFIRMED, can_retry=True)
    return made


def pause_all(actor: Actor, ads: Iterable[Ad], *, reason: str, at: datetime) -> list[Pause]:
    """Switch ads off at TikTok, those of one ad account together. A pause itself says whether TikTok confirmed it."""
    actor.require(Action.PAUSE)
    if not reason.strip():
        raise InvalidInputError(
            "A pause needs a reason.", next_step="Give a short reason.", field="reason"
        )
    by_account: dict[AdAccount, list[Stop]] = {}
    for each in ads:
        by_account.setdefault(each.ad_account, []).append(Stop(each, reason.strip(), {}))
    return [
        made.pause
        for account, stops in by_account.items()
        for made in switch_off(account, stops, actor=actor, at=at)
    ]


def switch_off(
    account: AdAccount, stops: Sequence[Stop], *, actor: Actor, at: datetime
) -> list[Stopped]:
    """Write the stops down, ask TikTok, and settle what it answered."""
    asked = [_ask(each, actor=actor, at=at) for each in stops]
    answers = _disable(account, [each.ad for each in stops])
    return [_settle(account, pause, is_new, answers, at=at) for pause, is_new in asked]


def look_up_unanswered(account: AdAccount, *, at: datetime) -> list[Pause]:
    """Settle stops whose answer nobody saw by what TikTok shows. Returns the guard's that turned out carried out."""
    rows = Pause.objects.filter(ad__ad_account=account, is_confirmed=None)
    newest: dict[int, Pause] = {}
    for row in rows.select_related("ad__post__creator", "by").order_by("-pk"):
        if row.ad_id in newest or row.ad.is_gone or _is_superseded(row):
            _close(row)  # another stop explains the ad, or there is none any more
        else:
            newest[row.ad_id] = row
    shown = _shown(account, sorted((row.ad for row in newest.values()), key=lambda ad: ad.ad_id))
    found = []
    for row in newest.values():
        status = shown.get(row.ad.ad_id)  # None: not listed or not readable, so it stays open
        if status == Switch.ENABLE:
            _close(row)
        elif status == Switch.DISABLE and _confirm(account, row, at=at) and row.by is None:
            found.append(row)
    return found


# --- On record ----------------------------------------------------------------------------------------------------


def _ask(stop: Stop, *, actor: Actor, at: datetime) -> tuple[Pause, bool]:
    """The stop on record, and whether it is a new one: the guard goes on with its own that was not carried out yet."""
    if actor.user is None:
        last = Pause.objects.filter(ad=stop.ad).order_by("-pk").first()
        if last is not None and last.by_id is None and not last.is_confirmed:
            told = {"at": at, "reason": stop.reason, "evidence": stop.evidence}
            if _not_yet(last).update(is_confirmed=None, **told):
                last.refresh_from_db()
                last.ad = stop.ad
                return last, False
    return (
        Pause.objects.create(
            ad=stop.ad, at=at, by=actor.user, reason=stop.reason, evidence=stop.evidence
        ),
        True,
    )


def _settle(
    account: AdAccount,
    pause: Pause,
    is_new: bool,
    answers: dict[str, bool | None],
    *,
    at: datetime,
) -> Stopped:
    answer = answers[pause.ad.ad_id]
    if answer:
        return Stopped(pause, _confirm(account, pause, at=at))
    # Somebody's look may have closed it before TikTok acted: without an answer it is open again.
    _not_yet(pause).update(is_confirmed=answer)
    pause.refresh_from_db(fields=["is_confirmed"])
    if is_new and not pause.is_confirmed:
        _record(account, pause, at=at)
    return Stopped(pause, is_news=False)


def _confirm(account: AdAccount, pause: Pause, *, at: datetime) -> bool:
    """The ad is off at TikTok. Returns whether this was news."""
    ad = pause.ad
    pause.is_confirmed = True
    with transaction.atomic():
        if not _not_yet(pause).update(is_confirmed=True):
            return False
        Ad.objects.filter(pk=ad.pk).update(
            operation_status=Switch.DISABLE, secondary_status="AD_STATUS_DISABLE", switched_at=Now()
        )
        flights.note_stop(account, ad.ad_id, reason=pause.reason, at=pause.at)
        _record(account, pause, at=at)
    return True


def _not_yet(pause: Pause) -> QuerySet[Pause]:
    """The stop's row, unless it was carried out: that stands, whoever found it."""
    return Pause.objects.filter(pk=pause.pk).exclude(is_confirmed=True)


def _close(pause: Pause) -> None:
    Pause.objects.filter(pk=pause.pk, is_confirmed=None).update(is_confirmed=False)


def _is_superseded(row: Pause) -> bool:
    """Whether a person has resumed the ad since, or a later stop was carried out."""
    later = Pause.objects.filter(ad=row.ad_id, pk__gt=row.pk, is_confirmed=True)
    return row.resumed_at is not None or later.exists()


def _record(account: AdAccount, pause: Pause, *, at: datetime) -> None:
    actor = system_actor(account.workspace)
    if pause.by is not None:
        actor = replace(actor, user=pause.by, label=str(pause.by))
    record(
        actor, "paused ad", pause.ad.ad_id, at=at, reason=pause.reason,
        after={"confirmed": bool(pause.is_confirmed), **pause.evidence},
    )  # fmt: skip


# --- At TikTok ----------------------------------------------------------------------------------------------------


def _disable(account: AdAccount, ads: Sequence[Ad]) -> dict[str, bool | None]:
    """Switch ads off; one that TikTok refuses does not hold up the others.

    Returns by id whether it is off now; None where no answer says so.
    """
    ids = [ad.ad_id for ad in ads]
    try:
        switched = at_tiktok.switch(account, ads, Switch.DISABLE)
    except PlatformError as error:
        is_refused = isinstance(error, RefusedError)
        if is_refused and len(ads) > 1:
            half = len(ads) // 2
            return _disable(account, ads[:half]) | _disable(account, ads[half:])
        log.warning("pausing %d ads was not confirmed: %s", len(ads), type(error).__name__)
        return dict.fromkeys(ids, False if is_refused else None)
    refused: dict[str, bool | None] = {str(each.object_id): False for each in switched.failed}
    return dict.fromkeys(ids) | refused | dict.fromkeys(map(str, switched.done), True)


def _shown(account: AdAccount, ads: Sequence[Ad]) -> dict[str, str]:
    """Whether each ad is on or off at TikTok; those that it does not list or that cannot be read are left out."""
    found: dict[str, str] = {}
    for first in range(0, len(ads), IDS_A_LIST):
        try:
            rows = at_tiktok.read(account, ads[first : first + IDS_A_LIST])
        except PlatformError as problem:
            log.warning("stops of ad account %s were not looked up: %s", account.pk, problem)
            continue
        found |= {each.ad_id: each.operation_status for each in rows}
    return found
