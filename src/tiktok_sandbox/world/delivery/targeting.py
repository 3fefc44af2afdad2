"""Whom an ad group is shown to: the share of each kind of viewer that its targeting leaves.

Age and gender are the kinds of viewers themselves. Every other trait (language, interest, system,
network, province, audience) is a share of the people that is independent of the rest, so what is left
is a product. Targeting that matches nobody leaves nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tiktok_sandbox.world.families.family import People, Portion, Segment
from tiktok_sandbox.world.randomness.columns import FloatArray
from tiktok_sandbox.world.state.audiences import Audience
from tiktok_sandbox.world.state.entities import AdGroup
from tiktok_sandbox.world.world import World

TIKTOK = "PLACEMENT_TIKTOK"
LOOKALIKE_SIZES = ("NARROW", "BALANCED", "BROAD")
LOOKALIKE_SHARES = (0.05, 0.15, 0.40)
# People of an audience that is defined by a rule, like visitors of the shop; our own.
VISITORS = 0.02
# Country → regions by their GeoNames ids; a country that is not listed is one region.
PROVINCE_SHARES = {
    "US": (("5332921", 0.3), ("4736286", 0.27), ("4155751", 0.23), ("5128638", 0.2)),
    "DE": (("2861876", 0.44), ("2951839", 0.36), ("2950157", 0.2)),
}


@dataclass(frozen=True, slots=True)
class Target:
    """people : share of each kind of viewer, shape (segments,); buying : how much more they buy."""

    people: FloatArray
    buying: float


def target_of(world: World, adgroup: AdGroup) -> Target:
    """Whom the ad group is shown to as it stands."""
    kinds = _kinds(adgroup, world.family.segments)
    share, buying = _audiences(world, adgroup)
    share *= _traits(world, adgroup)
    return Target(people=kinds * share, buying=buying)


def _kinds(adgroup: AdGroup, segments: Sequence[Segment]) -> FloatArray:
    """1 where age and gender of a kind of viewer are wanted, else 0."""
    ages, gender = _listed(adgroup, "age_groups"), adgroup.fields.get("gender")
    wanted = gender.removeprefix("GENDER_") if isinstance(gender, str) else "UNLIMITED"
    return np.array(
        [
            float(
                (not ages or kind.age in ages)
                and (wanted == "UNLIMITED" or kind.gender in (wanted, "NONE"))
            )
            for kind in segments
        ]
    )


def _traits(world: World, adgroup: AdGroup) -> float:
    people = world.family.people
    placements = _listed(adgroup, "placements")
    share = 1.0 if not placements or TIKTOK in placements else 0.0
    share *= shown_share(people.languages, _listed(adgroup, "languages"))
    share *= shown_share(people.systems, _listed(adgroup, "operating_systems"))
    share *= shown_share(people.networks, _listed(adgroup, "network_types"))
    share *= _interested(people, _listed(adgroup, "interest_category_ids"))
    return share * _living_there(world, adgroup)


def shown_share(portions: Iterable[Portion], wanted: Sequence[str]) -> float:
    """The share of people with one of the wanted traits; everybody when none is named."""
    if not wanted:
        return 1.0
    return min(1.0, sum(each.share for each in portions if each.name in wanted))


def _interested(people: People, wanted: Sequence[str]) -> float:
    if not wanted:
        return 1.0
    known = {each.name: each.share for each in people.interests}
    return min(1.0, sum(known.get(name, people.other_interest) for name in dict.fromkeys(wanted)))


def _living_there(world: World, adgroup: AdGroup) -> float:
    """The share of the country's people in the provinces asked for; any other place is its own."""
    country = world.state.advertisers[adgroup.advertiser_id].country
    shares = dict(PROVINCE_SHARES.get(country, ()))
    wanted = _listed(adgroup, "location_ids")
    if not wanted or not all(place in shares for place in wanted):
        return 1.0
    return min(1.0, sum(shares[place] for place in dict.fromkeys(wanted)))


def _audiences(world: World, adgroup: AdGroup) -> tuple[float, float]:
    """The share of people in the included audiences and in no excluded one; how much more they buy."""
    included = _known(world, _listed(adgroup, "audience_ids"))
    outside, weight, sums = 1.0, 0.0, 0.0
    for audience in included:
        share = share_of_audience(world, audience)
        outside *= 1 - share
        weight += share
        sums += share * _buying(world.family.people, audience)
    share = 1 - outside if included or _listed(adgroup, "audience_ids") else 1.0
    for audience in _known(world, _listed(adgroup, "excluded_audience_ids")):
        share *= 1 - share_of_audience(world, audience)
    return share, sums / weight if weight else 1.0


def _known(world: World, numbers: Sequence[str]) -> list[Audience]:
    found = (world.state.audiences.get(number) for number in dict.fromkeys(numbers))
    return [audience for audience in found if audience is not None]


def share_of_audience(world: World, audience: Audience) -> float:
    """The share of all people who are in an audience."""
    if audience.rule is not None:
        return VISITORS
    if audience.lookalike is not None:
        return LOOKALIKE_SHARES[_size(audience)]
    return min(1.0, audience.cover_num / world.family.delivery.audience)


def _buying(people: People, audience: Audience) -> float:
    if audience.lookalike is None:
        return people.audience_buying
    return people.lookalike_buying[_size(audience)]


def _size(audience: Audience) -> int:
    size = (audience.lookalike or {}).get("audience_size", "BALANCED")
    return LOOKALIKE_SIZES.index(str(size)) if size in LOOKALIKE_SIZES else 1


def _listed(adgroup: AdGroup, name: str) -> list[str]:
    found = adgroup.fields.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []
