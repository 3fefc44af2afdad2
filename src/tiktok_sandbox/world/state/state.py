"""The state of a world: everything that is saved, except the ledgers."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from msgspec import field

from tiktok_sandbox.world.families.family import Family
from tiktok_sandbox.world.state.audiences import Audience, AudienceFile
from tiktok_sandbox.world.state.business import CustomUser, Image, Live, Store, Video
from tiktok_sandbox.world.state.clock import Clock
from tiktok_sandbox.world.state.comments import CommentActs
from tiktok_sandbox.world.state.entities import (
    Ad,
    AdGroup,
    AdsGrant,
    Advertiser,
    App,
    Binding,
    Campaign,
    Creator,
    CreatorGrant,
    Deal,
    OAuthCode,
    Post,
    PostCode,
    Product,
    Record,
)
from tiktok_sandbox.world.state.events import Measurement
from tiktok_sandbox.world.state.requests import Request
from tiktok_sandbox.world.state.shop import Collaboration, ShopGrant
from tiktok_sandbox.world.state.smart_plus import GmvMaxSession, SmartPlusAd
from tiktok_sandbox.world.state.split_tests import ReportTask, ScheduledBudget, SplitTest
from tiktok_sandbox.world.state.troubles import LiftStudy, Trouble
from tiktok_sandbox.world.state.webhooks import Webhooks


class State(Record, kw_only=True):
    """Everything that is saved, except the ledgers. Dicts keep the order of creation."""

    recipe: Family
    seed: int
    epoch: datetime
    clock: Clock
    ticks_done: int = 0
    minted: int = 0
    app: App
    advertisers: dict[str, Advertiser] = {}
    creators: dict[str, Creator] = {}
    products: dict[str, Product] = {}
    posts: dict[str, Post] = {}
    deals: dict[str, Deal] = {}
    codes: list[PostCode] = []
    bindings: list[Binding] = []
    campaigns: dict[str, Campaign] = {}
    adgroups: dict[str, AdGroup] = {}
    ads: dict[str, Ad] = {}
    landings: list[str] = []
    ads_grants: list[AdsGrant] = []
    creator_grants: list[CreatorGrant] = []
    oauth_codes: list[OAuthCode] = []
    bc_id: str = ""
    stores: dict[str, Store] = {}
    collaborations: dict[str, Collaboration] = {}
    shop_grants: list[ShopGrant] = []
    lives: list[Live] = []
    custom_users: dict[str, CustomUser] = {}
    videos: dict[str, Video] = {}
    images: dict[str, Image] = {}
    smart_plus_ads: dict[str, SmartPlusAd] = {}
    gmv_max_sessions: dict[str, GmvMaxSession] = {}
    split_tests: dict[str, SplitTest] = {}
    report_tasks: dict[str, ReportTask] = {}
    scheduled_budgets: list[ScheduledBudget] = []
    # Saved as "talk", so that older world files keep theirs.
    comment_acts: CommentActs = field(default_factory=CommentActs, name="talk")
    measurement: Measurement = field(default_factory=Measurement)
    webhooks: Webhooks = field(default_factory=Webhooks)
    audiences: dict[str, Audience] = {}
    audience_files: dict[str, AudienceFile] = {}
    # Terms that were confirmed, as "advertiser id/type".
    terms: dict[str, bool] = {}
    # What brands have asked of creators, answered or not.
    requests: list[Request] = []
    troubles: list[Trouble] = []
    # Ads for which it is settled what will befall them.
    ads_with_fate: int = 0
    lift_studies: dict[str, LiftStudy] = {}
    # Share of ads that review rejects without a reason of theirs; a family's own.
    rejection_share: float = 0.0


class NumberedPosts(Protocol):
    """The part of a world that columns and running sums over its posts are made from."""

    @property
    def state(self) -> State: ...

    def creative_number(self, item_id: str) -> int:
        """The number of the post whose video this one shows: mostly its own."""
