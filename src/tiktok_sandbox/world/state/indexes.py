"""Looking things up without walking the world. Derived from the state, never saved.

Most collections of the state only grow at their end, so an index catches up with what is new each
time it is asked. What changes in place (an ad's post, a name, a deletion) is reported to `Indexes` by
the code that changes it.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import TypeVar

from tiktok_sandbox.world.state.clock import TICK
from tiktok_sandbox.world.state.entities import (
    Ad,
    AdGroup,
    AdsGrant,
    Binding,
    Campaign,
    Creator,
    CreatorGrant,
    PostCode,
)
from tiktok_sandbox.world.state.state import State

T = TypeVar("T")


def _newest(things: dict[str, T], known: int) -> list[T]:
    """The things added since there were `known` of them, oldest first."""
    fresh = list(islice(reversed(things.values()), max(0, len(things) - known)))
    fresh.reverse()
    return fresh


class Indexes:
    """Indexes of one world. Every method costs what it answers, not what the world holds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._ads: list[Ad] = []
        self._groups_known = self._campaigns_known = self._creators_known = 0
        self._by_group: dict[str, list[Ad]] = defaultdict(list)
        self._by_account: dict[str, list[Ad]] = defaultdict(list)
        self._by_item: dict[str, dict[str, Ad]] = defaultdict(dict)
        self._by_smart_plus: dict[str, list[Ad]] = defaultdict(list)
        self._by_material: dict[str, Ad] = {}
        self._live_ads: Counter[str] = Counter()
        self._groups: dict[str, list[AdGroup]] = defaultdict(list)
        self._account_groups: dict[str, list[AdGroup]] = defaultdict(list)
        self._campaigns: dict[str, list[Campaign]] = defaultdict(list)
        self._names: dict[tuple[str, str], list[Campaign | AdGroup]] = defaultdict(list)
        self._creators: dict[str, Creator] = {}
        self._forget_bindings()
        self._codes_known = 0
        self._code_numbers: dict[str, int] = {}
        self._newest_code: dict[str, PostCode] = {}
        self._ends: list[tuple[datetime, int]] = []
        self._grants_of: list[AdsGrant] | None = None
        self._grants: dict[str, AdsGrant] = {}
        self._creator_grants: dict[str, CreatorGrant] = {}

    # Ads

    def _catch_up_ads(self) -> None:
        for ad in _newest(self._state.ads, len(self._ads)):
            self._ads.append(ad)
            self._by_group[ad.adgroup_id].append(ad)
            self._by_account[ad.advertiser_id].append(ad)
            self._by_item[ad.item_id][ad.ad_id] = ad
            if ad.smart_plus_ad_id is not None:
                self._by_smart_plus[ad.smart_plus_ad_id].append(ad)
            if ad.ad_material_id is not None:
                self._by_material[ad.ad_material_id] = ad
            self._live_ads[ad.identity_id] += not ad.is_deleted

    def ads(self) -> list[Ad]:
        """Every ad, by its number."""
        self._catch_up_ads()
        return self._ads

    def ads_of_group(self, adgroup_id: str) -> list[Ad]:
        self._catch_up_ads()
        return self._by_group.get(adgroup_id, [])

    def ads_of_account(self, advertiser_id: str) -> list[Ad]:
        self._catch_up_ads()
        return self._by_account.get(advertiser_id, [])

    def ads_of_post(self, item_id: str) -> list[Ad]:
        self._catch_up_ads()
        return [ad for ad in self._by_item.get(item_id, {}).values() if ad.item_id == item_id]

    def ads_of_smart_plus(self, smart_plus_ad_id: str) -> list[Ad]:
        self._catch_up_ads()
        return self._by_smart_plus.get(smart_plus_ad_id, [])

    def ad_of_material(self, ad_material_id: str) -> Ad | None:
        self._catch_up_ads()
        return self._by_material.get(ad_material_id)

    def live_ads_of_identity(self, identity_id: str) -> int:
        self._catch_up_ads()
        return self._live_ads[identity_id]

    def note_ad_deleted(self, ad: Ad) -> None:
        """Call once, before the ad is marked as deleted."""
        self._catch_up_ads()
        self._live_ads[ad.identity_id] -= 1

    def note_ad_moved(self, ad: Ad, *, item_id: str, identity_id: str) -> None:
        """Call before the ad gets another post or identity."""
        self._catch_up_ads()
        self._by_item[item_id][ad.ad_id] = ad
        if not ad.is_deleted:
            self._live_ads[ad.identity_id] -= 1
            self._live_ads[identity_id] += 1

    # Campaigns and ad groups

    def _catch_up_groups(self) -> None:
        for campaign in _newest(self._state.campaigns, self._campaigns_known):
            self._campaigns[campaign.advertiser_id].append(campaign)
            self.note_name(campaign)
        self._campaigns_known = len(self._state.campaigns)
        for group in _newest(self._state.adgroups, self._groups_known):
            self._groups[group.campaign_id].append(group)
            self._account_groups[group.advertiser_id].append(group)
            self.note_name(group)
        self._groups_known = len(self._state.adgroups)

    def campaigns_of_account(self, advertiser_id: str) -> list[Campaign]:
        self._catch_up_groups()
        return self._campaigns.get(advertiser_id, [])

    def groups_of_account(self, advertiser_id: str) -> list[AdGroup]:
        self._catch_up_groups()
        return self._account_groups.get(advertiser_id, [])

    def groups_of_campaign(self, campaign_id: str) -> list[AdGroup]:
        self._catch_up_groups()
        return self._groups.get(campaign_id, [])

    def note_name(self, thing: Campaign | AdGroup) -> None:
        """Call when a thing is made or gets another name."""
        parent, name = _name_of(thing)
        self._names[parent, name].append(thing)

    def is_name_taken(self, parent: str, name: str) -> bool:
        """parent : the account of a campaign, the campaign of an ad group."""
        self._catch_up_groups()
        return any(
            not thing.is_deleted and _name_of(thing) == (parent, name)
            for thing in self._names.get((parent, name), ())
        )

    # Creators and what they have given

    def creator_of_identity(self, identity_id: str) -> Creator | None:
        for creator in _newest(self._state.creators, self._creators_known):
            self._creators[creator.identity_id] = creator
        self._creators_known = len(self._state.creators)
        return self._creators.get(identity_id)

    def _forget_bindings(self) -> None:
        self._bindings_of: list[Binding] | None = None
        self._bindings_known = 0
        self._bindings: dict[str, dict[str, Binding]] = defaultdict(dict)
        self._bound_handles: dict[str, Counter[str]] = defaultdict(Counter)

    def _catch_up_bindings(self) -> None:
        bindings = self._state.bindings
        if self._bindings_of is not bindings or len(bindings) < self._bindings_known:
            self._forget_bindings()
            self._bindings_of = bindings
        for bound in bindings[self._bindings_known :]:
            self._bindings[bound.advertiser_id][bound.item_id] = bound
            handle = self._state.posts[bound.item_id].handle
            self._bound_handles[bound.advertiser_id][handle] += 1
        self._bindings_known = len(bindings)

    def binding(self, advertiser_id: str, item_id: str) -> Binding | None:
        self._catch_up_bindings()
        return self._bindings.get(advertiser_id, {}).get(item_id)

    def bindings_of_account(self, advertiser_id: str) -> Iterable[Binding]:
        """The account's bindings, oldest first."""
        self._catch_up_bindings()
        return self._bindings.get(advertiser_id, {}).values()

    def bound_handles(self, advertiser_id: str) -> Mapping[str, int]:
        """Handle → number of its posts that are bound to the account, in order of the first."""
        self._catch_up_bindings()
        return self._bound_handles.get(advertiser_id, {})

    def note_unbound(self) -> None:
        """Call after a binding was removed."""
        self._forget_bindings()

    def _catch_up_codes(self) -> None:
        codes, state = self._state.codes, self._state
        # Ends before the last hour that passed were reported before this index was made.
        reported_until = state.epoch + max(0, state.ticks_done - 1) * TICK
        for number in range(self._codes_known, len(codes)):
            code = codes[number]
            self._code_numbers[code.auth_code] = number
            self._newest_code[code.item_id] = code
            if code.end_at > reported_until:
                heapq.heappush(self._ends, (code.end_at, number))
        self._codes_known = len(codes)

    def code_number(self, auth_code: str) -> int | None:
        """The place in the state's codes of the code with this text."""
        self._catch_up_codes()
        return self._code_numbers.get(auth_code)

    def number_of(self, code: PostCode) -> int:
        self._catch_up_codes()
        return self._code_numbers[code.auth_code]

    def newest_code(self, item_id: str) -> PostCode | None:
        self._catch_up_codes()
        return self._newest_code.get(item_id)

    def note_extended(self, code: PostCode) -> None:
        """Call after a code's end was moved."""
        self._catch_up_codes()
        heapq.heappush(self._ends, (code.end_at, self._code_numbers[code.auth_code]))

    def next_code_end(self) -> datetime | None:
        """No code ends before this instant that has not been reported."""
        self._catch_up_codes()
        return self._ends[0][0] if self._ends else None

    def codes_ended_by(self, now: datetime) -> list[PostCode]:
        """Codes whose end has passed since this was last asked."""
        self._catch_up_codes()
        ended = []
        while self._ends and self._ends[0][0] <= now:
            end_at, number = heapq.heappop(self._ends)
            code = self._state.codes[number]
            if code.end_at == end_at:
                ended.append(code)
        return ended

    # Tokens

    def ads_grant(self, token: str) -> AdsGrant | None:
        grants = self._state.ads_grants
        if self._grants_of is not grants or len(grants) != len(self._grants):
            self._grants_of = grants
            self._grants = {grant.token: grant for grant in grants}
        return self._grants.get(token)

    def creator_grant(self, access_token: str) -> CreatorGrant | None:
        """The grant that now has this access token; a refresh changes a grant's token."""
        found = self._creator_grants.get(access_token)
        if found is None or found.access_token != access_token:
            grants = self._state.creator_grants
            self._creator_grants = {grant.access_token: grant for grant in grants}
            found = self._creator_grants.get(access_token)
        return found


def _name_of(thing: Campaign | AdGroup) -> tuple[str, str]:
    if isinstance(thing, Campaign):
        return thing.advertiser_id, str(thing.fields.get("campaign_name"))
    return thing.campaign_id, str(thing.fields.get("adgroup_name"))
