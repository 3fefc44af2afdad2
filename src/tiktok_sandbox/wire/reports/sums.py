"""Sums of delivery grouped by what a report asks for. Source: tiktok-api.md §11."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

import numpy as np

from tiktok_sandbox.wire.protocol.errors import BAD_FIELD, WireError, invalid, missing
from tiktok_sandbox.wire.protocol.parameters import Parameters
from tiktok_sandbox.wire.reports.metrics import counts_of, metric_text
from tiktok_sandbox.world.delivery.measures import MEASURES, audience_sums, delivery_sums
from tiktok_sandbox.world.randomness.columns import IntArray
from tiktok_sandbox.world.state.entities import Ad
from tiktok_sandbox.world.world import World

UNIX = date(1970, 1, 1)
BUCKET_HOURS = {"stat_time_hour": 1, "stat_time_day": 24}

Key = tuple[tuple[str, ...], int]
Grouped = dict[Key, tuple[IntArray, Ad]]
KeyOf = Callable[[Ad], tuple[str, ...] | None]


def grouped(
    world: World,
    *,
    advertiser_id: str,
    key_of: KeyOf,
    time_dimension: str | None,
    first: int | None,
    last: int | None,
    audience: tuple[str, ...] = (),
    in_utc: bool = False,
    at: datetime | None = None,
) -> Grouped:
    """(key, time bucket) → MEASURES summed, and the newest ad of the group to read names from.

    key_of : a group's key, or None for an ad that is not asked for
    first, last : local days since 1970, both included; None takes everything there ever was
    audience : kinds of viewer or place by which every group is split; their values end the key
    in_utc : days and hours are UTC's instead of the account's; a repeated local hour counts once
    """
    hours = BUCKET_HOURS.get(time_dimension or "", 0)
    # Without a time dimension a span of days still has to be cut out by the day.
    size = hours or (0 if first is None else 24)
    fine = 1 if in_utc and size else size
    shift = _to_utc(world, advertiser_id) if in_utc else _same
    keys: dict[int, tuple[str, ...] | None] = {}
    groups: Grouped = {}
    ads = world.find.ads()
    days = None if first is None or last is None else (first, last)
    for number, hour, value, values in _cells(world, advertiser_id, fine, audience, at, days):
        bucket = shift(hour) // (size // fine) if size else 0
        day = bucket // 24 if size == 1 else bucket
        if first is not None and last is not None and not first <= day <= last:
            continue
        if number not in keys:
            keys[number] = key_of(ads[number])
        key = keys[number]
        if key is not None:
            join(groups, ((*key, *value), bucket if hours else 0), values, ads[number])
    return groups


def _cells(
    world: World,
    advertiser_id: str,
    size: int,
    audience: tuple[str, ...],
    at: datetime | None,
    days: tuple[int, int] | None,
) -> Iterator[tuple[int, int, tuple[str, ...], IntArray]]:
    """Ad number, bucket, values of the audience dimensions, MEASURES."""
    if not audience:
        plain = delivery_sums(
            world, advertiser_id=advertiser_id, hours_per_bucket=size, at=at, days=days
        )
        for (number, bucket), values in plain.items():
            yield number, bucket, (), values
        return
    split = audience_sums(
        world, advertiser_id=advertiser_id, hours_per_bucket=size, dimensions=audience, at=at
    )
    for (number, bucket, value), values in split.items():
        yield number, bucket, value, values


def _same(bucket: int) -> int:
    return bucket


def _to_utc(world: World, advertiser_id: str) -> Callable[[int], int]:
    """From hours since 1970 on the account's wall clock to hours of UTC."""
    zone = world.zone(advertiser_id)

    def shifted(hour: int) -> int:
        local = datetime(1970, 1, 1, tzinfo=zone) + timedelta(hours=hour)
        return int(local.timestamp() // 3600)

    return shifted


def join(groups: Grouped, key: Key, values: IntArray, ad: Ad) -> None:
    standing = groups.get(key)
    if standing is None:
        groups[key] = (values.copy(), ad)
        return
    newest = ad if ad.number > standing[1].number else standing[1]
    groups[key] = (standing[0] + values, newest)


def no_measures() -> IntArray:
    return np.zeros(len(MEASURES), dtype=np.int64)


def total(values: Iterable[IntArray]) -> IntArray:
    whole = no_measures()
    for found in values:
        whole = whole + found
    return whole


def read_days(
    given: Parameters, *, most: int | None, time_dimension: str | None = None
) -> tuple[int, int]:
    """`start_date` and `end_date` as days since 1970, both included. Raises WireError.

    most : days, both ends counted; time_dimension : what the refusal names, where there is one
    """
    for name in ("start_date", "end_date"):
        if name not in given:
            raise missing(name)
    first, last = given.day("start_date"), given.day("end_date")
    if last < first:
        raise invalid("end_date", "Lies before start_date")
    if most is not None and (last - first).days + 1 > most:
        # The text of the daily one was seen live (§17); the others follow it.
        when = f" when use {time_dimension}" if time_dimension else ""
        span = most if time_dimension else most - 1
        raise WireError(BAD_FIELD, f"max time span is {span} day{'s' * (span != 1)}{when}")
    return (first - UNIX).days, (last - UNIX).days


def number_of(world: World, name: str, values: IntArray) -> float:
    """A metric as a number, to sort and to compare by."""
    return float(metric_text(name, counts_of(world, values)))
