"""The checks of ads that run, once a day: what newly fails is told to its owner.

Nothing is stopped here. What must stop an ad (a permission that ends, a right that is gone) the guard judges every hour
from its own facts; a check that fails in flight, or that nobody can answer any more, asks people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from kindling.launches.checks.rules import CheckVerdict, Level, Result
from kindling.launches.checks.service import OF_APPROVAL, check_in_flight
from kindling.launches.models import Plan, PlannedObject
from kindling.launches.planning import content as contents
from kindling.launches.sending import flights
from kindling.notices import service as notices
from kindling.workspaces.rules import OWNER

FLYING = (Plan.State.APPLIED, Plan.State.PARTLY)
AFTERWARDS = timedelta(days=2)


def plans_to_check(*, now: datetime) -> Iterator[Plan]:
    """Plans with an ad that was switched on, until a while after their last flight: then their notices are closed."""
    on = PlannedObject.objects.filter(kind=PlannedObject.Kind.AD, state=PlannedObject.State.ENABLED)
    rows = Plan.objects.filter(state__in=FLYING, pk__in=on.values("plan"))
    for row in rows.order_by("pk"):
        if contents.last_end(row.content) > now - AFTERWARDS:
            yield row


def check_running(row: Plan, *, now: datetime) -> list[Result]:
    """Check the running ads of a plan, keep the results with it, and tell the owners what newly fails.

    raises : RuntimeError inside a transaction, since TikTok and pages are asked
    """
    running = _running_items(row, now=now)
    if not running:
        _settle(row, at=now)
        return []
    before = {(each["item_id"], each["title"]): each for each in row.checks}
    is_first = row.checked_in_flight_at is None
    results = check_in_flight(row, now=now)
    for result in results:
        if result.title in OF_APPROVAL:
            continue
        key = _key(row, result)
        if result.item_id not in running or not _is_trouble(result):
            notices.settle(row.workspace, key=key, at=now)
        elif _is_new(result, before.get((result.item_id, result.title)), is_first=is_first):
            _tell(row, result, key=key, at=now)
    return [result for result in results if result.item_id in running]


def _settle(row: Plan, *, at: datetime) -> None:
    """Close the notices of a plan of which nothing runs."""
    items = {contents.subject_of(ad) for ad in contents.ads(row.content)}
    titles = {each["title"] for each in row.checks}
    notices.settle_all(
        row.workspace, keys=[_named(row, item, title) for item in items for title in titles], at=at
    )


def _running_items(row: Plan, *, now: datetime) -> set[str]:
    """The posts and videos whose ads can spend now."""
    on = flights.running_ads(row)
    tree, set_ends = contents.tree_of(row), _set_ends(row)
    running = set()
    for each in row.objects_planned.filter(pk__in=on):
        ad = tree.by_key[each.key]
        group = tree.group(ad)
        end = contents.instant(group["payload"]["schedule_end_time"])
        if set_ends.get(group["key"], end) > now:
            running.add(contents.subject_of(ad))
    return running


def _set_ends(row: Plan) -> dict[str, datetime]:
    """By ad group's key the end that was last set at TikTok, of those that were moved."""
    found: dict[str, datetime] = {}
    groups = row.objects_planned.filter(kind=PlannedObject.Kind.ADGROUP)
    for group in groups.prefetch_related("end_changes"):
        done = [each for each in group.end_changes.all() if each.state == "done"]
        if done:
            found[group.key] = max(done, key=lambda each: each.at).ends_at
    return found


def _is_trouble(result: Result) -> bool:
    """A check that fails, or one that should block and nobody can answer."""
    is_unknown = result.verdict is CheckVerdict.UNKNOWN and result.level is Level.BLOCK
    return result.verdict is CheckVerdict.FAIL or is_unknown


def _is_new(result: Result, before: Mapping[str, Any] | None, *, is_first: bool) -> bool:
    """Whether people do not know it yet: what would block is told at once, a warning only when it newly fails.

    The warnings of the day of the launch were on the plan that a person approved.
    """
    if before is None or before["verdict"] != result.verdict:
        return True
    return is_first and result.level is Level.BLOCK


def _tell(row: Plan, result: Result, *, key: str, at: datetime) -> None:
    is_blocking = result.level is Level.BLOCK
    notices.notify(
        row.workspace,
        key=key,
        roles=_roles(result),
        title=f"{result.title}: a running ad of {row.name} {_word(result)}. {result.message}",
        next_step=result.next_step or "Open the plan to see why.",
        path=f"plans/{row.pk}/",
        at=at,
        urgency=2 if is_blocking and result.verdict is CheckVerdict.FAIL else 4,
    )


def _word(result: Result) -> str:
    return "fails the check" if result.verdict is CheckVerdict.FAIL else "cannot be checked"


def _roles(result: Result) -> Iterable[str]:
    return dict.fromkeys([result.owner, OWNER])


def _key(row: Plan, result: Result) -> str:
    return _named(row, result.item_id, result.title)


def _named(row: Plan, item_id: str, title: str) -> str:
    """The key of a notice: the plan, the post, and the check by its title, which only the code changes."""
    return f"in-flight-{row.pk}-{item_id}-{title.lower().replace(' ', '-')}"
