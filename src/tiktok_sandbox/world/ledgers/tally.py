"""Running sums that budgets, wear, learning and social proof look at.

Everything in here follows from the ledgers, so a saved world needs none of it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tiktok_sandbox.world.randomness.columns import BoolArray, FloatArray, IntArray
from tiktok_sandbox.world.state.state import NumberedPosts

NO_DAY = -1


def extended(array: IntArray, length: int) -> IntArray:
    """The array with zeros behind it, if it is shorter than `length` rows."""
    missing = length - len(array)
    if missing <= 0:
        return array
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]), dtype=np.int64)])


def zeros(length: int = 0, *more: int) -> IntArray:
    return np.zeros((length, *more), dtype=np.int64)


class Tally:
    """Sums over everything booked so far. Arrays are in the order of the state's dicts.

    today : minor units spent on the account's present local day; life : ever
    post_likes : likes on the post, free and paid; group_orders : orders of an ad group's clicks;
    exposures : paid views of a video by an ad group's people, by kind of viewer, shape (exposures,
    segments); exposure_row says which ad group and video a row belongs to
    """

    def __init__(self, segments: int) -> None:
        self.group_place: dict[str, int] = {}
        self.campaign_place: dict[str, int] = {}
        self.account_place: dict[str, int] = {}
        self.group_today, self.group_life = zeros(), zeros()
        self.campaign_today, self.campaign_life = zeros(), zeros()
        self.account_life, self.account_day = zeros(), zeros()
        self.group_orders = zeros()
        self.post_likes = zeros()
        self.exposures = zeros(0, segments)
        self.exposure_row: dict[tuple[int, int], int] = {}
        self.ad_group, self.ad_campaign, self.ad_account = zeros(), zeros(), zeros()
        self.group_account, self.campaign_account = zeros(), zeros()
        self.group_campaign = zeros()
        self.creative = zeros()

    def follow(self, world: NumberedPosts) -> None:
        """Make room for what was added to the state since."""
        state = world.state
        _number(self.account_place, state.advertisers)
        _number(self.campaign_place, state.campaigns)
        _number(self.group_place, state.adgroups)
        accounts, campaigns, groups = (
            len(state.advertisers),
            len(state.campaigns),
            len(state.adgroups),
        )
        if accounts > len(self.account_day):
            fresh = np.full(accounts - len(self.account_day), NO_DAY, dtype=np.int64)
            self.account_day = np.concatenate([self.account_day, fresh])
            self.account_life = extended(self.account_life, accounts)
        for name, length in (("group", groups), ("campaign", campaigns)):
            for kind in ("today", "life"):
                setattr(self, f"{name}_{kind}", extended(getattr(self, f"{name}_{kind}"), length))
        self.group_orders = extended(self.group_orders, groups)
        self._follow_owners(world)
        self._follow_posts(world)

    def _follow_owners(self, world: NumberedPosts) -> None:
        state = world.state
        if len(self.campaign_account) < len(state.campaigns):
            owners = [self.account_place[c.advertiser_id] for c in state.campaigns.values()]
            self.campaign_account = np.array(owners, dtype=np.int64)
        if len(self.group_account) < len(state.adgroups):
            owners = [self.account_place[g.advertiser_id] for g in state.adgroups.values()]
            self.group_account = np.array(owners, dtype=np.int64)
            owners = [self.campaign_place[g.campaign_id] for g in state.adgroups.values()]
            self.group_campaign = np.array(owners, dtype=np.int64)
        known = len(self.ad_group)
        if known < len(state.ads):
            new = list(state.ads.values())[known:]
            for name, places, key in (
                ("ad_group", self.group_place, "adgroup_id"),
                ("ad_campaign", self.campaign_place, "campaign_id"),
                ("ad_account", self.account_place, "advertiser_id"),
            ):
                added = np.array([places[getattr(ad, key)] for ad in new], dtype=np.int64)
                setattr(self, name, np.concatenate([getattr(self, name), added]))

    def _follow_posts(self, world: NumberedPosts) -> None:
        count = len(world.state.posts)
        if count > len(self.creative):
            self.creative = np.array(
                [world.creative_number(item_id) for item_id in world.state.posts], dtype=np.int64
            )
            self.post_likes = extended(self.post_likes, count)

    def exposure_rows(self, groups: IntArray, posts: IntArray) -> IntArray:
        """The rows of these ad groups with the videos of these posts; makes room for new ones."""
        known = self.exposure_row
        pairs = zip(groups.tolist(), self.creative[posts].tolist(), strict=True)
        rows = [known.setdefault(pair, len(known)) for pair in pairs]
        self.exposures = extended(self.exposures, len(known))
        return np.array(rows, dtype=np.int64)

    def shrink(self, *, campaigns: int, groups: int) -> None:
        """Forget the newest campaigns and ad groups, which were taken out again unspent."""
        for name, length in (("group", groups), ("campaign", campaigns)):
            places = getattr(self, f"{name}_place")
            while len(places) > length:
                places.popitem()
            for kind in ("today", "life", "account"):
                setattr(self, f"{name}_{kind}", getattr(self, f"{name}_{kind}")[:length])
        self.group_orders = self.group_orders[:groups]
        self.group_campaign = self.group_campaign[:groups]

    def open_days(self, local_days: IntArray) -> None:
        """Start a fresh day where the account's calendar has turned; days shape (accounts,)."""
        turned = self.account_day != local_days
        if not turned.any():
            return
        self.group_today[turned[self.group_account]] = 0
        self.campaign_today[turned[self.campaign_account]] = 0
        self.account_day = local_days.copy()

    def book_ads(
        self,
        *,
        numbers: IntArray,
        posts: IntArray,
        spend: IntArray,
        likes: IntArray,
        views: IntArray,
        exposures: IntArray,
        is_today: BoolArray,
    ) -> None:
        """Add rows of several hours; views is shape (rows, segments), the others (rows,).

        exposures : each row's place in `exposures`; is_today : is it of the account's open day?
        """
        groups, campaigns = self.ad_group[numbers], self.ad_campaign[numbers]
        today = np.where(is_today, spend, 0)
        for place, sums in ((groups, "group"), (campaigns, "campaign")):
            _add(getattr(self, f"{sums}_today"), place, today)
            _add(getattr(self, f"{sums}_life"), place, spend)
        _add(self.account_life, self.ad_account[numbers], spend)
        _add(self.post_likes, posts, likes)
        np.add.at(self.exposures, exposures, views)

    def book_orders(self, numbers: IntArray, orders: IntArray) -> None:
        np.add.at(self.group_orders, self.ad_group[numbers], orders)

    def book_posts(self, posts: IntArray, likes: IntArray) -> None:
        np.add.at(self.post_likes, posts, likes)


def _add(sums: IntArray, places: IntArray, amounts: IntArray) -> None:
    """Add amounts at places, which may repeat."""
    sums += np.bincount(places, weights=amounts, minlength=len(sums)).astype(np.int64)


def _number(places: dict[str, int], entities: Mapping[str, object]) -> None:
    """Give every key that is new the next number; dicts keep the order of creation."""
    if len(places) < len(entities):
        for number, name in enumerate(entities):
            places.setdefault(name, number)


class Snapshot:
    """Sums as they stood at a refresh: what is planned until the next one depends on nothing later.

    recent : views of each account's ads in the day before, by kind of viewer, shape (accounts, segments)
    """

    def __init__(self, tally: Tally, *, tick: int, recent: IntArray) -> None:
        self.tick = tick
        self.recent: FloatArray = recent.astype(np.float64)
        self.account_day = tally.account_day.copy()
        self.sums: dict[str, FloatArray] = {
            name: getattr(tally, name).astype(np.float64) for name in KEPT
        }

    def follow(self, tally: Tally) -> None:
        """Zeros for what came after the refresh."""
        for name, array in self.sums.items():
            self.sums[name] = _padded(array, len(getattr(tally, name)))
        self.recent = _padded(self.recent, len(tally.account_life))
        fresh = np.full(len(tally.account_day) - len(self.account_day), NO_DAY, dtype=np.int64)
        self.account_day = np.concatenate([self.account_day, fresh])


KEPT = (
    *("post_likes", "exposures", "group_orders", "account_life"),
    *("group_today", "group_life", "campaign_today", "campaign_life"),
)


def _padded(array: FloatArray, length: int) -> FloatArray:
    missing = length - len(array)
    if missing < 0:
        return array[:length]
    return np.concatenate([array, np.zeros((missing, *array.shape[1:]))]) if missing else array
