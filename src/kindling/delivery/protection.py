"""Which running ads may go on, which the guard may stop, and what a connected ad account already runs.

A newly connected ad account is only observed: the guard says what it would stop and touches nothing. The first plan
applied in it protects what Kindling launched, unless a person chose otherwise; all ads are protected only where an
owner has looked at the list of those that would stop.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.agreements import service as agreements
from kindling.agreements.rights.rules import SpendCap
from kindling.agreements.rights.wording import RIGHT_PROBLEMS
from kindling.authorizations import service as authorizations
from kindling.authorizations.lifecycle import polling
from kindling.authorizations.lifecycle.rules import LOST, USABLE
from kindling.authorizations.service import Permission
from kindling.delivery import rules, sync
from kindling.delivery.models import Ad
from kindling.delivery.rules import Judgement, Verdict
from kindling.errors import ConflictError, InvalidInputError, PlatformError
from kindling.jobs import lease, outbox
from kindling.jobs.registry import JobRequest
from kindling.launches.sending import flights
from kindling.workspaces import service as workspaces
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount, Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

Protection = AdAccount.Protection
SYNC_TASK = "delivery.sync"


@dataclass(frozen=True, slots=True)
class JudgedAd:
    """A running ad with what the guard makes of it, all from one reading.

    is_protected : the guard may stop it, by the ad account's mode
    """

    ad: Ad
    permission: Permission | None
    judgement: Judgement
    is_launched: bool
    is_protected: bool
    cap: SpendCap | None = None

    @property
    def handle(self) -> str:
        return self.ad.post.creator.handle if self.ad.post else ""

    @property
    def evidence(self) -> dict[str, Any]:
        """What the judgement rested on, for the record of a stop: never a code."""
        return {**self._of_permission, **({"spend_cap": self.cap.to_json()} if self.cap else {})}

    @property
    def _of_permission(self) -> dict[str, Any]:
        found = self.permission
        if found is None:
            return {"authorization": None}
        row, stop = found.authorization, found.stop_by
        return {
            "authorization": row.pk,
            "state": row.state,
            "read_at": row.read_at.isoformat() if row.read_at else None,
            "authorization_ends_at": row.ends_at.isoformat() if row.ends_at else None,
            "rights_end_at": found.right.ends_at.isoformat() if found.right else None,
            "ends_first": str(stop.ends_first) if stop else None,
            "stop_by": stop.at.isoformat() if stop else None,
        }

    def to_json(self) -> dict[str, Any]:
        return {
            "ad_id": self.ad.ad_id,
            "ad_name": self.ad.name,
            "item_id": self.ad.item_id or None,
            "handle": self.handle or None,
            "is_launched": self.is_launched,
            "is_protected": self.is_protected,
            "verdict": self.judgement.verdict,
            "reason": self.judgement.reason or None,
            "next_step": self.judgement.next_step or None,
        }


def judge_ads(
    ad_account: AdAccount,
    *,
    now: datetime,
    only: Iterable[int] | None = None,
    caps: Mapping[int, SpendCap] | None = None,
) -> list[JudgedAd]:
    """Every ad that is switched on, judged; the ads are read first, then the permissions of exactly their posts.

    only : the ads with these keys. An ad that a sync brings later is judged the next time.
    caps : all of the workspace, by agreement, where they have just been read; else they are read here
    """
    rows = Ad.objects.filter(ad_account=ad_account, is_gone=False, operation_status="ENABLE")
    if only is not None:
        rows = rows.filter(pk__in=list(only))
    ads = list(
        rows.select_related("post__creator", "adgroup", "ad_account__workspace").order_by("ad_id")
    )
    items = {ad.item_id for ad in ads if ad.item_id}
    found = authorizations.permissions(ad_account.workspace, now=now, items=items)
    best = authorizations.best_by_identity(found)
    launched = flights.launched_ads(ad_account)
    cap_of = _caps(ad_account.workspace, ads, now=now, caps=caps)
    return [
        JudgedAd(
            ad=ad,
            permission=permission,
            judgement=rules.judge(_as_running(ad, permission, cap_of.get(ad.item_id)), now=now),
            is_launched=ad.ad_id in launched,
            is_protected=protects(ad_account, is_launched=ad.ad_id in launched),
            cap=cap_of.get(ad.item_id),
        )
        for ad in ads
        for permission in [best.get((ad.item_id, ad.identity_type))]
    ]


def observed_with_ads(workspace: Workspace) -> list[AdAccount]:
    """Ad accounts that are only observed and run ads."""
    running = Ad.objects.filter(is_gone=False, operation_status="ENABLE")
    rows = AdAccount.objects.filter(
        workspace=workspace, is_used=True, protection=Protection.OBSERVE, ads__in=running
    )
    return list(rows.distinct())


def judge_one(ad: Ad, *, now: datetime) -> Judgement:
    """What the guard would make of this ad if it were switched on."""
    found = authorizations.permissions(ad.ad_account.workspace, now=now, items={ad.item_id})
    permission = authorizations.best_by_identity(found).get((ad.item_id, ad.identity_type))
    cap_of = _caps(ad.ad_account.workspace, [ad], now=now)
    return rules.judge(_as_running(ad, permission, cap_of.get(ad.item_id)), now=now)


def _caps(
    workspace: Workspace,
    ads: Sequence[Ad],
    *,
    now: datetime,
    caps: Mapping[int, SpendCap] | None = None,
) -> dict[str, SpendCap]:
    """The caps that the ads' spend counts towards, by item id."""
    posts = {(ad.post.creator_id, ad.item_id) for ad in ads if ad.post is not None}
    return agreements.caps_of_posts(workspace, posts, now=now, caps=caps)


def protects(ad_account: AdAccount, *, is_launched: bool) -> bool:
    """Whether the guard may stop such an ad of the account."""
    if ad_account.protection == Protection.ALL:
        return True
    return ad_account.protection == Protection.LAUNCHED and is_launched


def _as_running(ad: Ad, permission: Permission | None, cap: SpendCap | None) -> rules.RunningAd:
    is_lost = permission is not None and permission.state in LOST
    return rules.RunningAd(
        is_spark=bool(ad.item_id),
        is_own_post=bool(ad.post and ad.post.creator.is_own),
        has_permission=permission is not None and permission.state in LOST | USABLE,
        permission_lost=permission.authorization.get_state_display().lower()
        if permission and is_lost
        else "",
        window=permission.window if permission else None,
        rights_problems=tuple(
            (problem, str(RIGHT_PROBLEMS[problem])) for problem in permission.rights_problems
        )
        if permission
        else (),
        zone=ad.ad_account.workspace.timezone,
        cap=cap,
    )


def worst_first(judged: Sequence[JudgedAd]) -> list[JudgedAd]:
    """Those that would stop first, then the unknown ones, then the rest."""
    order = [Verdict.STOP, Verdict.UNKNOWN, Verdict.MAY_RUN]
    return sorted(judged, key=lambda each: (order.index(each.judgement.verdict), each.ad.ad_id))


def counts(judged: Sequence[JudgedAd]) -> dict[str, int]:
    """How many running ads there are of each verdict, and how many Kindling launched."""
    found = {verdict.value: 0 for verdict in Verdict}
    for each in judged:
        found[each.judgement.verdict] += 1
    return {**found, "all": len(judged), "launched": sum(each.is_launched for each in judged)}


# --- Adopting what runs -------------------------------------------------------------------------------------------


def adopt(actor: Actor, ad_account: AdAccount, *, at: datetime) -> list[JudgedAd]:
    """Bring what already runs onto the books: ads, posts, creators, permissions. Nothing changes at TikTok.

    Returns every running ad with what is missing for it. Raises PlatformError when TikTok cannot be read.
    """
    actor.require(Action.APPLY)
    with tiktok.session(ad_account):
        sync.sync_account(ad_account, at=at)
        polling.cover_linked_posts(ad_account, at=at)
        polling.poll(ad_account, at=at)
        run = sync.sync_account(ad_account, at=at)  # ads of posts that the reading brought
    if not run.is_complete:
        raise PlatformError(run.problem, next_step="Try again in a minute.", can_retry=True)
    judged = judge_ads(ad_account, now=at)
    record(actor, "read ad account", ad_account.name, at=at, after=counts(judged))
    return judged


@transaction.atomic
def ask_adoption(actor: Actor, ad_account: AdAccount, *, at: datetime) -> None:
    """`adopt` in the background, by the tasks that read and sync."""
    actor.require(Action.APPLY)
    polling.request_reading(ad_account.workspace, at=at)
    outbox.ask(
        JobRequest(
            SYNC_TASK,
            f"sync-{ad_account.pk}-asked-{secrets.token_hex(6)}",
            {"ad_account": ad_account.pk},
            lane=lease.of_account(ad_account.pk),
        )
    )
    record(actor, "asked to read ad account", ad_account.name, at=at)


# --- Choosing how far it goes -------------------------------------------------------------------------------------


def would_stop(judged: Sequence[JudgedAd]) -> list[JudgedAd]:
    """Those the guard would switch off if the account protected all its ads."""
    return [each for each in judged if each.judgement.verdict is Verdict.STOP]


def list_digest(judged: Sequence[JudgedAd]) -> str:
    """Says which ads would stop, so that a person confirms the list they have seen and no other."""
    ids = sorted(each.ad.ad_id for each in would_stop(judged))
    return hashlib.sha256(",".join(ids).encode()).hexdigest()[:16]


def choose(
    actor: Actor, ad_account: AdAccount, mode: str, *, seen: str = "", at: datetime
) -> AdAccount:
    """Say which ads Kindling may stop by itself. All of them only by an owner who has seen which would stop.

    seen : `list_digest` of the list that was looked at; only `all` needs it
    raises : InvalidInputError for no such mode, ConflictError when the list has changed since
    """
    if mode not in Protection.values:
        raise InvalidInputError(
            f"{mode!r} is not a protection mode.",
            next_step=f"Use one of {', '.join(Protection.values)}.",
            field="mode",
        )
    with transaction.atomic():
        # Role and list are looked at where it is written: both may have changed since the page was opened.
        action = Action.MANAGE_WORKSPACE if mode == Protection.ALL else Action.APPLY
        actor = workspaces.check_again(actor, action)
        _write_mode(actor, ad_account, mode, seen=seen, at=at)
    ad_account.refresh_from_db()
    return ad_account


def _write_mode(actor: Actor, ad_account: AdAccount, mode: str, *, seen: str, at: datetime) -> None:
    row = AdAccount.objects.select_for_update(no_key=True).get(pk=ad_account.pk)
    judged = judge_ads(ad_account, now=at)
    if mode == Protection.ALL and seen != list_digest(judged):
        raise ConflictError(
            f"{len(would_stop(judged))} running ads would stop now; this is not the list you confirmed.",
            next_step="Look at the list of ads that would stop, then confirm it.",
        )
    AdAccount.objects.filter(pk=row.pk).update(protection=mode, is_protection_chosen=True)
    record(
        actor, "changed protection", ad_account.name, at=at, before={"mode": row.protection},
        after={"mode": mode, "would_stop": [each.ad.ad_id for each in would_stop(judged)]},
    )  # fmt: skip
