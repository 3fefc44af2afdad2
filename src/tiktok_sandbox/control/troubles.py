"""Control of trouble and of studies: `troubles/`, `lift-studies/`, and faults of a split test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, get_args

import msgspec

from tiktok_sandbox.control.bodies import Act, BadRequestError, Body, read_instant
from tiktok_sandbox.control.truth_document import iso
from tiktok_sandbox.world.delivery.troubles import SUBJECTS, plan_trouble
from tiktok_sandbox.world.state.troubles import LiftStudy, Trouble, TroubleKind
from tiktok_sandbox.world.truth.lift import read_study
from tiktok_sandbox.world.world import World

if TYPE_CHECKING:
    from tiktok_sandbox.runtime.hub import Hub

KINDS: tuple[str, ...] = get_args(TroubleKind)
MOST_SIZE = 10.0
# How bad it may be, where that can be said.
BOUNDS: dict[TroubleKind, tuple[float, float]] = {
    "under_delivery": (0.0, 1.0),
    "price_shock": (0.1, MOST_SIZE),
    "sceptical_thread": (0.0, 2.0),
}
LONGEST = timedelta(days=3650)


def troubles(hub: Hub, body: Body) -> object:
    """Every trouble there was, is and will be."""
    return {"troubles": [_row(each) for each in hub.current().state.troubles]}


def add_trouble(hub: Hub, body: Body) -> object:
    """{"kind", its subject, "start", "hours", "size"}: let something go wrong, from now for a day unless said."""
    world = hub.current()
    kind = body.get("kind")
    if kind not in KINDS:
        raise BadRequestError(f"kind is one of {', '.join(KINDS)}")
    found: TroubleKind = kind
    name = SUBJECTS[found]
    subject = str(body.get(name, ""))
    if subject not in _subjects(world, name):
        raise BadRequestError(f"{kind} needs {name}, of this world")
    start, end = _span(world, body, hours=24)
    size = None
    if "size" in body:
        if found not in BOUNDS:
            raise BadRequestError(f"{kind} has no size")
        low, high = BOUNDS[found]
        size = _number(body, "size", low=low, high=high)
    hub.note_write()
    return _row(
        plan_trouble(world, kind=found, subject=subject, start_at=start, end_at=end, size=size)
    )


def _row(trouble: Trouble) -> dict[str, object]:
    return {
        "trouble_id": trouble.trouble_id,
        "kind": trouble.kind,
        SUBJECTS[trouble.kind]: trouble.subject,
        "start": iso(trouble.start_at),
        "end": iso(trouble.end_at),
        "size": trouble.size,
    }


def _subjects(world: World, name: str) -> dict[str, object]:
    state = world.state
    known: dict[str, dict[str, object]] = {
        "adgroup_id": {**state.adgroups},
        "ad_id": {**state.ads},
        "advertiser_id": {**state.advertisers},
        "sku": {**state.products},
        "item_id": {**state.posts},
    }
    return known[name]


def _span(world: World, body: Body, *, hours: float) -> tuple[datetime, datetime]:
    start = read_instant(str(body["start"])) if "start" in body else world.now
    if not world.now - LONGEST <= start <= world.now + LONGEST:
        raise BadRequestError(f"start must lie within {LONGEST.days} days of now")
    length = _number(body, "hours", low=1.0, high=LONGEST / timedelta(hours=1), default=hours)
    return start, start + timedelta(hours=length)


def _number(
    body: Body, name: str, *, low: float, high: float, default: float | None = None
) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise BadRequestError(f"{name} must be a number from {low:g} to {high:g}")
    return float(value)


def spoil_split_test(hub: Hub, body: Body) -> object:
    """{"split_test_group_id", "first_share", "divergence"}: a fault that a fair reader should find.

    first_share : the part of the people that the first cell gets; divergence : how much more delivery
    of the second one looks for the family's last kinds of viewers
    """
    world = hub.current()
    test = world.state.split_tests.get(str(body.get("split_test_group_id", "")))
    if test is None:
        raise BadRequestError("split_test_group_id must be a split test of this world")
    first = _number(body, "first_share", low=0.01, high=0.99, default=test.first_share)
    divergence = _number(body, "divergence", low=0.1, high=MOST_SIZE, default=test.divergence)
    hub.note_write()
    test.first_share, test.divergence = first, divergence
    return {
        "split_test_group_id": test.split_test_group_id,
        "first_share": first,
        "divergence": divergence,
    }


def add_study(hub: Hub, body: Body) -> object:
    """{"adgroup_ids", "holdout_share", "start", "hours"}: keep a part of the people from seeing the ads."""
    world = hub.current()
    numbers = body.get("adgroup_ids")
    if not isinstance(numbers, list) or not numbers:
        raise BadRequestError("adgroup_ids must be a list of ad groups of this world")
    groups = [world.state.adgroups.get(str(number)) for number in numbers]
    owners = {group.advertiser_id for group in groups if group is not None}
    if None in groups or len(owners) != 1:
        raise BadRequestError("adgroup_ids must be ad groups of one ad account of this world")
    start, end = _span(world, body, hours=24 * 14)
    if start < world.now:
        raise BadRequestError("start lies in the past: nobody was kept from the ads then")
    share = _number(body, "holdout_share", low=0.01, high=0.9, default=0.2)
    hub.note_write()
    study = LiftStudy(
        study_id=world.next_id("lift", prefix="78"),
        advertiser_id=owners.pop(),
        adgroup_ids=list(dict.fromkeys(str(number) for number in numbers)),
        holdout_share=share,
        start_at=start,
        end_at=end,
    )
    row = _study(world, study)
    world.state.lift_studies[study.study_id] = study
    return row


def studies(hub: Hub, body: Body) -> object:
    """Every lift study with what each arm has bought so far."""
    world = hub.current()
    return {"lift_studies": [_study(world, each) for each in world.state.lift_studies.values()]}


def _study(world: World, study: LiftStudy) -> dict[str, object]:
    return {
        "study_id": study.study_id,
        "advertiser_id": study.advertiser_id,
        "adgroup_ids": study.adgroup_ids,
        "holdout_share": study.holdout_share,
        "start": iso(study.start_at),
        "end": iso(study.end_at),
        "arms": {name: msgspec.to_builtins(arm) for name, arm in read_study(world, study).items()},
    }


TABLE: tuple[tuple[str, str, Act], ...] = (
    ("GET", "troubles/", troubles),
    ("POST", "troubles/", add_trouble),
    ("POST", "split-tests/", spoil_split_test),
    ("GET", "lift-studies/", studies),
    ("POST", "lift-studies/", add_study),
)
