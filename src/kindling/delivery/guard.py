"""The guard: stop what may run no longer.

It acts on knowledge only (delivery.rules.judge). What TikTok decides is read again right before a stop; what
is not on record stops nothing, it opens a notice. The end dates of ad groups at TikTok are the first line: they hold
while no worker runs. The guard is the second.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime

from django.db.models import Max

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import SpendCap
from kindling.authorizations.lifecycle import polling, transitions
from kindling.authorizations.models import LINKED
from kindling.delivery import ends, protection, rules, stops, sync
from kindling.delivery.models import Pause, SyncRun
from kindling.delivery.protection import JudgedAd
from kindling.delivery.rules import Verdict
from kindling.delivery.stops import Stop
from kindling.errors import ConflictError, KindlingError, PlatformError
from kindling.jobs import lease
from kindling.launches.sending import flights
from kindling.notices import service as notices
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.service import system_actor

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 5
TOLD = ("media_buyer", "creator_manager")


# --- The guard ----------------------------------------------------------------------------------------------------


def guard(workspace: Workspace, *, now: datetime) -> list[Pause]:
    """Switch off what may run no longer, set the ends of ad groups (`ends`), and say what is not known.

    Safe to run again: an ad that is already off is left alone, one whose pause was not confirmed is asked again.
    A fault in one ad account holds up none of the others; it is told, and raised when they are done.
    """
    made: list[Pause] = []
    faults: list[Exception] = []
    accounts = workspaces.ad_accounts(workspace)
    caps = agreements.caps_of(workspace, now=now)  # once for all ad accounts: it reads the lake
    with tiktok.sessions(accounts):
        for account in accounts:
            try:
                made += _guard_account(account, caps, now=now)
            except Exception as fault:
                log.exception("the guard failed in ad account %s", account.pk)
                _tell_failed(account, at=now)
                faults.append(fault)
            else:
                notices.settle(workspace, key=_failed_key(account), at=now)
    agreements.tell_near(workspace, caps.values(), now=now)
    if faults:
        raise faults[0]
    return made


def _guard_account(
    account: AdAccount, caps: Mapping[int, SpendCap], *, now: datetime
) -> list[Pause]:
    _tell_stopped(account, stops.look_up_unanswered(account, at=now), at=now)
    _see_new_launches(account, at=now)
    judged = protection.judge_ads(account, now=now, caps=caps)
    due = [each for each in judged if each.is_protected and _must_stop(each)]
    tried: list[Pause] = []
    if due:
        with _apart(account):
            tried = _stop(account, _read_again(account, due, now=now), at=now)
    if not due or (tried and all(pause.is_confirmed for pause in tried)):
        notices.settle(account.workspace, key=_unconfirmed_key(account), at=now)
    _note_unknown(account, judged, at=now)
    _note_observed(account, judged, at=now)
    ends.set_ends(account, judged, at=now)
    return tried


def _tell_failed(account: AdAccount, *, at: datetime) -> None:
    notices.notify(
        account.workspace,
        key=_failed_key(account),
        roles=("media_buyer", "owner"),
        title=f"The guard could not look after {account.name}: ads that may run no longer may still run.",
        next_step="It tries again every hour; the worker's log has the cause. Look at Live meanwhile.",
        path="live/",
        at=at,
        urgency=1,
    )


def _failed_key(account: AdAccount) -> str:
    return f"guard-failed-{account.pk}"


def _see_new_launches(account: AdAccount, *, at: datetime) -> None:
    """Ads that a plan switched on since the last sync are judged at once, as any other.

    Not while somebody else works on the account: two lists at once, and the older could win.
    """
    last = SyncRun.objects.filter(
        ad_account=account, kind=SyncRun.Kind.ENTITIES, is_complete=True
    ).aggregate(at=Max("started_at"))["at"]
    if not flights.has_launched_since(account, last):
        return
    try:
        with lease.held(lease.of_account(account.pk), wait_seconds=PATIENCE_SECONDS):
            run = sync.pull_entities(account, at=at)
    except KindlingError as problem:
        log.warning("new ads of ad account %s were not read: %s", account.pk, problem)
        return
    if not run.is_complete:
        log.warning("new ads of ad account %s were not read: %s", account.pk, run.problem)


def _must_stop(judged: JudgedAd) -> bool:
    return judged.judgement.verdict is Verdict.STOP


@contextmanager
def _apart(account: AdAccount) -> Iterator[None]:
    """Keep out of the way of others, but never wait long for them: stopping is due now and safe at any time."""
    with ExitStack() as stack:
        try:
            stack.enter_context(
                lease.held(lease.of_account(account.pk), wait_seconds=PATIENCE_SECONDS)
            )
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
    wanted = [_as_stop(each, at=at) for each in due]
    made = stops.switch_off(account, wanted, actor=system_actor(account.workspace), at=at)
    _tell_stopped(account, [each.pause for each in made if each.is_news], at=at)
    running = {each.pause.ad_id for each in made if not each.pause.is_confirmed}
    _tell_unconfirmed(account, [each for each in due if each.ad.pk in running], at=at)
    return [each.pause for each in made]


def _as_stop(judged: JudgedAd, *, at: datetime) -> Stop:
    """The stop with its reason; spend past the stop-by time is said as such."""
    stop_by = judged.permission.stop_by if judged.permission else None
    group = judged.ad.adgroup
    # An ad that was made or stopped later cannot have spent before that; when it was switched on again is not known.
    stopped = Pause.objects.filter(ad=judged.ad, is_confirmed=True).aggregate(at=Max("at"))["at"]
    since = max(filter(None, [group.starts_at, judged.ad.created_at, stopped]), default=None)
    late = rules.minutes_past(
        stop_by.at if stop_by else None, starts_at=since, ends_at=group.ends_at, at=at
    )
    if not late:
        return Stop(judged.ad, judged.judgement.reason, judged.evidence)
    return Stop(
        judged.ad,
        f"{judged.judgement.reason} It could spend for up to {late} minute{'s' if late > 1 else ''} "
        "past its stop-by time.",
        {**judged.evidence, "minutes_past_stop_by": late},
    )


def _tell_stopped(account: AdAccount, stopped: Sequence[Pause], *, at: datetime) -> None:
    """One notice for all, with the next step for the first of them."""
    if not stopped:
        return
    for pause in stopped:
        transitions.note_stop(
            account.workspace, pause.evidence.get("authorization"),
            ad_id=pause.ad.ad_id, reason=pause.reason, at=at,
        )  # fmt: skip
    first, count = stopped[0], len(stopped)
    next_step = protection.judge_one(first.ad, now=at).next_step
    handle = first.ad.post.creator.handle if first.ad.post else ""
    notices.notify(
        account.workspace,
        key=f"guard-stopped-{account.pk}-{first.pk}",
        roles=TOLD,
        title=f"Kindling stopped {count} ad{'s' if count > 1 else ''}: "
        f"@{handle}, post {first.ad.item_id}: {first.reason}",
        next_step=f"{next_step} Then resume {'them' if count > 1 else 'it'} on Live.",
        path="live/stopped/",
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
