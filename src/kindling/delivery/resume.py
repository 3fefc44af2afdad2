"""Let a stopped ad run again: only what may run, only with the checks of a launch, and never by the guard."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Now

from kindling.authorizations.lifecycle import polling
from kindling.delivery import at_tiktok, protection
from kindling.delivery.models import Ad, Pause
from kindling.delivery.rules import Verdict
from kindling.errors import ConflictError, OutcomeUnknownError, PlatformError
from kindling.jobs import lease
from kindling.kit.time import day_in, start_of_day
from kindling.launches.checks import service as checks
from kindling.launches.planning import content as contents
from kindling.launches.planning import spend_caps
from kindling.launches.sending import flights
from kindling.workspaces import service as workspaces
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action, needs_second_person
from kindling.workspaces.service import Actor, record
from tiktok_business import Ad as WireAd
from tiktok_business import Switch


def resume(actor: Actor, ad: Ad, *, at: datetime) -> Pause:
    """Switch a stopped ad on again. Returns its pause, which still waits if a second person has to confirm.

    An ad of an approved plan spends what was approved, while its ad group's budget is no more than that. Any other
    takes two people above the workspace's limit (R60), alone or with what the person resumed alone that day.
    raises : ConflictError naming what stands against it, PlatformError when TikTok does not confirm
    """
    actor.require(Action.APPLY)
    # One at a time: what a person resumed alone is on record only when TikTok has confirmed it.
    with lease.held(f"resume-{actor.workspace.pk}"):
        return _resume(actor, ad, at=at)


def _resume(actor: Actor, ad: Ad, *, at: datetime) -> Pause:
    held = _open_pause(ad)
    problem = _why_not(ad, now=at)
    if problem:
        raise ConflictError(problem[0], next_step=problem[1])
    launched = flights.launched_ad(ad.ad_account, ad.ad_id)
    under_cap = spend_caps.before_resume(launched, now=at) if launched else None
    with transaction.atomic():
        # Role, limit and who asked are read again, locked, right before spend is raised.
        actor = workspaces.check_again(actor, Action.APPLY)
        held = Pause.objects.select_for_update(no_key=True).get(pk=held.pk)
        if _needs_second_person(actor, ad, at=at) and not _is_second(actor, held):
            return _ask(actor, ad, held, at=at)
        if under_cap is not None:
            budget = ad.adgroup.budget_minor or 0
            spend_caps.check_resume(under_cap, daily_budget_minor=budget, at=at)
        # From here on it counts as running, for whoever approves or resumes another ad meanwhile.
        flights.note_stop(ad.ad_account, ad.ad_id, reason="", at=None)
    try:
        _switch_on(ad)
    except PlatformError:
        if _is_off(ad):
            flights.note_stop(ad.ad_account, ad.ad_id, reason=held.reason, at=held.at)
        raise
    with transaction.atomic():
        if not Pause.objects.filter(pk=held.pk, resumed_at=None).update(
            resumed_at=at, resumed_by=actor.user
        ):
            raise ConflictError("Another person resumed this ad.", next_step="Reload the page.")
        Pause.objects.filter(ad=ad, resumed_at=None).update(resumed_at=at, resumed_by=actor.user)
        record(actor, "resumed ad", ad.ad_id, at=at, reason=held.reason)
    held.refresh_from_db()
    return held


def stopped(workspace: Workspace) -> list[Pause]:
    """The latest stop of each ad that is still off because of it, the newest first."""
    rows = (
        _open_stops(workspace)
        .select_related(
            "ad__post__creator", "ad__adgroup__campaign", "ad__ad_account", "by", "resume_asked_by"
        )
        .order_by("ad_id", "-at", "-pk")
    )
    newest: dict[int, Pause] = {}
    for row in rows:
        newest.setdefault(row.ad_id, row)
    return sorted(newest.values(), key=lambda each: (each.at, each.pk), reverse=True)


def list_stopped(workspace: Workspace) -> QuerySet[Pause]:
    """`stopped` as a query, for a list."""
    newest = _open_stops(workspace).order_by().values("ad").annotate(last=Max("pk")).values("last")
    rows = Pause.objects.filter(pk__in=newest).select_related(
        "ad__post__creator", "ad__adgroup__campaign", "ad__ad_account", "by", "resume_asked_by"
    )
    return rows.order_by("-at", "-pk")


def count_stopped(workspace: Workspace) -> int:
    """How many ads `stopped` has."""
    return _open_stops(workspace).order_by().values("ad_id").distinct().count()


def _open_stops(workspace: Workspace) -> QuerySet[Pause]:
    """Every stop that still keeps an ad off; an ad may have several."""
    return Pause.objects.filter(
        ad__ad_account__workspace=workspace,
        ad__is_gone=False,
        is_confirmed=True,
        resumed_at=None,
    ).exclude(ad__operation_status="ENABLE")


def stops_of_post(workspace: Workspace, item_id: str) -> list[Pause]:
    """Every stop of the post's ads, the newest first."""
    rows = Pause.objects.filter(ad__ad_account__workspace=workspace, ad__item_id=item_id)
    return list(rows.select_related("ad", "by", "resumed_by"))


def _open_pause(ad: Ad) -> Pause:
    held = Pause.objects.filter(ad=ad, resumed_at=None, is_confirmed=True).first()
    if held is None or ad.operation_status == "ENABLE":
        raise ConflictError(
            f"Ad {ad.ad_id} was not stopped here.", next_step="Open Live to see its status."
        )
    return held


def _why_not(ad: Ad, *, now: datetime) -> tuple[str, str] | None:
    """What stands against the ad, with a next step: TikTok is asked about its post first."""
    account = ad.ad_account
    if ad.item_id:
        polling.poll_one(account, ad.item_id, at=now)
    judgement = protection.judge_one(ad, now=now)
    if judgement.verdict is not Verdict.MAY_RUN:
        return judgement.reason, judgement.next_step
    blocking = checks.blocks_of_ad(account, ad.ad_id, now=now)
    if blocking:
        return f"{blocking[0].title}: {blocking[0].message}", "Solve it, then resume the ad."
    return None


def _needs_second_person(actor: Actor, ad: Ad, *, at: datetime) -> bool:
    """Whether the ad group's budget, with what the person resumed alone that day, takes two; unknown does."""
    budget = ad.adgroup.budget_minor
    if _is_approved(ad):
        return False
    return budget is None or needs_second_person(
        daily_budget_minor=budget + _resumed_alone(actor, apart_from=ad, at=at),
        limit_minor=actor.workspace.second_person_above_minor,
        is_in_books_currency=ad.ad_account.currency == actor.workspace.currency,
    )


def _is_approved(ad: Ad) -> bool:
    """Whether a plan was approved with at least the daily budget that the ad group has."""
    launched = flights.launched_ad(ad.ad_account, ad.ad_id)
    budget = ad.adgroup.budget_minor
    if launched is None or budget is None:
        return False
    tree = contents.tree_of(launched.plan)
    group = tree.group(tree.by_key[launched.key])["payload"]
    return bool(budget <= group["budget_minor"])


def _resumed_alone(actor: Actor, *, apart_from: Ad, at: datetime) -> int:
    """The daily budgets, in the workspace's currency, that the person resumed alone on its day of `at`, in minor units.

    A budget is of an ad group and counts once, however many of its ads were resumed.
    """
    workspace = actor.workspace
    rows = Pause.objects.filter(
        Q(resume_asked_by=None) | Q(resume_asked_by=F("resumed_by")),
        ad__ad_account__workspace=workspace,
        ad__ad_account__currency=workspace.currency,
        resumed_by=actor.user,
        resumed_at__gte=start_of_day(day_in(at, workspace.timezone), workspace.timezone),
    )
    rows = rows.exclude(ad__adgroup=apart_from.adgroup).select_related(
        "ad__adgroup", "ad__ad_account"
    )
    budgets = {
        row.ad.adgroup_id: row.ad.adgroup.budget_minor or 0
        for row in rows
        if not _is_approved(row.ad)
    }
    return sum(budgets.values())


def _is_second(actor: Actor, held: Pause) -> bool:
    if held.resume_asked_by_id is None or actor.user is None:
        return False
    return held.resume_asked_by_id != actor.user.pk


def _ask(actor: Actor, ad: Ad, held: Pause, *, at: datetime) -> Pause:
    with transaction.atomic():
        Pause.objects.filter(pk=held.pk, resumed_at=None).update(
            resume_asked_by=actor.user, resume_asked_at=at
        )
        record(actor, "asked to resume ad", ad.ad_id, at=at, reason=held.reason)
    held.refresh_from_db()
    return held


def _switch_on(ad: Ad) -> None:
    """Enable the ad; a lost reply is looked up, and the ad is written down as TikTok shows it afterwards."""
    failures: tuple[str, ...]
    try:
        switched = at_tiktok.switch(ad.ad_account, [ad], Switch.ENABLE)
        failures = tuple(failure.message for failure in switched.failed)
    except OutcomeUnknownError:
        failures = ()  # what TikTok shows now decides
    if failures:
        raise PlatformError(
            f"TikTok did not resume the ad: {failures[0]}.", next_step="Open it in Ads Manager."
        )
    shown = _read(ad)
    if shown is None or shown.operation_status != "ENABLE":
        raise PlatformError(
            "TikTok did not confirm that the ad runs again.", next_step="Try again in a minute.",
            can_retry=True,
        )  # fmt: skip
    Ad.objects.filter(pk=ad.pk).update(
        operation_status=shown.operation_status,
        secondary_status=shown.secondary_status,
        switched_at=Now(),
    )


def _is_off(ad: Ad) -> bool:
    """Whether TikTok shows the ad as off; not while it does not answer."""
    try:
        shown = _read(ad)
    except PlatformError:
        return False
    return shown is None or shown.operation_status != "ENABLE"


def _read(ad: Ad) -> WireAd | None:
    return next(iter(at_tiktok.read(ad.ad_account, [ad])), None)
