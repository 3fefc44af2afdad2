"""Sums over the ledgers: what a report, the creator's statistics and the truth all read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from tiktok_sandbox.world.ads.signals import known_conversions
from tiktok_sandbox.world.delivery.orders import BY_VIEW, NOBODY
from tiktok_sandbox.world.delivery.targeting import PROVINCE_SHARES
from tiktok_sandbox.world.delivery.wear import people_reached
from tiktok_sandbox.world.ledgers.ledger import AD_HOUR, POST_HOUR, Rows
from tiktok_sandbox.world.randomness.columns import FloatArray, IntArray, hashed, thinned
from tiktok_sandbox.world.state.clock import TICK, seconds
from tiktok_sandbox.world.state.hours import HOUR_SECONDS, HOURS_A_DAY
from tiktok_sandbox.world.world import World

COUNTS = AD_HOUR[3:]
CONVERSION_COUNTS = ("conversions", "value_minor", "view_conversions", "view_value_minor")
MEASURES = COUNTS + CONVERSION_COUNTS
POST_COUNTS = POST_HOUR[2:]
# How a paid count adds to the post's own counters (R1).
PAID_TO_POST = {
    "views": "impressions",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "favorites": "favorites",
    "full_views": "views_p100",
    "watch_seconds": "watch_seconds",
    "follows": "follows",
    "profile_visits": "profile_visits",
}
# No wall clock is further from UTC.
MOST_SHIFT_HOURS = 15

Sums = dict[tuple[int, int], IntArray]


def reported_rows(world: World, *, until: datetime) -> IntArray:
    """Rows of AD_HOUR as reports show them at `until`, int64; see Reporting.

    An hour shows some minutes after its end, without a small share that only the next daily
    correction adds. Every figure is between nothing and what really happened.
    """
    late = world.family.reporting
    ready = until - timedelta(minutes=late.delay_minutes)
    rows = world.ad_hours.until((ready - world.state.epoch) // TICK).astype(np.int64)
    if not late.late_share or not len(rows):
        return rows
    first_open = _first_uncorrected(world, until)
    start = int(np.searchsorted(rows[:, 0], first_open))
    rows[start:, 3:] -= _late_part(world, rows[start:])
    return rows


def _first_uncorrected(world: World, until: datetime) -> int:
    """The first tick whose figures the daily correction has not reached."""
    corrected = until.replace(
        hour=world.family.reporting.corrected_at_hour, minute=0, second=0, microsecond=0
    )
    if corrected > until:
        corrected -= timedelta(days=1)
    return (corrected - world.state.epoch) // TICK


def _late_part(world: World, rows: IntArray) -> IntArray:
    """What of each row's counts comes late: a draw of (hour, ad, column), nested by column."""
    late = np.zeros((len(rows), len(COUNTS)), dtype=np.int64)
    share = np.full(len(rows), world.family.reporting.late_share)
    draw = hashed(world.seed, "late", rows[:, 0], rows[:, 1])
    for place in range(len(COUNTS)):
        late[:, place] = thinned(rows[:, 3 + place], share, draw)
    return late


def local_hours(world: World, advertiser_id: str, ticks: IntArray) -> IntArray:
    """Hours since 1970 of each tick's start on the account's own wall clock."""
    zone = world.zone(advertiser_id)
    distinct, inverse = np.unique(ticks, return_inverse=True)
    hours = np.array(
        [_wall_hour(world.tick_start(int(tick)).astimezone(zone)) for tick in distinct],
        dtype=np.int64,
    )
    return hours[inverse] if len(distinct) else hours


def _wall_hour(local: datetime) -> int:
    naive = local.replace(tzinfo=None)
    return (naive.toordinal() - datetime(1970, 1, 1).toordinal()) * 24 + naive.hour  # noqa: DTZ001 - wall clock


def delivery_sums(
    world: World,
    *,
    advertiser_id: str,
    hours_per_bucket: int,
    at: datetime | None = None,
    days: tuple[int, int] | None = None,
) -> Sums:
    """(ad number, time bucket) → MEASURES summed, for everything reported at `at` (default now).

    hours_per_bucket : 1 hour, 24 day, 0 everything in bucket 0. Buckets count local hours or days
    since 1970. Conversions are in the bucket of their click and appear once placed, so earlier
    buckets still grow. days : first and last local day since 1970 that matter; buckets outside of
    them may be missing or incomplete.
    """
    until = at or world.now
    sums: Sums = {}
    mine = _is_mine(world, advertiser_id)
    if not mine.any():
        return sums
    delivered = reported_rows(world, until=until)
    delivered = _of_days(world, delivered, days)
    delivered = delivered[mine[delivered[:, 1]]]
    _add(world, sums, delivered, 3, 0, advertiser_id=advertiser_id, size=hours_per_bucket)
    sold = _of_days(world, conversion_rows(world, until=until), days)
    sold = sold[mine[sold[:, 1]]]
    _add(world, sums, sold, 2, len(COUNTS), advertiser_id=advertiser_id, size=hours_per_bucket)
    return sums


def _of_days(world: World, rows: IntArray, days: tuple[int, int] | None) -> IntArray:
    """Rows, sorted by tick, that can belong to these local days in any zone."""
    if days is None:
        return rows
    epoch = seconds(world.state.epoch) // HOUR_SECONDS
    first = days[0] * HOURS_A_DAY - MOST_SHIFT_HOURS - epoch
    last = (days[1] + 1) * HOURS_A_DAY + MOST_SHIFT_HOURS - epoch
    low, high = np.searchsorted(rows[:, 0], (first, last))
    return rows[low:high]


def _is_mine(world: World, advertiser_id: str) -> IntArray:
    world.tally.follow(world)
    account = world.tally.account_place[advertiser_id]
    mine: IntArray = world.tally.ad_account == account
    return mine


def conversion_rows(world: World, *, until: datetime) -> IntArray:
    """One row per conversion the platform knows of: tick, ad, then CONVERSION_COUNTS.

    Credited by click or by view; see ads/signals.py for what it knows.
    """
    shown = until - timedelta(minutes=world.family.reporting.delay_minutes)
    orders = world.orders
    found = (orders.column("credited_ad") != NOBODY) & (
        orders.column("placed_second") <= seconds(shown)
    )
    rows = orders.rows[found].astype(np.int64)
    by_view = (rows[:, orders.place("credit")] == BY_VIEW).astype(np.int64)
    value = rows[:, orders.place("gross_minor")] - rows[:, orders.place("discount_minor")]
    one = np.ones(len(rows), dtype=np.int64)
    ad = rows[:, orders.place("credited_ad")]
    credited = np.stack([rows[:, 0], ad, one, value, by_view, by_view * value], axis=1)
    placed = rows[:, orders.place("placed_second")]
    return known_conversions(world, credited, placed=placed, until=seconds(shown))


def _add(
    world: World,
    sums: Sums,
    rows: IntArray,
    first: int,
    place: int,
    *,
    advertiser_id: str,
    size: int,
) -> None:
    """Add columns from `first` on of rows (tick, ad, …) at `place` of each bucket's sums."""
    keys, added = _summed(world, rows, first, advertiser_id=advertiser_id, size=size)
    for (ad, bucket), values in zip(keys.tolist(), added, strict=True):
        whole = sums.setdefault((ad, bucket), np.zeros(len(MEASURES), dtype=np.int64))
        whole[place : place + len(values)] += values


def _summed(
    world: World, rows: IntArray, first: int, *, advertiser_id: str, size: int
) -> tuple[IntArray, IntArray]:
    """Distinct (ad, bucket) of rows (tick, ad, …), and the sums of the columns from `first` on."""
    buckets = np.zeros(len(rows), dtype=np.int64)
    if size and len(rows):
        buckets = local_hours(world, advertiser_id, rows[:, 0]) // size
    # One number per key sorts many times faster than rows of two.
    width = int(buckets.max()) + 1 if len(buckets) else 1
    distinct, inverse = np.unique(rows[:, 1] * width + buckets, return_inverse=True)
    added = np.zeros((len(distinct), rows.shape[1] - first), dtype=np.int64)
    np.add.at(added, inverse.ravel(), rows[:, first:])
    return np.stack([distinct // width, distinct % width], axis=1), added


def reach_of(world: World, impressions: int, people: float | None = None) -> int:
    """How many different people so many impressions reach; of everybody, unless told of how many."""
    whole = world.family.delivery.audience if people is None else people
    reached = people_reached(world.family, impressions, whole)
    return min(impressions, max(round(reached), 1 if impressions else 0))


AGES, GENDERS, COUNTRIES, PROVINCES = "age", "gender", "country_code", "province_id"
# Traits that viewers have beyond age and gender: the family's shares, and where targeting names them.
TRAITS = {
    "platform": ("systems", "operating_systems"),
    "language": ("languages", "languages"),
    "interest_category": ("interests", "interest_category_ids"),
}
SHOWN_NAMES = {"IOS": "IPHONE"}
PLACEMENT = "placement"
ONE_REGION = (("0", 1.0),)


def audience_sums(
    world: World,
    *,
    advertiser_id: str,
    hours_per_bucket: int,
    dimensions: Sequence[str],
    at: datetime | None = None,
) -> dict[tuple[int, int, tuple[str, ...]], IntArray]:
    """(ad number, bucket, values of the dimensions) → MEASURES; they sum to delivery_sums.

    dimensions : country_code, province_id, placement or one of TRAITS, or any of age and gender.
    Impressions by kind of viewer are booked as they happen; every other count is split by them, a
    draw of (ad, bucket, measure).
    """
    whole = delivery_sums(
        world, advertiser_id=advertiser_id, hours_per_bucket=hours_per_bucket, at=at
    )
    kinds = world.family.segments
    names: list[tuple[str, ...]]
    if COUNTRIES in dimensions:
        country = (world.state.advertisers[advertiser_id].country,)
        return {(ad, bucket, country): values for (ad, bucket), values in whole.items()}
    trait = next((name for name in (PROVINCES, PLACEMENT, *TRAITS) if name in dimensions), None)
    if trait is not None:
        shares = {ad: trait_shares(world, ad, trait) for ad in {key[0] for key in whole}}
        names = [(name,) for name in dict.fromkeys(n for each in shares.values() for n in each)]
        mix = {key: np.array([shares[key[0]].get(name, 0.0) for (name,) in names]) for key in whole}
    else:
        # Always split by both, so that one dimension is the sum of the two in whatever order.
        labels = [(kind.age, kind.gender) for kind in kinds]
        names = sorted(set(labels))
        mix = _mixes(world, advertiser_id, hours_per_bucket, at, labels=labels, names=names)
    even = np.full(len(names), 1 / len(names))
    found: dict[tuple[int, int, tuple[str, ...]], IntArray] = {}
    for (ad, bucket), values in whole.items():
        parts = _split(world, ad, bucket, values, mix.get((ad, bucket), even))
        for name, part in zip(names, parts, strict=True):
            if part.any():
                shown = _shown(name, dimensions)
                standing = found.get((ad, bucket, shown))
                found[ad, bucket, shown] = part if standing is None else standing + part
    return found


def trait_shares(world: World, number: int, trait: str) -> dict[str, float]:
    """How the viewers of an ad divide by a trait they do not act by: as its target does, sums to 1."""
    ad = world.find.ads()[number]
    group, people = world.state.adgroups[ad.adgroup_id], world.family.people
    known: tuple[tuple[str, float], ...]
    if trait == PLACEMENT:
        return {"PLACEMENT_TIKTOK": 1.0}
    if trait == PROVINCES:
        country = world.state.advertisers[ad.advertiser_id].country
        known, field = PROVINCE_SHARES.get(country, ONE_REGION), "location_ids"
    else:
        portions, field = TRAITS[trait]
        known = tuple((each.name, each.share) for each in getattr(people, portions))
    given = group.fields.get(field)
    wanted = [str(each) for each in given] if isinstance(given, list) else []
    found = {name: share for name, share in known if name in wanted} or dict(known)
    total = sum(found.values())
    return {SHOWN_NAMES.get(name, name): share / total for name, share in found.items()}


def _shown(name: tuple[str, ...], dimensions: Sequence[str]) -> tuple[str, ...]:
    """Of a split's own name what was asked for, in the order asked for."""
    if AGES not in dimensions and GENDERS not in dimensions:
        return name
    viewer = dict(zip((AGES, GENDERS), name, strict=True))
    return tuple(viewer[dimension] for dimension in dimensions)


def _mixes(
    world: World,
    advertiser_id: str,
    size: int,
    at: datetime | None,
    *,
    labels: Sequence[tuple[str, ...]],
    names: list[tuple[str, ...]],
) -> dict[tuple[int, int], FloatArray]:
    """(ad, bucket) → shares of its impressions by name, rows sum to 1."""
    ready = (at or world.now) - timedelta(minutes=world.family.reporting.delay_minutes)
    rows = world.ad_audiences.until((ready - world.state.epoch) // TICK).astype(np.int64)
    rows = rows[_is_mine(world, advertiser_id)[rows[:, 1]]]
    keys, sums = _summed(world, rows, 2, advertiser_id=advertiser_id, size=size)
    belongs = np.array([[label == name for name in names] for label in labels], dtype=np.float64)
    by_name = sums @ belongs
    shares = by_name / np.maximum(by_name.sum(axis=1, keepdims=True), 1)
    return {(ad, bucket): row for (ad, bucket), row in zip(keys.tolist(), shares, strict=True)}


def _split(
    world: World, ad: int, bucket: int, values: IntArray, shares: FloatArray
) -> list[IntArray]:
    """Whole numbers in these shares that sum to `values`, the last one taking what is left."""
    left, rest = values.copy(), 1.0
    parts = []
    measures = np.arange(len(values))
    for place, share in enumerate(shares[:-1].tolist()):
        chance = np.full(len(values), min(1.0, share / rest) if rest > 1e-12 else 0.0)
        drawn = hashed(world.seed, "audience", ad, bucket, place, measures)
        part = thinned(left, chance, drawn)
        parts.append(part)
        left, rest = left - part, rest - share
    return [*parts, left]


def post_totals(
    world: World, at: datetime, *, items: Sequence[str] | None = None
) -> dict[str, dict[str, dict[str, int]]]:
    """item_id → organic, paid and total counters of hours that ended by `at`; `items` of all posts."""
    # What happened before the epoch is known from the start, however late the counters are.
    last_tick = max(0, (at - world.state.epoch) // TICK)
    count = len(world.state.posts)
    organic = _by_post(world.post_hours.until(last_tick), 1, 2, count)
    paid = _by_post(world.ad_hours.until(last_tick), 2, 3, count)
    found = {}
    for item_id in world.state.posts if items is None else items:
        number = world.post_number(item_id)
        free = dict(zip(POST_COUNTS, organic[number].tolist(), strict=True))
        bought = dict(zip(COUNTS, paid[number].tolist(), strict=True))
        ads = {name: bought[source] for name, source in PAID_TO_POST.items()}
        total = {name: free[name] + ads[name] for name in POST_COUNTS}
        found[item_id] = {"organic": free, "paid": ads, "total": total}
    return found


def _by_post(rows: Rows, key: int, first: int, count: int) -> IntArray:
    sums = np.zeros((count, rows.shape[1] - first), dtype=np.int64)
    np.add.at(sums, rows[:, key], rows[:, first:])
    return sums


def bucket_text(bucket: int, hours_per_bucket: int) -> str:
    """`YYYY-MM-DD HH:MM:SS` of a bucket's start on the account's wall clock."""
    start = datetime(1970, 1, 1) + timedelta(hours=bucket * hours_per_bucket)  # noqa: DTZ001 - wall clock
    return start.strftime("%Y-%m-%d %H:%M:%S")
