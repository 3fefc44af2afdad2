"""Stop ads: by a person, and by the guard where they may run no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

from django.db import transaction

from kindling.authorizations.lifecycle.rules import LOST
from kindling.authorizations.service import Permission
from kindling.delivery import rules
from kindling.delivery.models import Ad, AdGroup, Pause
from kindling.delivery.service import _permissions, log
from kindling.errors import ConflictError, InvalidInputError, PlatformError
from kindling.jobs import lease
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record, system_actor
from tiktok_business import AdGroupId, AdId, AdvertiserId, Switch, TikTok

PATIENCE_SECONDS = 5


# --- Stopping ---------------------------------------------------------------------------------------------------


def pause(actor: Actor, ad: Ad, *, reason: str, at: datetime) -> Pause:
    """Switch an ad off at TikTok. Lowering spend never needs approval (R60). Raises PlatformError."""
    actor.require(Action.PAUSE)
    if not reason.strip():
        raise InvalidInputError("A pause needs a reason.", next_step="Give a short reason.")
    made = _switch_off(ad.ad_account, [(ad, reason.strip())], actor=actor, at=at)
    if not made[0].is_confirmed:
        raise PlatformError(
            "TikTok did not confirm the pause.",
            next_step="Try again, or pause it in TikTok Ads Manager.",
            can_retry=True,
        )
    return made[0]


def guard(workspace: Workspace, *, now: datetime) -> list[Pause]:
    """Switch off what may run no longer, and pull ad-group ends back to the stop-by time.

    Reads only what is on record, so it also works when a reading failed; safe to run again: an ad that is
    already off is left alone, one whose pause was not confirmed is asked again.
    """
    made: list[Pause] = []
    running = Ad.objects.filter(is_gone=False, operation_status="ENABLE")
    permissions = _permissions(workspace, running, now=now)
    accounts = workspaces.ad_accounts(workspace)
    with tiktok.sessions(accounts):
        for account in accounts:
            ads = Ad.objects.filter(
                ad_account=account, is_gone=False, operation_status="ENABLE"
            ).exclude(item_id="")
            to_stop = []
            for ad in ads.select_related("post__creator", "adgroup", "ad_account"):
                reason = rules.reason_to_pause(
                    _as_running(ad, permissions.get((ad.item_id, ad.identity_type))), now=now
                )
                if reason:
                    to_stop.append((ad, reason))
            if to_stop:
                with _apart(account):
                    made += _switch_off(account, to_stop, actor=system_actor(workspace), at=now)
            _pull_ends_back(account, permissions)
    return made


@contextmanager
def _apart(account: AdAccount) -> Iterator[None]:
    """Keep out of the way of a reading, but never wait long for it: stopping is due now and safe at any time."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lease.held(f"account-{account.pk}", wait_seconds=PATIENCE_SECONDS))
        except ConflictError:
            log.warning(
                "ad account %s is being worked on; its ads are stopped all the same", account.pk
            )
        yield


def _as_running(ad: Ad, permission: Permission | None) -> rules.RunningAd:
    is_own = bool(ad.post and ad.post.creator.is_own)
    lost = ""
    if permission is not None and permission.state in LOST:
        lost = permission.authorization.get_state_display().lower()
    return rules.RunningAd(
        is_spark=True,
        is_own_post=is_own,
        has_permission=permission is not None,
        permission_lost=lost,
        window=permission.window if permission else None,
        rights_problems=tuple(permission.rights_sentences) if permission else (),
    )


def _switch_off(
    account: AdAccount, ads: list[tuple[Ad, str]], *, actor: Actor, at: datetime
) -> list[Pause]:
    advertiser = AdvertiserId(account.advertiser_id)
    ids = [AdId(ad.ad_id) for ad, _ in ads]

    async def disable(client: TikTok) -> set[str]:
        switched = await client.ads.set_status(advertiser, ids, Switch.DISABLE)
        return {str(each) for each in switched.done}

    try:
        done = tiktok.ask(account, disable)
    except PlatformError as error:
        # Recorded as not confirmed: the next run asks again, and Today shows it.
        log.warning("pausing %d ads was not confirmed: %s", len(ids), type(error).__name__)
        done = set()
    with transaction.atomic():
        pauses = []
        for ad, reason in ads:
            is_confirmed = ad.ad_id in done
            pauses.append(
                Pause.objects.create(ad=ad, at=at, reason=reason, is_confirmed=is_confirmed)
            )
            record(
                actor,
                "paused ad",
                ad.ad_id,
                at=at,
                reason=reason,
                after={"confirmed": is_confirmed},
            )
            if is_confirmed:
                Ad.objects.filter(pk=ad.pk).update(
                    operation_status="DISABLE", secondary_status="AD_STATUS_DISABLE"
                )
    return pauses


def _pull_ends_back(account: AdAccount, permissions: dict[tuple[str, str], Permission]) -> None:
    """An ad group never ends after the earliest clock of a post it promotes (R59)."""
    advertiser = AdvertiserId(account.advertiser_id)
    ends: dict[int, tuple[AdGroup, datetime]] = {}
    ads = Ad.objects.filter(ad_account=account, is_gone=False, operation_status="ENABLE").exclude(
        item_id=""
    )
    for ad in ads.select_related("adgroup"):
        permission = permissions.get((ad.item_id, ad.identity_type))
        wanted = rules.shortened_end(
            ends_at=ad.adgroup.ends_at, window=permission.window if permission else None
        )
        starts_at = ad.adgroup.starts_at
        if wanted is None or (starts_at is not None and wanted <= starts_at):
            continue
        held = ends.get(ad.adgroup.pk)
        if held is None or wanted < held[1]:
            ends[ad.adgroup.pk] = (ad.adgroup, wanted)
    for group, end in ends.values():
        _set_end(account, advertiser, group, end)


def _set_end(account: AdAccount, advertiser: AdvertiserId, group: AdGroup, end: datetime) -> None:
    async def shorten(client: TikTok) -> None:
        await client.adgroups.update(advertiser, AdGroupId(group.adgroup_id), ends_at=end)

    try:
        tiktok.ask(account, shorten)
    except PlatformError as error:
        # The pause at the stop-by time stands behind it; TikTok may refuse an end in the near future.
        log.warning(
            "the end of ad group %s was not set: %s", group.adgroup_id, type(error).__name__
        )
        return
    AdGroup.objects.filter(pk=group.pk).update(ends_at=end)
