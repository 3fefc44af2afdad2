"""Apply a plan: create everything switched off, check again, switch on. Exactly once, whatever happens.

The rule that carries it: an object's row is saved as `sending` before TikTok is called. Whoever finds a row so
(a crash, a lost reply) asks TikTok for the object by its name, which holds the plan's token and is unique,
several times (`lookups.LOOKS`: a list may be stale), and adopts what is there; only when it is not there is it sent
again. Should a double exist all the same, it is reported and stays off. Switching on is safe to repeat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from kindling.clock import now
from kindling.errors import (
    KindlingError,
    OutcomeUnknownError,
    PlatformError,
    PostRefusedError,
    RefusedError,
)
from kindling.jobs import lease, outbox
from kindling.jobs.lease import Hold, LostLeaseError
from kindling.jobs.registry import JobRequest
from kindling.launches import service
from kindling.launches.checks import service as checks
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.sending import calls, existing, flights, lookups
from kindling.posts import service as posts
from kindling.workspaces import tiktok
from kindling.workspaces.models import AdAccount
from kindling.workspaces.service import record, system_actor
from tiktok_business import (
    Switch,
)

log = logging.getLogger(__name__)
State, Kind = PlannedObject.State, PlannedObject.Kind
DONE = (State.CREATED, State.ENABLED)
STOPPED = "Stopped; resume it on Live."
FAULT = "A fault of Kindling's own; the log has its details. Apply the plan again, and report it if it comes back."
MAX_LOST_REPLIES = 3  # in a row for one object; then a person is told and can apply again


def apply(plan_pk: int, *, on_object: Callable[[], object] = lambda: None) -> None:
    """Bring a plan to its end, from wherever it stands. Safe to run again after a crash at any point.

    on_object : called after each object, to show progress
    """
    plan = service.find_plan_by_pk(plan_pk)
    with lease.held(lease.of_account(plan.ad_account_id)) as hold:
        plan.refresh_from_db()
        if plan.state != Plan.State.APPLYING:
            return
        with tiktok.session(plan.ad_account):
            for row in plan.objects_planned.all():
                row.plan = plan  # with its ad account, and its tree made once
                hold.check()
                if not _bring_to_life(plan, row, hold):
                    break
                on_object()
            else:
                hold.check()
                _check_again_and_switch_on(plan)
            _look_for_strays(plan)
        _close(plan)


# --- Creating ---------------------------------------------------------------------------------------------------


def _bring_to_life(
    plan: Plan, row: PlannedObject, hold: Hold, *, tries_left: int = MAX_LOST_REPLIES
) -> bool:
    """Create one object; False when the rest must wait for a person. A refused ad holds up only itself."""
    if row.exists_already:
        return _look_at_existing(row)
    if row.external_id:
        return True
    parent = calls.parent_of(row)
    if parent is not None and (not parent.external_id or parent.state == State.HELD):
        _answer(row, State.HELD, f"Its {parent.get_kind_display().lower()} was refused.")
        return True
    if parent is not None and calls.is_material(row):
        return _take_material(row, parent)
    if row.state == State.SENDING:
        if _adopt(row):
            return True
        hold.check()  # the looks took a while
    _note(row, state=State.SENDING, sent_at=now(), sends=row.sends + 1)
    try:
        external_id = calls.make(plan.ad_account, plan, row, parent)
    except PlatformError as problem:
        return _after_error(plan, row, problem, hold, tries_left)
    _born(row, external_id)
    if item_id := row.payload.get("tiktok_item_id"):
        posts.forget_refusal(plan.workspace, item_id)
    return True


def _look_at_existing(row: PlannedObject) -> bool:
    """What exists is left as it is; where it is no longer what was approved, nothing is added to it."""
    words = existing.changed(row)
    _answer(row, State.HELD if words else State.ENABLED, words)
    return True


def _take_material(row: PlannedObject, smart_ad: PlannedObject) -> bool:
    """A creative was made with its Smart+ ad: its id is told there."""
    found = lookups.materials(smart_ad)
    if found is None:
        raise PlatformError(
            "TikTok does not list the Smart+ ad yet.",
            next_step="Apply the plan again in a minute.",
            can_retry=True,
        )
    ad_id = found.get(row.payload["tiktok_item_id"])
    if ad_id is None:
        _answer(row, State.REFUSED, "TikTok's Smart+ ad does not have this post.")
    else:
        _born(row, ad_id)
    return True


def _after_error(
    plan: Plan, row: PlannedObject, problem: PlatformError, hold: Hold, tries_left: int
) -> bool:
    _note(row, request_id=problem.request_id)
    if isinstance(problem, OutcomeUnknownError):
        # Stays `sending`: whoever comes next looks by name first.
        _note(row, message="TikTok's answer was lost; Kindling checks whether the object exists.")
        return tries_left > 0 and _bring_to_life(plan, row, hold, tries_left=tries_left - 1)
    if isinstance(problem, RefusedError) and not problem.can_retry:
        _answer(row, State.REFUSED, f"{problem.message} {problem.next_step}")
        item_id = row.payload.get("tiktok_item_id")
        if isinstance(problem, PostRefusedError) and item_id:
            posts.note_refusal(plan.workspace, item_id, row.message, at=now())
        # The other campaigns of the plan go on; what stands below this object is held.
        return True
    _note(row, state=State.PLANNED, message=f"{problem.message} {problem.next_step}")
    return False


def _born(row: PlannedObject, external_id: str) -> None:
    _note(row, external_id=external_id, state=State.CREATED, message="")


def _answer(row: PlannedObject, state: str, message: str) -> None:
    _note(row, state=state, message=message)


def _note(row: PlannedObject, **facts: Any) -> None:
    """Write what became of an object: these columns alone, as a stop may have been noted on it meanwhile.

    raises : LostLeaseError when another process sent it again, or found it, since it was read here
    """
    mine = PlannedObject.objects.filter(pk=row.pk, sends=row.sends, external_id=row.external_id)
    if not mine.update(**facts):
        raise LostLeaseError(
            f"Another process took over the work on {row.name}.",
            next_step="It continues there; reload to see its state.",
        )
    for name, value in facts.items():
        setattr(row, name, value)


# --- Reconciling ------------------------------------------------------------------------------------------------


def _adopt(row: PlannedObject) -> bool:
    """Find the object at TikTok by its name and take the oldest's id over; False when no look showed it.

    raises : PlatformError when TikTok cannot be asked: then nothing may be sent either
    """
    found = lookups.find_after_lost_reply(row)
    if not found:
        return False
    _born(row, found[0])
    lookups.note_strays(row, found, at=now())
    return True


def _look_for_strays(plan: Plan) -> None:
    """The plan is done whether or not TikTok answers now: the worker looks again (`tasks.strays`)."""
    try:
        lookups.look_for_strays(plan, at=now())
    except PlatformError:
        log.warning("plan %s: duplicates could not be looked for yet", plan.pk)


# --- Switching on -----------------------------------------------------------------------------------------------


def _check_again_and_switch_on(plan: Plan) -> None:
    """Second check (R60), then ads, ad groups and last the campaign: nothing spends before all is checked.

    What runs already goes on: from then on the guard judges it. What was stopped stays off, as it is resumed on Live.
    Any other ad that is blocked is switched off, since an earlier apply may have switched it on below a campaign that
    was not.
    """
    results = checks.check_plan(plan, now=now())
    blocked = {result.item_id: result for result in results if result.blocks}
    made = plan.objects_planned.filter(kind=Kind.AD).exclude(external_id="")
    ads = list(made.select_related("post"))  # those held back by an earlier check as well
    for ad in ads:
        ad.plan = plan
    tree, running = contents.tree_of(plan), flights.running_ads(plan)
    ready, held = [], []
    for ad in ads:
        reason = blocked.get(contents.subject_of(tree.by_key[ad.key]))
        if ad.pk in running:
            continue
        if ad.stopped_at is not None:
            held.append((ad, STOPPED))
        elif reason is not None:
            held.append((ad, f"{reason.title}: {reason.message}"))
        else:
            ready.append(ad)
    _hold(plan.ad_account, held)
    if not ready:
        return
    _switch_on(plan.ad_account, ready)
    above = {key for ad in ready for key in tree.keys_above(tree.by_key[ad.key])}
    for kind in (Kind.SMART_AD, Kind.ADGROUP, Kind.CAMPAIGN):
        rows = [each for each in _rows_by_key(plan, above) if each.kind == kind]
        _switch_on(plan.ad_account, rows)


def _hold(account: AdAccount, held: list[tuple[PlannedObject, str]]) -> None:
    """Note why each ad stays off, and switch off at TikTok what may be on there.

    A row that says created may be on as well: TikTok's answer to switching it on can have been lost.
    raises : PlatformError while one may be on, so that nothing above it is switched on
    """
    waiting = [ad for ad, _ in held if ad.state != State.HELD]
    failures = calls.set_status(account, waiting, Switch.DISABLE) if waiting else {}
    for ad, reason in held:
        if ad.external_id not in failures:
            _answer(ad, State.HELD, reason)
    if failures:
        raise PlatformError(
            f"TikTok did not switch off an ad that a check blocks: {next(iter(failures.values()))}.",
            next_step="Switch it off in TikTok Ads Manager, then apply the plan again.",
        )


def _rows_by_key(plan: Plan, keys: set[str]) -> list[PlannedObject]:
    rows = list(plan.objects_planned.filter(key__in=keys, state__in=DONE))
    for row in rows:
        row.plan = plan
    return rows


def _switch_on(account: AdAccount, rows: list[PlannedObject]) -> None:
    waiting = [row for row in rows if row.state != State.ENABLED]
    if not waiting:
        return
    failures = calls.set_status(account, waiting, Switch.ENABLE)
    for row in waiting:
        if row.external_id in failures:
            _answer(row, State.CREATED, failures[row.external_id])
        else:
            _answer(row, State.ENABLED, "")


# --- Closing ----------------------------------------------------------------------------------------------------


@transaction.atomic
def _close(plan: Plan) -> None:
    """Say how it ended, and have its ads read. "Partly" can be applied again and goes on with what is left."""
    rows = list(plan.objects_planned.all())
    is_whole = all(row.state == State.ENABLED for row in rows)
    open_rows = [row for row in rows if row.state != State.ENABLED]
    at: datetime = now()
    Plan.objects.filter(pk=plan.pk).update(
        state=Plan.State.APPLIED if is_whole else Plan.State.PARTLY,
        finished_at=at,
        problem=""
        if is_whole
        else f"{len(open_rows)} of {len(rows)} objects are not running; see the table below.",
    )
    ids = {row.key: row.external_id for row in rows if row.external_id}
    record(system_actor(plan.workspace), "finished applying", plan.name, at=at, after={"made": ids})
    outbox.ask(
        JobRequest(
            service.READ_ADS_TASK,
            f"read-ads-plan-{plan.pk}-{int(at.timestamp())}",
            {"ad_account": plan.ad_account_id},
            lane=lease.of_account(plan.ad_account_id),
        )
    )


def run(plan_pk: int, *, on_object: Callable[[], object] = lambda: None) -> None:
    """`apply`, leaving the plan resumable with the reason on it when TikTok cannot be asked."""
    try:
        apply(plan_pk, on_object=on_object)
    except LostLeaseError:
        raise  # whoever has it goes on with the plan, or nobody: then the worker resumes it (`stranded`)
    except KindlingError as problem:
        give_up(plan_pk, str(problem))
    except Exception:
        give_up(plan_pk, FAULT)
        raise


def give_up(plan_pk: int, problem: str) -> None:
    """Leave the plan resumable with the reason on it."""
    Plan.objects.filter(pk=plan_pk, state=Plan.State.APPLYING).update(
        state=Plan.State.PARTLY, problem=problem, finished_at=now()
    )


def stranded() -> list[Plan]:
    """Plans being applied that nobody works on: their process lost its lease, or their job failed."""
    rows = Plan.objects.filter(state=Plan.State.APPLYING)
    return [each for each in rows if not lease.is_held(lease.of_account(each.ad_account_id))]
