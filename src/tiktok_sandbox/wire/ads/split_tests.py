"""`split_test/*`: two groups of ads compared fairly. Source: tiktok-api.md §8.7.

Each cell has half of the people (world/delivery/effects.py); the result counts what each delivered
between start and end. The
p-value of a rate is a two-sided test of two proportions with pooled variance (Fleiss, Levin & Paik,
Statistical Methods for Rates and Proportions, 2003, §3.1); a cost per event is compared as its
events per unit of money, by the exact test of two Poisson rates.
"""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np

from tiktok_sandbox.wire.ads.adgroups import get_adgroup
from tiktok_sandbox.wire.ads.campaigns import get_campaign
from tiktok_sandbox.wire.ads.objects import is_gone
from tiktok_sandbox.wire.protocol.calls import Call, Data, Endpoint
from tiktok_sandbox.wire.protocol.errors import invalid, not_found
from tiktok_sandbox.wire.protocol.fields import choice, ids, many, moment, number, record, text
from tiktok_sandbox.wire.protocol.parameters import TIME_FORMAT, Parameters
from tiktok_sandbox.wire.reports.metrics import counts_of, metric_text
from tiktok_sandbox.wire.reports.sums import no_measures
from tiktok_sandbox.world.delivery.effects import shares_of
from tiktok_sandbox.world.delivery.measures import delivery_sums, reach_of
from tiktok_sandbox.world.randomness.distributions import binomial_p_value, normal_share
from tiktok_sandbox.world.state.clock import whole_seconds
from tiktok_sandbox.world.state.entities import AdGroup, Campaign
from tiktok_sandbox.world.state.split_tests import SplitTest
from tiktok_sandbox.world.world import World

VARIABLES = (
    "BIDDING_OPTIMIZATION",
    "TARGTING",
    "TARGETING",
    "CREATIVE",
    "PLACEMENT",
    "CATALOG",
    "BUDGET_ALLOCATION",
)
# Key metric → (events, of what): a rate of counts, or None for "per money".
RATES: dict[str, tuple[str, str | None]] = {
    "CONVERT_RATE": ("conversions", "clicks"),
    "CLICK_THROUGH_RATE": ("clicks", "impressions"),
    "VIDEO_PLAY_2S_RATE": ("views_2s", "impressions"),
    "VIDEO_PLAY_6S_RATE": ("views_6s", "impressions"),
    "COST_PER_SHOW": ("impressions", None),
    "COST_PER_CLICK": ("clicks", None),
    "COST_PER_CONVERT": ("conversions", None),
    "COST_PER_REACH": ("impressions", None),
}
SHOWN = (
    "spend",
    "impressions",
    "reach",
    "clicks",
    "conversion",
    "ctr",
    "cpc",
    "cpm",
    "conversion_rate",
)
WINS_AT = 0.1
REPORT_HOURS = 24
UNIX_DAY = 719_163  # ordinal of 1970-01-01
ACCOUNT = text("advertiser_id", required=True, most=32)
GROUP = text("split_test_group_id", required=True, most=32)


def create(call: Call) -> Data:
    account = call.advertiser()
    given = call.parameters
    level = given.text("split_test_level", "ADGROUP")
    cells = _cells(given)
    for number_ in (number_ for cell in cells for number_ in cell):
        _check_object(call.world, account.advertiser_id, level, number_)
    start, end = given.moment("start_time"), given.moment("end_time")
    _check_times(call, start, end)
    if level == "CAMPAIGN" and "budget" in given:
        raise invalid("budget", "Only allowed with split_test_level ADGROUP")
    test = SplitTest(
        split_test_group_id=call.world.next_id("split_test", prefix="17"),
        advertiser_id=account.advertiser_id,
        level=level,
        cells=cells,
        test_variable=given.text("test_variable"),
        key_metric=given.text("key_metric"),
        budget=float(given.text("budget")) if "budget" in given else None,
        start_at=start,
        end_at=end,
        created_at=whole_seconds(call.world.now),
    )
    call.world.state.split_tests[test.split_test_group_id] = test
    return {"split_test_group_id": test.split_test_group_id}


def _cells(given: Parameters) -> list[list[str]]:
    if "cells" in given:
        entries = [e for e in given.items("cells") if isinstance(e, dict)]
        cells = [Parameters(e, is_query=False).ids("object_ids", most=20, least=1) for e in entries]
    else:
        cells = [[number_] for number_ in given.ids("object_ids", most=2)]
    if len(cells) != 2:
        raise invalid("object_ids", "Exactly two ad groups, or two cells")
    everything = [number_ for cell in cells for number_ in cell]
    if len(set(everything)) != len(everything):
        raise invalid("object_ids", "An object can be in one cell only")
    return cells


def _check_object(world: World, advertiser_id: str, level: str, number_: str) -> None:
    thing: Campaign | AdGroup
    if level == "ADGROUP":
        thing = get_adgroup(world, advertiser_id, number_)
    else:
        thing = get_campaign(world, advertiser_id, number_)
    if is_gone(world, thing):
        raise not_found(level.lower(), number_)
    now = world.now
    for test in world.state.split_tests.values():
        if number_ in (n for cell in test.cells for n in cell) and _end(test) > now:
            raise invalid("object_ids", f"{number_} is in a split test already")


def _check_times(call: Call, start: datetime, end: datetime) -> None:
    if end <= start:
        raise invalid("end_time", "Lies before start_time")
    if end <= call.world.now:
        raise invalid("end_time", "Lies in the past")


def _end(test: SplitTest) -> datetime:
    return min(test.end_at, test.ended_at) if test.ended_at is not None else test.end_at


def status_of(world: World, test: SplitTest) -> str:
    """Status by the clock; a test ended before its start is cancelled."""
    if test.ended_at is not None and test.ended_at < test.start_at:
        return "CANCELLED"
    if world.now < test.start_at:
        return "NOT_STARTED"
    if world.now < _end(test):
        return "IN_PROGRESS"
    # Orders arrive late, so the report waits a day.
    hours = (world.now - _end(test)).total_seconds() / 3600
    return "REPORTING_GENERATING" if hours < REPORT_HOURS else "COMPLETED"


def result(call: Call) -> Data:
    test = _own(call)
    zone = call.world.zone(test.advertiser_id)
    counts = [_delivered(call.world, test, cell) for cell in test.cells]
    status = status_of(call.world, test)
    # Empty until the test is done (§17).
    p_values = _p_values(counts) if status == "COMPLETED" else []
    winner = _winner(test, counts) if status == "COMPLETED" else None
    cells: list[dict[str, object]] = [
        {
            "object_ids": cell,
            "is_winner": number == winner,
            "metrics": {name: metric_text(name, found) for name in SHOWN},
        }
        for number, (cell, found) in enumerate(zip(test.cells, counts, strict=True))
    ]
    return {
        "split_test_group_id": test.split_test_group_id,
        "split_test_level": test.level,
        "split_test_status": status,
        "test_variable": test.test_variable,
        "key_metric": test.key_metric,
        "budget": test.budget,
        "start_time": test.start_at.astimezone(zone).strftime(TIME_FORMAT),
        "end_time": _end(test).astimezone(zone).strftime(TIME_FORMAT),
        "object_info": [
            {
                "object_id": cell[0],
                **_object(call.world, test, cell[0]),
                **{k: v for k, v in shown.items() if k != "object_ids"},
            }
            for cell, shown in zip(test.cells, cells, strict=True)
        ],
        "cells": cells,
        "p_value_info": p_values,
        "winning_object_id": test.cells[winner][0] if winner is not None else None,
        "promoted_object_id": test.promoted_id,
    }


def _object(world: World, test: SplitTest, number: str) -> dict[str, object]:
    """What an ad group of the test is; a campaign's row has no more than its id."""
    group = world.state.adgroups.get(number)
    if test.level != "ADGROUP" or group is None:
        return {}
    return {
        "adgroup_id": group.adgroup_id,
        "adgroup_name": group.fields.get("adgroup_name"),
        "optimization_goal": group.fields.get("optimization_goal"),
    }


def _delivered(world: World, test: SplitTest, cell: list[str]) -> dict[str, int]:
    """MEASURES summed over the cell's ads and the whole local hours of the test."""
    sums = delivery_sums(world, advertiser_id=test.advertiser_id, hours_per_bucket=1)
    zone = world.zone(test.advertiser_id)
    first, last = (_wall_hour(at.astimezone(zone)) for at in (test.start_at, _end(test)))
    ads = world.find.ads()
    whole = counts_of(world, no_measures())
    for (number_, hour), values in sums.items():
        ad = ads[number_]
        member = ad.adgroup_id if test.level == "ADGROUP" else ad.campaign_id
        if member in cell and first <= hour < last:
            for name, value in counts_of(world, values).items():
                whole[name] += value
    # The same person is met again in other hours and ads: counted over the people of the cell.
    people = world.family.delivery.audience * shares_of(test)[test.cells.index(cell)]
    whole["reach"] = reach_of(world, whole["impressions"], people)
    return whole


def _wall_hour(local: datetime) -> int:
    """Hours since 1970 on the account's own clock, as the sums' buckets count them."""
    return (local.toordinal() - UNIX_DAY) * 24 + local.hour


def _p_values(counts: list[dict[str, int]]) -> list[Data]:
    return [
        {"metric": metric, "p_value": p_value(counts[0], counts[1], metric=metric)}
        for metric in RATES
    ]


def p_value(left: dict[str, int], right: dict[str, int], *, metric: str) -> float | None:
    """Two-sided p-value of no difference; None where there is nothing to compare."""
    events, base = RATES[metric]
    hits = left[events], right[events]
    trials = (left[base], right[base]) if base else (left["spend_minor"], right["spend_minor"])
    if not all(trials) or not sum(hits):
        return None
    if base is None:
        share = trials[0] / sum(trials)
        return binomial_p_value(hits[0], sum(hits), share)
    pooled = sum(hits) / sum(trials)
    spread = math.sqrt(max(0.0, pooled * (1 - pooled)) * (1 / trials[0] + 1 / trials[1]))
    if spread == 0:
        return None
    gap = hits[0] / trials[0] - hits[1] / trials[1]
    return 2 * float(normal_share(np.array([-abs(gap) / spread]))[0])


def _winner(test: SplitTest, counts: list[dict[str, int]]) -> int | None:
    """The better cell by the key metric, when the difference is significant."""
    p = p_value(counts[0], counts[1], metric=test.key_metric)
    if p is None or p > WINS_AT:
        return None
    events, base = RATES[test.key_metric]
    rate = [found[events] / found[base or "spend_minor"] for found in counts]
    return 0 if rate[0] > rate[1] else 1


def update(call: Call) -> Data:
    """Move the start of a test that has not started, or the end of one that has not ended."""
    test = _own(call)
    status = status_of(call.world, test)
    if status not in ("NOT_STARTED", "IN_PROGRESS"):
        raise invalid("split_test_group_id", "The test has ended")
    start, end = test.start_at, test.end_at
    if "start_time" in call.parameters:
        if status != "NOT_STARTED":
            raise invalid("start_time", "The test has started")
        start = call.parameters.moment("start_time")
    if "end_time" in call.parameters:
        end = call.parameters.moment("end_time")
    _check_times(call, start, end)
    test.start_at, test.end_at = start, end
    return {"split_test_group_id": test.split_test_group_id}


def end(call: Call) -> Data:
    test = _own(call)
    if status_of(call.world, test) not in ("NOT_STARTED", "IN_PROGRESS"):
        raise invalid("split_test_group_id", "The test has ended")
    test.ended_at = whole_seconds(call.world.now)
    return {"split_test_group_id": test.split_test_group_id}


def promote(call: Call) -> Data:
    """Carry on with the winner: the other ad group is switched off."""
    test = _own(call)
    if test.level != "ADGROUP":
        raise invalid("split_test_group_id", "Only ad groups can be promoted")
    if status_of(call.world, test) not in ("REPORTING_GENERATING", "COMPLETED"):
        raise invalid("split_test_group_id", "The test has not ended")
    winner = call.parameters.text("winning_object_id")
    members = [number_ for cell in test.cells for number_ in cell]
    if winner not in members:
        raise invalid("winning_object_id", "Not an object of this test")
    test.promoted_id = winner
    now = whole_seconds(call.world.now)
    winners = next(cell for cell in test.cells if winner in cell)
    for number_ in members:
        group = call.world.state.adgroups[number_]
        wanted = "ENABLE" if number_ in winners else "DISABLE"
        if group.operation_status != wanted and not group.is_deleted:
            group.operation_status, group.status_changed_at = wanted, now
            group.modified_at = now
    return {"split_test_group_id": test.split_test_group_id}


def _own(call: Call) -> SplitTest:
    account = call.advertiser()
    number_ = call.parameters.text("split_test_group_id")
    test = call.world.state.split_tests.get(number_)
    if test is None or test.advertiser_id != account.advertiser_id:
        raise not_found("split test", number_)
    return test


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="POST",
        path="/split_test/create/",
        handler=create,
        section="8.7",
        takes=(
            ACCOUNT,
            choice("split_test_level", "ADGROUP", "CAMPAIGN"),
            ids("object_ids", most=2),
            many("cells", record("cell", ids("object_ids", required=True, most=20)), most=2),
            choice("test_variable", *VARIABLES, required=True),
            choice("key_metric", *RATES, required=True),
            number("budget", low=0),
            moment("start_time", required=True),
            moment("end_time", required=True),
        ),
        limits="Half of the people each, whatever the budgets; both cells stand in the same auctions",
    ),
    Endpoint(
        method="GET",
        path="/split_test/result/get/",
        handler=result,
        section="8.7",
        takes=(ACCOUNT, GROUP),
        limits="Shape of the metrics is ours; COST_PER_REACH counts impressions",
    ),
    Endpoint(
        method="POST",
        path="/split_test/update/",
        handler=update,
        section="8.7",
        takes=(ACCOUNT, GROUP, moment("start_time"), moment("end_time")),
    ),
    Endpoint(
        method="POST",
        path="/split_test/end/",
        handler=end,
        section="8.7",
        takes=(ACCOUNT, GROUP),
    ),
    Endpoint(
        method="POST",
        path="/split_test/promote/",
        handler=promote,
        section="8.7",
        takes=(ACCOUNT, GROUP, text("winning_object_id", required=True, most=32)),
    ),
)
