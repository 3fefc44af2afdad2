"""Stop ads and let them run again: by a person, and by the guard where they may run no longer.

The guard acts on knowledge only (delivery.rules.judge). What TikTok decides is read again right before a stop; what
is not on record stops nothing, it opens a notice. The end dates of ad groups at TikTok are the first line: they hold
while no worker runs. The guard is the second.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from kindling.agreements import service as agreements
from kindling.authorizations.lifecycle import polling, transitions
from kindling.authorizations.models import LINKED
from kindling.delivery import ends, protection, rules, sync
from kindling.delivery.models import Ad, Pause, SyncRun
from kindling.delivery.protection import JudgedAd
from kindling.delivery.rules import Verdict
from kindling.errors import ConflictError, InvalidInputError, PlatformError, RefusedError
from kindling.jobs import lease
from kindling.launches.sending import flights
from kindling.notices import service as notices
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import Ad as WireAd
from tiktok_business import AdId, AdvertiserId, Switch, TikTok

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 5
TOLD = ("media_buyer", "creator_manager")


@dataclass(frozen=True, slots=True)
class Stop:
    """One ad to switch off, why, and on what evidence."""

    ad: Ad
    reason: str
    evidence: dict[str, Any]


def pause(actor: Actor, ad: Ad, *, reason: str, at: datetime) -> Pause:
    """Switch an ad off at TikTok. Lowering spend never needs approval (R60). Raises PlatformError."""
    actor.require(Action.PAUSE)
    if not reason.strip():
        raise InvalidInputError("A pause needs a reason.", next_step="Give a short reason.")
    made = _switch_off(ad.ad_account, [Stop(ad, reason.strip(), {})], actor=actor, at=at)
    if not made[0].is_confirmed:
        raise PlatformError(
            "TikTok did not confirm the pause.",
            next_step="Try again, or pause it in TikTok Ads Manager.",
            can_retry=True,
        )
    return made[0]


# --- The guard ----------------------------------------------------------------------------------------------------


def guard(workspace: Workspace, *, now: datetime) -> list[Pause]:
    """Switch off what may run no longer, set the ends of ad groups (`ends`), and say what is not known.

    Safe to run again: an ad that is already off is left alone, one whose pause was not confirmed is asked again.
    """
    made: list[Pause] = []
    accounts = workspaces.ad_accounts(workspace)
    caps = agreements.caps_of(workspace, now=now)  # once for all ad accounts: it reads the lake
    with tiktok.sessions(accounts):
        for account in accounts:
            _look_up_unanswered(account, at=now)
            _see_new_launches(account, at=now)
            judged = protection.judge_ads(account, now=now, caps=caps)
            due = [each for each in judged if each.is_protected and _must_stop(each)]
            tried: list[Pause] = []
            if due:
                with _apart(account):
                    tried = _stop(account, _read_again(account, due, now=now), at=now)
            if all(pause.is_confirmed for pause in tried):
                notices.settle(workspace, key=_unconfirmed_key(account), at=now)
            made += tried
            _note_unknown(account, judged, at=now)
            _note_observed(account, judged, at=now)
            ends.set_ends(account, judged, at=now)
    agreements.tell_near(workspace, caps.values(), now=now)
    return made


def _see_new_launches(account: AdAccount, *, at: datetime) -> None:
    """Ads that a plan switched on since the last sync are judged at once, as any other."""
    last = SyncRun.objects.filter(
        ad_account=account, kind=SyncRun.Kind.ENTITIES, is_complete=True
    ).aggregate(at=Max("started_at"))["at"]
    if not flights.has_launched_since(account, last):
        return
    with _apart(account):
        run = sync.pull_entities(account, at=at)
    if not run.is_complete:
        log.warning("new ads of ad account %s were not read: %s", account.pk, run.problem)


def _must_stop(judged: JudgedAd) -> bool:
    return judged.judgement.verdict is Verdict.STOP


@contextmanager
def _apart(account: AdAccount) -> Iterator[None]:
    """Keep out of the way of others, but never wait long for them: stopping is due now and safe at any time."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lease.held(f"account-{account.pk}", wait_seconds=PATIENCE_SECONDS))
        except ConflictError:
            log.warning("ad account %s is being worked on; the guard does not wait", account.pk)
        yield


def _read_again(account: AdAccount, due: Sequence[JudgedAd], *, now: datetime) -> list[JudgedAd]:
    """Judge them once more right before they stop, with TikTok asked again where its answer decides.

    Where TikTok cannot be asked, only a date on record that has passed still stops an ad.
    """
    asked = [each for each in due if each.judgement.rests_on_tiktok]
    unread: set[int] = set()
    if asked:
        try:
            if any(
                each.permission and each.permission.authorization.kind in LINKED for each in asked
            ):
                polling.cover_linked_posts(account, at=now)
            polling.poll(account, at=now)
        except PlatformError as problem:
            log.warning("ad account %s could not be read before a stop: %s", account.pk, problem)
            unread = {each.ad.pk for each in asked if not _is_over(each, now=now)}
    again = protection.judge_ads(account, now=now, only=[each.ad.pk for each in due])
    return [each for each in again if _must_stop(each) and each.ad.pk not in unread]


def _is_over(judged: JudgedAd, *, now: datetime) -> bool:
    window = judged.permission.window if judged.permission else None
    return window is not None and not window.is_open(now)


def _stop(account: AdAccount, due: Sequence[JudgedAd], *, at: datetime) -> list[Pause]:
    if not due:
        return []
    stops = [_as_stop(each, at=at) for each in due]
    made = _switch_off(account, stops, actor=system_actor(account.workspace), at=at)
    confirmed = [pause for pause in made if pause.is_confirmed]
    next_steps = {each.ad.pk: each.judgement.next_step for each in due}
    if confirmed:
        _tell_stopped(account, confirmed, next_step=next_steps[confirmed[0].ad_id], at=at)
    stopped = {pause.ad_id for pause in confirmed}
    _tell_unconfirmed(account, [each for each in due if each.ad.pk not in stopped], at=at)
    return made


def _as_stop(judged: JudgedAd, *, at: datetime) -> Stop:
    """The stop with its reason; spend past the stop-by time is said as such."""
    window = judged.permission.window if judged.permission else None
    group = judged.ad.adgroup
    # An ad that was made or stopped later cannot have spent before that; when it was switched on again is not known.
    stopped = Pause.objects.filter(ad=judged.ad, is_confirmed=True).aggregate(at=Max("at"))["at"]
    since = max(filter(None, [group.starts_at, judged.ad.created_at, stopped]), default=None)
    late = rules.minutes_past(window, starts_at=since, ends_at=group.ends_at, at=at)
    if not late:
        return Stop(judged.ad, judged.judgement.reason, judged.evidence)
    return Stop(
        judged.ad,
        f"{judged.judgement.reason} It could spend for up to {late} minute{'s' if late > 1 else ''} "
        "past its stop-by time.",
        {**judged.evidence, "minutes_past_stop_by": late},
    )


def _tell_stopped(
    account: AdAccount, stopped: Sequence[Pause], *, next_step: str, at: datetime
) -> None:
    """One notice for all; next_step : for the first of them."""
    for pause in stopped:
        transitions.note_stop(
            account.workspace, pause.evidence.get("authorization"),
            ad_id=pause.ad.ad_id, reason=pause.reason, at=at,
        )  # fmt: skip
    first, count = stopped[0], len(stopped)
    handle = first.ad.post.creator.handle if first.ad.post else ""
    notices.notify(
        account.workspace,
        key=f"guard-stopped-{account.pk}-{first.pk}",
        roles=TOLD,
        title=f"Kindling stopped {count} ad{'s' if count > 1 else ''}: "
        f"@{handle}, post {first.ad.item_id}: {first.reason}",
        next_step=f"{next_step} Then resume {'them' if count > 1 else 'it'} on Live.",
        path="live/?show=stopped",
        at=at,
        urgency=1,
    )


def _tell_unconfirmed(account: AdAccount, running: Sequence[JudgedAd], *, at: datetime) -> None:
    """Ads that may still run although they must not: one open notice until TikTok confirms."""
    if not running:
        return
    first, count = running[0], len(running)
    notices.notify(
        account.workspace,
        key=_unconfirmed_key(account),
        roles=TOLD,
        title=f"TikTok did not confirm the stop of {count} ad{'s' if count > 1 else ''} of {account.name}: "
        f"@{first.handle}, post {first.ad.item_id}: {first.judgement.reason}",
        next_step="Kindling tries again every hour; pause them in TikTok Ads Manager now.",
        path="live/",
        at=at,
        urgency=1,
    )


def _unconfirmed_key(account: AdAccount) -> str:
    return f"guard-unconfirmed-{account.pk}"


def _note_unknown(account: AdAccount, judged: Sequence[JudgedAd], *, at: datetime) -> None:
    """What is not on record stops nothing: somebody is asked, and the platform is read again."""
    key = f"guard-unknown-{account.pk}"
    unknown = [
        each for each in judged if each.is_protected and each.judgement.verdict is Verdict.UNKNOWN
    ]
    if not unknown:
        notices.settle(account.workspace, key=key, at=at)
        return
    first, count = unknown[0], len(unknown)
    notices.notify(
        account.workspace,
        key=key,
        roles=("creator_manager", "media_buyer"),
        title=f"{count} running ad{'s' if count > 1 else ''} of {account.name} cannot be judged: "
        f"{first.judgement.reason}",
        next_step=first.judgement.next_step,
        path=f"live/protection/{account.advertiser_id}/",
        at=at,
        urgency=2,
    )
    polling.request_reading(account.workspace, at=at)


def _note_observed(account: AdAccount, judged: Sequence[JudgedAd], *, at: datetime) -> None:
    """What would stop if the account were protected: said, and left alone."""
    key = f"guard-observed-{account.pk}"
    open_ends = [each for each in judged if not each.is_protected and _must_stop(each)]
    if not open_ends:
        notices.settle(account.workspace, key=key, at=at)
        return
    count = len(open_ends)
    notices.notify(
        account.workspace,
        key=key,
        roles=TOLD,
        title=f"{count} running ad{'s' if count > 1 else ''} of {account.name} would stop, and Kindling only observes "
        f"{'them' if count > 1 else 'it'}: {open_ends[0].judgement.reason}",
        next_step="Open the list: it says why, and what would make each safe.",
        path=f"live/protection/{account.advertiser_id}/",
        at=at,
        urgency=2,
    )


# --- Switching off --------------------------------------------------------------------------------------------


def _switch_off(
    account: AdAccount, stops: Sequence[Stop], *, actor: Actor, at: datetime
) -> list[Pause]:
    """Each stop is on record before TikTok is asked; what nobody answers is looked up at the next run."""
    made = Pause.objects.bulk_create(
        Pause(ad=each.ad, at=at, by=actor.user, reason=each.reason, evidence=each.evidence)
        for each in stops
    )
    off = _disable(account, [AdId(each.ad.ad_id) for each in stops])
    for pause in made:
        if pause.ad.ad_id in off:
            _confirm(account, pause, at=at)
        else:
            _record(account, pause, at=at)
    return made


def _confirm(account: AdAccount, pause: Pause, *, at: datetime) -> bool:
    """The ad is off at TikTok. Returns whether this was news."""
    ad = pause.ad
    with transaction.atomic():
        if (
            not Pause.objects.filter(pk=pause.pk)
            .exclude(is_confirmed=True)
            .update(is_confirmed=True)
        ):
            return False
        pause.is_confirmed = True
        Ad.objects.filter(pk=ad.pk).update(
            operation_status="DISABLE", secondary_status="AD_STATUS_DISABLE"
        )
        flights.note_stop(account, ad.ad_id, reason=pause.reason, at=pause.at)
        _record(account, pause, at=at)
    return True


def _record(account: AdAccount, pause: Pause, *, at: datetime) -> None:
    actor = system_actor(account.workspace)
    if pause.by is not None:
        actor = replace(actor, user=pause.by, label=str(pause.by))
    record(
        actor, "paused ad", pause.ad.ad_id, at=at, reason=pause.reason,
        after={"confirmed": bool(pause.is_confirmed), **pause.evidence},
    )  # fmt: skip


def _look_up_unanswered(account: AdAccount, *, at: datetime) -> None:
    """Stops whose answer nobody saw, because the reply was lost or the process died: TikTok shows what happened.

    One that it carried out is told as any other; an ad that still runs is judged anew.
    """
    asked = list(
        Pause.objects.filter(ad__ad_account=account, is_confirmed=None)
        .select_related("ad__post__creator", "by")
        .order_by("-at", "-pk")
    )
    if not asked:
        return
    advertiser, ids = AdvertiserId(account.advertiser_id), {AdId(each.ad.ad_id) for each in asked}

    async def read(client: TikTok) -> list[WireAd]:
        return await tiktok.gather_list(client.ads.each(advertiser, ad_ids=sorted(ids)))

    try:
        shown = {each.ad_id: each.operation_status for each in tiktok.ask(account, read)}
    except PlatformError as problem:
        log.warning("stops of ad account %s were not looked up: %s", account.pk, problem)
        return
    found: list[Pause] = []
    for pause in asked:
        if shown.get(AdId(pause.ad.ad_id)) != Switch.DISABLE:
            Pause.objects.filter(pk=pause.pk, is_confirmed=None).update(is_confirmed=False)
        elif _confirm(account, pause, at=at) and pause.by is None:
            found.append(pause)
    if found:
        next_step = protection.judge_one(found[0].ad, now=at).next_step
        _tell_stopped(account, found, next_step=next_step, at=at)


def _disable(account: AdAccount, ids: list[AdId]) -> set[str]:
    """Switch ads off; one that TikTok refuses does not hold up the others. Returns those that are off."""
    advertiser = AdvertiserId(account.advertiser_id)

    async def disable(client: TikTok) -> set[str]:
        switched = await client.ads.set_status(advertiser, ids, Switch.DISABLE)
        return {str(each) for each in switched.done}

    try:
        return tiktok.ask(account, disable)
    except PlatformError as error:
        if isinstance(error, RefusedError) and len(ids) > 1:
            half = len(ids) // 2
            return _disable(account, ids[:half]) | _disable(account, ids[half:])
        # Recorded as not confirmed: the next run asks again, and Today shows it.
        log.warning("pausing %d ads was not confirmed: %s", len(ids), type(error).__name__)
        return set()
